//! Other servers, which are asked about what no zone has.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use nameward_core::client::{self, Server, Surroundings};
use nameward_core::server::respond::{Access, AccessRule, AccessRules};
use nameward_core::server::session::ForwardConfig;
use nameward_core::text::resolv_conf::ResolvConf;

use crate::failure::Failure;

/// Who gets answers of other servers: a server that asks for anybody helps to attack others.
const PRIVATE: [&str; 7] = [
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
];

/// The servers that the command line names, or those of a file.
pub(super) fn find(named: &[SocketAddr], file: Option<&Path>) -> Result<Option<ForwardConfig>, Failure> {
    let servers: Vec<Server> = match file {
        None => named.iter().copied().map(Server::new).collect(),
        Some(file) => {
            let text = fs::read(file).map_err(|error| Failure::reading(file, &error))?;
            let surroundings = Surroundings::default();
            client::Config::from_resolv_conf(&ResolvConf::read(&text), &surroundings)
                .0
                .servers
        }
    };
    let forward = ForwardConfig {
        servers,
        ..ForwardConfig::default()
    };
    Ok((!forward.servers.is_empty()).then_some(forward))
}

/// Clients with private addresses (RFC 1918, RFC 4193), and those on this host or link.
pub(super) fn private_clients() -> AccessRules {
    let rule = |prefix: &str| AccessRule {
        // Invariant: they are prefixes.
        peers: prefix.parse().ok(),
        ..AccessRule::default()
    };
    AccessRules {
        rules: PRIVATE.into_iter().map(rule).collect(),
        otherwise: Access::Refuse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameward_core::flow::ListenerId;

    #[test]
    fn rfc5358_4_answers_of_others_are_for_clients_with_private_addresses_only() {
        let rules = private_clients();
        assert!(rules.rules.iter().all(|rule| rule.peers.is_some()));
        for (address, access) in [
            ("127.0.0.1", Access::Allow),
            ("192.168.7.1", Access::Allow),
            ("fd00::1", Access::Allow),
            ("172.32.0.1", Access::Refuse),
            ("2001:db8::1", Access::Refuse),
        ] {
            assert_eq!(
                rules.access(address.parse().unwrap(), ListenerId(0), None),
                access,
                "{address}"
            );
        }
    }
}
