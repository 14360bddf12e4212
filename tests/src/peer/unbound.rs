//! Unbound, a recursive resolver, which forwards to another server here.

use core::net::SocketAddr;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::process::{ChildStderr, Stdio};

use super::daemon::{Daemon, retried};

/// A running Unbound on a port of its own. It ends when this is dropped.
#[derive(Debug)]
pub struct Unbound {
    daemon: Daemon,
    address: SocketAddr,
    /// Unbound ends if it cannot write what it has to say.
    _log: BufReader<ChildStderr>,
}

impl Unbound {
    /// Starts `program`, which forwards all that it does not know to `upstream`, with further `settings` of its server.
    ///
    /// # Errors
    ///
    /// It does not start. The error holds what it said.
    pub fn start(program: &Path, upstream: SocketAddr, settings: &[&str]) -> io::Result<Self> {
        retried(|| Self::start_once(program, upstream, settings))
    }

    /// Where it answers, over UDP and TCP unless the settings say otherwise.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes it keep silent from now on.
    pub fn freeze(&self) {
        self.daemon.freeze();
    }

    fn start_once(program: &Path, upstream: SocketAddr, settings: &[&str]) -> io::Result<Self> {
        let address = super::free_address()?;
        let mut daemon = Daemon::start(program, "unbound", &["-d", "-c"], Stdio::piped(), |folder| {
            configure(folder, address, upstream, settings)
        })?;
        let errors = daemon.child.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut log = BufReader::new(errors);
        let mut said = String::new();
        while log.read_line(&mut said)? > 0 {
            if said.contains("start of service") {
                return Ok(Self {
                    daemon,
                    address,
                    _log: log,
                });
            }
        }
        Err(io::Error::other(format!("Unbound ended:\n{said}")))
    }
}

/// Unbound keeps the zones of documentation and of tests to itself, unless it is told otherwise.
fn configure(folder: &Path, address: SocketAddr, upstream: SocketAddr, settings: &[&str]) -> String {
    let settings: String = settings.iter().map(|setting| format!("\t{setting}\n")).collect();
    format!(
        "server:\n\
         \tinterface: {ip}\n\
         \tport: {port}\n\
         \taccess-control: 127.0.0.0/8 allow\n\
         \tdo-ip6: no\n\
         \tdo-not-query-localhost: no\n\
         \tmodule-config: \"iterator\"\n\
         \tlocal-zone: \"test.\" nodefault\n\
         \tlocal-zone: \"2.0.192.in-addr.arpa.\" nodefault\n\
         \tnum-threads: 1\n\
         \tuse-syslog: no\n\
         \tlogfile: \"\"\n\
         \tverbosity: 1\n\
         \tusername: \"\"\n\
         \tchroot: \"\"\n\
         \tdirectory: \"{folder}\"\n\
         \tpidfile: \"\"\n\
         {settings}\
         forward-zone:\n\
         \tname: \".\"\n\
         \tforward-addr: {upstream}@{upstream_port}\n\
         remote-control:\n\
         \tcontrol-enable: no\n",
        ip = address.ip(),
        port = address.port(),
        folder = folder.display(),
        upstream = upstream.ip(),
        upstream_port = upstream.port(),
    )
}
