//! The zones of the demo world as they are served: with the digests of their keys in the zones above, and signed.

use alloc::vec::Vec;

use nameward_core::dnssec::{FLAG_SECURE_ENTRY_POINT, ZoneSigner, ds_of};
use nameward_core::seed::{Rng, Seed};
use nameward_core::time::UnixTime;
use nameward_core::wire::rdata::Dnskey;
use nameward_core::wire::{Class, DigestType, Name, Rdata, Record, Rtype, SecurityAlgorithm};
use nameward_core::zone::{Denial, SigningConfig, Zone, ZoneBuilder, sign_zone};

use super::keys::Key;
use super::{Chain, DemoZone, Flaw, Protection, records_of, validity};

/// Blinds computations with RSA keys. No signature depends on it.
const SEED: u64 = 1;

/// A zone that was read.
struct Draft {
    apex: Name,
    protection: Protection,
    records: Vec<Record>,
    keys: Vec<Key>,
}

/// The zones as they are served in a world that begins then.
pub(super) fn zones(list: &[DemoZone], beginning: UnixTime) -> Vec<Zone> {
    let mut rng = Rng::new(&Seed::from_number(SEED));
    let mut drafts: Vec<Draft> = list.iter().map(Draft::read).collect();
    for child in 0..drafts.len() {
        let (apex, delegation) = (drafts[child].apex.clone(), drafts[child].delegation());
        if let Some(parent) = parent_of(&drafts, child) {
            drafts[parent].delegate(&apex, delegation);
        }
    }
    let signed = |(index, draft): (usize, &Draft)| {
        let parent = parent_of(&drafts, index).map(|parent| &drafts[parent]);
        zone_of(&draft.apex, &draft.sign(&mut rng, beginning, parent))
    };
    drafts.iter().enumerate().map(signed).collect()
}

/// The zone nearest above.
fn parent_of(drafts: &[Draft], child: usize) -> Option<usize> {
    let apex = &drafts[child].apex;
    let is_above = |index: &usize| *index != child && apex.is_subdomain_of(&drafts[*index].apex);
    let above = (0..drafts.len()).filter(is_above);
    above.max_by_key(|&index| drafts[index].apex.label_count())
}

impl Draft {
    fn read(zone: &DemoZone) -> Self {
        let keys = match &zone.protection {
            Protection::Signed(signing) => signing.keys.iter().map(Key::read).collect(),
            Protection::Unsigned | Protection::Stored => Vec::new(),
        };
        Self {
            // Invariant: the zones are a part of this crate, and tests read them all.
            apex: zone.name.parse().expect("a zone has a name"),
            protection: zone.protection,
            records: records_of(zone.text),
            keys,
        }
    }

    const fn flaw(&self) -> Option<Flaw> {
        match &self.protection {
            Protection::Signed(signing) => signing.flaw,
            Protection::Unsigned | Protection::Stored => None,
        }
    }

    fn signers(&self) -> Vec<ZoneSigner<'_>> {
        let flags = |key: &Key| self.flaw().map_or(key.flags, |flaw| flaw.flags(key.flags));
        let signer = |key| ZoneSigner::new(&self.apex, flags(key), &key.signing);
        self.keys.iter().map(signer).collect()
    }

    /// The DS records that the zone above has of the keys that are secure entry points.
    fn delegation(&self) -> Vec<Rdata> {
        let stored = self.records.iter().map(|record| record.rdata.clone());
        let made = self.signers().into_iter().map(|key| key.dnskey());
        let ds = |dnskey: Rdata| {
            let view: Dnskey<'_> = dnskey.view()?;
            let digest_type = digest_for(view.algorithm);
            if view.flags & FLAG_SECURE_ENTRY_POINT == 0 {
                return None;
            }
            match self.flaw() {
                Some(flaw) => Some(flaw.ds(ds_of(&self.apex, &flaw.delegated(dnskey), digest_type)?)),
                None => ds_of(&self.apex, &dnskey, digest_type),
            }
        };
        stored.chain(made).filter_map(ds).collect()
    }

    /// Takes the DS records of a zone below.
    fn delegate(&mut self, child: &Name, delegation: Vec<Rdata>) {
        let of_child = |record: &&Record| record.owner == *child && record.rtype() == Rtype::NS;
        let Some(ttl) = self.records.iter().find(of_child).map(|record| record.ttl) else {
            return;
        };
        self.records.extend(delegation.into_iter().map(|rdata| Record {
            owner: child.clone(),
            class: Class::IN,
            ttl,
            rdata,
        }));
    }

    /// The records as they are served.
    fn sign(&self, rng: &mut Rng, beginning: UnixTime, parent: Option<&Self>) -> Vec<Record> {
        let Protection::Signed(signing) = &self.protection else {
            return self.records.clone();
        };
        if signing.flaw == Some(Flaw::Unsigned) {
            return self.records.clone();
        }
        let sound = validity(beginning);
        let config = SigningConfig {
            validity: signing.flaw.map_or(sound, |flaw| flaw.validity(beginning)),
            denial: match signing.chain {
                Chain::Nsec => Denial::Nsec,
                Chain::Nsec3 {
                    iterations,
                    salt,
                    opt_out,
                } => Denial::Nsec3 {
                    iterations,
                    salt: salt.to_vec(),
                    opt_out,
                },
            },
        };
        let keys = self.signers();
        let signed = sign_zone(&zone_of(&self.apex, &self.records), &keys, &config, rng);
        // Invariant: as of the names.
        let mut records = signed.unwrap_or_else(|error| panic!("{}: {error}", self.apex));
        if let Some(flaw) = signing.flaw {
            let above = parent.map(Self::signers).unwrap_or_default();
            flaw.spoil(rng, config.validity, &keys, &above, &mut records);
        }
        records
    }
}

/// The digest that one takes for keys of an algorithm.
const fn digest_for(algorithm: SecurityAlgorithm) -> DigestType {
    match algorithm {
        SecurityAlgorithm::RSASHA1 => DigestType::SHA1,
        SecurityAlgorithm::ECDSAP384SHA384 => DigestType::SHA384,
        _ => DigestType::SHA256,
    }
}

fn zone_of(apex: &Name, records: &[Record]) -> Zone {
    let mut builder = ZoneBuilder::new(apex.clone(), Class::IN);
    records.iter().for_each(|record| builder.add_record(record));
    let built = builder.build();
    // Invariant: as of the names.
    built
        .zone
        .unwrap_or_else(|| panic!("{apex}: {:?}", built.findings.kept()))
}
