//! The AUBoutique service.
//!
//! Data flows one way: bytes → TLS → frame → strict CBOR check → request → dispatch → handler →
//! store → response → outbound buffer → bytes. Module by module, from the outside in: [`config`] is
//! what the server is told; `certificates` is what it shows; `limits` says who may take how much of it;
//! `listener` accepts and handshakes; `connection` owns a stream and its deadlines; `session` proves who speaks; `dispatch` is the one match that names every handler;
//! `handlers` hold the business, one module an area; `store` keeps it, SQL only under
//! `store/sqlite`; `catalog` holds what is for sale in memory. What a commit changed goes back out
//! through the `announcer`: to the catalog, to the `feed` that watchers follow, through the `relay`
//! into the mailboxes in `presence`; `sale_notices` tells sellers. Now and then the `sweeper` removes
//! pictures that nobody needs, the `throttle_keeper` notes down what a restart must not forget, and `care`
//! backs up and looks at the data; `monitoring` tells whoever watches over the server how it does. Beside
//! them stand the leaves that know nothing of the rest: `auth`, `pictures`, `calendar`.
//!
//! [`serve`] is the whole server with its listeners handed in, so that tests and the load test run
//! the real one on a port of the system's choice.

mod admin_dispatch;
mod announcer;
mod auth;
pub mod backup;
#[cfg(feature = "benching")]
pub mod benching;
mod calendar;
mod care;
mod catalog;
mod certificates;
pub mod config;
mod connection;
mod context;
mod data_dir;
mod demo;
mod desk;
mod dispatch;
mod error;
mod feed;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod handlers;
mod instruments;
mod limits;
mod listener;
mod monitoring;
mod pictures;
mod presence;
pub mod program;
mod ready;
mod relay;
mod sale_notices;
pub mod seed;
mod service_manager;
mod session;
mod statistics;
mod store;
mod sweeper;
pub mod telemetry;
mod throttle_keeper;

use std::sync::Arc;
use std::time::Duration;

use auboutique_protocol::ids::UnixMillis;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::certificates::Certificates;
pub use crate::certificates::{CertificateError, check_certificate};
use crate::config::Config;
use crate::context::Context;
pub use crate::data_dir::DataDirError;
use crate::data_dir::DataDirLock;
use crate::demo::Demo;
pub use crate::demo::{DemoError, DemoLogin, DemoUser};
use crate::monitoring::endpoint::{self, Watched};
pub use crate::ready::Ready;
use crate::store::StoreError;
pub use crate::store::sqlite::SYNCHRONOUS;
use crate::throttle_keeper::ThrottleKeeper;

/// How long a server that stops waits for its connections.
const DRAIN_WITHIN: Duration = Duration::from_secs(8);

/// A sample for the statistics is taken this often.
const SAMPLE_EVERY: Duration = Duration::from_secs(1);

/// Listeners, bound already.
#[derive(Debug)]
pub struct Listeners {
    /// For members.
    pub member: TcpListener,
    /// For administrators, if they can connect.
    pub admin: Option<TcpListener>,
    /// For whoever watches over the server, if anybody can.
    pub metrics: Option<TcpListener>,
}

/// Why the server could not start or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data directory cannot be used.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// There is no certificate to show.
    #[error(transparent)]
    Certificates(#[from] CertificateError),
    /// Databases, threads or the like could not be opened.
    #[error("{0}")]
    Open(String),
    /// There is no demo to show.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The ready file could not be written.
    #[error("cannot write the ready file: {0}")]
    ReadyFile(std::io::Error),
}

impl ServeError {
    /// What an operator can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::DataDir(DataDirError::InUse { .. }) => Some(
                "stop the other server, or give this one a directory of its own with --data-dir"
                    .into(),
            ),
            Self::DataDir(DataDirError::Unusable { .. }) => {
                Some("choose a directory that this user can write to with --data-dir".into())
            }
            Self::Certificates(error) => error.hint(),
            Self::ReadyFile(_) => Some("the directory of --ready-file must exist".into()),
            Self::Demo(DemoError::NotADemo(_) | DemoError::Occupied(_)) => Some(
                "give the demo a directory of its own with --data-dir, or leave --demo out".into(),
            ),
            Self::Demo(DemoError::File { .. } | DemoError::Seeding(_)) => {
                Some("remove the demo's directory to begin anew".into())
            }
            Self::Open(_) => None,
        }
    }
}

/// What tells a server that runs what to do.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    /// Drain, then return.
    pub shutdown: CancellationToken,
    /// Look at the certificate's files at once. They are looked at anyway, every other second.
    pub reload: Arc<Notify>,
}

impl From<CancellationToken> for Signals {
    /// Nobody asks for a look at the certificates.
    fn from(shutdown: CancellationToken) -> Self {
        Self {
            shutdown,
            ..Self::default()
        }
    }
}

