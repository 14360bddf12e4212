//! The server, in lock step with a client.

use std::time::Duration;

use nameward_core::client::Server;
use nameward_core::flow::{Lane, ListenerId};
use nameward_core::machine::Proto;
use nameward_core::server::respond::{Access, AccessRules, ResponderConfig};
use nameward_core::server::session::{
    Answer, Command, Event, ForwardConfig, Response, Session, SessionConfig,
};
use nameward_core::transport::{self, Ask, Edns, QueryOptions, QuestionId, Requester};
use nameward_core::wire::{Class, Question, Rdata, Record, Rtype};
use nameward_core::zone::Zones;
use nameward_tests::assert_parity;
use nameward_tests::parity::Log;
use nameward_tests::stage::{Props, Stage};
use nameward_tests::zones::zone;

const DATAGRAMS: ListenerId = ListenerId::new(Lane(0), 0);
const STREAMS: ListenerId = ListenerId::new(Lane(0), 1);

/// What was asked, and the logs of both.
type Played = (Vec<String>, [Log; 2]);

/// A server and a client of it.
struct Play<'s, S: Stage> {
    stage: &'s mut S,
    server: S::Host<Session>,
    client: S::Host<Requester>,
    asked: u64,
    outcomes: Vec<String>,
}

fn zones(address: &str) -> Zones {
    let large: String = (0..30)
        .map(|number| format!("large TXT {number:030}\n"))
        .collect();
    let text = format!("$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A {address}\nalias CNAME ns\n{large}");
    Zones::new([zone("example.", &text)])
}

fn serving() -> SessionConfig {
    SessionConfig {
        zones: zones("192.0.2.1"),
        ..SessionConfig::default()
    }
}

fn listening(seed: u64) -> Props {
    Props {
        seed,
        listeners: vec![(DATAGRAMS, Proto::Datagram), (STREAMS, Proto::Stream)],
    }
}

impl<'s, S: Stage> Play<'s, S> {
    fn new(stage: &'s mut S) -> Self {
        Self::with(stage, serving())
    }

    fn with(stage: &'s mut S, config: SessionConfig) -> Self {
        let server = stage.enter::<Session>(&listening(1), config);
        let props = Props {
            seed: 2,
            listeners: Vec::new(),
        };
        let config = transport::Config {
            idle: Duration::ZERO,
            keepalive: false,
            ..transport::Config::default()
        };
        let client = stage.enter::<Requester>(&props, config);
        Self {
            stage,
            server,
            client,
            asked: 0,
            outcomes: Vec::new(),
        }
    }

    fn begin(&mut self, name: &str, rtype: Rtype, proto: Proto, edns: Option<u16>) {
        let ask = Ask {
            id: QuestionId(self.asked),
            server: self.stage.address(&self.server, DATAGRAMS),
            question: Question::new(name.parse().expect("a name"), rtype),
            options: QueryOptions {
                proto,
                edns: edns.map(|udp_payload| Edns {
                    udp_payload,
                    ..Edns::default()
                }),
                timeout: Duration::from_secs(5),
                ..QueryOptions::default()
            },
        };
        self.asked += 1;
        self.stage.command(&mut self.client, transport::Command::Ask(ask));
    }

    fn wait(&mut self, count: usize) {
        for event in self.stage.events(&mut self.client, count) {
            self.outcomes.push(match event {
                transport::Event::Answered { reply, .. } => {
                    let message = reply.message.view();
                    let answers = message.record_count(nameward_core::wire::Section::Answer);
                    format!("{} {:?} {answers}", message.rcode(), reply.proto)
                }
                transport::Event::Failed { error, .. } => error.to_string(),
            });
        }
    }

    fn ask(&mut self, name: &str, rtype: Rtype, proto: Proto, edns: Option<u16>) {
        self.begin(name, rtype, proto, edns);
        self.wait(1);
    }

    fn end(mut self) -> Played {
        self.stage.command(&mut self.server, Command::Shutdown);
        assert_eq!(self.stage.events(&mut self.server, 1), [Event::Stopped]);
        let describe = |event: &transport::Event, _: &mut _| format!("{}", event.id().0);
        let client = Log::with_events::<Requester>(&self.stage.leave(self.client), describe);
        let mut server =
            Log::with_events::<Session>(&self.stage.leave(self.server), |event, names| match event {
                Event::Asked(asked) => format!("{:?} from {}", asked.id, names.address(asked.peer)),
                Event::Stopped => "stopped".into(),
            });
        // Whether the server closes a stream, or its client was quicker, is nobody's choice.
        for flow in &mut server.flows {
            flow.retain(|line| line != "close");
        }
        (self.outcomes, [client, server])
    }
}

