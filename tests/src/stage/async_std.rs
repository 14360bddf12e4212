//! The stage on async-std, with real sockets on the loopback interface: all actors on the thread of the test.
//!
//! While an actor is given a command, the others stand still: on threads of their own they would answer between one command and
//! the next, or not, and no two runs were the same.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;

use ::async_std::future::timeout;
use ::async_std::task;
use async_executor::{LocalExecutor, Task};
use nameward_async_std::{Handle, Occurrences};
use nameward_core::flow::ListenerId;
use nameward_core::seed::Seed;
use nameward_core::trace::Recorder;
use nameward_driver::config::Occurrence;

use super::tokio::on_loopback;
use super::{Actor, HANGS, Props, Stage, StoreDirectory};

/// An executor for each actor.
#[derive(Debug, Default)]
pub struct OnAsyncStd {
    executors: Vec<Rc<LocalExecutor<'static>>>,
}

/// An actor on its executor.
#[derive(Debug)]
pub struct AsyncStdHost<M: Actor> {
    handle: Handle<M::Command>,
    occurrences: Occurrences<M::Event>,
    executor: Rc<LocalExecutor<'static>>,
    driver: Task<Recorder<M>>,
    addresses: Vec<(ListenerId, SocketAddr)>,
    _store: StoreDirectory,
}

impl OnAsyncStd {
    /// A new stage.
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits for a future, while all actors go on.
    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future: Pin<Box<dyn Future<Output = T> + '_>> = Box::pin(future);
        for executor in &self.executors {
            future = Box::pin(executor.run(future));
        }
        task::block_on(future)
    }
}

impl Stage for OnAsyncStd {
    type Host<M: Actor> = AsyncStdHost<M>;

    fn enter<M: Actor>(&mut self, props: &Props, config: M::Config) -> AsyncStdHost<M> {
        let recorder = Recorder::new(Seed::from_number(props.seed), config);
        let recorder = recorder.expect("the configuration is valid");
        let store = StoreDirectory::new();
        let (handle, occurrences, driver) =
            nameward_async_std::drive(recorder, on_loopback(props, &store)).expect("sockets are free");
        let address = |&(id, _): &(ListenerId, _)| (id, driver.listening_at(id).expect("it listens"));
        let executor = Rc::new(LocalExecutor::new());
        self.executors.push(Rc::clone(&executor));
        AsyncStdHost::<M> {
            handle,
            occurrences,
            addresses: props.listeners.iter().map(address).collect(),
            driver: executor.spawn(driver.run()),
            executor,
            _store: store,
        }
    }

    fn address<M: Actor>(&self, host: &AsyncStdHost<M>, listener: ListenerId) -> SocketAddr {
        let address = host.addresses.iter().find(|(id, _)| *id == listener);
        address.expect("the actor has this listener").1
    }

    fn command<M: Actor>(&mut self, host: &mut AsyncStdHost<M>, command: M::Command) {
        let done = task::block_on(host.executor.run(host.handle.command(command)));
        done.expect("the command is no mistake");
    }

    fn change_network<M: Actor>(&mut self, host: &mut AsyncStdHost<M>) {
        task::block_on(host.handle.network_changed());
    }

    fn events<M: Actor>(&mut self, host: &mut AsyncStdHost<M>, count: usize) -> Vec<M::Event> {
        self.wait(async {
            let mut events = Vec::new();
            while events.len() < count {
                match timeout(HANGS, host.occurrences.next()).await {
                    Ok(Some(Occurrence::Event(event))) => events.push(event),
                    other => panic!("{} was to say something, but {other:?}", M::KIND),
                }
            }
            events
        })
    }

    fn leave<M: Actor>(&mut self, host: AsyncStdHost<M>) -> Vec<u8> {
        self.wait(async {
            host.handle.shutdown().await;
            host.driver.await.take()
        })
    }
}
