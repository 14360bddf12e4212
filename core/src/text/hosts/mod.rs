//! The grammar of hosts files: an address, its canonical name and aliases on each line (`hosts(5)`).

#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::scan::TextError;
use super::words::{Line, lines};
use crate::wire::Name;

/// A hosts file.
///
/// ```
/// use nameward_core::text::hosts::Hosts;
/// use nameward_core::wire::Name;
///
/// let hosts = Hosts::read(b"127.0.0.1 localhost # this\n::1 localhost ip6-localhost\n300.0.0.1 no\n");
/// assert_eq!(hosts.entries[1].aliases, ["ip6-localhost".parse::<Name>().unwrap()]);
/// assert_eq!(hosts.faults[0].to_string(), "line 3, column 1: not recognised; expected an IP address");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    /// The entries, in order.
    pub entries: Vec<HostsEntry>,
    /// What was left out because it is wrong: a line without an address or a name, or one name of a line.
    pub faults: Vec<TextError>,
}

/// A line of a hosts file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostsEntry {
    /// Its number, counted from 1.
    pub line: u32,
    /// The address.
    pub address: IpAddr,
    /// The link that the address belongs to, if it is written after a `%` (RFC 4007 section 11).
    pub zone: Option<Box<str>>,
    /// The canonical name.
    pub canonical: Name,
    /// Other names, in order.
    pub aliases: Vec<Name>,
}

impl Hosts {
    /// Reads a file. What is wrong in it is reported, and the rest is taken.
    pub fn read(text: &[u8]) -> Self {
        let mut hosts = Self::default();
        for line in lines(text) {
            if let Err(fault) = hosts.read_line(line.before(b'#')) {
                hosts.faults.push(fault);
            }
        }
        hosts
    }

    fn read_line(&mut self, line: Line<'_>) -> Result<(), TextError> {
        let mut words = line.words();
        let Some(first) = words.next() else {
            return Ok(());
        };
        let (address, zone) = first.address()?;
        let canonical = words.next().ok_or_else(|| line.missing("a name"))?.name()?;
        let mut aliases = Vec::new();
        for word in words {
            match word.name() {
                Ok(alias) => aliases.push(alias),
                Err(fault) => self.faults.push(fault),
            }
        }
        self.entries.push(HostsEntry {
            line: first.position().line,
            address,
            zone: zone.map(Box::from),
            canonical,
            aliases,
        });
        Ok(())
    }
}
