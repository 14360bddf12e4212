//! The same machines on any runtime.

use std::net::IpAddr;
use std::ops::ControlFlow;

use nameward_core::client::Answer;
use nameward_core::machine::Machine;
use nameward_core::transport::{Ask, Command, Event};
use nameward_driver::config::{Config, Occurrence, StartError};
use nameward_driver::resolver::ResolveError;
use nameward_driver::task::{Handle, Occurrences};

use crate::arguments::Runtime;
use crate::failure::Failure;

/// The addresses that the system's configuration leads to.
pub(super) fn addresses(runtime: Runtime, host: &str) -> Result<Vec<IpAddr>, Failure> {
    // dig says nothing about faults in the system's files either.
    let answer: Result<Result<Answer, ResolveError>, StartError> = match runtime {
        Runtime::Tokio => tokio_runtime()?.block_on(async {
            let (resolver, _warnings) = nameward_tokio::Resolver::from_system()?;
            Ok(resolver.lookup_ip(host).await)
        }),
        Runtime::AsyncStd => async_std::task::block_on(async {
            let (resolver, _warnings) = nameward_async_std::Resolver::from_system()?;
            Ok(resolver.lookup_ip(host).await)
        }),
        Runtime::Mio => {
            nameward_mio::Resolver::from_system().map(|(mut resolver, _)| resolver.lookup_ip(host))
        }
    };
    match answer.map_err(system)? {
        Ok(answer) => Ok(answer.addresses().collect()),
        Err(error) => Err(Failure::Usage(format!("cannot look up '@{host}': {error}"))),
    }
}

/// Asks on tokio, on the calling thread: one after the other, until one is answered.
pub(super) fn tokio<M>(machine: M, asks: Vec<Ask>) -> Result<(Vec<Event>, M), Failure>
where
    M: Machine<Command = Command, Event = Event> + Send + 'static,
{
    tokio_runtime()?.block_on(async {
        let (handle, mut occurrences, driver) =
            nameward_tokio::drive(machine, Config::default()).map_err(system)?;
        let driver = tokio::spawn(driver.run());
        let events = ask_in_turn(&handle, &mut occurrences, asks).await?;
        handle.shutdown().await;
        Ok((events, driver.await.map_err(system)?))
    })
}

fn tokio_runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().map_err(system)
}

async fn ask_in_turn(
    handle: &Handle<Command>,
    occurrences: &mut Occurrences<Event>,
    asks: Vec<Ask>,
) -> Result<Vec<Event>, Failure> {
    let mut events = Vec::new();
    for ask in asks {
        let taken = handle.command(Command::Ask(ask)).await;
        taken.map_err(|error| Failure::Usage(error.to_string()))?;
        events.push(next_event(occurrences).await?);
        if matches!(events.last(), Some(Event::Answered { .. })) {
            break;
        }
    }
    Ok(events)
}

async fn next_event(occurrences: &mut Occurrences<Event>) -> Result<Event, Failure> {
    while let Some(occurrence) = occurrences.next().await {
        if let Occurrence::Event(event) = occurrence {
            return Ok(event);
        }
    }
    Err(Failure::System(
        "the driver ended before the question did".to_owned(),
    ))
}

/// Asks on async-std, on its threads: one after the other, until one is answered.
pub(super) fn async_std<M>(machine: M, asks: Vec<Ask>) -> Result<(Vec<Event>, M), Failure>
where
    M: Machine<Command = Command, Event = Event> + Send + 'static,
{
    async_std::task::block_on(async {
        let (handle, mut occurrences, driver) =
            nameward_async_std::drive(machine, Config::default()).map_err(system)?;
        let driver = async_std::task::spawn(driver.run());
        let events = ask_in_turn(&handle, &mut occurrences, asks).await?;
        handle.shutdown().await;
        Ok((events, driver.await))
    })
}

/// Asks on mio, on the calling thread: one after the other, until one is answered.
pub(super) fn mio<M>(machine: M, asks: Vec<Ask>) -> Result<(Vec<Event>, M), Failure>
where
    M: Machine<Command = Command, Event = Event>,
{
    let mut driver = nameward_mio::Blocking::new(machine, Config::default()).map_err(system)?;
    let mut events = Vec::new();
    for ask in asks {
        driver
            .command(Command::Ask(ask))
            .map_err(|error| Failure::Usage(error.to_string()))?;
        let event = driver.run_until(|occurrence| match occurrence {
            Occurrence::Event(event) => ControlFlow::Break(event),
            Occurrence::Detached { .. } => ControlFlow::Continue(()),
        });
        events.push(event.map_err(system)?);
        if matches!(events.last(), Some(Event::Answered { .. })) {
            break;
        }
    }
    Ok((events, driver.shutdown().map_err(system)?))
}

fn system(error: impl std::error::Error) -> Failure {
    Failure::System(error.to_string())
}
