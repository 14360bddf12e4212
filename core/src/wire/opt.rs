//! The OPT pseudo-record, a property of the message (RFC 6891).

use alloc::vec::Vec;
use core::fmt;

use super::codes::{Class, OptionCode, Rtype};
use super::error::{ParseError, ParseErrorKind};
use super::name::{Name, NameRef, measure};
use super::rdata::Rdata;
use super::record::Record;

/// How many options an OPT record may have here. Nobody needs more, and each one costs work.
const MOST_OPTIONS: usize = 100;

/// The lowest bit of the flags that says that DNSSEC records are wanted (RFC 3225).
const DNSSEC_OK: u16 = 0x8000;

/// An OPT record to be written.
///
/// ```
/// use nameward_core::wire::{Opt, OptionCode};
///
/// let mut opt = Opt { dnssec_ok: true, ..Opt::default() };
/// opt.options.push(OptionCode::NSID, b"");
/// assert_eq!(opt.wire_len(), 15);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opt {
    /// The largest UDP payload that the sender takes, in octets (section 6.2.3).
    pub udp_payload: u16,
    /// The upper eight bits of the response code: [`Rcode::split`](super::Rcode::split).
    pub extended_rcode: u8,
    /// The version of EDNS, of which there is only 0 (section 6.1.3).
    pub version: u8,
    /// DO: whether DNSSEC records are wanted (RFC 3225).
    pub dnssec_ok: bool,
    /// The options, in order.
    pub options: Options,
}

impl Default for Opt {
    /// Version 0, 1232 octets of payload, nothing else.
    fn default() -> Self {
        Self {
            udp_payload: 1232,
            extended_rcode: 0,
            version: 0,
            dnssec_ok: false,
            options: Options::default(),
        }
    }
}

impl Opt {
    /// Root owner, type, class, TTL and RDLENGTH.
    const FIXED: usize = 11;

    /// Its length in a message, in octets.
    pub fn wire_len(&self) -> usize {
        self.options.wire.len().saturating_add(Self::FIXED)
    }

    /// The record without its options; none if those are longer than RDATA can be.
    pub(super) fn fixed_part(&self) -> Option<[u8; Self::FIXED]> {
        let [type_high, type_low] = Rtype::OPT.0.to_be_bytes();
        let [payload_high, payload_low] = self.udp_payload.to_be_bytes();
        let [flags_high, flags_low] = (if self.dnssec_ok { DNSSEC_OK } else { 0 }).to_be_bytes();
        let [length_high, length_low] = u16::try_from(self.options.wire.len()).ok()?.to_be_bytes();
        Some([
            0,
            type_high,
            type_low,
            payload_high,
            payload_low,
            self.extended_rcode,
            self.version,
            flags_high,
            flags_low,
            length_high,
            length_low,
        ])
    }

    /// The same as a record of type 41: root owner, the payload size as class, the other fields as TTL, the options as opaque
    /// RDATA (RFC 3597).
    ///
    /// ```
    /// use nameward_core::wire::{Opt, OptRef};
    ///
    /// let opt = Opt { dnssec_ok: true, ..Opt::default() };
    /// let record = opt.to_record();
    /// assert_eq!(record.to_string(), ".\t32768\tCLASS1232\tOPT\t\\# 0");
    /// assert_eq!(Opt::from(OptRef::from_record(&record).unwrap().unwrap()), opt);
    /// ```
    pub fn to_record(&self) -> Record {
        let opt = OptRef {
            udp_payload: self.udp_payload,
            extended_rcode: self.extended_rcode,
            version: self.version,
            flags: if self.dnssec_ok { DNSSEC_OK } else { 0 },
            options: &self.options.wire,
        };
        opt.to_record()
    }
}

/// What was received, to be sent: without the flags other than DO, which must be zero when sent (section 6.1.4), and without
/// octets that make no option.
impl From<OptRef<'_>> for Opt {
    fn from(opt: OptRef<'_>) -> Self {
        Self {
            udp_payload: opt.udp_payload,
            extended_rcode: opt.extended_rcode,
            version: opt.version,
            dnssec_ok: opt.dnssec_ok(),
            options: Options {
                wire: opt.whole_options().to_vec(),
            },
        }
    }
}

