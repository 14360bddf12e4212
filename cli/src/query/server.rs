//! Whom to ask.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use crate::failure::Failure;

/// The server to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// Where it is.
    pub(super) address: SocketAddr,
    /// What it was called.
    pub(super) name: String,
}

/// Where the system says which servers it asks.
const CONFIGURATION: &str = "/etc/resolv.conf";

impl Server {
    /// The server that was named, or the first one that the system asks.
    pub(super) fn find(named: Option<&str>, port: u16) -> Result<Self, Failure> {
        let (ip, name) = match named {
            Some(name) => (address(name).map_err(Failure::Usage)?, name.to_owned()),
            None => {
                let path = Path::new(CONFIGURATION);
                let text = fs::read_to_string(path).map_err(|error| Failure::reading(path, &error))?;
                let ip = first_nameserver(&text).ok_or_else(|| {
                    Failure::Usage(format!(
                        "{CONFIGURATION} names no server: give one, as in '@192.0.2.53'"
                    ))
                })?;
                (ip, ip.to_string())
            }
        };
        Ok(Self {
            address: SocketAddr::new(ip, port),
            name,
        })
    }
}

fn address(name: &str) -> Result<IpAddr, String> {
    if name.eq_ignore_ascii_case("localhost") {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    name.parse()
        .map_err(|_| format!("'@{name}' is neither an address nor localhost: give the server's address"))
}

/// The address on the first `nameserver` line that has one. Comments begin at the start of a line.
fn first_nameserver(configuration: &str) -> Option<IpAddr> {
    configuration.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace();
        (words.next() == Some("nameserver"))
            .then(|| words.next()?.parse().ok())
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_nameserver_with_an_address_is_taken() {
        let configuration = "# nameserver 192.0.2.1\nsearch example\nnameserver\nnameserver name\n\
                             nameserver\t2001:db8::53 rest\nnameserver 192.0.2.2\n";
        assert_eq!(
            first_nameserver(configuration),
            Some("2001:db8::53".parse().unwrap())
        );
        assert_eq!(first_nameserver("options edns0\n"), None);
    }

    #[test]
    fn a_server_is_an_address_or_localhost() {
        let server = Server::find(Some("localhost"), 5353).unwrap();
        assert_eq!(
            (server.address, server.name.as_str()),
            ("127.0.0.1:5353".parse().unwrap(), "localhost")
        );
        assert_eq!(
            Server::find(Some("::1"), 53).unwrap().address,
            "[::1]:53".parse().unwrap()
        );
        assert!(matches!(
            Server::find(Some("ns.example"), 53),
            Err(Failure::Usage(_))
        ));
    }
}
