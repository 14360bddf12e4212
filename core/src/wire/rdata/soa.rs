//! The start of a zone of authority.

use super::record_types;
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
        refresh: u32,
        /// RETRY: seconds after which a secondary asks again when that failed.
        retry: u32,
        /// EXPIRE: seconds after which a secondary that hears nothing stops to answer.
        expire: u32,
        /// MINIMUM: seconds for which a negative answer may be kept, if the TTL is not shorter (RFC 2308 section 4).
        minimum: u32,
    }
}
