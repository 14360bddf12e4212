//! The world: everybody, and the time.

use alloc::collections::BTreeMap;
use core::any::Any;
use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, CloseCause, Input, Machine, Misuse, Output, Wake};
use nameward_core::seed::Rng;
use nameward_core::time::{Instant, Now};
use nameward_core::trace::Record;

use crate::attacker::{Attacker, Interceptor, Substitute};
use crate::crossing::WayState;
use crate::decision::{Choice, Decider, Decisions};
use crate::fault::{Fault, Tally};
use crate::host::{Boot, Host, HostId, HostState, Resident, Sockets};
use crate::link::{Link, Packet};
use crate::machine::{AnyMachine, Hosted};
use crate::observe::{Happening, Observer, Told, TraceHash, Violation, What};
use crate::queue::Queue;
use crate::random::{self, PerMille};
use crate::script::{Act, StreamId};
use crate::storage::{Storage, tear};
use crate::stream::{EndId, Segment, Stream};

/// How many things may happen in a world before it is taken for one that never comes to rest.
const MOST_STEPS: u64 = 10_000_000;

/// A simulated internet.
///
/// Time is virtual: it begins at zero and jumps from one thing that happens to the next. The same seed and the same calls
/// give the same world, byte for byte.
pub struct World {
    pub(crate) seed: u64,
    pub(crate) now: Instant,
    steps: u64,
    queue: Queue<Scheduled>,
    pub(crate) hosts: Vec<HostState>,
    pub(crate) routes: BTreeMap<IpAddr, HostId>,
    pub(crate) links: BTreeMap<(HostId, HostId), Link>,
    pub(crate) default_link: Link,
    pub(crate) ways: BTreeMap<(HostId, HostId), WayState>,
    pub(crate) decider: Decider,
    pub(crate) packets: u64,
    pub(crate) streams: BTreeMap<StreamId, Stream>,
    pub(crate) next_stream: u64,
    pub(crate) attackers: Vec<Attacker>,
    pub(crate) interceptors: BTreeMap<(HostId, HostId), Interceptor>,
    pub(crate) substitutes: BTreeMap<(HostId, HostId), (HostId, Substitute)>,
    pub(crate) boots: BTreeMap<HostId, BootMachine>,
    pub(crate) tally: Tally,
    pub(crate) observers: Vec<Observer>,
    trace: TraceHash,
    pub(crate) violation: Option<Violation>,
}

pub(crate) type BootMachine = Box<dyn FnMut(Boot<'_>, Option<Box<dyn AnyMachine>>) -> Box<dyn AnyMachine>>;

/// What the queue holds.
pub(crate) enum Scheduled {
    /// The alarm of a machine rings, if it is still the last one that was set.
    Wake { host: HostId, alarm: u64 },
    /// A driver that was busy drains the machine that runs after so many restarts.
    Drain { host: HostId, restarts: u64 },
    /// A flow was opened by the machine that runs after so many restarts.
    Opened { end: OpenedEnd },
    /// A datagram arrives.
    Packet(Packet),
    /// ICMP arrives at the socket `from`, about a datagram that went to `to`.
    Rejection {
        from: SocketAddr,
        to: SocketAddr,
        cause: CloseCause,
    },
    /// A segment arrives at one end of a stream.
    Segment { end: EndId, segment: Segment },
    /// An end that is still there gives its peer up.
    GiveUp { end: EndId },
    /// What waits at an end is read.
    Read { end: EndId },
    /// The oldest unanswered store of a host is answered.
    Stored { host: HostId, restarts: u64 },
    /// A scripted host acts.
    Act { host: HostId, act: Act },
    /// Whatever the test wants.
    Call(Box<dyn FnOnce(&mut World)>),
}

/// A datagram flow that is open at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenedEnd {
    pub(crate) host: HostId,
    pub(crate) restarts: u64,
    pub(crate) flow: FlowId,
    pub(crate) local: SocketAddr,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("seed", &self.seed)
            .field("now", &self.now)
            .field("hosts", &self.hosts.len())
            .finish_non_exhaustive()
    }
}

