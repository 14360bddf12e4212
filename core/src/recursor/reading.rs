//! What a reply means for a question that was put to a server of a zone.

use alloc::vec::Vec;
use core::net::IpAddr;

use super::answer::Lame;
use super::delegation::{MOST_ADDRESSES, MOST_SERVERS, NameServer};
use crate::client::Trouble;
use crate::client::classify::{Denial, End, Finding, Signed, classify};
use crate::planted::planted;
use crate::rrset::{RrsetRef, SectionRrsets, TtlRule};
use crate::wire::{A, Aaaa, Class, Message, Name, Ns, Question, Rcode, Rtype, Section};

/// What a reply means.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and it is taken apart at once"
)]
pub(super) enum Reading {
    /// The servers of this zone are to be asked.
    Referral(Name, Vec<NameServer>),
    /// An answer, a denial, or aliases.
    Found(Finding),
    /// The server is not responsible for the zone.
    Lame(Lame),
    /// It says that it has no answer, or nothing that makes sense.
    Trouble(Trouble),
}

/// Reads a reply to `question` of a server that was asked because it is said to be responsible for `zone`.
pub(super) fn read(message: Message<'_>, question: &Question, zone: &Name) -> Reading {
    if message.rcode() == Rcode::NOERROR && message.record_count(Section::Answer) == 0 {
        let authority = message.rrsets(Section::Authority);
        let is_denial = sets_of(&authority, Rtype::SOA).next().is_some();
        if !is_denial && let Some(reading) = refer(message, &authority, question, zone) {
            return reading;
        }
    }
    let belongs = |name: &Name| name.is_subdomain_of(zone) || planted!(AnswerBelievedFromElsewhere);
    let finding = match classify(message, question, TtlRule::Lowest, belongs) {
        Ok(finding) => finding,
        Err(trouble) => return Reading::Trouble(trouble),
    };
    if !message.flags().aa() {
        return Reading::Lame(Lame::Unauthoritative);
    }
    // An alias stands at a name that was followed, or above it; an SOA record stands above it.
    let soa = match &finding.end {
        End::NoData(Denial { soa, .. }) | End::NxDomain(Denial { soa, .. }) => soa.as_ref(),
        End::Positive(_) | End::Unsaid => None,
    };
    let outside = |set: &Signed| !belongs(set.rrset.owner());
    if finding.aliases.iter().chain(soa).any(outside) {
        return Reading::Lame(Lame::OutOfZone);
    }
    Reading::Found(finding)
}

/// What the NS records of a reply without an answer mean (RFC 1034 section 4.3.2 step 3b); none if there are none, or if they are those of
/// the zone in a denial without SOA record (RFC 2308 section 2.2).
fn refer(
    message: Message<'_>,
    authority: &SectionRrsets<'_>,
    question: &Question,
    zone: &Name,
) -> Option<Reading> {
    let mut lame = None;
    for set in sets_of(authority, Rtype::NS) {
        let owner = set.owner().to_name();
        // DS records are the part of a delegation that belongs to the zone above it (RFC 4035 section 3.1.4.1).
        let leads_on =
            question.name.is_subdomain_of(&owner) && !(question.rtype == Rtype::DS && question.name == owner);
        if owner != *zone && owner.is_subdomain_of(zone) && leads_on {
            return Some(Reading::Referral(owner, servers(message, set, zone)));
        }
        let why = if owner == *zone && message.flags().aa() {
            return None;
        } else if owner == *zone {
            Lame::Itself
        } else if zone.is_subdomain_of(&owner) {
            Lame::Upward
        } else {
            Lame::Sideways
        };
        lame.get_or_insert(why);
    }
    lame.map(Reading::Lame)
}

/// The servers that a referral names, each with the addresses that the server of `zone` can know: those of names in `zone`.
fn servers(message: Message<'_>, set: RrsetRef<'_, '_>, zone: &Name) -> Vec<NameServer> {
    let additional = message.rrsets(Section::Additional);
    let mut servers: Vec<NameServer> = Vec::new();
    for record in set.records() {
        let name = record
            .to_rdata()
            .ok()
            .and_then(|rdata| Some(rdata.view::<Ns<'_>>()?.server.to_name()));
        let Some(name) = name else { continue };
        if servers.len() >= MOST_SERVERS || servers.iter().any(|server| server.name == name) {
            continue;
        }
        let addresses = if name.is_subdomain_of(zone) || planted!(GlueBelievedFromElsewhere) {
            glue(&additional, &name)
        } else {
            Vec::new()
        };
        servers.push(NameServer { name, addresses });
    }
    servers
}

fn glue(additional: &SectionRrsets<'_>, name: &Name) -> Vec<IpAddr> {
    let of_type = |rtype| additional.get(name, Class::IN, rtype);
    let records = [of_type(Rtype::A), of_type(Rtype::AAAA)].into_iter().flatten();
    records
        .flat_map(RrsetRef::records)
        .filter_map(|record| {
            let rdata = record.to_rdata().ok()?;
            let ipv4 = || rdata.view::<A>().map(|a| a.address.into());
            let ipv6 = || rdata.view::<Aaaa>().map(|aaaa| aaaa.address.into());
            ipv4().or_else(ipv6)
        })
        .take(MOST_ADDRESSES)
        .collect()
}

fn sets_of<'s, 'a>(section: &'s SectionRrsets<'a>, rtype: Rtype) -> impl Iterator<Item = RrsetRef<'s, 'a>> {
    section
        .iter()
        .filter(move |set| set.rtype() == rtype && set.class() == Class::IN && set.records().len() > 0)
}
