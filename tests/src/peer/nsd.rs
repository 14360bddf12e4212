//! NSD, an authoritative server.

use core::net::SocketAddr;
use std::io;
use std::path::Path;
use std::process::Stdio;

use super::Zone;
use super::daemon::{Daemon, retried};

/// A running NSD on a port of its own. It ends, and its folder vanishes, when this is dropped.
#[derive(Debug)]
pub struct Nsd {
    daemon: Daemon,
    address: SocketAddr,
}

impl Nsd {
    /// Starts `program` with `zones`, and waits until it answers for each of them.
    ///
    /// # Errors
    ///
    /// It does not start, or does not answer. The error holds what it logged.
    pub fn start(program: &Path, zones: &[Zone]) -> io::Result<Self> {
        Self::start_with(program, zones, &[])
    }

    /// Starts `program` with further `settings` of its server.
    ///
    /// # Errors
    ///
    /// It does not start, or does not answer. The error holds what it logged.
    pub fn start_with(program: &Path, zones: &[Zone], settings: &[&str]) -> io::Result<Self> {
        retried(|| Self::start_once(program, zones, settings))
    }

    /// Where it answers, over UDP and TCP. Zones may be transferred.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes it keep silent from now on.
    pub fn freeze(&self) {
        self.daemon.freeze();
    }

    fn start_once(program: &Path, zones: &[Zone], settings: &[&str]) -> io::Result<Self> {
        let address = super::free_address()?;
        let mut daemon = Daemon::start(program, "nsd", &["-d", "-c"], Stdio::null(), |folder| {
            configure(folder, address, zones, settings)
        })?;
        for zone in zones {
            daemon.wait_for(address, zone.apex)?;
        }
        Ok(Self { daemon, address })
    }
}

fn configure(folder: &Path, address: SocketAddr, zones: &[Zone], settings: &[&str]) -> String {
    let settings: String = settings.iter().map(|setting| format!("\t{setting}\n")).collect();
    let folder = folder.display();
    let mut text = format!(
        "server:\n\
         \tip-address: {}@{}\n\
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
         \tnsid: \"ascii_nsd of the tests\"\n\
         \tanswer-cookie: yes\n\
         {settings}\
         remote-control:\n\
         \tcontrol-enable: no\n",
        address.ip(),
        address.port()
    );
    for Zone { apex, file } in zones {
        text += &format!(
            "zone:\n\tname: \"{apex}\"\n\tzonefile: \"{}\"\n\tprovide-xfr: 127.0.0.1 NOKEY\n",
            file.display()
        );
    }
    text
}
