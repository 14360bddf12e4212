//! The exact encoding of values.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use core::time::Duration;

use bytes::Bytes;

use super::reader::{Damage, Reader, RecordingError, length};

/// A value that a recording can hold: commands, events and configurations.
///
/// The encoding is exact: what is decoded equals what was encoded, and equal values have equal bytes, on every platform. For
/// structs and enums use [`record!`](crate::record).
pub trait Record: Sized {
    /// Adds the value to `out`.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// The bytes are no such value. This never panics, and takes no memory out of proportion to the bytes.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError>;
}

/// Implements [`Record`] for a struct or an enum of recordable fields.
///
/// The numbers of an enum's variants are part of the format: a new variant gets a new number.
///
/// ```
/// use nameward_core::record;
/// use nameward_core::trace::{Reader, Record};
///
/// struct Point { x: u32, y: u32 }
/// record!(struct Point { x, y });
///
/// #[derive(Debug, PartialEq)]
/// enum Shape { Nothing, Circle { radius: u16 }, Named(String) }
/// record!(enum Shape { 0 => Nothing, 1 => Circle { radius }, 2 => Named(name) });
///
/// let mut bytes = Vec::new();
/// Shape::Circle { radius: 5 }.encode(&mut bytes);
/// assert_eq!(bytes, [1, 0, 5]);
/// assert_eq!(Shape::decode(&mut Reader::new(&bytes)), Ok(Shape::Circle { radius: 5 }));
/// ```
#[macro_export]
macro_rules! record {
    (struct $type:ty { $($field:tt),* $(,)? }) => {
        impl $crate::trace::Record for $type {
            fn encode(&self, out: &mut $crate::trace::__Vec<u8>) {
                $($crate::trace::Record::encode(&self.$field, out);)*
            }
            fn decode(
                reader: &mut $crate::trace::Reader<'_>,
            ) -> ::core::result::Result<Self, $crate::trace::RecordingError> {
                Ok(Self { $($field: $crate::trace::Record::decode(reader)?),* })
            }
        }
    };
    (enum $type:ty { $(
        $number:literal => $variant:ident $({ $($field:ident),* $(,)? })? $(($($item:ident),* $(,)?))?
    ),* $(,)? }) => {
        impl $crate::trace::Record for $type {
            fn encode(&self, out: &mut $crate::trace::__Vec<u8>) {
                match self {
                    $(Self::$variant $({ $($field),* })? $(($($item),*))? => {
                        $crate::trace::Record::encode(&($number as u8), out);
                        $($($crate::trace::Record::encode($field, out);)*)?
                        $($($crate::trace::Record::encode($item, out);)*)?
                    })*
                }
            }
            fn decode(
                reader: &mut $crate::trace::Reader<'_>,
            ) -> ::core::result::Result<Self, $crate::trace::RecordingError> {
                let undefined = reader.error($crate::trace::Damage::Undefined(::core::stringify!($type)));
                Ok(match <u8 as $crate::trace::Record>::decode(reader)? {
                    $($number => Self::$variant
                        $({ $($field: $crate::trace::Record::decode(reader)?),* })?
                        $(($({
                            let $item = $crate::trace::Record::decode(reader)?;
                            $item
                        }),*))?,)*
                    _ => return Err(undefined),
                })
            }
        }
    };
}

macro_rules! record_integers {
    ($($type:ty),*) => {$(
        impl Record for $type {
            fn encode(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }
            fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
                reader.array().map(Self::from_be_bytes)
            }
        }
    )*};
}
record_integers!(u8, u16, u32, u64, i32, i64);

macro_rules! record_tuples {
    ($(($($name:ident),*)),*) => {$(
        impl<$($name: Record),*> Record for ($($name,)*) {
            fn encode(&self, out: &mut Vec<u8>) {
                #[expect(non_snake_case, reason = "one name for each type parameter and its value")]
                let ($($name,)*) = self;
                $($name.encode(out);)*
            }
            fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
                Ok(($($name::decode(reader)?,)*))
            }
        }
    )*};
}
record_tuples!((A, B), (A, B, C), (A, B, C, D));

impl Record for bool {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        let undefined = reader.error(Damage::Undefined("bool"));
        match u8::decode(reader)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(undefined),
        }
    }
}

/// There is no such value, so nothing is ever encoded: the command of a machine that takes none.
impl Record for Infallible {
    fn encode(&self, _out: &mut Vec<u8>) {
        match *self {}
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        Err(reader.error(Damage::Undefined("value of a type that has none")))
    }
}

