//! The rules of RFC 8945, one by one.

use alloc::format;
use alloc::string::ToString as _;
use alloc::vec;

use super::*;
use crate::wire::WriteError;
use crate::wire::raw::RawMessage;

#[test]
fn all_algorithms_sign_and_verify_and_have_the_codes_of_the_registry() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let mut query = query();
        let before = query.len();
        let mut verifier = key.sign_request(NOW, &mut query, 0).unwrap();
        assert_eq!(
            query.len() - before,
            key.name().as_wire().len() + algorithm.wire().len() + usize::from(algorithm.mac_length()) + 26
        );
        let Request::Verified(mut signer) = verdict(&key, &query) else {
            panic!("{algorithm}")
        };
        let mut response = response();
        signer.sign(NOW, &mut response, 0).unwrap();
        assert_eq!(verifier.verify(Some(NOW), parse(&response)), Ok(()));

        let least = algorithm.least_mac_length();
        assert!(least >= 10 && usize::from(least) * 2 >= algorithm.hash_function().length());
        assert!(least <= algorithm.mac_length());
        let name: Name = algorithm.mnemonic().parse().unwrap();
        assert_eq!(name.as_wire(), algorithm.wire());
        let upper: Name = algorithm.mnemonic().to_uppercase().parse().unwrap();
        assert_eq!(Algorithm::from_name(upper.view()), Some(algorithm));
        assert_eq!(
            Algorithm::from_mnemonic(&algorithm.mnemonic().to_uppercase()),
            Some(algorithm)
        );
        assert_eq!(format!("{algorithm}"), algorithm.mnemonic());
    }
    assert_eq!(Algorithm::from_mnemonic("hmac-md5.sig-alg.reg.int"), None);
    assert_eq!(Algorithm::from_name(name("hmac-sha256.example").view()), None);
}

/// A message in a buffer behind another is signed by itself.
#[test]
fn a_message_begins_where_it_is_said_to_begin() {
    let key = key(Algorithm::HmacSha1);
    let mut alone = query();
    key.sign_request(NOW, &mut alone, 0).unwrap();
    let mut second = BytesMut::from(&b"length"[..]);
    second.extend_from_slice(&query());
    key.sign_request(NOW, &mut second, 6).unwrap();
    assert_eq!(second[6..], alone);
}

/// The key first, then its signature, then the time, then its length (RFC 8945 section 5.2): the first that is wrong is told.
#[test]
fn rfc8945_5_2_errors_come_in_order() {
    let config = |secret: &[u8], mac_length| KeyConfig {
        mac_length,
        ..KeyConfig::new(name("host-a.host-b.example"), Algorithm::HmacSha256, secret)
    };
    let server = Key::new(config(SECRET, 32)).unwrap();
    let long_ago = UnixTime::from_secs(1_000);
    for known in [true, false] {
        for right in [true, false] {
            for time in [NOW, long_ago] {
                for length in [16, 32] {
                    let secret: &[u8] = if right { SECRET } else { b"another secret" };
                    let mut query = query();
                    let client = Key::new(config(secret, length)).unwrap();
                    client.sign_request(time, &mut query, 0).unwrap();
                    let keys = Keys::new(known.then(|| server.clone()));
                    let expected = match (known, right, time == NOW, length == 32) {
                        (false, ..) => Some(Rcode::BADKEY),
                        (true, false, ..) => Some(Rcode(16)),
                        (true, true, false, _) => Some(Rcode::BADTIME),
                        (true, true, true, false) => Some(Rcode::BADTRUNC),
                        (true, true, true, true) => None,
                    };
                    let request = verify_request(&keys, Some(NOW), parse(&query));
                    assert_eq!(rejected(&request), expected.map(|error| (Rcode::NOTAUTH, error)));
                }
            }
        }
    }
}

#[test]
fn rfc8945_5_2_1_a_key_is_used_with_its_own_algorithm_only() {
    let mut query = query();
    key(Algorithm::HmacSha512)
        .sign_request(NOW, &mut query, 0)
        .unwrap();
    let request = verdict(&key(Algorithm::HmacSha256), &query);
    assert_eq!(rejected(&request), Some((Rcode::NOTAUTH, Rcode::BADKEY)));
}

