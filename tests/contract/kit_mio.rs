//! The conformance kit on mio, and what only mio's adapter promises.

use core::ops::Range;

use mio::{Events, Poll, Token, Waker};
use nameward_core::flow::{Lane, ListenerId};
use nameward_core::machine::{CloseCause, Proto};
use nameward_driver::config::{Config, Listener, Occurrence, StartError};
use nameward_mio::{Blocking, Driver};
use nameward_tests::kit::puppet::{Heard, Puppet};
use nameward_tests::kit::stage::{ANYWHERE, close, datagram_peer, flow, open};

mod on_the_callers_poll {
    nameward_tests::conformance!(nameward_tests::kit::mio::Mio);
}

mod on_its_own_poll {
    nameward_tests::conformance!(nameward_tests::kit::mio::MioBlocking);
}

const TOKENS: Range<usize> = 5..7;

/// The caller's poll has other tokens, too: their events are the caller's.
#[test]
fn events_outside_the_range_of_tokens_are_left_to_the_caller() {
    let mut poll = Poll::new().unwrap();
    let mut driver = Driver::new(Puppet::default(), Config::default(), poll.registry(), TOKENS).unwrap();
    let waker = Waker::new(poll.registry(), Token(TOKENS.end)).unwrap();
    waker.wake().unwrap();
    let mut events = Events::with_capacity(4);
    poll.poll(&mut events, None).unwrap();
    let taken: Vec<bool> = events.iter().map(|event| driver.process(event)).collect();
    assert_eq!(taken, [false]);
}

/// A socket more than there are tokens is a want of descriptors; a token is free again once its flow has ended.
#[test]
fn there_are_never_more_sockets_than_tokens() {
    let poll = Poll::new().unwrap();
    let mut driver = Driver::new(Puppet::default(), Config::default(), poll.registry(), TOKENS).unwrap();
    let (_peer, address) = datagram_peer();
    let open_four = (0..4).map(|number| open(flow(number), Proto::Datagram, address));
    driver.command(open_four.collect()).unwrap();
    driver
        .command(vec![close(flow(0)), open(flow(4), Proto::Datagram, address)])
        .unwrap();
    let mut opened = Vec::new();
    let mut closed = Vec::new();
    while let Some(occurrence) = driver.next_occurrence() {
        match occurrence {
            Occurrence::Event(Heard::Tick(_)) => {}
            Occurrence::Event(Heard::Opened { flow, .. }) => opened.push(flow),
            Occurrence::Event(Heard::Closed { flow, cause }) => closed.push((flow, cause)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(opened, [flow(0), flow(1), flow(4)]);
    assert_eq!(
        closed,
        [
            (flow(2), CloseCause::Descriptors),
            (flow(3), CloseCause::Descriptors)
        ]
    );
}

/// Flows and replies are told apart by the listener's name. Two listeners of one name would be one for the machine.
#[test]
fn two_listeners_of_one_name_are_refused() {
    let id = ListenerId::new(Lane(3), 1);
    let listener = |proto| Listener {
        id,
        proto,
        address: ANYWHERE,
    };
    let listeners = vec![listener(Proto::Datagram), listener(Proto::Stream)];
    let refused = Blocking::new(
        Puppet::default(),
        Config {
            listeners,
            ..Config::default()
        },
    )
    .err();
    assert!(
        matches!(refused, Some(StartError::ListenerTwice(twice)) if twice == id),
        "{refused:?}"
    );
}

/// An address that is in use cannot be listened on, and the error says which.
#[test]
fn an_address_that_is_in_use_is_named() {
    let (_taken, address) = datagram_peer();
    let listener = Listener {
        id: ListenerId::new(Lane(0), 1),
        proto: Proto::Datagram,
        address,
    };
    let refused = Blocking::new(
        Puppet::default(),
        Config {
            listeners: vec![listener],
            ..Config::default()
        },
    )
    .err();
    assert!(
        matches!(refused, Some(StartError::Listen { address: named, .. }) if named == address),
        "{refused:?}"
    );
}
