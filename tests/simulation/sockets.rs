//! Sockets in the simulator behave as those of a system do, and as the contract says.

use alloc::collections::BTreeSet;
use alloc::rc::Rc;
use core::cell::RefCell;
use core::net::SocketAddr;
use core::time::Duration;

use nameward_core::flow::{FlowId, Lane, ListenerId};
use nameward_core::machine::{Action, CloseCause, Output, Proto};
use nameward_sim::{
    Act, Arrival, Dropped, Fault, FaultPlan, Host, HostConfig, HostId, Intensity, Larger, Link, StreamFaults,
    What, World,
};

use crate::toy::{Command, Event, Pair, Puppet, pair, server_address};
use nameward_tests::seeds::for_each;

/// A world with one puppet, and a log of what was dropped.
struct Stage {
    world: World,
    puppet: Host<Puppet>,
    dropped: Rc<RefCell<Vec<Dropped>>>,
}

impl Stage {
    fn new(link: Link) -> Self {
        let mut world = World::new(0);
        world.set_default_link(link);
        let puppet = world.host(HostConfig::server("puppet", [192, 0, 2, 2], 53), |_boot| {
            Puppet::default()
        });
        let dropped = Rc::new(RefCell::new(Vec::new()));
        let log = Rc::clone(&dropped);
        world.observe("log", move |happening| {
            if let What::Dropped(_, why) = happening.what {
                log.borrow_mut().push(why);
            }
            Ok(())
        });
        Self {
            world,
            puppet,
            dropped,
        }
    }

    /// A server that sends back what it gets, from its port or from another.
    fn echo(&mut self, port: u16) -> HostId {
        let config = HostConfig::server("server", server_address().ip(), server_address().port());
        self.world.script(config, move |_now, arrival| match arrival {
            Arrival::Datagram { from, to, data } => {
                let echo = Act::Datagram {
                    from: SocketAddr::new(to.ip(), port),
                    to: from,
                    data: data.to_vec().into(),
                };
                vec![(Duration::ZERO, echo)]
            }
            _ => Vec::new(),
        })
    }

    fn act(&mut self, action: Action) {
        self.world
            .command(self.puppet, (action, Vec::new()))
            .expect("puppets do everything");
    }

    fn open(&mut self, number: u64, proto: Proto, read: bool) -> FlowId {
        let flow = FlowId::from_machine(Lane(0), number);
        let remote = server_address();
        self.act(Action::Open {
            flow,
            proto,
            remote,
            read,
        });
        flow
    }

    fn send(&mut self, flow: FlowId, length: usize) {
        let data = vec![7; length].into();
        self.act(Action::Send { flow, data });
    }

    /// Runs to the end, and returns what the puppet was told since, without what every flow is told first.
    fn told(&mut self) -> Vec<String> {
        let before = self.world.events(self.puppet).len();
        self.world.run().expect("no rule is broken");
        let events = self.world.events(self.puppet).iter().skip(before);
        events
            .map(|(_, event)| event.clone())
            .filter(|event| !event.starts_with("Opened"))
            .collect()
    }
}

#[test]
fn a_datagram_flow_gets_only_what_comes_from_its_remote() {
    for (port, arrives) in [(7, true), (8, false)] {
        let mut stage = Stage::new(Link::default());
        stage.echo(port);
        let flow = stage.open(0, Proto::Datagram, true);
        stage.send(flow, 2);
        let told = stage.told();
        if arrives {
            assert_eq!(told, ["Received { flow: m0, data: [7, 7] }"]);
            assert!(stage.dropped.borrow().is_empty());
        } else {
            assert_eq!(told, [] as [&str; 0]);
            assert_eq!(*stage.dropped.borrow(), [Dropped::Foreign]);
        }
    }
}

#[test]
fn a_closed_flow_gets_nothing_and_its_port_refuses() {
    let mut stage = Stage::new(Link::default());
    stage.echo(7);
    let flow = stage.open(0, Proto::Datagram, true);
    stage.send(flow, 1);
    stage.act(Action::Close { flow });
    assert_eq!(stage.told(), [] as [&str; 0]);
    assert_eq!(*stage.dropped.borrow(), [Dropped::NoSocket]);
    assert_eq!(stage.world.open_flows(stage.puppet), 0);
}

