//! The same questions to us and to a peer that serves the same zones.

use std::collections::BTreeSet;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::time::Duration;
use std::{fs, thread};

use bytes::BytesMut;
use nameward_core::flow::ListenerId;
use nameward_core::seed::Seed;
use nameward_core::server::respond::{
    Policy, Request, Responded, ResponderConfig, Shard, Transport, respond,
};
use nameward_core::time::{Instant, Now};
use nameward_core::wire::{Class, Flags, MessageWriter, Name, Opt, Rtype};
use nameward_core::zone::{Zone, Zones};
use nameward_tests::peer::{self, corpus};
use nameward_tests::zones;

use crate::differences::Differences;
use crate::reply::Reply;
use crate::signed;

/// The sizes that are offered for datagrams. The peers are set up to send up to the largest of them.
const SIZES: [u16; 4] = [512, 700, 1232, 4096];

const TYPES: [Rtype; 10] = [
    Rtype::A,
    Rtype::NS,
    Rtype::CNAME,
    Rtype::SOA,
    Rtype::MX,
    Rtype::TXT,
    Rtype::DNAME,
    Rtype::DS,
    Rtype::RRSIG,
    Rtype::ANY,
];

/// The files of all zones, if the corpora are there.
pub(crate) fn zones() -> Option<Vec<peer::Zone>> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("authority");
    let large =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("large-{:?}.zone", thread::current().id()));
    fs::write(&large, generated(include_str!("large.zone"))).unwrap();
    let mut zones: Vec<_> = [
        ("nameward.invalid.", own.join("example.zone")),
        ("large.invalid.", large),
    ]
    .map(|(apex, file)| peer::Zone { apex, file })
    .into();
    for (apex, file) in [
        ("records.", "zones/knot-zones/records.zone"),
        ("test.", "zones/knot-zones/basic-additionals-test.zone"),
        ("example.org.", "zones/dnst/example.org"),
        ("example.", "zones/knot-zones/basic-nsec-example.zone.nsec"),
        ("wtest.com.", "zones/pdns-auth/zones/wtest.com"),
    ] {
        zones.push(peer::Zone {
            apex,
            file: corpus(file)?,
        });
    }
    zones.extend(signed::zones());
    Some(zones)
}

/// A zone file with what its lines of `$GENERATE` stand for, which not every server reads.
fn generated(text: &str) -> String {
    let expand = |line: &str| match line
        .strip_prefix("$GENERATE 1-")
        .and_then(|rest| rest.split_once(' '))
    {
        Some((last, template)) => (1..=last.parse().unwrap())
            .map(|number: u32| template.replace('$', &number.to_string()) + "\n")
            .collect(),
        None => format!("{line}\n"),
    };
    text.lines().map(expand).collect()
}

/// A peer that serves the zones.
pub(crate) struct Peer {
    /// As the table of differences calls it.
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
}

/// Asks both about everything that there is in the zones and around it.
pub(crate) fn compare_all(peer: &Peer, files: &[peer::Zone]) {
    let zones = Zones::new(files.iter().map(load));
    let mut line = Line::new(peer.address);
    let mut differences = Differences::of(peer.name);
    let mut server = Server::new(&zones);
    let (mut compared, mut truncated, mut wrong) = (0_u32, 0_u32, Vec::new());
    for zone in zones.iter() {
        for (name, rtype) in questions(zone) {
            for dnssec_ok in [false, true] {
                let in_full = query(&name, rtype, dnssec_ok, Over::Stream);
                let whole = Reply::read(&server.respond(&in_full, Over::Stream));
                for over in SIZES.map(Over::Datagram).into_iter().chain([Over::Stream]) {
                    let query = query(&name, rtype, dnssec_ok, over);
                    let theirs = Reply::read(&line.ask(&query, over));
                    let ours = server.respond(&query, over);
                    assert!(
                        ours.len() <= over.limit().into(),
                        "{name} {rtype}: {}",
                        ours.len()
                    );
                    let ours = Reply::read(&ours);
                    compared += 1;
                    truncated += u32::from(ours.tc);
                    for what in compare(&ours, &theirs, &whole) {
                        if !differences.decide(&name.to_string(), &rtype.to_string(), what) {
                            wrong.push(format!(
                                "{name} {rtype} DO={dnssec_ok} {over:?}: {what}\nours {ours:#?}\ntheirs {theirs:#?}"
                            ));
                        }
                    }
                }
            }
        }
    }
    let _ = writeln!(
        io::stderr(),
        "{compared} responses compared with {}, {truncated} truncated",
        peer.name
    );
    assert!(
        compared > 10_000 && truncated > 500,
        "{compared} compared, {truncated} truncated"
    );
    assert!(
        wrong.is_empty(),
        "{} differences; the first:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
    let idle = differences.idle();
    assert!(
        idle.is_empty(),
        "these decide nothing for {}: {idle:#?}",
        peer.name
    );
}

/// How a question is put.
#[derive(Clone, Copy, Debug)]
enum Over {
    /// In a datagram, with room for one of this size.
    Datagram(u16),
    Stream,
}

impl Over {
    const fn limit(self) -> u16 {
        match self {
            Self::Datagram(size) => size,
            Self::Stream => u16::MAX,
        }
    }
}

/// The ways to a peer.
struct Line {
    address: SocketAddr,
    datagrams: UdpSocket,
    stream: Option<TcpStream>,
}

/// How long a reply is waited for: only a failure takes that long.
const PATIENCE: Duration = Duration::from_secs(5);

impl Line {
    fn new(address: SocketAddr) -> Self {
        let datagrams = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        datagrams.connect(address).unwrap();
        datagrams.set_read_timeout(Some(PATIENCE)).unwrap();
        Self {
            address,
            datagrams,
            stream: None,
        }
    }

    fn ask(&mut self, query: &[u8], over: Over) -> Vec<u8> {
        for _ in 0..3 {
            let reply = match over {
                Over::Datagram(_) => self.ask_in_datagram(query),
                Over::Stream => self.ask_over_stream(query),
            };
            match reply {
                Ok(reply) => return reply,
                // A server may have had enough of a connection.
                Err(_) => self.stream = None,
            }
        }
        panic!("{} does not answer", self.address);
    }

    fn ask_in_datagram(&self, query: &[u8]) -> io::Result<Vec<u8>> {
        self.datagrams.send(query)?;
        let mut reply = vec![0; 65_535];
        let length = self.datagrams.recv(&mut reply)?;
        reply.truncate(length);
        Ok(reply)
    }

    fn ask_over_stream(&mut self, query: &[u8]) -> io::Result<Vec<u8>> {
        let stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream
            }
        };
        let stream = self.stream.insert(stream);
        let length = u16::try_from(query.len()).unwrap().to_be_bytes();
        stream.write_all(&[&length, query].concat())?;
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut reply = vec![0; u16::from_be_bytes(length).into()];
        stream.read_exact(&mut reply)?;
        Ok(reply)
    }
}

