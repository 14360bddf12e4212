//! What a session does, as its driver sees it.

mod endings;
mod layers;
mod recording;

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use bytes::BytesMut;
use proptest::prelude::*;

use super::*;
use crate::flow::{FlowId, Lane, ListenerId};
use crate::machine::{Action, CloseCause, Ignored, Input, LocalAddr, Machine, Misuse, Output, Wake};
use crate::seed::Seed;
use crate::server::respond::{Policy, Request, Responded, Shard, Transport, respond};
use crate::time::{Instant, Now};
use crate::wire::{Class, Flags, Message, MessageWriter, Name, Rcode, Rtype, Section};
use crate::zone::Zones;
use crate::zone::tests::build;

const DATAGRAMS: ListenerId = ListenerId(0);
const STREAMS: ListenerId = ListenerId(1);
const SECOND: Duration = Duration::from_secs(1);

/// A session, the time, and what the driver was told.
struct Server {
    session: Session,
    zones: Zones,
    now: Instant,
    wake: Option<Wake>,
    flows: u64,
    closed: BTreeSet<FlowId>,
    /// Those on which nothing more comes from us.
    finished: Vec<FlowId>,
    reading: Vec<(FlowId, bool)>,
    accepting: Vec<bool>,
    replies: Vec<(SocketAddr, Option<LocalAddr>, Vec<u8>)>,
    ignored: Vec<Ignored>,
    events: Vec<Event>,
    /// What was sent to other servers.
    sent: Vec<(FlowId, Vec<u8>)>,
}

impl Server {
    fn new(streams: StreamLimits) -> Self {
        Self::with(SessionConfig {
            streams,
            ..SessionConfig::default()
        })
    }

    /// A session of this configuration, with a zone.
    fn with(config: SessionConfig) -> Self {
        let text = "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n\
                    large TXT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n";
        let config = SessionConfig {
            zones: Zones::new(build("example.", text).zone),
            ..config
        };
        Self {
            zones: config.zones.clone(),
            session: Session::new(Seed::from_number(1), config).unwrap(),
            now: Instant::ZERO,
            wake: None,
            flows: 0,
            closed: BTreeSet::new(),
            finished: Vec::new(),
            reading: Vec::new(),
            accepting: Vec::new(),
            replies: Vec::new(),
            ignored: Vec::new(),
            events: Vec::new(),
            sent: Vec::new(),
        }
    }

    fn now(&self) -> Now {
        Now::without_wall(self.now)
    }

    fn handle(&mut self, input: Input<'_>) {
        self.session.handle(self.now(), input);
        self.drain();
    }

    fn command(&mut self, command: Command) -> Result<(), Misuse> {
        let result = self.session.command(self.now(), command);
        self.drain();
        result
    }

    fn drain(&mut self) {
        loop {
            match self.session.poll() {
                Output::Do(Action::Close { flow }) if flow.is_from_driver() => {
                    assert!(self.closed.insert(flow), "closed twice");
                }
                Output::Do(Action::Finish { flow }) => self.finished.push(flow),
                Output::Do(Action::Read { flow, wanted }) => self.reading.push((flow, wanted)),
                Output::Do(Action::Accept { listener, wanted }) => {
                    assert_eq!(listener, STREAMS);
                    self.accepting.push(wanted);
                }
                Output::Do(Action::Reply { to, from, data, .. }) => {
                    self.replies.push((to, from, data.to_vec()));
                }
                Output::Do(Action::Writable { .. } | Action::Open { .. }) => {}
                Output::Do(Action::Close { flow }) if !flow.is_from_driver() => {}
                Output::Do(Action::Send { flow, data }) => self.sent.push((flow, data.to_vec())),
                Output::Do(other) => panic!("{other:?}"),
                Output::Event(event) => self.events.push(event),
                Output::Ignored { why, .. } => self.ignored.push(why),
                Output::Idle(wake) => {
                    self.wake = wake;
                    return;
                }
            }
        }
    }

