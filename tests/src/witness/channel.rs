//! The seam between a stream and what is spoken on it: plain octets, or a secure channel.
//!
//! [`FakeChannel`] secures nothing. It has the state graph of TLS 1.3: a handshake of one round trip, records with a tag,
//! alerts, an orderly end in each direction, a certificate with an end date. So it can die in all the ways in which TLS can.

use std::fmt::Debug;

use nameward_core::record;
use nameward_core::seed::Rng;
use nameward_core::time::UnixTime;

use super::octets::OctetQueue;

/// What lies between the octets of a stream and those of the protocol above. All output is appended.
pub trait SecureChannel: Debug + Send {
    /// Begins, before anything was received.
    fn start(&mut self, wire_out: &mut Vec<u8>) -> ChannelState;

    /// Takes what the stream brought.
    ///
    /// # Errors
    ///
    /// The channel is broken. `plain_in` holds what was good before, and `wire_out` the alert that the peer must still get.
    fn receive(
        &mut self,
        wall: Option<UnixTime>,
        wire_in: &[u8],
        plain_in: &mut Vec<u8>,
        wire_out: &mut Vec<u8>,
    ) -> Result<ChannelState, ChannelError>;

    /// Sends `plain_out`, once the channel is [`Ready`](ChannelState::Ready), even if the peer has finished. Nothing may be sent
    /// before, or after [`finish`](Self::finish).
    fn send(&mut self, plain_out: &[u8], wire_out: &mut Vec<u8>);

    /// Says that we send no more.
    fn finish(&mut self, wire_out: &mut Vec<u8>);

    /// The stream ended.
    ///
    /// # Errors
    ///
    /// The peer had not said that it would: somebody may have cut the end off.
    fn received_end(&self) -> Result<(), ChannelError>;
}

/// What a channel can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// Nothing yet.
    Handshaking,
    /// Data in both directions.
    Ready,
    /// Data to the peer, which sends no more.
    PeerFinished,
}

/// Why a channel is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelError {
    /// The handshake is not one.
    BadHandshake,
    /// The certificate is no longer valid.
    Expired,
    /// The certificate cannot be judged without a wall clock.
    NoClock,
    /// A record is malformed, out of place, or was altered.
    BadRecord,
    /// The peer says that the channel is broken.
    Alert(u8),
    /// The stream ended without a notice.
    Truncated,
}
record!(enum ChannelError {
    0 => BadHandshake, 1 => Expired, 2 => NoClock, 3 => BadRecord, 4 => Alert(number), 5 => Truncated,
});

/// No channel: what is sent is what arrives.
#[derive(Debug)]
pub struct PlainChannel;

impl SecureChannel for PlainChannel {
    fn start(&mut self, _wire_out: &mut Vec<u8>) -> ChannelState {
        ChannelState::Ready
    }

    fn receive(
        &mut self,
        _wall: Option<UnixTime>,
        wire_in: &[u8],
        plain_in: &mut Vec<u8>,
        _wire_out: &mut Vec<u8>,
    ) -> Result<ChannelState, ChannelError> {
        plain_in.extend_from_slice(wire_in);
        Ok(ChannelState::Ready)
    }

    fn send(&mut self, plain_out: &[u8], wire_out: &mut Vec<u8>) {
        wire_out.extend_from_slice(plain_out);
    }

    fn finish(&mut self, _wire_out: &mut Vec<u8>) {}

    fn received_end(&self) -> Result<(), ChannelError> {
        Ok(())
    }
}

