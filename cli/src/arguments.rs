//! The command line.

mod words;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};
use nameward_core::wire::{Name, Rtype};
use nameward_core::zone::ZonemdHash;

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
    /// Print a zone with signatures and denials
    Sign(Sign),
    /// Say what is wrong with the signatures and denials of a zone
    Verify {
        /// The file; '-' is standard input
        file: PathBuf,
        /// What relative names are completed with until $ORIGIN says otherwise; the zone, if the file does not begin with its SOA
        #[arg(long, value_name = "NAME", default_value = ".")]
        origin: Name,
        /// The time at which they are to be valid, in seconds since 1970; now
        #[arg(long, value_name = "SECONDS")]
        at: Option<u64>,
    },
    /// Say whether a zone has the digest that it says it has (RFC 8976), or print its digest
    Zonemd {
        /// The file; '-' is standard input
        file: PathBuf,
        /// What relative names are completed with until $ORIGIN says otherwise; the zone, if the file does not begin with its SOA
        #[arg(long, value_name = "NAME", default_value = ".")]
        origin: Name,
        /// Print the ZONEMD record with this hash, SHA384 or SHA512, that the zone as it is should have, and check nothing
        #[arg(long, value_name = "HASH", value_parser = hash_of)]
        print: Option<ZonemdHash>,
    },
    /// Print what changed from one version of a zone to another; the status is 1 if something did
    Diff(Diff),
    /// Draw a key for a zone, and write its two files
    Keygen(Keygen),
    /// Print the DS records of keys
    Ds {
        /// The files with DNSKEY records
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// How the keys are digested, by name or number
        #[arg(long, value_name = "TYPE", default_value = "SHA-256")]
        digest: String,
    },
}

/// `nameward zone sign`
#[derive(Debug, clap::Args)]
pub(crate) struct Sign {
    /// The file; '-' is standard input. What it has of signatures and denials is made anew
    pub(crate) file: PathBuf,
    /// The files of a key, without or with '.key' or '.private'; repeatable. Keys that are secure entry points sign the keys, and all
    /// else if there are no others of their algorithm
    #[arg(short, long = "key", value_name = "FILE", required = true)]
    pub(crate) keys: Vec<PathBuf>,
    /// What relative names are completed with until $ORIGIN says otherwise; the zone, if the file does not begin with its SOA
    #[arg(long, value_name = "NAME", default_value = ".")]
    pub(crate) origin: Name,
    /// When the signatures begin to be valid, in seconds since 1970; an hour ago
    #[arg(long, value_name = "SECONDS")]
    pub(crate) start: Option<u64>,
    /// For how many days they are valid
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3650))]
    pub(crate) days: u64,
    /// Determine signatures of ECDSA by key and data alone (RFC 6979), so that the same file, keys and start give the same octets; they
    /// take ten times as long
    #[arg(long)]
    pub(crate) reproducible: bool,
    /// Deny names by their hashes (RFC 5155)
    #[arg(long)]
    pub(crate) nsec3: bool,
    /// How often the hash is repeated; RFC 9276 wants 0
    #[arg(long, default_value_t = 0, requires = "nsec3", value_parser = clap::value_parser!(u16).range(0..=50))]
    pub(crate) iterations: u16,
    /// What is hashed with each name, in hexadecimal; RFC 9276 wants nothing
    #[arg(long, value_name = "HEX", default_value = "", requires = "nsec3")]
    pub(crate) salt: Salt,
    /// Leave delegations without DS records out
    #[arg(long, requires = "nsec3")]
    pub(crate) opt_out: bool,
    /// Put a digest of the zone with this hash in, SHA384 or SHA512 (RFC 8976); repeatable. Digests that are in the file are made anew
    #[arg(long, value_name = "HASH", value_parser = hash_of)]
    pub(crate) zonemd: Vec<ZonemdHash>,
    /// The serial: that of the file, or later than that and than the one of the previous version
    #[arg(long, value_enum, default_value_t = Serial::Keep)]
    pub(crate) serial: Serial,
    /// The signed version before this one, in order: signatures of sets that did not change are kept
    #[arg(long, value_name = "FILE")]
    pub(crate) previous: Option<PathBuf>,
    /// Make signatures anew that would be valid for fewer days than these; a quarter of '--days'
    #[arg(long, value_name = "DAYS", requires = "previous", value_parser = clap::value_parser!(u64).range(0..=3650))]
    pub(crate) refresh: Option<u64>,
}

