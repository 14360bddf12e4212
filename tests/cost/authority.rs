//! What an answer with authority costs.

use std::time::Duration;

use bytes::BytesMut;
use nameward_core::flow::ListenerId;
use nameward_core::machine::Ignored;
use nameward_core::seed::Seed;
use nameward_core::server::answer::answer;
use nameward_core::server::respond::{
    CookieConfig, CookieSecret, Policy, RateLimit, Request, Responded, ResponderConfig, Shard, Transport,
    respond,
};
use nameward_core::time::{Instant, Now, UnixTime};
use nameward_core::wire::{
    Class, Flags, Message, MessageWriter, Name, Opcode, Opt, OptionCode, QuestionRef, Rcode, Rdata, Record,
    Rtype, Section,
};
use nameward_core::zone::{Zone, ZoneBuilder, Zones};
use nameward_tests::{signing, zones};

use super::allocations;

fn zone(text: &str) -> Zone {
    zones::zone("example.", text)
}

/// A part of a name, too long for the room that a name has in itself.
const LONG: &str = "a-label-that-is-longer-than-the-forty-octets.which-have-room-in-a-name-itself";

fn example() -> Zone {
    let (long, many) = (LONG, "x".repeat(200));
    zone(&format!(
        "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nns RRSIG A 8 2 60 20300101000000 20200101000000 1 example. AAAA\n\
         alias CNAME {long}\n{long} MX 0 ns\n*.wild TXT x\ndname DNAME {long}.other.\nself DNAME self\n\
         many TXT {many} {many} {many}\ncut NS ns.cut\ncut DS 1 8 2 00\nns.cut A 192.0.2.2\nplain.cuts NS ns\n"
    ))
}

/// The zone, and the zone signed in each way to deny.
fn examples() -> Vec<Zone> {
    let plain = example();
    let signed: Vec<Zone> = signing::denials()
        .iter()
        .map(|(_, denial)| signing::signed(&plain, denial))
        .collect();
    [vec![plain], signed].concat()
}

/// Beside what grows with it, a zone takes the room of a handle.
#[test]
fn a_zone_takes_as_much_memory_as_it_says() {
    let hosts: String = (0..500)
        .map(|number| format!("h{number} A 192.0.2.1\n"))
        .collect();
    let plain = zone(&format!("@ 60 SOA ns.h1 h 1 2 3 4 5\n@ NS h1\n{hosts}"));
    let signed = signing::denials()
        .into_iter()
        .map(|(_, denial)| signing::signed(&plain, &denial));
    for zone in signed.chain([plain.clone()]) {
        let records = records(&zone);
        let mut again = None;
        let counted = allocation_counter::measure(|| {
            let mut builder = ZoneBuilder::new(zone.apex().clone(), Class::IN);
            records.iter().for_each(|record| builder.add_record(record));
            again = builder.build().zone;
        });
        let said = i64::try_from(again.expect("it was a zone").octets()).unwrap();
        let beside = counted.bytes_current - said;
        assert!((0..512).contains(&beside), "{beside} octets beside {said}");
    }
}

fn records(zone: &Zone) -> Vec<Record> {
    let mut records = Vec::new();
    for node in zone.nodes() {
        for set in node.rrsets() {
            let signatures = set.signatures().map(|octets| Rdata::opaque(Rtype::RRSIG, octets));
            records.extend(set.rdata().chain(signatures).map(|rdata| Record {
                owner: node.name().to_name(),
                class: Class::IN,
                ttl: set.ttl(),
                rdata,
            }));
        }
    }
    records
}

#[test]
fn an_answer_allocates_nothing() {
    let long = LONG;
    let mut out = BytesMut::with_capacity(1232);
    for zone in examples() {
        let mut proofs = 0;
        for (name, rtype, rcode) in [
            ("ns", Rtype::A, Rcode::NOERROR),
            ("ns", Rtype::TXT, Rcode::NOERROR),
            ("missing", Rtype::A, Rcode::NXDOMAIN),
            ("alias", Rtype::MX, Rcode::NOERROR),
            ("x.wild", Rtype::TXT, Rcode::NOERROR),
            ("x.wild", Rtype::A, Rcode::NOERROR),
            (&format!("x.{long}.dname"), Rtype::A, Rcode::NOERROR),
            (&format!("{long}.{long}"), Rtype::A, Rcode::NXDOMAIN),
            ("x.self", Rtype::A, Rcode::NOERROR),
            ("x.cut", Rtype::A, Rcode::NOERROR),
            ("x.plain.cuts", Rtype::A, Rcode::NOERROR),
            ("cuts", Rtype::A, Rcode::NOERROR),
            ("cut", Rtype::DS, Rcode::NOERROR),
            ("ns", Rtype::ANY, Rcode::NOERROR),
            ("ns", Rtype::AXFR, Rcode::REFUSED),
        ] {
            let name: Name = format!("{name}.example.").parse().unwrap();
            let question = QuestionRef {
                name: name.view(),
                rtype,
                class: Class::IN,
            };
            for limit in [100, 512, 1232] {
                let (count, outcome) = allocations(|| {
                    out.clear();
                    let mut writer = MessageWriter::new(&mut out, limit, 1, Flags::default());
                    let asked = writer.question(question.name, rtype, Class::IN);
                    let outcome = answer(&zone, question, true, &mut writer);
                    writer.finish();
                    asked.map(|()| outcome)
                });
                assert_eq!(count, 0, "{name} {rtype}");
                if let Ok(outcome) = outcome {
                    assert_eq!(outcome.rcode, rcode, "{name} {rtype}");
                }
            }
            let denies = |rtype| matches!(rtype, Rtype::NSEC | Rtype::NSEC3);
            let authority = Message::parse(&out).unwrap().records(Section::Authority);
            proofs += authority.filter(|record| denies(record.rtype)).count();
        }
        let mut signatures = zone
            .nodes()
            .flat_map(|node| node.rrsets())
            .flat_map(|set| set.signatures());
        let signed = signatures.nth(1).is_some();
        assert_eq!(
            proofs > 5,
            signed,
            "{proofs} records prove what {zone:?} does not have"
        );
    }
}

