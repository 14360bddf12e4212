//! Sockets in the care of tokio's reactor.
//!
//! For each watched descriptor there is one future, which never ends and passes on what the reactor reports, and one waker,
//! which says that this future is the one to poll. To forget a socket is to drop its future, and with it every hold on the
//! descriptor: no pending wait is left that would have to be aborted.

use std::future::Future;
use std::io;
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use nameward_driver::task::{Reactor, Wakes};
use nameward_driver::watch::{Descriptor, Interest, Readiness, Slot, Watch};
use tokio::io::unix::AsyncFd;
use tokio::time::{Instant, Sleep};

/// What the driver's task watches.
#[derive(Default)]
pub(crate) struct Sockets {
    waits: Vec<Option<Wait>>,
    /// The slots whose future has to be polled.
    woken: Wakes<Slot>,
    /// Those of them that were taken last, for its memory.
    taken: Vec<Slot>,
    changes: Changes,
    timer: Option<Pin<Box<Sleep>>>,
}

/// What the futures passed on. Only the driver's task locks it, and for moments.
type Changes = Arc<Mutex<Vec<(Slot, Readiness)>>>;

struct Wait {
    changes: Pin<Box<dyn Future<Output = ()> + Send>>,
    waker: Waker,
}

impl Reactor for Sockets {
    fn take_changes(&mut self, changes: &mut Vec<(Slot, Readiness)>) {
        self.woken.take(&mut self.taken);
        for &Slot(index) in &self.taken {
            if let Some(Some(wait)) = self.waits.get_mut(index)
                && wait
                    .changes
                    .as_mut()
                    .poll(&mut Context::from_waker(&wait.waker))
                    .is_ready()
            {
                self.waits[index] = None;
            }
        }
        changes.append(&mut self.changes.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn poll_changes(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.woken.poll(context)
    }

    fn set_timer(&mut self, duration: Duration) {
        let deadline = Instant::now() + duration;
        match &mut self.timer {
            Some(timer) => timer.as_mut().reset(deadline),
            None => self.timer = Some(Box::pin(tokio::time::sleep_until(deadline))),
        }
    }

    fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let timer = self.timer.as_mut();
        timer.map_or(Poll::Pending, |timer| timer.as_mut().poll(context))
    }

    async fn yield_now() {
        tokio::task::yield_now().await;
    }
}

impl Watch for Sockets {
    fn watch(&mut self, slot: Slot, socket: Descriptor, interest: Interest) -> io::Result<()> {
        // On Linux a refused datagram is an error and nothing else, for which a wait for readability does not wake.
        let interest = tokio::io::Interest::READABLE
            .add(tokio::io::Interest::ERROR)
            .add(match interest {
                Interest::Read => tokio::io::Interest::READABLE,
                Interest::ReadWrite => tokio::io::Interest::WRITABLE,
            });
        #[expect(
            deprecated,
            reason = "sound here: a `Descriptor` keeps its socket open for as long as it lives"
        )]
        let descriptor = AsyncFd::try_with_interest(socket, interest).map_err(io::Error::from)?;
        let wait = Wait {
            changes: Box::pin(pass_on(descriptor, interest, slot, Arc::clone(&self.changes))),
            waker: self.woken.waker(slot),
        };
        if self.waits.len() <= slot.0 {
            self.waits.resize_with(slot.0 + 1, || None);
        }
        self.waits[slot.0] = Some(wait);
        self.woken.wake(slot);
        Ok(())
    }

    fn forget(&mut self, slot: Slot, _socket: BorrowedFd<'_>) {
        if let Some(wait) = self.waits.get_mut(slot.0) {
            *wait = None;
        }
    }
}

/// Passes on every change, once: what tokio remembers is cleared before the shell tries, so that a change which comes in
/// between is another one.
async fn pass_on(
    descriptor: AsyncFd<Descriptor>,
    mut interest: tokio::io::Interest,
    slot: Slot,
    changes: Changes,
) {
    // An error here means that the runtime is being shut down: there will be no more changes.
    while let Ok(mut guard) = descriptor.ready(interest).await {
        let ready = guard.ready();
        guard.clear_ready();
        let readiness = Readiness {
            readable: ready.is_readable() || ready.is_error(),
            writable: ready.is_writable() || ready.is_error(),
        };
        changes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((slot, readiness));
        // A direction that is closed stays ready in tokio's eyes, and would be reported without end.
        for (closed, direction) in [
            (ready.is_read_closed(), tokio::io::Interest::READABLE),
            (ready.is_write_closed(), tokio::io::Interest::WRITABLE),
        ] {
            if closed {
                interest = interest.remove(direction).unwrap_or(tokio::io::Interest::ERROR);
            }
        }
    }
}
