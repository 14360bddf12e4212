//! Scenarios of what a driver takes from the system, and gives back.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsRawFd as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use nameward_core::flow::{FlowId, Lane, ListenerId};
use nameward_core::machine::{Action, CloseCause, Misuse, Proto};
use nameward_core::time::{Instant, Now};
use nameward_driver::clock::{Clock, SystemClock};
use nameward_driver::config::{Config, Notice};
use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};

use super::adapter::Adapter;
use super::puppet::{Heard, Pull, Puppet};
use super::stage::{
    ANYWHERE, SetClock, Stage, close, datagram_peer, flow, listening, open, open_unread, receive, send,
    stream_peer,
};

/// A thousand questions that time out leave no descriptor behind, while the driver runs and after it: what is kept for the next ones is
/// closed when none have come for a second.
pub fn descriptors_return_to_the_base_line<A: Adapter>() {
    const AT_ONCE: u64 = 50;
    if !is_alone() {
        return;
    }
    let (_silent, address) = datagram_peer();
    let (_deaf, stream_address) = stream_peer();
    // What a runtime keeps for the whole process, however many drivers there are, it has after the first one.
    assert_eq!(Stage::<A>::new().stop(), []);
    let before = descriptors();
    let clock = SetClock::default();
    let config = Config {
        clock: Box::new(clock.clone()),
        ..Config::default()
    };
    let mut stage = Stage::<A>::with(Puppet::default(), config);
    let mut base_line = None;
    for round in 0..20 {
        let deadline = Instant::from_nanos(4_000_000_000 * (round + 1));
        let flows = || (0..AT_ONCE).map(|number| flow(round * AT_ONCE + number));
        let mut pulls = Vec::new();
        for flow in flows() {
            // Every tenth question is asked over a stream that nobody serves.
            if flow.as_u64() % 20 == 0 {
                pulls.push(open(flow, Proto::Stream, stream_address));
            } else {
                pulls.extend([open(flow, Proto::Datagram, address), send(flow, b"question")]);
            }
        }
        stage.pull(pulls);
        for _ in flows() {
            let heard = stage.hear();
            assert!(matches!(heard, Heard::Opened { .. }), "{heard:?}");
        }
        assert!(
            descriptors() >= before + AT_ONCE as usize,
            "the flows have sockets"
        );
        // The time comes before the wish to be woken at it, so that nobody waits.
        let mut wake_at = |at: Instant, mut pulls: Vec<Pull>| {
            clock.set(at.as_nanos());
            pulls.push(Pull::WakeAt(at));
            stage.pull(pulls);
            let heard = stage.hear();
            assert!(matches!(heard, Heard::Tick(_)), "{heard:?}");
        };
        wake_at(deadline, flows().map(close).collect());
        wake_at(
            Instant::from_nanos(deadline.as_nanos() + 2_000_000_000),
            Vec::new(),
        );
        // Taken while the driver runs, after it had everything that it needs for itself.
        assert_eq!(
            descriptors(),
            *base_line.get_or_insert_with(descriptors),
            "after round {round}"
        );
    }
    assert!(
        base_line.is_some_and(|base_line| base_line < before + AT_ONCE as usize / 2),
        "the sockets of flows that were closed are still held: {base_line:?} descriptors, {before} without a driver"
    );
    assert_eq!(stage.stop(), []);
    assert_eq!(descriptors(), before);
}

/// When no descriptor is free, an open fails for that reason, and accepting rests instead of spinning; when one is, it goes
/// on.
pub fn a_want_of_descriptors_is_survived<A: Adapter>() {
    const LISTENER: ListenerId = ListenerId::new(Lane(0), 1);
    if !is_alone() {
        return;
    }
    let failures = Arc::new(AtomicUsize::new(0));
    let clock = SetClock::default();
    let config = Config {
        clock: Box::new(clock.clone()),
        observe: Box::new({
            let failures = Arc::clone(&failures);
            move |notice| {
                assert_eq!(
                    notice,
                    Notice::NotAccepted {
                        listener: LISTENER,
                        cause: CloseCause::Descriptors
                    }
                );
                failures.fetch_add(1, Ordering::SeqCst);
            }
        }),
        ..listening(LISTENER, Proto::Stream, ANYWHERE)
    };
    let mut stage = Stage::<A>::with(Puppet::default(), config);
    let (_remote, address) = datagram_peer();
    let accept = |wanted| {
        Pull::Do(Action::Accept {
            listener: LISTENER,
            wanted,
        })
    };
    stage.pull(vec![accept(false)]);
    let _client = TcpStream::connect(stage.listening_at(LISTENER)).expect("the system's queue has room");
    // The connection is known to be there when accepting begins.
    stage.expect_silence(flow(3));
    // Sockets that a driver keeps for the next flows it closes when none comes.
    let later = |nanoseconds: u64| Instant::from_nanos(2_000_000_000 + nanoseconds);
    stage.pull(vec![Pull::WakeAt(later(0))]);
    clock.set(later(0).as_nanos());
    let heard = stage.hear();
    assert!(matches!(heard, Heard::Tick(_)), "{heard:?}");
    // A file takes the lowest number that is free.
    let lowest = File::open("/dev/null").expect("a file").as_raw_fd();
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    let none_is_free = rlim_t::try_from(lowest).expect("a descriptor is not negative");
    setrlimit(Resource::RLIMIT_NOFILE, none_is_free, hard).expect("a lower limit");
    stage.pull(vec![
        accept(true),
        open(flow(1), Proto::Datagram, address),
        open(flow(2), Proto::Stream, address),
    ]);
    let heard = [stage.hear(), stage.hear()];
    let closed = |number| Heard::Closed {
        flow: flow(number),
        cause: CloseCause::Descriptors,
    };
    assert_eq!(heard, [closed(1), closed(2)]);
    for number in 0..10 {
        stage.pull(vec![Pull::WakeAt(later(number + 1))]);
        clock.set(later(number + 1).as_nanos());
        let heard = stage.hear();
        assert!(matches!(heard, Heard::Tick(_)), "{heard:?}");
    }
    assert_eq!(failures.load(Ordering::SeqCst), 1, "one attempt, and then a rest");
    setrlimit(Resource::RLIMIT_NOFILE, soft, hard).expect("the old limit");
    clock.set(later(1_000_000_000).as_nanos());
    let heard = stage.hear();
    assert!(matches!(heard, Heard::Accepted { .. }), "{heard:?}");
    assert_eq!(failures.load(Ordering::SeqCst), 1);
}

