//! Resolvers on every runtime.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use async_executor::LocalExecutor;
use futures_lite::future::{block_on, or, poll_once, yield_now};
use nameward_core::client::{Config, Outcome, Prefix, Query, Server, Source, Stub};
use nameward_core::machine::{Machine as _, Output, Proto};
use nameward_core::wire::{Mx, Rtype};
use nameward_driver::resolver::ResolveError;
use nameward_driver::task::Resolver;
use nameward_tests::kit::resources::{descriptors, is_alone};
use nameward_tests::parity::Log;
use nameward_tests::resolvers::{ask_everywhere, on_each, on_mio};
use nameward_tests::zone_server::{Manner, Serving};

const ZONE: &str = "\
example. 60 IN SOA . . 1 1 1 1 60
example. 60 IN MX 10 mail.example.
www.example. 60 IN A 192.0.2.1
www.example. 60 IN AAAA 2001:db8::1
mail.example. 60 IN CNAME www.example.
1.2.0.192.in-addr.arpa. 60 IN PTR www.example.
254.2.0.192.in-addr.arpa. 60 IN PTR router.example.
";

fn asking(server: &Serving) -> Config {
    Config {
        servers: vec![Server::new(server.address())],
        ..Config::default()
    }
}

/// What the machine did, after the recording was replayed and the laws were checked.
fn log(recording: &[u8]) -> Log {
    Log::with_events::<Stub>(recording, |event, _| format!("{:?}", event.id()))
}

