//! What an authoritative server answers, over a list of records, with no thought for speed.
//!
//! A name is the text of its labels from the apex downwards, each of one character: `ab` is `b.a` below the apex, which is the empty text.
//! What begins with `!` is outside of the zone.

use nameward_core::server::answer::MOST_ALIASES;
use nameward_core::wire::{Rcode, Rtype};

/// A record: addresses and digests have no target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rec {
    pub(crate) owner: String,
    pub(crate) rtype: Rtype,
    pub(crate) target: String,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) rcode: Rcode,
    pub(crate) authoritative: bool,
    /// Answer, authority and additional section, each in order.
    pub(crate) sections: [Vec<Rec>; 3],
}

/// What an answer says does not exist, and a signed zone has to prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// There is neither this name nor a wildcard for it.
    NoName(String),
    /// This name has neither this type nor CNAME.
    NoType(String, Rtype),
    /// The wildcard below the first so many labels of the name, which stands for it, has neither.
    WildcardWithoutType(String, usize, Rtype),
    /// There is nothing on the way to this name below its first so many labels, so that the wildcard there stands for it.
    Expanded(String, usize),
    /// This zone cut has no DS records.
    NoDs(String),
}

/// A zone with an SOA and NS records at its apex, whatever it is made of besides.
pub(crate) struct Specification<'z>(pub(crate) &'z [Rec]);

/// Where a walk from the apex ends.
enum End<'z> {
    Node(String),
    Cut(String),
    Dname(&'z Rec),
    Nowhere,
}

impl<'z> Specification<'z> {
    /// Whether it can be served: a CNAME stands alone, and there is one CNAME or DNAME at most at a name.
    pub(crate) fn is_served(&self) -> bool {
        self.0.iter().all(|record| {
            let beside = self
                .0
                .iter()
                .filter(|other| other.owner == record.owner && *other != record);
            match record.rtype {
                Rtype::CNAME => beside.count() == 0,
                Rtype::DNAME => beside.filter(|other| other.rtype == Rtype::DNAME).count() == 0,
                _ => true,
            }
        })
    }

    /// The answer of a server, without DNSSEC records but DS, and what it claims.
    pub(crate) fn answer(&self, qname: &str, qtype: Rtype, signed: bool) -> (Response, Vec<Claim>) {
        let mut claims = Vec::new();
        let mut response = Response {
            rcode: Rcode::NOERROR,
            authoritative: true,
            sections: [vec![], vec![], vec![]],
        };
        let mut name = qname.to_owned();
        for alias in 0..MOST_ALIASES {
            // The end of an alias in another zone is for its servers to tell.
            if name.starts_with('!') {
                break;
            }
            let [answer, authority, additional] = &mut response.sections;
            match self.walk(&name, qtype) {
                End::Cut(cut) => {
                    if alias == 0 {
                        response.authoritative = false;
                    }
                    let servers = self.records(&cut, Rtype::NS);
                    for server in &servers {
                        additional.extend(self.addresses(&server.target));
                    }
                    authority.extend(servers);
                    // RFC 4035 section 3.1.4.
                    if signed {
                        let digests = self.records(&cut, Rtype::DS);
                        if digests.is_empty() {
                            claims.push(Claim::NoDs(cut));
                        }
                        authority.extend(digests);
                    }
                    break;
                }
                End::Dname(dname) => {
                    if !answer.contains(dname) {
                        answer.push(dname.clone());
                    }
                    let target = dname.target.clone() + &name[dname.owner.len()..];
                    let cname = Rec {
                        owner: name,
                        rtype: Rtype::CNAME,
                        target: target.clone(),
                    };
                    if answer.contains(&cname) {
                        break;
                    }
                    answer.push(cname);
                    // RFC 1034 section 4.3.2 step 3a: what was asked for is there.
                    if qtype == Rtype::CNAME {
                        break;
                    }
                    name = target;
                }
                End::Node(node) => {
                    if node != name {
                        claims.push(Claim::Expanded(name.clone(), node.len() - 1));
                    }
                    let wanted = match qtype {
                        Rtype::ANY => self
                            .0
                            .iter()
                            .filter(|record| record.owner == node)
                            .map(|record| record.rtype)
                            .min(),
                        _ => Some(qtype),
                    };
                    let synthesised = |record: Rec| Rec {
                        owner: name.clone(),
                        ..record
                    };
                    let found = wanted.map_or_else(Vec::new, |rtype| self.records(&node, rtype));
                    if !found.is_empty() {
                        for record in found {
                            if record.rtype == Rtype::NS {
                                additional.extend(self.addresses(&record.target));
                            }
                            // RFC 2181 section 5: no RRset comes twice.
                            let record = synthesised(record);
                            if !answer.contains(&record) {
                                answer.push(record);
                            }
                        }
                        break;
                    }
                    let Some(cname) = self.records(&node, Rtype::CNAME).pop().map(synthesised) else {
                        authority.push(soa());
                        claims.push(match node.strip_suffix('*') {
                            Some(encloser) if node != name => {
                                Claim::WildcardWithoutType(name, encloser.len(), qtype)
                            }
                            _ => Claim::NoType(name, qtype),
                        });
                        break;
                    };
                    if answer.contains(&cname) {
                        break;
                    }
                    name.clone_from(&cname.target);
                    answer.push(cname);
                }
                End::Nowhere => {
                    response.rcode = Rcode::NXDOMAIN;
                    authority.push(soa());
                    claims.push(Claim::NoName(name));
                    break;
                }
            }
        }
        for section in &mut response.sections {
            section.sort();
        }
        (response, claims)
    }

