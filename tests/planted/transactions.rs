//! Bugs of signed transactions, each of which somebody in the middle of the way could use.

use bytes::BytesMut;
use nameward_core::planted::Bug;
use nameward_core::time::UnixTime;
use nameward_core::tsig::{Algorithm, Key, KeyConfig, Keys, Request, ResponseVerifier, verify_request};
use nameward_core::wire::{Class, Flags, Message, MessageWriter, Name, Rtype};

use crate::hunt::hunt_directly;

/// The sections of RFC 8945 that the bugs break.
const CATALOGUE: [(Bug, &str); 4] = [
    (Bug::SignedAnyTime, "RFC 8945 section 5.2.3:"),
    (Bug::CodeCutShort, "RFC 8945 section 5.2.4:"),
    (Bug::ResponseUnbound, "RFC 8945 section 4.3.1:"),
    (Bug::UnsignedEnd, "RFC 8945 section 5.3.1:"),
];

const NOW: UnixTime = UnixTime::from_secs(1_795_286_043);
const TOMORROW: UnixTime = UnixTime::from_secs(1_795_286_043 + 86_400);

/// Finds every bug by what it does, and nothing without one.
pub(crate) fn hunt() {
    hunt_directly(&CATALOGUE, violation);
}

fn violation() -> Option<String> {
    let whole = key(32);
    let (request, mut verifier) = signed(&whole, "one.example.");
    if said(&whole, TOMORROW, &request).is_some() {
        return Some("RFC 8945 section 5.2.3: a request of yesterday is carried out once more".into());
    }
    let (cut, _) = signed(&key(16), "one.example.");
    if said(&whole, NOW, &cut).is_some() {
        return Some("RFC 8945 section 5.2.4: half a code is enough for who wants whole ones".into());
    }
    let response = said(&whole, NOW, &request).expect("the request is good");
    let (_, mut of_another) = signed(&whole, "two.example.");
    if takes(&mut of_another, &response) {
        return Some("RFC 8945 section 4.3.1: the response to another request is taken".into());
    }
    assert!(takes(&mut verifier, &response), "the response is good");
    // What nobody signed comes after it, and then no more.
    if takes(&mut verifier, &message("forged.example.", true)) {
        return Some("RFC 8945 section 5.3.1: a response is complete whose end nobody signed".into());
    }
    None
}

/// A key whose codes have so many octets.
fn key(mac_length: u8) -> Key {
    let name = "host.example.".parse().expect("it is a name");
    let config = KeyConfig {
        mac_length,
        ..KeyConfig::new(name, Algorithm::HmacSha256, b"a secret that nobody knows")
    };
    Key::new(config).expect("it can be used")
}

fn signed(key: &Key, name: &str) -> (BytesMut, ResponseVerifier) {
    let mut request = message(name, false);
    let verifier = key.sign_request(NOW, &mut request, 0).expect("it fits");
    (request, verifier)
}

/// The response of a server that carries the request out at this time; none if it does not.
fn said(key: &Key, wall: UnixTime, request: &[u8]) -> Option<BytesMut> {
    let request = Message::parse(request).expect("we wrote it");
    let Request::Verified(mut signer) = verify_request(&Keys::new([key.clone()]), Some(wall), request) else {
        return None;
    };
    let mut response = message("one.example.", true);
    signer.sign(wall, &mut response, 0).expect("it fits");
    Some(response)
}

/// Whether a client is content with a response that ends with this message.
fn takes(verifier: &mut ResponseVerifier, response: &[u8]) -> bool {
    let message = Message::parse(response).expect("we wrote it");
    verifier.verify(Some(NOW), message).is_ok() && verifier.is_complete()
}

fn message(name: &str, qr: bool) -> BytesMut {
    let name: Name = name.parse().expect("it is a name");
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, 512, 7, Flags::default().with_qr(qr));
    writer.question(&name, Rtype::A, Class::IN).expect("it fits");
    writer.finish();
    out
}
