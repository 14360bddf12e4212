//! Algorithms of TSIG, which are domain names (RFC 8945 section 6).

use core::fmt;

use crate::crypto::HashFunction;
use crate::wire::NameRef;

/// An algorithm that signs messages. Those with MD5 and GSS-API, which are neither required nor recommended, do not exist here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// `hmac-sha1`, which every server must know and nobody should use.
    HmacSha1,
    /// `hmac-sha224`.
    HmacSha224,
    /// `hmac-sha256`, which is recommended.
    HmacSha256,
    /// `hmac-sha256-128`: of the code, the first 16 octets.
    HmacSha256To128,
    /// `hmac-sha384`.
    HmacSha384,
    /// `hmac-sha384-192`: of the code, the first 24 octets.
    HmacSha384To192,
    /// `hmac-sha512`.
    HmacSha512,
    /// `hmac-sha512-256`: of the code, the first 32 octets.
    HmacSha512To256,
}

impl Algorithm {
    /// All, in the order of the registry.
    pub const ALL: [Self; 8] = [
        Self::HmacSha1,
        Self::HmacSha224,
        Self::HmacSha256,
        Self::HmacSha256To128,
        Self::HmacSha384,
        Self::HmacSha384To192,
        Self::HmacSha512,
        Self::HmacSha512To256,
    ];

    /// The wire form of its name, in lower case.
    pub(super) const fn wire(self) -> &'static [u8] {
        match self {
            Self::HmacSha1 => b"\x09hmac-sha1\0",
            Self::HmacSha224 => b"\x0bhmac-sha224\0",
            Self::HmacSha256 => b"\x0bhmac-sha256\0",
            Self::HmacSha256To128 => b"\x0fhmac-sha256-128\0",
            Self::HmacSha384 => b"\x0bhmac-sha384\0",
            Self::HmacSha384To192 => b"\x0fhmac-sha384-192\0",
            Self::HmacSha512 => b"\x0bhmac-sha512\0",
            Self::HmacSha512To256 => b"\x0fhmac-sha512-256\0",
        }
    }

    /// The mnemonic of the registry, as configuration files have it.
    pub const fn mnemonic(self) -> &'static str {
        match self {
            Self::HmacSha1 => "hmac-sha1",
            Self::HmacSha224 => "hmac-sha224",
            Self::HmacSha256 => "hmac-sha256",
            Self::HmacSha256To128 => "hmac-sha256-128",
            Self::HmacSha384 => "hmac-sha384",
            Self::HmacSha384To192 => "hmac-sha384-192",
            Self::HmacSha512 => "hmac-sha512",
            Self::HmacSha512To256 => "hmac-sha512-256",
        }
    }

    /// The algorithm of a mnemonic, in upper or lower case.
    pub fn from_mnemonic(mnemonic: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.mnemonic().eq_ignore_ascii_case(mnemonic))
    }

    /// The algorithm with this name.
    pub fn from_name(name: NameRef<'_>) -> Option<Self> {
        let of = |wire: &[u8]| {
            Self::ALL
                .into_iter()
                .find(|algorithm| algorithm.wire().eq_ignore_ascii_case(wire))
        };
        name.with_wire(of)
    }

    /// Its hash function.
    pub const fn hash_function(self) -> HashFunction {
        match self {
            Self::HmacSha1 => HashFunction::Sha1,
            Self::HmacSha224 => HashFunction::Sha224,
            Self::HmacSha256 | Self::HmacSha256To128 => HashFunction::Sha256,
            Self::HmacSha384 | Self::HmacSha384To192 => HashFunction::Sha384,
            Self::HmacSha512 | Self::HmacSha512To256 => HashFunction::Sha512,
        }
    }

    /// How many octets its codes have, if they are not cut shorter.
    pub const fn mac_length(self) -> u8 {
        match self {
            Self::HmacSha256To128 => 16,
            Self::HmacSha1 => 20,
            Self::HmacSha384To192 => 24,
            Self::HmacSha224 => 28,
            Self::HmacSha256 | Self::HmacSha512To256 => 32,
            Self::HmacSha384 => 48,
            Self::HmacSha512 => 64,
        }
    }

    /// How many octets a code must have: ten, and half of those that the hash function makes (RFC 8945 section 5.2.2.1).
    pub const fn least_mac_length(self) -> u8 {
        match self {
            Self::HmacSha1 => 10,
            Self::HmacSha224 => 14,
            Self::HmacSha256 | Self::HmacSha256To128 => 16,
            Self::HmacSha384 | Self::HmacSha384To192 => 24,
            Self::HmacSha512 | Self::HmacSha512To256 => 32,
        }
    }
}

/// The mnemonic.
impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.mnemonic())
    }
}
