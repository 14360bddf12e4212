//! The resolvers of all runtimes do with the stub what the simulator does.

use bytes::Bytes;
use nameward_core::client::{
    Command, Config, Lookup, LookupId, LookupOptions, Preference, Query, Server, Stub,
};
use nameward_core::machine::Proto;
use nameward_core::wire::Rtype;
use nameward_tests::name_server::{DATAGRAMS, NameServer, STREAMS};
use nameward_tests::parity::Log;
use nameward_tests::resolvers::ask_everywhere;
use nameward_tests::stage::{Props, Simulated, Stage as _, assert_same};
use nameward_tests::zone_server::{self, Manner, Serving, ZoneServer};

use crate::stub::{ZONE, describe};

fn queries() -> Vec<Query> {
    let names = ["www.example.", "mail.example.", "nobody.example.", "www.example."];
    let mut queries: Vec<_> = names
        .iter()
        .map(|name| Query::records(name, Rtype::A).expect("a name"))
        .collect();
    queries.extend([
        Query::records("www.b.example.", Rtype::AAAA).expect("a name"),
        Query::mx("example.").expect("a name"),
        Query::reverse([192, 0, 2, 77].into()),
    ]);
    queries
}

/// The first server fails, the second truncates.
fn config(servers: Vec<Server>) -> Config {
    Config {
        servers,
        preference: Preference::InOrder,
        ..Config::default()
    }
}

const MANNERS: [Manner; 2] = [Manner::Fails, Manner::Truncates];

fn in_the_simulator() -> Log {
    let mut stage = Simulated::new(1);
    let addresses = MANNERS.map(|manner| {
        let props = Props {
            seed: 1,
            listeners: vec![(DATAGRAMS, Proto::Datagram), (STREAMS, Proto::Stream)],
        };
        let config = zone_server::Config {
            zone: Bytes::from_static(ZONE.as_bytes()),
            manner,
        };
        let server = stage.enter::<NameServer<ZoneServer>>(&props, config);
        Server::new(stage.address(&server, DATAGRAMS))
    });
    let props = Props {
        seed: 7,
        listeners: Vec::new(),
    };
    let mut stub = stage.enter::<Stub>(&props, config(addresses.into()));
    for (number, query) in (1..).zip(queries()) {
        let (id, options) = (LookupId(number), LookupOptions::default());
        stage.command(&mut stub, Command::Lookup(Lookup { id, query, options }));
        stage.events(&mut stub, 1);
    }
    Log::with_events::<Stub>(&stage.leave(stub), describe)
}

#[test]
fn a_resolver_of_any_runtime_does_what_the_stub_does_in_the_simulator() {
    let simulated = in_the_simulator();
    assert_eq!(simulated.events.len(), queries().len());
    let servers = MANNERS.map(|manner| Serving::start(ZONE, manner));
    let addresses = servers
        .iter()
        .map(|server| Server::new(server.address()))
        .collect();
    for (runtime, (outcomes, recording)) in ask_everywhere(&config(addresses), &queries()) {
        assert_eq!(
            outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
            queries().len()
        );
        assert_same(
            runtime,
            &Log::with_events::<Stub>(&recording, describe),
            &simulated,
        );
    }
}
