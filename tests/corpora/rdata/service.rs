//! The test vectors of RFC 9460 appendix D, as dnspython has them.

use super::{file, record};

/// Both forms of a vector give the same RDATA.
#[test]
fn rfc9460_d_each_vector_has_its_octets() {
    let (Some(texts), Some(wires)) = (
        file("messages/dnspython/svcb_test_vectors.text"),
        file("messages/dnspython/svcb_test_vectors.generic"),
    ) else {
        return;
    };
    let (texts, wires) = (entries(&texts), entries(&wires));
    assert_eq!((texts.len(), wires.len()), (10, 10));
    for (text, wire) in texts.iter().zip(&wires) {
        for rtype in ["SVCB", "HTTPS"] {
            let read = record(&format!(". {rtype} {text}"));
            assert_eq!(read, record(&format!(". {rtype} {wire}")), "{text}");
            assert_eq!(record(&read.to_string()), read);
        }
    }
}

/// The entries of a file, each on one line, comments taken away.
fn entries(text: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let line = line.split(';').next().unwrap().trim();
        let begins = !open;
        open = (open || line.contains('(')) && !line.contains(')');
        let line = line.replace(['(', ')'], "");
        if begins && !line.is_empty() {
            entries.push(line);
        } else if !begins {
            *entries.last_mut().unwrap() += &format!(" {line}");
        }
    }
    entries
}
