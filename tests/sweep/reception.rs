//! Responses on their way to a requester.

use std::net::SocketAddr;

use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, CloseCause, Ignored, Input, Machine, Output, Proto};
use nameward_core::seed::Seed;
use nameward_core::time::{Instant, Now};
use nameward_core::transport::{Ask, Command, Config, Event, QueryOptions, QuestionId, Requester};
use nameward_core::wire::{Message, Question, Rcode};

use crate::damage::Damage;
use crate::limit::{Limit, Most};

/// A requester that put the question of a message, which now arrives in many states as the response.
pub(crate) struct Receiver {
    requester: Requester,
    question: Question,
    questions: u64,
    /// The flow on which the response is awaited.
    flow: FlowId,
    /// Streams that it wants opened, and cannot have.
    streams: Vec<FlowId>,
    response: Vec<u8>,
}

/// What becomes of what a peer sent.
enum Outcome {
    Ignored(Ignored),
    Ended(Event),
    /// It goes on in another way, as after a truncated response.
    Acted,
}

impl Receiver {
    /// None if the octets are no response to one question, written without compression.
    pub(crate) fn new(octets: &[u8]) -> Option<Self> {
        let message = Message::parse(octets).ok()?;
        let question = message.question()?.to_question();
        let plain = octets.get(12..)?.starts_with(question.name.as_wire());
        if !message.flags().qr() || !plain {
            return None;
        }
        let mut receiver = Self {
            requester: Requester::new(Seed::from_number(0), Config::default()).unwrap(),
            question,
            questions: 0,
            flow: FlowId::from_u64(0),
            streams: Vec::new(),
            response: octets.to_vec(),
        };
        receiver.ask();
        Some(receiver)
    }

    /// Puts the question, and makes the response one to the query.
    fn ask(&mut self) {
        self.questions += 1;
        let ask = Ask {
            id: QuestionId(self.questions),
            server: SocketAddr::from(([192, 0, 2, 53], 53)),
            question: self.question.clone(),
            options: QueryOptions::default(),
        };
        self.requester.command(NOW, Command::Ask(ask)).unwrap();
        loop {
            match self.requester.poll() {
                Output::Do(Action::Send { flow, data }) => {
                    self.flow = flow;
                    self.response[..2].copy_from_slice(&data[..2]);
                    // The letters of the question are cased at random.
                    let name = 12..12 + self.question.name.as_wire().len();
                    self.response[name.clone()].copy_from_slice(&data[name]);
                }
                Output::Idle(_) => return,
                Output::Do(_) | Output::Event(_) | Output::Ignored { .. } => {}
            }
        }
    }

    /// The response arrives damaged: it answers the question, leads to another attempt, or is ignored for a reason.
    pub(crate) fn receive(&mut self, damage: Damage, most: &mut Most) {
        let mut octets = self.response.clone();
        let data = damage.apply(&mut octets);
        let Self {
            requester,
            flow,
            streams,
            ..
        } = self;
        let flow = *flow;
        let outcomes = most.within("reception", LIMIT, data.len(), || {
            requester.handle(NOW, Input::Received { flow, data });
            let mut outcomes = Vec::new();
            loop {
                match requester.poll() {
                    Output::Do(action) => {
                        if let Action::Open { flow, proto, .. } = action
                            && proto == Proto::Stream
                        {
                            streams.push(flow);
                        }
                        outcomes.push(Outcome::Acted);
                    }
                    Output::Ignored { why, .. } => outcomes.push(Outcome::Ignored(why)),
                    Output::Event(event) => outcomes.push(Outcome::Ended(event)),
                    Output::Idle(_) => return outcomes,
                }
            }
        });
        assert!(!outcomes.is_empty(), "it was neither taken nor ignored");
        let parsed = Message::parse(data);
        for outcome in &outcomes {
            match outcome {
                Outcome::Ignored(Ignored::Malformed { offset }) => {
                    assert!(parsed.is_err() && usize::from(*offset) <= data.len());
                }
                Outcome::Ended(Event::Answered { reply, .. }) => {
                    let message = parsed.unwrap();
                    let mut expected = data.to_vec();
                    if let Some(question) = message.question() {
                        assert_eq!(question.to_question(), self.question);
                        // The asker sees the letters that it asked with.
                        let name = self.question.name.as_wire();
                        expected[12..12 + name.len()].copy_from_slice(name);
                    } else {
                        // A server that could not read the question does not repeat it.
                        assert_ne!(message.rcode(), Rcode::NOERROR);
                    }
                    assert_eq!(reply.message.as_bytes(), &expected);
                }
                Outcome::Ignored(_) | Outcome::Ended(Event::Failed { .. }) | Outcome::Acted => {}
            }
        }
        if self.requester.in_flight() > 0 && outcomes.iter().any(|outcome| matches!(outcome, Outcome::Acted))
        {
            let cancel = Command::Cancel(QuestionId(self.questions));
            self.requester.command(NOW, cancel).unwrap();
        }
        for flow in self.streams.drain(..) {
            let cause = CloseCause::Refused;
            self.requester.handle(NOW, Input::Closed { flow, cause });
            while !matches!(self.requester.poll(), Output::Idle(_)) {}
        }
        if self.requester.in_flight() == 0 {
            self.ask();
        }
    }
}

const NOW: Now = Now {
    mono: Instant::ZERO,
    wall: None,
};

/// A response is kept once.
const LIMIT: Limit = Limit { memory: 2, steps: 8 };
