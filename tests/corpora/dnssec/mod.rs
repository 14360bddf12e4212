//! Keys, signatures, digests and denials.

mod wycheproof;
