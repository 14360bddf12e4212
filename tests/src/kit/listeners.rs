//! Scenarios of listeners.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};

use bytes::Bytes;
use nameward_core::flow::{Lane, ListenerId};
use nameward_core::machine::{Action, LocalAddr, Proto};

use super::adapter::{Adapter, PATIENCE};
use super::puppet::{Heard, Pull, Puppet};
use super::stage::{ANYWHERE, Stage, flow, listening, patient};

const LISTENER: ListenerId = ListenerId::new(Lane(3), 1);

/// A client that asked one address takes no reply from another. Each of these is connected to the address that it asks, so
/// that its kernel sees to that.
pub fn a_wildcard_listener_replies_from_the_address_that_was_asked<A: Adapter>() {
    let v4 = (
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        vec![[127, 0, 0, 1].into(), [127, 0, 0, 2].into()],
    );
    let v6 = (
        SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        vec![Ipv6Addr::LOCALHOST.into()],
    );
    for (wildcard, asked) in [v4, v6] {
        if UdpSocket::bind((wildcard.ip(), 0)).is_err() {
            println!("skipped {wildcard}: the system has no such addresses");
            continue;
        }
        let mut stage = Stage::<A>::with(
            Puppet::reacting(answer),
            listening(LISTENER, Proto::Datagram, wildcard),
        );
        let port = stage.listening_at(LISTENER).port();
        for ip in asked {
            let client = UdpSocket::bind(SocketAddr::new(wildcard.ip(), 0)).expect("a socket");
            client.connect((ip, port)).expect("the listener is there");
            client.set_read_timeout(Some(PATIENCE)).expect("a read timeout");
            client.send(b"question").expect("the client can send");
            match stage.hear() {
                Heard::Request {
                    listener,
                    peer,
                    local,
                    data,
                } => {
                    assert_eq!((listener, data.as_slice()), (LISTENER, b"question".as_slice()));
                    assert_eq!(peer, client.local_addr().expect("an address"));
                    assert_eq!(local, Some(LocalAddr { ip, interface: 0 }));
                }
                other => panic!("{other:?}"),
            }
            let mut reply = [0; 16];
            let length = client
                .recv(&mut reply)
                .expect("the reply comes from the address that was asked");
            assert_eq!(&reply[..length], b"question");
        }
    }
}

/// A listener with an address of its own says which that is, and does not need to be told.
pub fn a_reply_needs_no_source_address<A: Adapter>() {
    let puppet = Puppet::reacting(|heard| match heard {
        Heard::Request {
            listener, peer, data, ..
        } => {
            vec![Pull::Do(Action::Reply {
                listener: *listener,
                to: *peer,
                from: None,
                data: data.clone().into(),
            })]
        }
        _ => vec![],
    });
    let mut stage = Stage::<A>::with(puppet, listening(LISTENER, Proto::Datagram, ANYWHERE));
    let client = UdpSocket::bind(ANYWHERE).expect("a socket");
    client.set_read_timeout(Some(PATIENCE)).expect("a read timeout");
    client
        .connect(stage.listening_at(LISTENER))
        .expect("the listener is there");
    client.send(b"").expect("an empty datagram is a datagram");
    client.send(b"question").expect("the client can send");
    for expected in [b"".as_slice(), b"question"] {
        match stage.hear() {
            Heard::Request { local, data, .. } => {
                assert_eq!(
                    local,
                    Some(LocalAddr {
                        ip: ANYWHERE.ip(),
                        interface: 0
                    })
                );
                assert_eq!(data, expected);
            }
            other => panic!("{other:?}"),
        }
        let mut reply = [0; 16];
        let length = client.recv(&mut reply).expect("a reply");
        assert_eq!(&reply[..length], expected);
    }
}

/// More requests at once than a turn takes: all of them are heard, in order, though nothing new arrives.
pub fn a_burst_of_requests_is_heard_whole<A: Adapter>() {
    let mut stage = Stage::<A>::with(Puppet::default(), listening(LISTENER, Proto::Datagram, ANYWHERE));
    let client = UdpSocket::bind(ANYWHERE).expect("a socket");
    let address = stage.listening_at(LISTENER);
    for number in 0..200 {
        client.send_to(&[number], address).expect("the client can send");
    }
    for number in 0..200 {
        match stage.hear() {
            Heard::Request { data, .. } => assert_eq!(data, [number]),
            other => panic!("{other:?}"),
        }
    }
}

/// The driver names accepted flows, each anew, in the lane of the listener.
pub fn accepted_flows_have_the_lane_of_their_listener<A: Adapter>() {
    let mut stage = Stage::<A>::with(Puppet::default(), listening(LISTENER, Proto::Stream, ANYWHERE));
    let mut names = Vec::new();
    for _ in 0..3 {
        let address = stage.listening_at(LISTENER);
        let mut client = patient(TcpStream::connect(address).expect("the listener is there"));
        let Heard::Accepted {
            flow,
            listener,
            peer,
            local,
        } = stage.hear()
        else {
            panic!("no connection")
        };
        assert_eq!((listener, local), (LISTENER, address));
        assert_eq!(peer, client.local_addr().expect("an address"));
        assert_eq!((flow.lane(), flow.is_from_driver()), (Lane(3), true));
        assert!(!names.contains(&flow), "{flow} was named twice");
        names.push(flow);
        client.write_all(b"question").expect("the stream works");
        assert_eq!(
            stage.hear(),
            Heard::Received {
                flow,
                data: b"question".to_vec()
            }
        );
        stage.pull(vec![
            Pull::Queue(flow, Bytes::from_static(b"answer")),
            Pull::Do(Action::Finish { flow }),
        ]);
        stage.expect_silence(flow);
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).expect("the answer and the end");
        assert_eq!(answer, b"answer");
        stage.pull(vec![Pull::Do(Action::Close { flow })]);
    }
}

/// While a machine does not want connections they wait, and then they come, though nothing new happens.
pub fn accepting_can_be_paused<A: Adapter>() {
    let mut stage = Stage::<A>::with(Puppet::default(), listening(LISTENER, Proto::Stream, ANYWHERE));
    stage.pull(vec![Pull::Do(Action::Accept {
        listener: LISTENER,
        wanted: false,
    })]);
    let clients: Vec<TcpStream> = (0..3)
        .map(|_| TcpStream::connect(stage.listening_at(LISTENER)).expect("the system's queue has room"))
        .collect();
    stage.expect_silence(flow(1));
    stage.pull(vec![Pull::Do(Action::Accept {
        listener: LISTENER,
        wanted: true,
    })]);
    for client in clients {
        let Heard::Accepted { peer, .. } = stage.hear() else {
            panic!("no connection")
        };
        assert_eq!(peer, client.local_addr().expect("an address"));
    }
}

fn answer(heard: &Heard) -> Vec<Pull> {
    match heard {
        Heard::Request {
            listener,
            peer,
            local,
            data,
        } => {
            let (listener, to, from) = (*listener, *peer, *local);
            vec![Pull::Do(Action::Reply {
                listener,
                to,
                from,
                data: data.clone().into(),
            })]
        }
        _ => vec![],
    }
}
