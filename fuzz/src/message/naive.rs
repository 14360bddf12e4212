//! What a message is, by the letter of RFC 1035 section 4 and RFC 6891 section 6.1 (of EDNS version 0), and by the limits that are documented for
//! [`Message`](nameward_core::wire::Message); without any care for speed.

/// The names of questions and the owners of records but OPT, in order, as wire forms without compression.
pub(super) type Names = Vec<Vec<u8>>;

/// Its names, if `octets` are a message.
pub(super) fn names(octets: &[u8]) -> Option<Names> {
    if octets.len() > 65_535 {
        return None;
    }
    let count = |at: usize| word(octets, at).map(usize::from);
    let (questions, answer, authority, additional) = (count(4)?, count(6)?, count(8)?, count(10)?);
    let (mut at, mut pointers, mut has_opt) = (12, 0, false);
    let mut names = Names::new();
    for _ in 0..questions {
        let (name, end) = name(octets, at, &mut pointers)?;
        names.push(name);
        at = end + 4;
    }
    for index in 0..answer + authority + additional {
        let (owner, end) = name(octets, at, &mut pointers)?;
        let rdata = octets.get(end + 10..)?.get(..count(end + 8)?)?;
        if word(octets, end) == Some(41) {
            let in_place = index >= answer + authority && end == at + 1;
            let options = octets[end + 5] > 0 || are_options(rdata);
            if !in_place || std::mem::replace(&mut has_opt, true) || !options {
                return None;
            }
        } else {
            names.push(owner);
        }
        at = end + 10 + rdata.len();
    }
    (at == octets.len() && pointers <= 4 * octets.len()).then_some(names)
}

fn word(octets: &[u8], at: usize) -> Option<u16> {
    octets.get(at..)?.first_chunk().copied().map(u16::from_be_bytes)
}

/// The name that begins at `start`, and where it ends. The pointers that it is made of are counted.
fn name(octets: &[u8], start: usize, pointers: &mut usize) -> Option<(Vec<u8>, usize)> {
    let (mut wire, mut at, mut end) = (Vec::new(), start, None);
    let (mut lowest, mut own_pointers) = (start, 0);
    loop {
        match *octets.get(at)? {
            0 => break,
            length @ 1..=63 => {
                let after = at + 1 + usize::from(length);
                wire.extend_from_slice(octets.get(at..after)?);
                at = after;
            }
            64..=191 => return None,
            192.. => {
                let target = usize::from(word(octets, at)? & 0x3FFF);
                own_pointers += 1;
                if target >= lowest || own_pointers > 126 {
                    return None;
                }
                end.get_or_insert(at + 2);
                (at, lowest) = (target, target);
            }
        }
    }
    wire.push(0);
    *pointers += own_pointers;
    (wire.len() <= 255).then_some((wire, end.unwrap_or(at + 1)))
}

/// Whether these are whole EDNS options, a hundred at most.
fn are_options(mut rest: &[u8]) -> bool {
    let mut count = 0;
    while let [_, _, high, low, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some(next) = after.get(length..) else {
            return false;
        };
        rest = next;
        count += 1;
    }
    rest.is_empty() && count <= 100
}
