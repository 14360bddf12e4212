//! Keys with values: the service parameters of SVCB (RFC 9460 section 2.2) and the like.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::{CharacterStrings, Field, FieldType, Fields, Names, Octets};
use crate::wire::error::ParseError;

/// Keys with values, in rising order of the keys, which were checked: each value is one that its key allows.
///
/// ```
/// use nameward_core::wire::rdata::{Registry, ServiceParams};
///
/// let params = ServiceParams::from_wire(Registry::Service, b"\x00\x01\x00\x03\x02h2\x00\x03\x00\x02\x01\xBB").unwrap();
/// assert!(params.alpn().unwrap().iter().eq([b"h2"]));
/// assert_eq!(params.port(), Some(443));
/// assert_eq!(params.ipv4_hints().count(), 0);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ServiceParams<'a> {
    registry: Registry,
    /// Invariant: whole parameters, each key above the one before, each value checked by [`Value::check`], and what
    /// [`consistent`](Self::consistent) wants.
    wire: &'a [u8],
}

impl<'a> ServiceParams<'a> {
    /// The key whose value lists the keys that a client must understand, in every registry.
    pub const MANDATORY: u16 = 0;
    /// The key of the protocols, in [`Registry::Service`].
    const ALPN: u16 = 1;
    const NO_DEFAULT_ALPN: u16 = 2;
    const PORT: u16 = 3;
    const IPV4_HINT: u16 = 4;
    const ECH: u16 = 5;
    const IPV6_HINT: u16 = 6;
    const DOH_PATH: u16 = 7;

    /// The parameters that `wire` consists of.
    ///
    /// # Errors
    ///
    /// One is cut, its key is not above the one before, or its value is none that the key allows; a key that is called
    /// mandatory is missing (RFC 9460 section 8), or `no-default-alpn` stands without `alpn` (section 7.1.1).
    pub fn from_wire(registry: Registry, wire: &'a [u8]) -> Result<Self, ParseError> {
        Fields::only(wire, Field::Params(registry))
    }

    /// The keys with their values, in order.
    pub fn iter(self) -> impl Iterator<Item = (u16, &'a [u8])> + Clone {
        let mut rest = Fields::new(self.wire, 0, self.wire.len());
        core::iter::from_fn(move || {
            if rest.is_empty() {
                None
            } else {
                next(&mut rest).ok()
            }
        })
    }

    /// The value of a key.
    pub fn get(self, key: u16) -> Option<&'a [u8]> {
        self.iter()
            .find_map(|(found, value)| (found == key).then_some(value))
    }

    /// The keys that a client must understand to use the record, beside those that it must understand anyway.
    pub fn mandatory(self) -> impl Iterator<Item = u16> + Clone {
        array(self.get(Self::MANDATORY)).map(u16::from_be_bytes)
    }

    /// The protocols beside the default one (RFC 9460 section 7.1).
    pub fn alpn(self) -> Option<CharacterStrings<'a>> {
        CharacterStrings::from_wire(self.service(Self::ALPN)?).ok()
    }

    /// Whether the default protocol is not supported.
    pub fn no_default_alpn(self) -> bool {
        self.service(Self::NO_DEFAULT_ALPN).is_some()
    }

    /// The port, if it is not the default one.
    pub fn port(self) -> Option<u16> {
        array(self.service(Self::PORT)).map(u16::from_be_bytes).next()
    }

    /// IPv4 addresses that may be tried before those of the target are known.
    pub fn ipv4_hints(self) -> impl Iterator<Item = Ipv4Addr> + Clone {
        array::<4>(self.service(Self::IPV4_HINT)).map(Ipv4Addr::from)
    }

    /// IPv6 addresses that may be tried before those of the target are known.
    pub fn ipv6_hints(self) -> impl Iterator<Item = Ipv6Addr> + Clone {
        array::<16>(self.service(Self::IPV6_HINT)).map(Ipv6Addr::from)
    }

    /// The configuration of TLS Encrypted ClientHello (RFC 9848).
    pub fn ech(self) -> Option<&'a [u8]> {
        self.service(Self::ECH)
    }

    /// The path of DNS over HTTPS, a URI template (RFC 9461 section 5).
    pub fn doh_path(self) -> Option<&'a str> {
        core::str::from_utf8(self.service(Self::DOH_PATH)?).ok()
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.wire.is_empty()
    }

    /// The value of a key of [`Registry::Service`].
    fn service(self, key: u16) -> Option<&'a [u8]> {
        if self.registry == Registry::Service {
            self.get(key)
        } else {
            None
        }
    }

    /// Whether mandatory keys are there, and a protocol if there is no default one.
    fn consistent(self) -> bool {
        // Both are in rising order, so that one walk is enough.
        let mut present = self.iter();
        self.mandatory().all(|key| present.any(|(found, _)| found == key))
            && (!self.no_default_alpn() || self.alpn().is_some())
    }
}

impl fmt::Debug for ServiceParams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|(key, value)| (key, value.escape_ascii())))
            .finish()
    }
}