/// A request for a name in the zone.
fn request(flags: Flags, name: &str, rtype: Rtype, class: Class, opt: Option<&Opt>) -> Vec<u8> {
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, 1, flags);
    let name: Name = name.parse().unwrap();
    writer.question(&name, rtype, class).unwrap();
    if let Some(opt) = opt {
        writer.opt(opt).unwrap();
    }
    writer.finish();
    out.to_vec()
}

fn with(options: &[(OptionCode, &[u8])]) -> Opt {
    let mut opt = Opt::default();
    options.iter().for_each(|(code, data)| {
        opt.options.push(*code, data);
    });
    opt
}

/// A server with all that it can have, in a datagram.
struct Server {
    zones: Zones,
    policy: Policy,
    shard: Shard,
    out: BytesMut,
}

impl Server {
    fn new(rate_limit: RateLimit, zone: Zone) -> Self {
        let policy = Policy::new(ResponderConfig {
            nsid: b"the server".to_vec(),
            version: Some("Nameward".into()),
            cookies: Some(CookieConfig {
                secret: CookieSecret::from_bytes([7; 16]),
                other: Some(CookieSecret::from_bytes([8; 16])),
                required: false,
            }),
            rate_limit: Some(rate_limit),
            keepalive: Some(Duration::from_secs(10)),
            ..ResponderConfig::default()
        })
        .unwrap();
        Self {
            zones: Zones::new([zone]),
            shard: Shard::new(&policy, &Seed::from_number(1)),
            policy,
            out: BytesMut::with_capacity(1232),
        }
    }

    /// What becomes of a datagram, and whether it took memory.
    fn respond(&mut self, data: &[u8]) -> (u64, Responded) {
        let request = Request {
            peer: "192.0.2.1:53001".parse().unwrap(),
            listener: ListenerId(0),
            transport: Transport::Datagram,
            data,
        };
        let now = Now {
            mono: Instant::ZERO,
            wall: Some(UnixTime::from_secs(1_800_000_000)),
        };
        allocations(|| {
            self.out.clear();
            respond(
                &self.zones,
                &self.policy,
                &mut self.shard,
                now,
                &request,
                &mut self.out,
            )
        })
    }
}

#[test]
fn a_response_to_a_datagram_allocates_nothing_whatever_it_is() {
    examples().into_iter().for_each(no_response_allocates);
}

