//! The resolver on tokio.

use std::ops::Deref;

use nameward_core::client::{Command, Config, Event};
use nameward_core::machine::Machine;
use nameward_driver::config::{self, StartError};
use nameward_driver::system::{self, Warning};
use nameward_driver::{resolver, task};

use crate::sockets::Sockets;
use crate::{Driver, Lookups};

/// A stub resolver that runs as a task of tokio's.
///
/// All that can be asked is on [`task::Resolver`], which is the same on every runtime. When the last clone and the last
/// [`Lookup`](crate::Lookup) are gone, the task ends and all sockets are closed.
#[derive(Clone, Debug)]
pub struct Resolver(task::Resolver);

impl Resolver {
    /// A resolver that is set up so, driven by a task of the present runtime.
    ///
    /// # Errors
    ///
    /// A value of the configuration is out of its range, or the system gives no random numbers.
    ///
    /// # Panics
    ///
    /// If it is not called in a tokio runtime that has its IO driver and its timers enabled.
    pub fn new(config: Config) -> Result<Self, StartError> {
        let (resolver, driver) = Self::drive(resolver::stub(config)?, config::Config::default())?;
        // It ends by itself, and gives back a stub for which nobody has a use.
        drop(tokio::spawn(driver.run()));
        Ok(resolver)
    }

    /// A resolver that is set up as the system is ([`system::configuration`]), and what in the system's files was left out. The
    /// files are read at once, and not again: who learns that they changed reads them anew, and reconfigures.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or as with [`new`](Self::new).
    ///
    /// # Panics
    ///
    /// If it is not called in a tokio runtime that has its IO driver and its timers enabled.
    pub fn from_system() -> Result<(Self, Vec<Warning>), StartError> {
        let (config, warnings) = system::configuration()?;
        Ok((Self::new(config)?, warnings))
    }

    /// A resolver on a machine of the caller's, such as a [`Recorder`](nameward_core::trace::Recorder) around a
    /// [`Stub`](nameward_core::client::Stub). Nothing is looked up before the driver [runs](Driver::run).
    ///
    /// # Errors
    ///
    /// A listener cannot be bound, or the store cannot be started.
    ///
    /// # Panics
    ///
    /// If it is not called in a tokio runtime that has its IO driver enabled.
    pub fn drive<M>(machine: M, config: config::Config) -> Result<(Self, Driver<M, Lookups>), StartError>
    where
        M: Machine<Command = Command, Event = Event>,
    {
        let (resolver, driver) = task::Resolver::drive(machine, config, Sockets::default())?;
        Ok((Self(resolver), Driver(driver)))
    }
}

impl Deref for Resolver {
    type Target = task::Resolver;

    fn deref(&self) -> &task::Resolver {
        &self.0
    }
}
