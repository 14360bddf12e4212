//! How the command ends when it does not succeed.

use std::io;
use std::path::Path;
use std::process::ExitCode;

/// Why the command ended without success: one sentence for people, one exit status for programs.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The arguments make no sense.
    #[error("{0}")]
    Usage(String),
    /// What was given as a message or a recording is none.
    #[error("{0}")]
    Malformed(String),
    /// Zones that were compared are not the same.
    #[error("{0}")]
    Differ(String),
    /// A replay differs from its recording.
    #[error("{0}")]
    Diverged(String),
    /// No server replied.
    #[error("{0}")]
    NoReply(String),
    /// The system refused.
    #[error("{0}")]
    System(String),
}

impl Failure {
    /// `error` kept us from reading `path`.
    pub(crate) fn reading(path: &Path, error: &io::Error) -> Self {
        Self::System(format!("cannot read {}: {error}", path.display()))
    }

    /// `error` kept us from writing `path`.
    pub(crate) fn writing(path: &Path, error: &io::Error) -> Self {
        Self::System(format!("cannot write {}: {error}", path.display()))
    }

    /// `error` kept us from printing.
    pub(crate) fn output(error: io::Error) -> Self {
        Self::System(format!("cannot print: {error}"))
    }

    /// The exit status: dig's, where dig has one.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) | Self::Differ(_) => 1,
            Self::Malformed(_) => 2,
            Self::Diverged(_) => 3,
            Self::NoReply(_) => 9,
            Self::System(_) => 10,
        })
    }
}
