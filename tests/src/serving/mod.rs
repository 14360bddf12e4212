//! A server and its clients, honest and hostile, in a hostile internet, drawn from a seed.
//!
//! [`Plan::from_seed`] draws who is there, what is asked and what goes wrong; [`run`] lets it happen and checks the invariants after
//! every event, from outside.

mod checks;
mod hostile;
mod plan;
mod truth;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use nameward_core::server::session::{Command, Session};
use nameward_core::time::Instant;
use nameward_core::trace::Recorder;
use nameward_core::transport::{self, Event, Requester};
use nameward_sim::{Host, HostConfig, Link, Tally, Violation, World};

pub use hostile::{Hostile, Manner};
pub use plan::{Plan, ZONES};

use checks::Checks;

/// What came of a plan, when no rule was broken.
#[derive(Debug)]
pub struct Outcome {
    /// Over all that went into machines and came out.
    pub trace_hash: u128,
    /// How often each fault happened.
    pub faults: Tally,
    /// How often each thing happened that should happen sometimes.
    pub sightings: BTreeMap<String, u64>,
    /// What the server's last machine did.
    pub recording: Vec<u8>,
}

/// Runs a plan until nothing more happens.
///
/// # Errors
///
/// The invariant that was broken, with the seed.
///
/// # Panics
///
/// Never: the plan is valid.
pub fn run(plan: &Plan) -> Result<Outcome, Violation> {
    let mut world = World::new(plan.seed);
    world.set_default_link(plan.faults.link(Link::default()));
    let checks = Rc::new(RefCell::new(Checks::new(plan)));
    checks::watch(&mut world, &checks);
    let config = plan.session();
    let place = HostConfig {
        clock: plan.faults.clock(nameward_sim::ClockConfig::default()),
        ..HostConfig::server("server", plan::SERVER.ip(), plan::SERVER.port())
    };
    let server: Host<Recorder<Session>> = world.host(place, move |boot| {
        Recorder::new(boot.seed, config.clone()).expect("the plan is valid")
    });
    checks.borrow_mut().server = Some(server.id);
    plan.faults
        .disturb(&mut world, server.id, Instant::ZERO.after(plan::HORIZON));
    for &(at, version) in &plan.zones {
        world.at(at, move |world| {
            if world.is_up(server) {
                let done = world.command(server, Command::Zones(plan::zones(version)));
                assert_eq!(done, Ok(()), "zones are replaced at any time");
            }
        });
    }
    let clients = add_clients(&mut world, plan);
    for (number, &manner) in (0..).zip(&plan.hostile) {
        let name = format!("hostile {number}");
        let machine = Hostile::new(plan::SERVER, manner, 5);
        world.host(HostConfig::new(&name, [203, 0, 113, number]), move |_| {
            machine.clone()
        });
    }
    world.run_until(Instant::ZERO.after(plan::HORIZON + plan::RESTART))?;
    if world.is_up(server) {
        // The shutdown is a command like others: it may come while much is under way.
        let done = world.command(server, Command::Shutdown);
        assert_eq!(done, Ok(()), "there is one shutdown");
    }
    world.run_for(plan::ENDING)?;
    let violated = |world: &World, reason: String| Violation {
        seed: plan.seed,
        at: world.now(),
        host: "server".into(),
        rule: "at rest".into(),
        reason,
    };
    if world.is_up(server) {
        let machine = world.machine(server).machine();
        let left = (
            machine.open_streams(),
            machine.held_octets(),
            world.open_flows(server),
        );
        if left != (0, 0, 0) {
            return Err(violated(
                &world,
                format!("INV-15: streams, octets and sockets are left: {left:?}"),
            ));
        }
        let counters = machine.counters();
        let mut checks = checks.borrow_mut();
        checks.note_many("streams refused", counters.refused);
        checks.note_many("streams idle", counters.idle);
        checks.note_many("streams slow", counters.slow);
        if !checks.stopped {
            return Err(violated(&world, "the server never said that it stopped".into()));
        }
    }
    let mut checks = checks.borrow_mut();
    for client in clients {
        for (_, event) in world.events(client) {
            checks
                .answered(event)
                .map_err(|reason| violated(&world, reason))?;
        }
    }
    checks.at_rest(plan).map_err(|reason| violated(&world, reason))?;
    Ok(Outcome {
        trace_hash: world.trace_hash(),
        faults: world.tally().clone(),
        sightings: std::mem::take(&mut checks.sightings),
        recording: world.machine_mut(server).map(Recorder::take).unwrap_or_default(),
    })
}

/// Adds the honest clients, who ask what the plan says.
fn add_clients(world: &mut World, plan: &Plan) -> Vec<Host<Requester>> {
    let clients: Vec<Host<Requester>> = (1..=plan::CLIENTS)
        .map(|number| {
            let place = HostConfig::new(&format!("client {number}"), [198, 51, 100, number]);
            world.host(place, move |boot| {
                Requester::new(boot.seed, plan::requester()).expect("the limits are valid")
            })
        })
        .collect();
    for question in &plan.questions {
        let (client, ask) = (clients[question.client], question.ask.clone());
        world.at(question.at, move |world| {
            let done = world.command(client, transport::Command::Ask(ask));
            assert_eq!(done, Ok(()), "the plan asks no nonsense");
        });
    }
    clients
}

/// How the question with this event ended, in a word.
fn how_it_ended(event: &Event) -> String {
    match event {
        Event::Answered { reply, .. } => {
            format!("answered {} by {:?}", reply.message.view().rcode(), reply.proto)
        }
        Event::Failed { .. } => "failed".into(),
    }
}

/// How long a client that is slow waits between two octets.
pub(crate) const TRICKLE: Duration = Duration::from_millis(900);
