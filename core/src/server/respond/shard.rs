//! What a worker has for itself.

use super::config::LEAST_UDP_PAYLOAD;
use super::policy::Policy;
use super::rate::{RateLimiter, ResponseKind, Verdict};
use super::{Request, Transport};
use crate::seed::Seed;
use crate::time::Now;
use crate::wire::Opt;

/// What one worker has for itself, and changes with each request. Two workers share none, so that nobody waits for another.
#[derive(Debug)]
pub struct Shard {
    /// The OPT record of the response that is being written. The memory of its options stays.
    pub(super) opt: Opt,
    limiter: Option<RateLimiter>,
}

impl Shard {
    /// That of a worker which responds by this policy, and by no other. All memory that it needs is taken here.
    pub fn new(policy: &Policy, seed: &Seed) -> Self {
        let mut opt = Opt::default();
        // All options that a datagram gets.
        opt.options.reserve(LEAST_UDP_PAYLOAD.into());
        let limit = policy.config().rate_limit.clone();
        Self {
            opt,
            limiter: limit.map(|limit| RateLimiter::new(limit, seed)),
        }
    }

    /// Whether responses are limited at all.
    #[inline]
    pub(super) const fn limits(&self) -> bool {
        self.limiter.is_some()
    }

    /// What becomes of a response to a request whose address nobody verified.
    #[inline]
    pub(super) fn judge(&mut self, now: Now, request: &Request<'_>, kind: ResponseKind) -> Verdict {
        match &mut self.limiter {
            Some(limiter) if request.transport == Transport::Datagram => {
                limiter.judge(now.mono, request.peer.ip(), kind)
            }
            _ => Verdict::Send,
        }
    }
}