/// Answers of all kinds and sizes, each asked for when the one before has come.
fn datagrams<S: Stage>(stage: &mut S) -> Played {
    let mut play = Play::new(stage);
    for (name, rtype, edns) in [
        ("ns.example.", Rtype::A, None),
        ("alias.example.", Rtype::A, Some(1232)),
        ("nobody.example.", Rtype::A, Some(512)),
        ("ns.example.", Rtype::MX, None),
        ("www.elsewhere.", Rtype::A, Some(1232)),
        ("large.example.", Rtype::TXT, Some(1232)),
    ] {
        play.ask(name, rtype, Proto::Datagram, edns);
    }
    play.end()
}

#[test]
fn datagrams_are_answered_in_the_same_way_everywhere() {
    let (outcomes, [_, server]) = assert_parity!(datagrams);
    let expected = [
        "NOERROR Datagram 1",
        "NOERROR Datagram 2",
        "NXDOMAIN Datagram 0",
        "NOERROR Datagram 0",
        "REFUSED Datagram 0",
        "NOERROR Stream 30",
    ];
    assert_eq!(outcomes, expected);
    // The last one came by a truncated reply to a stream.
    let replies = server.elsewhere.iter().filter(|line| line.contains("reply"));
    assert_eq!((replies.count(), server.flows.len()), (6, 1), "{server:#?}");
}

/// One stream after the other; and the zones change while the server works.
fn streams<S: Stage>(stage: &mut S) -> Played {
    let mut play = Play::new(stage);
    play.ask("large.example.", Rtype::TXT, Proto::Stream, None);
    play.ask("ns.example.", Rtype::A, Proto::Stream, Some(1232));
    play.stage
        .command(&mut play.server, Command::Zones(Zones::new([])));
    play.ask("ns.example.", Rtype::A, Proto::Stream, None);
    play.stage
        .command(&mut play.server, Command::Zones(zones("192.0.2.2")));
    play.ask("ns.example.", Rtype::A, Proto::Datagram, None);
    play.end()
}

#[test]
fn streams_are_served_in_the_same_way_everywhere() {
    let (outcomes, [client, server]) = assert_parity!(streams);
    let expected = [
        "NOERROR Stream 30",
        "NOERROR Stream 1",
        "REFUSED Stream 0",
        "NOERROR Datagram 1",
    ];
    assert_eq!(outcomes, expected);
    assert_eq!((client.flows.len(), server.flows.len()), (4, 3), "{server:#?}");
}

/// A server that asks its application, and another server when that passes.
fn layers<S: Stage>(stage: &mut S) -> Played {
    let upstream = stage.enter::<Session>(&listening(3), serving());
    let server = Server::new(stage.address(&upstream, DATAGRAMS));
    let config = SessionConfig {
        application: true,
        forward: Some(ForwardConfig {
            servers: vec![server],
            idle: Duration::ZERO,
            ..ForwardConfig::default()
        }),
        responder: ResponderConfig {
            recursion: AccessRules::all(Access::Allow),
            ..ResponderConfig::default()
        },
        ..SessionConfig::default()
    };
    let mut play = Play::with(stage, config);
    let dynamic = Record {
        owner: "a.dynamic.".parse().expect("a name"),
        class: Class::IN,
        ttl: 1,
        rdata: Rdata::opaque(Rtype::A, &[192, 0, 2, 7]),
    };
    let response = Answer::Response(Response::answer([dynamic]));
    for (name, rtype, proto, answer) in [
        ("a.dynamic.", Rtype::A, Proto::Datagram, response.clone()),
        ("a.dynamic.", Rtype::A, Proto::Stream, response),
        ("alias.example.", Rtype::A, Proto::Datagram, Answer::Pass),
        ("large.example.", Rtype::TXT, Proto::Stream, Answer::Pass),
        ("www.elsewhere.", Rtype::A, Proto::Datagram, Answer::Pass),
    ] {
        play.begin(name, rtype, proto, None);
        let asked = play.stage.events(&mut play.server, 1);
        let [Event::Asked(asked)] = &asked[..] else {
            panic!("{asked:?}")
        };
        let id = asked.id;
        play.stage
            .command(&mut play.server, Command::Answer { id, answer });
        play.wait(1);
    }
    play.end()
}

#[test]
fn an_application_and_other_servers_answer_in_the_same_way_everywhere() {
    let (outcomes, [_, server]) = assert_parity!(layers);
    let expected = [
        "NOERROR Datagram 1",
        "NOERROR Stream 1",
        "NOERROR Datagram 2",
        "NOERROR Stream 30",
        "REFUSED Datagram 0",
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(server.events.len(), 6, "{server:#?}");
}
