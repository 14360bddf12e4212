//! Sockets in the care of async-io's reactor.
//!
//! It reports readiness once to whoever waits for it. Each direction of a socket has a waker that says which one it is, so that
//! being woken is all that is to be known; it waits again when the shell found that a call would have blocked.

use std::future::Future as _;
use std::io;
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use async_io::{Async, Timer};
use nameward_driver::task::{Reactor, Wakes};
use nameward_driver::watch::{Descriptor, Direction, Interest, Readiness, Slot, Watch};

/// What the driver's task watches.
pub(crate) struct Sockets {
    watched: Vec<Option<Watched>>,
    changes: Wakes<(Slot, Direction)>,
    /// Those that were taken last, for its memory.
    taken: Vec<(Slot, Direction)>,
    timer: Timer,
    /// When the timer fires, if it has not yet.
    timer_at: Option<Instant>,
}

struct Watched {
    socket: Async<Descriptor>,
    /// Whom to wake when something arrived.
    reader: Waker,
    /// Whom to wake when there is room to write, if that is of interest.
    writer: Option<Waker>,
}

impl Default for Sockets {
    fn default() -> Self {
        Self {
            watched: Vec::new(),
            changes: Wakes::default(),
            taken: Vec::new(),
            timer: Timer::never(),
            timer_at: None,
        }
    }
}

impl Watched {
    /// Waits for the next change in one direction.
    fn wait(&self, direction: Direction) -> io::Result<()> {
        let (waker, poll): (_, fn(&_, &mut _) -> _) = match direction {
            Direction::Read => (Some(&self.reader), Async::poll_readable),
            Direction::Write => (self.writer.as_ref(), Async::poll_writable),
        };
        let Some(waker) = waker else { return Ok(()) };
        // What is ready before the wait begins is the change that was reported last.
        while let Poll::Ready(result) = poll(&self.socket, &mut Context::from_waker(waker)) {
            result?;
        }
        Ok(())
    }
}

impl Watch for Sockets {
    fn watch(&mut self, slot: Slot, socket: Descriptor, interest: Interest) -> io::Result<()> {
        let watched = Watched {
            // The shell's sockets do not block.
            socket: Async::new_nonblocking(socket)?,
            reader: self.changes.waker((slot, Direction::Read)),
            writer: (interest == Interest::ReadWrite).then(|| self.changes.waker((slot, Direction::Write))),
        };
        watched.wait(Direction::Read)?;
        watched.wait(Direction::Write)?;
        if self.watched.len() <= slot.0 {
            self.watched.resize_with(slot.0 + 1, || None);
        }
        self.watched[slot.0] = Some(watched);
        Ok(())
    }

    fn forget(&mut self, slot: Slot, _socket: BorrowedFd<'_>) {
        if let Some(watched) = self.watched.get_mut(slot.0) {
            *watched = None;
        }
    }

    fn blocked(&mut self, slot: Slot, direction: Direction) {
        if let Some(Some(watched)) = self.watched.get(slot.0) {
            // A registration that is there is changed, for which the system needs nothing that it could lack.
            let _ = watched.wait(direction);
        }
    }
}

impl Reactor for Sockets {
    fn take_changes(&mut self, changes: &mut Vec<(Slot, Readiness)>) {
        let readiness = |direction| Readiness {
            readable: direction == Direction::Read,
            writable: direction == Direction::Write,
        };
        self.changes.take(&mut self.taken);
        let taken = self.taken.iter();
        changes.extend(taken.map(|&(slot, direction)| (slot, readiness(direction))));
    }

    fn poll_changes(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.changes.poll(context)
    }

    fn set_timer(&mut self, duration: Duration) {
        #[expect(clippy::disallowed_methods, reason = "async-io has its timers in this clock")]
        let at = Instant::now() + duration;
        // Setting it wakes the reactor's thread, which costs more than a turn that comes too early once in a while.
        if self.timer_at.is_none_or(|earlier| at < earlier) {
            self.timer.set_at(at);
            self.timer_at = Some(at);
        }
    }

    fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let fired = Pin::new(&mut self.timer).poll(context);
        if fired.is_ready() {
            self.timer_at = None;
        }
        fired.map(drop)
    }

    async fn yield_now() {
        futures_lite::future::yield_now().await;
    }
}