/// Letting it run.
impl World {
    /// An empty world.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            now: Instant::ZERO,
            steps: 0,
            queue: Queue::new(),
            hosts: Vec::new(),
            routes: BTreeMap::new(),
            links: BTreeMap::new(),
            default_link: Link::default(),
            ways: BTreeMap::new(),
            decider: Decider::default(),
            packets: 0,
            streams: BTreeMap::new(),
            next_stream: 0,
            attackers: Vec::new(),
            interceptors: BTreeMap::new(),
            substitutes: BTreeMap::new(),
            boots: BTreeMap::new(),
            tally: Tally::default(),
            observers: Vec::new(),
            trace: TraceHash::new(),
            violation: None,
        }
    }

    /// An empty world that draws nothing: what goes wrong is what `decisions` say, and where they are silent nothing does.
    ///
    /// With the same seed and the same calls, the [decisions](Self::decisions) of a run bring that run about again.
    pub fn replaying(seed: u64, decisions: Decisions) -> Self {
        let mut world = Self::new(seed);
        world.decider.replayed = Some(decisions);
        world
    }

    /// Lets happen all that is due until `until`, which is then the time.
    ///
    /// # Errors
    ///
    /// A rule was broken. The world stands still at that moment.
    pub fn run_until(&mut self, until: Instant) -> Result<(), Violation> {
        self.run_while(until, |_| true)?;
        self.now = self.now.max(until);
        Ok(())
    }

    /// Lets happen all that is due within `duration`.
    ///
    /// # Errors
    ///
    /// A rule was broken.
    pub fn run_for(&mut self, duration: Duration) -> Result<(), Violation> {
        self.run_until(self.now.after(duration))
    }

    /// Lets happen all that will ever happen. A machine that keeps a timer for ever never comes to rest.
    ///
    /// # Errors
    ///
    /// A rule was broken, or the world did not come to rest.
    pub fn run(&mut self) -> Result<(), Violation> {
        self.run_while(Instant::from_nanos(u64::MAX), |_| true)
    }

    /// Lets happen one thing after the other until `until`, as long as `condition` holds.
    ///
    /// # Errors
    ///
    /// A rule was broken, or the world did not come to rest.
    pub fn run_while(
        &mut self,
        until: Instant,
        mut condition: impl FnMut(&Self) -> bool,
    ) -> Result<(), Violation> {
        loop {
            if let Some(violation) = &self.violation {
                return Err(violation.clone());
            }
            if !condition(self) {
                return Ok(());
            }
            let Some((at, scheduled)) = self.queue.pop(until) else {
                return Ok(());
            };
            self.now = self.now.max(at);
            self.steps += 1;
            if self.steps > MOST_STEPS {
                self.violate(
                    HostId(0),
                    "rest",
                    format!("{MOST_STEPS} things happened and more will"),
                );
            }
            self.happen(scheduled);
        }
    }

    fn happen(&mut self, scheduled: Scheduled) {
        if let Some(until) = self.pause_of(&scheduled) {
            return self.schedule(until, scheduled);
        }
        match scheduled {
            Scheduled::Wake { host, alarm } => self.wake(host, alarm),
            Scheduled::Drain { host, restarts } => self.drain(host, restarts),
            Scheduled::Opened { end } => self.opened(end),
            Scheduled::Packet(packet) => self.packet_arrives(packet),
            Scheduled::Rejection { from, to, cause } => self.rejection_arrives(from, to, cause),
            Scheduled::Segment { end, segment } => self.segment_arrives(end, segment),
            Scheduled::GiveUp { end } => self.give_up(end),
            Scheduled::Read { end } => self.read(end),
            Scheduled::Stored { host, restarts } => self.stored(host, restarts),
            Scheduled::Act { host, act } => self.act_out(host, act),
            Scheduled::Call(call) => call(self),
        }
    }

    /// Until when the host that something is for does nothing.
    fn pause_of(&mut self, scheduled: &Scheduled) -> Option<Instant> {
        let host = match scheduled {
            Scheduled::Wake { host, .. }
            | Scheduled::Drain { host, .. }
            | Scheduled::Stored { host, .. }
            | Scheduled::Act { host, .. }
            | Scheduled::Opened {
                end: OpenedEnd { host, .. },
            } => Some(*host),
            Scheduled::Packet(packet) => self.routes.get(&packet.to.ip()).copied(),
            Scheduled::Rejection { from, .. } => self.routes.get(&from.ip()).copied(),
            Scheduled::Segment { end, .. } | Scheduled::GiveUp { end } | Scheduled::Read { end } => {
                self.host_of(*end)
            }
            Scheduled::Call(_) => None,
        };
        let until = self.hosts[host?.index()].paused_until;
        (until > self.now).then_some(until)
    }

    /// Calls `call` at that moment: how a scenario is written down before it runs.
    pub fn at(&mut self, at: Instant, call: impl FnOnce(&mut Self) + 'static) {
        self.schedule(at, Scheduled::Call(Box::new(call)));
    }

    pub(crate) fn schedule(&mut self, at: Instant, scheduled: Scheduled) {
        self.queue.push(at.max(self.now), scheduled);
    }
}

