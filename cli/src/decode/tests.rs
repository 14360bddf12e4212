use super::*;
use data_encoding::HEXLOWER_PERMISSIVE;
use proptest::prelude::*;

fn text_of(hex: &str) -> (String, Option<String>) {
    let octets = HEXLOWER_PERMISSIVE
        .decode(hex.replace(' ', "").as_bytes())
        .unwrap();
    let (text, broken) = decode(&octets, false).unwrap();
    (text, broken.map(|broken| broken.sentence))
}

#[test]
fn what_comes_before_a_broken_record_is_printed() {
    // Two answers are announced. The second one's owner points forwards.
    let (text, broken) = text_of(
        "1234 8400 0001 0002 0000 0000 0161 00 0001 0001 c00c 0001 0001 00000001 0004 c0000201 c0ff 0001",
    );
    assert_eq!(
        text,
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4660\n\
         ;; flags: qr aa; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 0\n\n\
         ;; QUESTION SECTION:\n;a.\t\t\t\tIN\tA\n\n\
         ;; ANSWER SECTION:\na.\t\t\t1\tIN\tA\t192.0.2.1\n\n\
         ;; BROKEN: the compression pointer does not lead backwards, at octet 35 (RFC 1035 section 4.1.4)\n\
         ;;   0010  01 00 01 c0 0c 00 01 00 01 00 00 00 01 00 04 c0\n\
         ;;   0020  00 02 01 c0 ff 00 01\n\
         ;;                  ^^\n"
    );
    assert!(broken.unwrap().starts_with("the compression pointer"));
}

#[test]
fn a_request_that_cannot_be_read_is_owed_a_response_code() {
    let (_, broken) = text_of("1234 0100 0001 0000 0000 0000 03 636f6d");
    assert_eq!(
        broken.unwrap(),
        "the octets end too early, at octet 16 (RFC 1035 section 4.1); a server owes FORMERR"
    );
    // Not even a header.
    let (text, broken) = text_of("1234");
    assert!(
        text.starts_with("\n;; BROKEN: the octets end too early, at octet 2"),
        "{text}"
    );
    assert!(!broken.unwrap().contains("owes"));
}

#[test]
fn rdata_that_breaks_its_type_is_shown_as_octets_and_found() {
    let (text, broken) = text_of(
        "1234 8400 0000 0002 0000 0000 00 0001 0001 00000001 0003 c00002 00 0001 0001 00000001 0004 c0000201",
    );
    assert!(
        text.contains("A\t\\# 3 C00002\n") && text.contains("A\t192.0.2.1\n"),
        "{text}"
    );
    assert!(broken.unwrap().ends_with("(RFC 1035 section 3.2.1)"));
}

#[test]
fn rfc6891_6_1_3_and_rfc7871_6_what_a_server_owes_is_said() {
    let (text, broken) = text_of("1234 0100 0000 0000 0000 0001 00 0029 04d0 00 01 0000 0000");
    assert!(
        text.contains(";; FINDING: EDNS version 1 is not implemented, at octet 12 (RFC 6891 section 6.1.3); a server owes BADVERS\n"),
        "{text}"
    );
    assert_eq!(broken, None);
    let (text, _) =
        text_of("1234 0100 0000 0000 0000 0001 00 0029 04d0 00 00 0000 000b 0008 0007 0001 18 18 c00002");
    assert!(
        text.contains(";; FINDING: CLIENT-SUBNET has a scope prefix in a query, at octet 23 (RFC 7871 section 6); a server owes FORMERR\n"),
        "{text}"
    );
}

#[test]
fn what_is_wrong_is_a_comment_in_json() {
    let octets = HEXLOWER_PERMISSIVE
        .decode(b"12340100000100000000000003636f6d")
        .unwrap();
    let (text, broken) = decode(&octets, true).unwrap();
    let object: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(object["comment"], broken.unwrap().sentence);
    assert_eq!((&object["ID"], &object["QDCOUNT"]), (&4660.into(), &1.into()));
    assert!(object.get("QNAME").is_none());
}

/// A message of a question, an answer of each of two types and an OPT record, to be damaged.
const SOUND: &str = "1234818000010002000000010161000001 0001c00c0001000100000001 0004c0000201c00c000f000100000001 \
                     0006000a016dc00c00002904d0000000000008000a0004deadbeef";

proptest! {
    #[test]
    fn no_octets_are_too_hostile(octets in prop::collection::vec(any::<u8>(), 0..300), json: bool) {
        let (text, _) = decode(&octets, json).unwrap();
        prop_assert!(text.ends_with('\n'));
    }

    /// Whatever is damaged, what can be read is printed, and if not all can, it is said where.
    #[test]
    fn no_damage_is_too_hostile(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut octets = HEXLOWER_PERMISSIVE.decode(SOUND.replace(' ', "").as_bytes()).unwrap();
        prop_assert!(Message::parse(&octets).is_ok());
        octets.truncate(12 + cut.index(octets.len() - 11));
        for (place, octet) in damage {
            let place = place.index(octets.len());
            octets[place] = octet;
        }
        let (text, broken) = decode(&octets, false).unwrap();
        prop_assert!(text.starts_with(";; ->>HEADER<<-"));
        prop_assert_eq!(text.contains(";; BROKEN: "), broken.is_some());
        prop_assert_eq!(Message::parse(&octets).is_err() && broken.is_none(), false);
    }
}
