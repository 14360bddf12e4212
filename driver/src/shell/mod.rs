//! The shell around a machine: everything about driving it except the waiting.

mod act;
mod flow;
mod serve;
mod spare;
mod table;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::Duration;

use nameward_core::flow::{FlowId, ListenerId};
use nameward_core::machine::{CloseCause, Input, LONGEST_PIECE, Machine, Misuse, Output, Proto, Wake};
use nameward_core::time::{Instant, Now};

use crate::clock::Clock;
use crate::config::{Config, Listener, Notice, Occurrence, StartError};
use crate::places::Places;
use crate::socket::{self, Batch};
use crate::store::Writer;
use crate::watch::{Readiness, Slot, Watch};
use flow::Flow;
use spare::Spares;
use table::{Connections, Requests, Socket, Table};

/// The most calls that are made on one socket in one turn and direction.
const CALLS_PER_SOCKET: usize = 32;
/// After so many calls in a turn, the rest waits for the next one, so that timers and commands are seen to.
const CALLS_PER_TURN: usize = 256;
/// The most that is read from a flow at once. The largest datagram is no larger.
const BUFFER_LENGTH: usize = LONGEST_PIECE;
/// A runtime's timer may stand still while the system is suspended; the shell's clock does not. So the clock is asked
/// at least so often.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Drives one machine with the sockets that a runtime watches.
///
/// What a runtime does with it, over and over:
///
/// 1. It reports what became ready with [`ready`](Self::ready), and hands over commands with [`command`](Self::command).
/// 2. It calls [`turn`](Self::turn).
/// 3. It takes what there is for the application with [`next_occurrence`](Self::next_occurrence).
/// 4. It waits as [`wait`](Self::wait) says: for readiness, for commands, and for so long at most.
pub struct Shell<M: Machine, W: Watch> {
    // Invariant: declared, and so dropped, before the table: no registration outlives its descriptor.
    watch: W,
    table: Table,
    machine: M,
    /// Slots in which a call may come to something.
    work: VecDeque<Slot>,
    /// What our own calls brought about, to be told once the machine wants nothing more.
    pending: VecDeque<Input<'static>>,
    occurrences: VecDeque<Occurrence<M::Event>>,
    wake: Option<Wake>,
    now: Now,
    clock: Box<dyn Clock + Send>,
    observe: Box<dyn FnMut(Notice) + Send>,
    store: Option<Writer>,
    /// How many streams were accepted: the source of their names.
    accepted: u64,
    /// When accepting goes on, after it failed for want of descriptors or buffers.
    accept_again: Option<Instant>,
    places: Option<Arc<Places>>,
    spares: Spares,
    stopped: bool,
    buffer: Box<[u8]>,
    batch: Batch,
}

/// How long there is nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Not at all: the work of this turn was cut short. Look what became ready, without waiting, and take the next turn.
    Again,
    /// Until something becomes ready, a command comes, or this time has passed. Whether the machine's deadline has then
    /// passed is for the clock to say.
    For(Duration),
    /// Until something becomes ready or a command comes.
    Forever,
}

impl<M: Machine, W: Watch> Shell<M, W> {
    /// Binds the listeners, and wakes the machine for the first time.
    ///
    /// # Errors
    ///
    /// A listener cannot be bound, or the store or the runtime fails.
    pub fn new(machine: M, config: Config, watch: W) -> Result<Self, StartError> {
        let now = config.clock.now();
        let mut shell = Self {
            watch,
            table: Table::default(),
            machine,
            work: VecDeque::new(),
            pending: VecDeque::new(),
            occurrences: VecDeque::new(),
            wake: Some(Wake {
                at: now.mono,
                why: "start",
            }),
            now,
            clock: config.clock,
            observe: config.observe,
            store: None,
            accepted: 0,
            accept_again: None,
            places: config.places,
            spares: Spares::default(),
            stopped: false,
            buffer: vec![0; BUFFER_LENGTH].into_boxed_slice(),
            batch: Batch::default(),
        };
        for listener in config.listeners {
            shell.listen(listener, config.share_ports)?;
        }
        if let Some(directory) = config.store {
            let (writer, results) = Writer::start(directory).map_err(StartError::Store)?;
            shell.store = Some(writer);
            shell
                .install(Socket::Results(Arc::new(results)))
                .map_err(StartError::Runtime)?;
        }
        shell.turn();
        Ok(shell)
    }

