//! Datagram flows, and who borrows them.
//!
//! A reply is told from a forged one by what an outsider cannot know: the port it must go to, which the driver draws for
//! each flow, and the message ID, which is drawn here. So this is the one place that opens datagram flows and that says
//! whose a datagram is (RFC 5452 section 9).

use core::net::SocketAddr;

use bytes::Bytes;

use crate::budget::{Debit, Packet};
use crate::context::Cx;
use crate::flow::FlowId;
use crate::machine::{Action, Ignored, Proto};
use crate::numbered::Numbered;
use crate::planted::planted;
use crate::seed::Rng;
use crate::transport::QuestionId;

/// The right to send one question and to get its reply: a flow, and a message ID on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) flow: FlowId,
    pub(crate) id: u16,
}

/// Lends datagram flows, a fresh one for each attempt of each question.
#[derive(Debug, Default)]
pub(crate) struct Ports {
    lent: Numbered<FlowId, Lent>,
}

#[derive(Clone, Copy, Debug)]
struct Lent {
    id: u16,
    borrower: QuestionId,
}

impl Ports {
    /// Lends a flow to `remote` and an ID that nobody can predict.
    pub(crate) fn lend(&mut self, cx: &mut Cx<'_>, borrower: QuestionId, remote: SocketAddr) -> Lease {
        let flow = cx.flows.fresh();
        let id = fresh_id(cx.rng);
        self.lent.insert(flow, Lent { id, borrower });
        cx.actions.push_back(Action::Open {
            flow,
            proto: Proto::Datagram,
            remote,
            read: true,
        });
        Lease { flow, id }
    }

    /// Sends a datagram that is paid for.
    pub(crate) fn send(&self, cx: &mut Cx<'_>, _paid: Debit<Packet>, flow: FlowId, data: Bytes) {
        cx.actions.push_back(Action::Send { flow, data });
    }

    /// Ends the lease. What still arrives on it belongs to nobody.
    pub(crate) fn give_back(&mut self, cx: &mut Cx<'_>, flow: FlowId) {
        if planted!(TakenAfterClose) {
            cx.actions.push_back(Action::Close { flow });
            return;
        }
        if self.lent.remove(flow).is_some() {
            cx.actions.push_back(Action::Close { flow });
        }
    }

    /// The flow ended by itself.
    pub(crate) fn lost(&mut self, flow: FlowId) {
        self.lent.remove(flow);
    }

    /// Whose flow this is.
    pub(crate) fn borrower(&self, flow: FlowId) -> Option<QuestionId> {
        self.lent.get(flow).map(|lent| lent.borrower)
    }

    /// Whose datagram this is, by flow and ID.
    pub(crate) fn addressee(&self, flow: FlowId, data: &[u8]) -> Result<QuestionId, Ignored> {
        if planted!(MatchedOnIdAlone) {
            let flows = self.lent.numbers().into_iter();
            let any = flows
                .filter_map(|flow| self.lent.get(flow))
                .find(|lent| data.starts_with(&lent.id.to_be_bytes()));
            return any.map(|lent| lent.borrower).ok_or(Ignored::WrongId);
        }
        let lent = self.lent.get(flow).ok_or(Ignored::UnknownFlow)?;
        match *data {
            [high, low, ..] if u16::from_be_bytes([high, low]) == lent.id => Ok(lent.borrower),
            [_, _, ..] => Err(Ignored::WrongId),
            _ => Err(Ignored::Malformed { offset: 0 }),
        }
    }

    /// How many flows are lent.
    pub(crate) fn len(&self) -> usize {
        self.lent.len()
    }
}

/// An ID that nobody can predict (RFC 5452 section 4.3).
fn fresh_id(rng: &mut Rng) -> u16 {
    #[cfg(planted)]
    if planted!(PredictableIds) {
        return crate::planted::predictable_id();
    }
    rng.next_u16()
}
