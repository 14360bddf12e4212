//! A hosts file, indexed in both directions.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::net::IpAddr;

use crate::text::hosts::Hosts;
use crate::wire::Name;

/// What a hosts file knows: the addresses of each name, and the names of each address, in the order of its lines.
///
/// ```
/// use nameward_core::client::HostsIndex;
///
/// let hosts = HostsIndex::read(b"192.0.2.1 www.example www\n2001:db8::1 www.example\n");
/// assert_eq!(hosts.addresses(&"WWW.example".parse().unwrap()).len(), 2);
/// assert_eq!(hosts.names("192.0.2.1".parse().unwrap())[0].to_string(), "www.example.");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostsIndex {
    pub(super) addresses: BTreeMap<Name, Vec<IpAddr>>,
    pub(super) names: BTreeMap<IpAddr, Vec<Name>>,
}

impl HostsIndex {
    /// Indexes a hosts file. What is wrong in it is left out: [`Hosts::faults`] says what that is.
    pub fn read(text: &[u8]) -> Self {
        Self::from(&Hosts::read(text))
    }

    /// Whether the file says nothing.
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.names.is_empty()
    }

    /// The addresses of a name, without repetition; empty if it is not in the file.
    pub fn addresses(&self, name: &Name) -> &[IpAddr] {
        self.addresses.get(name).map_or(&[], Vec::as_slice)
    }

    /// The canonical names of an address, without repetition; empty if it is not in the file.
    pub fn names(&self, address: IpAddr) -> &[Name] {
        self.names.get(&address).map_or(&[], Vec::as_slice)
    }
}

/// An address that belongs to a link is left out, for no record can say to which.
impl From<&Hosts> for HostsIndex {
    fn from(hosts: &Hosts) -> Self {
        let mut index = Self::default();
        // Files that block names give one address to very many of them.
        let (mut forward, mut backward) = (BTreeSet::new(), BTreeSet::new());
        for entry in hosts.entries.iter().filter(|entry| entry.zone.is_none()) {
            let address = entry.address;
            for name in core::iter::once(&entry.canonical).chain(&entry.aliases) {
                if forward.insert((name, address)) {
                    index.addresses.entry(name.clone()).or_default().push(address);
                }
            }
            if backward.insert((&entry.canonical, address)) {
                index
                    .names
                    .entry(address)
                    .or_default()
                    .push(entry.canonical.clone());
            }
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn hosts_5_names_and_addresses_are_found_both_ways_in_the_order_of_the_lines() {
        let hosts = HostsIndex::read(
            b"127.0.0.1 localhost\n::1 localhost ip6-localhost\n192.0.2.1 b.example b\n192.0.2.1 a.example\n\
              192.0.2.2 b.example\n192.0.2.1 B.example\nfe80::1%eth0 link.example\n",
        );
        let addresses = |name: &str| {
            let found = hosts.addresses(&name.parse().unwrap()).iter();
            found.map(|address| address.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(addresses("localhost"), ["127.0.0.1", "::1"]);
        assert_eq!(addresses("IP6-localhost"), ["::1"]);
        assert_eq!(addresses("b.example"), ["192.0.2.1", "192.0.2.2"]);
        assert_eq!(addresses("b"), ["192.0.2.1"]);
        assert_eq!(addresses("link.example"), [""; 0]);
        let names: Vec<_> = hosts
            .names([192, 0, 2, 1].into())
            .iter()
            .map(|name| name.to_string())
            .collect();
        assert_eq!(names, ["b.example.", "a.example."]);
        assert!(hosts.names([192, 0, 2, 3].into()).is_empty());
    }
}
