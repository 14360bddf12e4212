//! Records from entries: what an entry says, and what those before it said (RFC 1035 section 5.1, RFC 2308 section 4).

use alloc::vec::Vec;

use super::record::ZoneRecord;
use crate::text::read_rdata;
use crate::text::scan::{Entry, TextError, TextErrorKind, Token};
use crate::wire::{Class, Name, NameRef, Rtype};

/// What should stand before the RDATA.
const EXPECTED: &str = "a TTL, a class or a type";

/// The record that is being put together, and what the next one takes over from it.
#[derive(Clone, Debug)]
pub(super) struct Assembly {
    /// What relative names are completed with.
    pub(super) origin: Name,
    /// The owner in wire form; empty if there was none yet, or if the last one was wrong.
    pub(super) owner: Vec<u8>,
    /// The TTL that the last `$TTL` gave.
    pub(super) default_ttl: Option<u32>,
    /// The TTL of the last record.
    last_ttl: Option<u32>,
    /// The class of the zone, once it is known.
    class: Option<Class>,
    rtype: Rtype,
    ttl: u32,
    rdata: Vec<u8>,
}

impl Assembly {
    pub(super) const fn new(origin: Name, class: Option<Class>, first_ttl: Option<u32>) -> Self {
        Self {
            origin,
            owner: Vec::new(),
            default_ttl: None,
            last_ttl: first_ttl,
            class,
            rtype: Rtype(0),
            ttl: 0,
            rdata: Vec::new(),
        }
    }

    /// Reads the entry of a record.
    #[inline]
    pub(super) fn read(&mut self, entry: &Entry<'_>) -> Result<(), TextError> {
        let mut tokens = entry.tokens(Some(&self.origin));
        if entry.begins_blank() {
            if self.owner.is_empty() {
                let expected = "an owner, which the entries before do not have";
                return Err(tokens.wrong(TextErrorKind::NoOwner, expected));
            }
        } else {
            self.owner.clear();
            if let Err(error) = tokens.name(&mut self.owner) {
                // What follows without an owner would have had this one.
                self.owner.clear();
                return Err(error);
            }
        }
        let (mut ttl, mut class) = (None, None);
        let token = loop {
            let token = tokens.take(EXPECTED)?;
            if ttl.is_none() && token.octets().first().is_some_and(u8::is_ascii_digit) {
                ttl = Some(token.seconds()?);
            } else if class.is_none()
                && let Some(found) = class_of(&token)
            {
                class = Some(found);
                if *self.class.get_or_insert(found) != found {
                    return Err(token.error(TextErrorKind::OtherClass, "the class of the zone"));
                }
            } else {
                break token;
            }
        };
        self.rtype = type_of(&token)?;
        self.rdata.clear();
        let class = *self.class.get_or_insert(Class::IN);
        read_rdata(self.rtype, class, &mut tokens, &mut self.rdata)?;
        let known = ttl
            .or(self.default_ttl)
            .or(self.last_ttl)
            .or_else(|| self.minimum());
        self.ttl = known.ok_or_else(|| token.error(TextErrorKind::NoTtl, "a TTL before the type"))?;
        self.last_ttl = Some(self.ttl);
        Ok(())
    }

    /// The TTL for negative answers, if the record is an SOA. It was the default TTL before there was `$TTL` (RFC 2308 section 4).
    fn minimum(&self) -> Option<u32> {
        let minimum = self.rdata.last_chunk().filter(|_| self.rtype == Rtype::SOA)?;
        Some(u32::from_be_bytes(*minimum))
    }

    /// The record that was read last.
    #[inline]
    pub(super) fn record(&self) -> ZoneRecord<'_> {
        ZoneRecord {
            owner: NameRef::from_checked(&self.owner, 0),
            rtype: self.rtype,
            class: self.class.unwrap_or(Class::IN),
            ttl: self.ttl,
            rdata: &self.rdata,
        }
    }
}

/// The class that the token names, if records can have it.
#[inline]
fn class_of(token: &Token<'_>) -> Option<Class> {
    if token.is_word("IN") {
        return Some(Class::IN);
    }
    match token.octets() {
        [b'C' | b'c' | b'H' | b'h', _, ..] => token.class(),
        _ => None,
    }
}

/// The type that the token names, if zones can have it.
#[inline]
fn type_of(token: &Token<'_>) -> Result<Rtype, TextError> {
    match token.rtype() {
        None => Err(token.error(TextErrorKind::Unrecognised, EXPECTED)),
        // Reserved, and those of questions and messages only (RFC 6895 section 3.1).
        Some(Rtype(0 | 41 | 128..=255)) => {
            Err(token.error(TextErrorKind::MetaType, "a type that zones can have"))
        }
        Some(rtype) => Ok(rtype),
    }
}
