//! The command line.

mod words;

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};
use nameward_core::wire::Name;

use crate::colour::ColourWhen;
use crate::failure::Failure;
pub(crate) use words::{EdnsWords, Flags, WantedCookie, Words};

/// Asks DNS servers, serves zones, decodes messages, reads zone files, and replays recordings.
#[derive(Debug, Parser)]
#[command(
    name = "nameward",
    version,
    arg_required_else_help = false,
    after_help = "Exit status: 0 done, 1 wrong arguments, 2 the input is malformed, 3 the replay differs, 9 no reply, 10 the system refused."
)]
pub(crate) struct Arguments {
    /// Print in colour: always, never, or auto: on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", alias = "colour", value_enum, default_value_t = ColourWhen::Auto, hide_possible_values = true)]
    pub(crate) color: ColourWhen,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask one server one question, in dig's words, and print what dig prints
    Query(Query),
    /// Print a message that is given as hex, base64 or raw octets, and say what is wrong with it
    #[command(
        after_help = "What breaks the protocol stands after the message, with its place and the octets around it. Of a message that \
                      cannot be read to its end, what comes before that is printed, and the exit status is 2."
    )]
    Decode {
        /// Where the message is; '-' is standard input. Text may hold comments after '#' or ';'
        file: PathBuf,
        /// Print the message in JSON (RFC 8427)
        #[arg(long)]
        json: bool,
    },
    /// Read zone files
    #[command(subcommand, arg_required_else_help = false)]
    Zone(Zone),
    /// Serve zones
    #[command(after_help = "\
SIGHUP reads all files again: a zone whose file is wrong stays as it was, and no query is lost. SIGINT and SIGTERM end it when
all queries that came are answered; the second one ends it at once.")]
    Serve(Serve),
    /// What needs no network
    #[command(subcommand, arg_required_else_help = false)]
    Sim(Sim),
    /// Print what makes a shell complete this command's words
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// `nameward query`
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "nameward query [OPTIONS] [@SERVER] NAME [TYPE] [CLASS] [+FLAG]...",
    after_help = "\
Flags, which may be cut short as long as they stay clear:
  +[no]tcp, +[no]vc         ask over TCP from the start
  +[no]short                print the RDATA of the answer and nothing else
  +[no]trace                with --world: print each step from the root to the answer
  +[no]unknownformat        print types and RDATA as those of unknown types (RFC 3597)
  +[no]recurse              set RD; it is set
  +[no]adflag, +[no]cdflag  set AD, set CD; AD is set
  +[no]edns[=VERSION]       send an OPT record, of this version; one of version 0 is sent
  +[no]dnssec, +[no]do      ask for DNSSEC records
  +bufsize=OCTETS           the largest datagram to take, from 512 to 4096; 1232
  +[no]nsid                 ask which server answers
  +[no]expire               ask when the zone expires
  +[no]keepalive            ask for how long the connection may be idle
  +[no]cookie[=HEX]         send a cookie, a fresh one without a value
  +[no]subnet=ADDR[/LEN]    ask for this network; 0 tells nothing of the client
  +[no]padding=OCTETS       make the query a multiple of this long
  +[no]ednsopt=CODE[:HEX]   send this option, by number or name; repeatable
  +time=SECONDS             wait for the first attempt, from 1 to 10; 2
  +tries=NUMBER             how many attempts there are, from 1 to 3; 3"
)]
pub(crate) struct Query {
    /// The server, name, type, class and flags, in any order; without a server, the first of /etc/resolv.conf
    #[arg(value_name = "WORD")]
    pub(crate) words: Vec<String>,
    /// The name, even if it could be a type or a class
    #[arg(short = 'q', value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The type
    #[arg(short = 't', value_name = "TYPE")]
    pub(crate) rtype: Option<String>,
    /// The class
    #[arg(short = 'c', value_name = "CLASS")]
    pub(crate) class: Option<String>,
    /// Ask for the name of this address: a PTR record
    #[arg(short = 'x', value_name = "ADDRESS")]
    pub(crate) reverse: Option<IpAddr>,
    /// Ask a server over IPv4 only
    #[arg(short = '4', conflicts_with = "six")]
    pub(crate) four: bool,
    /// Ask a server over IPv6 only
    #[arg(short = '6')]
    pub(crate) six: bool,
    /// Ask the servers of this world, from its root on, without a network: 'demo', or a folder of zone files. Each file named *.zone is a
    /// zone: that of the SOA record with which it begins, else the one that it is named after
    #[arg(long, value_name = "WORLD", conflicts_with_all = ["record", "port", "four", "six"])]
    pub(crate) world: Option<PathBuf>,
    /// The server's port
    #[arg(short, long, default_value_t = 53, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,
    /// Print the reply in JSON (RFC 8427)
    #[arg(long)]
    pub(crate) json: bool,
    /// What drives the machine: tokio or mio
    #[arg(long, value_enum, default_value_t = Runtime::Tokio, hide_possible_values = true)]
    pub(crate) runtime: Runtime,
    /// Write down all that happens, for 'nameward sim replay'. The file holds secrets: the seed and all traffic
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
}

