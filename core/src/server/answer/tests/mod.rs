mod chains;
mod proofs;

use super::*;
use crate::wire::{Class, Flags, OwnedMessage, Question};
use crate::zone::tests::build;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use bytes::BytesMut;

const ZONE: &str = "\
$TTL 3600
@ 600 SOA ns.b hostmaster 7 3600 600 604800 300
@ NS ns.b
@ NS ns
ns A 192.0.2.53
ns AAAA 2001:db8::53
b NS ns.b
b NS ns.c
b NS ns
b DS 1 8 2 00
ns.b A 192.0.2.1
ns.b AAAA 2001:db8::1
c NS ns.c
ns.c A 192.0.2.2
x.y.z TXT deep
alias CNAME x.y.z
circle CNAME circle2
circle2 CNAME circle
outside CNAME www.other.
nowhere CNAME missing
down CNAME a.b
cut CNAME b
*.w CNAME v.w
*.w RRSIG CNAME 8 2 3600 20300101000000 20200101000000 1 example. AAAA
d 60 DNAME z
self DNAME self
long DNAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.org.
mail MX 0 ns
mail MX 1 NS
mail MX 2 ns.b
mail RRSIG MX 8 2 3600 20300101000000 20200101000000 1 example. AAAA
two A 192.0.2.2
two RRSIG A 8 2 3600 20300101000000 20200101000000 1 example. AAAA
two TXT 2
two RRSIG TXT 8 2 3600 20300101000000 20200101000000 1 example. AAAA
s HTTPS 1 . alpn=h2
s A 192.0.2.80
with-target HTTPS 1 s alpn=h2
with-target A 192.0.2.81
t SRV 0 0 0 s
big TXT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
big TXT b
";

/// The outcome for a question, and the records as text: the initial of the section, owner, TTL, type and RDATA.
fn ask(name: &str, rtype: Rtype, class: Class, dnssec_ok: bool, limit: u16) -> (Outcome, Vec<String>) {
    let built = build("example.", ZONE);
    ask_of(&Zones::new(built.zone), name, rtype, class, dnssec_ok, limit)
}

fn ask_of(
    zones: &Zones,
    name: &str,
    rtype: Rtype,
    class: Class,
    dnssec_ok: bool,
    limit: u16,
) -> (Outcome, Vec<String>) {
    let name = if name.ends_with('.') {
        name.to_string()
    } else {
        format!("{name}.example.")
    };
    let question = Question {
        name: name.parse().unwrap(),
        rtype,
        class,
    };
    let asked = QuestionRef {
        name: question.name.view(),
        rtype,
        class,
    };
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, limit, 1, Flags::default());
    writer.question(asked.name, rtype, class).unwrap();
    let outcome = answer_from(zones, asked, dnssec_ok, &mut writer);
    writer.finish();
    assert!(out.len() <= usize::from(limit));
    // The zone alone says the same.
    for zone in zones.iter() {
        let mut alone = BytesMut::new();
        let mut writer = MessageWriter::new(&mut alone, limit, 1, Flags::default());
        writer.question(asked.name, rtype, class).unwrap();
        assert_eq!(answer(zone, asked, dnssec_ok, &mut writer), outcome);
        writer.finish();
        assert_eq!(alone, out);
    }
    let message = OwnedMessage::try_from(Message::parse(&out).unwrap()).unwrap();
    let mut lines = Vec::new();
    for (section, initial) in Section::ALL.into_iter().zip(["", "+", "?"]) {
        for record in message.records(section) {
            let owner = record
                .owner
                .to_string()
                .replace(".example.", "")
                .replace("example.", "@");
            lines.push(format!(
                "{initial}{owner} {} {} {}",
                record.ttl,
                record.rtype(),
                record.rdata
            ));
        }
    }
    (outcome, lines)
}

/// RCODE, AA and TC, then the records, for a small query of class IN.
fn shown(name: &str, rtype: Rtype) -> Vec<String> {
    let (outcome, mut lines) = ask(name, rtype, Class::IN, false, 512);
    lines.insert(0, head(outcome));
    lines
}

fn head(outcome: Outcome) -> String {
    let aa = if outcome.authoritative { " aa" } else { "" };
    let tc = outcome
        .truncated
        .map_or_else(String::new, |truncation| format!(" tc {truncation:?}"));
    format!("{}{aa}{tc}", outcome.rcode)
}