/// What differs. `whole` is our response where there is room for all of it.
fn compare(ours: &Reply, theirs: &Reply, whole: &Reply) -> Vec<&'static str> {
    let mut different = Vec::new();
    let mut check = |what, same: bool| {
        if !same {
            different.push(what);
        }
    };
    check("rcode", ours.rcode == theirs.rcode);
    check("aa", ours.aa == theirs.aa);
    check("tc", ours.tc == theirs.tc);
    check("edns", ours.edns == theirs.edns);
    if !ours.tc && !theirs.tc {
        check("answer", ours.answer == theirs.answer);
        check("authority", ours.authority == theirs.authority);
        check("glue", ours.glue == theirs.glue);
        // Peers add addresses of name servers that they add to answers. What of all that only helps is left out, and in which order,
        // where there is no room for all, is for each to choose (RFC 2181 section 9).
        let helped = ours.additional.is_subset(&theirs.additional);
        check(
            "additional",
            helped || ours.additional.len() < whole.additional.len(),
        );
    }
    different
}

/// Each name with each of its types and some others, names below each and the wildcard below it.
fn questions(zone: &Zone) -> BTreeSet<(Name, Rtype)> {
    let mut questions = BTreeSet::new();
    for node in zone.nodes() {
        let name = node.name().to_name();
        for rtype in node.rrsets().map(|set| set.rtype()).chain(TYPES) {
            questions.insert((name.clone(), rtype));
        }
        // Nothing is below the names of hashes, and no name is like another.
        if node.rrset(Rtype::NSEC3).is_some() {
            continue;
        }
        for label in [&b"\x01*"[..], b"\x07missing", b"\x01x\x01y"] {
            if let Ok(below) = Name::from_wire(&[label, name.as_wire()].concat()) {
                questions.extend(TYPES.map(|rtype| (below.clone(), rtype)));
            }
        }
    }
    questions
}

pub(crate) fn load(zone: &peer::Zone) -> Zone {
    zones::zone(zone.apex, &std::fs::read_to_string(&zone.file).unwrap())
}

fn query(name: &Name, rtype: Rtype, dnssec_ok: bool, over: Over) -> BytesMut {
    let mut query = BytesMut::new();
    let mut writer = MessageWriter::new(&mut query, 512, 1, Flags::default());
    writer.question(name, rtype, Class::IN).unwrap();
    let opt = Opt {
        udp_payload: over.limit().min(SIZES[3]),
        dnssec_ok,
        ..Opt::default()
    };
    writer.opt(&opt).unwrap();
    writer.finish();
    query
}

/// Our server, on the whole path that a request takes.
struct Server<'z> {
    zones: &'z Zones,
    policy: Policy,
    shard: Shard,
}

impl<'z> Server<'z> {
    fn new(zones: &'z Zones) -> Self {
        let policy = Policy::new(ResponderConfig {
            udp_payload: SIZES[3],
            ..ResponderConfig::default()
        })
        .unwrap();
        Self {
            zones,
            shard: Shard::new(&policy, &Seed::from_number(1)),
            policy,
        }
    }

    fn respond(&mut self, query: &[u8], over: Over) -> BytesMut {
        let request = Request {
            peer: SocketAddr::from((Ipv4Addr::LOCALHOST, 53_000)),
            listener: ListenerId(0),
            transport: match over {
                Over::Datagram(_) => Transport::Datagram,
                Over::Stream => Transport::Stream,
            },
            data: query,
        };
        let mut out = BytesMut::new();
        let now = Now::without_wall(Instant::ZERO);
        let responded = respond(self.zones, &self.policy, &mut self.shard, now, &request, &mut out);
        assert!(matches!(responded, Responded::Reply(_)), "{responded:?}");
        out
    }
}
