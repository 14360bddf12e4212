//! The numbers that IANA assigns: record types, classes, opcodes, response codes, option codes.
//!
//! Each is a newtype with associated constants, so that a number without a name is as good as any other.

mod certificate_type;
mod class;
mod digest_type;
mod opcode;
mod option_code;
mod rcode;
mod rtype;
mod scheme;
mod security_algorithm;

pub use certificate_type::CertificateType;
pub use class::Class;
pub use digest_type::DigestType;
pub use opcode::Opcode;
pub use option_code::OptionCode;
pub use rcode::Rcode;
pub use rtype::Rtype;
pub use scheme::Scheme;
pub use security_algorithm::SecurityAlgorithm;

/// Declares a code: its type, its constants, and the table of mnemonics behind `mnemonic` and `FromStr`.
macro_rules! codes {
    (
        $(#[$doc:meta])*
        pub struct $code:ident($number:ty);
        $( $constant:ident = $value:literal $mnemonic:literal: $meaning:literal, )+
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $code(pub $number);

        impl $code {
            $(
                #[doc = concat!("`", $mnemonic, "`: ", $meaning)]
                pub const $constant: Self = Self($value);
            )+

            /// The mnemonic of the registry, if the number has one.
            pub const fn mnemonic(self) -> Option<&'static str> {
                match self.0 {
                    $( $value => Some($mnemonic), )+
                    _ => None,
                }
            }

            /// The code of a mnemonic, in upper or lower case.
            pub fn from_mnemonic(mnemonic: &str) -> Option<Self> {
                const MNEMONICS: &[(&str, $number)] = &[$( ($mnemonic, $value), )+];
                MNEMONICS.iter().find(|(known, _)| known.eq_ignore_ascii_case(mnemonic)).map(|&(_, number)| Self(number))
            }
        }

        /// As displayed.
        impl core::fmt::Debug for $code {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }
    };
}
use codes;

/// The number after `prefix`, which may be in upper or lower case: `TYPE65280`, `class17` (RFC 3597 section 5).
fn numbered(text: &str, prefix: &str) -> Option<u16> {
    let (head, digits) = text.split_at_checked(prefix.len())?;
    let plain = head.eq_ignore_ascii_case(prefix) && digits.bytes().all(|octet| octet.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}

/// A text that names no code of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither a mnemonic of the registry nor {prefix} and a number from 0 to 65535 (RFC 3597 section 5)")]
pub struct UnknownMnemonic {
    prefix: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rfc3597_5_types_and_classes_survive_their_text(number: u16) {
            prop_assert_eq!(Rtype(number).to_string().parse(), Ok(Rtype(number)));
            prop_assert_eq!(format!("type{number}").parse(), Ok(Rtype(number)));
            prop_assert_eq!(Class(number).to_string().to_lowercase().parse(), Ok(Class(number)));
            prop_assert_eq!(format!("CLASS{number}").parse(), Ok(Class(number)));
        }
    }

    #[test]
    fn numbers_without_a_name_print_as_numbers() {
        assert_eq!(Rtype(65280).to_string(), "TYPE65280");
        assert_eq!(Class(17).to_string(), "CLASS17");
        assert_eq!(Rcode(12).to_string(), "RESERVED12");
        assert_eq!(Rcode(3841).to_string(), "RCODE3841");
        assert_eq!(Opcode(3).to_string(), "RESERVED3");
        assert_eq!(OptionCode(65001).to_string(), "OPT65001");
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in [
            "",
            "TYPE",
            "TYPE65536",
            "TYPE+1",
            "TYPE-1",
            "TYPE 1",
            "NOTATYPE",
            "TÝPE1",
        ] {
            assert!(text.parse::<Rtype>().is_err(), "{text}");
        }
        for text in ["", "CLASS", "CLASS65536", "INN"] {
            assert!(text.parse::<Class>().is_err(), "{text}");
        }
    }
}