const SOA: &str = "+@ 300 SOA ns.b.example. hostmaster.example. 7 3600 600 604800 300";

#[test]
fn rfc2308_3_negative_answers_have_the_soa_with_the_lower_ttl() {
    assert_eq!(shown("missing", Rtype::A), ["NXDOMAIN aa", SOA]);
    assert_eq!(shown("ns", Rtype::TXT), ["NOERROR aa", SOA]);
    assert_eq!(shown("y.z", Rtype::TXT), ["NOERROR aa", SOA]);
    assert_eq!(
        shown("@".replace('@', "example.").as_str(), Rtype::TXT),
        ["NOERROR aa", SOA]
    );
}

#[test]
fn rfc1034_4_3_2_data_comes_with_addresses_that_may_help_each_once() {
    assert_eq!(
        shown("mail", Rtype::MX),
        [
            "NOERROR aa",
            "mail 3600 MX 0 ns.example.",
            "mail 3600 MX 1 NS.example.",
            "mail 3600 MX 2 ns.b.example.",
            "?ns 3600 A 192.0.2.53",
            "?ns 3600 AAAA 2001:db8::53",
        ]
    );
    assert_eq!(
        shown("example.", Rtype::NS),
        [
            "NOERROR aa",
            "@ 3600 NS ns.b.example.",
            "@ 3600 NS ns.example.",
            "?ns.b 3600 A 192.0.2.1",
            "?ns.b 3600 AAAA 2001:db8::1",
            "?ns 3600 A 192.0.2.53",
            "?ns 3600 AAAA 2001:db8::53",
        ]
    );
    assert_eq!(
        shown("s", Rtype::HTTPS),
        [
            "NOERROR aa",
            "s 3600 HTTPS 1 . alpn=\"h2\"",
            "?s 3600 A 192.0.2.80"
        ]
    );
    assert_eq!(
        shown("t", Rtype::SRV),
        [
            "NOERROR aa",
            "t 3600 SRV 0 0 0 s.example.",
            "?s 3600 A 192.0.2.80"
        ]
    );
}

/// RFC 9460 section 2.5: the root stands for the owner, and no other target does.
#[test]
fn rfc9460_4_1_addresses_are_those_of_the_target() {
    assert_eq!(shown("with-target", Rtype::HTTPS)[2..], ["?s 3600 A 192.0.2.80"]);
}

#[test]
fn rfc4343_3_the_owner_of_an_answer_is_the_name_that_was_asked() {
    assert_eq!(
        shown("NS.Example.", Rtype::A),
        ["NOERROR aa", "NS.Example. 3600 A 192.0.2.53"]
    );
}

#[test]
fn rfc9471_3_referrals_have_glue_first_of_servers_below_the_cut() {
    assert_eq!(
        shown("x.b", Rtype::A),
        [
            "NOERROR",
            "+b 3600 NS ns.b.example.",
            "+b 3600 NS ns.c.example.",
            "+b 3600 NS ns.example.",
            "?ns.b 3600 A 192.0.2.1",
            "?ns.b 3600 AAAA 2001:db8::1",
            "?ns.c 3600 A 192.0.2.2",
            "?ns 3600 A 192.0.2.53",
            "?ns 3600 AAAA 2001:db8::53",
        ]
    );
    // Room for the servers and one address; then for the address below the cut, and for the smaller one of others.
    let (outcome, lines) = ask("x.b", Rtype::A, Class::IN, false, 110);
    assert_eq!(outcome.truncated, Some(Truncation::Glue));
    assert_eq!(lines.len(), 4, "{lines:?}");
    let (outcome, lines) = ask("x.b", Rtype::A, Class::IN, false, 140);
    assert_eq!(outcome.truncated, None, "{lines:?}");
    assert_eq!(lines.len(), 5, "{lines:?}");
}

