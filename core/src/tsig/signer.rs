//! Responses, as a server signs them (RFC 8945 section 5.3).

use bytes::BytesMut;

use super::key::Key;
use super::record::{Remarks, Times, add_prior, record_length, sign};
use crate::crypto::Tag;
use crate::planted::planted;
use crate::time::UnixTime;
use crate::wire::{Rcode, WriteError};

/// Signs the response to a verified request, or all messages of a long one in order.
#[derive(Clone, Debug)]
pub struct ResponseSigner {
    key: Key,
    /// The code of the message before, which is at first the request.
    prior: Tag,
    /// Whether a message was signed already.
    follows: bool,
    /// The times of the request, if the response repeats them.
    repeated: Option<Times>,
}

impl ResponseSigner {
    /// What signs the response to a request with this code.
    pub(super) fn new(key: Key, request_mac: &[u8]) -> Self {
        Self {
            key,
            prior: Tag::of(request_mac),
            follows: false,
            repeated: None,
        }
    }

    /// The same for a response that repeats the time of the request, and tells our own beside it.
    pub(super) const fn about(mut self, times: Times) -> Self {
        self.repeated = Some(times);
        self
    }

    /// The key that the request was signed with: who sent it.
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// How many octets [`sign`](Self::sign) writes: the room to be kept in each message.
    pub fn record_length(&self) -> usize {
        let other = if self.repeated.is_some() { 6 } else { 0 };
        let owner = self.key.name().as_wire().len();
        let mac = usize::from(self.key.mac_length());
        record_length(owner, self.key.algorithm().wire().len(), mac, other)
    }

    /// Signs the message that begins at `start` of `out` and is its end: the next one of the response. All messages of a response are
    /// signed.
    ///
    /// # Errors
    ///
    /// It would be longer than a message may be.
    pub fn sign(&mut self, wall: UnixTime, out: &mut BytesMut, start: usize) -> Result<(), WriteError> {
        self.sign_remarking(Remarks::NONE, wall, out, start)
    }

    /// Signs a response that says what was wrong with the signature of the request.
    pub(super) fn sign_error(
        &mut self,
        error: Rcode,
        wall: UnixTime,
        out: &mut BytesMut,
        start: usize,
    ) -> Result<(), WriteError> {
        let [_, _, own_time @ ..] = wall.as_secs().to_be_bytes();
        let other: &[u8] = if self.repeated.is_some() { &own_time } else { &[] };
        self.sign_remarking(Remarks { error, other }, wall, out, start)
    }

    fn sign_remarking(
        &mut self,
        remarks: Remarks<'_>,
        wall: UnixTime,
        out: &mut BytesMut,
        start: usize,
    ) -> Result<(), WriteError> {
        let own = Times::now(self.key.fudge(), wall);
        let times = self.repeated.unwrap_or(own);
        let mut hmac = self.key.hmac();
        if !planted!(ResponseUnbound) {
            add_prior(&mut hmac, self.prior.as_bytes());
        }
        self.prior = sign(&self.key, hmac, self.follows, times, remarks, out, start)?;
        self.follows = true;
        Ok(())
    }
}
