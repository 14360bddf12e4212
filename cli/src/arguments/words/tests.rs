use std::time::Duration;

use clap::Parser as _;
use nameward_core::wire::OptionCode;

use super::*;
use crate::arguments::{Arguments, Command};

fn read(line: &str) -> Result<Words, WordError> {
    let line = ["nameward", "query"].into_iter().chain(line.split_whitespace());
    let Command::Query(query) = Arguments::try_parse_from(line).unwrap().command else {
        panic!("not a query")
    };
    Words::read(&query)
}

/// What the flags say beyond the defaults.
fn edns(line: &str) -> Result<Option<EdnsWords>, WordError> {
    read(&format!("example.com {line}")).map(|words| words.flags.edns)
}

#[test]
fn dig_takes_server_name_type_and_class_in_any_order() {
    for line in [
        "@192.0.2.53 example.com MX CH",
        "example.com ch @192.0.2.53 mx",
        "TYPE15 example.com CLASS3 @192.0.2.53",
    ] {
        let words = read(line).unwrap();
        assert_eq!(words.server.as_deref(), Some("192.0.2.53"), "{line}");
        assert_eq!(words.name.to_string(), "example.com.", "{line}");
        assert_eq!((words.rtype, words.class), (Rtype::MX, Class::CH), "{line}");
    }
    let words = read("example.com").unwrap();
    assert_eq!(
        (words.rtype, words.class, words.server),
        (Rtype::A, Class::IN, None)
    );
    assert_eq!(words.flags, Flags::default());
}

#[test]
fn dig_flags_may_be_turned_round_and_cut_short() {
    let flags = |line: &str| read(&format!("example.com {line}")).map(|words| words.flags);
    let default = Flags::default;
    assert_eq!(
        flags("+tcp +short +norec"),
        Ok(Flags {
            tcp: true,
            short: true,
            recurse: false,
            ..default()
        })
    );
    assert_eq!(flags("+vc +novc"), Ok(default()));
    assert_eq!(flags("+norecurse +recurse"), Ok(default()));
    assert_eq!(
        flags("+nordflag"),
        Ok(Flags {
            recurse: false,
            ..default()
        })
    );
    assert_eq!(
        flags("+noedns"),
        Ok(Flags {
            edns: None,
            ..default()
        })
    );
    assert_eq!(flags("+noedns +edns=0 +nocookie"), Ok(default()));
    assert_eq!(
        flags("+dnssec +noad +cd"),
        Ok(Flags {
            edns: Some(EdnsWords {
                dnssec: true,
                ..EdnsWords::default()
            }),
            authenticated: false,
            checking_disabled: true,
            ..default()
        })
    );
    assert_eq!(
        flags("+time=2 +tries=1"),
        Ok(Flags {
            time: Duration::from_secs(2),
            tries: 1,
            ..default()
        })
    );
    assert_eq!(flags("+timeout=2"), flags("+time=2"));
    assert_eq!(
        flags("+noedns +bufsize=4096"),
        Ok(Flags {
            edns: Some(EdnsWords {
                udp_payload: 4096,
                ..EdnsWords::default()
            }),
            ..default()
        })
    );
}

