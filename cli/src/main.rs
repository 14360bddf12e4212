//! The `nameward` command.

#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "this crate is about the system"
)]

mod arguments;
mod colour;
mod decode;
mod failure;
mod json;
mod present;
mod query;
mod replay;
mod serve;
mod utc;
mod zone;

use std::process::ExitCode;

use arguments::{Arguments, Command, Sim, Zone};
use colour::{ColourWhen, Console};
use failure::Failure;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("nameward: {failure}");
            failure.exit_code()
        }
    }
}

fn run() -> Result<(), Failure> {
    let Some(arguments) = Arguments::from_command_line()? else {
        return Ok(());
    };
    let console = Console::new(arguments.color);
    // What programs read is never coloured.
    let plain = Console::new(ColourWhen::Never);
    match arguments.command {
        Command::Query(query) => {
            let console = if query.json { plain } else { console };
            query::run(&query, console)
        }
        Command::Decode { file, json } => decode::run(&file, json, if json { plain } else { console }),
        Command::Zone(Zone::Check { files, origin }) => zone::check(&files, &origin, console),
        Command::Zone(Zone::Format { file, origin }) => zone::format(&file, &origin, console),
        Command::Zone(Zone::Sign(wanted)) => zone::sign(&wanted, plain),
        Command::Zone(Zone::Verify { file, origin, at }) => zone::verify(&file, &origin, at, console),
        Command::Zone(Zone::Zonemd { file, origin, print }) => zone::zonemd(&file, &origin, print, plain),
        Command::Zone(Zone::Diff(wanted)) => zone::diff(&wanted, console),
        Command::Zone(Zone::Keygen(wanted)) => zone::keygen(&wanted, plain),
        Command::Zone(Zone::Ds { files, digest }) => zone::ds(&files, &digest, plain),
        Command::Serve(serve) => serve::run(&serve, plain),
        Command::Sim(Sim::Replay { file, step }) => replay::run(&file, step, |text| plain.print(text)),
        Command::Completions { shell } => plain.print(&arguments::completions(shell)),
    }
}
