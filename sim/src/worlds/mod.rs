//! Whole internets made of zones: each server that the zones name is a host that serves the zones that name it.

mod demo;

use alloc::collections::{BTreeMap, BTreeSet};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nameward_core::machine::Misuse;
use nameward_core::recursor::Hint;
use nameward_core::server::session::{Session, SessionConfig};
use nameward_core::wire::{A, Aaaa, Class, Name, Rtype};
use nameward_core::zone::{Zone, Zones};

use crate::host::{Host, HostConfig};
use crate::world::World;

pub use demo::{
    Chain, DemoKey, DemoZone, Flaw, Protection, Signing, VALIDITY, WALL, ZONES, demo, demo_zones,
    demo_zones_at,
};

/// The servers of some zones, with a root that leads to all of them.
///
/// A server is where its name's address records say, those of its own zone if there are any, else those that stand at a delegation. It
/// serves the zones whose own NS records name it, and nothing besides: where a delegation names another one, that one is lame.
///
/// ```
/// use nameward_core::recursor::{Command, Config, Event, Recursor, Resolution, ResolutionId};
/// use nameward_core::wire::{Question, Rtype};
/// use nameward_sim::{World, worlds};
///
/// let internet = worlds::demo();
/// let mut world = World::new(1);
/// internet.settle(&mut world);
/// let config = Config { hints: internet.hints().to_vec(), ..Config::default() };
/// let client = world.host(internet.guest("client"), move |boot| {
///     Recursor::new(boot.seed, config.clone()).expect("the demo world has a root")
/// });
/// let question = Question::new("www.example.".parse().unwrap(), Rtype::A);
/// world.command(client, Command::Resolve(Resolution { id: ResolutionId(0), question }))?;
/// world.run()?;
/// let Some((_, Event::Answered { answer, .. })) = world.events(client).last() else { panic!() };
/// assert_eq!(answer.rrsets.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Internet {
    hints: Vec<Hint>,
    servers: Vec<Server>,
}

/// A host that serves zones.
#[derive(Clone, Debug)]
pub struct Server {
    /// The names that its addresses have, in canonical order.
    pub names: Vec<Name>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// What it serves. Nothing, if only others say that it does.
    pub zones: Zones,
}

/// Why zones make no internet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InternetError {
    /// There is no root zone.
    NoRoot,
    /// The NS records of this zone lead to no address that is in one of the zones.
    NoServer(Name),
    /// Two zones have this name.
    Twice(Name),
}

impl core::fmt::Display for InternetError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NoRoot => f.write_str(
                "there is no root zone: add one that delegates the others, with an SOA record at '.'",
            ),
            Self::NoServer(zone) => {
                write!(
                    f,
                    "the zone {zone} has no server: add A or AAAA records for the names in its NS records"
                )
            }
            Self::Twice(zone) => write!(f, "there are two zones {zone}: leave one out"),
        }
    }
}

impl core::error::Error for InternetError {}

impl Internet {
    /// The internet that these zones describe.
    ///
    /// # Errors
    ///
    /// Some zone cannot be served, or there is no root to begin at.
    pub fn new(zones: impl IntoIterator<Item = Zone>) -> Result<Self, InternetError> {
        let mut by_name = BTreeMap::new();
        for zone in zones {
            let name = zone.apex().clone();
            if by_name.insert(name.clone(), zone).is_some() {
                return Err(InternetError::Twice(name));
            }
        }
        let root = by_name.get(&Name::root()).ok_or(InternetError::NoRoot)?;
        let places: BTreeMap<Name, BTreeSet<IpAddr>> = by_name
            .values()
            .flat_map(named_servers)
            .map(|name| (name.to_canonical(), addresses(&by_name, &name)))
            .collect();
        let servers = join(&places);
        let hints = apex_servers(root)
            .flat_map(|server| {
                let addresses = places.get(&server).into_iter().flatten();
                let hint = |&address| Hint {
                    server: server.clone(),
                    address,
                };
                addresses.map(hint).collect::<Vec<_>>()
            })
            .collect();
        let mut internet = Self { hints, servers };
        for zone in by_name.into_values() {
            let names: BTreeSet<Name> = apex_servers(&zone).collect();
            let responsible = internet
                .servers
                .iter_mut()
                .filter(|server| server.names.iter().any(|name| names.contains(name)));
            let mut any = false;
            for server in responsible {
                any = true;
                server.zones = server.zones.with(zone.clone());
            }
            if !any {
                return Err(InternetError::NoServer(zone.apex().clone()));
            }
        }
        Ok(internet)
    }

    /// Where the servers of the root are.
    pub fn hints(&self) -> &[Hint] {
        &self.hints
    }