#[test]
fn the_network_rejects_what_cannot_be_delivered_and_the_flow_stays_open() {
    let rejected = |link: Link, server: Option<HostConfig>| {
        let mut stage = Stage::new(link);
        if let Some(server) = server {
            stage.world.script(server, |_, _| Vec::new());
        }
        let flow = stage.open(0, Proto::Datagram, true);
        stage.send(flow, 600);
        let told = stage.told();
        assert_eq!(stage.world.open_flows(stage.puppet), 1);
        told
    };
    let closed = HostConfig::new("server", server_address().ip());
    let expected = |cause: CloseCause| [format!("Rejected {{ flow: m0, cause: {cause:?} }}")];
    assert_eq!(
        rejected(Link::default(), Some(closed)),
        expected(CloseCause::Refused)
    );
    assert_eq!(rejected(Link::default(), None), expected(CloseCause::Unreachable));
    let narrow = |larger| Link {
        mtu: 599,
        larger,
        ..Link::default()
    };
    let server = || Some(HostConfig::server("server", server_address().ip(), 7));
    assert_eq!(
        rejected(narrow(Larger::IsReported), server()),
        expected(CloseCause::TooLarge)
    );
    assert_eq!(rejected(narrow(Larger::Vanishes), server()), [] as [&str; 0]);
}

#[test]
fn anyone_who_knows_both_ends_can_forge_a_rejection() {
    for (right, count) in [(true, 1), (false, 0)] {
        let mut stage = Stage::new(Link::default());
        let config = HostConfig::server("server", server_address().ip(), 7);
        stage.world.script(config, move |_now, arrival| match arrival {
            Arrival::Datagram { from, to, .. } => {
                let port = if right { to.port() } else { to.port() + 1 };
                let reject = Act::Reject {
                    from,
                    to: SocketAddr::new(to.ip(), port),
                    cause: CloseCause::Forbidden,
                };
                vec![(Duration::ZERO, reject)]
            }
            _ => Vec::new(),
        });
        let flow = stage.open(0, Proto::Datagram, true);
        stage.send(flow, 1);
        assert_eq!(stage.told().len(), count);
    }
}

#[test]
fn datagrams_wait_for_a_reader_as_long_as_there_is_room() {
    let mut stage = Stage::new(Link::default());
    stage.echo(7);
    let flow = stage.open(0, Proto::Datagram, false);
    for _ in 0..70 {
        stage.send(flow, 1);
    }
    assert_eq!(stage.told(), [] as [&str; 0]);
    assert_eq!(*stage.dropped.borrow(), [Dropped::Full; 6]);
    stage.act(Action::Read { flow, wanted: true });
    assert_eq!(stage.told().len(), 64);
}

#[test]
fn each_datagram_flow_has_a_fresh_port_that_cannot_be_predicted() {
    let ports = |seed: u64| {
        let mut world = World::new(seed);
        let puppet = world.host(HostConfig::server("puppet", [192, 0, 2, 2], 53), |_boot| {
            Puppet::default()
        });
        for number in 0..200 {
            let open = Action::Open {
                flow: FlowId::from_machine(Lane(0), number),
                proto: Proto::Datagram,
                remote: server_address(),
                read: true,
            };
            world
                .command(puppet, (open, Vec::new()))
                .expect("puppets do everything");
        }
        world.run().expect("no rule is broken");
        let events = world.events(puppet).iter().map(|(_, event)| event.clone());
        events.collect::<BTreeSet<_>>()
    };
    let (one, other) = (ports(1), ports(2));
    assert_eq!((one.len(), other.len()), (200, 200));
    assert!(one.intersection(&other).count() < 5);
    let local = |event: &String| event.starts_with("Opened") && event.contains("local: 192.0.2.2:");
    assert!(one.iter().all(local));
}

#[test]
fn streams_wait_to_be_accepted() {
    let mut stage = Stage::new(Link::default());
    let listener = ListenerId::new(Lane(0), 1);
    stage.act(Action::Accept {
        listener,
        wanted: false,
    });
    let script = stage
        .world
        .script(HostConfig::new("client", [192, 0, 2, 3]), |_now, arrival| {
            let act = match arrival {
                Arrival::Opened { .. } => arrival.answer(&b"hello"[..]),
                _ => None,
            };
            Vec::from_iter(act.map(|act| (Duration::ZERO, act)))
        });
    stage
        .world
        .connect(script, "192.0.2.2:53".parse().expect("an address"));
    assert_eq!(stage.told(), [] as [&str; 0]);
    stage.act(Action::Accept {
        listener,
        wanted: true,
    });
    let told = stage.told();
    assert_eq!(told.len(), 2);
    assert!(told[0].starts_with("Accepted { flow: d0, listener: ListenerId(1), peer: 192.0.2.3:"));
    assert_eq!(told[1], "Received { flow: d0, data: [104, 101, 108, 108, 111] }");
}

