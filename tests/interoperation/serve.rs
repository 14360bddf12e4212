//! `nameward serve`, asked by other people's clients.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use nameward_tests::peer::{program, skip};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::command::{RUNTIMES, nameward, printed, server};

const ZONE: &str = "\
$TTL 60
@ SOA ns hostmaster 1 3600 600 604800 300
@ NS ns
ns A 192.0.2.53
www A 192.0.2.80
alias CNAME www
*.wild TXT \"any name\"
";

/// A server in a process of its own. It is ended when this is dropped.
struct Served {
    child: Child,
    address: SocketAddr,
    log: Lines<BufReader<ChildStderr>>,
}

impl Served {
    fn start(runtime: &str, arguments: &[&str]) -> Self {
        let mut child = nameward()
            .args([
                "serve",
                "--runtime",
                runtime,
                "--interface",
                "127.0.0.1",
                "--port",
                "0",
            ])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = BufReader::new(child.stdout.take().unwrap()).lines().next();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        let Some(Ok(line)) = printed else {
            panic!(
                "it says nothing: {:?}",
                log.map(Result::unwrap).collect::<Vec<_>>()
            )
        };
        let address = line.strip_prefix("listening on ").unwrap().parse().unwrap();
        Self { child, address, log }
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    /// The first line of the log from here on that has these words.
    fn logged(&mut self, words: &str) -> String {
        let mut lines = self.log.by_ref().map(Result::unwrap);
        lines.find(|line| line.contains(words)).expect("it is logged")
    }

    /// What dig, or who takes its words, prints for these words.
    fn asked(&self, program: &Path, words: &str) -> String {
        let words = server(self.address)
            .into_iter()
            .chain(words.split(' ').map(str::to_owned));
        let mut command = Command::new(program);
        printed(command.args(words).output().unwrap())
    }

    /// Ends it in order; its exit status.
    fn end(mut self) -> Option<i32> {
        self.signal(Signal::SIGTERM);
        self.child.wait().unwrap().code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder of the test's own, with the zone in it.
fn folder(name: &str) -> (PathBuf, PathBuf) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("example.zone");
    fs::write(&file, ZONE).unwrap();
    (folder, file)
}

fn found(names: [&str; 3]) -> Option<[PathBuf; 3]> {
    let [Some(a), Some(b), Some(c)] = names.map(program) else {
        skip("dig, kdig and drill are not all installed");
        return None;
    };
    Some([a, b, c])
}

#[test]
fn dig_kdig_and_drill_are_served_on_every_runtime() {
    let Some([dig, kdig, drill]) = found(["dig", "kdig", "drill"]) else {
        return;
    };
    let (folder, _) = folder("serve-clients");
    for runtime in RUNTIMES {
        let served = Served::start(
            runtime,
            &["--zone-dir", folder.to_str().unwrap(), "--workers", "2"],
        );
        for tool in [&dig, &kdig] {
            let ask = |words: &str| served.asked(tool, words);
            assert_eq!(ask("+short www.example A"), "192.0.2.80\n");
            assert_eq!(ask("+short +tcp a.b.wild.example TXT"), "\"any name\"\n");
            assert_eq!(ask("+short alias.example A"), "www.example.\n192.0.2.80\n");
            let denied = ask("nobody.example A");
            assert!(
                denied.contains("NXDOMAIN") && denied.contains("hostmaster.example."),
                "{denied}"
            );
            assert!(ask("www.elsewhere A").contains("REFUSED"));
        }
        let flags = served.asked(&dig, "+bufsize=4096 +norecurse www.example A");
        assert!(flags.contains(";; flags: qr aa; QUERY: 1, ANSWER: 1"), "{flags}");
        assert!(
            flags.contains("udp: 1232") && flags.contains("; COOKIE: "),
            "{flags}"
        );
        let port = served.address.port().to_string();
        let mut command = Command::new(&drill);
        command.args(["-p", &port, "www.example", "@127.0.0.1", "A"]);
        assert!(printed(command.output().unwrap()).contains("192.0.2.80"));
        // Several queries over one connection.
        let many = served.asked(
            &kdig,
            "+short +keepopen +tcp www.example A ns.example A alias.example CNAME",
        );
        assert_eq!(many, "192.0.2.80\n192.0.2.53\nwww.example.\n");
        assert_eq!(served.end(), Some(0), "{runtime}");
    }
}

#[test]
fn a_reload_takes_the_new_zone_and_a_bad_file_keeps_the_old_one() {
    let Some(dig) = program("dig") else {
        return skip("dig is not installed");
    };
    for runtime in RUNTIMES {
        let (_, file) = folder(&format!("serve-reload-{runtime}"));
        let zone = format!("example.={}", file.display());
        let mut served = Served::start(runtime, &["--zone", &zone, "--workers", "2"]);
        let mut reload = |text: &str| {
            fs::write(&file, text).unwrap();
            served.signal(Signal::SIGHUP);
            let why = served.logged("zone");
            served.logged("zones read again");
            (why, served.asked(&dig, "+short www.example A"))
        };
        let changed = ZONE
            .replace("192.0.2.80", "192.0.2.81")
            .replace("hostmaster 1", "hostmaster 2");
        // The first line is that of the start.
        let (_, answer) = reload(&changed);
        assert_eq!(answer, "192.0.2.81\n");
        let (why, answer) = reload(&changed.replace("ns A", "ns A 1 2 3"));
        assert_eq!(answer, "192.0.2.81\n", "{why}");
        assert!(
            why.contains("error \"zone stays as it was\" zone=example. serial=2"),
            "{why}"
        );
        assert!(why.contains("example.zone:4:"), "{why}");
        // A file that holds another zone is no better.
        let (why, answer) = reload("$ORIGIN other.\n$TTL 1\n@ SOA ns h 1 2 3 4 5\n@ NS ns.example.\n");
        assert_eq!(answer, "192.0.2.81\n");
        assert!(why.contains("holds the zone other."), "{why}");
        let (_, answer) = reload(ZONE);
        assert_eq!(answer, "192.0.2.80\n");
        assert_eq!(served.end(), Some(0), "{runtime}");
    }
}

#[test]
fn hosts_and_other_servers_answer_what_no_zone_has() {
    let Some(dig) = program("dig") else {
        return skip("dig is not installed");
    };
    let (folder, file) = folder("serve-forward");
    let zone = format!("example.={}", file.display());
    let hosts = folder.join("hosts");
    fs::write(&hosts, "192.0.2.9 printer www.example\n").unwrap();
    for runtime in RUNTIMES {
        let resolver = Served::start(runtime, &["--zone", &zone]);
        let (hosts, address) = (hosts.to_str().unwrap(), resolver.address.to_string());
        let served = Served::start(runtime, &["--hosts-file", hosts, "--forward", &address]);
        let ask = |words: &str| served.asked(&dig, words);
        assert_eq!(ask("+short printer A"), "192.0.2.9\n");
        assert_eq!(
            ask("+short www.example A"),
            "192.0.2.9\n",
            "the hosts file comes first"
        );
        assert_eq!(ask("+short alias.example A"), "www.example.\n192.0.2.80\n");
        assert_eq!(ask("+short +tcp x.wild.example TXT"), "\"any name\"\n");
        let flags = ask("ns.example A");
        assert!(
            flags.contains(";; flags: qr rd ra; QUERY: 1, ANSWER: 1"),
            "{flags}"
        );
        assert!(ask("+norecurse ns.example A").contains("REFUSED"));
        // A name server that is not there is SERVFAIL, in time.
        assert_eq!(resolver.end(), Some(0));
        assert!(ask("+tries=1 +time=9 ns.example A").contains("SERVFAIL"));
        assert_eq!(served.end(), Some(0), "{runtime}");
    }
}

#[test]
fn without_edns_an_opt_record_gets_none() {
    let Some(dig) = program("dig") else {
        return skip("dig is not installed");
    };
    let (_, file) = folder("serve-no-edns");
    let zone = format!("example.={}", file.display());
    for (switch, has_opt) in [("--edns", true), ("--no-edns", false)] {
        let served = Served::start("mio", &["--zone", &zone, switch]);
        let reply = served.asked(&dig, "+edns www.example A");
        assert_eq!(reply.contains("OPT PSEUDOSECTION"), has_opt, "{reply}");
        assert_eq!(served.end(), Some(0));
    }
}

#[test]
fn what_cannot_be_served_is_said_in_one_sentence() {
    let (folder, file) = folder("serve-wrong");
    let wrong = folder.join("wrong.zone");
    fs::write(&wrong, "@ 1 SOA ns h 1 2 3 4 5\n").unwrap();
    let of = |name: &str, file: &Path| format!("{name}={}", file.display());
    let taken = Served::start("mio", &[]);
    let port = taken.address.port().to_string();
    for (arguments, code, words) in [
        (
            vec!["--zone".to_owned(), of("wrong.", &wrong)],
            2,
            "the zone has no NS",
        ),
        (
            vec!["--zone".to_owned(), of("other.", &file.with_extension("none"))],
            10,
            "cannot read",
        ),
        (
            vec!["--zone".to_owned(), "example.".to_owned()],
            1,
            "a name and a file belong here",
        ),
        (
            vec!["--forward".to_owned(), "nobody".to_owned()],
            1,
            "an address belongs here",
        ),
        (
            vec![
                "--interface".to_owned(),
                "127.0.0.1".to_owned(),
                "--port".to_owned(),
                port,
            ],
            10,
            "cannot listen on",
        ),
    ] {
        let output = nameward().arg("serve").args(&arguments).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        let last = complaint.lines().last().unwrap_or_default();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {complaint}");
        assert!(
            last.starts_with("nameward: ") && last.contains(words),
            "{complaint}"
        );
    }
    assert_eq!(taken.end(), Some(0));
}
