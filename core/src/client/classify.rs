//! What a reply says about its question: an answer, an alias, a denial, or nothing that can be used.
//!
//! Only what the question leads to is looked at: the records of its name, and of the names that aliases lead to, in the answer
//! section; and for a denial the SOA and denial records of the authority section. All else that a server sends along may be
//! true or not (RFC 2181 section 5.4.1), and is left alone.

use alloc::vec::Vec;

use smallvec::SmallVec;

use crate::limits::Limits;
use crate::rrset::{Rrset, RrsetError, RrsetRef, SectionRrsets, TtlRule};
use crate::wire::{Class, Cname, Dname, Message, Name, Question, Rcode, Rdata, Rtype, Section, Soa};

use super::answer::Trouble;

/// What a reply says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The aliases that were followed, in order.
    pub(crate) aliases: Vec<Signed>,
    /// The name to which they lead: that of the question, if there are none.
    pub(crate) name: Name,
    /// What is there.
    pub(crate) end: End,
}

/// What is at the end of a chain of aliases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// What was asked for: one RRset, or several if any type was.
    Positive(SmallVec<[Signed; 1]>),
    /// The reply does not say: who asks must go on with the name.
    Unsaid,
    /// The name has no records of the type (NODATA, RFC 2308 section 2.2).
    NoData(Denial),
    /// There is no such name (NXDOMAIN, RFC 2308 section 2.1).
    NxDomain(Denial),
}

/// An RRset with the signatures that came with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) rrset: Rrset,
    pub(crate) signatures: Option<Rrset>,
}

/// What came with a denial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Denial {
    /// The SOA record, without which it is good for one question only (RFC 2308 section 5).
    pub(crate) soa: Option<Signed>,
    /// NSEC and NSEC3 records.
    pub(crate) proofs: Vec<Signed>,
}

/// The most aliases that are followed in one reply: as many as a look-up can pay for, and one, so that it finds out.
const MOST_ALIASES: usize = Limits::MOST.aliases as usize + 1;

/// Reads a reply to `question`. `belongs` says which names its server is asked about: where an alias leads elsewhere, the reply
/// is not believed any further.
pub(crate) fn classify(
    message: Message<'_>,
    question: &Question,
    rule: TtlRule,
    belongs: impl Fn(&Name) -> bool,
) -> Result<Finding, Trouble> {
    let rcode = message.rcode();
    if ![Rcode::NOERROR, Rcode::NXDOMAIN].contains(&rcode) {
        return Err(Trouble::Rcode(rcode));
    }
    let answer = message.rrsets(Section::Answer);
    let mut chain = Chain {
        answer: &answer,
        rule,
        class: question.class,
        aliases: Vec::new(),
        name: question.name.clone(),
    };
    let positive = loop {
        let found = chain.records(question.rtype)?;
        if !found.is_empty() || !chain.follow(question.rtype)? {
            break found;
        }
        if !belongs(&chain.name) || chain.aliases.len() >= MOST_ALIASES {
            return Ok(chain.end(End::Unsaid));
        }
    };
    let authority = message.rrsets(Section::Authority);
    let end = match (positive.is_empty(), rcode) {
        (false, Rcode::NOERROR) => End::Positive(positive),
        // It cannot both exist and not.
        (false, _) => return Err(Trouble::Malformed),
        // The code is about the end of the chain (RFC 6604 section 3).
        (true, Rcode::NXDOMAIN) => End::NxDomain(chain.denial(&authority)?),
        (true, _) => {
            let denial = chain.denial(&authority)?;
            let has_servers = authority.iter().any(|set| set.rtype() == Rtype::NS);
            let (aa, ra) = (message.flags().aa(), message.flags().ra());
            if denial.soa.is_some() {
                End::NoData(denial)
            } else if !chain.aliases.is_empty() {
                End::Unsaid
            } else if !aa && (has_servers || !ra) {
                // A referral (RFC 2308 section 2.2.1), or a server that does not recurse and has not the zone either.
                return Err(Trouble::Lame);
            } else {
                End::NoData(denial)
            }
        }
    };
    Ok(chain.end(end))
}

/// Follows aliases through the answer section of a reply.
struct Chain<'s, 'a> {
    answer: &'s SectionRrsets<'a>,
    rule: TtlRule,
    class: Class,
    aliases: Vec<Signed>,
    name: Name,
}

impl<'s, 'a> Chain<'s, 'a> {
    fn end(self, end: End) -> Finding {
        Finding {
            aliases: self.aliases,
            name: self.name,
            end,
        }
    }

    /// The sets at the present name that answer a question for this type.
    fn records(&self, rtype: Rtype) -> Result<SmallVec<[Signed; 1]>, Trouble> {
        let wanted = |set: &RrsetRef<'s, 'a>| {
            let any = rtype == Rtype::ANY || set.rtype() == rtype;
            set.class() == self.class && any && set.records().len() > 0
        };
        if rtype == Rtype::RRSIG {
            return self.signatures();
        }
        self.answer
            .at(&self.name)
            .filter(wanted)
            .map(|set| own(set, self.rule))
            .collect()
    }

    /// The signatures at the present name: what they cover is beside the point.
    fn signatures(&self) -> Result<SmallVec<[Signed; 1]>, Trouble> {
        let sets = self.answer.at(&self.name);
        let of_class = sets.filter(|set| set.class() == self.class && set.signatures().len() > 0);
        let owned = of_class.map(|set| {
            let rrset = set.to_signatures(self.rule).map_err(trouble)?;
            Ok(Signed {
                rrset,
                signatures: None,
            })
        });
        owned.collect()
    }

