//! The secondary, with a device that fails where it is told to.

use super::*;
use nameward_core::time::Instant;
use proptest::prelude::*;

const LISTENER: ListenerId = ListenerId(3);
const OBJECT: ObjectId = ObjectId(9);
const NOW: Now = Now::without_wall(Instant::ZERO);

fn start(stored: &[u8], compact_at: u32) -> Secondary {
    let stored = Bytes::copy_from_slice(stored);
    Secondary::from_seed(
        Seed::from_number(0),
        Config {
            listener: LISTENER,
            object: OBJECT,
            stored,
            compact_at,
        },
    )
    .unwrap()
}

fn send(secondary: &mut Secondary, data: &[u8]) {
    let peer = ([192, 0, 2, 1], 53).into();
    secondary.handle(
        NOW,
        Input::Request {
            listener: LISTENER,
            peer,
            local: None,
            data,
        },
    );
}

#[derive(Debug, Default)]
struct Came {
    stores: Vec<(StoreId, Change)>,
    acknowledged: Vec<u64>,
    ignored: Vec<Ignored>,
}

fn drain(secondary: &mut Secondary) -> Came {
    let mut came = Came::default();
    loop {
        match secondary.poll() {
            Output::Do(Action::Store {
                token,
                object: OBJECT,
                change,
            }) => came.stores.push((token, change)),
            Output::Do(Action::Reply { data, .. }) => {
                came.acknowledged
                    .push(u64::from_be_bytes(data[..].try_into().unwrap()));
            }
            Output::Do(action) => panic!("{action:?}"),
            Output::Event(_) => {}
            Output::Ignored { why, .. } => came.ignored.push(why),
            Output::Idle(wake) => {
                assert_eq!(wake, None);
                return came;
            }
        }
    }
}

/// All that may be stored after the power failed in the middle of `change`.
fn remains(stored: &[u8], change: &Change) -> Vec<Vec<u8>> {
    match change {
        Change::Append(data) => (0..=data.len())
            .map(|length| [stored, &data[..length]].concat())
            .collect(),
        Change::Replace(data) => vec![stored.to_vec(), data.to_vec()],
    }
}

/// Update `serial` writes the same number to all of three keys, one of which is its own.
fn nth(serial: u64) -> Vec<u8> {
    update(
        serial,
        [0, 1, u16::try_from(serial).unwrap() + 1].map(|key| (key, u32::try_from(serial).unwrap())),
    )
}

fn state_at(serial: u64) -> State {
    let mut state = State::default();
    (1..=serial).for_each(|serial| state.apply(&nth(serial)));
    state
}

/// No acknowledged update is ever lost and none is there by half, wherever the power fails, and whoever comes up after that
/// goes on as if nothing had happened.
#[test]
fn whatever_a_crash_leaves_is_a_state_that_holds_all_that_was_acknowledged() {
    const UPDATES: u64 = 12;
    let mut crashes = 0;
    for compact_at in [60, 10_000] {
        let (mut secondary, mut stored, mut acknowledged) = (start(&[], compact_at), Vec::new(), 0);
        while acknowledged < UPDATES {
            // Two at once: they are stored in one change, or the second one while the first one is being stored.
            let next = acknowledged + 1..=(acknowledged + 2).min(UPDATES);
            next.for_each(|serial| send(&mut secondary, &nth(serial)));
            let mut came = drain(&mut secondary);
            while let Some((token, change)) = came.stores.pop() {
                assert!(came.acknowledged.is_empty(), "acknowledged before it was stored");
                for remains in remains(&stored, &change) {
                    let mut again = start(&remains, compact_at);
                    let serial = again.state().serial;
                    assert!((acknowledged..=acknowledged + 2).contains(&serial));
                    assert_eq!(*again.state(), state_at(serial));
                    // It goes on, and what it stores now is good.
                    send(&mut again, &nth(serial + 1));
                    let [(_, change)] = &drain(&mut again).stores[..] else {
                        panic!("one change")
                    };
                    let (after, whole) = restore(remains_whole(&remains, change).as_slice());
                    assert_eq!(
                        (after, whole),
                        (state_at(serial + 1), remains_whole(&remains, change).len())
                    );
                    crashes += 1;
                }
                stored = remains_whole(&stored, &change);
                secondary.handle(
                    NOW,
                    Input::Stored {
                        token,
                        result: Ok(()),
                    },
                );
                came = drain(&mut secondary);
                acknowledged += u64::try_from(came.acknowledged.len()).unwrap();
                came.acknowledged.clear();
            }
        }
        assert_eq!(*secondary.state(), state_at(UPDATES));
    }
    assert!(crashes > 300, "{crashes}");
}

fn remains_whole(stored: &[u8], change: &Change) -> Vec<u8> {
    remains(stored, change).pop().unwrap()
}

/// After a failed append part of it may be there, so that an append behind it would be lost.
#[test]
fn after_a_failure_everything_is_replaced_and_the_update_can_come_again() {
    let mut secondary = start(&[], 10_000);
    send(&mut secondary, &nth(1));
    send(&mut secondary, &nth(2));
    let [(token, Change::Append(_))] = drain(&mut secondary).stores[..] else {
        panic!("an append")
    };
    secondary.handle(
        NOW,
        Input::Stored {
            token,
            result: Err(StoreError::Full),
        },
    );
    let came = drain(&mut secondary);
    assert!(came.acknowledged.is_empty() && came.stores.is_empty());
    send(&mut secondary, &nth(2));
    assert_eq!(drain(&mut secondary).ignored, [Ignored::Unexpected]);
    send(&mut secondary, &nth(1));
    let came = drain(&mut secondary);
    let [(token, Change::Replace(everything))] = &came.stores[..] else {
        panic!("{came:?}")
    };
    assert_eq!(restore(everything), (state_at(1), everything.len()));
    secondary.handle(
        NOW,
        Input::Stored {
            token: *token,
            result: Ok(()),
        },
    );
    assert_eq!(drain(&mut secondary).acknowledged, [1]);
}

#[test]
fn an_update_that_comes_twice_is_acknowledged_twice_and_stored_once() {
    let mut secondary = start(&[], 10_000);
    send(&mut secondary, &nth(1));
    send(&mut secondary, &nth(1));
    let came = drain(&mut secondary);
    assert_eq!((came.stores.len(), came.acknowledged.len()), (1, 0));
    secondary.handle(
        NOW,
        Input::Stored {
            token: came.stores[0].0,
            result: Ok(()),
        },
    );
    assert_eq!(drain(&mut secondary).acknowledged, [1]);
    send(&mut secondary, &nth(1));
    let came = drain(&mut secondary);
    assert_eq!((came.stores.len(), came.acknowledged), (0, vec![1]));
    secondary.handle(
        NOW,
        Input::Stored {
            token: StoreId::new(Lane(0), 0),
            result: Ok(()),
        },
    );
    assert_eq!(drain(&mut secondary).ignored, [Ignored::UnknownStore]);
}

proptest! {
    /// Whatever is stored, reading it neither panics nor takes anything for whole that is not.
    #[test]
    fn an_altered_octet_ends_what_is_restored(serials in 1u64..6, position: prop::sample::Index, flip in 1u8..=255) {
        let mut stored: Vec<u8> = (1..=serials).flat_map(|serial| record(ONE_UPDATE, &nth(serial))).collect();
        let position = position.index(stored.len());
        stored[position] ^= flip;
        let (state, whole) = restore(&stored);
        prop_assert!(whole <= position);
        prop_assert_eq!(&state, &state_at(state.serial));
    }
}
