//! Other implementations as peers and as oracles: where they are, how to start them, and what to do when they are missing.

pub mod bind;
mod daemon;
pub mod dig;
pub mod dnsmasq;
pub mod knot;
pub mod nsd;
pub mod primary;
pub mod unbound;

use std::env;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};

/// A zone that a server is to serve.
#[derive(Clone, Debug)]
pub struct Zone {
    /// The apex, in presentation format.
    pub apex: &'static str,
    /// Its zone file.
    pub file: PathBuf,
}

/// Says that a test does not run because something is missing on this machine, and why.
///
/// It prints `skip: ` and the reason. With `NAMEWARD_NO_SKIP` set it panics instead, so that nothing is skipped where all
/// must run. Who calls it returns.
///
/// # Panics
///
/// `NAMEWARD_NO_SKIP` is set.
#[expect(
    clippy::disallowed_methods,
    reason = "whether a skip is a failure is decided where the tests run"
)]
pub fn skip(reason: &str) {
    assert!(env::var_os("NAMEWARD_NO_SKIP").is_none(), "skip: {reason}");
    // Not by a macro: the test harness would keep to itself what a test prints that passes.
    let _ = writeln!(io::stderr(), "skip: {reason}");
}

/// Where the program `name` is: on the search path, or where Debian keeps daemons.
#[expect(clippy::disallowed_methods, reason = "the search path is in the environment")]
pub fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// A file or folder of the test corpora, which `NAMEWARD_CORPORA` names.
#[expect(
    clippy::disallowed_methods,
    reason = "where the corpora are is decided where the tests run"
)]
pub fn corpus(path: impl AsRef<Path>) -> Option<PathBuf> {
    let found = PathBuf::from(env::var_os("NAMEWARD_CORPORA")?).join(path);
    found.exists().then_some(found)
}

/// A port of the loopback address on which nobody listens, neither for datagrams nor for streams.
///
/// # Errors
///
/// No socket can be bound.
pub fn free_address() -> io::Result<SocketAddr> {
    for _ in 0..100 {
        let datagrams = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = datagrams.local_addr()?;
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AddrInUse,
        "no port is free for both UDP and TCP",
    ))
}