impl<'a> FieldType<'a> for ServiceParams<'a> {
    const FIELD: Field = Field::Params(Registry::Service);

    fn read(fields: &mut Fields<'a>, field: Field) -> Result<Self, ParseError> {
        let registry = if let Field::Params(registry) = field {
            registry
        } else {
            Registry::Service
        };
        let before = fields.clone();
        let mut last = None;
        while !fields.is_empty() {
            let param = fields.clone();
            let (key, value) = next(fields)?;
            if last >= Some(key) || !registry.value(key).check(value) {
                return Err(param.wrong());
            }
            last = Some(key);
        }
        let params = Self {
            registry,
            wire: before.until(fields),
        };
        if params.consistent() {
            Ok(params)
        } else {
            Err(before.wrong())
        }
    }

    fn write(&self, _: Field, octets: &mut Octets) {
        octets.extend_from_slice(self.wire);
    }
}

/// A registry of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registry {
    /// The keys of SVCB and its kin (RFC 9460 section 14.3).
    Service,
    /// The keys of DELEG (draft-ietf-deleg).
    Delegation,
}

impl Registry {
    /// The mnemonic of each key from 0 on, and what its value is.
    const fn keys(self) -> &'static [(&'static str, Value)] {
        match self {
            Self::Service => &[
                ("mandatory", Value::Keys),
                ("alpn", Value::Protocols),
                ("no-default-alpn", Value::Empty),
                ("port", Value::Port),
                ("ipv4hint", Value::Ipv4),
                ("ech", Value::Base64),
                ("ipv6hint", Value::Ipv6),
                ("dohpath", Value::Text),
                ("ohttp", Value::Empty),
                ("tls-supported-groups", Value::Numbers),
            ],
            Self::Delegation => &[
                ("mandatory", Value::Keys),
                ("server-ipv4", Value::Ipv4),
                ("server-ipv6", Value::Ipv6),
                ("server-name", Value::Names),
                ("include-delegparam", Value::Names),
            ],
        }
    }

    /// The mnemonic of a key, if it has one.
    pub fn mnemonic(self, key: u16) -> Option<&'static str> {
        self.keys().get(usize::from(key)).map(|&(mnemonic, _)| mnemonic)
    }

    /// The key of a mnemonic, which is in lower case.
    pub fn key(self, mnemonic: &str) -> Option<u16> {
        let at = self.keys().iter().position(|&(known, _)| known == mnemonic)?;
        u16::try_from(at).ok()
    }

    /// What the value of a key is.
    pub(crate) fn value(self, key: u16) -> Value {
        self.keys()
            .get(usize::from(key))
            .map_or(Value::Octets, |&(_, value)| value)
    }
}

/// What the value of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Other keys in rising order, one at least, not `mandatory` itself.
    Keys,
    /// Character strings, one at least, none of them empty.
    Protocols,
    /// Nothing.
    Empty,
    /// One number of two octets.
    Port,
    /// Different numbers of two octets, one at least.
    Numbers,
    /// IPv4 addresses, one at least.
    Ipv4,
    /// IPv6 addresses, one at least.
    Ipv6,
    /// Names, one at least.
    Names,
    /// Octets, one at least, in base 64.
    Base64,
    /// UTF-8.
    Text,
    /// Whatever an unknown key has.
    Octets,
}

impl Value {
    /// Whether these octets are such a value.
    fn check(self, value: &[u8]) -> bool {
        let many = |size| !value.is_empty() && value.len().is_multiple_of(size);
        match self {
            Self::Keys => {
                let keys = || array(Some(value)).map(u16::from_be_bytes);
                many(2)
                    && keys().is_sorted_by(|a, b| a < b)
                    && keys().all(|key| key != ServiceParams::MANDATORY)
            }
            Self::Protocols => CharacterStrings::from_wire(value)
                .is_ok_and(|protocols| protocols.iter().all(|protocol| !protocol.is_empty())),
            Self::Empty => value.is_empty(),
            Self::Port => value.len() == 2,
            Self::Numbers => many(2) && are_distinct(array(Some(value)).map(u16::from_be_bytes)),
            Self::Ipv4 => many(4),
            Self::Ipv6 => many(16),
            Self::Names => !value.is_empty() && Names::from_wire(value).is_ok(),
            Self::Base64 => !value.is_empty(),
            Self::Text => core::str::from_utf8(value).is_ok(),
            Self::Octets => true,
        }
    }
}

fn next<'a>(fields: &mut Fields<'a>) -> Result<(u16, &'a [u8]), ParseError> {
    let [a, b, c, d] = fields.array()?;
    let value = fields.octets(usize::from(u16::from_be_bytes([c, d])))?;
    Ok((u16::from_be_bytes([a, b]), value))
}

/// Whether no number comes twice. The work is one step for each, and not one for each two.
fn are_distinct(mut numbers: impl Iterator<Item = u16>) -> bool {
    let mut seen = [0_u64; 1024];
    numbers.all(|number| {
        let bit = 1_u64 << (number & 63);
        match seen.get_mut(usize::from(number >> 6)) {
            Some(bits) if *bits & bit == 0 => {
                *bits |= bit;
                true
            }
            _ => false,
        }
    })
}

/// The parts of `N` octets that a value consists of.
fn array<const N: usize>(value: Option<&[u8]>) -> impl Iterator<Item = [u8; N]> + Clone {
    let (parts, _) = value.unwrap_or_default().as_chunks();
    parts.iter().copied()
}
