//! The laws of every machine, on the stub.

use std::time::Duration;

use nameward_core::client::{
    Command, Config, Lookup, LookupId, LookupOptions, Preference, Query, Server, Stub,
};
use nameward_core::limits::CacheLimits;
use nameward_core::wire::Rtype;
use nameward_tests::laws::{check, steps};
use proptest::prelude::*;

use crate::responses::data;

fn config(servers: u8, stream_only: bool) -> Config {
    let address = |last| ([192, 0, 2, last], 53).into();
    Config {
        servers: (1..=servers).map(|last| Server::new(address(last))).collect(),
        preference: Preference::Fastest,
        search: vec!["example".parse().unwrap()],
        timeout: Duration::from_millis(700),
        stream_only,
        most_in_flight: 3,
        cache: Some(CacheLimits {
            octets: 128 * 1024,
            entries: 16,
            ..CacheLimits::default()
        }),
        ..Config::default()
    }
}

fn command() -> impl Strategy<Value = Command> {
    let query = prop_oneof![
        prop::sample::select(vec!["a", "b.example.", "localhost"])
            .prop_map(|name| Query::addresses(name).unwrap()),
        prop::sample::select(vec![Rtype::A, Rtype::MX, Rtype::AXFR])
            .prop_map(|rtype| Query::records("c", rtype).unwrap()),
    ];
    prop_oneof![
        4 => (0u64..9, query, any::<bool>()).prop_map(|(id, query, fresh)| {
            let options = LookupOptions { time: None, fresh };
            Command::Lookup(Lookup { id: LookupId(id), query, options })
        }),
        2 => (0u64..9).prop_map(|id| Command::Cancel(LookupId(id))),
        1 => (0u8..3, any::<bool>()).prop_map(|(servers, stream_only)| {
            Command::Reconfigure(Box::new(config(servers, stream_only)))
        }),
    ]
}

proptest! {
    #[test]
    fn stub(servers in 0u8..3, stream_only: bool, steps in steps(Vec::new(), Some(command().boxed()), data())) {
        check::<Stub>(1, &config(servers, stream_only), &steps)?;
    }
}
