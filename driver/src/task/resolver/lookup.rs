//! A look-up that is awaited.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use nameward_core::client::{Answer, LookupId, LookupOptions, Query, QueryError};

use super::Resolver;
use crate::resolver::ResolveError;

/// A look-up that a [`Resolver`] was asked for. It begins when it is polled first, and is cancelled when it is dropped: no port is
/// left open for it.
///
/// That there is no such name, or no such data, is an answer; the errors are those of [`ResolveError`].
#[must_use = "a look-up that nobody awaits is not begun"]
pub struct Lookup {
    resolver: Resolver,
    stage: Stage,
}

enum Stage {
    New(Query, LookupOptions),
    /// What was asked for is nothing that can be looked up.
    Unaskable(QueryError),
    Asked(LookupId),
    Over,
}

impl Lookup {
    pub(super) fn new(resolver: &Resolver, query: Result<Query, QueryError>, options: LookupOptions) -> Self {
        let resolver = resolver.clone();
        let stage = query.map_or_else(Stage::Unaskable, |query| Stage::New(query, options));
        Self { resolver, stage }
    }
}

impl Future for Lookup {
    type Output = Result<Answer, ResolveError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { resolver, stage } = &mut *self;
        let desk = &resolver.owner.desk;
        let id = match mem::replace(stage, Stage::Over) {
            Stage::New(query, options) => match desk.ask(query, options) {
                Ok(id) => id,
                Err(error) => return Poll::Ready(Err(error)),
            },
            Stage::Unaskable(error) => return Poll::Ready(Err(error.into())),
            Stage::Asked(id) => id,
            Stage::Over => panic!("a look-up was polled after it was over"),
        };
        let outcome = desk.poll_outcome(id, context);
        if outcome.is_pending() {
            *stage = Stage::Asked(id);
        }
        outcome
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        if let Stage::Asked(id) = self.stage {
            self.resolver.owner.desk.give_up(id);
        }
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = match self.stage {
            Stage::Asked(id) => Some(id),
            Stage::New(..) | Stage::Unaskable(_) | Stage::Over => None,
        };
        f.debug_struct("Lookup").field("id", &id).finish_non_exhaustive()
    }
}
