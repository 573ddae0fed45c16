//! A wire between client and server that a test can cut or hold.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// Decides whether what the server sends reaches the client.
type Gate = dyn Fn() -> bool + Send + Sync;

/// Forwards TCP connections to a server that may change.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    target: Arc<Mutex<SocketAddr>>,
    held: Receiver<()>,
    turned_away: Receiver<()>,
}

impl Proxy {
    /// Forwards to `target`. What the server sends is dropped as long as `gate` says no; the first
    /// time for each connection is told to [`Proxy::wait_until_held`].
    pub(crate) fn start(
        target: SocketAddr,
        gate: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = Arc::new(Mutex::new(target));
        let gate: Arc<Gate> = Arc::new(gate);
        let (notify, held) = channel();
        let (turn_away, turned_away) = channel();
        let to = Arc::clone(&target);
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                // Without a server the client finds the connection closed at once.
                let Ok(server) = TcpStream::connect(*to.lock().unwrap()) else {
                    drop(client);
                    // The test may have ended.
                    let _ = turn_away.send(());
                    continue;
                };
                let (from_client, to_server) =
                    (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || forward(from_client, to_server, || true));
                let (gate, notify) = (Arc::clone(&gate), notify.clone());
                thread::spawn(move || {
                    forward(server, client, move || {
                        let open = gate();
                        if !open {
                            // The test may have ended.
                            let _ = notify.send(());
                        }
                        open
                    });
                });
            }
        });
        Self {
            port,
            target,
            held,
            turned_away,
        }
    }

    /// Sends later connections to another server.
    pub(crate) fn redirect(&self, target: SocketAddr) {
        *self.target.lock().unwrap() = target;
    }

    /// Returns once something that the server sent was held back.
    pub(crate) fn wait_until_held(&self) {
        let timeout = std::time::Duration::from_secs(60);
        self.held.recv_timeout(timeout).expect("the server answers");
    }

    /// Returns once one more client was turned away because the server is not there.
    pub(crate) fn wait_until_turned_away(&self) {
        let timeout = std::time::Duration::from_secs(60);
        let turned_away = self.turned_away.recv_timeout(timeout);
        turned_away.expect("a client tries to connect");
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, is_open: impl Fn() -> bool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count) = from.read(&mut buffer) {
        if count == 0 {
            break;
        }
        if is_open() && to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    // The other side may have gone first.
    let _ = to.shutdown(Shutdown::Write);
}
