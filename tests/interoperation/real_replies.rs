//! Replies that servers of the Internet once sent, served again to the command and to dig.

use std::fs;
use std::process::Command;

use data_encoding::HEXLOWER_PERMISSIVE;
use nameward_core::wire::{Message, Opcode, Rcode, Schema, Section};
use nameward_tests::peer::{corpus, dig, program, skip};

use crate::command::{RUNTIMES, printed, query, server};
use crate::scripted::Scripted;

/// The reply with the ID of the query.
fn with_id_of(query: &[u8], reply: &[u8]) -> Vec<Vec<u8>> {
    vec![[&query[..2], &reply[2..]].concat()]
}

/// Whether a client takes this as the end: it answers one question, whole, and gives no reason to ask in another way.
fn is_final(message: Message<'_>) -> bool {
    let flags = message.flags();
    let rcode = [Rcode::NOERROR, Rcode::NXDOMAIN, Rcode::REFUSED].contains(&message.rcode());
    flags.qr() && !flags.tc() && message.opcode() == Opcode::QUERY && message.question().is_some() && rcode
}

#[test]
fn real_replies_print_as_dig_prints_them() {
    let (Some(dig), Some(file)) = (program("dig"), corpus("messages/wire/zonemaster-live.tsv")) else {
        return skip("dig or the corpora are missing");
    };
    let scripted = Scripted::new();
    let address = scripted.address();
    let table = fs::read_to_string(file).unwrap();
    let mut served = 0;
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let (Some(&name), Some(&consensus), Some(&hex)) = (fields.first(), fields.get(1), fields.last())
        else {
            panic!("no message: {line}");
        };
        let reply = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).unwrap();
        let Ok(message) = Message::parse(&reply) else {
            continue;
        };
        if consensus != "accept" || reply.len() > 4096 || !is_final(message) {
            continue;
        }
        let known = Section::ALL
            .into_iter()
            .flat_map(|section| message.records(section))
            .all(|record| Schema::of(record.rtype, record.class).is_some());
        let question = message.question().unwrap();
        let words = [
            question.name.to_string(),
            question.rtype.to_string(),
            question.class.to_string(),
            "+bufsize=4096".to_owned(),
            if known {
                "+nounknownformat"
            } else {
                "+unknownformat"
            }
            .to_owned(),
        ];
        let mut of_dig = Command::new(&dig);
        of_dig
            .args(["-r", "+nocookie"])
            .args(server(address))
            .args(&words);
        let expected = dig::masked(&printed(
            scripted.serve(&mut of_dig, |query, _| with_id_of(query, &reply)),
        ));
        let runtime = RUNTIMES[served % RUNTIMES.len()];
        let mut command = query(runtime, address);
        let ours = printed(scripted.serve(command.args(&words), |query, _| with_id_of(query, &reply)));
        assert_eq!(dig::masked(&ours), expected, "{name} on {runtime}");
        served += 1;
    }
    assert!(served > 400, "only {served} replies were served");
}
