//! What is asked: the command's query is dig's, octet for octet.

use std::net::{Ipv4Addr, Ipv6Addr, UdpSocket};
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

/// Sockets on the same port of the host's own address of each family, and that port.
fn both_families() -> (UdpSocket, UdpSocket, u16) {
    let pair = || {
        let four = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
        let port = four.local_addr().ok()?.port();
        Some((four, UdpSocket::bind((Ipv6Addr::LOCALHOST, port)).ok()?, port))
    };
    (0..100)
        .find_map(|_| pair())
        .expect("a port is free in both families")
}

/// The addresses of a server are tried in turn, and those that come to nothing are told, as dig does.
#[test]
fn a_server_with_two_addresses_is_asked_at_the_second_if_the_first_comes_to_nothing() {
    for (runtime, silent) in RUNTIMES.into_iter().zip([true, false, true]) {
        let (four, six, port) = both_families();
        // Nobody listens there, or somebody who says nothing.
        let _silent = silent.then_some(four);
        let server = ["@ns.localhost", "-p", &port.to_string()].map(str::to_owned);
        let mut command = nameward();
        command.args(["query", "--runtime", runtime]).args(server);
        command.args(["+time=1", "a.example"]);
        let printed = printed(Scripted::on(six).serve(&mut command, |query, _| vec![empty_reply(query)]));
        let complaint = format!(";; communications error to 127.0.0.1#{port}: ");
        let served = format!("\n;; SERVER: ::1#{port}(ns.localhost) (UDP)\n");
        assert!(printed.starts_with(&complaint), "on {runtime}: {printed}");
        assert_eq!(
            printed.matches("communications error").count(),
            1,
            "on {runtime}: {printed}"
        );
        assert!(
            printed.contains("; (2 servers found)\n") && printed.contains(&served),
            "on {runtime}: {printed}"
        );
    }
}

/// All of them, in rounds; and then dig's exit status 9.
#[test]
fn a_server_that_is_silent_at_both_addresses_is_asked_at_each_as_often_as_is_wanted() {
    let (four, six, port) = both_families();
    let server = ["@ns.localhost", "-p", &port.to_string()].map(str::to_owned);
    let mut command = nameward();
    command
        .arg("query")
        .args(server)
        .args(["+time=1", "+tries=2", "a.example"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(9));
    let complaint = String::from_utf8(output.stderr).unwrap();
    let told = complaint.strip_prefix("nameward: no reply from ").unwrap();
    let told: Vec<_> = told.split("; ").collect();
    assert_eq!(told.len(), 4, "{complaint}");
    for (told, address) in told.iter().zip(["127.0.0.1", "::1", "127.0.0.1", "::1"]) {
        assert!(told.starts_with(&format!("{address}#{port}: ")), "{complaint}");
    }
    for socket in [four, six] {
        socket.set_nonblocking(true).unwrap();
        let received = std::iter::from_fn(|| socket.recv(&mut [0; 512]).ok());
        assert_eq!(received.count(), 2);
    }
}
