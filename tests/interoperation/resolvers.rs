//! Resolvers on every runtime ask real servers, and strange ones; dig says what is right.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nameward_core::client::{
    Answer, Config, LookupError, Outcome, Preference, Prefix, Query, Server, Source, Trouble,
};
use nameward_core::machine::Proto;
use nameward_core::rrset::Rrset;
use nameward_core::transport::Edns;
use nameward_core::wire::{Class, Rtype, Schema};
use nameward_driver::resolver::ResolveError;
use nameward_tests::peer::Zone;
use nameward_tests::peer::nsd::Nsd;
use nameward_tests::peer::unbound::Unbound;
use nameward_tests::peer::{corpus, dig, program, skip};
use nameward_tests::resolvers::{Outcomes, ask_everywhere, on_each};
use nameward_tests::zone_server::{Manner, Serving};

use crate::command::{printed, server};

pub(crate) struct Peers {
    nsd: PathBuf,
    unbound: PathBuf,
    pub(crate) dig: PathBuf,
    pub(crate) zones: Vec<Zone>,
}

impl Peers {
    pub(crate) fn find() -> Option<Self> {
        let (Some(nsd), Some(unbound), Some(dig)) = (program("nsd"), program("unbound"), program("dig"))
        else {
            skip("NSD, Unbound and dig are not all installed");
            return None;
        };
        let Some(file) = corpus("zones/knot-zones/records.zone") else {
            skip("NAMEWARD_CORPORA names no folder with the zones");
            return None;
        };
        let prefix =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("prefix-{:?}", std::thread::current().id()));
        let mut text = String::from("$TTL 60\n@ SOA . . 1 1 1 1 60\n@ NS ns.records.\n");
        for host in 0..256 {
            text += &format!("{host} PTR host{host}.records.\n");
        }
        std::fs::write(&prefix, text).unwrap();
        let zone = |apex, file| Zone { apex, file };
        let zones = vec![zone("records.", file), zone("2.0.192.in-addr.arpa.", prefix)];
        Some(Self {
            nsd,
            unbound,
            dig,
            zones,
        })
    }

    pub(crate) fn nsd(&self, settings: &[&str]) -> Nsd {
        Nsd::start_with(&self.nsd, &self.zones, settings).expect("NSD starts")
    }

    fn unbound(&self, nsd: &Nsd, settings: &[&str]) -> Unbound {
        Unbound::start(&self.unbound, nsd.address(), settings).expect("Unbound starts")
    }

    /// Each owner and type in the zone `records.` that prints as dig prints it, types that an owner lacks, and names that are not
    /// there. What is delegated is left out: nobody serves it.
    pub(crate) fn questions(&self, served: SocketAddr) -> Vec<(String, Rtype)> {
        let words = ["+noall", "+answer", "AXFR", "records."].map(str::to_owned);
        let transferred = printed(dig::ask(&self.dig, server(served).into_iter().chain(words)).unwrap());
        let mut questions = BTreeSet::from([("nobody.records.".to_owned(), Rtype::AAAA)]);
        for line in transferred.lines() {
            let fields: Vec<_> = line.split_ascii_whitespace().collect();
            let rtype: Rtype = fields[3].parse().unwrap();
            let known = Schema::of(rtype, Class::IN).is_some();
            // A zone has signatures and denials; a resolver that was not told so asks for none.
            questions.extend(known.then(|| (fields[0].to_owned(), rtype)));
            questions.insert((fields[0].to_owned(), Rtype::LOC));
        }
        let questions: Vec<_> = questions.into_iter().collect();
        let replies = ask_dig(&self.dig, served, &questions, &[]);
        let answered = questions.into_iter().zip(replies);
        let questions: Vec<_> = answered
            .filter(|(_, reply)| reply.contains(";; flags: qr aa"))
            .map(|(question, _)| question)
            .collect();
        assert!(questions.len() > 50, "{transferred}");
        questions
    }

    /// What dig sees at `address`.
    pub(crate) fn seen(
        &self,
        address: SocketAddr,
        questions: &[(String, Rtype)],
        words: &[&str],
    ) -> Vec<Seen> {
        let replies = ask_dig(&self.dig, address, questions, words);
        replies.iter().map(|reply| Seen::by_dig(reply)).collect()
    }
}

/// What dig prints of each reply, when it is asked all questions in a row.
pub(crate) fn ask_dig(
    dig: &Path,
    address: SocketAddr,
    questions: &[(String, Rtype)],
    words: &[&str],
) -> Vec<String> {
    let words = words.iter().map(|word| (*word).to_owned());
    let asked = questions
        .iter()
        .flat_map(|(name, rtype)| [name.clone(), rtype.to_string()]);
    let words = server(address).into_iter().chain(words).chain(asked);
    let printed = printed(dig::ask(dig, words).unwrap());
    let replies: Vec<_> = printed
        .split(";; Got answer:")
        .skip(1)
        .map(str::to_owned)
        .collect();
    assert_eq!(replies.len(), questions.len(), "{printed}");
    replies
}