    /// Lets time pass, with the ticks that are due meanwhile.
    fn wait(&mut self, duration: Duration) {
        let until = self.now.after(duration);
        while let Some(wake) = self.wake.filter(|wake| wake.at <= until) {
            self.now = wake.at.max(self.now);
            self.handle(Input::Tick);
            assert!(self.wake.is_none_or(|wake| wake.at > self.now));
        }
        self.now = until;
    }

    fn accept(&mut self, peer: &str) -> FlowId {
        let flow = FlowId::from_driver(Lane(0), self.flows);
        self.flows += 1;
        self.handle(Input::Accepted {
            flow,
            listener: STREAMS,
            peer: peer.parse().unwrap(),
            local: ([192, 0, 2, 53], 53).into(),
        });
        flow
    }

    /// A datagram with this query comes from a client.
    fn request(&mut self, peer: &str, data: &[u8]) {
        self.handle(Input::Request {
            listener: DATAGRAMS,
            peer: peer.parse().unwrap(),
            local: None,
            data,
        });
    }

    fn send(&mut self, flow: FlowId, data: &[u8]) {
        self.handle(Input::Received { flow, data });
    }

    /// Takes so many octets of what waits, and gives them.
    fn take(&mut self, flow: FlowId, most: usize) -> Vec<u8> {
        let waiting = self.session.stream_out(flow);
        let taken = waiting[..waiting.len().min(most)].to_vec();
        if !taken.is_empty() {
            self.session.stream_sent(self.now(), flow, taken.len());
            self.drain();
        }
        taken
    }

    /// Takes all, and gives the IDs of the replies.
    fn take_ids(&mut self, flow: FlowId) -> Vec<u16> {
        let mut octets = Vec::new();
        loop {
            match self.take(flow, 97) {
                piece if piece.is_empty() => break,
                piece => octets.extend(piece),
            }
        }
        let mut deframer = crate::transport::framing::Deframer::new();
        deframer.push(&octets);
        let ids = core::iter::from_fn(|| deframer.message())
            .map(|message| Message::parse(&message).unwrap().id())
            .collect();
        assert_eq!(deframer.held(), 0);
        ids
    }

    fn is_open(&self, flow: FlowId) -> bool {
        !self.closed.contains(&flow)
    }
}

fn query(id: u16, name: &str, rtype: Rtype) -> Vec<u8> {
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, 512, id, Flags::default());
    let name: Name = name.parse().unwrap();
    writer.question(&name, rtype, Class::IN).unwrap();
    writer.finish();
    out.to_vec()
}

/// Queries on a stream, with these IDs.
fn framed(ids: impl IntoIterator<Item = u16>, name: &str, rtype: Rtype) -> Vec<u8> {
    let mut octets = Vec::new();
    for id in ids {
        let query = query(id, name, rtype);
        octets.extend(u16::try_from(query.len()).unwrap().to_be_bytes());
        octets.extend(query);
    }
    octets
}

fn limits() -> StreamLimits {
    StreamLimits {
        idle: 10 * SECOND,
        pressed_idle: SECOND,
        patience: 5 * SECOND,
        ..StreamLimits::default()
    }
}

#[test]
fn a_datagram_is_answered_from_the_address_that_it_was_sent_to() {
    let mut server = Server::new(limits());
    let peer = "198.51.100.1:4000".parse().unwrap();
    let local = Some(LocalAddr {
        ip: [192, 0, 2, 53].into(),
        interface: 3,
    });
    let data = query(7, "ns.example.", Rtype::A);
    let request = |listener, data| Input::Request {
        listener,
        peer,
        local,
        data,
    };
    server.handle(request(DATAGRAMS, &data));
    let (to, from, reply) = server.replies.pop().unwrap();
    assert_eq!((to, from), (peer, local));
    let reply = Message::parse(&reply).unwrap();
    assert_eq!((reply.id(), reply.rcode()), (7, Rcode::NOERROR));
    assert_eq!(reply.record_count(Section::Answer), 1);
    // What is no request, or for somebody else, gets nothing.
    let mut response = data.clone();
    response[2] |= 0x80;
    server.handle(request(DATAGRAMS, &response));
    server.handle(request(ListenerId::new(Lane(3), 0), &data));
    assert!(server.replies.is_empty());
    assert_eq!(server.ignored, [Ignored::NotAQuery, Ignored::UnknownListener]);
}

