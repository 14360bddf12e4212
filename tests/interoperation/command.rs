//! The command as it was built.

use std::net::SocketAddr;
use std::process::{Command, Output};

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
