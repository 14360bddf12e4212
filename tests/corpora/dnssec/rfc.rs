//! The examples of the RFCs.

use std::path::Path;
use std::str::FromStr;

use nameward_core::crypto::Policy;
use nameward_core::dnssec::{KeyFile, Validity, ZoneSigner, ds_of, key_tag, matches_ds};
use nameward_core::rrset::{Rrset, TtlRule};
use nameward_core::seed::{Rng, Seed};
use nameward_core::time::UnixTime;
use nameward_core::wire::rdata::{Dnskey, Ds, Rrsig};
use nameward_core::wire::{Class, Name, Rdata, Record, Rtype, SecurityAlgorithm};
use nameward_core::zone::{ZoneBuilder, verify_zone};
use nameward_tests::corpora::table;
use serde_json::Value;

use super::backends::{BACKENDS, agreed};
use super::{folder, records, seconds, sets, text, verified};

/// RFC 5702 section 6, RFC 6605 section 6, RFC 8080 section 6 with its erratum, RFC 4034 section 5.4, RFC 4509 section 2.3. Keys are read
/// from their files, and what depends on nothing but the key is signed again to the octet.
#[test]
fn keys_digests_and_signatures_of_the_rfcs() {
    let Some(folder) = folder("rfc") else { return };
    let vectors: Value = serde_json::from_str(&text(&folder.join("signature-vectors.json"))).unwrap();
    let vectors = vectors.as_array().unwrap();
    assert_eq!(vectors.len(), 6);
    let (mut signed, mut verified_count, mut digests) = (0, 0, 0);
    for vector in vectors {
        let id = vector["id"].as_str().unwrap();
        let dnskey = one_record(&vector["dnskey"]);
        assert_eq!(
            u64::from(key_tag(dnskey.rdata.octets())),
            vector["key_tag"].as_u64().unwrap(),
            "{id}"
        );
        if vector["ds"].is_string() {
            let ds = one_record(&vector["ds"]);
            let view: Ds<'_> = ds.rdata.view().unwrap();
            assert_eq!(
                ds_of(&dnskey.owner, &dnskey.rdata, view.digest_type),
                Some(ds.rdata.clone()),
                "{id}"
            );
            assert!(matches_ds(&dnskey.owner, &dnskey.rdata, &view), "{id}");
            digests += 1;
        }
        if vector["rrsig"].is_null() {
            continue;
        }
        let rrsig = one_record(&vector["rrsig"]);
        let algorithm = rrsig.rdata.view::<Rrsig<'_>>().unwrap().algorithm;
        let set = vector["rrset"].as_array().unwrap();
        let set: Vec<_> = set.iter().map(one_record).collect();
        let set = Rrset::from_records(&set, TtlRule::Strict).unwrap();
        let keys = std::slice::from_ref(&dnskey.rdata);
        let time = vector["validation_time"].as_u64().unwrap();
        let outcome = verified(&set, &rrsig.rdata, &dnskey.owner, keys, time);
        if algorithm == SecurityAlgorithm::ED448 {
            let error = outcome.unwrap_err().to_string();
            assert_eq!(
                error,
                "the key cannot be used: the algorithm ED448 is not implemented"
            );
            continue;
        }
        assert!(outcome.is_ok(), "{id}: {outcome:?}");
        verified_count += 1;
        if let Some(published) = vector["published_rrsig_signature"].as_str() {
            // The erratum of RFC 8080: what was published was made with another number of labels.
            let view: Rrsig<'_> = rrsig.rdata.view().unwrap();
            let signature = data_encoding::BASE64.decode(published.as_bytes()).unwrap();
            let other = Rrsig {
                signature: &signature,
                ..view
            }
            .to_rdata();
            assert!(verified(&set, &other, &dnskey.owner, keys, time).is_err());
        }

        let lines: Vec<_> = vector["private_key"].as_array().unwrap().iter().collect();
        let file: String = lines
            .iter()
            .map(|line| format!("{}\n", line.as_str().unwrap()))
            .collect();
        let file = KeyFile::parse(&file).unwrap_or_else(|error| panic!("{id}: {error}"));
        let public: Dnskey<'_> = dnskey.rdata.view().unwrap();
        let view: Rrsig<'_> = rrsig.rdata.view().unwrap();
        let validity = Validity {
            inception: view.inception,
            expiration: view.expiration,
        };
        let random = matches!(
            algorithm,
            SecurityAlgorithm::ECDSAP256SHA256 | SecurityAlgorithm::ECDSAP384SHA384
        );
        for backend in &BACKENDS {
            let key = (backend.signer)(&file.key).unwrap_or_else(|error| panic!("{id}: {error}"));
            assert_eq!(key.public_key(), public.public_key, "{id}");
            let signer = ZoneSigner::new(&dnskey.owner, public.flags, key.as_ref());
            let [ours, again] = [1, 2].map(|seed| {
                signer
                    .sign(&mut Rng::new(&Seed::from_number(seed)), &set, validity)
                    .unwrap()
            });
            assert_eq!(ours == rrsig.rdata, !random, "{id} by {}", backend.name);
            assert_eq!(
                ours == again,
                !random || backend.determined,
                "{id} by {}",
                backend.name
            );
            assert!(
                verified(&set, &ours, &dnskey.owner, keys, time).is_ok(),
                "{id} by {}",
                backend.name
            );
            signed += 1;
        }
    }
    assert_eq!((signed, verified_count, digests), (6, 3, 5));
}

