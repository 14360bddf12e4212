//! Sockets that never wait.

mod batch;
mod request;

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};

use nix::errno::Errno;
use socket2::{Domain, Socket, Type};

pub(crate) use batch::Batch;
pub(crate) use request::RequestSocket;

/// The queue of connections that wait to be accepted; the system may shorten it.
const BACKLOG: i32 = 1024;

/// How much may be left to be read on a socket that is used again.
const MOST_LEFT: u32 = 8;

/// A datagram socket that is connected to `remote`, on a fresh local port that the system draws.
pub(crate) fn open_datagram(remote: SocketAddr) -> io::Result<UdpSocket> {
    let socket = open(remote, Type::DGRAM)?;
    socket.connect(&remote.into())?;
    Ok(socket.into())
}

/// Takes a datagram socket from its port and its remote. It hears nothing until it [enters](enter_port) another port.
///
/// # Errors
///
/// The system cannot do that: only Linux also gives up a port that it drew itself.
pub(crate) fn leave_port(socket: &UdpSocket) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use std::os::fd::AsRawFd as _;

        use nix::libc::{AF_UNSPEC, in_addr, sa_family_t, sockaddr_in};
        use nix::sys::socket::{SockaddrIn, connect};

        // Of such an address the system reads the family only.
        let nowhere = sockaddr_in {
            sin_family: AF_UNSPEC as sa_family_t,
            sin_port: 0,
            sin_addr: in_addr { s_addr: 0 },
            sin_zero: [0; 8],
        };
        Ok(connect(socket.as_raw_fd(), &SockaddrIn::from(nowhere))?)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = socket;
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Connects a datagram socket that [left](leave_port) its port to `remote`, on a fresh local port that the system draws, and says which.
///
/// # Errors
///
/// The system does not do that, or so much was left to be read that a new socket costs less.
pub(crate) fn enter_port(socket: &UdpSocket, remote: SocketAddr) -> io::Result<SocketAddr> {
    for _ in 0..MOST_LEFT {
        match socket.recv(&mut [0]) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                socket.connect(remote)?;
                return socket.local_addr();
            }
            // Whatever came to the port before, and errors that belong there.
            Ok(_) | Err(_) => {}
        }
    }
    Err(io::ErrorKind::ResourceBusy.into())
}

/// A stream that is being connected: it is writable when that is over, one way or the other.
pub(crate) fn open_stream(remote: SocketAddr) -> io::Result<TcpStream> {
    let socket = open(remote, Type::STREAM)?;
    socket.set_tcp_nodelay(true)?;
    match socket.connect(&remote.into()) {
        Ok(()) => {}
        Err(error) if error.raw_os_error() == Some(Errno::EINPROGRESS as i32) => {}
        Err(error) => return Err(error),
    }
    Ok(socket.into())
}

/// A socket on which streams can be accepted.
pub(crate) fn listen_streams(address: SocketAddr, share: bool) -> io::Result<TcpListener> {
    let socket = bind(address, Type::STREAM, share)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// A socket on which requests arrive from anyone.
pub(crate) fn listen_datagrams(address: SocketAddr, share: bool) -> io::Result<RequestSocket> {
    RequestSocket::new(bind(address, Type::DGRAM, share)?.into())
}

/// A socket that holds a port, and nothing comes to it before it listens. Others may `share` the port.
pub(crate) fn bind(address: SocketAddr, kind: Type, share: bool) -> io::Result<Socket> {
    let socket = open(address, kind)?;
    if kind == Type::STREAM {
        // A server that starts again must not wait until the connections of its predecessor are forgotten.
        socket.set_reuse_address(true)?;
    }
    if share {
        socket.set_reuse_port(true)?;
    }
    if address.is_ipv6() {
        // A listener for each family: otherwise IPv4 peers would arrive under IPv6 names.
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

/// A socket of the family of `address`, not blocking from the first moment.
fn open(address: SocketAddr, kind: Type) -> io::Result<Socket> {
    // In one call where the system can: a question may take a new socket.
    #[cfg(not(target_vendor = "apple"))]
    let kind = kind.nonblocking();
    let socket = Socket::new(Domain::for_address(address), kind, None)?;
    #[cfg(target_vendor = "apple")]
    socket.set_nonblocking(true)?;
    Ok(socket)
}
