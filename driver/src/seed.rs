//! The seed, from the operating system.

use nameward_core::seed::Seed;

/// 32 bytes from the operating system's generator: what a machine in production is built with.
///
/// # Errors
///
/// The system has no generator, or it failed. There is nothing to fall back to: do not start.
pub fn from_system() -> Result<Seed, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(Seed::from_bytes(bytes))
}
