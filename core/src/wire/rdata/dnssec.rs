//! DNSSEC: keys, digests, signatures and denials.

use super::field::{CharacterString, Code, Field, NxtBitmap, TypeBitmap};
use super::record_types;
use crate::wire::codes::{DigestType, Rtype, SecurityAlgorithm};
use crate::wire::name::NameRef;

record_types! {
    /// A key of a zone (RFC 4034 section 2).
    Dnskey<'a> = DNSKEY, None {
        /// Bit 7 (256) of a key of the zone, bit 15 (1) of a secure entry point, bit 8 (128) of a revoked one (RFC 5011).
        flags: u16,
        /// Always 3.
        protocol: u8,
        /// The algorithm of the key.
        algorithm: SecurityAlgorithm,
        /// The key, in the format of its algorithm.
        public_key: &'a [u8] as Field::Base64,
    }

    /// The key that a child wants its parent to have a DS record for (RFC 7344 section 3.2).
    Cdnskey<'a> = CDNSKEY, None {
        /// As in a DNSKEY record; 0 to delete (RFC 8078 section 4).
        flags: u16,
        /// Always 3.
        protocol: u8,
        /// The algorithm of the key; 0 to delete.
        algorithm: SecurityAlgorithm,
        /// The key, in the format of its algorithm; one zero octet to delete.
        public_key: &'a [u8] as Field::Base64,
    }

    /// A key of messages, as for SIG(0) (RFC 2535 section 3, RFC 3445).
    Key<'a> = KEY, None {
        /// What the key is for.
        flags: u16 as Field::Code(Code::KeyFlags),
        /// Always 3.
        protocol: u8 as Field::Code(Code::KeyProtocol),
        /// The algorithm of the key.
        algorithm: SecurityAlgorithm,
        /// The key, in the format of its algorithm; nothing if the flags say that there is none.
        public_key: &'a [u8] as Field::OptionalBase64,
    }

    /// A key for the encryption of NAPTR records (draft-reid-dnsext-rkey).
    Rkey<'a> = RKEY, None {
        /// Always 0.
        flags: u16,
        /// Always 1.
        protocol: u8,
        /// The algorithm of the key.
        algorithm: SecurityAlgorithm,
        /// The key, in the format of its algorithm.
        public_key: &'a [u8] as Field::Base64,
    }

    /// The digest of a child's key (RFC 4034 section 5).
    Ds<'a> = DS, None {
        /// The tag of the key (RFC 4034 appendix B).
        key_tag: u16,
        /// The algorithm of the key.
        algorithm: SecurityAlgorithm,
        /// How the key was digested.
        digest_type: DigestType,
        /// The digest of the owner and the RDATA of the DNSKEY record.
        digest: &'a [u8] as Field::Hex,
    }

    /// The DS record that a child wants its parent to have (RFC 7344 section 3.1).
    Cds<'a> = CDS, None {
        /// The tag of the key; 0 to delete (RFC 8078 section 4).
        key_tag: u16,
        /// The algorithm of the key; 0 to delete.
        algorithm: SecurityAlgorithm,
        /// How the key was digested; 0 to delete.
        digest_type: DigestType,
        /// The digest; one zero octet to delete.
        digest: &'a [u8] as Field::Hex,
    }

    /// The digest of a key whose parent has none, obsolete (RFC 4431, RFC 8749).
    Dlv<'a> = DLV, None {
        /// The tag of the key.
        key_tag: u16,
        /// The algorithm of the key.
        algorithm: SecurityAlgorithm,
        /// How the key was digested.
        digest_type: DigestType,
        /// The digest.
        digest: &'a [u8] as Field::Hex,
    }

    /// The digest of a key outside the chain from the root.
    Ta<'a> = TA, None {
        /// The tag of the key.
        key_tag: u16,
        /// The algorithm of the key.
        algorithm: SecurityAlgorithm,
        /// How the key was digested.
        digest_type: DigestType,
        /// The digest.
        digest: &'a [u8] as Field::Hex,
    }

    /// The signature of an RRset (RFC 4034 section 3).
    Rrsig<'a> = RRSIG, Lowered {
        /// The type of the RRset.
        type_covered: Rtype,
        /// The algorithm of the signature.
        algorithm: SecurityAlgorithm,
        /// How many labels the owner has, without the root and without an asterisk at the left.
        labels: u8,
        /// The TTL of the RRset where it was signed, in seconds.
        original_ttl: u32 as Field::Duration,
        /// The end of its validity: seconds since 1970, compared by serial arithmetic (RFC 4034 section 3.1.5).
        expiration: u32 as Field::Time,
        /// The start of its validity, likewise.
        inception: u32 as Field::Time,
        /// The tag of the key.
        key_tag: u16,
        /// The zone that the key belongs to.
        signer: NameRef<'a>,
        /// The signature, in the format of its algorithm.
        signature: &'a [u8] as Field::Base64,
    }

    /// A signature of a message, as SIG(0) has it (RFC 2535 section 4, RFC 2931).
    Sig<'a> = SIG, Expanded {
        /// The type of the RRset; 0 for a message.
        type_covered: Rtype,
        /// The algorithm of the signature.
        algorithm: SecurityAlgorithm,
        /// How many labels the owner has.
        labels: u8,
        /// The TTL of the RRset where it was signed, in seconds.
        original_ttl: u32 as Field::Duration,
        /// The end of its validity: seconds since 1970, compared by serial arithmetic.
        expiration: u32 as Field::Time,
        /// The start of its validity, likewise.
        inception: u32 as Field::Time,
        /// The tag of the key.
        key_tag: u16,
        /// Who the key belongs to.
        signer: NameRef<'a>,
        /// The signature, in the format of its algorithm.
        signature: &'a [u8] as Field::Base64,
    }

    /// Denial of what lies between two names, and which types the first one has (RFC 4034 section 4).
    Nsec<'a> = NSEC, Kept {
        /// The next name of the zone in canonical order.
        next: NameRef<'a>,
        /// The types of the owner.
        types: TypeBitmap<'a>,
    }

    /// Denial of what lies between two hashes of names (RFC 5155 section 3).
    Nsec3<'a> = NSEC3, None {
        /// The hash algorithm: 1 for SHA-1.
        hash_algorithm: u8,
        /// Bit 7 (1) if unsigned delegations may lie between (opt-out).
        flags: u8,
        /// How often the hash is repeated.
        iterations: u16,
        /// What is hashed with the name.
        salt: CharacterString<'a> as Field::Salt,
        /// The next hash of the zone.
        next_hashed: CharacterString<'a> as Field::HashedName,
        /// The types of the name whose hash the owner is.
        types: TypeBitmap<'a>,
    }

    /// How a zone hashes names (RFC 5155 section 4).
    Nsec3param<'a> = NSEC3PARAM, None {
        /// The hash algorithm: 1 for SHA-1.
        hash_algorithm: u8,
        /// Always 0.
        flags: u8,
        /// How often the hash is repeated.
        iterations: u16,
        /// What is hashed with the name.
        salt: CharacterString<'a> as Field::Salt,
    }

    /// Denial of what lies between two names, obsolete (RFC 2535 section 5).
    Nxt<'a> = NXT, Expanded {
        /// The next name of the zone.
        next: NameRef<'a>,
        /// The types of the owner.
        types: NxtBitmap<'a>,
    }
}
