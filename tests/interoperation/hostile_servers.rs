//! Servers that break the rules of streams and datagrams, and a good one behind them: resolvers on every runtime get its answer.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nameward_core::client::{Answer, Config, Preference, Query, Server, Source};
use nameward_core::machine::Proto;
use nameward_core::wire::Rtype;
use nameward_driver::resolver::ResolveError;
use nameward_tests::peer::free_address;
use nameward_tests::resolvers::ask_everywhere;
use nameward_tests::zone_server::{Manner, Serving};

use crate::hostile::reply;

/// What the good server says, in contrast to the others.
const ZONE: &str = "$TTL 60\nexample. SOA . . 1 1 1 1 60\na.example. A 192.0.2.1\nb.example. A 192.0.2.2\n";

/// What a server does with the query that came over a stream, which then ends.
type OverStream = fn(&mut TcpStream, &[u8]) -> io::Result<()>;
/// What it does with a query in a datagram from there.
type InDatagram = fn(&UdpSocket, &[u8], SocketAddr) -> io::Result<()>;

/// A server on threads of its own, which end when this is dropped.
struct Hostile {
    address: SocketAddr,
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Hostile {
    #[expect(clippy::disallowed_methods, reason = "it waits on both sockets at a time")]
    fn start(over_stream: OverStream, in_datagram: InDatagram) -> Self {
        let (listener, socket) = (0..100)
            .find_map(|_| {
                let address = free_address().ok()?;
                Some((TcpListener::bind(address).ok()?, UdpSocket::bind(address).ok()?))
            })
            .expect("a port is free");
        let address = listener.local_addr().unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let streams = thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                // What goes wrong is what this is for.
                let _ = stream.and_then(|mut stream| {
                    stream.set_nodelay(true)?;
                    let mut length = [0; 2];
                    stream.read_exact(&mut length)?;
                    let mut query = vec![0; u16::from_be_bytes(length).into()];
                    stream.read_exact(&mut query)?;
                    over_stream(&mut stream, &query)
                });
            }
        });
        let is_over = Arc::clone(&over);
        let datagrams = thread::spawn(move || {
            let mut query = [0; 1500];
            while let Ok((length, asker)) = socket.recv_from(&mut query) {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                let _ = in_datagram(&socket, &query[..length], asker);
            }
        });
        Self {
            address,
            over,
            threads: vec![streams, datagrams],
        }
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Both wait, and are woken.
        let _ = TcpStream::connect(self.address);
        let _ = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.send_to(b"over", self.address));
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn nothing(_: &UdpSocket, _: &[u8], _: SocketAddr) -> io::Result<()> {
    Ok(())
}

fn framed(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    [&length, message].concat()
}

/// The ends of the addresses that everybody is told, one question after the other, with where each answer came from.
fn answers(config: &Config, names: &[&str]) -> Vec<Vec<(u8, SocketAddr, Proto)>> {
    let query = |name: &&str| Query::records(name, Rtype::A).unwrap();
    let queries: Vec<_> = names.iter().map(query).collect();
    let told = |(runtime, outcome): (&str, Result<Answer, ResolveError>)| {
        let answer = outcome.unwrap_or_else(|error| panic!("on {runtime}: {error}"));
        let addresses: Vec<_> = answer.addresses().collect();
        let [IpAddr::V4(address)] = addresses[..] else {
            panic!("on {runtime}: {addresses:?}")
        };
        let Source::Server {
            address: server,
            proto,
        } = answer.source
        else {
            panic!("on {runtime}: {:?}", answer.source)
        };
        (address.octets()[3], server, proto)
    };
    ask_everywhere(config, &queries)
        .into_iter()
        .map(|(runtime, (outcomes, _))| {
            outcomes
                .into_iter()
                .map(|outcome| told((runtime, outcome)))
                .collect()
        })
        .collect()
}

fn config(servers: impl IntoIterator<Item = SocketAddr>) -> Config {
    Config {
        servers: servers.into_iter().map(Server::new).collect(),
        preference: Preference::InOrder,
        timeout: Duration::from_millis(100),
        cache: None,
        ..Config::default()
    }
}