/// Serves until [`Signals::shutdown`], then drains: no new connections, what is in flight is finished.
///
/// `ready` is called once, when all listeners are served.
///
/// # Errors
/// The server could not start; see [`ServeError`].
pub async fn serve(
    config: Config,
    listeners: Listeners,
    signals: impl Into<Signals>,
    ready: impl FnOnce(&Ready),
) -> Result<(), ServeError> {
    let Signals { shutdown, reload } = signals.into();
    if config.demo {
        Demo::check_place(&config.data_dir)?;
    }
    let watched = Watched::starting(shutdown.clone());
    let mut state = Ready::new(&listeners);
    let watching = listeners.metrics.map(|listener| {
        let stop = CancellationToken::new();
        let endpoint = endpoint::serve(listener, watched.clone(), stop.clone());
        (tokio::spawn(endpoint), stop.drop_guard())
    });
    let _lock = DataDirLock::acquire(&config.data_dir)?;
    let mut demo = config
        .demo
        .then(|| Demo::open(&config.data_dir))
        .transpose()?;
    let (certificates, shown) = Certificates::load(&config, listeners.admin.is_some())?;
    let context = Context::open(&config)
        .await
        .map_err(|error| ServeError::Open(error.to_string()))?;
    let context = Arc::new(context);
    context.instruments.certificate_ends(shown.not_after);

    // A certificate knows no order of names; whoever configures some means the first to be told.
    let names = match config.names.as_slice() {
        [] => &shown.names,
        names => names,
    };
    state.known_by(shown.ca_fingerprint, names);
    if let Some(demo) = &mut demo {
        demo.fill(&context).await?;
        state.demo_users = demo.logins(&context).await?;
    }
    if let Some(file) = &config.ready_file {
        state.write(file).map_err(ServeError::ReadyFile)?;
    }
    let mut remembering = remember_throttle(&context)
        .await
        .map_err(|error| ServeError::Open(error.to_string()))?;
    // Before anything can be asked for: there may be no room.
    context.sample();
    watched.ready(&context);
    ready(&state);
    let sweeping = tokio::spawn(sweep(&context, shutdown.clone()));
    let caring = care(&config, &context, &shutdown);
    let keeping =
        tokio::spawn(certificates.keep(Arc::clone(&context.instruments), reload, shutdown.clone()));
    let stop = shutdown.clone();
    let remembering = tokio::spawn(async move {
        remembering.run(&stop).await;
        remembering
    });
    let connections = TaskTracker::new();
    let members = listener::accept_members(
        listeners.member,
        shown.member,
        Arc::clone(&context),
        connections.clone(),
        shutdown.clone(),
    );
    let admins = listeners.admin.zip(shown.admin);
    let admins = admins.map(|(listener, tls)| listener::Admins {
        listener,
        tls,
        folder: config.data_dir.join("tls"),
    });
    let admins = listener::accept_admins(
        admins,
        Arc::clone(&context),
        connections.clone(),
        shutdown.clone(),
    );
    tokio::join!(members, admins, sample(&context, &shutdown));

    tracing::info!(connections = connections.len(), "draining");
    connections.close();
    if timeout(DRAIN_WITHIN, connections.wait()).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "some connections did not end in time"
        );
    }
    // They have been told by the same token; a panic in one is in the log.
    let (_, _, _, remembering) = tokio::join!(sweeping, keeping, caring.join_all(), remembering);
    if let Ok(mut remembering) = remembering {
        // The logins of the last moment.
        remembering.keep().await;
    }
    context.pictures.stop();
    context.desk.close();
    context.sale_notices.stop().await;
    context.store.close().await;
    if let Some((endpoint, stop)) = watching {
        drop(stop);
        // It has nothing to finish.
        let _ = endpoint.await;
    }
    tracing::info!("stopped");
    Ok(())
}

/// Sweeps unused pictures until the server stops.
fn sweep(context: &Arc<Context>, shutdown: CancellationToken) -> impl Future<Output = ()> + use<> {
    let store = Arc::clone(&context.store);
    let clock = Arc::clone(context);
    sweeper::run(store, move || clock.now(), sweeper::EVERY, shutdown)
}

/// Begins to care for the data, until the server stops.
fn care(config: &Config, context: &Arc<Context>, shutdown: &CancellationToken) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let (data_dir, meters) = (&config.data_dir, &context.meters.care);
    if let Some(schedule) = config.backups.clone() {
        tasks.spawn(schedule.run(data_dir.clone(), Arc::clone(meters), shutdown.clone()));
    }
    tasks.spawn(care::check::run(
        data_dir.clone(),
        Arc::clone(meters),
        shutdown.clone(),
    ));
    if let Some(kept_for) = config.market.messages_kept_for {
        let (store, clock) = (Arc::clone(&context.store), Arc::clone(context));
        let now = move || clock.now();
        tasks.spawn(care::messages::run(store, now, kept_for, shutdown.clone()));
    }
    tasks
}

/// Has the login throttle remember what it knew before the restart.
async fn remember_throttle(
    context: &Arc<Context>,
) -> Result<ThrottleKeeper<impl Fn() -> UnixMillis + use<>>, StoreError> {
    let (throttle, store) = (context.throttle.clone(), Arc::clone(&context.store));
    let clock = Arc::clone(context);
    ThrottleKeeper::start(throttle, store, move || clock.now()).await
}

/// Takes a sample for the statistics each second, until the server stops.
async fn sample(context: &Context, shutdown: &CancellationToken) {
    let mut seconds = interval(SAMPLE_EVERY);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = seconds.tick() => context.sample(),
            () = shutdown.cancelled() => return,
        }
    }
}
