//! `messages/wire`: one message a line, with what four peers think of it.

use nameward_core::wire::Message;

use super::{decisions, lost};
use crate::folders::{corpora, table};

/// What is accepted and what is refused is as the peers agree; where they do not, `decisions.tsv` says why we do what.
#[test]
fn messages_are_accepted_and_refused_as_the_peers_agree_or_as_was_decided() {
    let Some(corpora) = corpora() else { return };
    let mut decisions = decisions();
    let (mut messages, mut wrong) = (0, Vec::new());
    let folder = std::fs::read_dir(corpora.join("messages/wire")).expect("a folder of messages");
    for path in folder.map(|entry| entry.expect("an entry").path()) {
        let file = path.file_name().expect("a name").to_string_lossy().into_owned();
        for row in table(&std::fs::read_to_string(&path).expect("a table")) {
            let [name, consensus, length, _, _, _, _, hex] = &row[..] else {
                panic!("eight columns: {row:?}")
            };
            let octets = data_encoding::HEXLOWER_PERMISSIVE
                .decode(hex.as_bytes())
                .expect("hex");
            assert_eq!(octets.len().to_string(), *length, "{file}: {name}");
            messages += 1;
            let expected = match consensus.as_str() {
                "accept" => Some(true),
                "reject" => Some(false),
                _ => decisions.remove(&(file.clone(), name.clone())),
            };
            let parsed = Message::parse(&octets);
            let complaint = match (expected, parsed) {
                (Some(true), Ok(message)) => lost(message),
                (Some(false), Err(_)) => None,
                (Some(true), Err(error)) => Some(format!("refused: {error}")),
                (Some(false), Ok(_)) => Some("accepted".into()),
                (None, Ok(_)) => Some("undecided; accepted".into()),
                (None, Err(error)) => Some(format!("undecided; refused: {error}")),
            };
            wrong.extend(complaint.map(|complaint| format!("{file}\t{name}\t{complaint}")));
        }
    }
    println!("{messages} messages");
    assert!(messages > 0, "no messages");
    assert!(
        wrong.is_empty(),
        "{} of {messages}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
