//! The port of the server under load.

use std::io;
use std::net::Ipv4Addr;

use tokio::net::TcpSocket;

/// A port that stays ours while no server is on it.
///
/// On Linux a socket is kept that is bound to it and never listens. Without it the kernel could give
/// the port of a server that was killed to another program, or to one of the clients that try to come
/// back; the server could not start again. A server may bind all the same, because both sockets
/// allow it (`SO_REUSEADDR`) and only one listens. Other systems refuse that, so there the port is
/// only chosen.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) number: u16,
    _reservation: Option<TcpSocket>,
}

impl Port {
    /// A free port of this machine.
    pub(super) fn reserve() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Self {
            number: socket.local_addr()?.port(),
            _reservation: cfg!(target_os = "linux").then_some(socket),
        })
    }
}
