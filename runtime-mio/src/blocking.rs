//! A driver with a poll of its own.

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::{io, iter};

use mio::{Events, Poll};
use nameward_core::flow::ListenerId;
use nameward_core::machine::{Machine, Misuse};
use nameward_driver::config::{Config, Occurrence, StartError};

use crate::Driver;

/// How many changes of readiness are taken from the system at once.
const EVENTS: usize = 256;

/// Drives a machine on the calling thread: for programs that do nothing else while they wait.
pub struct Blocking<M: Machine> {
    // Invariant: declared, and so dropped, before the poll in which it is registered.
    driver: Driver<M>,
    poll: Poll,
    events: Events,
}

impl<M: Machine> Blocking<M> {
    /// Binds the listeners of `config` and prepares to drive `machine`.
    ///
    /// # Errors
    ///
    /// The system gives no poll, a listener cannot be bound, or the store cannot be started.
    pub fn new(machine: M, config: Config) -> Result<Self, StartError> {
        let poll = Poll::new().map_err(StartError::Runtime)?;
        let driver = Driver::new(machine, config, poll.registry(), 0..usize::MAX)?;
        Ok(Self {
            driver,
            poll,
            events: Events::with_capacity(EVENTS),
        })
    }

    /// Where a listener listens, with the port that the system chose if the configuration left it open.
    pub fn listening_at(&self, listener: ListenerId) -> Option<SocketAddr> {
        self.driver.listening_at(listener)
    }

    /// Gives the machine a command.
    ///
    /// # Errors
    ///
    /// The command was a mistake; the machine is unchanged.
    pub fn command(&mut self, command: M::Command) -> Result<(), Misuse> {
        self.driver.command(command)
    }

    /// Tells the machine that the device moved to another network.
    pub fn network_changed(&mut self) {
        self.driver.network_changed();
    }

    /// The next thing for the application, waited for. A machine that waits for nothing is waited for without end.
    ///
    /// # Errors
    ///
    /// The poll failed.
    pub fn next_occurrence(&mut self) -> io::Result<Occurrence<M::Event>> {
        loop {
            if let Some(occurrence) = self.driver.next_occurrence() {
                return Ok(occurrence);
            }
            self.turn()?;
        }
    }

    /// Drives the machine until `take`, which is given everything that comes out, breaks with a value.
    ///
    /// # Errors
    ///
    /// The poll failed.
    pub fn run_until<T>(
        &mut self,
        mut take: impl FnMut(Occurrence<M::Event>) -> ControlFlow<T>,
    ) -> io::Result<T> {
        loop {
            if let ControlFlow::Break(value) = take(self.next_occurrence()?) {
                return Ok(value);
            }
        }
    }

    /// Closes all flows, waits for what has to be stored, and gives back what still came out.
    ///
    /// # Errors
    ///
    /// The poll failed.
    pub fn stop(&mut self) -> io::Result<Vec<Occurrence<M::Event>>> {
        self.driver.stop();
        while !self.driver.is_stopped() {
            self.turn()?;
        }
        Ok(iter::from_fn(|| self.driver.next_occurrence()).collect())
    }

    /// [Stops](Self::stop) and gives the machine back, for those who want nothing else.
    ///
    /// # Errors
    ///
    /// The poll failed.
    pub fn shutdown(mut self) -> io::Result<M> {
        self.stop()?;
        Ok(self.into_machine())
    }

    /// Gives the machine back. What is still open is closed without a word.
    pub fn into_machine(self) -> M {
        self.driver.into_machine()
    }

    fn turn(&mut self) -> io::Result<()> {
        match self.poll.poll(&mut self.events, self.driver.prepare()) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error),
        }
        for event in &self.events {
            self.driver.process(event);
        }
        self.driver.settle();
        Ok(())
    }
}
