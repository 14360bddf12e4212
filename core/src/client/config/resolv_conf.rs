//! What a `resolv.conf` makes of a configuration, as the GNU C library understands it.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};
use core::time::Duration;

use super::{Config, Preference, Server};
use crate::text::resolv_conf::{NameServer, ResolvConf};
use crate::text::scan::TextError;
use crate::wire::Name;

/// How many servers the GNU C library uses (`MAXNS`).
const MOST_SERVERS: usize = 3;

/// What a `resolv.conf` leaves to the host that it is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The domain of the host: the search list if the file has none.
    pub local_domain: Option<Name>,
    /// The numbers of the links that the file may name after a `%` (RFC 4007 section 11.2). A number needs no entry.
    pub links: Vec<(Box<str>, u32)>,
}

/// Something in a `resolv.conf` that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// On which line, counted from 1.
    pub line: u32,
    /// What.
    pub kind: WarningKind,
}

/// Why something was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WarningKind {
    /// It is wrong, or not known.
    Fault(TextError),
    /// There are three servers already.
    SurplusServer(IpAddr),
    /// The host has no such link.
    UnknownLink(Box<str>),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            WarningKind::Fault(fault) => write!(f, "{fault}"),
            WarningKind::SurplusServer(address) => {
                write!(
                    f,
                    "line {}: three servers are used, and {address} is not one of them",
                    self.line
                )
            }
            WarningKind::UnknownLink(link) => write!(f, "line {}: there is no link {link}", self.line),
        }
    }
}

impl Config {
    /// What a `resolv.conf` says, with the meaning that `resolv.conf(5)` of the GNU C library gives it, and what was left out.
    ///
    /// * Servers are asked in order, or in turn with `rotate`; without a `nameserver` line the host itself is asked.
    /// * `trust-ad` trusts all servers of the file, and asks them for the AD bit.
    /// * EDNS is used with and without `edns0`: servers that do not know it are asked without.
    /// * `single-request-reopen` has nothing to change: no two questions share a port here.
    /// * `debug`, `no-check-names`, `inet6`, `ip6-bytestring`, `ip6-dotint`, `no-reload` and `strict-error` mean nothing to a stub that
    ///   gets its configuration from somebody else, and returns records as they are.
    ///
    /// The environment variables `LOCALDOMAIN` and `RES_OPTIONS` mean what lines `search` and `options` at the end of the file
    /// would.
    pub fn from_resolv_conf(file: &ResolvConf, surroundings: &Surroundings) -> (Self, Vec<Warning>) {
        let fault = |fault: &TextError| Warning {
            line: fault.position().line,
            kind: WarningKind::Fault(*fault),
        };
        let mut warnings: Vec<_> = file.faults.iter().map(fault).collect();
        let options = &file.options;
        let trust_ad = options.trust_ad;
        let mut servers = Vec::new();
        for server in &file.nameservers {
            match address(server, surroundings) {
                Err(kind) => warnings.push(Warning {
                    line: server.line,
                    kind,
                }),
                Ok(address) if servers.len() < MOST_SERVERS => servers.push(Server { address, trust_ad }),
                Ok(address) => warnings.push(Warning {
                    line: server.line,
                    kind: WarningKind::SurplusServer(address.ip()),
                }),
            }
        }
        if file.nameservers.is_empty() {
            let address = (Ipv4Addr::LOCALHOST, 53).into();
            servers.push(Server { address, trust_ad });
        }
        warnings.sort_by_key(|warning| warning.line);
        let search = match (&surroundings.local_domain, file.search.is_empty()) {
            (Some(domain), true) => Vec::from([domain.clone()]),
            _ => file.search.clone(),
        };
        let config = Self {
            servers,
            search,
            preference: if options.rotate {
                Preference::Rotate
            } else {
                Preference::InOrder
            },
            ndots: options.ndots,
            no_top_level: options.no_tld_query,
            // The library takes zero as one second, too.
            timeout: Duration::from_secs(u64::from(options.timeout.max(1))),
            attempts: options.attempts.max(1),
            stream_only: options.use_vc,
            authentic_data: trust_ad,
            no_aaaa: options.no_aaaa,
            single_request: options.single_request,
            sortlist: file.sortlist.clone(),
            ..Self::default()
        };
        (config, warnings)
    }
}

/// The address of a server with the number of its link.
fn address(server: &NameServer, surroundings: &Surroundings) -> Result<SocketAddr, WarningKind> {
    match (server.address, &server.zone) {
        (IpAddr::V6(address), Some(link)) => {
            let mut links = surroundings.links.iter();
            let named = links.find(|(name, _)| name == link).map(|&(_, number)| number);
            let number = named.or_else(|| link.parse().ok());
            let number = number.ok_or_else(|| WarningKind::UnknownLink(link.clone()))?;
            Ok(SocketAddrV6::new(address, 53, 0, number).into())
        }
        (address, _) => Ok((address, 53).into()),
    }
}
