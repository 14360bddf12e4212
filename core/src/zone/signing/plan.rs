//! Which signatures a zone needs, and which of them are to be made.

use alloc::vec::Vec;

use super::contents::Contents;
use super::previous::{Kept, PreviousVersion};
use super::{Denial, SignZoneError, SigningConfig, chain, check, set, signs};
use crate::dnssec::{Validity, ZoneSigner};
use crate::rrset::Rrset;
use crate::seed::Rng;
use crate::wire::{Class, Name, Rdata, Record, Rtype};
use crate::zone::Zone;
use crate::zone::digest::{Collation, ZonemdHash};

/// A zone that is about to be signed: what its denials say is settled, and which signatures are to be made.
///
/// No signature depends on another, so that [`parts`](Self::parts) shares them out among threads.
/// [`finish`](Self::finish) makes what is left, and gives the signed zone. It is the same whoever made which signature when, if the keys'
/// signatures depend on key and data only.
///
/// # What becomes of a zone
///
/// What it has of signatures and denials is made anew. DNSKEY records of the keys are added if they are not there. ZONEMD records at the
/// apex get the digest of what was signed, and those of schemes and hash algorithms that are not implemented are left out (RFC 8976 section 3).
///
/// Sets at the apex that say something about keys (DNSKEY, CDS, CDNSKEY) are signed by the keys that are secure entry points, all others
/// by those that are not; of an algorithm that has keys of one sort only, these sign everything.
///
/// # Signatures that are kept
///
/// From a previous version each signature is kept that was made with one of the keys, over a set that did not change, and that is valid now
/// and for long enough from now on. It is not verified: what the previous version says is believed, for verifying costs as much as
/// signing. So a change of a few names makes a few signatures, also in a large zone.
pub struct SigningPlan<'k> {
    keys: &'k [ZoneSigner<'k>],
    validity: Validity,
    apex: Name,
    serial: u32,
    /// In the order of the records.
    sets: Vec<Rrset>,
    /// In the order of the sets, and for each set of the keys; so is the next.
    tasks: Vec<Task>,
    kept: Vec<(Place, Rdata)>,
    /// Hashes of the ZONEMD records, of which there is a set with placeholders.
    hashes: Vec<ZonemdHash>,
    /// Where signatures of ZONEMD records may come from.
    previous: Option<Kept<'k>>,
}

/// The number of a set, and that of a key.
type Place = (usize, usize);

/// A signature that is to be made.
struct Task {
    place: Place,
    made: Option<Rdata>,
}

/// A share of the signatures that are to be made.
pub struct SigningPart<'p> {
    keys: &'p [ZoneSigner<'p>],
    validity: Validity,
    sets: &'p [Rrset],
    tasks: core::slice::IterMut<'p, Task>,
}

/// The signed form of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedZone {
    /// In the order of the records.
    sets: Vec<Rrset>,
    /// In the order of the sets.
    signatures: Vec<(Place, Rdata)>,
    /// How many signatures were made.
    pub signatures_made: u64,
    /// How many were taken over from the previous version.
    pub signatures_kept: u64,
}

impl SignedZone {
    /// Each set with its signatures behind it: the SOA record, then all others in canonical order of their owners, then the NSEC3
    /// records.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        let mut rest = &self.signatures[..];
        self.sets.iter().enumerate().flat_map(move |(number, set)| {
            let count = rest
                .iter()
                .take_while(|((of_set, _), _)| *of_set == number)
                .count();
            let (of_set, after) = rest.split_at_checked(count).unwrap_or_default();
            rest = after;
            let signatures = of_set.iter().map(|(_, rdata)| Record {
                owner: set.owner().clone(),
                class: set.class(),
                ttl: set.ttl(),
                rdata: rdata.clone(),
            });
            set.records().chain(signatures)
        })
    }
}

