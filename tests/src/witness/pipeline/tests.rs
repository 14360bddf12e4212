//! The client against a peer that does as it is told, in the same function.

use super::*;
use nameward_core::seed::Rng;
use nameward_core::time::{Instant, UnixTime};
use proptest::prelude::*;

const ENDS: u64 = 1_000_000;

struct Conversation {
    client: Pipeline,
    peer_rng: Rng,
    now: Now,
    /// The stream that is open, and the peer's end of it.
    stream: Option<(FlowId, Box<dyn SecureChannel>)>,
    asked: OctetQueue,
    questions: Vec<(u16, Vec<u8>)>,
    outcomes: Vec<Outcome>,
    ignored: Vec<Ignored>,
    opened: usize,
    ended: usize,
    wake: Option<Wake>,
}

impl Conversation {
    fn new(secure: bool) -> Self {
        let config = Config {
            server: ([127, 0, 0, 1], 853).into(),
            secure,
            in_flight: 3,
            patience: Duration::from_secs(5),
            idle: Duration::from_secs(10),
        };
        Self {
            client: Pipeline::from_seed(Seed::from_number(1), config).unwrap(),
            peer_rng: Rng::new(&Seed::from_number(2)),
            now: Now {
                mono: Instant::ZERO,
                wall: Some(UnixTime::from_secs(0)),
            },
            stream: None,
            asked: OctetQueue::default(),
            questions: Vec::new(),
            outcomes: Vec::new(),
            ignored: Vec::new(),
            opened: 0,
            ended: 0,
            wake: None,
        }
    }

    fn handle(&mut self, input: Input<'_>) {
        self.client.handle(self.now, input);
        self.drain();
    }

    fn command(&mut self, command: Command) {
        self.client.command(self.now, command).unwrap();
        self.drain();
    }

    fn ask(&mut self, question: u64) {
        self.command(Command::Ask {
            question,
            text: format!("question {question}").into(),
        });
    }

    fn drain(&mut self) {
        loop {
            match self.client.poll() {
                Output::Do(Action::Open { flow, .. }) => {
                    assert!(self.stream.is_none(), "two streams at once");
                    let mut channel: Box<dyn SecureChannel> = match self.client.config.secure {
                        true => Box::new(FakeChannel::server(UnixTime::from_secs(ENDS), &mut self.peer_rng)),
                        false => Box::new(PlainChannel),
                    };
                    channel.start(&mut Vec::new());
                    self.asked = OctetQueue::default();
                    self.questions.clear();
                    self.stream = Some((flow, channel));
                    self.opened += 1;
                }
                Output::Do(Action::Close { flow }) => {
                    assert_eq!(self.stream.take().map(|(open, _)| open), Some(flow));
                }
                Output::Do(_) => {}
                Output::Event(Event::Concluded(outcome)) => self.outcomes.push(outcome),
                Output::Event(Event::StreamEnded) => self.ended += 1,
                Output::Ignored { why, .. } => self.ignored.push(why),
                Output::Idle(wake) => return self.wake = wake,
            }
        }
    }

    /// The peer takes what the client wrote; what the peer's channel says to that, arrives in pieces.
    fn deliver(&mut self, piece: usize) {
        while let Some((flow, channel)) = &mut self.stream {
            let (flow, wire) = (*flow, self.client.stream_out(*flow).to_vec());
            if wire.is_empty() {
                return;
            }
            let mut said = Vec::new();
            let _ = channel.receive(self.now.wall, &wire, self.asked.end(), &mut said);
            while let Some(frame) = self.asked.take_frame() {
                self.questions
                    .push((u16::from_be_bytes([frame[0], frame[1]]), frame[2..].to_vec()));
            }
            self.client.stream_sent(self.now, flow, wire.len());
            self.drain();
            self.arrive(&said, piece);
        }
    }

    fn arrive(&mut self, data: &[u8], piece: usize) {
        for data in data.chunks(piece) {
            let Some(&(flow, _)) = self.stream.as_ref() else {
                return;
            };
            self.handle(Input::Received { flow, data });
        }
    }

    fn say(&mut self, plain: &[u8], piece: usize) {
        let Some((_, channel)) = &mut self.stream else {
            return;
        };
        let mut wire = Vec::new();
        channel.send(plain, &mut wire);
        self.arrive(&wire, piece);
    }

