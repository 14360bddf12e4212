//! What is true in this internet, by looking at a name: no messages, no zones, no cache.
//!
//! The first label of a name says what there is: a letter, and a number that tells which look-up the name is for.
//!
//! * `a7`: two IPv4 addresses, an IPv6 address and a text;
//! * `t7`: a text only;
//! * `m7`: texts that fit into a datagram of 1232 octets, and into none of 512;
//! * `b7`: texts that fit into no datagram; `h7`: texts of more than 50 000 octets;
//! * `c3-7`: an alias of `c2-7`, and so on, each valid for less time than the next; `c0-7` has what `a7` has;
//! * `o7`: an alias of `a7` in the other zone;
//! * all others do not exist.
//!
//! They are below `example.` and below `corp.example.`, which is another company's with servers of its own. And there are names
//! that mean something by themselves (RFC 6761).

use std::collections::BTreeSet;

/// How long it is valid that something does not exist, in seconds.
pub(super) const NEGATIVE_TTL: u32 = 30;

/// How long what there is at a name is valid, in seconds.
pub(super) fn ttl(name: &str) -> u32 {
    300 - parts(name).map_or(0, |parts| 10 * parts.hops.min(20))
}

/// Whether a name means something by itself.
pub(super) fn is_special(name: &str) -> bool {
    name == "localhost." || name.ends_with(".invalid.")
}

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
    if name == "localhost." {
        return match rtype {
            A => Truth::Positive(BTreeSet::from(["127.0.0.1".into()])),
            AAAA => Truth::Positive(BTreeSet::from(["::1".into()])),
            _ => Truth::NoData,
        };
    }
    let Some(Parts {
        letter,
        hops,
        number,
        zone,
    }) = parts(name)
    else {
        return Truth::NxDomain;
    };
    if letter == 'o' {
        let other = if zone == "example." {
            "corp.example."
        } else {
            "example."
        };
        return alias_or(rtype, format!("a{number}.{other}"));
    }
    if letter == 'c' && hops > 0 {
        return alias_or(rtype, format!("c{}-{number}.{zone}", hops - 1));
    }
    let texts = |count| {
        (0..count)
            .map(|line| format!("\"truth {number} {line} {}\"", "x".repeat(200)))
            .collect()
    };
    let (high, low) = (number >> 8 & 0xff, number & 0xff);
    let records: Vec<String> = match (letter, rtype) {
        ('a' | 'c', A) => vec![format!("198.18.{high}.{low}"), format!("198.19.{high}.{low}")],
        ('a' | 'c', AAAA) => vec![format!("2001:db8::1:{number:x}")],
        ('a' | 'c' | 't', TXT) => vec![format!("\"truth {number}\"")],
        ('m', TXT) => texts(4),
        ('b', TXT) => texts(20),
        ('h', TXT) => texts(230),
        ('a' | 'b' | 'c' | 'h' | 'm' | 't', _) => Vec::new(),
        _ => return Truth::NxDomain,
    };
    if records.is_empty() {
        Truth::NoData
    } else {
        Truth::Positive(records.into_iter().collect())
    }
}

fn alias_or(rtype: u16, target: String) -> Truth {
    if rtype == CNAME {
        Truth::Positive(BTreeSet::from([target]))
    } else {
        Truth::Alias(target)
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
        assert_eq!(end_of("o7.example.", A).0, "a7.corp.example.");
        assert_eq!((ttl("c3-7.example."), ttl("c0-7.example.")), (270, 300));
    }
}
