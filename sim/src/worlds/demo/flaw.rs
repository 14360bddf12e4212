//! What is wrong with the zones that are broken on purpose.

use alloc::vec::Vec;

use nameward_core::dnssec::{FLAG_REVOKE, FLAG_ZONE, Validity, ZoneSigner, key_tag, type_bitmap};
use nameward_core::rrset::Rrset;
use nameward_core::seed::Rng;
use nameward_core::time::UnixTime;
use nameward_core::wire::rdata::{Nsec, Nsec3, Rrsig, TypeBitmap};
use nameward_core::wire::{Name, Rdata, Record, Rtype, SecurityAlgorithm};

use super::validity;

/// The number of an algorithm, and of a digest, that nobody has given a meaning.
const UNASSIGNED: u8 = 100;

const DAY: u32 = 86_400;

/// What is wrong with a zone. Each is the zone of that name below `broken.test.`; with what they do not mention, nothing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Flaw {
    /// All signatures expired a day before the world begins.
    Expired,
    /// All signatures become valid a day after the world begins.
    NotYetValid,
    /// All signatures expire before they become valid.
    ReversedTimes,
    /// The DS record has the tag of the key, and another digest.
    WrongDs,
    /// The DS record is that of a key which the zone does not have.
    OldDs,
    /// There is a DS record, and the zone is not signed.
    Unsigned,
    /// There are no DNSKEY records.
    MissingDnskey,
    /// The DNSKEY records are not signed.
    UnsignedDnskey,
    /// The only key was revoked (RFC 5011).
    RevokedKey,
    /// The only key is no zone key (RFC 4034 section 2.1.1).
    NoZoneKey,
    /// The address of `www` is not signed.
    MissingSignature,
    /// The signature of the address of `www` has a wrong bit.
    CorruptedSignature,
    /// The address of `www` was changed after it was signed.
    AlteredRecord,
    /// The address of `www` is signed by the zone above.
    WrongSigner,
    /// There are keys of two algorithms, and only the DNSKEY records are signed by both: a fault of who signs (RFC 4035 section 2.2), at
    /// which no validator may stumble (RFC 6840 section 5.11).
    MissingAlgorithm,
    /// `www` has no NSEC record.
    MissingNsec,
    /// The NSEC record of `www` says that it has no address.
    WrongNsec,
    /// `www` has no NSEC3 record.
    MissingNsec3,
    /// The only key is of an unknown algorithm: the zone is as good as unsigned (RFC 4035 section 5.2).
    UnsupportedAlgorithm,
    /// The only DS record is of an unknown digest: the zone is as good as unsigned (RFC 4509 section 3).
    UnsupportedDigest,
}

impl Flaw {
    /// When the signatures are valid in a world that begins then.
    pub(super) const fn validity(self, beginning: UnixTime) -> Validity {
        let now = beginning.as_serial();
        let sound = validity(beginning);
        match self {
            Self::Expired => Validity {
                expiration: now.wrapping_sub(DAY),
                ..sound
            },
            Self::NotYetValid => Validity {
                inception: now.wrapping_add(DAY),
                ..sound
            },
            Self::ReversedTimes => Validity {
                inception: sound.expiration,
                expiration: sound.inception,
            },
            _ => sound,
        }
    }

    /// The flags of a key that should have these.
    pub(super) const fn flags(self, flags: u16) -> u16 {
        match self {
            Self::RevokedKey => flags | FLAG_REVOKE,
            Self::NoZoneKey => flags & !FLAG_ZONE,
            _ => flags,
        }
    }

    /// The DNSKEY record as the zone has it.
    pub(super) fn published(self, dnskey: Rdata) -> Rdata {
        match self {
            Self::UnsupportedAlgorithm => altered(&dnskey, |octets| octets[3] = UNASSIGNED),
            _ => dnskey,
        }
    }

    /// The DNSKEY record of which the zone above has the digest.
    pub(super) fn delegated(self, dnskey: Rdata) -> Rdata {
        match self {
            Self::OldDs => altered(&dnskey, flip_last),
            _ => self.published(dnskey),
        }
    }

    /// The DS record as the zone above has it.
    pub(super) fn ds(self, ds: Rdata) -> Rdata {
        match self {
            Self::WrongDs => altered(&ds, flip_last),
            Self::UnsupportedDigest => altered(&ds, |octets| octets[3] = UNASSIGNED),
            _ => ds,
        }
    }

