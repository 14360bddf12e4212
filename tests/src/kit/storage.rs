//! Scenarios of stored objects.

use std::fs;

use bytes::Bytes;
use nameward_core::flow::{Lane, ObjectId, StoreId};
use nameward_core::machine::{Action, Change, StoreError, StoreResult};
use nameward_driver::config::Config;
use nameward_driver::store::Directory;

use super::adapter::Adapter;
use super::puppet::{Heard, Pull, Puppet};
use super::stage::{Scratch, Stage};

const JOURNAL: ObjectId = ObjectId(0x1f);
const ANCHORS: ObjectId = ObjectId(u64::MAX);

/// Changes are made in order, each is answered once, and what was answered is in the file.
pub fn what_is_stored_is_there<A: Adapter>() {
    let scratch = Scratch::new();
    let directory = Directory::new(&scratch.0);
    let mut stage = stage_with::<A>(Some(directory.clone()));
    assert_eq!(directory.load(JOURNAL).expect("a directory"), None);
    for (number, (object, change, content)) in [
        (
            JOURNAL,
            Change::Append(Bytes::from_static(b"one")),
            b"one".as_slice(),
        ),
        (JOURNAL, Change::Append(Bytes::from_static(b"two")), b"onetwo"),
        (ANCHORS, Change::Replace(Bytes::from_static(b"first")), b"first"),
        (ANCHORS, Change::Replace(Bytes::from_static(b"2nd")), b"2nd"),
        (
            ANCHORS,
            Change::Append(Bytes::from_static(b" and more")),
            b"2nd and more",
        ),
        (JOURNAL, Change::Replace(Bytes::new()), b""),
    ]
    .into_iter()
    .enumerate()
    {
        let number = number as u64;
        stage.pull(vec![store(number, object, change)]);
        stage.expect(&stored(number, Ok(())));
        assert_eq!(directory.load(object).expect("a file").as_deref(), Some(content));
    }
    // Several at once are answered in order, too.
    stage.pull(
        (10..20)
            .map(|number| store(number, JOURNAL, Change::Append(vec![number as u8].into())))
            .collect(),
    );
    for number in 10..20 {
        stage.expect(&stored(number, Ok(())));
    }
    assert_eq!(directory.load(JOURNAL).expect("a file"), Some((10..20).collect()));
    assert_eq!(stage.stop(), []);
    let names: Vec<_> = fs::read_dir(&scratch.0)
        .expect("a directory")
        .map(|entry| entry.expect("a file").file_name())
        .collect();
    assert_eq!(names.len(), 2, "a replacement was left behind: {names:?}");
    assert!(names.contains(&"000000000000001f".into()), "{names:?}");
}

/// A driver without a store says so.
pub fn without_a_store_nothing_is_stored<A: Adapter>() {
    let mut stage = stage_with::<A>(None);
    stage.pull(vec![store(
        1,
        JOURNAL,
        Change::Append(Bytes::from_static(b"lost")),
    )]);
    stage.expect(&stored(1, Err(StoreError::Missing)));
}

/// What cannot be written is answered as such.
pub fn a_missing_directory_is_a_broken_device<A: Adapter>() {
    let scratch = Scratch::new();
    let mut stage = stage_with::<A>(Some(Directory::new(scratch.0.join("missing"))));
    stage.pull(vec![store(
        1,
        JOURNAL,
        Change::Replace(Bytes::from_static(b"lost")),
    )]);
    stage.expect(&stored(1, Err(StoreError::Device)));
}

/// A driver that is shut down stores first what it was asked to, and says so.
pub fn what_is_asked_is_stored_before_the_end<A: Adapter>() {
    let scratch = Scratch::new();
    let directory = Directory::new(&scratch.0);
    let mut stage = stage_with::<A>(Some(directory.clone()));
    stage.pull(
        (0..20)
            .map(|number| store(number, JOURNAL, Change::Append(vec![number as u8].into())))
            .collect(),
    );
    let expected: Vec<Heard> = (0..20).map(|number| stored(number, Ok(()))).collect();
    assert_eq!(stage.stop(), expected);
    assert_eq!(directory.load(JOURNAL).expect("a file"), Some((0..20).collect()));
}

fn stage_with<A: Adapter>(store: Option<Directory>) -> Stage<A> {
    Stage::with(
        Puppet::default(),
        Config {
            store,
            ..Config::default()
        },
    )
}

fn store(number: u64, object: ObjectId, change: Change) -> Pull {
    Pull::Do(Action::Store {
        token: StoreId::new(Lane(0), number),
        object,
        change,
    })
}

fn stored(number: u64, result: StoreResult) -> Heard {
    Heard::Stored {
        token: StoreId::new(Lane(0), number),
        result,
    }
}