#[test]
fn rfc7766_6_2_1_1_queries_in_a_row_are_all_answered_however_they_are_cut() {
    for piece in [1, 2, 3, 31, 1000] {
        let mut server = Server::new(limits());
        let flow = server.accept("198.51.100.1:4000");
        for piece in framed(0..20, "ns.example.", Rtype::A).chunks(piece) {
            server.send(flow, piece);
        }
        assert_eq!(server.take_ids(flow), (0..20).collect::<Vec<_>>());
        // Whoever sends no more and has all its replies has nothing to wait for.
        server.handle(Input::Finished { flow });
        assert!(!server.is_open(flow));
        assert_eq!(server.session.open_streams(), 0);
        assert_eq!(server.wake, None);
    }
}

#[test]
fn rfc7766_6_2_4_a_client_that_sends_no_more_still_gets_its_replies() {
    let mut server = Server::new(limits());
    let flow = server.accept("198.51.100.1:4000");
    server.send(flow, &framed(0..3, "ns.example.", Rtype::A));
    server.handle(Input::Finished { flow });
    assert!(server.is_open(flow));
    assert_eq!(server.take_ids(flow), [0, 1, 2]);
    assert!(!server.is_open(flow));
}

#[test]
fn a_client_that_writes_an_octet_now_and_then_is_gone_after_the_idle_time() {
    let mut server = Server::new(limits());
    let flow = server.accept("198.51.100.1:4000");
    for octet in framed([1], "ns.example.", Rtype::A) {
        if !server.is_open(flow) {
            break;
        }
        server.send(flow, &[octet]);
        server.wait(SECOND);
    }
    assert!(!server.is_open(flow));
    assert_eq!(server.now, Instant::ZERO.after(10 * SECOND));
    assert_eq!(server.session.counters().idle, 1);
    // Whole queries are what keeps it.
    let flow = server.accept("198.51.100.1:4000");
    for id in 0..30 {
        server.send(flow, &framed([id], "ns.example.", Rtype::A));
        assert_eq!(server.take_ids(flow), [id]);
        server.wait(9 * SECOND);
        assert!(server.is_open(flow));
    }
    server.wait(SECOND);
    assert!(!server.is_open(flow));
}

#[test]
fn a_client_that_reads_an_octet_now_and_then_is_gone_after_the_time_for_a_reply() {
    let mut server = Server::new(limits());
    let flow = server.accept("198.51.100.1:4000");
    server.send(flow, &framed(0..10, "large.example.", Rtype::TXT));
    // A reply each four seconds is taken for as long as it lasts.
    let length = server.session.stream_out(flow).len() / 10;
    for _ in 0..4 {
        server.wait(4 * SECOND);
        assert_eq!(server.take(flow, length).len(), length);
        assert!(server.is_open(flow));
    }
    for _ in 0..4 {
        server.wait(SECOND);
        server.take(flow, 1);
        assert!(server.is_open(flow));
    }
    server.wait(SECOND);
    assert!(!server.is_open(flow));
    assert_eq!(server.session.counters().slow, 1);
    assert_eq!(server.session.held_octets(), 0);
}

#[test]
fn a_client_that_does_not_read_is_not_read_and_its_memory_is_bounded() {
    let limits = StreamLimits {
        output: 512,
        ..limits()
    };
    let most = limits.octets_per_stream();
    let mut server = Server::new(limits);
    let flow = server.accept("198.51.100.1:4000");
    let piece = framed(0..500, "large.example.", Rtype::TXT);
    assert!(piece.len() < crate::machine::LONGEST_PIECE);
    server.send(flow, &piece);
    assert_eq!(server.reading, [(flow, false)]);
    let (waiting, held) = (
        server.session.stream_out(flow).len(),
        server.session.held_octets(),
    );
    assert!((512..1024).contains(&waiting), "{waiting}");
    assert!(held > 10_000 && held <= most, "{held}");
    // All are answered in the end, in order, and then it is read again.
    assert_eq!(server.take_ids(flow), (0..500).collect::<Vec<_>>());
    assert_eq!(server.reading, [(flow, false), (flow, true)]);
    assert_eq!(server.session.held_octets(), 0);
}

