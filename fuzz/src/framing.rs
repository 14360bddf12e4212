//! Messages on a stream: cut in any way, the stream gives the same messages.

use nameward_core::transport::framing::{Deframer, Outgoing};

/// Takes `data` as a number of cuts, the lengths of the pieces, and the stream.
pub fn body(data: &[u8]) {
    let Some((&count, rest)) = data.split_first() else {
        return;
    };
    let (cuts, stream) = rest.split_at(rest.len().min(count.into()));
    let (messages, held) = naive(stream);
    let mut whole = Deframer::new();
    whole.push(stream);
    assert_eq!(taken(&mut whole), messages);
    assert_eq!(whole.held(), held);
    let (mut pieces, mut found) = (Deframer::new(), Vec::new());
    let mut rest = stream;
    for &cut in cuts {
        let (piece, after) = rest.split_at(rest.len().min(cut.into()));
        pieces.push(piece);
        // Every other time the messages stay where they are.
        if cut & 1 == 0 {
            found.append(&mut taken(&mut pieces));
        }
        rest = after;
    }
    pieces.push(rest);
    found.append(&mut taken(&mut pieces));
    assert_eq!((found, pieces.held()), (messages.clone(), held));
    sent(&messages, cuts, &stream[..stream.len() - held]);
}

/// RFC 1035 section 4.2.2 to the letter: the messages, and how much of an unfinished one is left.
fn naive(mut stream: &[u8]) -> (Vec<Vec<u8>>, usize) {
    let mut messages = Vec::new();
    while let [high, low, rest @ ..] = stream {
        let Some((message, after)) = rest.split_at_checked(usize::from(*high) << 8 | usize::from(*low))
        else {
            break;
        };
        messages.push(message.to_vec());
        stream = after;
    }
    (messages, stream.len())
}

fn taken(deframer: &mut Deframer) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| deframer.message())
        .map(|message| message.to_vec())
        .collect()
}

/// The messages, queued while some of the stream is taken, make the same octets again.
fn sent(messages: &[Vec<u8>], cuts: &[u8], stream: &[u8]) {
    let (mut out, mut written) = (Outgoing::new(), Vec::new());
    let mut cuts = cuts.iter().copied().chain(std::iter::repeat(u8::MAX));
    for message in messages {
        let was_empty = out.as_slice().is_empty();
        assert_eq!(out.push(message), Ok(was_empty));
        let count = usize::from(cuts.next().unwrap_or(0)).min(out.as_slice().len());
        written.extend_from_slice(&out.as_slice()[..count]);
        out.sent(count);
    }
    written.extend_from_slice(out.as_slice());
    out.sent(usize::MAX);
    assert!(out.as_slice().is_empty());
    assert_eq!(written, stream);
}
