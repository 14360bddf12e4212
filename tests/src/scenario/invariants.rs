//! What must hold after every event. The numbers are those of the project's list of invariants.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, Input, Output, Proto};
use nameward_core::time::{Instant, Now};
use nameward_core::transport::{Event, QuestionId, Reply};
use nameward_core::wire::Name;
use nameward_sim::{Fault, Happening, HostId, Packet, What, World};

use super::number_of;
use super::plan::{Plan, QuestionPlan};
use super::predictor::Predictor;
use super::servers::TRUTH;

/// The accounts, kept from outside.
pub(super) struct Invariants {
    /// Whose machine is watched, once it is there.
    pub(super) client: Option<HostId>,
    plan: Plan,
    servers: BTreeMap<std::net::SocketAddr, HostId>,
    questions: BTreeMap<QuestionId, Account>,
    /// Datagram flows that are open, with the query that went out on them.
    live: BTreeMap<FlowId, Bytes>,
    /// Streams on which nothing was written yet.
    fresh_streams: BTreeSet<FlowId>,
    predictor: Predictor,
    /// Every datagram that the machine got, and on which flow.
    arrivals: Vec<(FlowId, Packet)>,
    /// When the host goes on that does nothing now, in the world's time.
    paused_until: Instant,
    /// How late the machine may be: its timers and its driver are.
    slack: Duration,
}

#[derive(Debug)]
struct Account {
    asked: Instant,
    /// How long its host did nothing meanwhile.
    paused: Duration,
    state: State,
    datagrams: u32,
    /// The query that went out last, and on which flow: no other may be answered any more.
    query: Option<(FlowId, Bytes)>,
    /// All queries, by their flows.
    queries: BTreeMap<FlowId, Bytes>,
    /// Whether something else than the reply arrived where only that should.
    guessed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    InFlight,
    Cancelled,
    Answered,
    Failed,
    /// The power failed.
    Lost,
}

/// Makes the invariants see everything.
pub(super) fn watch(world: &mut World, invariants: &Rc<RefCell<Invariants>>) {
    let invariants = Rc::clone(invariants);
    world.observe("invariants", move |happening| {
        invariants.borrow_mut().look(happening)
    });
}

impl Invariants {
    pub(super) fn new(plan: &Plan, servers: &[HostId]) -> Self {
        let addresses = plan.servers.iter().map(super::plan::ServerPlan::address);
        let clock = plan.faults.clock(nameward_sim::ClockConfig::default());
        Self {
            client: None,
            plan: plan.clone(),
            servers: addresses.zip(servers.iter().copied()).collect(),
            questions: BTreeMap::new(),
            live: BTreeMap::new(),
            fresh_streams: BTreeSet::new(),
            predictor: Predictor::default(),
            arrivals: Vec::new(),
            paused_until: Instant::ZERO,
            // A late timer is late in the world's time, and the host's clock may run up to twice as fast.
            slack: (clock.lateness + clock.dawdling) * 2 + Duration::from_millis(1),
        }
    }

    /// A question is asked at `now` by the host's clock, at `at` by the world's.
    pub(super) fn asked(&mut self, id: QuestionId, now: Instant, at: Instant) {
        self.questions.insert(
            id,
            Account {
                asked: now,
                paused: self.paused_until.since(at) * 2,
                state: State::InFlight,
                datagrams: 0,
                query: None,
                queries: BTreeMap::new(),
                guessed: false,
            },
        );
    }

    pub(super) fn is_in_flight(&self, id: QuestionId) -> bool {
        self.questions
            .get(&id)
            .is_some_and(|account| account.state == State::InFlight)
    }

    pub(super) fn cancelled(&mut self, id: QuestionId) {
        if let Some(account) = self.questions.get_mut(&id) {
            account.state = State::Cancelled;
        }
    }

    /// Checked when nothing more will happen. Says how many questions were answered that had to be.
    pub(super) fn at_rest(&self) -> Result<usize, String> {
        let mut owed = 0;
        for (id, account) in &self.questions {
            let must_be_answered = self.planned(*id).must_be_answered;
            match account.state {
                State::InFlight => return Err(format!("INV-11: question {} never ended", id.0)),
                State::Failed if must_be_answered => {
                    return Err(format!(
                        "INV-11: question {} failed, and nothing was in its way",
                        id.0
                    ));
                }
                State::Answered if must_be_answered => owed += 1,
                State::Answered | State::Failed | State::Cancelled | State::Lost => {}
            }
        }
        Ok(owed)
    }

    fn planned(&self, id: QuestionId) -> &QuestionPlan {
        self.plan
            .questions
            .iter()
            .find(|question| question.id == id)
            .expect("the plan asks every question")
    }

