//! NSD, an authoritative server.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::fs;
use std::io;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::daemon::{Daemon, retried};

/// A zone that NSD is to serve.
#[derive(Clone, Debug)]
pub struct Zone {
    /// The apex, in presentation format.
    pub apex: &'static str,
    /// Its zone file.
    pub file: PathBuf,
}

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

    fn start_once(program: &Path, zones: &[Zone], settings: &[&str]) -> io::Result<Self> {
        let address = super::free_address()?;
        let daemon = Daemon::start(program, "nsd", Stdio::null(), |folder| {
            configure(folder, address, zones, settings)
        })?;
        let mut nsd = Self { daemon, address };
        for zone in zones {
            nsd.wait_for(zone.apex)?;
        }
        Ok(nsd)
    }

    /// Asks for the SOA record of `apex` until NSD has it, for about ten seconds.
    fn wait_for(&mut self, apex: &str) -> io::Result<()> {
        let query = soa_query(apex);
        // The socket is not connected: then the system does not tell it that nobody listens yet, and waiting is waiting.
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        for _ in 0..200 {
            if let Some(status) = self.daemon.child.try_wait()? {
                return Err(self.failure(&format!("NSD ended: {status}")));
            }
            socket.send_to(&query, self.address)?;
            let mut reply = [0; 512];
            match socket.recv(&mut reply) {
                // QR and AA are set, RCODE is 0: the zone is loaded.
                Ok(length) if length > 12 && reply[2] & 0x84 == 0x84 && reply[3] & 0x0f == 0 => return Ok(()),
                Ok(_) => {}
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                    ) => {}
                Err(error) => return Err(error),
            }
        }
        Err(self.failure(&format!("NSD does not answer for {apex}")))
    }

    fn failure(&self, what: &str) -> io::Error {
        let log = fs::read_to_string(self.daemon.folder.path().join("log")).unwrap_or_default();
        io::Error::other(format!("{what}\n{log}"))
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

/// A query for the SOA record of `apex`, whose labels hold no dots. Written by hand: what is tested does not help to test.
fn soa_query(apex: &str) -> Vec<u8> {
    let mut query = b"\x4e\x44\0\0\0\x01\0\0\0\0\0\0".to_vec();
    for label in apex.split('.').filter(|label| !label.is_empty()) {
        query.extend(u8::try_from(label.len()));
        query.extend(label.as_bytes());
    }
    query.extend(b"\0\0\x06\0\x01");
    query
}
