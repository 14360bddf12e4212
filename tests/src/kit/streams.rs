//! Scenarios of streams.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, CloseCause, Proto};
use nameward_driver::config::Detached;
use socket2::{Domain, SockRef, Socket, Type};

use super::adapter::{Adapter, PATIENCE};
use super::puppet::{Heard, Pull};
use super::stage::{ANYWHERE, Stage, close, flow, open, open_unread, patient, stream_peer};

/// What is queued with the open is written once the stream is there.
pub fn bytes_may_be_queued_before_the_stream_is_open<A: Adapter>() {
    let mut stage = Stage::<A>::new();
    let (listener, address) = stream_peer();
    stage.pull(vec![
        open(flow(1), Proto::Stream, address),
        queue(flow(1), b"early"),
    ]);
    stage.expect_opened(flow(1));
    stage.pull(vec![Pull::Say(1)]);
    stage.expect(&Heard::Said(1));
    // The driver may run only while the test waits for it.
    stage.expect_silence(flow(2));
    let mut peer = accept(&listener);
    let mut data = [0; 5];
    peer.read_exact(&mut data).expect("the bytes");
    assert_eq!(&data, b"early");
}

/// Writes are partial, reads come in pieces, and nothing is lost, doubled or reordered.
pub fn eight_megabytes_return_through_small_buffers<A: Adapter>() {
    const LENGTH: usize = 8 << 20;
    let mut stage = Stage::<A>::new();
    let (listener, address) = stream_peer();
    SockRef::from(&listener)
        .set_recv_buffer_size(8 << 10)
        .expect("a small buffer");
    SockRef::from(&listener)
        .set_send_buffer_size(8 << 10)
        .expect("a small buffer");
    let sent: Vec<u8> = (0..LENGTH).map(|index| (index % 251) as u8).collect();
    let echo = |mut peer: TcpStream| {
        let mut piece = [0; 5_000];
        loop {
            match peer.read(&mut piece).expect("the stream works") {
                0 => break,
                length => peer.write_all(&piece[..length]).expect("the stream works"),
            }
        }
    };
    thread::scope(|threads| {
        threads.spawn(|| echo(accept(&listener)));
        stage.pull(vec![
            open(flow(1), Proto::Stream, address),
            Pull::Queue(flow(1), Bytes::from(sent.clone())),
            Pull::Do(Action::Finish { flow: flow(1) }),
        ]);
        stage.expect_opened(flow(1));
        let mut returned = Vec::with_capacity(LENGTH);
        loop {
            match stage.hear() {
                Heard::Received { flow: from, data } if from == flow(1) => returned.extend(data),
                other => {
                    assert_eq!(other, Heard::Finished { flow: flow(1) });
                    break;
                }
            }
        }
        assert_eq!(returned.len(), LENGTH);
        assert!(returned == sent, "the content changed on its way");
    });
}

/// `Finish` half-closes, once everything is written; what the peer says then still arrives, and the flow stays.
pub fn we_may_finish_first<A: Adapter>() {
    let mut stage = Stage::<A>::new();
    let (listener, address) = stream_peer();
    stage.pull(vec![
        open(flow(1), Proto::Stream, address),
        queue(flow(1), b"question"),
        Pull::Do(Action::Finish { flow: flow(1) }),
    ]);
    stage.expect_opened(flow(1));
    stage.expect_silence(flow(2));
    let mut peer = accept(&listener);
    let mut question = Vec::new();
    peer.read_to_end(&mut question).expect("our direction is closed");
    assert_eq!(question, b"question");
    peer.write_all(b"answer").expect("the peer's direction is open");
    drop(peer);
    stage.expect(&received(flow(1), b"answer"));
    stage.expect(&Heard::Finished { flow: flow(1) });
    stage.expect_silence(flow(3));
    // Both directions are finished, and yet the flow has not ended.
    assert_eq!(stage.stop(), [closed(flow(1), CloseCause::Shutdown)]);
}

