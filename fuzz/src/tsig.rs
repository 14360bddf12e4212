//! Messages signed with a shared key.

use bytes::BytesMut;
use nameward_core::time::UnixTime;
use nameward_core::tsig::{Algorithm, Key, KeyConfig, Keys, Request, verify_request};
use nameward_core::wire::{Message, Rcode, Rtype, Section};

/// When everything happens: when the exchanges in the corpus were recorded.
const NOW: UnixTime = UnixTime::from_secs(1_795_286_043);

/// Takes `data` as a place, a bit, and a message: as a request and as a response, and as something to be signed and damaged.
pub fn body(data: &[u8]) {
    let [high, low, bit, octets @ ..] = data else {
        return;
    };
    let Ok(message) = Message::parse(octets) else {
        return;
    };
    let key = key();
    let keys = Keys::new([key.clone()]);
    match verify_request(&keys, Some(NOW), message) {
        Request::Unsigned => assert!(!has_tsig(message)),
        // The secret is in the source: who fuzzes may find a signature, and it must be answered.
        Request::Verified(mut signer) => {
            let mut response = BytesMut::from(&octets[..12]);
            response[4..].fill(0);
            let length = response.len() + signer.record_length();
            signer.sign(NOW, &mut response, 0).expect("a short response");
            assert_eq!(response.len(), length);
        }
        Request::Rejected(rejection) => {
            assert!(matches!(rejection.rcode(), Rcode::FORMERR | Rcode::NOTAUTH));
            let mut response = BytesMut::from(&octets[..12]);
            response[4..].fill(0);
            let length = response.len() + rejection.record_length();
            rejection.finish(NOW, &mut response, 0).expect("a short response");
            assert_eq!(response.len(), length);
            Message::parse(&response).expect("a message");
        }
    }
    let mut query = BytesMut::from(&b"\x12\x34\0\0\0\x01\0\0\0\0\0\0\0\0\x01\0\x01"[..]);
    let mut verifier = key.sign_request(NOW, &mut query, 0).expect("a short query");
    assert!(
        verifier.verify(Some(NOW), message).is_err(),
        "the response to another query"
    );
    assert!(!verifier.is_complete());

    if !has_tsig(message) {
        let place = usize::from(u16::from_be_bytes([*high, *low]));
        signed(&key, &keys, octets, place, bit % 8);
    }
}

/// A signed message is verified, and is not if a bit of it is changed.
fn signed(key: &Key, keys: &Keys, octets: &[u8], place: usize, bit: u8) {
    let mut signed = BytesMut::from(octets);
    let Ok(_) = key.sign_request(NOW, &mut signed, 0) else {
        assert!(signed == octets && octets.len() > 65_000, "it was not signed");
        return;
    };
    // A name that points into the header changes when the record is counted there.
    let Ok(message) = Message::parse(&signed) else {
        return;
    };
    assert!(matches!(
        verify_request(keys, Some(NOW), message),
        Request::Verified(_)
    ));
    // The first two octets are the message ID, which a forwarder may change.
    let place = 2 + place % (octets.len() - 2);
    signed[place] ^= 1 << bit;
    if let Ok(message) = Message::parse(&signed) {
        assert!(
            !matches!(verify_request(keys, Some(NOW), message), Request::Verified(_)),
            "octet {place}"
        );
    }
}

fn key() -> Key {
    let name = "host-a.host-b.example".parse().expect("a name");
    Key::new(KeyConfig::new(
        name,
        Algorithm::HmacSha256,
        b"secret of the tests of TSIG!",
    ))
    .expect("a key")
}

fn has_tsig(message: Message<'_>) -> bool {
    Section::ALL
        .into_iter()
        .any(|section| message.records(section).any(|record| record.rtype == Rtype::TSIG))
}
