//! What stands before the answer.

use super::*;
use crate::wire::{Question, Section};

#[test]
fn rfc1035_4_1_1_a_response_is_never_answered_and_nothing_without_a_whole_header_is() {
    let mut server = Server::default();
    let response = query_with(
        Flags::default().with_qr(true),
        "ns.example.",
        Rtype::A,
        Class::IN,
        None,
    );
    assert_eq!(server.handle(&response).0, Responded::Ignored(Ignored::NotAQuery));
    // Not even with FORMERR.
    assert_eq!(
        server.handle(&response[..20]).0,
        Responded::Ignored(Ignored::NotAQuery)
    );
    assert_eq!(
        server.handle(&response[..11]).0,
        Responded::Ignored(Ignored::Malformed { offset: 11 })
    );
    assert_eq!(
        server.handle(&[]).0,
        Responded::Ignored(Ignored::Malformed { offset: 0 })
    );
}

#[test]
fn no_datagram_goes_to_port_0() {
    let mut server = Server::default();
    server.peer.set_port(0);
    let asked = query("ns.example.", Rtype::A, None);
    assert_eq!(server.handle(&asked).0, Responded::Ignored(Ignored::PortZero));
}

#[test]
fn rfc6891_7_a_response_is_made_anew_and_repeats_what_belongs_into_it() {
    // All flags but QR, among them those that only responses have.
    let flags = Flags(0x07FF);
    let opt = Opt {
        udp_payload: 4096,
        dnssec_ok: true,
        ..Opt::default()
    };
    let mut server = Server::default();
    let reply = server.reply(&query_with(flags, "nS.Example.", Rtype::A, Class::IN, Some(&opt)));
    assert_eq!(
        (reply.id(), head(&reply).as_str()),
        (0xABCD, "QUERY NOERROR qr aa rd")
    );
    let question = Question::new("nS.Example.".parse().unwrap(), Rtype::A);
    assert_eq!(reply.questions().len(), 1);
    assert_eq!(reply.questions()[0], question);
    assert!(reply.questions()[0].name.view().same_octets(&question.name));
    assert_eq!(reply.records(Section::Answer).len(), 2);
    let opt = reply.opt().unwrap();
    assert_eq!((opt.udp_payload(), opt.version(), opt.flags()), (1232, 0, 0x8000));
}

#[test]
fn rfc9619_3_a_query_has_one_question() {
    let mut server = Server::default();
    let mut asked = query("ns.example.", Rtype::A, None);
    let question = asked[12..].to_vec();
    asked.extend_from_slice(&question);
    asked[5] = 2;
    let reply = server.reply(&asked);
    assert_eq!(
        (head(&reply).as_str(), reply.questions().len()),
        ("QUERY FORMERR qr", 0)
    );
    asked.truncate(12);
    asked[5] = 0;
    let reply = server.reply(&asked);
    assert_eq!(
        (head(&reply).as_str(), reply.questions().len()),
        ("QUERY FORMERR qr", 0)
    );
}

