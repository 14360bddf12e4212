//! A driver that is a task: what the runtimes with futures share.
//!
//! A runtime's adapter implements [`Reactor`], and is done: [`drive`] makes a [`Driver`] from it, whose [`run`](Driver::run) is
//! a future, and the two ends for the application, which know no runtime. A machine that answers look-ups has a
//! [`Resolver`] in their place, and one that serves has a [`Server`].

mod application;
mod handle;
mod resolver;
mod server;
mod wakes;

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use nameward_core::flow::ListenerId;
use nameward_core::machine::Machine;

use crate::config::{Config, StartError};
use crate::shell::{Shell, Wait};
use crate::watch::{Readiness, Slot, Watch};

pub use application::{Application, Message};
pub use handle::{Channels, CommandError, Handle, Occurrences};
pub use resolver::{Asker, Lookup, Lookups, Resolver, ReversePrefix};
pub use server::{Answering, Request, Requests, Served, Server, Serving};
pub use wakes::Wakes;

/// After so many turns and messages without a wait in between, other tasks are let run: messages may come as fast as they are taken.
const STEPS_IN_A_ROW: usize = 64;

/// A runtime's reactor, as a task needs it. What is polled wakes the task's waker of the last poll.
pub trait Reactor: Watch {
    /// Adds the changes of readiness since they were taken last.
    fn take_changes(&mut self, changes: &mut Vec<(Slot, Readiness)>);

    /// Waits until there may be changes to take.
    fn poll_changes(&mut self, context: &mut Context<'_>) -> Poll<()>;

    /// Sets the timer, in place of what it was set to before.
    fn set_timer(&mut self, duration: Duration);

    /// Waits until the time to which the timer was set has passed; it is not polled before it is set. Early is no harm.
    fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<()>;

    /// Lets other tasks run, and the reactor look what became ready, before it is done.
    fn yield_now() -> impl Future<Output = ()> + Send;
}

/// Binds the listeners of `config` and prepares to drive `machine`. Nothing happens before [`Driver::run`].
///
/// # Errors
///
/// A listener cannot be bound, or the store or the runtime fails.
pub fn drive<M: Machine, R: Reactor>(
    machine: M,
    config: Config,
    reactor: R,
) -> Result<Driven<M, R>, StartError> {
    let (handle, occurrences, channels) = Channels::new();
    Ok((
        handle,
        occurrences,
        Driver::new(machine, config, reactor, channels)?,
    ))
}

/// What [`drive`] gives.
pub type Driven<M, R> = (
    Handle<<M as Machine>::Command>,
    Occurrences<<M as Machine>::Event>,
    Driver<M, R>,
);

/// Drives a machine on a runtime, for an application. It is [`Send`] if all three are.
pub struct Driver<
    M: Machine,
    R: Reactor,
    A: Application<M> = Channels<<M as Machine>::Command, <M as Machine>::Event>,
> {
    shell: Shell<M, R>,
    application: A,
}

impl<M: Machine, R: Reactor, A: Application<M>> Driver<M, R, A> {
    /// Binds the listeners of `config` and prepares to drive `machine`. Nothing happens before [`run`](Self::run).
    ///
    /// # Errors
    ///
    /// A listener cannot be bound, or the store or the runtime fails.
    pub fn new(machine: M, config: Config, reactor: R, application: A) -> Result<Self, StartError> {
        let shell = Shell::new(machine, config, reactor)?;
        Ok(Self { shell, application })
    }

    /// Where a listener listens, with the port that the system chose if the configuration left it open.
    pub fn listening_at(&self, listener: ListenerId) -> Option<SocketAddr> {
        self.shell.listening_at(listener)
    }

    /// Drives the machine until the application wants it to be shut down; then closes all flows, waits for what has to be
    /// stored, and gives the machine back. Dropping the future closes all flows without a word.
    pub async fn run(mut self) -> M {
        let mut stopping = false;
        let mut steps = 0;
        let mut changes = Vec::new();
        loop {
            self.shell.watch().take_changes(&mut changes);
            for (slot, readiness) in changes.drain(..) {
                self.shell.ready(slot, readiness);
            }
            self.shell.turn();
            while let Some(occurrence) = self.shell.next_occurrence() {
                self.application.occurred(occurrence);
            }
            if self.shell.is_stopped() {
                return self.shell.into_machine();
            }
            let wait = self.shell.wait();
            if let Wait::For(duration) = wait {
                self.shell.watch().set_timer(duration);
            }
            steps += 1;
            if wait == Wait::Again || steps >= STEPS_IN_A_ROW {
                R::yield_now().await;
                steps = 0;
            }
            let wait_for_message = poll_fn(|context| {
                let waited = self.poll_wait(wait, stopping, context);
                if waited.is_pending() {
                    steps = 0;
                }
                waited
            });
            let mut message = wait_for_message.await;
            // Those that are there are taken one after the other: a turn in between would read the clocks and set the timer for nothing.
            while let Some(taken) = message {
                stopping |= self.take(taken);
                steps += 1;
                message = if stopping || steps >= STEPS_IN_A_ROW {
                    None
                } else {
                    poll_fn(|context| Poll::Ready(self.poll_message(context))).await
                };
            }
        }
    }

    /// Does what the application wants. Returns whether that is to shut down.
    fn take(&mut self, message: Message<M::Command, A::Asker>) -> bool {
        match message {
            Message::Command { command, asker } => {
                let result = self.shell.command(command);
                self.application.answer(asker, result);
                false
            }
            Message::NetworkChanged => {
                self.shell.network_changed();
                false
            }
            Message::Shutdown => {
                self.application.close();
                self.shell.stop();
                true
            }
        }
    }

    /// The next message, if it is there.
    fn poll_message(&mut self, context: &mut Context<'_>) -> Option<Message<M::Command, A::Asker>> {
        match self.application.poll_message(context) {
            Poll::Ready(message) => Some(message),
            Poll::Pending => None,
        }
    }

    /// Waits until a message comes, or until there is something else to do.
    fn poll_wait(
        &mut self,
        wait: Wait,
        stopping: bool,
        context: &mut Context<'_>,
    ) -> Poll<Option<Message<M::Command, A::Asker>>> {
        if !stopping && let Some(message) = self.poll_message(context) {
            return Poll::Ready(Some(message));
        }
        let reactor = self.shell.watch();
        let changed = reactor.poll_changes(context).is_ready();
        let due = matches!(wait, Wait::For(_)) && reactor.poll_timer(context).is_ready();
        if wait == Wait::Again || changed || due {
            Poll::Ready(None)
        } else {
            Poll::Pending
        }
    }
}
