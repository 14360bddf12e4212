use super::*;
use crate::text::scan::{TextError, TextErrorKind};
use crate::wire::{Class, Name, Rdata, Record, Rtype};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use proptest::prelude::*;

/// What comes of a file in pieces, the included files by their names.
fn events(
    config: ZoneReaderConfig,
    pieces: &[&[u8]],
    included: &[(&str, &str)],
) -> Vec<Result<String, TextError>> {
    let mut reader = ZoneReader::new("example.".parse().unwrap(), config);
    let mut pieces = pieces.iter();
    let mut found = Vec::new();
    loop {
        let path = match reader.advance() {
            Ok(ZoneEvent::Record(record)) => {
                found.push(Ok(record.to_record().to_string().replace('\t', " ")));
                continue;
            }
            Ok(ZoneEvent::Include { path, origin }) => {
                found.push(Ok(format!("> {} {origin}", path.escape_ascii())));
                path.to_vec()
            }
            Ok(ZoneEvent::IncludeEnded) => {
                found.push(Ok(String::from("<")));
                continue;
            }
            Ok(ZoneEvent::Wanted) => {
                match pieces.next() {
                    Some(piece) => reader.push(piece),
                    None => reader.finish(),
                }
                continue;
            }
            Ok(ZoneEvent::Ended) => return found,
            Err(error) => {
                found.push(Err(error));
                continue;
            }
        };
        if let Some((_, text)) = included.iter().find(|(name, _)| name.as_bytes() == path) {
            reader.push(text.as_bytes());
        }
        reader.finish();
    }
}

/// The records of a file without errors.
fn read(text: &str) -> Vec<String> {
    let found = events(ZoneReaderConfig::default(), &[text.as_bytes()], &[]);
    found.into_iter().map(|found| found.unwrap()).collect()
}

/// The errors of a file, each with its place.
fn faults(text: &str) -> Vec<(TextErrorKind, u32, u32)> {
    let found = events(ZoneReaderConfig::default(), &[text.as_bytes()], &[]);
    let errors = found.into_iter().filter_map(Result::err);
    errors
        .map(|error| (error.kind(), error.position().line, error.position().column))
        .collect()
}

/// RFC 1035 section 5.3, with the parts that are left out.
#[test]
fn rfc1035_5_1_what_is_left_out_comes_from_before() {
    let text = "@ IN SOA venera action\\.domains (\n 20 ; serial\n 7200 600 3600000 60)\n\n NS a.isi.edu.\n 30 MX 10 venera\na CH2 A";
    let text = text.replace(
        "\na CH2 A",
        "\na A 26.3.0.103\nb IN 1w A 128.9.0.32\nc 5 in TYPE1 \\# 4 0a 000001",
    );
    assert_eq!(
        read(&text),
        [
            "example. 60 IN SOA venera.example. action\\.domains.example. 20 7200 600 3600000 60",
            "example. 60 IN NS a.isi.edu.",
            "example. 30 IN MX 10 venera.example.",
            "a.example. 30 IN A 26.3.0.103",
            "b.example. 604800 IN A 128.9.0.32",
            "c.example. 5 IN A 10.0.0.1",
        ]
    );
}

#[test]
fn rfc2308_4_the_ttl_directive_wins_over_the_last_ttl() {
    let text = "a 5 NS .\n NS .\n$TTL 1h30m\n NS .\n 7 NS .\n NS .\n$ORIGIN sub\n$origin x\n@ NS @";
    let ttls = [5, 5, 5400, 7, 5400];
    let mut expected: Vec<_> = ttls
        .iter()
        .map(|ttl| format!("a.example. {ttl} IN NS ."))
        .collect();
    expected.push(String::from("x.sub.example. 5400 IN NS x.sub.example."));
    assert_eq!(read(text), expected);
}

