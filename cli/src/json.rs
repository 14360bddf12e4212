//! Messages in JSON, as RFC 8427 represents them.
//!
//! All members have the RFC's names, and mean what it says. Where it leaves a choice:
//!
//! * Names are in presentation format with a dot at the end, escapes included (erratum 5439).
//! * `QNAME` and what belongs to it are those of the first question; `questionRRs` is there if there are more.
//! * Each record is an object of its own; `rrSet` is not used.
//! * `RDLENGTH` and `RDATAHEX` are of the RDATA without compression, as section 2.6 has names. RDATA that breaks a rule of its type
//!   is as it stands in the message.
//! * A record whose type section 2.3 lists has its text as a member, in presentation format: character strings of TXT with their quotes.
//!   Types that the RFC does not list have `RDATAHEX` only.
//! * The OPT record is the last of `additionalRRs`, wherever it stood: `CLASS` is the payload size, and `TTL` holds the upper bits
//!   of the response code, the version and the flags. `RCODE` has the lower four bits only.
//! * `TTL` is a signed number: a TTL with the highest bit set is negative.
//! * `messageOctetsHEX` is always there: what the message is, whatever the other members make of it.
//! * `dateString` and `dateSeconds` say when a reply was received.
//! * `comment` says what is wrong with the message, a line each; of a reply, that its cookie is not the one that was sent. Of a message that cannot be read to its end, counts are as the
//!   header says, and sections have the records before that.

mod object;

#[cfg(test)]
mod tests;

use data_encoding::HEXUPPER;
use nameward_core::wire::{Header, Message};

use crate::failure::Failure;
use crate::present::{COOKIE_MISMATCH, CookieVerdict, Present};
use crate::utc::Calendar;
use object::MessageObject;

/// A reply that was received at this time.
pub(crate) fn received(reply: &Present<'_>, at: Calendar) -> Result<String, Failure> {
    let mut object = MessageObject::new(reply.message);
    let mismatch = reply.cookie_verdict() == Some(CookieVerdict::Bad);
    object.comment = mismatch.then(|| COOKIE_MISMATCH.to_owned());
    object.date_string = Some(at.rfc3339());
    object.date_seconds = Some(at.as_secs());
    print(&object)
}

/// Octets of which this could be read; none if there is not even a header. The comment says what is wrong.
pub(crate) fn decoded(
    octets: &[u8],
    read: Option<(Header, Message<'_>)>,
    comment: Option<String>,
) -> Result<String, Failure> {
    let mut object = match read {
        Some((header, message)) => MessageObject::beginning(header, message),
        None => MessageObject::default(),
    };
    object.octets = HEXUPPER.encode(octets);
    object.comment = comment;
    print(&object)
}

fn print(object: &MessageObject) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(object).map_err(|error| Failure::System(error.to_string()))?;
    Ok(text + "\n")
}
