//! Names: wire and text both ways, and the canonical order.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use nameward_core::wire::Name;

/// Takes `data` as text and as wire forms of names that follow each other, and compares up to three of them.
pub fn body(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(name) = text.parse()
    {
        check(&name);
    }
    let mut names = Vec::new();
    let mut rest = data;
    while names.len() < 3 {
        let Some((name, after)) = first_name(rest) else {
            break;
        };
        check(&name);
        names.push(name);
        rest = after;
    }
    for a in &names {
        for b in &names {
            compare(a, b);
            for c in &names {
                assert!(
                    !(a <= b && b <= c) || a <= c,
                    "the order is not transitive: {a} {b} {c}"
                );
            }
        }
    }
}

/// The name at the start of `octets`, found by the lengths of its labels alone, and what follows it.
fn first_name(octets: &[u8]) -> Option<(Name, &[u8])> {
    let mut end = 0;
    loop {
        match *octets.get(end)? {
            0 => break,
            length @ 1..64 => end += usize::from(length) + 1,
            64.. => return None,
        }
    }
    let (wire, after) = octets.split_at_checked(end + 1)?;
    let name = Name::from_wire(wire);
    assert_eq!(name.is_ok(), wire.len() <= 255, "{wire:?}");
    Some((name.ok()?, after))
}

fn check(name: &Name) {
    assert!(name.as_wire().len() <= 255);
    let again = Name::from_wire(name.as_wire()).expect("a wire form can be read");
    assert_eq!(again.as_wire(), name.as_wire());
    let text = name.to_string();
    assert!(text.bytes().all(|octet| octet.is_ascii_graphic()), "{text:?}");
    let read: Name = text.parse().expect("the text of a name can be read");
    assert_eq!(read.as_wire(), name.as_wire());
    assert_eq!(name.labels().count(), usize::from(name.label_count()));
    let mut above = Some(name.clone());
    while let Some(parent) = above {
        assert!(name.is_subdomain_of(&parent) && parent <= *name);
        above = parent.parent();
    }
    compare(name, &name.to_canonical());
    assert_eq!(*name, name.to_canonical());
}

fn compare(a: &Name, b: &Name) {
    let order = a.cmp(b);
    assert_eq!(order, b.cmp(a).reverse());
    assert_eq!(order, naive_order(a, b), "{a} and {b}");
    assert_eq!(order == Ordering::Equal, a == b);
    if a == b {
        assert_eq!(hashed(a), hashed(b));
    }
    let below = lowered(a).ends_with(&lowered(b));
    assert_eq!(a.is_subdomain_of(b), below, "{a} and {b}");
}

/// RFC 4034 section 6.1 to the letter: labels in lower case, from the right.
fn naive_order(a: &Name, b: &Name) -> Ordering {
    lowered(a).iter().rev().cmp(lowered(b).iter().rev())
}

fn lowered(name: &Name) -> Vec<Vec<u8>> {
    name.labels().map(<[u8]>::to_ascii_lowercase).collect()
}

/// What a name gives to a hasher.
fn hashed(name: &Name) -> Vec<u8> {
    let mut octets = Octets::default();
    name.hash(&mut octets);
    octets.0
}

#[derive(Default)]
struct Octets(Vec<u8>);

impl Hasher for Octets {
    fn write(&mut self, octets: &[u8]) {
        self.0.extend_from_slice(octets);
    }

    /// Nobody asks for it.
    fn finish(&self) -> u64 {
        0
    }
}
