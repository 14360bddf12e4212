//! The three messages that everything is measured with: a small answer, a signed denial, a large referral. And two larger ones.
//!
//! They are built here from plain data. Other implementations wrote the same octets.

use bytes::BytesMut;
use data_encoding::{BASE32HEX_NOPAD, BASE64};
use nameward_core::wire::{
    Class, Flags, Message, MessageWriter, Name, Ns, Opt, Question, Rdata, Record, Rtype, Section, Soa,
};

/// The parts of a message, owned: what a message is built from.
pub(crate) struct Sample {
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// Its flags.
    pub(crate) flags: Flags,
    /// Its question.
    pub(crate) question: Question,
    /// The records of its answer, authority and additional section.
    pub(crate) sections: [Vec<Record>; 3],
}

/// RSA signatures of 2048 bits, over the SOA record and each of two NSEC3 records. Nobody verifies them.
const SIGNATURES: [&str; 3] = [
    "1Pv8nWO1a9raHuDjn0ZPN7BY3HTmP4eAVp8ethn0kXu2Ad7vuqHIt7hoQ4XqNVdcEfPcu09sY3RpVWC6vsD9BzkestvJiNjt\
     jjprCZAlTOmLu1YrsGZA+pDPOf+PygBYP2suv76r4iFFxNBCiwOB4Va8EL5eH1sO4B5TK0hmAAwEgDhchvamOnfk33Dlob0y\
     EpuTOt1JZCDL+WAj/VDoWZom7oETCe7DPLCjpUc/GtqxdXlRzQP2ggSCB6mYcDpn4Xti+6L19/BxFBoOGtQQVZFkQEe+eTkn\
     9qArF23HGslAKGKtaLGTjcPBn2ku4BhjUzB+cCRfS/2T8EM/i10xqA==",
    "6n8eWPXCmZfl1i71olW71u2XZTqysrfko0PeJLb+UhSM7TkIqFWrwMoaHazroHIY2egX0iioYu1+vj0NsRrfxZDQanocf/Tq\
     o6t6ZXMEW4zR8e5T+rHIQWwKIjzVTFgOxkJlYlvUv2oD1iokG5MD0pjt+uvmeZ8vf/n7MsmZK/suKgGJrIlNVGYnDKQD+old\
     JUVNqHWR5TC9X2x55b7AOGcw6oUpWeh6F22270Yw+FlB9mwsR2c0fNfwWTO7k26aKTpYTTjJuBhOMn+9qwoIp19vbWxhmeYQ\
     viTNY9DpsGCGqtQT7nLqS5yDUCBDKDnsPoHNpiQsWWYmcJk6WbcJ0Q==",
    "avm8n7KdIXiVV5Z8gTQTbWWenDqX9uAt3nsr1vVtmTfvyLqPgr4EVc5LQSIyULrCYAc9LniupUfs3DbzJal2cCHjZ1I4HSa/\
     Q3ktaW6uUuRQ9qgYeXAi8zQkpN93rPMCrITdPpkrEOYP0FaQLZnPFEDEJbnOnZ2hXga5iYOZUMcRgDpgoT4IXFnNokL/O5Qw\
     nvKTsQut7cpKXt1BjAPfkbyvvZ3gRAR5RmIR9XOa/c8udEHsVw7u3gbt3aulyoZVaBKFmOG9UfgKPX4ogQl+LqJaK9CruMeN\
     o4X96LSFVL7WR6dYgfXHFuPh6Q+k74mkx85AiNIM82CMhX5udvqOxg==",
];

impl Sample {
    /// All that everything is measured with.
    pub(crate) fn all() -> [Self; 3] {
        [Self::small(), Self::signed(), Self::referral()]
    }

    /// Two with more names than other messages have: five hundred addresses, and a part of a zone transfer that fills a message.
    pub(crate) fn large() -> [Self; 2] {
        [
            Self::addresses("addresses", 500, 8),
            Self::addresses("transfer", 2600, 1),
        ]
    }

    /// The message, at the end of `out`; its length.
    pub(crate) fn write(&self, out: &mut BytesMut) -> usize {
        let mut writer = MessageWriter::new(out, u16::MAX, 0x1234, self.flags);
        let Question { name, rtype, class } = &self.question;
        let question = writer.question(name, *rtype, *class);
        let records = Section::ALL
            .into_iter()
            .zip(&self.sections)
            .flat_map(|(section, records)| records.iter().map(move |record| (section, record)));
        let written = question
            .and_then(|()| {
                records
                    .into_iter()
                    .try_for_each(|(section, record)| writer.record(section, record))
            })
            .and_then(|()| writer.opt(&Opt::default()));
        assert_eq!(written, Ok(()), "the message fits, and its parts come in order");
        writer.finish()
    }

    /// The octets of the message.
    pub(crate) fn octets(&self) -> Vec<u8> {
        let mut out = BytesMut::new();
        self.write(&mut out);
        assert!(
            Message::parse(&out).is_ok(),
            "a message that was written can be read"
        );
        out.to_vec()
    }

