//! Requests, as a server sees them (RFC 8945 section 5.2).

use bytes::BytesMut;

use super::algorithm::Algorithm;
use super::key::{Key, Keys};
use super::record::{Contents, Found, Remarks, add_variables, record_length};
use super::signer::ResponseSigner;
use crate::planted::planted;
use crate::time::UnixTime;
use crate::wire::{Message, NameRef, Rcode, WriteError};

/// Whether a request is signed.
#[derive(Clone, Debug)]
pub enum Request<'m> {
    /// It is not.
    Unsigned,
    /// It is, with a key that we know: so is the response to be.
    Verified(ResponseSigner),
    /// It is, but not well enough: it is not carried out.
    Rejected(Rejection<'m>),
}

/// What a request gets whose signature is not good.
#[derive(Clone, Debug)]
pub struct Rejection<'m> {
    rcode: Rcode,
    error: Rcode,
    reply: Reply<'m>,
}

#[derive(Clone, Debug)]
enum Reply<'m> {
    /// The record that the request has is not in order, so that the response has none.
    Bare,
    /// The request may be anybody's: the response is not signed (RFC 8945 section 5.3.2).
    Unsigned(Found<'m>),
    /// The request is of somebody who knows the key.
    Signed(ResponseSigner),
}

/// Checks the signature of a request: key, code, time, truncation, in this order (RFC 8945 section 5.2).
///
/// Without a wall clock every time is wrong; what could say so has no time either, and the request gets SERVFAIL.
pub fn verify_request<'m>(keys: &Keys, wall: Option<UnixTime>, message: Message<'m>) -> Request<'m> {
    let found = match Found::of(message) {
        Ok(None) => return Request::Unsigned,
        Ok(Some(found)) => found,
        Err(_) => return Request::Rejected(Rejection::malformed()),
    };
    let key = keys
        .find(found.owner)
        .filter(|key| Algorithm::from_name(found.rdata.algorithm) == Some(key.algorithm()));
    let Some(key) = key else {
        return Request::Rejected(Rejection::unsigned(found, Rcode::BADKEY));
    };
    let mac = found.rdata.mac.octets();
    let Ok(length) = u8::try_from(mac.len()) else {
        return Request::Rejected(Rejection::malformed());
    };
    let algorithm = key.algorithm();
    if !(algorithm.least_mac_length()..=algorithm.mac_length()).contains(&length) {
        return Request::Rejected(Rejection::malformed());
    }
    if !verifies(key, &found) {
        return Request::Rejected(Rejection::unsigned(found, BADSIG));
    }
    let Some(wall) = wall else {
        return Request::Rejected(Rejection {
            rcode: Rcode::SERVFAIL,
            error: Rcode::BADTIME,
            reply: Reply::Bare,
        });
    };
    let signer = ResponseSigner::new(key.clone(), mac);
    if !found.times().include(wall) && !planted!(SignedAnyTime) {
        return Request::Rejected(Rejection::signed(signer.about(found.times()), Rcode::BADTIME));
    }
    if length < key.mac_length() && !planted!(CodeCutShort) {
        return Request::Rejected(Rejection::signed(signer, Rcode::BADTRUNC));
    }
    Request::Verified(signer)
}

/// BADSIG has the number that is BADVERS elsewhere.
pub(super) const BADSIG: Rcode = Rcode::BADVERS;

fn verifies(key: &Key, found: &Found<'_>) -> bool {
    let mut hmac = key.hmac();
    found.add_message(&mut hmac);
    add_variables(&mut hmac, key, found.times(), found.remarks());
    hmac.verify(found.rdata.mac.octets())
}

impl<'m> Rejection<'m> {
    const fn malformed() -> Self {
        Self {
            rcode: Rcode::FORMERR,
            error: Rcode::FORMERR,
            reply: Reply::Bare,
        }
    }

    const fn unsigned(found: Found<'m>, error: Rcode) -> Self {
        Self {
            rcode: Rcode::NOTAUTH,
            error,
            reply: Reply::Unsigned(found),
        }
    }

    const fn signed(signer: ResponseSigner, error: Rcode) -> Self {
        Self {
            rcode: Rcode::NOTAUTH,
            error,
            reply: Reply::Signed(signer),
        }
    }

    /// The response code of the response: FORMERR, NOTAUTH or SERVFAIL.
    pub const fn rcode(&self) -> Rcode {
        self.rcode
    }

    /// What was wrong: FORMERR, 16 (BADSIG here), BADKEY, BADTIME or BADTRUNC.
    pub const fn error(&self) -> Rcode {
        self.error
    }

    /// The key, if the request was made by somebody who knows it.
    pub fn key(&self) -> Option<&Key> {
        match &self.reply {
            Reply::Signed(signer) => Some(signer.key()),
            Reply::Bare | Reply::Unsigned(_) => None,
        }
    }

    /// How many octets [`finish`](Self::finish) writes: the room to be kept in the response.
    pub fn record_length(&self) -> usize {
        match &self.reply {
            Reply::Bare => 0,
            Reply::Unsigned(found) => {
                let wire = |name: NameRef<'_>| usize::from(name.wire_len());
                record_length(wire(found.owner), wire(found.rdata.algorithm), 0, 0)
            }
            Reply::Signed(signer) => signer.record_length(),
        }
    }

    /// Writes behind the response, which begins at `start` of `out`, has [`rcode`](Self::rcode) and nothing behind its question, what a
    /// client needs to know what was wrong.
    ///
    /// # Errors
    ///
    /// It would be longer than a message may be.
    pub fn finish(self, wall: UnixTime, out: &mut BytesMut, start: usize) -> Result<(), WriteError> {
        match self.reply {
            Reply::Bare => Ok(()),
            Reply::Unsigned(found) => found.owner.with_wire(|owner| {
                found.rdata.algorithm.with_wire(|algorithm| {
                    let contents = Contents {
                        owner,
                        algorithm,
                        times: found.times(),
                        mac: &[],
                        remarks: Remarks {
                            error: self.error,
                            other: &[],
                        },
                    };
                    contents.append(out, start)
                })
            }),
            Reply::Signed(mut signer) => signer.sign_error(self.error, wall, out, start),
        }
    }
}
