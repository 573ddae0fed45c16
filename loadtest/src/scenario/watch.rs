//! People who watch the market while others race: each must end with what is really for sale.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use auboutique_client::{Client, Mirror, Notice};
use auboutique_protocol::catalog::ListProducts;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::limits::PAGE_ITEMS_MAX;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::all;
use crate::context::{Abort, Context, SharedContext, Stopped};
use crate::record::Request;
use crate::report::Watchers;
use crate::user::User;

/// How long a watcher may take to learn of the last change.
const LAST_NEWS_WITHIN: Duration = Duration::from_secs(30);
/// Watchers that connect and read at once.
const JOINING_MAX: usize = 32;

/// People who watch.
pub struct Watching {
    tasks: JoinSet<Result<Seen, Stopped>>,
    /// The product after whose listing a watcher has seen everything.
    last: watch::Sender<Option<ProductId>>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    events: AtomicU64,
    missed: AtomicU64,
}

/// The run's products that a watcher ended with; `None` when the last change never came.
type Seen = Option<BTreeSet<ProductId>>;

impl Watching {
    /// Lets these users begin to watch. Returns when all of them do.
    ///
    /// # Errors
    /// The run is over.
    pub async fn start(context: &SharedContext, users: Vec<User>) -> Result<Self, Stopped> {
        let (last, _) = watch::channel(None);
        let counts = Arc::new(Counts::default());
        let joining = Arc::new(Semaphore::new(JOINING_MAX));
        let mut starting = JoinSet::new();
        for user in users {
            let (context, joining) = (SharedContext::clone(context), Arc::clone(&joining));
            starting.spawn(async move {
                let _permit = context.or_stop(joining.acquire()).await?;
                context.or_stop(join(&context, &user)).await?
            });
        }
        let mirrors = all(context, starting).await?;
        let mut tasks = JoinSet::new();
        for mirror in mirrors {
            let (context, counts) = (SharedContext::clone(context), Arc::clone(&counts));
            tasks.spawn(follow(context, mirror, last.subscribe(), counts));
        }
        Ok(Self {
            tasks,
            last,
            counts,
        })
    }

    /// Ends the watching: `last` was listed when everything else was over, and what `reader` then
    /// reads is what every watcher must have.
    ///
    /// # Errors
    /// The run is over.
    pub async fn finish(self, last: ProductId, reader: &mut User) -> Result<Watchers, Stopped> {
        let Self {
            tasks,
            last: sender,
            counts,
        } = self;
        let truth = read_all(reader).await?;
        sender.send_replace(Some(last));
        let seen = all(&reader.context, tasks).await?;
        let right = seen.iter().filter(|seen| seen.as_ref() == Some(&truth));
        Ok(Watchers {
            count: seen.len() as u64,
            events: counts.events.load(SeqCst),
            missed: counts.missed.load(SeqCst),
            right: right.count() as u64,
        })
    }
}

/// Connects as this user, and reads what is for sale.
async fn join(context: &Context, user: &User) -> Result<Mirror, Stopped> {
    let give_up = |error: auboutique_client::Error| context.abort(Abort::Away(error.to_string()));
    let client = Client::connect(context.options().clone())
        .await
        .map_err(give_up)?;
    client.resume(user.token()).await.map_err(give_up)?;
    Mirror::start(client).await.map_err(give_up)
}

/// Follows the market until the last change is seen.
async fn follow(
    context: SharedContext,
    mut mirror: Mirror,
    mut last: watch::Receiver<Option<ProductId>>,
    counts: Arc<Counts>,
) -> Result<Seen, Stopped> {
    let mut deadline = None;
    loop {
        let awaited = *last.borrow_and_update();
        if awaited.is_some_and(|product| mirror.products().contains_key(&product)) {
            let ours = mirror.products().keys().copied();
            return Ok(Some(
                ours.filter(|id| context.items.find(*id).is_some())
                    .collect(),
            ));
        }
        if awaited.is_some() && deadline.is_none() {
            deadline = Some(tokio::time::Instant::now() + LAST_NEWS_WITHIN);
        }
        let patience = deadline.map_or(LAST_NEWS_WITHIN, |deadline| {
            deadline.saturating_duration_since(tokio::time::Instant::now())
        });
        let notice = tokio::select! {
            notice = context.or_stop(timeout(patience, mirror.next())) => notice?,
            _ = last.changed() => continue,
        };
        match notice {
            Ok(Ok(Some(Notice::Event(_)))) => counts.events.fetch_add(1, SeqCst),
            Ok(Ok(Some(Notice::Missed))) => counts.missed.fetch_add(1, SeqCst),
            Ok(Ok(Some(Notice::Lost { .. }))) | Ok(Err(_)) => 0,
            Ok(Ok(None)) => return Ok(None),
            Err(_) if deadline.is_some() => return Ok(None),
            Err(_) => 0,
        };
    }
}

/// The run's products that are for sale.
async fn read_all(reader: &mut User) -> Result<BTreeSet<ProductId>, Stopped> {
    let mut found = BTreeSet::new();
    let mut request = ListProducts {
        limit: Some(PAGE_ITEMS_MAX),
        ..ListProducts::default()
    };
    loop {
        let page = reader
            .fetch(Request::List, "a page of products", &request)
            .await?;
        let ours = page.products.iter().map(|product| product.id);
        found.extend(ours.filter(|id| reader.context.items.find(*id).is_some()));
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return Ok(found),
        }
    }
}
