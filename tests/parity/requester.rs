//! Questions to a DNS server, in lock step with it.

use std::time::Duration;

use nameward_core::machine::Proto;
use nameward_core::transport::{
    Ask, Command, Config, Event, ExchangeError, QueryOptions, QuestionId, Reply, Requester,
};
use nameward_core::wire::{Question, Rtype, Section};
use nameward_tests::assert_parity;
use nameward_tests::name_server::{DATAGRAMS, NameServer, STREAMS};
use nameward_tests::parity::{Log, Names};
use nameward_tests::responder::Responder;
use nameward_tests::stage::{Props, Stage};

/// Names whose first label tells the server what to do, and over what the answer comes: over a stream where the datagram is
/// truncated, or where somebody guesses.
const QUESTIONS: [(&str, Proto); 4] = [
    ("plain.example.", Proto::Datagram),
    ("noisy.example.", Proto::Stream),
    ("long.example.", Proto::Stream),
    ("late.example.", Proto::Datagram),
];

/// What an event says, without the round trip, and with the server's name for its address.
fn describe(event: &Event, names: &mut Names) -> String {
    match event {
        Event::Answered {
            id,
            reply:
                Reply {
                    message,
                    server,
                    proto,
                    ..
                },
        } => {
            format!(
                "{id:?} answered by {} over {proto:?}: {:?}",
                names.address(*server),
                message.as_bytes()
            )
        }
        Event::Failed { id, error } => format!("{id:?} failed: {error}"),
    }
}

/// Over what each question was answered, with how many records; and what client and server did.
type Played = (Vec<Result<(Proto, usize), ExchangeError>>, [Log; 2]);

fn four_questions<S: Stage>(stage: &mut S) -> Played {
    // The stream listens on the port of the datagrams: so does a DNS server.
    let props = Props {
        seed: 1,
        listeners: vec![(DATAGRAMS, Proto::Datagram), (STREAMS, Proto::Stream)],
    };
    let server = stage.enter::<NameServer<Responder>>(&props, ());
    let address = stage.address(&server, DATAGRAMS);
    let mut client = stage.enter::<Requester>(
        &Props {
            seed: 2,
            listeners: Vec::new(),
        },
        Config::default(),
    );
    let mut outcomes = Vec::new();
    for (number, (name, _)) in QUESTIONS.into_iter().enumerate() {
        let ask = Ask {
            id: QuestionId(number as u64),
            server: address,
            question: Question::new(name.parse().expect("a name"), Rtype::TXT),
            options: QueryOptions {
                timeout: Duration::from_millis(300),
                ..QueryOptions::default()
            },
        };
        stage.command(&mut client, Command::Ask(ask));
        let events = stage.events(&mut client, 1);
        outcomes.extend(events.into_iter().map(|event| match event {
            Event::Answered { reply, .. } => {
                Ok((reply.proto, reply.message.view().records(Section::Answer).count()))
            }
            Event::Failed { error, .. } => Err(error),
        }));
    }
    let client = Log::with_events::<Requester>(&stage.leave(client), describe);
    (
        outcomes,
        [client, Log::of::<NameServer<Responder>>(&stage.leave(server))],
    )
}

#[test]
fn questions_are_asked_and_answered_alike_everywhere() {
    let (outcomes, [client, _]) = assert_parity!(four_questions);
    let answers = |proto| if proto == Proto::Stream { 100 } else { 1 };
    assert_eq!(outcomes, QUESTIONS.map(|(_, proto)| Ok((proto, answers(proto)))));
    // One flow for each question, one stream for the noisy one and the long one, and a second datagram flow for the late one.
    assert_eq!(client.flows.len(), QUESTIONS.len() + 2, "{client:#?}");
}
