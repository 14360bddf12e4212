//! Look-ups of a stub resolver, in lock step with its servers.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use nameward_core::client::{
    Answer, Command, Config, Event, Families, HostsIndex, Lookup, LookupId, LookupOptions, Preference,
    Prefix, Query, Route, Server, Source, Stub,
};
use nameward_core::machine::Proto;
use nameward_core::rrset::Rrset;
use nameward_core::wire::Rtype;
use nameward_tests::assert_parity;
use nameward_tests::name_server::{DATAGRAMS, NameServer, STREAMS};
use nameward_tests::parity::{Log, Names};
use nameward_tests::stage::{Props, Stage};
use nameward_tests::zone_server::{self, Manner, ZoneServer};

pub(crate) const ZONE: &str = "\
$TTL 3600
example. SOA . . 1 1 1 1 60
example. MX 10 mail.example.
www.example. A 192.0.2.1
www.example. A 192.0.2.2
www.example. AAAA 2001:db8::1
mail.example. CNAME host.mail.example.
host.mail.example. A 192.0.2.3
www.b.example. A 192.0.2.4
$GENERATE 0-255 $.2.0.192.in-addr.arpa. PTR host$.example.
";

/// A stub and its servers on a stage.
struct Play<'s, S: Stage> {
    stage: &'s mut S,
    servers: Vec<S::Host<NameServer<ZoneServer>>>,
    stub: S::Host<Stub>,
    asked: u64,
    events: Vec<Event>,
}

/// What came of the look-ups, by their numbers; and what the stub did, and each server.
#[derive(Debug, PartialEq)]
struct Played {
    outcomes: Vec<String>,
    stub: Log,
    servers: Vec<Log>,
}

impl<'s, S: Stage> Play<'s, S> {
    /// A server for each manner, and a stub that asks them in this order unless `change` says otherwise.
    fn new(stage: &'s mut S, manners: &[Manner], change: impl FnOnce(&mut Config)) -> Self {
        let mut servers = Vec::new();
        let mut addresses = Vec::new();
        for (number, manner) in (10..).zip(manners) {
            let props = Props {
                seed: number,
                listeners: vec![(DATAGRAMS, Proto::Datagram), (STREAMS, Proto::Stream)],
            };
            let config = zone_server::Config {
                zone: Bytes::from_static(ZONE.as_bytes()),
                manner: *manner,
            };
            let server = stage.enter::<NameServer<ZoneServer>>(&props, config);
            addresses.push(Server::new(stage.address(&server, DATAGRAMS)));
            servers.push(server);
        }
        let mut config = Config {
            servers: addresses,
            preference: Preference::InOrder,
            timeout: Duration::from_millis(300),
            ..Config::default()
        };
        change(&mut config);
        let props = Props {
            seed: 2,
            listeners: Vec::new(),
        };
        let stub = stage.enter::<Stub>(&props, config);
        Self {
            stage,
            servers,
            stub,
            asked: 0,
            events: Vec::new(),
        }
    }

    /// Begins a look-up.
    fn begin(&mut self, query: Query, options: LookupOptions) -> LookupId {
        let id = LookupId(self.asked);
        self.asked += 1;
        self.command(Command::Lookup(Lookup { id, query, options }));
        id
    }

    fn command(&mut self, command: Command) {
        self.stage.command(&mut self.stub, command);
    }

    /// Waits for so many look-ups to end.
    fn wait(&mut self, count: usize) {
        self.events.extend(self.stage.events(&mut self.stub, count));
    }

    /// Looks something up, and waits for the outcome.
    fn ask(&mut self, query: Query) {
        self.begin(query, LookupOptions::default());
        self.wait(1);
    }

    fn end(self) -> Played {
        let mut events = self.events;
        events.sort_by_key(Event::id);
        let stage = self.stage;
        let mut stub = Log::with_events::<Stub>(&stage.leave(self.stub), describe);
        // Each look-up has its own log; which of two ends first is not a part of it.
        stub.events.sort();
        let servers = self.servers.into_iter();
        Played {
            outcomes: events.iter().map(outcome).collect(),
            stub,
            servers: servers
                .map(|server| Log::of::<NameServer<ZoneServer>>(&stage.leave(server)))
                .collect(),
        }
    }
}

