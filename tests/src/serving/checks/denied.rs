//! Who is not allowed to.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;

use nameward_core::machine::{Action, Input, Machine, Output, Proto};
use nameward_core::seed::Seed;
use nameward_core::server::session::{Command, Event, Session, SessionConfig};
use nameward_sim::{Told, What};

use super::{Check, Noted, Verdict, note};
use crate::serving::plan::Plan;
use crate::serving::truth::{Asked, Oracle};

/// The seeds with which the server started, those first that no check has taken yet.
pub(in super::super) type Seeds = Rc<RefCell<VecDeque<Seed>>>;

/// INV-18: who is not allowed to changes no state and uses up nothing.
///
/// Beside the server runs another one, which starts with the same seed and gets all that the server gets, but for the datagrams of those
/// who are not allowed to send them. Each of those draws one output at most, a refusal; and all else that comes out of the two is the same,
/// octet for octet: what others get, what other servers are asked with which message IDs, and what is waited for until when.
pub(in super::super) struct Denied {
    config: SessionConfig,
    seeds: Seeds,
    without: Option<Session>,
    expected: VecDeque<Expected>,
    noted: Noted,
}

/// What has to come out of the server.
#[derive(Debug)]
enum Expected {
    /// What came out of the server without those.
    Same(Output<Event>),
    /// A refusal to this peer, or that its datagram is ignored.
    Refusal(SocketAddr),
}

impl Denied {
    pub(in super::super) fn new(plan: &Plan, seeds: &Seeds, noted: &Noted) -> Self {
        Self {
            config: plan.session(),
            seeds: Rc::clone(seeds),
            without: None,
            expected: VecDeque::new(),
            noted: Rc::clone(noted),
        }
    }

    /// Lets the other server do something.
    fn follow(&mut self, act: impl FnOnce(&mut Session)) {
        let Some(session) = &mut self.without else {
            return;
        };
        act(session);
        loop {
            match session.poll() {
                Output::Idle(_) => break,
                output => self.expected.push_back(Expected::Same(output)),
            }
        }
    }

    fn came_out(&mut self, output: &Output<&dyn Told>) -> Verdict {
        if let Output::Idle(wake) = output {
            let without = self.without.as_mut().map(Machine::poll);
            let is_same = matches!(&without, Some(Output::Idle(same)) if same == wake);
            if is_same && self.expected.is_empty() {
                return Ok(());
            }
            let first = self.expected.front();
            return Err(format!(
                "INV-18: the server waits for {wake:?}; without those who are not allowed to: {first:?}, {without:?}"
            ));
        }
        let is_as_expected = match (self.expected.front(), output) {
            (Some(Expected::Refusal(peer)), Output::Do(Action::Reply { to, .. })) => {
                note(&self.noted, "refused by datagram");
                to == peer
            }
            (Some(Expected::Refusal(_)), Output::Ignored { flow: None, .. }) => {
                note(&self.noted, "not even refused");
                true
            }
            (Some(Expected::Same(same)), output) => is_same(same, output),
            _ => false,
        };
        let expected = self.expected.pop_front();
        if is_as_expected {
            Ok(())
        } else {
            Err(format!(
                "INV-18: {output:?}, and without those who are not allowed to it would be {expected:?}"
            ))
        }
    }
}

impl Check for Denied {
    fn look(&mut self, what: &What<'_>) -> Verdict {
        if let Some(seed) = self.seeds.borrow_mut().pop_front() {
            let session = Session::new(seed, self.config.clone());
            self.without = Some(session.expect("the plan is valid"));
            self.expected.clear();
        }
        match what {
            What::Crashed => {
                self.without = None;
                self.expected.clear();
            }
            What::Command { now, command, .. } => {
                if let Some(command) = command.downcast_ref::<Command>() {
                    let command = command.clone();
                    // What it answers was answered before.
                    self.follow(|session| drop(session.command(*now, command)));
                }
            }
            What::Input { now, input, .. } => {
                if let Input::Request {
                    peer, listener, data, ..
                } = **input
                {
                    let (proto, data) = (Proto::Datagram, data.to_vec());
                    let asked = Asked {
                        peer,
                        listener,
                        proto,
                        data,
                    };
                    if Oracle::denied(&asked).is_some() {
                        self.expected.push_back(Expected::Refusal(peer));
                        return Ok(());
                    }
                }
                self.follow(|session| session.handle(*now, **input));
            }
            What::StreamSent { now, flow, data } => {
                let same = self.without.as_ref().map(|session| session.stream_out(*flow));
                if !same.is_some_and(|same| same.starts_with(data)) {
                    return Err(format!(
                        "INV-18: {flow} would get something else than {data:02x?}"
                    ));
                }
                self.follow(|session| session.stream_sent(*now, *flow, data.len()));
            }
            What::Output { output, .. } => return self.came_out(output),
            _ => {}
        }
        Ok(())
    }
}

fn is_same(one: &Output<Event>, other: &Output<&dyn Told>) -> bool {
    match (one, other) {
        (Output::Do(one), Output::Do(other)) => one == other,
        (Output::Event(one), Output::Event(other)) => other.downcast_ref() == Some(one),
        (
            Output::Ignored { flow, why },
            Output::Ignored {
                flow: other,
                why: because,
            },
        ) => flow == other && why == because,
        _ => false,
    }
}
