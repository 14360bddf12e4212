//! Records that live in one message only.

use super::field::{Field, LongOctets};
use super::record_types;
use crate::wire::codes::Rcode;
use crate::wire::name::NameRef;

record_types! {
    /// The signature of a message with a shared key (RFC 8945 section 4.2).
    Tsig<'a> = TSIG, Kept {
        /// The name of the algorithm.
        algorithm: NameRef<'a>,
        /// When it was signed: seconds since 1970, 48 bits.
        time_signed: u64 as Field::U48,
        /// How many seconds the time may be off.
        fudge: u16,
        /// The signature.
        mac: LongOctets<'a>,
        /// The ID of the message when it was signed.
        original_id: u16,
        /// What was wrong with the request's signature; 16 is BADSIG here.
        error: Rcode,
        /// The time of the server, if the request's was too far off.
        other: LongOctets<'a>,
    }

    /// The negotiation of a shared key (RFC 2930 section 2).
    Tkey<'a> = TKEY, Kept {
        /// The name of the algorithm.
        algorithm: NameRef<'a>,
        /// The start of the key's validity: seconds since 1970, compared by serial arithmetic.
        inception: u32 as Field::Time,
        /// The end of its validity, likewise.
        expiration: u32 as Field::Time,
        /// How the key is agreed upon.
        mode: u16,
        /// What went wrong; 16 is BADSIG here.
        error: Rcode,
        /// What the key is made from.
        key: LongOctets<'a>,
        /// Nothing so far.
        other: LongOctets<'a>,
    }
}
