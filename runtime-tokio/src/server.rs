//! The server on tokio.

use std::ops::Deref;

use nameward_core::machine::Machine;
use nameward_core::server::session::{Answer, Asked, Command, Event};
use nameward_driver::config::{self, StartError};
use nameward_driver::{server, task};

use crate::sockets::Sockets;
use crate::{Driver, Serving};

/// A server that runs as tasks of tokio's, one for each worker. On a runtime with several threads they serve at the same time.
///
/// All that can be done with it is on [`task::Server`], which is the same on every runtime. When the last clone is dropped, the tasks end
/// and all sockets are closed.
#[derive(Clone, Debug)]
pub struct Server(task::Server);

impl Server {
    /// A server that is set up so, driven by tasks of the present runtime.
    ///
    /// # Errors
    ///
    /// A value of the configuration is out of its range, an address cannot be listened at, or the system gives no random numbers.
    ///
    /// # Panics
    ///
    /// If it is not called in a tokio runtime that has its IO driver and its timers enabled.
    pub fn start(config: &server::Config) -> Result<Self, StartError> {
        let workers = config.workers()?;
        let (server, drivers) = Self::drive(workers.workers)?;
        for driver in drivers {
            // It ends by itself, and gives back a machine for which nobody has a use.
            drop(tokio::spawn(driver.run()));
        }
        Ok(server)
    }

    /// As [`start`](Self::start), and `answer` is asked about what no zone has: an async function or closure. Many of its futures run at a
    /// time, at most as many as requests may [wait](nameward_core::server::session::PendingLimits).
    ///
    /// # Errors
    ///
    /// As with [`start`](Self::start).
    ///
    /// # Panics
    ///
    /// As with [`start`](Self::start).
    pub fn start_with<A>(
        config: &server::Config,
        answer: impl Fn(Asked) -> A + Send + 'static,
    ) -> Result<Self, StartError>
    where
        A: Future<Output = Answer> + Send + 'static,
    {
        let mut config = config.clone();
        config.session.application = true;
        let server = Self::start(&config)?;
        let most = usize::try_from(config.session.pending.requests).unwrap_or(usize::MAX);
        let requests = server.requests();
        drop(tokio::spawn(requests.answer_all(most, answer, |answering| {
            drop(tokio::spawn(answering.run()));
        })));
        Ok(server)
    }

    /// A server on machines of the caller's, such as a [`Recorder`](nameward_core::trace::Recorder) around a
    /// [`Session`](nameward_core::server::session::Session). Nothing is answered before the drivers [run](Driver::run).
    ///
    /// # Errors
    ///
    /// A listener cannot be bound.
    ///
    /// # Panics
    ///
    /// If it is not called in a tokio runtime that has its IO driver enabled.
    pub fn drive<M>(
        workers: impl IntoIterator<Item = (M, config::Config)>,
    ) -> Result<(Self, Vec<Driver<M, Serving>>), StartError>
    where
        M: Machine<Command = Command, Event = Event>,
    {
        let workers = workers.into_iter();
        let (server, drivers) =
            task::Server::drive(workers.map(|(machine, config)| (machine, config, Sockets::default())))?;
        Ok((Self(server), drivers.into_iter().map(Driver).collect()))
    }
}

impl Deref for Server {
    type Target = task::Server;

    fn deref(&self) -> &task::Server {
        &self.0
    }
}
