//! Drives a requester as a driver does, and also says what no driver says.

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

use super::accounts::Accounts;
use super::reply::reply;

/// The port of the first server; the others follow.
const FIRST_PORT: u16 = 1_000;
/// So many questions at most are asked in a run.
const MOST_QUESTIONS: usize = 24;
/// So long at most a connection is kept without questions.
const MOST_IDLE: Duration = Duration::from_secs(120);

/// The driver, and what it knows of the flows.
pub(super) struct Driver {
    machine: Recorder<Requester>,
    limits: Limits,
    now: Instant,
    wake: Option<Wake>,
    flows: BTreeMap<FlowId, Flow>,
    /// Flows that ended, for those who speak of them afterwards.
    ended: Vec<FlowId>,
    accounts: Accounts,
    outputs: Vec<Output<Event>>,
}

struct Flow {
    server: usize,
    proto: Proto,
    /// The queries that went out, each without a length before it.
    queries: Vec<Vec<u8>>,
    /// How much of what waits to be written to the stream was looked at.
    seen: usize,
}

impl Driver {
    /// A driver of a machine that was asked nothing yet.
    pub(super) fn new(machine: Recorder<Requester>, limits: Limits) -> Self {
        Self {
            machine,
            accounts: Accounts::new(limits.clone()),
            limits,
            now: Instant::ZERO,
            wake: None,
            flows: BTreeMap::new(),
            ended: vec![FlowId::from_machine(Lane(9), 7)],
            outputs: Vec::new(),
        }
    }

    /// Lets one thing happen.
    pub(super) fn step(&mut self, source: &mut Unstructured<'_>) -> Result<()> {
        match source.int_in_range(0..=13)? {
            0 | 1 => self.ask(source)?,
            2 => {
                let question = source.int_in_range(0..=self.accounts.asked())?;
                let expected = self.accounts.is_in_flight(question);
                if expected {
                    self.accounts.cancel(question);
                }
                let command = Command::Cancel(QuestionId(question as u64));
                assert_eq!(self.machine.command(self.at(), command).is_ok(), expected);
                self.drain(!expected);
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
                let left = waiting.saturating_sub(count);
                if let Some(flow) = self.flows.get_mut(&flow) {
                    flow.seen = left;
                }
                self.drain(false);
                assert_eq!(self.machine.stream_out(flow).len(), left);
            }
            _ => self.anything(source)?,
        }
        Ok(())
    }

    /// Waits until every question must be over and every connection closed, and checks that they are.
    pub(super) fn finish(&mut self) {
        self.wait(self.limits.time);
        assert_eq!(
            self.accounts.in_flight(),
            0,
            "a question has no event in its time"
        );
        self.wait(MOST_IDLE);
        assert_eq!(self.wake, None, "nothing is asked, and something is waited for");
        let requester = self.machine.machine();
        let left = (requester.in_flight(), requester.open_flows(), self.flows.len());
        assert_eq!(left, (0, 0, 0));
    }

    /// The recording, and all that came out.
    pub(super) fn into_parts(mut self) -> (Vec<u8>, Vec<Output<Event>>) {
        (self.machine.take(), self.outputs)
    }

    fn at(&self) -> Now {
        Now::without_wall(self.now)
    }

    fn ask(&mut self, source: &mut Unstructured<'_>) -> Result<()> {
        let number = self.accounts.asked();
        if number >= MOST_QUESTIONS {
            return Ok(());
        }
        // Some questions share a server, and with it connections and what is known about it.
        let server = if source.arbitrary()? { number } else { number % 3 };
        let options = options(source)?;
        let name: Name = source
            .choose(&["Example.org.", ".", "a.B.c."])?
            .parse()
            .expect("it is a name");
        // Sometimes under a number that is in use.
        let taken = source.choose_index(number + 1)?;
        let in_use = source.ratio(1, 8)? && self.accounts.is_in_flight(taken);
        let id = if in_use { taken } else { number };
        let expected = !in_use && options.validate(&self.limits).is_ok();
        if expected {
            self.accounts.ask(self.now, server, &options);
        }
        let port = FIRST_PORT + u16::try_from(server).expect("there are few questions");
        let ask = Ask {
            id: QuestionId(id as u64),
            server: ([192, 0, 2, 1], port).into(),
            question: Question {
                name,
                rtype: Rtype::A,
                class: Class::IN,
            },
            options,
        };
        let at = self.at();
        assert_eq!(self.machine.command(at, Command::Ask(ask)).is_ok(), expected);
        self.drain(!expected);
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

    /// A reply to one of the queries on some flow.
    fn reply(&mut self, source: &mut Unstructured<'_>) -> Result<()> {
        let flow = self.flow(source)?;
        let Some(Flow { queries, proto, .. }) = self.flows.get(&flow) else {
            return Ok(());
        };
        if queries.is_empty() {
            return Ok(());
        }
        let query = choose_query(source, queries)?;
        let (mut message, proto) = (reply(source, query)?, *proto);
        if proto == Proto::Stream {
            let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
            message.splice(0..0, length.to_be_bytes());
        }
        // A stream comes in pieces.
        let cut = match proto {
            Proto::Stream => source.int_in_range(0..=message.len())?,
            Proto::Datagram => message.len(),
        };
        let (first, second) = message.split_at(cut);
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
            let late = self.wake.is_none_or(|wake| wake.at > self.now);
            assert!(late, "after a tick at {} the wake is {:?}", self.now, self.wake);
        }
    }

