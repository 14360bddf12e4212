//! What a recording holds of a [`Session`].

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::config::{SessionConfig, StreamLimits};
use super::forward::ForwardConfig;
use super::machine::{Answer, Asked, Command, Event, Session};
use super::pending::{PendingLimits, RequestId};
use super::response::Response;
use crate::machine::Misuse;
use crate::record;
use crate::seed::Seed;
use crate::server::respond::{
    Access, AccessRule, AccessRules, CookieConfig, CookieSecret, RateLimit, ResponderConfig, Transport,
};
use crate::trace::{Damage, Reader, Record, Recordable, RecordingError};
use crate::tsig::{Algorithm, Key, KeyConfig, Keys};

record!(struct StreamLimits { streams, streams_per_client, in_flight, output, idle, pressed_idle, patience });
record!(struct SessionConfig { hosts, zones, application, forward, pending, responder, streams, lane });
record!(struct PendingLimits { requests, requests_per_client, application });
record!(struct ForwardConfig { servers, preference, limits, idle, lane });
record!(struct RequestId { 0 });
record!(enum Transport { 0 => Datagram, 1 => Stream, 2 => SecureStream });
record!(struct Asked { id, peer, listener, transport, question, message });
record!(enum Answer { 0 => Response(response), 1 => Pass, 2 => Silence });
record!(struct Response { rcode, authoritative, answer, authority, additional });
record!(struct ResponderConfig {
    edns, udp_payload, nsid, version, identity, queries, notify, recursion, cookies, rate_limit, keepalive, padding_block, keys
});
record!(struct CookieConfig { secret, other, required });
record!(struct RateLimit { answers, denials, referrals, errors, burst, slip, ipv4_prefix, ipv6_prefix, buckets });
record!(struct AccessRules { rules, otherwise });
record!(struct AccessRule { peers, listener, key, access });
record!(enum Access { 0 => Allow, 1 => Refuse, 2 => Drop });
record!(enum Algorithm {
    0 => HmacSha1, 1 => HmacSha224, 2 => HmacSha256, 3 => HmacSha256To128, 4 => HmacSha384, 5 => HmacSha384To192, 6 => HmacSha512,
    7 => HmacSha512To256
});
record!(struct KeyConfig { name, algorithm, secret, fudge, mac_length });
record!(enum Command { 0 => Zones(zones), 1 => Hosts(hosts), 2 => Answer { id, answer }, 3 => Shutdown });
record!(enum Event { 0 => Stopped, 1 => Asked(asked) });

/// The recording holds the secret, as it holds the seed.
impl Record for CookieSecret {
    fn encode(&self, out: &mut Vec<u8>) {
        self.expose().encode(out);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        <[u8; 16]>::decode(reader).map(Self::from_bytes)
    }
}

/// The recording holds the secrets of keys, too.
impl Record for Zeroizing<Vec<u8>> {
    fn encode(&self, out: &mut Vec<u8>) {
        (**self).encode(out);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        Vec::decode(reader).map(Self::new)
    }
}

impl Record for Keys {
    fn encode(&self, out: &mut Vec<u8>) {
        let configs: Vec<_> = self.iter().map(|key| key.config().clone()).collect();
        configs.encode(out);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        let undefined = reader.error(Damage::Undefined("key"));
        let keys = Vec::<KeyConfig>::decode(reader)?;
        let keys: Result<Vec<_>, _> = keys.into_iter().map(Key::new).collect();
        keys.map(Self::new).map_err(|_| undefined)
    }
}

impl Recordable for Session {
    const KIND: &'static str = "session";
    type Config = SessionConfig;

    fn from_seed(seed: Seed, config: SessionConfig) -> Result<Self, Misuse> {
        Self::new(seed, config)
    }
}
