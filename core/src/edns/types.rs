//! The option types: one declaration each.

use super::extended_error::InfoCode;
use super::schema::{KeyTags, option_types};
use super::zone_version::Version;
use crate::wire::NameRef;

option_types! {
    /// Long-lived queries (RFC 8764 section 3.2).
    Llq = LLQ "LLQ", once {
        /// VERSION: 1.
        version: u16,
        /// LLQ-OPCODE: 1 to set up, 2 to refresh, 3 for an event.
        opcode: u16,
        /// ERROR-CODE: 0 if there is none.
        error: u16,
        /// LLQ-ID: which query.
        identifier: u64,
        /// LLQ-LEASE: for how many seconds.
        lease: u32,
    }

    /// For how long what an update adds shall stay (RFC 9664 section 4).
    UpdateLease = UL "UL", once {
        /// LEASE: for records other than keys, in seconds.
        lease: u32,
        /// KEY-LEASE: for KEY records, in seconds, if it differs.
        key_lease: Option<u32>,
    }

    /// Which server answers (RFC 5001).
    Nsid<'a> = NSID "NSID", once {
        /// What the server calls itself, any octets; empty in a query.
        identifier: &'a [u8],
    }

    /// Which algorithms of DNSSEC a validator understands (RFC 6975).
    Dau<'a> = DAU "DAU", once {
        /// One octet for each algorithm.
        algorithms: &'a [u8],
    }

    /// Which digest algorithms of DS records a validator understands (RFC 6975).
    Dhu<'a> = DHU "DHU", once {
        /// One octet for each algorithm.
        algorithms: &'a [u8],
    }

    /// Which hash algorithms of NSEC3 a validator understands (RFC 6975).
    N3u<'a> = N3U "N3U", once {
        /// One octet for each algorithm.
        algorithms: &'a [u8],
    }

    /// In which network the client is (RFC 7871 section 6).
    ///
    /// Reading makes sure that prefixes are not longer than addresses of their family, that there are as many octets of address
    /// as the source prefix takes, and that bits behind it are zero. [`of`](Self::of) makes one that keeps these rules.
    ClientSubnet<'a> = CLIENT_SUBNET "CLIENT-SUBNET", once, check check {
        /// FAMILY: 1 for IPv4, 2 for IPv6, other address families by their number. 0 says nothing of the client.
        family: u16,
        /// SOURCE PREFIX-LENGTH: how many leading bits of the address are given.
        source_prefix: u8,
        /// SCOPE PREFIX-LENGTH: to how many leading bits the answer applies; 0 in a query.
        scope_prefix: u8,
        /// ADDRESS: the octets that the source prefix takes.
        address: &'a [u8],
    }

    /// When a zone expires at the server that is asked (RFC 7314).
    Expire = EXPIRE "EXPIRE", once {
        /// In how many seconds; none in a query.
        seconds: Option<u32>,
    }

    /// Protection against forgery from off the path (RFC 7873 section 4).
    ///
    /// Reading makes sure that a server cookie has from 8 to 32 octets.
    Cookie<'a> = COOKIE "COOKIE", once, check check {
        /// The client cookie.
        client: [u8; 8],
        /// The server cookie, empty if the client knows none yet.
        server: &'a [u8],
    }

    /// For how long a connection may be idle (RFC 7828 section 3.1).
    TcpKeepalive = TCP_KEEPALIVE "TCP KEEPALIVE", once {
        /// TIMEOUT, in units of 100 milliseconds; none in a query.
        timeout: Option<u16>,
    }

    /// Octets that hide the length of an encrypted message (RFC 7830).
    Padding<'a> = PADDING "PAD", once {
        /// They should be zero, and mean nothing whatever they are.
        octets: &'a [u8],
    }

    /// Asks for a chain of trust (RFC 7901 section 4).
    Chain<'a> = CHAIN "CHAIN", once {
        /// The closest trust point: from where on records are missing.
        closest: NameRef<'a>,
    }

    /// Which keys a validator trusts (RFC 8145 section 4.1).
    KeyTag<'a> = KEY_TAG "KEY-TAG", once {
        /// The tags of the keys.
        tags: KeyTags<'a>,
    }

    /// What went wrong or was noted, beyond the response code (RFC 8914 section 2). A message may have several.
    ExtendedError<'a> = EDE "EDE", often {
        /// INFO-CODE: what it is.
        code: InfoCode,
        /// EXTRA-TEXT: UTF-8 for humans, which was not checked.
        text: &'a [u8],
    }

    /// A tag of the client, whose meaning client and server agree upon (draft-bellis-dnsop-edns-tags).
    ClientTag = CLIENT_TAG "CLIENT-TAG", once {
        /// The tag.
        tag: u16,
    }

    /// A tag of the server, whose meaning client and server agree upon (draft-bellis-dnsop-edns-tags).
    ServerTag = SERVER_TAG "SERVER-TAG", once {
        /// The tag.
        tag: u16,
    }

    /// Where to report errors with the answers of this server (RFC 9567 section 5). Responses have it, queries do not.
    ReportChannel<'a> = REPORT_CHANNEL "Report-Channel", once {
        /// AGENT DOMAIN: below which name to ask.
        agent: NameRef<'a>,
    }

    /// Which version of the zone answered (RFC 9660 section 2).
    ZoneVersion<'a> = ZONEVERSION "ZONEVERSION", once {
        /// The version; none in a query.
        version: Option<Version<'a>>,
    }
}