/// `nameward zone`
#[derive(Debug, Subcommand)]
pub(crate) enum Zone {
    /// Read zone files to their end, and say what is wrong in them, what is wrong with the zones, and what they hold
    Check {
        /// The files; '-' is standard input. A file of '$INCLUDE' is looked for where the including file is
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// What relative names are completed with until $ORIGIN says otherwise; the zone, if the file does not begin with its SOA
        #[arg(long, value_name = "NAME", default_value = ".")]
        origin: Name,
    },
    /// Print a zone file with each record whole on a line of its own, and without comments
    Format {
        /// The file; '-' is standard input
        file: PathBuf,
        /// What relative names are completed with until $ORIGIN says otherwise
        #[arg(long, value_name = "NAME", default_value = ".")]
        origin: Name,
    },
}

/// `nameward serve`
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Serve the zone of this name from this file; repeatable
    #[arg(long, value_name = "NAME=FILE", value_parser = zone_of)]
    pub(crate) zone: Vec<(Name, PathBuf)>,
    /// Serve the zone of each file in this folder that is named after its zone, as in 'example.org.zone'; repeatable
    #[arg(long, value_name = "FOLDER")]
    pub(crate) zone_dir: Vec<PathBuf>,
    /// Listen at this address, over UDP and TCP; repeatable. By default at all addresses
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) interface: Vec<IpAddr>,
    /// Listen on this port; 0 takes a free one, which is printed
    #[arg(short, long, default_value_t = 53)]
    pub(crate) port: u16,
    /// How many machines serve, each with sockets of its own; by default one for each processor
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) workers: Option<u16>,
    /// What drives the machines: tokio, async-std or mio
    #[arg(long, value_enum, default_value_t = Runtime::Tokio, hide_possible_values = true)]
    pub(crate) runtime: Runtime,
    /// Say of everything that is ignored why it is
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// `NAME=FILE`
fn zone_of(word: &str) -> Result<(Name, PathBuf), String> {
    let (name, file) = word
        .split_once('=')
        .ok_or("a name and a file belong here, as in 'example.org=example.org.zone'")?;
    let name = name
        .parse()
        .map_err(|error| format!("'{name}' is not a name: {error}"))?;
    Ok((name, file.into()))
}

/// What drives a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Runtime {
    /// tokio, on one thread
    Tokio,
    /// async-std, on its threads
    AsyncStd,
    /// A mio poll
    Mio,
}

/// `nameward sim`
#[derive(Debug, Subcommand)]
pub(crate) enum Sim {
    /// Do again what a recording holds, without a socket, and compare every octet
    Replay {
        /// The recording, as 'nameward query --record' wrote it
        file: PathBuf,
        /// Print each step
        #[arg(long)]
        step: bool,
    },
}

impl Arguments {
    /// Reads the command line. Help and version are printed, and are `None`.
    pub(crate) fn from_command_line() -> Result<Option<Self>, Failure> {
        match Self::try_parse() {
            Ok(arguments) => Ok(Some(arguments)),
            Err(request) if !request.use_stderr() => {
                request.print().map_err(Failure::output)?;
                Ok(None)
            }
            Err(error) => Err(Failure::Usage(one_sentence(&error.to_string()))),
        }
    }
}

/// What makes `shell` complete the words of this command.
pub(crate) fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "nameward", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The first paragraph of clap's message on one line: what is wrong, and which values there are.
fn one_sentence(message: &str) -> String {
    let paragraph: Vec<&str> = message
        .trim_start_matches("error: ")
        .lines()
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    paragraph.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> String {
        one_sentence(
            &Arguments::try_parse_from(line.split_whitespace())
                .unwrap_err()
                .to_string(),
        )
    }

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn options_stand_between_the_words() {
        let arguments = Arguments::try_parse_from(
            "nameward query @::1 -p 5353 a.example --runtime mio +short".split(' '),
        );
        let Command::Query(query) = arguments.unwrap().command else {
            panic!("not a query")
        };
        assert_eq!(query.words, ["@::1", "a.example", "+short"]);
        assert_eq!(
            (query.port, query.runtime, query.record),
            (5353, Runtime::Mio, None)
        );
    }

    #[test]
    fn wrong_arguments_are_one_sentence() {
        for line in [
            "nameward",
            "nameward ask",
            "nameward sim",
            "nameward query a.example -p 0",
            "nameward query a.example -p 65536",
            "nameward query a.example --runtime smol",
            "nameward decode",
            "nameward sim replay",
            "nameward sim replay file --fast",
        ] {
            let sentence = refused(line);
            assert!(
                !sentence.is_empty() && !sentence.contains('\n') && !sentence.contains("Usage"),
                "{line}: {sentence}"
            );
        }
        assert_eq!(
            refused("nameward query a.example --runtime smol"),
            "invalid value 'smol' for '--runtime <RUNTIME>' [possible values: tokio, async-std, mio]"
        );
    }
}
