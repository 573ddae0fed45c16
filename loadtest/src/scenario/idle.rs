//! Many people who are merely there: connections that are held, answer the server's pings, and must
//! still be good in the end.

use std::time::Duration;

use auboutique_protocol::accounts::Ping;
use tokio::task::JoinSet;

use super::all;
use crate::context::{SharedContext, Stopped};
use crate::record::Request;
use crate::user::{Attempt, User};

/// How often somebody comes while everybody is there.
const VISITS: u32 = 9;

/// What came of holding connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Connections that were still good in the end.
    pub good: u64,
    /// From the first byte of a new client to the answer of its first request, at most; `None` when one
    /// was not served.
    pub visit_max: Option<Duration>,
}

/// Holds the connections of these users for a while, and has somebody come anew now and then.
///
/// # Errors
/// The run was given up.
pub async fn hold(
    context: &SharedContext,
    users: Vec<User>,
    duration: Duration,
) -> Result<Held, Stopped> {
    let visitor = users.first().map(User::again);
    let mut tasks = JoinSet::new();
    for user in users {
        tasks.spawn(stay(user, duration));
    }
    let mut visits = JoinSet::new();
    if let Some(visitor) = visitor {
        visits.spawn(visit(visitor, duration / (VISITS + 1)));
    }
    let good = all(context, tasks).await?;
    let longest = all(context, visits).await?;
    Ok(Held {
        good: good.into_iter().map(u64::from).sum(),
        visit_max: longest.into_iter().next().flatten(),
    })
}

/// Comes anew after each pause, is served, and goes; how long it took at most, if each time it was.
async fn visit(mut visitor: User, pause: Duration) -> Result<Option<Duration>, Stopped> {
    let mut longest = Duration::ZERO;
    for _ in 0..VISITS {
        tokio::time::sleep(pause).await;
        let begun = tokio::time::Instant::now();
        // Without a login: its users may have as many connections as they can.
        if !visitor.connect_anonymously().await? {
            return Ok(None);
        }
        let attempt = visitor.try_once(Request::Ping, &Ping {}).await?;
        if !matches!(attempt, Attempt::Ok(_)) {
            return Ok(None);
        }
        longest = longest.max(begun.elapsed());
        visitor.disconnect().await;
    }
    Ok(Some(longest))
}

/// Stays for a while, then shows a sign of life; whether that was answered.
async fn stay(mut user: User, duration: Duration) -> Result<bool, Stopped> {
    let context = SharedContext::clone(&user.context);
    let until = tokio::time::sleep(duration);
    tokio::pin!(until);
    let alive = loop {
        tokio::select! {
            () = &mut until => break true,
            incoming = context.or_stop(user.idle()) => {
                if incoming?.is_err() {
                    break false;
                }
            }
        }
    };
    if !alive {
        return Ok(false);
    }
    let attempt = user.try_once(Request::Ping, &Ping {}).await?;
    user.disconnect().await;
    Ok(matches!(attempt, Attempt::Ok(_)))
}
