//! Exchanges of others, recorded: queries of dig 9.18 and kdig 3.2, responses of named 9.18, octet for octet.

use super::*;
use crate::tsig::record::Found;

/// A query and the response to it.
type Exchange = (&'static str, &'static str);

/// dig asks with the key.
const DIG: Exchange = (
    "663d0120000100000000000203777777076578616d706c65000001000100002904d000000000000006686f73742d6106\
     686f73742d62076578616d706c650000fa00ff00000000003d0b686d61632d7368613235360000006b01e41b012c0020\
     de906bfddda02ce05f16877c611c91392d31fcdf13ac862490712d430be7809e663d00000000",
    "663d8500000100010000000203777777076578616d706c650000010001c00c000100010000012c0004c0000202000029\
     04d000000000000006686f73742d6106686f73742d62076578616d706c650000fa00ff00000000003d0b686d61632d73\
     68613235360000006b01e41b012c002071a6dfe68dc711d556694de37eb65bd2f0be5471893dbffeb01f03e9d04a90ad\
     663d00000000",
);
/// kdig asks with the key, without EDNS.
const KDIG: Exchange = (
    "97050120000100000000000103777777076578616d706c65000001000106686f73742d6106686f73742d62076578616d\
     706c650000fa00ff00000000003d0b686d61632d7368613235360000006b01e41b012c0020c2d1ac344e81a72b6f0b9b\
     61592e19eca901cc61bccb21a0ff82bbea44cb6e01970500000000",
    "97058500000100010000000103777777076578616d706c650000010001c00c000100010000012c0004c000020206686f\
     73742d6106686f73742d62076578616d706c650000fa00ff00000000003d0b686d61632d7368613235360000006b01e4\
     1b012c0020562900ab1e8c53b3d7d95438581316a528287e014c42f5f9f57002943fefdfc4970500000000",
);
/// dig asks with a key that named does not know.
const BAD_KEY: Exchange = (
    "faf10120000100000000000203777777076578616d706c65000001000100002904d000000000000007756e6b6e6f776e\
     076578616d706c650000fa00ff00000000003d0b686d61632d7368613235360000006b01e41b012c0020b3642c8d88ea\
     b87740fcc601219e48f91d3c0829ecd37ae9b45475d9da8ac20bfaf100000000",
    "faf18109000100000000000203777777076578616d706c65000001000100002904d000000000000007756e6b6e6f776e\
     076578616d706c650000fa00ff00000000001d0b686d61632d7368613235360000006b01e41b012c0000faf100110000",
);
/// dig asks with another secret.
const BAD_SIGNATURE: Exchange = (
    "39db0120000100000000000203777777076578616d706c65000001000100002904d000000000000006686f73742d6106\
     686f73742d62076578616d706c650000fa00ff00000000003d0b686d61632d7368613235360000006b01e41b012c0020\
     c1a90819f6a5fc9e5c262a56f1d664137907550f9d3ddc49152b3aec2822005b39db00000000",
    "39db8109000100000000000203777777076578616d706c65000001000100002904d000000000000006686f73742d6106\
     686f73742d62076578616d706c650000fa00ff00000000001d0b686d61632d7368613235360000006b01e41b012c0000\
     39db00100000",
);
/// dig cuts its code to 16 octets, which named does not want.
const BAD_TRUNCATION: Exchange = (
    "abc00120000100000000000203777777076578616d706c65000001000100002904d000000000000006686f73742d6106\
     686f73742d62076578616d706c650000fa00ff00000000002d0b686d61632d7368613235360000006b01e41b012c0010\
     7bfa23ca92e0d8adcaff9a4dd89df62babc000000000",
    "abc08109000100000000000203777777076578616d706c65000001000100002904d000000000000006686f73742d6106\
     686f73742d62076578616d706c650000fa00ff00000000003d0b686d61632d7368613235360000006b01e41b012c0020\
     3ffaea52f46ef0d0cec8db0c838e8762e35458bf15e71a47140f46eebf8c964aabc000160000",
);
/// dig has a clock of long ago (`+fuzztime`).
const BAD_TIME: Exchange = (
    "8f780120000100000000000203777777076578616d706c65000001000100002904d000000000000006686f73742d6106\
     686f73742d62076578616d706c650000fa00ff00000000003d0b686d61632d736861323536000000622acce1012c0020\
     61ae877c70462aa2983560435ea116c51702c60b2093f32b00229f1f5536406c8f7800000000",
    "8f788109000100000000000203777777076578616d706c65000001000100002904d000000000000006686f73742d6106\
     686f73742d62076578616d706c650000fa00ff0000000000430b686d61632d736861323536000000622acce1012c0020\
     afa0242d8ed66bb7dd7345c159484d98f08353f38d0d6b19e004bbc7b50b4c078f780012000600006b01e41b",
);

/// What of a message was there before it was signed.
fn unsigned(octets: &[u8]) -> BytesMut {
    let found = Found::of(parse(octets)).unwrap().unwrap();
    let mut before = BytesMut::from(&octets[..usize::from(found.owner.offset())]);
    before[11] -= 1;
    before
}

#[test]
fn queries_of_dig_and_kdig_are_verified_and_signed_to_the_octet() {
    for (query, _) in [DIG, KDIG] {
        let query = hex(query);
        let key = key(Algorithm::HmacSha256);
        assert!(
            matches!(verdict(&key, &query), Request::Verified(signer) if signer.key().name() == key.name())
        );
        let mut ours = unsigned(&query);
        key.sign_request(NOW, &mut ours, 0).unwrap();
        assert_eq!(ours, query);
    }
}

