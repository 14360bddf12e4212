//! What survives a crash.

use alloc::collections::BTreeMap;

use bytes::Bytes;
use nameward_core::flow::{ObjectId, StoreId};
use nameward_core::machine::Change;
use nameward_core::seed::Rng;

/// The durable objects of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Storage(BTreeMap<ObjectId, Vec<u8>>);

impl Storage {
    /// The content of an object; empty if it was never stored.
    pub fn object(&self, object: ObjectId) -> &[u8] {
        self.0.get(&object).map_or(&[], Vec::as_slice)
    }

    /// The objects that were stored, in order.
    pub fn objects(&self) -> impl Iterator<Item = (ObjectId, &[u8])> {
        self.0
            .iter()
            .map(|(object, content)| (*object, content.as_slice()))
    }

    pub(crate) fn apply(&mut self, object: ObjectId, change: &Change) {
        match change {
            Change::Append(data) => self.append(object, data),
            Change::Replace(data) => {
                self.0.insert(object, data.to_vec());
            }
        }
    }

    fn append(&mut self, object: ObjectId, data: &[u8]) {
        self.0.entry(object).or_default().extend_from_slice(data);
    }
}

/// A change that was asked for and not answered yet.
#[derive(Clone, Debug)]
pub(crate) struct Unanswered {
    pub(crate) token: StoreId,
    pub(crate) object: ObjectId,
    pub(crate) change: Change,
}

/// The power fails while `unanswered` changes are on their way, in order. Of each object a first part of the changes is
/// there afterwards, and of the next append a prefix. Returns how many appends were torn.
pub(crate) fn tear(storage: &mut Storage, unanswered: &[Unanswered], rng: &mut Rng) -> u64 {
    let mut cut: BTreeMap<ObjectId, bool> = BTreeMap::new();
    let mut torn = 0;
    for Unanswered { object, change, .. } in unanswered {
        let is_cut = cut.entry(*object).or_default();
        if *is_cut {
            continue;
        }
        if rng.below(2) == 0 {
            storage.apply(*object, change);
            continue;
        }
        *is_cut = true;
        if let Change::Append(data) = change {
            let prefix = prefix(data, rng);
            torn += u64::from(!prefix.is_empty());
            storage.append(*object, &prefix);
        }
    }
    torn
}

/// A prefix that lacks one octet at least.
pub(crate) fn prefix(data: &Bytes, rng: &mut Rng) -> Bytes {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    // A usize has 32 bits at least wherever the simulator runs.
    data.slice(..rng.below(length) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameward_core::flow::Lane;
    use nameward_core::seed::Seed;

    #[test]
    fn after_a_crash_a_replacement_is_whole_or_absent_and_appends_leave_a_prefix() {
        let object = ObjectId(1);
        let change = |number, change| Unanswered {
            token: StoreId::new(Lane(0), number),
            object: ObjectId(number / 10),
            change,
        };
        let unanswered = [
            change(10, Change::Append(Bytes::from_static(b"abc"))),
            change(11, Change::Append(Bytes::from_static(b"def"))),
            change(20, Change::Replace(Bytes::from_static(b"new"))),
        ];
        let mut seen = alloc::collections::BTreeSet::new();
        let mut torn = 0;
        for number in 0..200 {
            let mut storage = Storage::default();
            storage.append(object, b"0");
            storage.append(ObjectId(2), b"old");
            torn += tear(
                &mut storage,
                &unanswered,
                &mut Rng::new(&Seed::from_number(number)),
            );
            let journal = storage.object(object).to_vec();
            assert!(b"0abcdef".starts_with(&journal[..]) && !journal.is_empty());
            seen.insert(journal);
            assert!([&b"old"[..], b"new"].contains(&storage.object(ObjectId(2))));
        }
        assert_eq!(seen.len(), 7);
        assert!(torn > 0);
    }
}
