//! The command line.

mod words;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::failure::Failure;
pub(crate) use words::{Flags, Words};

/// Asks DNS servers, decodes messages, and replays recordings.
#[derive(Debug, Parser)]
#[command(
    name = "nameward",
    version,
    arg_required_else_help = false,
    after_help = "Exit status: 0 done, 1 wrong arguments, 2 the input is malformed, 3 the replay differs, 9 no reply, 10 the system refused."
)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask one server one question, in dig's words, and print what dig prints
    Query(Query),
    /// Print a message that is given as hex, base64 or raw octets
    Decode {
        /// Where the message is; '-' is standard input. Text may hold comments after '#' or ';'
        file: PathBuf,
    },
    /// What needs no network
    #[command(subcommand, arg_required_else_help = false)]
    Sim(Sim),
}

/// `nameward query`
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "nameward query [OPTIONS] [@SERVER] NAME [TYPE] [CLASS] [+FLAG]...",
    after_help = "Flags: +[no]tcp (+vc), +[no]short, +[no]unknownformat, +[no]recurse, +[no]adflag, +[no]cdflag, +[no]edns, +[no]dnssec, +time=SECONDS, +tries=NUMBER, +bufsize=OCTETS."
)]
pub(crate) struct Query {
    /// The server, name, type, class and flags, in any order; without a server, the first of /etc/resolv.conf
    #[arg(value_name = "WORD")]
    pub(crate) words: Vec<String>,
    /// The server's port
    #[arg(short, long, default_value_t = 53, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,
    /// What drives the machine
    #[arg(long, value_enum, default_value_t = Runtime::Tokio)]
    pub(crate) runtime: Runtime,
    /// Write down all that happens, for 'nameward sim replay'. The file holds secrets: the seed and all traffic
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
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
    use clap::CommandFactory as _;

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
