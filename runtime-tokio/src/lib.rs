//! Drives Nameward machines on tokio.
//!
//! [`drive`] takes a machine and gives three things: a [`Driver`], whose [`run`](Driver::run) is a future that the caller
//! spawns or awaits; a [`Handle`], through which commands go in; and [`Occurrences`], through which events come out.
//!
//! ```
//! # use nameward_core::flow::FlowId;
//! # use nameward_core::machine::{Input, Machine, Misuse, Output};
//! # use nameward_core::time::Now;
//! # /// Says every number back.
//! # #[derive(Default)]
//! # struct Echo(Option<u64>);
//! # impl Machine for Echo {
//! #     type Event = u64;
//! #     type Command = u64;
//! #     fn handle(&mut self, _: Now, _: Input<'_>) {}
//! #     fn command(&mut self, _: Now, number: u64) -> Result<(), Misuse> { self.0 = Some(number); Ok(()) }
//! #     fn poll(&mut self) -> Output<u64> { self.0.take().map_or(Output::Idle(None), Output::Event) }
//! #     fn stream_out(&self, _: FlowId) -> &[u8] { &[] }
//! #     fn stream_sent(&mut self, _: Now, _: FlowId, _: usize) {}
//! # }
//! use nameward_driver::config::{Config, Occurrence};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//!     let (handle, mut occurrences, driver) = nameward_tokio::drive(Echo::default(), Config::default())?;
//!     let driver = tokio::spawn(driver.run());
//!     handle.command(7).await?;
//!     assert!(matches!(occurrences.next().await, Some(Occurrence::Event(7))));
//!     handle.shutdown().await;
//!     let _machine = driver.await?;
//!     Ok(())
//! })
//! # }
//! ```

#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "this crate is about the system"
)]

mod sockets;

use std::fmt;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::task::Poll;

use nameward_core::flow::ListenerId;
use nameward_core::machine::{Machine, Misuse};
use nameward_driver::config::{Config, Occurrence, StartError};
use nameward_driver::shell::{Shell, Wait};
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::time::Instant;

use sockets::Sockets;

/// How many messages wait for the driver before a sender has to.
const MESSAGES: usize = 64;

/// Binds the listeners of `config` and prepares to drive `machine`. Nothing happens before [`Driver::run`].
///
/// # Errors
///
/// A listener cannot be bound, or the store cannot be started.
///
/// # Panics
///
/// If it is not called in a tokio runtime that has its IO driver enabled.
pub fn drive<M: Machine>(machine: M, config: Config) -> Result<Driven<M>, StartError> {
    let (to_driver, messages) = mpsc::channel(MESSAGES);
    let (to_application, occurrences) = mpsc::unbounded_channel();
    let shell = Shell::new(machine, config, Sockets::default())?;
    let driver = Driver {
        shell,
        messages,
        occurrences: to_application,
    };
    Ok((Handle { messages: to_driver }, Occurrences(occurrences), driver))
}

/// What [`drive`] gives.
pub type Driven<M> = (
    Handle<<M as Machine>::Command>,
    Occurrences<<M as Machine>::Event>,
    Driver<M>,
);

/// Drives a machine. It is [`Send`] if the machine is; if not, run it in a `LocalSet` or await it in place.
pub struct Driver<M: Machine> {
    shell: Shell<M, Sockets>,
    messages: mpsc::Receiver<Message<M::Command>>,
    occurrences: mpsc::UnboundedSender<Occurrence<M::Event>>,
}

enum Message<C> {
    Command {
        command: C,
        answer: oneshot::Sender<Result<(), Misuse>>,
    },
    NetworkChanged,
    Shutdown,
}

impl<M: Machine> Driver<M> {
    /// Where a listener listens, with the port that the system chose if the configuration left it open.
    pub fn listening_at(&self, listener: ListenerId) -> Option<SocketAddr> {
        self.shell.listening_at(listener)
    }

