//! How the system says that names are looked up: its files, and the environment of the process.
//!
//! What the files mean is in [`nameward_core::text`] and [`nameward_core::client`]; here they are only read. Where there is no file,
//! the GNU C library does as if it were empty, and so does this.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nameward_core::client::{self, Config, HostsIndex, Surroundings};
use nameward_core::text::hosts::Hosts;
use nameward_core::text::resolv_conf::ResolvConf;
use nameward_core::text::scan::TextError;
use nameward_core::wire::Name;
use nix::net::if_::if_nameindex;
use nix::unistd;

/// Where the system keeps what it knows about names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// Which servers to ask, and how: `resolv.conf(5)`.
    pub resolv_conf: PathBuf,
    /// Addresses that need no server: `hosts(5)`.
    pub hosts: PathBuf,
}

/// In `/etc`.
impl Default for Files {
    fn default() -> Self {
        Self {
            resolv_conf: "/etc/resolv.conf".into(),
            hosts: "/etc/hosts".into(),
        }
    }
}

/// Something that was left out, because it is wrong or not known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// In the `resolv.conf`. What `LOCALDOMAIN` and `RES_OPTIONS` say counts as lines after its last.
    ResolvConf {
        /// Which file.
        file: PathBuf,
        /// What.
        warning: client::Warning,
    },
    /// In the hosts file.
    Hosts {
        /// Which file.
        file: PathBuf,
        /// What.
        fault: TextError,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ResolvConf { file, warning } => write!(f, "{}: {warning}", file.display()),
            Self::Hosts { file, fault } => write!(f, "{}: {fault}", file.display()),
        }
    }
}

/// A file that is there cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}", file.display())]
pub struct ReadError {
    /// Which.
    pub file: PathBuf,
    /// Why not.
    pub source: io::Error,
}

/// How the system says that names are looked up, and what in its files was left out.
///
/// # Errors
///
/// A file that is there cannot be read.
pub fn configuration() -> Result<(Config, Vec<Warning>), ReadError> {
    read(&Files::default(), &Environment::of_process(), &surroundings())
}

/// What the files say, and nothing else of the system.
///
/// # Errors
///
/// A file that is there cannot be read.
pub fn configuration_from(files: &Files) -> Result<(Config, Vec<Warning>), ReadError> {
    read(files, &Environment::default(), &Surroundings::default())
}

fn read(
    files: &Files,
    environment: &Environment,
    surroundings: &Surroundings,
) -> Result<(Config, Vec<Warning>), ReadError> {
    let mut text = contents(&files.resolv_conf)?;
    environment.append_to(&mut text);
    let (config, warnings) = Config::from_resolv_conf(&ResolvConf::read(&text), surroundings);
    let hosts = Hosts::read(&contents(&files.hosts)?);
    let config = Config {
        hosts: HostsIndex::from(&hosts),
        ..config
    };
    let of_resolv_conf = warnings.into_iter().map(|warning| Warning::ResolvConf {
        file: files.resolv_conf.clone(),
        warning,
    });
    let of_hosts = hosts.faults.into_iter().map(|fault| Warning::Hosts {
        file: files.hosts.clone(),
        fault,
    });
    Ok((config, of_resolv_conf.chain(of_hosts).collect()))
}

fn contents(file: &Path) -> Result<Vec<u8>, ReadError> {
    fs::read(file).or_else(|source| match source.kind() {
        io::ErrorKind::NotFound => Ok(Vec::new()),
        _ => Err(ReadError {
            file: file.to_owned(),
            source,
        }),
    })
}

/// What the environment variables say, each as a line at the end of the file would.
#[derive(Debug, Default)]
struct Environment {
    /// `LOCALDOMAIN`.
    search: Option<OsString>,
    /// `RES_OPTIONS`.
    options: Option<OsString>,
}

impl Environment {
    /// A program that runs with the rights of somebody else does not listen to who started it.
    #[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
    fn of_process() -> Self {
        let own_rights = unistd::getuid() == unistd::geteuid() && unistd::getgid() == unistd::getegid();
        if !own_rights {
            return Self::default();
        }
        Self {
            search: std::env::var_os("LOCALDOMAIN"),
            options: std::env::var_os("RES_OPTIONS"),
        }
    }

