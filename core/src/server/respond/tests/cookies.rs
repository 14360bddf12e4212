//! Server cookies.

use super::*;
use crate::edns::Cookie;
use crate::time::UnixTime;
use crate::wire::{OptionCode, Section};
use siphasher::sip::SipHasher24;

const SECRET: u128 = 0xe5e9_73e5_a6b2_a43f_48e7_dc84_9e37_bfcf;
const OTHER: u128 = 0xdd3b_df93_44b6_78b1_85a6_f5cb_60fc_a715;

fn secret(number: u128) -> CookieSecret {
    CookieSecret::from_bytes(number.to_be_bytes())
}

fn server(cookies: CookieConfig) -> Server {
    Server::new(ResponderConfig {
        cookies: Some(cookies),
        ..ResponderConfig::default()
    })
}

fn plain() -> CookieConfig {
    CookieConfig {
        secret: secret(SECRET),
        other: None,
        required: false,
    }
}

impl Server {
    /// Response code, and the cookies of the response to a query with these.
    fn exchange(&mut self, wall: u64, asked: &[u8], cookies: &[u8]) -> (Rcode, Vec<u8>) {
        self.now.wall = Some(UnixTime::from_secs(wall));
        let mut opt = Opt::default();
        opt.options.push(OptionCode::COOKIE, cookies);
        let mut out = BytesMut::from(asked);
        let header = Header::parse(asked).unwrap();
        let [high, low] = (header.additional_count + 1).to_be_bytes();
        out[10] = high;
        out[11] = low;
        let record = opt.to_record();
        out.extend_from_slice(&[0, 0, 41, 4, 0xD0, 0, 0, 0, 0]);
        out.extend_from_slice(&u16::try_from(record.rdata.octets().len()).unwrap().to_be_bytes());
        out.extend_from_slice(record.rdata.octets());
        let reply = self.reply(&out);
        let options: Vec<_> = reply.opt().unwrap().options().collect();
        assert_eq!(options.len(), 1);
        assert_eq!(options[0].code, OptionCode::COOKIE);
        (reply.rcode(), options[0].data.to_vec())
    }

    fn cookies(&mut self, wall: u64, cookies: &[u8]) -> (Rcode, Vec<u8>) {
        self.exchange(wall, &query("ns.example.", Rtype::A, None), cookies)
    }
}