    /// Does to the records of a signed zone what is wrong with them. `keys` are those of the zone, `above` are those of the zone above.
    pub(super) fn spoil(
        self,
        rng: &mut Rng,
        validity: Validity,
        keys: &[ZoneSigner<'_>],
        above: &[ZoneSigner<'_>],
        records: &mut Vec<Record>,
    ) {
        // Invariant: all zones that are signed have a key, the one above those that are broken is signed, and their names are short.
        let [key, ..] = keys else {
            panic!("a zone has a key")
        };
        let above = above.first().unwrap_or(key);
        let www = Name::from_labels(["www".as_bytes()].into_iter().chain(key.zone().labels()));
        let www = www.expect("the name fits");
        let covers = |record: &Record, rtype| covered(record) == Some(rtype);
        let at_www = |record: &Record, rtype| record.owner == www && record.rtype() == rtype;
        let signs_www = |record: &Record, rtype| record.owner == www && covers(record, rtype);
        match self {
            Self::MissingDnskey => {
                records.retain(|record| record.rtype() != Rtype::DNSKEY && !covers(record, Rtype::DNSKEY));
            }
            Self::UnsignedDnskey => records.retain(|record| !covers(record, Rtype::DNSKEY)),
            Self::MissingSignature => {
                records.retain(|record| !signs_www(record, Rtype::A));
            }
            Self::CorruptedSignature => {
                alter(
                    records,
                    |record| signs_www(record, Rtype::A),
                    |rdata| altered(rdata, flip_last),
                );
            }
            Self::AlteredRecord => {
                alter(
                    records,
                    |record| at_www(record, Rtype::A),
                    |rdata| altered(rdata, flip_last),
                );
            }
            Self::WrongSigner => sign_again(rng, above, validity, records, &www, Rtype::A),
            Self::MissingAlgorithm => {
                let left_out = SecurityAlgorithm::ECDSAP256SHA256;
                records.retain(|record| {
                    let rrsig = record.rdata.view::<Rrsig<'_>>();
                    !rrsig.is_some_and(|rrsig| {
                        rrsig.algorithm == left_out && rrsig.type_covered != Rtype::DNSKEY
                    })
                });
            }
            Self::MissingNsec => {
                records.retain(|record| !at_www(record, Rtype::NSEC) && !signs_www(record, Rtype::NSEC));
            }
            Self::WrongNsec => {
                alter(records, |record| at_www(record, Rtype::NSEC), without_address);
                sign_again(rng, key, validity, records, &www, Rtype::NSEC);
            }
            Self::MissingNsec3 => {
                let of_www = records.iter().find(|record| is_beside_address(&record.rdata));
                let hashed = of_www.map(|record| record.owner.clone());
                records.retain(|record| Some(&record.owner) != hashed.as_ref());
            }
            Self::UnsupportedAlgorithm => {
                let tag = key_tag(self.published(key.dnskey()).octets()).to_be_bytes();
                let of_type = |rtype| move |record: &Record| record.rtype() == rtype;
                alter(records, of_type(Rtype::DNSKEY), |dnskey| {
                    self.published(dnskey.clone())
                });
                alter(records, of_type(Rtype::RRSIG), |rrsig| {
                    altered(rrsig, |octets| {
                        octets[2] = UNASSIGNED;
                        octets[16..18].copy_from_slice(&tag);
                    })
                });
            }
            Self::Expired
            | Self::NotYetValid
            | Self::ReversedTimes
            | Self::WrongDs
            | Self::OldDs
            | Self::Unsigned
            | Self::RevokedKey
            | Self::NoZoneKey
            | Self::UnsupportedDigest => {}
        }
    }
}

/// Replaces the data of some records.
fn alter(records: &mut [Record], which: impl Fn(&Record) -> bool, alter: impl Fn(&Rdata) -> Rdata) {
    for record in records.iter_mut().filter(|record| which(record)) {
        record.rdata = alter(&record.rdata);
    }
}

fn altered(rdata: &Rdata, alter: impl FnOnce(&mut [u8])) -> Rdata {
    let mut octets = rdata.octets().to_vec();
    alter(&mut octets);
    Rdata::opaque(rdata.rtype(), &octets)
}

fn flip_last(octets: &mut [u8]) {
    if let Some(last) = octets.last_mut() {
        *last ^= 1;
    }
}

/// What type a record signs, if it is a signature.
fn covered(record: &Record) -> Option<Rtype> {
    Some(record.rdata.view::<Rrsig<'_>>()?.type_covered)
}

fn without_address(nsec: &Rdata) -> Rdata {
    let view = nsec.view::<Nsec<'_>>();
    let changed = view.and_then(|nsec| {
        let types = type_bitmap(nsec.types.iter().filter(|&rtype| rtype != Rtype::A));
        let types = TypeBitmap::from_wire(&types).ok()?;
        Some(Nsec { types, ..nsec }.to_rdata())
    });
    // Invariant: it was signed as an NSEC record, and a bitmap that was just made is one.
    changed.expect("it is an NSEC record")
}

/// Whether this is the NSEC3 record of a name that has an address.
fn is_beside_address(rdata: &Rdata) -> bool {
    let nsec3 = rdata.view::<Nsec3<'_>>();
    nsec3.is_some_and(|nsec3| nsec3.types.contains(Rtype::A))
}

/// Replaces the signatures of a set by one of this key.
fn sign_again(
    rng: &mut Rng,
    key: &ZoneSigner<'_>,
    validity: Validity,
    records: &mut [Record],
    owner: &Name,
    rtype: Rtype,
) {
    let of_set = |record: &&Record| record.owner == *owner && record.rtype() == rtype;
    let set: Vec<&Record> = records.iter().filter(of_set).collect();
    let rrset = set.first().and_then(|first| {
        let rdata = set.iter().map(|record| record.rdata.clone());
        Rrset::new(owner.clone(), rtype, first.class, first.ttl, rdata).ok()
    });
    // Invariant: the broken zones have the sets that their flaws are about, and their keys sign.
    let rrset = rrset.expect("the set is there");
    let rrsig = key.sign(rng, &rrset, validity).expect("the key signs");
    for record in records {
        if record.owner == *owner && covered(record) == Some(rtype) {
            record.rdata = rrsig.clone();
        }
    }
}
