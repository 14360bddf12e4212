//! Streams in the simulator behave as the contract says.

use core::time::Duration;

use nameward_core::machine::CloseCause;
use nameward_sim::{Act, Arrival, Host, HostConfig, World};

use crate::toy::{self, Client, Command, Event};

fn client(world: &mut World) -> Host<Client> {
    world.host(HostConfig::new("client", [192, 0, 2, 2]), toy::boot_client)
}

/// What becomes of one stream to a server that answers each arrival as `script` says.
fn stream_to(script: impl FnMut(Arrival<'_>) -> Option<Act> + 'static) -> Option<Event> {
    let mut script = script;
    let mut world = World::new(0);
    world.script(
        HostConfig::server("server", [192, 0, 2, 1], 7),
        move |_now, arrival| Vec::from_iter(script(arrival).map(|act| (Duration::from_millis(3), act))),
    );
    let client = client(&mut world);
    let command = Command::Stream {
        number: 1,
        length: 100,
    };
    world.command(client, command).expect("streams are opened");
    world.run().expect("no rule is broken");
    world.events(client).last().map(|(_, event)| event.clone())
}

fn broken(cause: Option<CloseCause>) -> Option<Event> {
    Some(Event::Broken { number: 1, cause })
}

#[test]
fn a_scripted_server_echoes_finishes_resets_and_stalls() {
    let echoed = stream_to(|arrival| match arrival {
        Arrival::Bytes { data, .. } => arrival.answer(data.to_vec()),
        Arrival::Finished { stream } => Some(Act::Finish { stream }),
        _ => None,
    });
    assert_eq!(
        echoed,
        Some(Event::Echoed {
            number: 1,
            length: 100
        })
    );
    let finished = stream_to(|arrival| match arrival {
        Arrival::Opened { stream, .. } => Some(Act::Finish { stream }),
        _ => None,
    });
    assert_eq!(finished, broken(None));
    let reset = stream_to(|arrival| match arrival {
        Arrival::Opened { stream, .. } => Some(Act::Reset { stream }),
        _ => None,
    });
    assert_eq!(reset, broken(Some(CloseCause::Reset)));
    let stalled = stream_to(|arrival| match arrival {
        Arrival::Opened { stream, .. } => Some(Act::Stall { stream }),
        _ => None,
    });
    assert_eq!(stalled, broken(Some(CloseCause::TimedOut)));
}

#[test]
fn a_stream_to_a_closed_port_is_refused_and_to_nobody_unreachable() {
    let outcome = |server: Option<HostConfig>| {
        let mut world = World::new(0);
        if let Some(server) = server {
            world.script(server, |_, _| Vec::new());
        }
        let client = client(&mut world);
        let command = Command::Stream {
            number: 1,
            length: 100,
        };
        world.command(client, command).expect("streams are opened");
        world.run().expect("no rule is broken");
        world.events(client).last().map(|(_, event)| event.clone())
    };
    assert_eq!(
        outcome(Some(HostConfig::new("server", [192, 0, 2, 1]))),
        broken(Some(CloseCause::Refused))
    );
    assert_eq!(outcome(None), broken(Some(CloseCause::Unreachable)));
}

#[test]
fn a_peer_that_loses_its_power_is_given_up_and_one_that_restarted_resets() {
    let outcome = |restarts: bool| {
        let toy::Pair {
            mut world,
            client,
            server,
        } = toy::pair(0, &nameward_sim::FaultPlan::NONE);
        let command = Command::Stream {
            number: 1,
            length: 100,
        };
        world.command(client, command).expect("streams are opened");
        // The connection stands after one round trip of 40 ms; the bytes are on their way.
        world
            .run_for(Duration::from_millis(45))
            .expect("no rule is broken");
        world.crash(server);
        if restarts {
            world.restart(server);
        }
        world.run().expect("no rule is broken");
        world.events(client).last().map(|(_, event)| event.clone())
    };
    assert_eq!(outcome(false), broken(Some(CloseCause::TimedOut)));
    assert_eq!(outcome(true), broken(Some(CloseCause::Reset)));
}
