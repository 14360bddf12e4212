//! A server of somebody else's as a child process, in a folder of its own.

use core::sync::atomic::{AtomicU32, Ordering};
use std::fs;
use std::io;
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
    /// Starts `program` in the foreground, with the configuration that `configure` makes for its folder.
    pub(super) fn start(
        program: &Path,
        kind: &str,
        errors: Stdio,
        configure: impl FnOnce(&Path) -> String,
    ) -> io::Result<Self> {
        let folder = Folder::new(kind)?;
        let configuration = folder.path().join("server.conf");
        fs::write(&configuration, configure(folder.path()))?;
        let child = Command::new(program)
            .arg("-d")
            .arg("-c")
            .arg(&configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()?;
        Ok(Self { child, folder })
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A server ends its own children when it is asked to end; killed, it could not.
        let asked =
            i32::try_from(self.child.id()).is_ok_and(|id| kill(Pid::from_raw(id), Signal::SIGTERM).is_ok());
        if !asked {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
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