    /// Takes everything until the machine is idle. After a call that was refused there is nothing.
    fn drain(&mut self, refused: bool) {
        // Each question can have something to close, to open and to say, and a piece of a stream many messages.
        let mut left = 32 * (self.accounts.asked() + 2) + LONGEST_PIECE;
        let before = self.wake;
        loop {
            left = left.checked_sub(1).expect("the machine does not become idle");
            let output = self.machine.poll();
            match &output {
                Output::Idle(wake) => {
                    assert!(
                        !refused || *wake == before,
                        "a call that was refused changed the wake"
                    );
                    self.wake = *wake;
                    break;
                }
                Output::Do(action) => self.act(action),
                Output::Event(event) => {
                    let question = usize::try_from(event.id().0).expect("it was asked under this number");
                    self.accounts.ended(self.now, question, event);
                }
                Output::Ignored { .. } => {}
            }
            assert!(!refused, "a call was refused, and {output:?} came out");
            self.outputs.push(output);
        }
        let in_flight = self.accounts.in_flight();
        let requester = self.machine.machine();
        assert_eq!(requester.in_flight(), in_flight);
        assert_eq!(requester.open_flows(), self.flows.len());
        let datagrams = self.flows.values().filter(|flow| flow.proto == Proto::Datagram);
        assert!(datagrams.count() <= in_flight, "a question has two datagrams out");
        self.look_at_streams();
    }

    /// Reads the queries that were put on streams.
    fn look_at_streams(&mut self) {
        for (&flow, state) in &mut self.flows {
            let waiting = self.machine.stream_out(flow);
            let mut fresh = &waiting[state.seen..];
            while let [high, low, rest @ ..] = fresh {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                let (query, after) = rest.split_at_checked(length).expect("queries are queued whole");
                state.queries.push(query.to_vec());
                fresh = after;
            }
            state.seen = waiting.len();
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
                let server = usize::from(remote.port() - FIRST_PORT);
                self.accounts.opened(self.now, server, *proto);
                let state = Flow {
                    server,
                    proto: *proto,
                    queries: Vec::new(),
                    seen: 0,
                };
                let known = self.flows.insert(*flow, state).is_some() || self.ended.contains(flow);
                assert!(*read && !known, "{flow} is opened twice");
            }
            Action::Send { flow, data } => {
                let state = self.flows.get_mut(flow).expect("a datagram goes to an open flow");
                assert_eq!(state.proto, Proto::Datagram);
                state.queries.push(data.to_vec());
                self.accounts.sent(state.server);
            }
            Action::Writable { flow } => {
                let state = &self.flows[flow];
                assert_eq!(state.proto, Proto::Stream);
                self.accounts.sent(state.server);
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
}

/// One of the queries, as a rule the last.
fn choose_query<'q>(source: &mut Unstructured<'_>, queries: &'q [Vec<u8>]) -> Result<&'q [u8]> {
    let at = if source.ratio(1, 4)? {
        source.choose_index(queries.len())?
    } else {
        queries.len() - 1
    };
    Ok(&queries[at])
}

/// How a question is put; not always as it may be.
fn options(source: &mut Unstructured<'_>) -> Result<QueryOptions> {
    let edns = Edns {
        udp_payload: source.int_in_range(0..=1_300)?,
        dnssec_ok: source.arbitrary()?,
        version: source.int_in_range(0..=3)? / 2,
        ..Edns::default()
    };
    Ok(QueryOptions {
        proto: if source.arbitrary()? {
            Proto::Stream
        } else {
            Proto::Datagram
        },
        edns: source.arbitrary::<bool>()?.then_some(edns),
        cookies: source.arbitrary()?,
        case_randomization: source.arbitrary()?,
        timeout: Duration::from_millis(source.int_in_range(0..=10_001)?),
        attempts: source.int_in_range(0..=4)?,
        sent_before: source.int_in_range(0..=15)? / 4,
        ..QueryOptions::default()
    })
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