/// What an answer says, whatever it looked like on its way.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) status: String,
    pub(crate) records: BTreeSet<String>,
}

impl Seen {
    pub(crate) fn by_dig(printed: &str) -> Self {
        let (_, rest) = printed.split_once("status: ").unwrap();
        let records = printed
            .split_once(";; ANSWER SECTION:\n")
            .map_or("", |(_, rest)| rest);
        let records = records.lines().take_while(|line| !line.is_empty());
        Self {
            status: rest.split(',').next().unwrap().to_owned(),
            records: records.map(without_ttl).collect(),
        }
    }

    pub(crate) fn by_us(outcome: &Result<Answer, ResolveError>) -> Self {
        let (status, sets) = match outcome {
            Ok(answer) => (
                if answer.outcome == Outcome::NxDomain {
                    "NXDOMAIN"
                } else {
                    "NOERROR"
                }
                .to_owned(),
                answer.rrsets.as_slice(),
            ),
            Err(ResolveError::Lookup(LookupError::Servers(failure))) => match failure.trouble {
                Trouble::Rcode(rcode) => (rcode.to_string(), Default::default()),
                other => (other.to_string(), Default::default()),
            },
            Err(error) => (error.to_string(), Default::default()),
        };
        let records = sets.iter().flat_map(Rrset::records);
        Self {
            status,
            records: records.map(|record| without_ttl(&record.to_string())).collect(),
        }
    }
}

/// A record, with one blank between its words.
pub(crate) fn without_ttl(record: &str) -> String {
    let mut words: Vec<_> = record.split_ascii_whitespace().collect();
    words.remove(1);
    words.join(" ")
}

pub(crate) fn queries(questions: &[(String, Rtype)]) -> Vec<Query> {
    let query = |(name, rtype): &(String, Rtype)| Query::records(name, *rtype).unwrap();
    questions.iter().map(query).collect()
}

pub(crate) fn asking(addresses: impl IntoIterator<Item = SocketAddr>) -> Config {
    Config {
        servers: addresses.into_iter().map(Server::new).collect(),
        preference: Preference::InOrder,
        ..Config::default()
    }
}

/// Requires that all resolvers see what dig saw, and gives what they got.
pub(crate) fn assert_seen(
    config: &Config,
    questions: &[(String, Rtype)],
    expected: &[Seen],
) -> Vec<Outcomes> {
    let all = ask_everywhere(config, &queries(questions));
    let all = all.into_iter().map(|(runtime, (outcomes, _))| {
        assert_eq!(outcomes.len(), expected.len());
        for ((outcome, expected), question) in outcomes.iter().zip(expected).zip(questions) {
            assert_eq!(Seen::by_us(outcome), *expected, "{question:?} on {runtime}");
        }
        outcomes
    });
    all.collect()
}

/// How many of the answers came over this, without what came from elsewhere.
pub(crate) fn over(outcomes: &Outcomes, wanted: Proto) -> usize {
    let over = |outcome: &&Result<Answer, _>| {
        let source = outcome.as_ref().map(|answer| answer.source);
        matches!(source, Ok(Source::Server { proto, .. }) if proto == wanted)
    };
    outcomes.iter().filter(over).count()
}

#[test]
fn every_record_that_unbound_and_nsd_know_is_what_dig_sees_whatever_they_are_set_to() {
    let Some(peers) = Peers::find() else { return };
    let nsd = peers.nsd(&[]);
    let unbound = peers.unbound(&nsd, &[]);
    let questions = peers.questions(nsd.address());
    let expected = peers.seen(unbound.address(), &questions, &[]);
    assert!(expected.iter().any(|seen| seen.status == "NXDOMAIN"));
    assert!(expected.iter().filter(|seen| !seen.records.is_empty()).count() > 50);

    let by_unbound = assert_seen(&asking([unbound.address()]), &questions, &expected);
    assert!(
        by_unbound
            .iter()
            .all(|outcomes| over(outcomes, Proto::Datagram) > 50)
    );

    let small = peers.unbound(&nsd, &["max-udp-size: 512"]);
    let by_small = assert_seen(&asking([small.address()]), &questions, &expected);
    for outcomes in &by_small {
        assert!(over(outcomes, Proto::Stream) > over(&by_unbound[0], Proto::Stream));
    }

    let over_streams = peers.unbound(&nsd, &["do-udp: no"]);
    let impatient = Config {
        timeout: Duration::from_millis(100),
        attempts: 1,
        ..asking([over_streams.address()])
    };
    let some = 8.min(questions.len());
    for outcomes in assert_seen(&impatient, &questions[..some], &expected[..some]) {
        assert_eq!(over(&outcomes, Proto::Datagram), 0);
    }
    let streams_only = Config {
        stream_only: true,
        ..asking([over_streams.address()])
    };
    assert_seen(&streams_only, &questions, &expected);
}

