//! How many responses a network gets, so that nobody floods it through this server.

use alloc::boxed::Box;
use core::fmt;
use core::hash::Hasher as _;
use core::net::IpAddr;

use siphasher::sip::SipHasher13;

use crate::limits::within;
use crate::machine::Misuse;
use crate::seed::Seed;
use crate::server::answer::Outcome;
use crate::time::Instant;
use crate::wire::Rcode;

/// How many buckets a network can be in.
const WAYS: usize = 4;

/// What a response takes out of a bucket. With each millisecond as much as the rate comes back, so that nothing is rounded.
const RESPONSE: u32 = 1000;

/// How many responses a second a network gets in datagrams, whose senders can claim to be anybody.
///
/// Networks and the kinds of responses are counted apart. Not limited is who was given a cookie by this server, and who
/// comes over a stream. Each worker counts for itself: where the system spreads the datagrams of a network over several workers, it gets
/// as much from each.
///
/// What is too much is dropped. But once in a while a small response goes out nevertheless, by which an honest client gets on: BADCOOKIE,
/// if it uses cookies, or else one with TC, which makes it come over a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Answers, aliases among them: 200. Here and below 0 means as many as there are.
    pub answers: u16,
    /// That a name or a type does not exist: 200.
    pub denials: u16,
    /// Referrals to other servers: 200.
    pub referrals: u16,
    /// All other response codes: 200.
    pub errors: u16,
    /// For how many seconds a network may save up what it does not get: 5, from 1 to 60.
    pub burst: u8,
    /// Of how many responses that are too much one goes out as a small one: 2. With 1 each does, with 0 none.
    pub slip: u8,
    /// How many bits of an IPv4 address are its network: 24, at most 32.
    pub ipv4_prefix: u8,
    /// How many bits of an IPv6 address are its network: 56, at most 64.
    pub ipv6_prefix: u8,
    /// How many buckets a worker has, each of 16 octets: 65 536, from 4 to 2^24. When there are more networks and kinds of responses, those
    /// are forgotten that have got the least of late.
    pub buckets: u32,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self {
            answers: 200,
            denials: 200,
            referrals: 200,
            errors: 200,
            burst: 5,
            slip: 2,
            ipv4_prefix: 24,
            ipv6_prefix: 56,
            buckets: 65_536,
        }
    }
}

impl RateLimit {
    /// Whether all values lie in their ranges.
    ///
    /// # Errors
    ///
    /// The first one that does not.
    pub fn validate(&self) -> Result<(), Misuse> {
        within(&[
            ("burst", u64::from(self.burst), 1, 60),
            ("ipv4_prefix", u64::from(self.ipv4_prefix), 0, 32),
            ("ipv6_prefix", u64::from(self.ipv6_prefix), 0, 64),
            ("buckets", u64::from(self.buckets), WAYS as u64, 1 << 24),
        ])
    }

    const fn rate(&self, kind: ResponseKind) -> u16 {
        match kind {
            ResponseKind::Answer => self.answers,
            ResponseKind::Denial => self.denials,
            ResponseKind::Referral => self.referrals,
            ResponseKind::Error => self.errors,
        }
    }
}

/// What responses are counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ResponseKind {
    /// There are records that were asked for.
    Answer,
    /// The name or the type does not exist (RFC 2308 section 2).
    Denial,
    /// Another server knows more.
    Referral,
    /// Something went wrong.
    Error,
}

impl Outcome {
    /// What a response with so many records in the answer section is counted as.
    pub(super) const fn kind(self, answers: u16) -> ResponseKind {
        match self.rcode {
            Rcode::NXDOMAIN => ResponseKind::Denial,
            Rcode::NOERROR if answers > 0 => ResponseKind::Answer,
            Rcode::NOERROR if self.authoritative => ResponseKind::Denial,
            Rcode::NOERROR => ResponseKind::Referral,
            _ => ResponseKind::Error,
        }
    }
}

/// What becomes of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Send,
    /// It is too much, and a small one goes in its place.
    Slip,
    Drop,
}

/// What was sent of late, in memory that does not grow.
pub(super) struct RateLimiter {
    limit: RateLimit,
    /// So that nobody can choose networks that share their buckets with others.
    key: [u8; 16],
    sets: Box<[[Bucket; WAYS]]>,
}

/// What a network may still get of one kind.
#[derive(Clone, Copy, Default)]
struct Bucket {
    /// Bits of the hash of network and kind; 0 if the bucket is free.
    tag: u32,
    /// When it was last filled up, in milliseconds, modulo 2^32.
    filled: u32,
    /// What is in it, in thousandths of a response.
    credit: u32,
    /// How fast it fills.
    rate: u16,
    /// How many responses were dropped since one slipped through.
    dropped: u8,
}

