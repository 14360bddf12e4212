//! Knot DNS, an authoritative server, and its kdig.

use core::net::SocketAddr;
use std::io;
use std::path::Path;
use std::process::Stdio;

use super::Zone;
use super::daemon::{Daemon, retried};

/// A running knotd on a port of its own. It ends, and its folder vanishes, when this is dropped.
#[derive(Debug)]
pub struct Knot {
    daemon: Daemon,
    address: SocketAddr,
}

/// A module of Knot's, and the lines that set it up.
pub type Module<'a> = (&'a str, &'a [&'a str]);

impl Knot {
    /// Starts `program` with `zones`, further `settings` of its server, and modules for all queries, and waits until it answers for
    /// each zone.
    ///
    /// # Errors
    ///
    /// It does not start, or does not answer. The error holds what it logged.
    pub fn start(
        program: &Path,
        zones: &[Zone],
        settings: &[&str],
        modules: &[Module<'_>],
    ) -> io::Result<Self> {
        retried(|| Self::start_once(program, zones, settings, None, modules))
    }

    /// Starts `program` with `zones`; whatever does not lie in one of them it asks of `upstream`, once.
    ///
    /// # Errors
    ///
    /// As with [`start`](Self::start).
    pub fn forward(program: &Path, zones: &[Zone], upstream: SocketAddr) -> io::Result<Self> {
        let modules: &[Module<'_>] = &[("dnsproxy", &["remote: upstream", "timeout: 200"])];
        retried(|| Self::start_once(program, zones, &[], Some(upstream), modules))
    }

    /// Where it answers, over UDP and TCP. Zones may be transferred.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes it keep silent from now on.
    pub fn freeze(&self) {
        self.daemon.freeze();
    }

    fn start_once(
        program: &Path,
        zones: &[Zone],
        settings: &[&str],
        upstream: Option<SocketAddr>,
        modules: &[Module<'_>],
    ) -> io::Result<Self> {
        let address = super::free_address()?;
        let mut daemon = Daemon::start(program, "knot", &["-c"], Stdio::null(), |folder| {
            configure(folder, address, zones, settings, upstream, modules)
        })?;
        for zone in zones {
            daemon.wait_for(address, zone.apex)?;
        }
        Ok(Self { daemon, address })
    }
}

fn configure(
    folder: &Path,
    address: SocketAddr,
    zones: &[Zone],
    settings: &[&str],
    upstream: Option<SocketAddr>,
    modules: &[Module<'_>],
) -> String {
    let settings: String = settings.iter().map(|setting| format!("  {setting}\n")).collect();
    let folder = folder.display();
    let mut text = format!(
        "server:\n\
         \x20 listen: {}@{}\n\
         \x20 rundir: \"{folder}\"\n\
         \x20 udp-workers: 1\n\
         \x20 tcp-workers: 1\n\
         \x20 background-workers: 1\n\
         {settings}\
         database:\n\
         \x20 storage: \"{folder}\"\n\
         log:\n\
         \x20 - target: \"{folder}/log\"\n\
         \x20   any: warning\n\
         acl:\n\
         \x20 - id: all\n\
         \x20   address: 127.0.0.1\n\
         \x20   action: transfer\n",
        address.ip(),
        address.port()
    );
    if let Some(upstream) = upstream {
        let (ip, port) = (upstream.ip(), upstream.port());
        text += &format!("remote:\n  - id: upstream\n    address: {ip}@{port}\n");
    }
    for (module, lines) in modules {
        text += &format!("mod-{module}:\n  - id: all\n");
        text.extend(lines.iter().map(|line| format!("    {line}\n")));
    }
    text += "template:\n\
             \x20 - id: default\n\
             \x20   zonefile-sync: -1\n\
             \x20   zonefile-load: whole\n\
             \x20   journal-content: none\n\
             \x20   semantic-checks: off\n\
             \x20   acl: all\n";
    for (module, _) in modules {
        text += &format!("    global-module: mod-{module}/all\n");
    }
    text += "zone:\n";
    for Zone { apex, file } in zones {
        text += &format!("  - domain: \"{apex}\"\n    file: \"{}\"\n", file.display());
    }
    text
}
