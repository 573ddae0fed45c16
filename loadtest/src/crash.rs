//! Kills the server under load, starts it again, and looks at what is left.
//!
//! A kill comes when a drawn share of the load has passed and requests are in flight, so that over
//! many kills every stage of a commit is met. Users notice nothing but lost connections, and repeat
//! what they do not know the outcome of with the same keys. This is the death of a process, not of a
//! machine: what the kernel has taken is not lost by it. `docs/LOADTEST.md` says what follows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use auboutique_protocol::catalog::ListProducts;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::Mutex;

use crate::context::{Abort, SharedContext, Stopped};
use crate::history::{Ledger, Moment};
use crate::ledger;
use crate::names::Names;
use crate::record::Request;
use crate::report::Crash;
use crate::target::Embedded;
use crate::user::User;

/// How often it is looked whether the time for a kill has come.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// When to kill: shares of the load, ascending. Not at its very ends, where nothing is under way.
#[must_use]
pub fn points(seed: u64, times: u32) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut points: Vec<f64> = (0..times)
        .map(|_| random.random_range(0.02..0.96))
        .collect();
    points.sort_by(f64::total_cmp);
    points
}

/// What the kills left behind.
#[derive(Debug, Default)]
pub struct Crashes {
    /// For the report.
    pub report: Vec<Crash>,
    /// For the judge.
    pub moments: Vec<Moment>,
    /// What the database held after each.
    pub ledgers: Vec<Ledger>,
    /// Processor time of the processes that were killed.
    pub cpu: Duration,
}

/// The server and who looks at it.
pub struct Killer {
    /// What all users share.
    pub context: SharedContext,
    /// The server.
    pub server: Arc<Mutex<Embedded>>,
    /// How to read its database.
    pub names: Arc<Names>,
    /// When the load began.
    pub begin: Moment,
    /// A user who takes part in nothing, and asks first after each restart.
    pub prober: User,
}

impl Killer {
    /// Kills at these points of the load, of which `passed` says how much has, until it is over. A
    /// kill that has begun is brought to its end: the server runs when this returns.
    ///
    /// # Errors
    /// The run is over, or the server does not come back. What the kills before left behind is kept.
    pub async fn run(
        &mut self,
        points: Vec<f64>,
        passed: impl Fn() -> f64,
        is_over: impl Fn() -> bool,
        crashes: &mut Crashes,
    ) -> Result<(), Stopped> {
        for point in points {
            while !is_over() && passed() < point {
                self.context.pause(LOOK_EVERY).await?;
            }
            self.kill(&is_over, crashes).await?;
        }
        Ok(())
    }

    async fn kill(
        &mut self,
        is_over: impl Fn() -> bool,
        crashes: &mut Crashes,
    ) -> Result<(), Stopped> {
        let recorder = &self.context.recorder;
        let mut server = self.server.lock().await;
        let usage = crate::machine::usage_of(server.pid());
        let in_flight = loop {
            match recorder.in_flight() {
                _ if is_over() => return Ok(()),
                0 => self.context.pause(LOOK_EVERY).await?,
                some => break some,
            }
        };
        let confirmed_before = recorder.confirmed_count();
        let moment = recorder.now();
        server.kill();
        crashes.moments.push(moment);
        crashes.cpu += usage.map_or(Duration::ZERO, |usage| usage.cpu);
        let started = Instant::now();
        if let Err(error) = server.restart().await {
            return Err(self.context.abort(Abort::Died(error.to_string())));
        }
        let data_dir = server.data_dir().to_owned();
        drop(server);
        let first_served = self.probe(started).await?;
        crashes.report.push(Crash {
            at: moment.since(self.begin).as_secs_f64(),
            confirmed_before,
            in_flight,
            first_served_ms: first_served.as_secs_f64() * 1000.0,
        });
        let taken = self.context.recorder.now();
        let read = ledger::sales(&data_dir, &*self.names).await;
        let sales = read.map_err(|error| self.context.abort(Abort::Ledger(error.to_string())))?;
        crashes.ledgers.push(Ledger { taken, sales });
        Ok(())
    }

    /// How long after the start of the process a user had an answer.
    async fn probe(&mut self, started: Instant) -> Result<Duration, Stopped> {
        self.prober.disconnect().await;
        let request = ListProducts {
            limit: Some(1),
            ..ListProducts::default()
        };
        self.prober
            .fetch(Request::List, "a page of products", &request)
            .await?;
        Ok(started.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kills_are_reproduced_by_the_seed_and_in_order() {
        let drawn = points(7, 20);
        assert_eq!(drawn, points(7, 20));
        assert_ne!(drawn, points(8, 20));
        assert_eq!(drawn.len(), 20);
        assert!(drawn.is_sorted() && drawn.iter().all(|point| (0.0..1.0).contains(point)));
        assert!(points(1, 0).is_empty());
    }
}
