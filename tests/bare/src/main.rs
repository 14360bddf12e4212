//! The core at work where there is no system.
//!
//! Built for `wasm32-unknown-unknown`, this program is a module whose import section must be empty: then no clock, no
//! entropy source and no socket can be reached from it, whatever it does. `run.mjs` checks that and runs it. A rule that
//! does not hold is a panic, which is a trap there.

use core::error::Error;

use nameward_core::machine::{Action, Input, Machine, Output};
use nameward_core::seed::{Rng, Seed};
use nameward_core::time::{Instant, Now};
use nameward_core::trace::{Recorder, Recording};
use nameward_core::transport::{Ask, Command, Config, Event, QueryOptions, QuestionId, Requester};
use nameward_core::wire::{A, Question, Rtype, Section};

/// The address that the server answers with.
const ADDRESS: [u8; 4] = [192, 0, 2, 1];

fn main() -> Result<(), Box<dyn Error>> {
    // RFC 8439 appendix A.1, test vector 1: the first eight bytes of the key stream of the all-zero key.
    let mut rng = Rng::new(&Seed::from_number(0));
    assert_eq!(
        rng.next_u64(),
        0x903d_f1a0_ade0_b876,
        "the generator differs on this target"
    );

    let recording = ask()?;
    let entries = Recording::parse(&recording)?.replay::<Requester>()?.run()?;
    assert!(entries > 5, "only {entries} entries were recorded");
    Ok(())
}

/// Asks a question, answers it, checks the answer, and returns the recording of all that.
fn ask() -> Result<Vec<u8>, Box<dyn Error>> {
    let mut requester = Recorder::<Requester>::new(Seed::from_number(1), Config::default())?;
    let ask = Ask {
        id: QuestionId(0),
        server: "192.0.2.53:53".parse()?,
        question: Question::new("a.example".parse()?, Rtype::A),
        options: QueryOptions::default(),
    };
    requester.command(Now::without_wall(Instant::ZERO), Command::Ask(ask))?;
    let (flow, query) = loop {
        match requester.poll() {
            Output::Do(Action::Send { flow, data }) => break (flow, data),
            Output::Idle(_) => return Err("the machine sends nothing".into()),
            _ => {}
        }
    };
    let data = answer(&query);
    requester.handle(
        Now::without_wall(Instant::from_nanos(1)),
        Input::Received { flow, data: &data },
    );
    let reply = loop {
        match requester.poll() {
            Output::Event(Event::Answered { reply, .. }) => break reply,
            Output::Idle(_) => return Err("the answer was not taken".into()),
            _ => {}
        }
    };
    let record = reply
        .message
        .view()
        .records(Section::Answer)
        .next()
        .ok_or("the answer has no record")?;
    let address = record.rdata::<A>()?.ok_or("the answer is of another type")?;
    assert_eq!(address.address.octets(), ADDRESS);
    Ok(requester.take())
}

/// The reply to `query`, by hand: its ID, its question letter for letter, and an A record.
fn answer(query: &[u8]) -> Vec<u8> {
    const QUESTION: &[u8] = b"\x01a\x07example\0\0\x01\0\x01";
    let (Some(id), Some(question)) = (query.get(..2), query.get(12..12 + QUESTION.len())) else {
        return Vec::new();
    };
    assert!(
        question.eq_ignore_ascii_case(QUESTION),
        "another question is asked"
    );
    let mut answer = Vec::from(id);
    answer.extend([0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0]);
    answer.extend(question);
    answer.extend(b"\xc0\x0c\0\x01\0\x01\0\0\x0e\x10\0\x04");
    answer.extend(ADDRESS);
    answer
}
