//! Who and what is in a world.

use core::any::Any;
use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;

use bytes::Bytes;
use nameward_core::machine::Machine;
use nameward_core::seed::Rng;
use nameward_core::time::Instant;
use nameward_core::trace::Record;

use crate::attacker::{
    Attack, Attacker, AttackerConfig, BlindAttackerConfig, Forgery, Interceptor, Interference, Passing,
    Round, Sight,
};
use crate::clock::{Clock, ClockConfig};
use crate::fault::Fault;
use crate::host::{Boot, Host, HostConfig, HostId, HostState, Resident};
use crate::link::Link;
use crate::machine::Hosted;
use crate::observe::{Happening, Observer, Verdict};
use crate::random::{self, PerMille};
use crate::script::{Act, Arrival};
use crate::storage::Storage;
use crate::world::{BootMachine, World};

/// Building a world.
impl World {
    /// Adds a host that runs what `boot` builds, and starts it. `boot` is called again after each restart.
    ///
    /// # Panics
    ///
    /// The configuration is not valid, or the name or an address is taken.
    pub fn host<M>(&mut self, config: HostConfig, mut boot: impl FnMut(Boot<'_>) -> M + 'static) -> Host<M>
    where
        M: Machine<Event: Record + fmt::Debug> + 'static,
    {
        let build: BootMachine = Box::new(move |with, before| {
            let events = before
                .and_then(|before| (before as Box<dyn Any>).downcast::<Hosted<M>>().ok())
                .map_or_else(Vec::new, |before| before.events);
            let machine = boot(with);
            Box::new(Hosted { machine, events })
        });
        let id = self.settle_down(config, Resident::Script(None));
        self.boots.insert(id, build);
        self.start(id);
        Host {
            id,
            machine: PhantomData,
        }
    }

    /// Adds a host that answers each arrival as `script` says: with acts, each after a while.
    ///
    /// # Panics
    ///
    /// The configuration is not valid, or the name or an address is taken.
    pub fn script(
        &mut self,
        config: HostConfig,
        script: impl FnMut(Instant, Arrival<'_>) -> Vec<(Duration, Act)> + 'static,
    ) -> HostId {
        self.settle_down(config, Resident::Script(Some(Box::new(script))))
    }

    /// Adds an off-path attacker, who is called for each datagram that the victim sends to the server.
    ///
    /// # Panics
    ///
    /// The name is taken.
    pub fn attacker(
        &mut self,
        config: AttackerConfig,
        forge: impl FnMut(&Sight, &mut Rng) -> Vec<Forgery> + 'static,
    ) -> HostId {
        let host = self.lurker(&config.name);
        let AttackerConfig {
            victim,
            server,
            knows,
            ..
        } = config;
        let forge = Attack::Forge(Box::new(forge));
        self.attackers
            .push(Attacker::new(host, victim, server, Some(knows), forge));
        host
    }

    /// Adds an off-path attacker who sees nothing, and is called for each of its rounds.
    ///
    /// # Panics
    ///
    /// The name is taken.
    pub fn blind_attacker(
        &mut self,
        config: BlindAttackerConfig,
        flood: impl FnMut(&Round, &mut Rng) -> Vec<Forgery> + 'static,
    ) -> HostId {
        let host = self.lurker(&config.name);
        let index = self.attackers.len();
        let flood = Attack::Flood(Box::new(flood));
        self.attackers
            .push(Attacker::new(host, config.victim, config.server, None, flood));
        let mut at = config.first;
        for number in 0..config.rounds {
            let finds_ports = config.finds_ports;
            self.at(at, move |world| {
                let hit = core::mem::take(&mut world.attackers[index].hit);
                let open = if finds_ports {
                    hit.into_iter().collect()
                } else {
                    Vec::new()
                };
                world.flood(index, &Round { number, open });
            });
            at = at.after(config.every);
        }
        host
    }

    /// Puts an attacker on the way from one host to another, in this direction: it gets everything that is sent there, and says
    /// what becomes of it. Nothing but encryption is safe from such a one.
    ///
    /// # Panics
    ///
    /// The name is taken.
    pub fn on_path_attacker(
        &mut self,
        name: &str,
        from: impl Into<HostId>,
        to: impl Into<HostId>,
        interfere: impl FnMut(Passing<'_>, &mut Rng) -> Interference + 'static,
    ) -> HostId {
        let host = self.lurker(name);
        let interfere = Box::new(interfere);
        self.interceptors
            .insert((from.into(), to.into()), Interceptor { host, interfere });
        host
    }

    /// Lets an off-path attacker put fragments of its own in the place of all but the first fragment of each datagram that is
    /// [fragmented](crate::Larger::IsFragmented) on the way from one host to another. It is given the true ones, which a real
    /// attacker knows by asking the server itself. The whole datagram then counts as its own.
    ///
    /// # Panics
    ///
    /// The name is taken.
    pub fn substitute_fragments(
        &mut self,
        name: &str,
        from: impl Into<HostId>,
        to: impl Into<HostId>,
        substitute: impl FnMut(&[u8], &mut Rng) -> Option<Bytes> + 'static,
    ) -> HostId {
        let host = self.lurker(name);
        self.substitutes
            .insert((from.into(), to.into()), (host, Box::new(substitute)));
        host
    }

    /// A host without an address, which only acts.
    fn lurker(&mut self, name: &str) -> HostId {
        let host = HostConfig {
            name: name.into(),
            addresses: Vec::new(),
            listeners: Vec::new(),
            clock: ClockConfig::default(),
        };
        self.settle_down(host, Resident::Script(None))
    }

    /// A scripted host behaves otherwise from now on. What it began before goes on.
    ///
    /// # Panics
    ///
    /// The host runs a machine.
    pub fn change_script(
        &mut self,
        host: HostId,
        script: impl FnMut(Instant, Arrival<'_>) -> Vec<(Duration, Act)> + 'static,
    ) {
        let resident = &mut self.hosts[host.index()].resident;
        assert!(matches!(resident, Resident::Script(_)), "the host runs a machine");
        *resident = Resident::Script(Some(Box::new(script)));
    }

    fn settle_down(&mut self, config: HostConfig, resident: Resident) -> HostId {
        assert!(
            self.hosts.iter().all(|host| host.config.name != config.name),
            "the name {} is taken",
            config.name
        );
        assert_eq!(config.clock.validate(), Ok(()), "the clock of {}", config.name);
        // Fewer than 2^32 hosts fit in memory.
        let id = HostId(self.hosts.len() as u32);
        for &address in &config.addresses {
            let before = self.routes.insert(address, id);
            assert_eq!(before, None, "the address {address} is taken");
        }
        if config.clock.drift != 0 {
            self.tally.count(Fault::Drift);
        }
        if ClockConfig::ERAS.map(Some).contains(&config.clock.wall) {
            self.tally.count(Fault::Era);
        }
        self.hosts.push(HostState {
            clock: Clock::new(config.clock.clone(), self.now),
            up: true,
            restarts: 0,
            storage: Storage::default(),
            store_failures: PerMille::NEVER,
            paused_until: Instant::ZERO,
            ports: Rng::new(&random::seed(self.seed, &config.name, "ports", 0)),
            resident,
            config,
        });
        id
    }

    /// What every way is like that is not set by [`link`](Self::link).
    pub fn set_default_link(&mut self, link: Link) {
        self.default_link = link;
    }

    /// What the way from `from` to `to` is like, in this direction.
    pub fn link(&mut self, from: impl Into<HostId>, to: impl Into<HostId>, link: Link) {
        self.links.insert((from.into(), to.into()), link);
    }

    pub(crate) fn way(&self, from: HostId, to: HostId) -> Link {
        self.links.get(&(from, to)).unwrap_or(&self.default_link).clone()
    }

    /// Adds an observer: it sees everything that happens, and ends the run when a rule is broken.
    pub fn observe(&mut self, rule: &str, look: impl FnMut(&Happening<'_>) -> Verdict + 'static) {
        self.observers.push(Observer {
            rule: rule.into(),
            look: Box::new(look),
        });
    }

    /// A generator of a host's own, for a purpose. The same each time.
    pub fn rng(&self, host: impl Into<HostId>, purpose: &str) -> Rng {
        let name = self.name(host);
        Rng::new(&random::seed(self.seed, name, purpose, 0))
    }
}
