//! The octets around a place in a message.

use std::fmt::Write as _;

/// How many octets there are on a line.
const WIDTH: usize = 16;

/// The line of octets that has the one at `offset`, the line before it, and a mark below the octet. An offset behind the last octet
/// marks where one is missing.
pub(super) fn around(octets: &[u8], offset: usize) -> String {
    let offset = offset.min(octets.len());
    let marked = offset / WIDTH;
    let mut text = String::new();
    for line in marked.saturating_sub(1)..=marked {
        let start = line * WIDTH;
        let end = octets.len().min(start + WIDTH);
        // Writing to a string does not fail.
        let _ = write!(text, ";;   {start:04x} ");
        for octet in &octets[start.min(end)..end] {
            let _ = write!(text, " {octet:02x}");
        }
        text.push('\n');
    }
    let column = offset % WIDTH * 3;
    let _ = writeln!(text, ";;         {:column$}^^", "");
    text
}
