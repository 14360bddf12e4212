//! Identifiers and addresses of hosts beyond IP.

use core::net::Ipv4Addr;

use super::field::{CharacterString, Field};
use super::record_types;
use crate::wire::name::NameRef;

record_types! {
    /// A hardware address of 48 bits (RFC 7043 section 3).
    Eui48 = EUI48, None {
        /// The address.
        address: [u8; 6],
    }

    /// A hardware address of 64 bits (RFC 7043 section 4).
    Eui64 = EUI64, None {
        /// The address.
        address: [u8; 8],
    }

    /// An identifier of a node (RFC 6742 section 2.1).
    Nid = NID, None {
        /// Which to use first: the lower.
        preference: u16,
        /// The identifier.
        node: u64 as Field::Locator,
    }

    /// A locator of 32 bits (RFC 6742 section 2.2).
    L32 = L32, None {
        /// Which to use first: the lower.
        preference: u16,
        /// The locator.
        locator: Ipv4Addr,
    }

    /// A locator of 64 bits (RFC 6742 section 2.3).
    L64 = L64, None {
        /// Which to use first: the lower.
        preference: u16,
        /// The locator.
        locator: u64 as Field::Locator,
    }

    /// A name that has locators (RFC 6742 section 2.4).
    Lp<'a> = LP, Kept {
        /// Which to use first: the lower.
        preference: u16,
        /// The name.
        target: NameRef<'a>,
    }

    /// The identity of a client for DHCP (RFC 4701 section 3).
    Dhcid<'a> = DHCID in IN, None {
        /// Type, digest algorithm and digest.
        identity: &'a [u8] as Field::Base64,
    }

    /// A hierarchical host identity tag of a drone (RFC 9886).
    Hhit<'a> = HHIT, None {
        /// A structure in CBOR.
        identity: &'a [u8] as Field::Base64,
    }

    /// What a drone broadcasts (RFC 9886).
    Brid<'a> = BRID, None {
        /// A structure in CBOR.
        identity: &'a [u8] as Field::Base64,
    }

    /// A node of the interplanetary network.
    Ipn = IPN, None {
        /// The number of the node, that of its allocator in the upper half (RFC 9758 section 4.2).
        node: u64,
    }

    /// An address of X.25 (RFC 1183 section 3.1).
    X25<'a> = X25, None {
        /// The address in decimal digits.
        address: CharacterString<'a>,
    }

    /// An address of ISDN (RFC 1183 section 3.2).
    Isdn<'a> = ISDN, None {
        /// The number in decimal digits.
        address: CharacterString<'a>,
        /// The subaddress in hexadecimal digits, if there is one.
        subaddress: Option<CharacterString<'a>>,
    }

    /// An address of OSI (RFC 1706 section 5).
    Nsap<'a> = NSAP in IN, None {
        /// The address.
        address: &'a [u8] as Field::Nsap,
    }

    /// An address of ATM (ATM Forum AF-DANS-0152, section 5.2).
    Atma<'a> = ATMA in IN, None {
        /// The address, after an octet that says how it is written.
        address: &'a [u8] as Field::AtmAddress,
    }

    /// An endpoint of Nimrod (draft-ietf-nimrod-dns).
    Eid<'a> = EID in IN, None {
        /// The identifier.
        endpoint: &'a [u8] as Field::Hex,
    }

    /// A locator of Nimrod (draft-ietf-nimrod-dns).
    Nimloc<'a> = NIMLOC in IN, None {
        /// The locator.
        locator: &'a [u8] as Field::Hex,
    }
}
