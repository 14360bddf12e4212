//! Sockets in the care of tokio's reactor.
//!
//! For each watched descriptor there is one future, which never ends and passes on what the reactor reports, and one waker,
//! which says that this future is the one to poll. To forget a socket is to drop its future, and with it every hold on the
//! descriptor: no pending wait is left that would have to be aborted.

use std::future::Future;
use std::io;
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use nameward_driver::watch::{Descriptor, Interest, Readiness, Slot, Watch};
use tokio::io::unix::AsyncFd;

/// What the driver's task watches.
#[derive(Default)]
pub(crate) struct Sockets {
    waits: Vec<Option<Wait>>,
    shared: Arc<Shared>,
}

struct Wait {
    changes: Pin<Box<dyn Future<Output = ()> + Send>>,
    waker: Waker,
}

/// Between the driver's task and the reactor, which may run on another thread. Locked for moments only, and never while a
/// future is polled or a waker called.
#[derive(Default)]
struct Shared(Mutex<State>);

#[derive(Default)]
struct State {
    /// The slots whose future has to be polled.
    woken: Vec<Slot>,
    /// What the futures passed on.
    changes: Vec<(Slot, Readiness)>,
    /// The driver's task, while it waits.
    task: Option<Waker>,
}

impl Sockets {
    /// Waits until the reactor has something to report.
    pub(crate) fn poll_woken(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.shared.lock();
        if state.woken.is_empty() {
            state.task = Some(context.waker().clone());
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }

    /// What the reactor reported.
    pub(crate) fn take_changes(&mut self) -> Vec<(Slot, Readiness)> {
        let woken = std::mem::take(&mut self.shared.lock().woken);
        for Slot(index) in woken {
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
        std::mem::take(&mut self.shared.lock().changes)
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
            changes: Box::pin(pass_on(descriptor, interest, slot, Arc::clone(&self.shared))),
            waker: Waker::from(Arc::new(SlotWaker {
                slot,
                shared: Arc::clone(&self.shared),
            })),
        };
        if self.waits.len() <= slot.0 {
            self.waits.resize_with(slot.0 + 1, || None);
        }
        self.waits[slot.0] = Some(wait);
        self.shared.lock().woken.push(slot);
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
    shared: Arc<Shared>,
) {
    // An error here means that the runtime is being shut down: there will be no more changes.
    while let Ok(mut guard) = descriptor.ready(interest).await {
        let ready = guard.ready();
        guard.clear_ready();
        let readiness = Readiness {
            readable: ready.is_readable() || ready.is_error(),
            writable: ready.is_writable() || ready.is_error(),
        };
        shared.lock().changes.push((slot, readiness));
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

struct SlotWaker {
    slot: Slot,
    shared: Arc<Shared>,
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let task = {
            let mut state = self.shared.lock();
            state.woken.push(self.slot);
            state.task.take()
        };
        if let Some(task) = task {
            task.wake();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock, and the lists are whole at every moment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
