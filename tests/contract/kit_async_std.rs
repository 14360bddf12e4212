//! The conformance kit on async-std, and on smol, which shares its reactor.

#![allow(clippy::std_instead_of_core, reason = "these tests are about the system")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::pin::pin;

use async_executor::Executor;
use async_std::io::{ReadExt as _, WriteExt as _};
use async_std::net::TcpStream;
use async_std::task;
use futures_lite::future::poll_once;
use nameward_async_std::CommandError;
use nameward_core::flow::{Lane, ListenerId};
use nameward_core::machine::{Action, Proto};
use nameward_driver::config::{Config, Detached, Occurrence};
use nameward_tests::kit::async_std::{AsyncStd, AsyncStdThreads, On, Smol};
use nameward_tests::kit::puppet::{Heard, Pull, Puppet};
use nameward_tests::kit::stage::{ANYWHERE, flow, listening, open, stream_peer};

mod on_one_thread {
    nameward_tests::conformance!(super::On<super::AsyncStd>);
}

mod on_threads {
    nameward_tests::conformance!(super::On<super::AsyncStdThreads>);
}

mod on_smol {
    nameward_tests::conformance!(super::On<super::Smol>);
}

/// To cancel a driver is to drop its future: nobody listens any more, who waits for an answer hears so, and so does who asks
/// later.
#[test]
fn a_driver_that_is_dropped_lets_go_of_its_sockets_and_of_who_waits() {
    const LISTENER: ListenerId = ListenerId::new(Lane(0), 1);
    let config = listening(LISTENER, Proto::Stream, ANYWHERE);
    let (handle, mut occurrences, driver) = nameward_async_std::drive(Puppet::default(), config).unwrap();
    let address = driver.listening_at(LISTENER).unwrap();
    let executor = Executor::new();
    let driver = executor.spawn(driver.run());
    let executed = async {
        handle.command(vec![Pull::Say(1)]).await.unwrap();
        let mut waiting = pin!(handle.command(vec![Pull::Say(2)]));
        assert_eq!(poll_once(&mut waiting).await, None);
        drop(driver.cancel().await);
        assert_eq!(waiting.await, Err(CommandError::Stopped));
        let late = handle.command(vec![Pull::Say(3)]).await;
        assert_eq!(late, Err(CommandError::Stopped));
        let mut last = Vec::new();
        while let Some(occurrence) = occurrences.next().await {
            last.push(occurrence);
        }
        last
    };
    let last = async_io::block_on(executor.run(executed));
    let said = |occurrence: &_| matches!(occurrence, Occurrence::Event(Heard::Said(1)));
    assert!(last.iter().any(said), "{last:?}");
    TcpListener::bind(address).expect("nobody listens there");
}

/// A detached socket is async-std's to take, which is the second to watch it.
#[test]
fn a_detached_socket_goes_on_in_async_std() {
    let (listener, address) = stream_peer();
    let (handle, mut occurrences, driver) =
        nameward_async_std::drive(Puppet::default(), Config::default()).unwrap();
    let driver = task::spawn(driver.run());
    task::block_on(async {
        let detach = Pull::Do(Action::Detach { flow: flow(1) });
        let opened = open(flow(1), Proto::Stream, address);
        handle.command(vec![opened]).await.unwrap();
        while !matches!(
            occurrences.next().await.unwrap(),
            Occurrence::Event(Heard::Opened { .. })
        ) {}
        handle.command(vec![detach]).await.unwrap();
        let Some(Occurrence::Detached {
            socket: Detached::Stream(socket),
            ..
        }) = occurrences.next().await
        else {
            panic!("no socket");
        };
        let mut socket = TcpStream::from(socket);
        socket.write_all(b"question").await.unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        let mut question = [0; 8];
        peer.read_exact(&mut question).unwrap();
        peer.write_all(b"answer").unwrap();
        drop(peer);
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.unwrap();
        assert_eq!((&question, &answer[..]), (b"question", &b"answer"[..]));
        drop(handle);
        driver.await;
    });
}
