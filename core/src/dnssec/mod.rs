//! DNSSEC: one record set signed or verified, keys and their digests, and denials (RFC 4034, RFC 4035, RFC 5155).
//!
//! * [`ZoneKey`] is a key of a zone as its DNSKEY record has it, [`ZoneSigner`] one with its private half.
//! * [`verify_rrset`] says whether a signature covers a set: all that RFC 4035 section 5.3 asks of one signature.
//! * [`ds_of`], [`matches_ds`] and their kin are about what a parent has of a child's key.
//! * [`NsecRecord`] and [`Nsec3Record`] say what a denial covers; [`type_bitmap`] makes the sets of types in them.
//! * [`KeyFile`] is a private key as BIND and others store it.
//!
//! Which keys are to be trusted, and what follows from a set that is signed, is for those who know the chain above.

mod delegation;
mod key;
mod key_file;
mod nsec;
mod nsec3;
mod signature;

#[cfg(test)]
mod tests;

pub use delegation::{cdnskey_of, cds_of, delete_cdnskey, delete_cds, ds_of, is_delete, matches_ds};
pub use key::{FLAG_REVOKE, FLAG_SECURE_ENTRY_POINT, FLAG_ZONE, ZoneKey, ZoneSigner, dnskey_of, key_tag};
pub use key_file::{KeyFile, KeyFileError, key_file_stem};
pub use nsec::{NsecRecord, type_bitmap};
pub use nsec3::{Nsec3Error, Nsec3Record, nsec3_owner};
pub use signature::{RrsigError, Validity, Verified, serial_is_at_or_before, verify_rrset};