/// After the peer has finished, we can still write, and finish in our turn.
pub fn the_peer_may_finish_first<A: Adapter>() {
    let mut stage = Stage::<A>::new();
    let (listener, address) = stream_peer();
    stage.pull(vec![open(flow(1), Proto::Stream, address)]);
    stage.expect_opened(flow(1));
    let mut peer = accept(&listener);
    peer.write_all(b"last words").expect("the stream works");
    peer.shutdown(Shutdown::Write).expect("the stream works");
    stage.expect(&received(flow(1), b"last words"));
    stage.expect(&Heard::Finished { flow: flow(1) });
    stage.pull(vec![
        queue(flow(1), b"farewell"),
        Pull::Do(Action::Finish { flow: flow(1) }),
    ]);
    stage.expect_silence(flow(2));
    let mut farewell = Vec::new();
    peer.read_to_end(&mut farewell).expect("our direction is closed");
    assert_eq!(farewell, b"farewell");
    assert_eq!(stage.stop(), [closed(flow(1), CloseCause::Shutdown)]);
}

/// Where nobody listens, the flow is closed, and that is the peer's doing.
pub fn a_refused_connection_is_closed<A: Adapter>() {
    let mut stage = Stage::<A>::new();
    // It has the port, so that nobody else can, and does not listen.
    let deaf = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    deaf.bind(&ANYWHERE.into()).expect("a port");
    let address = deaf
        .local_addr()
        .expect("an address")
        .as_socket()
        .expect("an IP address");
    stage.pull(vec![
        open(flow(1), Proto::Stream, address),
        queue(flow(1), b"lost"),
    ]);
    stage.expect(&closed(flow(1), CloseCause::Refused));
    stage.pull(vec![open_unread(flow(2), Proto::Stream, address)]);
    stage.expect(&closed(flow(2), CloseCause::Refused));
    assert_eq!(stage.stop(), []);
}

/// A reset ends the flow; a machine that has something to write at that moment hears first what was said before.
pub fn a_reset_is_told_after_what_came_before<A: Adapter>() {
    let mut stage = Stage::<A>::new();
    let (listener, address) = stream_peer();
    stage.pull(vec![open_unread(flow(1), Proto::Stream, address)]);
    stage.expect_opened(flow(1));
    let mut peer = accept(&listener);
    peer.write_all(b"last words").expect("the stream works");
    // With this, closing resets.
    SockRef::from(&peer)
        .set_linger(Some(Duration::ZERO))
        .expect("a socket option");
    drop(peer);
    stage.expect_silence(flow(2));
    stage.pull(vec![
        queue(flow(1), b"nobody hears"),
        Pull::Do(Action::Read {
            flow: flow(1),
            wanted: true,
        }),
    ]);
    stage.expect(&received(flow(1), b"last words"));
    stage.expect(&closed(flow(1), CloseCause::Reset));
    stage.expect_silence(flow(3));
    assert_eq!(stage.stop(), []);
}

/// Of a stream that was opened unread, the application gets every byte, and the machine nothing more.
pub fn a_detached_stream_has_everything_unread<A: Adapter>() {
    let mut stage = Stage::<A>::new();
    let (listener, address) = stream_peer();
    stage.pull(vec![open_unread(flow(1), Proto::Stream, address)]);
    let local = stage.expect_opened(flow(1));
    let mut peer = accept(&listener);
    peer.write_all(b"for the application").expect("the stream works");
    stage.expect_silence(flow(2));
    stage.pull(vec![Pull::Do(Action::Detach { flow: flow(1) }), Pull::Say(1)]);
    let (detached, Detached::Stream(mut socket)) = stage.next_detached() else {
        panic!("a stream is detached as a stream")
    };
    assert_eq!((detached, socket.local_addr().ok()), (flow(1), Some(local)));
    stage.expect(&Heard::Said(1));
    socket.set_nonblocking(false).expect("a socket option");
    socket.set_read_timeout(Some(PATIENCE)).expect("a socket option");
    let mut data = [0; 19];
    socket.read_exact(&mut data).expect("the bytes");
    assert_eq!(&data, b"for the application");
    socket.write_all(b"thanks").expect("the stream works");
    let mut thanks = [0; 6];
    peer.read_exact(&mut thanks).expect("the bytes");
    drop(peer);
    stage.expect_silence(flow(3));
    stage.pull(vec![close(flow(1))]);
    assert_eq!(stage.stop(), []);
}

fn accept(listener: &std::net::TcpListener) -> TcpStream {
    patient(listener.accept().expect("a connection").0)
}

fn queue(flow: FlowId, data: &'static [u8]) -> Pull {
    Pull::Queue(flow, Bytes::from_static(data))
}

fn received(flow: FlowId, data: &[u8]) -> Heard {
    Heard::Received {
        flow,
        data: data.to_vec(),
    }
}

fn closed(flow: FlowId, cause: CloseCause) -> Heard {
    Heard::Closed { flow, cause }
}
