//! Many people who are merely there: connections that are held, answer the server's pings, and must
//! still be good in the end.

use std::time::Duration;

use auboutique_protocol::accounts::Ping;
use tokio::task::JoinSet;

use super::all;
use crate::context::{SharedContext, Stopped};
use crate::record::Request;
use crate::user::{Attempt, User};

/// Holds the connections of these users for a while; returns how many were still good in the end.
///
/// # Errors
/// The run was given up.
pub async fn hold(
    context: &SharedContext,
    users: Vec<User>,
    duration: Duration,
) -> Result<u64, Stopped> {
    let mut tasks = JoinSet::new();
    for user in users {
        tasks.spawn(stay(user, duration));
    }
    let good = all(context, tasks).await?;
    Ok(good.into_iter().map(u64::from).sum())
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
