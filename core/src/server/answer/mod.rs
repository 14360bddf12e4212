//! The answer of a zone to a question (RFC 1034 section 4.3.2).
//!
//! * Wildcards and empty non-terminals are those of RFC 4592. NS records of a wildcard, about which it leaves all open, are data like others:
//!   a zone cut is only where its own name is.
//! * Aliases are followed as far as the zone reaches, and at most [`MOST_ALIASES`] of them: CNAME records, and DNAME records with the
//!   CNAME records that follow from them (RFC 6672). RCODE is that of the last name (RFC 6604). To a question for CNAME the first one is the
//!   answer, also if it follows from a DNAME record: only another QTYPE starts again with the new name (RFC 1034 section 4.3.2 step 3a,
//!   RFC 6672 section 3.2).
//! * A question for ANY gets one RRset (RFC 8482 section 4.1), one for RRSIG all signatures of the name.
//! * The authority section has the name servers of a referral and the SOA record of a negative answer (RFC 2308), and is empty otherwise.
//! * The additional section has glue and other addresses that the zone has for names in NS, MX, SRV, SVCB, HTTPS and similar records.
//! * If DNSSEC is asked for, signatures that the zone has are sent beside what they cover (RFC 4035 section 3.1.1), DS records with referrals
//!   (section 3.1.4), and with everything that says that something does not exist the NSEC or NSEC3 records that prove it (section 3.1.3, RFC
//!   5155 section 7.2): no type, no name, no DS, nothing in the way of a wildcard. There are as few as prove it, and each comes once, also if
//!   aliases lead through several wildcards. A zone without signatures has no DS records to send with referrals: those could be believed
//!   by nobody.
//!
//! # What is refused
//!
//! Questions in another class than the zone's, class ANY among them, and zone transfers get REFUSED: a transfer goes another way. What is no
//! type of data gets NOTIMP, and NXNAME gets FORMERR (RFC 9824 section 3.3).
//!
//! # What does not fit
//!
//! An RRset is sent whole or not at all (RFC 2181 section 9). TC is set if one is missing that [has to be there](Truncation). What only helps is
//! left out in silence, and what is smaller behind it may still get in.

mod additional;
mod outcome;
mod sections;

#[cfg(test)]
mod tests;

pub use outcome::{Outcome, Truncation};

use sections::{Owner, Put, Reason, Sections};

use crate::edns::InfoCode;
use crate::planted::planted;
use crate::wire::{Class, Message, MessageWriter, Name, QuestionRef, Rcode, Rtype, Section};
use crate::zone::{Encloser, HashedName, Match, Node, Proof, Suffixes, Zone, ZoneRrset, Zones};

/// How many aliases are followed for a question.
pub const MOST_ALIASES: u8 = 16;

const _: () = assert!(
    MOST_ALIASES as usize <= Proof::MOST_ALIASES,
    "a proof has room for what all aliases need"
);

/// What is asked of the zones.
#[derive(Clone, Copy)]
pub(super) struct Asked<'n> {
    /// QNAME in wire form without compression.
    pub(super) name: &'n [u8],
    /// Where it stands in the response, if it does.
    pub(super) at: Option<u16>,
    pub(super) rtype: Rtype,
    pub(super) class: Class,
    pub(super) dnssec_ok: bool,
}

impl<'n> Asked<'n> {
    /// This question, whose QNAME is `name`, in a response that may have been begun with it.
    fn of(question: QuestionRef<'_>, name: &'n [u8], dnssec_ok: bool, out: &MessageWriter<'_>) -> Self {
        Self {
            name,
            at: out.question_at(name),
            rtype: question.rtype,
            class: question.class,
            dnssec_ok,
        }
    }
}

