//! What becomes of each request.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use nameward_core::flow::FlowId;
use nameward_core::limits::Limits;
use nameward_core::machine::{Action, Ignored, Input, Output, Proto};
use nameward_core::server::session::{self, Answer, Command, Event, PendingLimits, RequestId};
use nameward_core::time::{Instant, Now};
use nameward_core::wire::{Class, Rcode};
use nameward_sim::{Told, What};

use super::streams::Streams;
use super::{Check, Noted, Verdict, note};
use crate::packets::{messages, question};
use crate::serving::layers::{ZONES, hosts};
use crate::serving::plan::{ELSEWHERE, OtherPlan, Plan};
use crate::serving::truth::{Asked, Due, Layer, Oracle, Versions};

/// Follows each request to its end.
///
/// * INV-7, INV-14: a reply goes to who asked, is no larger than negotiated, and says what is true by the layer that has to answer, whole or
///   with TC.
/// * INV-10: requests that wait are bounded, in all and for each client, and nobody else is told that there are too many.
/// * INV-11: each datagram has its reply at once, or by the deadline of the layer that is asked.
/// * INV-17: the application and other servers hear of nothing that the layers before them have an answer to, or that nobody asked.
pub(super) struct Requests {
    oracle: Oracle,
    others: Vec<OtherPlan>,
    pending: PendingLimits,
    has_hosts: bool,
    noted: Noted,
    of_run: Run,
}

/// What is known of a server since it started.
struct Run {
    versions: Vec<Versions>,
    /// Datagrams that have to be answered, or ignored, at once.
    at_once: VecDeque<Datagram>,
    /// Datagrams that wait for the application or for other servers.
    later: Vec<Datagram>,
    streams: Streams,
    /// What streams asked that have ended: it may wait until then nevertheless.
    orphans: Vec<(Asked, Instant)>,
    /// What may be asked elsewhere: name in lower case, and type.
    elsewhere: BTreeSet<(String, u16)>,
    /// Streams to other servers, with the octets of what is not whole.
    to_others: BTreeMap<FlowId, Vec<u8>>,
    ticked: Instant,
    /// How much happened since the machine was last seen to wait. After more than one thing, what it does is seen late.
    happened: u32,
    stopping: bool,
    stopped: bool,
}

/// A request by datagram.
struct Datagram {
    asked: Asked,
    due: Result<Due, Ignored>,
    /// The machine has not come to rest since.
    fresh: bool,
    /// When the layer that is asked must have answered.
    deadline: Instant,
    /// Its number, once the application was asked.
    request: Option<RequestId>,
}

impl Run {
    fn new(has_hosts: bool) -> Self {
        Self {
            versions: vec![Versions {
                zones: 0,
                hosts: has_hosts.then_some(0),
            }],
            at_once: VecDeque::new(),
            later: Vec::new(),
            streams: Streams::default(),
            orphans: Vec::new(),
            elsewhere: BTreeSet::new(),
            to_others: BTreeMap::new(),
            ticked: Instant::ZERO,
            happened: 0,
            stopping: false,
            stopped: false,
        }
    }
}

impl Requests {
    pub(super) fn new(plan: &Plan, noted: &Noted) -> Self {
        Self {
            oracle: Oracle::new(plan),
            others: plan.layers.others.clone(),
            pending: plan.layers.pending.clone(),
            has_hosts: plan.layers.hosts,
            noted: Rc::clone(noted),
            of_run: Run::new(plan.layers.hosts),
        }
    }

    fn versions(&self) -> Versions {
        // Invariant: there are some from the start, and none is taken away.
        *self.of_run.versions.last().expect("there are versions")
    }

    /// Whether what comes out may have been caused before the last thing that happened.
    const fn is_late(&self) -> bool {
        self.of_run.happened > 1
    }

