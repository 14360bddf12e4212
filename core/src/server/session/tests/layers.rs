//! Where answers come from, one layer after the other.

use super::*;
use crate::client::{HostsIndex, Preference, Server as Upstream};
use crate::server::respond::{Access, AccessRules, ResponderConfig};
use crate::wire::{A, Opt, OwnedMessage, Record};
use alloc::vec;

const CLIENT: &str = "198.51.100.1:4000";

fn application() -> SessionConfig {
    SessionConfig {
        application: true,
        pending: PendingLimits {
            requests: 3,
            requests_per_client: 2,
            application: 2 * SECOND,
        },
        ..SessionConfig::default()
    }
}

/// Two servers that are asked one after the other.
fn forwarding() -> SessionConfig {
    let upstream = |last| Upstream::new(([203, 0, 113, last], 53).into());
    SessionConfig {
        forward: Some(ForwardConfig {
            servers: vec![upstream(1), upstream(2)],
            preference: Preference::InOrder,
            ..ForwardConfig::default()
        }),
        responder: ResponderConfig {
            recursion: AccessRules::all(Access::Allow),
            ..ResponderConfig::default()
        },
        ..SessionConfig::default()
    }
}

/// A query with flags and an OPT record.
fn asking(id: u16, flags: Flags, name: &str, opt: Option<&Opt>) -> Vec<u8> {
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, 512, id, flags);
    let name: Name = name.parse().unwrap();
    writer.question(&name, Rtype::A, Class::IN).unwrap();
    if let Some(opt) = opt {
        writer.opt(opt).unwrap();
    }
    writer.finish();
    out.to_vec()
}

fn recursive(id: u16, name: &str) -> Vec<u8> {
    asking(id, Flags::default().with_rd(true), name, None)
}

fn address(name: &str, last: u8) -> Record {
    let address = A {
        address: [192, 0, 2, last].into(),
    };
    Record {
        owner: name.parse().unwrap(),
        class: Class::IN,
        ttl: 5,
        rdata: address.to_rdata(),
    }
}

impl Server {
    /// The last reply by datagram.
    fn replied(&mut self) -> OwnedMessage {
        let (_, _, reply) = self.replies.pop().expect("there is a reply");
        OwnedMessage::try_from(Message::parse(&reply).unwrap()).unwrap()
    }

    /// The number of the request that the application was asked about last.
    fn asked(&mut self) -> RequestId {
        match self.events.pop() {
            Some(Event::Asked(asked)) => asked.id,
            other => panic!("{other:?}"),
        }
    }

    fn answer(&mut self, id: RequestId, answer: Answer) -> Result<(), Misuse> {
        self.command(Command::Answer { id, answer })
    }

    /// Another server answers its last query, with so many addresses.
    fn upstream_answers(&mut self, flags: Flags, addresses: u8) {
        let (flow, query) = self.sent.pop().expect("a server was asked");
        let query = Message::parse(&query).unwrap();
        let question = query.question().unwrap();
        let mut out = BytesMut::new();
        let mut writer = MessageWriter::new(&mut out, u16::MAX, query.id(), flags.with_qr(true));
        writer
            .question(question.name, question.rtype, question.class)
            .unwrap();
        for last in 0..addresses {
            let record = Record {
                owner: question.name.to_name(),
                ..address(".", last)
            };
            writer.record(Section::Answer, &record).unwrap();
        }
        writer.opt(&Opt::default()).unwrap();
        writer.finish();
        self.handle(Input::Received { flow, data: &out });
    }
}