#[test]
fn names_addresses_and_a_whole_prefix_are_looked_up_on_every_runtime() {
    let server = Serving::start(ZONE, Manner::Good);
    let prefix: Prefix = "192.0.2.0/24".parse().unwrap();
    let expected = [
        ([192, 0, 2, 1], "www.example."),
        ([192, 0, 2, 254], "router.example."),
    ]
    .map(|(address, name)| (IpAddr::from(address), name.to_owned()));
    let all = on_each(&asking(&server), async |resolver| {
        let answer = resolver.lookup_ip("mail.example.").await.unwrap();
        let addresses: Vec<_> = answer.addresses().map(|address| address.to_string()).collect();
        assert_eq!(addresses, ["192.0.2.1", "2001:db8::1"]);
        let source = Source::Server {
            address: server.address(),
            proto: Proto::Datagram,
        };
        assert_eq!((answer.outcome, answer.source), (Outcome::Positive, source));
        let exchanges = resolver.mx("example.").await.unwrap().rrsets;
        let exchange = exchanges[0].rdata().next().unwrap();
        assert_eq!(exchange.view::<Mx<'_>>().unwrap().preference, 10);
        assert_eq!(
            resolver.txt("nobody.example.").await.unwrap().outcome,
            Outcome::NxDomain
        );

        let mut names = Vec::new();
        let (mut reverse, mut answered) = (resolver.reverse_prefix(prefix), 0);
        while let Some((address, answer)) = reverse.next().await {
            names.extend(answer.unwrap().names().map(|name| (address, name.to_string())));
            answered += 1;
        }
        assert_eq!(answered, 256);
        names
    });
    assert_eq!(all[0].0, expected);
    let (names, recording) = on_mio(asking(&server), |resolver| {
        let answers = resolver.reverse_prefix(prefix);
        let names = answers.flat_map(|(address, answer)| {
            let names: Vec<_> = answer.unwrap().names().collect();
            names.into_iter().map(move |name| (address, name.to_string()))
        });
        names.collect::<Vec<_>>()
    });
    assert_eq!(names, expected);
    assert_eq!(log(&recording).events.len(), 256);
    for (_, recording) in &all {
        assert_eq!(log(recording).events.len(), 3 + 256);
    }
}

/// Law 6, and the fault matrix: what nobody waits for leaves no flow.
#[test]
fn a_look_up_that_is_dropped_leaves_no_flow_behind() {
    let server = Serving::start(ZONE, Manner::Silent);
    let all = on_each(&asking(&server), async |resolver| {
        let mut dropped = Box::pin(resolver.records("www.example.", Rtype::A));
        assert!(poll_once(&mut dropped).await.is_none());
        // The driver takes what it is told in order: when it has answered this one, that one was sent.
        resolver.lookup_ip("localhost").await.unwrap();
        drop(dropped);
        resolver.lookup_ip("localhost").await.unwrap();
        let all = or(
            async { drop(resolver.reverse([192, 0, 2, 1].into()).await) },
            async {
                resolver.lookup_ip("localhost").await.unwrap();
            },
        );
        all.await;
        resolver.lookup_ip("localhost").await.unwrap();
    });
    for (_, recording) in all {
        let log = log(&recording);
        assert_eq!(log.flows.len(), 2, "{log:#?}");
        for flow in &log.flows {
            assert_eq!(flow.last().map(String::as_str), Some("close"), "{log:#?}");
        }
        assert_eq!(log.events.len(), 4, "the events are those of localhost: {log:#?}");
    }
    let (_, recording) = on_mio(asking(&server), |resolver| {
        let answers = resolver.reverse_prefix("192.0.2.0/30".parse().unwrap());
        drop(answers);
        resolver.lookup_ip("localhost").unwrap();
    });
    let log = log(&recording);
    assert_eq!(log.events.len(), 1, "none was begun: {log:#?}");
}

#[test]
fn reconfiguration_does_not_lose_what_is_under_way_and_mistakes_are_told() {
    let [silent, good] = [Manner::Silent, Manner::Good].map(|manner| Serving::start(ZONE, manner));
    on_each(&asking(&silent), async |resolver| {
        let mut waiting = pin!(resolver.records("www.example.", Rtype::A));
        assert!(poll_once(&mut waiting).await.is_none());
        let wrong = Config {
            attempts: 0,
            ..asking(&good)
        };
        let refused = resolver.reconfigure(wrong).await;
        assert!(matches!(refused, Err(ResolveError::Misuse(_))), "{refused:?}");
        resolver.reconfigure(asking(&good)).await.unwrap();
        assert_eq!(waiting.await.unwrap().outcome, Outcome::Positive);
        let transfer = resolver.records("example.", Rtype::AXFR).await;
        assert!(matches!(transfer, Err(ResolveError::Misuse(_))), "{transfer:?}");
        resolver.network_changed();
        assert_eq!(resolver.txt("example.").await.unwrap().outcome, Outcome::NoData);
    });
    on_mio(asking(&silent), |resolver| {
        resolver.reconfigure(asking(&good)).unwrap();
        resolver.network_changed();
        assert_eq!(
            resolver.records("www.example.", Rtype::A).unwrap().outcome,
            Outcome::Positive
        );
        let transfer = resolver.records("example.", Rtype::AXFR);
        assert!(matches!(transfer, Err(ResolveError::Misuse(_))), "{transfer:?}");
        assert!(matches!(resolver.mx("a..example"), Err(ResolveError::Query(_))));
    });
}

#[test]
fn a_runtime_that_ends_answers_who_waits() {
    let server = Serving::start(ZONE, Manner::Silent);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let runtime = runtime.unwrap();
    let resolver = {
        let _inside = runtime.enter();
        nameward_tokio::Resolver::new(asking(&server)).unwrap()
    };
    let mut lookup = pin!(resolver.mx("example."));
    block_on(async {
        assert!(poll_once(&mut lookup).await.is_none());
        // Any thread may wait for it, inside the runtime or not.
        resolver.lookup_ip("localhost").await.unwrap();
    });
    drop(runtime);
    let outcome = block_on(lookup);
    assert!(matches!(outcome, Err(ResolveError::Stopped)), "{outcome:?}");
}

#[test]
fn clones_are_used_from_many_tasks_and_threads_and_equal_questions_are_asked_once() {
    async fn ask(resolver: Resolver) -> usize {
        resolver
            .lookup_ip("www.example.")
            .await
            .unwrap()
            .addresses()
            .count()
    }
    let server = Serving::start(ZONE, Manner::Good);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let resolver = nameward_tokio::Resolver::new(asking(&server)).unwrap();
        let tasks: Vec<_> = (0..100).map(|_| tokio::spawn(ask((*resolver).clone()))).collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), 2);
        }
    });
    async_std::task::block_on(async {
        let resolver = nameward_async_std::Resolver::new(asking(&server)).unwrap();
        let tasks: Vec<_> = (0..100)
            .map(|_| async_std::task::spawn(ask((*resolver).clone())))
            .collect();
        for task in tasks {
            assert_eq!(task.await, 2);
        }
        resolver.shutdown().await;
        assert!(matches!(
            resolver.mx("example.").await,
            Err(ResolveError::Stopped)
        ));
    });
    let questions = vec![Query::addresses("www.example.").unwrap(); 10];
    for (runtime, (outcomes, recording)) in ask_everywhere(&asking(&server), &questions) {
        assert!(
            outcomes.iter().all(|outcome| outcome.is_ok()),
            "{outcomes:?} on {runtime}"
        );
        // A and AAAA, each once: the rest is in the cache.
        assert_eq!(log(&recording).flows.len(), 2, "on {runtime}");
    }
}

