//! What servers of all runtimes promise to the clients of their streams.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use nameward_core::machine::Ignored;
use nameward_core::server::session::{SessionConfig, StreamLimits};
use nameward_core::wire::{Class, Flags, Message, MessageWriter, Name, Rtype, Section};
use nameward_core::zone::Zones;
use nameward_driver::config::Notice;
use nameward_driver::server::Config;
use nameward_tests::zones::zone;
use socket2::{Domain, Socket, Type};

/// How many texts the large RRset has, of 200 octets each: more than a client's small buffer takes.
const TEXTS: usize = 250;

/// A server that runs somewhere.
trait Running {
    fn start(config: Config) -> Self;
    fn address(&self) -> SocketAddr;
    fn shutdown(self);
}

struct OnTokio(tokio::runtime::Runtime, nameward_tokio::Server);

impl Running for OnTokio {
    fn start(config: Config) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().build().unwrap();
        let server = runtime.block_on(async { nameward_tokio::Server::start(&config) });
        Self(runtime, server.unwrap())
    }

    fn address(&self) -> SocketAddr {
        self.1.addresses()[0]
    }

    fn shutdown(self) {
        self.0.block_on(self.1.shutdown());
    }
}

struct OnAsyncStd(nameward_async_std::Server);

impl Running for OnAsyncStd {
    fn start(config: Config) -> Self {
        Self(nameward_async_std::Server::start(&config).unwrap())
    }

    fn address(&self) -> SocketAddr {
        self.0.addresses()[0]
    }

    fn shutdown(self) {
        async_std::task::block_on(self.0.shutdown());
    }
}

struct OnMio(nameward_mio::Server);

impl Running for OnMio {
    fn start(config: Config) -> Self {
        Self(nameward_mio::Server::start(&config).unwrap())
    }

    fn address(&self) -> SocketAddr {
        self.0.addresses()[0]
    }

    fn shutdown(self) {
        self.0.shutdown().unwrap();
    }
}

/// A configuration, and what workers of it ignore.
fn config(workers: usize, streams: StreamLimits) -> (Config, Receiver<Ignored>) {
    let mut text = "@ 60 SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.53\n".to_owned();
    for number in 0..TEXTS {
        text += &format!("large TXT {number:0200}\n");
    }
    let session = SessionConfig {
        zones: Zones::new([zone("example.", &text)]),
        streams,
        ..SessionConfig::default()
    };
    let (sender, ignored) = mpsc::channel();
    let observe = Arc::new(move |notice| {
        if let Notice::Ignored { flow: None, why } = notice {
            // The error says that the test has seen enough.
            let _ = sender.send(why);
        }
    });
    let config = Config {
        workers,
        session,
        observe,
        ..Config::default()
    };
    (config, ignored)
}

/// A query behind its length.
fn query(name: &str, rtype: Rtype) -> Vec<u8> {
    let name: Name = name.parse().unwrap();
    let mut out = bytes::BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, 512, 7, Flags::default());
    writer.question(&name, rtype, Class::IN).unwrap();
    writer.finish();
    let length = u16::try_from(out.len()).unwrap();
    [&length.to_be_bytes(), &out[..]].concat()
}

/// Asks on a stream, and says whether there was a reply.
fn is_served(stream: &mut TcpStream) -> bool {
    // The error is one of those of reading, if it is one.
    let _ = stream.write_all(&query("ns.example.", Rtype::A));
    let mut length = [0; 2];
    let read = stream.read_exact(&mut length).and_then(|()| {
        let mut reply = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut reply)
    });
    match read {
        Ok(()) => true,
        Err(error) => {
            let kinds = [
                ErrorKind::UnexpectedEof,
                ErrorKind::ConnectionReset,
                ErrorKind::BrokenPipe,
            ];
            assert!(kinds.contains(&error.kind()), "{error}");
            false
        }
    }
}

/// A connection from an address, with a small buffer for what comes.
fn connect(from: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
    socket.connect(&to.into()).unwrap();
    socket.into()
}

