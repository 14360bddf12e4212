//! The grammar of `resolv.conf(5)`, as the GNU C library has it.

mod options;

#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

pub use options::ResolverOptions;

use super::scan::{TextError, TextErrorKind};
use super::words::{Line, Word, lines};
use crate::wire::Name;

/// A `resolv.conf`: what it says, without what a resolver makes of it.
///
/// ```
/// use nameward_core::text::resolv_conf::ResolvConf;
///
/// let read = ResolvConf::read(b"nameserver 192.0.2.53\nsearch example.org example\noptions ndots:2 edns0\nnonsense\n");
/// assert_eq!(read.nameservers[0].address.to_string(), "192.0.2.53");
/// assert_eq!(read.search.len(), 2);
/// assert_eq!((read.options.ndots, read.options.edns0), (2, true));
/// assert_eq!(read.faults[0].position().line, 4);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolvConf {
    /// `nameserver`: the servers, in order. The GNU C library uses the first three.
    pub nameservers: Vec<NameServer>,
    /// `search`, or `domain` with its one name: whichever came last.
    pub search: Vec<Name>,
    /// `sortlist`: the networks whose addresses come first in answers, in order.
    pub sortlist: Vec<SortedNetwork>,
    /// `options`: of several lines, each adds to those before.
    pub options: ResolverOptions,
    /// What was left out because it is wrong or not known: a line, or one word of it.
    pub faults: Vec<TextError>,
}

/// A server to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameServer {
    /// The line that it is on, counted from 1.
    pub line: u32,
    /// Its address.
    pub address: IpAddr,
    /// The link that the address belongs to, if it is written after a `%` (RFC 4007 section 11).
    pub zone: Option<Box<str>>,
}

/// A network of a sort list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortedNetwork {
    /// The address of the network.
    pub address: Ipv4Addr,
    /// Its mask. If none is written it is that of the address's class.
    pub mask: Ipv4Addr,
}

impl ResolvConf {
    /// Reads a file. What is wrong in it is reported, and the rest is taken.
    pub fn read(text: &[u8]) -> Self {
        let mut read = Self::default();
        for line in lines(text) {
            // A comment has its mark in the first column.
            if matches!(line.first(), Some(b'#' | b';')) {
                continue;
            }
            if let Err(fault) = read.read_line(line) {
                read.faults.push(fault);
            }
        }
        read
    }

    fn read_line(&mut self, line: Line<'_>) -> Result<(), TextError> {
        let mut words = line.words();
        let Some(keyword) = words.next() else {
            return Ok(());
        };
        match keyword.text() {
            b"nameserver" => {
                let word = words.next().ok_or_else(|| line.missing("an IP address"))?;
                let (address, zone) = word.address()?;
                self.nameservers.push(NameServer {
                    line: keyword.position().line,
                    address,
                    zone: zone.map(Box::from),
                });
            }
            b"domain" => {
                let word = words.next().ok_or_else(|| line.missing("a name"))?;
                self.search = Vec::from([word.name()?]);
            }
            b"search" => {
                let names = words.map(Word::name);
                self.search = self.taken(names);
            }
            b"sortlist" => {
                let networks = words.map(read_network);
                self.sortlist = self.taken(networks);
            }
            b"options" => {
                for word in words {
                    if let Err(fault) = self.options.read(word) {
                        self.faults.push(fault);
                    }
                }
            }
            _ => {
                let expected = "nameserver, domain, search, sortlist or options";
                return Err(keyword.error(TextErrorKind::Unrecognised, expected));
            }
        }
        Ok(())
    }

    /// What could be read. The faults are reported.
    fn taken<T>(&mut self, read: impl Iterator<Item = Result<T, TextError>>) -> Vec<T> {
        let taken = read.filter_map(|read| read.map_err(|fault| self.faults.push(fault)).ok());
        taken.collect()
    }
}

/// Reads `address` or `address/mask`.
fn read_network(word: Word<'_>) -> Result<SortedNetwork, TextError> {
    let (address, mask) = word.split(b'/');
    let address: Ipv4Addr = address.parse("an IPv4 address")?;
    let mask = match mask {
        Some(mask) => mask.parse("an IPv4 mask such as 255.255.240.0")?,
        None => natural_mask(address),
    };
    Ok(SortedNetwork { address, mask })
}

/// The mask of the address's class A, B or C.
const fn natural_mask(address: Ipv4Addr) -> Ipv4Addr {
    match address.octets()[0] {
        0..=127 => Ipv4Addr::new(255, 0, 0, 0),
        128..=191 => Ipv4Addr::new(255, 255, 0, 0),
        192..=255 => Ipv4Addr::new(255, 255, 255, 0),
    }
}
