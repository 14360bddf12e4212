//! What needs an executor of its own: async-std's.

use nameward_core::client::Config;
use nameward_core::server::session::{Answer, Asked};
use nameward_driver::config::{self, StartError};
use nameward_driver::system::{self, Warning};
use nameward_driver::{resolver, server};

use crate::{Resolver, Server};

/// With the feature `async-std`, which is on by default.
impl Resolver {
    /// A resolver that is set up so, driven by a task of async-std's executor.
    ///
    /// # Errors
    ///
    /// A value of the configuration is out of its range, or the system gives no random numbers.
    pub fn new(config: Config) -> Result<Self, StartError> {
        let (resolver, driver) = Self::drive(resolver::stub(config)?, config::Config::default())?;
        // It ends by itself, and gives back a stub for which nobody has a use.
        drop(async_std::task::spawn(driver.run()));
        Ok(resolver)
    }

    /// A resolver that is set up as the system is ([`system::configuration`]), and what in the system's files was left out. The
    /// files are read at once, and not again: who learns that they changed reads them anew, and reconfigures.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or as with [`new`](Self::new).
    pub fn from_system() -> Result<(Self, Vec<Warning>), StartError> {
        let (config, warnings) = system::configuration()?;
        Ok((Self::new(config)?, warnings))
    }
}

/// With the feature `async-std`, which is on by default.
impl Server {
    /// A server that is set up so, driven by tasks of async-std's executor.
    ///
    /// # Errors
    ///
    /// A value of the configuration is out of its range, an address cannot be listened at, or the system gives no random numbers.
    pub fn start(config: &server::Config) -> Result<Self, StartError> {
        let workers = config.workers()?;
        let (server, drivers) = Self::drive(workers.workers)?;
        for driver in drivers {
            // It ends by itself, and gives back a machine for which nobody has a use.
            drop(async_std::task::spawn(driver.run()));
        }
        Ok(server)
    }

    /// As [`start`](Self::start), and `answer` is asked about what no zone has: an async function or closure. Many of its futures run at a
    /// time, at most as many as requests may [wait](nameward_core::server::session::PendingLimits).
    ///
    /// # Errors
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
        drop(async_std::task::spawn(requests.answer_all(
            most,
            answer,
            |answering| {
                drop(async_std::task::spawn(answering.run()));
            },
        )));
        Ok(server)
    }
}