/// Waits until a server takes nothing more.
fn wait_until_it_stops(to: SocketAddr, ignored: &Receiver<Ignored>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    loop {
        // A response is ignored in any case.
        socket
            .send_to(&[0, 7, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0], to)
            .unwrap();
        if ignored.recv().expect("the server has not ended") == Ignored::UnknownListener {
            return;
        }
    }
}

/// A client has not read its reply, and sends more when the server has ended already: the reply is not lost by that.
fn a_reply_is_not_lost_by_what_a_client_sends_after_a_shutdown<R: Running + Send>() {
    let (config, ignored) = config(1, StreamLimits::default());
    let server = R::start(config);
    let address = server.address();
    let mut stream = connect([127, 0, 0, 1], address);
    stream.write_all(&query("large.example.", Rtype::TXT)).unwrap();
    // It was begun.
    assert_eq!(stream.peek(&mut [0; 1]).unwrap(), 1);
    thread::scope(|scope| {
        let ending = scope.spawn(move || server.shutdown());
        wait_until_it_stops(address, &ignored);
        stream.write_all(&[0; 100]).unwrap();
        let mut octets = Vec::new();
        stream.read_to_end(&mut octets).unwrap();
        let reply = Message::parse(&octets[2..]).unwrap();
        assert_eq!(reply.records(Section::Answer).len(), TEXTS);
        drop(stream);
        ending.join().unwrap();
    });
}

/// Four workers, to each of which the system may give a connection: three are served, wherever they come to.
fn a_client_has_so_many_streams_of_all_workers_together<R: Running>() {
    let limits = StreamLimits {
        streams_per_client: 3,
        ..StreamLimits::default()
    };
    let (config, _ignored) = config(4, limits);
    let server = R::start(config);
    let new = |last| connect([127, 0, 0, last], server.address());
    let mut streams: Vec<_> = (0..20).map(|_| new(1)).collect();
    let served: Vec<_> = streams.iter_mut().map(is_served).collect();
    assert_eq!(served.iter().filter(|served| **served).count(), 3, "{served:?}");
    // Others are served meanwhile, and so is this client when it has closed one.
    assert!(is_served(&mut new(2)));
    let kept = served.iter().position(|served| *served).unwrap();
    drop(streams.remove(kept));
    while !is_served(&mut new(1)) {}
    drop(streams);
    server.shutdown();
}

/// Two workers, each with its share: of forty connections four are served until the end.
fn streams_are_bounded_over_all_workers<R: Running>() {
    let limits = StreamLimits {
        streams: 4,
        streams_per_client: 100,
        pressed_idle: StreamLimits::default().idle,
        ..StreamLimits::default()
    };
    let (config, _ignored) = config(2, limits);
    let server = R::start(config);
    let address = server.address();
    let (sender, replies) = mpsc::channel();
    thread::scope(|scope| {
        let streams = [(); 40].map(|()| connect([127, 0, 0, 1], address));
        let clients = streams.map(|mut stream| {
            let sender = sender.clone();
            scope.spawn(move || {
                let served = is_served(&mut stream);
                if served {
                    sender.send(()).unwrap();
                }
                // It is kept until the server ends it.
                let _ = stream.read(&mut [0]);
                served
            })
        });
        for _ in 0..4 {
            replies.recv().unwrap();
        }
        server.shutdown();
        let served = clients.map(|client| client.join().unwrap());
        assert_eq!(served.iter().filter(|served| **served).count(), 4);
    });
}

macro_rules! on_each_runtime {
    ($($promise:ident),*) => {
        mod on_tokio { $( #[test] fn $promise() { super::$promise::<super::OnTokio>() } )* }
        mod on_async_std { $( #[test] fn $promise() { super::$promise::<super::OnAsyncStd>() } )* }
        mod on_mio { $( #[test] fn $promise() { super::$promise::<super::OnMio>() } )* }
    };
}

on_each_runtime!(
    a_reply_is_not_lost_by_what_a_client_sends_after_a_shutdown,
    a_client_has_so_many_streams_of_all_workers_together,
    streams_are_bounded_over_all_workers
);
