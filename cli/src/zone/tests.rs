use std::fs;
use std::path::PathBuf;

use nameward_core::text::zone::{ZonePrinter, ZoneStyle};
use nameward_core::wire::{Class, Name, Rdata, Record, Rtype};
use proptest::prelude::*;

use super::check::judge;
use super::files::ZoneFiles;
use super::format::print_all;

/// A new folder of files for one test, which vanishes with it.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("nameward-zone-{}-{test}", std::process::id()));
        for (name, text) in files {
            let file = folder.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        Self(folder)
    }

    fn open(&self, file: &str) -> ZoneFiles {
        ZoneFiles::open(&self.0.join(file), "example.".parse().unwrap()).unwrap()
    }

    /// The records of a file, and its errors without the name of the folder.
    fn read(&self, file: &str) -> (Vec<Record>, Vec<String>) {
        let mut files = self.open(file);
        let (mut records, mut errors) = (Vec::new(), Vec::new());
        loop {
            match files.next() {
                Ok(Some(record)) => records.push(record),
                Ok(None) => return (records, errors),
                Err(error) => errors.push(error.to_string().replace(&format!("{}/", self.0.display()), "")),
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn texts(records: &[Record]) -> Vec<String> {
    records.iter().map(Record::to_string).collect()
}

#[test]
fn rfc1035_5_1_files_are_included_relative_to_the_one_that_includes_them() {
    let folder = Folder::new(
        "include",
        &[
            ("zone", "$TTL 1\n@ NS a\n$INCLUDE parts/first sub\nz NS z\n"),
            ("parts/first", "f NS f\n$INCLUDE second\n$INCLUDE missing\n NS g"),
            ("parts/second", "s NS s\n"),
        ],
    );
    let (records, errors) = folder.read("zone");
    assert_eq!(
        texts(&records),
        [
            "example.\t1\tIN\tNS\ta.example.",
            "f.sub.example.\t1\tIN\tNS\tf.sub.example.",
            "s.sub.example.\t1\tIN\tNS\ts.sub.example.",
            "f.sub.example.\t1\tIN\tNS\tg.sub.example.",
            "z.example.\t1\tIN\tNS\tz.example.",
        ]
    );
    assert_eq!(
        errors,
        ["parts/first:3: cannot include parts/missing: No such file or directory (os error 2)"]
    );
}

#[test]
fn files_that_include_each_other_end() {
    // Each file includes itself more than once, so that depth alone would allow 6^7 of them.
    let folder = Folder::new("loop", &[("zone", &"$INCLUDE zone\n".repeat(6))]);
    let (records, errors) = folder.read("zone");
    assert!(records.is_empty());
    assert!(
        errors[0].starts_with("zone:1:1: files include each other too deeply"),
        "{}",
        errors[0]
    );
    assert!(
        errors
            .last()
            .unwrap()
            .ends_with("more than 1000 files would be read")
    );
}

#[test]
fn an_error_has_file_line_column_token_and_what_was_expected() {
    let folder = Folder::new(
        "errors",
        &[
            (
                "zone",
                "$TTL 1\n@ A 192.0.2.1\na A 192.0.2\n\nb MX (\n  10x\n  c )\nd A\n$INCLUDE sub\n",
            ),
            ("sub", "\ne TXT \"\n"),
        ],
    );
    let (records, errors) = folder.read("zone");
    assert_eq!(records.len(), 1);
    assert_eq!(
        errors,
        [
            "zone:3:5: not recognised: '192.0.2'; expected an IPv4 address",
            "zone:6:3: not a number: '10x'; expected a number from 0 to 65535",
            "zone:8:4: the entry ends too early; expected an IPv4 address",
            "sub:2:7: the quote is not closed: '\"'; expected a closing quote",
        ]
    );
}

/// What is said about a file, without the name of the folder.
fn judged(folder: &Folder, file: &str) -> String {
    let report = judge(&folder.0.join(file), &"example.".parse().unwrap()).unwrap();
    report.text.replace(&format!("{}/", folder.0.display()), "")
}

#[test]
fn a_zone_is_judged_as_a_whole_with_the_lines_of_all_its_files() {
    let folder = Folder::new(
        "whole",
        &[
            (
                "zone",
                "$TTL 1h\n@ SOA ns h 1 2 3 4 5\n@ NS ns\n$INCLUDE hosts\nsub NS ns.sub\nb A 192.0.2.1\nold 2147483648 A 192.0.2.1\n",
            ),
            ("hosts", "; hosts\nns A 192.0.2.53\nb CNAME c\n"),
        ],
    );
    assert_eq!(
        judged(&folder, "zone"),
        "zone:7: warning: a TTL above 2147483647 counts as 0 (RFC 2181 section 8)\n\
         zone:6: b.example.: the owner of a CNAME has other records (RFC 2181 section 10.1)\n\
         zone:5: warning: sub.example.: the name server ns.sub.example. below the zone cut has no address (RFC 9471 section 2.1)\n\
         zone: 7 records in 2 files, 1 error, 2 warnings\n  A 3, NS 2, CNAME 1, SOA 1\n"
    );
}

#[test]
fn a_file_with_wrong_entries_is_not_judged_as_a_zone() {
    let folder = Folder::new("entries", &[("zone", "@ 1 SOA ns h 1 2 3 4\n@ 1 NS ns\n")]);
    let said = judged(&folder, "zone");
    assert!(said.starts_with("zone:1:"), "{said}");
    assert_eq!(said.lines().count(), 3, "{said}");
}

#[test]
fn an_empty_file_is_no_zone() {
    let folder = Folder::new("empty", &[("zone", "")]);
    assert_eq!(
        judged(&folder, "zone"),
        "zone: example.: the zone has no SOA (RFC 1035 section 5.2)\n\
         zone: example.: the zone has no NS at its apex (RFC 1034 section 4.2.1)\n\
         zone: 0 records, 2 errors, 0 warnings\n"
    );
}

/// Names with labels of any octets.
fn name() -> impl Strategy<Value = Name> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 1..6), 0..4).prop_map(|labels| {
        let mut wire = Vec::new();
        for label in labels {
            wire.push(u8::try_from(label.len()).unwrap());
            wire.extend(label);
        }
        wire.push(0);
        Name::from_wire(&wire).unwrap()
    })
}

