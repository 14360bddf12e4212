//! What the application holds of a driver that is a task.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_channel::{Receiver, Sender};
use futures_core::Stream as _;
use nameward_core::machine::{Machine, Misuse};

use super::application::{Application, Message};
use crate::config::Occurrence;

/// How many messages wait for the driver before a sender has to.
const MESSAGES: usize = 64;

/// The application's way into a machine that is being driven. Clones reach the same machine; when the last one is dropped,
/// the driver shuts down.
pub struct Handle<C> {
    messages: Sender<Message<C, Answer>>,
}

/// Where the result of a [`Handle`]'s command is awaited.
pub(super) type Answer = Sender<Result<(), Misuse>>;

impl<C> Handle<C> {
    /// Gives the machine a command. If the future is dropped before it is done, the machine may have got the command or not.
    ///
    /// # Errors
    ///
    /// The command was a mistake, or the driver has shut down.
    pub async fn command(&self, command: C) -> Result<(), CommandError> {
        let (asker, answered) = async_channel::bounded(1);
        let sent = self.messages.send(Message::Command { command, asker }).await;
        sent.map_err(|_| CommandError::Stopped)?;
        Ok(answered.recv().await.map_err(|_| CommandError::Stopped)??)
    }

    /// Tells the machine that the device moved to another network.
    pub async fn network_changed(&self) {
        // A driver that has shut down has no flows that could be concerned.
        let _ = self.messages.send(Message::NetworkChanged).await;
    }

    /// Shuts the driver down. Its `run` then returns the machine, once all is closed and stored.
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

/// What a driven machine tells the application, in order. They wait here, however many, until they are taken; an
/// application that wants none drops this.
#[derive(Debug)]
pub struct Occurrences<E>(Receiver<Occurrence<E>>);

impl<E> Occurrences<E> {
    /// The next one; `None` once the driver has shut down and all were taken. Dropping the future loses nothing.
    #[expect(
        clippy::needless_pass_by_ref_mut,
        reason = "an order has one reader: two would each see a part of it"
    )]
    pub async fn next(&mut self) -> Option<Occurrence<E>> {
        // The only error is that there will be no more.
        self.0.recv().await.ok()
    }
}

/// The driver's end of [`Handle`] and [`Occurrences`].
pub struct Channels<C, E> {
    messages: Pin<Box<Receiver<Message<C, Answer>>>>,
    occurrences: Sender<Occurrence<E>>,
}

impl<C, E> Channels<C, E> {
    pub(super) fn new() -> (Handle<C>, Occurrences<E>, Self) {
        let (messages, receiver) = async_channel::bounded(MESSAGES);
        let (sender, occurrences) = async_channel::unbounded();
        let channels = Self {
            messages: Box::pin(receiver),
            occurrences: sender,
        };
        (Handle { messages }, Occurrences(occurrences), channels)
    }
}

impl<M: Machine> Application<M> for Channels<M::Command, M::Event> {
    type Asker = Answer;

    fn poll_message(&mut self, context: &mut Context<'_>) -> Poll<Message<M::Command, Answer>> {
        // Without a handle nobody wants anything any more.
        let message = self.messages.as_mut().poll_next(context);
        message.map(|message| message.unwrap_or(Message::Shutdown))
    }

    fn answer(&mut self, asker: Answer, result: Result<(), Misuse>) {
        // Who does not wait for the answer does not want it.
        let _ = asker.try_send(result);
    }

    fn occurred(&mut self, occurrence: Occurrence<M::Event>) {
        // An application that dropped its end wants no events.
        let _ = self.occurrences.try_send(occurrence);
    }

    fn close(&mut self) {
        self.messages.close();
    }
}

impl<C, E> Drop for Channels<C, E> {
    fn drop(&mut self) {
        self.messages.close();
        // The queue lives for as long as a handle does, and whoever waits for an answer has one. So a command that will not be
        // answered has to go with its sender.
        while self.messages.try_recv().is_ok() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameward_core::flow::FlowId;
    use nameward_core::machine::{Input, Output};
    use nameward_core::time::Now;
    use std::pin::pin;
    use std::task::Waker;

    /// Takes numbers, and does nothing.
    struct Idle;

    impl Machine for Idle {
        type Event = ();
        type Command = usize;
        fn handle(&mut self, _: Now, _: Input<'_>) {}
        fn command(&mut self, _: Now, _: usize) -> Result<(), Misuse> {
            Ok(())
        }
        fn poll(&mut self) -> Output<()> {
            Output::Idle(None)
        }
        fn stream_out(&self, _: FlowId) -> &[u8] {
            &[]
        }
        fn stream_sent(&mut self, _: Now, _: FlowId, _: usize) {}
    }

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// However the driver ended: a command that waits in its queue, or for room there, is answered.
    #[test]
    fn commands_to_a_driver_that_is_dropped_are_answered() {
        let (handle, _, channels) = Channels::<usize, ()>::new();
        let mut commands: Vec<_> = (0..=MESSAGES)
            .map(|number| Box::pin(handle.command(number)))
            .collect();
        for command in &mut commands {
            assert_eq!(poll(command.as_mut()), Poll::Pending);
        }
        drop(channels);
        for command in &mut commands {
            assert_eq!(poll(command.as_mut()), Poll::Ready(Err(CommandError::Stopped)));
        }
        assert_eq!(
            poll(pin!(handle.command(0))),
            Poll::Ready(Err(CommandError::Stopped))
        );
        assert_eq!(format!("{handle:?}"), "Handle { is_stopped: true }");
    }

    /// Back-pressure: a command waits for room in the queue, takes none if it is given up, and then others go on.
    #[test]
    fn a_full_queue_makes_senders_wait_and_one_who_gives_up_leaves_no_gap() {
        let (handle, _occurrences, mut channels) = Channels::<usize, ()>::new();
        let mut context = Context::from_waker(Waker::noop());
        for number in 0..MESSAGES {
            assert_eq!(poll(pin!(handle.command(number))), Poll::Pending);
        }
        let mut given_up = Box::pin(handle.command(1_000));
        let mut patient = Box::pin(handle.command(2_000));
        assert_eq!(poll(given_up.as_mut()), Poll::Pending);
        assert_eq!(poll(patient.as_mut()), Poll::Pending);
        drop(given_up);
        let mut taken = Vec::new();
        loop {
            // Whoever waits for room is polled when there is some.
            let _ = poll(patient.as_mut());
            match Application::<Idle>::poll_message(&mut channels, &mut context) {
                Poll::Ready(Message::Command { command, .. }) => taken.push(command),
                Poll::Ready(_) => panic!("nothing else was sent"),
                Poll::Pending => break,
            }
        }
        assert_eq!(taken, (0..MESSAGES).chain([2_000]).collect::<Vec<_>>());
    }
}
