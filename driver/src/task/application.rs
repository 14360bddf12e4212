//! What a driver needs of the application that it drives a machine for.

use std::task::{Context, Poll};

use nameward_core::machine::{Machine, Misuse};

use crate::config::Occurrence;

/// The driver's end of what lies between it and the application. When the driver has ended, however it did, this is dropped.
pub trait Application<M: Machine> {
    /// To whom the result of a command goes.
    type Asker;

    /// Waits for the next thing that the application wants. When nobody is left who could want anything, that is
    /// [`Message::Shutdown`]. What is polled wakes the waker of the last poll.
    fn poll_message(&mut self, context: &mut Context<'_>) -> Poll<Message<M::Command, Self::Asker>>;

    /// Whether the machine took a command.
    fn answer(&mut self, asker: Self::Asker, result: Result<(), Misuse>);

    /// Something came out for the application.
    fn occurred(&mut self, occurrence: Occurrence<M::Event>);

    /// The driver shuts down: it polls for no more messages.
    fn close(&mut self);
}

/// What an application wants of a driver.
#[derive(Debug)]
pub enum Message<C, A> {
    /// The machine is to have this command.
    Command {
        /// The command.
        command: C,
        /// Who wants to know whether the machine took it.
        asker: A,
    },
    /// The device moved to another network.
    NetworkChanged,
    /// Shut down.
    Shutdown,
}
