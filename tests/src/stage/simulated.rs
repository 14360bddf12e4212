//! The stage in virtual time.

use std::net::SocketAddr;

use nameward_core::flow::ListenerId;
use nameward_core::machine::Proto;
use nameward_core::seed::Seed;
use nameward_core::trace::Recorder;
use nameward_sim::{Host, HostConfig, Listener, World};

use super::{Actor, Props, Stage};

/// A world in which nothing goes wrong.
#[derive(Debug)]
pub struct Simulated {
    /// The world, to let something go wrong nevertheless.
    pub world: World,
    actors: u8,
}

/// An actor in the world.
#[derive(Debug)]
pub struct SimulatedHost<M> {
    /// The world's name for it.
    pub host: Host<Recorder<M>>,
    number: u8,
    listeners: Vec<Listener>,
    taken: usize,
}

impl Simulated {
    /// An empty world with this seed.
    pub fn new(seed: u64) -> Self {
        Self {
            world: World::new(seed),
            actors: 0,
        }
    }
}

/// Where an actor listens: the first listener of each protocol on the port of DNS, further ones on the ports after that.
fn listeners(props: &Props) -> Vec<Listener> {
    let mut next = [53, 53];
    let listener = |&(id, proto): &(ListenerId, Proto)| {
        let port = &mut next[usize::from(proto == Proto::Stream)];
        *port += 1;
        Listener {
            id,
            proto,
            port: *port - 1,
        }
    };
    props.listeners.iter().map(listener).collect()
}

impl Stage for Simulated {
    type Host<M: Actor> = SimulatedHost<M>;

    fn enter<M: Actor>(&mut self, props: &Props, config: M::Config) -> SimulatedHost<M> {
        self.actors += 1;
        let number = self.actors;
        let listeners = listeners(props);
        let place = HostConfig {
            listeners: listeners.clone(),
            ..HostConfig::new(&format!("{} {number}", M::KIND), [192, 0, 2, number])
        };
        let seed = Seed::from_number(props.seed);
        let mut recorder = Some(Recorder::new(seed, config).expect("the configuration is valid"));
        let host = self.world.host(place, move |_| {
            recorder.take().expect("no host is restarted here")
        });
        SimulatedHost {
            host,
            number,
            listeners,
            taken: 0,
        }
    }

    fn address<M: Actor>(&self, host: &SimulatedHost<M>, listener: ListenerId) -> SocketAddr {
        let listener = host.listeners.iter().find(|known| known.id == listener);
        (
            [192, 0, 2, host.number],
            listener.expect("the actor has this listener").port,
        )
            .into()
    }

    fn command<M: Actor>(&mut self, host: &mut SimulatedHost<M>, command: M::Command) {
        self.world
            .command(host.host, command)
            .expect("the command is no mistake");
    }

    fn change_network<M: Actor>(&mut self, host: &mut SimulatedHost<M>) {
        self.world.change_network(host.host, None);
    }

    fn events<M: Actor>(&mut self, host: &mut SimulatedHost<M>, count: usize) -> Vec<M::Event> {
        let wanted = host.taken + count;
        let until = self.world.now().after(super::HANGS);
        let is_missing = |world: &World| world.events(host.host).len() < wanted;
        self.world
            .run_while(until, is_missing)
            .expect("no rule is broken");
        let events = self.world.events(host.host);
        assert!(
            events.len() >= wanted,
            "{} says nothing more after {events:?}",
            M::KIND
        );
        let events = events[host.taken..wanted]
            .iter()
            .map(|(_, event)| event.clone())
            .collect();
        host.taken = wanted;
        events
    }

    fn leave<M: Actor>(&mut self, host: SimulatedHost<M>) -> Vec<u8> {
        self.world.machine_mut(host.host).expect("the host is up").take()
    }
}