#[test]
fn rfc1035_4_1_1_what_cannot_be_read_gets_formerr_without_anything_behind_the_header() {
    let mut server = Server::default();
    let asked = query_with(
        Flags::default().with_rd(true),
        "ns.example.",
        Rtype::A,
        Class::IN,
        None,
    );
    let (_, out) = server.handle(&asked[..20]);
    assert_eq!(out, [0xAB, 0xCD, 0x81, 0x01, 0, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn rfc8906_3_1_4_opcodes_that_are_not_implemented_get_notimp() {
    let mut server = Server::new(ResponderConfig {
        notify: AccessRules::all(Access::Allow),
        ..ResponderConfig::default()
    });
    for opcode in 1..16 {
        let flags = Flags::default().with_opcode(Opcode(opcode));
        let reply = server.reply(&query_with(
            flags,
            "example.",
            Rtype::SOA,
            Class::IN,
            Some(&Opt::default()),
        ));
        assert_eq!((reply.opcode(), reply.rcode()), (Opcode(opcode), Rcode::NOTIMP));
        assert_eq!(
            reply.questions().len(),
            usize::from(Opcode(opcode) == Opcode::NOTIFY),
            "{opcode}"
        );
        assert!(reply.opt().is_some(), "RFC 6891 section 6.1.1");
        assert!(!reply.flags().aa());
    }
    let notify = query_with(
        Flags::default().with_opcode(Opcode::NOTIFY),
        "example.",
        Rtype::SOA,
        Class::IN,
        None,
    );
    let reply = Server::default().reply(&notify);
    assert_eq!(head(&reply), "NOTIFY REFUSED qr");
}

#[test]
fn access_is_granted_by_prefix_and_listener_separately_for_notify() {
    let prefix = |text: &str| Some(text.parse().unwrap());
    let rule = |peers, listener, access| AccessRule {
        peers,
        listener,
        key: None,
        access,
    };
    let mut server = Server::new(ResponderConfig {
        queries: AccessRules {
            rules: alloc::vec![
                rule(prefix("192.0.2.128/25"), None, Access::Drop),
                rule(prefix("192.0.2.0/24"), Some(ListenerId(1)), Access::Refuse),
                rule(prefix("192.0.2.0/24"), None, Access::Allow),
            ],
            otherwise: Access::Refuse,
        },
        notify: AccessRules::all(Access::Drop),
        ..ResponderConfig::default()
    });
    let asked = query("ns.example.", Rtype::A, Some(&Opt::default()));
    assert_eq!(server.reply(&asked).rcode(), Rcode::NOERROR);
    let refused = server.listener(ListenerId(1)).reply(&asked);
    assert_eq!(head(&refused), "QUERY REFUSED qr");
    assert_eq!(extended_errors(&refused), [InfoCode::PROHIBITED]);
    assert!(refused.records(Section::Answer).is_empty());
    server.listener(ListenerId(0)).peer = "[::ffff:192.0.2.200]:53".parse().unwrap();
    assert_eq!(server.handle(&asked).0, Responded::Ignored(Ignored::Denied));
    // It is not even looked at.
    assert_eq!(server.handle(&asked[..20]).0, Responded::Ignored(Ignored::Denied));
    server.peer = "[2001:db8::1]:53".parse().unwrap();
    assert_eq!(server.reply(&asked).rcode(), Rcode::REFUSED);
    server.peer = "192.0.2.1:53".parse().unwrap();
    let notify = query_with(
        Flags::default().with_opcode(Opcode::NOTIFY),
        "example.",
        Rtype::SOA,
        Class::IN,
        None,
    );
    assert_eq!(server.handle(&notify).0, Responded::Ignored(Ignored::Denied));
}

#[test]
fn answers_come_from_elsewhere_for_those_who_may_and_want() {
    let flags = Flags::default().with_rd(true).with_cd(true);
    let asked = |name| query_with(flags, name, Rtype::A, Class::IN, Some(&Opt::default()));
    let unwanted = query("www.other.", Rtype::A, None);
    let mut closed = Server::default();
    let reply = closed.reply(&asked("www.other."));
    assert_eq!(head(&reply), "QUERY REFUSED qr rd");
    assert_eq!(extended_errors(&reply), [InfoCode::NOT_AUTHORITATIVE]);
    let mut open = Server::new(ResponderConfig {
        recursion: AccessRules::all(Access::Allow),
        ..ResponderConfig::default()
    });
    assert_eq!(open.handle(&asked("www.other.")).0, Responded::Elsewhere);
    assert_eq!(head(&open.reply(&unwanted)), "QUERY REFUSED qr ra");
    assert_eq!(
        head(&open.reply(&asked("ns.example."))),
        "QUERY NOERROR qr aa rd ra cd"
    );
}

#[test]
fn rfc6891_6_1_3_a_response_code_that_needs_an_opt_record_is_not_cut_without_one() {
    let policy = Policy::new(ResponderConfig::default()).unwrap();
    let mut shard = Shard::new(&policy, &Seed::from_number(1));
    for (opt, rcode) in [(None, Rcode::SERVFAIL), (Some(Opt::default()), Rcode::BADCOOKIE)] {
        let data = query("www.other.", Rtype::A, opt.as_ref());
        let request = Request {
            peer: "192.0.2.1:53001".parse().unwrap(),
            listener: ListenerId(0),
            transport: Transport::Datagram,
            data: &data,
        };
        let mut out = BytesMut::new();
        let now = Now::without_wall(Instant::ZERO);
        let responded = respond_with(&policy, &mut shard, now, &request, &mut out, |_, _| {
            Some(Outcome::bare(Rcode::BADCOOKIE))
        });
        let truncated = None;
        assert_eq!(responded, Responded::Reply(Reply { rcode, truncated }));
        assert_eq!(Message::parse(&out).unwrap().rcode(), rcode);
    }
}

/// RFC 6840 section 5.8: a client that knows nothing of AD does not get it.
#[test]
fn rfc6840_5_8_ad_is_for_those_who_understand_it() {
    let policy = Policy::new(ResponderConfig::default()).unwrap();
    let mut shard = Shard::new(&policy, &Seed::from_number(1));
    let dnssec_ok = Opt {
        dnssec_ok: true,
        ..Opt::default()
    };
    for (flags, opt, expected) in [
        (Flags::default(), None, false),
        (Flags::default(), Some(Opt::default()), false),
        (Flags::default().with_ad(true), None, true),
        (Flags::default(), Some(dnssec_ok), true),
    ] {
        let data = query_with(flags, "www.other.", Rtype::A, Class::IN, opt.as_ref());
        let request = Request {
            peer: "192.0.2.1:53001".parse().unwrap(),
            listener: ListenerId(0),
            transport: Transport::Datagram,
            data: &data,
        };
        let mut out = BytesMut::new();
        let now = Now::without_wall(Instant::ZERO);
        let responded = respond_with(&policy, &mut shard, now, &request, &mut out, |query, out| {
            assert_eq!(query.question.rtype, Rtype::A);
            out.set_flags(out.flags().with_ad(true));
            Some(Outcome::bare(Rcode::NOERROR))
        });
        assert!(matches!(responded, Responded::Reply(_)));
        assert_eq!(Message::parse(&out).unwrap().flags().ad(), expected, "{flags:?}");
    }
}
