//! The one pass that checks a message.

use core::num::NonZeroU16;

use crate::wire::codes::Rtype;
use crate::wire::error::{ParseError, ParseErrorKind};
use crate::wire::header::Header;
use crate::wire::name::{Extent, MOST_POINTERS, measure, pointer};
use crate::wire::opt::OptRef;
use crate::wire::record::{Fixed, Section};

/// Where the parts of a checked message are, in octets from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Where each section begins.
    pub(super) sections: [u16; 3],
    /// Where the OPT record begins.
    pub(super) opt: Option<NonZeroU16>,
    /// Whether there is a TSIG record, wherever it is.
    pub(super) has_tsig: bool,
    /// Whether there is one question, and its name is not compressed.
    pub(super) plain_question: bool,
}

/// Checks a message from its first to its last octet.
pub(super) fn check(octets: &[u8]) -> Result<Layout, ParseError> {
    let header = Header::parse(octets)?;
    let mut pass = Pass {
        octets,
        at: Header::LENGTH,
        opt: None,
        has_tsig: false,
        names: OwnerNames::new(octets.len()),
    };
    if u16::try_from(octets.len()).is_err() {
        return Err(pass.fail(ParseErrorKind::MessageTooLong));
    }
    let mut compressed = false;
    for _ in 0..header.question_count {
        compressed = pass.question()?;
    }
    let answer = pass.offset();
    for _ in 0..header.answer_count {
        pass.record(Section::Answer)?;
    }
    let authority = pass.offset();
    for _ in 0..header.authority_count {
        pass.record(Section::Authority)?;
    }
    let additional = pass.offset();
    for _ in 0..header.additional_count {
        pass.record(Section::Additional)?;
    }
    if pass.at != octets.len() {
        return Err(pass.fail(ParseErrorKind::TrailingOctets));
    }
    Ok(Layout {
        sections: [answer, authority, additional],
        opt: pass.opt,
        has_tsig: pass.has_tsig,
        plain_question: header.question_count == 1 && !compressed,
    })
}

/// The pass, which stands before the octet at `at`.
struct Pass<'a> {
    octets: &'a [u8],
    at: usize,
    opt: Option<NonZeroU16>,
    has_tsig: bool,
    names: OwnerNames,
}

impl Pass<'_> {
    /// Whether its name is compressed.
    #[inline]
    fn question(&mut self) -> Result<bool, ParseError> {
        let Extent { end, pointers, .. } = measure(self.octets, self.at)?;
        self.names.pay(pointers, self.at)?;
        self.advance(end.wrapping_add(4))?;
        Ok(pointers > 0)
    }

    #[inline]
    fn record(&mut self, section: Section) -> Result<(), ParseError> {
        let start = self.offset();
        let fixed_at = self.names.end_of(self.octets, self.at)?;
        let Some(fixed) = Fixed::read(self.octets, fixed_at) else {
            return Err(ParseError::new(ParseErrorKind::Short, self.octets.len()));
        };
        let rdata_at = fixed_at.wrapping_add(Fixed::LENGTH);
        self.advance(rdata_at.wrapping_add(usize::from(fixed.rdata_length)))?;
        match fixed.rtype {
            Rtype::OPT => self.opt(section, start, fixed_at, fixed)?,
            Rtype::TSIG => self.has_tsig = true,
            _ => {}
        }
        Ok(())
    }

    fn opt(&mut self, section: Section, start: u16, fixed_at: usize, fixed: Fixed) -> Result<(), ParseError> {
        let fail = |kind| Err(ParseError::new(kind, usize::from(start)));
        if section != Section::Additional {
            return fail(ParseErrorKind::OptOutOfPlace);
        }
        // The root takes one octet; it cannot be compressed, or it would lead to a root and still take two.
        if fixed_at != usize::from(start).wrapping_add(1) {
            return fail(ParseErrorKind::OptOwner);
        }
        if self.opt.is_some() {
            return fail(ParseErrorKind::SecondOpt);
        }
        self.opt = NonZeroU16::new(start);
        let rdata_at = fixed_at.wrapping_add(Fixed::LENGTH);
        let options = self.octets.get(rdata_at..self.at).unwrap_or_default();
        OptRef::new(fixed.class.0, fixed.ttl, options).check_options(rdata_at)
    }

    #[inline]
    fn advance(&mut self, to: usize) -> Result<(), ParseError> {
        if to > self.octets.len() {
            return Err(ParseError::new(ParseErrorKind::Short, self.octets.len()));
        }
        self.at = to;
        Ok(())
    }

    /// Invariant: what lies inside the message is less than 65 536 octets from its start.
    #[inline]
    fn offset(&self) -> u16 {
        u16::try_from(self.at).unwrap_or(u16::MAX)
    }

    fn fail(&self, kind: ParseErrorKind) -> ParseError {
        ParseError::new(kind, self.at)
    }
}

/// Checks owners. It remembers some names that pointers led to, so that most owners are not walked again.
struct OwnerNames {
    /// The offset, length and number of pointers of a name, at the place that its offset says; zero if there is none.
    known: [(u16, u8, u8); Self::KNOWN],
    /// How many pointers may still be followed, whether they are remembered or not.
    pointers: usize,
}

impl OwnerNames {
    /// A power of two.
    const KNOWN: usize = 16;

    fn new(message_length: usize) -> Self {
        Self {
            known: [(0, 0, 0); Self::KNOWN],
            pointers: message_length.saturating_mul(4),
        }
    }

    /// The offset after the name that begins at `start`.
    #[inline]
    fn end_of(&mut self, octets: &[u8], start: usize) -> Result<usize, ParseError> {
        // Most owners are a pointer and nothing else. That of OPT is the root.
        let target = match octets.get(start) {
            Some(0) => return Ok(start.wrapping_add(1)),
            Some(0xC0..) => pointer(octets, start).filter(|&target| target < start),
            _ => None,
        };
        let Some(target) = target else {
            let Extent { end, pointers, .. } = measure(octets, start)?;
            self.pay(pointers, start)?;
            return Ok(end);
        };
        let place = target & Self::KNOWN.wrapping_sub(1);
        let known = self.known.get(place).copied().unwrap_or_default();
        let pointers = if usize::from(known.0) == target && known.1 > 0 {
            known.2
        } else {
            let Extent { length, pointers, .. } = measure(octets, target)?;
            if let (Some(known), Ok(target)) = (self.known.get_mut(place), u16::try_from(target)) {
                *known = (target, length, pointers);
            }
            pointers
        };
        if pointers >= MOST_POINTERS {
            return Err(ParseError::new(ParseErrorKind::TooManyPointers, start));
        }
        self.pay(pointers.wrapping_add(1), start)?;
        Ok(start.wrapping_add(2))
    }

    #[inline]
    fn pay(&mut self, pointers: u8, start: usize) -> Result<(), ParseError> {
        match self.pointers.checked_sub(usize::from(pointers)) {
            Some(left) => self.pointers = left,
            None => return Err(ParseError::new(ParseErrorKind::PointerBudget, start)),
        }
        Ok(())
    }
}
