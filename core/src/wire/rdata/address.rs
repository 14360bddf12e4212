//! Addresses of hosts, and what is reached there.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::field::{AddressPrefixes, Code, Field, PartialAddress, Ports, Relay};
use super::record_types;
use crate::wire::name::NameRef;

record_types! {
    /// An IPv4 address of a host (RFC 1035 section 3.4.1).
    A = A in IN, None {
        /// The address.
        address: Ipv4Addr,
    }

    /// An IPv6 address of a host (RFC 3596 section 2.2).
    Aaaa = AAAA in IN, None {
        /// The address.
        address: Ipv6Addr,
    }

    /// A part of an IPv6 address, obsolete (RFC 2874 section 3.1).
    A6<'a> = A6 in IN, Lowered {
        /// The end of the address.
        address: PartialAddress,
        /// The name that has the rest, if any is missing.
        prefix_name: Option<NameRef<'a>>,
    }

    /// Address prefixes (RFC 3123 section 4).
    Apl<'a> = APL in IN, None {
        /// The prefixes.
        prefixes: AddressPrefixes<'a>,
    }

    /// The services of a host over one protocol, obsolete (RFC 1035 section 3.4.2).
    Wks<'a> = WKS in IN, None {
        /// The address.
        address: Ipv4Addr,
        /// The Internet protocol by its number in the registry: 6 for TCP, 17 for UDP.
        protocol: u8 as Field::Code(Code::Protocol),
        /// The ports at which there are services.
        ports: Ports<'a>,
    }

    /// The gateway to multicast beyond the local network (RFC 8777 section 4).
    Amtrelay<'a> = AMTRELAY, Kept {
        /// Which to try first: the lower.
        precedence: u8,
        /// The relay, and whether it may be used at once.
        relay: Relay<'a>,
    }
}
