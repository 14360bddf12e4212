//! What is true in this internet, by looking at a name: no messages, no zones, no cache.
//!
//! The first label of a name says what there is: a letter, and a number that tells which look-up the name is for.
//!
//! * `a7`: two IPv4 addresses, an IPv6 address and a text;
//! * `t7`: a text only;
//! * `b7`: texts that fit into no datagram;
//! * `c3-7`: an alias of `c2-7`, and so on; `c0-7` has what `a7` has;
//! * all others do not exist.
//!
//! They are below `example.` and below `corp.example.`, which is another company's with servers of its own.

use std::collections::BTreeSet;

/// How long everything is valid, in seconds, and how long that something does not exist.
pub(super) const TTL: u32 = 300;
/// See [`TTL`].
pub(super) const NEGATIVE_TTL: u32 = 30;

const A: u16 = 1;
const CNAME: u16 = 5;
const TXT: u16 = 16;
const AAAA: u16 = 28;

/// What there is of a type at a name, in presentation format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    /// These records.
    Positive(BTreeSet<String>),
    /// The name is an alias of this one.
    Alias(String),
    /// Nothing of this type.
    NoData,
    /// Not even the name.
    NxDomain,
}

/// A name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// What there is.
    pub(super) letter: char,
    /// How many aliases lead to it.
    pub(super) hops: u32,
    /// Which look-up it is for.
    pub(super) number: u32,
    /// Where it is: `example.` or `corp.example.`.
    pub(super) zone: String,
}

/// Takes a name in presentation format apart, if it is one that somebody might own.
pub(super) fn parts(name: &str) -> Option<Parts> {
    let name = name.to_ascii_lowercase();
    let (label, zone) = name.split_once('.')?;
    if !["example.", "corp.example."].contains(&zone) {
        return None;
    }
    let letter = label.chars().next().filter(char::is_ascii_lowercase)?;
    let rest = label.get(1..)?;
    let (hops, number) = match rest.split_once('-') {
        Some((hops, number)) if letter == 'c' => (hops.parse().ok()?, number),
        _ => (0, rest),
    };
    Some(Parts {
        letter,
        hops,
        number: number.parse().ok()?,
        zone: zone.into(),
    })
}

/// What there is of a type at a name.
pub(super) fn truth(name: &str, rtype: u16) -> Truth {
    let Some(Parts {
        letter,
        hops,
        number,
        zone,
    }) = parts(name)
    else {
        return Truth::NxDomain;
    };
    if letter == 'c' && hops > 0 {
        return if rtype == CNAME {
            Truth::Positive(BTreeSet::from([format!("c{}-{number}.{zone}", hops - 1)]))
        } else {
            Truth::Alias(format!("c{}-{number}.{zone}", hops - 1))
        };
    }
    let (high, low) = (number >> 8 & 0xff, number & 0xff);
    let records: Vec<String> = match (letter, rtype) {
        ('a' | 'c', A) => vec![format!("198.18.{high}.{low}"), format!("198.19.{high}.{low}")],
        ('a' | 'c', AAAA) => vec![format!("2001:db8::1:{number:x}")],
        ('a' | 'c' | 't', TXT) => vec![format!("\"truth {number}\"")],
        ('b', TXT) => (0..20)
            .map(|line| format!("\"truth {number} {line} {}\"", "x".repeat(200)))
            .collect(),
        ('a' | 'b' | 'c' | 't', _) => Vec::new(),
        _ => return Truth::NxDomain,
    };
    if records.is_empty() {
        Truth::NoData
    } else {
        Truth::Positive(records.into_iter().collect())
    }
}

/// Where a chain of aliases ends, and what there is.
pub(super) fn end_of(name: &str, rtype: u16) -> (String, Truth) {
    let mut name = name.to_ascii_lowercase();
    loop {
        match truth(&name, rtype) {
            Truth::Alias(target) => name = target,
            other => return (name, other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_is_what_the_name_says() {
        assert_eq!(truth("T7.example.", A), Truth::NoData);
        assert_eq!(truth("x7.example.", A), Truth::NxDomain);
        assert_eq!(truth("a7.elsewhere.", A), Truth::NxDomain);
        assert_eq!(
            truth("c2-7.corp.example.", A),
            Truth::Alias("c1-7.corp.example.".into())
        );
        let text = Truth::Positive(BTreeSet::from(["\"truth 7\"".into()]));
        assert_eq!(end_of("C2-7.example.", TXT), ("c0-7.example.".into(), text));
        let Truth::Positive(big) = truth("b7.example.", TXT) else {
            panic!("there are texts")
        };
        assert!(big.iter().map(String::len).sum::<usize>() > 4_000);
    }
}