#[test]
fn rfc4035_3_1_4_1_ds_is_answered_above_the_cut() {
    assert_eq!(shown("b", Rtype::DS), ["NOERROR aa", "b 3600 DS 1 8 2 00"]);
    assert_eq!(shown("c", Rtype::DS), ["NOERROR aa", SOA]);
    assert_eq!(shown("x.b", Rtype::DS)[0], "NOERROR");
    // To which an alias may lead.
    let ds = shown("cut", Rtype::DS);
    assert_eq!(ds[1..], ["cut 3600 CNAME b.example.", "b 3600 DS 1 8 2 00"]);
    assert_eq!(shown("cut", Rtype::TXT)[2], "+b 3600 NS ns.b.example.");
    // The zone is not signed, and nobody could believe it.
    let (_, lines) = ask("x.b", Rtype::A, Class::IN, true, 512);
    assert!(!lines.iter().any(|line| line.contains("DS")), "{lines:?}");
}

#[test]
fn rfc6604_2_aliases_are_followed_and_rcode_is_that_of_the_last_name() {
    assert_eq!(
        shown("alias", Rtype::TXT),
        [
            "NOERROR aa",
            "alias 3600 CNAME x.y.z.example.",
            "x.y.z 3600 TXT \"deep\""
        ]
    );
    assert_eq!(
        shown("alias", Rtype::CNAME),
        ["NOERROR aa", "alias 3600 CNAME x.y.z.example."]
    );
    assert_eq!(
        shown("alias", Rtype::A),
        ["NOERROR aa", "alias 3600 CNAME x.y.z.example.", SOA]
    );
    assert_eq!(
        shown("nowhere", Rtype::A),
        ["NXDOMAIN aa", "nowhere 3600 CNAME missing.example.", SOA]
    );
    assert_eq!(
        shown("outside", Rtype::A),
        ["NOERROR aa", "outside 3600 CNAME www.other."]
    );
    assert_eq!(
        shown("circle", Rtype::A),
        [
            "NOERROR aa",
            "circle 3600 CNAME circle2.example.",
            "circle2 3600 CNAME circle.example."
        ]
    );
    let down = shown("down", Rtype::A);
    assert_eq!(
        down[..3],
        [
            "NOERROR aa",
            "down 3600 CNAME a.b.example.",
            "+b 3600 NS ns.b.example."
        ]
    );
}

#[test]
fn rfc4592_3_3_3_a_wildcard_alias_that_leads_below_itself_comes_once_for_each_name() {
    assert_eq!(
        shown("u.w", Rtype::A),
        [
            "NOERROR aa",
            "u.w 3600 CNAME v.w.example.",
            "v.w 3600 CNAME v.w.example."
        ]
    );
}

#[test]
fn rfc6672_3_dname_redirects_what_is_below_it() {
    assert_eq!(
        shown("x.y.d", Rtype::TXT),
        [
            "NOERROR aa",
            "d 60 DNAME z.example.",
            "x.y.d 60 CNAME x.y.z.example.",
            "x.y.z 3600 TXT \"deep\""
        ]
    );
    assert_eq!(shown("d", Rtype::DNAME), ["NOERROR aa", "d 60 DNAME z.example."]);
    assert_eq!(shown("d", Rtype::TXT), ["NOERROR aa", SOA]);
    // What follows from the record is the answer, though nothing is there.
    assert_eq!(
        shown("missing.d", Rtype::CNAME),
        [
            "NOERROR aa",
            "d 60 DNAME z.example.",
            "missing.d 60 CNAME missing.z.example."
        ]
    );
    let name = format!("{0}.{0}.long", "b".repeat(30));
    let long = shown(&name, Rtype::A);
    assert_eq!((long[0].as_str(), long.len()), ("YXDOMAIN aa", 2));
    assert_eq!(
        shown("a.self", Rtype::A),
        [
            "NOERROR aa",
            "self 3600 DNAME self.example.",
            "a.self 3600 CNAME a.self.example."
        ]
    );
}

#[test]
fn rfc8482_4_1_any_gets_one_rrset() {
    assert_eq!(shown("ns", Rtype::ANY), ["NOERROR aa", "ns 3600 A 192.0.2.53"]);
    assert_eq!(shown("y.z", Rtype::ANY), ["NOERROR aa", SOA]);
    assert_eq!(
        shown("alias", Rtype::ANY),
        ["NOERROR aa", "alias 3600 CNAME x.y.z.example."]
    );
    assert_eq!(shown("x.b", Rtype::ANY)[0], "NOERROR");
}