/// A channel with the states of TLS and without its secrets.
///
/// ```text
/// record   = kind: u8, length: u16, body
/// client hello (1) = nonce: [u8; 8]         server hello (2) = nonce: [u8; 8], certificate ends: u64
/// finished (3)     = tag: u32               data (4) = masked octets, tag: u32
/// alert (5)        = 0 for an orderly end, else what is wrong: u8
/// ```
#[derive(Debug)]
pub struct FakeChannel {
    role: Role,
    state: ChannelState,
    nonce: [u8; 8],
    key: [u8; 8],
    sent: u32,
    received: u32,
    wire: OctetQueue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Client,
    Server { certificate_ends: UnixTime },
}

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const FINISHED: u8 = 3;
const DATA: u8 = 4;
const ALERT: u8 = 5;
const MOST_DATA: usize = 4096;
const TAG: usize = 4;

impl FakeChannel {
    /// The side that opened the stream.
    pub fn client(rng: &mut Rng) -> Self {
        Self::new(Role::Client, rng)
    }

    /// The side that accepted the stream, with a certificate that is valid before `certificate_ends`.
    pub fn server(certificate_ends: UnixTime, rng: &mut Rng) -> Self {
        Self::new(Role::Server { certificate_ends }, rng)
    }

    fn new(role: Role, rng: &mut Rng) -> Self {
        Self {
            role,
            state: ChannelState::Handshaking,
            nonce: rng.next_u64().to_be_bytes(),
            key: [0; 8],
            sent: 0,
            received: 0,
            wire: OctetQueue::default(),
        }
    }

    fn take_record(&mut self) -> Result<Option<(u8, Vec<u8>)>, ChannelError> {
        let Some((&[kind, high, low], rest)) = self.wire.waiting().split_first_chunk::<3>() else {
            return Ok(None);
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if !(CLIENT_HELLO..=ALERT).contains(&kind) || length > MOST_DATA + TAG {
            return Err(ChannelError::BadRecord);
        }
        let Some(body) = rest.get(..length).map(<[u8]>::to_vec) else {
            return Ok(None);
        };
        self.wire.take(3 + length);
        Ok(Some((kind, body)))
    }

    fn record(
        &mut self,
        wall: Option<UnixTime>,
        kind: u8,
        mut body: Vec<u8>,
        plain_in: &mut Vec<u8>,
        wire_out: &mut Vec<u8>,
    ) -> Result<(), ChannelError> {
        match (kind, self.state, self.role) {
            (ALERT, state, _) => match body[..] {
                [0] if state == ChannelState::Ready => self.state = ChannelState::PeerFinished,
                [number] if number != 0 => return Err(ChannelError::Alert(number)),
                _ => return Err(ChannelError::BadRecord),
            },
            (CLIENT_HELLO, ChannelState::Handshaking, Role::Server { certificate_ends })
                if self.key == [0; 8] =>
            {
                self.agree(&body)?;
                let ends = certificate_ends.as_secs().to_be_bytes();
                write(SERVER_HELLO, &[&self.nonce, &ends], wire_out);
                write(FINISHED, &[&self.tag(false, 0, &[])], wire_out);
            }
            (SERVER_HELLO, ChannelState::Handshaking, Role::Client) if self.key == [0; 8] => {
                let Some((nonce, ends)) = body.split_first_chunk::<8>() else {
                    return Err(ChannelError::BadHandshake);
                };
                self.agree(nonce)?;
                let ends = <[u8; 8]>::try_from(ends).map_err(|_| ChannelError::BadHandshake)?;
                let wall = wall.ok_or(ChannelError::NoClock)?;
                if wall >= UnixTime::from_secs(u64::from_be_bytes(ends)) {
                    return Err(ChannelError::Expired);
                }
            }
            (FINISHED, ChannelState::Handshaking, role) if self.key != [0; 8] => {
                if body != self.tag(role != Role::Client, 0, &[]) {
                    return Err(ChannelError::BadHandshake);
                }
                if role == Role::Client {
                    write(FINISHED, &[&self.tag(true, 0, &[])], wire_out);
                }
                self.state = ChannelState::Ready;
            }
            (DATA, ChannelState::Ready, role) => {
                let at = body.len().checked_sub(TAG).ok_or(ChannelError::BadRecord)?;
                let tag = body.split_off(at);
                self.received = self.received.wrapping_add(1);
                self.mask(self.received, &mut body);
                if tag != self.tag(role != Role::Client, self.received, &body) {
                    return Err(ChannelError::BadRecord);
                }
                plain_in.append(&mut body);
            }
            (_, ChannelState::Handshaking, _) => return Err(ChannelError::BadHandshake),
            _ => return Err(ChannelError::BadRecord),
        }
        Ok(())
    }

    /// Both nonces make the key. Their highest bit is set in it, so that no key is all zeros, which stands for none.
    fn agree(&mut self, theirs: &[u8]) -> Result<(), ChannelError> {
        let theirs = <[u8; 8]>::try_from(theirs).map_err(|_| ChannelError::BadHandshake)?;
        let key = u64::from_be_bytes(self.nonce) ^ u64::from_be_bytes(theirs) | 1 << 63;
        self.key = key.to_be_bytes();
        Ok(())
    }

    fn mask(&self, number: u32, octets: &mut [u8]) {
        let [.., low] = number.to_be_bytes();
        for (octet, key) in octets.iter_mut().zip(self.key.iter().cycle()) {
            *octet ^= key ^ low;
        }
    }

    /// FNV-1a over key, direction, number and octets.
    fn tag(&self, from_client: bool, number: u32, octets: &[u8]) -> [u8; TAG] {
        let context = self
            .key
            .iter()
            .copied()
            .chain([u8::from(from_client)])
            .chain(number.to_be_bytes());
        let hash = context
            .chain(octets.iter().copied())
            .fold(0x811c_9dc5_u32, |hash, octet| {
                (hash ^ u32::from(octet)).wrapping_mul(0x0100_0193)
            });
        hash.to_be_bytes()
    }
}

impl SecureChannel for FakeChannel {
    fn start(&mut self, wire_out: &mut Vec<u8>) -> ChannelState {
        if self.role == Role::Client {
            write(CLIENT_HELLO, &[&self.nonce], wire_out);
        }
        self.state
    }

