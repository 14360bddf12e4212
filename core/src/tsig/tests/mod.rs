mod exchanges;
mod rules;
mod streams;

use alloc::vec::Vec;

use bytes::BytesMut;

use super::*;
use crate::time::UnixTime;
use crate::wire::{Class, Flags, Header, Message, Name, Rcode, Rtype};

/// The secret of all keys here.
const SECRET: &[u8] = b"secret of the tests of TSIG!";
/// When all is signed that says nothing else.
const NOW: UnixTime = UnixTime::from_secs(1_795_286_043);

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn key(algorithm: Algorithm) -> Key {
    Key::new(KeyConfig::new(name("host-a.host-b.example"), algorithm, SECRET)).unwrap()
}

/// A message with a question and nothing else.
fn message(flags: Flags) -> BytesMut {
    let header = Header {
        id: 0x1234,
        flags,
        question_count: 1,
        answer_count: 0,
        authority_count: 0,
        additional_count: 0,
    };
    let octets = crate::wire::raw::RawMessage::new()
        .header(header)
        .name(&name("www.example"))
        .question(Rtype::A, Class::IN)
        .into_octets();
    BytesMut::from(&octets[..])
}

fn query() -> BytesMut {
    message(Flags::default())
}

fn response() -> BytesMut {
    message(Flags::default().with_qr(true))
}

fn parse(octets: &[u8]) -> Message<'_> {
    Message::parse(octets).unwrap()
}

/// What a server with this key makes of a request.
fn verdict<'m>(key: &Key, octets: &'m [u8]) -> Request<'m> {
    verify_request(&Keys::new([key.clone()]), Some(NOW), parse(octets))
}

/// Response code and error of a rejected request; none if it was verified.
fn rejected(request: &Request<'_>) -> Option<(Rcode, Rcode)> {
    match request {
        Request::Verified(_) => None,
        Request::Rejected(rejection) => Some((rejection.rcode(), rejection.error())),
        Request::Unsigned => panic!("unsigned"),
    }
}

fn hex(digits: &str) -> Vec<u8> {
    assert_eq!(digits.len() % 2, 0);
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}
