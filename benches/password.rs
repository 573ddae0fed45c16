//! Passwords: hashes a second through the service's threads against bare argon2 on as many, and the memory
//! that 300 logins at once take in the real server.

use std::cell::Cell;
use std::error::Error;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::{self, ScopedJoinHandle, available_parallelism};
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use auboutique_benches::group::{self, wait};
use auboutique_benches::line::Line;
use auboutique_benches::market::{Market, serve_if_asked};
use auboutique_benches::processor;
use auboutique_benches::ratio::{Bound, Plan, Report, Row};
use auboutique_benches::resources::peak_bytes;
use auboutique_loadtest::descriptors;
use auboutique_server::benching::password::{Hashing, LANES, MEMORY_KIB, PASSES, PASSWORD};
use tokio::task::JoinSet;

/// Logins at once.
const LOGINS: usize = 300;
/// For each thread so many wait, so that none has to.
const WAITING_PER_THREAD: usize = 4;
/// A hash takes tens of milliseconds: a round must hold many.
const ROUND_FACTOR: u32 = 3;
/// A hash of these parameters costs no less processor time than this on any machine; what is answered for
/// less was not hashed.
const HASH_MIN: Duration = Duration::from_millis(5);

/// Rows of the table in docs/PERFORMANCE.md.
const RATE: Bound = Bound::AtLeast {
    floor: 0.9,
    goal: 0.97,
};
const MEMORY_MIB: Bound = Bound::AtMost {
    floor: 100.0,
    goal: 60.0,
};

fn main() -> ExitCode {
    serve_if_asked().unwrap_or_else(|| {
        group::run_async(async |plan, report| {
            rate(plan, report).await;
            memory(plan, report).await
        })
    })
}

async fn rate(plan: Plan, report: &mut Report) {
    let plan = Plan {
        each: plan.each * ROUND_FACTOR,
        ..plan
    };
    let threads = available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let hashing = Hashing::start(threads, WAITING_PER_THREAD * threads.get()).await;
    let (before, answered) = (hashing.hashes_done(), Cell::new(0));
    let rates = plan.rates(
        |each| {
            let (right, rate) = wait(through_service(&hashing, threads, each));
            answered.set(answered.get() + right);
            rate
        },
        |each| bare(threads, each),
    );
    let name = format!("logins' hashes on {threads} threads against bare argon2 on as many");
    report.rows.push(rates.row(&name, RATE));
    if hashing.hashes_done() - before != answered.get() {
        eprintln!("not every password was hashed and found right");
        report.correct = false;
    }
}

/// How many were found right, and how many that is a second.
async fn through_service(hashing: &Hashing, threads: NonZeroUsize, each: Duration) -> (u64, f64) {
    let begun = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..WAITING_PER_THREAD * threads.get() {
        let hashing = hashing.clone();
        callers.spawn(async move {
            let mut right = 0;
            while right == 0 || begun.elapsed() < each {
                right += u64::from(hashing.verify().await);
            }
            right
        });
    }
    let right = callers.join_all().await.into_iter().sum();
    (right, per_second(right, begun))
}

fn bare(threads: NonZeroUsize, each: Duration) -> f64 {
    let begun = Instant::now();
    let hash = || {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("they are argon2's");
        let mut blocks = vec![Block::new(); params.block_count()];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let (mut done, mut output) = (0, [0; 32]);
        while done == 0 || begun.elapsed() < each {
            let hashed = argon2.hash_password_into_with_memory(
                PASSWORD.as_bytes(),
                b"sixteen bytes of",
                &mut output,
                &mut blocks,
            );
            hashed.expect("salt and output are long enough");
            done += 1;
        }
        done
    };
    let done = thread::scope(|scope| {
        let running: Vec<_> = (0..threads.get()).map(|_| scope.spawn(hash)).collect();
        let ended = running.into_iter().map(ScopedJoinHandle::join);
        ended
            .map(|done| done.expect("hashing does not panic"))
            .sum()
    });
    per_second(done, begun)
}

fn per_second(done: u64, begun: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    let done = done as f64;
    done / begun.elapsed().as_secs_f64()
}

/// The most memory that the server holds while many log in at once, beyond what it held before anybody came.
async fn memory(plan: Plan, report: &mut Report) -> Result<(), Box<dyn Error>> {
    let logins = if plan.is_smoke() { 3 } else { LOGINS };
    descriptors::ensure(2 * LOGINS as u64)?;
    let market = Arc::new(Market::start(u32::try_from(logins)?, |_| {}).await?);
    let pid = market.server.pid();
    let (before, time_before) = (peak_bytes(pid), processor::used(pid)?);
    let mut all = JoinSet::new();
    for user in 0..logins {
        let market = Arc::clone(&market);
        all.spawn(async move {
            let mut line = Line::greet(market.address(), Arc::clone(&market.tls)).await?;
            line.call(&market.login(user)).await?;
            std::io::Result::Ok(line)
        });
    }
    let mut lines = Vec::new();
    while let Some(ended) = all.join_next().await {
        lines.push(ended??);
    }
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    let more = (peak_bytes(pid) - before) as f64 / f64::from(1 << 20);
    let name = format!("memory at {logins} parallel logins, beyond the server at rest, in MiB");
    report.rows.push(Row::exact(name, MEMORY_MIB, more));
    let hashing = processor::used(pid)? - time_before;
    if hashing < HASH_MIN * u32::try_from(logins)? {
        eprintln!("{logins} logins took {hashing:?} of the server: they were not hashed");
        report.correct = false;
    }
    Ok(())
}
