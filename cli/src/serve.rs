//! `nameward serve`: zones, served on a runtime until a signal ends it.

mod log;
mod on_runtime;
mod resolvers;
mod zones;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use nameward_core::client::HostsIndex;
use nameward_core::seed::Rng;
use nameward_core::server::respond::{CookieConfig, CookieSecret, ResponderConfig};
use nameward_core::server::session::SessionConfig;
use nameward_core::zone::Zones;
use nameward_driver::config::Notice;
use nameward_driver::seed;
use nameward_driver::server::Config;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use crate::arguments::Serve;
use crate::colour::Console;
use crate::failure::Failure;
use log::Log;
use on_runtime::Running;
use zones::Sources;

/// The exit status of a program that its second signal ends at once.
const INTERRUPTED: i32 = 130;

/// Serves until SIGINT or SIGTERM.
pub(crate) fn run(serve: &Serve, console: Console) -> Result<(), Failure> {
    let log = Log::to_standard_error(serve.verbose);
    let mut signals =
        signals().map_err(|error| Failure::System(format!("cannot wait for signals: {error}")))?;
    let sources = Sources::new(&serve.zone, &serve.zone_dir);
    let mut zones = sources.load(&log)?;
    let hosts = |file| zones::hosts(file, &log);
    let hosts_file = serve.hosts_file.as_deref();
    let config = Config {
        addresses: addresses(&serve.interface, serve.port),
        workers: serve.workers.map_or_else(processors, usize::from),
        session: session(serve, zones.clone(), hosts_file.map(hosts).transpose()?)?,
        observe: observer(log),
    };
    let running = Running::start(serve.runtime, &config)?;
    for address in running.addresses() {
        console.print(&format!("listening on {address}\n"))?;
    }
    for signal in signals.forever() {
        if signal != SIGHUP {
            break;
        }
        zones = sources.reload(&zones, &log);
        running.set_zones(&zones)?;
        match hosts_file.map(hosts) {
            Some(Ok(hosts)) => running.set_hosts(hosts)?,
            Some(Err(error)) => log.error("hosts stay as they were", &[("why", &error)]),
            None => {}
        }
        log.info("zones read again", &[("zones", &zones.iter().len())]);
    }
    log.info("shutting down", &[]);
    running.shutdown()
}

/// What each worker serves.
fn session(serve: &Serve, zones: Zones, hosts: Option<HostsIndex>) -> Result<SessionConfig, Failure> {
    let forward = resolvers::find(&serve.forward, serve.resolv_conf.as_deref())?;
    let default = SessionConfig::default();
    let seed = seed::from_system().map_err(|error| Failure::System(error.to_string()))?;
    let mut secret = [0; 16];
    Rng::new(&seed).fill(&mut secret);
    let responder = ResponderConfig {
        edns: !serve.no_edns,
        // All workers take each other's cookies, as no client knows to which it comes.
        cookies: Some(CookieConfig {
            secret: CookieSecret::from_bytes(secret),
            other: None,
            required: false,
        }),
        recursion: match forward {
            Some(_) => resolvers::private_clients(),
            None => default.responder.recursion,
        },
        ..default.responder
    };
    Ok(SessionConfig {
        zones,
        hosts: hosts.unwrap_or_default(),
        forward,
        responder,
        ..default
    })
}

/// The signals that mean something. From now on they end the program only if this does it; a second one that says to end does so at once,
/// while the first is being obeyed.
fn signals() -> std::io::Result<Signals> {
    let ending = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag down.
        flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&ending))?;
        flag::register(signal, Arc::clone(&ending))?;
    }
    Signals::new([SIGHUP, SIGINT, SIGTERM])
}

/// Where to listen: by default at all addresses of the families that the system has.
fn addresses(interfaces: &[IpAddr], port: u16) -> Vec<SocketAddr> {
    let all = [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
    let of_system = all
        .into_iter()
        .filter(|&address: &IpAddr| UdpSocket::bind((address, 0)).is_ok());
    let chosen: Vec<IpAddr> = match interfaces {
        [] => of_system.collect(),
        chosen => chosen.to_vec(),
    };
    chosen.into_iter().map(|address| (address, port).into()).collect()
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Writes down what drivers notice. Who sends rubbish decides how much that is, so it is said only if it is asked for.
fn observer(log: Log) -> Arc<dyn Fn(Notice) + Send + Sync> {
    Arc::new(move |notice| match notice {
        Notice::Ignored { why, .. } => log.detail("ignored", &[("why", &why)]),
        Notice::NotReplied { to, cause, .. } => {
            log.detail("reply not sent", &[("to", &to), ("cause", &cause)]);
        }
        Notice::TooManyOfClient { peer, .. } => log.detail("too many connections", &[("peer", &peer)]),
        Notice::NotAccepted { cause, .. } => log.detail("connection not accepted", &[("cause", &cause)]),
        _ => {}
    })
}
