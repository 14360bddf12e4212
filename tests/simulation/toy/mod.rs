//! Small machines, to test the simulator and the recorder with something else than DNS.

mod client;
mod echo;
mod puppet;

use core::net::SocketAddr;
use core::time::Duration;

use nameward_sim::{Boot, FaultPlan, Host, HostConfig, Link, World};

pub(crate) use client::{Client, ClientConfig, Command, Event};
pub(crate) use echo::Echo;
pub(crate) use puppet::Puppet;

/// Where the echo server listens.
pub(crate) fn server_address() -> SocketAddr {
    "192.0.2.1:7".parse().expect("an address")
}

/// Builds a client from what its host gives it.
pub(crate) fn boot_client(boot: Boot<'_>) -> Client {
    let config = ClientConfig {
        server: server_address(),
        journal: boot.storage.object(client::JOURNAL).to_vec(),
    };
    Client::new(boot.seed, config)
}

/// A client and an echo server.
pub(crate) struct Pair {
    pub(crate) world: World,
    pub(crate) client: Host<Client>,
    pub(crate) server: Host<Echo>,
}

/// A client, an echo server, and a world with the faults of `plan` between them.
pub(crate) fn pair(seed: u64, plan: &FaultPlan) -> Pair {
    let mut world = World::new(seed);
    let (client, server) = settle_pair(&mut world, plan);
    Pair {
        world,
        client,
        server,
    }
}

/// Puts a client, an echo server and the faults of `plan` between them into a world.
pub(crate) fn settle_pair(world: &mut World, plan: &FaultPlan) -> (Host<Client>, Host<Echo>) {
    world.set_default_link(plan.link(Link::default()));
    let config = |config: HostConfig| HostConfig {
        clock: plan.clock(config.clock.clone()),
        ..config
    };
    let client = world.host(config(HostConfig::new("client", [192, 0, 2, 2])), boot_client);
    let server = world.host(config(HostConfig::server("server", [192, 0, 2, 1], 7)), |boot| {
        Echo::new(boot.seed)
    });
    (client, server)
}

/// Schedules work for ten seconds: pings, streams, notes.
pub(crate) fn employ(world: &mut World, client: Host<Client>) {
    for round in 0..10_u64 {
        let at = world.now().after(Duration::from_millis(1_000 * round));
        world.at(at, move |world| {
            let ping = Command::Ping { number: round };
            let stream = Command::Stream {
                number: round,
                length: 70 * u16::try_from(round).expect("few rounds"),
            };
            let notes = (0..10).map(|note| Command::Note(vec![note; 8]));
            let commands = [ping, stream].into_iter().chain(notes);
            for command in commands {
                // A host that is down takes no commands; a number that is in use is refused.
                let _refused = world.command(client, command);
            }
        });
    }
}
