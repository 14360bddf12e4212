//! Who of many wakers was woken.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Gives out wakers for one task, each with a value by which the task is told which of them was called. They may be called on
/// any thread.
#[derive(Debug)]
pub struct Wakes<T>(Arc<Shared<T>>);

/// Locked for moments only, and never while a waker is called.
#[derive(Debug)]
struct Shared<T>(Mutex<State<T>>);

#[derive(Debug)]
struct State<T> {
    woken: Vec<T>,
    /// The task, while it waits.
    task: Option<Waker>,
}

impl<T> Default for Wakes<T> {
    fn default() -> Self {
        Self(Arc::new(Shared(Mutex::new(State {
            woken: Vec::new(),
            task: None,
        }))))
    }
}

impl<T: Copy + Send + Sync + 'static> Wakes<T> {
    /// A waker that passes on `value` each time it is called.
    pub fn waker(&self, value: T) -> Waker {
        Waker::from(Arc::new(OneWaker {
            value,
            shared: Arc::clone(&self.0),
        }))
    }

    /// Passes on `value` as its waker would.
    pub fn wake(&self, value: T) {
        self.0.wake(value);
    }

    /// Takes what was passed on since it was taken last, in order, in exchange for an empty list, whose memory is used again.
    pub fn take(&self, taken: &mut Vec<T>) {
        taken.clear();
        std::mem::swap(&mut self.0.lock().woken, taken);
    }

    /// Waits until there is something to take.
    pub fn poll(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.0.lock();
        if state.woken.is_empty() {
            state.task = Some(context.waker().clone());
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }
}

struct OneWaker<T> {
    value: T,
    shared: Arc<Shared<T>>,
}

impl<T: Copy + Send + Sync + 'static> Wake for OneWaker<T> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.shared.wake(self.value);
    }
}

impl<T> Shared<T> {
    fn wake(&self, value: T) {
        let task = {
            let mut state = self.lock();
            state.woken.push(value);
            state.task.take()
        };
        if let Some(task) = task {
            task.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code panics while it holds the lock, and the list is whole at every moment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
