//! A bounded cache of RRsets, of denials and, for a short while, of failures.
//!
//! It is a data structure and not a machine: whoever asks questions looks here first, and stores what servers said.
//!
//! * [`Positive`] data is an RRset with its signatures, alias sets included. Following an alias is up to who asks.
//! * [`Negative`] data is a denial: of one type at a name (NODATA), or of the name for all types (NXDOMAIN). It is kept for the
//!   time that its SOA record allows (RFC 2308 section 5). A denied AAAA says nothing about an A beside it.
//! * A failure is remembered for some seconds, and longer each time it comes back (RFC 9520 section 3.2).
//!
//! # What replaces what
//!
//! Nothing is replaced, before it expires, by what is less credible ([`Credibility`]: RFC 2181 section 5.4.1, and whether it
//! was validated). Nor are records replaced by a denial that is only as credible as they are: a forged denial cannot make
//! a known address disappear. A failure replaces nothing but a failure. Records that are as credible as a denial replace it.
//! If several entries would answer a question, the most credible one does; among equals records win over an alias, an
//! alias over NODATA, and NODATA over NXDOMAIN.
//!
//! # Time
//!
//! Only the monotonic clock counts, so that a stepped wall clock lengthens no life. Data is served before its expiry and
//! never at it; the TTL with which it is served never exceeds the one with which it was stored. A TTL of zero is not stored.
//!
//! # Bounds
//!
//! [`CacheLimits`] bounds entries, and the octets of all memory that the cache takes, tables and denials included. If there is
//! no room, what has expired goes first, then what was not used for longest, roughly (SIEVE). The work of one insertion is
//! bounded. Memory that users still share after an entry is gone is theirs.
//!
//! Look-ups allocate nothing. They go through a hash table keyed by the seed (SipHash-1-3): whoever chooses names cannot choose
//! which ones collide, and nothing is ever done in the order of the hashes.
//!
//! ```
//! use core::time::Duration;
//! use nameward_core::cache::{Cache, Found, Positive, Rank, View};
//! use nameward_core::limits::CacheLimits;
//! use nameward_core::rrset::Rrset;
//! use nameward_core::seed::Seed;
//! use nameward_core::time::Instant;
//! use nameward_core::wire::{A, Class, Name, Rtype};
//!
//! let mut cache = Cache::new(&Seed::from_number(1), CacheLimits::default()).unwrap();
//! let name: Name = "www.example.".parse().unwrap();
//! let address = A { address: [192, 0, 2, 1].into() }.to_rdata();
//! let rrset = Rrset::new(name.clone(), Rtype::A, Class::IN, 300, [address]).unwrap();
//! let learnt = Positive { rrset, signatures: None, credibility: Rank::Answer.into() };
//! cache.insert(Instant::ZERO, View::DEFAULT, learnt).unwrap();
//!
//! let later = Instant::ZERO.after(Duration::from_secs(100));
//! let hit = cache.get(later, View::DEFAULT, &name, Rtype::A, Class::IN).unwrap();
//! let Found::Records { rrset, .. } = hit.found else { panic!() };
//! assert_eq!(hit.aged(rrset).ttl(), 200);
//!
//! let expired = Instant::ZERO.after(Duration::from_secs(300));
//! assert!(cache.get(expired, View::DEFAULT, &name, Rtype::A, Class::IN).is_none());
//! ```

mod admission;
mod credibility;
mod entry;
mod expiry;
mod failure;
mod hit;
mod queue;
mod slot;
mod table;

#[cfg(test)]
mod model;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use crate::limits::CacheLimits;
use crate::machine::Misuse;
use crate::seed::Seed;
use crate::time::Instant;
use crate::wire::{Class, Name, Rtype};
use entry::{ENTRY, Entry, Key, Subject};
use expiry::Expiry;
use queue::Queue;
use slot::Slot;
use table::Table;

pub use admission::{Denial, Negative, NotStored, Positive};
pub use credibility::{Credibility, Rank};
pub use hit::{Found, Hit};

/// Whose answers these are: data of one view is never an answer in another.
///
/// Servers on different routes may say different things about one name (split DNS). One cache with views, unlike a cache
/// for each route, has one bound on its memory whatever the number of routes. Whoever changes what a number means clears
/// the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct View(pub u16);

impl View {
    /// The view of who has only one.
    pub const DEFAULT: Self = Self(0);
}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Look-ups that found records or an alias.
    pub positive_hits: u64,
    /// Look-ups that found a denial.
    pub negative_hits: u64,
    /// Look-ups that found a failure.
    pub failure_hits: u64,
    /// Look-ups that found nothing.
    pub misses: u64,
    /// Entries stored.
    pub stored: u64,
    /// Data that was not stored.
    pub refused: u64,
    /// Entries given up, before they expired, for want of room.
    pub evicted: u64,
    /// Entries that went after they had expired.
    pub expired: u64,
}

