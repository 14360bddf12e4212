//! How datagrams travel.

use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;
use nameward_core::machine::{CloseCause, Input, LocalAddr, Proto};

use crate::crossing::{arrive, draw_copy, draw_datagram};
use crate::decision::{Choice, Place, Site};
use crate::fault::Fault;
use crate::host::{FlowKind, HostId, Resident};
use crate::link::{Larger, Packet};
use crate::observe::{Dropped, What};
use crate::script::Arrival;
use crate::world::{Scheduled, World};

/// How many datagrams a socket keeps that nobody reads.
const MOST_UNREAD: usize = 64;

impl World {
    /// A fresh, unpredictable local address of the remote's family; `None` if the host has none.
    pub(crate) fn fresh_local(&mut self, host: HostId, remote: SocketAddr) -> Option<SocketAddr> {
        let state = &mut self.hosts[host.index()];
        let address = *state
            .config
            .addresses
            .iter()
            .find(|address| address.is_ipv4() == remote.is_ipv4())?;
        let Resident::Machine(sockets) = &state.resident else {
            return Some(SocketAddr::new(address, 1024 + state.ports.next_u16() % 64_512));
        };
        // Invariant: a host has far fewer than 64 512 flows, so a free port is soon found.
        loop {
            // 64 512 ports from 1024 on.
            let port = 1024 + state.ports.below(64_512) as u16;
            let local = SocketAddr::new(address, port);
            let listens = state
                .config
                .listeners
                .iter()
                .any(|listener| listener.port == port);
            if !listens && sockets.bound(local).is_none() {
                return Some(local);
            }
        }
    }

    pub(crate) fn send_datagram(&mut self, author: HostId, from: SocketAddr, to: SocketAddr, data: Bytes) {
        let packet = Packet {
            number: self.packets,
            author,
            from,
            to,
            data,
        };
        self.packets += 1;
        self.tell(author, What::Sent(&packet));
        self.show_to_attackers(&packet);
        let Some(&target) = self.routes.get(&to.ip()) else {
            self.drop_packet(author, &packet, Dropped::NoSuchHost);
            return self.reject(&packet, self.way(author, author).latency, CloseCause::Unreachable);
        };
        if let Some(packet) = self.intercept(packet, target) {
            self.cross(packet, target);
        }
    }

    /// Lets a datagram travel to the host that has its destination.
    fn cross(&mut self, mut packet: Packet, target: HostId) {
        let author = packet.author;
        let link = self.way(author, target);
        if link.blocked.blocks(packet.to, false) {
            return self.drop_packet(author, &packet, Dropped::Blocked);
        }
        let mut fragments = 1;
        if packet.data.len() > usize::from(link.mtu) {
            self.tally.count(Fault::TooLarge);
            if link.larger != Larger::IsFragmented {
                self.drop_packet(author, &packet, Dropped::TooLarge);
                if link.larger == Larger::IsReported {
                    self.reject(&packet, link.latency, CloseCause::TooLarge);
                }
                return;
            }
            // A datagram has fewer than 2^16 octets.
            fragments = packet.data.len().div_ceil(usize::from(link.mtu.max(8))) as u32;
            packet = self.substitute(packet, target, link.mtu.max(8));
        }
        let mut state = self.ways.get(&(author, target)).copied().unwrap_or_default();
        let place = Place::between(Site::Crossing, author, target);
        let choices = self.decide(place, |rng| {
            draw_datagram(&link, &mut state, fragments, &packet.data, rng)
        });
        let waits = match link.rate {
            Some(rate) => {
                if state.is_busy(self.now) {
                    self.tally.count(Fault::SlowWay);
                }
                state.admit(rate, self.now, packet.data.len(), Proto::Datagram)
            }
            None => Some(Duration::ZERO),
        };
        self.ways.insert((author, target), state);
        let Some(waits) = waits else {
            return self.drop_packet(author, &packet, Dropped::Congested);
        };
        if choices.contains(&Choice::LostInBurst) || choices.contains(&Choice::Lost) {
            self.tally.count(match choices.first() {
                Some(Choice::LostInBurst) => Fault::BurstLoss,
                _ => Fault::Loss,
            });
            return self.drop_packet(author, &packet, Dropped::Lost);
        }
        let mut copies = vec![arrive(&choices, &link, &packet.data, &mut self.tally)];
        if choices.contains(&Choice::Doubled) {
            self.tally.count(Fault::Duplication);
            let place = Place::between(Site::Copy, author, target);
            let choices = self.decide(place, |rng| draw_copy(&link, &packet.data, rng));
            copies.push(arrive(&choices, &link, &packet.data, &mut self.tally));
        }
        for (after, data) in copies {
            let copy = Packet {
                data,
                ..packet.clone()
            };
            self.schedule(self.now.after(waits + after), Scheduled::Packet(copy));
        }
    }

