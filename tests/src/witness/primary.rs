//! The sender of updates for the [`secondary`](super::secondary): it sends each one until it is acknowledged.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use nameward_core::deadlines::Deadlines;
use nameward_core::flow::{FlowId, FlowNames, Lane};
use nameward_core::machine::{Action, Ignored, Input, Machine, Misuse, Output, Proto, Wake};
use nameward_core::record;
use nameward_core::seed::Seed;
use nameward_core::time::Now;
use nameward_core::trace::Recordable;

use super::outbox::Outbox;
use super::secondary::update;

/// How a [`Primary`] behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// The secondary.
    pub secondary: SocketAddr,
    /// When an update is sent again. Not zero.
    pub retry: Duration,
}
record!(struct Config { secondary, retry });

/// What the application wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// These keys have these values now. This is the update with the next serial, from 1 on.
    Publish {
        /// At most 1 000.
        entries: Vec<(u16, u32)>,
    },
}
record!(enum Command { 0 => Publish { entries } });

/// The secondary acknowledged the update with this serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// The serial.
    pub serial: u64,
}
record!(struct Acknowledged { serial });

/// The sender.
#[derive(Debug)]
pub struct Primary {
    config: Config,
    names: FlowNames,
    flow: Option<FlowId>,
    serial: u64,
    unacknowledged: BTreeMap<u64, Bytes>,
    retries: Deadlines<u64>,
    outbox: Outbox<Acknowledged>,
}

impl Recordable for Primary {
    const KIND: &'static str = "witness primary";
    type Config = Config;

    fn from_seed(_seed: Seed, config: Config) -> Result<Self, Misuse> {
        if config.retry.is_zero() {
            return Err(Misuse::Impossible(
                "the time until an update is sent again may not be zero",
            ));
        }
        Ok(Self {
            config,
            names: FlowNames::new(Lane(0)),
            flow: None,
            serial: 0,
            unacknowledged: BTreeMap::new(),
            retries: Deadlines::new(),
            outbox: Outbox::new(),
        })
    }
}

impl Machine for Primary {
    type Event = Acknowledged;
    type Command = Command;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        match input {
            Input::Tick => {
                while let Some(serial) = self.retries.take_due(now.mono) {
                    self.send(now, serial);
                }
            }
            Input::NetworkChanged => {
                if let Some(flow) = self.flow.take() {
                    self.outbox.act(Action::Close { flow });
                }
            }
            _ if input.flow().is_none() || input.flow() != self.flow => self.outbox.ignore_foreign(&input),
            Input::Received { flow, data } => self.received(flow, data),
            Input::Closed { .. } => self.flow = None,
            // The network's word is no reason to send sooner or later.
            Input::Opened { .. } | Input::Rejected { .. } => {}
            _ => self.outbox.ignore(self.flow, Ignored::OutOfPlace),
        }
    }

    fn command(&mut self, now: Now, Command::Publish { entries }: Command) -> Result<(), Misuse> {
        if entries.len() > 1_000 {
            return Err(Misuse::Impossible("an update has at most 1 000 entries"));
        }
        self.serial += 1;
        self.unacknowledged
            .insert(self.serial, update(self.serial, entries).into());
        self.send(now, self.serial);
        Ok(())
    }

    fn poll(&mut self) -> Output<Acknowledged> {
        self.outbox.poll(self.retries.earliest())
    }

    fn stream_out(&self, _flow: FlowId) -> &[u8] {
        &[]
    }

    fn stream_sent(&mut self, _now: Now, _flow: FlowId, _count: usize) {}
}

impl Primary {
    fn send(&mut self, now: Now, serial: u64) {
        let Some(data) = self.unacknowledged.get(&serial).cloned() else {
            return;
        };
        let flow = *self.flow.get_or_insert_with(|| {
            let flow = self.names.fresh();
            let (proto, remote) = (Proto::Datagram, self.config.secondary);
            self.outbox.act(Action::Open {
                flow,
                proto,
                remote,
                read: true,
            });
            flow
        });
        self.outbox.act(Action::Send { flow, data });
        let at = now.mono.after(self.config.retry);
        self.retries.set(
            serial,
            Some(Wake {
                at,
                why: "update is sent again",
            }),
        );
    }

    fn received(&mut self, flow: FlowId, data: &[u8]) {
        let Ok(serial) = data.try_into().map(u64::from_be_bytes) else {
            let offset = u16::try_from(data.len()).unwrap_or(u16::MAX);
            return self.outbox.ignore(Some(flow), Ignored::Malformed { offset });
        };
        if self.unacknowledged.remove(&serial).is_none() {
            return self.outbox.ignore(Some(flow), Ignored::Unexpected);
        }
        self.retries.set(serial, None);
        self.outbox.tell(Acknowledged { serial });
    }
}
