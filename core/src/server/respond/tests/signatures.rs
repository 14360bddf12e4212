//! Requests signed with a shared key (RFC 8945).

use super::*;
use crate::time::UnixTime;
use crate::tsig::{Algorithm, Key, KeyConfig, Keys, ResponseVerifier};
use crate::wire::rdata::Tsig;
use crate::wire::{Name, Record};

const WALL: UnixTime = UnixTime::from_secs(1_795_286_043);

fn key(name: &str) -> Key {
    let name: Name = name.parse().unwrap();
    Key::new(KeyConfig::new(name, Algorithm::HmacSha512, b"secret")).unwrap()
}

fn server(config: ResponderConfig) -> Server {
    let mut server = Server::new(ResponderConfig {
        keys: Keys::new([key("one.example"), key("two.example")]),
        ..config
    });
    server.now.wall = Some(WALL);
    server
}

/// A query signed with a key.
fn signed(key: &Key, query: &[u8]) -> (Vec<u8>, ResponseVerifier) {
    let mut out = BytesMut::from(query);
    let verifier = key.sign_request(WALL, &mut out, 0).unwrap();
    (out.to_vec(), verifier)
}

/// The TSIG record of a response, which is its last one.
fn tsig_of(message: &OwnedMessage) -> Option<Record> {
    let record = message.records(Section::Additional).last()?;
    (record.rtype() == Rtype::TSIG).then(|| record.clone())
}

fn error_of(message: &OwnedMessage) -> Option<(Rcode, usize)> {
    let record = tsig_of(message)?;
    let tsig: Tsig<'_> = record.rdata.view().unwrap();
    Some((tsig.error, tsig.mac.len()))
}

#[test]
fn signed_requests_get_signed_responses_and_others_do_not() {
    let mut server = server(ResponderConfig::default());
    for opt in [None, Some(Opt::default())] {
        for (name, rcode) in [
            ("ns.example.", Rcode::NOERROR),
            ("no.example.", Rcode::NXDOMAIN),
            ("other.", Rcode::REFUSED),
        ] {
            let query = query(name, Rtype::A, opt.as_ref());
            let (data, mut verifier) = signed(&key("one.example"), &query);
            let (responded, out) = server.handle(&data);
            assert!(
                matches!(responded, Responded::Reply(reply) if reply.rcode == rcode),
                "{responded:?}"
            );
            let message = Message::parse(&out).unwrap();
            assert_eq!(verifier.verify(Some(WALL), message), Ok(()));
            assert_eq!(message.opt().is_some(), opt.is_some());

            let plain = server.reply(&query);
            assert_eq!(tsig_of(&plain), None);
            let owned = OwnedMessage::try_from(message).unwrap();
            assert_eq!(plain.records(Section::Answer), owned.records(Section::Answer));
            assert_eq!(
                plain.records(Section::Authority),
                owned.records(Section::Authority)
            );
        }
    }
}

/// RFC 8945 section 5.2: whatever else is wrong, a bad signature is told first.
#[test]
fn rfc8945_5_2_bad_signatures_get_notauth() {
    let mut server = server(ResponderConfig {
        queries: AccessRules::all(Access::Refuse),
        ..ResponderConfig::default()
    });
    let query = query("ns.example.", Rtype::A, Some(&Opt::default()));
    let (good, _) = signed(&key("one.example"), &query);
    let (unknown, _) = signed(&key("three.example"), &query);
    let mut wrong = good.clone();
    wrong[3] ^= 1;
    let mut malformed = good.clone();
    let class = good.len()
        - tsig_of(&OwnedMessage::try_from(Message::parse(&good).unwrap()).unwrap())
            .unwrap()
            .rdata
            .octets()
            .len()
        - 8;
    malformed[class + 1] = 1;
    for (data, rcode, error) in [
        (&good, Rcode::REFUSED, Some((Rcode::NOERROR, 64))),
        (&unknown, Rcode::NOTAUTH, Some((Rcode::BADKEY, 0))),
        (&wrong, Rcode::NOTAUTH, Some((Rcode(16), 0))),
        (&malformed, Rcode::FORMERR, None),
    ] {
        let reply = server.reply(data);
        assert_eq!((reply.rcode(), error_of(&reply)), (rcode, error));
        assert_eq!(reply.questions().len(), 1);
        assert!(reply.records(Section::Answer).is_empty());
    }
    server.now.wall = Some(UnixTime::from_secs(WALL.as_secs() + 301));
    let reply = server.reply(&good);
    assert_eq!(
        (reply.rcode(), error_of(&reply)),
        (Rcode::NOTAUTH, Some((Rcode::BADTIME, 64)))
    );
    server.now.wall = None;
    let reply = server.reply(&good);
    assert_eq!((reply.rcode(), error_of(&reply)), (Rcode::SERVFAIL, None));
}