#[test]
fn rfc3597_5_unknown_types_and_classes_have_text() {
    assert_eq!(
        read("a CLASS32 1 TYPE731 \\# 6 abcd (\n ef 01 23 45 )\n 2 CLASS32 A \\# 1 00"),
        [
            "a.example. 1 CLASS32 TYPE731 \\# 6 ABCDEF012345",
            "a.example. 2 CLASS32 A \\# 1 00"
        ]
    );
    assert_eq!(
        faults(
            "$TTL 1\na TYPE731 abc\na TYPE731 \\# 2 abc\na TYPE731 \\# 1 abcd\na A \\# 3 000000\na A \\# 4 0000000g"
        ),
        [
            (TextErrorKind::Unrecognised, 2, 11),
            (TextErrorKind::RdataLength, 3, 14),
            (TextErrorKind::RdataLength, 4, 14),
            (
                TextErrorKind::Rdata(crate::wire::ParseErrorKind::RdataShort),
                5,
                5
            ),
            (TextErrorKind::Unrecognised, 6, 17),
        ]
    );
}

#[test]
fn each_fault_has_its_place_and_costs_one_entry() {
    use TextErrorKind::*;
    assert_eq!(
        faults(
            " NS a\na NS a\n$TTL 1\na NS\na NS b c\na XYZ b\na 1 2 NS a\na 1x NS a\na ANY a\n$FOO\n$TTL\n$ORIGIN a b\n"
        ),
        [
            (NoOwner, 1, 1),
            (NoTtl, 2, 3),
            (Missing, 4, 5),
            (Surplus, 5, 8),
            (Unrecognised, 6, 3),
            (Unrecognised, 7, 5),
            (NotNumber, 8, 3),
            (MetaType, 9, 3),
            (Directive, 10, 1),
            (Missing, 11, 5),
            (Surplus, 12, 11),
        ]
    );
    // No record gets the owner of another.
    assert_eq!(
        faults("$TTL 1\na NS .\na..b NS .\n NS .\n\"a\" NS .\n NS ."),
        [
            (Name(crate::wire::NameErrorKind::EmptyLabel), 3, 3),
            (NoOwner, 4, 1),
            (Quoted, 5, 1),
            (NoOwner, 6, 1),
        ]
    );
    assert_eq!(
        faults("$TTL 1\na IN NS .\na CH NS .\na NS (\n\n \"x\"\n)\na HS NS ."),
        [(OtherClass, 3, 3), (Quoted, 6, 2), (OtherClass, 8, 3)]
    );
}

#[test]
fn rfc1035_5_1_includes_do_not_change_the_file_that_includes() {
    let text = "$TTL 5\na NS @\n$INCLUDE one sub\n NS @\n$INCLUDE \"t\\\"wo\" ; none\n NS @";
    let one = "a NS @\n$ORIGIN else.\n@ NS @\n$INCLUDE two";
    let found = events(ZoneReaderConfig::default(), &[text.as_bytes()], &[("one", one)]);
    let found: Vec<_> = found.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        found,
        [
            "a.example. 5 IN NS example.",
            "> one sub.example.",
            "a.sub.example. 5 IN NS sub.example.",
            "else. 5 IN NS else.",
            "> two else.",
            "<",
            "<",
            "a.example. 5 IN NS example.",
            "> t\\\"wo example.",
            "<",
            "a.example. 5 IN NS example.",
        ]
    );
    // An owner is not handed into a file, and a loop ends.
    let endless = events(
        ZoneReaderConfig {
            deepest_include: 3,
            ..ZoneReaderConfig::default()
        },
        &[b"a 1 NS .\n$INCLUDE me"],
        &[("me", " NS .\n$INCLUDE me")],
    );
    let kinds: Vec<_> = endless
        .iter()
        .filter_map(|found| found.as_ref().err())
        .map(TextError::kind)
        .collect();
    assert_eq!(
        kinds,
        [
            [TextErrorKind::NoOwner; 3].as_slice(),
            &[TextErrorKind::IncludeDepth]
        ]
        .concat()
    );
}

