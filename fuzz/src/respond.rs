//! What a server says to any octets.

use std::sync::OnceLock;
use std::time::Duration;

use allocation_counter::measure;
use bytes::BytesMut;
use nameward_core::flow::ListenerId;
use nameward_core::machine::Ignored;
use nameward_core::seed::Seed;
use nameward_core::server::respond::{
    Access, AccessRules, CookieConfig, CookieSecret, Policy, RateLimit, Request, Responded, ResponderConfig,
    Shard, Transport, respond,
};
use nameward_core::text::zone::{ZoneReaderConfig, read_records};
use nameward_core::time::{Instant, Now, UnixTime};
use nameward_core::wire::{Class, Message, Name};
use nameward_core::zone::{Zone, ZoneBuilder, Zones};

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
    let zones = zones();
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

fn zones() -> &'static Zones {
    static ZONES: OnceLock<Zones> = OnceLock::new();
    ZONES.get_or_init(|| Zones::new([zone()]))
}

fn zone() -> Zone {
    let big: String = (0..20)
        .map(|number| format!("big TXT {number}{}\n", "x".repeat(240)))
        .collect();
    let text = format!("{ZONE}{big}");
    let records = read_records(text.as_bytes(), Name::root(), ZoneReaderConfig::default());
    let mut builder = ZoneBuilder::new(Name::root(), Class::IN);
    for record in &records.expect("the zone is in order") {
        builder.add_record(record);
    }
    builder.build().zone.expect("the zone has no errors")
}