/// The question of a query.
///
/// # Errors
///
/// FORMERR: there is none, or more than one (RFC 9619).
pub fn question(query: Message<'_>) -> Result<QuestionRef<'_>, Rcode> {
    let mut questions = query.questions();
    match (questions.next(), questions.next()) {
        (Some(question), None) => Ok(question),
        _ => Err(Rcode::FORMERR),
    }
}

/// Writes what this zone has to say to a question, behind what `out` has already, and says what belongs into the header.
///
/// A zone that QNAME does not belong to says REFUSED.
pub fn answer(
    zone: &Zone,
    question: QuestionRef<'_>,
    dnssec_ok: bool,
    out: &mut MessageWriter<'_>,
) -> Outcome {
    if let Some(outcome) = unanswerable(question.rtype) {
        return outcome;
    }
    if question.class != zone.class() {
        return NOT_AUTHORITATIVE;
    }
    question.name.with_wire(|wire| {
        let mut room = Suffixes::new();
        let name = HashedName::new(wire, &mut room);
        answer_hashed(zone, &name, &Asked::of(question, wire, dnssec_ok, out), out)
    })
}

/// As [`answer`], from the one of these zones that the question is for. Without one it is REFUSED.
pub fn answer_from(
    zones: &Zones,
    question: QuestionRef<'_>,
    dnssec_ok: bool,
    out: &mut MessageWriter<'_>,
) -> Outcome {
    let outcome = question.name.with_wire(|wire| {
        let asked = Asked::of(question, wire, dnssec_ok, out);
        answer_if_any(zones, &asked, out)
    });
    outcome.unwrap_or(NOT_AUTHORITATIVE)
}

/// As [`answer`], from the one of these zones that the question is for; none if there is no such zone and another server could answer.
#[inline]
pub(super) fn answer_if_any(
    zones: &Zones,
    asked: &Asked<'_>,
    out: &mut MessageWriter<'_>,
) -> Option<Outcome> {
    if let Some(outcome) = unanswerable(asked.rtype) {
        return Some(outcome);
    }
    let mut room = Suffixes::new();
    let name = HashedName::new(asked.name, &mut room);
    let zone = zones.find_hashed(&name, asked.rtype, asked.class)?;
    Some(answer_hashed(zone, &name, asked, out))
}

fn answer_hashed(
    zone: &Zone,
    name: &HashedName<'_>,
    asked: &Asked<'_>,
    out: &mut MessageWriter<'_>,
) -> Outcome {
    let Some(found) = zone.look_up(name, asked.rtype == Rtype::DS) else {
        return NOT_AUTHORITATIVE;
    };
    let mut answering = Answering {
        zone,
        rtype: asked.rtype,
        sections: Sections::new(out, (name, asked.at), zone.class(), asked.dnssec_ok),
        proof: if asked.dnssec_ok { Proof::new(zone) } else { None },
        rcode: Rcode::NOERROR,
    };
    let authoritative = !matches!(found, Match::Delegation(..));
    if let Some(canonical) = answering.step(name, found) {
        answering.follow(canonical);
    }
    answering.prove();
    Outcome {
        rcode: answering.rcode,
        authoritative,
        truncated: answering.sections.truncated(),
        extended_error: None,
    }
}

/// What to say about names that no zone here has.
pub(super) const NOT_AUTHORITATIVE: Outcome =
    Outcome::bare(Rcode::REFUSED).because(InfoCode::NOT_AUTHORITATIVE);

/// What to say to questions for what is no type of data.
const fn unanswerable(rtype: Rtype) -> Option<Outcome> {
    match rtype {
        Rtype::AXFR | Rtype::IXFR => Some(Outcome::bare(Rcode::REFUSED).because(InfoCode::PROHIBITED)),
        Rtype::NXNAME => Some(Outcome::bare(Rcode::FORMERR).because(InfoCode::INVALID_QUERY_TYPE)),
        Rtype::OPT | Rtype(129..=254) => Some(Outcome::bare(Rcode::NOTIMP).because(InfoCode::NOT_SUPPORTED)),
        _ => None,
    }
}

/// An answer that is being written.
struct Answering<'a, 's, 'o> {
    zone: &'a Zone,
    rtype: Rtype,
    sections: Sections<'s, 'o>,
    /// What proves that something does not exist, as far as it is not written yet; none if nobody wants it, or the zone does not have it.
    proof: Option<Proof<'a>>,
    rcode: Rcode,
}

