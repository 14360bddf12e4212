//! OPT records of responses print as dig prints them.

use std::process::Command;

use data_encoding::HEXLOWER_PERMISSIVE;
use nameward_tests::peer::{dig, program, skip};

use crate::command::{RUNTIMES, printed, query, server};
use crate::scripted::Scripted;

/// The OPT record of a response, from its version on: version, flags and options in hexadecimal; and how the question is put.
const OPTS: [(&str, &str); 24] = [
    ("00 0000", ""),
    ("00 8000", "+do"),
    ("00 8001", ""),
    ("05 0000", "+noednsneg"),
    // NSID: text, octets that are no text, nothing.
    ("00 0000 0003 0003 6e7331", "+nsid"),
    ("00 0000 0003 0004 00ff2261", "+nsid"),
    ("00 0000 0003 0000", "+nsid"),
    // A cookie: ours and the server's, another one, ours only, half of one.
    (
        "00 0000 000a 0010 0123456789abcdef 1112131415161718",
        "+cookie=0123456789abcdef",
    ),
    (
        "00 0000 000a 0010 ff23456789abcdef 1112131415161718",
        "+cookie=0123456789abcdef",
    ),
    ("00 0000 000a 0008 0123456789abcdef", "+cookie=0123456789abcdef"),
    // Client subnets of both families, and of none.
    ("00 0000 0008 0007 0001 18 10 c00002", "+subnet=192.0.2.0/24"),
    (
        "00 0000 0008 000b 0002 38 00 20010db8000000",
        "+subnet=2001:db8::/56",
    ),
    ("00 0000 0008 0004 0001 00 00", "+subnet=0"),
    // Extended errors: with text, without, of a number without a name, two of them.
    ("00 0000 000f 0004 0012 6e6f", ""),
    ("00 0000 000f 0002 0016", ""),
    ("00 0000 000f 0002 0063", ""),
    ("00 0000 000f 0002 0000 000f 000a 0007 72c3a97375 6cc3a9", ""),
    // When the zone expires, with all units of time, and not at all.
    ("00 0000 0009 0004 000b8f52", "+expire"),
    ("00 0000 0009 0004 00000000", "+expire"),
    ("00 0000 0009 0000", "+expire"),
    ("00 0000 000b 0002 007d", "+keepalive"),
    ("00 0000 000c 0004 00000000", "+padding=64"),
    // An option that nobody knows, with data and without, among others.
    ("00 0000 fde9 0003 610062", ""),
    ("00 0000 fde9 0000 0003 0001 61 000c 0000", "+nsid"),
];

/// A response without records but for the OPT record that begins with `opt`.
fn reply(query: &[u8], opt: &str) -> Vec<u8> {
    let opt = HEXLOWER_PERMISSIVE
        .decode(opt.replace(' ', "").as_bytes())
        .unwrap();
    let (fixed, options) = opt.split_first_chunk::<3>().unwrap();
    let end = query[12..].iter().position(|&octet| octet == 0).unwrap() + 12 + 5;
    let mut reply = query[..end].to_vec();
    reply[2..12].copy_from_slice(&[0x84, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    reply.extend([0, 0, 41, 0x04, 0xd0, 0]);
    reply.extend(fixed);
    reply.extend(u16::try_from(options.len()).unwrap().to_be_bytes());
    reply.extend(options);
    reply
}

#[test]
fn every_option_prints_as_dig_prints_it() {
    let Some(dig) = program("dig") else {
        return skip("dig is not installed");
    };
    let scripted = Scripted::new();
    let address = scripted.address();
    for (number, (opt, flag)) in OPTS.into_iter().enumerate() {
        let words = || {
            ["a.example", "+norecurse"]
                .into_iter()
                .chain(flag.split_terminator(' '))
        };
        let mut of_dig = Command::new(&dig);
        of_dig
            .args(["-r", "+nocookie"])
            .args(server(address))
            .args(words());
        let expected = printed(scripted.serve(&mut of_dig, |query, _| vec![reply(query, opt)]));
        let runtime = RUNTIMES[number % RUNTIMES.len()];
        let mut ours = query(runtime, address);
        let ours = printed(scripted.serve(ours.args(words()), |query, _| vec![reply(query, opt)]));
        assert_eq!(dig::masked(&ours), dig::masked(&expected), "{opt} on {runtime}");
    }
}