/// What has arrived and is not read, and the end of a stream, which was heard, wake nobody: the driver waits for its deadline
/// without a turn in between.
pub fn what_is_not_wanted_costs_no_turns<A: Adapter>() {
    let clock = CountingClock::default();
    let config = Config {
        clock: Box::new(clock.clone()),
        ..Config::default()
    };
    let mut stage = Stage::<A>::with(Puppet::default(), config);
    let (remote, address) = datagram_peer();
    let (listener, stream_address) = stream_peer();
    stage.pull(vec![
        open_unread(flow(1), Proto::Datagram, address),
        send(flow(1), b"question"),
    ]);
    let local = stage.expect_opened(flow(1));
    assert_eq!(receive(&remote), (b"question".to_vec(), local));
    remote.send_to(b"answer", local).expect("the peer can send");
    stage.pull(vec![open_unread(flow(2), Proto::Stream, stream_address)]);
    stage.expect_opened(flow(2));
    let (mut unread, _) = listener.accept().expect("a connection");
    unread.write_all(b"answer").expect("the peer can send");
    stage.pull(vec![open(flow(3), Proto::Stream, stream_address)]);
    stage.expect_opened(flow(3));
    let (finished, _) = listener.accept().expect("a connection");
    finished.shutdown(Shutdown::Write).expect("the peer can finish");
    stage.expect(&Heard::Finished { flow: flow(3) });
    stage.expect_silence(flow(4));
    let before = clock.reads();
    let deadline = clock.now().mono.after(Duration::from_millis(100));
    stage.pull(vec![Pull::WakeAt(deadline)]);
    let heard = stage.hear();
    assert!(matches!(heard, Heard::Tick(_)), "{heard:?}");
    let reads = clock.reads() - before;
    assert!(
        reads < 50,
        "the clock was read {reads} times, which is once or twice a turn"
    );
}

/// The system's clock, and how often it was read.
#[derive(Clone)]
struct CountingClock {
    clock: Arc<SystemClock>,
    reads: Arc<AtomicUsize>,
}

impl Default for CountingClock {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock::new()),
            reads: Arc::default(),
        }
    }
}

impl CountingClock {
    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

impl Clock for CountingClock {
    fn now(&self) -> Now {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.clock.now()
    }
}

/// In the end the machine hears of every flow that it is closed, and can open no other.
pub fn shutting_down_closes_every_flow<A: Adapter>() {
    let puppet = Puppet::reacting(|heard| match heard {
        // The first of them also ends the second, and tries to open another.
        Heard::Closed {
            flow: first,
            cause: CloseCause::Shutdown,
        } if *first == flow(1) => {
            vec![close(flow(2)), open(flow(9), Proto::Datagram, ANYWHERE)]
        }
        _ => vec![],
    });
    let mut stage = Stage::<A>::with(puppet, Config::default());
    let (_remote, address) = datagram_peer();
    let (_listener, stream_address) = stream_peer();
    stage.pull(vec![
        open(flow(1), Proto::Datagram, address),
        open(flow(2), Proto::Datagram, address),
        open(flow(3), Proto::Datagram, address),
    ]);
    for number in 1..=3 {
        stage.expect_opened(flow(number));
    }
    stage.pull(vec![open(flow(4), Proto::Stream, stream_address)]);
    stage.expect_opened(flow(4));
    let closed = |flow: FlowId| Heard::Closed {
        flow,
        cause: CloseCause::Shutdown,
    };
    assert_eq!(stage.stop(), [closed(flow(1)), closed(flow(3)), closed(flow(4))]);
}

/// The machine's complaint about a command is the caller's to hear.
pub fn misuse_reaches_the_caller<A: Adapter>() {
    let mut stage = Stage::<A>::new();
    assert!(matches!(stage.try_pull(vec![]), Err(Misuse::Impossible(_))));
    stage.pull(vec![Pull::Say(1)]);
    stage.expect(&Heard::Said(1));
}

/// Whether this process runs this one test only. If it does not, a process that does is run, and must succeed.
///
/// What is counted or limited belongs to the whole process, and other tests would disturb it.
///
/// # Panics
///
/// The process cannot be run, or fails.
pub fn is_alone() -> bool {
    // Without threads, tests run on the main one, one after the other.
    let name = thread::current()
        .name()
        .map(str::to_owned)
        .filter(|name| name != "main");
    let Some(name) = name.filter(|_| !std::env::args().any(|argument| argument == "--exact")) else {
        return true;
    };
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program)
        .args([&name, "--exact"])
        .output()
        .expect("another process");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    false
}

/// How many descriptors this process has open, one of them for finding that out.
///
/// # Panics
///
/// The system does not say.
pub fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd")
        .expect("the system lists our descriptors")
        .count()
}