impl<'k> SigningPlan<'k> {
    /// Settles what the zone has to have, and which keys are to sign what, as far as the previous version has no signature for it.
    ///
    /// # Errors
    ///
    /// The keys or the parameters do not do, or the zone has something that cannot be signed.
    pub fn new(
        zone: &Zone,
        keys: &'k [ZoneSigner<'k>],
        config: &SigningConfig,
        previous: Option<PreviousVersion<'k>>,
    ) -> Result<Self, SignZoneError> {
        check(zone, keys, config)?;
        let mut contents = Contents::of(zone, keys)?;
        let hashes = contents.renew_zonemd(zone.serial())?;
        match &config.denial {
            Denial::Nsec => chain::add_nsec(&mut contents)?,
            Denial::Nsec3 {
                iterations,
                salt,
                opt_out,
            } => chain::add_nsec3(&mut contents, *iterations, salt, *opt_out)?,
        }
        let mut plan = Self {
            keys,
            validity: config.validity,
            apex: zone.apex().clone(),
            serial: zone.serial(),
            sets: Vec::new(),
            tasks: Vec::new(),
            kept: Vec::new(),
            hashes,
            previous: previous.map(|previous| Kept::new(previous, keys)),
        };
        for (set, signed) in contents.into_sets() {
            let (number, waits) = (plan.sets.len(), plan.is_zonemd(&set));
            plan.sets.push(set);
            if signed && !waits {
                plan.add_signatures(number);
            }
        }
        Ok(plan)
    }

    /// How many signatures are to be made, those of ZONEMD records left out.
    pub fn signatures_wanted(&self) -> u64 {
        self.tasks.len() as u64
    }

    /// Shares the signatures that are to be made out into so many parts, or fewer if there are not enough.
    pub fn parts(&mut self, count: u16) -> impl Iterator<Item = SigningPart<'_>> {
        let each = self.tasks.len().div_ceil(usize::from(count.max(1))).max(1);
        let (keys, validity, sets) = (self.keys, self.validity, &self.sets[..]);
        self.tasks.chunks_mut(each).map(move |tasks| SigningPart {
            keys,
            validity,
            sets,
            tasks: tasks.iter_mut(),
        })
    }

    /// Makes the signatures that are left, and those of ZONEMD records, whose digests come last of all.
    ///
    /// # Errors
    ///
    /// A key does not sign.
    pub fn finish(mut self, rng: &mut Rng) -> Result<SignedZone, SignZoneError> {
        self.make_all(rng)?;
        if let Some(number) = self.sets.iter().position(|set| self.is_zonemd(set)) {
            let digests = self.digests(number)?;
            if let Some(place) = self.sets.get_mut(number) {
                *place = digests;
            }
            self.add_signatures(number);
            self.make_all(rng)?;
        }
        let (signatures_made, signatures_kept) = (self.tasks.len() as u64, self.kept.len() as u64);
        let made = self.tasks.into_iter();
        let made = made.filter_map(|task| Some((task.place, task.made?)));
        let mut signatures: Vec<_> = made.collect();
        signatures.append(&mut self.kept);
        signatures.sort_by_key(|&(place, _)| place);
        Ok(SignedZone {
            sets: self.sets,
            signatures,
            signatures_made,
            signatures_kept,
        })
    }

    fn is_zonemd(&self, set: &Rrset) -> bool {
        set.rtype() == Rtype::ZONEMD && *set.owner() == self.apex
    }

    /// Finds the signatures of a set, or puts them on the list of what is to be made.
    fn add_signatures(&mut self, number: usize) {
        let Some(set) = self.sets.get(number) else {
            return;
        };
        for (key_number, key) in self.keys.iter().enumerate() {
            if !signs(key, self.keys, set) {
                continue;
            }
            let place = (number, key_number);
            match self.previous.as_ref().and_then(|kept| kept.signature(set, key)) {
                Some(rdata) => self.kept.push((place, rdata)),
                None => self.tasks.push(Task { place, made: None }),
            }
        }
    }

    fn make_all(&mut self, rng: &mut Rng) -> Result<(), SignZoneError> {
        for mut part in self.parts(1) {
            while part.step(rng)? {}
        }
        Ok(())
    }

    /// All signatures, in the order of the sets.
    fn signatures(&self) -> Vec<(Place, &Rdata)> {
        let made = self.tasks.iter();
        let made = made.filter_map(|task| Some((task.place, task.made.as_ref()?)));
        let kept = self.kept.iter().map(|(place, rdata)| (*place, rdata));
        let mut all: Vec<_> = kept.chain(made).collect();
        all.sort_unstable_by_key(|&(place, _)| place);
        all
    }

    /// The ZONEMD records, with the digests of all else (RFC 8976 section 3.5).
    fn digests(&self, zonemd: usize) -> Result<Rrset, SignZoneError> {
        let signatures = self.signatures();
        let mut sets: Vec<(usize, &Rrset)> = self.sets.iter().enumerate().collect();
        sets.sort_by(|(_, a), (_, b)| a.owner().cmp(b.owner()));
        let (class, ttl) = self
            .sets
            .get(zonemd)
            .map_or((Class::IN, 0), |set| (set.class(), set.ttl()));
        let mut collation = Collation::new(self.apex.clone(), class, &self.hashes);
        for of_name in sets.chunk_by(|(_, a), (_, b)| a.owner() == b.owner()) {
            for &(number, set) in of_name {
                set.rdata().for_each(|rdata| collation.add(set.ttl(), &rdata));
                of_set(&signatures, number).for_each(|rdata| collation.add(set.ttl(), rdata));
            }
            if let Some((_, set)) = of_name.first() {
                collation.name_ends(set.owner());
            }
        }
        let digests = collation.finish().into_iter();
        let rdata = digests.map(|(hash, digest)| hash.record(self.serial, digest.as_bytes()));
        set(&self.apex, Rtype::ZONEMD, class, ttl, rdata)
    }
}

/// The signatures of a set among all, which are in the order of the sets.
fn of_set<'s>(all: &[(Place, &'s Rdata)], number: usize) -> impl Iterator<Item = &'s Rdata> {
    let start = all.partition_point(|((set, _), _)| *set < number);
    let rest = all.get(start..).unwrap_or_default();
    let of_set = rest.iter().take_while(move |((set, _), _)| *set == number);
    of_set.map(|(_, rdata)| *rdata)
}

impl SigningPart<'_> {
    /// How many signatures are left.
    pub fn left(&self) -> u64 {
        self.tasks.len() as u64
    }

    /// Makes one signature; whether there was one to be made.
    ///
    /// # Errors
    ///
    /// The key does not sign.
    pub fn step(&mut self, rng: &mut Rng) -> Result<bool, SignZoneError> {
        let Some(task) = self.tasks.find(|task| task.made.is_none()) else {
            return Ok(false);
        };
        let (set, key) = task.place;
        if let (Some(set), Some(key)) = (self.sets.get(set), self.keys.get(key)) {
            let signature = key.sign(rng, set, self.validity);
            task.made = Some(signature.map_err(SignZoneError::Signing)?);
        }
        Ok(true)
    }
}
