//! Denials of existence.

use nameward_core::budget::Budget;
use nameward_core::crypto::{nsec3_hash, nsec3_hash_units};
use nameward_core::dnssec::{NsecRecord, nsec3_owner, type_bitmap};
use nameward_core::limits::Limits;
use nameward_core::time::Instant;
use nameward_core::wire::rdata::Nsec;
use nameward_core::wire::{Name, Rtype};
use nameward_tests::corpora::table;

use super::{folder, records, text};

/// The hash of a name, as the first label of an NSEC3 owner.
pub(super) fn hash(name: &Name, iterations: u16, salt: &str) -> String {
    let salt = data_encoding::HEXLOWER_PERMISSIVE
        .decode(salt.as_bytes())
        .unwrap();
    let units = nsec3_hash_units(iterations, u8::try_from(salt.len()).unwrap());
    let mut budget = Budget::new(
        &Limits {
            crypto_units: 5_000,
            ..Limits::default()
        },
        Instant::ZERO,
    );
    let hash = nsec3_hash(budget.nsec3_hash(units).unwrap(), name.view(), iterations, &salt);
    let owner = nsec3_owner(&Name::root(), &hash).unwrap();
    owner.to_string().trim_end_matches('.').to_owned()
}

/// RFC 4034 section 4.3: the record from its parts, octet for octet.
#[test]
fn rfc4034_4_3_a_set_of_types_on_the_wire() {
    let Some(folder) = folder("rfc") else { return };
    let rows = table(&text(&folder.join("rfc4034-nsec-wire.tsv")));
    assert_eq!(rows.len(), 1);
    for row in &rows {
        let record = records(&format!("{}\n", row[0])).remove(0);
        let octets = data_encoding::HEXLOWER.decode(row[1].as_bytes()).unwrap();
        assert_eq!(record.rdata.octets(), octets);
        let nsec: Nsec<'_> = record.rdata.view().unwrap();
        let types: Vec<Rtype> = nsec.types.iter().collect();
        let bitmap = type_bitmap(types.iter().rev().copied());
        assert!(octets.ends_with(&bitmap) && bitmap.len() == 37, "{types:?}");
        let nsec = NsecRecord::new(&record.owner, &record.rdata).unwrap();
        let name = |text: &str| text.parse::<Name>().unwrap();
        assert!(nsec.matches(&name("ALFA.example.com.")) && !nsec.matches(&name("host.example.com.")));
        assert!(nsec.covers(&name("beta.example.com.")) && nsec.covers(&name("z.alfa.example.com.")));
        assert!(!nsec.covers(&name("host.example.com.")) && !nsec.covers(&name("a.example.com.")));
    }
}

/// Hashes of Unbound's tests, of names up to the longest.
#[test]
fn hashes_of_unbound() {
    let Some(folder) = folder("unbound") else { return };
    let entries = super::unbound::entries(&text(&folder.join("test_nsec3_hash.1")));
    assert!(entries.len() >= 10, "{}", entries.len());
    for entry in &entries {
        let parameters = &entry.authority[0].rdata;
        let nsec3: nameward_core::wire::rdata::Nsec3<'_> = parameters.view().unwrap();
        let salt = data_encoding::HEXLOWER.encode(nsec3.salt.octets());
        let expected = entry.answer[0]
            .owner
            .labels()
            .next()
            .unwrap()
            .to_ascii_lowercase();
        assert_eq!(
            hash(&entry.name, nsec3.iterations, &salt).as_bytes(),
            expected,
            "{}",
            entry.name
        );
    }
}
