//! One stream of a client.

use core::net::SocketAddr;

use bytes::Bytes;

use crate::flow::ListenerId;
use crate::time::Instant;
use crate::transport::framing::{Deframer, Outgoing};

/// A stream that was accepted: queries come in, and replies go out.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) listener: ListenerId,
    pub(super) peer: SocketAddr,
    incoming: Deframer,
    outgoing: Outgoing,
    /// How many octets the client has still to take of the reply that it is taking.
    front: usize,
    /// How many queries wait for a reply that comes later.
    pub(super) in_flight: u16,
    /// Whether the driver was told to read.
    pub(super) reading: bool,
    /// The client sends no more.
    pub(super) finished: bool,
    /// When the client took the last of a reply.
    pub(super) served: Option<Instant>,
    /// We send no more, and how many octets came since: nobody looks at them.
    parting: Option<usize>,
    /// What it waits for, and since when.
    pub(super) waiting: Option<(Waiting, Instant)>,
}

/// What a stream waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// The client is to send a query.
    Query,
    /// The client is to take a reply.
    Taking,
    /// A reply is still to be made.
    Reply,
    /// The client is to see that nothing more comes.
    Farewell,
}

impl Stream {
    pub(super) fn new(listener: ListenerId, peer: SocketAddr) -> Self {
        Self {
            listener,
            peer,
            incoming: Deframer::new(),
            outgoing: Outgoing::new(),
            front: 0,
            in_flight: 0,
            reading: true,
            finished: false,
            served: None,
            parting: None,
            waiting: None,
        }
    }

    pub(super) fn received(&mut self, piece: &[u8]) {
        match &mut self.parting {
            Some(octets) => *octets = octets.saturating_add(piece.len()),
            None => self.incoming.push(piece),
        }
    }

    /// We send no more.
    pub(super) fn part(&mut self) {
        self.incoming = Deframer::new();
        self.parting = Some(0);
    }

    /// How many octets came since we send no more; none if we do.
    pub(super) const fn parting(&self) -> Option<usize> {
        self.parting
    }

    /// The next whole message.
    pub(super) fn message(&mut self) -> Option<Bytes> {
        let message = self.incoming.message();
        if self.incoming.held() == 0 {
            // A stream that rests holds no memory.
            self.incoming = Deframer::new();
        }
        message
    }

    /// Queues a reply, and says whether the driver has to be told. A reply has at most 65 535 octets.
    pub(super) fn queue(&mut self, reply: &[u8]) -> bool {
        let was_empty = self.outgoing.push(reply) == Ok(true);
        if was_empty {
            self.front = reply.len().saturating_add(2);
        }
        was_empty
    }

    pub(super) fn waiting_octets(&self) -> &[u8] {
        self.outgoing.as_slice()
    }

    /// The client took so many octets. Whether it took the last of a reply.
    pub(super) fn taken(&mut self, count: usize) -> bool {
        let mut rest = count;
        while rest >= self.front && self.front > 0 {
            rest = rest.saturating_sub(self.front);
            self.outgoing.sent(self.front);
            self.front = match self.outgoing.as_slice() {
                &[high, low, ..] => usize::from(u16::from_be_bytes([high, low])).saturating_add(2),
                _ => 0,
            };
            if self.front == 0 {
                self.outgoing = Outgoing::new();
            }
        }
        self.outgoing.sent(rest);
        self.front = self.front.saturating_sub(rest);
        rest < count
    }

    /// How many octets are held for the client.
    pub(super) fn held(&self) -> usize {
        self.incoming
            .held()
            .saturating_add(self.outgoing.as_slice().len())
    }

    /// What it waits for now.
    pub(super) fn waits_for(&self) -> Waiting {
        if self.parting.is_some() {
            Waiting::Farewell
        } else if !self.outgoing.as_slice().is_empty() {
            Waiting::Taking
        } else if self.in_flight > 0 {
            Waiting::Reply
        } else {
            Waiting::Query
        }
    }
}
