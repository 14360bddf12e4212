//! A server of somebody else's as a child process, in a folder of its own.

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

/// A running server. It ends, and its folder vanishes, when this is dropped.
#[derive(Debug)]
pub(super) struct Daemon {
    pub(super) child: Child,
    pub(super) folder: Folder,
}

/// A new folder that nobody else uses, for as long as this lives.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(kind: &str) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("nameward-{kind}-{}-{number}", std::process::id()));
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Daemon {
    /// Starts `program` with these words, which keep it in the foreground and end with that for a configuration, and with the
    /// configuration that `configure` makes for its folder.
    pub(super) fn start(
        program: &Path,
        kind: &str,
        words: &[&str],
        errors: Stdio,
        configure: impl FnOnce(&Path) -> String,
    ) -> io::Result<Self> {
        let folder = Folder::new(kind)?;
        let configuration = folder.path().join("server.conf");
        fs::write(&configuration, configure(folder.path()))?;
        let child = Command::new(program)
            .args(words)
            .arg(&configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()?;
        Ok(Self { child, folder })
    }

    /// Asks for the SOA record of `apex` until the server has something to say about it, for about ten seconds. An error holds
    /// what it wrote into `log` in its folder.
    pub(super) fn wait_for(&mut self, address: SocketAddr, apex: &str) -> io::Result<()> {
        let query = soa_query(apex);
        // The socket is not connected: then the system does not tell it that nobody listens yet, and waiting is waiting.
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        for _ in 0..200 {
            if let Some(status) = self.child.try_wait()? {
                return Err(self.failure(&format!("the server ended: {status}")));
            }
            socket.send_to(&query, address)?;
            let mut reply = [0; 512];
            match socket.recv(&mut reply) {
                Ok(length) if reply.get(..length).is_some_and(is_ready) => return Ok(()),
                Ok(_) => {}
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                    ) => {}
                Err(error) => return Err(error),
            }
        }
        Err(self.failure(&format!("the server does not answer for {apex}")))
    }

    fn failure(&self, what: &str) -> io::Error {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        io::Error::other(format!("{what}\n{log}"))
    }

    /// Stops the process where it is: its ports are open, and nobody answers there.
    pub(super) fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
    }

    fn signal(&self, signal: Signal) -> bool {
        i32::try_from(self.child.id()).is_ok_and(|id| kill(Pid::from_raw(id), signal).is_ok())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A server ends its own children when it is asked to end; killed, it could not.
        let asked = self.signal(Signal::SIGTERM) && self.signal(Signal::SIGCONT);
        if !asked {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// Whether a response shows that the zone is there: it answers with authority, or that the name is not there, or it wants to be
/// asked over TCP.
fn is_ready(reply: &[u8]) -> bool {
    let &[_, _, flags, more, ..] = reply else {
        return false;
    };
    let (response, authoritative, truncated) = (flags & 0x80 != 0, flags & 0x04 != 0, flags & 0x02 != 0);
    response && (truncated || authoritative && more & 0x0f == 0 || more & 0x0f == 3)
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

/// Starts a server that chooses a free port, again if somebody else was quicker to take that.
pub(super) fn retried<T>(start: impl Fn() -> io::Result<T>) -> io::Result<T> {
    let mut outcome = start();
    for _ in 0..3 {
        if outcome.is_ok() {
            break;
        }
        outcome = start();
    }
    outcome
}