#[test]
fn a_client_has_only_so_many_streams_and_a_prefix_is_one_client() {
    let mut server = Server::new(StreamLimits {
        streams_per_client: 2,
        ..limits()
    });
    for (same, other) in [
        (["192.0.2.7:1", "192.0.2.7:2", "192.0.2.7:3"], "192.0.2.8:1"),
        (
            [
                "[2001:db8:1:2::3]:1",
                "[2001:db8:1:2::4]:1",
                "[2001:db8:1:2:ffff::]:1",
            ],
            "[2001:db8:1:3::3]:1",
        ),
    ] {
        let [first, second, third] = same.map(|peer| server.accept(peer));
        let other = server.accept(other);
        assert_eq!(
            [first, second, third, other].map(|flow| server.is_open(flow)),
            [true, true, false, true]
        );
        server.handle(Input::Closed {
            flow: first,
            cause: CloseCause::Reset,
        });
        let again = server.accept(same[2]);
        assert!(server.is_open(again));
    }
    assert_eq!(
        (
            server.session.counters().accepted,
            server.session.counters().refused
        ),
        (8, 2)
    );
    assert!(server.accepting.is_empty());
}

#[test]
fn at_the_limit_none_is_accepted_and_who_rests_longest_makes_room() {
    let mut server = Server::new(StreamLimits {
        streams: 3,
        ..limits()
    });
    let first = server.accept("192.0.2.1:1");
    server.wait(SECOND / 2);
    let second = server.accept("192.0.2.2:1");
    assert!(server.accepting.is_empty());
    let third = server.accept("192.0.2.3:1");
    assert_eq!(server.accepting, [false]);
    // One that the driver had accepted already.
    let fourth = server.accept("192.0.2.4:1");
    assert!(!server.is_open(fourth));
    server.wait(SECOND / 10);
    server.send(first, &framed([1], "ns.example.", Rtype::A));
    assert_eq!(server.take_ids(first), [1]);
    server.wait(SECOND * 9 / 10 - Duration::from_millis(1));
    assert!(server.is_open(second));
    server.wait(Duration::from_millis(1));
    assert_eq!(
        [first, second, third].map(|flow| server.is_open(flow)),
        [true, false, true]
    );
    assert_eq!(server.accepting.last(), Some(&true));
    // Now there is room, and they may rest.
    server.wait(8 * SECOND);
    assert!(server.is_open(first) && server.is_open(third));
}

#[test]
fn zones_are_replaced_between_two_queries() {
    let mut server = Server::new(limits());
    let flow = server.accept("192.0.2.1:1");
    let text = "$TTL 60\n@ SOA ns h 2 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n";
    server.send(flow, &framed([1], "large.example.", Rtype::TXT));
    let zones = Zones::new(build("example.", text).zone);
    assert_eq!(server.command(Command::Zones(zones)), Ok(()));
    server.send(flow, &framed([2], "large.example.", Rtype::TXT));
    let octets = server.take(flow, 10_000);
    let mut deframer = crate::transport::framing::Deframer::new();
    deframer.push(&octets);
    let rcodes: Vec<_> = core::iter::from_fn(|| deframer.message())
        .map(|message| Message::parse(&message).unwrap().rcode())
        .collect();
    assert_eq!(rcodes, [Rcode::NOERROR, Rcode::NXDOMAIN]);
}

