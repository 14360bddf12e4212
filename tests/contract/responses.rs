//! What a server may send, and anything.

use proptest::prelude::*;

/// The start of a response with any ID, alone or behind its length, and anything.
pub(crate) fn data() -> impl Strategy<Value = Vec<u8>> {
    let response = (
        any::<[u8; 2]>(),
        any::<u8>(),
        prop::collection::vec(any::<u8>(), 0..30),
    )
        .prop_map(|(id, flags, rest)| [&id[..], &[flags | 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0], &rest].concat());
    prop_oneof![
        response.clone(),
        response.prop_map(
            |message| [&u16::try_from(message.len()).unwrap().to_be_bytes()[..], &message].concat()
        ),
        prop::collection::vec(any::<u8>(), 1..40),
    ]
}