fn hexadecimal(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// All examples of RFC 9018 appendix A.
#[test]
fn rfc9018_a_cookies_are_those_of_other_servers() {
    for (config, peer, wall, request, response) in [
        (
            plain(),
            "198.51.100.100",
            1_559_731_985,
            "2464c4abcf10c957",
            "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
        ),
        (
            plain(),
            "198.51.100.100",
            1_559_734_385,
            "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
            "2464c4abcf10c957010000005cf7a871d4a564a1442aca77",
        ),
        (
            plain(),
            "203.0.113.203",
            1_559_734_700,
            "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5",
            "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e",
        ),
        (
            CookieConfig {
                secret: secret(0x4455_36bc_d251_3298_075a_5d37_9663_c962),
                other: Some(secret(OTHER)),
                required: true,
            },
            "2001:db8:220:1:59de:d0f4:8769:82b8",
            1_559_741_961,
            "22681ab97d52c298010000005cf7c57926556bd0934c72f8",
            "22681ab97d52c298010000005cf7c609a6bb79d16625507a",
        ),
    ] {
        let mut server = server(config);
        server.peer.set_ip(peer.parse().unwrap());
        let expected = (Rcode::NOERROR, hexadecimal(response));
        assert_eq!(
            server.cookies(wall, &hexadecimal(request)),
            expected,
            "{peer} {wall}"
        );
    }
}

/// What a server says to its own cookie of this age, and whether it gives a new one. BADCOOKIE says that it was not taken.
fn aged(made: u64, now: u64) -> (bool, bool) {
    let mut server = server(CookieConfig {
        required: true,
        ..plain()
    });
    let (rcode, cookies) = server.cookies(made, b"clientco");
    assert_eq!(rcode, Rcode::BADCOOKIE);
    let (rcode, renewed) = server.cookies(now, &cookies);
    (rcode == Rcode::NOERROR, renewed != cookies)
}

#[test]
fn rfc9018_4_3_cookies_are_taken_for_an_hour_and_renewed_after_half_of_it_whatever_the_epoch() {
    for made in [
        1_559_731_985,
        0x7FFF_FFFF,
        0x8000_0000,
        0xFFFF_FFFF,
        0x1_0000_0000,
        0x1_0000_0100,
        0x2_0000_0000,
    ] {
        for (age, taken, renewed) in [
            (0, true, false),
            (1800, true, false),
            (1801, true, true),
            (3600, true, true),
            (3601, false, true),
            (0x7FFF_FFFF, false, true),
            (0x8000_0000, false, true),
            (0xFFFF_0000, false, true),
        ] {
            assert_eq!(aged(made, made + age), (taken, renewed), "{made} {age}");
        }
        assert_eq!(aged(made, made - 300), (true, false));
        assert_eq!(aged(made, made - 301), (false, true));
    }
}

#[test]
fn rfc7873_5_2_a_cookie_is_good_for_one_client_at_one_address_at_servers_with_the_secret() {
    let mut ours = server(CookieConfig {
        required: true,
        ..plain()
    });
    let (_, cookies) = ours.cookies(1000, b"clientco");
    assert_eq!(cookies.len(), 24);
    assert_eq!(ours.cookies(1000, &cookies).0, Rcode::NOERROR);
    // The port does not count, and an address is the same when it is mapped into IPv6.
    ours.peer = "[::ffff:192.0.2.1]:7".parse().unwrap();
    assert_eq!(ours.cookies(1000, &cookies).0, Rcode::NOERROR);
    for place in 0..cookies.len() {
        let mut altered = cookies.clone();
        altered[place] ^= 1;
        assert_eq!(ours.cookies(1000, &altered).0, Rcode::BADCOOKIE, "{place}");
    }
    // One of another length that may be.
    assert_eq!(ours.cookies(1000, &cookies[..16]).0, Rcode::BADCOOKIE);
    assert_eq!(
        ours.cookies(1000, &[&cookies[..], b"12345678"].concat()).0,
        Rcode::BADCOOKIE
    );
    ours.peer = "192.0.2.2:53001".parse().unwrap();
    assert_eq!(ours.cookies(1000, &cookies).0, Rcode::BADCOOKIE);
    let mut theirs = server(CookieConfig {
        secret: secret(OTHER),
        other: None,
        required: true,
    });
    assert_eq!(theirs.cookies(1000, &cookies).0, Rcode::BADCOOKIE);
}

/// A cookie that somebody made with the secret, in the same way, for a version that does not exist yet.
#[test]
fn rfc9018_4_2_the_cookie_of_another_version_is_not_ours() {
    let mut ours = server(CookieConfig {
        required: true,
        ..plain()
    });
    for (version, rcode) in [(1, Rcode::NOERROR), (2, Rcode::BADCOOKIE)] {
        let mut cookies = b"clientco".to_vec();
        cookies.extend_from_slice(&[version, 0, 0, 0]);
        cookies.extend_from_slice(&1000_u32.to_be_bytes());
        let hashed = [&cookies[..], &[192, 0, 2, 1]].concat();
        let hash = SipHasher24::new_with_key(&SECRET.to_be_bytes()).hash(&hashed);
        cookies.extend_from_slice(&hash.to_le_bytes());
        assert_eq!(ours.cookies(1000, &cookies).0, rcode, "{version}");
    }
}

#[test]
fn rfc9018_5_secrets_change_without_a_moment_in_which_a_cookie_is_wrong() {
    let stage = |own, other: Option<u128>| {
        server(CookieConfig {
            secret: secret(own),
            other: other.map(secret),
            required: true,
        })
    };
    let mut stages = [
        stage(SECRET, None),
        stage(SECRET, Some(OTHER)),
        stage(OTHER, Some(SECRET)),
        stage(OTHER, None),
    ];
    // Servers of an address are at most one stage apart.
    for (one, other) in [(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)] {
        let (_, cookies) = stages[one].cookies(1000, b"clientco");
        assert_eq!(
            stages[other].cookies(1000, &cookies).0,
            Rcode::NOERROR,
            "{one} {other}"
        );
    }
    let (_, cookies) = stages[0].cookies(1000, b"clientco");
    let (rcode, renewed) = stages[2].cookies(1000, &cookies);
    assert_eq!((rcode, renewed != cookies), (Rcode::NOERROR, true));
    assert_eq!(stages[3].cookies(1000, &cookies).0, Rcode::BADCOOKIE);
}

#[test]
fn rfc7873_5_4_who_asks_nothing_is_told_about_cookies() {
    let mut nothing = query("ns.example.", Rtype::A, None);
    nothing.truncate(12);
    nothing[5] = 0;
    let mut ours = server(plain());
    let (rcode, cookies) = ours.exchange(1000, &nothing, b"clientco");
    assert_eq!((rcode, cookies.len()), (Rcode::NOERROR, 24));
    assert_eq!(
        ours.exchange(1000, &nothing, &cookies),
        (Rcode::NOERROR, cookies.clone())
    );
    assert_eq!(ours.exchange(9000, &nothing, &cookies).0, Rcode::BADCOOKIE);
    let mut none = Server::default();
    let mut opt = Opt::default();
    opt.options.push(OptionCode::COOKIE, b"clientco");
    let mut asked = query(".", Rtype::A, Some(&opt));
    asked.drain(12..17);
    asked[5] = 0;
    assert_eq!(none.reply(&asked).rcode(), Rcode::FORMERR);
}

#[test]
fn rfc7873_5_2_3_cookies_are_required_of_datagrams_of_those_who_use_them() {
    let required = || {
        server(CookieConfig {
            required: true,
            ..plain()
        })
    };
    let (rcode, cookies) = required().cookies(1000, b"clientco");
    assert_eq!(rcode, Rcode::BADCOOKIE);
    assert_eq!(required().cookies(1000, &cookies), (Rcode::NOERROR, cookies));
    // Neither over streams nor of those who know nothing of cookies.
    let mut streaming = Server {
        transport: Transport::Stream,
        ..required()
    };
    assert_eq!(streaming.cookies(1000, b"clientco").0, Rcode::NOERROR);
    assert_eq!(
        required()
            .reply(&query("ns.example.", Rtype::A, Some(&Opt::default())))
            .rcode(),
        Rcode::NOERROR
    );
    assert_eq!(server(plain()).cookies(1000, b"clientco").0, Rcode::NOERROR);
}

#[test]
fn without_a_wall_clock_or_a_secret_cookies_are_passed_over() {
    let mut opt = Opt::default();
    opt.options.push(OptionCode::COOKIE, b"clientco");
    let asked = query("ns.example.", Rtype::A, Some(&opt));
    for mut server in [
        server(CookieConfig {
            required: true,
            ..plain()
        }),
        Server::default(),
    ] {
        let reply = server.reply(&asked);
        assert_eq!(reply.records(Section::Answer).len(), 1);
        assert!(reply.opt().unwrap().options().first::<Cookie<'_>>().is_none());
    }
}

#[test]
fn a_secret_does_not_reach_a_log() {
    assert_eq!(alloc::format!("{:?}", secret(SECRET)), "CookieSecret(..)");
}
