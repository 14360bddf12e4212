//! NSD answers from the same zones.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::time::Duration;

use bytes::BytesMut;
use nameward_core::server::answer::answer_from;
use nameward_core::text::zone::{ZoneEvent, ZoneReader, ZoneReaderConfig};
use nameward_core::wire::{Class, Flags, Message, MessageWriter, Name, Opt, QuestionRef, Rtype};
use nameward_core::zone::{Place, Zone, ZoneBuilder, Zones};
use nameward_tests::peer::nsd::Nsd;
use nameward_tests::peer::{self, corpus, program, skip};

use crate::differences::Differences;
use crate::reply::Reply;

/// What NSD sends at most, as it is configured when nothing is said.
const LARGEST: u16 = 1232;

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

/// The zones: one that was made for this, and those of others.
fn zones() -> Option<Vec<peer::Zone>> {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("authority/example.zone");
    let mut zones = vec![peer::Zone {
        apex: "nameward.invalid.",
        file: own,
    }];
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
    Some(zones)
}

#[test]
fn nsd_answers_alike_or_as_was_decided() {
    let Some(nsd) = program("nsd") else {
        return skip("NSD is not installed");
    };
    let Some(files) = zones() else {
        return skip("NAMEWARD_CORPORA names no folder with the zones");
    };
    let nsd = Nsd::start(&nsd, &files).expect("NSD starts");
    let zones = Zones::new(files.iter().map(load));
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut differences = Differences::read();
    let (mut compared, mut truncated, mut wrong) = (0_u32, 0_u32, Vec::new());
    for zone in zones.iter() {
        let apex = zone.node(zone.apex()).unwrap();
        let signed = apex.rrset(Rtype::SOA).unwrap().signatures().next().is_some();
        for (name, rtype) in questions(zone) {
            for dnssec_ok in [false, true] {
                for size in [512, 700, LARGEST, 4096] {
                    let query = query(&name, rtype, dnssec_ok, size);
                    let theirs = Reply::read(&exchange(&socket, nsd.address(), &query));
                    let ours = Reply::read(&respond(&zones, &query, size.min(LARGEST)));
                    compared += 1;
                    truncated += u32::from(ours.tc);
                    // The proofs of denial, which are not made yet, take room in signed zones.
                    let roomy = size >= LARGEST || !(dnssec_ok && signed);
                    for what in compare(&ours, &theirs, roomy) {
                        if !differences.decide(&name.to_string(), &rtype.to_string(), what) {
                            wrong.push(format!(
                                "{name} {rtype} DO={dnssec_ok} {size}: {what}\nours {ours:#?}\ntheirs {theirs:#?}"
                            ));
                        }
                    }
                }
            }
        }
    }
    let _ = writeln!(
        std::io::stderr(),
        "{compared} responses compared with NSD, {truncated} truncated"
    );
    assert!(
        compared > 10_000 && truncated > 50,
        "{compared} compared, {truncated} truncated"
    );
    let idle = differences.idle();
    assert!(idle.is_empty(), "these decide nothing: {idle:#?}");
    assert!(
        wrong.is_empty(),
        "{} differences; the first:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
}

/// What differs.
fn compare(ours: &Reply, theirs: &Reply, roomy: bool) -> Vec<&'static str> {
    let mut different = Vec::new();
    let mut check = |what, same: bool| {
        if !same {
            different.push(what);
        }
    };
    check("rcode", ours.rcode == theirs.rcode);
    check("aa", ours.aa == theirs.aa);
    check("tc", ours.tc == theirs.tc || !roomy);
    if !ours.tc && !theirs.tc {
        check("answer", ours.answer == theirs.answer);
        check("authority", ours.authority == theirs.authority);
        // NSD adds addresses of name servers that it adds to answers.
        let helped = if ours.refers() {
            ours.additional == theirs.additional
        } else {
            ours.additional.is_subset(&theirs.additional)
        };
        check("additional", helped || !roomy);
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
        for label in [&b"\x01*"[..], b"\x07missing", b"\x01x\x01y"] {
            if let Ok(below) = Name::from_wire(&[label, name.as_wire()].concat()) {
                questions.extend(TYPES.map(|rtype| (below.clone(), rtype)));
            }
        }
    }
    questions
}

fn load(zone: &peer::Zone) -> Zone {
    let apex: Name = zone.apex.parse().unwrap();
    let mut builder = ZoneBuilder::new(apex.clone(), Class::IN);
    let mut reader = ZoneReader::new(apex, ZoneReaderConfig::default());
    reader.push(&std::fs::read(&zone.file).unwrap());
    reader.finish();
    loop {
        match reader.advance().unwrap() {
            ZoneEvent::Record(record) => builder.add(record, Place::default()),
            ZoneEvent::Ended => break,
            other => panic!("{other:?}"),
        }
    }
    let built = builder.build();
    built
        .zone
        .unwrap_or_else(|| panic!("{}: {:#?}", zone.apex, built.findings))
}

fn query(name: &Name, rtype: Rtype, dnssec_ok: bool, size: u16) -> BytesMut {
    let mut query = BytesMut::new();
    let mut writer = MessageWriter::new(&mut query, 512, 1, Flags::default());
    writer.question(name, rtype, Class::IN).unwrap();
    let opt = Opt {
        udp_payload: size,
        dnssec_ok,
        ..Opt::default()
    };
    writer.opt(&opt).unwrap();
    writer.finish();
    query
}

fn exchange(socket: &UdpSocket, server: SocketAddr, query: &[u8]) -> Vec<u8> {
    let mut reply = vec![0; 65_535];
    for _ in 0..3 {
        socket.send_to(query, server).unwrap();
        if let Ok(length) = socket.recv(&mut reply) {
            reply.truncate(length);
            return reply;
        }
    }
    panic!("NSD does not answer");
}

/// Our response, as short as it has to be.
fn respond(zones: &Zones, query: &[u8], limit: u16) -> BytesMut {
    let query = Message::parse(query).unwrap();
    let question: QuestionRef<'_> = query.question().unwrap();
    let dnssec_ok = query.opt().is_some_and(|opt| opt.dnssec_ok());
    let opt = Opt {
        dnssec_ok,
        ..Opt::default()
    };
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, limit, query.id(), Flags::default().with_qr(true));
    writer.reserve_opt(&opt).unwrap();
    writer
        .question(question.name, question.rtype, question.class)
        .unwrap();
    let outcome = answer_from(zones, question, dnssec_ok, &mut writer);
    writer.set_flags(outcome.flags(writer.flags()));
    writer.opt(&opt).unwrap();
    writer.finish();
    out
}