/// Doing something to somebody.
impl World {
    /// Gives a command to a machine.
    ///
    /// # Errors
    ///
    /// What the machine answers; [`Misuse::NotInUse`] with the host's number if the host is down.
    pub fn command<M>(&mut self, host: Host<M>, command: M::Command) -> Result<(), Misuse>
    where
        M: Machine<Command: Told + Clone, Event: Record + fmt::Debug> + 'static,
    {
        let now = self.clock(host.id);
        let told = command.clone();
        let answer = match self.machine_mut(host) {
            Some(machine) => machine.command(now, command),
            None => return Err(Misuse::NotInUse(host.id.0.into())),
        };
        self.tell(
            host.id,
            What::Command {
                now,
                command: &told,
                answer: &answer,
            },
        );
        self.settle(host.id, false);
        answer
    }

    /// Lets a scripted host act at once.
    pub fn act(&mut self, host: HostId, act: Act) {
        self.schedule(self.now, Scheduled::Act { host, act });
    }

    /// Ticks a machine, as a spurious wake-up of its timer does.
    pub fn tick(&mut self, host: impl Into<HostId>) {
        self.tally.count(Fault::SpuriousTick);
        self.input(host.into(), &Input::Tick, None);
    }

    /// The wall clock of a host jumps.
    pub fn step_wall(&mut self, host: impl Into<HostId>, seconds: i64) {
        self.tally.count(Fault::WallStep);
        self.hosts[host.into().index()].clock.step_wall(seconds);
    }

    /// The wall clock of a host stands still for so long, and then goes on from there.
    pub fn freeze_wall(&mut self, host: impl Into<HostId>, how_long: Duration) {
        self.tally.count(Fault::WallFreeze);
        let now = self.now;
        self.hosts[host.into().index()].clock.freeze_wall(now, how_long);
    }

    /// A host does nothing for so long, as a process that is stopped or a machine that is suspended: its clocks go on, and what
    /// arrives meanwhile waits. Commands are still taken.
    pub fn pause(&mut self, host: impl Into<HostId>, how_long: Duration) {
        let host = host.into();
        self.tally.count(Fault::Pause);
        let until = self.now.after(how_long);
        let state = &mut self.hosts[host.index()];
        state.paused_until = state.paused_until.max(until);
        self.tell(host, What::Paused(how_long));
    }

    /// Lets something happen to a host as a whole at that moment, and notes it among the [decisions](Self::decisions). Choices
    /// that are not about a host do nothing.
    pub fn befall(&mut self, host: HostId, at: Instant, choice: Choice) {
        self.decided(host, at, &choice);
        self.at(at, move |world| match choice {
            Choice::Crashed(down) => {
                world.crash(host);
                world.at(world.now().after(down), move |world| world.restart(host));
            }
            Choice::Ticked => world.tick(host),
            Choice::Stepped(seconds) => world.step_wall(host, seconds),
            Choice::Moved => world.change_network(host, None),
            Choice::Paused(how_long) => world.pause(host, how_long),
            Choice::Frozen(how_long) => world.freeze_wall(host, how_long),
            _ => {}
        });
    }

