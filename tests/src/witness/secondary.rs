//! A secondary that journals each update before it acknowledges it, and starts again from what is stored.
//!
//! ```text
//! update   = serial: u64, entry*        acknowledgement = serial: u64
//! entry    = key: u16, value: u32
//! stored   = record*                    record = kind: u8, length: u32, update, check: u64
//! ```
//!
//! A record of kind 0 is everything up to its serial; it comes first or not at all. One of kind 1 is one update. An append that
//! a crash cut off is recognised by length and check. One change is stored at a time: after one that failed, part of it may be
//! there, and what was appended behind that would be lost. So the next change replaces everything.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::Bytes;
use nameward_core::flow::{Lane, ListenerId, ObjectId, StoreId};
use nameward_core::machine::{
    Action, Change, Ignored, Input, LocalAddr, Machine, Misuse, Output, StoreError, StoreResult,
};
use nameward_core::record;
use nameward_core::seed::Seed;
use nameward_core::time::Now;
use nameward_core::trace::Recordable;

use super::outbox::Outbox;

/// How a [`Secondary`] behaves, and what it knows.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens for updates.
    pub listener: ListenerId,
    /// Where it stores them.
    pub object: ObjectId,
    /// What is stored there.
    pub stored: Bytes,
    /// When so many octets are stored, all is replaced by one record.
    pub compact_at: u32,
}
record!(struct Config { listener, object, stored, compact_at });

/// What the application wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// [`Event::Value`] of this key.
    Get {
        /// Which key.
        key: u16,
    },
}
record!(enum Command { 0 => Get { key } });

/// What the application is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Everything up to this serial is durable and in force.
    Durable {
        /// The serial.
        serial: u64,
    },
    /// Updates could not be stored and were dropped. Their sender will send them again.
    NotStored(StoreError),
    /// The value of a key.
    Value {
        /// The serial at which it has this value.
        serial: u64,
        /// The value, if there is one.
        value: Option<u32>,
    },
}
record!(enum Event { 0 => Durable { serial }, 1 => NotStored(error), 2 => Value { serial, value } });

/// A serial, and the values that are in force at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The serial of the last update.
    pub serial: u64,
    /// All values.
    pub values: BTreeMap<u16, u32>,
}

/// The secondary.
#[derive(Debug)]
pub struct Secondary {
    config: Config,
    /// What is durable.
    state: State,
    /// Octets that are stored.
    stored: usize,
    /// The end of what is stored is not whole.
    torn: bool,
    /// What is being stored.
    storing: Option<Storing>,
    /// What comes next: consecutive updates.
    waiting: Vec<Update>,
    stores: u64,
    outbox: Outbox<Event>,
}

#[derive(Debug)]
struct Storing {
    token: StoreId,
    updates: Vec<Update>,
    /// How many octets are stored when this is.
    stored: usize,
}

#[derive(Debug)]
struct Update {
    serial: u64,
    body: Bytes,
    senders: Vec<(SocketAddr, Option<LocalAddr>)>,
}

/// Updates that wait at most; more are for their sender to send again.
const MOST_WAITING: usize = 64;
/// Those who wait for the acknowledgement of one update at most.
const MOST_SENDERS: usize = 4;
const SERIAL: usize = 8;
const ENTRY: usize = 6;
const EVERYTHING: u8 = 0;
const ONE_UPDATE: u8 = 1;

impl Recordable for Secondary {
    const KIND: &'static str = "witness secondary";
    type Config = Config;

    fn from_seed(_seed: Seed, config: Config) -> Result<Self, Misuse> {
        let (state, whole) = restore(&config.stored);
        Ok(Self {
            state,
            stored: config.stored.len(),
            torn: whole != config.stored.len(),
            storing: None,
            waiting: Vec::new(),
            stores: 0,
            outbox: Outbox::new(),
            config: Config {
                stored: Bytes::new(),
                ..config
            },
        })
    }
}

impl Machine for Secondary {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, _now: Now, input: Input<'_>) {
        match input {
            Input::Request {
                listener,
                peer,
                local,
                data,
            } if listener == self.config.listener => {
                self.requested(data, (peer, local));
            }
            Input::Stored { token, result } => match self.storing.take_if(|storing| storing.token == token) {
                Some(storing) => self.stored(storing, result),
                None => self.outbox.ignore_foreign(&input),
            },
            _ => self.outbox.ignore_foreign(&input),
        }
        self.store();
    }

    fn command(&mut self, _now: Now, Command::Get { key }: Command) -> Result<(), Misuse> {
        let State { serial, values } = &self.state;
        self.outbox.tell(Event::Value {
            serial: *serial,
            value: values.get(&key).copied(),
        });
        Ok(())
    }

    fn poll(&mut self) -> Output<Event> {
        self.outbox.poll(None)
    }

    fn stream_out(&self, _flow: nameward_core::flow::FlowId) -> &[u8] {
        &[]
    }

    fn stream_sent(&mut self, _now: Now, _flow: nameward_core::flow::FlowId, _count: usize) {}
}

impl Secondary {
    /// What is durable and in force.
    pub const fn state(&self) -> &State {
        &self.state
    }

