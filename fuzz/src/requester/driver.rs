//! Drives a requester as a driver does, keeps its own accounts of each question, and also says what no driver says.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use arbitrary::{Result, Unstructured};
use nameward_core::flow::{FlowId, Lane, ListenerId, StoreId};
use nameward_core::limits::Limits;
use nameward_core::machine::{Action, CloseCause, Input, LONGEST_PIECE, Machine as _, Output, Proto, Wake};
use nameward_core::time::{Instant, Now};
use nameward_core::trace::Recorder;
use nameward_core::transport::{Ask, Command, Edns, Event, QueryOptions, QuestionId, Requester};
use nameward_core::wire::{Class, Name, Question, Rtype};

/// Each server hears one question, so that a packet tells whose it is: its port is the question's number.
const FIRST_PORT: u16 = 1_000;
/// So many questions at most are asked in a run.
const MOST_QUESTIONS: u16 = 24;

/// The driver and its accounts.
pub(super) struct Driver {
    machine: Recorder<Requester>,
    limits: Limits,
    now: Instant,
    wake: Option<Wake>,
    flows: BTreeMap<FlowId, Flow>,
    /// Flows that ended, for those who speak of them afterwards.
    ended: Vec<FlowId>,
    questions: Vec<Asked>,
    outputs: Vec<Output<Event>>,
}

struct Flow {
    question: usize,
    proto: Proto,
    /// The query that went out, without a length before it.
    query: Vec<u8>,
    /// The octets of queries before the stream took them.
    unsent: bool,
}

struct Asked {
    attempts: u8,
    since: Instant,
    packets: u16,
    datagrams: u8,
    streams: u8,
    over: bool,
}

impl Driver {
    /// A driver of a machine that was asked nothing yet.
    pub(super) fn new(machine: Recorder<Requester>, limits: Limits) -> Self {
        Self {
            machine,
            limits,
            now: Instant::ZERO,
            wake: None,
            flows: BTreeMap::new(),
            ended: vec![FlowId::from_machine(Lane(9), 7)],
            questions: Vec::new(),
            outputs: Vec::new(),
        }
    }

    /// Lets one thing happen.
    pub(super) fn step(&mut self, source: &mut Unstructured<'_>) -> Result<()> {
        match source.int_in_range(0..=13)? {
            0 | 1 => self.ask(source)?,
            2 => {
                let known = u64::from(FIRST_PORT) + self.questions.len() as u64;
                let id = source.int_in_range(u64::from(FIRST_PORT)..=known)?;
                let taken = self
                    .machine
                    .command(self.at(), Command::Cancel(QuestionId(id)))
                    .is_ok();
                let asked = usize::try_from(id)
                    .ok()
                    .and_then(|id| self.questions.get_mut(id - usize::from(FIRST_PORT)));
                assert_eq!(taken, asked.as_ref().is_some_and(|asked| !asked.over));
                if let Some(asked) = asked {
                    asked.over = true;
                }
                self.drain(!taken);
            }
            3 | 4 => self.wait(Duration::from_millis(u64::from(source.arbitrary::<u16>()?) / 16)),
            5 => self.handle(Input::Tick),
            6..=8 => self.reply(source)?,
            9 => {
                let flow = self.flow(source)?;
                let data: &[u8] = source.arbitrary()?;
                if !data.is_empty() {
                    self.handle(Input::Received { flow, data });
                }
            }
            10 => {
                let flow = self.flow(source)?;
                let cause = cause(source)?;
                if self.flows.remove(&flow).is_some() {
                    self.ended.push(flow);
                }
                self.handle(Input::Closed { flow, cause });
            }
            11 => {
                let flow = self.flow(source)?;
                let cause = cause(source)?;
                self.handle(Input::Rejected { flow, cause });
            }
            12 => {
                let flow = self.flow(source)?;
                let waiting = self.machine.stream_out(flow).len();
                // More than there is counts as all.
                let count = source.int_in_range(0..=waiting + 1)?;
                self.machine.stream_sent(self.at(), flow, count);
                self.drain(false);
                assert_eq!(self.machine.stream_out(flow).len(), waiting.saturating_sub(count));
            }
            _ => self.anything(source)?,
        }
        Ok(())
    }