    /// From now on the timers of a host fire in time, and its driver drains its machine at once.
    pub fn make_punctual(&mut self, host: impl Into<HostId>) {
        self.hosts[host.into().index()].clock.make_punctual();
    }

    /// The machine of a host hears that the network changed. With `addresses`, the host has those from now on, and what is
    /// sent to the old ones is lost.
    ///
    /// # Panics
    ///
    /// One of the addresses is taken by another host.
    pub fn change_network(&mut self, host: impl Into<HostId>, addresses: Option<Vec<IpAddr>>) {
        let host = host.into();
        self.tally.count(Fault::NetworkChange);
        if let Some(addresses) = addresses {
            self.routes.retain(|_, owner| *owner != host);
            for &address in &addresses {
                let before = self.routes.insert(address, host);
                assert_eq!(before, None, "the address {address} is taken");
            }
            self.hosts[host.index()].config.addresses = addresses;
        }
        self.input(host, &Input::NetworkChanged, None);
    }

    /// How often a store of this host fails.
    pub fn set_store_failures(&mut self, host: impl Into<HostId>, chance: PerMille) {
        self.hosts[host.into().index()].store_failures = chance;
    }

    /// A host loses its power. Its peers are not told; what is sent to it is lost. What was `Stored` stays, and of what was
    /// not answered yet perhaps a part.
    pub fn crash(&mut self, host: impl Into<HostId>) {
        let host = host.into();
        let state = &mut self.hosts[host.index()];
        if !state.up {
            return;
        }
        state.up = false;
        if let Resident::Machine(sockets) = &mut state.resident {
            let unanswered = core::mem::take(&mut sockets.unanswered);
            let seed = random::seed(self.seed, &state.config.name, "tear", state.restarts);
            let torn = tear(&mut state.storage, &unanswered, &mut Rng::new(&seed));
            self.tally.count_many(Fault::TornAppend, torn);
        }
        self.forget_streams(host);
        self.tally.count(Fault::Crash);
        self.tell(host, What::Crashed);
    }

    /// A host that crashed starts again, with a machine built anew.
    pub fn restart(&mut self, host: impl Into<HostId>) {
        let host = host.into();
        let state = &mut self.hosts[host.index()];
        if state.up {
            return;
        }
        state.up = true;
        state.restarts += 1;
        state.clock.reboot(self.now);
        self.start(host);
    }

    pub(crate) fn start(&mut self, host: HostId) {
        self.tell(host, What::Started);
        let Some(boot) = self.boots.get_mut(&host) else {
            return;
        };
        let state = &mut self.hosts[host.index()];
        let (before, alarm) = match core::mem::replace(&mut state.resident, Resident::Script(None)) {
            Resident::Machine(sockets) => (Some(sockets.machine), sockets.alarm + 1),
            Resident::Script(_) => (None, 0),
        };
        let with = Boot {
            seed: random::seed(self.seed, &state.config.name, "machine", state.restarts),
            storage: &state.storage,
            restarts: state.restarts,
            now: state.clock.now(self.now),
        };
        let machine = boot(with, before);
        state.resident = Resident::Machine(Box::new(Sockets::new(machine, alarm)));
        self.settle(host, false);
    }
}

/// Looking at it.
impl World {
    /// The seed.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The world's time.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The clocks of a host.
    pub fn clock(&self, host: impl Into<HostId>) -> Now {
        self.hosts[host.into().index()].clock.now(self.now)
    }

    /// The name of a host.
    pub fn name(&self, host: impl Into<HostId>) -> &str {
        &self.hosts[host.into().index()].config.name
    }

    /// Whether a host has power.
    pub fn is_up(&self, host: impl Into<HostId>) -> bool {
        self.hosts[host.into().index()].up
    }

    /// What a host stored.
    pub fn storage(&self, host: impl Into<HostId>) -> &Storage {
        &self.hosts[host.into().index()].storage
    }

    /// How many flows the machine of a host has open.
    pub fn open_flows(&self, host: impl Into<HostId>) -> usize {
        match &self.hosts[host.into().index()].resident {
            Resident::Machine(sockets) => sockets.flows.len(),
            Resident::Script(_) => 0,
        }
    }