/// What an event says, without times, and with the server's name for its address.
pub(crate) fn describe(event: &Event, names: &mut Names) -> String {
    let sets = |sets: &[Rrset]| {
        let records = sets.iter().flat_map(Rrset::records);
        records
            .map(|record| format!("{} {}", record.owner, record.rdata))
            .collect::<Vec<_>>()
    };
    match event {
        Event::Answered { id, answer } => {
            let Answer {
                name,
                outcome,
                rrsets,
                authority,
                source,
                ..
            } = answer;
            let source = match source {
                Source::Server { address, proto } => format!("{} over {proto:?}", names.address(*address)),
                other => format!("{other:?}"),
            };
            let (rrsets, authority) = (sets(rrsets), sets(authority));
            format!("{id:?} {name} {outcome:?} {rrsets:?} {authority:?} from {source}")
        }
        // The address of a server in its text is that of the stage.
        Event::Failed { id, .. } => format!("{id:?} {}", outcome(event)),
    }
}

/// What an event says in a few words, for the expectations here.
fn outcome(event: &Event) -> String {
    match event {
        Event::Answered { answer, .. } => {
            let from = match answer.source {
                Source::Server { proto, .. } => format!("{proto:?}"),
                other => format!("{other:?}"),
            };
            let addresses: Vec<_> = answer.addresses().map(|address| address.to_string()).collect();
            let mut words = vec![format!("{:?}", answer.outcome), from];
            words.extend(addresses);
            words.extend(answer.names().map(|name| name.to_string()));
            words.join(" ")
        }
        Event::Failed { error, .. } => match error {
            nameward_core::client::LookupError::NoServer => "no server".into(),
            nameward_core::client::LookupError::Servers(failure) => format!("failed: {}", failure.trouble),
            other => format!(
                "failed: {}",
                other.to_string().split(':').next().unwrap_or_default()
            ),
        },
    }
}

fn ipv4(name: &str) -> Query {
    Query::records(name, Rtype::A).expect("a name")
}

/// Answers of each kind, and the same again from the cache.
fn look_ups<S: Stage>(stage: &mut S) -> Played {
    let mut play = Play::new(stage, &[Manner::Good], |_| {});
    for _ in 0..2 {
        play.ask(ipv4("www.example."));
        play.ask(ipv4("mail.example."));
        play.ask(ipv4("nobody.example."));
        play.ask(Query::mx("www.example.").expect("a name"));
    }
    play.end()
}

#[test]
fn answers_of_each_kind_are_the_same_everywhere_and_then_come_from_the_cache() {
    let played = assert_parity!(look_ups);
    let [from_server, from_cache] = ["Datagram", "Cache"].map(|from| {
        [
            format!("Positive {from} 192.0.2.1 192.0.2.2"),
            format!("Positive {from} 192.0.2.3"),
            format!("NxDomain {from}"),
            format!("NoData {from}"),
        ]
    });
    assert_eq!(played.outcomes, [from_server, from_cache].concat());
    assert_eq!(played.stub.flows.len(), 4);
}

/// Both families of one host, and of one that has only one of them.
fn addresses<S: Stage>(stage: &mut S) -> Played {
    let mut play = Play::new(stage, &[Manner::Good], |_| {});
    play.ask(Query::addresses("www.example.").expect("a name"));
    play.ask(Query::addresses("mail.example.").expect("a name"));
    play.end()
}

#[test]
fn the_addresses_of_both_families_are_the_same_everywhere() {
    let played = assert_parity!(addresses);
    let expected = [
        "Positive Datagram 192.0.2.1 192.0.2.2 2001:db8::1",
        "Positive Datagram 192.0.2.3",
    ];
    assert_eq!(played.outcomes, expected);
    assert_eq!(played.stub.flows.len(), 4);
}

/// The first server is silent, the second fails, the third answers.
fn failover<S: Stage>(stage: &mut S) -> Played {
    let mut play = Play::new(stage, &[Manner::Silent, Manner::Fails, Manner::Good], |_| {});
    play.ask(ipv4("www.example."));
    play.end()
}

