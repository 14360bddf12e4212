//! The canonical order of names (RFC 4034 section 6.1).

use core::cmp::Ordering;

/// A name of 255 octets has 127 labels at most.
const MOST_LABELS: usize = 127;

/// Compares two names in wire form label by label from the right, each as its octets in lower case; a name comes before
/// those below it.
pub(super) fn canonical(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a_labels, mut b_labels) = ([&[][..]; MOST_LABELS], [&[][..]; MOST_LABELS]);
    let (a_labels, b_labels) = (split(a, &mut a_labels), split(b, &mut b_labels));
    for (a, b) in a_labels.iter().rev().zip(b_labels.iter().rev()) {
        let order = lower(a).cmp(lower(b));
        if order.is_ne() {
            return order;
        }
    }
    a_labels.len().cmp(&b_labels.len())
}

fn lower(label: &[u8]) -> impl Iterator<Item = u8> {
    label.iter().map(u8::to_ascii_lowercase)
}

/// The labels of a name in wire form, from left to right, without the empty one of the root.
fn split<'l, 'n>(mut rest: &'n [u8], labels: &'l mut [&'n [u8]; MOST_LABELS]) -> &'l [&'n [u8]] {
    let mut count = 0_usize;
    for slot in labels.iter_mut() {
        let Some((&length @ 1.., after)) = rest.split_first() else {
            break;
        };
        let Some((label, after)) = after.split_at_checked(usize::from(length)) else {
            break;
        };
        (*slot, rest) = (label, after);
        count = count.saturating_add(1);
    }
    labels.get(..count).unwrap_or_default()
}
