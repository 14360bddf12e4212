//! Requests, as a client signs them, and what must come back (RFC 8945 sections 5.1, 5.3.1 and 5.4).

use bytes::BytesMut;

use super::algorithm::Algorithm;
use super::key::Key;
use super::record::{Found, Remarks, Times, add_message, add_prior, add_timers, add_variables, sign};
use crate::crypto::{Hmac, Tag};
use crate::planted::planted;
use crate::time::UnixTime;
use crate::wire::{Message, Rcode, WriteError};

/// How many messages of a stream may follow each other without a signature (RFC 8945 section 5.3.1).
const MOST_UNSIGNED: u8 = 99;

/// Verifies the response to a request that was signed, or all messages of a long one in order.
///
/// After an error it is as it was before: what caused the error may be forged, and the response may still come.
#[derive(Clone, Debug)]
pub struct ResponseVerifier {
    key: Key,
    /// The code of the message before with the messages since that have no signature.
    hmac: Hmac,
    /// Whether a signed message came already.
    follows: bool,
    /// How many messages came since that had none.
    unsigned: u8,
}

/// Why a response, or a message of one, is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ResponseError {
    /// It has no signature, and should have one.
    #[error("the response is not signed")]
    Unsigned,
    /// Its TSIG record is not in its place, or not in order.
    #[error("the TSIG record is not in order")]
    Malformed,
    /// It is signed with another key, or by another algorithm.
    #[error("the response is signed with another key")]
    OtherKey,
    /// The signature is wrong, or too short.
    #[error("the signature of the response is wrong")]
    Wrong,
    /// The signature is right, and too old or too new; or there is no clock to tell.
    #[error("the signature of the response is not of this time")]
    Time,
    /// The server refuses the signature of the request, or the server's answer was forged: nobody signed it.
    #[error("the server answers {0} to the signature of the request, without a signature")]
    Rejected(Rcode),
    /// The server refuses the signature of the request, and that is certain.
    #[error("the server answers {0} to the signature of the request")]
    Refused(Rcode),
}

impl Key {
    /// Signs the request that begins at `start` of `out` and is its end. What is returned verifies the response.
    ///
    /// # Errors
    ///
    /// It would be longer than a message may be.
    pub fn sign_request(
        &self,
        wall: UnixTime,
        out: &mut BytesMut,
        start: usize,
    ) -> Result<ResponseVerifier, WriteError> {
        let times = Times::now(self.fudge(), wall);
        let mac = sign(self, self.hmac(), false, times, Remarks::NONE, out, start)?;
        Ok(ResponseVerifier {
            key: self.clone(),
            hmac: after(self, &mac),
            follows: false,
            unsigned: 0,
        })
    }
}

impl ResponseVerifier {
    /// Takes the next message of the response. What it says is certain once [`is_complete`](Self::is_complete).
    ///
    /// # Errors
    ///
    /// It is not to be taken. A client then waits for another one, until its time is over (RFC 8945 section 5.4).
    pub fn verify(&mut self, wall: Option<UnixTime>, message: Message<'_>) -> Result<(), ResponseError> {
        let found = Found::of(message).map_err(|_| ResponseError::Malformed)?;
        let Some(found) = found else {
            if !self.follows || self.unsigned >= MOST_UNSIGNED {
                return Err(ResponseError::Unsigned);
            }
            if !planted!(UnsignedEnd) {
                self.unsigned = self.unsigned.saturating_add(1);
            }
            add_message(&mut self.hmac, message.as_bytes(), message.id(), false);
            return Ok(());
        };
        let algorithm = Algorithm::from_name(found.rdata.algorithm);
        if *self.key.name() != found.owner || algorithm != Some(self.key.algorithm()) {
            return Err(ResponseError::OtherKey);
        }
        let mac = found.rdata.mac.octets();
        if mac.is_empty() && found.rdata.error != Rcode::NOERROR {
            return Err(ResponseError::Rejected(found.rdata.error));
        }
        let mut hmac = self.hmac.clone();
        found.add_message(&mut hmac);
        if self.follows {
            add_timers(&mut hmac, found.times());
        } else {
            add_variables(&mut hmac, &self.key, found.times(), found.remarks());
        }
        let longest = usize::from(self.key.algorithm().mac_length());
        if !(usize::from(self.key.mac_length())..=longest).contains(&mac.len()) || !hmac.verify(mac) {
            return Err(ResponseError::Wrong);
        }
        if found.rdata.error != Rcode::NOERROR {
            return Err(ResponseError::Refused(found.rdata.error));
        }
        if !wall.is_some_and(|wall| found.times().include(wall)) {
            return Err(ResponseError::Time);
        }
        self.hmac = after(&self.key, &Tag::of(mac));
        self.follows = true;
        self.unsigned = 0;
        Ok(())
    }

    /// Whether the message that came last was signed, and with it all before it. The last message of a response must be.
    pub const fn is_complete(&self) -> bool {
        self.follows && self.unsigned == 0
    }

    /// The key.
    pub const fn key(&self) -> &Key {
        &self.key
    }
}

/// The code of the next message, after one with this code.
fn after(key: &Key, mac: &Tag) -> Hmac {
    let mut hmac = key.hmac();
    if !planted!(ResponseUnbound) {
        add_prior(&mut hmac, mac.as_bytes());
    }
    hmac
}
