//! The signature of a request, and that of the response to it (RFC 8945).

use bytes::BytesMut;

use super::policy::Checked;
use crate::time::Now;
use crate::tsig::{Key, Rejection, Request, ResponseSigner, verify_request};
use crate::wire::{Header, Message, Rcode};

/// What the signature of a request is worth, and what the response gets for it.
#[derive(Debug)]
pub(super) enum Signature<'m> {
    /// There is none.
    None,
    /// It is good: the response is signed.
    Good(ResponseSigner),
    /// It is not.
    Bad(Rejection<'m>),
}

impl<'m> Signature<'m> {
    /// The signature of a request.
    #[inline]
    pub(super) fn of(message: Message<'m>, policy: &Checked, now: Now) -> Self {
        match verify_request(&policy.config.keys, now.wall, message) {
            Request::Unsigned => Self::None,
            Request::Verified(signer) => Self::Good(signer),
            Request::Rejected(rejection) => Self::Bad(rejection),
        }
    }

    /// The key with which the request is signed.
    pub(super) const fn key(&self) -> Option<&Key> {
        match self {
            Self::Good(signer) => Some(signer.key()),
            Self::None | Self::Bad(_) => None,
        }
    }

    /// What is owed instead of an answer.
    pub(super) const fn owed(&self) -> Option<Rcode> {
        match self {
            Self::Bad(rejection) => Some(rejection.rcode()),
            Self::None | Self::Good(_) => None,
        }
    }

    /// Whether a response of at most `limit` octets has no room for a question and so many octets of OPT beside the signature. Then it has
    /// the signature alone (RFC 8945 section 5.3.2 wants it there in any case), if that fits at least.
    pub(super) fn is_cramped(&self, limit: u16, name: Option<&[u8]>, opt: usize) -> bool {
        if matches!(self, Self::None) {
            return false;
        }
        let question = name.map_or(0, |name| name.len().saturating_add(4));
        let needed = Header::LENGTH.saturating_add(question).saturating_add(opt);
        needed.saturating_add(self.record_length()) > usize::from(limit)
    }

    /// How many octets [`finish`](Self::finish) writes at most.
    pub(super) fn record_length(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Good(signer) => signer.record_length(),
            Self::Bad(rejection) => rejection.record_length(),
        }
    }

    /// Signs the response that begins at `start` of `out`, if its signature fits.
    #[inline]
    pub(super) fn finish(self, now: Now, out: &mut BytesMut, start: usize, limit: u16) {
        if matches!(self, Self::None) {
            return;
        }
        let length = out
            .len()
            .saturating_sub(start)
            .saturating_add(self.record_length());
        // Invariant: without a clock there is no good signature, and no bad one that is told by a record.
        let Some(wall) = now.wall.filter(|_| length <= usize::from(limit)) else {
            return;
        };
        let written = match self {
            Self::None => Ok(()),
            Self::Good(mut signer) => signer.sign(wall, out, start),
            Self::Bad(rejection) => rejection.finish(wall, out, start),
        };
        debug_assert_eq!(written, Ok(()), "room was kept");
    }
}