    /// So many addresses, each of another name, below so many zones.
    fn addresses(sample: &'static str, count: u32, zones: u32) -> Self {
        let owner = |number: u32| name(&format!("host{number}.zone{}.example.com.", number % zones));
        let addresses = (0..count).map(|number| {
            record(
                &owner(number),
                300,
                Rdata::opaque(Rtype::A, &number.to_be_bytes()),
            )
        });
        Self {
            name: sample,
            flags: Flags::default().with_qr(true).with_rd(true),
            question: Question::new(name("example.com."), Rtype::AXFR),
            sections: [addresses.collect(), vec![], vec![]],
        }
    }

    /// An address: 60 octets.
    fn small() -> Self {
        let owner = name("www.example.com.");
        Self {
            name: "small",
            flags: Flags::default().with_qr(true).with_rd(true).with_ra(true),
            question: Question::new(owner.clone(), Rtype::A),
            sections: [
                vec![record(&owner, 300, Rdata::opaque(Rtype::A, &[93, 184, 215, 14]))],
                vec![],
                vec![],
            ],
        }
    }

    /// The proof with NSEC3 that there is no such name, signed with RSA: 1158 octets.
    fn signed() -> Self {
        let zone = name("example.com.");
        let (primary, mailbox) = (name("ns1.example.com."), name("hostmaster.example.com."));
        let soa = Soa {
            primary: primary.view(),
            mailbox: mailbox.view(),
            serial: 2_026_080_601,
            refresh: 7200,
            retry: 3600,
            expire: 1_209_600,
            minimum: 900,
        };
        let [over_soa, over_first, over_second] = SIGNATURES;
        let (first, second) = (
            name("J30ELHI7PMVIFETS8V11GLQ21LT9V23I.example.com."),
            name("KA9E6TA54O99J324R4U4CMISTNE2R92F.example.com."),
        );
        let first_proof = nsec3(
            "2E6NJ9BNM0ND7NIFS5TD0PPC7CM991N9",
            b"\x00\x06\x40\x00\x00\x08\x00\x02",
        );
        let second_proof = nsec3(
            "MMKHKF1MONUJ0VU7G722HORFT1JQB56T",
            b"\x00\x07\x62\x01\x80\x08\x00\x02\x90\x01\x01\x40",
        );
        Self {
            name: "signed",
            flags: Flags::default().with_qr(true).with_rd(true),
            question: Question::new(name("www.sub.example.com."), Rtype::MX),
            sections: [
                vec![],
                vec![
                    record(&zone, 900, soa.to_rdata()),
                    record(&zone, 900, rrsig(Rtype::SOA, 2, over_soa)),
                    record(&first, 900, first_proof),
                    record(&first, 900, rrsig(Rtype::NSEC3, 3, over_first)),
                    record(&second, 900, second_proof),
                    record(&second, 900, rrsig(Rtype::NSEC3, 3, over_second)),
                ],
                vec![],
            ],
        }
    }

    /// A referral to thirteen name servers with both addresses of each: 840 octets.
    fn referral() -> Self {
        let server = |letter: char| name(&format!("{letter}.gtld-servers.net."));
        let referred = "mecldfbjhigka"
            .chars()
            .map(|letter| {
                let server = server(letter);
                record(
                    &name("com."),
                    172_800,
                    Ns {
                        server: server.view(),
                    }
                    .to_rdata(),
                )
            })
            .collect();
        let glue = ('a'..='m').zip(0u8..).flat_map(|(letter, nth)| {
            let owner = server(letter);
            let v4 = [192, 5 + nth, 6, 30];
            let v6 = [
                0x20,
                0x01,
                0x05,
                0x03,
                0xA8,
                0x3E + nth,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                2,
                0,
                0x30,
            ];
            [
                record(&owner, 172_800, Rdata::opaque(Rtype::A, &v4)),
                record(&owner, 172_800, Rdata::opaque(Rtype::AAAA, &v6)),
            ]
        });
        Self {
            name: "referral",
            flags: Flags::default().with_qr(true).with_rd(true),
            question: Question::new(name("www.example.com."), Rtype::A),
            sections: [vec![], referred, glue.collect()],
        }
    }
}

fn name(text: &str) -> Name {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn record(owner: &Name, ttl: u32, rdata: Rdata) -> Record {
    Record {
        owner: owner.clone(),
        class: Class::IN,
        ttl,
        rdata,
    }
}

/// A signature with RSA and SHA-256 by `example.com.`, valid for August 2026.
fn rrsig(covered: Rtype, labels: u8, signature: &str) -> Rdata {
    let mut octets = covered.0.to_be_bytes().to_vec();
    octets.extend([8, labels]);
    octets.extend(900u32.to_be_bytes());
    octets.extend(1_788_220_800u32.to_be_bytes());
    octets.extend(1_785_542_400u32.to_be_bytes());
    octets.extend(34_567u16.to_be_bytes());
    octets.extend(name("example.com.").as_wire());
    octets.extend(
        BASE64
            .decode(signature.as_bytes())
            .unwrap_or_else(|error| panic!("{error}")),
    );
    Rdata::opaque(Rtype::RRSIG, &octets)
}

/// A proof with SHA-1, no iterations and no salt.
fn nsec3(next: &str, types: &[u8]) -> Rdata {
    let next = BASE32HEX_NOPAD
        .decode(next.as_bytes())
        .unwrap_or_else(|error| panic!("{error}"));
    Rdata::opaque(Rtype::NSEC3, &[&[1, 0, 0, 0, 0, 20], &next[..], types].concat())
}
