//! The requester under any list of inputs, with sense or without, at any times.

mod accounts;
mod driver;
mod reply;

use std::time::Duration;

use allocation_counter::measure;
use arbitrary::{Result, Unstructured};
use nameward_core::limits::Limits;
use nameward_core::machine::{Machine as _, Output};
use nameward_core::seed::Seed;
use nameward_core::trace::{Recorder, Recording};
use nameward_core::transport::{Config, Event, Requester};

use driver::Driver;

/// Most steps of one run.
const MOST_STEPS: usize = 200;

/// Takes `data` as limits and as a list of what happens.
pub fn body(data: &[u8]) {
    let mut source = Unstructured::new(data);
    let Ok(config) = config(&mut source) else {
        return;
    };
    let seed = Seed::from_number(1);
    let recorder = Recorder::<Requester>::new(seed, config.clone()).expect("the limits are valid");
    let mut driver = Driver::new(recorder, config.limits.clone());
    for _ in 0..MOST_STEPS {
        if source.is_empty() || driver.step(&mut source).is_err() {
            break;
        }
    }
    driver.finish();
    let (recording, outputs) = driver.into_parts();
    replayed(&recording);
    drained_at_the_end(&recording, &outputs);
}

fn config(source: &mut Unstructured<'_>) -> Result<Config> {
    let mut limits = Limits::default();
    if source.arbitrary()? {
        limits.packets = source.int_in_range(1..=8)?;
        limits.octets = source.int_in_range(512..=2_000)?;
        limits.attempts = source.int_in_range(1..=3)?;
        limits.time = Duration::from_millis(source.int_in_range(1..=10_000)?);
    }
    Ok(Config {
        limits,
        idle: Duration::from_secs(source.int_in_range(0..=120)?),
        keepalive: source.arbitrary()?,
        ..Config::default()
    })
}

/// The same calls, made to a machine that is built anew, bring the same octets.
fn replayed(recording: &[u8]) {
    let parsed = Recording::parse(recording).expect("a recording can be read");
    let mut replay = parsed
        .replay::<Requester>()
        .expect("the machine can be built again");
    if let Err(error) = replay.run() {
        panic!("{error}");
    }
}

/// What comes out does not depend on when one drains; and the machine takes memory in proportion to what it is told.
fn drained_at_the_end(recording: &[u8], outputs: &[Output<Event>]) {
    let parsed = Recording::parse(recording).expect("a recording can be read");
    let calls: std::result::Result<Vec<_>, _> = parsed.calls::<Requester>().collect();
    let calls = calls.expect("the calls can be read");
    let mut late = Vec::new();
    let mut machine = parsed
        .build::<Requester>()
        .expect("the machine can be built again");
    let memory = measure(|| {
        for (now, call) in calls {
            // What was refused is refused again.
            let _ = call.make(now, &mut machine);
        }
    });
    let most = 16 * 1024 + 64 * recording.len() as u64;
    assert!(
        memory.bytes_max <= most,
        "{} octets for {}",
        memory.bytes_max,
        recording.len()
    );
    loop {
        match machine.poll() {
            Output::Idle(_) => break,
            output => late.push(output),
        }
    }
    assert!(
        late == outputs,
        "drained at the end: {late:#?}\ndrained at once: {outputs:#?}"
    );
}
