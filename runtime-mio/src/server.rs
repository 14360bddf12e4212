//! A server on polls of its own.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread::{Builder, JoinHandle};

use mio::{Events, Poll, Token, Waker};
use nameward_core::client::HostsIndex;
use nameward_core::server::session::{Answer, Asked, Command, Event, Session};
use nameward_core::zone::Zones;
use nameward_driver::config::{self, Occurrence, StartError};
use nameward_driver::server::Config;

use crate::Driver;

/// How many changes of readiness are taken from the system at once.
const EVENTS: usize = 256;

/// The token under which a worker is woken to read its commands. Sockets have those after it.
const COMMANDS: Token = Token(0);
const FIRST_SOCKET: usize = 1;

/// A server on threads of its own, one for each worker, each with a poll.
///
/// When it is dropped, the threads end and all sockets are closed, and what was not answered yet never is: [`shutdown`](Self::shutdown)
/// ends it in order. A program that has a poll of its own gives a [`Session`] to a [`Driver`] in place of this.
pub struct Server {
    workers: Vec<Worker>,
    addresses: Vec<SocketAddr>,
}

struct Worker {
    /// Without it, the thread ends.
    commands: Option<Sender<Command>>,
    waker: Arc<Waker>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Server {
    /// A server that is set up so.
    ///
    /// # Errors
    ///
    /// A value of the configuration is out of its range, an address cannot be listened at, or the system gives no poll, no thread, or no
    /// random numbers.
    pub fn start(config: &Config) -> Result<Self, StartError> {
        Self::start_with_any(config, None)
    }

    /// As [`start`](Self::start), and `answer` is asked about what no zone has. It is called in the thread of a worker, which serves nobody
    /// else meanwhile.
    ///
    /// # Errors
    ///
    /// As with [`start`](Self::start).
    pub fn start_with(
        config: &Config,
        answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let mut config = config.clone();
        config.session.application = true;
        Self::start_with_any(&config, Some(Arc::new(answer)))
    }

    fn start_with_any(config: &Config, application: Option<Application>) -> Result<Self, StartError> {
        let workers = config.workers()?;
        // Nothing is served before all sockets are bound: if one cannot be, there is nothing to take back.
        let loops: Result<Vec<_>, StartError> = workers
            .workers
            .into_iter()
            .map(|(session, place)| Loop::new(session, place, application.clone()))
            .collect();
        let mut server = Self {
            workers: Vec::new(),
            addresses: workers.addresses,
        };
        for (this, mut worker) in loops? {
            let thread = Builder::new().name("nameward-server".into());
            worker.thread = Some(thread.spawn(|| this.run()).map_err(StartError::Runtime)?);
            server.workers.push(worker);
        }
        Ok(server)
    }

    /// Where it listens, with the port that the system chose if the configuration left it open.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Answers from these zones from now on. No request is lost.
    ///
    /// # Errors
    ///
    /// A worker cannot be woken.
    pub fn set_zones(&self, zones: &Zones) -> io::Result<()> {
        self.command(&Command::Zones(zones.clone()))
    }

    /// Answers what this hosts file says from now on. No request is lost.
    ///
    /// # Errors
    ///
    /// A worker cannot be woken.
    pub fn set_hosts(&self, hosts: &HostsIndex) -> io::Result<()> {
        self.command(&Command::Hosts(hosts.clone()))
    }

    /// Shuts the server down: takes no request any more, answers those that were taken, and waits until all sockets are closed.
    ///
    /// # Errors
    ///
    /// A worker cannot be woken, or its poll failed.
    pub fn shutdown(mut self) -> io::Result<()> {
        self.command(&Command::Shutdown)?;
        self.workers.iter_mut().try_for_each(Worker::join)
    }

    fn command(&self, command: &Command) -> io::Result<()> {
        for worker in &self.workers {
            let sent = worker
                .commands
                .as_ref()
                .map(|commands| commands.send(command.clone()));
            if let Some(Ok(())) = sent {
                worker.waker.wake()?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("addresses", &self.addresses)
            .field("workers", &self.workers.len())
            .finish_non_exhaustive()
    }
}

impl Worker {
    /// Waits for the end of the thread.
    fn join(&mut self) -> io::Result<()> {
        let thread = self.thread.take();
        // A panic of the thread has been reported by the thread.
        thread.map_or(Ok(()), |thread| {
            thread.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
        })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.commands = None;
        // A thread that cannot be woken looks for commands when it next has something to do.
        if self.waker.wake().is_ok() {
            let _ = self.join();
        }
    }
}

/// What a worker's thread does.
struct Loop {
    // Invariant: declared, and so dropped, before the poll in which it is registered.
    driver: Driver<Session>,
    poll: Poll,
    commands: Receiver<Command>,
    application: Option<Application>,
}

/// Who is asked about what no zone has.
type Application = Arc<dyn Fn(&Asked) -> Answer + Send + Sync>;

impl Loop {
    /// Binds the sockets.
    fn new(
        session: Session,
        place: config::Config,
        application: Option<Application>,
    ) -> Result<(Self, Worker), StartError> {
        let poll = Poll::new().map_err(StartError::Runtime)?;
        let waker = Waker::new(poll.registry(), COMMANDS).map_err(StartError::Runtime)?;
        let driver = Driver::new(session, place, poll.registry(), FIRST_SOCKET..usize::MAX)?;
        let (sender, commands) = mpsc::channel();
        let worker = Worker {
            commands: Some(sender),
            waker: Arc::new(waker),
            thread: None,
        };
        let this = Self {
            driver,
            poll,
            commands,
            application,
        };
        Ok((this, worker))
    }

    fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        loop {
            while let Some(occurrence) = self.driver.next_occurrence() {
                match occurrence {
                    Occurrence::Event(Event::Stopped) => self.driver.stop(),
                    Occurrence::Event(Event::Asked(asked)) => {
                        let application = self.application.as_ref();
                        let answer = application.map_or(Answer::Pass, |application| application(&asked));
                        let id = asked.id;
                        // The error says that it took too long.
                        let _ = self.driver.command(Command::Answer { id, answer });
                    }
                    // A machine that serves has no use for a socket outside.
                    Occurrence::Detached { .. } => {}
                }
            }
            if self.driver.is_stopped() {
                return Ok(());
            }
            match self.poll.poll(&mut events, self.driver.prepare()) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            for event in &events {
                self.driver.process(event);
            }
            self.take_commands();
            self.driver.settle();
        }
    }

    fn take_commands(&mut self) {
        loop {
            match self.commands.try_recv() {
                // The error says that it is being shut down.
                Ok(command) => _ = self.driver.command(command),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => return self.driver.stop(),
            }
        }
    }
}
