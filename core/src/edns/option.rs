//! What an option type is, and how options of a type are found and added.

use alloc::vec::Vec;
use core::fmt;

use crate::wire::{OptionCode, OptionRef, OptionRefs, Options};

/// A type of option: its code, how its data is read, and how it is written.
///
/// The options of this crate implement it, and so can others:
///
/// ```
/// use nameward_core::edns::{OptionErrorKind, OptionType};
/// use nameward_core::wire::{OptionCode, Options};
///
/// /// Which of our sites asks.
/// #[derive(Debug, PartialEq)]
/// struct Site(u8);
///
/// impl OptionType<'_> for Site {
///     const CODE: OptionCode = OptionCode(65_001);
///
///     fn read(data: &[u8]) -> Result<Self, OptionErrorKind> {
///         match *data {
///             [site] => Ok(Self(site)),
///             _ => Err(OptionErrorKind::Length),
///         }
///     }
///
///     fn write(&self, data: &mut Vec<u8>) {
///         data.push(self.0);
///     }
/// }
///
/// let mut options = Options::default();
/// options.add(&Site(7));
/// assert_eq!(options.iter().first(), Some(Ok(Site(7))));
/// ```
pub trait OptionType<'a>: Sized {
    /// Its code.
    const CODE: OptionCode;

    /// Reads the data of an option, all of it.
    ///
    /// # Errors
    ///
    /// The data breaks a rule of the type.
    fn read(data: &'a [u8]) -> Result<Self, OptionErrorKind>;

    /// Appends the data of the option to `data`.
    fn write(&self, data: &mut Vec<u8>);
}

/// An option whose data breaks a rule of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{code}: {kind}")]
pub struct OptionError {
    /// The option.
    pub code: OptionCode,
    /// The rule.
    pub kind: OptionErrorKind,
}

/// The rules of option types that can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum OptionErrorKind {
    /// The data is shorter or longer than the type has it.
    Length,
    /// The data is no name without compression, or something follows the name.
    Name,
    /// A server cookie has less than 8 or more than 32 octets (RFC 7873 section 4).
    ServerCookieLength,
    /// A prefix is longer than an address of its family (RFC 7871 section 6).
    PrefixLength,
    /// There are more or fewer octets of address than the source prefix takes (RFC 7871 section 6).
    AddressLength,
    /// A bit of the address behind the source prefix is set (RFC 7871 section 6).
    AddressBits,
    /// A value has no meaning: what option types of other authors find.
    Value,
}

impl fmt::Display for OptionErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "the option has another length",
            Self::Name => "the data is not one name without compression",
            Self::ServerCookieLength => "a server cookie has 8 to 32 octets",
            Self::PrefixLength => "the prefix is longer than an address",
            Self::AddressLength => "the source prefix takes another number of octets",
            Self::AddressBits => "a bit of the address is set behind the source prefix",
            Self::Value => "the value has no meaning",
        })
    }
}

impl<'a> OptionRef<'a> {
    /// The option as one of type `T`; none if it has another code.
    ///
    /// # Errors
    ///
    /// Its data breaks a rule of the type.
    pub fn read<T: OptionType<'a>>(self) -> Result<Option<T>, OptionError> {
        if self.code != T::CODE {
            return Ok(None);
        }
        let malformed = |kind| OptionError {
            code: self.code,
            kind,
        };
        T::read(self.data).map(Some).map_err(malformed)
    }
}

impl<'a> OptionRefs<'a> {
    /// The first option of type `T`. Where one is repeated that should not be, the first counts (RFC 7873 section 5.2).
    pub fn first<T: OptionType<'a>>(self) -> Option<Result<T, OptionError>> {
        self.typed().next()
    }

    /// All options of type `T`, in order.
    pub fn typed<T: OptionType<'a>>(self) -> impl Iterator<Item = Result<T, OptionError>> {
        self.filter_map(|option| option.read().transpose())
    }
}

impl Options {
    /// Adds an option at the end; whether it was: its data can have 65 535 octets at most.
    pub fn add<'a, T: OptionType<'a>>(&mut self, option: &T) -> bool {
        let mut data = Vec::new();
        option.write(&mut data);
        self.push(T::CODE, &data)
    }
}
