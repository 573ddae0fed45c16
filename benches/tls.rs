//! TLS: handshakes through the real listener, full and resumed, by the processor time that the server spends
//! on them, against TLS of the same configuration in memory; and how answers travel: bytes on the wire and
//! system calls, one by one and 16 in flight.
//!
//! Where `strace` cannot be had, the last part is left out.

use std::error::Error;
use std::io;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use auboutique_benches::group::{self, wait};
use auboutique_benches::line::{Ask, Line, connect, is_ok};
use auboutique_benches::market::{Market, serve_if_asked};
use auboutique_benches::processor;
use auboutique_benches::ratio::{Bound, Plan, Report, Row};
use auboutique_benches::resources::thread_time;
use auboutique_certs::{
    ALPN_MEMBER, SERVER_CERTIFICATE, SERVER_KEY, ServerIdentity, server_config,
};
use auboutique_protocol::accounts::Ping;
use auboutique_protocol::{envelope, frame};
use rustix::process::{Pid, Signal, kill_process};
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, HandshakeKind, ServerConfig, ServerConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Clients that connect at once.
const CLIENTS: usize = 8;
/// Answers that are watched by `strace`.
const WATCHED: u64 = 8_000;
/// How long it takes to attach itself.
const ATTACHED_WITHIN: Duration = Duration::from_millis(500);
/// The row of the table in docs/PERFORMANCE.md.
const FULL: Bound = Bound::AtLeast {
    floor: 0.5,
    goal: 0.75,
};

fn main() -> ExitCode {
    serve_if_asked().unwrap_or_else(|| group::run_async(measure))
}

async fn measure(plan: Plan, report: &mut Report) -> Result<(), Box<dyn Error>> {
    let market = Market::start(1, |_| {}).await?;
    let folder = market.server.data_dir().join("tls");
    let identity =
        ServerIdentity::from_files(&folder.join(SERVER_CERTIFICATE), &folder.join(SERVER_KEY))?;
    let (server, _) = server_config(&identity, ALPN_MEMBER)?;
    let mut fresh = ClientConfig::clone(&market.tls);
    fresh.resumption = Resumption::disabled();
    let fresh = Arc::new(fresh);
    let mut resuming = ClientConfig::clone(&market.tls);
    resuming.resumption = Resumption::in_memory_sessions(CLIENTS);
    let memory = Memory {
        server,
        client: Arc::new(resuming),
    };
    for (kind, name, bound) in [
        (HandshakeKind::Full, "full handshakes", FULL),
        (
            HandshakeKind::Resumed,
            "resumed handshakes, and hellos,",
            Bound::Told,
        ),
    ] {
        let is_resumed = kind == HandshakeKind::Resumed;
        let (ours, theirs) = match is_resumed {
            true => (&market.tls, memory.clone()),
            false => (
                &fresh,
                Memory {
                    client: Arc::clone(&fresh),
                    ..memory.clone()
                },
            ),
        };
        // The first of each client cannot be resumed.
        through_listener(&market, ours, is_resumed, plan.each / 4).await?;
        theirs.handshakes(plan.each / 4);
        let mut others = 0;
        let rates = plan.rates(
            |each| {
                let (rate, other) = wait(through_listener(&market, ours, is_resumed, each))
                    .expect("the server takes connections");
                others += other;
                rate
            },
            |each| theirs.handshakes(each),
        );
        if others > 0 {
            eprintln!("{others} of the {name} were of the other kind");
            report.correct = false;
        }
        let name = format!("{name} per second of server CPU, against TLS in memory");
        report.rows.push(rates.row(&name, bound));
    }
    for in_flight in [1, 16] {
        let count = if plan.is_smoke() { 100 } else { WATCHED };
        match traffic(&market, in_flight, count).await {
            Ok(traffic) => traffic.rows(in_flight, report),
            Err(error) => eprintln!("system calls are not counted: {error}"),
        }
    }
    Ok(())
}

/// Handshakes by each second of the server's processor time, and how many were not of this kind.
async fn through_listener(
    market: &Market,
    tls: &Arc<ClientConfig>,
    is_resumed: bool,
    each: Duration,
) -> io::Result<(f64, u64)> {
    let pid = market.server.pid();
    let (address, until) = (market.address(), Instant::now() + each);
    let before = processor::used(pid).map_err(io::Error::other)?;
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let tls = Arc::clone(tls);
        clients.spawn(async move {
            let (mut done, mut others) = (0, 0);
            while done == 0 || Instant::now() < until {
                if is_resumed {
                    // Tickets come after the handshake, and are read with the hello.
                    let line = Line::greet(address, Arc::clone(&tls)).await?;
                    others += u64::from(!line.is_resumed());
                    line.close().await?;
                } else {
                    let mut stream = connect(address, Arc::clone(&tls)).await?;
                    let (_, session) = stream.get_ref();
                    others += u64::from(session.handshake_kind() == Some(HandshakeKind::Resumed));
                    stream.shutdown().await?;
                    // It has closed when there is nothing more; how does not matter.
                    let _ = stream.read(&mut [0; 64]).await;
                }
                done += 1;
            }
            io::Result::Ok((done, others))
        });
    }
    let (mut done, mut others) = (0, 0);
    while let Some(ended) = clients.join_next().await {
        let (more, other) = ended.map_err(io::Error::other)??;
        done += more;
        others += other;
    }
    let spent = processor::used(pid).map_err(io::Error::other)? - before;
    Ok((f64::from(done) / spent.as_secs_f64(), others))
}

