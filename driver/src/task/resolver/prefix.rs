//! The names of all addresses of a prefix.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future as _, poll_fn};
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use nameward_core::client::{Answer, Prefix, Query};

use super::{Lookup, Resolver};
use crate::resolver::{PREFIX_WINDOW, ResolveError};

/// The reverse look-ups of all addresses of a prefix, in the order of the addresses. Up to [`PREFIX_WINDOW`] are under way at a
/// time; when this is dropped, they are cancelled. It is a [`Stream`], too.
#[must_use = "look-ups that nobody awaits are not begun"]
pub struct ReversePrefix {
    resolver: Resolver,
    addresses: Box<dyn Iterator<Item = IpAddr> + Send + Sync>,
    /// Begun, in order.
    window: VecDeque<Begun>,
}

struct Begun {
    address: IpAddr,
    lookup: Lookup,
    outcome: Poll<Result<Answer, ResolveError>>,
}

impl ReversePrefix {
    pub(super) fn new(resolver: &Resolver, prefix: Prefix) -> Self {
        Self {
            resolver: resolver.clone(),
            addresses: Box::new(prefix.addresses()),
            window: VecDeque::new(),
        }
    }

    /// The next address and what became of it; `None` after the last. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<(IpAddr, Result<Answer, ResolveError>)> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for ReversePrefix {
    type Item = (IpAddr, Result<Answer, ResolveError>);

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        while this.window.len() < PREFIX_WINDOW
            && let Some(address) = this.addresses.next()
        {
            let mut lookup = this.resolver.lookup(Query::reverse(address));
            // It begins with this; before it is the first, nobody asks it again.
            let outcome = Pin::new(&mut lookup).poll(context);
            this.window.push_back(Begun {
                address,
                lookup,
                outcome,
            });
        }
        let Some(first) = this.window.front_mut() else {
            return Poll::Ready(None);
        };
        if first.outcome.is_pending() {
            first.outcome = Pin::new(&mut first.lookup).poll(context);
        }
        if first.outcome.is_pending() {
            return Poll::Pending;
        }
        let first = this.window.pop_front();
        first.map_or(Poll::Ready(None), |Begun { address, outcome, .. }| {
            outcome.map(|outcome| Some((address, outcome)))
        })
    }
}

impl fmt::Debug for ReversePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReversePrefix")
            .field("under_way", &self.window.len())
            .finish_non_exhaustive()
    }
}
