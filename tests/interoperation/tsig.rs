//! Messages signed with a shared key (RFC 8945): zones transferred from others, and our responses judged by others.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::BytesMut;
use nameward_core::flow::ListenerId;
use nameward_core::seed::Seed;
use nameward_core::server::respond::{
    Policy, Request, Responded, ResponderConfig, Shard, Transport, respond,
};
use nameward_core::time::{Instant, Now, UnixTime};
use nameward_core::tsig::{Algorithm, Key, KeyConfig, Keys, ResponseError, ResponseVerifier};
use nameward_core::wire::{Class, Flags, Message, MessageWriter, Name, Rcode, Rtype, Section};
use nameward_core::zone::Zones;
use nameward_tests::peer::primary::{Kind, Primary, SharedKey};
use nameward_tests::peer::{Zone, dig, program, skip};

const NAME: &str = "host-a.host-b.example";
const SECRET: &[u8] = b"a secret that everybody may know who reads this";

/// The algorithms that all peers know.
const ALGORITHMS: [Algorithm; 5] = [
    Algorithm::HmacSha1,
    Algorithm::HmacSha224,
    Algorithm::HmacSha256,
    Algorithm::HmacSha384,
    Algorithm::HmacSha512,
];

fn key_with(name: &str, algorithm: Algorithm, secret: &[u8]) -> Key {
    Key::new(KeyConfig::new(name.parse().unwrap(), algorithm, secret)).unwrap()
}

fn key(algorithm: Algorithm) -> Key {
    key_with(NAME, algorithm, SECRET)
}

#[expect(clippy::disallowed_methods, reason = "the peers follow the real clock")]
fn wall() -> UnixTime {
    UnixTime::from_secs(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs())
}

/// A zone of so many names that its transfer takes many messages.
fn large_zone(names: u32) -> Zone {
    let mut text =
        "$TTL 300\n@ SOA ns.large. hostmaster.large. 1 3600 600 86400 300\n@ NS ns.large.\nns A 192.0.2.1\n"
            .to_owned();
    for number in 0..names {
        text += &format!(
            "a-name-that-takes-some-room-{number} TXT \"some text that takes room as well {number}\"\n"
        );
    }
    let file =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("tsig-{names}-{}.zone", std::process::id()));
    fs::write(&file, text).unwrap();
    Zone { apex: "large.", file }
}

/// A signed query, and what verifies the response.
fn signed(key: &Key, name: &str, rtype: Rtype) -> (BytesMut, ResponseVerifier) {
    let mut query = BytesMut::new();
    let mut writer = MessageWriter::new(&mut query, 512, 0x4E44, Flags::default());
    writer
        .question(&name.parse::<Name>().unwrap(), rtype, Class::IN)
        .unwrap();
    writer.finish();
    let verifier = key.sign_request(wall(), &mut query, 0).unwrap();
    (query, verifier)
}

/// The response to a signed query over UDP, and what its signature is worth.
fn ask(server: SocketAddr, key: &Key) -> (Rcode, Result<(), ResponseError>) {
    let (query, mut verifier) = signed(key, "large.", Rtype::SOA);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    socket.send_to(&query, server).unwrap();
    let mut reply = [0; 1232];
    let length = socket.recv(&mut reply).unwrap();
    let message = Message::parse(&reply[..length]).unwrap();
    let verified = verifier.verify(Some(wall()), message);
    assert_eq!(verified.is_ok(), verifier.is_complete());
    (message.rcode(), verified)
}

/// How many messages a transfer has, and how many of them are signed. Every one of them is verified, and the last one is signed.
fn transfer(server: SocketAddr, key: &Key) -> (u32, u32) {
    let (query, mut verifier) = signed(key, "large.", Rtype::AXFR);
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let length = u16::try_from(query.len()).unwrap().to_be_bytes();
    stream.write_all(&[&length[..], &query].concat()).unwrap();
    let (mut messages, mut signatures, mut ends) = (0, 0, 0);
    while ends < 2 {
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut octets = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut octets).unwrap();
        let message = Message::parse(&octets).unwrap();
        assert_eq!(message.rcode(), Rcode::NOERROR);
        assert_eq!(
            verifier.verify(Some(wall()), message),
            Ok(()),
            "message {messages}"
        );
        let count = |section, rtype| {
            message
                .records(section)
                .filter(|record| record.rtype == rtype)
                .count()
        };
        ends += count(Section::Answer, Rtype::SOA);
        signatures += u32::try_from(count(Section::Additional, Rtype::TSIG)).unwrap();
        messages += 1;
    }
    assert!(verifier.is_complete());
    (messages, signatures)
}

