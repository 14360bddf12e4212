//! One question to a group of servers, for all who wait for it: which server is tried next, how, and for how long.

use core::net::SocketAddr;
use core::time::Duration;

use smallvec::SmallVec;

use super::answer::{Failure, LookupError, Trouble};
use super::config::{Config, Server};
use super::question::LookupId;
use super::selection::{SHORTEST_WAIT, Servers};
use crate::budget::Budget;
use crate::cache::View;
use crate::machine::Proto;
use crate::time::Instant;
use crate::transport::QuestionId;
use crate::wire::Question;

/// A fetch, by a number that is not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct FetchId(pub(super) u64);

/// Who waits for a fetch: one of the resolutions of a look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Waiter {
    pub(super) lookup: LookupId,
    pub(super) slot: u8,
}

/// That a question waits for a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) fetch: FetchId,
    /// Whether it began it, with a share of the budget of its look-up.
    pub(super) shares: bool,
}

/// What is fetched. Equal ones are fetched once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) view: View,
    pub(super) question: Question,
}

/// A question on its way through the servers of a group.
#[derive(Debug)]
pub(super) struct Fetch {
    pub(super) key: Key,
    /// A share of the budget of the look-up that began it, which gets back what is left.
    pub(super) budget: Budget,
    /// Who began it, as long as it waits.
    pub(super) owner: Option<Waiter>,
    pub(super) waiters: SmallVec<[Waiter; 2]>,
    pub(super) state: State,
    /// A dead server that is probed with the same question.
    pub(super) probe: Option<QuestionId>,
    candidates: SmallVec<[Candidate; 4]>,
    /// How often all are tried.
    rounds: u8,
    /// How often all were tried.
    round: u8,
    /// Who of them is tried next.
    next: usize,
    last: Option<Failure>,
}

/// Where a fetch stands.
#[derive(Debug)]
pub(super) enum State {
    /// It waits for its turn.
    Queued,
    /// A server is being tried.
    Trying(Try),
}

/// A server that is being tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Try {
    pub(super) id: QuestionId,
    pub(super) server: Server,
    pub(super) proto: Proto,
    pub(super) since: Instant,
}

/// How a server is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) server: Server,
    pub(super) proto: Proto,
    pub(super) wait: Duration,
    /// How many datagrams it got for this question already.
    pub(super) sent_before: u8,
}

/// How long a server of which nothing is known is waited for at least, if there is that much time: a reply from the other side of
/// the world, or by way of a satellite, comes sooner.
const UNKNOWN_WAIT: Duration = Duration::from_millis(800);

/// A server, and what it did with the question.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    server: Server,
    datagrams: u8,
    /// How often it was tried over a stream.
    streams: u8,
    /// It replied, and the reply was of no use: it is not asked again.
    useless: bool,
}

impl Fetch {
    /// A fetch for one who waits.
    pub(super) fn new(key: Key, budget: Budget, owner: Waiter) -> Self {
        Self {
            key,
            budget,
            owner: Some(owner),
            waiters: SmallVec::from_slice(&[owner]),
            state: State::Queued,
            probe: None,
            candidates: SmallVec::new(),
            rounds: 0,
            round: 0,
            next: 0,
            last: None,
        }
    }

    /// The servers to try, best first, and how often at most. There are no more rounds than there is time for: who is waited for too
    /// shortly each time might as well not be asked.
    pub(super) fn begin(&mut self, now: Instant, servers: impl IntoIterator<Item = Server>, attempts: u8) {
        let fresh = |server| Candidate {
            server,
            datagrams: 0,
            streams: 0,
            useless: false,
        };
        self.candidates = servers.into_iter().map(fresh).collect();
        let round = UNKNOWN_WAIT.saturating_mul(u32::try_from(self.candidates.len()).unwrap_or(u32::MAX));
        let left = self.budget.deadline().since(now).as_millis();
        let rounds = left.checked_div(round.as_millis()).unwrap_or(0);
        self.rounds = u8::try_from(rounds).unwrap_or(u8::MAX).clamp(1, attempts.max(1));
    }