    /// Drives the machine until [`Handle::shutdown`], or until no [`Handle`] is left; then closes all flows, waits for what
    /// has to be stored, and gives the machine back.
    ///
    /// # Panics
    ///
    /// If it is not run in a tokio runtime that has its timers enabled.
    pub async fn run(mut self) -> M {
        let mut timer = pin!(tokio::time::sleep_until(Instant::now()));
        let mut stopping = false;
        loop {
            for (slot, readiness) in self.shell.watch().take_changes() {
                self.shell.ready(slot, readiness);
            }
            self.shell.turn();
            while let Some(occurrence) = self.shell.next_occurrence() {
                // An application that dropped its end wants no events.
                let _ = self.occurrences.send(occurrence);
            }
            if self.shell.is_stopped() {
                return self.shell.into_machine();
            }
            let wait = self.shell.wait();
            if let Wait::For(duration) = wait {
                timer.as_mut().reset(Instant::now() + duration);
            }
            let mut message = Poll::Pending;
            if wait == Wait::Again {
                tokio::task::yield_now().await;
            }
            poll_fn(|context| {
                if !stopping {
                    message = self.messages.poll_recv(context);
                }
                let woken = self.shell.watch().poll_woken(context);
                let due = matches!(wait, Wait::For(_)) && timer.as_mut().poll(context).is_ready();
                if wait == Wait::Again || message.is_ready() || woken.is_ready() || due {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
            .await;
            match message {
                Poll::Pending => {}
                Poll::Ready(Some(Message::Command { command, answer })) => {
                    // Who does not wait for the answer does not want it.
                    let _ = answer.send(self.shell.command(command));
                }
                Poll::Ready(Some(Message::NetworkChanged)) => self.shell.network_changed(),
                Poll::Ready(Some(Message::Shutdown) | None) => {
                    stopping = true;
                    self.messages.close();
                    self.shell.stop();
                }
            }
        }
    }
}

/// The application's way into a machine that is being driven. Clones reach the same machine; when the last one is dropped,
/// the driver shuts down.
pub struct Handle<C> {
    messages: mpsc::Sender<Message<C>>,
}

impl<C> Handle<C> {
    /// Gives the machine a command. If the future is dropped before it is done, the machine may have got the command or not.
    ///
    /// # Errors
    ///
    /// The command was a mistake, or the driver has shut down.
    pub async fn command(&self, command: C) -> Result<(), CommandError> {
        let (answer, answered) = oneshot::channel();
        let sent = self.messages.send(Message::Command { command, answer }).await;
        sent.map_err(|_| CommandError::Stopped)?;
        Ok(answered.await.map_err(|_| CommandError::Stopped)??)
    }

    /// Tells the machine that the device moved to another network.
    pub async fn network_changed(&self) {
        // A driver that has shut down has no flows that could be concerned.
        let _ = self.messages.send(Message::NetworkChanged).await;
    }

    /// Shuts the driver down. [`Driver::run`] then returns the machine, once all is closed and stored.
    pub async fn shutdown(&self) {
        // If it cannot be sent, then the driver has shut down.
        let _ = self.messages.send(Message::Shutdown).await;
    }
}

impl<C> Clone for Handle<C> {
    fn clone(&self) -> Self {
        Self {
            messages: self.messages.clone(),
        }
    }
}

impl<C> fmt::Debug for Handle<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("is_stopped", &self.messages.is_closed())
            .finish()
    }
}

/// What a driven machine tells the application, in order. They wait here, however many, until they are taken; an
/// application that wants none drops this.
#[derive(Debug)]
pub struct Occurrences<E>(mpsc::UnboundedReceiver<Occurrence<E>>);

impl<E> Occurrences<E> {
    /// The next one; `None` once the driver has shut down and all were taken. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Occurrence<E>> {
        self.0.recv().await
    }
}

/// Why a command was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The command was a mistake; the machine is unchanged.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// The driver has shut down.
    #[error("the driver has shut down")]
    Stopped,
}
