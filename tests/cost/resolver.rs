//! What an asynchronous adapter adds to the cost of a look-up.

use std::collections::VecDeque;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::{Pin, pin};

use futures_lite::future::{or, poll_once};
use nameward_core::client::{Command, Config, Event, LookupError, LookupId, Query, Server, Stub};
use nameward_core::flow::{FlowId, FlowNames, Lane};
use nameward_core::machine::{Action, Input, Machine, Misuse, Output, Proto};
use nameward_core::seed::Seed;
use nameward_core::time::Now;
use nameward_core::wire::{Question, Rtype};
use nameward_driver::config;
use nameward_driver::resolver::ResolveError;
use nameward_driver::task::Resolver;
use nameward_tests::zone_server::{Manner, Serving};

use super::allocations;

/// How many look-ups are counted, after as many to warm up.
const LOOK_UPS: u64 = 1_000;

/// A machine whose own allocations are not counted.
struct Uncounted<M>(M);

impl<M: Machine> Machine for Uncounted<M> {
    type Event = M::Event;
    type Command = M::Command;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        allocation_counter::opt_out(|| self.0.handle(now, input));
    }

    fn command(&mut self, now: Now, command: M::Command) -> Result<(), Misuse> {
        let mut result = Ok(());
        allocation_counter::opt_out(|| result = self.0.command(now, command));
        result
    }

    fn poll(&mut self) -> Output<M::Event> {
        let mut output = Output::Idle(None);
        allocation_counter::opt_out(|| output = self.0.poll());
        output
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.0.stream_out(flow)
    }

    fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize) {
        allocation_counter::opt_out(|| self.0.stream_sent(now, flow, count));
    }
}

/// Fails each look-up: at once, or after it has opened a socket for it and closed that.
struct Opener {
    server: Option<SocketAddr>,
    names: FlowNames,
    opening: Option<LookupId>,
    outputs: VecDeque<Output<Event>>,
}

impl Opener {
    fn new(server: Option<SocketAddr>) -> Self {
        Self {
            server,
            names: FlowNames::new(Lane(0)),
            opening: None,
            outputs: VecDeque::new(),
        }
    }

    fn fail(&mut self, id: LookupId) {
        let error = LookupError::NoServer;
        self.outputs.push_back(Output::Event(Event::Failed { id, error }));
    }
}

impl Machine for Opener {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, _: Now, input: Input<'_>) {
        if let Input::Opened { flow, .. } = input
            && let Some(id) = self.opening.take()
        {
            self.outputs.push_back(Output::Do(Action::Close { flow }));
            self.fail(id);
        }
    }

    fn command(&mut self, _: Now, command: Command) -> Result<(), Misuse> {
        let Command::Lookup(lookup) = command else {
            return Ok(());
        };
        match self.server {
            None => self.fail(lookup.id),
            Some(remote) => {
                self.opening = Some(lookup.id);
                self.outputs.push_back(Output::Do(Action::Open {
                    flow: self.names.fresh(),
                    proto: Proto::Datagram,
                    remote,
                    read: true,
                }));
            }
        }
        Ok(())
    }

    fn poll(&mut self) -> Output<Event> {
        self.outputs.pop_front().unwrap_or(Output::Idle(None))
    }

    fn stream_out(&self, _: FlowId) -> &[u8] {
        &[]
    }

    fn stream_sent(&mut self, _: Now, _: FlowId, _: usize) {}
}

/// Counts what the adapter allocates for the look-ups, so many of them at a time. `block_on` waits for a future on this thread.
fn count<F: Future>(
    resolver: &Resolver,
    driver: F,
    at_once: usize,
    block_on: impl Fn(Pin<&mut dyn Future<Output = ()>>),
) -> u64 {
    let mut driver = pin!(driver);
    let question = |number| Question::new(format!("n{number}.example.").parse().unwrap(), Rtype::A);
    let query = |number| Query::Records {
        question: question(number),
        search: false,
    };
    let queries: Vec<_> = (0..LOOK_UPS).map(query).collect();
    let mut window = VecDeque::with_capacity(at_once);
    let mut look_up = |queries: Vec<Query>| {
        let work = async {
            for query in queries {
                let mut lookup = resolver.lookup(query);
                assert!(poll_once(&mut lookup).await.is_none());
                window.push_back(lookup);
                if window.len() == at_once {
                    let first = window.pop_front().unwrap().await;
                    assert!(!matches!(first, Err(ResolveError::Stopped)));
                }
            }
        };
        let stopped = async {
            driver.as_mut().await;
        };
        block_on(pin!(or(work, stopped)));
    };
    look_up(queries.clone());
    let (counted, ()) = allocations(|| look_up(queries));
    counted
}

/// The runtimes with futures, each on the thread of the test.
const RUNTIMES: [&str; 2] = ["tokio", "async-std"];

fn count_on<M>(runtime: &str, machine: M, at_once: usize) -> u64
where
    M: Machine<Command = Command, Event = Event>,
{
    let (machine, config) = (Uncounted(machine), config::Config::default());
    if runtime == "tokio" {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let _inside = runtime.enter();
        let (resolver, driver) = nameward_tokio::Resolver::drive(machine, config).unwrap();
        count(&resolver, driver.run(), at_once, |work| runtime.block_on(work))
    } else {
        let (resolver, driver) = nameward_async_std::Resolver::drive(machine, config).unwrap();
        count(&resolver, driver.run(), at_once, |work| {
            futures_lite::future::block_on(work)
        })
    }
}

/// Beyond the machine's own allocations, those of the adapter's tables: a node for several look-ups. A fresh socket costs what its
/// runtime takes for it.
#[test]
fn a_look_up_allocates_less_than_once_in_an_adapter_beside_its_socket() {
    let server = Serving::start("$TTL 60\n$GENERATE 0-999 n$.example. A 192.0.2.1\n", Manner::Good);
    let stub = |stream_only| {
        let config = Config {
            servers: vec![Server::new(server.address())],
            cache: None,
            stream_only,
            ..Config::default()
        };
        Stub::new(Seed::from_number(1), config).unwrap()
    };
    for runtime in RUNTIMES {
        for at_once in [1, 100] {
            let count = |machine: Result<Stub, Opener>| match machine {
                Ok(stub) => count_on(runtime, stub, at_once),
                Err(opener) => count_on(runtime, opener, at_once),
            };
            let nothing = count(Err(Opener::new(None)));
            let socket = count(Err(Opener::new(Some(server.address())))) - nothing;
            let (over_stream, over_datagram) = (count(Ok(stub(true))), count(Ok(stub(false))));
            let of_datagram = over_datagram.saturating_sub(socket);
            println!(
                "{runtime}, {at_once} at once: {LOOK_UPS} look-ups allocate {over_stream} times over a stream, {of_datagram} times over \
                 datagrams beside their sockets, which take {socket}; {nothing} times if they need neither"
            );
            for allocated in [nothing, over_stream, of_datagram] {
                assert!(allocated < LOOK_UPS, "{runtime}, {at_once} at once: {allocated}");
            }
        }
    }
}
