//! What breaks the protocol, and what a server owes for it.

use core::fmt;

use super::VERSION;
use super::option::{OptionError, OptionType};
use super::schema::OptionSchema;
use super::types::{ClientSubnet, Expire, ReportChannel, TcpKeepalive, ZoneVersion};
use crate::machine::Proto;
use crate::wire::{
    Flags, Header, Message, Opcode, OptionCode, OptionRef, OptionRefs, ParseError, ParseErrorKind, Rcode,
};

/// How long an OPT record is without its options, in octets.
const OPT_FIXED: u16 = 11;

/// Something that breaks the protocol: what, where, and which response code a server owes for it.
///
/// Octets that are no message, two OPT records for instance, are a [`ParseError`], which is the only finding then; what is wrong
/// with a message that can be read is told by [`violations`]. An OPT record of a higher version can always be read, whatever
/// its RDATA is made of, so that BADVERS comes before FORMERR; so it does in NSD and Unbound, while BIND sends FORMERR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Violation {
    kind: ViolationKind,
    offset: u16,
    owed: Option<Rcode>,
}

/// In which way the protocol was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ViolationKind {
    /// The octets are no message.
    Unreadable(ParseErrorKind),
    /// The version of EDNS is above [`VERSION`] (RFC 6891 section 6.1.3). Nothing else was judged.
    Version(u8),
    /// The data of an option breaks a rule of its type.
    Malformed(OptionError),
    /// An option stands here again of which there should be one. The first counts (RFC 7873 section 5.2).
    Repeated(OptionCode),
    /// A query has a value where only responses have one, such as the timeout of a connection. The query is valid without it.
    ValueInQuery(OptionCode),
    /// A query says to how many bits of an address its answer applies, which only responses do (RFC 7871 section 6).
    ScopeInQuery,
    /// A query has an option that only responses have, and that servers ignore (RFC 9567 section 5).
    ResponsesOnly(OptionCode),
    /// A datagram asks to keep a connection open, which servers ignore (RFC 7828 section 3.2.1).
    KeepaliveInDatagram,
}

impl Violation {
    /// What is wrong.
    pub const fn kind(self) -> ViolationKind {
        self.kind
    }

    /// Where: octets from the start of the message to what is wrong, or to the option that is.
    pub const fn offset(self) -> u16 {
        self.offset
    }

    /// The response code that a server owes, if this is in a request and is not just to be ignored. A response with BADVERS says
    /// which [`VERSION`] the server speaks, as [`Opt`](crate::wire::Opt) does by default.
    pub const fn owed(self) -> Option<Rcode> {
        self.owed
    }
}

/// What makes octets unreadable. Whether they are a request at all, for which something is owed, [`Refusal::of`] tells.
impl From<ParseError> for Violation {
    fn from(error: ParseError) -> Self {
        Self {
            kind: ViolationKind::Unreadable(error.kind()),
            offset: error.offset(),
            owed: Some(Rcode::FORMERR),
        }
    }
}

/// What is wrong, and where.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ViolationKind::Unreadable(kind) => write!(f, "{kind}"),
            ViolationKind::Version(version) => write!(f, "EDNS version {version} is not implemented"),
            ViolationKind::Malformed(error) => write!(f, "{error}"),
            ViolationKind::Repeated(code) => write!(f, "{code} is repeated"),
            ViolationKind::ValueInQuery(code) => write!(f, "{code} has a value in a query"),
            ViolationKind::ScopeInQuery => f.write_str("CLIENT-SUBNET has a scope prefix in a query"),
            ViolationKind::ResponsesOnly(code) => write!(f, "{code} stands in a query"),
            ViolationKind::KeepaliveInDatagram => f.write_str("TCP-KEEPALIVE stands in a datagram"),
        }?;
        write!(f, ", at octet {}", self.offset)
    }
}

/// How a server answers octets that it cannot read.
///
/// ```
/// use nameward_core::edns::Refusal;
/// use nameward_core::wire::{Message, Rcode};
///
/// let cut = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03com";
/// let error = Message::parse(cut).unwrap_err();
/// let refusal = Refusal::of(cut, error).unwrap();
/// assert_eq!(refusal.rcode(), Rcode::FORMERR);
/// assert_eq!(refusal.to_octets(), *b"\x12\x34\x81\x01\0\0\0\0\0\0\0\0");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    header: Header,
}

impl Refusal {
    /// What is owed for `octets`, of which [`Message::parse`] said `error`; none if they have no whole header, or one of a
    /// response: who answers responses talks for ever.
    ///
    /// It is FORMERR; but NOTIMP if the opcode is one whose messages need not look like this at all.
    pub fn of(octets: &[u8], error: ParseError) -> Option<Self> {
        let request = Header::parse(octets).ok().filter(|header| !header.flags.qr())?;
        let opcode = request.flags.opcode();
        let rcode = match opcode {
            Opcode::QUERY | Opcode::NOTIFY | Opcode::UPDATE => Violation::from(error).owed?,
            _ => Rcode::NOTIMP,
        };
        let flags = Flags::default()
            .with_qr(true)
            .with_opcode(opcode)
            .with_rd(request.flags.rd())
            .with_cd(request.flags.cd())
            .with_rcode(rcode);
        Some(Self {
            header: Header {
                id: request.id,
                flags,
                question_count: 0,
                answer_count: 0,
                authority_count: 0,
                additional_count: 0,
            },
        })
    }

