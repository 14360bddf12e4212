//! The socket of a datagram listener.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::Arc;

use nameward_core::machine::LocalAddr;
use nix::cmsg_space;
use nix::libc::{in_addr, in_pktinfo, in6_addr, in6_pktinfo};
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, sendmsg, setsockopt, sockopt,
};

use super::batch::{Arrived, Batch};
use crate::watch::Descriptor;

/// A datagram socket that is not connected. One that is bound to the wildcard address learns from the system to which
/// address each datagram was sent, and sends the reply from there: a client takes it from nowhere else.
pub(crate) struct RequestSocket {
    socket: Arc<UdpSocket>,
    local: SocketAddr,
    /// Room for the packet information; empty if the socket has an address of its own and none is needed.
    control: Vec<u8>,
}

impl RequestSocket {
    pub(super) fn new(socket: UdpSocket) -> io::Result<Self> {
        let local = socket.local_addr()?;
        let mut control = Vec::new();
        if local.ip().is_unspecified() {
            match local {
                SocketAddr::V4(_) => setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?,
                SocketAddr::V6(_) => setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?,
            }
            control = cmsg_space!(in6_pktinfo);
        }
        Ok(Self {
            socket: Arc::new(socket),
            local,
            control,
        })
    }

    pub(crate) fn descriptor(&self) -> Descriptor {
        Descriptor::of(&self.socket)
    }

    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Receives the next datagram, or, where the system can do that, those that are there, if it is `several`: at least one, in one call.
    pub(crate) fn receive(&mut self, batch: &mut Batch, several: bool) -> io::Result<()> {
        if !self.control.is_empty() {
            return batch.receive_one(|buffer| self.receive_at_any(buffer));
        }
        let local = Some(LocalAddr {
            ip: self.local.ip(),
            interface: scope(self.local),
        });
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if several {
            return batch.receive_some(&self.socket, self.local, local);
        }
        let _ = several;
        batch.receive_one(|buffer| {
            let (length, peer) = self.socket.recv_from(buffer)?;
            Ok(Arrived { length, peer, local })
        })
    }

    /// Receives the next datagram, whichever address of ours it was sent to.
    fn receive_at_any(&mut self, buffer: &mut [u8]) -> io::Result<Arrived> {
        let mut buffers = [IoSliceMut::new(buffer)];
        let message = recvmsg::<SockaddrStorage>(
            self.socket.as_raw_fd(),
            &mut buffers,
            Some(&mut self.control),
            MsgFlags::empty(),
        )?;
        let peer = message
            .address
            .as_ref()
            .and_then(to_std)
            .ok_or(io::ErrorKind::InvalidData)?;
        let local = message.cmsgs()?.find_map(|control| match control {
            ControlMessageOwned::Ipv4PacketInfo(info) => Some(LocalAddr {
                ip: IpAddr::V4(Ipv4Addr::from(info.ipi_addr.s_addr.to_ne_bytes())),
                interface: 0,
            }),
            ControlMessageOwned::Ipv6PacketInfo(info) => {
                let ip = Ipv6Addr::from(info.ipi6_addr.s6_addr);
                let interface = if ip.is_unicast_link_local() {
                    info.ipi6_ifindex
                } else {
                    0
                };
                Some(LocalAddr {
                    ip: IpAddr::V6(ip),
                    interface,
                })
            }
            _ => None,
        });
        Ok(Arrived {
            length: message.bytes,
            peer,
            local,
        })
    }

    /// Sends one datagram, from `from` if the socket is bound to the wildcard address.
    pub(crate) fn reply(&self, to: SocketAddr, from: Option<LocalAddr>, data: &[u8]) -> io::Result<()> {
        let send = |control: &[ControlMessage<'_>]| {
            let to = SockaddrStorage::from(to);
            sendmsg(
                self.socket.as_raw_fd(),
                &[IoSlice::new(data)],
                control,
                MsgFlags::empty(),
                Some(&to),
            )
        };
        match from {
            Some(LocalAddr {
                ip: IpAddr::V4(ip), ..
            }) if !self.control.is_empty() => {
                let source = in_addr {
                    s_addr: u32::from_ne_bytes(ip.octets()),
                };
                let info = in_pktinfo {
                    ipi_ifindex: 0,
                    ipi_spec_dst: source,
                    ipi_addr: in_addr { s_addr: 0 },
                };
                send(&[ControlMessage::Ipv4PacketInfo(&info)])?;
            }
            Some(LocalAddr {
                ip: IpAddr::V6(ip),
                interface,
            }) if !self.control.is_empty() => {
                let info = in6_pktinfo {
                    ipi6_addr: in6_addr { s6_addr: ip.octets() },
                    ipi6_ifindex: interface,
                };
                send(&[ControlMessage::Ipv6PacketInfo(&info)])?;
            }
            _ => {
                self.socket.send_to(data, to)?;
            }
        }
        Ok(())
    }
}

fn scope(address: SocketAddr) -> u32 {
    match address {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(address) => address.scope_id(),
    }
}

fn to_std(address: &SockaddrStorage) -> Option<SocketAddr> {
    if let Some(v4) = address.as_sockaddr_in() {
        return Some(SocketAddrV4::from(*v4).into());
    }
    address.as_sockaddr_in6().map(|v6| SocketAddrV6::from(*v6).into())
}
