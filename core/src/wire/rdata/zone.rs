//! Zones and delegations.

use super::field::{Field, Registry, ServiceParams, TypeBitmap};
use super::record_types;
use crate::wire::codes::{Rtype, Scheme};
use crate::wire::name::NameRef;

record_types! {
    /// The start of a zone of authority: who is responsible, and how the zone ages (RFC 1035 section 3.3.13).
    Soa<'a> = SOA, Compressed {
        /// MNAME: the primary server of the zone.
        primary: NameRef<'a>,
        /// RNAME: the mailbox of who is responsible, its local part as the first label.
        mailbox: NameRef<'a>,
        /// SERIAL: the version of the zone, compared by serial arithmetic (RFC 1982).
        serial: u32,
        /// REFRESH: seconds after which a secondary asks for a new version.
        refresh: u32 as Field::Duration,
        /// RETRY: seconds after which a secondary asks again when that failed.
        retry: u32 as Field::Duration,
        /// EXPIRE: seconds after which a secondary that hears nothing stops to answer.
        expire: u32 as Field::Duration,
        /// MINIMUM: seconds for which a negative answer may be kept, if the TTL is not shorter (RFC 2308 section 4).
        minimum: u32 as Field::Duration,
    }

    /// What a parent should copy from its child (RFC 7477 section 2).
    Csync<'a> = CSYNC, None {
        /// The serial of the zone from which on it may be copied.
        serial: u32,
        /// Bit 15 (1) to copy at once, bit 14 (2) to mind the serial.
        flags: u16,
        /// The types to copy.
        types: TypeBitmap<'a>,
    }

    /// The digest of a zone (RFC 8976 section 2).
    Zonemd<'a> = ZONEMD, None {
        /// The serial of the zone that was digested.
        serial: u32,
        /// How the zone was collated: 1 for one simple digest.
        scheme: u8,
        /// The hash: 1 for SHA-384, 2 for SHA-512.
        hash_algorithm: u8,
        /// The digest.
        digest: &'a [u8] as Field::Hex,
    }

    /// Where to send notifications about a delegation (RFC 9859 section 2.1).
    Dsync<'a> = DSYNC, Kept {
        /// The type of the records that changed.
        rtype: Rtype,
        /// How to notify.
        scheme: Scheme,
        /// The port.
        port: u16,
        /// The host.
        target: NameRef<'a>,
    }

    /// An extensible delegation (draft-ietf-deleg).
    Deleg<'a> = DELEG, Kept {
        /// How to reach the servers of the zone.
        params: ServiceParams<'a> as Field::Params(Registry::Delegation),
    }

    /// Parameters that delegations share (draft-ietf-deleg).
    Delegparam<'a> = DELEGPARAM, Kept {
        /// How to reach the servers of the zones.
        params: ServiceParams<'a> as Field::Params(Registry::Delegation),
    }
}
