//! Servers with canned answers say what they are told to say, in the ways of the RFCs.

use core::net::SocketAddr;
use core::time::Duration;

use bytes::BytesMut;
use nameward_core::machine::Proto;
use nameward_core::time::Instant;
use nameward_core::transport::framing::{Deframer, Outgoing};
use nameward_core::wire::{
    Flags, MessageWriter, Opt, OptionCode, Question, Rcode, Rtype, Section, SharedMessage,
};
use nameward_sim::canned::{AskedCookie, CookieSupport, EdnsSupport, Said};
use nameward_sim::{Act, Arrival, Canned, HostConfig, World};

const ZONE: &str = "@ 300 SOA ns admin 1 1h 1h 1w 5m\n\
    www 60 CNAME web\n\
    web 60 A 192.0.2.80\n\
    web 60 A 192.0.2.81\n\
    out 60 CNAME elsewhere.test.\n\
    far.below 60 TXT x\n\
    loop 60 CNAME loop\n";

/// How a query is made.
#[derive(Clone)]
struct Query {
    name: &'static str,
    rtype: Rtype,
    proto: Proto,
    opt: Option<Opt>,
}

fn query(name: &'static str, rtype: Rtype) -> Query {
    Query {
        name,
        rtype,
        proto: Proto::Datagram,
        opt: Some(Opt::default()),
    }
}

fn encode(query: &Query, number: u16) -> Vec<u8> {
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, 512, number, Flags::default().with_rd(true));
    let Question { name, rtype, class } =
        Question::new(query.name.parse().expect("it is valid"), query.rtype);
    writer.question(&name, rtype, class).expect("it is valid");
    if let Some(opt) = &query.opt {
        writer.opt(opt).expect("it is valid");
    }
    writer.finish();
    out.to_vec()
}

/// Asks the queries one after the other, a second apart, each from a port or a stream of its own, and gives what comes back.
fn ask(canned: Canned, queries: &[Query]) -> Vec<Option<(Duration, SharedMessage)>> {
    let mut world = World::new(0);
    let server: SocketAddr = "192.0.2.53:53".parse().expect("it is valid");
    world.canned(HostConfig::server("server", server.ip(), server.port()), canned);
    let replies = alloc::rc::Rc::new(core::cell::RefCell::new(vec![None; queries.len()]));
    let log = alloc::rc::Rc::clone(&replies);
    let mut deframer = Deframer::new();
    let mut config = HostConfig::server("client", [192, 0, 2, 1], 1_000);
    config.listeners[0].port = 1_000;
    let client = world.script(config, move |now, arrival| {
        let message = match arrival {
            Arrival::Datagram { data, .. } => Some(data.to_vec()),
            Arrival::Bytes { data, .. } => {
                deframer.push(data);
                deframer.message().map(|message| message.to_vec())
            }
            _ => None,
        };
        if let Some(message) = message {
            let message = SharedMessage::parse(message.into()).expect("it is a message");
            let number = usize::from(message.view().id());
            let asked = Instant::ZERO.after(Duration::from_secs(number as u64));
            log.borrow_mut()[number] = Some((now.since(asked), message));
        }
        Vec::new()
    });
    for (number, query) in (0..).zip(queries) {
        let data = encode(query, number);
        let proto = query.proto;
        world.at(
            Instant::ZERO.after(Duration::from_secs(number.into())),
            move |world| match proto {
                Proto::Datagram => {
                    let from = "192.0.2.1:1000".parse().expect("it is valid");
                    world.act(
                        client,
                        Act::Datagram {
                            from,
                            to: server,
                            data: data.into(),
                        },
                    );
                }
                Proto::Stream => {
                    let stream = world.connect(client, server);
                    let mut framed = Outgoing::new();
                    framed.push(&data).expect("it is valid");
                    world.act(
                        client,
                        Act::Bytes {
                            stream,
                            data: framed.as_slice().to_vec().into(),
                        },
                    );
                }
            },
        );
    }
    world.run().expect("it is valid");
    replies.take()
}

fn ask_one(canned: Canned, query: Query) -> SharedMessage {
    let mut replies = ask(canned, &[query]);
    replies.remove(0).expect("there is a reply").1
}

fn records(message: &SharedMessage, section: Section) -> Vec<String> {
    let text = |record: nameward_core::wire::RecordRef<'_>| record.to_string().replace('\t', " ");
    message.view().records(section).map(text).collect()
}

/// Name, type, RCODE, answer section and authority section.
type Case<'a> = (&'static str, Rtype, Rcode, &'a [&'a str], &'a [&'a str]);

