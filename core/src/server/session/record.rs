//! What a recording holds of a [`Session`].

use super::config::{SessionConfig, StreamLimits};
use super::machine::{Command, Event, Session};
use crate::machine::Misuse;
use crate::record;
use crate::seed::Seed;
use crate::server::respond::{Access, AccessRule, AccessRules, ResponderConfig};
use crate::trace::Recordable;

record!(struct StreamLimits { streams, streams_per_client, in_flight, output, idle, pressed_idle, patience });
record!(struct SessionConfig { zones, responder, streams, lane });
record!(struct ResponderConfig {
    edns, udp_payload, nsid, version, identity, queries, notify, recursion, keepalive, padding_block
});
record!(struct AccessRules { rules, otherwise });
record!(struct AccessRule { peers, listener, access });
record!(enum Access { 0 => Allow, 1 => Refuse, 2 => Drop });
record!(enum Command { 0 => Zones(zones), 1 => Shutdown });
record!(enum Event { 0 => Stopped });

impl Recordable for Session {
    const KIND: &'static str = "session";
    type Config = SessionConfig;

    fn from_seed(seed: Seed, config: SessionConfig) -> Result<Self, Misuse> {
        Self::new(seed, config)
    }
}
