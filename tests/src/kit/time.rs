//! Scenarios of time and of turns.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, Input, Machine, Misuse, Output, Proto};
use nameward_core::time::{Instant, Now};
use nameward_driver::clock::{Clock, SystemClock};
use nameward_driver::config::{Config, Occurrence};

use super::adapter::{Adapter, Running};
use super::puppet::{Heard, Pull, Puppet};
use super::stage::{SetClock, Stage, datagram_peer, flow, open, open_unread, receive, send};

const MILLISECOND: u64 = 1_000_000;
const HOUR: u64 = 3_600_000 * MILLISECOND;

/// A timer that fires is no proof: while the clock stands still there is no tick, however often the timer fires.
pub fn the_clock_wakes_and_not_the_timer<A: Adapter>() {
    const READINGS: u64 = 40;
    /// Stands still before its deadline for so many readings.
    struct Slow(AtomicU64);
    impl Clock for Slow {
        fn now(&self) -> Now {
            let passed = self.0.fetch_add(1, Ordering::SeqCst) >= READINGS;
            Now::without_wall(Instant::from_nanos(if passed { MILLISECOND } else { 0 }))
        }
    }
    let clock = Box::new(Slow(AtomicU64::new(0)));
    let mut stage = Stage::<A>::with(
        Puppet::default(),
        Config {
            clock,
            ..Config::default()
        },
    );
    let deadline = Instant::from_nanos(MILLISECOND);
    stage.pull(vec![Pull::WakeAt(deadline)]);
    stage.expect(&Heard::Tick(Now::without_wall(deadline)));
    assert_eq!(stage.stop(), []);
}

/// A deadline may pass while no timer runs, as in a suspended system. Whatever wakes the driver, the deadline is noticed.
pub fn a_deadline_that_passed_unnoticed_is_noticed_with_the_next_packet<A: Adapter>() {
    let (mut stage, clock, remote, local) = with_clock_and_flow::<A>();
    stage.pull(vec![Pull::WakeAt(Instant::from_nanos(HOUR))]);
    clock.set(2 * HOUR);
    remote.send_to(b"packet", local).expect("the remote can send");
    let mut heard = [stage.hear(), stage.hear()];
    heard.sort_by_key(|heard| matches!(heard, Heard::Received { .. }));
    let tick = Heard::Tick(Now::without_wall(Instant::from_nanos(2 * HOUR)));
    assert_eq!(
        heard,
        [
            tick,
            Heard::Received {
                flow: flow(1),
                data: b"packet".to_vec()
            }
        ]
    );
}

/// The puppet refuses a time that goes back; the clock here does.
pub fn time_does_not_go_back<A: Adapter>() {
    let (mut stage, clock, remote, local) = with_clock_and_flow::<A>();
    for nanoseconds in [HOUR, HOUR / 2, 0] {
        clock.set(nanoseconds);
        remote.send_to(b"packet", local).expect("the remote can send");
        stage.expect(&Heard::Received {
            flow: flow(1),
            data: b"packet".to_vec(),
        });
    }
    stage.pull(vec![Pull::WakeAt(Instant::from_nanos(HOUR)), Pull::Say(1)]);
    stage.expect(&Heard::Said(1));
    stage.expect(&Heard::Tick(Now::without_wall(Instant::from_nanos(HOUR))));
}

/// Before it waits, and so whenever it looks at its clock again, a driver has taken everything that the machine wants.
pub fn nothing_is_waited_for_while_something_is_wanted<A: Adapter>() {
    let is_drained = Arc::new(AtomicBool::new(true));
    let machine = Watched {
        puppet: Puppet::default(),
        is_drained: Arc::clone(&is_drained),
    };
    let clock = Box::new(Watching {
        clock: SystemClock::new(),
        is_drained,
    });
    let mut running = A::start(
        machine,
        Config {
            clock,
            ..Config::default()
        },
    );
    let (remote, address) = datagram_peer();
    let sends = (0..100).map(|_| send(flow(1), b"datagram"));
    let pulls = [open(flow(1), Proto::Datagram, address)]
        .into_iter()
        .chain(sends)
        .collect();
    running.command(pulls).expect("a puppet does what it is told");
    let mut heard = Vec::new();
    while heard.len() < 2 {
        match running.next() {
            Occurrence::Event(event) => heard.push(event),
            Occurrence::Detached { .. } => panic!("nothing is detached"),
        }
    }
    assert!(
        matches!(heard[..], [Heard::Tick(_), Heard::Opened { .. }]),
        "{heard:?}"
    );
    for _ in 0..100 {
        assert_eq!(receive(&remote).0, b"datagram");
    }
    let _ = running.stop();
}

