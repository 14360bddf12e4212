//! Who is counted as one client.

use core::net::IpAddr;

/// A client, as limits count them: an IPv4 address, or everybody in a /64 prefix of IPv6.
///
/// ```
/// use nameward_core::server::session::Client;
///
/// let client = |address: &str| Client::of(address.parse().unwrap());
/// assert_eq!(client("2001:db8::1"), client("2001:db8::2"));
/// assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
/// assert_eq!(client("192.0.2.1"), client("::ffff:192.0.2.1"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client([u8; 8]);

impl Client {
    /// The client at this address.
    pub const fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, d] = address.octets();
                // No prefix of IPv6 begins so: it is the one that IPv4 addresses are mapped to (RFC 4291 section 2.5.5).
                Self([0, 0, 0xff, 0xff, a, b, c, d])
            }
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self([a, b, c, d, e, f, g, h])
            }
        }
    }
}