/// The examples of the BIND 9 Administrator Reference Manual, and its modifiers.
#[test]
fn generate_makes_a_record_for_each_number() {
    let one = |line: &str| read(&format!("$TTL 1\n{line}"));
    assert_eq!(
        one("$GENERATE 1-3/2 $ NS SERVER$.EXAMPLE."),
        [
            "1.example. 1 IN NS SERVER1.EXAMPLE.",
            "3.example. 1 IN NS SERVER3.EXAMPLE."
        ]
    );
    assert_eq!(
        one("$GENERATE 127-127 HOST-$ 3 IN A 1.2.3.$"),
        ["HOST-127.example. 3 IN A 1.2.3.127"]
    );
    for (template, made) in [
        ("${0,3,d}", "026"),
        ("${-10}", "16"),
        ("${+1,4,x}", "001b"),
        ("${0,0,X}", "1A"),
        ("${0,3,o}", "032"),
        ("${0,4,n}x", "a.1.x"),
        ("${0,5,N}", "A.1.0"),
        ("a$$b", "a\\$b"),
        ("a\\$$", "a\\$26"),
    ] {
        let found = one(&format!("$GENERATE 26-26 {template} NS ."));
        assert_eq!(found, [format!("{made}.example. 1 IN NS .")], "{template}");
    }
    assert_eq!(
        one("$GENERATE 7-7 @ TXT ( \"a $\n\" ; $\n b$ )"),
        ["example. 1 IN TXT \"a 7\\010\" \"b7\""]
    );
}

#[test]
fn generation_is_bounded_and_its_faults_are_those_of_the_directive() {
    let one = |text: &str| {
        let config = ZoneReaderConfig {
            most_generated: 10,
            ..ZoneReaderConfig::default()
        };
        let found = events(config, &[text.as_bytes()], &[]);
        let records = found.iter().filter(|found| found.is_ok()).count();
        let faults = found.into_iter().filter_map(Result::err);
        let faults: Vec<_> = faults
            .map(|fault| (fault.kind(), fault.position().line))
            .collect();
        (records, faults)
    };
    let line = "$GENERATE 1-6 $ 1 NS .\n";
    assert_eq!(
        one(&[line, line, "a NS ."].concat()),
        (7, alloc::vec![(TextErrorKind::TooManyGenerated, 2)])
    );
    assert_eq!(
        one("$GENERATE 0-2147483647 $ 1 NS ."),
        (0, alloc::vec![(TextErrorKind::TooManyGenerated, 1)])
    );
    for line in [
        "2-1 $ NS .",
        "1-2/0 $ NS .",
        "1 $ NS .",
        "0-2147483648 $ NS .",
        "-1-1 $ NS .",
    ] {
        assert_eq!(
            one(&format!("$GENERATE {line}")),
            (0, alloc::vec![(TextErrorKind::Unrecognised, 1)]),
            "{line}"
        );
    }
    for name in ["${", "${0", "${}", "${0,1,y}", "${0,256}", "${-2}", "${0,1,d,1}"] {
        let text = format!("\n$GENERATE 1-5 {name} 1 NS .\n");
        assert_eq!(
            one(&text),
            (0, alloc::vec![(TextErrorKind::Unrecognised, 2)]),
            "{name}"
        );
    }
    assert_eq!(
        one("$GENERATE 1-5 $ 1 A x"),
        (0, alloc::vec![(TextErrorKind::Unrecognised, 1)])
    );
    let long = format!("$GENERATE 1-2 $ 1 TXT {}", "x".repeat(5000));
    assert_eq!(one(&long), (0, alloc::vec![(TextErrorKind::EntryTooLong, 1)]));
}

#[test]
fn limits_have_their_ranges() {
    let config = |longest_entry| ZoneReaderConfig {
        longest_entry,
        ..ZoneReaderConfig::default()
    };
    assert_eq!(ZoneReaderConfig::default().validate(), Ok(()));
    assert!(config(0).validate().is_err() && config((1 << 30) + 1).validate().is_err());
}