    fn receive(
        &mut self,
        wall: Option<UnixTime>,
        wire_in: &[u8],
        plain_in: &mut Vec<u8>,
        wire_out: &mut Vec<u8>,
    ) -> Result<ChannelState, ChannelError> {
        self.wire.end().extend_from_slice(wire_in);
        let outcome = loop {
            match self.take_record() {
                Ok(Some((kind, body))) => {
                    if let Err(error) = self.record(wall, kind, body, plain_in, wire_out) {
                        break Err(error);
                    }
                }
                Ok(None) => break Ok(self.state),
                Err(error) => break Err(error),
            }
        };
        if let Err(error) = outcome
            && !matches!(error, ChannelError::Alert(_))
        {
            write(ALERT, &[&[1]], wire_out);
        }
        outcome
    }

    fn send(&mut self, plain_out: &[u8], wire_out: &mut Vec<u8>) {
        for piece in plain_out.chunks(MOST_DATA) {
            self.sent = self.sent.wrapping_add(1);
            let tag = self.tag(self.role == Role::Client, self.sent, piece);
            let mut masked = piece.to_vec();
            self.mask(self.sent, &mut masked);
            write(DATA, &[&masked, &tag], wire_out);
        }
    }

    fn finish(&mut self, wire_out: &mut Vec<u8>) {
        write(ALERT, &[&[0]], wire_out);
    }

    fn received_end(&self) -> Result<(), ChannelError> {
        match self.state {
            ChannelState::PeerFinished => Ok(()),
            ChannelState::Handshaking | ChannelState::Ready => Err(ChannelError::Truncated),
        }
    }
}

fn write(kind: u8, parts: &[&[u8]], out: &mut Vec<u8>) {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let [.., high, low] = length.to_be_bytes();
    out.extend_from_slice(&[kind, high, low]);
    parts.iter().for_each(|part| out.extend_from_slice(part));
}
