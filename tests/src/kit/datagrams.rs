//! Scenarios of datagram flows.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, CloseCause, Proto};
use nameward_driver::config::Config;

use super::adapter::Adapter;
use super::puppet::{Heard, Pull, Puppet};
use super::stage::{Stage, close, datagram_peer, flow, open, open_unread, receive, send};

/// What anyone but the flow's remote sends to its port is never delivered (rule 5 of the contract).
pub fn only_the_remote_is_heard<A: Adapter>() {
    let mut stage = Stage::<A>::new();
    let (remote, address) = datagram_peer();
    let (stranger, _) = datagram_peer();
    stage.pull(vec![
        open(flow(1), Proto::Datagram, address),
        send(flow(1), b"question"),
    ]);
    let local = stage.expect_opened(flow(1));
    assert_eq!(receive(&remote), (b"question".to_vec(), local));
    stranger
        .send_to(b"forged", local)
        .expect("the port is known to the stranger");
    remote.send_to(b"answer", local).expect("the remote can send");
    stage.expect(&Heard::Received {
        flow: flow(1),
        data: b"answer".to_vec(),
    });
    stage.expect_silence(flow(2));
    assert_eq!(stage.stop(), [closed(flow(1), CloseCause::Shutdown)]);
}

/// An ICMP message that says "port unreachable" is told at once and ends nothing: it can be forged.
pub fn a_refusal_is_advice<A: Adapter>() {
    let mut stage = Stage::<A>::new();
    let (remote, address) = datagram_peer();
    let (_elsewhere, elsewhere_address) = datagram_peer();
    // A socket that is connected to somebody else refuses the flow's datagrams, and keeps its port.
    remote.connect(elsewhere_address).expect("any address will do");
    stage.pull(vec![
        open(flow(1), Proto::Datagram, address),
        send(flow(1), b"refused"),
    ]);
    let local = stage.expect_opened(flow(1));
    stage.expect(&Heard::Rejected {
        flow: flow(1),
        cause: CloseCause::Refused,
    });
    remote.connect(local).expect("the flow is there");
    stage.pull(vec![send(flow(1), b"again")]);
    assert_eq!(receive(&remote), (b"again".to_vec(), local));
    remote.send(b"answer").expect("the remote can send");
    stage.expect(&Heard::Received {
        flow: flow(1),
        data: b"answer".to_vec(),
    });
}

/// The system reports a refusal with the next call, which may be the sending of another datagram: that one is sent all the
/// same.
pub fn a_refusal_of_one_datagram_costs_no_other<A: Adapter>() {
    let mut stage = Stage::<A>::new();
    let (remote, address) = datagram_peer();
    let (_elsewhere, elsewhere_address) = datagram_peer();
    remote.connect(elsewhere_address).expect("any address will do");
    // Not read from, so that the refusal waits.
    stage.pull(vec![
        open_unread(flow(1), Proto::Datagram, address),
        send(flow(1), b"refused"),
    ]);
    let local = stage.expect_opened(flow(1));
    remote.connect(local).expect("the flow is there");
    stage.pull(vec![send(flow(1), b"again")]);
    assert_eq!(receive(&remote), (b"again".to_vec(), local));
    stage.expect(&Heard::Rejected {
        flow: flow(1),
        cause: CloseCause::Refused,
    });
}

/// A failed open is a close, for a reason, and the one thing that is said of the flow.
pub fn a_flow_that_cannot_be_opened_is_closed<A: Adapter>() {
    let mut stage = Stage::<A>::new();
    // Sending to the broadcast address needs a permission that the driver does not ask for.
    let broadcast = SocketAddr::from(([255, 255, 255, 255], 53));
    stage.pull(vec![
        open(flow(1), Proto::Datagram, broadcast),
        send(flow(1), b"lost"),
    ]);
    stage.expect(&closed(flow(1), CloseCause::Forbidden));
    // A machine that changes its mind hears nothing.
    stage.pull(vec![open(flow(2), Proto::Datagram, broadcast), close(flow(2))]);
    stage.expect_silence(flow(3));
    assert_eq!(stage.stop(), []);
}

/// A close in answer to one datagram keeps back the next, which is there already; so does a close at once after an open.
pub fn nothing_is_delivered_after_close<A: Adapter>() {
    let puppet = Puppet::reacting(|heard| match heard {
        Heard::Received { flow, data } if data == b"first" => vec![close(*flow)],
        _ => vec![],
    });
    let mut stage = Stage::<A>::with(puppet, Config::default());
    let (remote, address) = datagram_peer();
    stage.pull(vec![open_unread(flow(1), Proto::Datagram, address)]);
    let local = stage.expect_opened(flow(1));
    remote.send_to(b"first", local).expect("the remote can send");
    remote.send_to(b"second", local).expect("the remote can send");
    stage.pull(vec![read(flow(1), true)]);
    stage.expect(&Heard::Received {
        flow: flow(1),
        data: b"first".to_vec(),
    });
    stage.pull(vec![open(flow(2), Proto::Datagram, address), close(flow(2))]);
    stage.expect_silence(flow(3));
    assert_eq!(stage.stop(), []);
}

