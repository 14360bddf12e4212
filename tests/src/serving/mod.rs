//! A server and its clients, honest and hostile, in a hostile internet, drawn from a seed.
//!
//! [`Plan::from_seed`] draws who is there, what the server has besides zones, what is asked and what goes wrong; [`run`] lets it happen and
//! checks the invariants after every event, from outside.

mod checks;
mod hostile;
mod layers;
mod others;
mod plan;
mod script;
mod truth;
mod visitor;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use nameward_core::machine::{Misuse, Output};
use nameward_core::server::session::{self, Command, Session};
use nameward_core::time::Instant;
use nameward_core::trace::Recorder;
use nameward_core::transport::{self, Event, Requester};
use nameward_sim::{Act, Host, HostConfig, HostId, Link, Tally, Violation, What, World};

pub use hostile::{Hostile, Manner};
pub use layers::ZONES;
pub use plan::Plan;

use checks::{Check, Seeds};
use plan::{CLIENTS, Change, Data};
use visitor::VISITOR;

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

type Server = Host<Recorder<Session>>;

/// Runs a plan until nothing more happens.
///
/// # Errors
///
/// The invariant that was broken, with the seed.
pub fn run(plan: &Plan) -> Result<Outcome, Violation> {
    run_in(plan, &mut World::new(plan.seed))
}

/// Runs a plan in a world that draws what goes wrong, or that replays it.
fn run_in(plan: &Plan, world: &mut World) -> Result<Outcome, Violation> {
    world.set_default_link(plan.faults.link(Link::default()));
    let seeds = Seeds::default();
    let noted = checks::Noted::default();
    let watch = Rc::new(RefCell::new(Watch {
        server: None,
        checks: checks::all(plan, &seeds, &noted),
        questions: VecDeque::new(),
        stopped: false,
    }));
    Watch::watch(&watch, world);
    let config = plan.session();
    let server: Server = world.host(plan.place(), move |boot| {
        seeds.borrow_mut().push_back(boot.seed.clone());
        Recorder::new(boot.seed, config.clone()).expect("the plan is valid")
    });
    watch.borrow_mut().server = Some(server.id);
    plan.faults
        .disturb(world, server.id, Instant::ZERO.after(plan::HORIZON));
    plan.changes
        .iter()
        .for_each(|&change| schedule(world, server, change));
    others::add(world, plan);
    let clients = add_clients(world, plan);
    add_visitor(world, plan);
    for (number, &manner) in (0..).zip(&plan.hostile) {
        let name = format!("hostile {number}");
        let machine = Hostile::new(plan::SERVER, manner, 5);
        world.host(HostConfig::new(&name, [203, 0, 113, number]), move |_| {
            machine.clone()
        });
    }
    let until = Instant::ZERO.after(plan::HORIZON + plan::RESTART);
    run_with_application(world, server, &watch, until)?;
    if world.is_up(server) {
        // The shutdown is a command like others: it may come while much is under way.
        let done = world.command(server, Command::Shutdown);
        assert_eq!(done, Ok(()), "there is one shutdown");
    }
    run_with_application(world, server, &watch, until.after(plan::ENDING))?;
    let ended = at_rest(world, server, &clients, plan, &watch, &noted);
    ended.map_err(|reason| Violation {
        seed: plan.seed,
        at: world.now(),
        host: "server".into(),
        rule: "at rest".into(),
        reason,
    })?;
    Ok(Outcome {
        trace_hash: world.trace_hash(),
        faults: world.tally().clone(),
        sightings: noted.take(),
        recording: world.machine_mut(server).map(Recorder::take).unwrap_or_default(),
    })
}

/// All that looks on.
struct Watch {
    server: Option<HostId>,
    checks: Vec<Box<dyn Check>>,
    /// What the application was asked, and has not seen.
    questions: VecDeque<session::Asked>,
    stopped: bool,
}

impl Watch {
    fn watch(watch: &Rc<RefCell<Self>>, world: &mut World) {
        let watch = Rc::clone(watch);
        world.observe("serving", move |happening| {
            let mut watch = watch.borrow_mut();
            if watch.server.is_none_or(|server| server == happening.host) {
                watch.look(&happening.what)
            } else {
                Ok(())
            }
        });
    }

    fn look(&mut self, what: &What<'_>) -> checks::Verdict {
        self.checks.iter_mut().try_for_each(|check| check.look(what))?;
        match what {
            What::Crashed => {
                self.stopped = false;
                self.questions.clear();
            }
            What::Output {
                output: Output::Event(event),
                ..
            } => match event.downcast_ref() {
                Some(session::Event::Asked(asked)) => self.questions.push_back(asked.clone()),
                Some(session::Event::Stopped) => self.stopped = true,
                None => {}
            },
            _ => {}
        }
        Ok(())
    }
}

