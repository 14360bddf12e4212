//! Server cookies (RFC 9018 section 4).

use core::hash::Hasher as _;
use core::net::IpAddr;

use nameward_core::time::Instant;
use siphasher::sip::SipHasher24;

/// How old a server cookie may be, in seconds (section 4.3).
const OLDEST: u64 = 3_600;

/// The server cookie for a client.
pub(super) fn make(secret: u64, client: [u8; 8], ip: IpAddr, now: Instant) -> [u8; 16] {
    // The timestamp has 32 bits.
    with_timestamp(secret, client, ip, seconds(now) as u32)
}

/// Whether a server cookie was made by [`make`], and not too long ago.
pub(super) fn is_valid(secret: u64, client: [u8; 8], ip: IpAddr, now: Instant, server: &[u8]) -> bool {
    let &[1, 0, 0, 0, a, b, c, d, ..] = server else {
        return false;
    };
    let timestamp = u32::from_be_bytes([a, b, c, d]);
    let age = seconds(now).checked_sub(timestamp.into());
    with_timestamp(secret, client, ip, timestamp) == server && age.is_some_and(|age| age <= OLDEST)
}

fn seconds(now: Instant) -> u64 {
    now.since(Instant::ZERO).as_secs()
}

fn with_timestamp(secret: u64, client: [u8; 8], ip: IpAddr, timestamp: u32) -> [u8; 16] {
    let mut cookie = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    cookie[4..8].copy_from_slice(&timestamp.to_be_bytes());
    let mut hasher = SipHasher24::new_with_keys(secret, !secret);
    hasher.write(&client);
    hasher.write(&cookie[..8]);
    match ip {
        IpAddr::V4(ip) => hasher.write(&ip.octets()),
        IpAddr::V6(ip) => hasher.write(&ip.octets()),
    }
    cookie[8..].copy_from_slice(&hasher.finish().to_le_bytes());
    cookie
}