    /// Waits until every question must be over, and checks that it is.
    pub(super) fn finish(&mut self) {
        let time = self.limits.time;
        self.wait(time);
        assert!(
            self.questions.iter().all(|asked| asked.over),
            "a question has no event in its time"
        );
        assert_eq!(
            self.wake, None,
            "nothing is asked, and {:?} is waited for",
            self.wake
        );
        let requester = self.machine.machine();
        assert_eq!(
            (requester.in_flight(), requester.open_flows(), self.flows.len()),
            (0, 0, 0)
        );
    }

    /// The recording, and all that came out.
    pub(super) fn into_parts(mut self) -> (Vec<u8>, Vec<Output<Event>>) {
        (self.machine.take(), self.outputs)
    }

    fn at(&self) -> Now {
        Now::without_wall(self.now)
    }

    fn ask(&mut self, source: &mut Unstructured<'_>) -> Result<()> {
        let number = u16::try_from(self.questions.len()).unwrap_or(MOST_QUESTIONS);
        if number >= MOST_QUESTIONS {
            return Ok(());
        }
        let port = FIRST_PORT + number;
        let options = QueryOptions {
            proto: if source.arbitrary()? {
                Proto::Stream
            } else {
                Proto::Datagram
            },
            edns: if source.arbitrary()? {
                Some(Edns {
                    udp_payload: source.int_in_range(0..=1300)?,
                    dnssec_ok: source.arbitrary()?,
                    version: source.int_in_range(0..=1)?,
                    ..Edns::default()
                })
            } else {
                None
            },
            timeout: Duration::from_millis(source.int_in_range(0..=10_001)?),
            attempts: source.int_in_range(0..=4)?,
            ..QueryOptions::default()
        };
        let name: Name = source
            .choose(&["Example.org.", ".", "a.B.c."])?
            .parse()
            .expect("it is a name");
        // Sometimes under a number that is in use, or was.
        let id = if source.ratio(1, 8)? {
            FIRST_PORT + number / 2
        } else {
            port
        };
        let attempts = options.attempts;
        let valid = options.validate(&self.limits).is_ok();
        let in_use = self
            .questions
            .get(usize::from(id - FIRST_PORT))
            .is_some_and(|asked| !asked.over);
        if id != port && !in_use {
            return Ok(());
        }
        let ask = Ask {
            id: QuestionId(id.into()),
            server: ([192, 0, 2, 1], port).into(),
            question: Question {
                name,
                rtype: Rtype::A,
                class: Class::IN,
            },
            options,
        };
        let at = self.at();
        let taken = valid && !in_use;
        if taken {
            self.questions.push(Asked {
                attempts,
                since: self.now,
                packets: 0,
                datagrams: 0,
                streams: 0,
                over: false,
            });
        }
        assert_eq!(self.machine.command(at, Command::Ask(ask)).is_ok(), taken);
        self.drain(!taken);
        Ok(())
    }

    /// Lets time pass, with all ticks that are due meanwhile.
    fn wait(&mut self, time: Duration) {
        let until = self.now.after(time);
        while let Some(wake) = self.wake.filter(|wake| wake.at <= until) {
            self.now = self.now.max(wake.at);
            self.handle(Input::Tick);
        }
        self.now = until;
    }

