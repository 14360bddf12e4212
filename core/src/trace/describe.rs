//! Entries as one line each, for people.

use alloc::format;
use alloc::string::{String, ToString as _};
use core::fmt;

use super::contract::decode_input;
use super::log::EntryKind;
use super::reader::{Damage, Reader, RecordingError};
use super::record::Record;
use super::recorder::Recordable;
use crate::flow::FlowId;
use crate::machine::{Action, Change, Ignored, Input, Proto};
use crate::time::{Instant, Now};

/// How many octets of a run a line shows.
const SHOWN: usize = 32;

/// The body of an entry as one line, without its time. All of the body must be read.
pub(super) fn line<M: Recordable>(kind: EntryKind, mut body: Reader<'_>) -> Result<String, RecordingError> {
    let reader = &mut body;
    let line = match kind {
        EntryKind::Header => format!("{} machine", reader.text()?),
        EntryKind::Input => {
            Now::decode(reader)?;
            input(&decode_input(reader)?)
        }
        EntryKind::Command => {
            Now::decode(reader)?;
            format!("command {:?}", M::Command::decode(reader)?)
        }
        EntryKind::Answer => answer(reader)?,
        EntryKind::Taken => format!(
            "bytes of {} taken: {}",
            FlowId::decode(reader)?,
            Octets(reader.bytes()?)
        ),
        EntryKind::Sent => {
            Now::decode(reader)?;
            format!("{} took {} octets", FlowId::decode(reader)?, u64::decode(reader)?)
        }
        EntryKind::Output => output::<M::Event>(reader)?,
    };
    body.finish()?;
    Ok(line)
}

fn answer(reader: &mut Reader<'_>) -> Result<String, RecordingError> {
    if !bool::decode(reader)? {
        return Ok("accepted".into());
    }
    let undefined = reader.error(Damage::Undefined("Misuse"));
    Ok(match u8::decode(reader)? {
        0 => format!("misuse: {} is in use", u64::decode(reader)?),
        1 => format!("misuse: {} is not in use", u64::decode(reader)?),
        2 => {
            let what = reader.text()?;
            let (value, least, most) = <(u64, u64, u64)>::decode(reader)?;
            format!("misuse: {what} is {value}, not between {least} and {most}")
        }
        3 => format!("misuse: {}", reader.text()?),
        _ => return Err(undefined),
    })
}

fn output<E: Record + fmt::Debug>(reader: &mut Reader<'_>) -> Result<String, RecordingError> {
    let undefined = reader.error(Damage::Undefined("Output"));
    Ok(match u8::decode(reader)? {
        0 => action(&Action::decode(reader)?),
        1 => format!("event {:?}", E::decode(reader)?),
        2 => match <(Option<FlowId>, Ignored)>::decode(reader)? {
            (Some(flow), why) => format!("ignored on {flow}: {why}"),
            (None, why) => format!("ignored: {why}"),
        },
        3 if bool::decode(reader)? => format!("idle until {}: {}", Instant::decode(reader)?, reader.text()?),
        3 => "idle".to_string(),
        _ => return Err(undefined),
    })
}

pub(super) fn input(input: &Input<'_>) -> String {
    match input {
        Input::Tick => "tick".into(),
        Input::Opened { flow, local } => format!("opened {flow} at {local}"),
        Input::Accepted {
            flow,
            listener,
            peer,
            local,
        } => {
            format!("accepted {flow} from {peer} at {local}, listener {}", listener.0)
        }
        Input::Received { flow, data } => format!("received on {flow}: {}", Octets(data)),
        Input::Request {
            listener,
            peer,
            local,
            data,
        } => {
            let local = local.map_or_else(String::new, |local| format!(" to {}", local.ip));
            format!(
                "request from {peer}{local}, listener {}: {}",
                listener.0,
                Octets(data)
            )
        }
        Input::Rejected { flow, cause } => format!("rejected on {flow}: {cause}"),
        Input::Finished { flow } => format!("the peer finished {flow}"),
        Input::Closed { flow, cause } => format!("closed {flow}: {cause}"),
        Input::Stored {
            token,
            result: Ok(()),
        } => format!("stored {}", token.as_u64()),
        Input::Stored {
            token,
            result: Err(error),
        } => {
            format!("not stored {}: {error}", token.as_u64())
        }
        Input::NetworkChanged => "the network changed".into(),
    }
}

pub(super) fn action(action: &Action) -> String {
    match action {
        Action::Open {
            flow,
            proto,
            remote,
            read,
        } => format!(
            "open {flow} as a {} to {remote}{}",
            match proto {
                Proto::Datagram => "datagram flow",
                Proto::Stream => "stream",
            },
            if *read { "" } else { ", not reading" }
        ),
        Action::Send { flow, data } => format!("send on {flow}: {}", Octets(data)),
        Action::Reply {
            listener, to, data, ..
        } => {
            format!("reply to {to}, listener {}: {}", listener.0, Octets(data))
        }
        Action::Writable { flow } => format!("{flow} has bytes to write"),
        Action::Finish { flow } => format!("finish {flow}"),
        Action::Read { flow, wanted: true } => format!("read from {flow}"),
        Action::Read { flow, wanted: false } => format!("stop reading from {flow}"),
        Action::Accept {
            listener,
            wanted: true,
        } => format!("accept, listener {}", listener.0),
        Action::Accept {
            listener,
            wanted: false,
        } => format!("stop accepting, listener {}", listener.0),
        Action::Detach { flow } => format!("detach {flow}"),
        Action::Close { flow } => format!("close {flow}"),
        Action::Store {
            token,
            object,
            change,
        } => {
            let (verb, data) = match change {
                Change::Append(data) => ("append to", data),
                Change::Replace(data) => ("replace", data),
            };
            format!(
                "{verb} object {} as {}: {}",
                object.0,
                token.as_u64(),
                Octets(data)
            )
        }
    }
}

/// The count, and the first octets in hexadecimal.
struct Octets<'a>(&'a [u8]);

impl fmt::Display for Octets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets ", self.0.len())?;
        self.0
            .iter()
            .take(SHOWN)
            .try_for_each(|octet| write!(f, "{octet:02x}"))?;
        if self.0.len() > SHOWN {
            f.write_str("..")?;
        }
        Ok(())
    }
}