#[test]
fn failover_is_the_same_everywhere() {
    let played = assert_parity!(failover);
    assert_eq!(played.outcomes, ["Positive Datagram 192.0.2.1 192.0.2.2"]);
    assert_eq!(played.stub.flows.len(), 3);
}

/// Every server fails.
fn failure<S: Stage>(stage: &mut S) -> Played {
    let mut play = Play::new(stage, &[Manner::Fails, Manner::Fails], |_| {});
    play.ask(ipv4("www.example."));
    play.end()
}

#[test]
fn a_look_up_that_all_servers_fail_is_the_same_everywhere() {
    let played = assert_parity!(failure);
    assert_eq!(played.outcomes, ["failed: it answered SERVFAIL"]);
}

/// Nobody answers in the time that the application has.
fn time_over<S: Stage>(stage: &mut S) -> Played {
    let mut play = Play::new(stage, &[Manner::Silent], |_| {});
    let options = LookupOptions {
        time: Some(Duration::from_millis(100)),
        ..LookupOptions::default()
    };
    play.begin(ipv4("www.example."), options);
    play.wait(1);
    play.end()
}

#[test]
fn a_look_up_whose_time_is_over_is_the_same_everywhere() {
    let played = assert_parity!(time_over);
    assert_eq!(played.outcomes.len(), 1);
    assert!(
        played.outcomes[0].starts_with("failed: "),
        "{:?}",
        played.outcomes
    );
    assert_eq!(played.stub.flows.len(), 1);
    assert_eq!(played.stub.flows[0].last().map(String::as_str), Some("close"));
}

/// One question, and then one over the stream that is there already.
fn questions_in<S: Stage>(stage: &mut S, manner: Manner) -> Played {
    let mut play = Play::new(stage, &[manner], |_| {});
    play.ask(ipv4("www.example."));
    play.ask(ipv4("mail.example."));
    play.end()
}

fn truncation<S: Stage>(stage: &mut S) -> Played {
    questions_in(stage, Manner::Truncates)
}

#[test]
fn truncation_leads_to_a_stream_in_the_same_way_everywhere() {
    let played = assert_parity!(truncation);
    let expected = ["Positive Stream 192.0.2.1 192.0.2.2", "Positive Stream 192.0.2.3"];
    assert_eq!(played.outcomes, expected);
    let streams = played
        .stub
        .flows
        .iter()
        .filter(|flow| flow[0].starts_with("open Stream"));
    assert_eq!(streams.count(), 1, "{:#?}", played.stub);
}

fn last_resort<S: Stage>(stage: &mut S) -> Played {
    questions_in(stage, Manner::StreamsOnly)
}

#[test]
fn a_server_that_answers_streams_only_is_reached_in_the_same_way_everywhere() {
    let played = assert_parity!(last_resort);
    let expected = ["Positive Stream 192.0.2.1 192.0.2.2", "Positive Stream 192.0.2.3"];
    assert_eq!(played.outcomes, expected);
}

fn retransmission<S: Stage>(stage: &mut S) -> Played {
    questions_in(stage, Manner::Late)
}

#[test]
fn a_server_that_is_asked_twice_is_asked_in_the_same_way_everywhere() {
    let played = assert_parity!(retransmission);
    let expected = [
        "Positive Datagram 192.0.2.1 192.0.2.2",
        "Positive Datagram 192.0.2.3",
    ];
    assert_eq!(played.outcomes, expected);
    assert_eq!(played.stub.flows.len(), 4);
}

fn edns_refused<S: Stage>(stage: &mut S) -> Played {
    questions_in(stage, Manner::RefusesEdns)
}

#[test]
fn a_server_that_refuses_edns_is_asked_without_in_the_same_way_everywhere() {
    let played = assert_parity!(edns_refused);
    let expected = [
        "Positive Datagram 192.0.2.1 192.0.2.2",
        "Positive Datagram 192.0.2.3",
    ];
    assert_eq!(played.outcomes, expected);
}

fn cookies<S: Stage>(stage: &mut S) -> Played {
    questions_in(stage, Manner::WantsCookies)
}

