//! What a signed request costs.

use core::time::Duration;

use bytes::BytesMut;
use nameward_core::flow::ListenerId;
use nameward_core::seed::Seed;
use nameward_core::server::respond::{
    Policy, Request, Responded, ResponderConfig, Shard, Transport, respond,
};
use nameward_core::time::{Instant, Now, UnixTime};
use nameward_core::tsig::{Algorithm, Key, KeyConfig, Keys};
use nameward_core::wire::{Class, Flags, MessageWriter, Name, Opt, Rcode, Rtype};
use nameward_core::zone::Zones;

use super::allocations;

const SIGNED: UnixTime = UnixTime::from_secs(1_795_286_043);

fn key(name: &str, secret: &[u8]) -> Key {
    let name: Name = name.parse().unwrap();
    Key::new(KeyConfig::new(name, Algorithm::HmacSha512, secret)).unwrap()
}

fn query(key: &Key) -> BytesMut {
    let name: Name = "www.example.".parse().unwrap();
    let mut query = BytesMut::new();
    let mut writer = MessageWriter::new(&mut query, 512, 1, Flags::default());
    writer.question(&name, Rtype::A, Class::IN).unwrap();
    writer.opt(&Opt::default()).unwrap();
    writer.finish();
    key.sign_request(SIGNED, &mut query, 0).unwrap();
    query
}

/// The name of the key is longer than what has room in a name itself.
#[test]
fn a_signed_request_allocates_nothing_whatever_its_signature_is_worth() {
    let long = "a-key-of-two-hosts-whose-names-are-long.which-have-no-room-in-a-name.example.";
    let good = key(long, b"secret");
    let config = ResponderConfig {
        keys: Keys::new([good.clone()]),
        ..ResponderConfig::default()
    };
    let policy = Policy::new(config).unwrap();
    let mut shard = Shard::new(&policy, &Seed::from_number(1));
    let zones = Zones::new([]);
    let mut out = BytesMut::with_capacity(1232);
    for (key, late, expected) in [
        (&good, 0, Rcode::REFUSED),
        (&key("unknown.example.", b"secret"), 0, Rcode::NOTAUTH),
        (&key(long, b"another"), 0, Rcode::NOTAUTH),
        (&good, 301, Rcode::NOTAUTH),
    ] {
        let query = query(key);
        let wall = UnixTime::from_secs(SIGNED.as_secs() + late);
        let now = Now {
            mono: Instant::ZERO.after(Duration::from_secs(1)),
            wall: Some(wall),
        };
        let request = Request {
            peer: "192.0.2.1:53001".parse().unwrap(),
            listener: ListenerId(0),
            transport: Transport::Datagram,
            data: &query,
        };
        let (count, responded) = allocations(|| {
            out.clear();
            respond(&zones, &policy, &mut shard, now, &request, &mut out)
        });
        assert!(
            matches!(responded, Responded::Reply(reply) if reply.rcode == expected),
            "{responded:?}"
        );
        assert_eq!(count, 0, "{key:?} {late}");
    }
}
