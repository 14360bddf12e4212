//! The forwarder behind a bad line: each request has exactly one reply.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use nameward_core::flow::{Lane, ListenerId};
use nameward_core::machine::{CloseCause, Proto};
use nameward_core::time::Instant;
use nameward_core::trace::Recorder;
use nameward_sim::{Act, Arrival, HostConfig, Link, Listener, PerMille, World};
use nameward_tests::laws::assert_good;
use nameward_tests::seeds::{all_run, for_each};
use nameward_tests::witness::asker;
use nameward_tests::witness::forwarder::{self, BUSY, Forwarder, TIMED_OUT};

const REQUESTS: u16 = 300;
const LISTENER: ListenerId = ListenerId::new(Lane(1), 0);

const PATIENCE: Duration = Duration::from_millis(700);

/// The first hundred requests come at once.
fn asked_at(id: u16) -> Instant {
    Instant::ZERO.after(Duration::from_millis(30) * u32::from(id.saturating_sub(100)))
}

/// How often each status was replied.
fn run(seed: u64) -> BTreeMap<u8, u32> {
    let mut world = World::new(seed);
    let server = world.script(HostConfig::server("server", [192, 0, 2, 9], 53), |_, arrival| {
        let Arrival::Datagram { from, to, data } = arrival else {
            return Vec::new();
        };
        let [high, low, text @ ..] = data else {
            return Vec::new();
        };
        let rejected = Act::Reject {
            from,
            to,
            cause: CloseCause::Refused,
        };
        let stale = arrival.answer([&[!*high, *low, 0], &b"stale"[..]].concat());
        let answer = arrival.answer([&[*high, *low, 0], text].concat());
        // One question in eight is rejected by who cannot know, or answered wrongly before it is answered.
        let before = match *low % 8 {
            0 => Some(rejected),
            1 => stale,
            _ => None,
        };
        let after = Duration::from_millis;
        before
            .map(|act| (after(1), act))
            .into_iter()
            .chain(answer.map(|act| (after(5), act)))
            .collect()
    });
    let place = HostConfig {
        listeners: vec![Listener {
            id: LISTENER,
            proto: Proto::Datagram,
            port: 53,
        }],
        ..HostConfig::new("forwarder", [192, 0, 2, 1])
    };
    let forwarder = world.host(place, |boot| {
        let config = forwarder::Config {
            listener: LISTENER,
            open: 20,
            patience: PATIENCE,
            asker: asker::Config {
                lane: Lane(2),
                servers: vec![([192, 0, 2, 9], 53).into()],
                attempts: 4,
                attempt: Duration::from_millis(200),
            },
        };
        Recorder::<Forwarder>::new(boot.seed, config).expect("the configuration is valid")
    });
    let replies = Rc::new(RefCell::new(BTreeMap::<u16, Vec<u8>>::new()));
    let heard = replies.clone();
    let client = world.script(
        HostConfig::server("client", [192, 0, 2, 2], 4000),
        move |now, arrival| {
            let Arrival::Datagram {
                data: [high, low, status, text @ ..],
                ..
            } = arrival
            else {
                panic!("{arrival:?} is no reply");
            };
            let id = u16::from_be_bytes([*high, *low]);
            assert_eq!(text.is_empty(), *status != 0);
            assert!(text.is_empty() || text == id.to_be_bytes());
            let ways = 2 * Link::default().latency;
            assert!(now.since(asked_at(id)) <= PATIENCE + ways, "{id} is late");
            heard.borrow_mut().entry(id).or_default().push(*status);
            Vec::new()
        },
    );
    let bad = Link {
        loss: PerMille(400),
        duplication: PerMille(200),
        ..Link::default()
    };
    world.link(forwarder, server, bad.clone());
    world.link(server, forwarder, bad);
    for id in 0..REQUESTS {
        let [high, low] = id.to_be_bytes();
        world.at(asked_at(id), move |world| {
            let data = vec![high, low, high, low].into();
            let (from, to) = (([192, 0, 2, 2], 4000).into(), ([192, 0, 2, 1], 53).into());
            world.act(client, Act::Datagram { from, to, data });
        });
    }
    world.run().expect("no rule is broken");
    let replies = replies.borrow();
    assert_eq!(replies.len(), usize::from(REQUESTS), "a request has no reply");
    let twice: Vec<_> = replies
        .iter()
        .filter(|(_, statuses)| statuses.len() != 1)
        .collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert_eq!(world.open_flows(forwarder), 0);
    assert_good::<Forwarder>(&world.machine_mut(forwarder).expect("it is up").take());
    let mut statuses = BTreeMap::new();
    replies
        .values()
        .flatten()
        .for_each(|&status| *statuses.entry(status).or_default() += 1);
    statuses
}

#[test]
fn each_request_has_exactly_one_reply() {
    let mut all = BTreeMap::new();
    for_each(20, |seed| {
        for (status, count) in run(seed) {
            *all.entry(status).or_insert(0) += count;
        }
    });
    println!("replies by status: {all:?}");
    let is_common = |status| all.get(status) > Some(&50);
    assert!(
        !all_run() || [0, TIMED_OUT, BUSY].iter().all(is_common),
        "{all:?}"
    );
}
