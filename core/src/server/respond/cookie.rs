//! Server cookies (RFC 7873), made so that all servers of a zone understand each other's (RFC 9018).

use core::fmt;
use core::hash::Hasher as _;
use core::net::IpAddr;

use siphasher::sip::SipHasher24;

use crate::edns::Cookie;
use crate::server::answer::{Outcome, Truncation};
use crate::time::UnixTime;
use crate::wire::Rcode;

/// The first octets of a server cookie that is made here: version 1, and three that are reserved (RFC 9018 section 4.2).
const HEAD: [u8; 4] = [1, 0, 0, 0];

/// For how long a cookie is taken, in seconds (RFC 9018 section 4.3).
const LIFETIME: u32 = 3600;

/// How far in the future a cookie may have been made, in seconds: clocks of servers differ.
const AHEAD: u32 = 300;

/// How old a cookie is when its client gets a new one, in seconds.
const RENEWAL: u32 = 1800;

/// Sixteen octets that the servers of a zone know, and nobody else.
#[derive(Clone, PartialEq, Eq)]
pub struct CookieSecret([u8; 16]);

impl CookieSecret {
    /// The secret of these octets, which are random.
    pub const fn from_bytes(octets: [u8; 16]) -> Self {
        Self(octets)
    }

    /// The octets themselves. Who knows them can forge cookies for all addresses.
    pub const fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Says that there is a secret, not which.
impl fmt::Debug for CookieSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookieSecret(..)")
    }
}

/// How server cookies are made, and what they are for.
///
/// To change the secret of several servers (RFC 9018 section 5): give each the new one as `other`; when all have it, make it the
/// `secret` and the old one the `other`; and after an hour forget the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieConfig {
    /// With which cookies are made.
    pub secret: CookieSecret,
    /// With which a cookie may also have been made: the one that was before, or will be next.
    pub other: Option<CookieSecret>,
    /// Whether a datagram that has a client's cookie and none of ours gets BADCOOKIE instead of an answer (RFC 7873 section 5.2.3).
    /// Datagrams without any cookie are answered all the same, as most clients know nothing of cookies.
    pub required: bool,
}

/// What the cookie of a request is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// There is none, or it cannot be judged.
    None,
    /// The client has none of ours yet.
    New,
    /// What it has was not made here for its address, or too long ago.
    Wrong,
    /// It was made here: the client has the address that it says.
    Verified,
}

impl Standing {
    /// Whether the client uses cookies, and has none of ours.
    pub(super) const fn is_unverified(self) -> bool {
        matches!(self, Self::New | Self::Wrong)
    }

    /// What goes in the place of a response that is too much, and by which an honest client gets on.
    pub(super) const fn instead(self) -> Outcome {
        if self.is_unverified() {
            Outcome::bare(Rcode::BADCOOKIE)
        } else {
            Outcome {
                truncated: Some(Truncation::RateLimit),
                ..Outcome::bare(Rcode::NOERROR)
            }
        }
    }
}

/// A server cookie as it is made here.
pub(super) type ServerCookie = [u8; 16];

impl CookieConfig {
    /// What the cookies of a request are worth, and the server cookie that the client gets.
    pub(super) fn judge(&self, cookie: Cookie<'_>, peer: IpAddr, now: UnixTime) -> (Standing, ServerCookie) {
        let now = now.as_serial();
        let peer = peer.to_canonical();
        let fresh = || made(cookie.client, HEAD, now, peer, &self.secret);
        if cookie.server.is_empty() {
            return (Standing::New, fresh());
        }
        let Ok(server) = ServerCookie::try_from(cookie.server) else {
            return (Standing::Wrong, fresh());
        };
        let [version, a, b, c, d, e, f, g, ..] = server;
        let (head, time) = ([version, a, b, c], u32::from_be_bytes([d, e, f, g]));
        // Serial arithmetic (RFC 1982): the times of RFC 9018 end in 2106 and begin anew.
        let age = now.wrapping_sub(time);
        let ahead = age.wrapping_neg() <= AHEAD;
        if version != 1 || (age > LIFETIME && !ahead) {
            return (Standing::Wrong, fresh());
        }
        let by = |secret| made(cookie.client, head, time, peer, secret) == server;
        if by(&self.secret) {
            let renewed = !ahead && age > RENEWAL;
            (Standing::Verified, if renewed { fresh() } else { server })
        } else if self.other.as_ref().is_some_and(by) {
            (Standing::Verified, fresh())
        } else {
            (Standing::Wrong, fresh())
        }
    }
}

/// The server cookie for a client (RFC 9018 section 4).
fn made(client: [u8; 8], head: [u8; 4], time: u32, peer: IpAddr, secret: &CookieSecret) -> ServerCookie {
    let mut hasher = SipHasher24::new_with_key(&secret.0);
    let time = time.to_be_bytes();
    hasher.write(&client);
    hasher.write(&head);
    hasher.write(&time);
    match peer {
        IpAddr::V4(address) => hasher.write(&address.octets()),
        IpAddr::V6(address) => hasher.write(&address.octets()),
    }
    let ([a, b, c, d], [e, f, g, h]) = (head, time);
    let [i, j, k, l, m, n, o, p] = hasher.finish().to_le_bytes();
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}