#[test]
fn rules_may_ask_for_a_key() {
    let rule = |key: &str, access| AccessRule {
        key: Some(key.parse().unwrap()),
        access,
        ..AccessRule::default()
    };
    let mut server = server(ResponderConfig {
        queries: AccessRules {
            rules: Vec::from([
                rule("ONE.example", Access::Allow),
                rule("two.example", Access::Refuse),
            ]),
            otherwise: Access::Drop,
        },
        ..ResponderConfig::default()
    });
    let query = query("ns.example.", Rtype::A, None);
    let denied = Responded::Ignored(Ignored::Denied);
    assert_eq!(server.handle(&query).0, denied);
    assert_eq!(server.handle(&query[..20]).0, denied);
    for (name, rcode) in [("one.example", Rcode::NOERROR), ("two.example", Rcode::REFUSED)] {
        let (mut data, mut verifier) = signed(&key(name), &query);
        let (responded, out) = server.handle(&data);
        assert!(matches!(responded, Responded::Reply(reply) if reply.rcode == rcode));
        assert_eq!(verifier.verify(Some(WALL), Message::parse(&out).unwrap()), Ok(()));
        // Who only says the name of the key has not got it.
        data[3] ^= 1;
        assert_eq!(server.handle(&data).0, denied);
    }
    assert_eq!(server.handle(&signed(&key("three.example"), &query).0).0, denied);
    let missing = ResponderConfig {
        notify: AccessRules {
            rules: Vec::from([rule("one.example", Access::Allow)]),
            otherwise: Access::Refuse,
        },
        ..ResponderConfig::default()
    };
    let error = missing.validate().unwrap_err().to_string();
    assert_eq!(error, "a rule of access asks for a key that is not there");
}

/// The room that the signature takes is no room for records, and no response is larger than the client takes.
#[test]
fn signed_responses_keep_to_their_size() {
    let mut server = server(ResponderConfig::default());
    let (data, mut verifier) = signed(&key("one.example"), &query("big.example.", Rtype::TXT, None));
    let (responded, out) = server.handle(&data);
    assert!(matches!(
        responded,
        Responded::Reply(Reply {
            truncated: Some(Truncation::Answer),
            ..
        })
    ));
    assert!(out.len() <= 512);
    assert_eq!(verifier.verify(Some(WALL), Message::parse(&out).unwrap()), Ok(()));
    server.transport = Transport::Stream;
    let (data, mut verifier) = signed(&key("one.example"), &query("big.example.", Rtype::TXT, None));
    let (_, out) = server.handle(&data);
    assert!(out.len() > 600);
    assert_eq!(verifier.verify(Some(WALL), Message::parse(&out).unwrap()), Ok(()));
}

/// The longest names: of a key that is known the signature stays, and of one that is not the response does without.
#[test]
fn the_longest_names_fit_a_small_datagram() {
    let label = "a".repeat(63);
    let long = |last: char| alloc::format!("{label}.{label}.{label}.{}.", last.to_string().repeat(61));
    let known = key(&long('k'));
    let mut server = Server::new(ResponderConfig {
        keys: Keys::new([known.clone()]),
        nsid: Vec::from([b'n'; 128]),
        ..ResponderConfig::default()
    });
    server.now.wall = Some(WALL);
    let mut opt = Opt {
        udp_payload: 512,
        ..Opt::default()
    };
    opt.options.push(crate::wire::OptionCode::NSID, b"");
    for opt in [None, Some(&opt)] {
        let query = query(&long('q'), Rtype::A, opt);
        let (data, mut verifier) = signed(&known, &query);
        let (responded, out) = server.handle(&data);
        assert!(
            matches!(responded, Responded::Reply(reply) if reply.truncated.is_some()),
            "{responded:?}"
        );
        assert!(out.len() <= 512, "{}", out.len());
        assert_eq!(verifier.verify(Some(WALL), Message::parse(&out).unwrap()), Ok(()));

        let unknown = signed(&key(&long('u')), &query).0;
        assert!(server.handle(&unknown).1.len() <= 512);
        assert_eq!(server.reply(&unknown).rcode(), Rcode::NOTAUTH);
    }
}

/// Who has the key has shown that nobody else uses the address.
#[test]
fn signed_requests_are_not_limited_in_their_rate() {
    let mut server = server(ResponderConfig {
        rate_limit: Some(RateLimit::default()),
        ..ResponderConfig::default()
    });
    let query = query("ns.example.", Rtype::A, None);
    let (data, _) = signed(&key("one.example"), &query);
    for _ in 0..10_000 {
        let responded = server.handle(&data).0;
        assert!(
            matches!(responded, Responded::Reply(Reply { truncated: None, .. })),
            "{responded:?}"
        );
    }
    let limited =
        (0..10_000).any(|_| matches!(server.handle(&query).0, Responded::Ignored(Ignored::RateLimited)));
    assert!(limited);
}
