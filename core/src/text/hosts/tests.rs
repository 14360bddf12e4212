use super::*;
use crate::text::scan::TextErrorKind;
use crate::wire::NameErrorKind;
use proptest::prelude::*;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

#[test]
fn hosts_5_entries_have_an_address_a_name_and_aliases() {
    let text = "\t# nothing\n127.0.0.1\tlocalhost\r\n\n192.168.1.10  foo.example.org.  foo # bar\nfe80::1%lo0 localhost\n";
    let hosts = Hosts::read(text.as_bytes());
    assert_eq!(hosts.faults, []);
    let entry = |line, address: &str, zone: Option<&str>, canonical, aliases: &[&str]| HostsEntry {
        line,
        address: address.parse().unwrap(),
        zone: zone.map(Box::from),
        canonical: name(canonical),
        aliases: aliases.iter().map(|alias| name(alias)).collect(),
    };
    assert_eq!(
        hosts.entries,
        [
            entry(2, "127.0.0.1", None, "localhost", &[]),
            entry(4, "192.168.1.10", None, "foo.example.org", &["foo"]),
            entry(5, "fe80::1", Some("lo0"), "localhost", &[]),
        ]
    );
}

#[test]
fn a_bad_line_is_reported_and_the_others_are_taken() {
    let hosts =
        Hosts::read(b"1.2.3 a\n1.2.3.4\n1.2.3.4 a b..c d\n1.2.3.4%x a\n::%  a\n\xFF\n::1 \xFF\n::1 b");
    let faults: Vec<_> = hosts
        .faults
        .iter()
        .map(|fault| (fault.kind(), fault.position().line, fault.position().column))
        .collect();
    assert_eq!(
        faults,
        [
            (TextErrorKind::Unrecognised, 1, 1),
            (TextErrorKind::Missing, 2, 8),
            (TextErrorKind::Name(NameErrorKind::EmptyLabel), 3, 13),
            (TextErrorKind::Unrecognised, 4, 1),
            (TextErrorKind::Unrecognised, 5, 1),
            (TextErrorKind::Unrecognised, 6, 1),
            (TextErrorKind::Unrecognised, 7, 5),
        ]
    );
    let lines: Vec<_> = hosts.entries.iter().map(|entry| entry.line).collect();
    assert_eq!(lines, [3, 8]);
    assert_eq!(hosts.entries[0].aliases, [name("d")]);
}

proptest! {
    #[test]
    fn each_line_is_an_entry_or_a_fault_or_nothing(octets in prop::collection::vec(prop::sample::select(&b"1.:%# a\\\n\r\xC3"[..]), 0..60)) {
        let hosts = Hosts::read(&octets);
        let lines = octets.split(|&octet| octet == b'\n').count();
        prop_assert!(hosts.entries.len() <= lines);
        for fault in &hosts.faults {
            let position = fault.position();
            let before = &octets[..usize::try_from(position.offset).unwrap()];
            prop_assert_eq!(position.line as usize, before.split(|&octet| octet == b'\n').count());
            prop_assert_eq!(position.column as usize, before.rsplit(|&octet| octet == b'\n').next().unwrap().len() + 1);
        }
    }
}
