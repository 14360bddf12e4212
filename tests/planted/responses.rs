//! Bugs of a server that show in what it says to one datagram, or to another server.

use std::net::SocketAddr;

use bytes::BytesMut;
use nameward_core::flow::ListenerId;
use nameward_core::planted::{Bug, activate};
use nameward_core::seed::Seed;
use nameward_core::server::respond::{
    Policy, Request, Responded, ResponderConfig, Shard, Transport, respond,
};
use nameward_core::time::{Instant, Now};
use nameward_core::wire::{Class, Flags, MessageWriter, Name, Rtype};
use nameward_core::zone::Zones;
use nameward_tests::zones::zone;

/// What must not happen: P11 that two servers talk to each other for ever, T5 that a small datagram draws a large one.
const CATALOGUE: [(Bug, &str); 2] = [(Bug::ResponseAnswered, "P11:"), (Bug::PayloadUnasked, "T5:")];

/// How many datagrams two servers may send each other because of one that somebody forged.
const MOST_DATAGRAMS: usize = 2;

/// Finds every bug by what it does, and nothing without one.
pub(crate) fn hunt() {
    activate(None, 0);
    assert_eq!(violation(), None);
    for (bug, expected) in CATALOGUE {
        activate(Some(bug), 0);
        let found = violation().unwrap_or_default();
        assert!(found.starts_with(expected), "{bug:?}: {found}");
    }
    activate(None, 0);
}

fn violation() -> Option<String> {
    let (zones, query) = (zones(), query());
    let servers: [SocketAddr; 2] = [([192, 0, 2, 1], 53).into(), ([192, 0, 2, 2], 53).into()];
    // It claims to come from the other one.
    let mut datagram = query.clone();
    let mut count = 0;
    while let Some(response) = said(&zones, servers[(count + 1) % 2], &datagram) {
        if count == 0 && response.len() > 512 {
            return Some(format!(
                "T5: {} octets to who did not say that it takes so many",
                response.len()
            ));
        }
        count += 1;
        if count > MOST_DATAGRAMS {
            return Some("P11: the servers go on answering each other".into());
        }
        datagram = response;
    }
    None
}

fn said(zones: &Zones, peer: SocketAddr, data: &[u8]) -> Option<Vec<u8>> {
    let policy = Policy::new(ResponderConfig::default()).expect("the default is valid");
    let request = Request {
        peer,
        listener: ListenerId(0),
        transport: Transport::Datagram,
        data,
    };
    let mut out = BytesMut::new();
    let mut shard = Shard::new(&policy, &Seed::from_number(1));
    let now = Now::without_wall(Instant::ZERO);
    match respond(zones, &policy, &mut shard, now, &request, &mut out) {
        Responded::Reply(_) => Some(out.to_vec()),
        Responded::Elsewhere | Responded::Ignored(_) => None,
    }
}

/// A zone with an RRset that fits a datagram of 1232 octets and no smaller one.
fn zones() -> Zones {
    let text = format!(
        "@ 60 SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.53\nbig TXT {0} {0} {0}\n",
        "x".repeat(250)
    );
    Zones::new([zone("example.", &text)])
}

fn query() -> Vec<u8> {
    let name: Name = "big.example.".parse().expect("it is a name");
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, 512, 7, Flags::default());
    writer.question(&name, Rtype::TXT, Class::IN).expect("it fits");
    writer.finish();
    out.to_vec()
}
