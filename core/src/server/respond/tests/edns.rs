//! OPT records and what they bring about.

use super::*;
use crate::edns::{Nsid, TcpKeepalive};
use crate::wire::{OptionCode, Section};
use core::time::Duration;

fn options(reply: &OwnedMessage) -> Vec<OptionCode> {
    reply.opt().unwrap().options().map(|option| option.code).collect()
}

/// A query for what takes 718 octets.
fn big(payload: u16) -> Vec<u8> {
    query(
        "big.example.",
        Rtype::TXT,
        Some(&Opt {
            udp_payload: payload,
            ..Opt::default()
        }),
    )
}

#[test]
fn rfc6891_6_1_1_opt_goes_to_those_who_sent_one() {
    let mut server = Server::default();
    assert!(
        server
            .reply(&query("ns.example.", Rtype::A, None))
            .opt()
            .is_none()
    );
    assert!(
        server
            .reply(&query("ns.example.", Rtype::A, Some(&Opt::default())))
            .opt()
            .is_some()
    );
    let mut without = Server::new(ResponderConfig {
        edns: false,
        ..ResponderConfig::default()
    });
    let reply = without.reply(&big(4096));
    assert!(reply.opt().is_none() && reply.flags().tc());
}

#[test]
fn rfc6891_6_2_3_a_datagram_is_as_long_as_both_sides_take() {
    for (own, client, fits) in [
        (4096, 4096, true),
        (1232, 4096, true),
        (1232, 1232, true),
        (4096, 718, true),
        (718, 4096, true),
        (4096, 717, false),
        (717, 4096, false),
        // Below 512 means 512.
        (4096, 0, false),
        (4096, 512, false),
    ] {
        let mut server = Server::new(ResponderConfig {
            udp_payload: own,
            ..ResponderConfig::default()
        });
        let (_, out) = server.handle(&big(client));
        assert!(out.len() <= usize::from(own.min(client.max(512))));
        let reply = server.reply(&big(client));
        assert_eq!(reply.flags().tc(), !fits, "{own} {client}");
        assert_eq!(reply.records(Section::Answer).len(), if fits { 6 } else { 0 });
        assert_eq!(reply.opt().unwrap().udp_payload(), own);
    }
    let mut server = Server::default();
    assert!(
        server
            .reply(&query("big.example.", Rtype::TXT, None))
            .flags()
            .tc()
    );
    server.transport = Transport::Stream;
    assert!(
        !server
            .reply(&query("big.example.", Rtype::TXT, None))
            .flags()
            .tc()
    );
    assert!(!server.reply(&big(512)).flags().tc());
}

#[test]
fn rfc6891_6_1_3_other_versions_get_badvers_whatever_they_ask() {
    let mut opt = Opt {
        version: 1,
        dnssec_ok: true,
        ..Opt::default()
    };
    opt.options.push(OptionCode::NSID, b"");
    let mut server = Server::new(ResponderConfig {
        nsid: b"here".to_vec(),
        ..ResponderConfig::default()
    });
    for flags in [Flags::default(), Flags::default().with_opcode(Opcode::UPDATE)] {
        let reply = server.reply(&query_with(flags, "ns.example.", Rtype::A, Class::IN, Some(&opt)));
        assert_eq!(reply.rcode(), Rcode::BADVERS);
        let opt = reply.opt().unwrap();
        assert_eq!(
            (opt.version(), opt.dnssec_ok(), opt.options().count()),
            (0, true, 0)
        );
        assert!(reply.records(Section::Answer).is_empty());
    }
}

#[test]
fn options_that_break_their_rules_get_formerr_with_an_opt_record() {
    let mut server = Server::default();
    for (code, data, rcode) in [
        (OptionCode::COOKIE, &b"1234567"[..], Rcode::FORMERR),
        (OptionCode::CLIENT_SUBNET, &[0, 1, 33, 0], Rcode::FORMERR),
        (OptionCode::PADDING, &[1, 2, 3], Rcode::NOERROR),
        (OptionCode(65_001), &[1, 2, 3], Rcode::NOERROR),
    ] {
        let mut opt = Opt::default();
        opt.options.push(code, data);
        let reply = server.reply(&query("ns.example.", Rtype::A, Some(&opt)));
        assert_eq!((reply.rcode(), reply.opt().is_some()), (rcode, true), "{code}");
    }
}

