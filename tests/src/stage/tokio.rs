//! The stage on tokio, with real sockets on the loopback interface.

use std::net::SocketAddr;

use nameward_core::flow::ListenerId;
use nameward_core::machine::Proto;
use nameward_core::seed::Seed;
use nameward_core::trace::Recorder;
use nameward_driver::config::{Config, Listener, Occurrence};
use nameward_driver::store::Directory;
use nameward_tokio::{Handle, Occurrences};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{Actor, HANGS, Props, Stage, StoreDirectory};
use crate::peer::free_address;

/// A runtime of one thread.
#[derive(Debug)]
pub struct OnTokio {
    runtime: Runtime,
}

/// An actor on the runtime.
#[derive(Debug)]
pub struct TokioHost<M: Actor> {
    handle: Handle<M::Command>,
    occurrences: Occurrences<M::Event>,
    driver: JoinHandle<Recorder<M>>,
    addresses: Vec<(ListenerId, SocketAddr)>,
    _store: StoreDirectory,
}

impl OnTokio {
    /// A new runtime.
    pub fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        Self {
            runtime: runtime.expect("a runtime can be built"),
        }
    }
}

impl Default for OnTokio {
    fn default() -> Self {
        Self::new()
    }
}

impl Stage for OnTokio {
    type Host<M: Actor> = TokioHost<M>;

    fn enter<M: Actor>(&mut self, props: &Props, config: M::Config) -> TokioHost<M> {
        let _context = self.runtime.enter();
        let recorder = Recorder::new(Seed::from_number(props.seed), config);
        let recorder = recorder.expect("the configuration is valid");
        let store = StoreDirectory::new();
        let (handle, occurrences, driver) =
            nameward_tokio::drive(recorder, on_loopback(props, &store)).expect("sockets are free");
        let address = |&(id, _): &(ListenerId, _)| (id, driver.listening_at(id).expect("it listens"));
        TokioHost::<M> {
            handle,
            occurrences,
            addresses: props.listeners.iter().map(address).collect(),
            driver: self.runtime.spawn(driver.run()),
            _store: store,
        }
    }

    fn address<M: Actor>(&self, host: &TokioHost<M>, listener: ListenerId) -> SocketAddr {
        let address = host.addresses.iter().find(|(id, _)| *id == listener);
        address.expect("the actor has this listener").1
    }

    fn command<M: Actor>(&mut self, host: &mut TokioHost<M>, command: M::Command) {
        let done = self.runtime.block_on(host.handle.command(command));
        done.expect("the command is no mistake");
    }

    fn change_network<M: Actor>(&mut self, host: &mut TokioHost<M>) {
        self.runtime.block_on(host.handle.network_changed());
    }

    fn events<M: Actor>(&mut self, host: &mut TokioHost<M>, count: usize) -> Vec<M::Event> {
        let occurrences = &mut host.occurrences;
        let next = async || match timeout(HANGS, occurrences.next()).await {
            Ok(Some(Occurrence::Event(event))) => event,
            other => panic!("{} was to say something, but {other:?}", M::KIND),
        };
        let mut next = next;
        (0..count).map(|_| self.runtime.block_on(next())).collect()
    }

    fn leave<M: Actor>(&mut self, host: TokioHost<M>) -> Vec<u8> {
        self.runtime.block_on(async {
            host.handle.shutdown().await;
            host.driver.await.expect("the machine does not panic").take()
        })
    }
}

/// What a driver is told that is to listen on free ports of the loopback interface: on one port for both protocols, as a DNS
/// server does, if the actor listens for both.
pub(super) fn on_loopback(props: &Props, store: &StoreDirectory) -> Config {
    let listens_for = |wanted| props.listeners.iter().any(|&(_, proto)| proto == wanted);
    let address = if listens_for(Proto::Datagram) && listens_for(Proto::Stream) {
        free_address().expect("a port is free")
    } else {
        SocketAddr::from(([127, 0, 0, 1], 0))
    };
    let listener = |&(id, proto): &(ListenerId, _)| Listener { id, proto, address };
    Config {
        listeners: props.listeners.iter().map(listener).collect(),
        store: Some(Directory::new(store.path())),
        ..Config::default()
    }
}
