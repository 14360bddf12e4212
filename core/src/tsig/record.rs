//! The TSIG record of a message: finding it, writing it, and what of it is signed (RFC 8945 section 4).

use bytes::BytesMut;

use super::key::Key;
use crate::crypto::{Hmac, Tag};
use crate::time::UnixTime;
use crate::wire::rdata::Tsig;
use crate::wire::{Class, Header, Message, NameRef, Rcode, Rtype, Section, WriteError};

/// The TSIG record of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'m> {
    pub(super) owner: NameRef<'m>,
    pub(super) rdata: Tsig<'m>,
    /// The message up to the record.
    before: &'m [u8],
}

/// The message has a TSIG record that is not in its place, or not in order (RFC 8945 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Misplaced;

/// The times in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// Seconds since 1970, of which 48 bits count.
    pub(super) signed: u64,
    pub(super) fudge: u16,
}

/// What a record says beside names, times and code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remarks<'o> {
    pub(super) error: Rcode,
    pub(super) other: &'o [u8],
}

impl Remarks<'_> {
    /// Nothing is wrong.
    pub(super) const NONE: Self = Self {
        error: Rcode::NOERROR,
        other: &[],
    };
}

impl Times {
    pub(super) const fn now(key_fudge: u16, wall: UnixTime) -> Self {
        Self {
            signed: wall.as_secs(),
            fudge: key_fudge,
        }
    }

    /// Whether the clocks differ by at most as much as they may (RFC 8945 section 5.2.3).
    pub(super) const fn include(self, wall: UnixTime) -> bool {
        self.signed.abs_diff(wall.as_secs()) <= self.fudge as u64
    }

    /// Six octets of time and two of fudge.
    fn to_octets(self) -> [u8; 8] {
        let [_, _, a, b, c, d, e, f] = self.signed.to_be_bytes();
        let [g, h] = self.fudge.to_be_bytes();
        [a, b, c, d, e, f, g, h]
    }
}

impl<'m> Found<'m> {
    /// The TSIG record of a message, if there is one. It is the last record of all.
    pub(super) fn of(message: Message<'m>) -> Result<Option<Self>, Misplaced> {
        if !message.has_tsig() {
            return Ok(None);
        }
        for section in [Section::Answer, Section::Authority] {
            if message.records(section).any(|record| record.rtype == Rtype::TSIG) {
                return Err(Misplaced);
            }
        }
        let mut additional = message.records(Section::Additional);
        let Some(record) = additional.find(|record| record.rtype == Rtype::TSIG) else {
            return Ok(None);
        };
        let (octets, _, end) = record.rdata_place();
        let in_place = end == octets.len() && record.class == Class::ANY && record.ttl == 0;
        let rdata = record.rdata::<Tsig<'_>>().ok().flatten().filter(|_| in_place);
        let before = octets.get(..usize::from(record.owner.offset()));
        match (rdata, before) {
            (Some(rdata), Some(before)) => Ok(Some(Self {
                owner: record.owner,
                rdata,
                before,
            })),
            _ => Err(Misplaced),
        }
    }

    pub(super) fn times(&self) -> Times {
        Times {
            signed: self.rdata.time_signed,
            fudge: self.rdata.fudge,
        }
    }

    pub(super) fn remarks(&self) -> Remarks<'m> {
        Remarks {
            error: self.rdata.error,
            other: self.rdata.other.octets(),
        }
    }

    /// Adds the message as it was before it got the record (RFC 8945 section 4.3.2).
    pub(super) fn add_message(&self, hmac: &mut Hmac) {
        add_message(hmac, self.before, self.rdata.original_id, true);
    }
}

/// Adds a message whose last record is not counted if that is its TSIG record.
pub(super) fn add_message(hmac: &mut Hmac, octets: &[u8], id: u16, has_record: bool) {
    let Some((header, rest)) = octets.split_first_chunk::<{ Header::LENGTH }>() else {
        return;
    };
    let &[_, _, c, d, e, f, g, h, i, j, high, low] = header;
    let count = u16::from_be_bytes([high, low]).wrapping_sub(u16::from(has_record));
    let [high, low] = count.to_be_bytes();
    let [a, b] = id.to_be_bytes();
    hmac.update(&[a, b, c, d, e, f, g, h, i, j, high, low]);
    hmac.update(rest);
}

/// Adds the code of a message before, after its length (RFC 8945 section 4.3.1).
pub(super) fn add_prior(hmac: &mut Hmac, mac: &[u8]) {
    let length = u16::try_from(mac.len()).unwrap_or(u16::MAX);
    hmac.update(&length.to_be_bytes());
    hmac.update(mac);
}