#[test]
fn responses_of_named_are_verified_and_signed_to_the_octet() {
    for (query, response) in [DIG, KDIG] {
        let (query, response) = (hex(query), hex(response));
        let key = key(Algorithm::HmacSha256);
        let mut verifier = key.sign_request(NOW, &mut unsigned(&query), 0).unwrap();
        assert_eq!(verifier.verify(Some(NOW), parse(&response)), Ok(()));
        assert!(verifier.is_complete());
        let Request::Verified(mut signer) = verdict(&key, &query) else {
            panic!()
        };
        let mut ours = unsigned(&response);
        let length = ours.len() + signer.record_length();
        signer.sign(NOW, &mut ours, 0).unwrap();
        assert_eq!((ours.len(), &ours[..]), (length, &response[..]));
    }
}

/// RFC 8945 section 5.2: what is wrong, and the response that says so, as named gives it.
#[test]
fn rfc8945_5_2_errors_are_answered_as_named_answers_them() {
    for ((query, response), error) in [
        (BAD_KEY, Rcode::BADKEY),
        (BAD_SIGNATURE, Rcode(16)),
        (BAD_TRUNCATION, Rcode::BADTRUNC),
        (BAD_TIME, Rcode::BADTIME),
    ] {
        let (query, response) = (hex(query), hex(response));
        let Request::Rejected(rejection) = verdict(&key(Algorithm::HmacSha256), &query) else {
            panic!()
        };
        assert_eq!((rejection.rcode(), rejection.error()), (Rcode::NOTAUTH, error));
        let knows_key = matches!(error, Rcode::BADTRUNC | Rcode::BADTIME);
        assert_eq!(rejection.key().is_some(), knows_key);
        let mut ours = unsigned(&response);
        let length = ours.len() + rejection.record_length();
        rejection.finish(NOW, &mut ours, 0).unwrap();
        assert_eq!((ours.len(), &ours[..]), (length, &response[..]));
    }
}

/// RFC 8945 section 5.4: the client knows what is certain, and what anybody may have said.
#[test]
fn rfc8945_5_4_errors_of_named_are_told_apart() {
    let asked = |query: &str, time| {
        let key = key(Algorithm::HmacSha256);
        let mut unsigned = unsigned(&hex(query));
        let verifier = key
            .sign_request(UnixTime::from_secs(time), &mut unsigned, 0)
            .unwrap();
        (verifier, unsigned)
    };
    let (mut verifier, signed) = asked(BAD_TIME.0, 1_646_972_129);
    assert_eq!(signed, hex(BAD_TIME.0));
    let response = hex(BAD_TIME.1);
    let refused = Err(ResponseError::Refused(Rcode::BADTIME));
    assert_eq!(verifier.verify(Some(NOW), parse(&response)), refused);
    let (mut verifier, _) = asked(BAD_SIGNATURE.0, NOW.as_secs());
    let rejected = Err(ResponseError::Rejected(Rcode(16)));
    assert_eq!(verifier.verify(Some(NOW), parse(&hex(BAD_SIGNATURE.1))), rejected);
    assert_eq!(
        verifier.verify(Some(NOW), parse(&hex(BAD_KEY.1))),
        Err(ResponseError::OtherKey)
    );
    assert!(!verifier.is_complete());
}

/// One changed bit anywhere is found, but for the message ID, which is signed as it was first, and the case of names.
#[test]
fn every_bit_of_a_message_is_signed() {
    let (query, response) = (hex(DIG.0), hex(DIG.1));
    let key = key(Algorithm::HmacSha256);
    let names_are_equal = |damaged: &[u8], octets: &[u8]| {
        parse(octets);
        let found = |octets| Found::of(Message::parse(octets).ok()?).ok().flatten();
        match (found(damaged), found(octets)) {
            (Some(a), Some(b)) => {
                a.owner == b.owner.to_name()
                    && a.rdata.algorithm == b.rdata.algorithm.to_name()
                    && a.rdata.mac.octets() == b.rdata.mac.octets()
                    && a.remarks().other == b.remarks().other
                    && damaged[2..usize::from(b.owner.offset())] == octets[2..usize::from(b.owner.offset())]
                    && a.times() == b.times()
                    && a.rdata.original_id == b.rdata.original_id
                    && a.rdata.error == b.rdata.error
            }
            _ => false,
        }
    };
    let mut tolerated = [0; 2];
    for (which, octets) in [&query, &response].into_iter().enumerate() {
        for bit in 0..octets.len() * 8 {
            let mut damaged = octets.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let Ok(message) = Message::parse(&damaged) else {
                continue;
            };
            let taken = if which == 0 {
                let keys = Keys::new([key.clone()]);
                matches!(verify_request(&keys, Some(NOW), message), Request::Verified(_))
            } else {
                let mut verifier = key.sign_request(NOW, &mut unsigned(&query), 0).unwrap();
                verifier.verify(Some(NOW), message).is_ok()
            };
            assert_eq!(
                taken,
                names_are_equal(&damaged, octets),
                "octet {} bit {}",
                bit / 8,
                bit % 8
            );
            tolerated[which] += u32::from(taken);
        }
    }
    // 16 bits of the ID, the case of 17 letters of the key's name (host a host b example) and of the 7 of the algorithm's.
    assert_eq!(tolerated, [16 + 17 + 7; 2]);
}