    /// A reply that is made of the query on some flow, with some octets changed.
    fn reply(&mut self, source: &mut Unstructured<'_>) -> Result<()> {
        let flow = self.flow(source)?;
        let Some(Flow { query, proto, .. }) = self.flows.get(&flow) else {
            return Ok(());
        };
        let (mut message, proto) = (query.clone(), *proto);
        if let Some(flags) = message.get_mut(2..4) {
            let [high, low]: [u8; 2] = if source.ratio(1, 4)? {
                source.arbitrary()?
            } else {
                [0x81, 0x80]
            };
            flags.copy_from_slice(&[high, low]);
        }
        for _ in 0..source.int_in_range(0..=2)? {
            let at = source.choose_index(message.len().max(1))?;
            if let Some(octet) = message.get_mut(at) {
                *octet ^= source.arbitrary::<u8>()?;
            }
        }
        message.extend_from_slice(source.arbitrary()?);
        if source.ratio(1, 8)? {
            message.resize(message.len() + usize::from(source.arbitrary::<u16>()?) / 8, 0);
        }
        if proto == Proto::Stream {
            let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
            message.splice(0..0, length.to_be_bytes());
        }
        // A stream comes in pieces, and a piece may be more than a message.
        let cut = source.int_in_range(0..=message.len())?;
        let (first, second) = if proto == Proto::Stream {
            message.split_at(cut)
        } else {
            (&message[..], &[][..])
        };
        for data in [first, second] {
            if !data.is_empty() && data.len() <= LONGEST_PIECE && self.flows.contains_key(&flow) {
                self.handle(Input::Received { flow, data });
            }
        }
        Ok(())
    }

    /// What concerns no question, or is out of place.
    fn anything(&mut self, source: &mut Unstructured<'_>) -> Result<()> {
        let peer: SocketAddr = ([192, 0, 2, 7], 7).into();
        let flow = self.flow(source)?;
        let listener = ListenerId(source.arbitrary()?);
        let input = match source.int_in_range(0..=5)? {
            0 => Input::Opened { flow, local: peer },
            1 => Input::Finished { flow },
            2 => Input::NetworkChanged,
            3 => Input::Accepted {
                flow: FlowId::from_driver(Lane(0), source.arbitrary()?),
                listener,
                peer,
                local: peer,
            },
            4 => Input::Request {
                listener,
                peer,
                local: None,
                data: source.arbitrary()?,
            },
            _ => Input::Stored {
                token: StoreId::from_u64(source.arbitrary()?),
                result: Ok(()),
            },
        };
        self.handle(input);
        Ok(())
    }

    /// Some flow, as a rule one that is open.
    fn flow(&self, source: &mut Unstructured<'_>) -> Result<FlowId> {
        let open: Vec<_> = self.flows.keys().copied().collect();
        if open.is_empty() || source.ratio(1, 8)? {
            source.choose(&self.ended).copied()
        } else {
            source.choose(&open).copied()
        }
    }

    fn handle(&mut self, input: Input<'_>) {
        let at = self.at();
        self.machine.handle(at, input);
        self.drain(false);
        if input == Input::Tick {
            assert!(
                self.wake.is_none_or(|wake| wake.at > self.now),
                "after a tick at {} the wake is {:?}",
                self.now,
                self.wake
            );
        }
    }

    /// Takes everything until the machine is idle. After a call that was refused there is nothing.
    fn drain(&mut self, refused: bool) {
        // Each question can have something to close, to open and to say.
        let mut left = 16 * (self.questions.len() + 2) + 66_000;
        let before = self.wake;
        loop {
            left = left.checked_sub(1).expect("the machine does not become idle");
            match self.machine.poll() {
                Output::Idle(wake) => {
                    assert!(
                        !refused || wake == before,
                        "a call that was refused changed the wake"
                    );
                    self.wake = wake;
                    break;
                }
                output => {
                    assert!(!refused, "a call was refused, and {output:?} came out");
                    match &output {
                        Output::Do(action) => self.act(action),
                        Output::Event(event) => self.ends(event),
                        Output::Ignored { .. } | Output::Idle(_) => {}
                    }
                    self.outputs.push(output);
                }
            }
        }
        let in_flight = self.questions.iter().filter(|asked| !asked.over).count();
        let requester = self.machine.machine();
        assert_eq!(requester.in_flight(), in_flight);
        assert_eq!(requester.open_flows(), self.flows.len());
        assert!(self.flows.len() <= in_flight, "more flows than questions");
        self.queries();
    }

