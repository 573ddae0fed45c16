//! What simulated users do: each kind of load in a file of its own.

pub mod arrivals;
pub mod idle;
pub mod mix;
pub mod race;
pub mod watch;

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use tokio::task::JoinSet;

use crate::context::{Abort, Context, Stopped};

/// How much of a load has been done, for the live view and for whoever kills the server in between.
#[derive(Debug, Default)]
pub struct Done {
    count: AtomicU64,
}

impl Done {
    /// One more.
    pub fn add(&self) {
        self.count.fetch_add(1, SeqCst);
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count.load(SeqCst)
    }
}

/// Waits for all tasks. A task that panics gives the run up: the others might wait for it for ever.
///
/// # Errors
/// The run is over.
pub async fn all<T: 'static>(
    context: &Context,
    mut tasks: JoinSet<Result<T, Stopped>>,
) -> Result<Vec<T>, Stopped> {
    let mut done = Vec::with_capacity(tasks.len());
    let mut stopped = false;
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(Ok(value)) => done.push(value),
            Ok(Err(Stopped)) => stopped = true,
            Err(error) => {
                context.abort(Abort::Panicked(error.to_string()));
                stopped = true;
            }
        }
    }
    if stopped { Err(Stopped) } else { Ok(done) }
}
