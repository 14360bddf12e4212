//! The adapter for async-std: on async-std's threads, on the thread of the test, and on smol's executor without async-std.

use std::future::Future;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::pin::Pin;

use ::async_std::task::{self, JoinHandle};
use async_executor::{Executor, Task};
use async_io::Timer;
use futures_lite::future::or;
use nameward_async_std::{CommandError, Handle, Occurrences};
use nameward_core::flow::ListenerId;
use nameward_core::machine::{Machine, Misuse};
use nameward_driver::config::{Config, Occurrence};

use super::adapter::{Adapter, PATIENCE, Running};

/// async-io's sockets, with the driver in this place.
pub struct On<P>(PhantomData<P>);

/// async-std on threads of its own: the driver runs while the test does.
pub struct AsyncStdThreads;

/// async-std on the thread of the test, where the driver is awaited in place: it runs while the test waits for it.
pub struct AsyncStd;

/// smol's executor on the thread of the test: async-std's is never started.
pub struct Smol;

/// Where a driver runs.
pub trait Place {
    /// What has to be held of a driver that runs there.
    type Driving<T: Send + 'static>: Unpin;

    /// Lets it run.
    fn start<T: Send + 'static>(driver: impl Future<Output = T> + Send + 'static) -> Self::Driving<T>;

    /// Waits for something else, while the driver runs; it must not end before.
    fn meanwhile<T: Send + 'static, O>(driving: &mut Self::Driving<T>, other: impl Future<Output = O>) -> O;

    /// Waits for the driver.
    fn end<T: Send + 'static>(driving: Self::Driving<T>) -> T;
}

impl Place for AsyncStdThreads {
    type Driving<T: Send + 'static> = JoinHandle<T>;

    fn start<T: Send + 'static>(driver: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        task::spawn(driver)
    }

    fn meanwhile<T: Send + 'static, O>(_: &mut JoinHandle<T>, other: impl Future<Output = O>) -> O {
        task::block_on(other)
    }

    fn end<T: Send + 'static>(driving: JoinHandle<T>) -> T {
        task::block_on(in_time(driving))
    }
}

impl Place for AsyncStd {
    type Driving<T: Send + 'static> = Pin<Box<dyn Future<Output = T> + Send>>;

    fn start<T: Send + 'static>(driver: impl Future<Output = T> + Send + 'static) -> Self::Driving<T> {
        Box::pin(driver)
    }

    fn meanwhile<T: Send + 'static, O>(driving: &mut Self::Driving<T>, other: impl Future<Output = O>) -> O {
        let driver = async {
            driving.await;
            panic!("the driver stopped");
        };
        task::block_on(or(other, driver))
    }

    fn end<T: Send + 'static>(driving: Self::Driving<T>) -> T {
        task::block_on(in_time(driving))
    }
}

impl Place for Smol {
    type Driving<T: Send + 'static> = (Executor<'static>, Task<T>);

    fn start<T: Send + 'static>(driver: impl Future<Output = T> + Send + 'static) -> Self::Driving<T> {
        let executor = Executor::new();
        let task = executor.spawn(driver);
        (executor, task)
    }

    fn meanwhile<T: Send + 'static, O>(
        (executor, _): &mut Self::Driving<T>,
        other: impl Future<Output = O>,
    ) -> O {
        async_io::block_on(executor.run(other))
    }

    fn end<T: Send + 'static>((executor, task): Self::Driving<T>) -> T {
        async_io::block_on(executor.run(in_time(task)))
    }
}

/// A machine that is driven in a [`Place`].
pub struct OnAsyncIo<M: Machine<Event: Send, Command: Send> + Send + 'static, P: Place> {
    listening: Vec<(ListenerId, SocketAddr)>,
    handle: Handle<M::Command>,
    occurrences: Occurrences<M::Event>,
    driving: P::Driving<M>,
}

impl<P: Place> Adapter for On<P> {
    type Running<M: Machine<Event: Send, Command: Send> + Send + 'static> = OnAsyncIo<M, P>;

    fn start<M: Machine<Event: Send, Command: Send> + Send + 'static>(
        machine: M,
        config: Config,
    ) -> OnAsyncIo<M, P> {
        let ids: Vec<ListenerId> = config.listeners.iter().map(|listener| listener.id).collect();
        let (handle, occurrences, driver) = nameward_async_std::drive(machine, config).expect("a driver");
        let address = |id| (id, driver.listening_at(id).expect("every listener is bound"));
        OnAsyncIo {
            listening: ids.into_iter().map(address).collect(),
            handle,
            occurrences,
            driving: P::start(driver.run()),
        }
    }
}

impl<M: Machine<Event: Send, Command: Send> + Send + 'static, P: Place> Running<M> for OnAsyncIo<M, P> {
    fn listening_at(&self, listener: ListenerId) -> SocketAddr {
        let found = self.listening.iter().find(|(id, _)| *id == listener);
        found.expect("the listener is configured").1
    }

    fn command(&mut self, command: M::Command) -> Result<(), Misuse> {
        match P::meanwhile(&mut self.driving, self.handle.command(command)) {
            Ok(()) => Ok(()),
            Err(CommandError::Misuse(misuse)) => Err(misuse),
            Err(CommandError::Stopped) => panic!("the driver stopped: its machine panicked"),
        }
    }

    fn next(&mut self) -> Occurrence<M::Event> {
        let next = P::meanwhile(&mut self.driving, in_time(self.occurrences.next()));
        next.expect("the driver runs: its machine did not panic")
    }

    fn stop(mut self) -> (Vec<Occurrence<M::Event>>, M) {
        P::meanwhile(&mut self.driving, self.handle.shutdown());
        let machine = P::end(self.driving);
        let mut last = Vec::new();
        while let Some(occurrence) = async_io::block_on(self.occurrences.next()) {
            last.push(occurrence);
        }
        (last, machine)
    }
}

/// What a future comes to, if that takes no longer than any test waits.
async fn in_time<T>(future: impl Future<Output = T>) -> T {
    or(future, async {
        Timer::after(PATIENCE).await;
        panic!("nothing happens");
    })
    .await
}
