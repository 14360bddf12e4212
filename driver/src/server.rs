//! What the servers of all runtimes have in common.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use nameward_core::flow::{Lane, ListenerId};
use nameward_core::machine::{Misuse, Proto};
use nameward_core::server::session::{Session, SessionConfig};
use socket2::{Socket, Type};

use crate::config::{self, Listener, Notice, StartError};
use crate::{seed, socket};

/// How often another port is tried if one that the system chose for datagrams is taken for streams.
const PORT_ATTEMPTS: usize = 16;

/// How many addresses a server has at most: each takes two listeners.
const MOST_ADDRESSES: usize = 128;

/// How many workers a server has at most.
const MOST_WORKERS: usize = 1024;

/// How a server is set up.
#[derive(Clone)]
pub struct Config {
    /// Where it listens, for datagrams and for streams. With port 0 the system chooses one for both, and for all addresses the same.
    pub addresses: Vec<SocketAddr>,
    /// How many machines serve, each with sockets of its own at all addresses: 1, at most 1 024. More than there are processors is no
    /// use.
    pub workers: usize,
    /// What each of them serves. Its limits hold for each.
    pub session: SessionConfig,
    /// Is called with each notice, at once, in the turn of a worker's driver: it must not wait.
    pub observe: Arc<dyn Fn(Notice) + Send + Sync>,
}

