//! Octets that are given as text.

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};

/// Why a file holds no octets of a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotOctets {
    #[error("it holds nothing but white space and comments")]
    Nothing,
    #[error("it is hex, but the last octet has only one digit")]
    HalfAnOctet,
    #[error("it is text, but '{character}' in line {line} belongs neither to hex nor to base64")]
    Text { character: char, line: usize },
    #[error("it looks like base64, but its end is cut off")]
    CutOff,
}

/// The octets that `input` stands for.
///
/// Whatever is not printable text is the octets themselves; the header of any message has such octets. Text is hex
/// if all of it can be, else base64 of either alphabet (RFC 4648 sections 4 and 5), padded or not.
pub(super) fn octets_of(input: &[u8]) -> Result<Vec<u8>, NotOctets> {
    let printable = |octet: &u8| matches!(octet, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    let Some(text) = std::str::from_utf8(input)
        .ok()
        .filter(|_| input.iter().all(printable))
    else {
        return Ok(input.to_vec());
    };
    let mut digits = String::new();
    for (line, number) in text.lines().zip(1..) {
        let content = line.split(['#', ';']).next().unwrap_or_default();
        let stray =
            |c: &char| !(c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "+/-_=".contains(*c));
        if let Some(character) = content.chars().find(stray) {
            return Err(NotOctets::Text {
                character,
                line: number,
            });
        }
        digits.extend(content.chars().filter(|c| !c.is_ascii_whitespace()));
    }
    if digits.is_empty() {
        return Err(NotOctets::Nothing);
    }
    if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return HEXLOWER_PERMISSIVE
            .decode(digits.as_bytes())
            .map_err(|_| NotOctets::HalfAnOctet);
    }
    let unpadded = digits.trim_end_matches('=').as_bytes();
    BASE64_NOPAD
        .decode(unpadded)
        .or_else(|_| BASE64URL_NOPAD.decode(unpadded))
        .map_err(|_| NotOctets::CutOff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hex_takes_white_space_comments_and_either_case() {
        let text = b"# a header\n00 01 aB\tCd ; its start\r\n\nff";
        assert_eq!(octets_of(text), Ok(vec![0, 1, 0xab, 0xcd, 0xff]));
    }

    #[test]
    fn text_that_is_no_octets_is_refused_with_its_place() {
        assert_eq!(octets_of(b""), Err(NotOctets::Nothing));
        assert_eq!(octets_of(b"# 00\n"), Err(NotOctets::Nothing));
        assert_eq!(octets_of(b"00 0"), Err(NotOctets::HalfAnOctet));
        assert_eq!(
            octets_of(b"00\nno, really"),
            Err(NotOctets::Text {
                character: ',',
                line: 2
            })
        );
        assert_eq!(octets_of(b"zzzzz"), Err(NotOctets::CutOff));
    }

    proptest! {
        /// The form is found out, whatever the message is. A header has an octet that is no text unless every count is
        /// beyond any real one, so the first octet of a count is zero here.
        #[test]
        fn every_form_of_a_message_is_recognised(mut octets in prop::collection::vec(any::<u8>(), 12..80)) {
            octets[4] = 0;
            prop_assert_eq!(octets_of(&octets), Ok(octets.clone()));
            prop_assert_eq!(octets_of(HEXLOWER_PERMISSIVE.encode(&octets).as_bytes()), Ok(octets.clone()));
            for text in [data_encoding::BASE64.encode(&octets), BASE64_NOPAD.encode(&octets), BASE64URL_NOPAD.encode(&octets)] {
                // Base64 of a few octets may happen to be hex.
                prop_assume!(!text.bytes().all(|digit| digit.is_ascii_hexdigit()));
                prop_assert_eq!(octets_of(text.as_bytes()), Ok(octets.clone()));
            }
        }
    }
}