    fn append_to(&self, text: &mut Vec<u8>) {
        for (keyword, value) in [("search", &self.search), ("options", &self.options)] {
            if let Some(value) = value {
                text.extend(format!("\n{keyword} ").bytes());
                // One line, whatever the variable has in it.
                let value = value.as_encoded_bytes().iter();
                text.extend(value.map(|&octet| if octet == b'\n' { b' ' } else { octet }));
            }
        }
    }
}

/// The host's domain, and its links.
fn surroundings() -> Surroundings {
    let host = unistd::gethostname()
        .ok()
        .and_then(|name| name.into_string().ok());
    let domain = host.as_deref().and_then(|name| name.split_once('.'));
    let links = if_nameindex().map(|links| {
        let links = links
            .iter()
            .map(|link| (link.name().to_string_lossy().into(), link.index()));
        links.collect()
    });
    Surroundings {
        local_domain: domain.and_then(|(_, domain)| domain.parse::<Name>().ok()),
        // Without them, no server can be named by its link.
        links: links.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameward_core::client::Preference;

    fn folder() -> PathBuf {
        let name = format!(
            "nameward-system-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        );
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn resolv_conf_5_files_and_environment_make_one_configuration_with_every_warning_in_its_place() {
        let folder = folder();
        let files = Files {
            resolv_conf: folder.join("resolv.conf"),
            hosts: folder.join("hosts"),
        };
        fs::write(
            &files.resolv_conf,
            "nameserver 192.0.2.1\nnameserver fe80::1%lan\nnonsense\nsearch a.example",
        )
        .unwrap();
        fs::write(&files.hosts, "198.51.100.1 printer\nprinter\n").unwrap();
        let environment = Environment {
            search: Some("b.example\nnameserver".into()),
            options: Some("rotate ndots:3 wrong".into()),
        };
        let surroundings = Surroundings {
            local_domain: Some("c.example".parse().unwrap()),
            links: vec![("lan".into(), 7)],
        };
        let (config, warnings) = read(&files, &environment, &surroundings).unwrap();
        let servers: Vec<_> = config
            .servers
            .iter()
            .map(|server| server.address.to_string())
            .collect();
        assert_eq!(servers, ["192.0.2.1:53", "[fe80::1%7]:53"]);
        let search: Vec<_> = config.search.iter().map(ToString::to_string).collect();
        assert_eq!(search, ["b.example.", "nameserver."]);
        assert_eq!((config.preference, config.ndots), (Preference::Rotate, 3));
        assert_eq!(config.hosts.addresses(&"printer".parse().unwrap()).len(), 1);
        let warnings: Vec<_> = warnings.iter().map(ToString::to_string).collect();
        let starts = [
            format!("{}: line 3, column 1: ", files.resolv_conf.display()),
            format!("{}: line 6, column 24: ", files.resolv_conf.display()),
            format!("{}: line 2, column 1: ", files.hosts.display()),
        ];
        assert_eq!(warnings.len(), starts.len(), "{warnings:?}");
        for (warning, start) in warnings.iter().zip(&starts) {
            assert!(warning.starts_with(start), "{warning}");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    /// RFC 1034 section 5.3.1: a host without a configuration asks itself.
    #[test]
    fn resolv_conf_5_files_that_are_not_there_are_empty_and_those_that_cannot_be_read_are_errors() {
        let folder = folder().join("none");
        let missing = Files {
            resolv_conf: folder.join("resolv.conf"),
            hosts: folder.join("hosts"),
        };
        let (config, warnings) = configuration_from(&missing).unwrap();
        assert_eq!(config.servers[0].address, ([127, 0, 0, 1], 53).into());
        assert!(warnings.is_empty());

        let unreadable = Files {
            hosts: std::env::temp_dir(),
            ..missing
        };
        let error = configuration_from(&unreadable).unwrap_err();
        assert_eq!(error.file, std::env::temp_dir());
    }

    #[test]
    fn the_system_of_this_machine_is_a_configuration() {
        let (config, _) = configuration().unwrap();
        assert_eq!(config.validate(), Ok(()));
        assert!(!surroundings().links.is_empty(), "every host has a loopback link");
    }
}