    /// The response code: FORMERR or NOTIMP.
    pub const fn rcode(self) -> Rcode {
        self.header.flags.rcode()
    }

    /// The whole response: a header without anything behind it, for what the request says cannot be repeated.
    pub const fn to_octets(self) -> [u8; Header::LENGTH] {
        self.header.to_octets()
    }
}

/// What breaks the protocol in the OPT record of a message that arrived over `proto`, in order.
///
/// ```
/// use bytes::BytesMut;
/// use nameward_core::edns::{ViolationKind, violations};
/// use nameward_core::machine::Proto;
/// use nameward_core::wire::{Flags, Message, MessageWriter, Opt, Rcode};
///
/// let mut out = BytesMut::new();
/// let mut writer = MessageWriter::new(&mut out, 512, 1, Flags::default());
/// writer.opt(&Opt { version: 1, ..Opt::default() }).unwrap();
/// writer.finish();
///
/// let found = violations(Message::parse(&out).unwrap(), Proto::Datagram).next().unwrap();
/// assert_eq!((found.kind(), found.owed()), (ViolationKind::Version(1), Some(Rcode::BADVERS)));
/// ```
pub fn violations(message: Message<'_>, proto: Proto) -> Violations<'_> {
    let mut found = Violations {
        version: None,
        options: None,
        offset: message.opt_offset().unwrap_or(0),
        seen: 0,
        request: !message.flags().qr(),
        proto,
    };
    match message.opt() {
        Some(opt) if opt.version() > VERSION => found.version = Some(opt.version()),
        Some(opt) => {
            found.options = Some(opt.options());
            found.offset = found.offset.saturating_add(OPT_FIXED);
        }
        None => {}
    }
    found
}

/// What breaks the protocol in a message, in order: what [`violations`] returns.
#[derive(Clone, Debug)]
pub struct Violations<'a> {
    version: Option<u8>,
    options: Option<OptionRefs<'a>>,
    /// Where the next option begins, or the OPT record if its version is unknown.
    offset: u16,
    /// A bit for each code below 32 that was seen.
    seen: u32,
    request: bool,
    proto: Proto,
}

impl Iterator for Violations<'_> {
    type Item = Violation;

    fn next(&mut self) -> Option<Violation> {
        if let Some(version) = self.version.take() {
            return Some(self.violation(ViolationKind::Version(version), self.offset));
        }
        loop {
            let option = self.options.as_mut()?.next()?;
            let offset = self.offset;
            let length = u16::try_from(option.data.len()).unwrap_or(u16::MAX);
            self.offset = offset.saturating_add(length).saturating_add(4);
            if let Some(kind) = self.judge(option) {
                return Some(self.violation(kind, offset));
            }
        }
    }
}

impl Violations<'_> {
    /// What is wrong with an option. One that is to be ignored is not looked into.
    fn judge(&mut self, option: OptionRef<'_>) -> Option<ViolationKind> {
        let schema = OptionSchema::of(option.code)?;
        let code = option.code;
        let bit = 1_u32.checked_shl(code.0.into()).unwrap_or(0);
        let repeated = self.seen & bit != 0;
        self.seen |= bit;
        if repeated && schema.once {
            return Some(ViolationKind::Repeated(code));
        }
        if self.request && code == ReportChannel::CODE {
            return Some(ViolationKind::ResponsesOnly(code));
        }
        if code == TcpKeepalive::CODE && self.proto == Proto::Datagram {
            return Some(ViolationKind::KeepaliveInDatagram);
        }
        if let Err(kind) = (schema.check)(option.data) {
            return Some(ViolationKind::Malformed(OptionError { code, kind }));
        }
        if !self.request {
            return None;
        }
        let question = [TcpKeepalive::CODE, Expire::CODE, ZoneVersion::CODE];
        if question.contains(&code) && !option.data.is_empty() {
            return Some(ViolationKind::ValueInQuery(code));
        }
        match option.read::<ClientSubnet<'_>>() {
            Ok(Some(subnet)) if subnet.scope_prefix != 0 => Some(ViolationKind::ScopeInQuery),
            _ => None,
        }
    }

    fn violation(&self, kind: ViolationKind, offset: u16) -> Violation {
        let owed = match kind {
            ViolationKind::Version(_) => Some(Rcode::BADVERS),
            ViolationKind::Unreadable(_) | ViolationKind::Malformed(_) | ViolationKind::ScopeInQuery => {
                Some(Rcode::FORMERR)
            }
            ViolationKind::Repeated(_)
            | ViolationKind::ValueInQuery(_)
            | ViolationKind::ResponsesOnly(_)
            | ViolationKind::KeepaliveInDatagram => None,
        };
        Violation {
            kind,
            offset,
            owed: owed.filter(|_| self.request),
        }
    }
}