#[test]
fn a_stream_that_ends_in_the_middle_or_says_something_else_is_passed_over() {
    let good = Serving::start(ZONE, Manner::Good);
    let hostile: [(&str, OverStream); 9] = [
        ("it closes at once", |_, _| Ok(())),
        ("it closes in the middle of the length", |stream, _| {
            stream.write_all(&[0])
        }),
        ("it closes in the middle of a frame", |stream, query| {
            let whole = framed(&reply(query, 66));
            stream.write_all(&whole[..whole.len() / 2])
        }),
        ("it sends a frame without octets", |stream, _| {
            stream.write_all(&[0, 0])
        }),
        ("it sends a frame that is no message", |stream, query| {
            stream.write_all(&framed(&query[..2]))
        }),
        ("it repeats the query", |stream, query| {
            stream.write_all(&framed(query))
        }),
        ("it answers with another ID", |stream, query| {
            let mut forged = reply(query, 66);
            forged[1] ^= 1;
            stream.write_all(&framed(&forged))
        }),
        ("it answers another question", |stream, query| {
            let mut forged = reply(query, 66);
            // The name of the other question: their first letters differ in two bits.
            forged[13] ^= 3;
            stream.write_all(&framed(&forged))
        }),
        ("it floods with what nobody asked for", |stream, query| {
            let mut unasked = vec![0; 60_000];
            unasked[..2].copy_from_slice(&[query[0] ^ 1, query[1]]);
            let unasked = framed(&unasked);
            // A client that does not hang up would take this for ever.
            (0..100_000).try_for_each(|_| stream.write_all(&unasked))
        }),
    ];
    for (what, over_stream) in hostile {
        let server = Hostile::start(over_stream, nothing);
        let config = Config {
            stream_only: true,
            ..config([server.address, good.address()])
        };
        for told in answers(&config, &["a.example.", "b.example."]) {
            let expected = [1, 2].map(|end| (end, good.address(), Proto::Stream));
            assert_eq!(told, expected, "{what}");
        }
    }
}

#[test]
fn of_two_replies_over_a_stream_the_first_counts_however_slowly_it_comes() {
    let manners: [(&str, OverStream); 2] = [
        ("another answer behind it", |stream, query| {
            let both = [framed(&reply(query, 1)), framed(&reply(query, 66))].concat();
            stream.write_all(&both)?;
            stream.shutdown(Shutdown::Write)
        }),
        ("an octet at a time", |stream, query| {
            framed(&reply(query, 1))
                .iter()
                .try_for_each(|octet| stream.write_all(&[*octet]))?;
            // The client may hang up first.
            stream.read(&mut [0]).map(|_| ())
        }),
    ];
    for (what, over_stream) in manners {
        let server = Hostile::start(over_stream, nothing);
        let config = Config {
            stream_only: true,
            timeout: Duration::from_secs(5),
            ..config([server.address])
        };
        for told in answers(&config, &["a.example.", "b.example."]) {
            assert_eq!(told, [(1, server.address, Proto::Stream); 2], "{what}");
        }
    }
}

/// RFC 5452 section 9: a flood of forgeries drowns the true reply, which then comes over a stream.
#[test]
fn a_flood_of_forged_datagrams_ends_over_a_stream_with_the_true_answer() {
    fn flood(socket: &UdpSocket, query: &[u8], asker: SocketAddr) -> io::Result<()> {
        let forged = reply(query, 66);
        for number in 1..=5_000_u16 {
            let mut forged = forged.clone();
            let id = u16::from_be_bytes([query[0], query[1]]).wrapping_add(number);
            forged[..2].copy_from_slice(&id.to_be_bytes());
            socket.send_to(&forged, asker)?;
        }
        Ok(())
    }
    let server = Hostile::start(|stream, query| stream.write_all(&framed(&reply(query, 1))), flood);
    let config = Config {
        timeout: Duration::from_secs(5),
        ..config([server.address])
    };
    for told in answers(&config, &["a.example.", "b.example."]) {
        assert_eq!(told, [(1, server.address, Proto::Stream); 2]);
    }
}

/// The reply to the first question comes when its time is over and the second one is asked: to the port of the first, and to that of
/// the second. It is no answer to the second, and no trouble.
#[test]
fn an_answer_after_the_deadline_is_no_answer_to_the_next_question() {
    static FIRST: Mutex<Option<(Vec<u8>, SocketAddr)>> = Mutex::new(None);

    fn hold_back(socket: &UdpSocket, query: &[u8], asker: SocketAddr) -> io::Result<()> {
        let mut first = FIRST.lock().unwrap();
        // The names differ in their first letter only.
        if query[13].eq_ignore_ascii_case(&b'a') {
            *first = Some((query.to_vec(), asker));
            return Ok(());
        }
        if let Some((query, earlier)) = first.take() {
            let late = reply(&query, 66);
            socket.send_to(&late, earlier)?;
            socket.send_to(&late, asker)?;
        }
        socket.send_to(&reply(query, 2), asker).map(|_| ())
    }
    let (good, server) = (
        Serving::start(ZONE, Manner::Good),
        Hostile::start(
            |stream, query| stream.write_all(&framed(&reply(query, 2))),
            hold_back,
        ),
    );
    let config = config([server.address, good.address()]);
    for told in answers(&config, &["a.example.", "b.example."]) {
        assert_eq!(told[0], (1, good.address(), Proto::Datagram));
        // What came for the first looks like a guess, and so the stream is asked, too.
        assert_eq!((told[1].0, told[1].1), (2, server.address));
    }
}
