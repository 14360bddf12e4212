//! Limits of how much a network gets.

use super::*;
use crate::server::respond::cookie::{CookieConfig, CookieSecret};
use crate::time::UnixTime;
use crate::wire::{OptionCode, Section};
use core::time::Duration;
use proptest::prelude::*;

fn limit() -> RateLimit {
    RateLimit {
        answers: 2,
        denials: 2,
        referrals: 2,
        errors: 2,
        burst: 1,
        slip: 0,
        ..RateLimit::default()
    }
}

fn server(rate_limit: RateLimit) -> Server {
    Server::new(ResponderConfig {
        rate_limit: Some(rate_limit),
        ..ResponderConfig::default()
    })
}

impl Server {
    fn after(&mut self, milliseconds: u64) -> &mut Self {
        self.now.mono = self.now.mono.after(Duration::from_millis(milliseconds));
        self
    }

    fn from(&mut self, peer: &str) -> &mut Self {
        self.peer = peer.parse().unwrap();
        self
    }

    /// Whether anything is said.
    fn responds(&mut self, data: &[u8]) -> bool {
        match self.handle(data).0 {
            Responded::Reply(_) => true,
            Responded::Ignored(Ignored::RateLimited) => false,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_network_gets_as_many_responses_of_a_kind_as_the_rate_says() {
    let mut server = server(limit());
    let asked = query("ns.example.", Rtype::A, None);
    assert_eq!(
        [(); 4].map(|()| server.responds(&asked)),
        [true, true, false, false]
    );
    // Half a second brings one.
    assert!(!server.after(499).responds(&asked));
    assert!(server.after(1).responds(&asked));
    assert!(!server.responds(&asked));
    // It saves up no more than the burst.
    server.after(60_000);
    assert_eq!([(); 3].map(|()| server.responds(&asked)), [true, true, false]);
    // Its neighbours in the network are limited with it, others are not, and a mapped address is the same.
    assert!(!server.from("192.0.2.77:1").responds(&asked));
    assert!(!server.from("[::ffff:192.0.2.77]:1").responds(&asked));
    assert!(server.from("192.0.3.1:1").responds(&asked));
    assert!(server.from("[2001:db8:0:100::1]:1").responds(&asked));
    assert!(server.from("[2001:db8:0:1ff::1]:1").responds(&asked));
    assert!(!server.from("[2001:db8:0:1ff::2]:1").responds(&asked));
    assert!(server.from("[2001:db8:0:200::1]:1").responds(&asked));
}

#[test]
fn kinds_of_responses_are_counted_apart_and_zero_means_without_limit() {
    let mut server = Server {
        zones: Zones::new(
            build(
                "example.",
                "@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\ncut NS ns.other.\n",
            )
            .zone,
        ),
        ..server(RateLimit { errors: 0, ..limit() })
    };
    let kinds = [
        &[query("ns.example.", Rtype::A, None)][..],
        &[
            query("no.example.", Rtype::A, None),
            query("ns.example.", Rtype::TXT, None),
        ],
        &[query("x.cut.example.", Rtype::A, None)],
    ];
    for queries in kinds {
        let mut each = queries.iter().cycle();
        let responses = [(); 3].map(|()| server.responds(each.next().unwrap()));
        assert_eq!(responses, [true, true, false]);
    }
    let errors = [
        query("other.", Rtype::A, None),
        query("ns.example.", Rtype::A, None)[..20].to_vec(),
    ];
    for _ in 0..20 {
        assert!(errors.iter().all(|asked| server.responds(asked)));
    }
    server.shard = Shard::new(
        &Policy::new(ResponderConfig {
            rate_limit: Some(limit()),
            ..ResponderConfig::default()
        })
        .unwrap(),
        &Seed::from_number(1),
    );
    let mut each = errors.iter().cycle();
    assert_eq!(
        [(); 4].map(|()| server.responds(each.next().unwrap())),
        [true, true, false, false]
    );
}

#[test]
fn one_of_some_dropped_responses_slips_through_truncated_or_as_badcookie() {
    let mut config = ResponderConfig {
        rate_limit: Some(RateLimit { slip: 3, ..limit() }),
        ..ResponderConfig::default()
    };
    let mut server = Server::new(config.clone());
    let asked = query("ns.example.", Rtype::A, Some(&Opt::default()));
    let responses = [(); 11].map(|()| server.responds(&asked));
    assert_eq!(responses.map(u8::from), [1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1]);
    assert_eq!([(); 2].map(|()| server.responds(&asked)), [false; 2]);
    let reply = server.reply(&asked);
    assert_eq!(
        (head(&reply).as_str(), reply.questions().len()),
        ("QUERY NOERROR qr tc", 1)
    );
    assert!(reply.records(Section::Answer).is_empty() && reply.opt().is_some());

    config.cookies = Some(CookieConfig {
        secret: CookieSecret::from_bytes([7; 16]),
        other: None,
        required: false,
    });
    config.rate_limit = Some(RateLimit { slip: 1, ..limit() });
    let mut server = Server::new(config);
    server.now.wall = Some(UnixTime::from_secs(1000));
    let mut opt = Opt::default();
    opt.options.push(OptionCode::COOKIE, b"clientco");
    let asked = query("ns.example.", Rtype::A, Some(&opt));
    assert_eq!(
        [(); 3].map(|()| server.reply(&asked).rcode()),
        [Rcode::NOERROR, Rcode::NOERROR, Rcode::BADCOOKIE]
    );
    let reply = server.reply(&asked);
    assert!(!reply.flags().tc() && reply.records(Section::Answer).is_empty());
    // With the cookie that came along there is no limit.
    let cookies = reply.opt().unwrap().options().next().unwrap().data.to_vec();
    opt.options.clear();
    opt.options.push(OptionCode::COOKIE, &cookies);
    let asked = query("ns.example.", Rtype::A, Some(&opt));
    for _ in 0..20 {
        assert_eq!(server.reply(&asked).rcode(), Rcode::NOERROR);
    }
}

#[test]
fn streams_have_no_limit() {
    let mut server = Server {
        transport: Transport::Stream,
        ..server(limit())
    };
    let asked = query("ns.example.", Rtype::A, None);
    for _ in 0..20 {
        assert!(server.responds(&asked));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever comes from wherever and whenever: a network gets no more than the burst and what the time brought, as long as there are
    /// buckets for all; and with room for all, no less.
    #[test]
    fn a_network_gets_exactly_what_the_time_brings(
        requests in prop::collection::vec((0_u8..3, 0_u64..400), 1..200),
        rate in 1_u16..20,
        burst in 1_u8..4,
    ) {
        let mut server = server(RateLimit { answers: rate, burst, buckets: 4096, ..limit() });
        let asked = query("ns.example.", Rtype::A, None);
        let most = u64::from(rate) * u64::from(burst) * 1000;
        let mut model = [(most, 0_u64); 3];
        let mut now = 0;
        for (network, pause) in requests {
            now += pause;
            let (credit, since) = &mut model[usize::from(network)];
            *credit = (*credit + (now - *since) * u64::from(rate)).min(most);
            *since = now;
            let expected = *credit >= 1000;
            if expected {
                *credit -= 1000;
            }
            let peer = alloc::format!("192.0.{network}.{}:1", now % 256);
            prop_assert_eq!(server.after(pause).from(&peer).responds(&asked), expected);
        }
    }

    /// However many networks there are, memory stays as it is, and the one that got the most is not forgotten for those that ask once.
    #[test]
    fn a_limited_network_stays_limited_when_others_come(others in prop::collection::vec(any::<[u8; 2]>(), 1..40)) {
        let mut server = server(RateLimit { buckets: 4, ..limit() });
        let asked = query("ns.example.", Rtype::A, None);
        prop_assert_eq!([(); 3].map(|()| server.responds(&asked)), [true, true, false]);
        for [a, b] in others {
            let peer = alloc::format!("10.{a}.{b}.1:1");
            server.from(&peer).responds(&asked);
        }
        prop_assert!(!server.from("192.0.2.1:1").responds(&asked));
    }
}
