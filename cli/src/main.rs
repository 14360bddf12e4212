//! The `nameward` command.

#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "this crate is about the system"
)]

mod arguments;
mod decode;
mod failure;
mod present;
mod query;
mod replay;

use std::io::{self, Write as _};
use std::process::ExitCode;

use arguments::{Arguments, Command, Sim};
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
    match arguments.command {
        Command::Query(query) => print(&query::run(&query)?),
        Command::Decode { file } => print(&decode::run(&file)?),
        Command::Sim(Sim::Replay { file, step }) => replay::run(&file, step, print),
    }
}

/// Prints. Whoever reads may stop reading: then there is nobody left to tell.
fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::output(error)),
        _ => Ok(()),
    }
}