    fn commanded(&mut self, now: Now, command: &Command, taken: bool) {
        let mut versions = self.versions();
        match command {
            Command::Zones(zones) => {
                let apex = "example.".parse().expect("a valid name");
                let serial = zones
                    .get(&apex, Class::IN)
                    .map_or(1, nameward_core::zone::Zone::serial);
                versions.zones = usize::try_from(serial - 1).expect("there are few versions");
                self.of_run.versions.push(versions);
            }
            Command::Hosts(index) => {
                versions.hosts = (0..ZONES.len()).find(|&version| hosts(version) == *index);
                self.of_run.versions.push(versions);
            }
            Command::Answer { id, answer } if taken => {
                let asked = self
                    .of_run
                    .later
                    .iter()
                    .position(|waiting| waiting.request == Some(*id));
                let Some(at) = asked else { return };
                match answer {
                    Answer::Pass => self.of_run.later[at].deadline = now.mono.after(Limits::default().time),
                    Answer::Silence => drop(self.of_run.later.remove(at)),
                    Answer::Response(_) => {}
                }
            }
            Command::Answer { .. } => {}
            Command::Shutdown => self.of_run.stopping = true,
        }
    }

    /// A request came: notes what may be asked elsewhere because of it.
    fn due(&mut self, asked: &Asked) -> Result<Due, Ignored> {
        let due = self.oracle.due(self.versions(), asked)?;
        if due.is_elsewhere()
            && let Some((name, rtype, _)) = question(&asked.data)
        {
            self.of_run.elsewhere.insert((name, rtype));
        }
        Ok(due)
    }

    fn requested(&mut self, now: Now, asked: Asked) {
        let due = if self.of_run.stopping {
            Err(Ignored::UnknownListener)
        } else {
            self.due(&asked)
        };
        let layer = due.as_ref().map_or(Layer::Here, |due| due.from);
        let time = match layer {
            Layer::Here => Duration::ZERO,
            Layer::Application { .. } => self.pending.application,
            Layer::Elsewhere => Limits::default().time,
        };
        let datagram = Datagram {
            asked,
            due,
            fresh: true,
            deadline: now.mono.after(time),
            request: None,
        };
        match layer {
            Layer::Here => self.of_run.at_once.push_back(datagram),
            Layer::Application { .. } | Layer::Elsewhere => self.of_run.later.push(datagram),
        }
    }

    /// The server replies to somebody. What has to be answered at once is answered in order.
    fn replied(&mut self, to: SocketAddr, data: &[u8]) -> Verdict {
        let fits =
            |datagram: &&Datagram| datagram.asked.peer == to && data.get(..2) == Some(datagram.asked.id());
        let mut objection = None;
        let first = self.of_run.at_once.front().filter(fits);
        if let Some(first) = first {
            match first.check(data) {
                Ok(word) => {
                    note(&self.noted, word);
                    self.of_run.at_once.pop_front();
                    return Ok(());
                }
                Err(broken) => objection = Some(broken),
            }
        }
        let later = &self.of_run.later;
        let mut places: Vec<_> = (0..later.len()).filter(|&at| fits(&&later[at])).collect();
        // Of equal requests, that of which the application was never asked is the one that has a reply nevertheless.
        places.sort_by_key(|&at| later[at].request.is_some());
        for at in places {
            let waiting = &self.of_run.later[at];
            match waiting.check(data) {
                Ok(word) => {
                    let waiting = self.of_run.later.remove(at);
                    note(&self.noted, &format!("{word}, from {}", waiting.layer()));
                    return self.is_busy_rightly(&waiting, data);
                }
                Err(broken) => objection = objection.or(Some(broken)),
            }
        }
        Err(objection.unwrap_or_else(|| format!("INV-14: a reply to {to}, who asked nothing like that")))
    }

    /// Who gets SERVFAIL at once is one too many.
    fn is_busy_rightly(&self, waiting: &Datagram, data: &[u8]) -> Verdict {
        let rcode = data.get(3).map(|octet| octet & 15);
        if self.is_late() || !waiting.fresh || rcode != Some(Rcode::SERVFAIL.0 as u8) {
            return Ok(());
        }
        note(&self.noted, "too many wait");
        let peer = waiting.asked.peer;
        let run = &self.of_run;
        let (of_client, all) = run.streams.waiting(peer);
        let of_peer = run
            .later
            .iter()
            .filter(|other| other.asked.peer.ip() == peer.ip());
        let (of_client, all) = (of_client + of_peer.count(), all + run.later.len());
        let orphans = || run.orphans.iter().filter(|(_, until)| *until > run.ticked);
        let of_peer = orphans().filter(|(asked, _)| asked.peer.ip() == peer.ip());
        let (of_client, all) = (of_client + of_peer.count(), all + orphans().count());
        if of_client >= number(self.pending.requests_per_client) || all >= number(self.pending.requests) {
            return Ok(());
        }
        Err(format!(
            "INV-10: {peer} is turned away, with {of_client} requests of its own that wait, and {all} in all"
        ))
    }