/// EDNS options, owned, in the order in which they are written. None of them costs no memory.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Invariant: whole options.
    wire: Vec<u8>,
}

impl Options {
    /// Adds an option at the end; whether it was: its data can have 65 535 octets at most.
    pub fn push(&mut self, code: OptionCode, data: &[u8]) -> bool {
        write_option(code, data, &mut self.wire)
    }

    /// The options, in order.
    pub fn iter(&self) -> OptionRefs<'_> {
        OptionRefs { rest: &self.wire }
    }

    /// Their length in a message, in octets.
    pub fn wire_len(&self) -> usize {
        self.wire.len()
    }

    /// Options from their wire form; none if it is not made of whole ones.
    pub(super) fn from_wire(wire: &[u8]) -> Option<Self> {
        let mut options = OptionRefs { rest: wire };
        options.by_ref().for_each(drop);
        options.rest.is_empty().then(|| Self { wire: wire.to_vec() })
    }

    /// Takes memory for so many octets more of options.
    pub fn reserve(&mut self, octets: usize) {
        self.wire.reserve(octets);
    }

    /// Removes all options, and keeps their memory.
    pub fn clear(&mut self) {
        self.wire.clear();
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.wire.is_empty()
    }

    /// Removes all options with this code.
    pub fn remove(&mut self, code: OptionCode) {
        let mut kept = Vec::with_capacity(self.wire.len());
        for option in self.iter().filter(|option| option.code != code) {
            write_option(option.code, option.data, &mut kept);
        }
        self.wire = kept;
    }

    /// Their wire form.
    pub(super) fn as_wire(&self) -> &[u8] {
        &self.wire
    }
}

/// Writes an option at the end of `out`; whether it was: its data can have 65 535 octets at most.
fn write_option(code: OptionCode, data: &[u8], out: &mut Vec<u8>) -> bool {
    let Ok(length) = u16::try_from(data.len()) else {
        return false;
    };
    out.extend_from_slice(&code.0.to_be_bytes());
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(data);
    true
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The OPT record of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OptRef<'a> {
    udp_payload: u16,
    extended_rcode: u8,
    version: u8,
    flags: u16,
    /// Invariant: whole options if the version is 0. What those of others have, nobody knows.
    options: &'a [u8],
}

impl<'a> OptRef<'a> {
    /// The record whose class, TTL and RDATA these are. The options are looked at later: [`check_options`](Self::check_options).
    pub(super) fn new(class: u16, ttl: u32, options: &'a [u8]) -> Self {
        let [extended_rcode, version, high, low] = ttl.to_be_bytes();
        Self {
            udp_payload: class,
            extended_rcode,
            version,
            flags: u16::from_be_bytes([high, low]),
            options,
        }
    }

    /// The largest UDP payload that the sender takes, in octets, as it says. Values below 512 mean 512 (section 6.2.3).
    pub const fn udp_payload(self) -> u16 {
        self.udp_payload
    }

    /// The upper eight bits of the response code. The whole code is [`Message::rcode`](super::Message::rcode).
    pub const fn extended_rcode(self) -> u8 {
        self.extended_rcode
    }

    /// The version of EDNS.
    pub const fn version(self) -> u8 {
        self.version
    }

    /// DO: whether DNSSEC records are wanted (RFC 3225).
    pub const fn dnssec_ok(self) -> bool {
        self.flags & DNSSEC_OK != 0
    }

    /// All sixteen flags, DO the highest of them.
    pub const fn flags(self) -> u16 {
        self.flags
    }

