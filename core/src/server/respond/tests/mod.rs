//! Requests and what becomes of them.

mod chaos;
mod cookies;
mod edns;
mod header;
mod properties;
mod rates;
mod signatures;

use super::*;
use crate::edns::ExtendedError;
use crate::seed::Seed;
use crate::time::Instant;
use crate::wire::{Opt, OwnedMessage, Rtype};
use crate::zone::tests::build;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const ZONE: &str = "\
$TTL 3600
@ SOA ns hostmaster 7 3600 600 604800 300
@ NS ns
ns A 192.0.2.53
ns RRSIG A 8 2 3600 20300101000000 20200101000000 1 example. AAAA
big TXT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
big TXT bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
big TXT cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
big TXT dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
big TXT eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
big TXT ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
";

/// A server of one zone.
struct Server {
    zones: Zones,
    policy: Policy,
    shard: Shard,
    now: Now,
    peer: SocketAddr,
    listener: ListenerId,
    transport: Transport,
}

impl Server {
    fn new(config: ResponderConfig) -> Self {
        let policy = Policy::new(config).unwrap();
        Self {
            zones: Zones::new(build("example.", ZONE).zone),
            shard: Shard::new(&policy, &Seed::from_number(1)),
            policy,
            now: Now::without_wall(Instant::ZERO),
            peer: "192.0.2.1:53001".parse().unwrap(),
            listener: ListenerId(0),
            transport: Transport::Datagram,
        }
    }

    fn listener(&mut self, listener: ListenerId) -> &mut Self {
        self.listener = listener;
        self
    }

    /// What becomes of these octets. Octets that were in the buffer before stay.
    fn handle(&mut self, data: &[u8]) -> (Responded, Vec<u8>) {
        let request = Request {
            peer: self.peer,
            listener: self.listener,
            transport: self.transport,
            data,
        };
        let mut out = BytesMut::from(&b"before"[..]);
        let responded = respond(
            &self.zones,
            &self.policy,
            &mut self.shard,
            self.now,
            &request,
            &mut out,
        );
        let out = out.strip_prefix(b"before").unwrap().to_vec();
        assert_eq!(matches!(responded, Responded::Reply(_)), !out.is_empty());
        (responded, out)
    }

    /// The response to these octets.
    fn reply(&mut self, data: &[u8]) -> OwnedMessage {
        let (responded, out) = self.handle(data);
        let message = Message::parse(&out).unwrap();
        let Responded::Reply(reply) = responded else {
            panic!("{responded:?}");
        };
        assert_eq!(
            (reply.rcode, reply.truncated.is_some()),
            (message.rcode(), message.flags().tc())
        );
        OwnedMessage::try_from(message).unwrap()
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new(ResponderConfig::default())
    }
}

/// A query of class IN for a name in the zone.
fn query(name: &str, rtype: Rtype, opt: Option<&Opt>) -> Vec<u8> {
    query_with(Flags::default(), name, rtype, Class::IN, opt)
}

fn query_with(flags: Flags, name: &str, rtype: Rtype, class: Class, opt: Option<&Opt>) -> Vec<u8> {
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, 0xABCD, flags);
    let name: crate::wire::Name = name.parse().unwrap();
    writer.question(&name, rtype, class).unwrap();
    if let Some(opt) = opt {
        writer.opt(opt).unwrap();
    }
    writer.finish();
    out.to_vec()
}

/// The flags, with the whole response code in the place of its lower bits.
fn head(message: &OwnedMessage) -> String {
    let flags = alloc::format!("{:?}", message.flags());
    let lower = message.flags().rcode().to_string();
    flags.replacen(&lower, &message.rcode().to_string(), 1)
}

fn extended_errors(message: &OwnedMessage) -> Vec<InfoCode> {
    let options = message.opt().unwrap().options();
    options
        .typed::<ExtendedError<'_>>()
        .map(|error| error.unwrap().code)
        .collect()
}
