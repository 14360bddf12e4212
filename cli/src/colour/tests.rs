use super::*;
use proptest::prelude::*;

/// A line of everything that is told apart, and of what only resembles it.
fn line() -> impl Strategy<Value = String> {
    let start = prop::sample::select(vec![
        ";; ->>HEADER<<- opcode: QUERY, status: ",
        ";; ->>HEADER<<-",
        ";; ",
        ";",
        "a.example.\t\t3600\tIN\tA\t",
        "a.example. 3600 IN A ",
        "",
    ]);
    let end = prop::sample::select(vec!["", ", id: 1", " SECTION:", "BROKEN", " \t", "\r"]);
    (start, "[^\u{1b}\n]{0,20}", end).prop_map(|(start, middle, end)| [start, &middle, end].concat())
}

proptest! {
    #[test]
    fn colour_changes_nothing_but_escape_sequences(lines in prop::collection::vec(line(), 0..8), ends in any::<bool>()) {
        let text = lines.join("\n") + if ends { "\n" } else { "" };
        // The escape sequences of colours, and no others, are between ESC and the letter m.
        let painted = paint(&text);
        let mut stripped = String::new();
        for (index, part) in painted.split('\u{1b}').enumerate() {
            let (escape, plain) = if index == 0 { ("", part) } else { part.split_once('m').unwrap() };
            prop_assert!(escape.bytes().all(|octet| octet == b'[' || octet == b';' || octet.is_ascii_digit()));
            stripped.push_str(plain);
        }
        prop_assert_eq!(stripped, text);
    }
}

#[test]
fn records_and_sections_and_statuses_are_coloured() {
    for line in [
        ";; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 4660",
        ";; ANSWER SECTION:",
        ";a.example.\t\t\tIN\tA",
        "a.example.\t\t3600\tIN\tA\t192.0.2.1",
    ] {
        assert!(paint(line).contains("\u{1b}["), "{line}");
    }
    assert_eq!(paint("192.0.2.1\n\"3600 IN\"\n"), "192.0.2.1\n\"3600 IN\"\n");
    assert_eq!(
        paint("a.\t1\tIN\tA\t192.0.2.1\n"),
        "\u{1b}[36ma.\u{1b}[0m\t\u{1b}[2m1\u{1b}[0m\t\u{1b}[2mIN\u{1b}[0m\t\u{1b}[34mA\u{1b}[0m\t192.0.2.1\n"
    );
}
