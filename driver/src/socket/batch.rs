//! Datagrams that are received several at once.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use nameward_core::machine::{LONGEST_PIECE, LocalAddr};

/// How many datagrams are received at once.
const MOST: usize = 16;

/// How far the places for them are apart. The places for large powers of two would share the same few lines of the processor's cache.
const DISTANCE: usize = LONGEST_PIECE + 192;

/// Datagrams that arrived, and room for them: only what datagrams fill takes memory.
#[derive(Default)]
pub(crate) struct Batch {
    octets: Vec<u8>,
    arrived: Vec<Arrived>,
}

/// How long a datagram is, who sent it, and to which address of ours.
pub(super) struct Arrived {
    pub(super) length: usize,
    pub(super) peer: SocketAddr,
    pub(super) local: Option<LocalAddr>,
}

impl Batch {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.arrived.len()
    }

    /// Each one: who sent it, to which address of ours, and what it says.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (SocketAddr, Option<LocalAddr>, &[u8])> {
        let places = self.octets.chunks(DISTANCE);
        self.arrived
            .iter()
            .zip(places)
            .map(|(arrived, place)| (arrived.peer, arrived.local, &place[..arrived.length]))
    }

    /// In the place of what there was, the one datagram that `receive` puts into its buffer.
    pub(super) fn receive_one(
        &mut self,
        receive: impl FnOnce(&mut [u8]) -> io::Result<Arrived>,
    ) -> io::Result<()> {
        let arrived = receive(&mut self.clear()[..LONGEST_PIECE])?;
        self.arrived.push(arrived);
        Ok(())
    }

    /// In the place of what there was, the next datagrams of a socket, all of which were sent to `local`: at least one, in one call.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn receive_some(
        &mut self,
        socket: &UdpSocket,
        family: SocketAddr,
        local: Option<LocalAddr>,
    ) -> io::Result<()> {
        use std::io::IoSliceMut;
        use std::net::{SocketAddrV4, SocketAddrV6};
        use std::os::fd::AsRawFd as _;

        use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, SockaddrIn6, SockaddrLike, recvmmsg};

        fn receive<S: SockaddrLike + Copy>(
            socket: &UdpSocket,
            octets: &mut [u8],
            mut arrived: impl FnMut(usize, S),
        ) -> io::Result<()> {
            // It holds pointers, so that a driver that keeps it from call to call could not move between threads.
            let mut headers = MultiHeaders::<S>::preallocate(MOST, None);
            let mut places: Vec<[IoSliceMut<'_>; 1]> = octets
                .chunks_mut(DISTANCE)
                .map(|place| [IoSliceMut::new(place)])
                .collect();
            let flags = MsgFlags::empty();
            let received = recvmmsg(socket.as_raw_fd(), &mut headers, places.iter_mut(), flags, None)?;
            for message in received {
                let peer = message.address.ok_or(io::ErrorKind::InvalidData)?;
                arrived(message.bytes, peer);
            }
            Ok(())
        }

        self.clear();
        let Self { octets, arrived } = self;
        let mut push = |length, peer| {
            arrived.push(Arrived { length, peer, local });
        };
        match family {
            SocketAddr::V4(_) => receive(socket, octets, |length, peer: SockaddrIn| {
                push(length, SocketAddrV4::from(peer).into());
            }),
            SocketAddr::V6(_) => receive(socket, octets, |length, peer: SockaddrIn6| {
                push(length, SocketAddrV6::from(peer).into());
            }),
        }
    }

    fn clear(&mut self) -> &mut [u8] {
        self.arrived.clear();
        if self.octets.is_empty() {
            // Such memory is not written to before it is used.
            self.octets = vec![0; MOST * DISTANCE];
        }
        &mut self.octets
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{listen_datagrams, open_datagram};
    use super::*;

    /// What is received of clients who send `each` in turn: in order, from whom it is, and whole.
    fn received(address: &str, each: &[Vec<u8>]) {
        let mut listener = listen_datagrams(address.parse().unwrap(), false).unwrap();
        let mut to = listener.local_addr();
        if to.ip().is_unspecified() {
            to.set_ip("127.0.0.1".parse().unwrap());
        }
        let clients = [(); 3].map(|()| open_datagram(to).unwrap());
        for datagram in each {
            for client in &clients {
                client.send(datagram).unwrap();
            }
        }
        let mut by_peer = BTreeMap::<SocketAddr, Vec<Vec<u8>>>::new();
        let mut batch = Batch::default();
        let mut sizes = Vec::new();
        loop {
            match listener.receive(&mut batch, sizes.len() >= 2) {
                Ok(()) => {
                    sizes.push(batch.len());
                    for (peer, local, octets) in batch.iter() {
                        assert_eq!(local.map(|local| local.ip), Some(to.ip()));
                        by_peer.entry(peer).or_default().push(octets.to_vec());
                    }
                }
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                    break;
                }
            }
        }
        assert_eq!(by_peer.len(), clients.len());
        for client in &clients {
            assert_eq!(by_peer[&client.local_addr().unwrap()], each);
        }
        assert_eq!(sizes[..2], [1, 1]);
        let together = !listener.local_addr().ip().is_unspecified() && cfg!(target_os = "linux");
        assert_eq!(sizes.iter().any(|&size| size > 1), together, "{sizes:?}");
    }

    #[test]
    fn datagrams_that_queue_up_are_received_in_order_whole_and_from_whom_they_are() {
        // The longest that a datagram can be over IPv4 is among them, and one of no octets.
        let mut each: Vec<Vec<u8>> = (0..17)
            .map(|number| vec![number; usize::from(number) * 40])
            .collect();
        each.push(vec![1; 65_507]);
        each.push(vec![2; 1]);
        received("127.0.0.1:0", &each);
        received("[::1]:0", &each);
        received("0.0.0.0:0", &each);
    }
}
