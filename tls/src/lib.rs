//! Cryptography of Nameward by the library that rustls takes by default: [AWS-LC](aws_lc_rs).
//!
//! * [`crypto`]: a fast backend of DNSSEC behind the traits of [`nameward_core::crypto`].
//!
//! The core depends on none of it: it needs no C compiler and no system, and what it decides, it decides before a backend is asked.

pub mod crypto;
