//! Cutting an entry into tokens.

use alloc::vec::Vec;

use super::character::Meaning;
use super::error::TextErrorKind;
use super::token::{Span, index};

/// Finds the tokens of one entry, which may come piece by piece. All indices count from the start of the entry.
#[derive(Clone, Debug)]
pub(super) struct Lexer {
    /// The next octet to look at.
    pub(super) at: usize,
    pub(super) state: State,
    /// The tokens found so far.
    pub(super) spans: Vec<Span>,
    /// The newlines in the entry so far, that at its end not counted.
    pub(super) newlines: u32,
    /// The token that is being read.
    span: Span,
    /// Where the parenthesis is that is open.
    parenthesis: Option<usize>,
}

/// What the next octet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing yet.
    Between,
    /// A token without quotes.
    Plain,
    /// A token in quotes.
    Quoted,
    /// A part in quotes of a token without, after a `=`.
    QuotedValue,
    /// Nothing yet, just after a quote, where no token without quotes may begin.
    Closed,
    /// A comment.
    Comment,
    /// Nothing: the entry is complete.
    Complete,
    /// The rest of a line that has an error.
    Skipped,
}

/// Where something is wrong, what, and what was expected there.
pub(super) type Fault = (usize, TextErrorKind, &'static str);

impl Lexer {
    pub(super) const fn new() -> Self {
        Self {
            at: 0,
            state: State::Between,
            spans: Vec::new(),
            newlines: 0,
            span: Span::EMPTY,
            parenthesis: None,
        }
    }

    /// Forgets the entry, and is at the beginning of the next.
    #[inline]
    pub(super) fn restart(&mut self) {
        self.at = 0;
        self.spans.clear();
        self.newlines = 0;
        self.parenthesis = None;
    }

    /// Looks at octets until the entry is complete, or `text` ends; `finished` says that nothing follows it.
    #[inline]
    pub(super) fn scan(&mut self, text: &[u8], finished: bool) -> Result<(), Fault> {
        while let Some(&octet) = text.get(self.at) {
            #[cfg(any(test, planted, fuzzing))]
            crate::wire::steps::step();
            match self.state {
                State::Between => self.between(text)?,
                State::Plain => {
                    self.at = plain_end(text, self.at);
                    match text.get(self.at).map(|&octet| Meaning::of(octet)) {
                        None => break,
                        Some(Meaning::Escape) => {
                            if !self.escape(text, finished) {
                                break;
                            }
                        }
                        Some(Meaning::Quote) if text.get(self.at.wrapping_sub(1)) == Some(&b'=') => {
                            self.quote_value();
                        }
                        Some(_) => self.end_token(0),
                    }
                }
                State::Closed => {
                    if matches!(Meaning::of(octet), Meaning::Ordinary | Meaning::Escape) {
                        return Err((self.at, TextErrorKind::QuoteInToken, "a blank after a quote"));
                    }
                    self.state = State::Between;
                }
                State::Quoted | State::QuotedValue => {
                    self.at = run(text, self.at, |octet| !matches!(octet, b'"' | b'\\' | b'\n'));
                    match text.get(self.at) {
                        None => break,
                        Some(b'"') => {
                            self.at = self.at.wrapping_add(1);
                            self.end_token(usize::from(self.state == State::Quoted));
                            self.state = State::Closed;
                        }
                        Some(b'\\') => {
                            if !self.escape(text, finished) {
                                break;
                            }
                        }
                        // A newline. In parentheses text can contain it (RFC 1035 section 5.1). Outside of them it cannot, so that a
                        // quote too few or too many costs one line and not the rest of the file.
                        Some(_) if self.parenthesis.is_some() => self.newline(),
                        Some(_) => return Err(self.unclosed()),
                    }
                }
                State::Comment => {
                    self.at = run(text, self.at, |octet| octet != b'\n');
                    if self.at < text.len() {
                        self.state = State::Between;
                    }
                }
                State::Complete | State::Skipped => break,
            }
        }
        Ok(())
    }

    /// What is between tokens, and tokens without quotes or escapes that are all there.
    #[inline]
    fn between(&mut self, text: &[u8]) -> Result<(), Fault> {
        let mut at = self.at;
        let state = loop {
            #[cfg(any(test, planted, fuzzing))]
            crate::wire::steps::step();
            let Some(&octet) = text.get(at) else {
                break State::Between;
            };
            match Meaning::of(octet) {
                Meaning::Ordinary | Meaning::Escape => {
                    let mut span = Span::begin(at);
                    at = plain_end(text, at);
                    match text.get(at).map(|&octet| Meaning::of(octet)) {
                        None | Some(Meaning::Escape | Meaning::Quote) => {
                            self.span = span;
                            break State::Plain;
                        }
                        Some(_) => {
                            span.end = index(at);
                            self.spans.push(span);
                        }
                    }
                    continue;
                }
                Meaning::Blank => {}
                Meaning::Newline if self.parenthesis.is_none() => {
                    at = at.wrapping_add(1);
                    break State::Complete;
                }
                Meaning::Newline => self.newlines = self.newlines.saturating_add(1),
                Meaning::Quote => {
                    at = at.wrapping_add(1);
                    self.span = Span::begin(at);
                    self.span.quoted = true;
                    break State::Quoted;
                }
                Meaning::Comment => break State::Comment,
                Meaning::Open | Meaning::Close => self.parenthesis(octet, at)?,
            }
            at = at.wrapping_add(1);
        };
        self.at = at;
        self.state = state;
        Ok(())
    }

    /// Opens a parenthesis, or closes it.
    fn parenthesis(&mut self, octet: u8, at: usize) -> Result<(), Fault> {
        let opens = octet == b'(';
        if opens == self.parenthesis.is_some() {
            self.at = at;
            return Err(if opens {
                (
                    at,
                    TextErrorKind::NestedParenthesis,
                    "a closing parenthesis first",
                )
            } else {
                (
                    at,
                    TextErrorKind::UnopenedParenthesis,
                    "an opening parenthesis before",
                )
            });
        }
        self.parenthesis = opens.then_some(at);
        Ok(())
    }

    /// Goes on after a backslash and what it escapes; whether it could, because both are there.
    #[inline]
    fn escape(&mut self, text: &[u8], finished: bool) -> bool {
        self.span.escaped = true;
        let step = match text.get(self.at.wrapping_add(1)) {
            None if !finished => return false,
            // A newline ends the line all the same, and the token cannot be read.
            None | Some(b'\n') => 1,
            Some(_) => 2,
        };
        self.at = self.at.wrapping_add(step);
        true
    }

    /// A quote after the `=` of a token, to which it belongs. After anything else it begins a token of its own.
    fn quote_value(&mut self) {
        self.span.value_quoted = true;
        self.at = self.at.wrapping_add(1);
        self.state = State::QuotedValue;
    }

    /// A newline that does not end the entry.
    fn newline(&mut self) {
        self.newlines = self.newlines.saturating_add(1);
        self.at = self.at.wrapping_add(1);
    }

    /// The token ends, before a quote of this many octets.
    #[inline]
    fn end_token(&mut self, quote: usize) {
        self.span.end = index(self.at.wrapping_sub(quote));
        self.spans.push(self.span);
        self.state = State::Between;
    }

    /// The file ends here, and the entry must, too.
    pub(super) fn finish(&mut self) -> Result<(), Fault> {
        if self.quote().is_some() {
            return Err(self.unclosed());
        }
        if self.state == State::Plain {
            self.end_token(0);
        }
        if let Some(parenthesis) = self.parenthesis {
            let expected = "a closing parenthesis";
            return Err((parenthesis, TextErrorKind::UnclosedParenthesis, expected));
        }
        if !self.spans.is_empty() {
            self.state = State::Complete;
        }
        Ok(())
    }

    /// The quote is not closed.
    #[cold]
    fn unclosed(&self) -> Fault {
        let quote = self.quote().unwrap_or(self.at);
        (quote, TextErrorKind::UnclosedQuote, "a closing quote")
    }

    /// The entry has more octets than it may have.
    #[cold]
    pub(super) fn too_long(&self) -> Fault {
        let (at, expected) = match (self.quote(), self.parenthesis) {
            (Some(quote), _) => (quote, "a closing quote before the limit"),
            (None, Some(parenthesis)) => (parenthesis, "a closing parenthesis before the limit"),
            (None, None) => (0, "a newline before the limit"),
        };
        (at, TextErrorKind::EntryTooLong, expected)
    }

    /// Where the quote is that is open.
    fn quote(&self) -> Option<usize> {
        match self.state {
            State::Quoted => Some((self.span.start as usize).saturating_sub(1)),
            State::QuotedValue => Some(self.span.start as usize),
            State::Between
            | State::Plain
            | State::Closed
            | State::Comment
            | State::Complete
            | State::Skipped => None,
        }
    }
}

/// The index of the first octet from `at` on that is not ordinary, or the end.
///
/// Eight octets are looked at together: those that mean something are below `*`, or `;`, or a backslash.
#[inline]
fn plain_end(text: &[u8], mut at: usize) -> usize {
    while let Some(&octets) = text.get(at..).and_then(<[u8]>::first_chunk) {
        #[cfg(any(test, planted, fuzzing))]
        crate::wire::steps::step();
        let octets = u64::from_le_bytes(octets);
        let found = below(octets, b'*') | equal(octets, b';') | equal(octets, b'\\');
        if found == 0 {
            at = at.wrapping_add(8);
            continue;
        }
        at = at.wrapping_add(found.trailing_zeros() as usize / 8);
        if text
            .get(at)
            .is_some_and(|&octet| Meaning::of(octet) != Meaning::Ordinary)
        {
            return at;
        }
        at = at.wrapping_add(1);
    }
    run(text, at, |octet| Meaning::of(octet) == Meaning::Ordinary)
}

/// One in each octet.
const ONES: u64 = u64::MAX / 255;

/// The highest bit of each octet that is less than `limit`, which is at most 128, and perhaps of some after the first such.
#[inline]
const fn below(octets: u64, limit: u8) -> u64 {
    octets.wrapping_sub(ONES.wrapping_mul(limit as u64)) & !octets & ONES << 7
}

/// The highest bit of each octet that is `octet`, and perhaps of some after the first such.
#[inline]
const fn equal(octets: u64, octet: u8) -> u64 {
    below(octets ^ ONES.wrapping_mul(octet as u64), 1)
}

/// The index of the first octet from `at` on that is not `part` of something, or the end.
#[inline]
fn run(text: &[u8], at: usize, part: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let differs = |&octet: &u8| {
        #[cfg(any(test, planted, fuzzing))]
        crate::wire::steps::step();
        !part(octet)
    };
    let length = rest.iter().position(differs).unwrap_or(rest.len());
    at.wrapping_add(length)
}
