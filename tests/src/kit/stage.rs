//! A puppet on an adapter, and the words in which scenarios are told.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use nameward_core::flow::{FlowId, Lane, ListenerId};
use nameward_core::machine::{Action, Machine, Misuse, Output, Proto};
use nameward_core::time::{Instant, Now};
use nameward_driver::clock::Clock;
use nameward_driver::config::{Config, Detached, Listener, Occurrence};

use super::adapter::{Adapter, PATIENCE, Running};
use super::puppet::{Heard, Pull, Puppet};

/// The loopback address, on a port that the system chooses.
pub const ANYWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// The machine's flow number `number`.
pub fn flow(number: u64) -> FlowId {
    FlowId::from_machine(Lane(0), number)
}

/// Opens a flow, and reads from it.
pub fn open(flow: FlowId, proto: Proto, remote: SocketAddr) -> Pull {
    Pull::Do(Action::Open {
        flow,
        proto,
        remote,
        read: true,
    })
}

/// Opens a flow without reading from it.
pub fn open_unread(flow: FlowId, proto: Proto, remote: SocketAddr) -> Pull {
    Pull::Do(Action::Open {
        flow,
        proto,
        remote,
        read: false,
    })
}

/// Sends a datagram.
pub fn send(flow: FlowId, data: &'static [u8]) -> Pull {
    Pull::Do(Action::Send {
        flow,
        data: Bytes::from_static(data),
    })
}

/// Ends a flow.
pub fn close(flow: FlowId) -> Pull {
    Pull::Do(Action::Close { flow })
}

/// A socket for datagrams, played by the test. It gives up, and fails the test, when nothing arrives.
pub fn datagram_peer() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind(ANYWHERE).expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("a read timeout");
    let address = socket.local_addr().expect("an address");
    (socket, address)
}

/// A socket for streams, played by the test.
pub fn stream_peer() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(ANYWHERE).expect("a listener");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// A stream that gives up, and fails the test, when nothing arrives.
pub fn patient(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(PATIENCE)).expect("a read timeout");
    stream
}

/// The next datagram that arrives at a peer, and who sent it.
pub fn receive(peer: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut buffer = [0; 65_535];
    let (length, from) = peer.recv_from(&mut buffer).expect("a datagram");
    (buffer[..length].to_vec(), from)
}

/// A configuration with one listener.
pub fn listening(id: ListenerId, proto: Proto, address: SocketAddr) -> Config {
    Config {
        listeners: vec![Listener { id, proto, address }],
        ..Config::default()
    }
}

/// A clock that the test sets.
#[derive(Clone, Debug, Default)]
pub struct SetClock(Arc<AtomicU64>);

impl SetClock {
    /// Sets it to so many nanoseconds.
    pub fn set(&self, nanoseconds: u64) {
        self.0.store(nanoseconds, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Now {
        Now::without_wall(Instant::from_nanos(self.0.load(Ordering::SeqCst)))
    }
}

/// A directory of its own for one test, removed at the end.
#[derive(Debug)]
pub struct Scratch(pub PathBuf);

impl Scratch {
    /// Makes it.
    pub fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("nameward-kit-{}-{number}", std::process::id()));
        fs::create_dir(&path).expect("a directory");
        Self(path)
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind is a temporary file.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A puppet that an adapter drives.
pub struct Stage<A: Adapter> {
    running: A::Running<Puppet>,
}

impl<A: Adapter> Stage<A> {
    /// A puppet under the default configuration.
    #[expect(clippy::new_without_default, reason = "a stage is set up, not defaulted")]
    pub fn new() -> Self {
        Self::with(Puppet::default(), Config::default())
    }

    /// This puppet under this configuration, once it has been told the time.
    pub fn with(puppet: Puppet, config: Config) -> Self {
        let mut stage = Self {
            running: A::start(puppet, config),
        };
        assert!(
            matches!(stage.hear(), Heard::Tick(_)),
            "the first thing that a machine hears is the time"
        );
        stage
    }

    /// Where a listener listens.
    pub fn listening_at(&self, listener: ListenerId) -> SocketAddr {
        self.running.listening_at(listener)
    }

    /// Has the puppet do this.
    pub fn pull(&mut self, pulls: Vec<Pull>) {
        self.running
            .command(pulls)
            .expect("a puppet does what it is told");
    }

    /// Has the puppet do this, or complain.
    ///
    /// # Errors
    ///
    /// The puppet's.
    pub fn try_pull(&mut self, pulls: Vec<Pull>) -> Result<(), Misuse> {
        self.running.command(pulls)
    }

    /// The next thing that the puppet hears.
    pub fn hear(&mut self) -> Heard {
        match self.running.next() {
            Occurrence::Event(heard) => heard,
            Occurrence::Detached { flow, .. } => panic!("{flow} was detached"),
        }
    }

    /// The socket that is detached next.
    pub fn next_detached(&mut self) -> (FlowId, Detached) {
        match self.running.next() {
            Occurrence::Detached { flow, socket } => (flow, socket),
            Occurrence::Event(heard) => panic!("{heard:?}"),
        }
    }

    /// The puppet hears this next.
    pub fn expect(&mut self, expected: &Heard) {
        assert_eq!(&self.hear(), expected);
    }

    /// A flow is opened: its local address.
    pub fn expect_opened(&mut self, expected: FlowId) -> SocketAddr {
        match self.hear() {
            Heard::Opened { flow, local } if flow == expected => local,
            other => panic!("{expected} should be opened, but: {other:?}"),
        }
    }

    /// Everything that is on its way to the puppet arrives, and that is nothing: a round trip through the driver's sockets
    /// brings only itself.
    pub fn expect_silence(&mut self, spare: FlowId) {
        for round in 0..3 {
            let (peer, address) = datagram_peer();
            let spare = FlowId::from_machine(Lane(200), spare.as_u64() * 4 + round);
            self.pull(vec![open(spare, Proto::Datagram, address), send(spare, b"ping")]);
            let local = self.expect_opened(spare);
            assert_eq!(receive(&peer), (b"ping".to_vec(), local));
            peer.send_to(b"pong", local).expect("the peer can send");
            self.expect(&Heard::Received {
                flow: spare,
                data: b"pong".to_vec(),
            });
            self.pull(vec![close(spare)]);
        }
    }

    /// Shuts down: what the puppet hears in the end.
    pub fn stop(self) -> Vec<Heard> {
        let (last, mut puppet) = self.running.stop();
        assert_eq!(puppet.poll(), Output::Idle(puppet.wake()), "outputs are left");
        let heard = last.into_iter().map(|occurrence| match occurrence {
            Occurrence::Event(heard) => heard,
            Occurrence::Detached { flow, .. } => panic!("{flow} was detached"),
        });
        heard.collect()
    }
}
