//! `nameward query`: one question to one server, on a runtime, and the reply as dig prints it; or to all servers of a world, without a
//! network.

mod on_runtime;
mod options;
mod server;
mod world;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use nameward_core::limits::Limits;
use nameward_core::machine::{Machine, Misuse, Proto};
use nameward_core::seed::{Rng, Seed};
use nameward_core::trace::Recorder;
use nameward_core::transport::{Ask, Command, Config, Event, QuestionId, Reply, Requester};
use nameward_core::wire::{OptionCode, Question};
use nameward_driver::clock::{Clock as _, SystemClock};

use crate::arguments::{Query, Runtime, Words};
use crate::colour::Console;
use crate::failure::Failure;
use crate::json;
use crate::present::{COOKIE_MISMATCH, CookieVerdict, Present};
use crate::utc::Calendar;
use server::{Family, Server};

/// Asks, and prints what comes of it.
pub(crate) fn run(query: &Query, console: Console) -> Result<(), Failure> {
    let words = Words::read(query).map_err(|error| Failure::Usage(error.to_string()))?;
    if query.json && words.flags.short {
        let sentence = "'+short' and '--json' are two forms of the reply: leave one out";
        return Err(Failure::Usage(sentence.to_owned()));
    }
    match &query.world {
        Some(world) => world::run(query, &words, world, console),
        None if words.flags.trace => Err(Failure::Usage(
            "'+trace' shows the way through a world: say which, as in '--world demo'".to_owned(),
        )),
        None => console.print(&ask(query, &words)?),
    }
}

/// Asks a server, and returns what is to be printed.
fn ask(query: &Query, words: &Words) -> Result<String, Failure> {
    let family = match (query.four, query.six) {
        (true, _) => Family::Four,
        (_, true) => Family::Six,
        _ => Family::Any,
    };
    let server = Server::find(words.server.as_deref(), query.port, family, |host| {
        on_runtime::addresses(query.runtime, host)
    })?;
    let (seed, fresh_cookie) = entropy()?;
    let ask = Ask {
        id: QuestionId(0),
        server: server.address,
        options: options::of(&words.flags, &words.name, fresh_cookie),
        question: Question {
            name: words.name.clone(),
            rtype: words.rtype,
            class: words.class,
        },
    };
    let sent = ask.options.edns.clone().unwrap_or_default().options;
    let cookie = sent.iter().find(|option| option.code == OptionCode::COOKIE);
    let cookie = cookie.map(|option| option.data);
    let config = Config {
        limits: limits(),
        keepalive: false,
        ..Config::default()
    };
    let event = match &query.record {
        None => drive(query.runtime, Requester::new(seed, config).map_err(misuse)?, ask)?.0,
        Some(file) => {
            let recorder = Recorder::<Requester>::new(seed, config).map_err(misuse)?;
            let (event, mut recorder) = drive(query.runtime, recorder, ask)?;
            write_secret(file, &recorder.take()).map_err(|error| Failure::writing(file, &error))?;
            event
        }
    };
    match event {
        Event::Answered { reply, .. } => {
            let message = Present {
                unknown_format: words.flags.unknown_format,
                sent_cookie: cookie,
                ..Present::new(reply.message.view())
            };
            if query.json {
                json::received(&message, Calendar::of(SystemClock::new().now().wall))
            } else {
                Ok(present(query, words, &server, &message, &reply))
            }
        }
        Event::Failed { error, .. } => Err(Failure::NoReply(format!(
            "no reply from {}: {error}",
            Place(server.address)
        ))),
    }
}

fn drive<M>(runtime: Runtime, machine: M, ask: Ask) -> Result<(Event, M), Failure>
where
    M: Machine<Command = Command, Event = Event> + Send + 'static,
{
    match runtime {
        Runtime::Tokio => on_runtime::tokio(machine, ask),
        Runtime::AsyncStd => on_runtime::async_std(machine, ask),
        Runtime::Mio => on_runtime::mio(machine, ask),
    }
}

/// The machine's seed, and a cookie that tells nothing about it.
fn entropy() -> Result<(Seed, [u8; 8]), Failure> {
    let seed = nameward_driver::seed::from_system().map_err(|error| Failure::System(error.to_string()))?;
    let mut rng = Rng::new(&seed);
    let mut cookie = [0; 8];
    let seed = rng.fork();
    rng.fill(&mut cookie);
    Ok((seed, cookie))
}

/// The command may wait as long as any question may, and take datagrams as large as any.
fn limits() -> Limits {
    Limits {
        time: Limits::MOST.time,
        octets: Limits::MOST.octets,
        udp_payload: Limits::MOST.udp_payload,
        ..Limits::default()
    }
}

fn misuse(error: Misuse) -> Failure {
    Failure::Usage(error.to_string())
}

/// Writes a file that only its owner may read: a recording holds the seed.
fn write_secret(file: &Path, contents: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut open = fs::OpenOptions::new();
    open.write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)?
        .write_all(contents)
}

/// What dig prints: what was asked, the message, and how it came.
fn present(query: &Query, words: &Words, server: &Server, message: &Present<'_>, reply: &Reply) -> String {
    let truncated = if reply.proto == Proto::Stream && !words.flags.tcp {
        ";; Truncated, retrying in TCP mode.\n"
    } else {
        ""
    };
    let mismatch = if message.cookie_verdict() == Some(CookieVerdict::Bad) {
        format!(";; Warning: {COOKIE_MISMATCH}\n")
    } else {
        String::new()
    };
    let before = truncated.to_owned() + &mismatch;
    if words.flags.short {
        return before + &message.short();
    }
    let found = match (&words.server, server.found) {
        (None, _) => String::new(),
        (Some(_), 1) => "; (1 server found)\n".to_owned(),
        (Some(_), count) => format!("; ({count} servers found)\n"),
    };
    format!(
        "{before}\n; <<>> nameward {} <<>> {}\n{found};; global options: +cmd\n;; Got answer:\n{message}\
         ;; Query time: {} msec\n;; SERVER: {}({}) ({})\n;; WHEN: {}\n;; MSG SIZE  rcvd: {}\n\n",
        env!("CARGO_PKG_VERSION"),
        query.words.join(" "),
        reply.round_trip.as_millis(),
        Place(reply.server),
        server.name,
        match reply.proto {
            Proto::Datagram => "UDP",
            Proto::Stream => "TCP",
        },
        Calendar::of(SystemClock::new().now().wall),
        reply.message.as_bytes().len(),
    )
}

/// An address and a port as dig writes them: `192.0.2.53#53`.
struct Place(SocketAddr);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.0.ip(), self.0.port())
    }
}
