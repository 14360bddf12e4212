//! What a worker has for itself.

use super::policy::Policy;
use crate::seed::Seed;
use crate::wire::Opt;

/// What one worker has for itself, and changes with each request. Two workers share none, so that nobody waits for another.
#[derive(Debug)]
pub struct Shard {
    /// The options of the response that is being written: their memory stays.
    pub(super) opt: Opt,
}

impl Shard {
    /// That of a worker which responds by this policy, and by no other. No two workers have the same seed.
    pub fn new(policy: &Policy, seed: &Seed) -> Self {
        let _ = (policy, seed);
        Self { opt: Opt::default() }
    }
}