impl<T: Record> Record for Option<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.is_some().encode(out);
        if let Some(value) = self {
            value.encode(out);
        }
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        bool::decode(reader)?.then(|| T::decode(reader)).transpose()
    }
}

/// 0 and the value, or 1 and the error.
impl<T: Record, E: Record> Record for Result<T, E> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.is_err().encode(out);
        match self {
            Ok(value) => value.encode(out),
            Err(error) => error.encode(out),
        }
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        Ok(if bool::decode(reader)? {
            Err(E::decode(reader)?)
        } else {
            Ok(T::decode(reader)?)
        })
    }
}

/// Nothing takes no room. A list of nothings cannot be recorded.
impl Record for () {
    fn encode(&self, _out: &mut Vec<u8>) {}
    fn decode(_reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        Ok(())
    }
}

impl<T: Record> Record for Box<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        T::encode(self, out);
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        T::decode(reader).map(Self::new)
    }
}

/// Reads the count of a list. Each element takes an octet at least, so a count beyond what is left is an error before
/// anything is reserved or looped for.
fn decode_count(reader: &mut Reader<'_>) -> Result<u64, RecordingError> {
    let truncated = reader.error(Damage::Truncated);
    let count = u64::decode(reader)?;
    if count > length(reader.rest()) {
        return Err(truncated);
    }
    Ok(count)
}

impl<T: Record> Record for Vec<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        length(self).encode(out);
        for element in self {
            element.encode(out);
        }
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        let count = decode_count(reader)?;
        (0..count).map(|_| T::decode(reader)).collect()
    }
}

impl<K: Record + Ord, V: Record> Record for BTreeMap<K, V> {
    fn encode(&self, out: &mut Vec<u8>) {
        u64::try_from(self.len()).unwrap_or(u64::MAX).encode(out);
        for (key, value) in self {
            key.encode(out);
            value.encode(out);
        }
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        let count = decode_count(reader)?;
        (0..count)
            .map(|_| Ok((K::decode(reader)?, V::decode(reader)?)))
            .collect()
    }
}

impl<const N: usize> Record for [u8; N] {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        reader.array()
    }
}

/// Adds a length and that many octets, for [`Reader::bytes`].
pub(crate) fn encode_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    length(bytes).encode(out);
    out.extend_from_slice(bytes);
}

impl Record for Bytes {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_bytes(self, out);
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        reader.bytes().map(Self::copy_from_slice)
    }
}

impl Record for String {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_bytes(self.as_bytes(), out);
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        reader.text().map(Self::from)
    }
}

/// Seconds, and nanoseconds below one second.
impl Record for Duration {
    fn encode(&self, out: &mut Vec<u8>) {
        self.as_secs().encode(out);
        self.subsec_nanos().encode(out);
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        let undefined = reader.error(Damage::Undefined("duration"));
        let (seconds, nanoseconds) = <(u64, u32)>::decode(reader)?;
        if nanoseconds >= 1_000_000_000 {
            return Err(undefined);
        }
        Ok(Self::new(seconds, nanoseconds))
    }
}

impl Record for Ipv4Addr {
    fn encode(&self, out: &mut Vec<u8>) {
        self.octets().encode(out);
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        reader.array::<4>().map(Self::from)
    }
}

impl Record for Ipv6Addr {
    fn encode(&self, out: &mut Vec<u8>) {
        self.octets().encode(out);
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        reader.array::<16>().map(Self::from)
    }
}

record!(enum IpAddr { 4 => V4(address), 6 => V6(address) });
record!(enum SocketAddr { 4 => V4(address), 6 => V6(address) });

impl Record for SocketAddrV4 {
    fn encode(&self, out: &mut Vec<u8>) {
        (*self.ip(), self.port()).encode(out);
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        <(Ipv4Addr, u16)>::decode(reader).map(|(ip, port)| Self::new(ip, port))
    }
}

/// Address, port, flow label, scope.
impl Record for SocketAddrV6 {
    fn encode(&self, out: &mut Vec<u8>) {
        (*self.ip(), self.port(), self.flowinfo(), self.scope_id()).encode(out);
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        <(Ipv6Addr, u16, u32, u32)>::decode(reader)
            .map(|(ip, port, flowinfo, scope)| Self::new(ip, port, flowinfo, scope))
    }
}