/// RFC 8945 section 5.2.2.1: too long or less than half is FORMERR; what is policy is BADTRUNC, above.
#[test]
fn rfc8945_5_2_2_1_lengths_of_codes() {
    let server = Key::new(KeyConfig {
        mac_length: 20,
        ..KeyConfig::new(name("host-a.host-b.example"), Algorithm::HmacSha256, SECRET)
    });
    let server = server.unwrap();
    let mut signed = query();
    key(Algorithm::HmacSha256)
        .sign_request(NOW, &mut signed, 0)
        .unwrap();
    let whole = crate::tsig::record::Found::of(parse(&signed)).unwrap().unwrap();
    for length in 0..=34_u16 {
        let mut mac = whole.rdata.mac.octets().to_vec();
        mac.resize(usize::from(length), 0);
        let octets = with_record(&query(), Class::ANY, 0, &rdata(&mac));
        let expected = match length {
            16..20 => Some((Rcode::NOTAUTH, Rcode::BADTRUNC)),
            20..=32 => None,
            _ => Some((Rcode::FORMERR, Rcode::FORMERR)),
        };
        assert_eq!(rejected(&verdict(&server, &octets)), expected, "{length}");
    }
}

/// RFC 8945 section 5.2.3: the fudge of the request counts, in both directions.
#[test]
fn rfc8945_5_2_3_times_differ_by_the_fudge_at_most() {
    let key = Key::new(KeyConfig {
        fudge: 7,
        ..KeyConfig::new(name("host-a.host-b.example"), Algorithm::HmacSha256, SECRET)
    });
    let key = key.unwrap();
    for (difference, good) in [(-8_i64, false), (-7, true), (0, true), (7, true), (8, false)] {
        let at = |base: UnixTime| UnixTime::from_secs(base.as_secs().wrapping_add_signed(difference));
        let mut query = query();
        let mut verifier = key.sign_request(NOW, &mut query, 0).unwrap();
        let request = verify_request(&Keys::new([key.clone()]), Some(at(NOW)), parse(&query));
        assert_eq!(rejected(&request).is_none(), good, "{difference}");

        let Request::Verified(mut signer) = verdict(&key, &query) else {
            panic!()
        };
        let mut response = response();
        signer.sign(NOW, &mut response, 0).unwrap();
        let expected = if good { Ok(()) } else { Err(ResponseError::Time) };
        assert_eq!(verifier.verify(Some(at(NOW)), parse(&response)), expected);
    }
}

#[test]
fn without_a_wall_clock_nothing_signed_is_good() {
    let key = key(Algorithm::HmacSha256);
    let mut query = query();
    let mut verifier = key.sign_request(NOW, &mut query, 0).unwrap();
    let request = verify_request(&Keys::new([key.clone()]), None, parse(&query));
    assert_eq!(rejected(&request), Some((Rcode::SERVFAIL, Rcode::BADTIME)));
    let Request::Verified(mut signer) = verdict(&key, &query) else {
        panic!()
    };
    let mut response = response();
    signer.sign(NOW, &mut response, 0).unwrap();
    assert_eq!(verifier.verify(None, parse(&response)), Err(ResponseError::Time));
    // The same comes again when there is a clock.
    assert_eq!(verifier.verify(Some(NOW), parse(&response)), Ok(()));
}

/// RFC 8945 section 5.1: a record that is not the last one, not alone, or not in order is FORMERR.
#[test]
fn rfc8945_5_1_the_record_is_the_last_one_and_alone() {
    let server = key(Algorithm::HmacSha256);
    let good = rdata(&[7; 32]);
    let formerr = Some((Rcode::FORMERR, Rcode::FORMERR));
    let judged = |octets: &[u8]| rejected(&verdict(&server, octets));
    let signed = with_record(&query(), Class::ANY, 0, &good);
    assert_eq!(judged(&signed), Some((Rcode::NOTAUTH, Rcode(16))));
    assert_eq!(judged(&with_record(&signed, Class::ANY, 0, &good)), formerr);
    assert_eq!(judged(&with_record(&query(), Class::IN, 0, &good)), formerr);
    assert_eq!(judged(&with_record(&query(), Class::ANY, 1, &good)), formerr);
    assert_eq!(judged(&with_record(&query(), Class::ANY, 0, &good[1..])), formerr);
    assert_eq!(judged(&with_record(&query(), Class::ANY, 0, b"")), formerr);
    let mut followed = RawMessage::from_octets(&signed)
        .root()
        .record(Rtype::NULL, Class::IN, 0, b"")
        .into_octets();
    followed[11] += 1;
    assert_eq!(judged(&followed), formerr);
    let mut before_opt = RawMessage::from_octets(&signed)
        .opt(&crate::wire::Opt::default())
        .into_octets();
    before_opt[11] += 1;
    assert_eq!(judged(&before_opt), formerr);
    for count in [7, 9] {
        let mut elsewhere = signed.clone();
        elsewhere[11] -= 1;
        elsewhere[count] += 1;
        assert_eq!(judged(&elsewhere), formerr);
    }
    assert!(matches!(verdict(&server, &query()), Request::Unsigned));
}

