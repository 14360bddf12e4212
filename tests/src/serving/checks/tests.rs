//! Each check objects to a trace that breaks its rule, and to no other.
//!
//! A server does what it is told, and what comes out of it is altered by hand before a check sees it.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use nameward_core::flow::{FlowId, Lane, ListenerId};
use nameward_core::machine::{Action, CloseCause, Input, Machine, Output, Proto, Wake};
use nameward_core::seed::Seed;
use nameward_core::server::session::{Command, Event, Session};
use nameward_core::time::{Instant, Now};
use nameward_sim::{Told, What};

use super::{Check, Denied, Noted, Requests, Seeds, StreamPlaces};
use crate::serving::plan::{KEYED, Plan, SERVER};
use crate::serving::visitor::Message;

const HONEST: &str = "198.51.100.1:4000";
const OTHER: &str = "198.51.100.2:4000";
const STRANGER: &str = "198.51.100.200:4000";

/// Two streams, one for each client; another server, for the first client; one request that waits.
fn plan(more: &str) -> Plan {
    let text = format!(
        "seed is=0\n\
         streams all=2 client=1 in-flight=25 output=4096 idle=4000 pressed=1000 patience=5000\n\
         layers recursion=First pending=1 client=1 patience=500 hosts tells{more}\n\
         other number=0 habit=Honest thinks=1\n"
    );
    text.parse().expect("it is a plan")
}

