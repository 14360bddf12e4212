//! What a parent has of a child's key: DS, and what a child asks its parent for (RFC 7344, RFC 8078).

use crate::crypto::HashFunction;
use crate::wire::rdata::{Cdnskey, Cds, Dnskey, Ds};
use crate::wire::{DigestType, Name, Rdata, Rtype, SecurityAlgorithm};

use super::key::key_tag;

/// The RDATA of the DS record of a key that `zone` has (RFC 4034 section 5.1.4); none if `dnskey` is no DNSKEY RDATA, or if the digest
/// type is not implemented.
pub fn ds_of(zone: &Name, dnskey: &Rdata, digest_type: DigestType) -> Option<Rdata> {
    let key: Dnskey<'_> = dnskey.view()?;
    let digest = digest_of(zone, dnskey, digest_type)?;
    let ds = Ds {
        key_tag: key_tag(dnskey.octets()),
        algorithm: key.algorithm,
        digest_type,
        digest: digest.as_bytes(),
    };
    Some(ds.to_rdata())
}

/// The RDATA of the CDS record of a key that `zone` has (RFC 7344 section 3.1): that of its DS record.
pub fn cds_of(zone: &Name, dnskey: &Rdata, digest_type: DigestType) -> Option<Rdata> {
    let ds = ds_of(zone, dnskey, digest_type)?;
    Some(Rdata::opaque(Rtype::CDS, ds.octets()))
}

/// The RDATA of the CDNSKEY record of a key (RFC 7344 section 3.2): that of its DNSKEY record.
pub fn cdnskey_of(dnskey: &Rdata) -> Option<Rdata> {
    let _: Dnskey<'_> = dnskey.view()?;
    Some(Rdata::opaque(Rtype::CDNSKEY, dnskey.octets()))
}

/// The RDATA of the CDS record by which a child asks for the removal of its DS records (RFC 8078 section 4).
pub fn delete_cds() -> Rdata {
    let cds = Cds {
        key_tag: 0,
        algorithm: SecurityAlgorithm::DELETE,
        digest_type: DigestType(0),
        digest: &[0],
    };
    cds.to_rdata()
}

/// The RDATA of the CDNSKEY record by which a child asks for the removal of its DS records (RFC 8078 section 4).
pub fn delete_cdnskey() -> Rdata {
    let cdnskey = Cdnskey {
        flags: 0,
        protocol: 3,
        algorithm: SecurityAlgorithm::DELETE,
        public_key: &[0],
    };
    cdnskey.to_rdata()
}

/// Whether a CDS or CDNSKEY record asks for the removal of all DS records.
pub fn is_delete(rdata: &Rdata) -> bool {
    *rdata == delete_cds() || *rdata == delete_cdnskey()
}

/// Whether a DS record is about this key of `zone`: tag, algorithm and digest are those of the key, and it is a zone key (RFC 4035
/// section 5.2). A digest type that is not implemented matches nothing.
pub fn matches_ds(zone: &Name, dnskey: &Rdata, ds: &Ds<'_>) -> bool {
    let Some(key) = dnskey.view::<Dnskey<'_>>() else {
        return false;
    };
    let same_key = (ds.key_tag, ds.algorithm) == (key_tag(dnskey.octets()), key.algorithm);
    let zone_key = key.flags & super::key::FLAG_ZONE != 0 && key.protocol == 3;
    same_key
        && zone_key
        && digest_of(zone, dnskey, ds.digest_type).is_some_and(|digest| digest.as_bytes() == ds.digest)
}

/// The digest of the owner in canonical form and the RDATA.
fn digest_of(zone: &Name, dnskey: &Rdata, digest_type: DigestType) -> Option<crate::crypto::Digest> {
    let function = HashFunction::of_digest_type(digest_type)?;
    Some(function.digest(&[zone.to_canonical().as_wire(), dnskey.octets()]))
}
