//! What a server says to any octets.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

use allocation_counter::measure;
use bytes::{Bytes, BytesMut};
use nameward_core::dnssec::{FLAG_ZONE, Validity, ZoneSigner};
use nameward_core::flow::ListenerId;
use nameward_core::machine::{Action, Ignored, Input, Machine as _, Output};
use nameward_core::seed::{Rng, Seed};
use nameward_core::server::respond::{
    Access, AccessRules, CookieConfig, CookieSecret, Policy, RateLimit, Request, Responded, ResponderConfig,
    Shard, Transport, respond,
};
use nameward_core::server::session::{Session, SessionConfig};
use nameward_core::text::zone::{ZoneReaderConfig, read_records};
use nameward_core::time::{Instant, Now, UnixTime};
use nameward_core::wire::{Class, Message, Name, Record, Section};
use nameward_core::zone::{Denial, SigningConfig, Zone, ZoneBuilder, Zones, sign_zone};

use crate::pretended::key;
use crate::steps::at_most;

/// The zone has a node of each kind, and an RRset that no datagram has room for.
const ZONE: &str = "\
$TTL 60
@ SOA ns h 1 2 3 4 5
@ NS ns
@ RRSIG SOA 8 1 60 20300101000000 20200101000000 1 . AAAA
ns A 192.0.2.1
a CNAME b
b DNAME c
*.c CNAME a.b
d NS ns.d
d NS ns
d DS 1 8 2 00
f NS ns.f
ns.f A 192.0.2.2
g.h A 192.0.2.3
ns.d AAAA 2001:db8::1
e MX 0 ns
e HTTPS 1 . alpn=h2
";

/// Takes `data` as what the server is like, and what arrives there three times.
pub fn body(data: &[u8]) {
    let Some((&[kind, payload], data)) = data.split_first_chunk() else {
        return;
    };
    let policy = policy(kind, payload);
    let transport = match kind & 3 {
        0 | 1 => Transport::Datagram,
        2 => Transport::Stream,
        _ => Transport::SecureStream,
    };
    let mut shard = Shard::new(&policy, &Seed::from_number(1));
    let mut out = BytesMut::with_capacity(65_536);
    let zones = &zones()[if kind & 0x40 == 0 {
        0
    } else {
        1 + usize::from(payload % 3)
    }];
    let mut session = session(&policy, zones);
    for seconds in 0..3 {
        let request = Request {
            peer: ([192, 0, 2, 1], 53_001).into(),
            listener: ListenerId(0),
            transport,
            data,
        };
        let now = Now {
            mono: Instant::ZERO,
            wall: (kind & 0x80 == 0).then(|| UnixTime::from_secs(1_800_000_000 + seconds)),
        };
        out.clear();
        // All names of the request and of the response, some times each.
        let steps = 20_000 + 64 * data.len();
        let mut responded = None;
        let counted = at_most(steps, || {
            measure(|| responded = Some(respond(zones, &policy, &mut shard, now, &request, &mut out)))
        });
        if transport == Transport::Datagram {
            assert_eq!(counted.count_total, 0, "a datagram took memory");
        }
        let responded = responded.expect("it was called");
        check(&policy, &request, responded, &out);
        if transport == Transport::Datagram && !matches!(responded, Responded::Elsewhere) {
            let said = say(&mut session, now, &request);
            let expected = matches!(responded, Responded::Reply(_)).then_some(&out[..]);
            assert_eq!(said.as_deref(), expected, "the session says something else");
        }
    }
}

/// What can be said of a response without knowing the zone.
fn check(policy: &Policy, request: &Request<'_>, responded: Responded, out: &[u8]) {
    let data = request.data;
    let is_response = data.get(2).is_some_and(|octet| octet & 0x80 != 0);
    let reply = match responded {
        Responded::Reply(reply) => reply,
        Responded::Elsewhere => return assert!(out.is_empty()),
        Responded::Ignored(why) => {
            assert!(out.is_empty());
            return match why {
                Ignored::NotAQuery => assert!(is_response),
                Ignored::Malformed { .. } => assert!(data.len() < 12),
                Ignored::RateLimited => assert!(policy.config().rate_limit.is_some()),
                other => panic!("ignored: {other}"),
            };
        }
    };
    assert!(data.len() >= 12 && !is_response);
    let message = Message::parse(out).expect("a response can be read");
    assert_eq!(out.get(..2), data.get(..2), "the ID is another");
    // QR is set, opcode and RD are repeated.
    assert_eq!(out[2] & 0b1111_1001, data[2] & 0b0111_1001 | 0x80);
    assert_eq!(
        (message.rcode(), message.flags().tc()),
        (reply.rcode, reply.truncated.is_some())
    );
    let asked = Message::parse(data).ok();
    let asked_opt = asked
        .and_then(|asked| asked.opt())
        .filter(|_| policy.config().edns);
    assert_eq!(message.opt().is_some(), asked_opt.is_some());
    let limit = match (request.transport, asked_opt) {
        (Transport::Stream | Transport::SecureStream, _) => 65_535,
        (Transport::Datagram, None) => 512,
        (Transport::Datagram, Some(opt)) => opt.udp_payload().max(512).min(policy.config().udp_payload),
    };
    assert!(
        out.len() <= usize::from(limit),
        "{} octets, and {limit} were taken",
        out.len()
    );
    if let (Some(opt), Some(asked)) = (message.opt(), asked_opt) {
        assert_eq!(
            (opt.version(), opt.dnssec_ok(), opt.flags() & 0x7FFF),
            (0, asked.dnssec_ok(), 0)
        );
        assert_eq!(opt.udp_payload(), policy.config().udp_payload);
    }
    for question in message.questions() {
        let asked = asked
            .and_then(Message::question)
            .expect("there is a question to repeat");
        assert!(question.repeats(&asked.to_question()));
    }
    let mut seen = BTreeSet::new();
    for record in Section::ALL
        .into_iter()
        .flat_map(|section| message.records(section))
    {
        let record = record.to_record().expect("a record of ours is in order");
        let Record {
            owner, class, rdata, ..
        } = record.to_canonical(0);
        let fresh = seen.insert((owner, class, rdata.rtype(), rdata.octets().to_vec()));
        assert!(fresh, "there twice: {record}");
    }
    let mut errors = nameward_core::edns::violations(message, request.transport.proto());
    assert_eq!(errors.next(), None, "the OPT record breaks the protocol");
}

