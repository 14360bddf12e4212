//! `$GENERATE range owner [TTL] [class] type RDATA`, as BIND has it: a record for each number of a range.

use alloc::vec::Vec;

use crate::text::scan::{Entry, Position, Progress, Scanner, TextError, TextErrorKind, Token, Tokens};

/// How long the text of a generated record may be, in octets.
const LONGEST: usize = 4096;

/// The highest number of a range.
const HIGHEST: u64 = 0x7FFF_FFFF;

/// The records that a directive has still to make.
#[derive(Clone, Debug)]
pub(super) struct Generation {
    /// Where the directive is.
    position: Position,
    /// The entry to make, with a `$` for each number.
    template: Vec<u8>,
    next: u64,
    last: u64,
    step: u64,
    /// What reads the entries that were made.
    scanner: Scanner,
    text: Vec<u8>,
}

impl Generation {
    /// Reads what follows after `word`.
    pub(super) fn read(word: &Token<'_>, tokens: &mut Tokens<'_>) -> Result<Self, TextError> {
        const RANGE: &str = "a range such as 1-100 or 0-100/2";
        let range = tokens.take(RANGE)?;
        let (next, last, step) = range
            .text(RANGE)
            .map(read_range)?
            .ok_or_else(|| range.error(TextErrorKind::Unrecognised, RANGE))?;
        let mut template = tokens.take("an owner")?.source().to_vec();
        // What stood in parentheses stays there.
        template.extend_from_slice(b" (");
        while let Some(token) = tokens.peek() {
            template.push(b' ');
            template.extend_from_slice(token.source());
            tokens.take("RDATA")?;
        }
        template.extend_from_slice(b")\n");
        if template.len() > LONGEST {
            return Err(word.error(TextErrorKind::EntryTooLong, "less text to generate records from"));
        }
        Ok(Self {
            position: word.position(),
            template,
            next,
            last,
            step,
            scanner: Scanner::new(LONGEST),
            text: Vec::new(),
        })
    }

    /// Where the directive is.
    pub(super) const fn position(&self) -> Position {
        self.position
    }

    /// How many records are left.
    pub(super) fn count(&self) -> u32 {
        let steps = self
            .last
            .checked_sub(self.next)
            .and_then(|range| range.checked_div(self.step));
        steps.map_or(0, |steps| {
            u32::try_from(steps).unwrap_or(u32::MAX).saturating_add(1)
        })
    }

    /// The next entry.
    pub(super) fn advance(&mut self) -> Result<Option<Entry<'_>>, TextError> {
        if self.next > self.last {
            return Ok(None);
        }
        self.text.clear();
        expand(&self.template, self.next, &mut self.text).ok_or_else(|| {
            let expected =
                "$ or ${offset,width,base} with a base of d, o, x, X, n or N, and no number below 0";
            TextError::new(TextErrorKind::Unrecognised, expected, self.position, 0)
        })?;
        self.next = self.next.saturating_add(self.step);
        self.scanner.push(&self.text);
        // Invariant: the template ends with the only newline that is not in parentheses.
        let entry = self.scanner.advance()? == Progress::Entry;
        Ok(entry.then(|| self.scanner.entry()))
    }
}

/// First, last and step of a range; none if it is none.
fn read_range(text: &str) -> Option<(u64, u64, u64)> {
    let (range, step) = text.split_once('/').unwrap_or((text, "1"));
    let (first, last) = range.split_once('-')?;
    let (first, last, step) = (decimal(first)?, decimal(last)?, decimal(step)?);
    (first <= last && last <= HIGHEST && step > 0).then_some((first, last, step))
}

fn decimal(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|octet| octet.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// Appends the template with `number` in place of each `$`; none if a modifier is not in order.
fn expand(mut template: &[u8], number: u64, text: &mut Vec<u8>) -> Option<()> {
    loop {
        template = match template {
            [] => return Some(()),
            [b'\\', octet, rest @ ..] => {
                text.extend_from_slice(&[b'\\', *octet]);
                rest
            }
            [b'$', b'$', rest @ ..] => {
                text.push(b'$');
                rest
            }
            [b'$', b'{', rest @ ..] => {
                let end = rest.iter().position(|&octet| octet == b'}')?;
                let (modifier, rest) = rest.split_at_checked(end)?;
                write_modified(core::str::from_utf8(modifier).ok()?, number, text)?;
                rest.get(1..)?
            }
            [b'$', rest @ ..] => {
                write_modified("0", number, text)?;
                rest
            }
            [octet, rest @ ..] => {
                text.push(*octet);
                rest
            }
        };
    }
}

/// Appends the number as the modifier, `offset[,width[,base]]`, wants it.
fn write_modified(modifier: &str, number: u64, text: &mut Vec<u8>) -> Option<()> {
    let mut parts = modifier.split(',');
    let offset: i64 = parts.next()?.parse().ok()?;
    let width: u8 = parts.next().map_or(Some(0), |width| width.parse().ok())?;
    let base = parts.next().unwrap_or("d");
    let number = number.checked_add_signed(offset)?;
    if parts.next().is_some() || number > u64::from(u32::MAX) {
        return None;
    }
    let (radix, upper) = match base {
        "d" => (10, false),
        "o" => (8, false),
        "x" => (16, false),
        "X" => (16, true),
        "n" => return write_nibbles(number, width, false, text),
        "N" => return write_nibbles(number, width, true, text),
        _ => return None,
    };
    // The lowest digit comes first here.
    let mut digits = Vec::new();
    let mut rest = number;
    while rest > 0 || digits.len() < usize::from(width).max(1) {
        digits.push(digit(rest.checked_rem(radix)?, upper)?);
        rest = rest.checked_div(radix)?;
    }
    text.extend(digits.iter().rev());
    Some(())
}

/// Appends hexadecimal digits, the lowest first, with dots between them, until there are `width` octets at least.
fn write_nibbles(mut number: u64, width: u8, upper: bool, text: &mut Vec<u8>) -> Option<()> {
    let mut width = width;
    loop {
        text.push(digit(number & 0xF, upper)?);
        number >>= 4;
        width = width.saturating_sub(1);
        if number == 0 && width == 0 {
            return Some(());
        }
        text.push(b'.');
        width = width.saturating_sub(1);
        if number == 0 && width == 0 {
            return Some(());
        }
    }
}

fn digit(value: u64, upper: bool) -> Option<u8> {
    let digit = char::from_digit(u32::try_from(value).ok()?, 16)?;
    let digit = u8::try_from(digit).ok()?;
    Some(if upper { digit.to_ascii_uppercase() } else { digit })
}
