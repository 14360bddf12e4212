//! How a runtime waits for sockets.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::sync::Arc;

/// A runtime's reactor, as the shell needs it.
///
/// After [`watch`](Self::watch), the runtime calls [`Shell::ready`](crate::shell::Shell::ready) for every change of
/// readiness, the one that is there at the beginning included, until [`forget`](Self::forget). It may leave out what changes
/// between a report and the call that would have blocked, of which [`blocked`](Self::blocked) tells it. A change that is
/// reported twice, or late and for another socket that took the slot since, does no harm: the shell tries, and would block.
pub trait Watch {
    /// Begins to watch a socket.
    ///
    /// An error of the socket always counts as a change, whatever the interest.
    ///
    /// # Errors
    ///
    /// The reactor has no room for it. [`QuotaExceeded`](io::ErrorKind::QuotaExceeded) says that it is full by its
    /// configuration.
    fn watch(&mut self, slot: Slot, socket: Descriptor, interest: Interest) -> io::Result<()>;

    /// Stops watching. Nothing of the runtime may hold on to the [`Descriptor`] after this, no pending wait either: the
    /// socket is closed, or belongs to the application, only when the last hold on it is gone.
    fn forget(&mut self, slot: Slot, socket: BorrowedFd<'_>);

    /// A call on the socket would have blocked: in this direction, the shell waits for the next change.
    ///
    /// A reactor that reports every change has nothing to do. One that reports readiness once, to whoever waits for it, waits
    /// again here and only here: readiness of which the shell makes no use, because the machine wants no more, would wake it
    /// without end.
    fn blocked(&mut self, _slot: Slot, _direction: Direction) {}
}

/// A hold on a socket of the shell, so that it stays open for as long as it is watched.
#[derive(Clone)]
pub struct Descriptor(Arc<dyn AsFd + Send + Sync>);

impl Descriptor {
    pub(crate) fn of<S: AsFd + Send + Sync + 'static>(socket: &Arc<S>) -> Self {
        Self(Arc::clone(socket) as _)
    }
}

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for Descriptor {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Descriptor").field(&self.as_raw_fd()).finish()
    }
}

/// A place for a socket in the shell. Small numbers, used again after [`Watch::forget`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub usize);

/// Which changes of readiness the shell has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Something arrived. For datagrams: what cannot be sent at once is dropped, so that room to send is never waited for.
    Read,
    /// Something arrived, or there is room to write.
    ReadWrite,
}

/// What a call on a socket does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It reads, receives or accepts.
    Read,
    /// It writes, or finishes connecting.
    Write,
}

/// A change of readiness. An error of the socket is reported as both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// A read, a receive or an accept will not block; it may fail.
    pub readable: bool,
    /// A write will not block; it may fail.
    pub writable: bool,
}