    fn requested(&mut self, data: &[u8], sender: (SocketAddr, Option<LocalAddr>)) {
        let Some((serial, _)) = split_update(data) else {
            let offset = u16::try_from(data.len()).unwrap_or(u16::MAX);
            return self.outbox.ignore(None, Ignored::Malformed { offset });
        };
        if serial <= self.state.serial {
            return self.acknowledge(serial, sender);
        }
        let storing = self.storing.iter_mut().flat_map(|storing| &mut storing.updates);
        let mut coming = storing.chain(&mut self.waiting);
        if let Some(update) = coming.find(|update| update.serial == serial) {
            if update.senders.len() < MOST_SENDERS && !update.senders.contains(&sender) {
                update.senders.push(sender);
            }
            return;
        }
        let in_store = self.storing.as_ref().map_or(0, |storing| storing.updates.len());
        let coming = u64::try_from(in_store + self.waiting.len()).unwrap_or(u64::MAX);
        if serial - self.state.serial != coming + 1 || self.waiting.len() >= MOST_WAITING {
            return self.outbox.ignore(None, Ignored::Unexpected);
        }
        let body = Bytes::copy_from_slice(data);
        self.waiting.push(Update {
            serial,
            body,
            senders: vec![sender],
        });
    }

    /// Stores all that waits, unless something is being stored.
    fn store(&mut self) {
        if self.storing.is_some() || self.waiting.is_empty() {
            return;
        }
        let updates = std::mem::take(&mut self.waiting);
        let limit = usize::try_from(self.config.compact_at).unwrap_or(usize::MAX);
        let (change, stored) = if self.torn || self.stored >= limit {
            let mut state = self.state.clone();
            updates.iter().for_each(|update| state.apply(&update.body));
            let everything = Bytes::from(state.record());
            (Change::Replace(everything.clone()), everything.len())
        } else {
            let records: Vec<u8> = updates
                .iter()
                .flat_map(|update| record(ONE_UPDATE, &update.body))
                .collect();
            let stored = self.stored + records.len();
            (Change::Append(records.into()), stored)
        };
        let token = StoreId::new(Lane(0), self.stores);
        self.stores += 1;
        self.storing = Some(Storing {
            token,
            updates,
            stored,
        });
        self.outbox.act(Action::Store {
            token,
            object: self.config.object,
            change,
        });
    }

    fn stored(&mut self, storing: Storing, result: StoreResult) {
        if let Err(error) = result {
            // What waits comes after what was dropped, so it is dropped, too.
            self.waiting.clear();
            self.torn = true;
            return self.outbox.tell(Event::NotStored(error));
        }
        self.torn = false;
        self.stored = storing.stored;
        for Update {
            serial,
            body,
            senders,
        } in storing.updates
        {
            self.state.apply(&body);
            senders
                .into_iter()
                .for_each(|sender| self.acknowledge(serial, sender));
        }
        self.outbox.tell(Event::Durable {
            serial: self.state.serial,
        });
    }

    fn acknowledge(&mut self, serial: u64, (to, from): (SocketAddr, Option<LocalAddr>)) {
        let data = Bytes::copy_from_slice(&serial.to_be_bytes());
        self.outbox.act(Action::Reply {
            listener: self.config.listener,
            to,
            from,
            data,
        });
    }
}

impl State {
    /// What an update does. It was checked before.
    fn apply(&mut self, update: &[u8]) {
        let Some((serial, entries)) = split_update(update) else {
            return;
        };
        self.serial = serial;
        for &[a, b, c, d, e, f] in entries.as_chunks::<ENTRY>().0 {
            self.values
                .insert(u16::from_be_bytes([a, b]), u32::from_be_bytes([c, d, e, f]));
        }
    }

    /// One record that stands for all updates so far.
    fn record(&self) -> Vec<u8> {
        record(
            EVERYTHING,
            &update(self.serial, self.values.iter().map(|(&key, &value)| (key, value))),
        )
    }
}

/// An update on the wire.
pub fn update(serial: u64, entries: impl IntoIterator<Item = (u16, u32)>) -> Vec<u8> {
    let mut octets = serial.to_be_bytes().to_vec();
    for (key, value) in entries {
        octets.extend_from_slice(&key.to_be_bytes());
        octets.extend_from_slice(&value.to_be_bytes());
    }
    octets
}

fn split_update(octets: &[u8]) -> Option<(u64, &[u8])> {
    let (serial, entries) = octets.split_first_chunk::<SERIAL>()?;
    (entries.len() % ENTRY == 0).then(|| (u64::from_be_bytes(*serial), entries))
}

/// What the stored records say, and how many octets of them are whole.
fn restore(stored: &[u8]) -> (State, usize) {
    let (mut state, mut rest) = (State::default(), stored);
    while let Some((kind, body, after)) = split_record(rest) {
        let serial = split_update(body).map(|(serial, _)| serial);
        let is_first = rest.len() == stored.len();
        if !(kind == EVERYTHING && is_first || kind == ONE_UPDATE && serial == state.serial.checked_add(1)) {
            break;
        }
        state.apply(body);
        rest = after;
    }
    (state, stored.len() - rest.len())
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut octets = vec![kind];
    // A body is a datagram, or has an entry for each of 2^16 keys.
    octets.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    octets.extend_from_slice(body);
    octets.extend_from_slice(&check(&octets));
    octets
}

fn split_record(stored: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[kind, a, b, c, d], _) = stored.split_first_chunk::<5>()?;
    let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
    let (checked, rest) = stored.split_at_checked(length.checked_add(5)?)?;
    let (found, rest) = rest.split_first_chunk::<8>()?;
    (check(checked) == *found).then(|| (kind, &checked[5..], rest))
}

/// 64-bit FNV-1a.
fn check(octets: &[u8]) -> [u8; 8] {
    let step = |hash: u64, octet: &u8| (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
    octets.iter().fold(0xcbf2_9ce4_8422_2325, step).to_be_bytes()
}

#[cfg(test)]
mod tests;
