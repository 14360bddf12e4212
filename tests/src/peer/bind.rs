//! BIND, as an authoritative server and as a resolver that forwards.

use core::net::SocketAddr;
use std::io;
use std::path::Path;
use std::process::Stdio;

use super::Zone;
use super::daemon::{Daemon, retried};

/// A running named on a port of its own. It ends, and its folder vanishes, when this is dropped.
#[derive(Debug)]
pub struct Bind {
    daemon: Daemon,
    address: SocketAddr,
}

impl Bind {
    /// Starts `program` with `zones` and further `settings` of its options, and waits until it answers for each zone.
    ///
    /// # Errors
    ///
    /// It does not start, or does not answer. The error holds what it logged.
    pub fn start(program: &Path, zones: &[Zone], settings: &[&str]) -> io::Result<Self> {
        retried(|| Self::start_once(program, zones, "recursion no; empty-zones-enable no;", settings))
    }

    /// Starts `program`, which forwards all that it does not know to `upstream`, with further `settings` of its options.
    ///
    /// # Errors
    ///
    /// As with [`start`](Self::start).
    pub fn forward(program: &Path, upstream: SocketAddr, settings: &[&str]) -> io::Result<Self> {
        let (ip, port) = (upstream.ip(), upstream.port());
        let manner = format!("recursion yes; forward only; forwarders {{ {ip} port {port}; }};");
        retried(|| Self::start_once(program, &[], &manner, settings))
    }

    /// Where it answers, over UDP and TCP. Zones may be transferred.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes it keep silent from now on.
    pub fn freeze(&self) {
        self.daemon.freeze();
    }

    fn start_once(program: &Path, zones: &[Zone], manner: &str, settings: &[&str]) -> io::Result<Self> {
        let address = super::free_address()?;
        let words = ["-f", "-n", "1", "-U", "1", "-c"];
        let mut daemon = Daemon::start(program, "bind", &words, Stdio::null(), |folder| {
            configure(folder, address, zones, manner, settings)
        })?;
        for apex in zones.iter().map(|zone| zone.apex).chain([OWN]) {
            daemon.wait_for(address, apex)?;
        }
        Ok(Self { daemon, address })
    }
}

/// A zone of its own, which shows that it is there even where it forwards all else.
const OWN: &str = "ready.invalid.";

fn configure(folder: &Path, address: SocketAddr, zones: &[Zone], manner: &str, settings: &[&str]) -> String {
    let (ip, port, settings) = (address.ip(), address.port(), settings.join("\n\t"));
    let folder = folder.display();
    let mut text = format!(
        "options {{\n\
         \tdirectory \"{folder}\";\n\
         \tmanaged-keys-directory \"{folder}\";\n\
         \tlisten-on port {port} {{ {ip}; }};\n\
         \tlisten-on-v6 {{ none; }};\n\
         \tpid-file none;\n\
         \tsession-keyfile none;\n\
         \tlock-file none;\n\
         \tnotify no;\n\
         \tallow-transfer {{ any; }};\n\
         \tdnssec-validation no;\n\
         \t{manner}\n\
         \t{settings}\n\
         }};\n\
         logging {{\n\
         \tchannel file {{ file \"{folder}/log\"; }};\n\
         \tcategory default {{ file; }};\n\
         }};\n\
         controls {{ }};\n\
         zone \"{OWN}\" {{ type primary; database \"_builtin empty ns.elsewhere. hostmaster.elsewhere.\"; }};\n"
    );
    for Zone { apex, file } in zones {
        let file = file.display();
        // What is compared with holds records that BIND would rather not serve.
        text += &format!("zone \"{apex}\" {{ type primary; file \"{file}\"; check-names ignore; }};\n");
    }
    text
}
