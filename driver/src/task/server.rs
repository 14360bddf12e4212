//! A server whose workers are tasks.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_channel::{Receiver, Sender};
use nameward_core::machine::{Machine, Misuse};
use nameward_core::server::session::{Command, Event};
use nameward_core::zone::Zones;

use super::application::{Application, Message};
use super::handle::{Answer, Channels, CommandError, Handle};
use super::{Driver, Reactor};
use crate::config::{self, Occurrence, StartError};

/// The application's way into a server that a runtime drives.
///
/// Clones reach the same server, from any task or thread. When the last one is dropped, the drivers of its workers shut down, and what was
/// not answered yet never is: [`shutdown`](Self::shutdown) ends it in order.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared>,
}

struct Shared {
    workers: Vec<Handle<Command>>,
    addresses: Vec<SocketAddr>,
    /// Ends with the last driver.
    drivers_live: Receiver<Infallible>,
}

impl Server {
    /// A server with these workers, and the driver of each: a [`Session`](nameward_core::server::session::Session), or one that is
    /// recorded. Nothing is answered before they [run](Driver::run).
    ///
    /// # Errors
    ///
    /// A listener cannot be bound, or the runtime fails.
    pub fn drive<M, R>(
        workers: impl IntoIterator<Item = (M, config::Config, R)>,
    ) -> Result<(Self, Vec<Driver<M, R, Serving>>), StartError>
    where
        M: Machine<Command = Command, Event = Event>,
        R: Reactor,
    {
        let (lives, drivers_live) = async_channel::bounded(1);
        let (mut handles, mut drivers) = (Vec::new(), Vec::new());
        let mut addresses = Vec::new();
        for (machine, config, reactor) in workers {
            let listeners: Vec<_> = config.listeners.iter().map(|listener| listener.id).collect();
            let (handle, _occurrences, channels) = Channels::new();
            let serving = Serving {
                channels,
                stopped: false,
                _lives: lives.clone(),
            };
            let driver = Driver::new(machine, config, reactor, serving)?;
            for address in listeners.iter().filter_map(|&id| driver.listening_at(id)) {
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
            handles.push(handle);
            drivers.push(driver);
        }
        let shared = Arc::new(Shared {
            workers: handles,
            addresses,
            drivers_live,
        });
        Ok((Self { shared }, drivers))
    }

    /// Where it listens, with the port that the system chose if the configuration left it open.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.shared.addresses
    }

    /// Answers from these zones from now on. No request is lost.
    ///
    /// # Errors
    ///
    /// The server was shut down.
    pub async fn set_zones(&self, zones: Zones) -> Result<(), CommandError> {
        for worker in &self.shared.workers {
            worker.command(Command::Zones(zones.clone())).await?;
        }
        Ok(())
    }

    /// Shuts the server down for all its clones: takes no request any more, answers those that were taken, and waits until all sockets are
    /// closed.
    pub async fn shutdown(&self) {
        for worker in &self.shared.workers {
            // The error says that it is being shut down, or has been.
            let _ = worker.command(Command::Shutdown).await;
        }
        // Nothing is sent; the only error is that there is no driver.
        let _ = self.shared.drivers_live.recv().await;
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("addresses", &self.shared.addresses)
            .field("workers", &self.shared.workers.len())
            .finish_non_exhaustive()
    }
}

/// The driver's end of a [`Server`].
pub struct Serving {
    channels: Channels<Command, Event>,
    /// The machine has nothing left to do.
    stopped: bool,
    /// Whoever waits for the end of the drivers waits for all of these to be dropped.
    _lives: Sender<Infallible>,
}

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serving").finish_non_exhaustive()
    }
}

impl<M: Machine<Command = Command, Event = Event>> Application<M> for Serving {
    type Asker = Answer;

    fn poll_message(&mut self, context: &mut Context<'_>) -> Poll<Message<Command, Answer>> {
        if self.stopped {
            return Poll::Ready(Message::Shutdown);
        }
        Application::<M>::poll_message(&mut self.channels, context)
    }

    fn answer(&mut self, asker: Answer, result: Result<(), Misuse>) {
        Application::<M>::answer(&mut self.channels, asker, result);
    }

    fn occurred(&mut self, occurrence: Occurrence<Event>) {
        match occurrence {
            Occurrence::Event(Event::Stopped) => self.stopped = true,
            // A machine that serves has no use for a socket outside.
            Occurrence::Detached { .. } => {}
        }
    }

    fn close(&mut self) {
        Application::<M>::close(&mut self.channels);
    }
}