#[test]
fn a_zone_answers_follows_aliases_and_denies_with_its_soa() {
    let canned = || Canned::new().zone("example.org", ZONE);
    let soa = "example.org. 300 IN SOA ns.example.org. admin.example.org. 1 3600 3600 604800 300";
    let cases: [Case<'_>; 7] = [
        (
            "WEB.example.org",
            Rtype::A,
            Rcode::NOERROR,
            &[
                "web.example.org. 60 IN A 192.0.2.80",
                "web.example.org. 60 IN A 192.0.2.81",
            ],
            &[],
        ),
        (
            "www.example.org",
            Rtype::A,
            Rcode::NOERROR,
            &[
                "www.example.org. 60 IN CNAME web.example.org.",
                "web.example.org. 60 IN A 192.0.2.80",
                "web.example.org. 60 IN A 192.0.2.81",
            ],
            &[],
        ),
        (
            "www.example.org",
            Rtype::MX,
            Rcode::NOERROR,
            &["www.example.org. 60 IN CNAME web.example.org."],
            &[soa],
        ),
        (
            "out.example.org",
            Rtype::A,
            Rcode::NOERROR,
            &["out.example.org. 60 IN CNAME elsewhere.test."],
            &[],
        ),
        ("below.example.org", Rtype::A, Rcode::NOERROR, &[], &[soa]),
        ("gone.example.org", Rtype::A, Rcode::NXDOMAIN, &[], &[soa]),
        ("elsewhere.test", Rtype::A, Rcode::REFUSED, &[], &[]),
    ];
    for (name, rtype, rcode, answer, authority) in cases {
        let reply = ask_one(canned(), query(name, rtype));
        assert_eq!(reply.view().rcode(), rcode, "{name}");
        assert_eq!(records(&reply, Section::Answer), answer);
        assert_eq!(records(&reply, Section::Authority), authority);
        let question = reply.view().question().expect("it repeats the question");
        assert_eq!(
            question.to_question().name.to_string(),
            format!("{name}."),
            "in the same case"
        );
    }
    assert_eq!(
        records(
            &ask_one(canned(), query("loop.example.org", Rtype::A)),
            Section::Answer
        )
        .len(),
        16
    );
}

#[test]
fn rules_come_in_order_and_end_when_they_are_used_up() {
    let canned = Canned::new()
        .silent("a.test")
        .times(1)
        .rcode("a.test", Rcode::SERVFAIL)
        .times(1)
        .after(Duration::from_millis(300))
        .answer("a.test", Rtype::A, ["192.0.2.1"])
        .says(|asked| (asked.question.rtype == Rtype::TXT).then(Said::default))
        .thinking(Duration::from_millis(10));
    let log = canned.log();
    let replies = ask(
        canned,
        &[
            query("a.test", Rtype::A),
            query("A.test", Rtype::A),
            query("a.test", Rtype::A),
            query("b.test", Rtype::TXT),
            query("a.test", Rtype::MX),
        ],
    );
    let rcodes: Vec<_> = replies
        .iter()
        .map(|reply| reply.as_ref().map(|(_, message)| message.view().rcode()))
        .collect();
    let expected = [
        None,
        Some(Rcode::SERVFAIL),
        Some(Rcode::NOERROR),
        Some(Rcode::NOERROR),
        Some(Rcode::REFUSED),
    ];
    assert_eq!(rcodes, expected);
    let took = |number: usize| replies[number].as_ref().map(|(took, _)| took.as_millis());
    assert_eq!(
        (took(1), took(2)),
        (Some(350), Some(50)),
        "20 ms each way besides"
    );
    assert_eq!(
        (
            log.all().len(),
            log.of("a.TEST").len(),
            log.count("a.test", Rtype::A)
        ),
        (5, 4, 3)
    );
}

#[test]
fn rfc6891_servers_of_every_age() {
    let cases = [
        (EdnsSupport::Full, 0, Some((Rcode::NOERROR, true))),
        (EdnsSupport::Full, 1, Some((Rcode::BADVERS, true))),
        (EdnsSupport::Ignored, 0, Some((Rcode::NOERROR, false))),
        (EdnsSupport::FormErr, 0, Some((Rcode::FORMERR, false))),
        (EdnsSupport::NotImp, 0, Some((Rcode::NOTIMP, false))),
        (EdnsSupport::FormErrWithOpt, 0, Some((Rcode::FORMERR, true))),
        (EdnsSupport::BadVers, 0, Some((Rcode::BADVERS, true))),
        (EdnsSupport::Silent, 0, None),
    ];
    for (support, version, expected) in cases {
        let canned = || {
            Canned::new()
                .answer("a.test", Rtype::A, ["192.0.2.1"])
                .edns(support)
        };
        let opt = Some(Opt {
            version,
            ..Opt::default()
        });
        let replies = ask(
            canned(),
            &[Query {
                opt,
                ..query("a.test", Rtype::A)
            }],
        );
        let got = replies[0]
            .as_ref()
            .map(|(_, reply)| (reply.view().rcode(), reply.view().opt().is_some()));
        assert_eq!(got, expected, "{support:?}");
        let plain = ask_one(
            canned(),
            Query {
                opt: None,
                ..query("a.test", Rtype::A)
            },
        );
        assert_eq!(
            (plain.view().rcode(), plain.view().opt().is_some()),
            (Rcode::NOERROR, false)
        );
    }
}

