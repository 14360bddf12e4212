//! How attackers strike.

use alloc::collections::BTreeSet;
use core::net::SocketAddr;

use nameward_core::seed::Rng;

use crate::attacker::{Attack, Fate, Forgery, Interference, Passing, Round};
use crate::decision::{Choice, Place, Site};
use crate::host::HostId;
use crate::link::Packet;
use crate::observe::Dropped;
use crate::script::Act;
use crate::world::{Scheduled, World};

impl World {
    pub(crate) fn show_to_attackers(&mut self, packet: &Packet) {
        for index in 0..self.attackers.len() {
            let attacker = &mut self.attackers[index];
            if !attacker.awaits(packet) {
                continue;
            }
            if let Some(sight) = attacker.sight(packet) {
                self.strike(index, |attack, rng| match attack {
                    Attack::Forge(forge) => forge(&sight, rng),
                    Attack::Flood(_) => Vec::new(),
                });
            }
        }
    }

    /// An attacker sends what it forges now.
    pub(crate) fn strike(&mut self, index: usize, forge: impl FnOnce(&mut Attack, &mut Rng) -> Vec<Forgery>) {
        let attacker = &mut self.attackers[index];
        let (host, from, victim) = (attacker.host, attacker.server, attacker.victim);
        let place = Place::at(Site::Attack, host);
        let mut rng = self.next_rng(place);
        let forgeries = forge(&mut self.attackers[index].attack, &mut rng);
        // An attacker sends fewer than 2^32 datagrams at once.
        let all = 0..forgeries.len() as u32;
        let chosen = self.decide(place, |_| all.map(Choice::Forged).collect());
        let chosen: BTreeSet<u32> = chosen
            .iter()
            .filter_map(|choice| match choice {
                Choice::Forged(number) => Some(*number),
                _ => None,
            })
            .collect();
        for (number, Forgery { after, port, data }) in (0..).zip(forgeries) {
            if chosen.contains(&number) {
                let to = SocketAddr::new(victim, port);
                let act = Act::Datagram { from, to, data };
                self.schedule(self.now.after(after), Scheduled::Act { host, act });
            }
        }
    }

    /// A blind attacker begins a round.
    pub(crate) fn flood(&mut self, index: usize, round: &Round) {
        self.strike(index, |attack, rng| match attack {
            Attack::Flood(flood) => flood(round, rng),
            Attack::Forge(_) => Vec::new(),
        });
    }

    /// Lets an attacker on the way have a datagram. Gives back what goes on.
    pub(crate) fn intercept(&mut self, mut packet: Packet, target: HostId) -> Option<Packet> {
        let way = (packet.author, target);
        let interference = self.interfere(way, Passing::Datagram(&packet));
        let Some((attacker, fate)) = interference else {
            return Some(packet);
        };
        match fate {
            Fate::Passes => Some(packet),
            Fate::IsDropped | Fate::IsCut => {
                self.drop_packet(packet.author, &packet, Dropped::Intercepted);
                None
            }
            Fate::IsReplaced(data) => {
                // It is the attacker's now, and goes on on the attacker's own way.
                packet.author = attacker;
                packet.data = data;
                Some(packet)
            }
        }
    }

    /// Asks the attacker on a way, if there is one, what becomes of something, and sends what it injects.
    pub(crate) fn interfere(
        &mut self,
        way: (HostId, HostId),
        passing: Passing<'_>,
    ) -> Option<(HostId, Fate)> {
        let attacker = self.interceptors.get(&way)?.host;
        let mut rng = self.next_rng(Place::at(Site::Attack, attacker));
        let interference = (self.interceptors.get_mut(&way)?.interfere)(passing, &mut rng);
        let place = Place::at(Site::Attack, attacker);
        // An attacker that is not chosen to act lets everything pass.
        let acts = interference != Interference::default();
        let chosen = self.decide(place, |_| Vec::from_iter(acts.then_some(Choice::Forged(0))));
        if chosen.is_empty() {
            return None;
        }
        for (after, from, to, data) in interference.injected {
            let act = Act::Datagram { from, to, data };
            self.schedule(self.now.after(after), Scheduled::Act { host: attacker, act });
        }
        Some((attacker, interference.fate))
    }

    /// Who substitutes fragments gets all of a datagram but its first fragment.
    pub(crate) fn substitute(&mut self, mut packet: Packet, to: HostId, mtu: u16) -> Packet {
        let way = (packet.author, to);
        let Some((attacker, _)) = self.substitutes.get(&way) else {
            return packet;
        };
        let attacker = *attacker;
        let place = Place::at(Site::Attack, attacker);
        let mut rng = self.next_rng(place);
        let (first, rest) = packet.data.split_at(usize::from(mtu));
        let Some((_, substitute)) = self.substitutes.get_mut(&way) else {
            return packet;
        };
        let substituted = substitute(rest, &mut rng);
        let is_substituted = substituted.is_some();
        let chosen = self.decide(place, |_| {
            Vec::from_iter(is_substituted.then_some(Choice::Forged(0)))
        });
        if let (Some(rest), false) = (substituted, chosen.is_empty()) {
            packet.data = [first, &rest].concat().into();
            packet.author = attacker;
        }
        packet
    }
}
