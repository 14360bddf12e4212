//! Ten thousand streams with slow readers, in the simulator and on the runtimes.

use std::time::Duration;

use nameward_core::flow::{Lane, ListenerId};
use nameward_core::machine::Proto;
use nameward_sim::{Link, StreamFaults};
use nameward_tests::laws::assert_good;
use nameward_tests::stage::{OnAsyncStd, OnMio, OnTokio, Props, Simulated, Stage};
use nameward_tests::witness::crowd::{self, Crowd, Outcome};
use nameward_tests::witness::reservoir::{self, End, Event, Reservoir};
use nix::sys::resource::{Resource, getrlimit};

const LISTENER: ListenerId = ListenerId::new(Lane(0), 1);
const OUTPUT: u32 = 1_000;

/// What a crowd is to do, and what the server allows.
#[derive(Clone, Copy, Debug)]
struct Plan {
    clients: u32,
    requests: u16,
    size: u16,
    streams: u32,
}

impl Plan {
    /// The most octets that the server may ever hold: what is allowed to wait on each stream, one answer that was begun below
    /// that, and what was asked.
    fn most_octets(self) -> u64 {
        let answer = u64::from(self.size) + 2;
        let stream = u64::from(OUTPUT) + answer + u64::from(self.requests) * 4;
        stream * u64::from(self.streams)
    }
}

fn count(clients: u32) -> usize {
    usize::try_from(clients).expect("a usize has 32 bits at least")
}

/// Lets a crowd be served, checks what the server says about itself and that both recordings replay, and returns
/// the most octets that the server held.
fn serve<S: Stage>(stage: &mut S, plan: Plan, look_on: impl FnOnce(&mut S, &S::Host<Reservoir>)) -> u64 {
    let props = Props {
        seed: 1,
        listeners: vec![(LISTENER, Proto::Stream)],
    };
    let idle = Duration::from_secs(120);
    let config = reservoir::Config {
        listener: LISTENER,
        streams: plan.streams,
        output: OUTPUT,
        idle,
    };
    let mut server = stage.enter::<Reservoir>(&props, config);
    let config = crowd::Config {
        server: stage.address(&server, LISTENER),
        rest: Duration::from_millis(20),
    };
    let mut crowd = stage.enter::<Crowd>(&Props::default(), config);
    let Plan {
        clients,
        requests,
        size,
        ..
    } = plan;
    let mut left = clients;
    while left > 0 {
        // More at once than wait in the queue of a listening socket would be refused.
        let clients = left.min(400);
        stage.command(
            &mut crowd,
            crowd::Command::Join {
                clients,
                requests,
                size,
            },
        );
        let connected = stage.events(&mut crowd, count(clients));
        assert!(
            connected.iter().all(|event| *event == crowd::Event::Connected),
            "{connected:?}"
        );
        left -= clients;
    }
    // Now every client is connected, none has read anything, and the server wants no more of them.
    assert_eq!(stage.events(&mut server, 1), [Event::Full]);
    stage.command(&mut crowd, crowd::Command::Read);
    look_on(stage, &server);
    let clients = count(clients);
    let mut outcomes = stage.events(&mut crowd, clients);
    outcomes.retain(|outcome| *outcome != crowd::Event::Done(Outcome::Served));
    assert_eq!(outcomes, []);
    let mut ended = 0;
    while ended < clients {
        match stage.events(&mut server, 1)[..] {
            [Event::Ended(End::Finished)] => ended += 1,
            [Event::Full] => {}
            ref other => panic!("{other:?}"),
        }
    }
    stage.command(&mut server, reservoir::Command::Report);
    let [
        Event::Report {
            streams,
            most_streams,
            most_octets,
            pauses,
        },
    ] = stage.events(&mut server, 1)[..]
    else {
        panic!("a report was asked for");
    };
    println!("{plan:?}: at most {most_streams} streams and {most_octets} octets at once, {pauses} pauses");
    assert_eq!((streams, most_streams), (0, plan.streams));
    assert!(
        most_octets <= plan.most_octets(),
        "{most_octets} octets waited, {} may",
        plan.most_octets()
    );
    assert!(pauses >= u64::from(plan.clients));
    assert_good::<Reservoir>(&stage.leave(server));
    assert_good::<Crowd>(&stage.leave(crowd));
    most_octets
}

#[test]
fn ten_thousand_slow_readers_take_bounded_memory_in_the_simulator() {
    let plan = Plan {
        clients: 10_000,
        requests: 6,
        size: 500,
        streams: 9_900,
    };
    let mut stage = Simulated::new(1);
    let streams = StreamFaults {
        window: 512,
        ..StreamFaults::default()
    };
    stage.world.set_default_link(Link {
        streams,
        ..Link::default()
    });
    let most_octets = serve(&mut stage, plan, |stage, server| {
        let (mut steps, mut looks) = (0_u32, 0_u32);
        let until = stage.world.now().after(Duration::from_secs(2));
        let look = |world: &nameward_sim::World| {
            steps += 1;
            if steps % 5_000 == 0 {
                looks += 1;
                let memory = u64::try_from(world.machine(server.host).machine().memory()).unwrap();
                // A vector that grows takes up to twice what it holds.
                assert!(memory <= 2 * plan.most_octets(), "{memory} octets of memory");
            }
            true
        };
        stage.world.run_while(until, look).expect("no rule is broken");
        assert!(looks > 10, "{looks}");
    });
    assert!(
        most_octets > 9_900 * 1_000,
        "the server did not wait for its clients"
    );
}

/// As many clients as this process may have descriptors for, both ends counted.
fn plan_for_descriptors() -> Plan {
    let (soft, _) = getrlimit(Resource::RLIMIT_NOFILE).expect("the limit is known");
    let pairs = u32::try_from(soft.saturating_sub(400) / 4).unwrap_or(u32::MAX);
    assert!(
        pairs >= 400,
        "a limit of {soft} descriptors is too low for this test"
    );
    let clients = pairs.min(5_000);
    Plan {
        clients,
        requests: 6,
        size: 500,
        streams: clients - 50,
    }
}

/// A few that want more than fits in the system's buffers.
const GREEDY: Plan = Plan {
    clients: 3,
    requests: 100,
    size: 60_000,
    streams: 2,
};

/// Several streams had output at once: it waited for the clients, not just for its turn.
fn assert_server_waited(most_octets: u64) {
    assert!(
        most_octets > u64::from(GREEDY.size) + u64::from(OUTPUT),
        "{most_octets}"
    );
}

#[test]
fn as_many_slow_readers_as_there_are_descriptors_for_take_bounded_memory_on_tokio() {
    serve(&mut OnTokio::new(), plan_for_descriptors(), |_, _| {});
    assert_server_waited(serve(&mut OnTokio::new(), GREEDY, |_, _| {}));
}

#[test]
fn as_many_slow_readers_as_there_are_descriptors_for_take_bounded_memory_on_async_std() {
    serve(&mut OnAsyncStd::new(), plan_for_descriptors(), |_, _| {});
    assert_server_waited(serve(&mut OnAsyncStd::new(), GREEDY, |_, _| {}));
}

#[test]
fn as_many_slow_readers_as_there_are_descriptors_for_take_bounded_memory_on_mio() {
    serve(&mut OnMio::new(), plan_for_descriptors(), |_, _| {});
    assert_server_waited(serve(&mut OnMio::new(), GREEDY, |_, _| {}));
}