/// Adds all of the record that is signed (RFC 8945 section 4.3.3).
pub(super) fn add_variables(hmac: &mut Hmac, key: &Key, times: Times, remarks: Remarks<'_>) {
    hmac.update(key.name().as_wire());
    // Class ANY, and the TTL, which is zero.
    hmac.update(&[0, 255, 0, 0, 0, 0]);
    hmac.update(key.algorithm().wire());
    hmac.update(&times.to_octets());
    hmac.update(&remarks.error.0.to_be_bytes());
    add_prior(hmac, remarks.other);
}

/// Adds what is signed of the records of all messages of a stream but the first (RFC 8945 section 5.3.1).
pub(super) fn add_timers(hmac: &mut Hmac, times: Times) {
    hmac.update(&times.to_octets());
}

/// What a record consists of beside the message that it signs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contents<'a> {
    /// The name of the key, without compression.
    pub(super) owner: &'a [u8],
    /// The name of the algorithm, without compression.
    pub(super) algorithm: &'a [u8],
    pub(super) times: Times,
    pub(super) mac: &'a [u8],
    pub(super) remarks: Remarks<'a>,
}

/// How many octets a record takes with names, code and other data of these lengths.
pub(super) const fn record_length(owner: usize, algorithm: usize, mac: usize, other: usize) -> usize {
    // Type, class, TTL and RDLENGTH; time and fudge; two lengths, the original ID and the error.
    owner
        .saturating_add(10)
        .saturating_add(algorithm)
        .saturating_add(8 + 8)
        .saturating_add(mac)
        .saturating_add(other)
}

impl Contents<'_> {
    fn length(&self) -> usize {
        let (mac, other) = (self.mac.len(), self.remarks.other.len());
        record_length(self.owner.len(), self.algorithm.len(), mac, other)
    }

    /// Writes the record behind the message that begins at `start` of `out` and ends with it, and counts it.
    pub(super) fn append(&self, out: &mut BytesMut, start: usize) -> Result<(), WriteError> {
        let message = out.len().saturating_sub(start);
        let fits = message.saturating_add(self.length()) <= usize::from(u16::MAX);
        let header = out
            .get_mut(start..)
            .and_then(<[u8]>::first_chunk_mut::<{ Header::LENGTH }>);
        let Some([id_high, id_low, _, _, _, _, _, _, _, _, high, low]) = header.filter(|_| fits) else {
            return Err(WriteError::Full);
        };
        let original_id = [*id_high, *id_low];
        let count = u16::from_be_bytes([*high, *low]).saturating_add(1);
        [*high, *low] = count.to_be_bytes();
        let rdata = self.length().saturating_sub(self.owner.len()).saturating_sub(10);
        // Invariant: all lengths are below that of the message, which fits 16 bits.
        let lengths = [rdata, self.mac.len(), self.remarks.other.len()];
        let [rdata, mac, other] =
            lengths.map(|length| u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        out.extend_from_slice(self.owner);
        out.extend_from_slice(&Rtype::TSIG.0.to_be_bytes());
        out.extend_from_slice(&[0, 255, 0, 0, 0, 0]);
        out.extend_from_slice(&rdata);
        out.extend_from_slice(self.algorithm);
        out.extend_from_slice(&self.times.to_octets());
        out.extend_from_slice(&mac);
        out.extend_from_slice(self.mac);
        out.extend_from_slice(&original_id);
        out.extend_from_slice(&self.remarks.error.0.to_be_bytes());
        out.extend_from_slice(&other);
        out.extend_from_slice(self.remarks.other);
        Ok(())
    }
}

/// Signs the message that begins at `start` of `out` with what `hmac` has seen and all of the record, or with the times alone if it
/// follows another. The code as it was sent.
pub(super) fn sign(
    key: &Key,
    mut hmac: Hmac,
    follows: bool,
    times: Times,
    remarks: Remarks<'_>,
    out: &mut BytesMut,
    start: usize,
) -> Result<Tag, WriteError> {
    let message = out.get(start..).unwrap_or_default();
    let id = message.first_chunk().map_or(0, |id| u16::from_be_bytes(*id));
    add_message(&mut hmac, message, id, false);
    if follows {
        add_timers(&mut hmac, times);
    } else {
        add_variables(&mut hmac, key, times, remarks);
    }
    let mac = hmac.finish().cut(key.mac_length());
    let contents = Contents {
        owner: key.name().as_wire(),
        algorithm: key.algorithm().wire(),
        times,
        mac: mac.as_bytes(),
        remarks,
    };
    contents.append(out, start)?;
    Ok(mac)
}
