//! Who and what is in a world.

use alloc::collections::BTreeSet;
use core::any::Any;
use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;

use nameward_core::machine::Machine;
use nameward_core::seed::Rng;
use nameward_core::time::Instant;
use nameward_core::trace::Record;

use crate::attacker::{Attacker, AttackerConfig, Forgery, Sight};
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
        let host = HostConfig {
            name: config.name.clone(),
            addresses: Vec::new(),
            listeners: Vec::new(),
            clock: ClockConfig::default(),
        };
        let host = self.settle_down(host, Resident::Script(None));
        let random = self.rng(host, "attacker");
        self.attackers.push(Attacker {
            host,
            config,
            forge: Box::new(forge),
            random,
            asked: BTreeSet::new(),
        });
        host
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
        self.hosts.push(HostState {
            clock: Clock::new(config.clock.clone(), self.now),
            up: true,
            restarts: 0,
            storage: Storage::default(),
            store_failures: PerMille::NEVER,
            random: Rng::new(&random::seed(self.seed, &config.name, "driver", 0)),
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
