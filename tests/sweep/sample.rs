//! Which messages of the corpora are damaged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use nameward_core::wire::{Message, Section};
use nameward_tests::peer;

/// A message that is damaged in every octet has at most so many: others would take most of the time.
const LONGEST_WHOLE: usize = 2048;

/// A message of the corpora.
#[derive(Debug)]
pub(crate) struct Sample {
    /// Its file, and its name there.
    pub(crate) name: String,
    pub(crate) octets: Vec<u8>,
}

impl Sample {
    /// A number that depends on the name only (FNV-1a).
    pub(crate) fn hash(&self) -> u64 {
        self.name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, octet| {
            (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01B3)
        })
    }

    /// What it is like: its file, its size to the next power of two, which sections have how much, and the types in it.
    fn kind(&self) -> (String, u32, [u32; 4], BTreeSet<u16>) {
        let file = self.name.split('/').next().unwrap_or_default().to_owned();
        let size = self.octets.len().next_power_of_two().trailing_zeros();
        let Ok(message) = Message::parse(&self.octets) else {
            return (file, size, [0; 4], BTreeSet::new());
        };
        let records = || {
            Section::ALL
                .into_iter()
                .flat_map(|section| message.records(section))
        };
        let content = Section::ALL.map(|section| message.records(section).len().min(2) as u32);
        let opt = u32::from(message.opt().is_some());
        (
            file,
            size,
            [content[0], content[1], content[2], opt],
            records().map(|record| record.rtype.0).collect(),
        )
    }
}

/// At most `count` messages of as many kinds as there are, and all others. None without the corpora, which is said.
///
/// The choice is the same in each run: of each kind the message whose name has the lowest hash, then the second of each, until there
/// are enough. The kinds take their turns in the order of their first messages.
pub(crate) fn choose(count: usize) -> Option<(Vec<Sample>, Vec<Sample>)> {
    let Some(folder) = peer::corpus("messages/wire") else {
        peer::skip("NAMEWARD_CORPORA does not say where the corpora are");
        return None;
    };
    let mut samples = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        for line in fs::read_to_string(&path).unwrap().lines().skip(1) {
            let mut cells = line.split('\t');
            let (Some(name), Some(digits)) = (cells.next(), cells.next_back()) else {
                panic!("{file}: {line}");
            };
            samples.push(Sample {
                name: format!("{file}/{name}"),
                octets: data_encoding::HEXLOWER_PERMISSIVE
                    .decode(digits.as_bytes())
                    .unwrap(),
            });
        }
    }
    samples.sort_by_key(|sample| (sample.hash(), sample.name.clone()));
    let mut of_kind: BTreeMap<_, usize> = BTreeMap::new();
    let mut ranked: Vec<(usize, Sample)> = samples
        .into_iter()
        .map(|sample| {
            if sample.octets.len() > LONGEST_WHOLE || sample.octets.is_empty() {
                return (usize::MAX, sample);
            }
            let rank = of_kind.entry(sample.kind()).or_default();
            *rank += 1;
            (*rank, sample)
        })
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    let mut samples: Vec<Sample> = ranked.into_iter().map(|(_, sample)| sample).collect();
    let others = samples.split_off(count.min(samples.len()));
    Some((samples, others))
}
