//! What was decided in a run, so that it can be decided again.
//!
//! Wherever the world decides what goes wrong, it draws, and notes what it chose. The list of these [`Decisions`] is concrete:
//! it holds outcomes, not draws. A world that [replays](crate::World::replaying) such a list draws nothing; where the list is
//! silent nothing goes wrong. So decisions can be deleted one by one until only those are left that matter.

mod choice;
mod text;

use alloc::collections::BTreeMap;
use core::fmt;

use nameward_core::seed::Rng;
use nameward_core::time::Instant;

use crate::host::HostId;
use crate::random;
use crate::world::World;

pub use choice::Choice;
pub use text::DecisionError;

/// Where a decision is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Site {
    /// A datagram or a segment of a stream sets out from one host to another.
    Crossing,
    /// The second copy of a datagram that is doubled.
    Copy,
    /// A connection is asked for.
    Connection,
    /// A stream is written or read at a host.
    Piece,
    /// Something arrived on a stream, and may be read at once.
    Reading,
    /// A host sets its timer.
    Timer,
    /// A driver may drain a machine at once.
    Drain,
    /// A store is answered.
    Store,
    /// An attacker may strike.
    Attack,
    /// Something happens to a host as a whole.
    Host,
}

/// Which of the decisions at one site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Occasion {
    /// The first is 1.
    Number(u64),
    /// The moment at which it happens, in the world's time: so it is for [`Site::Host`].
    At(Instant),
}

/// One thing that goes wrong.
///
/// In words: `crossing client -> server #3: lost`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Where it is decided.
    pub site: Site,
    /// Whom it concerns: the name of a host, or `client -> server` for the way from one to another.
    pub subject: String,
    /// Which time.
    pub occasion: Occasion,
    /// What was chosen.
    pub choice: Choice,
}

/// What goes wrong in a run, in no order but that of site, subject and occasion.
///
/// Printed, it is one line for each decision; such text can be parsed.
///
/// ```
/// use nameward_sim::Decisions;
///
/// let text = "crossing client -> server #3: lost\nhost client @1.5: crashed 0.25\n";
/// let decisions: Decisions = text.parse()?;
/// assert_eq!(decisions.len(), 2);
/// assert_eq!(decisions.to_string(), text);
/// # Ok::<(), nameward_sim::DecisionError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions(BTreeMap<(Site, String, Occasion), Vec<Choice>>);

impl Decisions {
    /// How many things go wrong.
    pub fn len(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// Whether nothing goes wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The decisions one by one.
    pub fn iter(&self) -> impl Iterator<Item = Decision> {
        self.0.iter().flat_map(|((site, subject, occasion), choices)| {
            choices.iter().map(|choice| Decision {
                site: *site,
                subject: subject.clone(),
                occasion: *occasion,
                choice: choice.clone(),
            })
        })
    }

    fn at(&self, site: Site, subject: &str, occasion: Occasion) -> Vec<Choice> {
        let key = (site, subject.to_owned(), occasion);
        self.0.get(&key).cloned().unwrap_or_default()
    }

    /// What happens to a host as a whole.
    pub(crate) fn of_host(&self, host: &str) -> Vec<(Instant, Choice)> {
        let of_host = self
            .iter()
            .filter(|decision| decision.site == Site::Host && decision.subject == host);
        of_host
            .filter_map(|decision| match decision.occasion {
                Occasion::At(at) => Some((at, decision.choice)),
                Occasion::Number(_) => None,
            })
            .collect()
    }

    fn add(&mut self, site: Site, subject: String, occasion: Occasion, choices: &[Choice]) {
        if !choices.is_empty() {
            self.0
                .entry((site, subject, occasion))
                .or_default()
                .extend_from_slice(choices);
        }
    }
}

impl Extend<Decision> for Decisions {
    fn extend<I: IntoIterator<Item = Decision>>(&mut self, decisions: I) {
        for Decision {
            site,
            subject,
            occasion,
            choice,
        } in decisions
        {
            self.add(site, subject, occasion, &[choice]);
        }
    }
}

impl FromIterator<Decision> for Decisions {
    fn from_iter<I: IntoIterator<Item = Decision>>(decisions: I) -> Self {
        let mut all = Self::default();
        all.extend(decisions);
        all
    }
}

/// One line for each.
impl fmt::Display for Decisions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|decision| writeln!(f, "{decision}"))
    }
}

/// A site in a world: `from` and `to` are one where a host is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) site: Site,
    pub(crate) from: HostId,
    pub(crate) to: HostId,
}

impl Place {
    pub(crate) const fn at(site: Site, host: HostId) -> Self {
        Self {
            site,
            from: host,
            to: host,
        }
    }

    pub(crate) const fn between(site: Site, from: HostId, to: HostId) -> Self {
        Self { site, from, to }
    }
}

/// Where a world takes its decisions from, and what was decided.
#[derive(Debug, Default)]
pub(crate) struct Decider {
    /// `None` to draw.
    pub(crate) replayed: Option<Decisions>,
    pub(crate) made: Decisions,
    counts: BTreeMap<Place, u64>,
}

impl World {
    /// What has gone wrong so far. A world that replays this list runs as this one did.
    pub const fn decisions(&self) -> &Decisions {
        &self.decider.made
    }

    /// Whether decisions are taken from a list.
    pub const fn is_replaying(&self) -> bool {
        self.decider.replayed.is_some()
    }

    /// The number of the next decision at a place, from 1.
    pub(crate) fn count(&mut self, place: Place) -> u64 {
        let number = self.decider.counts.entry(place).or_default();
        *number += 1;
        *number
    }

    /// What the attacker at a place draws from before the next decision there.
    pub(crate) fn next_rng(&self, place: Place) -> Rng {
        let before = self.decider.counts.get(&place).copied().unwrap_or(0);
        Rng::new(&random::seed(self.seed, &self.subject(place), "forging", before))
    }

    /// Decides what goes wrong this time at a place: as the list says, or as `draw` draws.
    pub(crate) fn decide(&mut self, place: Place, draw: impl FnOnce(&mut Rng) -> Vec<Choice>) -> Vec<Choice> {
        let number = self.count(place);
        let subject = self.subject(place);
        let occasion = Occasion::Number(number);
        let choices = match &self.decider.replayed {
            Some(list) => list.at(place.site, &subject, occasion),
            None => draw(&mut Rng::new(&random::seed(
                self.seed,
                &subject,
                place.site.word(),
                number,
            ))),
        };
        self.decider.made.add(place.site, subject, occasion, &choices);
        choices
    }

    /// Notes what will happen to a host as a whole.
    pub(crate) fn decided(&mut self, host: HostId, at: Instant, choice: &Choice) {
        let subject = self.name(host).to_owned();
        let made = &mut self.decider.made;
        made.add(
            Site::Host,
            subject,
            Occasion::At(at),
            core::slice::from_ref(choice),
        );
    }

    fn subject(&self, place: Place) -> String {
        match place.site {
            Site::Crossing | Site::Copy | Site::Connection => {
                format!("{} -> {}", self.name(place.from), self.name(place.to))
            }
            _ => self.name(place.from).to_owned(),
        }
    }
}