/// Something that happens to the server.
#[derive(Clone, Debug)]
enum Step {
    Request(&'static str, ListenerId, Vec<u8>),
    Accepted(u64, &'static str),
    Closed(u64),
    Received(u64, Vec<u8>),
    Tick(u64),
    Command(Command),
    /// The client took all octets that there are.
    Took(u64),
}

/// A query over datagrams.
fn asks(peer: &'static str, name: &[u8]) -> Step {
    Step::Request(peer, ListenerId(0), query(name))
}

/// A query of type A, with RD.
fn query(name: &[u8]) -> Vec<u8> {
    [b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0", name, b"\0\0\x01\0\x01"].concat()
}

const MAIL: &[u8] = b"\x04mail\x07example";
const ELSEWHERE: &[u8] = b"\x03www\x09elsewhere";

fn accepted(number: u64) -> FlowId {
    FlowId::from_driver(Lane(0), number)
}

/// What a check says when what comes out of a server is altered, an output to any number of them.
fn objection(
    plan: &Plan,
    check: impl FnOnce(&Plan, &Seeds, &Noted) -> Box<dyn Check>,
    steps: &[Step],
    mut alter: impl FnMut(Output<Event>) -> Vec<Output<Event>>,
) -> Option<String> {
    let seeds = Seeds::default();
    seeds.borrow_mut().push_back(Seed::from_number(7));
    let mut check = check(plan, &seeds, &Noted::default());
    let mut session = Session::new(Seed::from_number(7), plan.session()).expect("the plan is valid");
    let mut now = Now::without_wall(Instant::ZERO);
    for step in steps {
        if let Step::Tick(milliseconds) = step {
            now = Now::without_wall(Instant::ZERO.after(Duration::from_millis(*milliseconds)));
        }
        let seen = take(&mut session, now, step, &mut *check);
        if seen.is_err() {
            return seen.err();
        }
        loop {
            let output = session.poll();
            let is_last = matches!(output, Output::Idle(_));
            for output in alter(output) {
                let output = &told(&output);
                if let Err(objection) = check.look(&What::Output { now, output }) {
                    return Some(objection);
                }
            }
            if is_last {
                break;
            }
        }
    }
    check.at_rest().err()
}

fn take(session: &mut Session, now: Now, step: &Step, check: &mut dyn Check) -> Result<(), String> {
    let address = |peer: &str| -> SocketAddr { peer.parse().expect("an address") };
    let input = match step {
        Step::Request(peer, listener, data) => Input::Request {
            listener: *listener,
            peer: address(peer),
            local: None,
            data,
        },
        Step::Accepted(number, peer) => Input::Accepted {
            flow: accepted(*number),
            listener: ListenerId(1),
            peer: address(peer),
            local: SERVER,
        },
        Step::Closed(number) => Input::Closed {
            flow: accepted(*number),
            cause: CloseCause::Reset,
        },
        Step::Received(number, data) => Input::Received {
            flow: accepted(*number),
            data,
        },
        Step::Tick(_) => Input::Tick,
        Step::Command(command) => {
            let answer = &session.command(now, command.clone());
            return check.look(&What::Command { now, command, answer });
        }
        Step::Took(number) => {
            let flow = accepted(*number);
            let data = session.stream_out(flow).to_vec();
            session.stream_sent(now, flow, data.len());
            let data = &data;
            return check.look(&What::StreamSent { now, flow, data });
        }
    };
    session.handle(now, input);
    let input = &input;
    check.look(&What::Input {
        now,
        input,
        packet: None,
    })
}

fn told(output: &Output<Event>) -> Output<&dyn Told> {
    match output {
        Output::Do(action) => Output::Do(action.clone()),
        Output::Event(event) => Output::Event(event as &dyn Told),
        Output::Ignored { flow, why } => Output::Ignored {
            flow: *flow,
            why: *why,
        },
        Output::Idle(wake) => Output::Idle(*wake),
    }
}

fn as_it_is(output: Output<Event>) -> Vec<Output<Event>> {
    vec![output]
}

fn requests(plan: &Plan, _: &Seeds, noted: &Noted) -> Box<dyn Check> {
    Box::new(Requests::new(plan, noted))
}

fn places(plan: &Plan, _: &Seeds, _: &Noted) -> Box<dyn Check> {
    Box::new(StreamPlaces::new(plan))
}

fn denied(plan: &Plan, seeds: &Seeds, noted: &Noted) -> Box<dyn Check> {
    Box::new(Denied::new(plan, seeds, noted))
}

/// All that a server meets: nobody objects to what it does.
fn a_day() -> Vec<Step> {
    let framed =
        |query: Vec<u8>| [&[0, u8::try_from(query.len()).expect("it is short")], &query[..]].concat();
    vec![
        asks(HONEST, MAIL),
        asks(STRANGER, MAIL),
        Step::Request(HONEST, KEYED[0], query(ELSEWHERE)),
        Step::Request(HONEST, ListenerId(0), Message::Notify.octets()),
        Step::Request(HONEST, ListenerId(0), Message::Response.octets()),
        Step::Request(HONEST, ListenerId(0), Message::BadlySigned.octets()),
        asks(OTHER, ELSEWHERE),
        asks(HONEST, ELSEWHERE),
        asks(STRANGER, ELSEWHERE),
        // One too many.
        asks(HONEST, b"\x04mail\x09elsewhere"),
        Step::Accepted(1, HONEST),
        Step::Accepted(2, HONEST),
        Step::Received(1, framed(query(MAIL))),
        Step::Took(1),
        Step::Closed(1),
        Step::Accepted(3, HONEST),
        Step::Tick(7_500),
        Step::Command(Command::Shutdown),
    ]
}

#[test]
fn nobody_objects_to_a_server_that_keeps_the_rules() {
    for more in ["", " application"] {
        let plan = plan(more);
        for check in [requests, places, denied] {
            assert_eq!(objection(&plan, check, &a_day(), as_it_is), None);
        }
    }
}

/// Alters the replies.
fn replies(
    mut alter: impl FnMut(SocketAddr, Vec<u8>) -> Option<(SocketAddr, Vec<u8>)>,
) -> impl FnMut(Output<Event>) -> Vec<Output<Event>> {
    move |output| match output {
        Output::Do(Action::Reply {
            listener,
            to,
            from,
            data,
        }) => {
            let altered = alter(to, data.to_vec());
            let reply = altered.map(|(to, data)| {
                let data = Bytes::from(data);
                Output::Do(Action::Reply {
                    listener,
                    to,
                    from,
                    data,
                })
            });
            reply.into_iter().collect()
        }
        output => vec![output],
    }
}

#[track_caller]
fn assert_begins(objection: Option<String>, rule: &str) {
    let objection = objection.unwrap_or_default();
    assert!(objection.starts_with(rule), "{rule} {objection}");
}

#[test]
fn inv_14_and_inv_7_are_about_what_a_reply_says_and_to_whom() {
    let steps = [asks(HONEST, MAIL), asks(OTHER, MAIL)];
    let altered = |alter: &dyn Fn(SocketAddr, Vec<u8>) -> Option<(SocketAddr, Vec<u8>)>| {
        objection(&plan(""), requests, &steps, replies(alter))
    };
    assert_eq!(altered(&|to, data| Some((to, data))), None);
    assert_begins(
        altered(&|_, data| Some((STRANGER.parse().unwrap(), data))),
        "INV-14:",
    );
    let change = |at: usize, with: u8| {
        altered(&move |to, mut data| {
            data[at] ^= with;
            Some((to, data))
        })
    };
    // The ID, TC, the RCODE, a letter of the question, and the last octet, which is of an address.
    assert_begins(change(1, 1), "INV-14:");
    assert_begins(change(2, 2), "INV-7:");
    assert_begins(change(3, 2), "INV-14:");
    assert_begins(change(14, 1), "INV-14:");
    let last = |to, mut data: Vec<u8>| {
        *data.last_mut().unwrap() ^= 1;
        Some((to, data))
    };
    assert_begins(altered(&last), "INV-14:");
    assert_begins(
        altered(&|to, data| Some((to, [data, vec![0; 512]].concat()))),
        "INV-7:",
    );
    assert_begins(altered(&|_, _| None), "INV-11:");
}

#[test]
fn p11_a_response_is_not_answered() {
    let steps = [Step::Request(HONEST, ListenerId(0), Message::Response.octets())];
    let answered = |output| match output {
        Output::Ignored { .. } => {
            let mut data = query(ELSEWHERE);
            data[..4].copy_from_slice(b"\x56\x49\x81\x05");
            vec![Output::Do(Action::Reply {
                listener: ListenerId(0),
                to: HONEST.parse().unwrap(),
                from: None,
                data: data.into(),
            })]
        }
        output => vec![output],
    };
    assert_begins(objection(&plan(""), requests, &steps, answered), "P11:");
}

#[test]
fn inv_17_others_are_asked_what_no_layer_before_them_has_and_for_whom_they_may() {
    let instead = |name: &'static [u8], peer| {
        let asked_for = move |output| match output {
            Output::Do(Action::Send { flow, .. }) => {
                let data = query(name).into();
                vec![Output::Do(Action::Send { flow, data })]
            }
            output => vec![output],
        };
        // Who may not have it from others asks too.
        let steps = [asks(HONEST, ELSEWHERE), asks(peer, b"\x04mail\x09elsewhere")];
        objection(&plan(""), requests, &steps, asked_for)
    };
    // It never is answered.
    assert_begins(instead(ELSEWHERE, OTHER), "INV-11:");
    assert_begins(instead(MAIL, OTHER), "INV-17:");
    assert_begins(instead(b"\x07printer", OTHER), "INV-17:");
    assert_begins(instead(b"\x04mail\x09elsewhere", OTHER), "INV-17:");
    let elsewhere = |output| match output {
        Output::Do(Action::Open {
            flow, proto, read, ..
        }) => {
            let remote = OTHER.parse().unwrap();
            vec![Output::Do(Action::Open {
                flow,
                proto,
                remote,
                read,
            })]
        }
        output => vec![output],
    };
    let steps = [asks(HONEST, ELSEWHERE)];
    assert_begins(objection(&plan(""), requests, &steps, elsewhere), "INV-17:");
}

#[test]
fn inv_11_and_inv_10_are_about_requests_that_wait() {
    let without_replies = || replies(|_, _| None);
    for more in ["", " application"] {
        let steps = [asks(HONEST, ELSEWHERE), Step::Tick(10_000)];
        assert_begins(
            objection(&plan(more), requests, &steps, without_replies()),
            "INV-11:",
        );
    }
    // Its time has not come.
    let steps = [
        asks(HONEST, ELSEWHERE),
        Step::Tick(1),
        asks(HONEST, b"\x04mail\x09elsewhere"),
    ];
    let too_many = objection(&plan(""), requests, &steps, without_replies());
    assert_begins(too_many, "INV-10:");
    // Nobody waits, and somebody is told that too many do.
    let servfail = query(ELSEWHERE);
    let busy = move |output| match output {
        Output::Idle(_) => {
            let mut data = servfail.clone();
            data[2..4].copy_from_slice(&[0x81, 0x82]);
            let (listener, to, data) = (ListenerId(0), HONEST.parse().unwrap(), data.into());
            vec![Output::Do(Action::Reply {
                listener,
                to,
                from: None,
                data,
            })]
        }
        output => vec![output],
    };
    assert_begins(
        objection(&plan(""), requests, &[asks(HONEST, ELSEWHERE)], busy),
        "INV-10:",
    );
}

#[test]
fn inv_10_and_inv_15_are_about_places_for_streams() {
    let open = |output| match output {
        Output::Do(Action::Close { .. }) => Vec::new(),
        output => vec![output],
    };
    let of_one = [Step::Accepted(1, HONEST), Step::Accepted(2, HONEST)];
    assert_begins(objection(&plan(""), places, &of_one, open), "INV-10:");
    let of_all = [
        Step::Accepted(1, HONEST),
        Step::Accepted(2, OTHER),
        Step::Accepted(3, STRANGER),
    ];
    assert_begins(objection(&plan(""), places, &of_all, open), "INV-10:");
    let turned_away = |output| match output {
        Output::Idle(_) => vec![Output::Do(Action::Close { flow: accepted(2) }), output],
        output => vec![output],
    };
    let again = [
        Step::Accepted(1, HONEST),
        Step::Closed(1),
        Step::Accepted(2, HONEST),
    ];
    assert_begins(objection(&plan(""), places, &again, turned_away), "INV-15:");
}

/// The extra thing that a server does because of somebody who is not allowed to.
#[test]
fn inv_18_who_is_not_allowed_to_changes_nothing() {
    let wake = Wake {
        at: Instant::ZERO.after(Duration::from_secs(1)),
        why: "by hand",
    };
    let more: [fn(Wake) -> Output<Event>; 4] = [
        |_| {
            Output::Do(Action::Open {
                flow: FlowId::from_machine(Lane(1), 1),
                proto: Proto::Datagram,
                remote: ([203, 0, 113, 200], 53).into(),
                read: true,
            })
        },
        |_| Output::Event(Event::Stopped),
        |_| Output::Do(Action::Close { flow: accepted(1) }),
        |wake| Output::Idle(Some(wake)),
    ];
    let unwelcome = [
        asks(STRANGER, MAIL),
        asks(STRANGER, ELSEWHERE),
        Step::Request(HONEST, KEYED[0], query(MAIL)),
        Step::Request(HONEST, ListenerId(0), Message::Notify.octets()),
        Step::Request(HONEST, ListenerId(0), Message::Update.octets()),
        Step::Request(HONEST, ListenerId(0), Message::Unassigned.octets()),
        Step::Request(HONEST, ListenerId(0), Message::Response.octets()),
    ];
    for step in unwelcome {
        let steps = [step];
        assert_eq!(objection(&plan(""), denied, &steps, as_it_is), None);
        for output in more {
            let before_it_waits = |last| match last {
                Output::Idle(_) => vec![output(wake)],
                last => vec![last],
            };
            assert_begins(objection(&plan(""), denied, &steps, before_it_waits), "INV-18:");
        }
        let to_another = replies(|_, data| Some((OTHER.parse().unwrap(), data)));
        if !matches!(&steps[0], Step::Request(_, _, data) if *data == Message::Response.octets()) {
            assert_begins(objection(&plan(""), denied, &steps, to_another), "INV-18:");
        }
    }
}

#[test]
fn inv_18_who_is_not_allowed_to_changes_nothing_that_others_get() {
    let steps = [
        asks(STRANGER, ELSEWHERE),
        asks(HONEST, ELSEWHERE),
        asks(HONEST, MAIL),
        Step::Accepted(1, HONEST),
    ];
    assert_eq!(objection(&plan(""), denied, &steps, as_it_is), None);
    // The message ID of the query to another server, and an octet of a reply.
    let other_id = |output| match output {
        Output::Do(Action::Send { flow, data }) => {
            let mut data = data.to_vec();
            data[0] ^= 1;
            vec![Output::Do(Action::Send {
                flow,
                data: data.into(),
            })]
        }
        output => vec![output],
    };
    assert_begins(objection(&plan(""), denied, &steps, other_id), "INV-18:");
    let other_octet = replies(|to, mut data| {
        if to == HONEST.parse().unwrap() {
            *data.last_mut().unwrap() ^= 1;
        }
        Some((to, data))
    });
    assert_begins(objection(&plan(""), denied, &steps, other_octet), "INV-18:");
    // What others are refused.
    let closed = |output| match output {
        Output::Idle(_) => vec![Output::Do(Action::Close { flow: accepted(1) })],
        output => vec![output],
    };
    assert_begins(objection(&plan(""), denied, &steps, closed), "INV-18:");
}