/// A driver that is not polled and has no timer makes no system call.
#[test]
fn an_idle_resolver_costs_nothing() {
    /// Runs the driver and counts how often it is polled, while the other uses the resolver.
    async fn count(driver: impl Future<Output = Stub>, polls: &Cell<u64>) {
        let mut driver = pin!(driver);
        poll_fn(|context| {
            polls.set(polls.get() + 1);
            driver.as_mut().poll(context).map(drop)
        })
        .await;
    }
    async fn work(resolver: &Resolver, polls: &Cell<u64>) {
        resolver.lookup_ip("www.example.").await.unwrap();
        resolver.txt("nobody.example.").await.unwrap();
        let settled = async || {
            for _ in 0..1_000 {
                yield_now().await;
            }
            polls.get()
        };
        let before = settled().await;
        assert!(before > 0);
        assert_eq!(settled().await, before);
    }
    let server = Serving::start(ZONE, Manner::Good);
    let stub = || nameward_driver::resolver::stub(asking(&server)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let (resolver, driver) = nameward_tokio::Resolver::drive(stub(), Default::default()).unwrap();
        let polls = Rc::new(Cell::new(0));
        let counted = Rc::clone(&polls);
        let driver = tokio::task::spawn_local(async move { count(driver.run(), &counted).await });
        work(&resolver, &polls).await;
        drop(resolver);
        driver.await.unwrap();
    });
    let executor = LocalExecutor::new();
    block_on(executor.run(async {
        let (resolver, driver) = nameward_async_std::Resolver::drive(stub(), Default::default()).unwrap();
        let polls = Rc::new(Cell::new(0));
        let counted = Rc::clone(&polls);
        let driver = executor.spawn(async move { count(driver.run(), &counted).await });
        work(&resolver, &polls).await;
        drop(resolver);
        driver.await;
    }));
    let mut resolver = nameward_mio::Resolver::new(asking(&server)).unwrap();
    resolver.lookup_ip("www.example.").unwrap();
    resolver.txt("nobody.example.").unwrap();
    assert_eq!(
        resolver.into_machine().poll(),
        Output::Idle(None),
        "there is no timer"
    );
}

/// The system's own configuration can be read, whatever it is; nothing is asked.
#[test]
fn the_resolver_of_the_system_starts_on_every_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(async {
        let (resolver, _warnings) = nameward_tokio::Resolver::from_system().unwrap();
        assert!(resolver.lookup_ip("192.0.2.1").await.is_ok());
    });
    async_std::task::block_on(async {
        let (resolver, _warnings) = nameward_async_std::Resolver::from_system().unwrap();
        assert!(resolver.lookup_ip("192.0.2.1").await.is_ok());
    });
    let (mut resolver, _warnings) = nameward_mio::Resolver::from_system().unwrap();
    assert!(resolver.lookup_ip("192.0.2.1").is_ok());
}

/// Sockets of look-ups that end, are cancelled or never get an answer, and those of the resolver itself.
#[test]
fn descriptors_return_to_the_base_line_with_each_look_up_and_with_the_resolver() {
    if !is_alone() {
        return;
    }
    let good = Serving::start(ZONE, Manner::Good);
    // It has no streams: what a server in this process accepts would be counted, too.
    let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let servers = vec![Server::new(silent.local_addr().unwrap())];
    let short = Config {
        timeout: Duration::from_millis(1),
        attempts: 1,
        cache: None,
        servers,
        ..Config::default()
    };
    // What a runtime keeps for the whole process it has after the first resolver; a runtime of tokio's own goes with it.
    let base_lines = [0; 3].map(|_| {
        on_each(&short, async |resolver| {
            let mut base_line = None;
            for _ in 0..5 {
                for address in Prefix::new([192, 0, 2, 0].into(), 28).unwrap().addresses() {
                    assert!(resolver.reverse(address).await.is_err());
                }
                let mut dropped = resolver.reverse_prefix("192.0.2.0/26".parse().unwrap());
                // The first may have failed by now.
                let _begun = poll_once(dropped.next()).await;
                drop(dropped);
                resolver
                    .reconfigure(Config {
                        cache: None,
                        ..asking(&good)
                    })
                    .await
                    .unwrap();
                resolver.mx("example.").await.unwrap();
                resolver.network_changed();
                resolver.reconfigure(short.clone()).await.unwrap();
                base_line.get_or_insert_with(descriptors);
                assert_eq!(Some(descriptors()), base_line);
            }
        });
        descriptors()
    });
    assert_eq!(base_lines[1], base_lines[2]);
}
