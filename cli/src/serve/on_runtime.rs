//! The same server on any runtime.

use std::net::SocketAddr;

use nameward_core::client::HostsIndex;
use nameward_core::zone::Zones;
use nameward_driver::server::Config;

use crate::arguments::Runtime;
use crate::failure::Failure;

/// A server that runs while this thread waits for signals.
pub(super) enum Running {
    Tokio {
        runtime: tokio::runtime::Runtime,
        server: nameward_tokio::Server,
    },
    AsyncStd(nameward_async_std::Server),
    Mio(nameward_mio::Server),
}

impl Running {
    pub(super) fn start(runtime: Runtime, config: &Config) -> Result<Self, Failure> {
        match runtime {
            Runtime::Tokio => {
                let mut builder = tokio::runtime::Builder::new_multi_thread();
                builder.worker_threads(config.workers).enable_all();
                let runtime = builder.build().map_err(|error| system(&error))?;
                let server = {
                    let _context = runtime.enter();
                    nameward_tokio::Server::start(config).map_err(|error| system(&error))?
                };
                Ok(Self::Tokio { runtime, server })
            }
            Runtime::AsyncStd => nameward_async_std::Server::start(config)
                .map(Self::AsyncStd)
                .map_err(|error| system(&error)),
            Runtime::Mio => nameward_mio::Server::start(config)
                .map(Self::Mio)
                .map_err(|error| system(&error)),
        }
    }

    pub(super) fn addresses(&self) -> &[SocketAddr] {
        match self {
            Self::Tokio { server, .. } => server.addresses(),
            Self::AsyncStd(server) => server.addresses(),
            Self::Mio(server) => server.addresses(),
        }
    }

    pub(super) fn set_zones(&self, zones: &Zones) -> Result<(), Failure> {
        match self {
            Self::Tokio { runtime, server } => runtime
                .block_on(server.set_zones(zones.clone()))
                .map_err(|error| system(&error)),
            Self::AsyncStd(server) => {
                async_std::task::block_on(server.set_zones(zones.clone())).map_err(|error| system(&error))
            }
            Self::Mio(server) => server.set_zones(zones).map_err(|error| system(&error)),
        }
    }

    pub(super) fn set_hosts(&self, hosts: HostsIndex) -> Result<(), Failure> {
        match self {
            Self::Tokio { runtime, server } => runtime
                .block_on(server.set_hosts(hosts))
                .map_err(|error| system(&error)),
            Self::AsyncStd(server) => {
                async_std::task::block_on(server.set_hosts(hosts)).map_err(|error| system(&error))
            }
            Self::Mio(server) => server.set_hosts(&hosts).map_err(|error| system(&error)),
        }
    }

    /// Ends it in order.
    pub(super) fn shutdown(self) -> Result<(), Failure> {
        match self {
            Self::Tokio { runtime, server } => runtime.block_on(server.shutdown()),
            Self::AsyncStd(server) => async_std::task::block_on(server.shutdown()),
            Self::Mio(server) => server.shutdown().map_err(|error| system(&error))?,
        }
        Ok(())
    }
}

/// What is wrong, with what caused it: an error of the driver names the address, and what causes it says why.
fn system(error: &dyn std::error::Error) -> Failure {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    Failure::System(text)
}