impl<'a> Answering<'a, '_, '_> {
    /// Writes what was found for a name. The name that it is an alias of, if it is one.
    #[inline]
    fn step(&mut self, name: &HashedName<'_>, found: Match<'a>) -> Option<Canonical<'a>> {
        match found {
            Match::Exact(node) => self.data(name, node, None),
            Match::Wildcard(node, encloser) => self.data(name, node, Some(encloser)),
            Match::Delegation(cut, labels) => {
                self.referral(Owner { name, labels }, cut);
                None
            }
            Match::Redirection(node, labels) => self.redirection(Owner { name, labels }, node),
            Match::Nothing(encloser) => {
                self.rcode = Rcode::NXDOMAIN;
                if let Some(proof) = &mut self.proof {
                    proof.no_name(name, encloser);
                }
                self.denial(name);
                None
            }
        }
    }

    /// Writes what was found for the name that another is an alias of, and so on.
    #[inline(never)]
    fn follow(&mut self, mut canonical: Canonical<'a>) {
        for _ in 1..MOST_ALIASES {
            let mut room = Suffixes::new();
            let name = HashedName::new(canonical.wire(), &mut room);
            // What is not in the zone is for somebody else to answer.
            let Some(found) = self.zone.look_up(&name, self.rtype == Rtype::DS) else {
                break;
            };
            let Some(next) = self.step(&name, found) else {
                break;
            };
            canonical = next;
        }
    }

    /// The name exists, or a wildcard below the encloser stands for it.
    #[inline]
    fn data(
        &mut self,
        name: &HashedName<'_>,
        node: Node<'a>,
        wildcard_below: Option<Encloser<'a>>,
    ) -> Option<Canonical<'a>> {
        let owner = Owner::whole(name);
        if let (Some(proof), Some(encloser)) = (&mut self.proof, wildcard_below)
            && !planted!(WildcardUnproved)
        {
            proof.expanded(name, encloser);
        }
        if self.rtype == Rtype::RRSIG && self.signatures(owner, node) {
            return None;
        }
        let set = match self.rtype {
            Rtype::ANY => node.rrsets().next(),
            // They are no data of their owner (RFC 5155 section 7.2.8).
            Rtype::NSEC3 => None,
            rtype => node.rrset(rtype),
        };
        if let Some(set) = set {
            if self.put_answer(owner, set) == Put::Written {
                self.prove();
                self.addresses(owner, set);
            }
            return None;
        }
        let Some(alias) = node.rrset(Rtype::CNAME) else {
            match (&mut self.proof, wildcard_below) {
                (Some(proof), Some(encloser)) => proof.wildcard_without_type(name, encloser, node),
                (Some(proof), None) => proof.no_type(name, name.labels(), node),
                (None, _) => {}
            }
            self.denial(name);
            return None;
        };
        match self.put_answer(owner, alias) {
            Put::Written => alias.octets().next().map(Canonical::Stored),
            // It goes in a circle, or does not go on.
            Put::Repeated | Put::LeftOut => None,
        }
    }

    /// All signatures of a name; whether there are any.
    fn signatures(&mut self, owner: Owner<'_>, node: Node<'a>) -> bool {
        let mut any = false;
        for set in node.signed_sets() {
            any = true;
            let put = self
                .sections
                .put_signatures(Section::Answer, owner, set, set.ttl());
            if put == Put::LeftOut {
                self.sections.left_out(Reason::Required(Truncation::Answer));
                break;
            }
        }
        any
    }

    /// The name is below the owner of a DNAME record (RFC 6672 section 3.1).
    fn redirection(&mut self, owner: Owner<'_>, node: Node<'a>) -> Option<Canonical<'a>> {
        let set = node.rrset(Rtype::DNAME)?;
        if self.put_answer(owner, set) == Put::LeftOut {
            return None;
        }
        let target = set.octets().next()?;
        let Some(alias) = Canonical::substitute(owner, target) else {
            self.rcode = Rcode::YXDOMAIN;
            return None;
        };
        let whole = Owner::whole(owner.name);
        match self.sections.put_synthesised(whole, set, alias.wire()) {
            Put::Written if self.rtype != Rtype::CNAME => Some(alias),
            Put::Written | Put::Repeated | Put::LeftOut => None,
        }
    }

    /// Another server knows more.
    fn referral(&mut self, owner: Owner<'_>, cut: Node<'a>) {
        let reason = Reason::Required(Truncation::Authority);
        let Some(servers) = cut.rrset(Rtype::NS) else {
            return;
        };
        let put = self
            .sections
            .put(Section::Authority, owner, servers, servers.ttl(), reason);
        if put == Put::LeftOut {
            return;
        }
        if self.sections.dnssec_ok() && self.zone.is_signed() {
            if let Some(digests) = cut.rrset(Rtype::DS) {
                let ttl = digests.ttl();
                self.sections.put(Section::Authority, owner, digests, ttl, reason);
            } else if let Some(proof) = &mut self.proof {
                proof.no_type(owner.name, owner.labels, cut);
            }
        }
        self.prove();
        if self.sections.truncated().is_none() {
            self.glue(owner, servers);
        }
    }

    /// The name, or the type, does not exist (RFC 2308 section 3).
    fn denial(&mut self, name: &HashedName<'_>) {
        let Some(soa) = self.zone.apex_node().and_then(|apex| apex.rrset(Rtype::SOA)) else {
            return;
        };
        let labels = self.zone.apex_labels();
        let (owner, ttl) = (Owner { name, labels }, self.zone.negative_ttl());
        let reason = Reason::Required(Truncation::Authority);
        self.sections.put(Section::Authority, owner, soa, ttl, reason);
    }

    /// Writes what proves that something does not exist, each record once, after all that it is about.
    #[inline]
    fn prove(&mut self) {
        if let Some(proof) = self.proof.take() {
            self.put_proof(&proof);
        }
    }

    #[inline(never)]
    fn put_proof(&mut self, proof: &Proof<'a>) {
        let reason = if planted!(ProofOptional) {
            Reason::Optional
        } else {
            Reason::Required(Truncation::Denial)
        };
        for (node, set) in proof.records() {
            if self.sections.truncated().is_some() {
                return;
            }
            let mut room = Suffixes::new();
            let name = HashedName::new(node.wire(), &mut room);
            let owner = Owner::whole(&name);
            self.sections
                .put(Section::Authority, owner, set, set.ttl(), reason);
        }
    }

    #[inline]
    fn put_answer(&mut self, owner: Owner<'_>, set: ZoneRrset<'_>) -> Put {
        let reason = Reason::Required(Truncation::Answer);
        self.sections.put(Section::Answer, owner, set, set.ttl(), reason)
    }
}

/// The name that another is an alias of.
#[allow(clippy::large_enum_variant, reason = "an answer takes no memory of the heap")]
enum Canonical<'a> {
    /// It stands in the zone.
    Stored(&'a [u8]),
    /// It follows from a DNAME record. So many octets count.
    Substituted([u8; Name::LONGEST], u8),
}

impl Canonical<'_> {
    /// The name with `target` in the place of the owner at its end; none if that is longer than a name can be.
    fn substitute(owner: Owner<'_>, target: &[u8]) -> Option<Self> {
        let wire = owner.name.wire();
        let before = wire.len().checked_sub(owner.name.suffix(owner.labels).len())?;
        let end = before.checked_add(target.len())?;
        let mut octets = [0; Name::LONGEST];
        octets.get_mut(..before)?.copy_from_slice(wire.get(..before)?);
        octets.get_mut(before..end)?.copy_from_slice(target);
        Some(Self::Substituted(octets, u8::try_from(end).ok()?))
    }

    fn wire(&self) -> &[u8] {
        match self {
            Self::Stored(wire) => wire,
            Self::Substituted(octets, length) => octets.get(..usize::from(*length)).unwrap_or_default(),
        }
    }
}
