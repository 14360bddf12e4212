//! The machine that answers an application.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use bytes::BytesMut;

use super::answer::{Answer, LookupError, Source};
use super::classify::{End, Signed};
use super::config::Config;
use super::fetch::{Fetch, Key, Waiter};
use super::fetches::{Fetched, Fetches, Said, Setup};
use super::lookup::{Lookup, Next};
use super::question::{Lookup as Asked, LookupId};
use super::resolution::{Progress, Sources, Worth};
use super::routes::Routes;
use super::sort::sort;
use super::special::special;
use crate::budget::Exhausted;
use crate::cache::{Cache, Credibility, Denial, Negative, Positive, Rank};
use crate::context::Cx;
use crate::deadlines::Deadlines;
use crate::flow::{FlowId, FlowNames};
use crate::limits::CacheLimits;
use crate::machine::{Action, Input, Machine, Misuse, Output, Wake};
use crate::numbered::Numbered;
use crate::queue;
use crate::seed::{Rng, Seed};
use crate::time::{Instant, Now};

/// How many look-ups there may be at a time, the waiting ones included.
const MOST_LOOKUPS: usize = 65_536;

/// A stub resolver: it answers an application from the hosts file, from its cache, and with what the resolvers say that it is
/// configured with.
///
/// Each look-up gets exactly one [`Event`], by [`Limits::time`](crate::limits::Limits::time) at the latest, unless it is cancelled.
///
/// ```
/// use nameward_core::client::{Command, Config, Event, Lookup, LookupId, LookupOptions, Query, Stub};
/// use nameward_core::machine::{Machine, Output};
/// use nameward_core::seed::Seed;
/// use nameward_core::time::{Instant, Now};
///
/// let mut stub = Stub::new(Seed::from_number(1), Config::default())?;
/// let query = Query::addresses("localhost")?;
/// let lookup = Lookup { id: LookupId(0), query, options: LookupOptions::default() };
/// stub.command(Now::without_wall(Instant::ZERO), Command::Lookup(lookup))?;
/// let Output::Event(Event::Answered { answer, .. }) = stub.poll() else { panic!() };
/// let addresses: Vec<_> = answer.addresses().map(|address| address.to_string()).collect();
/// assert_eq!(addresses, ["127.0.0.1", "::1"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Stub {
    config: Config,
    routes: Routes,
    cache: Option<Cache>,
    fetches: Fetches,
    lookups: Numbered<LookupId, Lookup>,
    deadlines: Deadlines<LookupId>,
    /// Questions that can go on.
    ready: VecDeque<Waiter>,
    rng: Rng,
    flows: FlowNames,
    actions: VecDeque<Action>,
    outputs: VecDeque<Output<Event>>,
    scratch: BytesMut,
}

/// What an application tells a [`Stub`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Look something up. At most 65 536 look-ups are in progress at a time, those included that wait for their turn.
    Lookup(Asked),
    /// Forget a look-up. No event will come for it.
    Cancel(LookupId),
    /// Go on with another configuration. Look-ups in progress are not lost: those whose servers are not asked about their names any
    /// more, or are asked otherwise, begin to ask again. [`lane`](Config::lane), [`idle`](Config::idle) and
    /// [`Limits::attempts`](crate::limits::Limits::attempts) cannot change.
    Reconfigure(Box<Config>),
}

/// How a look-up ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// There is an answer, even if it is that there is nothing.
    Answered {
        /// The application's number.
        id: LookupId,
        /// The answer.
        answer: Answer,
    },
    /// There is no answer.
    Failed {
        /// The application's number.
        id: LookupId,
        /// Why.
        error: LookupError,
    },
}

impl Event {
    /// The look-up that ended.
    pub const fn id(&self) -> LookupId {
        match *self {
            Self::Answered { id, .. } | Self::Failed { id, .. } => id,
        }
    }
}

impl Stub {
    /// A stub that was asked nothing yet.
    ///
    /// # Errors
    ///
    /// A value of the configuration is out of its range.
    pub fn new(seed: Seed, config: Config) -> Result<Self, Misuse> {
        config.validate()?;
        let mut rng = Rng::new(&seed);
        let (of_cache, of_fetches) = (rng.fork(), rng.fork());
        let cache = config.cache.clone().map(|limits| Cache::new(&of_cache, limits));
        Ok(Self {
            routes: Routes::new(&config),
            cache: cache.transpose()?,
            fetches: Fetches::new(&of_fetches, &config),
            lookups: Numbered::new(),
            deadlines: Deadlines::new(),
            ready: VecDeque::new(),
            rng,
            flows: FlowNames::new(config.lane),
            actions: VecDeque::new(),
            outputs: VecDeque::new(),
            scratch: BytesMut::new(),
            config,
        })
    }