#[test]
fn wrong_words_are_refused_in_one_sentence() {
    for (line, sentence) in [
        (
            "",
            "a name is missing: say what to ask for, as in 'nameward query example.com MX'",
        ),
        (
            "mx",
            "'mx' is a type, and a name is missing: write 'mx.' or '-q mx' if it is the name",
        ),
        (
            "a.example b.example",
            "'b.example' is a second name: one query asks one server one question",
        ),
        (
            "a.example A MX",
            "'MX' is a second type: one query asks one server one question",
        ),
        (
            "a.example @192.0.2.1 @192.0.2.2",
            "'@192.0.2.2' is a second server: one query asks one server one question",
        ),
        (
            "a.example @",
            "'@' needs a server's address behind it, as in '@192.0.2.53'",
        ),
        (
            "a.example +time",
            "'+time' needs a number of seconds from 1 to 10",
        ),
        ("a.example +tries=4", "'+tries=4' needs a number from 1 to 3"),
        (
            "a.example +bufsize=70000",
            "'+bufsize=70000' needs a number of octets from 512 to 4096",
        ),
        ("a.example +tcp=1", "'+tcp=1' needs no value"),
        (
            "a.example +edns=256",
            "'+edns=256' needs a version from 0 to 255, or no value",
        ),
        ("a.example +nonsid=1", "'+nonsid=1' needs no value"),
        (
            "a.example +padding=513",
            "'+padding=513' needs a number of octets from 0 to 512",
        ),
        (
            "a.example +cookie=xy",
            "'+cookie=xy' needs up to 40 octets in hexadecimal, or no value",
        ),
        (
            "a.example -t NOTYPE",
            "'NOTYPE' is not a type: neither a mnemonic of the registry nor TYPE and a number from 0 to 65535 (RFC 3597 section 5)",
        ),
        (
            "-q a.example b.example",
            "'b.example' is a second name: one query asks one server one question",
        ),
        (
            "-x 192.0.2.1 a.example",
            "'a.example' is a second name: one query asks one server one question",
        ),
        (
            "-t A a.example MX",
            "'MX' is a second type: one query asks one server one question",
        ),
    ] {
        assert_eq!(read(line).unwrap_err().to_string(), sentence, "{line}");
    }
    for subnet in [
        "",
        "=",
        "=192.0.2.0/33",
        "=2001:db8::/129",
        "=a.example/8",
        "=192.0.2.0/",
    ] {
        let refused = read(&format!("a.example +subnet{subnet}")).unwrap_err();
        assert!(matches!(refused, WordError::Value { .. }), "{subnet}: {refused}");
    }
    let too_long = format!("=3:{}", "00".repeat(65_536));
    for option in [
        &too_long,
        "",
        "=",
        "=NOOPTION",
        "=65536",
        "=3:0",
        "=3:xy",
        "=3:00:00",
    ] {
        let refused = read(&format!("a.example +ednsopt{option}")).unwrap_err();
        assert!(matches!(refused, WordError::Value { .. }), "{option}: {refused}");
    }
    for flag in [
        "+c",
        "+n",
        "+no",
        "+",
        "+shortest",
        "+notime=1",
        "+ednsnegotiation",
    ] {
        let refused = read(&format!("a.example {flag}")).unwrap_err();
        assert_eq!(refused, WordError::Flag(flag[1..].to_owned()));
    }
    assert!(matches!(read("a..example"), Err(WordError::Name { .. })));
}

#[test]
fn what_is_wanted_of_edns_wants_edns_and_what_is_not_does_not() {
    let default = EdnsWords::default;
    for (line, expected) in [
        ("+noedns +nonsid +nocookie +nosubnet +noednsopt +nopadding", None),
        ("+noedns +edns", Some(default())),
        (
            "+noedns +nsid",
            Some(EdnsWords {
                nsid: true,
                ..default()
            }),
        ),
        (
            "+nsid +nonsid +expire +keepalive +noexpire +nokeepalive",
            Some(default()),
        ),
        (
            "+edns=7 +noednsneg",
            Some(EdnsWords {
                version: 7,
                ..default()
            }),
        ),
        (
            "+subnet=192.0.2.1",
            Some(EdnsWords {
                subnet: Some(([192, 0, 2, 1].into(), 32)),
                ..default()
            }),
        ),
        (
            "+subnet=2001:db8::/0",
            Some(EdnsWords {
                subnet: Some(("2001:db8::".parse().unwrap(), 0)),
                ..default()
            }),
        ),
        (
            "+subnet=0",
            Some(EdnsWords {
                subnet: Some(([0; 4].into(), 0)),
                ..default()
            }),
        ),
        (
            "+cookie",
            Some(EdnsWords {
                cookie: Some(WantedCookie::Fresh),
                ..default()
            }),
        ),
        (
            "+cookie=C0ffee",
            Some(EdnsWords {
                cookie: Some(WantedCookie::Octets(vec![0xc0, 0xff, 0xee])),
                ..default()
            }),
        ),
        (
            "+padding=128",
            Some(EdnsWords {
                padding: 128,
                ..default()
            }),
        ),
        (
            "+ednsopt=nsid +ednsopt=65001:00ff",
            Some(EdnsWords {
                others: vec![(OptionCode::NSID, vec![]), (OptionCode(65_001), vec![0, 255])],
                ..default()
            }),
        ),
    ] {
        assert_eq!(edns(line), Ok(expected), "{line}");
    }
}

#[test]
fn options_stand_for_words() {
    let words = read("-q mx -t ns -c CH").unwrap();
    assert_eq!(
        (words.name.to_string().as_str(), words.rtype, words.class),
        ("mx.", Rtype::NS, Class::CH)
    );
    for (address, name) in [
        ("192.0.2.1", "1.2.0.192.in-addr.arpa."),
        (
            "2001:db8::567:89ab",
            "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.",
        ),
    ] {
        let words = read(&format!("-x {address}")).unwrap();
        assert_eq!((words.name.to_string().as_str(), words.rtype), (name, Rtype::PTR));
    }
    assert_eq!(read("-x ::1 -t TXT").unwrap().rtype, Rtype::TXT);
}
