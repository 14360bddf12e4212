//! What must hold after every event, from outside.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, Ignored, Input, Output};
use nameward_core::server::session::{Command, Event, StreamLimits};
use nameward_core::transport;
use nameward_core::wire::{Message, OwnedMessage, Rcode};
use nameward_core::zone::Zones;
use nameward_sim::{Happening, HostId, What, World};

use super::how_it_ended;
use super::plan::{self, Plan};
use super::truth::{is_required, sets, whole};

/// The accounts, kept from outside.
pub(super) struct Checks {
    /// Whose machine is watched, once it is there.
    pub(super) server: Option<HostId>,
    /// It said that it has stopped.
    pub(super) stopped: bool,
    /// How often something happened, by its name.
    pub(super) sightings: BTreeMap<String, u64>,
    limits: StreamLimits,
    unaltered: bool,
    zones: Zones,
    /// Datagrams of which nothing came yet, and what they were to be answered from.
    requests: VecDeque<(SocketAddr, Vec<u8>, Option<Zones>)>,
    streams: BTreeMap<FlowId, IpAddr>,
    stopping: bool,
    asked: BTreeMap<transport::QuestionId, transport::Ask>,
    ended: u64,
}

/// Makes the checks see everything.
pub(super) fn watch(world: &mut World, checks: &Rc<RefCell<Checks>>) {
    let checks = Rc::clone(checks);
    world.observe("serving", move |happening| checks.borrow_mut().look(happening));
}

