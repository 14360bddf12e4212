//! The same zones, signed: answers are the same, and prove what they claim.

use std::collections::BTreeSet;

use nameward_core::crypto::{Signer, SigningError};
use nameward_core::dnssec::{FLAG_ZONE, Validity, ZoneSigner};
use nameward_core::seed::{Rng, Seed};
use nameward_core::wire::rdata::Rrsig;
use nameward_core::wire::{Class, Message, Name, RecordRef, Rtype, Section, SecurityAlgorithm};
use nameward_core::zone::{Denial as Denials, SigningConfig, Zone, ZoneBuilder, sign_zone};

use super::answers::path;
use super::proofs::{Denial, prove};
use super::specification::Claim;

/// How a zone denies what it does not have, in all ways.
pub(crate) fn denials() -> [(&'static str, Denials); 3] {
    let nsec3 = |opt_out| Denials::Nsec3 {
        iterations: 1,
        salt: vec![0xAB],
        opt_out,
    };
    [
        ("NSEC", Denials::Nsec),
        ("NSEC3", nsec3(false)),
        ("opt-out", nsec3(true)),
    ]
}

/// What says that it has signed: nobody verifies it here.
struct Pretender;

impl Signer for Pretender {
    fn algorithm(&self) -> SecurityAlgorithm {
        SecurityAlgorithm::ED25519
    }

    fn public_key(&self) -> &[u8] {
        b"key"
    }

    fn sign(&self, _: &mut Rng, _: &[u8]) -> Result<Vec<u8>, SigningError> {
        Ok(b"signed".to_vec())
    }
}

pub(crate) fn sign(zone: &Zone, denial: &Denials) -> Zone {
    let apex: &Name = zone.apex();
    let keys = [ZoneSigner::new(apex, FLAG_ZONE, &Pretender)];
    let config = SigningConfig {
        validity: Validity {
            inception: 0,
            expiration: 1,
        },
        denial: denial.clone(),
    };
    let mut rng = Rng::new(&Seed::from_number(1));
    let mut builder = ZoneBuilder::new(apex.clone(), Class::IN);
    for record in sign_zone(zone, &keys, &config, &mut rng).unwrap() {
        builder.add_record(&record);
    }
    builder.build().zone.unwrap()
}

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
