//! A faulty network: a TCP proxy on this machine between clients and a server.
//!
//! Each connection meets a [`Fate`] that its number and the seed decide ([`fate()`]): it passes, comes
//! late, drips, is reset, is closed on one way, or vanishes into a black hole. Faults strike after
//! a number of bytes, so that handshakes, requests and answers are all hit, mostly in the middle of a
//! frame. About half of the connections pass, so that whoever tries again gets through.
//!
//! The server may be away for a while: connections are then reset, and the proxy goes on.

mod fate;
mod flow;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

pub use self::fate::{ChaosProfile, Direction, Fate, Spot, fate};
use self::flow::{Break, Flow, carry, swallow};
use crate::report;

/// Connections at once; more wait to be accepted. Each holds two buffers of 8 KiB.
const CONNECTIONS_MAX: usize = 4_096;
/// How long a server has to take a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// The wait after a connection that could not be accepted, as when there are no descriptors.
const ACCEPT_BACK_OFF: Duration = Duration::from_millis(50);
/// What a report calls connections that found no server.
const NO_SERVER: &str = "no_server";
/// What a report calls connections that ended before the fault that was meant for them.
const SPARED: &str = "spared";

/// A running proxy. Ends with all its connections when dropped; [`Chaos::stop`] waits for that.
#[derive(Debug)]
pub struct Chaos {
    address: SocketAddr,
    tally: Arc<Tally>,
    tasks: TaskTracker,
    stop: DropGuard,
}

impl Chaos {
    /// Starts a proxy on a free port of this machine.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start(upstream: SocketAddr, seed: u64, profile: ChaosProfile) -> io::Result<Self> {
        Self::start_with(upstream, move |number| fate(seed, number, &profile)).await
    }

    async fn start_with(
        upstream: SocketAddr,
        fates: impl Fn(u64) -> Fate + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (tally, tasks) = (Arc::new(Tally::default()), TaskTracker::new());
        let stop = CancellationToken::new();
        let proxy = Proxy {
            upstream,
            tally: Arc::clone(&tally),
            tasks: tasks.clone(),
            stop: stop.clone(),
        };
        tasks.spawn(proxy.accept(listener, fates));
        Ok(Self {
            address,
            tally,
            tasks,
            stop: stop.drop_guard(),
        })
    }

    /// Where clients connect instead of to the server.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What has happened so far. A fault counts once it has struck; connections that are open or over
    /// without the fault that was meant for them are `spared`, and those that found no server are
    /// `no_server`.
    #[must_use]
    pub fn report(&self) -> report::Chaos {
        self.tally.report()
    }

    /// Ends all connections and the proxy.
    pub async fn stop(self) {
        drop(self.stop);
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// What happened, by number and name.
#[derive(Debug, Default)]
struct Tally(Mutex<(u64, BTreeMap<&'static str, u64>)>);

impl Tally {
    /// Counts a connection and returns its number.
    fn connection(&self) -> u64 {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.0 += 1;
        counts.0 - 1
    }

    fn met(&self, fate: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.1.entry(fate).or_default() += 1;
    }

    fn report(&self) -> report::Chaos {
        let (connections, met) = {
            let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            counts.clone()
        };
        let spared = connections - met.values().sum::<u64>();
        let all = met
            .into_iter()
            .chain((spared > 0).then_some((SPARED, spared)));
        report::Chaos {
            connections,
            fates: all.map(|(name, count)| (name.to_owned(), count)).collect(),
        }
    }
}

/// What the proxy's task works with.
struct Proxy {
    upstream: SocketAddr,
    tally: Arc<Tally>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Proxy {
    async fn accept(self, listener: TcpListener, fates: impl Fn(u64) -> Fate) {
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let accepting = async {
            // Nobody closes the semaphore.
            while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
                let Ok((client, _)) = listener.accept().await else {
                    sleep(ACCEPT_BACK_OFF).await;
                    continue;
                };
                let fate = fates(self.tally.connection());
                let (tally, upstream) = (Arc::clone(&self.tally), self.upstream);
                let stop = self.stop.clone();
                self.tasks.spawn(async move {
                    let connection = connect(client, upstream, fate, &tally);
                    stop.run_until_cancelled(connection).await;
                    drop(permit);
                });
            }
        };
        self.stop.run_until_cancelled(accepting).await;
    }
}

/// A connection's life.
async fn connect(client: TcpStream, upstream: SocketAddr, fate: Fate, tally: &Tally) {
    match timeout(CONNECT_WITHIN, TcpStream::connect(upstream)).await {
        Ok(Ok(server)) => suffer(client, server, fate, tally).await,
        Ok(Err(_)) | Err(_) => {
            tally.met(NO_SERVER);
            reset(&client);
        }
    }
}

/// Carries both ways until both have ended, or until one breaks.
async fn suffer(mut client: TcpStream, mut server: TcpStream, fate: Fate, tally: &Tally) {
    // Small pieces are to arrive as such. Whoever is gone already is noticed by reading.
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    match fate {
        Fate::Pass | Fate::Delay { .. } | Fate::Drip { .. } => tally.met(fate.name()),
        Fate::Reset(_) | Fate::HalfClose(..) | Fate::BlackHole(..) => {}
    }
    let struck = || tally.met(fate.name());
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let up = Flow::of(&fate, Direction::ToServer);
    let down = Flow::of(&fate, Direction::ToClient);
    let carried = tokio::try_join!(
        carry(from_client, to_server, up, struck),
        carry(from_server, to_client, down, struck),
    );
    match carried {
        Ok(_) => {}
        Err(Break::Reset) => {
            reset(&client);
            reset(&server);
        }
        Err(Break::BlackHole(hold)) => {
            let swallowing = async { tokio::join!(swallow(&mut client), swallow(&mut server)) };
            // Closed when both have gone, or when the time is over.
            let _ = timeout(hold, swallowing).await;
        }
    }
}

/// Has the stream end with RST instead of FIN when it is dropped, and with what is unsent forgotten.
fn reset(stream: &TcpStream) {
    // Fails only on a socket that is reset already.
    let _ = stream.set_zero_linger();
}

#[cfg(test)]
mod tests;