#[test]
fn hosts_5_what_the_hosts_file_knows_comes_before_the_zones() {
    let mut server = Server::with(SessionConfig {
        hosts: HostsIndex::read(b"192.0.2.9 ns.example printer\n"),
        ..SessionConfig::default()
    });
    let mut answers = |name: &str, rtype| {
        server.request(CLIENT, &query(1, name, rtype));
        let reply = server.replied();
        let answers = reply.records(Section::Answer).iter();
        (
            reply.rcode(),
            answers
                .map(|record| record.rdata.octets().to_vec())
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(
        answers("NS.example.", Rtype::A),
        (Rcode::NOERROR, vec![vec![192, 0, 2, 9]])
    );
    assert_eq!(answers("printer.", Rtype::AAAA), (Rcode::NOERROR, vec![]));
    let name = b"\x02ns\x07example\0".to_vec();
    assert_eq!(
        answers("9.2.0.192.in-addr.arpa.", Rtype::PTR),
        (Rcode::NOERROR, vec![name])
    );
    // Of other types, and other names, it knows nothing.
    assert_eq!(answers("printer.", Rtype::TXT), (Rcode::REFUSED, vec![]));
    assert_eq!(answers("large.example.", Rtype::TXT).1.len(), 1);
    assert_eq!(server.command(Command::Hosts(HostsIndex::default())), Ok(()));
    server.request(CLIENT, &query(1, "ns.example.", Rtype::A));
    assert_eq!(
        server.replied().records(Section::Answer)[0].rdata.octets(),
        [192, 0, 2, 1]
    );
}

#[test]
fn the_application_is_asked_about_what_no_zone_has_and_its_answer_is_made_a_response() {
    let mut server = Server::with(application());
    server.request(CLIENT, &query(1, "ns.example.", Rtype::A));
    assert!(server.events.is_empty());
    server.replies.clear();
    let opt = Opt {
        udp_payload: 4096,
        ..Opt::default()
    };
    let asked = asking(0xABCD, Flags::default().with_rd(true), "www.dynamic.", Some(&opt));
    server.request(CLIENT, &asked);
    let Some(Event::Asked(request)) = server.events.pop() else {
        panic!()
    };
    assert_eq!(request.peer, CLIENT.parse().unwrap());
    assert_eq!(request.message.as_bytes(), &asked);
    assert!(server.replies.is_empty());
    let response = Response::answer([address("www.dynamic.", 7)]);
    assert_eq!(server.answer(request.id, Answer::Response(response)), Ok(()));
    let reply = server.replied();
    let flags = Flags::default().with_qr(true).with_aa(true).with_rd(true);
    assert_eq!((reply.id(), reply.flags()), (0xABCD, flags));
    assert_eq!(reply.records(Section::Answer), [address("www.dynamic.", 7)]);
    assert_eq!(reply.opt().unwrap().udp_payload(), 1232);
    // It is answered once.
    assert_eq!(
        server.answer(request.id, Answer::Pass),
        Err(Misuse::NotInUse(request.id.0))
    );
    assert_eq!((server.session.pending_requests(), server.wake), (0, None));
}

#[test]
fn an_application_that_has_no_answer_passes_or_keeps_silent_or_is_too_late() {
    let mut server = Server::with(application());
    server.request(CLIENT, &query(1, "a.dynamic.", Rtype::A));
    let id = server.asked();
    assert_eq!(server.answer(id, Answer::Pass), Ok(()));
    assert_eq!(server.replied().rcode(), Rcode::REFUSED);
    server.request(CLIENT, &query(2, "a.dynamic.", Rtype::A));
    let id = server.asked();
    assert_eq!(server.answer(id, Answer::Silence), Ok(()));
    assert!(server.replies.is_empty());
    server.request(CLIENT, &query(3, "a.dynamic.", Rtype::A));
    let id = server.asked();
    server.wait(2 * SECOND);
    let reply = server.replied();
    assert_eq!((reply.id(), reply.rcode()), (3, Rcode::SERVFAIL));
    assert_eq!(server.answer(id, Answer::Pass), Err(Misuse::NotInUse(id.0)));
    assert_eq!(server.session.pending_requests(), 0);
}

#[test]
fn requests_that_wait_are_bounded_in_all_and_for_each_client() {
    let mut server = Server::with(application());
    let clients = [
        "192.0.2.1:1",
        "192.0.2.1:2",
        "192.0.2.1:3",
        "192.0.2.2:1",
        "192.0.2.3:1",
    ];
    for client in clients {
        server.request(client, &query(1, "a.dynamic.", Rtype::A));
    }
    let refused: Vec<_> = server
        .replies
        .iter()
        .map(|(to, ..)| alloc::format!("{to}"))
        .collect();
    assert_eq!(refused, [clients[2], clients[4]]);
    assert_eq!(server.replied().rcode(), Rcode::SERVFAIL);
    assert_eq!(server.session.pending_requests(), 3);
    let id = server.asked();
    assert_eq!(server.answer(id, Answer::Pass), Ok(()));
    server.request(clients[4], &query(1, "a.dynamic.", Rtype::A));
    assert!(matches!(server.events.last(), Some(Event::Asked(_))));
}

#[test]
fn rfc7766_6_2_1_1_replies_on_a_stream_come_as_they_are_ready_and_so_many_wait() {
    let mut config = application();
    config.streams.in_flight = 2;
    let mut server = Server::with(config);
    let flow = server.accept(CLIENT);
    server.send(flow, &framed(1..=2, "a.dynamic.", Rtype::A));
    let mut asked: Vec<_> = core::mem::take(&mut server.events);
    assert_eq!(
        (asked.len(), server.reading.as_slice()),
        (2, &[(flow, false)][..])
    );
    // What was sent nevertheless waits.
    server.send(flow, &framed([3], "ns.example.", Rtype::A));
    server.handle(Input::Finished { flow });
    assert!(server.session.stream_out(flow).is_empty());
    while let Some(Event::Asked(request)) = asked.pop() {
        assert_eq!(server.answer(request.id, Answer::Pass), Ok(()));
    }
    assert_eq!(server.take_ids(flow), [2, 3, 1]);
    assert!(!server.is_open(flow));
    // A client that is gone gets nothing.
    let flow = server.accept(CLIENT);
    server.send(flow, &framed([4], "a.dynamic.", Rtype::A));
    let cause = CloseCause::Reset;
    server.handle(Input::Closed { flow, cause });
    let id = server.asked();
    assert_eq!(server.answer(id, Answer::Pass), Ok(()));
    assert!(server.replies.is_empty() && server.session.stream_out(flow).is_empty());
}

#[test]
fn rfc5625_a_question_is_forwarded_with_an_opt_of_our_own_and_answered_to_the_one_who_asked() {
    let mut server = Server::with(forwarding());
    let mut opt = Opt {
        udp_payload: 700,
        dnssec_ok: true,
        ..Opt::default()
    };
    opt.options.push(crate::wire::OptionCode(65_001), b"between us");
    let flags = Flags::default().with_rd(true).with_cd(true);
    server.request(CLIENT, &asking(0xABCD, flags, "www.elsewhere.", Some(&opt)));
    let sent = Message::parse(&server.sent[0].1).unwrap();
    let own = sent.opt().unwrap();
    assert!(sent.flags().rd() && sent.flags().cd() && own.dnssec_ok());
    assert_eq!(own.udp_payload(), 1232);
    assert!(!own.options().any(|option| option.code.0 == 65_001));
    server.upstream_answers(
        Flags::default()
            .with_rd(true)
            .with_ra(true)
            .with_ad(true)
            .with_aa(true),
        2,
    );
    let reply = server.replied();
    // Nobody said that the server is to be believed.
    let expected = Flags::default()
        .with_qr(true)
        .with_rd(true)
        .with_ra(true)
        .with_cd(true);
    assert_eq!((reply.id(), reply.flags()), (0xABCD, expected));
    assert_eq!(reply.records(Section::Answer).len(), 2);
    assert!(reply.opt().unwrap().dnssec_ok());
    assert_eq!(server.session.pending_requests(), 0);
    // What is here is not asked elsewhere, and neither is what nobody wants from there.
    server.request(CLIENT, &recursive(1, "ns.example."));
    server.request(CLIENT, &query(2, "www.elsewhere.", Rtype::A));
    assert_eq!(server.replied().rcode(), Rcode::REFUSED);
    assert!(server.replied().flags().aa() && server.sent.is_empty());
}

#[test]
fn rfc2181_9_a_forwarded_answer_that_does_not_fit_is_truncated() {
    let mut server = Server::with(forwarding());
    server.request(CLIENT, &recursive(7, "www.elsewhere."));
    server.upstream_answers(Flags::default(), 40);
    let reply = server.replied();
    assert!(reply.flags().tc() && reply.records(Section::Answer).is_empty());
    let flow = server.accept(CLIENT);
    let query = recursive(8, "www.elsewhere.");
    server.send(flow, &u16::try_from(query.len()).unwrap().to_be_bytes());
    server.send(flow, &query);
    server.upstream_answers(Flags::default(), 40);
    assert_eq!(server.take_ids(flow), [8]);
}

#[test]
fn rfc5452_5_equal_questions_are_asked_once() {
    let mut server = Server::with(forwarding());
    server.request("192.0.2.1:1", &recursive(1, "www.elsewhere."));
    server.request("192.0.2.2:1", &recursive(2, "WWW.elsewhere."));
    let other = Opt {
        dnssec_ok: true,
        ..Opt::default()
    };
    let flags = Flags::default().with_rd(true);
    server.request("192.0.2.3:1", &asking(3, flags, "www.elsewhere.", Some(&other)));
    assert_eq!(server.sent.len(), 2);
    server.sent.remove(1);
    server.upstream_answers(Flags::default(), 1);
    let mut answered: Vec<_> = server
        .replies
        .iter()
        .map(|(to, ..)| alloc::format!("{to}"))
        .collect();
    answered.sort();
    assert_eq!(answered, ["192.0.2.1:1", "192.0.2.2:1"]);
    assert_eq!(server.session.pending_requests(), 1);
}

#[test]
fn when_one_server_fails_the_next_is_asked_and_when_all_do_it_is_servfail_in_time() {
    let mut server = Server::with(forwarding());
    server.request(CLIENT, &recursive(1, "www.elsewhere."));
    server.upstream_answers(Flags::default().with_rcode(Rcode::SERVFAIL), 0);
    assert!(server.replies.is_empty());
    server.upstream_answers(Flags::default().with_rcode(Rcode::NXDOMAIN), 0);
    assert_eq!(server.replied().rcode(), Rcode::NXDOMAIN);
    // Nobody answers: each server is asked twice at most, and the client waits no longer than its question may take.
    server.request(CLIENT, &recursive(2, "www.elsewhere."));
    server.wait(7 * SECOND);
    assert_eq!(server.replied().rcode(), Rcode::SERVFAIL);
    assert!(server.sent.len() <= 5, "{}", server.sent.len());
    assert_eq!(server.session.pending_requests(), 0);
    // All say that they will not: that is passed on.
    server.sent.clear();
    server.wait(100 * SECOND);
    server.request(CLIENT, &recursive(3, "www.elsewhere."));
    while server.replies.is_empty() {
        server.upstream_answers(Flags::default().with_rcode(Rcode::REFUSED), 0);
    }
    assert_eq!(server.replied().rcode(), Rcode::REFUSED);
}

#[test]
fn an_application_that_passes_leaves_the_question_to_other_servers() {
    let mut server = Server::with(SessionConfig {
        application: true,
        ..forwarding()
    });
    server.request(CLIENT, &recursive(1, "www.elsewhere."));
    assert!(server.sent.is_empty());
    let id = server.asked();
    assert_eq!(server.answer(id, Answer::Pass), Ok(()));
    server.upstream_answers(Flags::default(), 1);
    assert_eq!(server.replied().records(Section::Answer).len(), 1);
    // A shutdown waits for those who wait.
    server.request(CLIENT, &recursive(2, "www.elsewhere."));
    assert_eq!(server.command(Command::Shutdown), Ok(()));
    let id = server.asked();
    assert!(server.events.is_empty());
    assert_eq!(server.answer(id, Answer::Silence), Ok(()));
    assert_eq!(server.events, [Event::Stopped]);
}

#[test]
fn listeners_and_flows_to_other_servers_have_lanes_of_their_own() {
    let mut config = forwarding();
    if let Some(forward) = &mut config.forward {
        forward.lane = Lane(0);
    }
    assert!(matches!(config.validate(), Err(Misuse::Impossible(_))));
    if let Some(forward) = &mut config.forward {
        forward.lane = Lane(2);
        forward.servers.clear();
    }
    assert!(matches!(
        config.validate(),
        Err(Misuse::OutOfRange { what: "servers", .. })
    ));
}

/// INV-12: however many questions end at once, each in front of another one, the stack is as deep as for one.
#[test]
fn inv_12_questions_that_end_together_do_not_deepen_the_stack() {
    const CLIENTS: u8 = 10;
    const WAITING: u16 = 25;
    let thread = std::thread::Builder::new().stack_size(512 * 1024);
    let flood = thread.spawn(|| {
        let mut server = Server::with(forwarding());
        let mut ids = 0..;
        let mut streams = Vec::new();
        for client in 1..=CLIENTS {
            for port in 1..=4 {
                let flow = server.accept(&std::format!("198.51.100.{client}:{port}"));
                // As many as are taken at once, and as many behind them.
                for id in ids.by_ref().take(usize::from(2 * WAITING)) {
                    let query = recursive(id, &std::format!("n{id}.other."));
                    let length = u16::try_from(query.len()).unwrap().to_be_bytes();
                    server.send(flow, &[&length[..], &query].concat());
                }
                streams.push(flow);
            }
        }
        assert_eq!(server.session.pending_requests(), 1_000);
        // The time for the first of them is over after 7 s, and they leave their places to the others.
        server.wait(8 * SECOND);
        assert_eq!(server.session.pending_requests(), 1_000);
        server.wait(8 * SECOND);
        assert_eq!(server.session.pending_requests(), 0);
        for flow in streams {
            assert_eq!(server.take_ids(flow).len(), usize::from(2 * WAITING));
        }
    });
    flood.unwrap().join().unwrap();
}
