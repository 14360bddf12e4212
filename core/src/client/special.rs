//! Names that mean something special, and are answered without asking anybody.
//!
//! Others of the registry of special-use names are left to the servers, because their RFCs say so: `test.` and `example.`
//! (RFC 6761 sections 6.2, 6.5), the reverse names of private addresses (RFC 6761 section 6.1), `home.arpa.` (RFC 8375
//! section 4), `ipv4only.arpa.` (RFC 8880 section 7.1), and `resolver.arpa.` (RFC 9462 section 8).

use crate::wire::Name;

/// What a special name means to a stub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    /// The loopback addresses; there are no other records.
    Loopback,
    /// There is no such name in the DNS.
    Nonexistent,
}

/// The suffixes that mean something special, in wire form and lower case, each with its meaning.
const SUFFIXES: [(&[u8], Special); 10] = [
    // RFC 6761 section 6.3: loopback for address queries, negative for others, and no query is sent.
    (b"\x09localhost\0", Special::Loopback),
    // RFC 6761 section 6.4: an immediate negative response.
    (b"\x07invalid\0", Special::Nonexistent),
    // RFC 7686 section 2: who does not resolve onion names answers NXDOMAIN.
    (b"\x05onion\0", Special::Nonexistent),
    // RFC 9476 section 2: not in the DNS.
    (b"\x03alt\0", Special::Nonexistent),
    // RFC 6762 section 22.1: not sent to unicast servers; also the reverse names of link-local addresses (section 12).
    (b"\x05local\0", Special::Nonexistent),
    (b"\x03254\x03169\x07in-addr\x04arpa\0", Special::Nonexistent),
    (b"\x018\x01e\x01f\x03ip6\x04arpa\0", Special::Nonexistent),
    (b"\x019\x01e\x01f\x03ip6\x04arpa\0", Special::Nonexistent),
    (b"\x01a\x01e\x01f\x03ip6\x04arpa\0", Special::Nonexistent),
    (b"\x01b\x01e\x01f\x03ip6\x04arpa\0", Special::Nonexistent),
];

/// What `name` means, unless a route is configured for it or for a name above it within the special suffix: who routes
/// `local.` to a server wants it asked there.
pub(super) fn special(name: &Name, route: &Name) -> Option<Special> {
    let (suffix, special) = special_suffix(name)?;
    let routed = special_suffix(route).is_some_and(|(of_route, _)| of_route == suffix);
    (!routed).then_some(special)
}

/// The special suffix of a name; it has one at most, as none lies below another.
fn special_suffix(name: &Name) -> Option<(&'static [u8], Special)> {
    let mut rest = name.as_wire();
    while !rest.is_empty() {
        let found = SUFFIXES
            .iter()
            .find(|(suffix, _)| suffix.len() == rest.len() && suffix.eq_ignore_ascii_case(rest));
        if let Some(&found) = found {
            return Some(found);
        }
        let length = usize::from(*rest.first()?);
        rest = rest.get(length.saturating_add(1)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(name: &str) -> Option<Special> {
        special(&name.parse().unwrap(), &Name::root())
    }

    #[test]
    fn each_special_name_is_treated_as_its_rfc_says() {
        use Special::{Loopback, Nonexistent};
        for (name, expected) in [
            ("localhost.", Some(Loopback)),
            ("www.LocalHost.", Some(Loopback)),
            ("invalid.", Some(Nonexistent)),
            ("a.invalid.", Some(Nonexistent)),
            (
                "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion.",
                Some(Nonexistent),
            ),
            ("gnunet.alt.", Some(Nonexistent)),
            ("printer.local.", Some(Nonexistent)),
            ("1.2.254.169.in-addr.arpa.", Some(Nonexistent)),
            ("1.0.8.e.f.ip6.arpa.", Some(Nonexistent)),
            ("1.0.B.e.f.ip6.arpa.", Some(Nonexistent)),
            ("1.0.c.e.f.ip6.arpa.", None),
            // Left to the servers.
            ("test.", None),
            ("example.", None),
            ("router.home.arpa.", None),
            ("10.in-addr.arpa.", None),
            ("ipv4only.arpa.", None),
            ("_dns.resolver.arpa.", None),
            // Only labels count, not letters.
            ("mylocalhost.", None),
            ("localhost.example.", None),
            (".", None),
        ] {
            assert_eq!(judged(name), expected, "{name}");
        }
    }

    #[test]
    fn a_route_to_a_special_name_wins() {
        let routed = |name: &str, route: &str| special(&name.parse().unwrap(), &route.parse().unwrap());
        assert_eq!(routed("db.svc.cluster.local.", "cluster.local."), None);
        assert_eq!(routed("printer.local.", "local."), None);
        assert_eq!(routed("printer.local.", "."), Some(Special::Nonexistent));
        assert_eq!(routed("printer.local.", "example."), Some(Special::Nonexistent));
    }
}
