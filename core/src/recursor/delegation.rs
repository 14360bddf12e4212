//! The servers of a zone, and who of them is asked next.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::config::Hint;
use crate::client::Families;
use crate::seed::Rng;
use crate::wire::Name;

/// How many servers of a zone are taken note of (CVE-2020-12662).
pub(super) const MOST_SERVERS: usize = 13;

/// How many addresses of a server are.
pub(super) const MOST_ADDRESSES: usize = 6;

/// A zone, and the servers that are said to be responsible for it.
#[derive(Debug)]
pub(super) struct Delegation {
    pub(super) zone: Name,
    candidates: Vec<Candidate>,
    /// Servers of which no address is known, the next one first.
    nameless: VecDeque<Name>,
}

/// A server as a referral names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NameServer {
    pub(super) name: Name,
    pub(super) addresses: Vec<IpAddr>,
}

/// One address of a server, and what became of asking there.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) server: Name,
    pub(super) address: IpAddr,
    /// How often it was tried.
    pub(super) tries: u8,
    /// How many datagrams it got.
    pub(super) datagrams: u8,
    /// It replied, and the reply was of no use: it is not asked again.
    useless: bool,
}

impl Delegation {
    /// The servers of the root.
    pub(super) fn root(rng: &mut Rng, hints: &[Hint], families: Families) -> Self {
        let mut root = Self::empty(Name::root());
        for hint in hints {
            root.add(&hint.server, [hint.address], families);
        }
        shuffle(rng, &mut root.candidates);
        root
    }

    /// The servers of a zone as a referral names them.
    pub(super) fn new(rng: &mut Rng, zone: Name, mut servers: Vec<NameServer>, families: Families) -> Self {
        servers.truncate(MOST_SERVERS);
        shuffle(rng, &mut servers);
        let mut delegation = Self::empty(zone);
        for server in servers {
            let addresses = server.addresses.iter().copied().filter(is_askable);
            if delegation.add(&server.name, addresses, families) {
                continue;
            }
            // Only the servers of the zone itself could tell where one is whose name lies in it: whoever refers to it has to say (RFC 9471).
            if !server.name.is_subdomain_of(&delegation.zone) {
                delegation.nameless.push_back(server.name);
            }
        }
        delegation
    }

    const fn empty(zone: Name) -> Self {
        Self {
            zone,
            candidates: Vec::new(),
            nameless: VecDeque::new(),
        }
    }

    /// Takes note of addresses of a server; whether any of them can be used.
    fn add(
        &mut self,
        server: &Name,
        addresses: impl IntoIterator<Item = IpAddr>,
        families: Families,
    ) -> bool {
        let mut of_family = addresses
            .into_iter()
            .filter(|address| match families {
                Families::Both => true,
                Families::Ipv4 => address.is_ipv4(),
                Families::Ipv6 => address.is_ipv6(),
            })
            .take(MOST_ADDRESSES)
            .peekable();
        let any = of_family.peek().is_some();
        for address in of_family {
            if self.candidate(address).is_none() {
                self.candidates.push(Candidate {
                    server: server.clone(),
                    address,
                    tries: 0,
                    datagrams: 0,
                    useless: false,
                });
            }
        }
        any
    }

    /// The addresses of a server have been found out; whether any of them can be used.
    pub(super) fn found(
        &mut self,
        server: &Name,
        addresses: impl IntoIterator<Item = IpAddr>,
        families: Families,
    ) -> bool {
        self.add(server, addresses.into_iter().filter(is_askable), families)
    }

    /// The server that was tried least, if that was less than `most` times.
    pub(super) fn fewest_tries(&self, most: u8) -> Option<Candidate> {
        let useful = self
            .candidates
            .iter()
            .filter(|candidate| !candidate.useless && candidate.tries < most);
        useful.min_by_key(|candidate| candidate.tries).cloned()
    }

    /// The next server whose address has to be found out.
    pub(super) fn next_nameless(&mut self) -> Option<Name> {
        self.nameless.pop_front()
    }

    /// A try is over in which the server got so many datagrams.
    pub(super) fn tried(&mut self, address: IpAddr, datagrams: u8) {
        if let Some(candidate) = self.candidate(address) {
            candidate.tries = candidate.tries.saturating_add(1);
            candidate.datagrams = candidate.datagrams.saturating_add(datagrams);
        }
    }

    /// The servers are to be asked something else.
    pub(super) fn renew(&mut self) {
        for candidate in &mut self.candidates {
            (candidate.tries, candidate.datagrams) = (0, 0);
        }
    }

    /// The server replied, and the reply was of no use.
    pub(super) fn useless(&mut self, address: IpAddr) {
        if let Some(candidate) = self.candidate(address) {
            candidate.useless = true;
        }
    }

    fn candidate(&mut self, address: IpAddr) -> Option<&mut Candidate> {
        self.candidates
            .iter_mut()
            .find(|candidate| candidate.address == address)
    }
}

/// Whether a server can be at this address, as far as whoever names it may choose: not with us, and not with everybody (CVE-2026-50251).
fn is_askable(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [network, ..] = address.octets();
            network != 0
                && !address.is_loopback()
                && !address.is_link_local()
                && !address.is_multicast()
                && !address.is_broadcast()
        }
        IpAddr::V6(address) => {
            // Nothing, this host, and IPv4 addresses in another form.
            let [upper @ .., _, _, _] = address.segments();
            let [first, ..] = upper;
            upper != [0; 5] && first & 0xffc0 != 0xfe80 && !address.is_multicast()
        }
    }
}

/// Fisher and Yates: each order is equally likely.
fn shuffle<T>(rng: &mut Rng, items: &mut [T]) {
    for last in (1..items.len()).rev() {
        let bound = u32::try_from(last).unwrap_or(u32::MAX).saturating_add(1);
        let other = usize::try_from(rng.below(bound)).unwrap_or(0);
        items.swap(other, last);
    }
}
