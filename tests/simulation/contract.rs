//! The simulator objects to machines and drivers that do not keep the contract.

use alloc::collections::BTreeSet;
use alloc::rc::Rc;
use core::cell::RefCell;
use core::time::Duration;

use nameward_core::flow::{FlowId, Lane};
use nameward_core::machine::{Action, Input, Output, Proto, Wake};
use nameward_core::time::Instant;
use nameward_sim::{FaultPlan, HostConfig, Violation, What, World};

use crate::toy::{Command, Pair, Puppet, employ, pair, server_address};
use nameward_tests::seeds::for_each;

fn violation(outputs: Vec<Output<String>>, wake: Option<Wake>) -> Violation {
    let mut world = World::new(11);
    let config = HostConfig::new("rogue", [192, 0, 2, 9]);
    world.host(config, move |_boot| Puppet::new(outputs.clone(), wake));
    let violation = world.run().expect_err("the machine breaks the contract");
    assert_eq!(
        (violation.seed, violation.host.as_str(), violation.rule.as_str()),
        (11, "rogue", "contract")
    );
    assert!(
        violation
            .to_string()
            .starts_with("seed 11: `contract` was broken at 0.")
    );
    violation
}

fn open(flow: FlowId, proto: Proto) -> Output<String> {
    Output::Do(Action::Open {
        flow,
        proto,
        remote: server_address(),
        read: true,
    })
}

#[test]
fn a_machine_that_breaks_the_contract_is_reported() {
    let flow = FlowId::from_machine(Lane(0), 0);
    let data = b"x"[..].into();
    let busy = Wake {
        at: Instant::ZERO,
        why: "at once, always",
    };
    for (outputs, wake, reason) in [
        (
            vec![],
            Some(busy),
            "after a tick at 0.000000000 the next wake is 0.000000000: at once, always",
        ),
        (
            vec![Output::Do(Action::Close { flow })],
            None,
            "m0 was never opened",
        ),
        (
            vec![open(flow, Proto::Datagram), open(flow, Proto::Datagram)],
            None,
            "no fresh name",
        ),
        (
            vec![open(FlowId::from_driver(Lane(0), 0), Proto::Stream)],
            None,
            "no fresh name",
        ),
        (
            vec![open(flow, Proto::Stream), Output::Do(Action::Send { flow, data })],
            None,
            "a datagram is sent on the stream",
        ),
        (vec![Output::Event(String::new()); 100_001], None, "never idle"),
    ] {
        let violation = violation(outputs, wake);
        assert!(violation.reason.contains(reason), "{violation}");
    }
}

#[test]
fn actions_for_ended_flows_are_dropped_in_silence() {
    let flow = FlowId::from_machine(Lane(0), 0);
    let close = || Output::Do(Action::Close { flow });
    let data = b"x"[..].into();
    let mut world = World::new(0);
    let sent = Rc::new(RefCell::new(0));
    let count = Rc::clone(&sent);
    world.observe("count", move |happening| {
        *count.borrow_mut() += u32::from(matches!(happening.what, What::Sent(_)));
        Ok(())
    });
    let outputs = Vec::from([
        open(flow, Proto::Datagram),
        close(),
        Output::Do(Action::Send { flow, data }),
        close(),
    ]);
    world.host(HostConfig::new("rogue", [192, 0, 2, 9]), move |_boot| {
        Puppet::new(outputs.clone(), None)
    });
    world.run().expect("that is allowed");
    assert_eq!(*sent.borrow(), 0);
}

#[test]
fn an_observer_that_objects_ends_the_run() {
    let Pair {
        mut world, client, ..
    } = pair(5, &FaultPlan::NONE);
    world.observe("no pings", |happening| match happening.what {
        What::Sent(packet) => Err(format!("{packet}")),
        _ => Ok(()),
    });
    world
        .command(client, Command::Ping { number: 0 })
        .expect("a new number");
    let violation = world.run().expect_err("a ping is sent");
    assert_eq!(
        (violation.rule.as_str(), violation.host.as_str()),
        ("no pings", "client")
    );
    assert!(violation.reason.contains("packet 0 of h0"));
    assert_eq!(
        world.run_for(Duration::from_secs(1)),
        Err(violation),
        "the world stands still"
    );
}

/// The driver's duties: time never goes back, a flow ends once, nothing is delivered afterwards, and a datagram flow delivers
/// only what came from its remote.
#[test]
fn the_simulated_driver_keeps_the_contract_in_every_seed() {
    for_each(100, |seed| {
        let plan = FaultPlan::from_seed(seed);
        let Pair {
            mut world,
            client,
            server,
        } = pair(seed, &plan);
        employ(&mut world, client);
        let until = Instant::ZERO.after(Duration::from_secs(10));
        plan.disturb(&mut world, client.id, until);
        plan.disturb(&mut world, server.id, until);
        let mut last = Instant::ZERO;
        let (mut opened, mut ended) = (BTreeSet::new(), BTreeSet::new());
        world.observe("driver", move |happening| {
            if happening.host != client.id {
                return Ok(());
            }
            match happening.what {
                What::Started => (last, opened, ended) = (Instant::ZERO, BTreeSet::new(), BTreeSet::new()),
                What::Input { now, input, packet } => {
                    if now.mono < last {
                        return Err(format!("{} after {last}", now.mono));
                    }
                    last = now.mono;
                    if input
                        .flow()
                        .is_some_and(|flow| ended.contains(&flow) || !opened.contains(&flow))
                    {
                        return Err(format!("a flow that ended, or never was: {input:?}"));
                    }
                    if packet.is_some_and(|packet| packet.from != server_address()) {
                        return Err(format!("a packet of somebody else: {packet:?}"));
                    }
                    if let Input::Closed { flow, .. } = *input {
                        ended.insert(flow);
                    }
                    if matches!(input, Input::Received { data: [], .. }) && packet.is_none() {
                        return Err("an empty piece of a stream".into());
                    }
                }
                What::Output {
                    output: Output::Do(action),
                    ..
                } => match *action {
                    Action::Open { flow, .. } => {
                        opened.insert(flow);
                    }
                    Action::Close { flow } | Action::Detach { flow } => {
                        ended.insert(flow);
                    }
                    _ => {}
                },
                _ => {}
            }
            Ok(())
        });
        world
            .run_for(Duration::from_secs(300))
            .unwrap_or_else(|violation| panic!("{violation}"));
    });
}
