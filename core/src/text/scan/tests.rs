use super::*;
use crate::wire::steps::counted;
use crate::wire::{Name, NameErrorKind};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use proptest::prelude::*;

/// What a scanner gives for pieces: the tokens of each entry, or the error.
fn scan(limit: usize, pieces: &[&[u8]]) -> Vec<Result<Vec<String>, TextError>> {
    let mut scanner = Scanner::new(limit);
    let mut pieces = pieces.iter();
    let mut found = Vec::new();
    loop {
        match scanner.advance() {
            Ok(Progress::Ended) => return found,
            Ok(Progress::Wanted) => match pieces.next() {
                Some(piece) => scanner.push(piece),
                None => scanner.finish(),
            },
            Ok(Progress::Entry) => found.push(Ok(shown(&scanner.entry()))),
            Err(error) => found.push(Err(error)),
        }
    }
}

fn shown(entry: &Entry<'_>) -> Vec<String> {
    let mut tokens = entry.tokens(None);
    let blank = entry.begins_blank().then(|| String::from("_"));
    let rest = core::iter::from_fn(|| {
        let token = tokens.take("another").ok()?;
        let quote = if token.is_quoted() { "\"" } else { "" };
        let text = String::from_utf8_lossy(token.octets()).into_owned();
        Some(format!("{quote}{text}{quote}"))
    });
    blank.into_iter().chain(rest).collect()
}

fn one(text: &str) -> Vec<String> {
    match &scan(1000, &[text.as_bytes()])[..] {
        [Ok(tokens)] => tokens.clone(),
        other => panic!("{other:?}"),
    }
}

fn fault(text: &str) -> (TextErrorKind, u32, u32) {
    let found = scan(1000, &[text.as_bytes()]);
    let error = found.into_iter().find_map(Result::err).unwrap();
    (error.kind(), error.position().line, error.position().column)
}

