//! Messages signed with a key that two hosts share (RFC 8945).
//!
//! A server gives each request to [`verify_request`]. What comes back says whether there was a signature, whether it is good, and
//! what the response has to carry: that of a verified request is signed by its [`ResponseSigner`], that of another gets what its
//! [`Rejection`] writes. A client signs with [`Key::sign_request`] and gets the [`ResponseVerifier`] that knows what must come back.
//! Both of these also take the many messages of a zone transfer, one after the other.
//!
//! The checks come in the order of RFC 8945 section 5.2: key, signature, time, truncation. So a time or a truncation error is told only
//! to who knows the key. Times are those of the wall clock; on a device without one, nothing signed is good.
//!
//! Nothing here keeps anything between messages but the state of one transaction, and nothing is allocated for a message whose
//! buffer is large enough.
//!
//! ```
//! use bytes::BytesMut;
//! use nameward_core::time::UnixTime;
//! use nameward_core::tsig::{Algorithm, Key, KeyConfig, Keys, Request, verify_request};
//! use nameward_core::wire::Message;
//!
//! let name = "ns1-ns2.example.".parse().unwrap();
//! let key = Key::new(KeyConfig::new(name, Algorithm::HmacSha256, b"a secret that nobody knows")).unwrap();
//! let now = UnixTime::from_secs(1_800_000_000);
//!
//! let mut query = BytesMut::from(&b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03com\x00\x00\x02\x00\x01"[..]);
//! let mut verifier = key.sign_request(now, &mut query, 0).unwrap();
//!
//! let keys = Keys::new([key]);
//! let request = Message::parse(&query).unwrap();
//! let Request::Verified(mut signer) = verify_request(&keys, Some(now), request) else { panic!() };
//! let mut response = BytesMut::from(&b"\x12\x34\x81\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03com\x00\x00\x02\x00\x01"[..]);
//! signer.sign(now, &mut response, 0).unwrap();
//!
//! verifier.verify(Some(now), Message::parse(&response).unwrap()).unwrap();
//! assert!(verifier.is_complete());
//! ```

mod algorithm;
mod key;
mod record;
mod request;
mod signer;
mod verifier;

#[cfg(test)]
mod tests;

pub use algorithm::Algorithm;
pub use key::{Key, KeyConfig, KeyError, Keys};
pub use request::{Rejection, Request, verify_request};
pub use signer::ResponseSigner;
pub use verifier::{ResponseError, ResponseVerifier};