/// RFC 8945 section 5.3.1: many messages, each verified when it comes.
#[test]
fn rfc8945_5_3_1_zones_are_transferred_from_nsd_knot_and_bind() {
    let zone = large_zone(6_000);
    for kind in Kind::ALL {
        let Some(program) = program(kind.program()) else {
            return skip(&format!("{} is not installed", kind.program()));
        };
        for algorithm in ALGORITHMS {
            let secret = data_encoding::BASE64.encode(SECRET);
            let shared = SharedKey {
                name: NAME,
                algorithm: algorithm.mnemonic(),
                secret: &secret,
            };
            let primary = Primary::start(kind, &program, &zone, shared).expect("the server starts");
            let server = primary.address();
            assert_eq!(
                ask(server, &key(algorithm)),
                (Rcode::NOERROR, Ok(())),
                "{kind:?} {algorithm}"
            );
            let (messages, signatures) = transfer(server, &key(algorithm));
            println!("{kind:?} {algorithm}: {messages} messages, {signatures} signed");
            assert!(messages > 10 && signatures > 1);

            let rejected = |error| (Rcode::NOTAUTH, Err(ResponseError::Rejected(error)));
            let other = key_with(NAME, algorithm, b"another secret");
            assert_eq!(ask(server, &other), rejected(Rcode(16)), "{kind:?}");
            let unknown = key_with("unknown.example", algorithm, SECRET);
            assert_eq!(ask(server, &unknown), rejected(Rcode::BADKEY), "{kind:?}");
        }
    }
    fs::remove_file(&zone.file).unwrap();
}

/// Responds over UDP with these keys while `ask` asks.
fn served(keys: Keys, ask: impl FnOnce(SocketAddr)) {
    let policy = Policy::new(ResponderConfig {
        keys,
        ..ResponderConfig::default()
    })
    .unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let address = socket.local_addr().unwrap();
    let asked = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut shard = Shard::new(&policy, &Seed::from_number(1));
            let (mut data, mut out) = ([0; 4096], BytesMut::with_capacity(4096));
            while !asked.load(Ordering::Relaxed) {
                let Ok((length, peer)) = socket.recv_from(&mut data) else {
                    continue;
                };
                let request = Request {
                    peer,
                    listener: ListenerId(0),
                    transport: Transport::Datagram,
                    data: &data[..length],
                };
                let now = Now {
                    mono: Instant::ZERO,
                    wall: Some(wall()),
                };
                out.clear();
                let zones = Zones::new([]);
                if let Responded::Reply(_) = respond(&zones, &policy, &mut shard, now, &request, &mut out) {
                    socket.send_to(&out, peer).unwrap();
                }
            }
        });
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ask(address)));
        asked.store(true, Ordering::Relaxed);
        ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

/// What dig or kdig says of the response to a query that is signed with this key.
fn judged(
    program: &Path,
    server: SocketAddr,
    name: &str,
    algorithm: &str,
    secret: &[u8],
    more: &[&str],
) -> String {
    let key = format!("{algorithm}:{name}:{}", data_encoding::BASE64.encode(secret));
    let (ip, port) = (server.ip().to_string(), server.port().to_string());
    let at = format!("@{ip}");
    let mut words = vec![
        &*at,
        "-p",
        &*port,
        "-y",
        &*key,
        "+norecurse",
        "+retry=0",
        "+timeout=10",
    ];
    words.extend(more);
    words.extend(["www.example", "A"]);
    let output = if program.ends_with("dig") {
        dig::ask(program, words)
    } else {
        Command::new(program).args(words).output()
    };
    let output = output.expect("the client runs");
    [output.stdout, output.stderr]
        .map(|text| String::from_utf8_lossy(&text).into_owned())
        .concat()
}

#[test]
fn dig_and_kdig_verify_our_responses() {
    served(
        Keys::new(ALGORITHMS.map(|algorithm| key_with(algorithm.mnemonic(), algorithm, SECRET))),
        |server| {
            for name in ["dig", "kdig"] {
                let Some(program) = program(name) else {
                    return skip(&format!("{name} is not installed"));
                };
                for algorithm in ALGORITHMS.map(Algorithm::mnemonic) {
                    let said = judged(&program, server, algorithm, algorithm, SECRET, &[]);
                    assert!(
                        said.contains("status: REFUSED") && said.contains("TSIG PSEUDOSECTION"),
                        "{said}"
                    );
                    for complaint in ["verif", "WARNING", "; ERROR"] {
                        assert!(!said.contains(complaint), "{said}");
                    }
                }
                let said = judged(
                    &program,
                    server,
                    "hmac-sha256",
                    "hmac-sha256",
                    b"another secret",
                    &[],
                );
                assert!(said.contains("BADSIG"), "{said}");
                let said = judged(&program, server, "unknown.example", "hmac-sha256", SECRET, &[]);
                assert!(said.contains("BADKEY"), "{said}");
            }
        },
    );
}

/// dig can have a clock of 2022, and codes that are cut.
#[test]
fn dig_understands_what_is_wrong_with_its_time_and_its_truncation() {
    let Some(program) = program("dig") else {
        return skip("dig is not installed");
    };
    served(Keys::new([key(Algorithm::HmacSha256)]), |server| {
        let said = judged(&program, server, NAME, "hmac-sha256", SECRET, &["+fuzztime"]);
        assert!(
            said.contains("clocks are unsynchronized") && said.contains("BADTIME"),
            "{said}"
        );
        let said = judged(&program, server, NAME, "hmac-sha256-128", SECRET, &[]);
        assert!(said.contains("BADTRUNC"), "{said}");
        let said = judged(&program, server, NAME, "hmac-sha256-120", SECRET, &[]);
        assert!(said.contains("FORMERR"), "{said}");
    });
}
