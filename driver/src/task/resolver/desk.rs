//! What lies between resolvers and the driver of their machine: look-ups that nobody has taken yet, and answers that nobody has
//! fetched yet.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use async_channel::{Receiver, Sender};
use nameward_core::client::{self, Answer, Command, Event, LookupId, LookupOptions, Query};
use nameward_core::machine::{Machine, Misuse};

use crate::config::Occurrence;
use crate::resolver::ResolveError;
use crate::task::application::{Application, Message};

/// How many look-ups the machine has at a time, which has room for more. Others wait for their turn, and their time has not begun.
pub(super) const MOST_AT_ONCE: usize = 16_384;

/// Shared by all resolvers, their look-ups and the driver.
pub(super) struct Desk {
    /// Locked for moments only, and never while a waker is called or dropped: with its task may go a look-up, which locks this.
    state: Mutex<State>,
    /// Ends with the driver.
    driver_lives: Receiver<Infallible>,
}

struct State {
    messages: VecDeque<Message<Command, Asker>>,
    lookups: BTreeMap<LookupId, Asked>,
    /// Look-ups whose turn has not come, in order.
    waiting: BTreeMap<LookupId, (Query, LookupOptions)>,
    /// How many look-ups were passed on, and neither ended nor were given up.
    under_way: usize,
    last: u64,
    /// The driver, while it waits.
    driver: Option<Waker>,
    /// Whether the driver takes messages.
    open: bool,
}

/// A look-up that somebody waits for.
#[derive(Default)]
struct Asked {
    waker: Option<Waker>,
    outcome: Option<Result<Answer, ResolveError>>,
}

/// Who wants to know whether the machine took a command of a [`Resolver`](super::Resolver).
#[derive(Debug)]
pub struct Asker(Kind);

#[derive(Debug)]
enum Kind {
    /// A look-up that fails if not.
    Lookup(LookupId),
    /// Nobody: what is cancelled may have ended already.
    Nobody,
    /// Somebody who waits.
    Waiting(Sender<Result<(), Misuse>>),
}

impl Desk {
    pub(super) fn new() -> (Arc<Self>, Lookups) {
        let (lives, driver_lives) = async_channel::bounded(1);
        let desk = Arc::new(Self {
            state: Mutex::new(State {
                messages: VecDeque::new(),
                lookups: BTreeMap::new(),
                waiting: BTreeMap::new(),
                under_way: 0,
                last: 0,
                driver: None,
                open: true,
            }),
            driver_lives,
        });
        let lookups = Lookups {
            desk: Arc::clone(&desk),
            _lives: lives,
        };
        (desk, lookups)
    }

    /// Passes a look-up on.
    ///
    /// # Errors
    ///
    /// The driver takes no more.
    pub(super) fn ask(&self, query: Query, options: LookupOptions) -> Result<LookupId, ResolveError> {
        let mut state = self.lock();
        if !state.open {
            return Err(ResolveError::Stopped);
        }
        state.last += 1;
        let id = LookupId(state.last);
        state.lookups.insert(id, Asked::default());
        // Invariant: nobody waits while there is room, because whoever makes room passes it on.
        if state.under_way < MOST_AT_ONCE {
            state.begin(id, query, options);
        } else {
            state.waiting.insert(id, (query, options));
        }
        wake_driver(state);
        Ok(id)
    }

    /// Waits for the outcome of a look-up, which is given once.
    pub(super) fn poll_outcome(
        &self,
        id: LookupId,
        context: &Context<'_>,
    ) -> Poll<Result<Answer, ResolveError>> {
        let mut state = self.lock();
        let Some(asked) = state.lookups.get_mut(&id) else {
            return Poll::Ready(Err(ResolveError::Stopped));
        };
        if let Some(outcome) = asked.outcome.take() {
            state.lookups.remove(&id);
            return Poll::Ready(outcome);
        }
        let outdated = match &asked.waker {
            Some(waker) if waker.will_wake(context.waker()) => None,
            _ => asked.waker.replace(context.waker().clone()),
        };
        drop(state);
        drop(outdated);
        Poll::Pending
    }

    /// Nobody waits for this look-up any more. The machine is told if it has not answered.
    pub(super) fn give_up(&self, id: LookupId) {
        let mut state = self.lock();
        let asked = state.lookups.remove(&id);
        if state.waiting.remove(&id).is_none() && asked.as_ref().is_some_and(|asked| asked.outcome.is_none())
        {
            let (command, asker) = (Command::Cancel(id), Asker(Kind::Nobody));
            state.post(Message::Command { command, asker });
            state.under_way -= 1;
            state.pass_on();
        }
        wake_driver(state);
    }

    /// Gives the machine a command, and waits until it took it.
    pub(super) async fn command(&self, command: Command) -> Result<(), ResolveError> {
        let (asker, answered) = async_channel::bounded(1);
        let asker = Asker(Kind::Waiting(asker));
        self.tell(Message::Command { command, asker });
        Ok(answered.recv().await.map_err(|_| ResolveError::Stopped)??)
    }