    /// Follows the alias at the present name, or the one above it that redirects all below; whether there is one.
    fn follow(&mut self, rtype: Rtype) -> Result<bool, Trouble> {
        if rtype == Rtype::CNAME {
            return Ok(false);
        }
        if let Some(redirection) = self.redirection() {
            return self.redirect(redirection).map(|()| true);
        }
        let Some(set) = self.answer.get(&self.name, self.class, Rtype::CNAME) else {
            return Ok(false);
        };
        if set.records().len() == 0 {
            return Ok(false);
        }
        let alias = own(set, self.rule)?;
        self.name = sole(&alias.rrset, |rdata| {
            Some(rdata.view::<Cname<'_>>()?.target.to_name())
        })?;
        self.aliases.push(alias);
        Ok(true)
    }

    /// The DNAME set in the answer that is nearest above the present name.
    fn redirection(&self) -> Option<RrsetRef<'s, 'a>> {
        let of_type = self.answer.iter().filter(|set| {
            set.rtype() == Rtype::DNAME && set.class() == self.class && set.records().len() > 0
        });
        let above = of_type.filter(|set| {
            let owner = set.owner().to_name();
            owner != self.name && self.name.is_subdomain_of(&owner)
        });
        above.max_by_key(|set| set.owner().wire_len())
    }

    /// Takes a DNAME set, and the CNAME that follows from it. What the server made of it is not looked at (RFC 6672 section 3.1).
    fn redirect(&mut self, set: RrsetRef<'_, '_>) -> Result<(), Trouble> {
        let redirection = own(set, self.rule)?;
        let target = sole(&redirection.rrset, |rdata| {
            Some(rdata.view::<Dname<'_>>()?.target.to_name())
        })?;
        let before = self
            .name
            .before(redirection.rrset.owner())
            .ok_or(Trouble::Malformed)?;
        // Too long a name has no answer (RFC 6672 section 2.2).
        let name = before.join(&target).ok_or(Trouble::Rcode(Rcode::YXDOMAIN))?;
        let alias = Cname { target: name.view() }.to_rdata();
        let ttl = redirection.rrset.ttl();
        let rrset = Rrset::new(self.name.clone(), Rtype::CNAME, self.class, ttl, [alias]).map_err(trouble)?;
        self.aliases.push(redirection);
        self.aliases.push(Signed {
            rrset,
            signatures: None,
        });
        self.name = name;
        Ok(())
    }

    /// What denies the present name, or a type at it, in the authority section.
    fn denial(&self, authority: &SectionRrsets<'_>) -> Result<Denial, Trouble> {
        let mut denial = Denial::default();
        for set in authority.iter() {
            if set.class() != self.class || set.records().len() == 0 {
                continue;
            }
            match set.rtype() {
                Rtype::SOA if self.name.is_subdomain_of(&set.owner().to_name()) => {
                    let soa = own(set, self.rule)?;
                    sole(&soa.rrset, |rdata| rdata.view::<Soa<'_>>().map(|_| ()))?;
                    denial.soa = Some(soa);
                }
                Rtype::NSEC | Rtype::NSEC3 => denial.proofs.push(own(set, self.rule)?),
                _ => {}
            }
        }
        Ok(denial)
    }
}

/// Where an alias leads; none if the set is none.
pub(crate) fn alias_target(set: &Rrset) -> Option<Name> {
    let rdata = (set.rtype() == Rtype::CNAME).then(|| set.rdata().next())??;
    Some(rdata.view::<Cname<'_>>()?.target.to_name())
}

impl Denial {
    /// How many seconds it may be kept (RFC 2308 section 5): zero without SOA record.
    pub(crate) fn ttl(&self) -> u32 {
        let Some(soa) = &self.soa else { return 0 };
        let minimum = soa
            .rrset
            .rdata()
            .find_map(|rdata| rdata.view::<Soa<'_>>().map(|soa| soa.minimum));
        soa.rrset.ttl().min(minimum.unwrap_or(0))
    }
}

fn own(set: RrsetRef<'_, '_>, rule: TtlRule) -> Result<Signed, Trouble> {
    let rrset = set.to_rrset(rule).map_err(trouble)?;
    // Signatures have the TTL of what they cover (RFC 4034 section 3), so theirs differ as the sets do.
    let signatures = match set.signatures().len() {
        0 => None,
        _ => Some(set.to_signatures(TtlRule::Lowest).map_err(trouble)?),
    };
    Ok(Signed { rrset, signatures })
}

/// What `read` makes of the only record of a set (RFC 2181 section 10.1).
fn sole<T>(set: &Rrset, read: impl FnOnce(&Rdata) -> Option<T>) -> Result<T, Trouble> {
    let mut all = set.rdata();
    match (all.next(), all.next()) {
        (Some(rdata), None) => read(&rdata).ok_or(Trouble::Malformed),
        _ => Err(Trouble::Malformed),
    }
}

fn trouble(error: RrsetError) -> Trouble {
    match error {
        RrsetError::TtlsDiffer { .. } => Trouble::TtlsDiffer,
        RrsetError::Empty | RrsetError::Mixed | RrsetError::TooLarge | RrsetError::Malformed(_) => {
            Trouble::Malformed
        }
    }
}
