//! The stage on mio: all actors on one poll and one thread.

use std::cell::RefCell;
use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use mio::{Events, Poll};
use nameward_core::flow::ListenerId;
use nameward_core::seed::Seed;
use nameward_core::trace::Recorder;
use nameward_driver::clock::{Clock as _, SystemClock};
use nameward_driver::config::Occurrence;
use nameward_mio::Driver;

use super::tokio::on_loopback;
use super::{Actor, HANGS, Props, Stage, StoreDirectory};

/// How many tokens each actor has.
const TOKENS: usize = 1 << 20;

/// A poll, and who is on it.
pub struct OnMio {
    poll: Poll,
    events: Events,
    turns: Vec<Rc<RefCell<dyn Turn>>>,
}

/// An actor on the poll.
pub struct MioHost<M: Actor> {
    driver: Rc<RefCell<Driver<Recorder<M>>>>,
    store: StoreDirectory,
}

/// What the poll does with a driver, whatever it drives.
trait Turn {
    fn turn(&mut self, events: &Events);
    fn prepare(&self) -> Option<Duration>;
}

impl<M: Actor> Turn for Driver<Recorder<M>> {
    fn turn(&mut self, events: &Events) {
        events.iter().for_each(|event| _ = self.process(event));
        self.settle();
    }

    fn prepare(&self) -> Option<Duration> {
        Self::prepare(self)
    }
}

impl fmt::Debug for OnMio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnMio")
            .field("actors", &self.turns.len())
            .finish_non_exhaustive()
    }
}

impl<M: Actor> fmt::Debug for MioHost<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MioHost")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl OnMio {
    /// A new poll.
    pub fn new() -> Self {
        Self {
            poll: Poll::new().expect("a poll can be made"),
            events: Events::with_capacity(256),
            turns: Vec::new(),
        }
    }

    fn turn(&mut self, longest: Duration) {
        let timeouts = self.turns.iter().filter_map(|turn| turn.borrow().prepare());
        let timeout = timeouts.min().unwrap_or(longest).min(longest);
        self.poll
            .poll(&mut self.events, Some(timeout))
            .expect("the poll works");
        for turn in &self.turns {
            turn.borrow_mut().turn(&self.events);
        }
    }
}

impl Default for OnMio {
    fn default() -> Self {
        Self::new()
    }
}

impl Stage for OnMio {
    type Host<M: Actor> = MioHost<M>;

    fn enter<M: Actor>(&mut self, props: &Props, config: M::Config) -> MioHost<M> {
        let recorder = Recorder::new(Seed::from_number(props.seed), config);
        let recorder: Recorder<M> = recorder.expect("the configuration is valid");
        let store = StoreDirectory::new();
        let first = self.turns.len() * TOKENS;
        let driver = Driver::new(
            recorder,
            on_loopback(props, &store),
            self.poll.registry(),
            first..first + TOKENS,
        );
        let driver = Rc::new(RefCell::new(driver.expect("sockets are free")));
        self.turns.push(driver.clone());
        MioHost { driver, store }
    }

    fn address<M: Actor>(&self, host: &MioHost<M>, listener: ListenerId) -> SocketAddr {
        let address = host.driver.borrow().listening_at(listener);
        address.expect("the actor has this listener")
    }

    fn command<M: Actor>(&mut self, host: &mut MioHost<M>, command: M::Command) {
        let done = host.driver.borrow_mut().command(command);
        done.expect("the command is no mistake");
        // What the command made the machine want is done before the next command, as on the other stages.
        self.turn(Duration::ZERO);
    }

    fn change_network<M: Actor>(&mut self, host: &mut MioHost<M>) {
        host.driver.borrow_mut().network_changed();
        self.turn(Duration::ZERO);
    }

    fn events<M: Actor>(&mut self, host: &mut MioHost<M>, count: usize) -> Vec<M::Event> {
        let clock = SystemClock::new();
        let began = clock.now().mono;
        let mut events = Vec::new();
        while events.len() < count {
            let next = host.driver.borrow_mut().next_occurrence();
            match next {
                Some(Occurrence::Event(event)) => events.push(event),
                Some(Occurrence::Detached { .. }) => panic!("{} detached a flow", M::KIND),
                None => {
                    let waited = clock.now().mono.since(began);
                    assert!(waited < HANGS, "{} says nothing more after {events:?}", M::KIND);
                    self.turn(HANGS);
                }
            }
        }
        events
    }

    fn leave<M: Actor>(&mut self, host: MioHost<M>) -> Vec<u8> {
        host.driver.borrow_mut().stop();
        while !host.driver.borrow().is_stopped() {
            self.turn(HANGS);
        }
        let driver: Rc<RefCell<dyn Turn>> = host.driver.clone();
        self.turns
            .iter_mut()
            .filter(|turn| Rc::ptr_eq(turn, &driver))
            .for_each(|turn| {
                *turn = Rc::new(RefCell::new(Gone));
            });
        drop(driver);
        let driver = Rc::into_inner(host.driver).expect("nobody else holds the driver");
        driver.into_inner().into_machine().take()
    }
}

/// In the place of an actor that left: its tokens are given to nobody else.
struct Gone;

impl Turn for Gone {
    fn turn(&mut self, _events: &Events) {}

    fn prepare(&self) -> Option<Duration> {
        None
    }
}
