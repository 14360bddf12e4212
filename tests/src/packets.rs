//! Messages taken apart by hand, so that the code under test is not its own witness.

/// Takes the next octets of a stream, and gives the messages that are whole now (RFC 1035 section 4.2.2).
pub fn messages(stream: &mut Vec<u8>, octets: &[u8]) -> Vec<Vec<u8>> {
    stream.extend_from_slice(octets);
    let mut messages = Vec::new();
    while let [high, low, rest @ ..] = &stream[..] {
        let length = usize::from(*high) << 8 | usize::from(*low);
        let Some(message) = rest.get(..length) else { break };
        messages.push(message.to_vec());
        stream.drain(..2 + length);
    }
    messages
}

/// Name in lower case and type of the one question of a query, and what follows it.
pub fn question(message: &[u8]) -> Option<(String, u16, &[u8])> {
    if message.get(2)? & 0x80 != 0 || message.get(4..6)? != [0, 1] {
        return None;
    }
    let mut rest = message.get(12..)?;
    let mut name = String::new();
    loop {
        let (&length, after) = rest.split_first()?;
        if length == 0 {
            rest = after;
            break;
        }
        let label = after.get(..usize::from(length))?;
        name.push_str(&String::from_utf8_lossy(label).to_ascii_lowercase());
        name.push('.');
        rest = after.get(usize::from(length)..)?;
    }
    let rtype = u16::from_be_bytes(*rest.first_chunk()?);
    Some((name, rtype, rest.get(4..)?))
}
