//! Sockets that never wait.

mod request;

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};

use nix::errno::Errno;
use socket2::{Domain, Socket, Type};

pub(crate) use request::RequestSocket;

/// The queue of connections that wait to be accepted; the system may shorten it.
const BACKLOG: i32 = 1024;

/// A datagram socket on a fresh local port that the system draws, from then on connected to `remote`.
pub(crate) fn open_datagram(remote: SocketAddr) -> io::Result<UdpSocket> {
    let unspecified = match remote {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let socket = UdpSocket::bind(unspecified)?;
    socket.connect(remote)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// A stream that is being connected: it is writable when that is over, one way or the other.
pub(crate) fn open_stream(remote: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(remote), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    match socket.connect(&remote.into()) {
        Ok(()) => {}
        Err(error) if error.raw_os_error() == Some(Errno::EINPROGRESS as i32) => {}
        Err(error) => return Err(error),
    }
    Ok(socket.into())
}

/// A socket on which streams can be accepted.
pub(crate) fn listen_streams(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // A server that starts again must not wait until the connections of its predecessor are forgotten.
    socket.set_reuse_address(true)?;
    listen(&socket, address)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// A socket on which requests arrive from anyone.
pub(crate) fn listen_datagrams(address: SocketAddr) -> io::Result<RequestSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
    listen(&socket, address)?;
    RequestSocket::new(socket.into())
}

fn listen(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        // A listener for each family: otherwise IPv4 peers would arrive under IPv6 names.
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())
}