#[test]
fn rfc7873_5_3_a_server_that_wants_cookies_gets_them_in_the_same_way_everywhere() {
    let played = assert_parity!(cookies);
    let expected = [
        "Positive Datagram 192.0.2.1 192.0.2.2",
        "Positive Datagram 192.0.2.3",
    ];
    assert_eq!(played.outcomes, expected);
    let sent = played
        .stub
        .flows
        .iter()
        .flatten()
        .filter(|line| line.starts_with("send"));
    assert_eq!(
        sent.count(),
        3,
        "the second question has the cookie: {:#?}",
        played.stub
    );
}

/// One look-up of two is cancelled while its server is silent; the other one has its own server.
fn cancellation<S: Stage>(stage: &mut S) -> Played {
    let mut play = Play::new(stage, &[Manner::Silent, Manner::Good], |config| {
        let good = config.servers.split_off(1);
        config.routes.push(Route {
            suffix: "www.example.".parse().expect("a name"),
            servers: good,
        });
    });
    let cancelled = play.begin(ipv4("mail.example."), LookupOptions::default());
    play.ask(ipv4("www.example."));
    play.command(Command::Cancel(cancelled));
    play.ask(ipv4("www.example."));
    play.end()
}

#[test]
fn cancellation_is_the_same_everywhere_and_leaves_no_flow() {
    let played = assert_parity!(cancellation);
    let expected = [
        "Positive Datagram 192.0.2.1 192.0.2.2",
        "Positive Cache 192.0.2.1 192.0.2.2",
    ];
    assert_eq!(played.outcomes, expected);
    assert_eq!(played.stub.flows.len(), 2);
    for flow in &played.stub.flows {
        assert_eq!(
            flow.last().map(String::as_str),
            Some("close"),
            "{:#?}",
            played.stub
        );
    }
}

/// 64 at a time, which fit into the receive buffer of any server.
fn reverse<S: Stage>(stage: &mut S) -> Played {
    let mut play = Play::new(stage, &[Manner::Good], |_| {});
    let prefix: Prefix = "192.0.2.0/24".parse().expect("a prefix");
    let addresses: Vec<_> = prefix.addresses().collect();
    for some in addresses.chunks(64) {
        for &address in some {
            play.begin(Query::reverse(address), LookupOptions::default());
        }
        play.wait(some.len());
    }
    play.end()
}

#[test]
fn the_names_of_a_whole_prefix_are_the_same_everywhere() {
    let played = assert_parity!(reverse);
    let expected: Vec<_> = (0..256)
        .map(|host| format!("Positive Datagram host{host}.example."))
        .collect();
    assert_eq!(played.outcomes, expected);
    assert_eq!(played.stub.flows.len(), 256);
}

/// Relative names, with and without enough dots.
fn search_list<S: Stage>(stage: &mut S) -> Played {
    let mut play = Play::new(stage, &[Manner::Good], |config| {
        config.search = ["a.example.", "b.example."]
            .map(|suffix| suffix.parse().expect("a name"))
            .into();
    });
    play.ask(ipv4("www"));
    play.ask(ipv4("www.example"));
    play.ask(ipv4("nobody"));
    play.end()
}

#[test]
fn the_search_list_is_gone_through_in_the_same_way_everywhere() {
    let played = assert_parity!(search_list);
    let expected = [
        "Positive Datagram 192.0.2.4",
        "Positive Datagram 192.0.2.1 192.0.2.2",
        "NxDomain Datagram",
    ];
    assert_eq!(played.outcomes, expected);
}

/// What needs no server.
fn without_servers<S: Stage>(stage: &mut S) -> Played {
    let mut play = Play::new(stage, &[], |config| {
        config.hosts = HostsIndex::read(b"192.0.2.9 printer\n");
    });
    let families = Families::Ipv4;
    for name in [
        "printer",
        "localhost",
        "192.0.2.8",
        "nothing.invalid",
        "www.example",
    ] {
        let name = name.parse().expect("a name");
        play.ask(Query::Addresses {
            name,
            families,
            search: true,
        });
    }
    play.ask(Query::reverse([192, 0, 2, 9].into()));
    play.end()
}

