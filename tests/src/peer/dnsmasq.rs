//! dnsmasq, a forwarder with records of its own, as it runs in many routers.

use core::net::SocketAddr;
use std::io;
use std::path::Path;
use std::process::Stdio;

use super::daemon::{Daemon, retried};

/// A running dnsmasq on a port of its own. It ends, and its folder vanishes, when this is dropped.
#[derive(Debug)]
pub struct Dnsmasq {
    daemon: Daemon,
    address: SocketAddr,
}

impl Dnsmasq {
    /// Starts `program` with further `settings`. Without a `server` among them it forwards nothing.
    ///
    /// # Errors
    ///
    /// It does not start, or does not answer. The error holds what it logged.
    pub fn start(program: &Path, settings: &[&str]) -> io::Result<Self> {
        retried(|| Self::start_once(program, settings))
    }

    /// Where it answers, over UDP and TCP.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes it keep silent from now on.
    pub fn freeze(&self) {
        self.daemon.freeze();
    }

    fn start_once(program: &Path, settings: &[&str]) -> io::Result<Self> {
        let address = super::free_address()?;
        let mut daemon = Daemon::start(
            program,
            "dnsmasq",
            &["--keep-in-foreground", "-C"],
            Stdio::null(),
            |folder| configure(folder, address, settings),
        )?;
        daemon.wait_for(address, OWN)?;
        Ok(Self { daemon, address })
    }
}

/// A domain that it keeps to itself, and in which there is nothing.
const OWN: &str = "ready.invalid.";

fn configure(folder: &Path, address: SocketAddr, settings: &[&str]) -> String {
    let settings: String = settings.iter().map(|setting| format!("{setting}\n")).collect();
    format!(
        "port={}\n\
         listen-address={}\n\
         bind-interfaces\n\
         no-resolv\n\
         no-hosts\n\
         user=\n\
         group=\n\
         pid-file=\n\
         log-facility={}/log\n\
         local=/{}/\n\
         {settings}",
        address.port(),
        address.ip(),
        folder.display(),
        OWN.trim_end_matches('.'),
    )
}