    fn tell(&self, message: Message<Command, Asker>) {
        let mut state = self.lock();
        state.post(message);
        wake_driver(state);
    }

    pub(super) fn network_changed(&self) {
        self.tell(Message::NetworkChanged);
    }

    pub(super) fn shut_down(&self) {
        self.tell(Message::Shutdown);
    }

    /// Waits for the end of the driver.
    pub(super) async fn driver_ended(&self) {
        // Nothing is sent; the only error is that there is no driver.
        let _ = self.driver_lives.recv().await;
    }

    pub(super) fn is_open(&self) -> bool {
        self.lock().open
    }

    /// Keeps the outcome of a look-up until it is fetched, if somebody waits for it.
    fn conclude(&self, id: LookupId, outcome: Result<Answer, ResolveError>) {
        let waker = {
            let mut state = self.lock();
            let asked = state.lookups.get_mut(&id);
            let Some(asked) = asked.filter(|asked| asked.outcome.is_none()) else {
                return;
            };
            asked.outcome = Some(outcome);
            let waker = asked.waker.take();
            // The driver looks for messages before it waits.
            state.under_way -= 1;
            state.pass_on();
            waker
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whatever panics under the lock has changed nothing yet, or everything.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Leaves a message for the driver. One that takes none gets none, so that whoever waits for an answer learns it.
    fn post(&mut self, message: Message<Command, Asker>) {
        if self.open {
            self.messages.push_back(message);
        }
    }

    /// Passes on the look-ups whose turn it is.
    fn pass_on(&mut self) {
        while self.under_way < MOST_AT_ONCE
            && let Some((id, (query, options))) = self.waiting.pop_first()
        {
            self.begin(id, query, options);
        }
    }

    fn begin(&mut self, id: LookupId, query: Query, options: LookupOptions) {
        let command = Command::Lookup(client::Lookup { id, query, options });
        let asker = Asker(Kind::Lookup(id));
        self.post(Message::Command { command, asker });
        self.under_way += 1;
    }
}

/// Wakes the driver if it waits and has something to read.
fn wake_driver(mut state: MutexGuard<'_, State>) {
    let driver = if state.messages.is_empty() {
        None
    } else {
        state.driver.take()
    };
    drop(state);
    if let Some(driver) = driver {
        driver.wake();
    }
}

/// The driver's end of a [`Resolver`](super::Resolver).
pub struct Lookups {
    desk: Arc<Desk>,
    /// Whoever waits for the end of the driver waits for this to be dropped.
    _lives: Sender<Infallible>,
}

impl std::fmt::Debug for Lookups {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lookups").finish_non_exhaustive()
    }
}

impl<M: Machine<Command = Command, Event = Event>> Application<M> for Lookups {
    type Asker = Asker;

    fn poll_message(&mut self, context: &mut Context<'_>) -> Poll<Message<Command, Asker>> {
        let mut state = self.desk.lock();
        match state.messages.pop_front() {
            Some(message) => Poll::Ready(message),
            None => {
                state.driver = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    fn answer(&mut self, asker: Asker, result: Result<(), Misuse>) {
        match (asker.0, result) {
            (Kind::Lookup(id), Err(misuse)) => self.desk.conclude(id, Err(misuse.into())),
            (Kind::Lookup(_), Ok(())) | (Kind::Nobody, _) => {}
            // Who does not wait for the answer does not want it.
            (Kind::Waiting(asker), result) => drop(asker.try_send(result)),
        }
    }

    fn occurred(&mut self, occurrence: Occurrence<Event>) {
        match occurrence {
            Occurrence::Event(Event::Answered { id, answer }) => self.desk.conclude(id, Ok(answer)),
            Occurrence::Event(Event::Failed { id, error }) => self.desk.conclude(id, Err(error.into())),
            // A machine that answers look-ups has no use for a socket outside.
            Occurrence::Detached { .. } => {}
        }
    }

    fn close(&mut self) {
        let mut state = self.desk.lock();
        state.open = false;
        let unread = mem::take(&mut state.messages);
        drop(state);
        // With the messages go those who wait for an answer to one.
        drop(unread);
    }
}

impl Drop for Lookups {
    fn drop(&mut self) {
        let (unread, wakers) = {
            let mut state = self.desk.lock();
            state.open = false;
            let unanswered = state.lookups.values_mut().filter(|asked| asked.outcome.is_none());
            let stopped = unanswered.filter_map(|asked| {
                asked.outcome = Some(Err(ResolveError::Stopped));
                asked.waker.take()
            });
            let wakers: Vec<_> = stopped.collect();
            (mem::take(&mut state.messages), wakers)
        };
        drop(unread);
        wakers.into_iter().for_each(Waker::wake);
    }
}