    fn asked_application(&mut self, asked: &session::Asked) -> Verdict {
        let data: &[u8] = asked.message.as_bytes();
        let by_datagram = self.of_run.later.iter_mut().find(|waiting| {
            let is_application = matches!(waiting.layer_asked(), Some(Layer::Application { .. }));
            waiting.request.is_none()
                && is_application
                && waiting.asked.peer == asked.peer
                && waiting.asked.data == data
        });
        let is_datagram = asked.transport.proto() == Proto::Datagram;
        let seen = Asked {
            peer: asked.peer,
            listener: asked.listener,
            proto: asked.transport.proto(),
            data: data.to_vec(),
        };
        if let Some(why) = Oracle::denied(&seen) {
            return Err(format!(
                "INV-18: the application is asked about a request that is {why}"
            ));
        }
        if let Some(waiting) = by_datagram.filter(|_| is_datagram) {
            waiting.request = Some(asked.id);
            note(&self.noted, "application asked by Datagram");
            return Ok(());
        }
        let due = self.oracle.due(self.versions(), &seen);
        let is_due = due.is_ok_and(|due| matches!(due.from, Layer::Application { .. }));
        // Where outputs are seen late, the stream may have ended since.
        let mut orphans = self.of_run.orphans.iter().filter(|_| self.is_late());
        let was_asked = orphans.any(|(orphan, _)| orphan.peer == asked.peer && orphan.data == data);
        let was_asked = was_asked || self.of_run.streams.asked(asked.peer, data);
        if !is_datagram && is_due && was_asked {
            note(&self.noted, "application asked by Stream");
            return Ok(());
        }
        Err(format!(
            "INV-17: the application is asked {seen:?}, to which others have an answer, or which nobody asked"
        ))
    }

    /// A query to another server.
    fn asks_another(&self, query: &[u8]) -> Verdict {
        let (name, rtype, _) = question(query).ok_or("INV-17: a query that cannot be read")?;
        note(&self.noted, "asked elsewhere");
        if self.of_run.elsewhere.contains(&(name.clone(), rtype)) {
            Ok(())
        } else {
            Err(format!(
                "INV-17: others are asked about {name} ({rtype}), for nobody who may have it from them"
            ))
        }
    }

    fn came_out(&mut self, now: Now, output: &Output<&dyn Told>) -> Verdict {
        match output {
            Output::Do(Action::Reply { to, data, .. }) => return self.replied(*to, data),
            Output::Do(Action::Close { flow }) => self.ended(now, *flow),
            Output::Do(Action::Open { remote, flow, .. }) => {
                if !self.others.iter().any(|other| other.address() == *remote) {
                    return Err(format!("INV-17: {remote} is nobody to be asked"));
                }
                self.of_run.to_others.insert(*flow, Vec::new());
            }
            Output::Do(Action::Send { data, .. }) => return self.asks_another(data),
            Output::Do(Action::Accept { wanted: false, .. }) => note(&self.noted, "accepting stopped"),
            Output::Do(Action::Read { wanted: false, .. }) => note(&self.noted, "reading stopped"),
            Output::Ignored { flow: None, why } => {
                let first = self.of_run.at_once.pop_front();
                let expected = first.map(|datagram| datagram.due.err());
                if expected != Some(Some(*why)) {
                    return Err(format!(
                        "INV-14: ignored for {why}, and to be expected was {expected:?}"
                    ));
                }
                note(&self.noted, "datagram ignored");
            }
            Output::Event(event) => match event.downcast_ref() {
                Some(Event::Asked(asked)) => return self.asked_application(asked),
                Some(Event::Stopped) if self.of_run.stopping && !self.of_run.stopped => {
                    self.of_run.stopped = true;
                    if !self.of_run.later.is_empty() {
                        return Err("INV-11: it has stopped, and requests wait".into());
                    }
                }
                Some(Event::Stopped) => return Err("INV-11: it stopped without being told, or twice".into()),
                None => return Err("an event that nobody knows".into()),
            },
            Output::Idle(_) => return self.rests(),
            Output::Do(_) | Output::Ignored { .. } => {}
        }
        Ok(())
    }

