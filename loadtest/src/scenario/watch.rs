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
    tasks: JoinSet<Result<bool, Stopped>>,
    /// What is for sale in the end; `None` before that.
    truth: watch::Sender<Option<Arc<BTreeSet<ProductId>>>>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    events: AtomicU64,
    missed: AtomicU64,
}

/// What is for sale in the end, once it is known.
type Truth = watch::Receiver<Option<Arc<BTreeSet<ProductId>>>>;

impl Watching {
    /// Lets these users begin to watch. Returns when all of them do.
    ///
    /// # Errors
    /// The run is over.
    pub async fn start(context: &SharedContext, users: Vec<User>) -> Result<Self, Stopped> {
        let (truth, _) = watch::channel(None);
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
            tasks.spawn(follow(context, mirror, truth.subscribe(), counts));
        }
        Ok(Self {
            tasks,
            truth,
            counts,
        })
    }

    /// Ends the watching: everything else is over, and what `reader` reads now is what every watcher
    /// must have before long.
    ///
    /// # Errors
    /// The run is over.
    pub async fn finish(self, reader: &mut User) -> Result<Watchers, Stopped> {
        let Self {
            tasks,
            truth,
            counts,
        } = self;
        let for_sale = read_all(reader).await?;
        truth.send_replace(Some(Arc::new(for_sale)));
        let right = all(&reader.context, tasks).await?;
        Ok(Watchers {
            count: right.len() as u64,
            events: counts.events.load(SeqCst),
            missed: counts.missed.load(SeqCst),
            right: right.into_iter().map(u64::from).sum(),
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

/// Follows the market until the truth is seen; whether that was in time.
async fn follow(
    context: SharedContext,
    mut mirror: Mirror,
    mut truth: Truth,
    counts: Arc<Counts>,
) -> Result<bool, Stopped> {
    let known = loop {
        let notice = tokio::select! {
            notice = context.or_stop(mirror.next()) => notice?,
            _ = truth.changed() => break truth.borrow_and_update().clone(),
        };
        if !count(&counts, &notice) {
            return Ok(false);
        }
    };
    let Some(known) = known else {
        return Ok(false);
    };
    let catching_up = async {
        while !is_true(&context, &mirror, &known) {
            let notice = context.or_stop(mirror.next()).await?;
            if !count(&counts, &notice) {
                return Ok(false);
            }
        }
        Ok(true)
    };
    timeout(LAST_NEWS_WITHIN, catching_up)
        .await
        .unwrap_or(Ok(false))
}

/// Whether a mirror shows what is for sale, as far as it belongs to this run.
fn is_true(context: &Context, mirror: &Mirror, truth: &BTreeSet<ProductId>) -> bool {
    let shown = mirror.products().keys();
    let ours = shown.filter(|id| context.items.find(**id).is_some());
    ours.eq(truth)
}

/// Counts a notice; whether more can follow.
fn count(counts: &Counts, notice: &Result<Option<Notice>, auboutique_client::Error>) -> bool {
    match notice {
        Ok(Some(Notice::Event(_))) => {
            counts.events.fetch_add(1, SeqCst);
        }
        Ok(Some(Notice::Missed)) => {
            counts.missed.fetch_add(1, SeqCst);
        }
        // Asking for the next notice tries again.
        Ok(Some(Notice::Lost { .. })) | Err(_) => {}
        Ok(None) => return false,
    }
    true
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
