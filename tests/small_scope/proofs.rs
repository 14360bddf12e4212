//! Whether denials prove what an answer claims, over the text of names as the specification has it.
//!
//! Such texts are in canonical order, because each label is one character (RFC 4034 section 6.1).

use nameward_core::crypto::HashFunction;
use nameward_core::wire::rdata::{Nsec, Nsec3};
use nameward_core::wire::{NameRef, RecordRef, Rtype};

use super::specification::Claim;

/// An NSEC or NSEC3 record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    Nsec {
        owner: String,
        next: String,
        types: Vec<Rtype>,
    },
    Nsec3 {
        owner: Vec<u8>,
        next: Vec<u8>,
        types: Vec<Rtype>,
        opt_out: bool,
        iterations: u16,
        salt: Vec<u8>,
    },
}

impl Denial {
    /// Reads a record of one of the two types; `path` gives the text of a name.
    pub(crate) fn read(record: RecordRef<'_>, path: impl Fn(NameRef<'_>) -> String) -> Self {
        if record.rtype == Rtype::NSEC {
            let nsec = record.rdata::<Nsec<'_>>().unwrap().unwrap();
            return Self::Nsec {
                owner: path(record.owner),
                next: path(nsec.next),
                types: nsec.types.iter().collect(),
            };
        }
        let nsec3 = record.rdata::<Nsec3<'_>>().unwrap().unwrap();
        let label = record.owner.labels().next().unwrap().to_ascii_uppercase();
        Self::Nsec3 {
            owner: data_encoding::BASE32HEX_NOPAD.decode(&label).unwrap(),
            next: nsec3.next_hashed.octets().to_vec(),
            types: nsec3.types.iter().collect(),
            opt_out: nsec3.flags == 1,
            iterations: nsec3.iterations,
            salt: nsec3.salt.octets().to_vec(),
        }
    }

    fn types(&self) -> &[Rtype] {
        match self {
            Self::Nsec { types, .. } | Self::Nsec3 { types, .. } => types,
        }
    }

    fn opts_out(&self) -> bool {
        matches!(self, Self::Nsec3 { opt_out: true, .. })
    }

    /// Whether it is about this name.
    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Nsec { owner, .. } => owner == name,
            Self::Nsec3 {
                owner,
                iterations,
                salt,
                ..
            } => *owner == hash(name, *iterations, salt),
        }
    }

    /// Whether the name, or its hash, would stand between the two that it has.
    fn covers(&self, name: &str) -> bool {
        match self {
            Self::Nsec { owner, next, .. } => {
                // RFC 6840 section 4.1: a zone cut, or a DNAME record, says nothing of what is below it.
                let blind = name.starts_with(owner) && self.ends_zone();
                owner.as_str() < name && (name < next.as_str() || next.is_empty()) && !blind
            }
            Self::Nsec3 {
                owner,
                next,
                iterations,
                salt,
                ..
            } => {
                let hash = hash(name, *iterations, salt);
                let last = next <= owner;
                if last {
                    hash > *owner || hash < *next
                } else {
                    hash > *owner && hash < *next
                }
            }
        }
    }

    /// Whether it covers the name, and says that there is something below it (RFC 4592 section 2.2.2).
    fn is_before_empty(&self, name: &str) -> bool {
        self.covers(name) && matches!(self, Self::Nsec { next, .. } if next.starts_with(name))
    }

    /// Whether it covers the name, and there is nothing below it.
    fn denies(&self, name: &str) -> bool {
        self.covers(name) && !self.is_before_empty(name)
    }

    fn ends_zone(&self) -> bool {
        let has = |rtype| self.types().contains(&rtype);
        has(Rtype::DNAME) || has(Rtype::NS) && !has(Rtype::SOA)
    }
}

/// RFC 5155 section 5.
fn hash(name: &str, iterations: u16, salt: &[u8]) -> Vec<u8> {
    let labels = name.bytes().rev().flat_map(|label| [1, label]);
    let mut octets: Vec<u8> = labels.chain(*b"\x04zone\0").collect();
    for _ in 0..=iterations {
        octets = HashFunction::Sha1.digest(&[&octets, salt]).as_bytes().to_vec();
    }
    octets
}

