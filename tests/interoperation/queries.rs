//! What is asked: the command's query is dig's, octet for octet.

use std::process::Command;

use nameward_tests::peer::{program, skip};

use crate::command::{RUNTIMES, nameward, printed, query, server};
use crate::scripted::Scripted;

/// A response to `query` without records: its header and question.
fn empty_reply(query: &[u8]) -> Vec<u8> {
    let end = query[12..].iter().position(|&octet| octet == 0).unwrap() + 12 + 5;
    let mut reply = query[..end].to_vec();
    reply[2..12].copy_from_slice(&[0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    reply
}

/// What `client` asks, without the message ID.
fn asked(scripted: &Scripted, client: &mut Command) -> Vec<u8> {
    let mut asked = Vec::new();
    let output = scripted.serve(client, |query, _| {
        asked = query[2..].to_vec();
        vec![empty_reply(query)]
    });
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{client:?}: {complaints}");
    asked
}

/// The words of each question; each is asked by dig and by the command.
const QUESTIONS: [&str; 32] = [
    "a.example",
    "a.example MX CH",
    "a.example +norecurse +noadflag +cdflag",
    "a.example +noedns",
    "a.example +edns=0 +bufsize=4096",
    "a.example +edns=1 +noednsnegotiation",
    "a.example +edns=255 +noednsneg",
    "a.example +dnssec",
    "a.example +do",
    "a.example +do +nodo",
    "a.example +nsid",
    "a.example +noedns +nsid",
    "a.example +nsid +nonsid",
    "a.example +expire",
    "a.example +keepalive",
    "a.example +cookie=0123456789abcdef",
    "a.example +cookie=0123456789abcdef0123456789abcdef0123456789abcdef",
    "a.example +subnet=192.0.2.255/22",
    "a.example +subnet=192.0.2.1",
    "a.example +subnet=2001:db8:ffff:ffff::/47",
    "a.example +subnet=0.0.0.0/0",
    "a.example +subnet=0",
    "a.example +subnet=::/0 +nosubnet",
    "a.example +padding=128",
    "a.example +padding=32 +nsid",
    "a.example +ednsopt=65001:c0ffee +ednsopt=65001",
    "a.example +ednsopt=NSID +noednsopt +ednsopt=3",
    "a.example +nsid +subnet=192.0.2.0/24 +cookie=0123456789abcdef +expire +keepalive +padding=468 +ednsopt=65001:00",
    "-x 192.0.2.1",
    "-x 2001:db8::567:89ab",
    "-q mx -t ns -c hs",
    "-4 -t TYPE65280 a.example",
];

#[test]
fn every_word_asks_what_it_asks_with_dig() {
    let Some(dig) = program("dig") else {
        return skip("dig is not installed");
    };
    let scripted = Scripted::new();
    let address = scripted.address();
    for (number, words) in QUESTIONS.into_iter().enumerate() {
        let words = || words.split(' ');
        let mut of_dig = Command::new(&dig);
        of_dig
            .args(["-r", "+nocookie"])
            .args(server(address))
            .args(words());
        let expected = asked(&scripted, &mut of_dig);
        let runtime = RUNTIMES[number % RUNTIMES.len()];
        let ours = asked(&scripted, query(runtime, address).args(words()));
        assert_eq!(
            ours,
            expected,
            "{words:?} on {runtime}",
            words = words().collect::<Vec<_>>()
        );
    }
}

/// RFC 7873 section 4.1: a client cookie that nobody foresees.
#[test]
fn rfc7873_4_1_a_fresh_cookie_is_eight_octets_and_another_one_each_time() {
    let scripted = Scripted::new();
    let cookie = || {
        let asked = asked(
            &scripted,
            query("mio", scripted.address()).args(["a.example", "+cookie"]),
        );
        let (rest, cookie) = asked.split_last_chunk::<8>().unwrap();
        assert_eq!(
            rest.last_chunk(),
            Some(&[0, 10, 0, 8]),
            "option 10 with eight octets"
        );
        *cookie
    };
    let cookies = [cookie(), cookie(), cookie()];
    assert!(
        cookies[0] != cookies[1] && cookies[1] != cookies[2],
        "{cookies:?}"
    );
}

/// RFC 6761 section 6.3: every name in `localhost.` is the host itself, which no server has to be asked for.
#[test]
fn rfc6761_6_3_a_server_that_is_named_is_looked_up_on_every_runtime() {
    let scripted = Scripted::new();
    let port = scripted.address().port().to_string();
    for runtime in RUNTIMES {
        let mut command = nameward();
        command.args([
            "query",
            "--runtime",
            runtime,
            "-4",
            "@ns.localhost",
            "-p",
            &port,
            "a.example",
        ]);
        let output = scripted.serve(&mut command, |query, _| vec![empty_reply(query)]);
        let printed = printed(output);
        let server = format!("\n;; SERVER: 127.0.0.1#{port}(ns.localhost) (UDP)\n");
        assert!(
            printed.contains("; (1 server found)\n") && printed.contains(&server),
            "{printed}"
        );
    }
}