fn policy(kind: u8, payload: u8) -> Policy {
    let bit = |bit: u8| kind & bit != 0;
    let limit = RateLimit {
        answers: 1,
        errors: 1,
        burst: 1,
        buckets: 4,
        ..RateLimit::default()
    };
    let config = ResponderConfig {
        edns: payload != 0xFF,
        udp_payload: 512 + u16::from(payload) * 14,
        nsid: b"here".to_vec(),
        version: Some("Nameward".into()),
        notify: AccessRules::all(Access::Allow),
        recursion: AccessRules::all(if bit(0x10) { Access::Allow } else { Access::Refuse }),
        cookies: bit(0x04).then(|| CookieConfig {
            secret: CookieSecret::from_bytes([1; 16]),
            other: None,
            required: bit(0x08),
        }),
        rate_limit: bit(0x20).then_some(limit),
        keepalive: Some(Duration::from_secs(10)),
        ..ResponderConfig::default()
    };
    Policy::new(config).expect("all values lie in their ranges")
}

/// A session that is like this.
fn session(policy: &Policy, zones: &Zones) -> Session {
    let config = SessionConfig {
        zones: zones.clone(),
        responder: policy.config().clone(),
        ..SessionConfig::default()
    };
    Session::new(Seed::from_number(1), config).expect("what does for a responder does for a session")
}

/// What a session says to a datagram.
fn say(session: &mut Session, now: Now, request: &Request<'_>) -> Option<Bytes> {
    let input = Input::Request {
        listener: request.listener,
        peer: request.peer,
        local: None,
        data: request.data,
    };
    session.handle(now, input);
    let mut said = None;
    loop {
        match session.poll() {
            Output::Do(Action::Reply { data, .. }) => {
                assert!(said.replace(data).is_none(), "one datagram, two responses");
            }
            Output::Idle(_) => return said,
            _ => {}
        }
    }
}

/// The zone as it is, and signed with NSEC, with NSEC3 and a salt, and with opt-out.
fn zones() -> &'static [Zones; 4] {
    static ZONES: OnceLock<[Zones; 4]> = OnceLock::new();
    ZONES.get_or_init(|| {
        let big: String = (0..20)
            .map(|number| format!("big TXT {number}{}\n", "x".repeat(240)))
            .collect();
        let text = format!("{ZONE}{big}");
        let records = read_records(text.as_bytes(), Name::root(), ZoneReaderConfig::default());
        let plain = zone_of(&records.expect("the zone is in order"));
        let nsec3 = |iterations, salt: &[u8], opt_out| Denial::Nsec3 {
            iterations,
            salt: salt.to_vec(),
            opt_out,
        };
        let denials = [Denial::Nsec, nsec3(2, b"salt", false), nsec3(0, b"", true)];
        let [nsec, salted, opt_out] = denials.map(|denial| signed(&plain, denial));
        [plain, nsec, salted, opt_out].map(|zone| Zones::new([zone]))
    })
}

fn signed(zone: &Zone, denial: Denial) -> Zone {
    let apex = Name::root();
    let keys = [ZoneSigner::new(&apex, FLAG_ZONE, key())];
    let config = SigningConfig {
        validity: Validity {
            inception: 1_790_000_000,
            expiration: 1_810_000_000,
        },
        denial,
    };
    let records = sign_zone(zone, &keys, &config, &mut Rng::new(&Seed::from_number(2)));
    zone_of(&records.expect("the key signs"))
}

fn zone_of(records: &[Record]) -> Zone {
    let mut builder = ZoneBuilder::new(Name::root(), Class::IN);
    records.iter().for_each(|record| builder.add_record(record));
    builder.build().zone.expect("the zone has no errors")
}