/// RFC 9293 section 3.8: a peer that does not read stops the sender when the window is full.
#[test]
fn a_stream_that_nobody_reads_takes_one_window_and_no_more() {
    let link = Link {
        streams: StreamFaults {
            window: 1_000,
            ..StreamFaults::default()
        },
        ..Link::default()
    };
    let mut stage = Stage::new(link.clone());
    stage.world.set_default_link(link);
    let server = stage
        .world
        .host(HostConfig::server("server", server_address().ip(), 7), |_boot| {
            Puppet::default()
        });
    let taken = Rc::new(RefCell::new(0));
    let count = Rc::clone(&taken);
    stage.world.observe("count", move |happening| {
        if let What::StreamSent { data, .. } = happening.what {
            *count.borrow_mut() += data.len();
        }
        Ok(())
    });
    let flow = stage.open(0, Proto::Stream, true);
    stage.told();
    let accepted = FlowId::from_driver(Lane(0), 0);
    let read = |wanted| {
        (
            Action::Read {
                flow: accepted,
                wanted,
            },
            Vec::new(),
        )
    };
    stage
        .world
        .command(server, read(false))
        .expect("puppets do everything");
    let write = (Action::Writable { flow }, vec![1; 2_500]);
    stage
        .world
        .command(stage.puppet, write)
        .expect("puppets do everything");
    stage.told();
    assert_eq!(*taken.borrow(), 1_000);
    stage
        .world
        .command(server, read(true))
        .expect("puppets do everything");
    stage.told();
    assert_eq!(*taken.borrow(), 2_500);
}

/// The peer of a stream that was handed to the application notices nothing; the peer of one that was closed does.
#[test]
fn a_detached_stream_goes_on_and_a_closed_one_is_finished() {
    for (detach, ends) in [(true, 0), (false, 1)] {
        let mut stage = Stage::new(Link::default());
        let config = HostConfig::server("server", server_address().ip(), 7);
        let finished = Rc::new(RefCell::new(0));
        let count = Rc::clone(&finished);
        stage.world.script(config, move |_now, arrival| {
            *count.borrow_mut() += i32::from(matches!(arrival, Arrival::Finished { .. }));
            Vec::new()
        });
        let flow = stage.open(0, Proto::Stream, false);
        stage.told();
        stage.act(if detach {
            Action::Detach { flow }
        } else {
            Action::Close { flow }
        });
        stage.told();
        assert_eq!(*finished.borrow(), ends);
        assert_eq!(stage.world.open_flows(stage.puppet), 0);
    }
}

#[test]
fn a_host_that_moved_is_reached_at_its_new_address_only() {
    let mut stage = Stage::new(Link::default());
    stage.echo(7);
    let old = stage.open(0, Proto::Datagram, true);
    stage.send(old, 1);
    let new = vec![[198, 51, 100, 9].into()];
    stage.world.change_network(stage.puppet, Some(new));
    assert_eq!(
        stage.told(),
        [] as [&str; 0],
        "the answer goes to the old address"
    );
    assert_eq!(*stage.dropped.borrow(), [Dropped::NoSuchHost]);
    let flow = stage.open(1, Proto::Datagram, true);
    stage.send(flow, 1);
    assert_eq!(stage.told(), ["Received { flow: m1, data: [7] }"]);
    let told: Vec<_> = stage
        .world
        .events(stage.puppet)
        .iter()
        .map(|(_, event)| event.as_str())
        .collect();
    assert!(told.contains(&"NetworkChanged"));
    assert!(told.iter().any(|event| event.contains("local: 198.51.100.9:")));
}

#[test]
fn a_remote_of_a_family_that_the_host_lacks_is_unreachable() {
    for proto in [Proto::Datagram, Proto::Stream] {
        let mut stage = Stage::new(Link::default());
        let flow = FlowId::from_machine(Lane(0), 0);
        stage.act(Action::Open {
            flow,
            proto,
            remote: "[2001:db8::1]:53".parse().expect("an address"),
            read: true,
        });
        assert_eq!(stage.told(), ["Closed { flow: m0, cause: Unreachable }"]);
    }
}

