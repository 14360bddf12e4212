//! Messages as dig prints them.

use core::fmt;

use nameward_core::wire::{
    Class, Header, Message, Opcode, OptRef, OptionCode, OptionRef, QuestionRef, Rcode, Rdata, RecordRef,
    Rtype, Section,
};

/// A message as dig prints it, from the line that begins with `;; ->>HEADER<<-` to the blank line after the last section.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Present<'a> {
    pub(crate) message: Message<'a>,
    /// How many questions and records each section has, as the header says. Of a message that cannot be read to its end, it
    /// says more than the message here has.
    pub(crate) counts: [u16; 4],
    /// The cookie that was sent, to be compared with the one that came.
    pub(crate) sent_cookie: Option<&'a [u8]>,
    /// All classes, types and RDATA in the form for unknown ones (RFC 3597 section 5).
    pub(crate) unknown_format: bool,
}

impl<'a> Present<'a> {
    /// The whole message.
    pub(crate) fn new(message: Message<'a>) -> Self {
        let [answer, authority, additional] = Section::ALL.map(|section| message.record_count(section));
        Self {
            message,
            counts: [message.question_count(), answer, authority, additional],
            sent_cookie: None,
            unknown_format: false,
        }
    }

    /// What could be read of a message with this header.
    pub(crate) fn beginning(header: Header, message: Message<'a>) -> Self {
        Self {
            counts: [
                header.question_count,
                header.answer_count,
                header.authority_count,
                header.additional_count,
            ],
            ..Self::new(message)
        }
    }
}

impl fmt::Display for Present<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, .. } = *self;
        let flags = message.flags();
        let rcode = PresentedRcode(message.rcode());
        writeln!(
            f,
            ";; ->>HEADER<<- opcode: {}, status: {rcode}, id: {}",
            opcode(message.opcode()),
            message.id()
        )?;
        f.write_str(";; flags:")?;
        for (set, name) in [
            (flags.qr(), " qr"),
            (flags.aa(), " aa"),
            (flags.tc(), " tc"),
            (flags.rd(), " rd"),
            (flags.ra(), " ra"),
            (flags.ad(), " ad"),
            (flags.cd(), " cd"),
            (flags.z(), "; MBZ: 0x4"),
        ] {
            f.write_str(if set { name } else { "" })?;
        }
        let titles = titles(message.opcode());
        let [questions, records @ ..] = self.counts;
        write!(f, "; {}: {questions}", titles.question.0)?;
        for (count, title) in records.into_iter().zip(titles.records) {
            write!(f, ", {}: {count}", title.0)?;
        }
        if flags.qr() && flags.rd() && !flags.ra() {
            f.write_str("\n;; WARNING: recursion requested but not available")?;
        }
        f.write_str("\n\n")?;
        if let Some(opt) = message.opt() {
            f.write_str(";; OPT PSEUDOSECTION:\n")?;
            self.opt(f, opt)?;
        }
        if message.question_count() > 0 {
            writeln!(f, ";; {} SECTION:", titles.question.1)?;
            for question in message.questions() {
                self.question(f, question)?;
            }
            f.write_str("\n")?;
        }
        for (section, title) in Section::ALL.into_iter().zip(titles.records) {
            if message.records(section).len() > 0 {
                writeln!(f, ";; {} SECTION:\n{}", title.1, self.records(section))?;
            }
        }
        Ok(())
    }
}

/// The records of a section, a line each.
struct Records<'p, 'a>(&'p Present<'a>, Section);

impl fmt::Display for Records<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(message, section) = *self;
        let mut records = message.message.records(section);
        records.try_for_each(|record| message.record(f, record))
    }
}

