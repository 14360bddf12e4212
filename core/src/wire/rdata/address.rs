//! Addresses.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::record_types;

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
}