/// A message, and a TSIG record of the usual key behind it.
fn with_record(message: &[u8], class: Class, ttl: u32, rdata: &[u8]) -> Vec<u8> {
    let mut octets = RawMessage::from_octets(message)
        .name(&name("host-a.host-b.example"))
        .record(Rtype::TSIG, class, ttl, rdata)
        .into_octets();
    octets[11] += 1;
    octets
}

/// RDATA with this code, for the usual message and time.
fn rdata(mac: &[u8]) -> Vec<u8> {
    let time = NOW.as_secs().to_be_bytes();
    let length = u16::try_from(mac.len()).unwrap().to_be_bytes();
    let parts = [
        b"\x0bhmac-sha256\0",
        &time[2..],
        b"\x01\x2C",
        &length,
        mac,
        b"\x12\x34\0\0\0\0",
    ];
    parts.concat()
}

#[test]
fn a_message_that_would_be_too_long_is_left_as_it_was() {
    let key = key(Algorithm::HmacSha256);
    let room = 65_535 - key.name().as_wire().len() - 13 - 32 - 26;
    for (length, fits) in [(room, Ok(())), (room + 1, Err(WriteError::Full))] {
        let mut long = query();
        long.resize(length, 0);
        let before = long.clone();
        assert_eq!(key.sign_request(NOW, &mut long, 0).map(|_| ()), fits);
        assert_eq!(long.len(), if fits.is_ok() { 65_535 } else { length });
        assert_eq!(long == before, fits.is_err());
    }
    let mut none = BytesMut::from(&b"no header"[..]);
    assert!(key.sign_request(NOW, &mut none, 0).is_err());
}

#[test]
fn keys_are_found_by_name_in_any_case_and_the_last_one_counts() {
    let numbered = |number: u8, algorithm| {
        Key::new(KeyConfig::new(
            name(&format!("Key{number}.example")),
            algorithm,
            &[number],
        ))
        .unwrap()
    };
    let mut all: Vec<_> = (0..100)
        .map(|number| numbered(number, Algorithm::HmacSha1))
        .collect();
    all.push(numbered(50, Algorithm::HmacSha512));
    let keys = Keys::new(all);
    for number in 0..100 {
        let found = keys.find(name(&format!("kEY{number}.Example")).view()).unwrap();
        assert_eq!(*found.name(), name(&format!("key{number}.example")));
        let expected = if number == 50 {
            Algorithm::HmacSha512
        } else {
            Algorithm::HmacSha1
        };
        assert_eq!(found.algorithm(), expected);
    }
    assert!(keys.find(name("key100.example").view()).is_none());
    assert!(keys.find(name(".").view()).is_none());
    assert!(!keys.is_empty() && Keys::default().is_empty());
}

#[test]
fn keys_that_cannot_be_used_are_told_why() {
    let config = KeyConfig::new(name("key"), Algorithm::HmacSha384, b"");
    assert_eq!(Key::new(config.clone()).unwrap_err(), KeyError::NoSecret);
    for (mac_length, good) in [(0, false), (23, false), (24, true), (48, true), (49, false)] {
        let config = KeyConfig {
            secret: vec![1].into(),
            mac_length,
            ..config.clone()
        };
        assert_eq!(Key::new(config).is_ok(), good, "{mac_length}");
    }
    let error = KeyError::MacLength {
        algorithm: Algorithm::HmacSha384,
        length: 9,
    };
    assert_eq!(
        error.to_string(),
        "codes of hmac-sha384 have from 24 to 48 octets, not 9"
    );
}

#[test]
fn keys_are_equal_if_all_of_them_is() {
    let config = KeyConfig::new(name("key"), Algorithm::HmacSha256, SECRET);
    let of = |config: KeyConfig| Key::new(config).unwrap();
    let key = of(config.clone());
    assert_eq!(
        key,
        of(KeyConfig {
            name: name("KEY"),
            ..config.clone()
        })
    );
    for other in [
        KeyConfig {
            name: name("other"),
            ..config.clone()
        },
        KeyConfig {
            algorithm: Algorithm::HmacSha256To128,
            mac_length: 16,
            ..config.clone()
        },
        KeyConfig {
            secret: vec![1].into(),
            ..config.clone()
        },
        KeyConfig {
            fudge: 301,
            ..config.clone()
        },
        KeyConfig {
            mac_length: 31,
            ..config.clone()
        },
    ] {
        assert_ne!(key, of(other));
    }
}

#[test]
fn no_secret_reaches_a_log() {
    let config = KeyConfig::new(name("key"), Algorithm::HmacSha256, b"SECRET");
    let shown = format!("{config:?} {:?}", Key::new(config.clone()).unwrap());
    assert!(shown.contains("hmac-sha256") || shown.contains("HmacSha256"));
    for secret in ["SECRET", "83", "53, 45", "[115"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
