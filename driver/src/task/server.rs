//! A server whose workers are tasks.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use async_channel::{Receiver, Sender};
use nameward_core::client::HostsIndex;
use nameward_core::machine::{Machine, Misuse};
use nameward_core::server::session::{Answer, Asked, Command, Event};
use nameward_core::zone::Zones;

use super::application::{Application, Message};
use super::handle::{Answer as Asker, Channels, CommandError, Handle};
use super::{Driver, Reactor};
use crate::config::{self, Occurrence, StartError};

/// How many requests wait for the application to take them. Further ones it never sees, and their clients get SERVFAIL in the end.
const REQUESTS: usize = 1024;

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
    /// What the application is asked, with the number of the worker that asks.
    requests: Receiver<(usize, Asked)>,
    addresses: Vec<SocketAddr>,
    /// Ends with the last driver.
    drivers_live: Receiver<Infallible>,
}

/// What [`Server::drive`] gives: the server, and the driver of each worker.
pub type Served<M, R> = (Server, Vec<Driver<M, R, Serving>>);

impl Server {
    /// A server with these workers, and the driver of each: a [`Session`](nameward_core::server::session::Session), or one that is
    /// recorded. Nothing is answered before they [run](Driver::run).
    ///
    /// # Errors
    ///
    /// A listener cannot be bound, or the runtime fails.
    pub fn drive<M, R>(
        workers: impl IntoIterator<Item = (M, config::Config, R)>,
    ) -> Result<Served<M, R>, StartError>
    where
        M: Machine<Command = Command, Event = Event>,
        R: Reactor,
    {
        let (lives, drivers_live) = async_channel::bounded(1);
        let (asked, requests) = async_channel::bounded(REQUESTS);
        let (mut handles, mut drivers) = (Vec::new(), Vec::new());
        let mut addresses = Vec::new();
        for (worker, (machine, config, reactor)) in workers.into_iter().enumerate() {
            let listeners: Vec<_> = config.listeners.iter().map(|listener| listener.id).collect();
            let (handle, _occurrences, channels) = Channels::new();
            let serving = Serving {
                channels,
                worker,
                asked: asked.clone(),
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
            requests,
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
        self.command(&Command::Zones(zones)).await
    }

    /// Answers what this hosts file says from now on. No request is lost.
    ///
    /// # Errors
    ///
    /// The server was shut down.
    pub async fn set_hosts(&self, hosts: HostsIndex) -> Result<(), CommandError> {
        self.command(&Command::Hosts(hosts)).await
    }

    async fn command(&self, command: &Command) -> Result<(), CommandError> {
        for worker in &self.shared.workers {
            worker.command(command.clone()).await?;
        }
        Ok(())
    }

    /// The requests that the application is asked about, if it is
    /// ([`SessionConfig::application`](nameward_core::server::session::SessionConfig::application)). Each comes to one of those who wait.
    pub fn requests(&self) -> Requests {
        Requests {
            requests: self.shared.requests.clone(),
            server: Arc::downgrade(&self.shared),
        }
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

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
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

/// Requests that no zone answers. It does not keep the server alive.
#[derive(Clone, Debug)]
pub struct Requests {
    requests: Receiver<(usize, Asked)>,
    server: Weak<Shared>,
}

impl Requests {
    /// The next one; `None` once the server has ended. Dropping the future loses nothing.
    pub async fn next(&self) -> Option<Request> {
        let (worker, asked) = self.requests.recv().await.ok()?;
        let server = Weak::clone(&self.server);
        Some(Request {
            asked,
            worker,
            server,
        })
    }

    /// Answers each with what `answer` says, until the server ends. `spawn` runs the futures, of which there are never more than so many
    /// at a time.
    pub async fn answer_all<A>(
        self,
        most: usize,
        answer: impl Fn(Asked) -> A,
        mut spawn: impl FnMut(Answering<A>),
    ) where
        A: Future<Output = Answer>,
    {
        let (taken, places) = async_channel::bounded(most.max(1));
        while let Some(request) = self.next().await {
            // The only error is that nobody could make room, and this does.
            let _ = taken.send(()).await;
            let answer = answer(request.asked.clone());
            spawn(Answering {
                future: Box::pin(answer),
                request,
                place: Place(places.clone()),
            });
        }
    }
}

/// A request that no zone answers. If it is dropped, its client gets SERVFAIL in the end.
#[derive(Debug)]
pub struct Request {
    asked: Asked,
    worker: usize,
    server: Weak<Shared>,
}

impl Request {
    /// What is asked, and by whom.
    pub const fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Answers it.
    pub async fn answer(self, answer: Answer) {
        let Some(server) = self.server.upgrade() else {
            return;
        };
        if let Some(worker) = server.workers.get(self.worker) {
            // The error says that it comes too late.
            let id = self.asked.id;
            let _ = worker.command(Command::Answer { id, answer }).await;
        }
    }
}

/// An answer that is being made. To be run with [`run`](Self::run).
pub struct Answering<A> {
    future: std::pin::Pin<Box<A>>,
    request: Request,
    place: Place,
}

/// One of the places for answers that are being made. It is free again when this is dropped.
struct Place(Receiver<()>);

impl Drop for Place {
    fn drop(&mut self) {
        // Invariant: there is one for each place that is taken.
        let _ = self.0.try_recv();
    }
}

impl<A: Future<Output = Answer>> Answering<A> {
    /// Makes the answer, and sends it.
    pub async fn run(self) {
        let Self {
            future,
            request,
            place,
        } = self;
        request.answer(future.await).await;
        drop(place);
    }
}

impl<A> fmt::Debug for Answering<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answering")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// The driver's end of a [`Server`].
pub struct Serving {
    channels: Channels<Command, Event>,
    worker: usize,
    asked: Sender<(usize, Asked)>,
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
    type Asker = Asker;

    fn poll_message(&mut self, context: &mut Context<'_>) -> Poll<Message<Command, Asker>> {
        if self.stopped {
            return Poll::Ready(Message::Shutdown);
        }
        Application::<M>::poll_message(&mut self.channels, context)
    }

    fn answer(&mut self, asker: Asker, result: Result<(), Misuse>) {
        Application::<M>::answer(&mut self.channels, asker, result);
    }

    fn occurred(&mut self, occurrence: Occurrence<Event>) {
        match occurrence {
            Occurrence::Event(Event::Stopped) => self.stopped = true,
            // Who finds no room gets SERVFAIL when the application has taken too long.
            Occurrence::Event(Event::Asked(asked)) => drop(self.asked.try_send((self.worker, asked))),
            // A machine that serves has no use for a socket outside.
            Occurrence::Detached { .. } => {}
        }
    }

    fn close(&mut self) {
        Application::<M>::close(&mut self.channels);
    }
}