    /// From the apex downwards, label by label (RFC 1034 section 4.3.2 step 3).
    fn walk(&self, name: &str, qtype: Rtype) -> End<'z> {
        for length in 0..=name.len() {
            let (here, below) = name.split_at(length);
            if !self.exists(here) {
                // RFC 4592 section 3.3: the wildcard below the closest encloser, if it exists.
                let wildcard = name[..length - 1].to_owned() + "*";
                return if self.exists(&wildcard) {
                    End::Node(wildcard)
                } else {
                    End::Nowhere
                };
            }
            // RFC 4035 section 3.1.4.1: DS belongs to the parent.
            let of_parent = below.is_empty() && qtype == Rtype::DS;
            if !here.is_empty() && !self.records(here, Rtype::NS).is_empty() && !of_parent {
                return End::Cut(here.to_owned());
            }
            // RFC 6672 section 3.2: not the owner itself, and nothing beside NS of a zone cut.
            let dname = self
                .0
                .iter()
                .find(|record| record.owner == here && record.rtype == Rtype::DNAME);
            if let Some(dname) = dname.filter(|_| !below.is_empty()) {
                return End::Dname(dname);
            }
        }
        End::Node(name.to_owned())
    }

    /// RFC 4592 section 2.2.2: a name exists if it or a name below it has records.
    fn exists(&self, name: &str) -> bool {
        name.is_empty() || self.0.iter().any(|record| record.owner.starts_with(name))
    }

    fn records(&self, owner: &str, rtype: Rtype) -> Vec<Rec> {
        let records = self.0.iter();
        records
            .filter(|record| record.owner == owner && record.rtype == rtype)
            .cloned()
            .collect()
    }

    /// Addresses of a name server, glue among them, but none that a DNAME hides.
    fn addresses(&self, name: &str) -> Vec<Rec> {
        match self.walk(name, Rtype::A) {
            _ if name.starts_with('!') => vec![],
            End::Dname(_) => vec![],
            _ => self.records(name, Rtype::A),
        }
    }
}

/// The SOA record, which is in each negative answer (RFC 2308 section 3).
fn soa() -> Rec {
    Rec {
        owner: String::new(),
        rtype: Rtype::SOA,
        target: String::new(),
    }
}