#[test]
fn rfc5001_2_2_nsid_goes_to_those_who_ask() {
    let mut asking = Opt::default();
    asking.options.add(&Nsid { identifier: b"" });
    let asked = query("ns.example.", Rtype::A, Some(&asking));
    assert!(options(&Server::default().reply(&asked)).is_empty());
    let mut server = Server::new(ResponderConfig {
        nsid: b"here".to_vec(),
        ..ResponderConfig::default()
    });
    let reply = server.reply(&asked);
    let nsid = reply.opt().unwrap().options().first::<Nsid<'_>>();
    assert_eq!(nsid, Some(Ok(Nsid { identifier: b"here" })));
    let reply = server.reply(&query("ns.example.", Rtype::A, Some(&Opt::default())));
    assert!(options(&reply).is_empty());
}

#[test]
fn rfc7828_3_keepalive_is_said_on_streams_only_and_when_asked() {
    let mut server = Server::new(ResponderConfig {
        keepalive: Some(Duration::from_millis(12_345)),
        ..ResponderConfig::default()
    });
    let mut asking = Opt::default();
    asking.options.add(&TcpKeepalive { timeout: None });
    let asked = query("ns.example.", Rtype::A, Some(&asking));
    assert!(options(&server.reply(&asked)).is_empty());
    server.transport = Transport::Stream;
    let reply = server.reply(&asked);
    let keepalive = reply.opt().unwrap().options().first::<TcpKeepalive>();
    assert_eq!(keepalive, Some(Ok(TcpKeepalive { timeout: Some(123) })));
    let reply = server.reply(&query("ns.example.", Rtype::A, Some(&Opt::default())));
    assert!(options(&reply).is_empty());
}

#[test]
fn rfc8467_4_1_responses_are_padded_to_blocks_on_secure_channels_for_those_who_pad() {
    let mut padded = Opt::default();
    padded.options.push(OptionCode::PADDING, &[0; 17]);
    let names = [
        ("ns.example.", Rtype::A),
        ("big.example.", Rtype::TXT),
        ("none.example.", Rtype::A),
    ];
    for (name, rtype) in names {
        let asked = query(name, rtype, Some(&padded));
        for transport in [Transport::Datagram, Transport::Stream] {
            let mut server = Server {
                transport,
                ..Server::default()
            };
            assert!(options(&server.reply(&asked)).is_empty());
        }
        let mut server = Server {
            transport: Transport::SecureStream,
            ..Server::default()
        };
        let (_, out) = server.handle(&asked);
        assert_eq!(out.len() % 468, 0, "{name}");
        let unpadded = query(name, rtype, Some(&Opt::default()));
        assert!(options(&server.reply(&unpadded)).is_empty());
    }
}

/// The longest question and all options at once leave room for the OPT record.
#[test]
fn a_response_without_records_fits_512_octets_whatever_is_asked() {
    let label = "a".repeat(63);
    let name = alloc::format!("{label}.{label}.{label}.{}.", "a".repeat(61));
    let mut server = Server::new(ResponderConfig {
        nsid: [b'n'; 128].to_vec(),
        keepalive: Some(Duration::from_secs(1)),
        ..ResponderConfig::default()
    });
    let mut opt = Opt {
        udp_payload: 512,
        ..Opt::default()
    };
    for (code, data) in [
        (OptionCode::NSID, &b""[..]),
        (OptionCode::COOKIE, b"12345678"),
        (OptionCode::PADDING, b""),
    ] {
        opt.options.push(code, data);
    }
    let reply = server.reply(&query(&name, Rtype::A, Some(&opt)));
    assert_eq!((reply.rcode(), reply.questions().len()), (Rcode::REFUSED, 1));
    assert!(options(&reply).contains(&OptionCode::NSID));
    assert!(options(&reply).contains(&OptionCode::EDE));
}
