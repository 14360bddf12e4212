//! Datagram sockets whose flow ended, kept for a moment for the flows that come next.
//!
//! Each flow has a fresh port. But to take a socket from its port and give it another one costs the system a third of what it costs to
//! close it, to make a new one, and to have that watched, which is most of what a look-up costs.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use nameward_core::flow::FlowId;
use nameward_core::machine::{Machine, Wake};

use super::Shell;
use super::flow::Flow;
use crate::socket;
use crate::watch::{Direction, Slot, Watch};

/// How many are kept.
const MOST: usize = 128;
/// How long they are kept after the last one was put aside.
const KEPT: Duration = Duration::from_secs(1);

/// The spare sockets.
#[derive(Default)]
pub(super) struct Spares {
    slots: Vec<Slot>,
    /// When all of them are closed, if there are any.
    until: Option<Wake>,
}

impl Spares {
    /// When they are closed, if there are any.
    pub(super) const fn wake(&self) -> Option<Wake> {
        self.until
    }
}

impl<M: Machine, W: Watch> Shell<M, W> {
    /// Ends a flow without a word, and keeps its socket if it is of use.
    pub(super) fn close(&mut self, flow: FlowId) {
        if self.spares.slots.len() < MOST
            && !self.stopped
            && let Some(slot) = self.table.set_aside(flow)
        {
            self.spares.slots.push(slot);
            self.spares.until = Some(Wake {
                at: self.now.mono.after(KEPT),
                why: "spare sockets are closed",
            });
        } else {
            drop(self.release(flow));
        }
    }

    /// Opens a datagram flow with a socket that was put aside. Says its local address; none if there is no such socket.
    pub(super) fn open_spare(&mut self, flow: FlowId, remote: SocketAddr, read: bool) -> Option<SocketAddr> {
        let fits = |slot: &Slot| {
            self.table
                .spare(*slot)
                .is_some_and(|(_, ipv6)| ipv6 == remote.is_ipv6())
        };
        let last = self.spares.slots.iter().rposition(fits)?;
        let slot = self.spares.slots.swap_remove(last);
        let (socket, _) = self.table.spare(slot)?;
        match socket::enter_port(&socket, remote) {
            Ok(local) => {
                self.table
                    .take_up(slot, Flow::datagram(flow, socket, remote, read));
                // What may have been reported since was for the flow before.
                self.watch.blocked(slot, Direction::Read);
                Some(local)
            }
            Err(_) => {
                self.uninstall(slot);
                None
            }
        }
    }

    /// Closes all spare sockets. Says whether there were any.
    pub(super) fn drop_spares(&mut self) -> bool {
        let Spares { slots, until } = std::mem::take(&mut self.spares);
        slots.into_iter().for_each(|slot| self.uninstall(slot));
        until.is_some()
    }
}

/// A socket that has no port, and whether it is one of IPv6.
pub(super) struct Spare {
    pub(super) socket: Arc<UdpSocket>,
    pub(super) ipv6: bool,
}