/// One flow with two hundred datagrams waiting, another with one, and a deadline that passes meanwhile: neither has to wait
/// for the two hundred. And all of these come, though nothing new arrives.
pub fn a_busy_flow_starves_neither_flows_nor_timers<A: Adapter>() {
    const DATAGRAMS: usize = 200;
    let mut armed = false;
    let puppet = Puppet::reacting(move |heard| match heard {
        Heard::Received { flow: from, .. } if *from == flow(1) && !armed => {
            armed = true;
            vec![Pull::WakeAt(Instant::from_nanos(1))]
        }
        _ => vec![],
    });
    let mut stage = Stage::<A>::with(puppet, Config::default());
    let (busy, busy_address) = datagram_peer();
    let (quiet, quiet_address) = datagram_peer();
    stage.pull(vec![
        open_unread(flow(1), Proto::Datagram, busy_address),
        open_unread(flow(2), Proto::Datagram, quiet_address),
    ]);
    let (busy_local, quiet_local) = (stage.expect_opened(flow(1)), stage.expect_opened(flow(2)));
    for _ in 0..DATAGRAMS {
        busy.send_to(b"one of many", busy_local)
            .expect("the remote can send");
    }
    quiet
        .send_to(b"the only one", quiet_local)
        .expect("the remote can send");
    // Both sockets are known to be ready when reading begins.
    stage.expect_silence(flow(3));
    let read = |flow| Pull::Do(Action::Read { flow, wanted: true });
    stage.pull(vec![read(flow(1)), read(flow(2))]);
    let heard: Vec<Heard> = (0..DATAGRAMS + 2).map(|_| stage.hear()).collect();
    let position = |wanted: &dyn Fn(&Heard) -> bool| heard.iter().position(wanted).expect("it is heard");
    let quiet_at = position(&|heard| matches!(heard, Heard::Received { flow: from, .. } if *from == flow(2)));
    let tick_at = position(&|heard| matches!(heard, Heard::Tick(_)));
    assert!(quiet_at <= 32, "the quiet flow waited for {quiet_at} others");
    assert!(tick_at <= 65, "the tick waited for {tick_at} datagrams");
}

/// A stage whose clock the test sets, with an open flow.
fn with_clock_and_flow<A: Adapter>() -> (Stage<A>, SetClock, UdpSocket, SocketAddr) {
    let clock = SetClock::default();
    let config = Config {
        clock: Box::new(clock.clone()),
        ..Config::default()
    };
    let mut stage = Stage::<A>::with(Puppet::default(), config);
    let (remote, address) = datagram_peer();
    stage.pull(vec![open(flow(1), Proto::Datagram, address)]);
    let local = stage.expect_opened(flow(1));
    (stage, clock, remote, local)
}

/// A puppet that notes whether all its outputs were taken.
struct Watched {
    puppet: Puppet,
    is_drained: Arc<AtomicBool>,
}

/// A clock that may be read only then.
struct Watching {
    clock: SystemClock,
    is_drained: Arc<AtomicBool>,
}

impl Clock for Watching {
    fn now(&self) -> Now {
        assert!(
            self.is_drained.load(Ordering::SeqCst),
            "the driver goes on while the machine wants something"
        );
        self.clock.now()
    }
}

impl Machine for Watched {
    type Event = Heard;
    type Command = Vec<Pull>;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        self.is_drained.store(false, Ordering::SeqCst);
        self.puppet.handle(now, input);
    }

    fn command(&mut self, now: Now, pulls: Vec<Pull>) -> Result<(), Misuse> {
        self.is_drained.store(false, Ordering::SeqCst);
        self.puppet.command(now, pulls)
    }

    fn poll(&mut self) -> Output<Heard> {
        let output = self.puppet.poll();
        self.is_drained
            .store(matches!(output, Output::Idle(_)), Ordering::SeqCst);
        output
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.puppet.stream_out(flow)
    }

    fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize) {
        self.is_drained.store(false, Ordering::SeqCst);
        self.puppet.stream_sent(now, flow, count);
    }
}
