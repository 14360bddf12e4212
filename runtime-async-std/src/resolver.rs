//! The resolver on async-std, and on any executor.

use std::ops::Deref;

use nameward_core::client::{Command, Event};
use nameward_core::machine::Machine;
use nameward_driver::config::{self, StartError};
use nameward_driver::task;

use crate::sockets::Sockets;
use crate::{Driver, Lookups};

/// A stub resolver that runs as a task.
///
/// All that can be asked is on [`task::Resolver`], which is the same on every runtime. When the last clone and the last
/// [`Lookup`](crate::Lookup) are gone, the task ends and all sockets are closed.
#[derive(Clone, Debug)]
pub struct Resolver(task::Resolver);

impl Resolver {
    /// A resolver on a machine of the caller's, such as a [`Recorder`](nameward_core::trace::Recorder) around a
    /// [`Stub`](nameward_core::client::Stub). Nothing is looked up before the driver [runs](Driver::run).
    ///
    /// # Errors
    ///
    /// A listener cannot be bound, or the store cannot be started.
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
