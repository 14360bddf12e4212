//! Responses of many messages (RFC 8945 section 5.3.1).

use super::*;
use crate::crypto::Hmac;
use crate::tsig::record::{Contents, Remarks, Times};

/// What another server may do: it signs some messages of a stream, and lets the codes of those cover the others. Written after the RFC,
/// without what signs for us.
struct Server {
    key: Key,
    hmac: Hmac,
    follows: bool,
}

impl Server {
    fn new(key: &Key, query: &[u8]) -> Self {
        let found = crate::tsig::record::Found::of(parse(query)).unwrap().unwrap();
        let mut server = Self {
            key: key.clone(),
            hmac: key.hmac(),
            follows: false,
        };
        server.begin(found.rdata.mac.octets());
        server
    }

    fn begin(&mut self, prior: &[u8]) {
        self.hmac = self.key.hmac();
        self.hmac
            .update(&u16::try_from(prior.len()).unwrap().to_be_bytes());
        self.hmac.update(prior);
    }

    fn send(&mut self, mut message: BytesMut, signed: bool) -> BytesMut {
        self.hmac.update(&message);
        if signed {
            let times = Times::now(300, NOW);
            if !self.follows {
                self.hmac
                    .update(b"\x06host-a\x06host-b\x07example\0\x00\xFF\0\0\0\0\x0bhmac-sha256\0");
            }
            self.hmac.update(&NOW.as_secs().to_be_bytes()[2..]);
            self.hmac.update(&300_u16.to_be_bytes());
            if !self.follows {
                self.hmac.update(&[0; 4]);
            }
            let mac = self.hmac.clone().finish();
            let contents = Contents {
                owner: self.key.name().as_wire(),
                algorithm: b"\x0bhmac-sha256\0",
                times,
                mac: mac.as_bytes(),
                remarks: Remarks::NONE,
            };
            contents.append(&mut message, 0).unwrap();
            self.begin(mac.as_bytes());
            self.follows = true;
        }
        message
    }
}

fn numbered(number: u16) -> BytesMut {
    let mut message = response();
    let end = message.len();
    message[end - 4..end - 2].copy_from_slice(&number.to_be_bytes());
    message
}

/// A stream of so many messages, of which those are signed that `signed` says, and the verifier for it.
fn stream(count: u16, signed: impl Fn(u16) -> bool) -> (ResponseVerifier, Vec<BytesMut>) {
    let key = key(Algorithm::HmacSha256);
    let mut query = query();
    let verifier = key.sign_request(NOW, &mut query, 0).unwrap();
    let mut server = Server::new(&key, &query);
    let messages = (0..count).map(|number| server.send(numbered(number), signed(number)));
    (verifier, messages.collect())
}

fn verify_all(verifier: &mut ResponseVerifier, messages: &[BytesMut]) -> Result<(), ResponseError> {
    messages
        .iter()
        .try_for_each(|message| verifier.verify(Some(NOW), parse(message)))
}

#[test]
fn our_signer_signs_each_message_and_the_verifier_takes_them() {
    let key = key(Algorithm::HmacSha256);
    let mut query = query();
    let mut verifier = key.sign_request(NOW, &mut query, 0).unwrap();
    let Request::Verified(mut signer) = verdict(&key, &query) else {
        panic!()
    };
    let mut server = Server::new(&key, &query);
    for number in 0..250 {
        let mut message = numbered(number);
        signer.sign(NOW, &mut message, 0).unwrap();
        assert_eq!(message, server.send(numbered(number), true));
        assert_eq!(verifier.verify(Some(NOW), parse(&message)), Ok(()));
        assert!(verifier.is_complete());
    }
}

#[test]
fn up_to_99_messages_without_a_signature_are_covered_by_the_next_one() {
    let (mut verifier, messages) = stream(201, |number| number % 100 == 0);
    assert_eq!(verify_all(&mut verifier, &messages[..200]), Ok(()));
    assert!(!verifier.is_complete());
    assert_eq!(verify_all(&mut verifier, &messages[200..]), Ok(()));
    assert!(verifier.is_complete());
    let (mut verifier, messages) = stream(102, |number| number % 101 == 0);
    assert_eq!(verify_all(&mut verifier, &messages[..100]), Ok(()));
    assert_eq!(
        verify_all(&mut verifier, &messages[100..]),
        Err(ResponseError::Unsigned)
    );
}

#[test]
fn the_first_message_is_signed() {
    let (mut verifier, messages) = stream(2, |number| number == 1);
    assert_eq!(verify_all(&mut verifier, &messages), Err(ResponseError::Unsigned));
    assert!(!verifier.is_complete());
}

/// What is left out, put in, changed or exchanged between two signed messages is found at the second one.
#[test]
fn messages_between_signed_ones_cannot_be_changed() {
    let (verifier, messages) = stream(7, |number| number % 6 == 0);
    let judged = |messages: &[BytesMut]| verify_all(&mut verifier.clone(), messages);
    assert_eq!(judged(&messages), Ok(()));
    for index in 1..6 {
        let mut fewer = messages.clone();
        fewer.remove(index);
        assert_eq!(judged(&fewer), Err(ResponseError::Wrong));
        let mut more = messages.clone();
        more.insert(index, messages[index].clone());
        assert_eq!(judged(&more), Err(ResponseError::Wrong));
        let mut changed = messages.clone();
        changed[index][3] ^= 1;
        assert_eq!(judged(&changed), Err(ResponseError::Wrong));
    }
    let mut exchanged = messages.clone();
    exchanged.swap(2, 3);
    assert_eq!(judged(&exchanged), Err(ResponseError::Wrong));
    // A signed message of another place, or of another transaction, is none of this one.
    assert_eq!(
        judged(&[messages[0].clone(), messages[0].clone()]),
        Err(ResponseError::Wrong)
    );
    assert_eq!(judged(&messages[6..]), Err(ResponseError::Wrong));
}

/// A forged message does not end the wait for the good one.
#[test]
fn what_is_refused_changes_nothing() {
    let (mut verifier, messages) = stream(5, |_| true);
    for message in &messages {
        let mut forged = message.clone();
        forged[3] ^= 1;
        assert_eq!(
            verifier.verify(Some(NOW), parse(&forged)),
            Err(ResponseError::Wrong)
        );
        assert_eq!(verifier.verify(Some(NOW), parse(message)), Ok(()));
    }
}