    /// Reads the query on each new stream.
    fn queries(&mut self) {
        for (&flow, state) in self.flows.iter_mut().filter(|(_, state)| state.unsent) {
            if let [_, _, query @ ..] = self.machine.stream_out(flow) {
                state.query = query.to_vec();
                state.unsent = false;
            }
        }
    }

    fn act(&mut self, action: &Action) {
        match action {
            Action::Open {
                flow,
                proto,
                remote,
                read,
            } => {
                let question = usize::from(remote.port() - FIRST_PORT);
                let unsent = *proto == Proto::Stream;
                let state = Flow {
                    question,
                    proto: *proto,
                    query: Vec::new(),
                    unsent,
                };
                assert!(
                    self.flows.insert(*flow, state).is_none() && !self.ended.contains(flow),
                    "{flow} is opened twice"
                );
                assert!(*read);
                let (now, attempts) = (self.now, self.questions[question].attempts);
                let asked = &mut self.questions[question];
                let made = if unsent {
                    &mut asked.streams
                } else {
                    &mut asked.datagrams
                };
                *made += 1;
                assert!(
                    *made <= attempts,
                    "question {question} has more than {attempts} attempts"
                );
                assert!(
                    now.since(asked.since) < self.limits.time,
                    "question {question} is asked beyond its time"
                );
                if unsent {
                    self.pays(question);
                }
            }
            Action::Send { flow, data } => {
                let state = self.flows.get_mut(flow).expect("a datagram goes to an open flow");
                assert_eq!(state.proto, Proto::Datagram);
                state.query = data.to_vec();
                let question = state.question;
                self.pays(question);
            }
            Action::Writable { flow } => {
                let state = self
                    .flows
                    .get(flow)
                    .expect("an open stream has something to send");
                assert_eq!(state.proto, Proto::Stream);
                self.pays(state.question);
            }
            Action::Close { flow } => {
                assert!(
                    self.flows.remove(flow).is_some(),
                    "{flow} is closed, and is not open"
                );
                self.ended.push(*flow);
            }
            Action::Finish { .. }
            | Action::Read { .. }
            | Action::Reply { .. }
            | Action::Accept { .. }
            | Action::Detach { .. }
            | Action::Store { .. } => panic!("a requester has no use for {action:?}"),
        }
    }

    /// A datagram, a connection, or a message on a stream.
    fn pays(&mut self, question: usize) {
        let asked = &mut self.questions[question];
        asked.packets += 1;
        assert!(
            asked.packets <= self.limits.packets,
            "question {question} has caused too many packets"
        );
        assert!(!asked.over, "question {question} is over, and still asked");
    }

    fn ends(&mut self, event: &Event) {
        let id = event.id().0;
        let question = usize::try_from(id).unwrap_or(usize::MAX) - usize::from(FIRST_PORT);
        let now = self.now;
        let asked = &mut self.questions[question];
        assert!(
            !std::mem::replace(&mut asked.over, true),
            "question {question} has two events"
        );
        assert!(
            now.since(asked.since) <= self.limits.time,
            "question {question} ends after its time"
        );
        if let Event::Answered { reply, .. } = event {
            assert_eq!(u64::from(reply.server.port()), id);
            let octets = reply.message.as_bytes().len();
            assert!(
                octets <= self.limits.octets as usize,
                "a reply has {octets} octets"
            );
            assert!(reply.message.view().flags().qr() && !reply.message.view().flags().tc());
        }
    }
}

fn cause(source: &mut Unstructured<'_>) -> Result<CloseCause> {
    use CloseCause::*;
    let all = [
        Refused,
        Reset,
        Finished,
        Unreachable,
        TimedOut,
        Forbidden,
        TooLarge,
        Descriptors,
        Buffers,
        Addresses,
        Shutdown,
        Other,
    ];
    source.choose(&all).copied()
}