/// RFC 9293 section 3.6: who closes without having read everything cuts the stream.
#[test]
fn a_stream_that_is_closed_with_bytes_unread_is_reset() {
    let mut stage = Stage::new(Link::default());
    let config = HostConfig::server("server", server_address().ip(), 7);
    let closed = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&closed);
    stage.world.script(config, move |_now, arrival| {
        let act = match arrival {
            Arrival::Opened { .. } => arrival.answer(&b"hello"[..]),
            _ => {
                log.borrow_mut().push(format!("{arrival:?}"));
                None
            }
        };
        Vec::from_iter(act.map(|act| (Duration::ZERO, act)))
    });
    let flow = stage.open(0, Proto::Stream, false);
    stage.told();
    stage.act(Action::Close { flow });
    stage.told();
    assert_eq!(*closed.borrow(), ["Closed { stream: StreamId(0), cause: Reset }"]);
}

#[test]
fn streams_keep_all_bytes_in_order_whatever_is_lost() {
    for_each(20, |seed| {
        let faults = [Fault::Loss, Fault::Pieces, Fault::Coalescing];
        let plan = FaultPlan::of(faults.map(|fault| (fault, Intensity::Heavy)));
        let Pair {
            mut world, client, ..
        } = pair(seed, &plan);
        let stream = Command::Stream {
            number: 1,
            length: 60,
        };
        world.command(client, stream).expect("streams are opened");
        world.run().expect("no rule is broken");
        let echoed = Event::Echoed {
            number: 1,
            length: 60,
        };
        assert_eq!(world.events(client).last().map(|(_, event)| event), Some(&echoed));
        assert!(world.tally().of(Fault::Loss) > 0 && world.tally().of(Fault::Coalescing) > 0);
    });
}

/// Both machines use the same names, which must not be mixed up.
#[test]
fn what_a_machine_asked_for_never_reaches_the_machine_after_a_restart() {
    let mut world = World::new(0);
    let puppet = world.host(HostConfig::new("puppet", [192, 0, 2, 2]), |boot| {
        let remote = if boot.restarts == 0 {
            "[2001:db8::1]:7"
        } else {
            "192.0.2.1:7"
        };
        let open = |number, remote: &str| {
            Output::Do(Action::Open {
                flow: FlowId::from_machine(Lane(0), number),
                proto: Proto::Datagram,
                remote: remote.parse().expect("an address"),
                read: true,
            })
        };
        Puppet::new(vec![open(0, remote), open(1, "192.0.2.1:7")], None)
    });
    world.crash(puppet);
    world.restart(puppet);
    world.run().expect("no rule is broken");
    let told: Vec<_> = world
        .events(puppet)
        .iter()
        .map(|(_, event)| &event[..19])
        .collect();
    assert_eq!(told, ["Opened { flow: m0, ", "Opened { flow: m1, "]);
}

#[test]
fn a_stream_of_before_a_restart_does_not_speak_to_its_namesake() {
    let mut world = World::new(0);
    let config = HostConfig::server("server", server_address().ip(), 7);
    world.script(config, |_now, arrival| match arrival {
        Arrival::Opened { .. } => {
            Vec::from_iter(arrival.answer(&b"x"[..]).map(|act| (Duration::from_secs(1), act)))
        }
        _ => Vec::new(),
    });
    let puppet = world.host(HostConfig::new("puppet", [192, 0, 2, 2]), |_boot| {
        let open = Action::Open {
            flow: FlowId::from_machine(Lane(0), 0),
            proto: Proto::Stream,
            remote: server_address(),
            read: true,
        };
        Puppet::new(vec![Output::Do(open)], None)
    });
    world
        .run_for(Duration::from_millis(500))
        .expect("no rule is broken");
    world.crash(puppet);
    world.restart(puppet);
    world.run().expect("no rule is broken");
    let told: Vec<_> = world
        .events(puppet)
        .iter()
        .map(|(_, event)| &event[..18])
        .collect();
    assert_eq!(
        told,
        ["Opened { flow: m0,", "Opened { flow: m0,", "Received { flow: m"]
    );
}