    /// How many look-ups are in progress.
    pub fn in_progress(&self) -> usize {
        self.lookups.len()
    }

    /// How many flows are open.
    pub fn open_flows(&self) -> usize {
        self.fetches.exchanges().open_flows()
    }

    /// What is kept, if anything is.
    pub const fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    fn lookup(&mut self, now: Now, asked: Asked) -> Result<(), Misuse> {
        let id = asked.id;
        asked.query.validate()?;
        if self.lookups.contains(id) {
            return Err(Misuse::InUse(id.0));
        }
        if self.lookups.len() >= MOST_LOOKUPS {
            let most = u64::try_from(MOST_LOOKUPS).unwrap_or(u64::MAX);
            let value = most.saturating_add(1);
            return Err(Misuse::OutOfRange {
                what: "look-ups in progress",
                value,
                least: 0,
                most,
            });
        }
        let (name, relative) = asked.query.name();
        let is_special = || {
            let route = self.routes.group(self.routes.of(name)).map(|group| &group.suffix);
            route.is_some_and(|route| special(name, route).is_some())
        };
        // Nothing else is tried for a name that is not relative.
        let known = relative && (is_special() || !self.config.hosts.addresses(name).is_empty());
        let mut lookup = Lookup::new(now.mono, asked, &self.config, known);
        let next = lookup.begin(now.mono, &self.config);
        let wake = Wake {
            at: lookup.budget.deadline(),
            why: "the time for a look-up is over",
        };
        self.lookups.insert(id, lookup);
        self.deadlines.set(id, Some(wake));
        self.go_on(now, id, next);
        self.settle(now);
        Ok(())
    }

    fn cancel(&mut self, now: Now, id: LookupId) -> Result<(), Misuse> {
        if !self.lookups.contains(id) {
            return Err(Misuse::NotInUse(id.0));
        }
        self.forget(now, id);
        self.settle(now);
        Ok(())
    }

    fn reconfigure(&mut self, now: Now, config: Config) -> Result<(), Misuse> {
        config.validate()?;
        let fixed = |config: &Config| (config.lane, config.idle, config.limits.attempts);
        if fixed(&config) != fixed(&self.config) {
            return Err(Misuse::Impossible(
                "the lane, the idle time and the attempts of the limits of a stub cannot change",
            ));
        }
        let asks_alike = |a: &Config, b: &Config| {
            let of = |config: &Config| {
                let bits = (config.authentic_data, config.checking_disabled);
                (config.edns.clone(), bits, config.stream_only, config.ttl_rule)
            };
            of(a) == of(b)
        };
        let all = !asks_alike(&config, &self.config) || self.routes.is_worn();
        let routes = if all {
            Routes::new(&config)
        } else {
            self.routes.renewed(&config)
        };
        if all || config.cache != self.config.cache {
            let seed = self.rng.fork();
            let cache = config.cache.clone().map(|limits| Cache::new(&seed, limits));
            self.cache = cache.transpose()?;
        }
        self.config = config;
        self.routes = routes;
        let given_up = self.with_fetches(now, |fetches, cx, setup| fetches.reconfigure(cx, setup, all));
        for mut fetch in given_up {
            self.ready.extend(core::mem::take(&mut fetch.waiters));
            self.rejoin(fetch);
        }
        self.settle(now);
        Ok(())
    }

    /// Goes on until nothing more can be done now.
    fn settle(&mut self, now: Now) {
        loop {
            self.flush();
            if let Some(waiter) = queue::next(&mut self.ready) {
                self.resolve(now, waiter);
                continue;
            }
            let said = self.with_fetches(now, |fetches, cx, setup| fetches.next_said(cx, setup));
            self.flush();
            match said {
                Some(Said::Ignored(flow, why)) => self.outputs.push_back(Output::Ignored { flow, why }),
                Some(Said::Over(fetch, outcome)) => self.fetched(now, fetch, outcome),
                None => return,
            }
        }
    }

