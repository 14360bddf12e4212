//! The canonical order of the names of a zone (RFC 4034 section 6.1).

use alloc::vec::Vec;

use super::builder::ZoneBuilder;

/// The numbers of all names in canonical order: each name, then what is below it, its children in the order of their labels.
///
/// Only labels of one parent are compared with each other, most of them by their first eight octets.
pub(super) fn canonical(builder: &ZoneBuilder) -> Vec<u32> {
    let (starts, children) = families(builder);
    let mut order = Vec::with_capacity(builder.drafts.len());
    let mut waiting = alloc::vec![0_u32];
    let mut siblings = Vec::new();
    while let Some(number) = waiting.pop() {
        order.push(number);
        siblings.clear();
        siblings.extend(
            children_of(&starts, &children, number)
                .iter()
                .map(|&child| (beginning(label(builder, child)), child)),
        );
        // Backwards: the one that waits last comes first.
        siblings.sort_unstable_by(|(a, a_child), (b, b_child)| {
            b.cmp(a)
                .then_with(|| lower(label(builder, *b_child)).cmp(lower(label(builder, *a_child))))
        });
        waiting.extend(siblings.iter().map(|&(_, child)| child));
    }
    order
}

/// Where the children of each name begin in a list of all, and that list.
fn families(builder: &ZoneBuilder) -> (Vec<u32>, Vec<u32>) {
    let mut starts = alloc::vec![0_u32; builder.drafts.len().saturating_add(1)];
    let below_apex = || builder.drafts.iter().skip(1);
    for draft in below_apex() {
        if let Some(start) = at(&mut starts, draft.parent) {
            *start = start.wrapping_add(1);
        }
    }
    let mut sum = 0_u32;
    for start in &mut starts {
        sum = sum.wrapping_add(*start);
        *start = sum;
    }
    // Filled from behind, each start moves to where it belongs.
    let mut children = alloc::vec![0_u32; builder.drafts.len()];
    for (draft, number) in below_apex().zip(1_u32..) {
        if let Some(start) = at(&mut starts, draft.parent) {
            *start = start.wrapping_sub(1);
            let place = *start;
            if let Some(child) = at(&mut children, place) {
                *child = number;
            }
        }
    }
    (starts, children)
}

fn at(list: &mut [u32], number: u32) -> Option<&mut u32> {
    list.get_mut(usize::try_from(number).ok()?)
}

fn children_of<'c>(starts: &[u32], children: &'c [u32], number: u32) -> &'c [u32] {
    let bound = |number: u32| {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        starts
            .get(index)
            .and_then(|&start| usize::try_from(start).ok())
            .unwrap_or_default()
    };
    children
        .get(bound(number)..bound(number.saturating_add(1)))
        .unwrap_or_default()
}

/// The leftmost label of a name.
fn label(builder: &ZoneBuilder, number: u32) -> &[u8] {
    let name = builder.name_of(number);
    let length = name.first().copied().unwrap_or_default();
    name.get(1..=usize::from(length)).unwrap_or_default()
}

fn lower(label: &[u8]) -> impl Iterator<Item = u8> {
    label.iter().map(u8::to_ascii_lowercase)
}

/// The first eight octets of a label in lower case, as a number that orders as they do. What is missing counts as zero, so that equal
/// numbers do not mean equal labels.
fn beginning(label: &[u8]) -> u64 {
    let mut octets = [0; 8];
    for (octet, lower) in octets.iter_mut().zip(lower(label)) {
        *octet = lower;
    }
    u64::from_be_bytes(octets)
}
