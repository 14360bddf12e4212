//! Servers of others that give a zone to whoever has a key (RFC 8945), and to nobody else.

use core::net::SocketAddr;
use std::io;
use std::path::Path;
use std::process::Stdio;

use super::Zone;
use super::daemon::{Daemon, retried};

/// A key as configuration files have it.
#[derive(Clone, Copy, Debug)]
pub struct SharedKey<'a> {
    /// Its name.
    pub name: &'a str,
    /// The mnemonic of its algorithm.
    pub algorithm: &'a str,
    /// Its secret in base 64.
    pub secret: &'a str,
}

/// Which server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// NSD, whose program is `nsd`.
    Nsd,
    /// Knot DNS, whose program is `knotd`.
    Knot,
    /// BIND, whose program is `named`.
    Bind,
}

impl Kind {
    /// All.
    pub const ALL: [Self; 3] = [Self::Nsd, Self::Knot, Self::Bind];

    /// The name of its program.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Nsd => "nsd",
            Self::Knot => "knotd",
            Self::Bind => "named",
        }
    }
}

/// A running server with one zone and one key. It ends, and its folder vanishes, when this is dropped.
#[derive(Debug)]
pub struct Primary {
    _daemon: Daemon,
    address: SocketAddr,
}

impl Primary {
    /// Starts `program`, and waits until it answers.
    ///
    /// # Errors
    ///
    /// It does not start, or does not answer. The error holds what it logged.
    pub fn start(kind: Kind, program: &Path, zone: &Zone, key: SharedKey<'_>) -> io::Result<Self> {
        retried(|| {
            let address = super::free_address()?;
            let words: &[&str] = match kind {
                Kind::Nsd => &["-d", "-c"],
                Kind::Knot => &["-c"],
                Kind::Bind => &["-f", "-n", "1", "-c"],
            };
            let mut daemon = Daemon::start(program, "primary", words, Stdio::null(), |folder| match kind {
                Kind::Nsd => nsd(folder, address, zone, key),
                Kind::Knot => knot(folder, address, zone, key),
                Kind::Bind => bind(folder, address, zone, key),
            })?;
            daemon.wait_for(address, zone.apex)?;
            Ok(Self {
                _daemon: daemon,
                address,
            })
        })
    }

    /// Where it answers, over UDP and TCP.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

fn nsd(folder: &Path, address: SocketAddr, zone: &Zone, key: SharedKey<'_>) -> String {
    let (ip, port, folder, file) = (
        address.ip(),
        address.port(),
        folder.display(),
        zone.file.display(),
    );
    let SharedKey {
        name,
        algorithm,
        secret,
    } = key;
    format!(
        "server:\n\
         \tip-address: {ip}@{port}\n\
         \tserver-count: 1\n\
         \tusername: \"\"\n\
         \tdatabase: \"\"\n\
         \tzonesdir: \"{folder}\"\n\
         \tpidfile: \"{folder}/nsd.pid\"\n\
         \tlogfile: \"{folder}/log\"\n\
         \tzonelistfile: \"{folder}/zone.list\"\n\
         \txfrdfile: \"{folder}/xfrd.state\"\n\
         \txfrdir: \"{folder}\"\n\
         \trrl-ratelimit: 0\n\
         remote-control:\n\
         \tcontrol-enable: no\n\
         key:\n\
         \tname: \"{name}\"\n\
         \talgorithm: {algorithm}\n\
         \tsecret: \"{secret}\"\n\
         zone:\n\
         \tname: \"{}\"\n\
         \tzonefile: \"{file}\"\n\
         \tprovide-xfr: {ip} {name}\n",
        zone.apex
    )
}

fn knot(folder: &Path, address: SocketAddr, zone: &Zone, key: SharedKey<'_>) -> String {
    let (ip, port, folder, file) = (
        address.ip(),
        address.port(),
        folder.display(),
        zone.file.display(),
    );
    let SharedKey {
        name,
        algorithm,
        secret,
    } = key;
    format!(
        "server:\n\
         \x20 listen: {ip}@{port}\n\
         \x20 rundir: \"{folder}\"\n\
         \x20 udp-workers: 1\n\
         \x20 tcp-workers: 1\n\
         \x20 background-workers: 1\n\
         database:\n\
         \x20 storage: \"{folder}\"\n\
         log:\n\
         \x20 - target: \"{folder}/log\"\n\
         \x20   any: warning\n\
         key:\n\
         \x20 - id: {name}\n\
         \x20   algorithm: {algorithm}\n\
         \x20   secret: {secret}\n\
         acl:\n\
         \x20 - id: key\n\
         \x20   key: {name}\n\
         \x20   action: transfer\n\
         zone:\n\
         \x20 - domain: {}\n\
         \x20   file: \"{file}\"\n\
         \x20   zonefile-sync: -1\n\
         \x20   journal-content: none\n\
         \x20   semantic-checks: off\n\
         \x20   acl: key\n",
        zone.apex
    )
}

fn bind(folder: &Path, address: SocketAddr, zone: &Zone, key: SharedKey<'_>) -> String {
    let (ip, port, folder, file) = (
        address.ip(),
        address.port(),
        folder.display(),
        zone.file.display(),
    );
    let SharedKey {
        name,
        algorithm,
        secret,
    } = key;
    format!(
        "key \"{name}\" {{ algorithm {algorithm}; secret \"{secret}\"; }};\n\
         options {{\n\
         \tdirectory \"{folder}\";\n\
         \tmanaged-keys-directory \"{folder}\";\n\
         \tlisten-on port {port} {{ {ip}; }};\n\
         \tlisten-on-v6 {{ none; }};\n\
         \tpid-file none;\n\
         \tsession-keyfile none;\n\
         \tlock-file none;\n\
         \tnotify no;\n\
         \trecursion no;\n\
         \tdnssec-validation no;\n\
         \tallow-transfer {{ key \"{name}\"; }};\n\
         \ttransfer-message-size 4096;\n\
         }};\n\
         logging {{\n\
         \tchannel file {{ file \"{folder}/log\"; }};\n\
         \tcategory default {{ file; }};\n\
         }};\n\
         controls {{ }};\n\
         zone \"{}\" {{ type primary; file \"{file}\"; }};\n",
        zone.apex
    )
}