fn no_response_allocates(zone: Zone) {
    let unlimited = RateLimit {
        answers: 0,
        denials: 0,
        referrals: 0,
        errors: 0,
        ..RateLimit::default()
    };
    let mut server = Server::new(unlimited, zone);
    let query = |name: &str, rtype, opt: &Opt| request(Flags::default(), name, rtype, Class::IN, Some(opt));
    let plain = Opt::default();
    let dnssec = Opt {
        dnssec_ok: true,
        ..Opt::default()
    };
    let small = Opt {
        udp_payload: 512,
        ..dnssec.clone()
    };
    let client = with(&[(OptionCode::COOKIE, b"12345678")]);
    server
        .respond(&query("ns.example.", Rtype::A, &client))
        .1
        .expect_rcode(Rcode::NOERROR);
    let cookies = Message::parse(&server.out)
        .unwrap()
        .opt()
        .unwrap()
        .options()
        .next()
        .unwrap()
        .data
        .to_vec();
    let verified = with(&[(OptionCode::COOKIE, &cookies), (OptionCode::NSID, b"")]);
    let wrong = with(&[(OptionCode::COOKIE, &[7; 24]), (OptionCode::PADDING, &[0; 100])]);
    let broken = with(&[(OptionCode::COOKIE, &[7; 9])]);
    let notify = Flags::default().with_opcode(Opcode::NOTIFY);
    let alone = {
        let mut octets = query(".", Rtype::A, &client);
        octets.drain(12..17);
        octets[5] = 0;
        octets
    };
    for (data, rcode) in [
        (
            request(Flags::default(), "ns.example.", Rtype::A, Class::IN, None),
            Rcode::NOERROR,
        ),
        (query("ns.example.", Rtype::A, &dnssec), Rcode::NOERROR),
        (query("missing.example.", Rtype::A, &dnssec), Rcode::NXDOMAIN),
        (query("ns.example.", Rtype::SRV, &plain), Rcode::NOERROR),
        (query("ns.example.", Rtype::SRV, &dnssec), Rcode::NOERROR),
        (query("x.wild.example.", Rtype::TXT, &dnssec), Rcode::NOERROR),
        (query("x.plain.cuts.example.", Rtype::A, &dnssec), Rcode::NOERROR),
        (query("x.cut.example.", Rtype::A, &dnssec), Rcode::NOERROR),
        (query("alias.example.", Rtype::MX, &plain), Rcode::NOERROR),
        (
            query(&format!("x.{LONG}.dname.example."), Rtype::A, &plain),
            Rcode::NOERROR,
        ),
        (
            query(&format!("{}x.example.", "a.".repeat(110)), Rtype::A, &plain),
            Rcode::NXDOMAIN,
        ),
        (query("many.example.", Rtype::TXT, &small), Rcode::NOERROR),
        (query("ns.example.", Rtype::A, &client), Rcode::NOERROR),
        (query("ns.example.", Rtype::A, &verified), Rcode::NOERROR),
        (query("ns.example.", Rtype::A, &wrong), Rcode::NOERROR),
        (query("ns.example.", Rtype::A, &broken), Rcode::FORMERR),
        (
            query(
                "ns.example.",
                Rtype::A,
                &Opt {
                    version: 1,
                    ..Opt::default()
                },
            ),
            Rcode::BADVERS,
        ),
        (query("other.", Rtype::A, &plain), Rcode::REFUSED),
        (query("ns.example.", Rtype::AXFR, &plain), Rcode::REFUSED),
        (
            query("ns.example.", Rtype::A, &plain)[..20].to_vec(),
            Rcode::FORMERR,
        ),
        (
            request(notify, "example.", Rtype::SOA, Class::IN, Some(&plain)),
            Rcode::REFUSED,
        ),
        (
            request(
                Flags::default(),
                "version.bind.",
                Rtype::TXT,
                Class::CH,
                Some(&plain),
            ),
            Rcode::NOERROR,
        ),
        (alone, Rcode::NOERROR),
    ] {
        let (count, responded) = server.respond(&data);
        responded.expect_rcode(rcode);
        assert_eq!(count, 0, "{data:02x?}");
    }
    assert!(truncated(
        server.respond(&query("many.example.", Rtype::TXT, &small)).1
    ));
    let (count, responded) = server.respond(&request(
        Flags::default().with_qr(true),
        "ns.example.",
        Rtype::A,
        Class::IN,
        None,
    ));
    assert_eq!((count, responded), (0, Responded::Ignored(Ignored::NotAQuery)));
}

#[test]
fn a_response_that_is_too_much_allocates_nothing() {
    let limit = |slip| RateLimit {
        answers: 1,
        burst: 1,
        slip,
        ..RateLimit::default()
    };
    let asked = |opt: &Opt| request(Flags::default(), "ns.example.", Rtype::A, Class::IN, Some(opt));
    let mut dropping = Server::new(limit(0), example());
    dropping
        .respond(&asked(&Opt::default()))
        .1
        .expect_rcode(Rcode::NOERROR);
    let dropped = dropping.respond(&asked(&Opt::default()));
    assert_eq!(dropped, (0, Responded::Ignored(Ignored::RateLimited)));
    let mut slipping = Server::new(limit(1), example());
    slipping
        .respond(&asked(&Opt::default()))
        .1
        .expect_rcode(Rcode::NOERROR);
    let (count, slipped) = slipping.respond(&asked(&Opt::default()));
    assert!(count == 0 && truncated(slipped));
    let (count, slipped) = slipping.respond(&asked(&with(&[(OptionCode::COOKIE, b"12345678")])));
    assert_eq!(count, 0);
    slipped.expect_rcode(Rcode::BADCOOKIE);
}

fn truncated(responded: Responded) -> bool {
    matches!(responded, Responded::Reply(reply) if reply.truncated.is_some())
}

trait ExpectRcode {
    fn expect_rcode(self, rcode: Rcode);
}

impl ExpectRcode for Responded {
    fn expect_rcode(self, rcode: Rcode) {
        match self {
            Self::Reply(reply) => assert_eq!(reply.rcode, rcode),
            other => panic!("{other:?}, not {rcode}"),
        }
    }
}
