//! Rules between records that can be seen while they stream by: each looks at no more than the records before it with the same owner.

use nameward_core::wire::{Name, Record, Rtype};

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// The owner of the SOA record, once there was one.
    apex: Option<Name>,
    /// The record before.
    last: Option<Record>,
    /// Whether there was a CNAME record, and whether there was another one, among the records just before that have the owner of
    /// the last one.
    alias: bool,
    other: bool,
}

impl Rules {
    /// What is odd about the next record, after those before.
    pub(super) fn judge(&mut self, record: Record) -> Vec<&'static str> {
        let mut found = Vec::new();
        match (&self.apex, record.rtype()) {
            (None, Rtype::SOA) => self.apex = Some(record.owner.clone()),
            (None, _) if self.last.is_none() => {
                found.push("the first record is not an SOA: what follows is a part of a zone at most (RFC 1035 section 5.2)");
            }
            (None, _) => {}
            (Some(_), Rtype::SOA) => found.push("this is a second SOA (RFC 1035 section 5.2)"),
            (Some(apex), _) if !record.owner.is_subdomain_of(apex) => {
                found.push("the owner is not below that of the SOA, so the record is not in its zone (RFC 1035 section 5.2)");
            }
            _ => {}
        }
        if record.ttl.leading_zeros() == 0 {
            found.push("a TTL above 2147483647 counts as 0 (RFC 2181 section 8)");
        }
        if let Some(last) = self.last.take_if(|last| last.owner == record.owner) {
            self.judge_after(&last, &record, &mut found);
        } else {
            (self.alias, self.other) = (false, false);
        }
        match record.rtype() {
            Rtype::CNAME => self.alias = true,
            rtype => self.other |= !beside_aliases(rtype),
        }
        self.last = Some(record);
        found
    }

    /// The record before has the same owner.
    fn judge_after(&self, last: &Record, record: &Record, found: &mut Vec<&'static str>) {
        let rtype = record.rtype();
        // Signatures have the TTL of what they sign (RFC 4034 section 3).
        if last.rtype() == rtype && rtype != Rtype::RRSIG && last.ttl != record.ttl {
            found.push("the TTL is not that of the record before in the same RRset (RFC 2181 section 5.2)");
        }
        if last.rdata.to_canonical() == record.rdata.to_canonical() {
            found.push("the same record stands here twice (RFC 2181 section 5)");
        } else if rtype == Rtype::CNAME && self.alias {
            found.push("the owner has two CNAMEs (RFC 2181 section 10.1)");
        }
        let becomes_both = match rtype {
            Rtype::CNAME => self.other && !self.alias,
            _ => self.alias && !self.other && !beside_aliases(rtype),
        };
        if becomes_both {
            found.push("the owner of a CNAME has other records (RFC 2181 section 10.1)");
        }
    }
}

/// Whether records of this type may stand beside a CNAME (RFC 4034 section 3, RFC 4035 section 2.5).
fn beside_aliases(rtype: Rtype) -> bool {
    [Rtype::RRSIG, Rtype::NSEC, Rtype::SIG, Rtype::NXT, Rtype::KEY].contains(&rtype)
}
