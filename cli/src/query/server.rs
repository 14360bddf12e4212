//! Whom to ask.

use std::fmt;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use nameward_core::text::resolv_conf::{NameServer, ResolvConf};

use crate::failure::Failure;

/// The server to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// Where it is: one address at least, in the order in which they are tried.
    pub(super) addresses: Vec<SocketAddr>,
    /// What it was called.
    pub(super) name: String,
}

/// Where the system says which servers it asks.
const CONFIGURATION: &str = "/etc/resolv.conf";

/// Over what a server may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Any,
    Four,
    Six,
}

impl Family {
    fn admits(self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::Four => address.is_ipv4(),
            Self::Six => address.is_ipv6(),
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "IP",
            Self::Four => "IPv4",
            Self::Six => "IPv6",
        })
    }
}

impl Server {
    /// The server that was named, or the first one that the system asks, if it is of this family. `resolve` knows the addresses of
    /// hosts.
    pub(super) fn find(
        named: Option<&str>,
        port: u16,
        family: Family,
        resolve: impl FnOnce(&str) -> Result<Vec<IpAddr>, Failure>,
    ) -> Result<Self, Failure> {
        let (ips, name) = match named {
            Some(name) => (addresses(name, family, resolve)?, name.to_owned()),
            None => {
                let path = Path::new(CONFIGURATION);
                let text = fs::read(path).map_err(|error| Failure::reading(path, &error))?;
                let ip = first_nameserver(&text, family).ok_or_else(|| {
                    Failure::Usage(format!(
                        "{CONFIGURATION} names no server with an {family} address: give one, as in '@192.0.2.53'"
                    ))
                })?;
                (vec![ip], ip.to_string())
            }
        };
        let admitted = ips.into_iter().filter(|&ip| family.admits(ip));
        let addresses: Vec<_> = admitted.map(|ip| SocketAddr::new(ip, port)).collect();
        if addresses.is_empty() {
            return Err(Failure::Usage(format!(
                "'@{name}' has no {family} address: leave the family out, or give another server"
            )));
        }
        Ok(Self { addresses, name })
    }
}

/// The addresses of a server: what is one, the host itself, or what can be found out.
fn addresses(
    name: &str,
    family: Family,
    resolve: impl FnOnce(&str) -> Result<Vec<IpAddr>, Failure>,
) -> Result<Vec<IpAddr>, Failure> {
    if name.eq_ignore_ascii_case("localhost") {
        return Ok(vec![match family {
            Family::Any | Family::Four => Ipv4Addr::LOCALHOST.into(),
            Family::Six => Ipv6Addr::LOCALHOST.into(),
        }]);
    }
    name.parse()
        .map_or_else(|_| resolve(name), |address| Ok(vec![address]))
}

/// The first address of this family among the servers. One that belongs to a link is passed over: its number is not known here.
fn first_nameserver(configuration: &[u8], family: Family) -> Option<IpAddr> {
    let servers = ResolvConf::read(configuration).nameservers;
    let usable = |server: &&NameServer| server.zone.is_none() && family.admits(server.address);
    servers.iter().find(usable).map(|server| server.address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_nameserver_of_the_family_is_taken() {
        let configuration =
            b"# nameserver 192.0.2.1\nsearch example\nnameserver\nnameserver name\nnameserver fe80::1%eth0\n\
                              nameserver\t2001:db8::53 rest\nnameserver 192.0.2.2\n";
        for (family, address) in [
            (Family::Any, "2001:db8::53"),
            (Family::Six, "2001:db8::53"),
            (Family::Four, "192.0.2.2"),
        ] {
            let found = first_nameserver(configuration, family);
            assert_eq!(found, Some(address.parse().unwrap()), "{family}");
        }
        assert_eq!(first_nameserver(b"options edns0\n", Family::Any), None);
        assert_eq!(first_nameserver(b"nameserver ::1\n", Family::Four), None);
    }

    #[test]
    fn a_server_is_an_address_of_the_family_or_all_that_a_host_has() {
        let resolve = |name: &str| match name {
            "ns.example" => Ok(vec![[192, 0, 2, 1].into(), [192, 0, 2, 2].into()]),
            "six.example" => Ok(vec!["2001:db8::1".parse().unwrap()]),
            "both.example" => Ok(vec!["2001:db8::1".parse().unwrap(), [192, 0, 2, 1].into()]),
            _ => Ok(Vec::new()),
        };
        let found = |name, family| {
            let server = Server::find(Some(name), 5353, family, resolve);
            server.map(|server| server.addresses)
        };
        for (name, family, addresses) in [
            ("localhost", Family::Any, &["127.0.0.1:5353"][..]),
            ("LOCALHOST", Family::Six, &["[::1]:5353"]),
            ("::1", Family::Any, &["[::1]:5353"]),
            ("192.0.2.53", Family::Four, &["192.0.2.53:5353"]),
            ("ns.example", Family::Any, &["192.0.2.1:5353", "192.0.2.2:5353"]),
            ("six.example", Family::Six, &["[2001:db8::1]:5353"]),
            (
                "both.example",
                Family::Any,
                &["[2001:db8::1]:5353", "192.0.2.1:5353"],
            ),
            ("both.example", Family::Four, &["192.0.2.1:5353"]),
        ] {
            let addresses: Vec<SocketAddr> =
                addresses.iter().map(|address| address.parse().unwrap()).collect();
            assert_eq!(found(name, family).unwrap(), addresses);
        }
        for (name, family) in [
            ("nobody.example", Family::Any),
            ("192.0.2.53", Family::Six),
            ("six.example", Family::Four),
            ("::1", Family::Four),
        ] {
            assert!(matches!(found(name, family), Err(Failure::Usage(_))), "{name}");
        }
    }
}