    /// Who is tried next, and how: each server once in each round, first with datagrams, of which one gets three at most, and then
    /// over streams; and when all rounds are over, who kept silent once more over a stream.
    pub(super) fn next_attempt(&mut self, now: Instant, config: &Config, known: &Servers) -> Option<Attempt> {
        loop {
            if self.round > self.rounds {
                return None;
            }
            let Some(candidate) = self.candidates.get(self.next) else {
                self.round = self.round.saturating_add(1);
                self.next = 0;
                if self.candidates.is_empty() {
                    return None;
                }
                continue;
            };
            let candidate = *candidate;
            self.next = self.next.saturating_add(1);
            let last_resort = self.round == self.rounds;
            if candidate.useless || last_resort && candidate.streams > 0 {
                continue;
            }
            let by_datagram = !config.stream_only
                && !last_resort
                && self.round < config.limits.attempts
                && candidate.datagrams < config.limits.attempts;
            return Some(Attempt {
                server: candidate.server,
                proto: if by_datagram {
                    Proto::Datagram
                } else {
                    Proto::Stream
                },
                wait: self.wait(now, config, known, &candidate),
                sent_before: candidate.datagrams,
            });
        }
    }

    /// How long to wait for one server: as long as its replies usually take, and longer after each loss; a server that is not
    /// known, or that is not tried with a datagram again, gets its share of the time that is left.
    fn wait(&self, now: Instant, config: &Config, known: &Servers, candidate: &Candidate) -> Duration {
        let useful = self.candidates.iter().filter(|candidate| !candidate.useless);
        let still = |candidates: usize| u32::try_from(candidates).unwrap_or(u32::MAX);
        let rounds_left = u32::from(self.rounds.saturating_sub(self.round).saturating_sub(1));
        let in_this_round = self
            .candidates
            .iter()
            .skip(self.next)
            .filter(|candidate| !candidate.useless);
        // This one, who follows in this round, those after it, and one last stream, unless this is it.
        let last = u32::from(self.round < self.rounds);
        let tries = 1u32
            .saturating_add(last)
            .saturating_add(still(in_this_round.count()))
            .saturating_add(still(useful.count()).saturating_mul(rounds_left));
        let left = self.budget.deadline().since(now);
        let share = left.checked_div(tries).unwrap_or(left);
        let longest = config.timeout.clamp(Duration::from_millis(1), config.limits.time);
        // Who was known to be fast and keeps silent is waited for twice as long each time, but takes no time from the others for
        // that. It has all its share when it will not be tried with a datagram again.
        let wait = match known.wait(candidate.server.address) {
            Some(usual) if rounds_left > 0 => usual.min(share),
            Some(_) | None => share,
        };
        wait.max(SHORTEST_WAIT).min(longest)
    }

    /// A try of a server is over, in which it got that many datagrams and streams.
    pub(super) fn tried(&mut self, server: SocketAddr, datagrams: u8, streams: u8) {
        if let Some(candidate) = self.candidate(server) {
            candidate.datagrams = candidate.datagrams.saturating_add(datagrams);
            candidate.streams = candidate.streams.saturating_add(streams);
        }
    }

    /// How many datagrams a server got.
    pub(super) fn datagrams_to(&self, server: SocketAddr) -> u8 {
        let mut candidates = self.candidates.iter();
        let candidate = candidates.find(|candidate| candidate.server.address == server);
        candidate.map_or(0, |candidate| candidate.datagrams)
    }

    /// A server has not been of use. After a reply it is not asked again.
    pub(super) fn failed(&mut self, failure: Failure) {
        self.last = Some(failure);
        let replied = match failure.trouble {
            Trouble::Exchange(_) => false,
            Trouble::Rcode(_) | Trouble::Lame | Trouble::Malformed | Trouble::TtlsDiffer => true,
        };
        if let Some(candidate) = self.candidate(failure.server).filter(|_| replied) {
            candidate.useless = true;
        }
    }

    fn candidate(&mut self, server: SocketAddr) -> Option<&mut Candidate> {
        let mut candidates = self.candidates.iter_mut();
        candidates.find(|candidate| candidate.server.address == server)
    }

    /// What went wrong last.
    pub(super) const fn last(&self) -> Option<Failure> {
        self.last
    }

    /// Nobody is left to try.
    pub(super) fn exhausted(&self) -> LookupError {
        self.last.map_or(LookupError::NoServer, LookupError::Servers)
    }

    /// The device moved to another network: whoever kept silent may be reached now. What was sent is not forgotten.
    pub(super) fn network_changed(&mut self) {
        self.round = 0;
        self.next = 0;
        for candidate in &mut self.candidates {
            candidate.streams = 0;
        }
    }

    /// Who waits no longer; whether anybody still does.
    pub(super) fn leave(&mut self, waiter: Waiter) -> bool {
        self.waiters.retain(|other| *other != waiter);
        if self.owner == Some(waiter) {
            self.owner = None;
        }
        !self.waiters.is_empty()
    }
}