/// On a port of the system's choice, on the loopback interface of IPv4, without a zone.
impl Default for Config {
    fn default() -> Self {
        Self {
            addresses: vec![([127, 0, 0, 1], 0).into()],
            workers: 1,
            session: SessionConfig::default(),
            observe: Arc::new(|_| {}),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("addresses", &self.addresses)
            .field("workers", &self.workers)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// Whether every value lies in its range.
    ///
    /// # Errors
    ///
    /// The first that does not.
    pub fn validate(&self) -> Result<(), Misuse> {
        let fields = [
            ("addresses", self.addresses.len(), MOST_ADDRESSES),
            ("workers", self.workers, MOST_WORKERS),
        ];
        for (what, value, most) in fields {
            if !(1..=most).contains(&value) {
                return Err(Misuse::OutOfRange {
                    what,
                    value: value as u64,
                    least: 1,
                    most: most as u64,
                });
            }
        }
        self.session.validate()
    }

    /// What each worker drives, and where. The places are held until all workers have bound their own sockets.
    ///
    /// # Errors
    ///
    /// A value is out of its range, the system gives no random numbers, or no port is free.
    pub fn workers(&self) -> Result<Workers, StartError> {
        self.validate()?;
        let (places, addresses) = Places::find(&self.addresses)?;
        let share = self.workers > 1 || !places.0.is_empty();
        if places.0.is_empty() && share {
            require_free(&addresses)?;
        }
        let mut workers = Vec::new();
        for _ in 0..self.workers {
            let session = Session::new(seed::from_system()?, self.session.clone())?;
            let observe = Arc::clone(&self.observe);
            let place = config::Config {
                listeners: listeners(&addresses, self.session.lane),
                share_ports: share,
                observe: Box::new(move |notice| observe(notice)),
                ..config::Config::default()
            };
            workers.push((session, place));
        }
        Ok(Workers {
            workers,
            addresses,
            places,
        })
    }
}

/// The workers of a server, before they are driven.
#[derive(Debug)]
pub struct Workers {
    /// A machine for each, and what its driver needs to know.
    pub workers: Vec<(Session, config::Config)>,
    /// Where they listen, with the port that the system chose if the configuration left it open.
    pub addresses: Vec<SocketAddr>,
    /// What holds the ports. To be dropped when all workers have bound theirs: meanwhile datagrams may be lost.
    pub places: Places,
}

/// Sockets that hold ports which the system chose, and to which nobody listens.
#[derive(Debug, Default)]
pub struct Places(Vec<Socket>);

impl Places {
    /// Finds a port for the addresses that leave it open.
    fn find(wanted: &[SocketAddr]) -> Result<(Self, Vec<SocketAddr>), StartError> {
        let Some(&first) = wanted.iter().find(|address| address.port() == 0) else {
            return Ok((Self::default(), wanted.to_vec()));
        };
        let failed = |source| StartError::Listen {
            address: first,
            source,
        };
        for attempt in 1.. {
            match Self::take(wanted, first) {
                Ok(found) => return Ok(found),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && attempt < PORT_ATTEMPTS => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Err(failed(io::ErrorKind::AddrInUse.into()))
    }

    fn take(wanted: &[SocketAddr], first: SocketAddr) -> io::Result<(Self, Vec<SocketAddr>)> {
        let held = socket::bind(first, Type::DGRAM, true)?;
        let port = held.local_addr()?.as_socket().map_or(0, |address| address.port());
        let mut places = vec![held];
        let mut addresses = wanted.to_vec();
        for address in addresses.iter_mut().filter(|address| address.port() == 0) {
            address.set_port(port);
            places.push(socket::bind(*address, Type::DGRAM, true)?);
            places.push(socket::bind(*address, Type::STREAM, true)?);
        }
        Ok((Self(places), addresses))
    }
}

/// Whether nobody listens there. A port that is shared would be shared with any program of the same user, such as a server that was forgotten.
fn require_free(addresses: &[SocketAddr]) -> Result<(), StartError> {
    for &address in addresses {
        for kind in [Type::DGRAM, Type::STREAM] {
            socket::bind(address, kind, false).map_err(|source| StartError::Listen { address, source })?;
        }
    }
    Ok(())
}

/// A listener for datagrams and one for streams at each address.
fn listeners(addresses: &[SocketAddr], lane: Lane) -> Vec<Listener> {
    let numbers = (0..=u8::MAX).step_by(2);
    let pair = |(number, &address): (u8, &SocketAddr)| {
        [(number, Proto::Datagram), (number | 1, Proto::Stream)].map(|(number, proto)| Listener {
            id: ListenerId::new(lane, number),
            proto,
            address,
        })
    };
    numbers.zip(addresses).flat_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_left_open_is_the_same_for_all_addresses_and_both_protocols() {
        let config = Config {
            addresses: vec![
                ([127, 0, 0, 1], 0).into(),
                ([127, 0, 0, 2], 0).into(),
                ([127, 0, 0, 1], 1).into(),
            ],
            workers: 2,
            ..Config::default()
        };
        let workers = config.workers().unwrap();
        let [first, second, third] = workers.addresses[..] else {
            panic!()
        };
        assert_eq!((first.port(), third.port()), (second.port(), 1));
        assert_ne!(first.port(), 0);
        assert_eq!(workers.workers.len(), 2);
        for (_, place) in &workers.workers {
            let listeners: Vec<_> = place.listeners.iter().map(|l| (l.proto, l.address)).collect();
            let expected: Vec<_> = [first, second, third]
                .iter()
                .flat_map(|&address| [(Proto::Datagram, address), (Proto::Stream, address)])
                .collect();
            assert_eq!(listeners, expected);
            assert!(place.share_ports);
        }
        // Nobody else gets the port meanwhile, not even who would share it.
        let second = Config {
            addresses: vec![first],
            workers: 2,
            ..Config::default()
        };
        assert!(matches!(second.workers(), Err(StartError::Listen { .. })));
        assert!(socket::bind(first, Type::DGRAM, false).is_err());
        drop(workers);
        assert!(socket::bind(first, Type::DGRAM, false).is_ok());
    }

    #[test]
    fn a_port_is_shared_only_if_it_has_to_be() {
        let config = Config {
            addresses: vec![([127, 0, 0, 1], 53).into()],
            ..Config::default()
        };
        assert!(!config.workers().unwrap().workers[0].1.share_ports);
        let none = Config {
            workers: 0,
            ..Config::default()
        };
        let error = none.workers().unwrap_err();
        assert_eq!(error.to_string(), "workers is 0, but must be between 1 and 1024");
    }
}