    /// Goes on with a question of a look-up.
    fn resolve(&mut self, now: Now, waiter: Waiter) {
        let Waiter { lookup: id, slot } = waiter;
        let Some(lookup) = self.lookups.get_mut(id) else {
            return;
        };
        let fresh = lookup.fresh;
        let Some((resolution, waiting, _)) = lookup.asking(slot) else {
            return;
        };
        *waiting = None;
        let mut sources = Sources {
            hosts: &self.config.hosts,
            routes: &self.routes,
            cache: self.cache.as_mut().filter(|_| !fresh),
        };
        match resolution.advance(now.mono, &mut sources) {
            Progress::Ended(result) => self.ended(now, waiter, result),
            Progress::Needs(key) => self.fetch(now, waiter, key),
        }
    }

    fn fetch(&mut self, now: Now, waiter: Waiter, key: Key) {
        let Some(lookup) = self.lookups.get_mut(waiter.lookup) else {
            return;
        };
        let sharers = lookup.sharers();
        let Some((_, waiting, budget)) = lookup.asking(waiter.slot) else {
            return;
        };
        match self.fetches.join(now.mono, key, waiter, budget, sharers) {
            Ok(joined) => *waiting = Some(joined),
            Err(limit) => self.ended(now, waiter, Err(LookupError::Exhausted { limit, last: None })),
        }
    }

    /// A fetch is over: all who wait for it go on.
    fn fetched(&mut self, now: Now, mut fetch: Fetch, outcome: Result<Fetched, LookupError>) {
        let (waiters, owner) = (core::mem::take(&mut fetch.waiters), fetch.owner);
        let out_of_time = now.mono >= fetch.budget.deadline();
        if let Ok(fetched) = &outcome {
            self.keep(now.mono, &fetch.key, fetched);
        }
        self.rejoin(fetch);
        for waiter in waiters {
            let Some((resolution, waiting, _)) = self
                .lookups
                .get_mut(waiter.lookup)
                .and_then(|lookup| lookup.asking(waiter.slot))
            else {
                continue;
            };
            *waiting = None;
            match &outcome {
                Ok(fetched) => {
                    let worth = Worth {
                        valid_until: now.mono,
                        authentic_data: fetched.authentic_data,
                        source: Source::Server {
                            address: fetched.server,
                            proto: fetched.proto,
                        },
                    };
                    let caps = caps(&self.config);
                    match resolution.take(now.mono, &fetched.finding, caps, worth) {
                        Some(result) => self.ended(now, waiter, result),
                        None => self.ready.push_back(waiter),
                    }
                }
                // What ended was the budget of somebody else.
                Err(LookupError::Exhausted { .. }) if owner != Some(waiter) => self.ready.push_back(waiter),
                Err(_) if owner != Some(waiter) && out_of_time => self.ready.push_back(waiter),
                Err(error) => self.ended(now, waiter, Err(error.clone())),
            }
        }
    }

    /// Gives what a fetch did not spend back to whom it belongs.
    fn rejoin(&mut self, fetch: Fetch) {
        let owner = fetch.owner.and_then(|owner| self.lookups.get_mut(owner.lookup));
        if let Some(lookup) = owner {
            lookup.budget.rejoin(fetch.budget);
        }
    }

    /// Puts into the cache what was fetched. What is not stored there is as good for this look-up.
    fn keep(&mut self, now: Instant, key: &Key, fetched: &Fetched) {
        let Some(cache) = &mut self.cache else { return };
        let Fetched {
            finding,
            authentic_data,
            ..
        } = fetched;
        let credibility = Credibility {
            authentic_data: *authentic_data,
            rank: Rank::Answer,
        };
        let mut insert = |signed: &Signed| {
            let Signed { rrset, signatures } = signed.clone();
            let _kept = cache.insert(
                now,
                key.view,
                Positive {
                    rrset,
                    signatures,
                    credibility,
                },
            );
        };
        finding.aliases.iter().for_each(&mut insert);
        let (denial, soa) = match &finding.end {
            End::Positive(sets) => return sets.iter().for_each(insert),
            End::Unsaid => return,
            End::NoData(denial) => (Denial::NoData(key.question.rtype), &denial.soa),
            End::NxDomain(denial) => (Denial::NxDomain, &denial.soa),
        };
        if let Some(soa) = soa {
            let negative = Negative {
                name: finding.name.clone(),
                class: key.question.class,
                denial,
                soa: soa.rrset.clone(),
                credibility,
            };
            let _kept = cache.insert_negative(now, key.view, negative);
        }
    }

