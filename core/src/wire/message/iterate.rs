//! Walks over a checked message.

use core::iter::FusedIterator;

use super::check::Layout;
use crate::wire::codes::{Class, Rtype};
use crate::wire::header::Header;
use crate::wire::name::{NameRef, skip};
use crate::wire::question::QuestionRef;
use crate::wire::record::{Fixed, RecordRef, Section};

/// The questions of a message, in order.
#[derive(Clone, Debug)]
pub struct Questions<'a> {
    octets: &'a [u8],
    at: usize,
    left: u16,
}

impl<'a> Questions<'a> {
    pub(super) fn new(octets: &'a [u8], count: u16) -> Self {
        Self {
            octets,
            at: Header::LENGTH,
            left: count,
        }
    }
}

impl<'a> Iterator for Questions<'a> {
    type Item = QuestionRef<'a>;

    fn next(&mut self) -> Option<QuestionRef<'a>> {
        self.left = self.left.checked_sub(1)?;
        let name = NameRef::from_checked(self.octets, u16::try_from(self.at).ok()?);
        let fixed_at = skip(self.octets, self.at)?;
        let &[a, b, c, d] = self.octets.get(fixed_at..)?.first_chunk()?;
        self.at = fixed_at.wrapping_add(4);
        Some(QuestionRef {
            name,
            rtype: Rtype(u16::from_be_bytes([a, b])),
            class: Class(u16::from_be_bytes([c, d])),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::from(self.left), Some(usize::from(self.left)))
    }
}

impl ExactSizeIterator for Questions<'_> {}
impl FusedIterator for Questions<'_> {}

/// The records of a section, in order, without the OPT record.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    octets: &'a [u8],
    at: usize,
    left: u16,
    /// The offset of the OPT record, which is passed over.
    opt: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(octets: &'a [u8], layout: Layout, section: Section, count: u16) -> Self {
        let [answer, authority, additional] = layout.sections;
        let opt = layout.opt.map_or(0, core::num::NonZeroU16::get);
        let (at, opt) = match section {
            Section::Answer => (answer, 0),
            Section::Authority => (authority, 0),
            Section::Additional => (additional, opt),
        };
        let left = if opt == 0 { count } else { count.saturating_sub(1) };
        Self {
            octets,
            at: at.into(),
            left,
            opt: opt.into(),
        }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = RecordRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<RecordRef<'a>> {
        self.left = self.left.checked_sub(1)?;
        loop {
            let start = self.at;
            let fixed_at = skip(self.octets, start)?;
            let fixed = Fixed::read(self.octets, fixed_at)?;
            let rdata_at = fixed_at.wrapping_add(Fixed::LENGTH);
            self.at = rdata_at.wrapping_add(usize::from(fixed.rdata_length));
            if start != self.opt {
                let owner = NameRef::from_checked(self.octets, u16::try_from(start).ok()?);
                return Some(RecordRef::new(
                    owner,
                    fixed,
                    self.octets,
                    u16::try_from(rdata_at).ok()?,
                ));
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::from(self.left), Some(usize::from(self.left)))
    }
}

impl ExactSizeIterator for Records<'_> {}
impl FusedIterator for Records<'_> {}