    pub(crate) fn drop_packet(&mut self, host: HostId, packet: &Packet, why: Dropped) {
        self.tell(host, What::Dropped(packet, why));
    }

    /// The network tells whom the packet names as its source.
    fn reject(&mut self, packet: &Packet, after: Duration, cause: CloseCause) {
        let (from, to) = (packet.from, packet.to);
        self.schedule(self.now.after(after), Scheduled::Rejection { from, to, cause });
    }

    pub(crate) fn rejection_arrives(&mut self, from: SocketAddr, to: SocketAddr, cause: CloseCause) {
        let Some(&host) = self.routes.get(&from.ip()) else {
            return;
        };
        let flow = self.sockets(host).and_then(|sockets| {
            let flow = sockets.bound(from)?;
            match sockets.kind(flow) {
                Some(FlowKind::Datagram { remote, .. }) if *remote == to => Some(flow),
                _ => None,
            }
        });
        if let Some(flow) = flow {
            self.input(host, &Input::Rejected { flow, cause }, None);
        }
    }

    pub(crate) fn packet_arrives(&mut self, packet: Packet) {
        let Some(&host) = self.routes.get(&packet.to.ip()) else {
            return self.drop_packet(packet.author, &packet, Dropped::NoSuchHost);
        };
        if !self.hosts[host.index()].up {
            return self.drop_packet(host, &packet, Dropped::Down);
        }
        let hits = self
            .sockets(host)
            .is_some_and(|sockets| sockets.bound(packet.to).is_some());
        let forger = self
            .attackers
            .iter_mut()
            .find(|attacker| attacker.host == packet.author);
        if let Some(attacker) = forger {
            if hits {
                attacker.hit.insert(packet.to.port());
            }
            if attacker.is_lucky(&packet) {
                return self.drop_packet(host, &packet, Dropped::Lucky);
            }
        }
        let listener = self.hosts[host.index()]
            .config
            .listeners
            .iter()
            .find(|listener| listener.proto == Proto::Datagram && listener.port == packet.to.port())
            .copied();
        let Some(sockets) = self.sockets(host) else {
            if listener.is_none() {
                return self.refuse_packet(host, &packet);
            }
            self.tell(host, What::Arrived(&packet));
            let Packet { from, to, data, .. } = &packet;
            let (from, to) = (*from, *to);
            return self.run_script(host, Arrival::Datagram { from, to, data });
        };
        let Some(flow) = sockets.bound(packet.to) else {
            let Some(listener) = listener else {
                return self.refuse_packet(host, &packet);
            };
            let input = Input::Request {
                listener: listener.id,
                peer: packet.from,
                local: Some(LocalAddr {
                    ip: packet.to.ip(),
                    interface: 0,
                }),
                data: &packet.data,
            };
            return self.input(host, &input, Some(&packet));
        };
        let reading = sockets.flows.get(&flow).is_some_and(|flow| flow.reading);
        match sockets.kind(flow) {
            Some(FlowKind::Datagram { remote, .. }) if *remote != packet.from => {
                self.drop_packet(host, &packet, Dropped::Foreign);
            }
            Some(FlowKind::Datagram { inbox, .. }) if !reading => {
                if inbox.len() < MOST_UNREAD {
                    inbox.push_back(packet);
                } else {
                    self.drop_packet(host, &packet, Dropped::Full);
                }
            }
            _ => {
                let data = &packet.data;
                self.input(host, &Input::Received { flow, data }, Some(&packet));
            }
        }
    }

    fn refuse_packet(&mut self, host: HostId, packet: &Packet) {
        self.drop_packet(host, packet, Dropped::NoSocket);
        // Who claimed to have sent it is told: with a forged source that is not its author.
        let back = self.routes.get(&packet.from.ip()).copied();
        let latency = self.way(host, back.unwrap_or(host)).latency;
        self.reject(packet, latency, CloseCause::Refused);
    }
}