    fn answer(&mut self, which: usize, piece: usize) {
        if which < self.questions.len() {
            let (id, text) = self.questions.remove(which);
            self.say(&frame(&[&id.to_be_bytes(), &text]).unwrap(), piece);
        }
    }

    fn tick_at(&mut self, at: Instant) {
        self.now.mono = self.now.mono.max(at);
        self.handle(Input::Tick);
        assert!(self.wake.is_none_or(|wake| wake.at > self.now.mono));
    }

    fn run_out(&mut self) {
        for _ in 0..1_000 {
            let Some(wake) = self.wake else { return };
            self.tick_at(wake.at);
        }
        panic!("the client wants to be woken for ever, now for {:?}", self.wake);
    }

    fn die(&mut self, death: Death) {
        let Some((flow, channel)) = &mut self.stream else {
            return;
        };
        let (flow, mut wire) = (*flow, Vec::new());
        match death {
            Death::Closed => {
                self.stream = None;
                return self.handle(Input::Closed {
                    flow,
                    cause: CloseCause::Reset,
                });
            }
            Death::CutOff => return self.handle(Input::Finished { flow }),
            Death::Notice => channel.finish(&mut wire),
            Death::Alert => wire = vec![5, 0, 1, 40],
            Death::Garbage => wire = vec![0xff; 9],
            Death::Altered => {
                channel.send(b"\0\x02ab", &mut wire);
                wire.iter_mut().skip(3).for_each(|octet| *octet ^= 0x10);
            }
            Death::NoAnswer => return self.say(&[0, 1, 7], 1),
            Death::Moved => return self.handle(Input::NetworkChanged),
            Death::Silence => return self.run_out(),
        }
        self.arrive(&wire, usize::MAX);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Death {
    Closed,
    CutOff,
    Notice,
    Alert,
    Garbage,
    Altered,
    NoAnswer,
    Moved,
    Silence,
}

const DEATHS: [(Death, Failure); 9] = [
    (Death::Closed, Failure::Closed(CloseCause::Reset)),
    (Death::CutOff, Failure::Channel(ChannelError::Truncated)),
    (Death::Notice, Failure::PeerFinished),
    (Death::Alert, Failure::Channel(ChannelError::Alert(40))),
    (Death::Garbage, Failure::Channel(ChannelError::BadRecord)),
    (Death::Altered, Failure::Channel(ChannelError::BadRecord)),
    (Death::NoAnswer, Failure::Malformed),
    (Death::Moved, Failure::NetworkChanged),
    (Death::Silence, Failure::TimedOut),
];

#[test]
fn every_death_of_the_stream_gives_each_question_its_reason() {
    for (death, failure) in DEATHS {
        let mut conversation = Conversation::new(true);
        (0..5).for_each(|question| conversation.ask(question));
        conversation.deliver(usize::MAX);
        conversation.answer(1, 1);
        conversation.deliver(usize::MAX);
        conversation.die(death);
        let mut outcomes = conversation.outcomes.clone();
        assert_eq!(
            outcomes.remove(0),
            Outcome {
                question: 1,
                answer: Ok("question 1".into())
            },
            "{death:?}"
        );
        let expected: Vec<_> = [0, 2, 3, 4]
            .map(|question| Outcome {
                question,
                answer: Err(failure),
            })
            .into();
        assert_eq!(outcomes, expected, "{death:?}");
        conversation.run_out();
        assert!(
            conversation.stream.is_none(),
            "{death:?}: the stream stays for ever"
        );
    }
}

#[test]
fn answers_are_matched_in_any_order_and_more_questions_than_fit_wait() {
    let mut conversation = Conversation::new(true);
    (0..5).for_each(|question| conversation.ask(question));
    conversation.deliver(7);
    assert_eq!(conversation.questions.len(), 3);
    conversation.answer(2, 1);
    conversation.answer(0, 5);
    conversation.deliver(1);
    assert_eq!(conversation.questions.len(), 3);
    (0..3).for_each(|_| conversation.answer(1.min(conversation.questions.len() - 1), 3));
    let order: Vec<_> = conversation
        .outcomes
        .iter()
        .map(|outcome| outcome.question)
        .collect();
    assert_eq!(order, [2, 0, 3, 4, 1]);
    assert!(
        conversation
            .outcomes
            .iter()
            .all(|outcome| { outcome.answer == Ok(format!("question {}", outcome.question).into()) })
    );
    assert_eq!((conversation.opened, conversation.ignored.len()), (1, 0));
}

#[test]
fn an_expired_certificate_and_a_missing_clock_are_told_apart() {
    for (wall, error) in [
        (Some(UnixTime::from_secs(ENDS)), ChannelError::Expired),
        (None, ChannelError::NoClock),
    ] {
        let mut conversation = Conversation::new(true);
        conversation.now.wall = wall;
        conversation.ask(0);
        conversation.deliver(usize::MAX);
        assert_eq!(
            conversation.outcomes,
            [Outcome {
                question: 0,
                answer: Err(Failure::Channel(error))
            }]
        );
    }
}

#[test]
fn a_late_answer_is_ignored_and_its_id_was_not_given_again() {
    let mut conversation = Conversation::new(false);
    (0..3).for_each(|question| conversation.ask(question));
    conversation.deliver(usize::MAX);
    conversation.command(Command::Cancel { question: 1 });
    conversation.answer(1, usize::MAX);
    assert_eq!(conversation.ignored, [Ignored::Unexpected]);
    conversation.say(&[0, 2, 0, 0], usize::MAX);
    assert_eq!(conversation.ignored.len() + conversation.outcomes.len(), 3);
    let again = conversation
        .client
        .command(conversation.now, Command::Cancel { question: 1 });
    assert_eq!(again, Err(Misuse::NotInUse(1)));
}

#[test]
fn a_stream_full_of_questions_that_nobody_waits_for_is_replaced() {
    let mut conversation = Conversation::new(true);
    (0..3).for_each(|question| conversation.ask(question));
    conversation.deliver(usize::MAX);
    (0..3).for_each(|question| conversation.command(Command::Cancel { question }));
    conversation.ask(3);
    conversation.deliver(usize::MAX);
    conversation.answer(0, usize::MAX);
    assert_eq!(
        conversation.outcomes.last().unwrap().answer,
        Ok("question 3".into())
    );
    assert_eq!(conversation.opened, 2);
}

#[derive(Clone, Debug)]
enum Act {
    Ask,
    Cancel(u64),
    Deliver(usize),
    Answer(usize, usize),
    Die(Death),
    Wait(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Ask),
        1 => (0u64..20).prop_map(Act::Cancel),
        6 => (1usize..40).prop_map(Act::Deliver),
        6 => (0usize..3, 1usize..40).prop_map(|(which, piece)| Act::Answer(which, piece)),
        1 => (0..DEATHS.len()).prop_map(|death| Act::Die(DEATHS[death].0)),
        1 => (1u64..12_000).prop_map(Act::Wait),
    ]
}

proptest! {
    /// Exactly one outcome, the right text if there is one, and nothing left behind.
    #[test]
    fn each_question_has_exactly_one_outcome(secure: bool, acts in prop::collection::vec(act(), 0..60)) {
        let mut conversation = Conversation::new(secure);
        let mut asked = 0;
        for act in acts {
            match act {
                Act::Ask => { conversation.ask(asked); asked += 1; }
                Act::Cancel(question) => {
                    let unused = !conversation.client.questions.contains_key(&question);
                    let result = conversation.client.command(conversation.now, Command::Cancel { question });
                    prop_assert_eq!(result.is_err(), unused);
                    conversation.drain();
                }
                Act::Deliver(piece) => conversation.deliver(piece),
                Act::Answer(which, piece) => conversation.answer(which, piece),
                Act::Die(death) => conversation.die(death),
                Act::Wait(milliseconds) => {
                    let until = conversation.now.mono.after(Duration::from_millis(milliseconds));
                    while let Some(wake) = conversation.wake.filter(|wake| wake.at <= until) {
                        conversation.tick_at(wake.at);
                    }
                    conversation.tick_at(until);
                }
            }
        }
        conversation.run_out();
        let mut outcomes: Vec<_> = conversation.outcomes.iter().map(|outcome| outcome.question).collect();
        outcomes.sort_unstable();
        prop_assert_eq!(outcomes, (0..asked).collect::<Vec<_>>());
        for Outcome { question, answer } in &conversation.outcomes {
            if let Ok(text) = answer {
                prop_assert_eq!(text, &format!("question {question}"));
            }
        }
        prop_assert!(conversation.stream.is_none());
        prop_assert_eq!(conversation.ended, conversation.opened);
    }
}
