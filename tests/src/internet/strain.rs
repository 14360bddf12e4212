//! How near look-ups come to their limits. A limit that nobody comes near is not tested.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use nameward_core::limits::Limits;
use nameward_core::machine::Proto;
use nameward_core::time::Instant;
use nameward_core::wire::Rtype;

use super::plan::Plan;
use super::seen::Seen;

/// What one look-up has cost so far, as long as it is alone.
#[derive(Debug)]
pub(super) struct Strain {
    /// None where the limits are smaller than usual.
    limits: Option<Limits>,
    begun: BTreeMap<u64, Instant>,
    packets: u32,
    octets: usize,
    datagrams: BTreeMap<(SocketAddr, String, u16), u32>,
}

impl Strain {
    pub(super) fn new(plan: &Plan) -> Self {
        let limits = Limits::default();
        let stub = &plan.stub;
        let usual =
            stub.packets >= limits.packets && stub.octets >= limits.octets && stub.time >= limits.time;
        Self {
            limits: usual.then_some(limits),
            begun: BTreeMap::new(),
            packets: 0,
            octets: 0,
            datagrams: BTreeMap::new(),
        }
    }

    /// The limit of which half was used up just now.
    pub(super) fn look(&mut self, seen: &Seen) -> Option<&'static str> {
        let limits = self.limits.as_ref()?;
        let alone = self.begun.len() == 1;
        match seen {
            Seen::Begun { id, at } => {
                self.begun.insert(*id, *at);
                self.packets = 0;
                self.octets = 0;
                self.datagrams.clear();
            }
            Seen::Cancelled { id } => {
                self.begun.remove(id);
            }
            Seen::Crashed => self.begun.clear(),
            Seen::Answered { id, at, answer } => {
                let took = at.since(self.begun.remove(id)?);
                let is_alias = |set: &&nameward_core::rrset::Rrset| set.rtype() == Rtype::CNAME;
                let aliases = answer.rrsets.iter().filter(is_alias).count();
                if aliases * 2 >= usize::from(limits.aliases) {
                    return Some("half of the aliases");
                }
                return (took * 2 >= limits.time).then_some("half of the time");
            }
            Seen::Failed { id, .. } => {
                self.begun.remove(id);
            }
            Seen::Opened {
                proto: Proto::Stream, ..
            } if alone => return self.packet(),
            Seen::Query { query, .. } if alone => {
                if query.proto == Proto::Datagram {
                    let question = (query.server, query.name.clone(), query.rtype);
                    let sent = self.datagrams.entry(question).or_default();
                    *sent += 1;
                    if *sent == 2 {
                        self.packets += 1;
                        return Some("half of the datagrams to one server");
                    }
                }
                return self.packet();
            }
            Seen::Datagram { octets, right_id, .. }
                if alone && *right_id && octets * 2 >= usize::from(limits.udp_payload) =>
            {
                return Some("half of the largest payload");
            }
            Seen::Octets { count, .. } if alone => {
                self.octets += count;
                let half = self.octets * 2 >= usize::try_from(limits.octets).ok()?;
                return half.then_some("half of the octets");
            }
            _ => {}
        }
        None
    }

    fn packet(&mut self) -> Option<&'static str> {
        self.packets += 1;
        let most = u32::from(self.limits.as_ref()?.packets);
        (self.packets * 2 >= most).then_some("half of the packets")
    }
}
