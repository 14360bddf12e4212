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
use nameward_core::transport::{Ask, Command, Config, Event, QueryOptions, QuestionId, Reply, Requester};
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
    let question = Question {
        name: words.name.clone(),
        rtype: words.rtype,
        class: words.class,
    };
    let options = options::of(&words.flags, &words.name, fresh_cookie);
    let sent = options.edns.clone().unwrap_or_default().options;
    let asks = asks(&server, &question, &options);
    let cookie = sent.iter().find(|option| option.code == OptionCode::COOKIE);
    let cookie = cookie.map(|option| option.data);
    let config = Config {
        limits: limits(),
        keepalive: false,
        ..Config::default()
    };
    let mut events = match &query.record {
        None => drive(query.runtime, Requester::new(seed, config).map_err(misuse)?, asks)?.0,
        Some(file) => {
            let recorder = Recorder::<Requester>::new(seed, config).map_err(misuse)?;
            let (events, mut recorder) = drive(query.runtime, recorder, asks)?;
            write_secret(file, &recorder.take()).map_err(|error| Failure::writing(file, &error))?;
            events
        }
    };
    let answered = events.pop_if(|event| matches!(event, Event::Answered { .. }));
    let failures: Vec<_> = failures(&server, &events).collect();
    let Some(Event::Answered { reply, .. }) = answered else {
        return Err(Failure::NoReply(format!("no reply from {}", failures.join("; "))));
    };
    let message = Present {
        unknown_format: words.flags.unknown_format,
        sent_cookie: cookie,
        ..Present::new(reply.message.view())
    };
    if query.json {
        return json::received(&message, Calendar::of(SystemClock::new().now().wall));
    }
    let failed: String = failures
        .iter()
        .map(|failure| format!(";; communications error to {failure}\n"))
        .collect();
    Ok(failed + &present(query, words, &server, &message, &reply))
}

/// The question to each address in turn, and then again, as often as is wanted: so does dig. A server with one address is asked so
/// often as a whole.
fn asks(server: &Server, question: &Question, options: &QueryOptions) -> Vec<Ask> {
    let ask = |(id, (address, options)): (u64, (&SocketAddr, QueryOptions))| Ask {
        id: QuestionId(id),
        server: *address,
        question: question.clone(),
        options,
    };
    if let [address] = &server.addresses[..] {
        return vec![ask((0, (address, options.clone())))];
    }
    let rounds = (0..options.attempts).flat_map(|round| {
        let options = QueryOptions {
            attempts: 1,
            sent_before: round,
            ..options.clone()
        };
        server
            .addresses
            .iter()
            .map(move |address| (address, options.clone()))
    });
    (0..).zip(rounds).map(ask).collect()
}

/// Which address did not answer, and why not, once for each question in order.
fn failures(server: &Server, events: &[Event]) -> impl Iterator<Item = String> {
    let asked = server.addresses.iter().cycle();
    asked.zip(events).filter_map(|(&address, event)| match event {
        Event::Failed { error, .. } => Some(format!("{}: {error}", Place(address))),
        Event::Answered { .. } => None,
    })
}

fn drive<M>(runtime: Runtime, machine: M, asks: Vec<Ask>) -> Result<(Vec<Event>, M), Failure>
where
    M: Machine<Command = Command, Event = Event> + Send + 'static,
{
    match runtime {
        Runtime::Tokio => on_runtime::tokio(machine, asks),
        Runtime::AsyncStd => on_runtime::async_std(machine, asks),
        Runtime::Mio => on_runtime::mio(machine, asks),
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
    let found = match (&words.server, server.addresses.len()) {
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