    fn ended(&mut self, now: Now, flow: FlowId) {
        let until = now.mono.after(self.pending.application + Limits::default().time);
        let unanswered = self.of_run.streams.ended(flow);
        self.of_run.orphans.extend(unanswered.map(|asked| (asked, until)));
        self.of_run.to_others.remove(&flow);
    }

    /// The machine waits.
    fn rests(&mut self) -> Verdict {
        let run = &mut self.of_run;
        run.happened = 0;
        if let Some(forgotten) = run.at_once.front() {
            return Err(format!("INV-11: no reply to {:?}", forgotten.asked));
        }
        run.later.iter_mut().for_each(|waiting| waiting.fresh = false);
        if let Some(late) = run.later.iter().find(|waiting| waiting.deadline <= run.ticked) {
            return Err(format!(
                "INV-11: {:?} was to be answered by {}",
                late.asked, late.deadline
            ));
        }
        if run.later.len() > number(self.pending.requests) {
            return Err(format!("INV-10: {} requests wait", run.later.len()));
        }
        for waiting in &run.later {
            let client = waiting.asked.peer.ip();
            let of_client = run.later.iter().filter(|other| other.asked.peer.ip() == client);
            if of_client.count() > number(self.pending.requests_per_client) {
                return Err(format!("INV-10: too many requests of {client} wait"));
            }
        }
        Ok(())
    }
}

impl Check for Requests {
    fn look(&mut self, what: &What<'_>) -> Verdict {
        if let What::Command { .. } | What::Input { .. } = what {
            self.of_run.happened += 1;
        }
        match what {
            What::Crashed => self.of_run = Run::new(self.has_hosts),
            What::Command { now, command, answer } => {
                if let Some(command) = command.downcast_ref() {
                    self.commanded(*now, command, answer.is_ok());
                }
            }
            What::Input { now, input, .. } => match **input {
                Input::Tick => self.of_run.ticked = self.of_run.ticked.max(now.mono),
                Input::Request {
                    peer, listener, data, ..
                } => {
                    let (proto, data) = (Proto::Datagram, data.to_vec());
                    let asked = Asked {
                        peer,
                        listener,
                        proto,
                        data,
                    };
                    self.requested(*now, asked);
                }
                Input::Accepted {
                    flow, listener, peer, ..
                } => self.of_run.streams.opened(flow, listener, peer),
                Input::Received { flow, data } => {
                    let versions = self.of_run.versions.len() - 1;
                    for asked in self.of_run.streams.received(flow, data, versions) {
                        // What is wrong with it shows when it is answered.
                        let _ = self.due(&asked);
                    }
                }
                Input::Closed { flow, .. } => self.ended(*now, flow),
                _ => {}
            },
            What::StreamSent { flow, data, .. } if flow.lane() == ELSEWHERE => {
                let queries = messages(self.of_run.to_others.entry(*flow).or_default(), data);
                return queries.iter().try_for_each(|query| self.asks_another(query));
            }
            What::StreamSent { flow, data, .. } => {
                let run = &mut self.of_run;
                for word in run.streams.sent(*flow, data, &self.oracle, &run.versions)? {
                    note(&self.noted, &format!("{word}, by Stream"));
                }
            }
            What::Output { now, output } => return self.came_out(*now, output),
            _ => {}
        }
        Ok(())
    }

    fn at_rest(&mut self) -> Verdict {
        match self.of_run.later.first() {
            Some(waiting) => Err(format!("INV-11: no reply to {:?}", waiting.asked)),
            None => Ok(()),
        }
    }
}

impl Datagram {
    fn check(&self, reply: &[u8]) -> Result<&'static str, String> {
        match &self.due {
            Ok(due) => due.check(&self.asked, reply),
            Err(_) if Oracle::denied(&self.asked) == Some("a response") => {
                Err("P11: a response is answered".into())
            }
            Err(why) => Err(format!("INV-14: answered, though to be ignored: {why}")),
        }
    }

    fn layer_asked(&self) -> Option<Layer> {
        self.due.as_ref().ok().map(|due| due.from)
    }

    /// Who is asked, in a word.
    fn layer(&self) -> &'static str {
        match self.layer_asked() {
            Some(Layer::Application { .. }) => "the application",
            Some(Layer::Elsewhere) => "others",
            Some(Layer::Here) | None => "here",
        }
    }
}

fn number(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
