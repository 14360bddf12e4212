//! Servers that misbehave, and attackers who know everything but the port and the message ID.

use std::net::{Ipv4Addr, UdpSocket};

use crate::command::{RUNTIMES, nameward, printed, query};
use crate::scripted::Scripted;

/// A reply to `query` that gives the address 192.0.2.`host`. The query's question is repeated, its OPT record is not.
pub(crate) fn reply(query: &[u8], host: u8) -> Vec<u8> {
    let end = query[12..].iter().position(|&octet| octet == 0).unwrap() + 12 + 5;
    let mut reply = query[..end].to_vec();
    reply[2..12].copy_from_slice(&[0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0]);
    reply.extend(b"\xc0\x0c\0\x01\0\x01\0\0\x0e\x10\0\x04\xc0\0\x02");
    reply.push(host);
    reply
}

#[test]
fn rfc5452_9_garbage_and_forgeries_do_not_end_the_wait_for_the_true_reply() {
    for runtime in RUNTIMES {
        let server = Scripted::new();
        let mut command = query(runtime, server.address());
        let output = server.serve(command.args(["+short", "a.example"]), |query, asker| {
            // Each forgery breaks one rule. If it were believed, its address would show it.
            let forged = reply(query, 66);
            let with = |at: usize, bits: u8| {
                let mut changed = forged.clone();
                changed[at] ^= bits;
                changed
            };
            let elsewhere = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            elsewhere.send_to(&forged, asker).unwrap();
            vec![
                Vec::new(),
                b"garbage".to_vec(),
                vec![0xff; 512],
                query.to_vec(),
                forged[..forged.len() - 1].to_vec(),
                [forged.as_slice(), b"more"].concat(),
                // Another ID, no response, another opcode, another case in the question, another type.
                with(1, 1),
                with(2, 0x80),
                with(2, 0x08),
                with(13, 0x20),
                with(24, 1),
                reply(query, 1),
            ]
        });
        assert_eq!(printed(output), "192.0.2.1\n", "on {runtime}");
    }
}

#[test]
fn a_server_that_never_answers_ends_the_command_with_digs_exit_status_9() {
    for runtime in RUNTIMES {
        let server = Scripted::new();
        let address = server.address();
        let output = query(runtime, address)
            .args(["+time=1", "+tries=1", "a.example"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(9));
        assert_eq!(output.stdout, b"");
        let complaint = format!(
            "nameward: no reply from 127.0.0.1#{}: no reply came in time\n",
            address.port()
        );
        assert_eq!(String::from_utf8_lossy(&output.stderr), complaint, "on {runtime}");
    }
}

#[test]
fn wrong_arguments_are_one_sentence_and_digs_exit_status_1() {
    for words in [
        &["query", "@nowhere.invalid", "a.example"],
        &["query", "@no..name", "a.example"][..],
        &["query", "a..example"],
        &["query", "+nonsense", "a.example"],
        &["query", "-p", "0", "a.example"],
        &["query"],
        &["query", "-4", "@::1", "a.example"],
        &["query", "-6", "@127.0.0.1", "a.example"],
        &["query", "-4", "-6", "a.example"],
        &["query", "-x", "a.example"],
        &["query", "+short", "--json", "@127.0.0.1", "a.example"],
        &["--color", "sometimes", "query", "a.example"],
        &["decode"],
        &["zone"],
        &["zone", "check"],
        &["zone", "format", "--origin", "a..example", "-"],
        &["completions", "tcsh"],
        &["sim"],
        &[],
    ] {
        let output = nameward().args(words).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(
            output.stdout.is_empty() && complaint.starts_with("nameward: "),
            "{words:?}: {complaint}"
        );
        assert_eq!(complaint.lines().count(), 1, "{words:?}: {complaint}");
    }
}