    /// The options, in order. A version above 0 may mean something else with the same octets: then these are what can be taken for
    /// options before the first octet that cannot.
    pub const fn options(self) -> OptionRefs<'a> {
        OptionRefs { rest: self.options }
    }

    /// The octets of all [`options`](Self::options).
    fn whole_options(self) -> &'a [u8] {
        let mut options = self.options();
        options.by_ref().for_each(drop);
        let length = self.options.len().saturating_sub(options.rest.len());
        self.options.get(..length).unwrap_or_default()
    }

    /// The same as a record of type 41, with all of its fields ([`Opt::to_record`]).
    pub fn to_record(self) -> Record {
        let (class, ttl) = self.class_and_ttl();
        Record {
            owner: Name::root(),
            class,
            ttl,
            rdata: Rdata::opaque(Rtype::OPT, self.options),
        }
    }

    /// What stands where other records have their class and TTL.
    #[inline]
    pub(super) fn class_and_ttl(self) -> (Class, u32) {
        let [high, low] = self.flags.to_be_bytes();
        let ttl = u32::from_be_bytes([self.extended_rcode, self.version, high, low]);
        (Class(self.udp_payload), ttl)
    }

    /// The options in wire form.
    pub(super) const fn as_wire(self) -> &'a [u8] {
        self.options
    }

    /// What a record of type 41 says; none if it is of another type.
    ///
    /// # Errors
    ///
    /// The record is not owned by the root, or its version is 0 and its RDATA is not made of whole options or of too many.
    pub fn from_record(record: &'a Record) -> Result<Option<Self>, ParseError> {
        if record.rtype() != Rtype::OPT {
            return Ok(None);
        }
        if !record.owner.is_root() {
            return Err(ParseError::new(ParseErrorKind::OptOwner, 0));
        }
        let opt = Self::new(record.class.0, record.ttl, record.rdata.octets());
        opt.check_options(0)?;
        Ok(Some(opt))
    }
}

impl OptRef<'_> {
    /// Whether its RDATA, which begins at `start` of its message, is made of whole options, and not of too many. That of a version
    /// above 0 is not judged: the version is what is owed an answer then (RFC 6891 section 6.1.3).
    pub(super) fn check_options(self, start: usize) -> Result<(), ParseError> {
        if self.version > 0 {
            return Ok(());
        }
        let mut options = self.options();
        let count = options.by_ref().take(MOST_OPTIONS).count();
        let at = start
            .saturating_add(self.options.len())
            .saturating_sub(options.rest.len());
        match options.rest {
            [] => Ok(()),
            _ if count == MOST_OPTIONS => Err(ParseError::new(ParseErrorKind::TooManyOptions, at)),
            _ => Err(ParseError::new(ParseErrorKind::RdataShort, at)),
        }
    }
}

impl fmt::Debug for OptRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OptRef")
            .field("udp_payload", &self.udp_payload)
            .field("extended_rcode", &self.extended_rcode)
            .field("version", &self.version)
            .field("flags", &format_args!("{:#06x}", self.flags))
            .field("options", &self.options())
            .finish()
    }
}

/// An EDNS option.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OptionRef<'a> {
    /// What it means.
    pub code: OptionCode,
    /// What it says.
    pub data: &'a [u8],
}

impl<'a> OptionRef<'a> {
    /// The name that its data is, all of it and without compression.
    pub(crate) fn name(self) -> Result<NameRef<'a>, ParseError> {
        // It is not compressed: pointers lead back, and there is nothing before it.
        let extent = measure(self.data, 0)?;
        if extent.end != self.data.len() {
            return Err(ParseError::new(ParseErrorKind::TrailingOctets, extent.end));
        }
        Ok(NameRef::from_checked(self.data, 0))
    }
}

impl fmt::Debug for OptionRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:02x?}", self.code, self.data)
    }
}

/// EDNS options, in order.
#[derive(Clone)]
pub struct OptionRefs<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for OptionRefs<'a> {
    type Item = OptionRef<'a>;

    fn next(&mut self) -> Option<OptionRef<'a>> {
        let (&[a, b, c, d], after) = self.rest.split_first_chunk()?;
        let (data, after) = after.split_at_checked(usize::from(u16::from_be_bytes([c, d])))?;
        self.rest = after;
        Some(OptionRef {
            code: OptionCode(u16::from_be_bytes([a, b])),
            data,
        })
    }
}

impl fmt::Debug for OptionRefs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
