//! The backends. Whatever is verified here is verified by each, and all must say the same.

use std::fmt::Debug;

use nameward_core::crypto::{KeyError, PrivateKey, RustCrypto, Signer, SigningKey, Verifier};
use nameward_rustls::crypto::{AwsLc, AwsLcSigningKey};

/// What verifies and signs.
pub(super) struct Backend {
    pub(super) name: &'static str,
    pub(super) verifier: &'static dyn Verifier,
    pub(super) signer: fn(&PrivateKey) -> Result<Box<dyn Signer>, KeyError>,
    /// Whether a signature of ECDSA depends on key and message only (RFC 6979).
    pub(super) determined: bool,
}

pub(super) const BACKENDS: [Backend; 2] = [
    Backend {
        name: "RustCrypto",
        verifier: &RustCrypto,
        signer: |private| Ok(Box::new(SigningKey::new(private)?)),
        determined: true,
    },
    Backend {
        name: "AWS-LC",
        verifier: &AwsLc,
        signer: |private| Ok(Box::new(AwsLcSigningKey::new(private)?)),
        determined: false,
    },
];

/// What every backend answers.
pub(super) fn agreed<T: PartialEq + Debug>(ask: impl Fn(&Backend) -> T) -> T {
    let [first, second] = BACKENDS.each_ref();
    let answer = ask(first);
    assert_eq!(answer, ask(second), "{} and {}", first.name, second.name);
    answer
}
