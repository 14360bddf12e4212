//! The declaration of a record type, and the walk along it.

use core::iter::FusedIterator;

use super::field::{Field, Fields};
use crate::wire::codes::{Class, Rtype};
use crate::wire::error::ParseError;
use crate::wire::name::NameRef;
use crate::wire::storage::Room;

/// What is known about the RDATA of a type.
#[derive(Debug)]
pub struct Schema {
    /// The type.
    pub rtype: Rtype,
    /// The class in which the type means this; any class if there is none.
    pub class: Option<Class>,
    /// What is done with names in the RDATA.
    pub names: NameRule,
    /// The fields, in order. The last one ends where the RDATA ends.
    pub fields: &'static [Field],
    /// Reads the typed view: whether the RDATA keeps all rules of the type.
    pub(super) read: fn(Fields<'_>) -> Result<(), ParseError>,
}

/// A type is declared once.
impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.rtype == other.rtype
    }
}

impl Eq for Schema {}

impl Schema {
    /// The pieces of the RDATA from `start` to `end` of a message, or of octets without compression.
    pub(crate) fn pieces<'a>(&'static self, message: &'a [u8], start: usize, end: usize) -> Pieces<'a> {
        Pieces {
            schema: self,
            next: 0,
            fields: Some(Fields::new(message, start, end).with_rule(self.names)),
        }
    }

    /// Checks the RDATA from `start` to `end` of a message.
    #[inline]
    pub(in crate::wire) fn check(&self, message: &[u8], start: usize, end: usize) -> Result<(), ParseError> {
        (self.read)(Fields::new(message, start, end))
    }

    /// Writes the RDATA from `start` to `end` of a message, names without compression. Neighbours of fixed width are written
    /// together.
    pub(in crate::wire) fn expand(
        &self,
        message: &[u8],
        start: usize,
        end: usize,
        room: &mut Room<'_>,
    ) -> Result<(), ParseError> {
        let mut rest = Fields::new(message, start, end).with_rule(self.names);
        let mut together = 0_usize;
        for &field in self.fields {
            if let Some(width) = field.width() {
                together = together.wrapping_add(width);
                continue;
            }
            if together > 0 {
                room.push(rest.octets(core::mem::take(&mut together))?);
            }
            match rest.piece(field)? {
                Piece::Octets(octets) => room.push(octets),
                Piece::Name(name) => name.expand(room),
            }
        }
        if together > 0 {
            room.push(rest.octets(together)?);
        }
        rest.finish()
    }
}

/// What is done with the names in the RDATA of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRule {
    /// There are none.
    None,
    /// They are compressed, and lower-cased in canonical form: the types of RFC 1035 (RFC 3597 section 4).
    Compressed,
    /// They are written whole, but read if they are compressed, and lower-cased in canonical form: types that an RFC between 1035
    /// and 3597 let be compressed (RFC 3597 section 4).
    Expanded,
    /// They are never compressed, but lower-cased in canonical form: other types that RFC 4034 section 6.2 lists, as RFC
    /// 6840 section 5.1 corrects it.
    Lowered,
    /// They are never compressed and keep their case: NSEC (RFC 6840 section 5.1) and all newer types (RFC 3597 section 7).
    Kept,
}

impl NameRule {
    /// Whether a compressed name is read.
    pub const fn may_be_compressed(self) -> bool {
        matches!(self, Self::Compressed | Self::Expanded)
    }

    /// Whether the canonical form has names in lower case.
    pub const fn lowers(self) -> bool {
        matches!(self, Self::Compressed | Self::Expanded | Self::Lowered)
    }
}

/// A part of RDATA.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece<'a> {
    /// Octets that are taken as they are.
    Octets(&'a [u8]),
    /// A name, which may be compressed.
    Name(NameRef<'a>),
}

/// The pieces of RDATA, field by field. After an error, and after the last field, there is nothing more.
#[derive(Clone, Debug)]
pub(crate) struct Pieces<'a> {
    schema: &'static Schema,
    next: usize,
    fields: Option<Fields<'a>>,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<(Field, Piece<'a>), ParseError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let fields = self.fields.as_mut()?;
        let Some(&field) = self.schema.fields.get(self.next) else {
            return self.fields.take()?.finish().err().map(Err);
        };
        self.next = self.next.wrapping_add(1);
        let piece = fields.piece(field);
        if piece.is_err() {
            self.fields = None;
        }
        Some(piece.map(|piece| (field, piece)))
    }
}

impl FusedIterator for Pieces<'_> {}

