//! What an error of the operating system means to a machine.

use std::io;

use nameward_core::machine::{CloseCause, StoreError};
use nix::errno::Errno;

/// The cause that an error of a socket call stands for.
///
/// Trouble of our own, such as a lack of descriptors, is kept apart from what the peer or the path did: it teaches nothing
/// about a server.
pub fn of_socket(error: &io::Error) -> CloseCause {
    let Some(code) = error.raw_os_error() else {
        return match error.kind() {
            io::ErrorKind::QuotaExceeded => CloseCause::Descriptors,
            _ => CloseCause::Other,
        };
    };
    match Errno::from_raw(code) {
        Errno::ECONNREFUSED => CloseCause::Refused,
        Errno::ECONNRESET | Errno::EPIPE | Errno::ECONNABORTED => CloseCause::Reset,
        Errno::ENETUNREACH | Errno::EHOSTUNREACH | Errno::ENETDOWN | Errno::EHOSTDOWN => {
            CloseCause::Unreachable
        }
        Errno::ETIMEDOUT => CloseCause::TimedOut,
        Errno::EACCES | Errno::EPERM => CloseCause::Forbidden,
        Errno::EMSGSIZE => CloseCause::TooLarge,
        Errno::EMFILE | Errno::ENFILE => CloseCause::Descriptors,
        Errno::ENOBUFS | Errno::ENOMEM | Errno::EAGAIN | Errno::ENOSPC => CloseCause::Buffers,
        Errno::EADDRNOTAVAIL | Errno::EADDRINUSE => CloseCause::Addresses,
        _ => CloseCause::Other,
    }
}

/// What an error of a file call stands for.
pub fn of_store(error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            StoreError::Full
        }
        _ => StoreError::Device,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameward_core::machine::Blame;

    #[test]
    fn each_errno_has_its_cause_and_each_cause_its_blame() {
        let table = [
            (Errno::ECONNREFUSED, CloseCause::Refused, Blame::Peer),
            (Errno::ECONNRESET, CloseCause::Reset, Blame::Peer),
            (Errno::EPIPE, CloseCause::Reset, Blame::Peer),
            (Errno::ENETUNREACH, CloseCause::Unreachable, Blame::Path),
            (Errno::EHOSTUNREACH, CloseCause::Unreachable, Blame::Path),
            (Errno::ETIMEDOUT, CloseCause::TimedOut, Blame::Path),
            (Errno::EACCES, CloseCause::Forbidden, Blame::Path),
            (Errno::EPERM, CloseCause::Forbidden, Blame::Path),
            (Errno::EMSGSIZE, CloseCause::TooLarge, Blame::Path),
            (Errno::EMFILE, CloseCause::Descriptors, Blame::Local),
            (Errno::ENFILE, CloseCause::Descriptors, Blame::Local),
            (Errno::ENOBUFS, CloseCause::Buffers, Blame::Local),
            (Errno::ENOMEM, CloseCause::Buffers, Blame::Local),
            (Errno::EADDRNOTAVAIL, CloseCause::Addresses, Blame::Local),
            (Errno::EADDRINUSE, CloseCause::Addresses, Blame::Local),
            (Errno::EINVAL, CloseCause::Other, Blame::Local),
        ];
        for (errno, cause, blame) in table {
            let error = io::Error::from_raw_os_error(errno as i32);
            assert_eq!(
                (of_socket(&error), of_socket(&error).blame()),
                (cause, blame),
                "{errno}"
            );
        }
    }

    #[test]
    fn a_full_device_is_told_from_a_broken_one() {
        assert_eq!(of_store(&Errno::ENOSPC.into()), StoreError::Full);
        assert_eq!(of_store(&Errno::EDQUOT.into()), StoreError::Full);
        assert_eq!(of_store(&Errno::EIO.into()), StoreError::Device);
    }
}
