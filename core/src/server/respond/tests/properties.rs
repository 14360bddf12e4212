//! What holds for all requests.

use super::*;
use crate::wire::{Record, Section};
use alloc::collections::BTreeMap;
use alloc::format;
use core::fmt::Write as _;
use proptest::prelude::*;
use std::sync::OnceLock;

/// The signature of an RRset.
fn signature(owner: &str, rtype: &str) -> String {
    format!(
        "{owner} RRSIG {rtype} 8 2 60 20300101000000 20200101000000 1 example. {}AAAA\n",
        "AAAA".repeat(40)
    )
}

/// A zone with RRsets of all sizes around those of datagrams.
fn zone() -> String {
    let mut zone = String::from("$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n");
    zone.push_str(&signature("@", "SOA"));
    for count in 1..18 {
        let text = format!("t{count}");
        for number in 0..count {
            writeln!(zone, "{text} TXT {}{number:02}", "x".repeat(200)).unwrap();
        }
        zone.push_str(&signature(&text, "TXT"));
        writeln!(zone, "alias{count} CNAME {text}\nmail{count} MX 0 cut{count}").unwrap();
        for number in 0..count {
            writeln!(
                zone,
                "cut{count} NS ns{number}.cut{count}\ncut{count} NS ns{number}.cut{}",
                count % 17 + 1
            )
            .unwrap();
            writeln!(
                zone,
                "ns{number}.cut{count} A 192.0.2.{number}\nns{number}.cut{count} AAAA 2001:db8::{number}"
            )
            .unwrap();
        }
        zone.push_str(&format!(
            "cut{count} DS 1 8 2 00\n{}",
            signature(&format!("cut{count}"), "DS")
        ));
    }
    zone
}

/// The RRsets of a section, by owner, type and type that is covered.
fn rrsets(message: &OwnedMessage, section: Section) -> BTreeMap<(String, Rtype, u16), Vec<Record>> {
    let mut sets: BTreeMap<_, Vec<Record>> = BTreeMap::new();
    for record in message.records(section) {
        let covered = match (record.rtype(), record.rdata.octets()) {
            (Rtype::RRSIG, &[a, b, ..]) => u16::from_be_bytes([a, b]),
            _ => 0,
        };
        let key = (record.owner.to_string().to_lowercase(), record.rtype(), covered);
        sets.entry(key).or_default().push(record.clone());
    }
    sets
}

/// It is made once for all cases.
static ZONES: OnceLock<Zones> = OnceLock::new();

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Over a stream everything fits, so that what is missing in a datagram is seen.
    #[test]
    fn rfc2181_9_and_rfc9471_3_tc_says_that_an_rrset_is_missing_that_has_to_be_there(
        kind in 0_usize..7,
        count in 1..18,
        edns: bool,
        dnssec_ok: bool,
        client in 0_u16..5000,
        own in 512_u16..=4096,
    ) {
        let (name, rtype) = [
            (format!("t{count}"), Rtype::TXT),
            (format!("alias{count}"), Rtype::TXT),
            (format!("x.cut{count}"), Rtype::A),
            (format!("cut{count}"), Rtype::DS),
            (format!("mail{count}"), Rtype::MX),
            (format!("missing{count}"), Rtype::A),
            (format!("t{count}"), Rtype::A),
        ][kind].clone();
        let opt = Opt { udp_payload: client, dnssec_ok, ..Opt::default() };
        let asked = query(&format!("{name}.example."), rtype, Some(&opt).filter(|_| edns));
        let mut server = Server::new(ResponderConfig { udp_payload: own, ..ResponderConfig::default() });
        server.zones = ZONES.get_or_init(|| Zones::new(build("example.", &zone()).zone)).clone();
        let (_, octets) = server.handle(&asked);
        let limit = if edns { client.max(512).min(own) } else { 512 };
        prop_assert!(octets.len() <= usize::from(limit));
        let datagram = server.reply(&asked);
        server.transport = Transport::Stream;
        let stream = server.reply(&asked);
        prop_assert!(!stream.flags().tc());
        prop_assert_eq!(datagram.rcode(), stream.rcode());
        prop_assert_eq!(datagram.opt().is_some(), edns);
        let mut missing = false;
        let referral = stream.records(Section::Authority).iter().find(|record| record.rtype() == Rtype::NS);
        for section in Section::ALL {
            let (here, whole) = (rrsets(&datagram, section), rrsets(&stream, section));
            prop_assert!(!whole.is_empty() || here.is_empty());
            for (key, set) in &here {
                prop_assert_eq!(Some(set), whole.get(key), "an RRset is whole or not there");
            }
            missing |= whole.iter().filter(|(key, _)| !here.contains_key(*key)).any(|(_, set)| {
                section != Section::Additional
                    || referral.is_some_and(|cut| set[0].owner.is_subdomain_of(&cut.owner) && set[0].rtype() != Rtype::RRSIG)
            });
        }
        prop_assert_eq!(datagram.flags().tc(), missing);
    }

    /// Whatever arrives: what is said about it is a message of the right size with its ID, or nothing.
    #[test]
    fn any_octets_get_one_response_or_none(
        start in prop::collection::vec(any::<u8>(), 0..14),
        name in prop::collection::vec(any::<u8>(), 0..6),
        rest in prop::collection::vec(any::<u8>(), 0..60),
        whole: bool,
        transport in 0_usize..3,
    ) {
        let mut data = start;
        if whole {
            // Something that looks like a query.
            data.resize(4, 0);
            data.extend_from_slice(&[0, 1, 0, 0, 0, 0, 0, u8::from(rest.len() > 30)]);
            data.extend_from_slice(&name);
        }
        data.extend_from_slice(&rest);
        let mut server = Server {
            transport: [Transport::Datagram, Transport::Stream, Transport::SecureStream][transport],
            ..Server::new(ResponderConfig { notify: AccessRules::all(Access::Allow), ..ResponderConfig::default() })
        };
        let (responded, out) = server.handle(&data);
        let header = Header::parse(&data);
        match (responded, header) {
            (Responded::Reply(reply), Ok(header)) => {
                let message = Message::parse(&out).unwrap();
                prop_assert!(!header.flags.qr());
                prop_assert_eq!((message.id(), message.opcode()), (header.id, header.flags.opcode()));
                prop_assert!(message.flags().qr());
                prop_assert_eq!(message.flags().rd(), header.flags.rd());
                prop_assert_eq!(message.rcode(), reply.rcode);
                let most = match (transport, message.opt()) {
                    (0, None) => 512,
                    (0, Some(_)) => 1232,
                    _ => 65_535,
                };
                prop_assert!(out.len() <= most);
            }
            (Responded::Ignored(why), header) => {
                prop_assert!(out.is_empty());
                match header {
                    Ok(header) => prop_assert_eq!((why, header.flags.qr()), (Ignored::NotAQuery, true)),
                    Err(_) => prop_assert_eq!(why, Ignored::Malformed { offset: u16::try_from(data.len()).unwrap() }),
                }
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }
}