#[test]
fn after_a_shutdown_what_was_taken_is_answered_and_nothing_else_is_taken() {
    let mut server = Server::new(StreamLimits {
        output: 512,
        ..limits()
    });
    let resting = server.accept("192.0.2.1:1");
    let busy = server.accept("192.0.2.2:1");
    server.send(busy, &framed(0..20, "large.example.", Rtype::TXT));
    assert_eq!(server.command(Command::Shutdown), Ok(()));
    assert_eq!(server.accepting, [false]);
    assert!(!server.is_open(resting) && server.is_open(busy));
    let late = server.accept("192.0.2.3:1");
    assert!(!server.is_open(late));
    server.handle(Input::Request {
        listener: DATAGRAMS,
        peer: "192.0.2.1:1".parse().unwrap(),
        local: None,
        data: &query(1, "ns.example.", Rtype::A),
    });
    assert_eq!(server.ignored, [Ignored::UnknownListener]);
    assert!(server.events.is_empty());
    assert_eq!(server.take_ids(busy), (0..20).collect::<Vec<_>>());
    server.handle(Input::Finished { flow: busy });
    assert_eq!(server.events, [Event::Stopped]);
    assert!(!server.is_open(busy));
    assert!(server.command(Command::Shutdown).is_err());
    assert_eq!(server.events.len(), 1);
    // A session without streams has nothing to wait for.
    let mut server = Server::new(limits());
    assert_eq!(server.command(Command::Shutdown), Ok(()));
    assert_eq!(server.events, [Event::Stopped]);
}

#[test]
fn limits_have_ranges() {
    assert_eq!(StreamLimits::default().validate(), Ok(()));
    assert_eq!(StreamLimits::MOST.validate(), Ok(()));
    for (limits, what) in [
        (
            StreamLimits {
                streams: 0,
                ..limits()
            },
            "streams",
        ),
        (
            StreamLimits {
                in_flight: 101,
                ..limits()
            },
            "in_flight",
        ),
        (
            StreamLimits {
                pressed_idle: 11 * SECOND,
                ..limits()
            },
            "pressed_idle in milliseconds",
        ),
    ] {
        let Err(Misuse::OutOfRange { what: found, .. }) = limits.validate() else {
            panic!("{what}")
        };
        assert_eq!(found, what);
    }
    // A client is not told that it may rest for longer than it may.
    let config = SessionConfig {
        streams: StreamLimits {
            idle: 2 * SECOND,
            ..limits()
        },
        ..SessionConfig::default()
    };
    assert!(config.validate().is_err());
}

proptest! {
    /// A driver that answers datagrams in batches calls `respond` itself, and nobody can tell.
    #[test]
    fn a_session_says_to_a_datagram_what_respond_says(
        id: u16,
        flags: u8,
        name in prop::sample::select(vec!["ns.example.", "large.example.", "nobody.example.", "www.elsewhere.", "example."]),
        rtype in prop::sample::select(vec![Rtype::A, Rtype::TXT, Rtype::ANY, Rtype::AXFR, Rtype::SOA]),
        payload in prop::option::of(prop::sample::select(vec![0, 512, 1232, 4096])),
        damage in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
    ) {
        let mut out = BytesMut::new();
        let mut writer = MessageWriter::new(&mut out, 512, id, Flags(u16::from(flags)));
        let name: Name = name.parse().unwrap();
        writer.question(&name, rtype, Class::IN).unwrap();
        if let Some(udp_payload) = payload {
            writer.opt(&crate::wire::Opt { udp_payload, ..Default::default() }).unwrap();
        }
        writer.finish();
        let mut data = out.to_vec();
        if let Some((at, octet)) = damage {
            let at = at.index(data.len());
            data[at] = octet;
        }
        let mut server = Server::new(limits());
        let config = SessionConfig::default();
        let policy = Policy::new(config.responder).unwrap();
        let mut shard = Shard::new(&policy, &Seed::from_number(2));
        let peer = "198.51.100.1:4000";
        let (listener, transport) = (DATAGRAMS, Transport::Datagram);
        let request = Request { peer: peer.parse().unwrap(), listener, transport, data: &data };
        let mut expected = BytesMut::new();
        let zones = server.zones.clone();
        let said = respond(&zones, &policy, &mut shard, server.now(), &request, &mut expected);
        server.request(peer, &data);
        match said {
            Responded::Reply(_) => prop_assert_eq!(&server.replies[0].2[..], &expected[..]),
            Responded::Ignored(why) => prop_assert_eq!(&server.ignored[..], &[why]),
            Responded::Elsewhere => prop_assert!(false, "there is nobody else"),
        }
    }
}
