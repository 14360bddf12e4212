//! Which faults a run has, and which really happened.

use alloc::collections::BTreeMap;
use core::time::Duration;

use nameward_core::seed::Rng;
use nameward_core::time::Instant;

use crate::clock::ClockConfig;
use crate::decision::Choice;
use crate::host::HostId;
use crate::link::{Bursts, Link, Rate};
use crate::random::{self, PerMille, duration_up_to};
use crate::shrink::kept;
use crate::world::World;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A datagram or a segment is lost.
    Loss,
    /// Datagrams or segments are lost together.
    BurstLoss,
    /// A datagram arrives twice.
    Duplication,
    /// A datagram is overtaken.
    Reordering,
    /// A datagram arrives when nobody waits for it any more.
    Delay,
    /// A datagram arrives altered.
    Corruption,
    /// A datagram is larger than the way takes.
    TooLarge,
    /// Something waits, or is lost, because the way takes only so much at once.
    SlowWay,
    /// A stream is read and written in pieces of any length.
    Pieces,
    /// Segments of a stream are read as one.
    Coalescing,
    /// A connection is refused.
    Refusal,
    /// A connection is accepted by somebody who never reads.
    ZeroWindow,
    /// A stream is cut.
    Reset,
    /// One direction of a stream ends early.
    HalfClose,
    /// A stream falls silent.
    Stall,
    /// A stream arrives octet by octet.
    Trickle,
    /// The clocks of a host run fast or slow.
    Drift,
    /// The wall clock of a host jumps.
    WallStep,
    /// The wall clock of a host stands still.
    WallFreeze,
    /// The wall clock of a host stands just before 2038 or 2106, where seconds outgrow 31 and 32 bits.
    Era,
    /// A timer fires late.
    LateTimer,
    /// A timer fires that nobody set.
    SpuriousTick,
    /// Several things happen before the driver asks what the machine wants.
    LateDrain,
    /// A host does nothing for a while.
    Pause,
    /// A host loses its power and starts again.
    Crash,
    /// A store fails.
    StoreFailure,
    /// A host moves to another network.
    NetworkChange,
    /// After a crash a part of an append is there. No row of a plan: it comes with [`Crash`](Self::Crash).
    TornAppend,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 28] = [
        Self::Loss,
        Self::BurstLoss,
        Self::Duplication,
        Self::Reordering,
        Self::Delay,
        Self::Corruption,
        Self::TooLarge,
        Self::SlowWay,
        Self::Pieces,
        Self::Coalescing,
        Self::Refusal,
        Self::ZeroWindow,
        Self::Reset,
        Self::HalfClose,
        Self::Stall,
        Self::Trickle,
        Self::Drift,
        Self::WallStep,
        Self::WallFreeze,
        Self::Era,
        Self::LateTimer,
        Self::SpuriousTick,
        Self::LateDrain,
        Self::Pause,
        Self::Crash,
        Self::StoreFailure,
        Self::NetworkChange,
        Self::TornAppend,
    ];

    /// Those that a plan turns on and off.
    const ROWS: &'static [Self] = Self::ALL.split_at(27).0;
}

/// How often each fault happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Fault, u64>);

impl Tally {
    /// How often this one happened.
    pub fn of(&self, fault: Fault) -> u64 {
        self.0.get(&fault).copied().unwrap_or(0)
    }

    /// Adds the counts of another run.
    pub fn add(&mut self, other: &Self) {
        for (&fault, count) in &other.0 {
            *self.0.entry(fault).or_default() += count;
        }
    }

    pub(crate) fn count(&mut self, fault: Fault) {
        self.count_many(fault, 1);
    }

    pub(crate) fn count_many(&mut self, fault: Fault, count: u64) {
        *self.0.entry(fault).or_default() += count;
    }
}

/// How bad a fault is in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Intensity {
    /// Now and then.
    Light,
    /// All the time.
    Heavy,
}

/// Which faults one run has: a swarm, in which each seed leaves out many faults, so that the others can show what they do
/// alone and in pairs.
///
/// ```
/// use nameward_sim::{Fault, FaultPlan, Intensity, Link};
///
/// let drawn = FaultPlan::from_seed(7);
/// assert!(!drawn.at_least_one(7).faults().is_empty());
///
/// let lossy = FaultPlan::of([(Fault::Loss, Intensity::Heavy)]);
/// assert_ne!(lossy.link(Link::default()), Link::default());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan(BTreeMap<Fault, Intensity>);

impl FaultPlan {
    /// No faults.
    pub const NONE: Self = Self(BTreeMap::new());

    /// Draws each fault: off in half of the seeds, light in a quarter, heavy in a quarter.
    pub fn from_seed(seed: u64) -> Self {
        let mut rng = Rng::new(&random::seed(seed, "world", "fault plan", 0));
        let drawn = Fault::ROWS.iter().filter_map(|&fault| match rng.below(4) {
            0 => Some((fault, Intensity::Light)),
            1 => Some((fault, Intensity::Heavy)),
            _ => None,
        });
        Self(drawn.collect())
    }

    /// Exactly these faults.
    pub fn of(faults: impl IntoIterator<Item = (Fault, Intensity)>) -> Self {
        Self(faults.into_iter().collect())
    }

    /// The same plan with these of its faults only, by their positions in [`faults`](Self::faults).
    #[must_use]
    pub fn keep(&self, positions: &[usize]) -> Self {
        let rows: Vec<_> = self.0.iter().map(|(&fault, &how)| (fault, how)).collect();
        Self::of(kept(&rows, positions))
    }

