//! What a server says while it serves: one line an event, for people and for programs.

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};

use nameward_driver::clock::{Clock as _, SystemClock};

use crate::utc::Calendar;

/// Standard error, with a line for each event: when, how grave, what, and what about it.
///
/// ```text
/// 2026-11-21T18:30:00Z info "zone read" zone=example.org. serial=7
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct Log {
    verbose: bool,
}

/// A value by its name.
pub(super) type Field<'a> = (&'a str, &'a dyn fmt::Display);

impl Log {
    /// A log that tells details, or not.
    pub(super) const fn to_standard_error(verbose: bool) -> Self {
        Self { verbose }
    }

    /// Something went as it should.
    pub(super) fn info(self, what: &str, fields: &[Field<'_>]) {
        self.write("info", what, fields);
    }

    /// Something went wrong, and the server goes on.
    pub(super) fn error(self, what: &str, fields: &[Field<'_>]) {
        self.write("error", what, fields);
    }

    /// Something that only the curious want to know.
    pub(super) fn detail(self, what: &str, fields: &[Field<'_>]) {
        if self.verbose {
            self.write("detail", what, fields);
        }
    }

    fn write(self, level: &str, what: &str, fields: &[Field<'_>]) {
        let when = Calendar::of(SystemClock::new().now().wall).rfc3339();
        // One call for a whole line, so that lines of several threads stay whole. Nobody is left to tell that it failed.
        let _ = io::stderr().write_all(line(&when, level, what, fields).as_bytes());
    }
}

/// A line of the log.
pub(super) fn line(when: &str, level: &str, what: &str, fields: &[Field<'_>]) -> String {
    let mut line = format!("{when} {level} {}", Value(what));
    for (name, value) in fields {
        // Writing to a string does not fail.
        let _ = write!(line, " {name}={}", Value(&value.to_string()));
    }
    line.push('\n');
    line
}

/// A value as it stands in a line: in quotes if it is not a single word, and without anything that a terminal would obey.
struct Value<'a>(&'a str);

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_word = !self.0.is_empty()
            && self
                .0
                .chars()
                .all(|c| c.is_ascii_graphic() && c != '"' && c != '=');
        if is_word {
            return f.write_str(self.0);
        }
        #[cfg(planted)]
        if nameward_core::planted::is_active(nameward_core::planted::Bug::LoggedRaw) {
            return write!(f, "\"{}\"", self.0);
        }
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                // A name brings backslashes of its own: unescaped, one would take the quote behind it out of the value.
                '"' | '\\' => write!(f, "\\{character}")?,
                ' '..='~' => f.write_char(character)?,
                _ => write!(f, "{}", character.escape_default())?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameward_core::wire::Name;

    #[test]
    fn a_line_is_one_line_of_printable_characters_whatever_a_name_holds() {
        let name = Name::from_wire(b"\x0aa b\"\n\x1b[31m\x07example\x00").unwrap();
        let line = line(
            "now",
            "info",
            "zone read",
            &[("zone", &name), ("text", &"a\n=\u{1b}é")],
        );
        let expected =
            r#"now info "zone read" zone="a\\032b\\\"\\010\\027[31m.example." text="a\n=\u{1b}\u{e9}""#;
        assert_eq!(line.strip_suffix('\n'), Some(expected));
    }
}