    /// A question of a look-up ended.
    fn ended(&mut self, now: Now, waiter: Waiter, result: Result<Answer, LookupError>) {
        let Some(lookup) = self.lookups.get_mut(waiter.lookup) else {
            return;
        };
        let next = lookup.ended(&self.config, waiter.slot, result);
        self.go_on(now, waiter.lookup, next);
    }

    fn go_on(&mut self, now: Now, id: LookupId, next: Next) {
        match next {
            Next::Wait => {}
            Next::Resolve(slots) => {
                self.ready
                    .extend(slots.into_iter().map(|slot| Waiter { lookup: id, slot }));
            }
            Next::Done(result) => self.finish(now, id, result),
        }
    }

    fn finish(&mut self, now: Now, id: LookupId, result: Result<Answer, LookupError>) {
        self.forget(now, id);
        self.tell(now, id, result);
    }

    fn tell(&mut self, now: Now, id: LookupId, result: Result<Answer, LookupError>) {
        self.flush();
        self.outputs.push_back(Output::Event(match result {
            Ok(mut answer) => {
                let left = answer.valid_until.since(now.mono).as_secs();
                answer.ttl = u32::try_from(left).unwrap_or(u32::MAX);
                sort(&mut answer.rrsets, &self.config.sortlist);
                Event::Answered { id, answer }
            }
            Err(error) => Event::Failed { id, error },
        }));
    }

    /// Takes a look-up out. What was fetched for it alone is given up.
    fn forget(&mut self, now: Now, id: LookupId) -> Option<Lookup> {
        self.deadlines.set(id, None);
        let lookup = self.lookups.remove(id)?;
        self.with_fetches(now, |fetches, cx, _| {
            for (slot, fetch) in lookup.fetches() {
                fetches.leave(cx, fetch, Waiter { lookup: id, slot });
            }
        });
        Some(lookup)
    }

    /// The time of a look-up is over.
    fn expire(&mut self, now: Now, id: LookupId) {
        let lookup = self.lookups.get(id);
        let last = lookup.and_then(|lookup| lookup.fetches().find_map(|(_, fetch)| self.fetches.last(fetch)));
        if let Some(mut lookup) = self.forget(now, id) {
            let error = LookupError::Exhausted {
                limit: Exhausted::Time,
                last,
            };
            self.tell(now, id, lookup.expire(&error));
        }
    }

    /// Queues what parts want done, behind what is queued already.
    fn flush(&mut self) {
        if self.actions.is_empty() {
            return;
        }
        self.outputs.extend(self.actions.drain(..).map(Output::Do));
        queue::rest(&mut self.actions);
    }

    fn with_fetches<R>(
        &mut self,
        now: Now,
        act: impl FnOnce(&mut Fetches, &mut Cx<'_>, Setup<'_>) -> R,
    ) -> R {
        let Self {
            config,
            routes,
            fetches,
            rng,
            flows,
            actions,
            scratch,
            ..
        } = self;
        let mut cx = Cx {
            now,
            rng,
            flows,
            actions,
            scratch,
        };
        act(fetches, &mut cx, Setup { config, routes })
    }
}

/// For how long an RRset and a denial count at most, in seconds.
fn caps(config: &Config) -> (u32, u32) {
    let default = CacheLimits::default();
    let limits = config.cache.as_ref().unwrap_or(&default);
    (limits.positive_ttl, limits.negative_ttl)
}

impl Machine for Stub {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        self.with_fetches(now, |fetches, cx, _| fetches.handle(cx, input));
        self.settle(now);
        if input == Input::Tick {
            while let Some(id) = self.deadlines.take_due(now.mono) {
                self.expire(now, id);
            }
            self.settle(now);
        }
    }

    fn command(&mut self, now: Now, command: Command) -> Result<(), Misuse> {
        match command {
            Command::Lookup(asked) => self.lookup(now, asked),
            Command::Cancel(id) => self.cancel(now, id),
            Command::Reconfigure(config) => self.reconfigure(now, *config),
        }
    }

    fn poll(&mut self) -> Output<Event> {
        queue::next(&mut self.outputs)
            .unwrap_or_else(|| Output::Idle(Wake::earlier(self.fetches.wake(), self.deadlines.earliest())))
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.fetches.exchanges().stream_out(flow)
    }

    fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize) {
        self.fetches.stream_sent(now, flow, count);
    }
}
