//! How streams end from our side.

use super::*;
use crate::server::respond::ResponderConfig;

const CLIENT: &str = "198.51.100.1:4000";

/// A server that was told to stop, and a client who has got a reply so long ago.
fn stopping(limits: StreamLimits, ago: Duration) -> (Server, FlowId) {
    let mut server = Server::new(limits);
    let flow = server.accept(CLIENT);
    server.send(flow, &framed([1], "large.example.", Rtype::TXT));
    assert_eq!(server.take_ids(flow), [1]);
    server.wait(ago);
    assert_eq!(server.command(Command::Shutdown), Ok(()));
    (server, flow)
}

#[test]
fn who_got_a_reply_a_moment_ago_is_read_in_vain_until_it_has_seen_the_end() {
    let (mut server, flow) = stopping(limits(), SECOND);
    assert_eq!(server.finished, [flow]);
    // It is read, as it is not when a session stops otherwise.
    assert!(server.reading.is_empty());
    server.send(flow, &framed([2, 3], "ns.example.", Rtype::A));
    server.send(flow, &[0]);
    assert!(server.is_open(flow) && server.session.stream_out(flow).is_empty());
    assert_eq!(server.session.held_octets(), 0);
    assert!(server.events.is_empty());
    server.handle(Input::Finished { flow });
    assert!(!server.is_open(flow));
    assert_eq!(server.events, [Event::Stopped]);
    assert_eq!(server.finished, [flow]);
    assert_eq!(server.wake, None);
}

#[test]
fn nobody_is_read_in_vain_for_longer_than_two_seconds_or_more_than_65536_octets() {
    let (mut server, flow) = stopping(limits(), SECOND);
    server.wait(2 * SECOND - Duration::from_millis(1));
    assert!(server.is_open(flow));
    server.wait(Duration::from_millis(1));
    assert!(!server.is_open(flow));

    let (mut server, flow) = stopping(limits(), SECOND);
    for _ in 0..16 {
        server.send(flow, &[0; 4096]);
        assert!(server.is_open(flow));
    }
    server.send(flow, &[0]);
    assert!(!server.is_open(flow));
    assert_eq!(server.events, [Event::Stopped]);
    assert_eq!((server.session.open_streams(), server.wake), (0, None));
}

#[test]
fn nobody_is_read_in_vain_who_lacks_no_reply_or_whose_place_others_want() {
    // Its reply came long ago.
    let (server, flow) = stopping(limits(), 2 * SECOND);
    assert!(!server.is_open(flow) && server.finished.is_empty());
    // It never got one.
    let mut server = Server::new(limits());
    let flow = server.accept(CLIENT);
    server.send(flow, &[0]);
    assert_eq!(server.command(Command::Shutdown), Ok(()));
    assert!(!server.is_open(flow) && server.finished.is_empty());
    // There is no place for another one.
    let one = StreamLimits {
        streams: 1,
        ..limits()
    };
    let (server, flow) = stopping(one, SECOND);
    assert!(!server.is_open(flow) && server.finished.is_empty());
}

#[test]
fn who_rests_for_less_than_a_moment_is_read_in_vain_until_places_are_wanting() {
    let responder = ResponderConfig::default();
    let streams = StreamLimits {
        streams: 2,
        idle: SECOND,
        pressed_idle: SECOND,
        ..limits()
    };
    let mut server = Server::with(SessionConfig {
        streams,
        responder,
        ..SessionConfig::default()
    });
    let first = server.accept(CLIENT);
    server.send(first, &framed([1], "ns.example.", Rtype::A));
    assert_eq!(server.take_ids(first), [1]);
    server.wait(SECOND);
    assert_eq!(server.finished, [first]);
    assert!(server.is_open(first));
    let second = server.accept("198.51.100.2:4000");
    server.wait(Duration::ZERO);
    assert!(!server.is_open(first) && server.is_open(second));
    assert_eq!(server.session.counters().idle, 1);
    assert_eq!(server.accepting, [false, true]);
}

#[test]
fn a_stream_that_was_not_read_is_read_in_vain_nevertheless() {
    let mut server = Server::new(StreamLimits {
        output: 512,
        ..limits()
    });
    let flow = server.accept(CLIENT);
    server.send(flow, &framed(0..20, "large.example.", Rtype::TXT));
    assert_eq!(server.reading, [(flow, false)]);
    assert_eq!(server.command(Command::Shutdown), Ok(()));
    assert_eq!(server.take_ids(flow), (0..20).collect::<Vec<_>>());
    assert_eq!(server.reading, [(flow, false), (flow, true)]);
    assert_eq!(server.finished, [flow]);
}