#[test]
fn rfc4035_3_1_1_signatures_come_if_they_are_wanted_or_asked_for() {
    let (_, plain) = ask("mail", Rtype::MX, Class::IN, false, 512);
    let (_, signed) = ask("mail", Rtype::MX, Class::IN, true, 512);
    assert_eq!(
        signed[3],
        "mail 3600 RRSIG MX 8 2 3600 20300101000000 20200101000000 1 example. AAAA"
    );
    assert_eq!([&signed[..3], &signed[4..]].concat(), plain);
    assert_eq!(shown("mail", Rtype::RRSIG)[1], signed[3]);
    assert_eq!(shown("ns", Rtype::RRSIG), ["NOERROR aa", SOA]);
    // All signatures of the name, or the response is truncated.
    let of_two = |limit| {
        let (outcome, lines) = ask("two", Rtype::RRSIG, Class::IN, false, limit);
        (head(outcome), lines.len())
    };
    assert_eq!(of_two(512), ("NOERROR aa".to_string(), 2));
    assert_eq!(of_two(80), ("NOERROR aa tc Answer".to_string(), 1));
    // There is room for the records, but not for their signature.
    let (outcome, lines) = ask("mail", Rtype::MX, Class::IN, true, 100);
    assert_eq!((outcome.truncated, lines.len()), (Some(Truncation::Answer), 0));
}

#[test]
fn rfc2181_9_what_does_not_fit_is_left_out_whole() {
    let (outcome, lines) = ask("big", Rtype::TXT, Class::IN, false, 140);
    assert_eq!((head(outcome).as_str(), lines.len()), ("NOERROR aa tc Answer", 0));
    let (outcome, lines) = ask("missing", Rtype::TXT, Class::IN, false, 60);
    assert_eq!(
        (head(outcome).as_str(), lines.len()),
        ("NXDOMAIN aa tc Authority", 0)
    );
    let (outcome, lines) = ask("x.b", Rtype::TXT, Class::IN, false, 60);
    assert_eq!((head(outcome).as_str(), lines.len()), ("NOERROR tc Authority", 0));
    // The MX records fit, the addresses only help.
    let (outcome, lines) = ask("mail", Rtype::MX, Class::IN, false, 95);
    assert_eq!((head(outcome).as_str(), lines.len()), ("NOERROR aa", 3));
}

#[test]
fn what_is_no_type_of_data_in_the_class_of_a_zone_is_refused() {
    for (name, rtype, class, rcode) in [
        ("ns", Rtype::A, Class::CH, Rcode::REFUSED),
        ("ns", Rtype::A, Class::ANY, Rcode::REFUSED),
        ("other.", Rtype::A, Class::IN, Rcode::REFUSED),
        ("example.", Rtype::AXFR, Class::IN, Rcode::REFUSED),
        ("example.", Rtype::IXFR, Class::IN, Rcode::REFUSED),
        ("ns", Rtype::NXNAME, Class::IN, Rcode::FORMERR),
        ("ns", Rtype::OPT, Class::IN, Rcode::NOTIMP),
        ("ns", Rtype::MAILA, Class::IN, Rcode::NOTIMP),
        ("ns", Rtype::TSIG, Class::IN, Rcode::NOTIMP),
    ] {
        let (outcome, lines) = ask(name, rtype, class, false, 512);
        let extended_error = outcome.extended_error;
        assert_eq!(
            outcome,
            Outcome {
                extended_error,
                ..Outcome::bare(rcode)
            },
            "{name} {rtype} {class}"
        );
        assert!(extended_error.is_some(), "{name} {rtype} {class}");
        assert!(lines.is_empty());
    }
}

#[test]
fn rfc9619_a_query_has_one_question() {
    let name: Name = "example.".parse().unwrap();
    for count in 0..3 {
        let mut out = BytesMut::new();
        let mut writer = MessageWriter::new(&mut out, 512, 1, Flags::default());
        for _ in 0..count {
            writer.question(&name, Rtype::A, Class::IN).unwrap();
        }
        writer.finish();
        let question = question(Message::parse(&out).unwrap());
        let expected = if count == 1 {
            Ok(Rtype::A)
        } else {
            Err(Rcode::FORMERR)
        };
        assert_eq!(question.map(|question| question.rtype), expected);
    }
}