    fn look(&mut self, happening: &Happening<'_>) -> Result<(), String> {
        if Some(happening.host) != self.client {
            return Ok(());
        }
        match happening.what {
            What::Input { input, packet, .. } => {
                match (*input, packet) {
                    (Input::Received { flow, data }, Some(packet)) => {
                        let guessed_at = self.questions.values_mut().find(|account| {
                            let query = account.queries.get(&flow);
                            query.is_some_and(|query| is_guess(data, query))
                        });
                        if let Some(account) = guessed_at {
                            account.guessed = true;
                        }
                        self.arrivals.push((flow, packet.clone()));
                    }
                    (Input::Closed { flow, .. }, _) => {
                        self.live.remove(&flow);
                    }
                    _ => {}
                }
                Ok(())
            }
            What::StreamSent { flow, data, .. } if self.fresh_streams.remove(&flow) => self.streamed(data),
            What::Output { now, output, .. } => match output {
                Output::Do(action) => self.acted(action),
                Output::Event(event) => match event.downcast_ref() {
                    Some(event) => self.ended(now, event),
                    None => Err("the machine has other events".into()),
                },
                Output::Ignored { .. } | Output::Idle(_) => Ok(()),
            },
            What::Crashed => {
                // The next machine names its flows from the beginning.
                for account in self.questions.values_mut() {
                    account.queries.clear();
                }
                for account in self
                    .questions
                    .values_mut()
                    .filter(|account| account.state == State::InFlight)
                {
                    account.state = State::Lost;
                }
                self.live.clear();
                self.fresh_streams.clear();
                self.arrivals.clear();
                self.predictor.forget();
                Ok(())
            }
            What::Paused(how_long) => {
                self.paused_until = self.paused_until.max(happening.at.after(how_long));
                for account in self.questions.values_mut() {
                    // The clock of the host may run up to twice as fast.
                    account.paused += how_long * 2;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn acted(&mut self, action: &Action) -> Result<(), String> {
        match action {
            Action::Send { flow, data } => self.sent(*flow, data),
            Action::Open {
                flow,
                proto: Proto::Stream,
                ..
            } => {
                self.fresh_streams.insert(*flow);
                Ok(())
            }
            Action::Close { flow } => {
                self.fresh_streams.remove(flow);
                self.live.remove(flow);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// INV-2 and INV-6: how much is asked.
    fn sent(&mut self, flow: FlowId, query: &Bytes) -> Result<(), String> {
        let name = query.get(12..).unwrap_or_default();
        let id = number_of(name).ok_or("a query asks what nobody wants to know")?;
        if self.predictor.predicts(u16::from_be_bytes([query[0], query[1]])) {
            return Err(format!(
                "INV-1: the message ID of question {} follows from the ones before",
                id.0
            ));
        }
        if self.live.insert(flow, query.clone()).is_some() {
            return Err(format!("INV-2: {flow} was used twice"));
        }
        let same = self
            .live
            .values()
            .filter(|other| question_of(other).eq_ignore_ascii_case(question_of(query)))
            .count();
        if same > 1 {
            return Err(format!("INV-2: question {} is outstanding {same} times", id.0));
        }
        let limits = &self.plan.requester.limits;
        let account = self
            .questions
            .get_mut(&id)
            .ok_or("INV-11: an unasked question is sent")?;
        account.datagrams += 1;
        account.query = Some((flow, query.clone()));
        account.queries.insert(flow, query.clone());
        if account.datagrams > u32::from(limits.attempts) {
            return Err(format!(
                "INV-2: question {} was sent {} times",
                id.0, account.datagrams
            ));
        }
        if account.datagrams > u32::from(limits.packets) {
            return Err(format!("INV-6: question {} has no packet left", id.0));
        }
        Ok(())
    }

    fn ended(&mut self, now: Now, event: &Event) -> Result<(), String> {
        let id = event.id();
        let state = match event {
            Event::Answered { reply, .. } => {
                self.answered(id, reply)?;
                State::Answered
            }
            Event::Failed { .. } => State::Failed,
        };
        let account = self
            .questions
            .get_mut(&id)
            .ok_or("INV-11: an unasked question ended")?;
        if account.state != State::InFlight {
            return Err(format!(
                "INV-11: question {} ended again, after {:?}",
                id.0, account.state
            ));
        }
        account.state = state;
        let limit = self.plan.requester.limits.time + self.slack + account.paused;
        let took = now.mono.since(account.asked);
        if took > limit {
            return Err(format!(
                "INV-11: question {} took {took:?}, more than {limit:?}",
                id.0
            ));
        }
        Ok(())
    }

    /// INV-1 and INV-7: what is taken.
    fn answered(&self, id: QuestionId, reply: &Reply) -> Result<(), String> {
        let bytes = &reply.message.as_bytes()[..];
        let planned = self.planned(id);
        if bytes[2] & 0x02 != 0 {
            return Err(format!("INV-1: question {} got a truncated answer", id.0));
        }
        if bytes.len() > usize::try_from(self.plan.requester.limits.octets).unwrap_or(usize::MAX) {
            return Err(format!(
                "INV-7: question {} was answered with {} octets",
                id.0,
                bytes.len()
            ));
        }
        let has_answer = bytes[6..8] != [0, 0];
        // Altered bits may hit the data of a reply, which nothing but DNSSEC would notice.
        if has_answer && !bytes.windows(TRUTH.len()).any(|window| window == TRUTH) && !self.altered() {
            return Err(format!(
                "INV-1: question {} got an answer that its server never gave",
                id.0
            ));
        }
        if reply.proto == Proto::Stream {
            return Ok(());
        }
        let advertised = planned
            .options
            .edns
            .as_ref()
            .map_or(512, |edns| edns.udp_payload.max(512));
        if bytes.len() > usize::from(advertised) {
            return Err(format!(
                "INV-7: question {} was answered with {} octets",
                id.0,
                bytes.len()
            ));
        }
        let account = self
            .questions
            .get(&id)
            .ok_or("INV-1: an answer to what was never asked")?;
        let (flow, query) = account.query.as_ref().ok_or("INV-1: an answer without a query")?;
        self.accepted([(*flow, &query[..])].into_iter(), |data| {
            is_restored(bytes, data, &planned.question.name)
        })
    }

    fn altered(&self) -> bool {
        self.plan.faults.faults().contains_key(&Fault::Corruption)
    }

    /// INV-1: a question that was asked by datagram goes over to a stream because its server said so, or because something else
    /// arrived where only the reply should.
    fn streamed(&self, written: &[u8]) -> Result<(), String> {
        // A piece may be too short to tell which question it is about.
        let Some(id) = written.get(14..).and_then(number_of) else {
            return Ok(());
        };
        match self.questions.get(&id) {
            // What the stream was opened for may have been asked for again by the time that it is open.
            Some(account) if account.query.is_some() && !account.guessed => {
                let queries = account.queries.iter();
                self.accepted(queries.map(|(flow, query)| (*flow, &query[..])), |data| {
                    data[2] & 0x02 != 0
                })
            }
            _ => Ok(()),
        }
    }

    /// INV-1: a datagram that `is_taken` was taken for the reply to one of these queries. One such must have come from the server, on
    /// the flow of the query, and repeat its ID and question.
    fn accepted<'q>(
        &self,
        queries: impl Iterator<Item = (FlowId, &'q [u8])> + Clone,
        is_taken: impl Fn(&[u8]) -> bool,
    ) -> Result<(), String> {
        let answers = |data: &[u8], query: &[u8]| {
            let repeats =
                data[2] & 0x80 != 0 && data[2] & 0x78 == 0 && data[12..].starts_with(question_of(query));
            let is_bare_error = data[4..] == [0; 8] && data[3] & 0x0f != 0;
            data[..2] == query[..2] && (repeats || is_bare_error)
        };
        let mut seen = String::new();
        for (arrived_on, packet) in &self.arrivals {
            let data = &packet.data[..];
            if data.len() < 12 || !is_taken(data) {
                continue;
            }
            let from_server = self.servers.get(&packet.from) == Some(&packet.author);
            let mut queries = queries.clone();
            if from_server && queries.any(|(flow, query)| flow == *arrived_on && answers(data, query)) {
                return Ok(());
            }
            seen = format!("; it may be {packet}, on {arrived_on}");
        }
        let flows: Vec<_> = queries.map(|(flow, _)| flow.to_string()).collect();
        Err(format!(
            "INV-1: no reply from the server to the query on {} was there to be taken{seen}",
            flows.join(" or ")
        ))
    }
}

/// The question of a query: name, type and class.
fn question_of(query: &[u8]) -> &[u8] {
    let rest = query.get(12..).unwrap_or_default();
    let name = rest.iter().position(|&octet| octet == 0).unwrap_or(0);
    rest.get(..name + 5).unwrap_or(rest)
}

/// Whether what arrived where the reply to `query` should has another ID or question.
fn is_guess(data: &[u8], query: &[u8]) -> bool {
    data.len() >= 2
        && (data[..2] != query[..2] || !data.get(12..).unwrap_or_default().starts_with(question_of(query)))
}

/// Whether `reply` is what arrived, with the letters of its question as they were asked.
fn is_restored(reply: &[u8], arrived: &[u8], asked: &Name) -> bool {
    let name = 12..12 + asked.as_wire().len();
    let Some(question) = arrived.get(name.clone()).filter(|_| arrived[4..6] != [0, 0]) else {
        return reply == arrived;
    };
    reply.len() == arrived.len()
        && reply[..12] == arrived[..12]
        && reply[name.end..] == arrived[name.end..]
        && reply[name.clone()] == *asked.as_wire()
        && question.eq_ignore_ascii_case(asked.as_wire())
}
