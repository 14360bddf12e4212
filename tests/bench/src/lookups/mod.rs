//! Look-ups over real sockets, of a server that somebody else started.

mod on_mio;
mod on_tokio;
mod tally;

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use nameward_core::client::{Config, Outcome, Server, Stub};
use nameward_core::wire::Rtype;
use nameward_driver::resolver;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike as _};

use tally::{Tallied, Tally};

/// What is looked up: a name that ends with a dot, and a type.
type Question = (String, Rtype);

/// Looks names up, so many at a time, and prints what that took: the clock for all, the processor for each. `file` has lines of a name and a type, as dnsperf reads them; the
/// first `count` are asked of the server at this port of the loopback address.
pub(crate) fn run(
    runtime: &str,
    port: u16,
    file: &Path,
    count: usize,
    at_once: usize,
) -> Result<(), Box<dyn Error>> {
    let questions = questions(file, count)?;
    #[expect(clippy::disallowed_methods, reason = "how long it takes is what is measured")]
    let now = Instant::now;
    let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let (begun, before) = (now(), processor_time()?);
    let (answered, tally) = match runtime {
        "tokio" => on_tokio::look_up(stub(server, at_once)?, questions, at_once)?,
        "mio" => on_mio::look_up(stub(server, at_once)?, questions, at_once)?,
        _ => return Err(format!("no runtime {runtime}: tokio or mio").into()),
    };
    let ((user, system), elapsed) = (processor_time()?, begun.elapsed());
    let each = |time: TimeVal| time.num_microseconds() as f64 / count as f64;
    let (user, system) = (each(user - before.0), each(system - before.1));
    println!(
        "nameward on {runtime}, {at_once} at once: {:.0} look-ups/s, {:.2} us each ({user:.2} user, {system:.2} system), \
         answered {answered} of {count}; a fresh port each: {} ports, {} sent again, {} streams",
        count as f64 / elapsed.as_secs_f64(),
        user + system,
        tally.ports(),
        tally.datagrams.saturating_sub(count),
        tally.streams,
    );
    Ok(())
}

fn questions(file: &Path, count: usize) -> Result<Vec<Question>, Box<dyn Error>> {
    let text = std::fs::read_to_string(file)?;
    let questions: Result<Vec<_>, Box<dyn Error>> = text
        .lines()
        .take(count)
        .map(|line| {
            let (name, rtype) = line.split_once(' ').ok_or("a line is no name and type")?;
            Ok((format!("{name}."), rtype.parse()?))
        })
        .collect();
    let questions = questions?;
    if questions.len() < count {
        return Err(format!("{} has {} questions", file.display(), questions.len()).into());
    }
    Ok(questions)
}

/// As an application sets it up that wants each name once, and the time that the others get.
fn stub(server: SocketAddr, at_once: usize) -> Result<Tallied<Stub>, Box<dyn Error>> {
    let config = Config {
        servers: vec![Server::new(server)],
        cache: None,
        timeout: Duration::from_secs(3),
        attempts: 1,
        most_in_flight: u16::try_from(at_once)?,
        ..Config::default()
    };
    Ok(Tallied::new(resolver::stub(config)?))
}

/// Whether it is what was asked for: the names exist.
fn is_answer<E>(outcome: &Result<nameward_core::client::Answer, E>) -> bool {
    matches!(outcome, Ok(answer) if answer.outcome == Outcome::Positive)
}

/// How long this process was carried out, in user and in system mode.
fn processor_time() -> nix::Result<(TimeVal, TimeVal)> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    Ok((usage.user_time(), usage.system_time()))
}