/// The zone of RFC 4035 appendix A, without a line of the RFC's prose that got into the file.
fn example_zone(folder: &Path) -> Vec<Record> {
    let text = text(&folder.join("rfc4035-appendix-a.zone"));
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with("The\t")).collect();
    records(&format!("{}\n", lines.join("\n")))
}

fn one_record(text: &Value) -> Record {
    let records = records(&format!("{}\n", text.as_str().unwrap()));
    assert_eq!(records.len(), 1);
    records[0].clone()
}

/// RFC 4035 appendix A: all signatures of the zone verify while they are valid, and not a second before or after.
#[test]
fn rfc4035_appendix_a_signatures_of_the_zone() {
    let Some(folder) = folder("rfc") else { return };
    let records = example_zone(&folder);
    let apex = Name::from_str("example.").unwrap();
    let keys: Vec<_> = records
        .iter()
        .filter(|record| record.rtype() == Rtype::DNSKEY && record.owner == apex)
        .map(|record| record.rdata.clone())
        .collect();
    assert_eq!(keys.len(), 2);
    let mut count = 0;
    for (set, signatures) in sets(&records) {
        for signature in &signatures {
            let rrsig: Rrsig<'_> = signature.view().unwrap();
            let (first, last) = (u64::from(rrsig.inception), u64::from(rrsig.expiration));
            for (time, good) in [(first - 1, false), (first, true), (last, true), (last + 1, false)] {
                let outcome = verified(&set, signature, &apex, &keys, time);
                assert_eq!(outcome.is_ok(), good, "{set:?} {outcome:?}");
            }
            count += 1;
        }
    }
    assert_eq!(count, 27);
}