/// How the serial of the signed zone is found.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Serial {
    /// As it is in the file
    Keep,
    /// One more
    Increment,
    /// The time in seconds since 1970, or one more
    Unixtime,
    /// The date as YYYYMMDD00, or one more
    Date,
}

/// `nameward zone diff`
#[derive(Debug, clap::Args)]
pub(crate) struct Diff {
    /// The file of the older version; '-' is standard input
    pub(crate) old: PathBuf,
    /// The file of the newer version
    pub(crate) new: PathBuf,
    /// What relative names are completed with until $ORIGIN says otherwise; the zone, if a file does not begin with its SOA
    #[arg(long, value_name = "NAME", default_value = ".")]
    pub(crate) origin: Name,
    /// Leave records of this type out, such as RRSIG; repeatable, or with commas
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    pub(crate) ignore: Vec<Rtype>,
    /// An SOA record that has only another serial is the same
    #[arg(long)]
    pub(crate) ignore_serial: bool,
}

/// `nameward zone keygen`
#[derive(Debug, clap::Args)]
pub(crate) struct Keygen {
    /// The zone
    pub(crate) zone: Name,
    /// The algorithm, by its mnemonic
    #[arg(short, long, default_value = "ECDSAP256SHA256")]
    pub(crate) algorithm: String,
    /// How many bits the modulus of an RSA key has, from 1024 to 4096
    #[arg(short, long, default_value_t = 2048)]
    pub(crate) bits: u16,
    /// A key that signs the zone and is no secure entry point
    #[arg(short, long)]
    pub(crate) zone_signing: bool,
    /// Where the files are written
    #[arg(short, long, value_name = "FOLDER", default_value = ".")]
    pub(crate) directory: PathBuf,
}

/// The salt of NSEC3.
#[derive(Clone, Debug, Default)]
pub(crate) struct Salt(pub(crate) Vec<u8>);

impl std::str::FromStr for Salt {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let octets = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes());
        let octets = octets.map_err(|_| "pairs of hexadecimal digits are wanted")?;
        if octets.len() > 255 {
            return Err("a salt has 255 octets at most");
        }
        Ok(Self(octets))
    }
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
    /// Answer what this hosts file says, before all zones
    #[arg(long, value_name = "FILE")]
    pub(crate) hosts_file: Option<PathBuf>,
    /// Ask this server about what no zone has, for clients with private addresses; repeatable
    #[arg(long, value_name = "ADDRESS[:PORT]", value_parser = server_of)]
    pub(crate) forward: Vec<SocketAddr>,
    /// Ask the servers of this file about what no zone has, for clients with private addresses
    #[arg(long, value_name = "FILE", conflicts_with = "forward")]
    pub(crate) resolv_conf: Option<PathBuf>,
    /// Speak EDNS; this is what happens anyway
    #[arg(long, overrides_with = "no_edns")]
    edns: bool,
    /// Do not speak EDNS: answer as before RFC 6891
    #[arg(long)]
    pub(crate) no_edns: bool,
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
/// A hash algorithm of ZONEMD, by its mnemonic.
fn hash_of(word: &str) -> Result<ZonemdHash, String> {
    let mut all = ZonemdHash::ALL.into_iter();
    all.find(|hash| word.replace('-', "").eq_ignore_ascii_case(&hash.to_string()))
        .ok_or_else(|| "SHA384 or SHA512 is wanted".into())
}

fn zone_of(word: &str) -> Result<(Name, PathBuf), String> {
    let (name, file) = word
        .split_once('=')
        .ok_or("a name and a file belong here, as in 'example.org=example.org.zone'")?;
    let name = name
        .parse()
        .map_err(|error| format!("'{name}' is not a name: {error}"))?;
    Ok((name, file.into()))
}

/// An address, with a port or on that of DNS.
fn server_of(word: &str) -> Result<SocketAddr, String> {
    let bare = word.parse().map(|address: IpAddr| (address, 53).into());
    let server = bare.or_else(|_| word.parse());
    server.map_err(|_| "an address belongs here, as in '192.0.2.53' or '[2001:db8::53]:5353'".to_owned())
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
