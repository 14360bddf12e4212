//! Requests whose answer comes later.

use alloc::collections::BTreeMap;
use core::net::SocketAddr;

use bytes::Bytes;

use super::client::Client;
use crate::deadlines::Deadlines;
use crate::flow::{FlowId, ListenerId};
use crate::limits::{milliseconds, within};
use crate::machine::{LocalAddr, Misuse, Wake};
use crate::numbered::Numbered;
use crate::server::respond::{Request, Transport};
use crate::time::Instant;
use core::time::Duration;

/// A request that waits for its answer. Numbers are not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// How many requests may wait for an answer that does not come from here, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingLimits {
    /// Requests that wait: 1 000, at most 100 000. Further ones get SERVFAIL.
    pub requests: u32,
    /// Requests of one client, which is an IPv4 address or a /64 prefix of IPv6: 100, at most 100 000.
    pub requests_per_client: u32,
    /// How long the application may take for an answer: 5 s, from 1 ms to 60 s. Then the client gets SERVFAIL.
    pub application: Duration,
}

impl Default for PendingLimits {
    fn default() -> Self {
        Self {
            requests: 1_000,
            requests_per_client: 100,
            application: Duration::from_secs(5),
        }
    }
}

impl PendingLimits {
    /// Whether every limit lies within its hard bound.
    ///
    /// # Errors
    ///
    /// The first field that does not, with its range.
    pub fn validate(&self) -> Result<(), Misuse> {
        within(&[
            ("requests", self.requests.into(), 1, 100_000),
            ("requests_per_client", self.requests_per_client.into(), 1, 100_000),
            (
                "application in milliseconds",
                milliseconds(self.application),
                1,
                60_000,
            ),
        ])
    }
}

/// What waits, by its number.
#[derive(Debug)]
pub(super) struct PendingRequests {
    limits: PendingLimits,
    requests: Numbered<RequestId, Pending>,
    clients: BTreeMap<Client, u32>,
    /// When the application has taken too long.
    deadlines: Deadlines<RequestId>,
    next: u64,
}

/// A request, and where its reply goes.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) peer: SocketAddr,
    pub(super) listener: ListenerId,
    pub(super) transport: Transport,
    pub(super) data: Bytes,
    pub(super) origin: Origin,
    /// Whether the client may have an answer from other servers, and wants it.
    pub(super) recursion: bool,
}

/// Where a request came from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin {
    /// A listener, to this address of ours.
    Datagram(Option<LocalAddr>),
    /// A stream.
    Stream(FlowId),
}

impl Pending {
    pub(super) fn request(&self) -> Request<'_> {
        Request {
            peer: self.peer,
            listener: self.listener,
            transport: self.transport,
            data: &self.data,
        }
    }
}

impl PendingRequests {
    pub(super) const fn new(limits: PendingLimits) -> Self {
        Self {
            limits,
            requests: Numbered::new(),
            clients: BTreeMap::new(),
            deadlines: Deadlines::new(),
            next: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.requests.len()
    }

    /// Whether one more of this client may wait.
    pub(super) fn has_room(&self, peer: SocketAddr) -> bool {
        let of_client = self.clients.get(&Client::of(peer.ip())).copied().unwrap_or(0);
        u32::try_from(self.requests.len()).is_ok_and(|count| count < self.limits.requests)
            && of_client < self.limits.requests_per_client
    }

    pub(super) fn insert(&mut self, pending: Pending) -> RequestId {
        let id = RequestId(self.next);
        self.next = self.next.wrapping_add(1);
        let count = self.clients.entry(Client::of(pending.peer.ip())).or_default();
        *count = count.saturating_add(1);
        self.requests.insert(id, pending);
        id
    }

    pub(super) fn get(&self, id: RequestId) -> Option<&Pending> {
        self.requests.get(id)
    }

    /// The application is asked, or is not any more.
    pub(super) fn ask_application(&mut self, now: Instant, id: RequestId, asked: bool) {
        let at = now.after(self.limits.application);
        let why = "the application takes too long for an answer";
        self.deadlines.set(id, asked.then_some(Wake { at, why }));
    }

    /// Whether the application was asked and has not answered.
    pub(super) fn is_asked(&self, id: RequestId) -> bool {
        self.deadlines.get(id).is_some()
    }

    pub(super) fn remove(&mut self, id: RequestId) -> Option<Pending> {
        self.deadlines.set(id, None);
        let pending = self.requests.remove(id)?;
        let client = Client::of(pending.peer.ip());
        if let Some(count) = self.clients.get_mut(&client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.clients.remove(&client);
            }
        }
        Some(pending)
    }

    /// The next request for which the application took too long.
    pub(super) fn take_overdue(&mut self, now: Instant) -> Option<RequestId> {
        self.deadlines.take_due(now)
    }

    pub(super) fn wake(&self) -> Option<Wake> {
        self.deadlines.earliest()
    }
}
