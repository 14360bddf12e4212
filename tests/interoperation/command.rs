//! The command as it was built.

use std::net::SocketAddr;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How long a program may run whose work takes a second at most: there are zones with which some never end.
const LIMIT: Duration = Duration::from_secs(120);

/// The runtimes that the command can ask on.
pub(crate) const RUNTIMES: [&str; 3] = ["tokio", "async-std", "mio"];

/// The command, with nothing from the environment that it could depend on.
pub(crate) fn nameward() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nameward"));
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

/// The command, about to ask the server at `address`.
pub(crate) fn query(runtime: &str, address: SocketAddr) -> Command {
    let mut command = nameward();
    command
        .args(["query", "--runtime", runtime])
        .args(server(address));
    command
}

/// dig's words for the server at `address`, which are the command's too.
pub(crate) fn server(address: SocketAddr) -> [String; 3] {
    [
        format!("@{}", address.ip()),
        "-p".to_owned(),
        address.port().to_string(),
    ]
}

/// What a program printed, after it succeeded.
pub(crate) fn printed(output: Output) -> String {
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaints}", output.status);
    String::from_utf8(output.stdout).expect("what is printed is text")
}

/// What a program gives, after it has ended by itself.
pub(crate) fn finished(command: &mut Command) -> Output {
    finished_within(LIMIT, command)
}

#[expect(
    clippy::disallowed_methods,
    reason = "there is no wait for a process with a limit"
)]
fn finished_within(limit: Duration, command: &mut Command) -> Output {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().expect("it runs");
    let process = Pid::from_raw(i32::try_from(child.id()).expect("a number of a process"));
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(limit) else {
        kill(process, Signal::SIGKILL).expect("it is still there");
        panic!("{command:?} did not end within {limit:?}");
    };
    output.expect("what it says can be read")
}

#[test]
#[should_panic(expected = "did not end within")]
fn a_program_that_does_not_end_is_ended() {
    finished_within(Duration::from_millis(1), Command::new("sleep").arg("3600"));
}
