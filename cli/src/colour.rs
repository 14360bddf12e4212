//! Colour: escape sequences put into text that is finished without them.
//!
//! Colouring comes last and knows the text only by its look, so that it can add nothing but escape sequences: what is printed to
//! a pipe is what a terminal shows.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style};
use clap::ValueEnum;

use crate::failure::Failure;

/// Whether to print in colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColourWhen {
    /// On a terminal, unless the environment says no
    Auto,
    /// Whatever standard output is
    Always,
    /// Plain text only
    Never,
}

/// Standard output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    coloured: bool,
}

impl Console {
    /// Standard output, with colour or without.
    pub(crate) fn new(when: ColourWhen) -> Self {
        let coloured = match when {
            ColourWhen::Always => true,
            ColourWhen::Never => false,
            ColourWhen::Auto => anstream::AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        };
        Self { coloured }
    }

    /// Prints whole lines. Whoever reads may stop reading: then there is nobody left to tell.
    pub(crate) fn print(self, text: &str) -> Result<(), Failure> {
        match self.write(text) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::output(error)),
            _ => Ok(()),
        }
    }

    /// Prints whole lines, and says if nobody reads them.
    pub(crate) fn write(self, text: &str) -> io::Result<()> {
        if self.coloured {
            io::stdout().write_all(paint(text).as_bytes())
        } else {
            io::stdout().write_all(text.as_bytes())
        }
    }
}

const TITLE: Style = Style::new().bold();
const COMMENT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const ODD: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const OWNER: Style = AnsiColor::Cyan.on_default();
const TYPE: Style = AnsiColor::Blue.on_default();

/// The same text with escape sequences in it.
fn paint(text: &str) -> String {
    let mut painted = String::with_capacity(text.len() + text.len() / 4);
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches('\n');
        paint_line(content, &mut painted);
        painted.push_str(&line[content.len()..]);
    }
    painted
}

fn paint_line(line: &str, out: &mut String) {
    if let Some((before, after)) = line
        .strip_prefix(";; ->>HEADER<<-")
        .and_then(|_| line.split_once("status: "))
    {
        let (status, after) = after.split_at(after.find(',').unwrap_or(after.len()));
        put(COMMENT, before, out);
        put(COMMENT, "status: ", out);
        put(style_of_status(status), status, out);
        put(COMMENT, after, out);
    } else if line.starts_with(";; ") && (line.ends_with(" SECTION:") || line.ends_with(" PSEUDOSECTION:")) {
        put(TITLE, line, out);
    } else if line.starts_with(";; BROKEN") {
        put(BAD, line, out);
    } else if line.starts_with(";; FINDING")
        || line.starts_with(";; WARNING")
        || line.starts_with(";; Warning")
    {
        put(ODD, line, out);
    } else if line.starts_with(';') {
        put(COMMENT, line, out);
    } else {
        paint_record(line, out);
    }
}

fn style_of_status(status: &str) -> Style {
    match status {
        "NOERROR" => GOOD,
        "NXDOMAIN" => ODD,
        _ => BAD,
    }
}

/// A record has a TTL after its owner; other lines stay plain.
fn paint_record(line: &str, out: &mut String) {
    let mut rest = line;
    let fields: [(&str, &str); 4] = std::array::from_fn(|_| {
        let end = rest.find(['\t', ' ']).unwrap_or(rest.len());
        let (field, after) = rest.split_at(end);
        let next = after.find(|c| c != '\t' && c != ' ').unwrap_or(after.len());
        let (blank, after) = after.split_at(next);
        rest = after;
        (field, blank)
    });
    let [(_, _), (ttl, _), _, (rtype, _)] = fields;
    let is_record = !ttl.is_empty() && ttl.bytes().all(|digit| digit.is_ascii_digit()) && !rtype.is_empty();
    if !is_record {
        out.push_str(line);
        return;
    }
    for ((field, blank), style) in fields.into_iter().zip([OWNER, COMMENT, COMMENT, TYPE]) {
        put(style, field, out);
        out.push_str(blank);
    }
    out.push_str(rest);
}

fn put(style: Style, text: &str, out: &mut String) {
    if !text.is_empty() {
        // Writing to a string does not fail.
        let _ = write!(out, "{style}{text}{style:#}");
    }
}