    /// Where a listener listens: the configured address, with the port that the system chose if that was 0.
    pub fn listening_at(&self, listener: ListenerId) -> Option<SocketAddr> {
        self.table.listening_at(listener)
    }

    /// The machine.
    pub fn machine(&self) -> &M {
        &self.machine
    }

    /// The runtime's reactor.
    pub fn watch(&mut self) -> &mut W {
        &mut self.watch
    }

    /// The readiness of a socket changed.
    pub fn ready(&mut self, slot: Slot, readiness: Readiness) {
        let Some(place) = self.table.place(slot) else {
            return;
        };
        match &mut place.socket {
            Socket::Flow(flow) => flow.note(readiness),
            Socket::Connections(connections) => connections.readable |= readiness.readable,
            Socket::Requests(_) | Socket::Results(_) => {}
            // It is about the flow before.
            Socket::Spare(_) => return,
        }
        self.queue(slot);
    }

    /// Hands a command to the machine and does what it then wants.
    ///
    /// # Errors
    ///
    /// The machine's: the command was a mistake.
    pub fn command(&mut self, command: M::Command) -> Result<(), Misuse> {
        self.sample_clock();
        let result = self.machine.command(self.now, command);
        self.drain();
        result
    }

    /// The device moved to another network.
    pub fn network_changed(&mut self) {
        self.sample_clock();
        self.drop_spares();
        self.deliver(Input::NetworkChanged);
    }

    /// Wakes the machine if its deadline has passed, and sees to a bounded number of sockets that may be ready. When it
    /// returns, the machine wants nothing more.
    pub fn turn(&mut self) {
        self.sample_clock();
        if let Some(wake) = self.wake
            && wake.at <= self.now.mono
        {
            self.deliver(Input::Tick);
            debug_assert!(
                self.wake.is_none_or(|wake| wake.at > self.now.mono),
                "the machine was woken at {} and wants to be woken again for {:?}",
                self.now.mono,
                self.wake
            );
        }
        if self.accept_again.is_some_and(|at| at <= self.now.mono) {
            self.accept_again = None;
            for slot in self.table.listener_slots() {
                self.queue(slot);
            }
        }
        if self.spares.wake().is_some_and(|wake| wake.at <= self.now.mono) {
            self.drop_spares();
        }
        self.serve_queue();
    }

    /// How long there is nothing to do.
    pub fn wait(&self) -> Wait {
        if !self.work.is_empty() {
            return Wait::Again;
        }
        let accept_again = self.accept_again.map(|at| Wake { at, why: "accept" });
        let own = Wake::earlier(accept_again, self.spares.wake());
        let Some(wake) = Wake::earlier(self.wake, own) else {
            return Wait::Forever;
        };
        match wake.at.since(self.clock.now().mono.max(self.now.mono)) {
            Duration::ZERO => Wait::Again,
            left => Wait::For(left.min(LONGEST_WAIT)),
        }
    }

    /// The next thing for the application.
    pub fn next_occurrence(&mut self) -> Option<Occurrence<M::Event>> {
        self.occurrences.pop_front()
    }

    /// Closes everything: the machine is told of each flow that it is closed for [`CloseCause::Shutdown`], and can open
    /// no other. What it has asked to be stored is still stored.
    pub fn stop(&mut self) {
        self.sample_clock();
        self.stopped = true;
        self.drop_spares();
        for slot in self.table.take_listeners() {
            self.uninstall(slot);
        }
        self.accept_again = None;
        for flow in self.table.flow_names() {
            // What one flow's end made the machine do may have ended others.
            if self.table.knows(flow) {
                self.end(flow, CloseCause::Shutdown);
            }
        }
    }