    /// The machine of a host, to look at.
    ///
    /// # Panics
    ///
    /// The host belongs to another world.
    pub fn machine<M: Machine + 'static>(&self, host: Host<M>) -> &M {
        &self.hosted(host).machine
    }

    /// The machine of a host, to take something out of it that changes no behaviour, such as a recording; `None` while the
    /// host is down.
    pub fn machine_mut<M: Machine + 'static>(&mut self, host: Host<M>) -> Option<&mut M> {
        let state = &mut self.hosts[host.id.index()];
        match &mut state.resident {
            Resident::Machine(sockets) if state.up => {
                let machine: &mut dyn Any = sockets.machine.as_mut();
                Some(&mut machine.downcast_mut::<Hosted<M>>()?.machine)
            }
            _ => None,
        }
    }

    /// All events of a host's machines, with the world's time.
    ///
    /// # Panics
    ///
    /// The host belongs to another world.
    pub fn events<M: Machine + 'static>(&self, host: Host<M>) -> &[(Instant, M::Event)] {
        &self.hosted(host).events
    }

    fn hosted<M: Machine + 'static>(&self, host: Host<M>) -> &Hosted<M> {
        let machine = match &self.hosts[host.id.index()].resident {
            Resident::Machine(sockets) => (sockets.machine.as_ref() as &dyn Any).downcast_ref(),
            Resident::Script(_) => None,
        };
        // Invariant: who holds a `Host<M>` got it when a machine of this type was started.
        machine.expect("the host belongs to this world")
    }

    /// How many datagrams were sent, and how many streams were opened.
    pub const fn sent(&self) -> (u64, u64) {
        (self.packets, self.next_stream)
    }

    /// How many things have happened.
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// How often each fault happened.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The hash over all that went into machines and came out, with its times. Equal hashes mean equal runs.
    pub fn trace_hash(&self) -> u128 {
        self.trace.value()
    }

    /// Tells everybody who looks on.
    pub(crate) fn tell(&mut self, host: HostId, what: What<'_>) {
        let happening = Happening {
            at: self.now,
            host,
            what,
        };
        tell(&mut self.trace, &mut self.observers, &happening).unwrap_or_else(|(rule, reason)| {
            self.violate(host, &rule, reason);
        });
    }

    /// Polls a machine, tells everybody, and gives what is to be done.
    pub(crate) fn poll(&mut self, host: HostId) -> Polled {
        let state = &mut self.hosts[host.index()];
        let now = state.clock.now(self.now);
        let Resident::Machine(sockets) = &mut state.resident else {
            return Polled::Idle(None);
        };
        let output = sockets.machine.poll(self.now);
        let happening = Happening {
            at: self.now,
            host,
            what: What::Output { now, output: &output },
        };
        let told = tell(&mut self.trace, &mut self.observers, &happening);
        let polled = match output {
            Output::Do(action) => Polled::Do(action),
            Output::Idle(wake) => Polled::Idle(wake),
            _ => Polled::Told,
        };
        told.unwrap_or_else(|(rule, reason)| self.violate(host, &rule, reason));
        polled
    }

    /// Notes that a rule was broken, unless one was before.
    pub(crate) fn violate(&mut self, host: HostId, rule: &str, reason: String) {
        let violation = Violation {
            seed: self.seed,
            at: self.now,
            host: self
                .hosts
                .get(host.index())
                .map_or_else(String::new, |host| host.config.name.clone()),
            rule: rule.into(),
            reason,
        };
        self.violation.get_or_insert(violation);
    }
}

/// What came out of a machine, without what only observers need.
pub(crate) enum Polled {
    Do(Action),
    Told,
    Idle(Option<Wake>),
}

fn tell(
    trace: &mut TraceHash,
    observers: &mut [Observer],
    happening: &Happening<'_>,
) -> Result<(), (String, String)> {
    trace.add(happening);
    for observer in observers {
        (observer.look)(happening).map_err(|reason| (observer.rule.clone(), reason))?;
    }
    Ok(())
}
