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
use crate::places::Places as ClientPlaces;
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
    /// What they serve.
    ///
    /// Of its limits, those of streams ([`StreamLimits`](nameward_core::server::session::StreamLimits)) hold for all workers together: each
    /// has its share of the [`streams`](nameward_core::server::session::StreamLimits::streams), and those of a client are counted over all.
    /// So do the [`requests`](nameward_core::server::session::PendingLimits::requests) that may wait, of which each has its share. A share
    /// is one at least. What a client may have of the latter, and the rates, hold for each worker: the system gives the datagrams that come
    /// from one port to one of them.
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
        let most = self.session.streams.streams_per_client;
        let clients = (self.workers > 1).then(|| Arc::new(ClientPlaces::new(most)));
        let mut workers = Vec::new();
        for worker in 0..self.workers {
            let session = Session::new(seed::from_system()?, self.share(worker))?;
            let observe = Arc::clone(&self.observe);
            let place = config::Config {
                listeners: listeners(&addresses, self.session.lane),
                share_ports: share,
                places: clients.clone(),
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

    /// What a worker serves, with its share of what all may take together.
    fn share(&self, worker: usize) -> SessionConfig {
        let mut session = self.session.clone();
        for limit in [&mut session.streams.streams, &mut session.pending.requests] {
            *limit = share(*limit, worker, self.workers);
        }
        session
    }
}

/// The share of one of so many, who are counted from zero: together they have all, and each has one at least.
fn share(all: u32, worker: usize, workers: usize) -> u32 {
    // Invariant: there are 1 024 workers at most.
    let [worker, workers] = [worker, workers].map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    let rest = all % workers;
    (all / workers + u32::from(worker < rest)).max(1)
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
    fn the_shares_of_all_workers_are_all_there_is() {
        for (all, workers) in [(1_000, 1), (1_000, 4), (1_000, 7), (7, 7), (8, 7)] {
            let shares: Vec<_> = (0..workers).map(|worker| share(all, worker, workers)).collect();
            assert_eq!(shares.iter().sum::<u32>(), all, "{shares:?}");
            assert!(shares.iter().max().unwrap() - shares.iter().min().unwrap() <= 1);
        }
        assert_eq!([0, 1, 2].map(|worker| share(2, worker, 3)), [1, 1, 1]);
        let config = Config {
            workers: 3,
            ..Config::default()
        };
        let shares = [0, 1, 2].map(|worker| config.share(worker));
        assert_eq!(
            shares.each_ref().map(|session| session.streams.streams),
            [334, 333, 333]
        );
        assert_eq!(
            shares.each_ref().map(|session| session.pending.requests),
            [334, 333, 333]
        );
        // One alone counts its clients itself.
        let alone = Config::default().workers().unwrap();
        assert!(alone.workers[0].1.places.is_none());
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
