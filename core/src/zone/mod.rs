//! Zones: all data of a part of the name space for which somebody is responsible (RFC 1034 section 4.2).
//!
//! * [`ZoneBuilder`] takes records in, from a zone file or from a program, checks them, and makes a [`Zone`] of them.
//! * [`Zone`] is a zone as it is at one moment. It never changes, and its handle is passed around freely.
//! * [`Zones`] are those that a server has. It finds the one that a question is for.
//! * [`Node`] is a name in a zone with its RRsets, each a [`ZoneRrset`].
//! * [`Difference`] is what changed from one version of a zone to the next.
//! * [`check_zonemd`] says whether a zone is what its publisher made, by the digest in it, and [`zonemd_of`] makes that digest.
//! * [`sign_zone`] gives the records of the signed form of a zone, a [`SigningPlan`] does so on several threads and takes over what is
//!   still good, and [`verify_zone`] says what is wrong with one.
//!
//! What is in a zone is found by one look into a hash table if the name exists. If it does not, its closest encloser is found by halving
//! the labels. Whether a name lies below a zone cut, or below a DNAME record, is known from the moment the zone was made, and so is what
//! proves that the types of a name and the wildcard below it are not there, if the zone has NSEC3 records: only names that do not exist are
//! hashed later.

mod assembly;
mod builder;
mod check;
mod denials;
mod difference;
mod digest;
mod finding;
mod hash_chain;
mod hashed;
mod index;
mod layout;
mod lookup;
mod node;
mod order;
mod proof;
mod signing;
mod snapshot;
mod trace;
mod zones;

#[cfg(test)]
pub(crate) mod tests;

pub use builder::{Built, ZoneBuilder};
pub use difference::{Difference, DifferenceConfig, DifferenceError, SetChange, SetChangeKind};
pub use digest::{
    ZONEMD_SIMPLE, ZonemdFault, ZonemdHash, ZonemdReport, ZonemdVerdict, check_zonemd, zonemd_of,
};
pub use finding::{Finding, FindingKind, Findings, Place, Severity};
pub use layout::RdataOctets;
pub use node::{Node, ZoneRrset};
pub use signing::{
    Denial, PreviousVersion, SerialPolicy, SignZoneError, SignedZone, SigningConfig, SigningPart,
    SigningPlan, VerificationPart, ZoneFault, ZoneFaultKind, ZoneVerification, sign_zone, verify_zone,
};
pub use snapshot::Zone;
pub use zones::Zones;

pub(crate) use hashed::{HashedName, Suffixes};
pub(crate) use lookup::{Encloser, Match};
pub(crate) use proof::Proof;