    /// Whether everything is closed, and every request to store has been answered.
    pub fn is_stopped(&self) -> bool {
        self.stopped && self.store.as_ref().is_none_or(Writer::is_idle)
    }

    /// Gives the machine back. What is still open is closed without a word.
    pub fn into_machine(self) -> M {
        self.machine
    }

    fn listen(&mut self, listener: Listener, share: bool) -> Result<(), StartError> {
        let Listener { id, proto, address } = listener;
        if self.table.slot_of_listener(id).is_some() {
            return Err(StartError::ListenerTwice(id));
        }
        let socket = match proto {
            Proto::Datagram => socket::listen_datagrams(address, share)
                .map(|socket| Socket::Requests(Requests { id, socket })),
            Proto::Stream => socket::listen_streams(address, share).and_then(|socket| {
                let local = socket.local_addr()?;
                Ok(Socket::Connections(Connections {
                    id,
                    socket: Arc::new(socket),
                    local,
                    accepting: true,
                    readable: false,
                }))
            }),
        };
        let socket = socket.map_err(|source| StartError::Listen { address, source })?;
        self.install(socket).map_err(StartError::Runtime)
    }

    /// Gives a socket a slot and has it watched.
    fn install(&mut self, socket: Socket) -> io::Result<()> {
        self.watch
            .watch(self.table.vacancy(), socket.descriptor(), socket.interest())?;
        self.table.insert(socket);
        Ok(())
    }

    fn uninstall(&mut self, slot: Slot) {
        if let Some(socket) = self.table.remove(slot) {
            self.watch.forget(slot, socket.descriptor().as_fd());
        }
    }

    /// Lets a turn see to this slot.
    fn queue(&mut self, slot: Slot) {
        if let Some(place) = self.table.place(slot)
            && !std::mem::replace(&mut place.queued, true)
        {
            self.work.push_back(slot);
        }
    }

    /// Time never goes back, whatever the clock does.
    fn sample_clock(&mut self) {
        let Now { mono, wall } = self.clock.now();
        self.now = Now {
            mono: mono.max(self.now.mono),
            wall,
        };
    }

    /// Tells the machine something, and does what it then wants.
    fn deliver(&mut self, input: Input<'_>) {
        self.machine.handle(self.now, input);
        self.drain();
    }

    /// Ends a flow that the machine still has, and says why.
    fn end(&mut self, flow: FlowId, cause: CloseCause) {
        self.release(flow);
        self.deliver(Input::Closed { flow, cause });
    }

    /// Ends a flow without a word, and gives back what has to be closed.
    fn release(&mut self, flow: FlowId) -> Option<Flow> {
        let (slot, flow) = self.table.end_flow(flow)?;
        self.watch.forget(slot, flow.descriptor().as_fd());
        Some(flow)
    }

    /// Does what the machine wants until it wants nothing more.
    fn drain(&mut self) {
        loop {
            match self.machine.poll() {
                Output::Do(action) => self.act(action),
                Output::Event(event) => self.occurrences.push_back(Occurrence::Event(event)),
                Output::Ignored { flow, why } => (self.observe)(Notice::Ignored { flow, why }),
                Output::Idle(wake) => {
                    self.wake = wake;
                    let Some(input) = self.next_pending() else { return };
                    self.machine.handle(self.now, input);
                }
            }
        }
    }

    /// The next thing that our own calls brought about, unless the flow ended since.
    fn next_pending(&mut self) -> Option<Input<'static>> {
        loop {
            let input = self.pending.pop_front()?;
            if input.flow().is_none_or(|flow| self.table.knows(flow)) {
                if let Input::Closed { flow, .. } = input {
                    self.table.end_flow(flow);
                }
                return Some(input);
            }
        }
    }
}
