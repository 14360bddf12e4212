//! NSD, an authoritative server.

use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::fs;
use std::io;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

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
    child: Child,
    address: SocketAddr,
    folder: PathBuf,
}

impl Nsd {
    /// Starts `program` with `zones`, and waits until it answers for each of them.
    ///
    /// # Errors
    ///
    /// It does not start, or does not answer. The error holds what it logged.
    pub fn start(program: &Path, zones: &[Zone]) -> io::Result<Self> {
        // The port is free when it is looked for, but somebody may be quicker than NSD.
        let mut outcome = Self::start_once(program, zones);
        for _ in 0..3 {
            if outcome.is_ok() {
                break;
            }
            outcome = Self::start_once(program, zones);
        }
        outcome
    }

    /// Where it answers, over UDP and TCP. Zones may be transferred.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    fn start_once(program: &Path, zones: &[Zone]) -> io::Result<Self> {
        let folder = new_folder()?;
        let address = super::free_address()?;
        let configuration = folder.join("nsd.conf");
        fs::write(&configuration, configure(&folder, address, zones))?;
        let child = Command::new(program)
            .arg("-d")
            .arg("-c")
            .arg(&configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut nsd = Self {
            child,
            address,
            folder,
        };
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
            if let Some(status) = self.child.try_wait()? {
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
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        io::Error::other(format!("{what}\n{log}"))
    }
}

impl Drop for Nsd {
    fn drop(&mut self) {
        // NSD ends its own children when it is asked to end; killed, it could not.
        let asked =
            i32::try_from(self.child.id()).is_ok_and(|id| kill(Pid::from_raw(id), Signal::SIGTERM).is_ok());
        if !asked {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn configure(folder: &Path, address: SocketAddr, zones: &[Zone]) -> String {
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

/// A new folder that nobody else uses.
fn new_folder() -> io::Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("nameward-nsd-{}-{number}", std::process::id()));
    fs::create_dir(&folder)?;
    Ok(folder)
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
