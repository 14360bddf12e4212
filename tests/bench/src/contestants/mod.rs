//! Who is measured, and what each one does.

mod domain;
mod domain_new;
mod hickory;
mod nameward;
mod simple;

use crate::fold::Extracted;
use crate::messages::Sample;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Read a message and touch each field of it.
    Parse,
    /// Read a message into values that own what they hold.
    Own,
    /// Write a message from owned records, names compressed.
    Build,
}

impl Measure {
    /// All.
    pub(crate) const ALL: [Self; 3] = [Self::Parse, Self::Own, Self::Build];

    /// Its name in the table.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Own => "own",
            Self::Build => "build",
        }
    }
}

/// One way to do what is measured.
pub(crate) struct Contestant {
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// Does it once. Returns what all must agree in: the checksum, the number of records, or the length of the message.
    pub(crate) work: Box<dyn FnMut() -> u64>,
}

impl Contestant {
    fn new(name: &'static str, work: impl FnMut() -> u64 + 'static) -> Self {
        let work = Box::new(work);
        Self { name, work }
    }

    /// The name of our own.
    pub(crate) const OURS: &str = "nameward";

    /// The name of what a parser does not do: the fold over fields that were taken out before.
    pub(crate) const FOLD: &str = "fold";

    /// All who take part. `octets` is the message.
    pub(crate) fn all(measure: Measure, sample: Sample, octets: &'static [u8]) -> Vec<Self> {
        match measure {
            Measure::Parse => {
                let mut extracted = Extracted::default();
                nameward::touch(octets, &mut extracted);
                vec![
                    Self::new(Self::FOLD, move || extracted.fold()),
                    nameward::parse(octets),
                    domain::parse(octets),
                    domain_new::parse(octets),
                    hickory::parse(octets),
                    simple::parse(octets),
                ]
            }
            Measure::Own => vec![
                nameward::own(octets),
                nameward::share(octets),
                domain::own(octets),
                hickory::own(octets),
                simple::own(octets),
            ],
            Measure::Build => vec![
                nameward::build(sample),
                domain::build_static(octets),
                domain::build_hash(octets),
                domain::build_tree(octets),
                domain_new::build(octets),
                hickory::build(octets),
                simple::build(octets),
            ],
        }
    }
}
