//! Signatures that a version of a zone has from the one before.

use alloc::vec::Vec;

use super::set;
use crate::dnssec::{ZoneKey, ZoneSigner, serial_is_at_or_before};
use crate::rrset::Rrset;
use crate::time::UnixTime;
use crate::wire::rdata::Rrsig;
use crate::wire::{Rdata, Rtype, SecurityAlgorithm};
use crate::zone::{Zone, ZoneRrset};

/// The signed version of a zone before the one that is to be signed.
#[derive(Clone, Copy, Debug)]
pub struct PreviousVersion<'z> {
    /// The version, which is believed: nobody verifies its signatures.
    pub zone: &'z Zone,
    /// The present time.
    pub wall: UnixTime,
    /// Signatures that expire in fewer seconds than these are made anew; none is valid for 2^31 seconds or more.
    pub refresh: u32,
}

/// A previous version, and the keys whose signatures can be told apart from others.
pub(super) struct Kept<'z> {
    previous: PreviousVersion<'z>,
    keys: Vec<(u16, SecurityAlgorithm)>,
}

impl<'z> Kept<'z> {
    /// What can be taken over of signatures by these keys.
    pub(super) fn new(previous: PreviousVersion<'z>, keys: &[ZoneSigner<'_>]) -> Self {
        let zone = previous.zone;
        let apex = zone.node(zone.apex());
        let set = apex.and_then(|apex| apex.rrset(Rtype::DNSKEY));
        let there: Vec<Rdata> = set.iter().flat_map(ZoneRrset::rdata).collect();
        let is_alike = |rdata: &&Rdata, key: &ZoneSigner<'_>| {
            let other = ZoneKey::new(zone.apex(), rdata);
            other.is_some_and(|other| (other.tag(), other.dnskey().algorithm) == (key.tag(), key.algorithm()))
        };
        // Of two keys with one tag nobody knows who signed.
        let is_known = |key: &&ZoneSigner<'_>| {
            there.contains(&key.dnskey()) && there.iter().filter(|rdata| is_alike(rdata, key)).count() == 1
        };
        let known = keys.iter().filter(is_known);
        Self {
            previous,
            keys: known.map(|key| (key.tag(), key.algorithm())).collect(),
        }
    }

    /// The signature of this key over this set, of those that are good for long enough the one that is so longest.
    pub(super) fn signature(&self, set_now: &Rrset, key: &ZoneSigner<'_>) -> Option<Rdata> {
        if !self.keys.contains(&(key.tag(), key.algorithm())) {
            return None;
        }
        let zone = self.previous.zone;
        let before = zone.node(set_now.owner())?.rrset(set_now.rtype())?;
        let candidates = before
            .signatures()
            .map(|octets| Rdata::opaque(Rtype::RRSIG, octets))
            .filter_map(|rdata| {
                let left = self.seconds_left(&rdata.view()?, set_now, key)?;
                Some((left, rdata))
            });
        let (_, found) = candidates.max_by_key(|&(left, _)| left)?;
        let owner = set_now.owner();
        let set_before = set(owner, before.rtype(), zone.class(), before.ttl(), before.rdata()).ok()?;
        (set_before == *set_now).then_some(found)
    }

    /// For how many seconds a signature will be valid, if it is now, and long enough, and if the key made it over such a set.
    fn seconds_left(&self, rrsig: &Rrsig<'_>, set: &Rrset, key: &ZoneSigner<'_>) -> Option<u32> {
        let made = (
            rrsig.key_tag,
            rrsig.algorithm,
            rrsig.type_covered,
            rrsig.original_ttl,
        );
        let now = self.previous.wall.as_serial();
        let good = made == (key.tag(), key.algorithm(), set.rtype(), set.ttl())
            && *key.zone() == rrsig.signer
            && serial_is_at_or_before(rrsig.inception, now)
            && serial_is_at_or_before(now, rrsig.expiration);
        let left = rrsig.expiration.wrapping_sub(now);
        (good && left >= self.previous.refresh).then_some(left)
    }
}