#[test]
fn rfc7873_5_2_a_cookie_is_given_and_required() {
    let with_cookie = |cookie: &[u8]| {
        let mut opt = Opt::default();
        assert!(opt.options.push(OptionCode::COOKIE, cookie));
        Query {
            opt: Some(opt),
            ..query("a.test", Rtype::A)
        }
    };
    let canned = |support| {
        Canned::new()
            .answer("a.test", Rtype::A, ["192.0.2.1"])
            .cookies(support)
    };
    let cookie = |message: &SharedMessage| {
        let opt = message.view().opt().expect("an OPT record");
        opt.options()
            .find(|option| option.code == OptionCode::COOKIE)
            .map(|option| option.data.to_vec())
    };
    let given = ask_one(canned(CookieSupport::Given), with_cookie(b"12345678"));
    let first = cookie(&given).expect("a cookie");
    assert_eq!(
        (given.view().rcode(), &first[..8], first.len()),
        (Rcode::NOERROR, &b"12345678"[..], 24)
    );
    assert_eq!(
        cookie(&ask_one(canned(CookieSupport::None), with_cookie(b"12345678"))),
        None
    );

    let required = canned(CookieSupport::Required);
    let log = required.log();
    let stream = Query {
        proto: Proto::Stream,
        ..query("a.test", Rtype::A)
    };
    let forged = [&first[..23], &[first[23] ^ 1]].concat();
    let of_another = [b"87654321", &first[8..]].concat();
    let queries = [
        with_cookie(b"12345678"),
        with_cookie(&first),
        with_cookie(&forged),
        with_cookie(&of_another),
        query("a.test", Rtype::A),
        stream,
    ];
    let replies = ask(required, &queries);
    let got: Vec<_> = replies
        .iter()
        .map(|reply| {
            reply
                .as_ref()
                .map(|(_, reply)| (reply.view().rcode(), reply.view().flags().tc()))
        })
        .collect();
    let bad = Some((Rcode::BADCOOKIE, false));
    assert_eq!(
        got,
        [
            bad,
            Some((Rcode::NOERROR, false)),
            bad,
            bad,
            Some((Rcode::NOERROR, true)),
            Some((Rcode::NOERROR, false))
        ]
    );
    let valid = log.all().iter().filter(|asked| matches!(asked.edns, Some(edns) if matches!(edns.cookie, AskedCookie::OfBoth { is_valid: true, .. }))).count();
    assert_eq!(valid, 1);
}

#[test]
fn what_does_not_fit_is_truncated_at_an_rrset_and_whole_over_a_stream() {
    let many: Vec<String> = (0..100).map(|number| format!("192.0.2.{number}")).collect();
    let canned = |largest| {
        Canned::new()
            .answer("a.test", Rtype::A, many.iter().map(String::as_str))
            .largest(largest)
    };
    let opt = |udp_payload| {
        Some(Opt {
            udp_payload,
            ..Opt::default()
        })
    };
    let count = |reply: &SharedMessage| {
        (
            reply.view().flags().tc(),
            reply.view().record_count(Section::Answer),
        )
    };
    let datagram = |largest, opt| {
        count(&ask_one(
            canned(largest),
            Query {
                opt,
                ..query("a.test", Rtype::A)
            },
        ))
    };
    assert_eq!(datagram(4096, opt(4096)), (false, 100));
    assert_eq!(datagram(4096, opt(1232)), (true, 0));
    assert_eq!(datagram(1232, opt(4096)), (true, 0));
    assert_eq!(datagram(4096, None), (true, 0));
    let stream = Query {
        proto: Proto::Stream,
        ..query("a.test", Rtype::A)
    };
    assert_eq!(count(&ask_one(canned(512), stream.clone())), (false, 100));
    let truncated = Canned::new()
        .truncated("a.test")
        .answer("a.test", Rtype::A, ["192.0.2.1"]);
    let replies = ask(truncated, &[query("a.test", Rtype::A), stream]);
    let counts: Vec<_> = replies.iter().flatten().map(|(_, reply)| count(reply)).collect();
    assert_eq!(counts, [(true, 0), (false, 1)]);
}

#[test]
fn manners_hold_for_every_question() {
    let stream = Query {
        proto: Proto::Stream,
        ..query("A.test", Rtype::A)
    };
    let datagram = query("A.test", Rtype::A);
    let canned = || Canned::new().answer("a.test", Rtype::A, ["192.0.2.1"]);
    let answered = |canned| {
        ask(canned, &[datagram.clone(), stream.clone()])
            .iter()
            .map(Option::is_some)
            .collect::<Vec<_>>()
    };
    assert_eq!(answered(canned()), [true, true]);
    assert_eq!(answered(canned().only_streams()), [false, true]);
    assert_eq!(answered(canned().only_datagrams()), [true, false]);
    let folded = ask_one(canned().folding_case(), datagram.clone());
    assert_eq!(
        folded.view().question().unwrap().to_question().name.to_string(),
        "a.test."
    );
}