impl RateLimiter {
    pub(super) fn new(limit: RateLimit, seed: &Seed) -> Self {
        let sets = usize::try_from(limit.buckets)
            .unwrap_or(usize::MAX)
            .div_ceil(WAYS);
        let key = seed.expose().first_chunk().copied().unwrap_or_default();
        Self {
            limit,
            key,
            sets: alloc::vec![[Bucket::default(); WAYS]; sets].into_boxed_slice(),
        }
    }

    /// What becomes of a response of this kind to this address.
    pub(super) fn judge(&mut self, now: Instant, peer: IpAddr, kind: ResponseKind) -> Verdict {
        let rate = self.limit.rate(kind);
        if rate == 0 {
            return Verdict::Send;
        }
        let span = u32::from(self.limit.burst).saturating_mul(1000);
        let (tag, place) = self.place(peer, kind);
        let now = milliseconds(now);
        // Invariant: there is such a set, and it is not empty.
        let Some(bucket) = self
            .sets
            .get_mut(place)
            .and_then(|set| bucket(set, tag, now, span))
        else {
            return Verdict::Send;
        };
        if bucket.tag != tag {
            *bucket = Bucket {
                tag,
                filled: now,
                credit: u32::from(rate).saturating_mul(span),
                rate,
                dropped: 0,
            };
        }
        bucket.fill(now, span);
        if let Some(left) = bucket.credit.checked_sub(RESPONSE) {
            bucket.credit = left;
            return Verdict::Send;
        }
        bucket.dropped = bucket.dropped.saturating_add(1);
        if self.limit.slip == 0 || bucket.dropped < self.limit.slip {
            return Verdict::Drop;
        }
        bucket.dropped = 0;
        Verdict::Slip
    }

    /// The tag of a network and kind, and where its set is.
    fn place(&self, peer: IpAddr, kind: ResponseKind) -> (u32, usize) {
        let (family, address, bits, prefix) = match peer.to_canonical() {
            IpAddr::V4(address) => (4, u64::from(address.to_bits()), 32, self.limit.ipv4_prefix),
            IpAddr::V6(address) => {
                let high = u64::try_from(address.to_bits() >> 64).unwrap_or_default();
                (6, high, 64, self.limit.ipv6_prefix)
            }
        };
        let beyond = u32::from(u8::saturating_sub(bits, prefix));
        let network = address.checked_shr(beyond).unwrap_or(0);
        let mut hasher = SipHasher13::new_with_key(&self.key);
        hasher.write_u64(network);
        hasher.write_u16(u16::from_be_bytes([family, kind as u8]));
        let hash = hasher.finish();
        let product = (hash & u64::from(u32::MAX)).wrapping_mul(self.sets.len() as u64);
        let tag = u32::try_from(hash >> 32).unwrap_or_default() | 1;
        (tag, usize::try_from(product >> 32).unwrap_or_default())
    }
}

impl Bucket {
    /// Puts back what the time since the last time brought.
    fn fill(&mut self, now: u32, span: u32) {
        let elapsed = now.wrapping_sub(self.filled);
        let rate = u32::from(self.rate);
        let full = rate.saturating_mul(span);
        self.credit = self.credit.saturating_add(elapsed.saturating_mul(rate)).min(full);
        self.filled = now;
    }

    /// In how many milliseconds it will be full. Then it could as well be forgotten.
    fn full_in(mut self, now: u32, span: u32) -> u32 {
        self.fill(now, span);
        let missing = u32::from(self.rate)
            .saturating_mul(span)
            .saturating_sub(self.credit);
        missing.checked_div(self.rate.into()).unwrap_or(0)
    }
}

/// The bucket with this tag, or else the one that is forgotten for it.
fn bucket(set: &mut [Bucket; WAYS], tag: u32, now: u32, span: u32) -> Option<&mut Bucket> {
    let found = set.iter().position(|bucket| bucket.tag == tag);
    match found {
        Some(at) => set.get_mut(at),
        None => set.iter_mut().min_by_key(|bucket| bucket.full_in(now, span)),
    }
}

/// A moment in milliseconds, modulo 2^32.
fn milliseconds(now: Instant) -> u32 {
    let milliseconds = now.as_nanos() / 1_000_000;
    u32::try_from(milliseconds & u64::from(u32::MAX)).unwrap_or_default()
}

/// Says how many buckets there are. Whose they are is nobody's business.
impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
