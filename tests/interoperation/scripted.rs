//! A server whose every move the test makes.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// A datagram socket of the loopback address.
pub(crate) struct Scripted(UdpSocket);

impl Scripted {
    pub(crate) fn new() -> Self {
        Self::on(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
    }

    pub(crate) fn on(socket: UdpSocket) -> Self {
        // Long enough for any machine; only a failure waits for it.
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Self(socket)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    /// Runs `client` until it ends, and serves its first query with the datagrams that `answer` makes of it, in order.
    pub(crate) fn serve(
        &self,
        client: &mut Command,
        answer: impl FnOnce(&[u8], SocketAddr) -> Vec<Vec<u8>>,
    ) -> Output {
        let asking = client
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut query = [0; 512];
        let (length, asker) = loop {
            match self.0.recv_from(&mut query) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                received => break received.unwrap(),
            }
        };
        for datagram in answer(&query[..length], asker) {
            self.0.send_to(&datagram, asker).unwrap();
        }
        asking.wait_with_output().unwrap()
    }
}