    /// The same plan, or, if it has no fault, one with a fault that `seed` chooses.
    #[must_use]
    pub fn at_least_one(mut self, seed: u64) -> Self {
        if self.0.is_empty() {
            let mut rng = Rng::new(&random::seed(seed, "world", "one fault", 0));
            let choice = rng.below(Fault::ROWS.len() as u32) as usize;
            self.0.insert(Fault::ROWS[choice], Intensity::Heavy);
        }
        self
    }

    /// The faults of this run.
    pub const fn faults(&self) -> &BTreeMap<Fault, Intensity> {
        &self.0
    }

    fn pick<T>(&self, fault: Fault, off: T, light: T, heavy: T) -> T {
        match self.0.get(&fault) {
            None => off,
            Some(Intensity::Light) => light,
            Some(Intensity::Heavy) => heavy,
        }
    }

    /// `link` with the faults of this plan. What the plan leaves out stays as it is.
    #[must_use]
    pub fn link(&self, mut link: Link) -> Link {
        let chance =
            |fault, was: PerMille, light, heavy| self.pick(fault, was, PerMille(light), PerMille(heavy));
        link.loss = chance(Fault::Loss, link.loss, 20, 400);
        let bursts = |begin, end| {
            let (begin, end, loss) = (PerMille(begin), PerMille(end), PerMille(900));
            Some(Bursts { begin, end, loss })
        };
        link.bursts = self.pick(Fault::BurstLoss, link.bursts, bursts(20, 300), bursts(100, 150));
        let rate = |octets_per_second, queue| {
            Some(Rate {
                octets_per_second,
                queue,
            })
        };
        link.rate = self.pick(Fault::SlowWay, link.rate, rate(20_000, 20_000), rate(400, 600));
        link.duplication = chance(Fault::Duplication, link.duplication, 20, 500);
        link.reordering = chance(Fault::Reordering, link.reordering, 20, 500);
        link.delay = chance(Fault::Delay, link.delay, 10, 200);
        link.corruption = chance(Fault::Corruption, link.corruption, 20, 400);
        link.mtu = self.pick(Fault::TooLarge, link.mtu, 1232, 128);
        let streams = &mut link.streams;
        streams.piece = self.pick(Fault::Pieces, streams.piece, 512, 3);
        streams.window = self.pick(Fault::Pieces, streams.window, 4096, 16);
        streams.coalescing = chance(Fault::Coalescing, streams.coalescing, 100, 800);
        streams.refusal = chance(Fault::Refusal, streams.refusal, 50, 500);
        streams.zero_window = chance(Fault::ZeroWindow, streams.zero_window, 50, 500);
        streams.reset = chance(Fault::Reset, streams.reset, 10, 150);
        streams.half_close = chance(Fault::HalfClose, streams.half_close, 20, 300);
        let (light, heavy) = (Duration::from_millis(2), Duration::from_secs(1));
        streams.trickle = self.pick(Fault::Trickle, streams.trickle, light, heavy);
        streams.stall = chance(Fault::Stall, streams.stall, 10, 150);
        link
    }

    /// `clock` with the faults of this plan.
    #[must_use]
    pub fn clock(&self, mut clock: ClockConfig) -> ClockConfig {
        let [light, heavy] = ClockConfig::ERAS.map(Some);
        clock.wall = self.pick(Fault::Era, clock.wall, light, heavy);
        clock.drift = self.pick(Fault::Drift, clock.drift, 200, -50_000);
        let (light, heavy) = (Duration::from_millis(5), Duration::from_secs(5));
        clock.lateness = self.pick(Fault::LateTimer, clock.lateness, light, heavy);
        let (light, heavy) = (Duration::from_millis(1), Duration::from_millis(50));
        clock.dawdling = self.pick(Fault::LateDrain, clock.dawdling, light, heavy);
        clock
    }

    /// Schedules what happens to a host as a whole between now and `until`: crashes, pauses, steps and standstills of the wall
    /// clock, spurious ticks, changes of the network, failing stores. A world that replays takes it from its list.
    pub fn disturb(&self, world: &mut World, host: HostId, until: Instant) {
        let store = self.pick(Fault::StoreFailure, PerMille::NEVER, PerMille(50), PerMille(500));
        world.set_store_failures(host, store);
        if let Some(decisions) = &world.decider.replayed {
            for (at, choice) in decisions.of_host(world.name(host)) {
                world.befall(host, at, choice);
            }
            return;
        }
        let mut rng = world.rng(host, "disturbances");
        let (begin, span) = (world.now(), until.since(world.now()));
        for (fault, light, heavy) in [
            (Fault::WallStep, 1, 20),
            (Fault::WallFreeze, 1, 5),
            (Fault::SpuriousTick, 5, 200),
            (Fault::Pause, 1, 10),
            (Fault::Crash, 1, 5),
            (Fault::NetworkChange, 1, 10),
        ] {
            for _ in 0..self.pick(fault, 0, light, heavy) {
                let at = begin.after(duration_up_to(span, &mut rng));
                let scale = 10_i64.pow(rng.below(9));
                let step = if rng.below(2) == 0 { scale } else { -scale };
                let how_long = duration_up_to(Duration::from_secs(2), &mut rng);
                let choice = match fault {
                    Fault::WallStep => Choice::Stepped(step),
                    Fault::WallFreeze => Choice::Frozen(how_long * 5),
                    Fault::SpuriousTick => Choice::Ticked,
                    Fault::Pause => Choice::Paused(how_long),
                    Fault::NetworkChange => Choice::Moved,
                    _ => Choice::Crashed(how_long),
                };
                world.befall(host, at, choice);
            }
        }
    }
}