/// RFC 4035 appendix B.6: an answer from the wildcard of the zone tells which one.
#[test]
fn rfc4035_appendix_b_wildcard_answers_tell_their_wildcard() {
    let Some(folder) = folder("rfc") else { return };
    let zone = example_zone(&folder);
    let apex = Name::from_str("example.").unwrap();
    let keys: Vec<_> = zone
        .iter()
        .filter(|record| record.rtype() == Rtype::DNSKEY && record.owner == apex)
        .map(|record| record.rdata.clone())
        .collect();
    let replies: Value = serde_json::from_str(&text(&folder.join("rfc4035-appendix-b.json"))).unwrap();
    let replies = replies.as_array().unwrap();
    assert_eq!(replies.len(), 8);
    let (mut count, mut wildcards) = (0, Vec::new());
    for reply in replies {
        let sections =
            ["answer", "authority", "additional"].map(|section| reply[section].as_array().unwrap());
        for section in sections {
            let lines: String = section
                .iter()
                .map(|record| {
                    let part = |index: usize| match &record[index] {
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    format!("{} {} IN {} {}\n", part(0), part(1), part(2), part(3))
                })
                .collect();
            for (set, signatures) in sets(&records(&lines)) {
                for signature in &signatures {
                    let rrsig: Rrsig<'_> = signature.view().unwrap();
                    let outcome = verified(&set, signature, &apex, &keys, rrsig.inception.into());
                    let verified = outcome.unwrap_or_else(|error| panic!("{set:?}: {error}"));
                    wildcards.extend(verified.wildcard);
                    count += 1;
                }
            }
        }
    }
    assert!(count >= 20, "{count}");
    wildcards.dedup();
    assert_eq!(wildcards, [Name::from_str("*.w.example.").unwrap()]);
}

/// RFC 4034 section 2.3, as hickory-dns keeps it: a key as text, and the octets in it.
#[test]
fn rfc4034_2_3_a_key_as_text_and_as_octets() {
    let Some(folder) = folder("hickory") else { return };
    let rdata = text(&folder.join("rfc4034-2.3.rdata"));
    let rdata = Rdata::from_text(Rtype::DNSKEY, &rdata, None).unwrap();
    let dnskey: Dnskey<'_> = rdata.view().unwrap();
    assert_eq!(
        (dnskey.flags, dnskey.algorithm),
        (256, SecurityAlgorithm::RSASHA1)
    );
    assert_eq!(
        dnskey.public_key,
        std::fs::read(folder.join("rfc4034-2.3.key")).unwrap()
    );
    // The tag that the signature in RFC 4034 section 3.3 has.
    assert_eq!(key_tag(rdata.octets()), 2642);
}

#[test]
fn rfc4034_6_1_names_in_canonical_order() {
    let Some(folder) = folder("rfc") else { return };
    let text = text(&folder.join("rfc4034-canonical-order.txt"));
    let names: Vec<Name> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.parse().unwrap())
        .collect();
    assert_eq!(names.len(), 9);
    assert!(names.is_sorted_by(|a, b| a < b));
}

/// RFC 5155 appendix A.
#[test]
fn rfc5155_appendix_a_hashes_of_names() {
    let Some(folder) = folder("rfc") else { return };
    let rows = table(&text(&folder.join("rfc5155-nsec3-hashes.tsv")));
    assert_eq!(rows.len(), 14);
    for row in &rows {
        let [name, algorithm, iterations, salt, hash] = &row[..] else {
            panic!("{row:?}")
        };
        assert_eq!(algorithm, "1");
        let hashed = super::denials::hash(&name.parse().unwrap(), iterations.parse().unwrap(), salt);
        assert_eq!(hashed, *hash, "{name}");
    }
}

/// RFC 4035 appendix A and a zone of BIND's tests, with NSEC and with NSEC3: nothing is wrong with them while they are valid, and a year
/// later all of it is.
#[test]
fn whole_zones_have_no_faults_while_they_are_valid() {
    let Some(folder) = folder("rfc") else { return };
    let bind = records(&text(&folder.join("../bind9/nsec3.db.signed")));
    for (apex, records, moment) in [
        ("example.", example_zone(&folder), "20040420000000"),
        ("nsec3.", bind, "20201201000000"),
    ] {
        let mut builder = ZoneBuilder::new(apex.parse().unwrap(), Class::IN);
        records.iter().for_each(|record| builder.add_record(record));
        let zone = builder.build().zone.expect("a zone without errors");
        let faults = |time| {
            let wall = Some(UnixTime::from_secs(time));
            agreed(|backend| verify_zone(&zone, backend.verifier, Policy::default(), wall))
        };
        assert_eq!(faults(seconds(moment)), [], "{apex}");
        assert!(faults(seconds(moment) + 365 * 86_400).len() > 5, "{apex}");
    }
}
