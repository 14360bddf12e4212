//! Stream flows: one question on each for now.

use alloc::collections::BTreeMap;
use core::net::SocketAddr;

use bytes::Bytes;

use crate::budget::{Debit, Packet};
use crate::context::Cx;
use crate::flow::FlowId;
use crate::machine::{Action, Proto};
use crate::transport::QuestionId;
use crate::transport::framing::{Deframer, Outgoing, TooLong};
use crate::transport::ports::Lease;

/// Opens streams, frames what goes out on them, and cuts what comes in into messages.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    open: BTreeMap<FlowId, Connection>,
}

#[derive(Debug)]
struct Connection {
    borrower: QuestionId,
    outgoing: Outgoing,
    deframer: Deframer,
}

impl Connections {
    /// Opens a stream to `remote`, for which somebody has paid, with an ID for the question on it.
    pub(crate) fn open(
        &mut self,
        cx: &mut Cx<'_>,
        _paid: Debit<Packet>,
        borrower: QuestionId,
        remote: SocketAddr,
    ) -> Lease {
        let flow = cx.flows.fresh();
        let id = cx.rng.next_u16();
        let connection = Connection {
            borrower,
            outgoing: Outgoing::new(),
            deframer: Deframer::new(),
        };
        self.open.insert(flow, connection);
        cx.actions.push_back(Action::Open {
            flow,
            proto: Proto::Stream,
            remote,
            read: true,
        });
        Lease { flow, id }
    }

    /// Queues a message that is paid for.
    pub(crate) fn send(
        &mut self,
        cx: &mut Cx<'_>,
        _paid: Debit<Packet>,
        flow: FlowId,
        message: &[u8],
    ) -> Result<(), TooLong> {
        if let Some(connection) = self.open.get_mut(&flow)
            && connection.outgoing.push(message)?
        {
            cx.actions.push_back(Action::Writable { flow });
        }
        Ok(())
    }

    /// Takes a piece of the stream; [`message`](Self::message) then gives what is whole.
    pub(crate) fn received(&mut self, flow: FlowId, piece: &[u8]) {
        if let Some(connection) = self.open.get_mut(&flow) {
            connection.deframer.push(piece);
        }
    }

    /// The next whole message on this stream.
    pub(crate) fn message(&mut self, flow: FlowId) -> Option<Bytes> {
        self.open.get_mut(&flow)?.deframer.message()
    }

    /// Ends the stream.
    pub(crate) fn close(&mut self, cx: &mut Cx<'_>, flow: FlowId) {
        if self.open.remove(&flow).is_some() {
            cx.actions.push_back(Action::Close { flow });
        }
    }

    /// The stream ended by itself.
    pub(crate) fn lost(&mut self, flow: FlowId) {
        self.open.remove(&flow);
    }

    /// Whose stream this is.
    pub(crate) fn borrower(&self, flow: FlowId) -> Option<QuestionId> {
        self.open.get(&flow).map(|connection| connection.borrower)
    }

    /// What waits to be written to this stream.
    pub(crate) fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.open
            .get(&flow)
            .map_or(&[], |connection| connection.outgoing.as_slice())
    }

    /// That much of it was written.
    pub(crate) fn stream_sent(&mut self, flow: FlowId, count: usize) {
        if let Some(connection) = self.open.get_mut(&flow) {
            connection.outgoing.sent(count);
        }
    }

    /// How many streams are open.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }
}
