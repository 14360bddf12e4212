//! Certificates and keys of applications, and who may issue them.

use super::field::{CharacterString, Code, Field, HostIdentity, KeyGateway, Names};
use super::record_types;
use crate::wire::codes::{CertificateType, SecurityAlgorithm};

record_types! {
    /// A certificate (RFC 4398 section 2).
    Cert<'a> = CERT, None {
        /// What it is.
        certificate_type: CertificateType,
        /// The tag of the key in it, computed as for DNSSEC.
        key_tag: u16,
        /// The algorithm of the key in it; 0 if that is no DNSSEC algorithm.
        algorithm: SecurityAlgorithm as Field::Code(Code::NamedAlgorithm),
        /// The certificate.
        certificate: &'a [u8] as Field::Base64,
    }

    /// The certificate of a TLS server (RFC 6698 section 2).
    Tlsa<'a> = TLSA, None {
        /// Which certificate of the chain, and whether certification authorities count.
        usage: u8,
        /// 0 for all of the certificate, 1 for its public key.
        selector: u8,
        /// 0 for no hash, 1 for SHA-256, 2 for SHA-512.
        matching_type: u8,
        /// What the selected part, or its hash, must be.
        association: &'a [u8] as Field::Hex,
    }

    /// The certificate of a user's mail (RFC 8162 section 2).
    Smimea<'a> = SMIMEA, None {
        /// Which certificate of the chain, and whether certification authorities count.
        usage: u8,
        /// 0 for all of the certificate, 1 for its public key.
        selector: u8,
        /// 0 for no hash, 1 for SHA-256, 2 for SHA-512.
        matching_type: u8,
        /// What the selected part, or its hash, must be.
        association: &'a [u8] as Field::Hex,
    }

    /// The fingerprint of an SSH host key (RFC 4255 section 3.1).
    Sshfp<'a> = SSHFP, None {
        /// The algorithm of the key.
        algorithm: u8,
        /// How it was digested: 1 for SHA-1, 2 for SHA-256 (RFC 6594).
        fingerprint_type: u8,
        /// The fingerprint.
        fingerprint: &'a [u8] as Field::Hex,
    }

    /// An OpenPGP key of a user (RFC 7929 section 2).
    Openpgpkey<'a> = OPENPGPKEY, None {
        /// The key in transferable form.
        public_key: &'a [u8] as Field::Base64,
    }

    /// A key for IPsec (RFC 4025 section 2).
    Ipseckey<'a> = IPSECKEY, Kept {
        /// Which to try first: the lower.
        precedence: u8,
        /// The algorithm of the key, and where to send what is for the owner.
        gateway: KeyGateway<'a>,
        /// The key, in the format of its algorithm; perhaps none.
        public_key: &'a [u8] as Field::OptionalBase64,
    }

    /// A certification authority that may issue certificates (RFC 8659 section 4).
    Caa<'a> = CAA, None {
        /// Bit 0 (128) if authorities that do not know the tag must not issue.
        flags: u8,
        /// What is allowed: letters and digits.
        tag: CharacterString<'a> as Field::Tag,
        /// The authority, or what the tag wants.
        value: &'a [u8] as Field::Text,
    }

    /// The identity of a host, and servers where it can be met (RFC 8005 section 5).
    Hip<'a> = HIP, Kept {
        /// The tag and the key.
        identity: HostIdentity<'a>,
        /// Rendezvous servers, best first, perhaps none.
        servers: Names<'a>,
    }
}