/// A typed view of the RDATA of one type.
pub trait RecordType<'a>: Sized {
    /// What is known about the type.
    const SCHEMA: &'static Schema;

    /// Reads the fields in order.
    ///
    /// # Errors
    ///
    /// The octets break a rule of the type.
    fn read(fields: &mut Fields<'a>) -> Result<Self, ParseError>;
}

/// The table of schemas by type number, without those that are too high for it.
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler, which refuses what is out of bounds"
)]
pub(super) const fn by_number<const DIRECT: usize>(
    families: &[&[&'static Schema]],
) -> [Option<&'static Schema>; DIRECT] {
    let mut table: [Option<&'static Schema>; DIRECT] = [None; DIRECT];
    let mut family = 0;
    while family < families.len() {
        let mut member = 0;
        while member < families[family].len() {
            let schema = families[family][member];
            let number = schema.rtype.0 as usize;
            if number < DIRECT {
                assert!(table[number].is_none(), "a type is declared twice");
                table[number] = Some(schema);
            }
            member += 1;
        }
        family += 1;
    }
    table
}

/// Declares the types of a family: for each one the typed view, how it is read and built, and its [`Schema`].
///
/// ```text
/// /// What it is for (RFC and section).
/// View<'a> = MNEMONIC in CLASS, NameRule {
///     /// What the field means.
///     field: Type as Kind,
/// }
/// ```
///
/// The class stands there if the type means this in one class only. The type of a field is a
/// [`FieldType`](super::field::FieldType), which has a [`Field`] of its own; `as` names another one that fits it.
macro_rules! record_types {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$life:lifetime>)? = $rtype:ident $(in $class:ident)?, $names:ident {
            $( $(#[$field_doc:meta])* $field:ident: $type:ty $(as $kind:expr)?, )+
        }
    )+) => {
        /// What is known about the types of this family.
        pub(super) const TYPES: &[&$crate::wire::rdata::Schema] =
            &[$( <$name as $crate::wire::rdata::RecordType>::SCHEMA, )+];

        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name $(<$life>)? {
                $( $(#[$field_doc])* pub $field: $type, )+
            }

            impl $(<$life>)? $name $(<$life>)? {
                /// The same, owned and without compression.
                pub fn to_rdata(self) -> $crate::wire::rdata::Rdata {
                    let mut octets = $crate::wire::rdata::field::Octets::new();
                    $(
                        let kind = $crate::wire::rdata::schema::record_types!(@kind $type $(as $kind)?);
                        $crate::wire::rdata::field::FieldType::write(&self.$field, kind, &mut octets);
                    )+
                    $crate::wire::rdata::Rdata::opaque($crate::wire::codes::Rtype::$rtype, &octets)
                }
            }

            $crate::wire::rdata::schema::record_types!(
                @view [$($life)?] $name $rtype [$($class)?] $names $([$field $type $(as $kind)?])+
            );
        )+
    };
    (@view [] $name:ident $($rest:tt)+) => {
        $crate::wire::rdata::schema::record_types!(@read ['a] $name [$name] $($rest)+);
    };
    (@view [$life:lifetime] $name:ident $($rest:tt)+) => {
        $crate::wire::rdata::schema::record_types!(@read [$life] $name [$name<$life>] $($rest)+);
    };
    (@read [$life:lifetime] $name:ident [$view:ty] $rtype:ident [$($class:ident)?] $names:ident $([$field:ident $type:ty $(as $kind:expr)?])+) => {
        impl<$life> $crate::wire::rdata::RecordType<$life> for $view {
            const SCHEMA: &'static $crate::wire::rdata::Schema = &$crate::wire::rdata::Schema {
                rtype: $crate::wire::codes::Rtype::$rtype,
                class: $crate::wire::rdata::schema::record_types!(@class $($class)?),
                names: $crate::wire::rdata::NameRule::$names,
                fields: &[$( $crate::wire::rdata::schema::record_types!(@kind $type $(as $kind)?), )+],
                read: |fields| fields.read_all::<$name>().map(drop),
            };

            #[inline]
            fn read(
                fields: &mut $crate::wire::rdata::Fields<$life>,
            ) -> Result<Self, $crate::wire::error::ParseError> {
                Ok(Self { $(
                    $field: {
                        let kind = $crate::wire::rdata::schema::record_types!(@kind $type $(as $kind)?);
                        $crate::wire::rdata::field::FieldType::read(fields, kind)?
                    },
                )+ })
            }
        }
    };
    (@class) => { None };
    (@class $class:ident) => { Some($crate::wire::codes::Class::$class) };
    (@kind $type:ty) => { <$type as $crate::wire::rdata::field::FieldType>::FIELD };
    (@kind $type:ty as $kind:expr) => { $kind };
}
pub(crate) use record_types;
