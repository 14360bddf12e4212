//! In which order entries are given up when there is no more room: SIEVE.

use alloc::vec::Vec;

use super::slot::Slot;

/// How many entries that were used are passed over before one is given up nevertheless. It bounds the work of an insertion.
pub(super) const MOST_PASSED: u32 = 16;

/// The entries by age, with a hand that moves from the oldest to the newest and then begins again: it gives up the first
/// entry that was not used since it passed last.
///
/// What nobody asked for a second time is gone at the first visit of the hand, so that a flood of names that are used once
/// runs through, and what is asked for again and again stays. A use is one mark, without any reordering.
#[derive(Debug)]
pub(super) struct Queue {
    links: Vec<Link>,
    newest: Option<Slot>,
    oldest: Option<Slot>,
    hand: Option<Slot>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Link {
    newer: Option<Slot>,
    older: Option<Slot>,
    used: bool,
}

impl Queue {
    /// What each entry takes, in octets.
    pub(super) const SHARE: usize = size_of::<Link>();

    pub(super) fn new(most: usize) -> Self {
        Self {
            links: Vec::with_capacity(most),
            newest: None,
            oldest: None,
            hand: None,
        }
    }

    /// Adds the newest entry.
    pub(super) fn push(&mut self, slot: Slot) {
        let link = Link {
            older: self.newest,
            ..Link::default()
        };
        match self.links.get_mut(slot.index()) {
            Some(place) => *place = link,
            None => self.links.push(link),
        }
        match self.newest.and_then(|newest| self.link(newest)) {
            Some(newest) => newest.newer = Some(slot),
            None => self.oldest = Some(slot),
        }
        self.newest = Some(slot);
    }

    /// The entry was used.
    pub(super) fn mark(&mut self, slot: Slot) {
        if let Some(link) = self.link(slot) {
            link.used = true;
        }
    }

    /// Which entry goes next.
    pub(super) fn victim(&mut self) -> Option<Slot> {
        let oldest = self.oldest;
        let mut slot = self.hand.or(oldest)?;
        for _ in 0..MOST_PASSED {
            #[cfg(test)]
            crate::wire::steps::step();
            let link = self.link(slot)?;
            if !core::mem::take(&mut link.used) {
                break;
            }
            slot = link.newer.or(oldest)?;
        }
        self.hand = Some(slot);
        Some(slot)
    }

    /// Takes an entry out.
    pub(super) fn remove(&mut self, slot: Slot) {
        let Some(Link { newer, older, .. }) = self.link(slot).map(|link| *link) else {
            return;
        };
        match newer.and_then(|newer| self.link(newer)) {
            Some(newer) => newer.older = older,
            None => self.newest = older,
        }
        match older.and_then(|older| self.link(older)) {
            Some(older) => older.newer = newer,
            None => self.oldest = newer,
        }
        if self.hand == Some(slot) {
            self.hand = newer;
        }
    }

    fn link(&mut self, slot: Slot) -> Option<&mut Link> {
        self.links.get_mut(slot.index())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn slots(count: usize) -> Vec<Slot> {
        (0..count).filter_map(Slot::at).collect()
    }

    fn give_up(queue: &mut Queue) -> Slot {
        let slot = queue.victim().unwrap();
        queue.remove(slot);
        slot
    }

    #[test]
    fn the_oldest_goes_first_and_what_was_used_stays_for_one_round() {
        let all = slots(4);
        let mut queue = Queue::new(4);
        all.iter().for_each(|&slot| queue.push(slot));
        queue.mark(all[0]);
        queue.mark(all[2]);
        let order: Vec<_> = (0..4).map(|_| give_up(&mut queue)).collect();
        assert_eq!(order, vec![all[1], all[3], all[0], all[2]]);
        assert_eq!(queue.victim(), None);
    }

    #[test]
    fn what_is_used_all_the_time_outlives_what_came_after_it() {
        let all = slots(8);
        let mut queue = Queue::new(8);
        all.iter().for_each(|&slot| queue.push(slot));
        for _ in 0..100 {
            queue.mark(all[3]);
            let gone = give_up(&mut queue);
            assert_ne!(gone, all[3]);
            queue.push(gone);
        }
    }

    #[test]
    fn the_hand_passes_a_bounded_number_of_used_entries() {
        let all = slots(1_000);
        let mut queue = Queue::new(1_000);
        all.iter().for_each(|&slot| queue.push(slot));
        all.iter().for_each(|&slot| queue.mark(slot));
        let (gone, steps) = crate::wire::steps::counted(|| give_up(&mut queue));
        assert_eq!((gone, steps), (all[16], u64::from(MOST_PASSED)));
    }
}