/// Lets all happen until then, while the application answers what it is asked.
fn run_with_application(
    world: &mut World,
    server: Server,
    watch: &Rc<RefCell<Watch>>,
    until: Instant,
) -> Result<(), Violation> {
    loop {
        world.run_while(until, |_| watch.borrow().questions.is_empty())?;
        let Some(asked) = watch.borrow_mut().questions.pop_front() else {
            return Ok(());
        };
        let (after, answer) = layers::application_says(&asked.question).into_command();
        let id = asked.id;
        world.at(world.now().after(after), move |world| {
            // A server that was started again numbers its requests anew; what it was asked before is nothing to it.
            if world.is_up(server) {
                let done = world.command(server, Command::Answer { id, answer });
                assert!(matches!(done, Ok(()) | Err(Misuse::NotInUse(_))), "{done:?}");
            }
        });
    }
}

fn schedule(world: &mut World, server: Server, change: Change) {
    world.at(change.at, move |world| {
        if world.is_up(server) {
            let done = world.command(
                server,
                match change.data {
                    Data::Zones => Command::Zones(layers::zones(change.version)),
                    Data::Hosts => Command::Hosts(layers::hosts(change.version)),
                },
            );
            assert_eq!(done, Ok(()), "data is replaced at any time");
        }
    });
}

/// Adds the honest clients and the stranger, who ask what the plan says.
fn add_clients(world: &mut World, plan: &Plan) -> Vec<Host<Requester>> {
    let clients: Vec<Host<Requester>> = (0..usize::from(CLIENTS))
        .map(|number| {
            let place = HostConfig::new(&format!("client {number}"), plan::client(number));
            world.host(place, move |boot| {
                Requester::new(boot.seed, plan::requester()).expect("the limits are valid")
            })
        })
        .collect();
    for question in &plan.questions {
        let (client, ask) = (clients[question.client], question.ask());
        world.at(question.at, move |world| {
            let done = world.command(client, transport::Command::Ask(ask));
            assert_eq!(done, Ok(()), "the plan asks no nonsense");
        });
    }
    clients
}

/// Adds who sends what is no query.
fn add_visitor(world: &mut World, plan: &Plan) {
    if plan.visits.is_empty() {
        return;
    }
    let place = HostConfig::server("visitor", VISITOR.ip(), VISITOR.port());
    let visitor = world.script(place, |_, _| Vec::new());
    for visit in &plan.visits {
        let act = Act::Datagram {
            from: VISITOR,
            to: plan::SERVER,
            data: visit.message.octets().into(),
        };
        world.at(visit.at, move |world| world.act(visitor, act));
    }
}

/// What must hold when nothing more will happen.
fn at_rest(
    world: &World,
    server: Server,
    clients: &[Host<Requester>],
    plan: &Plan,
    watch: &Rc<RefCell<Watch>>,
    noted: &checks::Noted,
) -> checks::Verdict {
    let mut watch = watch.borrow_mut();
    watch.checks.iter_mut().try_for_each(|check| check.at_rest())?;
    if world.is_up(server) {
        let machine = world.machine(server).machine();
        let left = (
            machine.open_streams(),
            machine.held_octets(),
            machine.pending_requests(),
            world.open_flows(server),
        );
        if left != (0, 0, 0, 0) {
            return Err(format!(
                "INV-15: streams, octets, requests and sockets are left: {left:?}"
            ));
        }
        let counters = machine.counters();
        let mut noted = noted.borrow_mut();
        for (what, count) in [
            ("streams refused", counters.refused),
            ("streams idle", counters.idle),
            ("streams slow", counters.slow),
        ] {
            if count > 0 {
                *noted.entry(what.into()).or_default() += count;
            }
        }
        if !watch.stopped {
            return Err("INV-11: the server never said that it stopped".into());
        }
    }
    let (mut ended, mut answered) = (0, 0);
    for &client in clients {
        for (_, event) in world.events(client) {
            ended += 1;
            answered += usize::from(matches!(event, Event::Answered { .. }));
            checks::note(noted, &how_it_ended(event));
        }
    }
    if ended != plan.questions.len() {
        let asked = plan.questions.len();
        return Err(format!("INV-11: {asked} questions, and {ended} ended"));
    }
    let least = plan.to_be_answered();
    if answered < least {
        return Err(format!(
            "INV-11: {answered} questions were answered, and nothing was in the way of {least}"
        ));
    }
    Ok(())
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
