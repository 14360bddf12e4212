//! Text, and what nobody knows the meaning of.

use super::field::{CharacterString, CharacterStrings, Field};
use super::record_types;

record_types! {
    /// Text whose meaning depends on where it stands (RFC 1035 section 3.3.14).
    Txt<'a> = TXT, None {
        /// TXT-DATA: one string or more.
        strings: CharacterStrings<'a>,
    }

    /// A policy about who sends mail, obsolete: it is in TXT (RFC 7208 section 3.1).
    Spf<'a> = SPF, None {
        /// The policy in parts.
        strings: CharacterStrings<'a>,
    }

    /// The status of a zone (draft-reid-dnsext-zs).
    Ninfo<'a> = NINFO, None {
        /// One string or more.
        strings: CharacterStrings<'a>,
    }

    /// Visibility and control of applications.
    Avc<'a> = AVC, None {
        /// One string or more.
        strings: CharacterStrings<'a>,
    }

    /// What a resolver does (RFC 9606 section 3).
    Resinfo<'a> = RESINFO, None {
        /// Keys, with values after an equals sign if they have one.
        strings: CharacterStrings<'a>,
    }

    /// The address of a wallet.
    Wallet<'a> = WALLET, None {
        /// One string or more.
        strings: CharacterStrings<'a>,
    }

    /// What a convergence layer adapter is like.
    Cla<'a> = CLA, None {
        /// One string or more.
        strings: CharacterStrings<'a>,
    }

    /// The kind of a host (RFC 1035 section 3.3.2), or why a question for ANY has no other answer (RFC 8482 section 4.2).
    Hinfo<'a> = HINFO, None {
        /// The kind of processor.
        cpu: CharacterString<'a>,
        /// The operating system.
        os: CharacterString<'a>,
    }

    /// The kitchen sink (draft-eastlake-kitchen-sink).
    Sink<'a> = SINK, None {
        /// What kind of thing it is.
        meaning: u8,
        /// How it is coded.
        coding: u8,
        /// How, in detail.
        subcoding: u8,
        /// The thing.
        data: &'a [u8] as Field::OptionalBase64,
    }

    /// Anything, experimental (RFC 1035 section 3.3.10).
    Null<'a> = NULL, None {
        /// All of it.
        anything: &'a [u8] as Field::Opaque,
    }
}
