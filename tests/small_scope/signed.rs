//! The DNSSEC records of an answer.

use std::collections::BTreeSet;

use nameward_core::wire::rdata::Rrsig;
use nameward_core::wire::{Message, Name, RecordRef, Rtype, Section};

use super::answers::path;
use super::proofs::{Denial, prove};
use super::specification::Claim;

/// What is wrong with the DNSSEC records of a response that claims this; how many denials it has, if nothing is.
pub(crate) fn check(octets: &[u8], claims: &[Claim]) -> Result<usize, String> {
    let message = Message::parse(octets).unwrap();
    let mut signed = BTreeSet::new();
    let mut sets = BTreeSet::new();
    let mut denials = Vec::new();
    for section in Section::ALL {
        for record in message.records(section) {
            let (rtype, is_signature) = subject(record);
            let key = (section as u8, record.owner.to_name(), rtype);
            if is_signature {
                if !signed.insert(key) {
                    return Err(format!("{} {rtype} is signed twice", record.owner));
                }
                continue;
            }
            if matches!(rtype, Rtype::NSEC | Rtype::NSEC3) && !sets.insert(key.clone()) {
                return Err(format!("{} {rtype} comes twice", record.owner));
            }
            if matches!(rtype, Rtype::NSEC | Rtype::NSEC3) {
                if section != Section::Authority {
                    return Err(format!("{rtype} in {section:?}"));
                }
                denials.push(Denial::read(record, path));
            }
            sets.insert(key);
        }
    }
    // RFC 4035 section 2.2: of what is sent only these have no signatures.
    let follows = |owner: &Name| {
        sets.iter()
            .any(|(_, above, rtype)| *rtype == Rtype::DNAME && owner != above && owner.is_subdomain_of(above))
    };
    for key in &sets {
        let (section, owner, rtype) = key;
        let synthesised = *rtype == Rtype::CNAME && follows(owner);
        let of_child = *rtype == Rtype::NS && *section == 1 || *section == 2;
        if !signed.contains(key) && !synthesised && !of_child {
            return Err(format!("{owner} {rtype} is not signed"));
        }
    }
    if let Some((_, owner, rtype)) = signed.difference(&sets).next() {
        return Err(format!("{owner} {rtype} has a signature only"));
    }
    if let Some(claim) = claims.iter().find(|claim| !prove(claim, &denials)) {
        return Err(format!("{claim:?} is not proved by {denials:#?}"));
    }
    for missing in 0..denials.len() {
        let mut rest = denials.clone();
        let left_out = rest.remove(missing);
        if claims.iter().all(|claim| prove(claim, &rest)) {
            return Err(format!(
                "{left_out:?} proves nothing beside {rest:#?} for {claims:?}"
            ));
        }
    }
    Ok(denials.len())
}

/// The type of a record, or that which it is the signature of.
fn subject(record: RecordRef<'_>) -> (Rtype, bool) {
    match record.rdata::<Rrsig<'_>>().unwrap() {
        Some(rrsig) => (rrsig.type_covered, true),
        None => (record.rtype, false),
    }
}
