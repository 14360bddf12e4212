//! Several [`forwarder`]s in one machine: a composite of composites, which keeps a map of lanes.

use std::collections::BTreeMap;

use nameward_core::deadlines::Deadlines;
use nameward_core::flow::{FlowId, Lane};
use nameward_core::machine::{Input, Machine, Misuse, Output};
use nameward_core::record;
use nameward_core::seed::{Rng, Seed};
use nameward_core::time::Now;
use nameward_core::trace::Recordable;

use super::asker::{self, Outcome};
use super::forwarder::{self, Forwarder};
use super::outbox::Outbox;

/// The forwarders, by number. All lanes in all of them are different.
#[derive(Clone, Debug)]
pub struct Config {
    /// One for each.
    pub forwarders: Vec<forwarder::Config>,
}
record!(struct Config { forwarders });

/// Something for the forwarder with this number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Which.
    pub forwarder: u8,
    /// What.
    pub command: asker::Command,
}
record!(struct Command { forwarder, command });

/// Something from the forwarder with this number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which.
    pub forwarder: u8,
    /// What.
    pub event: Outcome,
}
record!(struct Event { forwarder, event });

/// The machine.
#[derive(Debug)]
pub struct Site {
    forwarders: BTreeMap<u8, Forwarder>,
    /// Whose lane it is.
    lanes: BTreeMap<Lane, u8>,
    wakes: Deadlines<u8>,
    outbox: Outbox<Event>,
}

impl Recordable for Site {
    const KIND: &'static str = "witness site";
    type Config = Config;

    fn from_seed(seed: Seed, config: Config) -> Result<Self, Misuse> {
        let mut rng = Rng::new(&seed);
        let (mut forwarders, mut lanes) = (BTreeMap::new(), BTreeMap::new());
        for (number, config) in (0..=u8::MAX).zip(config.forwarders) {
            for lane in [config.listener.lane(), config.asker.lane] {
                if lanes.insert(lane, number).is_some() {
                    return Err(Misuse::InUse(lane.0.into()));
                }
            }
            forwarders.insert(number, Forwarder::from_seed(rng.fork(), config)?);
        }
        Ok(Self {
            forwarders,
            lanes,
            wakes: Deadlines::new(),
            outbox: Outbox::new(),
        })
    }
}

impl Machine for Site {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        match (input, input.lane().map(|lane| self.lanes.get(&lane))) {
            (Input::Tick, _) => {
                while let Some(number) = self.wakes.take_due(now.mono) {
                    self.with(number, |forwarder| forwarder.handle(now, input));
                }
            }
            (_, None) => {
                for number in self.forwarders.keys().copied().collect::<Vec<_>>() {
                    self.with(number, |forwarder| forwarder.handle(now, input));
                }
            }
            (_, Some(Some(&number))) => _ = self.with(number, |forwarder| forwarder.handle(now, input)),
            (_, Some(None)) => self.outbox.ignore_foreign(&input),
        }
    }

    fn command(&mut self, now: Now, Command { forwarder, command }: Command) -> Result<(), Misuse> {
        self.with(forwarder, |forwarder| forwarder.command(now, command))
            .unwrap_or_else(|| Err(Misuse::NotInUse(forwarder.into())))
    }

    fn poll(&mut self) -> Output<Event> {
        self.outbox.poll(self.wakes.earliest())
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        let forwarder = self
            .lanes
            .get(&flow.lane())
            .and_then(|number| self.forwarders.get(number));
        forwarder.map_or(&[], |forwarder| forwarder.stream_out(flow))
    }

    fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize) {
        if let Some(&number) = self.lanes.get(&flow.lane()) {
            self.with(number, |forwarder| forwarder.stream_sent(now, flow, count));
        }
    }
}

impl Site {
    /// Does something with one forwarder, and takes what comes out at once. If it stayed in there until the next `poll`, then
    /// the order among the forwarders would depend on when that comes.
    fn with<R>(&mut self, number: u8, call: impl FnOnce(&mut Forwarder) -> R) -> Option<R> {
        let forwarder = self.forwarders.get_mut(&number)?;
        let result = call(forwarder);
        loop {
            match forwarder.poll().map_event(|event| Event {
                forwarder: number,
                event,
            }) {
                Output::Idle(wake) => {
                    self.wakes.set(number, wake);
                    return Some(result);
                }
                output => self.outbox.pass(output),
            }
        }
    }
}
