//! The stage on async-std, with real sockets on the loopback interface.

use std::net::SocketAddr;

use ::async_std::future::timeout;
use ::async_std::task::{self, JoinHandle};
use nameward_async_std::{Handle, Occurrences};
use nameward_core::flow::ListenerId;
use nameward_core::seed::Seed;
use nameward_core::trace::Recorder;
use nameward_driver::config::Occurrence;

use super::tokio::on_loopback;
use super::{Actor, HANGS, Props, Stage, StoreDirectory};

/// The threads of async-std, which belong to the process.
#[derive(Debug, Default)]
pub struct OnAsyncStd;

/// An actor on the threads.
#[derive(Debug)]
pub struct AsyncStdHost<M: Actor> {
    handle: Handle<M::Command>,
    occurrences: Occurrences<M::Event>,
    driver: JoinHandle<Recorder<M>>,
    addresses: Vec<(ListenerId, SocketAddr)>,
    _store: StoreDirectory,
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
        AsyncStdHost::<M> {
            handle,
            occurrences,
            addresses: props.listeners.iter().map(address).collect(),
            driver: task::spawn(driver.run()),
            _store: store,
        }
    }

    fn address<M: Actor>(&self, host: &AsyncStdHost<M>, listener: ListenerId) -> SocketAddr {
        let address = host.addresses.iter().find(|(id, _)| *id == listener);
        address.expect("the actor has this listener").1
    }

    fn command<M: Actor>(&mut self, host: &mut AsyncStdHost<M>, command: M::Command) {
        let done = task::block_on(host.handle.command(command));
        done.expect("the command is no mistake");
    }

    fn events<M: Actor>(&mut self, host: &mut AsyncStdHost<M>, count: usize) -> Vec<M::Event> {
        task::block_on(async {
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
        task::block_on(async {
            host.handle.shutdown().await;
            host.driver.await.take()
        })
    }
}
