//! What the resolvers of all runtimes have in common.

use std::io;

use nameward_core::client::{Config, LookupError, QueryError, Stub};
use nameward_core::machine::Misuse;

use crate::config::StartError;
use crate::seed;

/// How many addresses of a prefix are looked up at a time: those of a /24.
pub const PREFIX_WINDOW: usize = 256;

/// Why a resolver gave no answer. That there is no such name, or no such data, is an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The text cannot be looked up.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// No server could be asked, none gave an answer, or the look-up would have cost too much.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// The application made a mistake.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// The resolver was shut down, or its runtime was.
    #[error("the resolver was shut down")]
    Stopped,
    /// The system does not let us wait.
    #[error("the system does not let the resolver wait")]
    Wait(#[source] io::Error),
}

/// A stub resolver with a seed from the system.
///
/// # Errors
///
/// A value of the configuration is out of its range, or the system gives no random numbers.
pub fn stub(config: Config) -> Result<Stub, StartError> {
    Ok(Stub::new(seed::from_system()?, config)?)
}