#[test]
fn what_needs_no_server_is_the_same_everywhere() {
    let played = assert_parity!(without_servers);
    let expected = [
        "Positive Hosts 192.0.2.9",
        "Positive SpecialUse 127.0.0.1",
        "Positive Literal 192.0.2.8",
        "NxDomain SpecialUse",
        "no server",
        "Positive Hosts printer.",
    ];
    assert_eq!(played.outcomes, expected);
    assert!(played.stub.flows.is_empty());
}

/// Three look-ups of the same, and one of them given up.
fn equal_questions<S: Stage>(stage: &mut S) -> Played {
    let mut play = Play::new(stage, &[Manner::Late], |_| {});
    for _ in 0..3 {
        play.begin(ipv4("www.example."), LookupOptions::default());
    }
    play.command(Command::Cancel(LookupId(0)));
    play.wait(2);
    play.end()
}

#[test]
fn equal_questions_are_asked_once_everywhere() {
    let played = assert_parity!(equal_questions);
    let outcomes: BTreeSet<_> = played.outcomes.iter().map(String::as_str).collect();
    assert_eq!(played.outcomes.len(), 2);
    assert_eq!(
        outcomes,
        BTreeSet::from(["Positive Datagram 192.0.2.1 192.0.2.2"])
    );
    assert_eq!(
        played.stub.flows.len(),
        2,
        "it is asked twice, for the server is late"
    );
}

/// One look-up opens the stream; then there are several in one pipeline.
fn streams_only<S: Stage>(stage: &mut S) -> Played {
    let mut play = Play::new(stage, &[Manner::Good], |config| config.stream_only = true);
    play.ask(ipv4("www.b.example."));
    for name in ["www.example.", "mail.example.", "nobody.example."] {
        play.begin(ipv4(name), LookupOptions::default());
    }
    play.wait(3);
    let mut played = play.end();
    let servers = played.servers.into_iter();
    played.servers = servers.map(Log::with_whole_streams).collect();
    played
}

#[test]
fn look_ups_over_one_stream_are_the_same_everywhere() {
    let played = assert_parity!(streams_only);
    let expected = [
        "Positive Stream 192.0.2.4",
        "Positive Stream 192.0.2.1 192.0.2.2",
        "Positive Stream 192.0.2.3",
        "NxDomain Stream",
    ];
    assert_eq!(played.outcomes, expected);
    assert_eq!(played.stub.flows.len(), 1, "{:#?}", played.stub);
}

/// The configuration changes while a look-up is under way.
fn reconfiguration<S: Stage>(stage: &mut S) -> Played {
    let mut changed = Config::default();
    let mut play = Play::new(stage, &[Manner::Silent, Manner::Good], |config| {
        changed = config.clone();
        config.servers.truncate(1);
        changed.servers.remove(0);
    });
    play.begin(ipv4("www.example."), LookupOptions::default());
    play.command(Command::Reconfigure(Box::new(changed)));
    play.wait(1);
    play.end()
}

#[test]
fn reconfiguration_is_the_same_everywhere() {
    let played = assert_parity!(reconfiguration);
    assert_eq!(played.outcomes, ["Positive Datagram 192.0.2.1 192.0.2.2"]);
    assert_eq!(played.stub.flows.len(), 2);
}

/// The network changes while a look-up waits for a server that did not answer its first query, and would be asked over a stream next.
fn another_network<S: Stage>(stage: &mut S) -> Played {
    let mut play = Play::new(stage, &[Manner::Late], |config| {
        config.timeout = Duration::from_secs(5);
        config.attempts = 1;
    });
    play.begin(ipv4("www.example."), LookupOptions::default());
    play.stage.change_network(&mut play.stub);
    play.wait(1);
    play.end()
}

#[test]
fn a_look_up_goes_on_in_another_network_in_the_same_way_everywhere() {
    let played = assert_parity!(another_network);
    assert_eq!(played.outcomes, ["Positive Datagram 192.0.2.1 192.0.2.2"]);
    let flows = &played.stub.flows;
    assert_eq!(flows.len(), 2, "{:#?}", played.stub);
    assert_eq!(flows[0].last().map(String::as_str), Some("close"));
}
