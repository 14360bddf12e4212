//! The encoding of what passes between a machine and its driver.

use alloc::vec::Vec;

use super::reader::{Damage, Reader, RecordingError};
use super::record::{Record, encode_bytes};
use crate::budget::Exhausted;
use crate::flow::{FlowId, Lane, ListenerId, ObjectId, StoreId};
use crate::limits::Limits;
use crate::machine::{
    Action, Blame, Change, CloseCause, Ignored, Input, LocalAddr, Misuse, Output, Proto, StoreError,
};
use crate::record;
use crate::time::{Instant, Now, UnixTime};

macro_rules! record_as_number {
    ($($type:ty: $from:ident, $to:ident;)*) => {$(
        impl Record for $type {
            fn encode(&self, out: &mut Vec<u8>) {
                self.$to().encode(out);
            }
            fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
                u64::decode(reader).map(Self::$from)
            }
        }
    )*};
}
record_as_number! {
    FlowId: from_u64, as_u64;
    StoreId: from_u64, as_u64;
    Instant: from_nanos, as_nanos;
    UnixTime: from_secs, as_secs;
}

record!(struct Lane { 0 });
record!(struct ListenerId { 0 });
record!(struct ObjectId { 0 });
record!(struct LocalAddr { ip, interface });
record!(struct Now { mono, wall });
record!(struct Limits {
    packets, octets, time, attempts, udp_payload, crypto_units, signature_checks, failed_signature_checks, nsec3_hashes,
    aliases, nesting,
});
record!(enum Exhausted {
    0 => Time, 1 => Packets, 2 => Octets, 3 => CryptoUnits, 4 => SignatureChecks, 5 => FailedSignatureChecks,
    6 => Nsec3Hashes, 7 => Aliases, 8 => Nesting
});
record!(enum Proto { 0 => Datagram, 1 => Stream });
record!(enum Blame { 0 => Peer, 1 => Path, 2 => Local });
record!(enum CloseCause {
    0 => Refused, 1 => Reset, 2 => Finished, 3 => Unreachable, 4 => TimedOut, 5 => Forbidden, 6 => TooLarge,
    7 => Descriptors, 8 => Buffers, 9 => Addresses, 10 => Shutdown, 11 => Other,
});
record!(enum StoreError { 0 => Full, 1 => Device, 2 => Missing });
record!(enum Change { 0 => Append(bytes), 1 => Replace(bytes) });
record!(enum Ignored {
    0 => UnknownFlow, 1 => UnknownStore, 2 => UnknownListener, 3 => OutOfPlace, 4 => Malformed { offset },
    5 => NotAResponse, 6 => NotAQuery, 7 => WrongId, 8 => WrongOpcode, 9 => WrongQuestion, 10 => LargerThanAdvertised,
    11 => Unexpected, 12 => WrongCookie, 13 => Denied, 14 => RateLimited, 15 => PortZero,
});
record!(enum Action {
    0 => Open { flow, proto, remote, read },
    1 => Send { flow, data },
    2 => Reply { listener, to, from, data },
    3 => Writable { flow },
    4 => Finish { flow },
    5 => Read { flow, wanted },
    6 => Accept { listener, wanted },
    7 => Detach { flow },
    8 => Close { flow },
    9 => Store { token, object, change },
});

/// Adds an input to `out`, exactly.
pub fn encode_input(input: &Input<'_>, out: &mut Vec<u8>) {
    match input {
        Input::Tick => 0u8.encode(out),
        Input::Opened { flow, local } => (1u8, *flow, *local).encode(out),
        Input::Accepted {
            flow,
            listener,
            peer,
            local,
        } => {
            2u8.encode(out);
            (*flow, *listener, *peer, *local).encode(out);
        }
        Input::Received { flow, data } => {
            (3u8, *flow).encode(out);
            encode_bytes(data, out);
        }
        Input::Request {
            listener,
            peer,
            local,
            data,
        } => {
            (4u8, *listener, *peer, *local).encode(out);
            encode_bytes(data, out);
        }
        Input::Rejected { flow, cause } => (5u8, *flow, *cause).encode(out),
        Input::Finished { flow } => (6u8, *flow).encode(out),
        Input::Closed { flow, cause } => (7u8, *flow, *cause).encode(out),
        Input::Stored { token, result } => (8u8, *token, *result).encode(out),
        Input::NetworkChanged => 9u8.encode(out),
    }
}

pub(super) fn decode_input<'a>(reader: &mut Reader<'a>) -> Result<Input<'a>, RecordingError> {
    let undefined = reader.error(Damage::Undefined("Input"));
    Ok(match u8::decode(reader)? {
        0 => Input::Tick,
        1 => Input::Opened {
            flow: Record::decode(reader)?,
            local: Record::decode(reader)?,
        },
        2 => Input::Accepted {
            flow: Record::decode(reader)?,
            listener: Record::decode(reader)?,
            peer: Record::decode(reader)?,
            local: Record::decode(reader)?,
        },
        3 => Input::Received {
            flow: Record::decode(reader)?,
            data: reader.bytes()?,
        },
        4 => Input::Request {
            listener: Record::decode(reader)?,
            peer: Record::decode(reader)?,
            local: Record::decode(reader)?,
            data: reader.bytes()?,
        },
        5 => Input::Rejected {
            flow: Record::decode(reader)?,
            cause: Record::decode(reader)?,
        },
        6 => Input::Finished {
            flow: Record::decode(reader)?,
        },
        7 => Input::Closed {
            flow: Record::decode(reader)?,
            cause: Record::decode(reader)?,
        },
        8 => Input::Stored {
            token: Record::decode(reader)?,
            result: Record::decode(reader)?,
        },
        9 => Input::NetworkChanged,
        _ => return Err(undefined),
    })
}

/// Adds an output to `out`, exactly. Outputs are only compared and described, so nothing decodes them as such.
pub fn encode_output<E: Record>(output: &Output<E>, out: &mut Vec<u8>) {
    match output {
        Output::Do(action) => {
            0u8.encode(out);
            action.encode(out);
        }
        Output::Event(event) => {
            1u8.encode(out);
            event.encode(out);
        }
        Output::Ignored { flow, why } => (2u8, *flow, *why).encode(out),
        Output::Idle(wake) => {
            (3u8, wake.is_some()).encode(out);
            if let Some(wake) = wake {
                wake.at.encode(out);
                encode_bytes(wake.why.as_bytes(), out);
            }
        }
    }
}

pub(super) fn encode_answer(answer: &Result<(), Misuse>, out: &mut Vec<u8>) {
    answer.is_err().encode(out);
    match answer {
        Ok(()) => {}
        Err(Misuse::InUse(number)) => (0u8, *number).encode(out),
        Err(Misuse::NotInUse(number)) => (1u8, *number).encode(out),
        Err(Misuse::OutOfRange {
            what,
            value,
            least,
            most,
        }) => {
            2u8.encode(out);
            encode_bytes(what.as_bytes(), out);
            (*value, *least, *most).encode(out);
        }
        Err(Misuse::Impossible(what)) => {
            3u8.encode(out);
            encode_bytes(what.as_bytes(), out);
        }
    }
}