/// Reads back what was printed.
fn read_back(text: &str, class: Class) -> Vec<Record> {
    let config = ZoneReaderConfig {
        class: Some(class),
        ..ZoneReaderConfig::default()
    };
    read_records(text.as_bytes(), Name::root(), config).unwrap_or_else(|error| panic!("{error}: {text}"))
}

prop_compose! {
    fn name()(labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..5), 0..4), tail in 0usize..3) -> Name {
        let mut wire: Vec<u8> = labels.iter().flat_map(|label| [&[u8::try_from(label.len()).unwrap()], &label[..]].concat()).collect();
        wire.extend_from_slice([&b"\x00"[..], b"\x07example\x00", b"\x01.\x07eXample\x00"][tail]);
        Name::from_wire(&wire).unwrap()
    }
}

prop_compose! {
    fn record()(owner in name(), target in name(), ttl: u32, kind in 0usize..5, octets in prop::collection::vec(any::<u8>(), 0..40)) -> Record {
        let text = [&[u8::try_from(octets.len()).unwrap()], &octets[..]].concat();
        let rdata = match kind {
            0 => Rdata::opaque(Rtype::NS, target.as_wire()),
            1 => Rdata::opaque(Rtype::TXT, &text),
            2 => Rdata::opaque(Rtype(65280), &octets),
            3 => Rdata::opaque(Rtype::MX, &[&[0, 1], target.as_wire()].concat()),
            _ => Rdata::opaque(Rtype::A, &[1, 2, 3, 4]),
        };
        Record { owner, class: Class::IN, ttl, rdata }
    }
}

proptest! {
    /// What is printed reads back as it was, the case of names included, in each style.
    #[test]
    fn printed_records_read_back(
        records in prop::collection::vec(record(), 1..8),
        origin in prop::option::of(name()),
        owner_width in 0u16..40,
        omit_repeated_owners: bool,
    ) {
        let style = ZoneStyle { origin, owner_width, omit_repeated_owners };
        let mut printer = ZonePrinter::new(String::new(), style).unwrap();
        for record in &records {
            printer.write(record).unwrap();
        }
        let text = printer.into_inner();
        let back = read_back(&text, Class::IN);
        prop_assert_eq!(&back, &records, "{}", text);
        for (back, record) in back.iter().zip(&records) {
            prop_assert_eq!(back.owner.as_wire(), record.owner.as_wire());
        }
    }

    /// Whatever the octets are and however they are cut: the same comes out.
    #[test]
    fn pieces_do_not_matter(
        words in prop::collection::vec(prop::sample::select(WORDS), 0..40),
        cuts in prop::collection::vec(0usize..200, 0..6),
        longest_entry in 20usize..200,
    ) {
        let octets = words.concat();
        let config = ZoneReaderConfig { longest_entry, most_generated: 50, ..ZoneReaderConfig::default() };
        let whole = events(config.clone(), &[octets.as_bytes()], &[("f", " NS a\n$TTL 9\nb NS a")]);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(octets.len())).collect();
        cuts.extend([0, octets.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &octets.as_bytes()[pair[0]..pair[1]]).collect();
        prop_assert_eq!(&events(config, &pieces, &[("f", " NS a\n$TTL 9\nb NS a")]), &whole);
        for error in whole.iter().filter_map(|found| found.as_ref().err()) {
            prop_assert!(error.position().offset <= octets.len().max(30) as u64);
        }
    }
}

/// What zone files are made of.
const WORDS: &[&str] = &[
    "\n",
    "\n",
    "\n",
    " ",
    " ",
    "\t",
    "\r\n",
    "(",
    ")",
    "\"",
    ";",
    "\\",
    "\\#",
    "@",
    ".",
    "a",
    "a.b.",
    "$TTL",
    "$ORIGIN",
    "$INCLUDE f",
    "$GENERATE 1-3 $",
    "IN",
    "CH",
    "1",
    "1h",
    "300 ",
    "NS",
    " NS a\n",
    "A 1.2.3.4",
    "TXT",
    "TYPE300",
    " \\# 2 abcd\n",
    "\u{0}",
    "ü",
    "=",
];
