//! The adapter for mio, on a poll that belongs to the test and on one of its own.

use std::net::SocketAddr;
use std::ops::ControlFlow;

use mio::{Events, Poll};
use nameward_core::flow::ListenerId;
use nameward_core::machine::{Machine, Misuse};
use nameward_driver::config::{Config, Occurrence};
use nameward_mio::{Blocking, Driver};

use super::adapter::{Adapter, PATIENCE, Running};

/// mio on the thread of the test: the driver runs while the test waits for it.
pub struct Mio;

/// A machine that mio drives.
pub struct OnMio<M: Machine> {
    driver: Driver<M>,
    poll: Poll,
    events: Events,
}

impl Adapter for Mio {
    type Running<M: Machine<Event: Send, Command: Send> + Send + 'static> = OnMio<M>;

    fn start<M: Machine<Event: Send, Command: Send> + Send + 'static>(
        machine: M,
        config: Config,
    ) -> OnMio<M> {
        let poll = Poll::new().expect("a poll");
        // Not from zero on, and few events at a time, so that neither is taken for granted.
        let driver = Driver::new(machine, config, poll.registry(), 1_000..100_000).expect("a driver");
        OnMio {
            driver,
            poll,
            events: Events::with_capacity(4),
        }
    }
}

impl<M: Machine> OnMio<M> {
    fn turn(&mut self) {
        let timeout = self.driver.prepare();
        self.poll
            .poll(&mut self.events, timeout.or(Some(PATIENCE)))
            .expect("the poll works");
        assert!(timeout.is_some() || !self.events.is_empty(), "nothing happens");
        for event in &self.events {
            assert!(self.driver.process(event), "an event of somebody else: {event:?}");
        }
        self.driver.settle();
    }
}

impl<M: Machine<Event: Send, Command: Send> + Send + 'static> Running<M> for OnMio<M> {
    fn listening_at(&self, listener: ListenerId) -> SocketAddr {
        self.driver
            .listening_at(listener)
            .expect("the listener is configured")
    }

    fn command(&mut self, command: M::Command) -> Result<(), Misuse> {
        self.driver.command(command)
    }

    fn next(&mut self) -> Occurrence<M::Event> {
        loop {
            if let Some(occurrence) = self.driver.next_occurrence() {
                return occurrence;
            }
            self.turn();
        }
    }

    fn stop(mut self) -> (Vec<Occurrence<M::Event>>, M) {
        self.driver.stop();
        while !self.driver.is_stopped() {
            self.turn();
        }
        let mut last = Vec::new();
        while let Some(occurrence) = self.driver.next_occurrence() {
            last.push(occurrence);
        }
        (last, self.driver.into_machine())
    }
}

/// mio on a poll of its own, on the thread of the test.
pub struct MioBlocking;

impl Adapter for MioBlocking {
    type Running<M: Machine<Event: Send, Command: Send> + Send + 'static> = Blocking<M>;

    fn start<M: Machine<Event: Send, Command: Send> + Send + 'static>(
        machine: M,
        config: Config,
    ) -> Blocking<M> {
        Blocking::new(machine, config).expect("a driver")
    }
}

impl<M: Machine<Event: Send, Command: Send> + Send + 'static> Running<M> for Blocking<M> {
    fn listening_at(&self, listener: ListenerId) -> SocketAddr {
        self.listening_at(listener).expect("the listener is configured")
    }

    fn command(&mut self, command: M::Command) -> Result<(), Misuse> {
        self.command(command)
    }

    fn next(&mut self) -> Occurrence<M::Event> {
        self.run_until(ControlFlow::Break).expect("the poll works")
    }

    fn stop(mut self) -> (Vec<Occurrence<M::Event>>, M) {
        let last = Self::stop(&mut self).expect("the poll works");
        (last, self.into_machine())
    }
}