    /// The servers.
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// Puts all servers into a world, each named by its first name.
    ///
    /// # Panics
    ///
    /// One of the addresses is taken there.
    pub fn settle(&self, world: &mut World) -> Vec<Host<Session>> {
        self.servers
            .iter()
            .map(|server| settle_one(world, server))
            .collect()
    }

    /// A host with an address of each family that no server has.
    pub fn guest(&self, name: &str) -> HostConfig {
        let is_free = |address: &IpAddr| {
            !self
                .servers
                .iter()
                .any(|server| server.addresses.contains(address))
        };
        // The blocks for measurements between networks (RFC 2544, RFC 5180).
        let ipv4 = Ipv4Addr::new(198, 18, 0, 1).to_bits()..;
        let ipv6 = Ipv6Addr::new(0x2001, 2, 0, 0, 0, 0, 0, 1).to_bits()..;
        let ipv4 = ipv4.map(|bits| Ipv4Addr::from_bits(bits).into()).find(is_free);
        let ipv6 = ipv6.map(|bits| Ipv6Addr::from_bits(bits).into()).find(is_free);
        HostConfig {
            addresses: ipv4.into_iter().chain(ipv6).collect(),
            ..HostConfig::new(name, Ipv4Addr::UNSPECIFIED)
        }
    }
}

fn settle_one(world: &mut World, server: &Server) -> Host<Session> {
    let name = server.names.first().map(Name::to_string).unwrap_or_default();
    let host = HostConfig {
        addresses: server.addresses.clone(),
        ..HostConfig::server(&name, Ipv4Addr::UNSPECIFIED, 53)
    };
    let config = SessionConfig {
        zones: server.zones.clone(),
        ..SessionConfig::default()
    };
    world.host(host, move |boot| {
        let session: Result<_, Misuse> = Session::new(boot.seed, config.clone());
        // Invariant: the defaults of a session are valid, whatever zones it has.
        session.expect("the configuration is valid")
    })
}

/// The names of the servers that a zone's own NS records have, in canonical form.
fn apex_servers(zone: &Zone) -> impl Iterator<Item = Name> {
    let apex = zone.node(zone.apex());
    let set = apex.and_then(|apex| apex.rrset(Rtype::NS));
    let targets = set.into_iter().flat_map(|set| set.targets().collect::<Vec<_>>());
    targets.map(|target| target.to_name().to_canonical())
}

/// All names of servers that stand in a zone, be it at its apex or at a delegation.
fn named_servers(zone: &Zone) -> Vec<Name> {
    let sets = zone.nodes().filter_map(|node| node.rrset(Rtype::NS));
    sets.flat_map(|set| set.targets().map(|target| target.to_name()).collect::<Vec<_>>())
        .collect()
}

/// Where a name is: as the zone says that it belongs to; if there is none, as delegations say.
fn addresses(zones: &BTreeMap<Name, Zone>, name: &Name) -> BTreeSet<IpAddr> {
    let mut authoritative = BTreeSet::new();
    let mut glue = BTreeSet::new();
    for zone in zones.values().filter(|zone| zone.class() == Class::IN) {
        let Some(node) = zone.node(name) else { continue };
        let own = node.occluded_by().is_none() && !node.is_delegation();
        let found = if own { &mut authoritative } else { &mut glue };
        for rdata in node.rrsets().flat_map(|set| set.rdata()) {
            found.extend(rdata.view::<A>().map(|a| IpAddr::from(a.address)));
            found.extend(rdata.view::<Aaaa>().map(|aaaa| IpAddr::from(aaaa.address)));
        }
    }
    if authoritative.is_empty() {
        glue
    } else {
        authoritative
    }
}

/// The hosts that these names and addresses stand for: names that share an address are one host.
fn join(places: &BTreeMap<Name, BTreeSet<IpAddr>>) -> Vec<Server> {
    let mut hosts: Vec<(BTreeSet<Name>, BTreeSet<IpAddr>)> = Vec::new();
    for (name, addresses) in places.iter().filter(|(_, addresses)| !addresses.is_empty()) {
        let mut host = (BTreeSet::from([name.clone()]), addresses.clone());
        hosts.retain_mut(|(names, known)| {
            let apart = known.is_disjoint(&host.1);
            if !apart {
                host.0.append(names);
                host.1.append(known);
            }
            apart
        });
        hosts.push(host);
    }
    let server = |(names, addresses): (BTreeSet<Name>, BTreeSet<IpAddr>)| Server {
        names: names.into_iter().collect(),
        addresses: addresses.into_iter().collect(),
        zones: Zones::new([]),
    };
    hosts.into_iter().map(server).collect()
}