/// Both ends of TLS, and buffers between them.
#[derive(Clone)]
struct Memory {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

impl Memory {
    /// Handshakes by each second of processor time that the server's end takes.
    fn handshakes(&self, each: Duration) -> f64 {
        let begun = std::time::Instant::now();
        let (mut done, mut spent) = (0, Duration::ZERO);
        while done == 0 || begun.elapsed() < each {
            spent += self.handshake().expect("both ends agree");
            done += 1;
        }
        f64::from(done) / spent.as_secs_f64()
    }

    /// What one takes at the server's end, with the tickets at its end.
    fn handshake(&self) -> Result<Duration, Box<dyn Error>> {
        let name = ServerName::try_from("127.0.0.1")?;
        let mut client = ClientConnection::new(Arc::clone(&self.client), name)?;
        let mut spent = Duration::ZERO;
        let mut server = None;
        loop {
            let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
            while client.wants_write() {
                client.write_tls(&mut to_server)?;
            }
            if to_server.is_empty() {
                return Ok(spent);
            }
            let begun = thread_time();
            let server = match &mut server {
                Some(server) => server,
                None => server.insert(ServerConnection::new(Arc::clone(&self.server))?),
            };
            let mut rest = to_server.as_slice();
            while !rest.is_empty() {
                server.read_tls(&mut rest)?;
                server.process_new_packets()?;
            }
            while server.wants_write() {
                server.write_tls(&mut to_client)?;
            }
            spent += thread_time() - begun;
            let mut rest = to_client.as_slice();
            while !rest.is_empty() {
                client.read_tls(&mut rest)?;
                client.process_new_packets()?;
            }
        }
    }
}

/// System calls of the server while it answered, and what they moved.
#[derive(Debug, Default)]
struct Traffic {
    answers: u64,
    writes: u64,
    bytes: u64,
    reads: u64,
}

impl Traffic {
    fn rows(&self, in_flight: u64, report: &mut Report) {
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        let each = |count: u64| count as f64 / self.answers as f64;
        for (name, figure) in [
            ("bytes of an answer to a ping on the wire", each(self.bytes)),
            ("socket writes of an answer to a ping", each(self.writes)),
            ("socket reads of a ping", each(self.reads)),
        ] {
            let name = format!("{name}, {in_flight} in flight");
            report.rows.push(Row::exact(name, Bound::Told, figure));
        }
    }

    /// Counts a line of `strace -f`: `PID sendto(9, …) = 1234`, or `PID <... sendto resumed>…) = 1234`.
    fn count(&mut self, line: &str) {
        let Some((call, result)) = line.rsplit_once(" = ") else {
            return;
        };
        let result = result.split_whitespace().next();
        let Some(moved) = result.and_then(|result| result.parse::<u64>().ok()) else {
            return;
        };
        if call.contains("sendto") || call.contains("writev") {
            self.writes += 1;
            self.bytes += moved;
        } else if call.contains("recvfrom") {
            self.reads += 1;
        }
    }
}

/// Watches the server while it answers so many pings.
async fn traffic(market: &Market, in_flight: u64, count: u64) -> io::Result<Traffic> {
    let mut line = market.line(0).await?;
    let log = tempfile::NamedTempFile::new()?;
    let mut strace = Command::new("strace")
        .args([
            "-f",
            "-qq",
            "-s",
            "0",
            "-e",
            "trace=sendto,writev,recvfrom",
            "-o",
        ])
        .arg(log.path())
        .args(["-p", &market.server.pid().to_string()])
        .stderr(Stdio::null())
        .spawn()?;
    sleep(ATTACHED_WITHIN).await;
    let mut left = count;
    let mut ask: Ask = Box::new(move |id, out| {
        let Some(after) = left.checked_sub(1) else {
            return false;
        };
        frame::encode_into(&envelope::call(id, &Ping {}), out);
        left = after;
        true
    });
    let until = Instant::now() + Duration::from_secs(60);
    let tally = line.ask(in_flight, until, &mut ask, &mut is_ok).await;
    let pid = i32::try_from(strace.id()).ok().and_then(Pid::from_raw);
    kill_process(pid.ok_or(io::ErrorKind::NotFound)?, Signal::INT)?;
    strace.wait()?;
    let mut traffic = Traffic {
        answers: tally?.answered,
        ..Traffic::default()
    };
    std::fs::read_to_string(log.path())?
        .lines()
        .for_each(|line| traffic.count(line));
    match traffic.writes {
        0 => Err(io::Error::other("strace may not watch the server")),
        _ => Ok(traffic),
    }
}