#[test]
fn rfc1035_5_1_entries_are_cut_into_tokens() {
    assert_eq!(one("a  b\tc ; d\r\n"), ["a", "b", "c"]);
    assert_eq!(one(" a"), ["_", "a"]);
    assert_eq!(
        one("a ( b ; c )\n\"d\n;e\" ) f ; g"),
        ["a", "b", "\"d\n;e\"", "f"]
    );
    assert_eq!(
        one(r#""a""b" c\ d \" \; "\"""#),
        ["\"a\"", "\"b\"", r"c\ d", r#"\""#, r"\;", r#""\"""#]
    );
    assert_eq!(one(r#"a\b"c" d"""#), [r"a\b", "\"c\"", "d", "\"\""]);
    assert_eq!(one("a(b)c"), ["a", "b", "c"]);
    assert_eq!(one("\n \n;x\n (\n)\na"), ["a"]);
    assert_eq!(
        one(r#"1 . alpn="h2 h3" port=53"#),
        ["1", ".", r#"alpn="h2 h3""#, "port=53"]
    );
    assert_eq!(scan(1000, &[b"\n; nothing\n\n"]), []);
}

#[test]
fn faults_have_their_place_and_scanning_goes_on_at_the_next_line() {
    use TextErrorKind::*;
    assert_eq!(fault("a\nb ) c\n"), (UnopenedParenthesis, 2, 3));
    assert_eq!(fault("a ( b\n( c"), (NestedParenthesis, 2, 1));
    assert_eq!(fault("a\n b ( c"), (UnclosedParenthesis, 2, 4));
    assert_eq!(fault("a \"b\nc \"d\""), (UnclosedQuote, 1, 3));
    assert_eq!(fault("a b=\"c"), (UnclosedQuote, 1, 3));
    assert_eq!(fault("a \"b\"c"), (QuoteInToken, 1, 6));
    assert_eq!(fault("a b=\"c\"d"), (QuoteInToken, 1, 8));
    let found = scan(1000, &[b"a ) b\nc ( \n d ( \ne"]);
    assert!(matches!(&found[..], [Err(_), Err(_), Ok(last)] if last == &["e"]));
}

#[test]
fn an_entry_may_be_as_long_as_the_limit() {
    assert_eq!(
        scan(3, &[b"a b\nc d"])
            .iter()
            .filter(|found| found.is_ok())
            .count(),
        2
    );
    let found = scan(3, &[b"a bc\nd"]);
    let [Err(error), Ok(_)] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(
        (error.kind(), error.position().column),
        (TextErrorKind::EntryTooLong, 1)
    );
    assert!(matches!(&scan(4, &[b"a (b\nc\nd"])[..], [Err(error), Ok(_)] if error.position().column == 3));
}

/// The wire form of a name, or what is wrong and where.
fn name(text: &str, origin: Option<&Name>) -> Result<Vec<u8>, (TextErrorKind, u32)> {
    let mut scanner = Scanner::new(5000);
    scanner.push(text.as_bytes());
    scanner.finish();
    assert_eq!(scanner.advance(), Ok(Progress::Entry));
    let mut octets = Vec::new();
    let read = scanner.entry().tokens(origin).name(&mut octets);
    read.map(|()| octets)
        .map_err(|error| (error.kind(), error.position().column))
}

#[test]
fn rfc1035_5_1_names_are_completed_with_the_origin() {
    let origin: Name = "example.".parse().unwrap();
    let read = |text: &str| name(text, Some(&origin));
    assert_eq!(read("@").unwrap(), b"\x07example\x00");
    assert_eq!(read(".").unwrap(), b"\x00");
    assert_eq!(read("a.B").unwrap(), b"\x01a\x01B\x07example\x00");
    assert_eq!(read("a.b.").unwrap(), b"\x01a\x01b\x00");
    assert_eq!(read(r"\@").unwrap(), b"\x01@\x07example\x00");
    assert_eq!(read(r"a\.b\046c.").unwrap(), b"\x05a.b.c\x00");
    assert_eq!(name("a", None), Err((TextErrorKind::NoOrigin, 1)));
    assert_eq!(name("@", None), Err((TextErrorKind::NoOrigin, 1)));
    assert_eq!(read("\"a\""), Err((TextErrorKind::Quoted, 1)));
    for (text, kind, column) in [
        (".a", NameErrorKind::EmptyLabel, 1),
        ("a..b", NameErrorKind::EmptyLabel, 3),
        ("ab..", NameErrorKind::EmptyLabel, 4),
        (r"a\b..", NameErrorKind::EmptyLabel, 5),
    ] {
        assert_eq!(read(text), Err((TextErrorKind::Name(kind), column)), "{text}");
    }
    assert_eq!(read(r"a\1b"), Err((TextErrorKind::Escape, 2)));
    assert_eq!(read(r"a.b\"), Err((TextErrorKind::Escape, 4)));
    let label = "x".repeat(64);
    for text in [format!("a.{label}"), format!(r"a.{label}\x")] {
        assert!(matches!(
            read(&text),
            Err((TextErrorKind::Name(NameErrorKind::LabelTooLong), _))
        ));
    }
    // 255 octets with the nine of the origin, and one more.
    let labels = [&label[1..]; 3].join(".");
    assert_eq!(read(&format!("{labels}.{}", &label[11..])).unwrap().len(), 255);
    let long = read(&format!("{labels}.{}", &label[10..]));
    assert_eq!(long, Err((TextErrorKind::Name(NameErrorKind::NameTooLong), 1)));
}

/// Octets that are not ASCII need no escape where they are read, and have one where they are printed.
#[test]
fn rfc2181_11_octets_of_names_that_are_not_ascii_stand_for_themselves() {
    for (text, label) in [
        (&b"\xC3\xBC.\xFF.\n"[..], &b"\x02\xC3\xBC\x01\xFF\x00"[..]),
        (b"\\a\xC3\\\xBC.\n", b"\x03a\xC3\xBC\x00"),
    ] {
        let mut scanner = Scanner::new(100);
        scanner.push(text);
        assert_eq!(scanner.advance(), Ok(Progress::Entry));
        let mut octets = Vec::new();
        scanner.entry().tokens(None).name(&mut octets).unwrap();
        assert_eq!(octets, label);
        let printed = Name::from_wire(&octets).unwrap().to_string();
        assert_eq!(name(&printed, None), Ok(octets), "{printed}");
    }
}

#[test]
fn numbers_and_times_have_their_ranges() {
    let token = |text: &str, read: for<'a> fn(&Token<'a>) -> Result<u32, TextError>| {
        first(text, read).map_err(|error| error.kind())
    };
    assert_eq!(token("4294967295", |token| token.u32()), Ok(u32::MAX));
    assert_eq!(
        token("4294967296", |token| token.u32()),
        Err(TextErrorKind::OutOfRange)
    );
    assert_eq!(
        token("99999999999999999999999", |token| token.u32()),
        Err(TextErrorKind::OutOfRange)
    );
    for text in ["-1", "+1", "1x", "\"1\"", r"\1"] {
        assert_eq!(
            token(text, |token| token.u32()),
            Err(TextErrorKind::NotNumber),
            "{text}"
        );
    }
    assert_eq!(
        token("1w2D3h4m5s", |token| token.seconds()),
        Ok(604_800 + 172_800 + 10_800 + 240 + 5)
    );
    assert_eq!(token("1h30", |token| token.seconds()), Ok(3630));
    assert_eq!(
        token("7102w", |token| token.seconds()),
        Err(TextErrorKind::OutOfRange)
    );
    for text in ["h", "1hh", "1y", "\"1\""] {
        assert_eq!(
            token(text, |token| token.seconds()),
            Err(TextErrorKind::NotNumber),
            "{text}"
        );
    }
}

/// Texts that could make a scanner look at the same octets again and again, and how they are cut makes it no worse.
#[test]
fn scanning_takes_a_few_steps_for_each_octet() {
    for part in [
        "a", "\\", "\"", "(", ")", "a=\"", "\"\"", ";", " ", "\n", "( \n", "a\n", "a b c\n", "\"\n", "(\"\n",
        "\\\n", "#",
    ] {
        let text = part.repeat(20_000 / part.len());
        for size in [1, 7, 1000, 20_000] {
            for limit in [10, 3000, 1 << 20] {
                let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
                let (_, steps) = counted(|| scan(limit, &pieces));
                assert!(
                    steps <= 6 * 20_000,
                    "{steps} steps for {part:?} in pieces of {size}, at most {limit}"
                );
            }
        }
    }
}

#[test]
fn memory_does_not_grow_with_the_file() {
    let mut scanner = Scanner::new(1000);
    let piece = [b"an entry ; of a few octets\n".repeat(100), b";".repeat(5000)].concat();
    let mut entries = 0;
    for _ in 0..1000 {
        scanner.push(&piece);
        while scanner.advance() != Ok(Progress::Wanted) {
            entries += 1;
        }
    }
    assert!(entries > 99_000);
    assert!(scanner.held() < 4 * piece.len(), "{}", scanner.held());
}

/// What is read from the only token of a text.
fn first<T>(text: &str, read: impl FnOnce(&Token<'_>) -> T) -> T {
    let mut scanner = Scanner::new(100);
    scanner.push(text.as_bytes());
    scanner.finish();
    assert_eq!(scanner.advance(), Ok(Progress::Entry));
    let entry = scanner.entry();
    read(&entry.tokens(None).take("a token").unwrap())
}

proptest! {
    /// Addresses are those that the standard library reads, too.
    #[test]
    fn ipv4_addresses_are_read(text in "(0|[0-9]{1,4})([.](0|1|25[0-9]|[0-9]{1,3})){2,4}|[0-9.x]{1,12}") {
        prop_assert_eq!(first(&text, |token| token.ipv4().ok()), text.parse().ok());
    }

    #[test]
    fn ipv6_addresses_are_read(text in "(:|::)?([0-9a-fA-F]{1,4}(:|::)){0,8}([0-9a-f]{1,5}|1[.]2[.]3[.][0-9]{1,3})?|::|[0-9a-f:.]{1,20}") {
        prop_assume!(!text.is_empty());
        prop_assert_eq!(first(&text, |token| token.ipv6().ok()), text.parse().ok());
    }

    #[test]
    fn printed_ipv6_addresses_are_read(groups in prop::array::uniform8(prop_oneof![Just(0u16), any::<u16>()])) {
        let address = core::net::Ipv6Addr::from(groups);
        prop_assert_eq!(first(&address.to_string(), |token| token.ipv6()), Ok(address));
    }

    /// Whatever the octets are and however they are cut: the same comes out, nothing panics, and faults lie inside.
    #[test]
    fn pieces_do_not_matter(
        octets in prop::collection::vec(prop::sample::select(&b"ab=.\\\"()\n\r ;1\x00\xFF"[..]), 0..80),
        cuts in prop::collection::vec(0usize..80, 0..6),
        limit in 1usize..60,
    ) {
        let whole = scan(limit, &[&octets]);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(octets.len())).collect();
        cuts.extend([0, octets.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &octets[pair[0]..pair[1]]).collect();
        prop_assert_eq!(scan(limit, &pieces), whole.clone());
        let singly: Vec<&[u8]> = octets.chunks(1).collect();
        prop_assert_eq!(scan(limit, &singly), whole.clone());
        for error in whole.iter().filter_map(|found| found.as_ref().err()) {
            let position = error.position();
            let before = &octets[..usize::try_from(position.offset).unwrap()];
            let line = before.split(|&octet| octet == b'\n').count();
            let column = before.rsplit(|&octet| octet == b'\n').next().unwrap().len() + 1;
            prop_assert_eq!((position.line as usize, position.column as usize), (line, column));
            prop_assert!(position.offset as usize + error.length() as usize <= octets.len());
        }
    }
}