/// Whether these prove the claim, to a validator who has nothing else.
pub(crate) fn prove(claim: &Claim, denials: &[Denial]) -> bool {
    let proof = Proof(denials);
    match claim {
        Claim::NoName(name) => proof.closest_encloser(name).is_some_and(|(encloser, opt_out)| {
            let wildcard = encloser + "*";
            // Where names may be left out, an empty one may be that is the encloser in truth; then the wildcard is about other names.
            proof
                .0
                .iter()
                .any(|denial| denial.denies(&wildcard) || opt_out && denial.matches(&wildcard))
        }),
        // RFC 5155 section 8.6, and its erratum 3441 for names that exist because of unsigned delegations only.
        Claim::NoType(name, rtype) => {
            proof.lacks(name, *rtype) || proof.closest_encloser(name).is_some_and(|(_, opt_out)| opt_out)
        }
        // RFC 5155 section 8.7.
        Claim::WildcardWithoutType(name, encloser, rtype) => {
            let wildcard = name[..*encloser].to_owned() + "*";
            let left_out = |denial: &Denial| denial.opts_out() && denial.covers(&wildcard);
            proof.closest_encloser(name).is_some()
                && (proof.lacks(&wildcard, *rtype) || proof.0.iter().any(left_out))
        }
        // RFC 5155 section 8.8, RFC 4035 section 5.3.4.
        Claim::Expanded(name, encloser) => proof.0.iter().any(|denial| denial.denies(&name[..=*encloser])),
        Claim::NoDs(cut) => {
            let at_cut = |denial: &Denial| {
                let has = |rtype| denial.types().contains(&rtype);
                denial.matches(cut) && has(Rtype::NS) && !has(Rtype::DS) && !has(Rtype::SOA)
            };
            proof.0.iter().any(at_cut) || proof.closest_encloser(cut).is_some_and(|(_, opt_out)| opt_out)
        }
    }
}

struct Proof<'p>(&'p [Denial]);

impl Proof<'_> {
    /// The closest encloser of a name that does not exist, or one of which only unsigned delegations may lie in between.
    fn closest_encloser(&self, name: &str) -> Option<(String, bool)> {
        if self.0.iter().any(|denial| denial.matches(name)) {
            return None;
        }
        let (length, denial) = (0..name.len()).rev().find_map(|length| {
            let (encloser, next_closer) = (&name[..length], &name[..=length]);
            let covering = self.0.iter().find(|denial| denial.denies(next_closer))?;
            let exists = match covering {
                // RFC 4035 section 5.4: what has a name of the record at or below it.
                Denial::Nsec { owner, next, .. } => owner.starts_with(encloser) || next.starts_with(encloser),
                // RFC 5155 section 8.3.
                Denial::Nsec3 { .. } => self
                    .0
                    .iter()
                    .any(|denial| denial.matches(encloser) && !denial.ends_zone()),
            };
            exists.then_some((length, covering))
        })?;
        Some((name[..length].to_owned(), denial.opts_out()))
    }

    /// Whether one says that the name is there, and that the type is not.
    fn lacks(&self, name: &str, rtype: Rtype) -> bool {
        self.0.iter().any(|denial| {
            let has = |rtype| denial.types().contains(&rtype);
            // RFC 6840 section 4.1: above a zone cut nothing but DS is known.
            let knows = rtype == Rtype::DS || !has(Rtype::NS) || has(Rtype::SOA);
            denial.matches(name) && !has(rtype) && !has(Rtype::CNAME) && knows || denial.is_before_empty(name)
        })
    }
}

#[test]
fn rfc4592_2_2_1_the_example_is_proved_as_it_says() {
    let nsec = |owner: &str, next: &str, types: &[Rtype]| Denial::Nsec {
        owner: owner.into(),
        next: next.into(),
        types: types.into(),
    };
    let [apex, wildcard, last] = [
        nsec("", "a*", &[Rtype::SOA, Rtype::NS]),
        nsec("a*", "b", &[Rtype::TXT]),
        nsec("b", "", &[Rtype::A]),
    ];
    let cases: [(Claim, &[&Denial]); 6] = [
        (Claim::NoName("c".into()), &[&last, &apex]),
        (Claim::NoType("b".into(), Rtype::TXT), &[&last]),
        (Claim::NoType("a".into(), Rtype::TXT), &[&apex]),
        (Claim::WildcardWithoutType("ab".into(), 1, Rtype::A), &[&wildcard]),
        (Claim::Expanded("abc".into(), 1), &[&wildcard]),
        (Claim::NoType("ba".into(), Rtype::A), &[]),
    ];
    let all = [apex.clone(), wildcard.clone(), last.clone()];
    for (claim, needed) in cases {
        let proof: Vec<Denial> = needed.iter().map(|&denial| denial.clone()).collect();
        assert_eq!(prove(&claim, &proof), !proof.is_empty(), "{claim:?}");
        for missing in &proof {
            let rest: Vec<Denial> = all.iter().filter(|denial| *denial != missing).cloned().collect();
            assert!(!prove(&claim, &rest), "{claim:?} without {missing:?}");
        }
    }
}
