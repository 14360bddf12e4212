//! Messages of the corpora, cut and damaged in every place, through everything that reads a message.
//!
//! Whatever the octets are: what refuses them says where, inside of them; nothing panics; the work, counted in steps, and the
//! memory at once are at most a multiple of their length; and what is accepted survives being owned, printed and written.
//!
//! With `NAMEWARD_SEEDS=500` each octet of 500 messages is damaged in each way, and each of the others in some ways that are drawn. With
//! less it is a part of the messages and of the ways. Steps are counted under the compiler cfg `planted` only.

#![allow(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

mod bombs;
mod damage;
mod entries;
mod limit;
mod reception;
mod sample;
mod typed;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use nameward_core::seed::{Rng, Seed};
use nameward_tests::seeds;

use damage::Damage;
use limit::Most;
use reception::Receiver;
use sample::Sample;

/// How many messages are damaged in every octet.
const WHOLE: usize = 500;

/// How often each other message is damaged.
const DRAWS: usize = 16;

/// One in how many messages, and in how many damages to them, has its turn in this run: 1 if all have.
fn part() -> usize {
    WHOLE / usize::try_from(seeds::many()).unwrap().clamp(1, WHOLE)
}

#[test]
fn every_damage_to_messages_of_all_kinds_is_refused_or_survives() {
    let Some((chosen, _)) = sample::choose(WHOLE) else {
        return;
    };
    let samples: Vec<Sample> = chosen.into_iter().step_by(part()).collect();
    let octets: usize = samples.iter().map(|sample| sample.octets.len()).sum();
    assert!(octets > 0);
    let most = on_all_cores(&samples, |sample, most| {
        let damages = (0..Damage::count(&sample.octets)).step_by(part());
        endure(sample, damages.map(Damage::numbered), most);
    });
    println!(
        "{} messages with {octets} octets, one in {} damages",
        samples.len(),
        part()
    );
    println!("{most}");
}

#[test]
fn some_damage_to_all_other_messages_is_refused_or_survives() {
    let Some((_, others)) = sample::choose(WHOLE) else {
        return;
    };
    let samples: Vec<Sample> = others.into_iter().step_by(part()).collect();
    assert!(!samples.is_empty());
    seeds::for_each(1, |seed| {
        let most = on_all_cores(&samples, |sample, most| {
            let mut rng = Rng::new(&Seed::from_number(seed ^ sample.hash()));
            let count = u32::try_from(Damage::count(&sample.octets)).unwrap();
            let drawn = (0..DRAWS).map(|_| Damage::numbered(rng.below(count) as usize));
            endure(sample, drawn, most);
        });
        println!("{} messages, damaged {DRAWS} times each", samples.len());
        println!("{most}");
    });
}

/// Puts a message through all entries: whole, with its records in other places, and with each damage. What fails is named.
fn endure(sample: &Sample, damages: impl Iterator<Item = Damage>, most: &mut Most) {
    let mut receiver = Receiver::new(&sample.octets);
    let current = Cell::new((None, None));
    let ended = catch_unwind(AssertUnwindSafe(|| {
        entries::look(&sample.octets, most);
        for (number, octets) in damage::regrouped(&sample.octets).iter().enumerate() {
            current.set((Some(number), None));
            entries::look(octets, most);
        }
        for damage in damages {
            current.set((None, Some(damage)));
            let mut octets = sample.octets.clone();
            entries::look(damage.apply(&mut octets), most);
            if let Some(receiver) = &mut receiver {
                receiver.receive(damage, most);
            }
        }
    }));
    if let Err(panic) = ended {
        let (regrouped, damage) = current.get();
        eprintln!(
            "{} failed, regrouped {regrouped:?}, damaged {damage:?}: {:02x?}",
            sample.name, sample.octets
        );
        resume_unwind(panic);
    }
}

/// Does `work` for all samples, on all cores, and says the most that any of it took.
fn on_all_cores(samples: &[Sample], work: impl Fn(&Sample, &mut Most) + Sync) -> Most {
    let next = AtomicUsize::new(0);
    let take_turns = || {
        let mut most = Most::default();
        while let Some(sample) = samples.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(sample, &mut most);
        }
        most
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(take_turns)).collect();
        let mut most = Most::default();
        for thread in threads {
            match thread.join() {
                Ok(other) => most.include(&other),
                Err(panic) => resume_unwind(panic),
            }
        }
        most
    })
}
