//! What a machine did, without what differs between one run and the next: for comparing runtimes with each other and with the
//! simulator.
//!
//! Everything is taken from a [`Recording`]. Machines are functions of their calls, and what comes out does not depend on
//! when one drains, so the calls alone tell the whole story.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, CloseCause, Input, Output};
use nameward_core::trace::{Call, Recordable, Recording};

use crate::laws::assert_hold;

/// Replays a recording in the core.
///
/// # Panics
///
/// It does not parse, holds nothing, or what comes out differs by one octet.
pub fn assert_replays<M: Recordable>(recording: &[u8]) {
    let replayed = Recording::parse(recording)
        .map_err(|error| error.to_string())
        .and_then(|recording| recording.replay::<M>().map_err(|error| error.to_string()))
        .and_then(|mut replay| replay.run().map_err(|error| error.to_string()));
    match replayed {
        Ok(0) => panic!("the recording of {} is empty", M::KIND),
        Ok(_) => {}
        Err(error) => panic!("the recording of {} does not replay: {error}", M::KIND),
    }
}

/// What a machine said and did. Flows, requests and addresses are renamed by first appearance; there are no times.
#[derive(Debug, PartialEq, Eq)]
pub struct Log {
    /// The machine's kind.
    pub kind: &'static str,
    /// The events, in order.
    pub events: Vec<String>,
    /// What was done with each flow, in order, by the first appearance of the flow. All octets that the flow took in a row
    /// are one line, in however many pieces it took them.
    pub flows: Vec<Vec<String>>,
    /// What was done with the listeners and the stores, in order.
    pub elsewhere: Vec<String>,
}

impl Log {
    /// The log of a recording, up to the shutdown of the driver.
    ///
    /// # Panics
    ///
    /// The recording does not replay, or breaks a [law](crate::laws).
    pub fn of<M: Recordable<Command: Clone>>(recording: &[u8]) -> Self {
        Self::with_events::<M>(recording, |event, _| format!("{event:?}"))
    }

    /// The same for a machine whose events contain what is to be renamed: `describe` writes an event down.
    ///
    /// # Panics
    ///
    /// The recording does not replay, or breaks a [law](crate::laws).
    pub fn with_events<M: Recordable<Command: Clone>>(
        recording: &[u8],
        describe: impl Fn(&M::Event, &mut Names) -> String,
    ) -> Self {
        assert_replays::<M>(recording);
        assert_hold::<M>(recording);
        // Invariant: it parsed and replayed just now.
        let recording = Recording::parse(recording).expect("a recording that replays parses");
        let mut machine: M = recording.build().expect("a recording that replays builds");
        let mut log = Self {
            kind: M::KIND,
            events: Vec::new(),
            flows: Vec::new(),
            elsewhere: Vec::new(),
        };
        let mut names = Names::default();
        let mut sent = BTreeMap::new();
        for call in recording.calls::<M>() {
            let (now, call) = call.expect("a recording that replays has good calls");
            match &call {
                Call::Input(Input::Closed {
                    cause: CloseCause::Shutdown,
                    ..
                }) => break,
                Call::Input(Input::Accepted { flow, peer, .. }) => {
                    let line = format!("accepted from {}", names.address(*peer));
                    log.did(&mut names, *flow, line);
                }
                Call::Input(Input::Request { peer, .. }) => names.requested(*peer),
                Call::Sent { flow, count } => {
                    let waiting = machine.stream_out(*flow);
                    let taken: &mut Vec<u8> = sent.entry(*flow).or_default();
                    taken.extend_from_slice(waiting.get(..*count).unwrap_or(waiting));
                }
                Call::Input(_) | Call::Command(_) => {}
            }
            // A command that was refused was refused in the recording, too.
            let _ = call.make(now, &mut machine);
            loop {
                match machine.poll() {
                    Output::Do(action) => {
                        if let Some(octets) = action.flow().and_then(|flow| sent.remove(&flow)) {
                            log.took(&mut names, action.flow(), &octets);
                        }
                        log.action(&mut names, &action);
                    }
                    Output::Event(event) => log.events.push(describe(&event, &mut names)),
                    Output::Ignored { .. } => {}
                    Output::Idle(_) => break,
                }
            }
        }
        for (flow, octets) in sent {
            log.took(&mut names, Some(flow), &octets);
        }
        log
    }

    /// The same, without how streams were cut: what a peer writes at once comes in one piece or in several, and each piece that is
    /// answered before the next one comes makes the machine writable once more.
    #[must_use]
    pub fn with_whole_streams(mut self) -> Self {
        for flow in &mut self.flows {
            let mut whole: Vec<String> = Vec::new();
            for line in flow.drain(..).filter(|line| line != "writable") {
                match (whole.last_mut(), line.strip_prefix("took ")) {
                    (Some(last), Some(more)) if last.starts_with("took ") => {
                        last.push_str(more);
                    }
                    _ => whole.push(line),
                }
            }
            *flow = whole;
        }
        self
    }

    fn did(&mut self, names: &mut Names, flow: FlowId, line: String) {
        let number = names.flow(flow);
        if self.flows.len() <= number {
            self.flows.resize_with(number + 1, Vec::new);
        }
        self.flows[number].push(line);
    }

    fn took(&mut self, names: &mut Names, flow: Option<FlowId>, octets: &[u8]) {
        if let Some(flow) = flow {
            self.did(names, flow, format!("took {}", Hex(octets)));
        }
    }

    fn action(&mut self, names: &mut Names, action: &Action) {
        let line = match action {
            Action::Open {
                proto, remote, read, ..
            } => {
                format!("open {proto:?} to {}, read {read}", names.address(*remote))
            }
            Action::Send { data, .. } => format!("send {}", Hex(data)),
            Action::Writable { .. } => "writable".into(),
            Action::Finish { .. } => "finish".into(),
            Action::Read { wanted, .. } => format!("read {wanted}"),
            Action::Detach { .. } => "detach".into(),
            Action::Close { .. } => "close".into(),
            Action::Reply {
                listener, to, data, ..
            } => {
                format!("{listener:?} reply to {} {}", names.request(*to), Hex(data))
            }
            Action::Accept { listener, wanted } => format!("{listener:?} accept {wanted}"),
            Action::Store { object, change, .. } => format!("{object:?} {change:?}"),
        };
        match action.flow() {
            Some(flow) => self.did(names, flow, line),
            None => self.elsewhere.push(line),
        }
    }
}

/// Names by first appearance.
#[derive(Debug, Default)]
pub struct Names {
    flows: BTreeMap<FlowId, usize>,
    addresses: BTreeMap<SocketAddr, usize>,
    requests: usize,
    latest: BTreeMap<SocketAddr, usize>,
}

impl Names {
    /// The number of a flow.
    pub fn flow(&mut self, flow: FlowId) -> usize {
        let fresh = self.flows.len();
        *self.flows.entry(flow).or_insert(fresh)
    }

    /// The name of an address and port.
    pub fn address(&mut self, address: SocketAddr) -> String {
        let fresh = self.addresses.len();
        format!("a{}", self.addresses.entry(address).or_insert(fresh))
    }

    fn requested(&mut self, peer: SocketAddr) {
        self.latest.insert(peer, self.requests);
        self.requests += 1;
    }

    /// The name of the latest request from there. A system gives the port of a socket that was closed to a later one, so that the
    /// address alone would tell two clients apart in one run and not in another.
    fn request(&mut self, peer: SocketAddr) -> String {
        match self.latest.get(&peer) {
            Some(number) => format!("request {number}"),
            None => self.address(peer),
        }
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}