#[test]
fn every_record_that_nsd_answers_itself_is_what_dig_sees() {
    let Some(peers) = Peers::find() else { return };
    let nsd = peers.nsd(&[]);
    let questions = peers.questions(nsd.address());
    let seen = peers.seen(nsd.address(), &questions, &[]);
    // NSD is no resolver: of an alias that leads out of its zone it says no more.
    let is_whole = |seen: &Seen| !seen.records.iter().any(|record| record.contains(" CNAME "));
    let whole = questions.into_iter().zip(seen).filter(|(_, seen)| is_whole(seen));
    let (questions, expected): (Vec<_>, Vec<_>) = whole.unzip();
    assert!(questions.len() > 50);
    assert_seen(&asking([nsd.address()]), &questions, &expected);
    let small = peers.nsd(&["ipv4-edns-size: 512"]);
    assert_seen(&asking([small.address()]), &questions, &expected);
    // With a cookie of NSD's in each query after the first, and without any EDNS.
    let plain = Config {
        edns: None,
        cookies: false,
        ..asking([nsd.address()])
    };
    assert_seen(&plain, &questions, &expected);
    let with_dnssec = Config {
        edns: Some(Edns {
            dnssec_ok: true,
            ..Edns::default()
        }),
        ..asking([nsd.address()])
    };
    let expected = peers.seen(nsd.address(), &questions, &["+dnssec"]);
    assert_seen(&with_dnssec, &questions, &expected);
}

#[test]
fn the_names_of_a_whole_prefix_are_those_that_dig_sees() {
    let Some(peers) = Peers::find() else { return };
    let nsd = peers.nsd(&[]);
    let unbound = peers.unbound(&nsd, &[]);
    let prefix: Prefix = "192.0.2.0/24".parse().unwrap();
    let mut words: Vec<_> = server(unbound.address()).into();
    words.extend(
        prefix
            .addresses()
            .flat_map(|address| ["-x".to_owned(), address.to_string()]),
    );
    words.insert(0, "+short".to_owned());
    let by_dig = printed(dig::ask(&peers.dig, words).unwrap());
    // It warns of what comes to its port from elsewhere, where other tests look for servers.
    let by_dig = by_dig.lines().filter(|line| !line.starts_with(";;"));
    let by_dig: Vec<_> = by_dig.map(str::to_owned).collect();
    assert_eq!(by_dig.len(), 256);
    let by_us = on_each(&asking([unbound.address()]), async |resolver| {
        let mut names = Vec::new();
        let mut reverse = resolver.reverse_prefix(prefix);
        while let Some((_, answer)) = reverse.next().await {
            names.extend(answer.unwrap().names().map(|name| name.to_string()));
        }
        names
    });
    for (names, _) in by_us {
        assert_eq!(names, by_dig);
    }
}

/// One that is dead, and then each kind of strange server. dig is told what its server wants; a resolver finds it out.
#[test]
fn what_strange_servers_answer_in_the_end_is_what_dig_sees() {
    const ZONE: &str =
        "$TTL 60\nexample. SOA . . 1 1 1 1 60\nwww.example. A 192.0.2.1\nmail.example. CNAME www.example.\n";
    let Some(dig) = program("dig") else {
        return skip("dig is not installed");
    };
    let questions = [
        ("www.example.", Rtype::A),
        ("mail.example.", Rtype::A),
        ("no.example.", Rtype::TXT),
    ]
    .map(|(name, rtype)| (name.to_owned(), rtype));
    for (manner, words) in [
        (Manner::Good, &[][..]),
        (Manner::RefusesEdns, &["+noedns"]),
        (Manner::Truncates, &[]),
        (Manner::StreamsOnly, &["+tcp"]),
        (Manner::WantsCookies, &["+cookie"]),
        (Manner::Late, &["+time=1", "+tries=2"]),
    ] {
        let strange = Serving::start(ZONE, manner);
        // It never replies, and nobody accepts its streams.
        let dead = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let replies = ask_dig(&dig, strange.address(), &questions, words);
        let expected: Vec<_> = replies.iter().map(|reply| Seen::by_dig(reply)).collect();
        for servers in [
            vec![strange.address()],
            vec![dead.local_addr().unwrap(), strange.address()],
        ] {
            let config = Config {
                timeout: Duration::from_millis(50),
                ..asking(servers)
            };
            assert_seen(&config, &questions, &expected);
        }
    }
}

#[test]
fn servers_that_never_reply_end_a_look_up_with_a_timeout_on_every_runtime() {
    let dead = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let config = Config {
        timeout: Duration::from_millis(20),
        attempts: 2,
        ..asking([dead.local_addr().unwrap()])
    };
    let questions = [("www.example.".to_owned(), Rtype::A)];
    for (runtime, (outcomes, _)) in ask_everywhere(&config, &queries(&questions)) {
        let outcome = outcomes.into_iter().next().unwrap();
        let Err(ResolveError::Lookup(LookupError::Servers(failure))) = outcome else {
            panic!("{outcome:?} on {runtime}")
        };
        assert_eq!(failure.server, dead.local_addr().unwrap());
        assert!(
            matches!(failure.trouble, Trouble::Exchange(_)),
            "{failure:?} on {runtime}"
        );
    }
}
