//! The adapter for tokio, on one thread and on several.

use std::net::SocketAddr;

use nameward_core::flow::ListenerId;
use nameward_core::machine::{Machine, Misuse};
use nameward_driver::config::{Config, Occurrence};
use nameward_tokio::{CommandError, Handle, Occurrences};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::adapter::{Adapter, PATIENCE, Running};

/// tokio on the thread of the test: the driver runs while the test waits for it.
pub struct Tokio;

/// tokio on threads of its own: the driver runs while the test does.
pub struct TokioThreads;

/// A machine that tokio drives.
pub struct OnTokio<M: Machine> {
    runtime: Runtime,
    listening: Vec<(ListenerId, SocketAddr)>,
    handle: Handle<M::Command>,
    occurrences: Occurrences<M::Event>,
    driver: JoinHandle<M>,
}

impl Adapter for Tokio {
    type Running<M: Machine<Event: Send, Command: Send> + Send + 'static> = OnTokio<M>;

    fn start<M: Machine<Event: Send, Command: Send> + Send + 'static>(
        machine: M,
        config: Config,
    ) -> OnTokio<M> {
        OnTokio::start(&mut Builder::new_current_thread(), machine, config)
    }
}

impl Adapter for TokioThreads {
    type Running<M: Machine<Event: Send, Command: Send> + Send + 'static> = OnTokio<M>;

    fn start<M: Machine<Event: Send, Command: Send> + Send + 'static>(
        machine: M,
        config: Config,
    ) -> OnTokio<M> {
        OnTokio::start(Builder::new_multi_thread().worker_threads(2), machine, config)
    }
}

impl<M: Machine<Event: Send, Command: Send> + Send + 'static> OnTokio<M> {
    fn start(builder: &mut Builder, machine: M, config: Config) -> Self {
        let runtime = builder.enable_all().build().expect("a runtime");
        let ids: Vec<ListenerId> = config.listeners.iter().map(|listener| listener.id).collect();
        let (handle, occurrences, driver) = {
            let _context = runtime.enter();
            nameward_tokio::drive(machine, config).expect("a driver")
        };
        let listening = ids
            .into_iter()
            .map(|id| (id, driver.listening_at(id).expect("every listener is bound")))
            .collect();
        let driver = runtime.spawn(driver.run());
        Self {
            runtime,
            listening,
            handle,
            occurrences,
            driver,
        }
    }
}

impl<M: Machine<Event: Send, Command: Send> + Send + 'static> Running<M> for OnTokio<M> {
    fn listening_at(&self, listener: ListenerId) -> SocketAddr {
        let found = self.listening.iter().find(|(id, _)| *id == listener);
        found.expect("the listener is configured").1
    }

    fn command(&mut self, command: M::Command) -> Result<(), Misuse> {
        match self.runtime.block_on(self.handle.command(command)) {
            Ok(()) => Ok(()),
            Err(CommandError::Misuse(misuse)) => Err(misuse),
            Err(CommandError::Stopped) => panic!("the driver stopped: its machine panicked"),
        }
    }

    fn next(&mut self) -> Occurrence<M::Event> {
        let next = self
            .runtime
            .block_on(async { timeout(PATIENCE, self.occurrences.next()).await });
        next.expect("nothing happens")
            .expect("the driver runs: its machine did not panic")
    }

    fn stop(mut self) -> (Vec<Occurrence<M::Event>>, M) {
        self.runtime.block_on(async {
            self.handle.shutdown().await;
            let machine = timeout(PATIENCE, self.driver)
                .await
                .expect("the driver stops")
                .expect("no panic");
            let mut last = Vec::new();
            while let Some(occurrence) = self.occurrences.next().await {
                last.push(occurrence);
            }
            (last, machine)
        })
    }
}