/// A bounded cache. See the [module](self).
pub struct Cache {
    limits: CacheLimits,
    table: Table,
    queue: Queue,
    expiry: Expiry,
    /// What the tables take, in octets.
    tables: u32,
    /// What the entries take, in octets.
    entries: u32,
    statistics: Statistics,
}

/// What the tables take for each entry that there may be, in octets: one number for all platforms.
const TABLES: u32 = 72;

const _: () = assert!(Table::SHARE + Queue::SHARE + Expiry::SHARE <= 72);

impl Cache {
    /// An empty cache. It takes the memory of its tables at once: 72 octets for each entry that it may have.
    ///
    /// # Errors
    ///
    /// A limit is out of range.
    pub fn new(seed: &Seed, limits: CacheLimits) -> Result<Self, Misuse> {
        limits.validate()?;
        // No more entries than there can be octets for.
        let most = limits.entries.min(limits.octets / (TABLES + ENTRY));
        let capacity = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(Self {
            limits,
            table: Table::new(seed, capacity),
            queue: Queue::new(capacity),
            expiry: Expiry::new(capacity),
            tables: most.saturating_mul(TABLES),
            entries: 0,
            statistics: Statistics::default(),
        })
    }

    /// What is known about a question, if anything is, and is valid at `now`.
    pub fn get(
        &mut self,
        now: Instant,
        view: View,
        name: &Name,
        rtype: Rtype,
        class: Class,
    ) -> Option<Hit<'_>> {
        let key = Key {
            view,
            class,
            name,
            subject: Subject::Type(rtype),
        };
        let Some(slot) = self.best(now, key, rtype) else {
            self.statistics.misses = self.statistics.misses.wrapping_add(1);
            return None;
        };
        self.queue.mark(slot);
        let hit = self.table.get(slot)?.hit(now, rtype);
        let count = match hit.found {
            Found::Records { .. } | Found::Alias { .. } => &mut self.statistics.positive_hits,
            Found::NoData { .. } | Found::NxDomain { .. } => &mut self.statistics.negative_hits,
            Found::Failure => &mut self.statistics.failure_hits,
        };
        *count = count.wrapping_add(1);
        Some(hit)
    }

    /// Stores an RRset.
    ///
    /// # Errors
    ///
    /// Why it was not stored.
    pub fn insert(&mut self, now: Instant, view: View, data: Positive) -> Result<(), NotStored> {
        let admitted = data.admit(now, view, &self.limits);
        self.store(now, admitted)
    }

    /// Stores a denial.
    ///
    /// # Errors
    ///
    /// Why it was not stored.
    pub fn insert_negative(&mut self, now: Instant, view: View, data: Negative) -> Result<(), NotStored> {
        let admitted = data.admit(now, view, &self.limits);
        self.store(now, admitted)
    }

    /// Remembers that a question could not be resolved: at first for [`first_failure`](CacheLimits::first_failure), and for
    /// twice as long as before if it fails again within as long after that (RFC 9520 section 3.2).
    ///
    /// # Errors
    ///
    /// Why it is not remembered: above all because an answer is known.
    pub fn insert_failure(
        &mut self,
        now: Instant,
        view: View,
        name: &Name,
        rtype: Rtype,
        class: Class,
    ) -> Result<(), NotStored> {
        let key = Key {
            view,
            class,
            name,
            subject: Subject::Type(rtype),
        };
        let hash = self.table.hash_name(key).with(key.subject);
        let before = self.table.find(hash, key).and_then(|slot| self.table.get(slot));
        let admitted = failure::admit(now, key, before, &self.limits);
        self.store(now, admitted)
    }

    /// Forgets all that is known about a name, in every view and class, and says how many entries that were.
    ///
    /// It looks at every entry, and is meant for who administers the cache.
    pub fn forget(&mut self, name: &Name) -> u32 {
        let mut count = 0_u32;
        let mut from = 0;
        while let Some(slot) = self.table.find_name(from, name) {
            self.remove(slot);
            from = slot.index();
            count = count.saturating_add(1);
        }
        count
    }

    /// Forgets everything but the statistics.
    pub fn clear(&mut self) {
        while let Some((_, slot)) = self.expiry.first() {
            self.remove(slot);
        }
    }

    /// Takes out up to `at_most` entries that have expired, and says how many. Calling it is a matter of memory alone: what
    /// has expired is not served, and goes first when there is no room.
    pub fn expire(&mut self, now: Instant, at_most: u32) -> u32 {
        (0..at_most)
            .take_while(|_| self.remove_expired(now))
            .fold(0, |count: u32, _| count.saturating_add(1))
    }

    /// When [`expire`](Self::expire) has something to do next.
    pub fn next_expiry(&self) -> Option<Instant> {
        self.expiry.first().map(|(at, _)| at)
    }

    /// How many entries there are, expired ones included that were not taken out yet.
    pub fn entries(&self) -> u32 {
        u32::try_from(self.table.len()).unwrap_or(u32::MAX)
    }

    /// What it takes of the memory at most, in octets, tables included.
    pub const fn octets(&self) -> u32 {
        self.tables.saturating_add(self.entries)
    }

    /// What happened so far.
    pub const fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// The entry that answers a question.
    fn best(&self, now: Instant, key: Key<'_>, rtype: Rtype) -> Option<Slot> {
        let hashed = self.table.hash_name(key);
        let alias = follows_aliases(rtype).then_some(Subject::Type(Rtype::CNAME));
        [Some(key.subject), alias, Some(Subject::Name)]
            .into_iter()
            .flatten()
            .filter_map(|subject| {
                let slot = self.table.find(hashed.with(subject), key.with(subject))?;
                let entry = self.table.get(slot).filter(|entry| entry.is_valid(now))?;
                // What is known of the type CNAME other than an alias says nothing about another type.
                let answers = subject == key.subject || subject == Subject::Name || entry.is_records();
                answers.then(|| (entry.precedence(key.subject), slot))
            })
            .max_by_key(|&(precedence, _)| precedence)
            .map(|(_, slot)| slot)
    }

    fn store(&mut self, now: Instant, admitted: Result<Entry, NotStored>) -> Result<(), NotStored> {
        let stored = admitted.and_then(|entry| self.put(now, entry));
        let count = match stored {
            Ok(()) => &mut self.statistics.stored,
            Err(_) => &mut self.statistics.refused,
        };
        *count = count.wrapping_add(1);
        stored
    }

    fn put(&mut self, now: Instant, entry: Entry) -> Result<(), NotStored> {
        let key = entry.key();
        let hashed = self.table.hash_name(key);
        let hash = hashed.with(key.subject);
        if let Some(slot) = self.table.find(hash, key) {
            if self
                .table
                .get(slot)
                .is_some_and(|known| !entry.replaces(known, now))
            {
                return Err(NotStored::LessCredible);
            }
            self.remove(slot);
        }
        let denied = key.with(Subject::Name);
        if entry.shows_existence()
            && let Some(slot) = self.table.find(hashed.with(Subject::Name), denied)
            && self
                .table
                .get(slot)
                .is_some_and(|denial| denial.credibility <= entry.credibility)
        {
            self.remove(slot);
        }
        let (octets, at) = (entry.octets(), entry.forgotten_at());
        while self.table.is_full() || self.octets().saturating_add(octets) > self.limits.octets {
            if !self.make_room(now) {
                return Err(NotStored::TooLarge);
            }
        }
        let slot = self.table.insert(hash, entry).ok_or(NotStored::TooLarge)?;
        self.queue.push(slot);
        self.expiry.insert(slot, at);
        self.entries = self.entries.saturating_add(octets);
        Ok(())
    }

    /// Gives one entry up; whether there was one.
    fn make_room(&mut self, now: Instant) -> bool {
        if self.remove_expired(now) {
            return true;
        }
        let Some(slot) = self.queue.victim() else {
            return false;
        };
        self.remove(slot);
        self.statistics.evicted = self.statistics.evicted.wrapping_add(1);
        true
    }

    /// Takes one entry out that has expired; whether there was one.
    fn remove_expired(&mut self, now: Instant) -> bool {
        let Some((_, slot)) = self.expiry.first().filter(|&(at, _)| at <= now) else {
            return false;
        };
        self.remove(slot);
        self.statistics.expired = self.statistics.expired.wrapping_add(1);
        true
    }

    fn remove(&mut self, slot: Slot) {
        self.queue.remove(slot);
        self.expiry.remove(slot);
        if let Some(entry) = self.table.remove(slot) {
            self.entries = self.entries.saturating_sub(entry.octets());
        }
    }
}

/// What it holds, in numbers: names do not belong in a log.
impl core::fmt::Debug for Cache {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Cache")
            .field("entries", &self.entries())
            .field("octets", &self.octets())
            .field("statistics", &self.statistics)
            .finish_non_exhaustive()
    }
}

/// Whether an alias answers a question for this type: not for the alias itself, and not for what stands beside it (RFC 4034
/// section 2.5 and 3, RFC 4035 section 2.5).
const fn follows_aliases(rtype: Rtype) -> bool {
    !matches!(rtype, Rtype::CNAME | Rtype::RRSIG | Rtype::NSEC | Rtype::ANY)
}