/// Records of a known type with text, of one with names, and of an unknown one, with any octets.
fn record() -> impl Strategy<Value = Record> {
    let rdata = prop_oneof![
        (prop::collection::vec(any::<u8>(), 0..20)).prop_map(|octets| Rdata::opaque(Rtype(65_280), &octets)),
        (prop::collection::vec(any::<u8>(), 0..20)).prop_map(|text| {
            let length = u8::try_from(text.len()).unwrap();
            Rdata::from_wire(Rtype::TXT, &[&[length], &text[..]].concat()).unwrap()
        }),
        name().prop_map(|target| Rdata::from_wire(Rtype::NS, target.as_wire()).unwrap()),
    ];
    (name(), any::<u32>(), rdata).prop_map(|(owner, ttl, rdata)| Record {
        owner,
        class: Class::IN,
        ttl,
        rdata,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However a file is written, what is printed has the same records, and printed again it is the same.
    #[test]
    fn a_formatted_file_has_the_same_records_and_stays_as_it_is(
        records in prop::collection::vec(record(), 0..10),
        origin in name(),
        owner_width in 0_u16..20,
        omit_repeated_owners: bool,
    ) {
        let style = ZoneStyle { origin: Some(origin), owner_width, omit_repeated_owners };
        let mut printer = ZonePrinter::new(String::new(), style).unwrap();
        for record in &records {
            printer.write(record).unwrap();
        }
        let folder = Folder::new("format", &[("zone", &printer.into_inner())]);
        let mut once = String::new();
        print_all(&mut folder.open("zone"), &mut once).unwrap();
        fs::write(folder.0.join("once"), &once).unwrap();
        let (found, errors) = folder.read("once");
        prop_assert_eq!(found, records);
        prop_assert!(errors.is_empty());
        let mut twice = String::new();
        print_all(&mut folder.open("once"), &mut twice).unwrap();
        prop_assert_eq!(twice, once);
    }

    #[test]
    fn no_zone_file_is_too_hostile(octets in "[a-zA-Z0-9$@.;()\"\\\\ \t\n]{0,200}", directives in prop::collection::vec("\\$(INCLUDE|GENERATE|ORIGIN|TTL) [0-9a-z$ \\\\-]{0,20}\n", 0..4)) {
        let text = directives.concat() + &octets;
        let folder = Folder::new("hostile", &[("zone", &text)]);
        let (_, errors) = folder.read("zone");
        for error in errors {
            prop_assert!(error.bytes().all(|octet| matches!(octet, b' '..=b'~')), "{}", error);
        }
    }
}