/// Actions that name an ended flow are dropped without a word, and do no harm to the flow that has its socket's place.
pub fn actions_for_ended_flows_are_dropped<A: Adapter>() {
    let mut stage = Stage::<A>::new();
    let (remote, address) = datagram_peer();
    stage.pull(vec![open(flow(1), Proto::Datagram, address)]);
    stage.expect_opened(flow(1));
    stage.pull(vec![close(flow(1)), open(flow(2), Proto::Datagram, address)]);
    let local = stage.expect_opened(flow(2));
    let ended = flow(1);
    stage.pull(vec![
        send(ended, b"from the grave"),
        Pull::Do(Action::Writable { flow: ended }),
        Pull::Do(Action::Finish { flow: ended }),
        read(ended, false),
        Pull::Do(Action::Detach { flow: ended }),
        close(ended),
        send(flow(2), b"alive"),
    ]);
    assert_eq!(receive(&remote), (b"alive".to_vec(), local));
    remote.send_to(b"answer", local).expect("the remote can send");
    stage.expect(&Heard::Received {
        flow: flow(2),
        data: b"answer".to_vec(),
    });
    stage.expect_silence(flow(3));
}

/// While a machine does not want to read, datagrams wait; when it does, they come, though nothing new happens.
pub fn reading_can_be_paused<A: Adapter>() {
    let mut stage = Stage::<A>::new();
    let (remote, address) = datagram_peer();
    stage.pull(vec![open_unread(flow(1), Proto::Datagram, address)]);
    let local = stage.expect_opened(flow(1));
    remote.send_to(b"waits", local).expect("the remote can send");
    stage.expect_silence(flow(2));
    stage.pull(vec![read(flow(1), true)]);
    stage.expect(&Heard::Received {
        flow: flow(1),
        data: b"waits".to_vec(),
    });
    stage.pull(vec![read(flow(1), false)]);
    remote.send_to(b"waits too", local).expect("the remote can send");
    stage.expect_silence(flow(3));
    stage.pull(vec![read(flow(1), true)]);
    stage.expect(&Heard::Received {
        flow: flow(1),
        data: b"waits too".to_vec(),
    });
}

/// Each datagram flow has a fresh port, and they are not drawn in order (RFC 5452 section 9.2).
pub fn every_flow_has_a_port_of_its_own<A: Adapter>() {
    const FLOWS: u64 = 64;
    let mut stage = Stage::<A>::new();
    let (_remote, address) = datagram_peer();
    stage.pull(
        (0..FLOWS)
            .map(|number| open(flow(number), Proto::Datagram, address))
            .collect(),
    );
    let ports: Vec<u16> = (0..FLOWS)
        .map(|number| stage.expect_opened(flow(number)).port())
        .collect();
    let mut sorted = ports.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), ports.len(), "a port was given twice: {ports:?}");
    let steps: Vec<i32> = ports
        .windows(2)
        .map(|pair| i32::from(pair[1]) - i32::from(pair[0]))
        .collect();
    let commonest = steps
        .iter()
        .map(|step| steps.iter().filter(|other| *other == step).count())
        .max();
    assert!(
        commonest < Some(steps.len() / 4),
        "the ports are predictable: {ports:?}"
    );
}

/// A flow that follows another one, maybe with its socket, gets nothing of what was for that: neither what had arrived and was not read,
/// nor a refusal, nor what comes later. And it has another port.
pub fn a_flow_hears_nothing_of_the_one_before<A: Adapter>() {
    let mut stage = Stage::<A>::new();
    let (remote, address) = datagram_peer();
    let (refusing, deaf) = datagram_peer();
    drop(refusing);
    let mut ports = BTreeSet::new();
    for round in 0..50 {
        let (first, second, refused) = (flow(3 * round), flow(3 * round + 1), flow(3 * round + 2));
        stage.pull(vec![
            open_unread(first, Proto::Datagram, address),
            open_unread(refused, Proto::Datagram, deaf),
            send(refused, b"question"),
        ]);
        let old = stage.expect_opened(first);
        stage.expect_opened(refused);
        for _ in 0..3 {
            remote.send_to(b"old", old).expect("the remote can send");
        }
        stage.pull(vec![
            close(refused),
            close(first),
            open(second, Proto::Datagram, address),
            send(second, b"question"),
        ]);
        let new = stage.expect_opened(second);
        assert_eq!(receive(&remote), (b"question".to_vec(), new));
        ports.extend([old.port(), new.port()]);
        if new != old {
            let _refused = remote.send_to(b"late", old);
        }
        remote.send_to(b"new", new).expect("the remote can send");
        stage.expect(&Heard::Received {
            flow: second,
            data: b"new".to_vec(),
        });
        stage.pull(vec![close(second)]);
    }
    // Now and then the system draws the same one twice.
    assert!(ports.len() > 90, "{ports:?}");
}

fn closed(flow: FlowId, cause: CloseCause) -> Heard {
    Heard::Closed { flow, cause }
}

fn read(flow: FlowId, wanted: bool) -> Pull {
    Pull::Do(Action::Read { flow, wanted })
}
