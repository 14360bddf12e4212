//! The declaration of an option type, and the types that its fields have.

use alloc::vec::Vec;
use core::fmt;

use super::option::OptionErrorKind;
use crate::wire::{NameRef, OptionCode, OptionRef};

/// What is known about an option type.
#[derive(Debug)]
pub struct OptionSchema {
    /// Its code.
    pub code: OptionCode,
    /// What `dig` calls it.
    pub label: &'static str,
    /// Whether a message has one at most.
    pub once: bool,
    /// Whether data keeps the rules of the type.
    pub(super) check: fn(&[u8]) -> Result<(), OptionErrorKind>,
    /// Writes data that keeps the rules as text, after a space if there is any.
    pub(super) print: fn(&[u8], &mut fmt::Formatter<'_>) -> fmt::Result,
}

impl OptionSchema {
    /// What is known about options with this code; none if the code is unknown here.
    pub fn of(code: OptionCode) -> Option<&'static Self> {
        super::types::TYPES
            .iter()
            .copied()
            .find(|schema| schema.code == code)
    }
}

/// A type that a field of an option can have.
pub(super) trait OptionField<'a>: Sized {
    /// Reads the field at the start of `rest`, and leaves what follows it.
    fn read(rest: &mut &'a [u8]) -> Result<Self, OptionErrorKind>;

    fn write(&self, data: &mut Vec<u8>);
}

fn array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], OptionErrorKind> {
    let (octets, after) = rest.split_first_chunk().ok_or(OptionErrorKind::Length)?;
    *rest = after;
    Ok(*octets)
}

macro_rules! number_fields {
    ($($number:ty)+) => {$(
        impl OptionField<'_> for $number {
            fn read(rest: &mut &[u8]) -> Result<Self, OptionErrorKind> {
                array(rest).map(Self::from_be_bytes)
            }

            fn write(&self, data: &mut Vec<u8>) {
                data.extend_from_slice(&self.to_be_bytes());
            }
        }
    )+};
}
number_fields! { u8 u16 u32 u64 }

impl<const N: usize> OptionField<'_> for [u8; N] {
    fn read(rest: &mut &[u8]) -> Result<Self, OptionErrorKind> {
        array(rest)
    }

    fn write(&self, data: &mut Vec<u8>) {
        data.extend_from_slice(self);
    }
}

/// All that is left.
impl<'a> OptionField<'a> for &'a [u8] {
    fn read(rest: &mut &'a [u8]) -> Result<Self, OptionErrorKind> {
        Ok(core::mem::take(rest))
    }

    fn write(&self, data: &mut Vec<u8>) {
        data.extend_from_slice(self);
    }
}

/// A name, which takes all that is left.
impl<'a> OptionField<'a> for NameRef<'a> {
    fn read(rest: &mut &'a [u8]) -> Result<Self, OptionErrorKind> {
        let option = OptionRef {
            code: OptionCode(0),
            data: core::mem::take(rest),
        };
        option.name().map_err(|_| OptionErrorKind::Name)
    }

    fn write(&self, data: &mut Vec<u8>) {
        data.extend_from_slice(self.to_name().as_wire());
    }
}

/// None if nothing is left.
impl<'a, T: OptionField<'a>> OptionField<'a> for Option<T> {
    fn read(rest: &mut &'a [u8]) -> Result<Self, OptionErrorKind> {
        if rest.is_empty() {
            Ok(None)
        } else {
            T::read(rest).map(Some)
        }
    }

    fn write(&self, data: &mut Vec<u8>) {
        if let Some(field) = self {
            field.write(data);
        }
    }
}

/// Key tags, one at least.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyTags<'a> {
    /// Invariant: an even number of octets, two at least.
    wire: &'a [u8],
}

impl<'a> KeyTags<'a> {
    /// The key tags that `wire` consists of, two octets each; none if it consists of none, or of a part of one.
    pub fn from_wire(wire: &'a [u8]) -> Option<Self> {
        let whole = !wire.is_empty() && wire.len().is_multiple_of(2);
        whole.then_some(Self { wire })
    }

    /// The key tags, in order.
    pub fn iter(self) -> impl Iterator<Item = u16> {
        self.wire
            .chunks_exact(2)
            .filter_map(|tag| tag.first_chunk().copied().map(u16::from_be_bytes))
    }
}

impl fmt::Debug for KeyTags<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> OptionField<'a> for KeyTags<'a> {
    fn read(rest: &mut &'a [u8]) -> Result<Self, OptionErrorKind> {
        Self::from_wire(core::mem::take(rest)).ok_or(OptionErrorKind::Length)
    }

    fn write(&self, data: &mut Vec<u8>) {
        data.extend_from_slice(self.wire);
    }
}

/// Declares options: for each one its code, what `dig` calls it, whether it stands `once` in a message or `often`, perhaps a
/// method that checks more than the fields, and the fields. It gives the typed view, how it is read and written, and its
/// [`OptionSchema`]. The text of the option is what the view displays.
///
/// The type of each field is an [`OptionField`].
macro_rules! option_types {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$life:lifetime>)? = $code:ident $label:literal, $times:ident $(, check $check:ident)? {
            $( $(#[$field_doc:meta])* $field:ident: $type:ty, )+
        }
    )+) => {
        /// What is known about the option types of this crate.
        pub(super) static TYPES: &[&$crate::edns::OptionSchema] = &[$(
            &$crate::edns::OptionSchema {
                code: $crate::wire::OptionCode::$code,
                label: $label,
                once: $crate::edns::schema::option_types!(@once $times),
                check: |data| <$name as $crate::edns::OptionType>::read(data).map(drop),
                print: |data, f| match <$name as $crate::edns::OptionType>::read(data) {
                    Ok(option) => core::fmt::Display::fmt(&option, f),
                    Err(_) => Ok(()),
                },
            },
        )+];

        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name $(<$life>)? {
                $( $(#[$field_doc])* pub $field: $type, )+
            }

            $crate::edns::schema::option_types!(@type [$($life)?] $name $code [$($check)?] $($field)+);
        )+
    };
    (@type [] $name:ident $($rest:tt)+) => {
        $crate::edns::schema::option_types!(@impl ['a] [$name] $($rest)+);
    };
    (@type [$life:lifetime] $name:ident $($rest:tt)+) => {
        $crate::edns::schema::option_types!(@impl [$life] [$name<$life>] $($rest)+);
    };
    (@impl [$life:lifetime] [$view:ty] $code:ident [$($check:ident)?] $($field:ident)+) => {
        impl<$life> $crate::edns::OptionType<$life> for $view {
            const CODE: $crate::wire::OptionCode = $crate::wire::OptionCode::$code;

            fn read(mut data: &$life [u8]) -> Result<Self, $crate::edns::OptionErrorKind> {
                let option = Self {
                    $( $field: $crate::edns::schema::OptionField::read(&mut data)?, )+
                };
                if !data.is_empty() {
                    return Err($crate::edns::OptionErrorKind::Length);
                }
                $( option.$check()?; )?
                Ok(option)
            }

            fn write(&self, data: &mut alloc::vec::Vec<u8>) {
                $( $crate::edns::schema::OptionField::write(&self.$field, data); )+
            }
        }
    };
    (@once once) => { true };
    (@once often) => { false };
}
pub(super) use option_types;
