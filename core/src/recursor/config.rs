//! How a recursor is set up.

use alloc::vec::Vec;
use core::net::IpAddr;
use core::time::Duration;

use crate::client::Families;
use crate::flow::Lane;
use crate::limits::{Limits, milliseconds, within};
use crate::machine::Misuse;
use crate::transport::QueryOptions;
use crate::wire::Name;

/// How a [`Recursor`](super::Recursor) is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where the servers of the root are: at least one address, at most 78, which is six each for 13 servers.
    pub hints: Vec<Hint>,
    /// Which of the servers' addresses are used.
    pub families: Families,
    /// How each server is asked. It is waited for [`timeout`](QueryOptions::timeout), and twice as long each further time, after all other
    /// servers of the zone; [`attempts`](QueryOptions::attempts) says how often. It is never asked to recurse, whatever
    /// [`recursion_desired`](QueryOptions::recursion_desired) says.
    pub options: QueryOptions,
    /// What each question may cost.
    pub limits: Limits,
    /// How long a connection without questions is kept if its server does not say: 0, at most 120 s.
    pub idle: Duration,
    /// The lane of the recursor's flows, where it is part of another machine.
    pub lane: Lane,
}

/// An address of a server of the root (RFC 9609).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The name of the server.
    pub server: Name,
    /// One of its addresses.
    pub address: IpAddr,
}

impl Default for Config {
    /// Without hints, which have to be given.
    fn default() -> Self {
        Self {
            hints: Vec::new(),
            families: Families::Both,
            options: QueryOptions {
                recursion_desired: false,
                timeout: Duration::from_millis(400),
                ..QueryOptions::default()
            },
            limits: Limits::default(),
            idle: Duration::ZERO,
            lane: Lane::default(),
        }
    }
}

impl Config {
    /// Whether every value lies in its range.
    ///
    /// # Errors
    ///
    /// The first that does not.
    pub fn validate(&self) -> Result<(), Misuse> {
        self.limits.validate()?;
        self.options.validate(&self.limits)?;
        let hints = u64::try_from(self.hints.len()).unwrap_or(u64::MAX);
        within(&[
            ("hints", hints, 1, 78),
            ("idle in milliseconds", milliseconds(self.idle), 0, 120_000),
        ])
    }
}
