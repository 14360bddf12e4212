//! `nameward query --world`: one question to the servers of a world that is made of zone files, in virtual time.

mod steps;
mod zones;

use std::path::Path;

use bytes::BytesMut;
use nameward_core::client::Outcome;
use nameward_core::recursor::{Answer, Command, Config, Event, Recursor, Resolution, ResolutionId, Step};
use nameward_core::time::UnixTime;
use nameward_core::transport::QueryOptions;
use nameward_core::wire::{Flags, Message, MessageWriter, Question, Rcode, Section, WriteError};
use nameward_sim::World;
use nameward_sim::worlds::{self, Internet};

use super::{misuse, options};
use crate::arguments::{Flags as Wanted, Query, Words};
use crate::colour::Console;
use crate::failure::Failure;
use crate::json;
use crate::present::Present;
use crate::utc::Calendar;

/// The seed of every world: the same question has the same answer, on the same way.
const SEED: u64 = 1;

/// The world that is built in.
const DEMO: &str = "demo";

/// How a question went.
struct Went {
    steps: Vec<Step>,
    end: Event,
    milliseconds: u128,
    wall: Option<UnixTime>,
}

/// Asks, and prints what comes of it.
pub(super) fn run(query: &Query, words: &Words, world: &Path, console: Console) -> Result<(), Failure> {
    if let Some(server) = &words.server {
        let sentence = format!("a world is asked from its root on: leave '@{server}' out");
        return Err(Failure::Usage(sentence));
    }
    if words.flags.trace && (query.json || words.flags.short) {
        let sentence = "'+trace' prints messages: leave out '+short' and '--json'";
        return Err(Failure::Usage(sentence.to_owned()));
    }
    let internet = if world == Path::new(DEMO) {
        worlds::demo()
    } else {
        Internet::new(zones::read(world)?)
            .map_err(|error| Failure::Malformed(format!("{}: {error}", world.display())))?
    };
    let question = Question {
        name: words.name.clone(),
        rtype: words.rtype,
        class: words.class,
    };
    let went = resolve(&internet, &question, &words.flags)?;
    let heading = format!(
        "\n; <<>> nameward {} <<>> {}\n;; global options: +cmd\n",
        env!("CARGO_PKG_VERSION"),
        query.words.join(" ")
    );
    if words.flags.trace {
        console.print(&heading)?;
        for step in &went.steps {
            console.print(&steps::present(step))?;
        }
    }
    let answer = match &went.end {
        Event::Answered { answer, .. } => answer,
        Event::Failed { error, .. } => return Err(Failure::NoReply(format!("no answer: {error}"))),
        // Invariant: a step is not the end.
        Event::Stepped { .. } => return Err(Failure::NoReply("no answer".to_owned())),
    };
    if words.flags.trace {
        return Ok(());
    }
    let octets = respond(&question, answer, words.flags.recurse);
    let octets = octets.map_err(|error| Failure::Malformed(format!("the answer is no message: {error}")))?;
    // Invariant: what the writer wrote is a message.
    let message = Message::parse(&octets).map_err(|error| Failure::Malformed(error.to_string()))?;
    let message = Present {
        unknown_format: words.flags.unknown_format,
        ..Present::new(message)
    };
    if query.json {
        return console.print(&json::received(&message, Calendar::of(went.wall))?);
    }
    if words.flags.short {
        return console.print(&message.short());
    }
    let server = went.steps.last().map(steps::server).unwrap_or_default();
    console.print(&format!(
        "{heading};; Got answer:\n{message};; Query time: {} msec\n;; SERVER: {server}\n;; WHEN: {}\n;; MSG SIZE  rcvd: {}\n\n",
        went.milliseconds,
        Calendar::of(went.wall),
        octets.len(),
    ))
}

/// Lets a recursor find the answer.
fn resolve(internet: &Internet, question: &Question, flags: &Wanted) -> Result<Went, Failure> {
    let mut world = World::new(SEED);
    internet.settle(&mut world);
    let config = Config {
        hints: internet.hints().to_vec(),
        options: how(question, flags),
        ..Config::default()
    };
    config.validate().map_err(misuse)?;
    let recursor = world.host(internet.guest("nameward"), move |boot| {
        // Invariant: it was valid before.
        Recursor::new(boot.seed, config.clone()).expect("the configuration is valid")
    });
    let resolution = Resolution {
        id: ResolutionId(0),
        question: question.clone(),
    };
    world
        .command(recursor, Command::Resolve(resolution))
        .map_err(misuse)?;
    world
        .run()
        .map_err(|violation| Failure::System(violation.to_string()))?;
    let mut steps = Vec::new();
    let mut end = None;
    for (at, event) in world.events(recursor) {
        match event {
            Event::Stepped { step, .. } => steps.push(Step::clone(step)),
            event => end = Some((*at, event.clone())),
        }
    }
    let (at, end) = end.ok_or_else(|| Failure::NoReply("no answer".to_owned()))?;
    let milliseconds = at.since(nameward_core::time::Instant::ZERO).as_millis();
    let wall = world.clock(recursor).wall;
    Ok(Went {
        steps,
        end,
        milliseconds,
        wall,
    })
}

/// How each server is asked. Who says nothing else asks as a recursor does.
fn how(question: &Question, flags: &Wanted) -> QueryOptions {
    let usual = Config::default().options;
    QueryOptions {
        timeout: if flags.time == Wanted::default().time {
            usual.timeout
        } else {
            flags.time
        },
        authentic_data: false,
        cookies: usual.cookies && flags.edns.is_some(),
        case_randomization: usual.case_randomization,
        ..options::of(flags, &question.name, [0; 8])
    }
}

/// The response that a server of recursion would make of it.
fn respond(question: &Question, answer: &Answer, recursion_desired: bool) -> Result<BytesMut, WriteError> {
    let rcode = match answer.outcome {
        Outcome::NxDomain => Rcode::NXDOMAIN,
        Outcome::Positive | Outcome::NoData => Rcode::NOERROR,
    };
    let flags = Flags::default()
        .with_qr(true)
        .with_rd(recursion_desired)
        .with_ra(true)
        .with_rcode(rcode);
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, 0, flags);
    writer.question(&question.name, question.rtype, question.class)?;
    for (section, sets) in [
        (Section::Answer, &answer.rrsets),
        (Section::Authority, &answer.authority),
    ] {
        for set in sets {
            set.write(&mut writer, section)?;
        }
    }
    writer.finish();
    Ok(out)
}