impl Checks {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            server: None,
            stopped: false,
            sightings: BTreeMap::new(),
            limits: plan.limits.clone(),
            unaltered: plan.is_unaltered(),
            zones: plan::zones(0),
            requests: VecDeque::new(),
            streams: BTreeMap::new(),
            stopping: false,
            asked: plan
                .questions
                .iter()
                .map(|question| (question.ask.id, question.ask.clone()))
                .collect(),
            ended: 0,
        }
    }

    pub(super) fn note(&mut self, what: &str) {
        self.note_many(what, 1);
    }

    pub(super) fn note_many(&mut self, what: &str, count: u64) {
        if count > 0 {
            *self.sightings.entry(what.to_owned()).or_default() += count;
        }
    }

    fn look(&mut self, happening: &Happening<'_>) -> Result<(), String> {
        if Some(happening.host) != self.server {
            return Ok(());
        }
        match happening.what {
            What::Crashed => {
                self.requests.clear();
                self.streams.clear();
                self.zones = plan::zones(0);
                (self.stopping, self.stopped) = (false, false);
            }
            What::Command { command, .. } => match command.downcast_ref() {
                Some(Command::Zones(zones)) => self.zones = zones.clone(),
                Some(Command::Shutdown) => self.stopping = true,
                Some(Command::Hosts(_) | Command::Answer { .. }) | None => {}
            },
            What::Input { input, .. } => match *input {
                Input::Request { peer, data, .. } => {
                    let zones = (!self.stopping).then(|| self.zones.clone());
                    self.requests.push_back((peer, data.to_vec(), zones));
                }
                Input::Accepted { flow, peer, .. } => _ = self.streams.insert(flow, peer.ip()),
                Input::Closed { flow, .. } => _ = self.streams.remove(&flow),
                _ => {}
            },
            What::Output { output, .. } => return self.came_out(output),
            _ => {}
        }
        Ok(())
    }

    fn came_out(&mut self, output: &Output<&dyn nameward_sim::Told>) -> Result<(), String> {
        match output {
            Output::Do(Action::Close { flow }) => _ = self.streams.remove(flow),
            Output::Do(Action::Reply { to, data, .. }) => {
                let (peer, request, zones) = self.requests.pop_front().ok_or("a reply to no request")?;
                if *to != peer {
                    return Err(format!("INV-14: {peer} asked, and {to} gets the reply"));
                }
                let zones = zones.ok_or("a request was taken after the shutdown")?;
                return self.replied(&zones, &request, data);
            }
            Output::Ignored { flow: None, why } => {
                let (_, request, zones) = self.requests.pop_front().ok_or("nothing was ignored")?;
                let expected = zones.map_or(Some(Ignored::UnknownListener), |zones| {
                    whole(&zones, &request).err()
                });
                if expected != Some(*why) {
                    return Err(format!(
                        "{request:02x?} was ignored for {why}, and not for {expected:?}"
                    ));
                }
                self.note("datagram ignored");
            }
            Output::Event(event) => {
                let Some(Event::Stopped) = event.downcast_ref() else {
                    return Err("an event that nobody knows".into());
                };
                if self.stopped || !self.stopping {
                    return Err("it stopped without being told, or twice".into());
                }
                self.stopped = true;
            }
            Output::Idle(_) => return self.is_within_limits(),
            Output::Do(Action::Accept { wanted: false, .. }) => self.note("accepting stopped"),
            Output::Do(Action::Read { wanted: false, .. }) => self.note("reading stopped"),
            Output::Do(_) | Output::Ignored { .. } => {}
        }
        Ok(())
    }

    /// INV-10: what clients have of the server is bounded.
    fn is_within_limits(&self) -> Result<(), String> {
        let most = usize::try_from(self.limits.streams).unwrap_or(usize::MAX);
        if self.streams.len() > most {
            return Err(format!("INV-10: {} streams are open", self.streams.len()));
        }
        for client in self.streams.values().collect::<BTreeSet<_>>() {
            let count = self.streams.values().filter(|other| other == &client).count();
            if count > usize::try_from(self.limits.streams_per_client).unwrap_or(usize::MAX) {
                return Err(format!("INV-10: {client} has {count} streams"));
            }
        }
        Ok(())
    }

    /// Checks a reply by datagram.
    fn replied(&mut self, zones: &Zones, request: &[u8], data: &[u8]) -> Result<(), String> {
        let negotiated = negotiated(request);
        if data.len() > usize::from(negotiated) {
            return Err(format!(
                "INV-7: {} octets, and {negotiated} were negotiated",
                data.len()
            ));
        }
        let reply = Message::parse(data).map_err(|error| format!("a reply cannot be read: {error}"))?;
        let reply =
            OwnedMessage::try_from(reply).map_err(|error| format!("a reply cannot be read: {error}"))?;
        let whole = whole(zones, request).map_err(|why| format!("{why}, and it was answered"))?;
        if !self.unaltered && whole.rcode() == Rcode::FORMERR {
            // An altered option may be wrong on streams only, and those are what the whole reply is for.
            return Ok(());
        }
        if (reply.id(), reply.rcode(), reply.questions()) != (whole.id(), whole.rcode(), whole.questions()) {
            return Err(format!("INV-14: {reply:?} answers something else than {whole:?}"));
        }
        let (has, wants) = (sets(&reply), sets(&whole));
        if let Some((set, _)) = has.iter().find(|&(set, rdata)| wants.get(set) != Some(rdata)) {
            return Err(format!("{set:?} is not whole, or does not belong there"));
        }
        let missing: Vec<_> = wants.keys().filter(|set| !has.contains_key(set)).collect();
        let required = missing
            .iter()
            .find(|(section, owner, _)| is_required(&wants, *section, owner));
        if reply.flags().tc() != required.is_some() {
            return Err(format!(
                "TC is {}, and required of what is missing is {required:?}",
                reply.flags().tc()
            ));
        }
        match (required, missing.is_empty()) {
            (Some(_), _) => self.note("truncated"),
            (None, true) => self.note("whole"),
            (None, false) => self.note("left out what only helps"),
        }
        Ok(())
    }

    /// Checks what a client was told in the end.
    pub(super) fn answered(&mut self, event: &transport::Event) -> Result<(), String> {
        self.ended += 1;
        let what = how_it_ended(event);
        self.note(&what);
        let transport::Event::Answered { id, reply } = event else {
            return Ok(());
        };
        let Some(ask) = self.asked.get(id).filter(|_| self.unaltered) else {
            return Ok(());
        };
        let reply = OwnedMessage::try_from(reply.message.view()).map_err(|error| error.to_string())?;
        let question = &ask.question;
        let has = sets(&reply);
        let mut query = bytes::BytesMut::new();
        let mut writer = nameward_core::wire::MessageWriter::new(&mut query, u16::MAX, 0, Default::default());
        let asked = writer.question(&question.name, question.rtype, question.class);
        asked.expect("a question fits");
        writer.finish();
        let is_true = (0..plan::ZONES.len()).any(|version| {
            whole(&plan::zones(version), &query).is_ok_and(|whole| {
                let wants = sets(&whole);
                let required = wants
                    .iter()
                    .filter(|((section, owner, _), _)| is_required(&wants, *section, owner));
                whole.rcode() == reply.rcode()
                    && required
                        .into_iter()
                        .all(|(set, rdata)| has.get(set) == Some(rdata))
            })
        });
        if is_true {
            Ok(())
        } else {
            Err(format!("INV-14: {question:?} was answered with {reply:?}"))
        }
    }

    /// Checked when nothing more will happen.
    pub(super) fn at_rest(&self, plan: &Plan) -> Result<(), String> {
        let failed = self.sightings.get("failed").copied().unwrap_or(0);
        if plan.must_be_answered() && failed > 0 {
            return Err(format!(
                "INV-11: {failed} questions failed, and nothing was in their way"
            ));
        }
        let asked = plan.questions.len() as u64;
        if self.ended != asked {
            return Err(format!("INV-11: {asked} questions, and {} ended", self.ended));
        }
        Ok(())
    }
}

/// The largest reply to a datagram, read from its octets alone: after one question, an OPT record at the root says it.
fn negotiated(request: &[u8]) -> u16 {
    let payload = || {
        let mut at = 12;
        while *request.get(at)? != 0 {
            at += 1 + usize::from(request[at]);
        }
        let opt = request.get(at + 5..at + 10)?;
        let is_opt = request.get(10..12)? == [0, 1] && opt[..3] == [0, 0, 41];
        is_opt.then(|| u16::from_be_bytes([opt[3], opt[4]]))
    };
    payload().unwrap_or(512).clamp(512, 1232)
}
