//! What belongs into a reply.

use std::collections::{BTreeMap, BTreeSet};

use bytes::BytesMut;
use nameward_core::machine::Ignored;
use nameward_core::seed::Seed;
use nameward_core::server::respond::{
    Policy, Request, Responded, ResponderConfig, Shard, Transport, respond,
};
use nameward_core::time::{Instant, Now};
use nameward_core::wire::{Message, Name, OwnedMessage, Rtype, Section};
use nameward_core::zone::Zones;

/// The RRsets of a message: the RDATA of each, by section, owner and type.
pub(super) type Sets = BTreeMap<(u8, Name, Rtype), BTreeSet<Vec<u8>>>;

/// The RRsets of a message. Names in RDATA may have taken the case of the question.
pub(super) fn sets(message: &OwnedMessage) -> Sets {
    let mut sets = Sets::new();
    for (number, section) in [
        (0, Section::Answer),
        (1, Section::Authority),
        (2, Section::Additional),
    ] {
        for record in message.records(section) {
            if record.rtype() != Rtype::OPT {
                let set = sets.entry((number, record.owner.clone(), record.rtype()));
                set.or_default()
                    .insert(record.rdata.octets().to_ascii_lowercase());
            }
        }
    }
    sets
}

/// The reply to this request if it had all the room that there is.
///
/// # Errors
///
/// Why there is none.
pub(super) fn whole(zones: &Zones, data: &[u8]) -> Result<OwnedMessage, Ignored> {
    let policy = Policy::new(ResponderConfig::default()).expect("the default is valid");
    let mut shard = Shard::new(&policy, &Seed::from_number(0));
    let request = Request {
        peer: ([192, 0, 2, 1], 4_000).into(),
        listener: nameward_core::flow::ListenerId(1),
        transport: Transport::Stream,
        data,
    };
    let mut out = BytesMut::new();
    let now = Now::without_wall(Instant::ZERO);
    match respond(zones, &policy, &mut shard, now, &request, &mut out) {
        Responded::Reply(_) => {
            let message = Message::parse(&out).expect("a reply can be read");
            Ok(OwnedMessage::try_from(message).expect("a reply can be read"))
        }
        Responded::Ignored(why) => Err(why),
        Responded::Elsewhere => panic!("there is nobody else"),
    }
}

/// Whether an RRset has to be in the reply, as a whole: all that answers, what the authority section has, and the addresses of name servers
/// below the zone cut (RFC 9471 section 3.1).
pub(super) fn is_required(sets: &Sets, section: u8, owner: &Name) -> bool {
    let is_glue = || {
        let servers = sets
            .iter()
            .filter(|((section, _, rtype), _)| (*section, *rtype) == (1, Rtype::NS));
        servers.into_iter().any(|((_, cut, _), servers)| {
            let is_server = |rdata: &Vec<u8>| Name::from_wire(rdata).is_ok_and(|name| &name == owner);
            owner.is_subdomain_of(cut) && servers.iter().any(is_server)
        })
    };
    section < 2 || is_glue()
}