impl Present<'_> {
    /// The records of a section, a line each.
    pub(crate) fn records(&self, section: Section) -> impl fmt::Display {
        Records(self, section)
    }

    /// The RDATA of the answer section, a line each: what `+short` prints.
    pub(crate) fn short(&self) -> String {
        let records = self.message.records(Section::Answer);
        records.map(|record| self.rdata(record) + "\n").collect()
    }

    fn question(&self, f: &mut fmt::Formatter<'_>, question: QuestionRef<'_>) -> fmt::Result {
        // The semicolon is not counted: names do not line up with those of the records, but the columns behind them do.
        f.write_str(";")?;
        let mut columns = Columns::begin(f, &question.name.to_string())?;
        columns.field(32, &self.class(question.class))?;
        columns.field(40, &self.rtype(question.rtype))?;
        f.write_str("\n")
    }

    fn record(&self, f: &mut fmt::Formatter<'_>, record: RecordRef<'_>) -> fmt::Result {
        let mut columns = Columns::begin(f, &record.owner.to_string())?;
        columns.field(24, &record.ttl.to_string())?;
        columns.field(32, &self.class(record.class))?;
        columns.field(40, &self.rtype(record.rtype))?;
        columns.field(48, &self.rdata(record))?;
        f.write_str("\n")
    }

    /// What the cookie of the message says about the one that was sent; none if either is missing.
    pub(crate) fn cookie_verdict(&self) -> Option<CookieVerdict> {
        let mut options = self.message.opt()?.options();
        options.find_map(|option| self.verdict(option))
    }

    fn verdict(&self, option: OptionRef<'_>) -> Option<CookieVerdict> {
        let sent = self.sent_cookie.filter(|_| option.code == OptionCode::COOKIE)?;
        Some(CookieVerdict::of(sent, option.data))
    }

    fn opt(&self, f: &mut fmt::Formatter<'_>, opt: OptRef<'_>) -> fmt::Result {
        let text = opt.text().to_string();
        let mut lines = text.lines();
        // The first line is about the record, the others are about an option each.
        if let Some(line) = lines.next() {
            writeln!(f, "{line}")?;
        }
        for (line, option) in lines.zip(opt.options()) {
            f.write_str(line)?;
            if let Some(verdict) = self.verdict(option) {
                write!(f, " ({verdict})")?;
            }
            f.write_str("\n")?;
        }
        Ok(())
    }

    fn class(&self, class: Class) -> String {
        if self.unknown_format {
            format!("CLASS{}", class.0)
        } else {
            class.to_string()
        }
    }

    fn rtype(&self, rtype: Rtype) -> String {
        if self.unknown_format {
            format!("TYPE{}", rtype.0)
        } else {
            rtype.to_string()
        }
    }

    fn rdata(&self, record: RecordRef<'_>) -> String {
        match record.to_rdata() {
            // NULL is a type whose RDATA can be anything, so it has no other form than the one that is wanted.
            Ok(rdata) if self.unknown_format => Rdata::opaque(Rtype::NULL, rdata.octets()).to_string(),
            _ => record.rdata_text().to_string(),
        }
    }
}

/// The titles of the sections: in the line of the flags, and above the sections.
struct Titles {
    question: (&'static str, &'static str),
    records: [(&'static str, &'static str); 3],
}

/// An update has other sections (RFC 2136 section 2).
fn titles(opcode: Opcode) -> Titles {
    if opcode == Opcode::UPDATE {
        return Titles {
            question: ("ZONE", "ZONE"),
            records: [
                ("PREREQ", "PREREQUISITE"),
                ("UPDATE", "UPDATE"),
                ("ADDITIONAL", "ADDITIONAL"),
            ],
        };
    }
    Titles {
        question: ("QUERY", "QUESTION"),
        records: [
            ("ANSWER", "ANSWER"),
            ("AUTHORITY", "AUTHORITY"),
            ("ADDITIONAL", "ADDITIONAL"),
        ],
    }
}

/// dig knows no opcode beyond UPDATE.
fn opcode(opcode: Opcode) -> String {
    if opcode > Opcode::UPDATE {
        format!("RESERVED{}", opcode.0)
    } else {
        opcode.to_string()
    }
}

/// dig knows no response code of stateful operations or of TSIG.
struct PresentedRcode(Rcode);

impl fmt::Display for PresentedRcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Rcode(number @ 11..=15) => write!(f, "RESERVED{number}"),
            Rcode::BADVERS | Rcode::BADCOOKIE | Rcode(..=10) => self.0.fmt(f),
            Rcode(number) => write!(f, "?{number}"),
        }
    }
}

/// What a cookie says about the one that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CookieVerdict {
    /// It begins with the one that was sent.
    Good,
    /// It is the one that was sent, and no more.
    Echoed,
    /// It begins with another one.
    Bad,
}

/// What is said of a bad cookie, in dig's words.
pub(crate) const COOKIE_MISMATCH: &str = "Client COOKIE mismatch";

impl CookieVerdict {
    fn of(sent: &[u8], received: &[u8]) -> Self {
        match (sent.get(..8), received.get(..8)) {
            _ if sent == received => Self::Echoed,
            (Some(ours), Some(theirs)) if ours == theirs => Self::Good,
            _ => Self::Bad,
        }
    }
}

impl fmt::Display for CookieVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::Echoed => "echoed",
            Self::Bad => "bad",
        })
    }
}

/// A line of fields that begin at columns, with tabs of eight between them.
struct Columns<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    at: usize,
}

impl<'a, 'f> Columns<'a, 'f> {
    fn begin(f: &'a mut fmt::Formatter<'f>, field: &str) -> Result<Self, fmt::Error> {
        f.write_str(field)?;
        Ok(Self { f, at: field.len() })
    }

    /// Goes to `column`, or one further if the line is there already, and writes `field`.
    fn field(&mut self, column: usize, field: &str) -> fmt::Result {
        let column = column.max(self.at + 1);
        let tabs = column / 8 - self.at / 8;
        let spaces = if tabs > 0 { column % 8 } else { column - self.at };
        write!(self.f, "{:\t<tabs$}{:spaces$}{field}", "", "")?;
        self.at = column + field.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
