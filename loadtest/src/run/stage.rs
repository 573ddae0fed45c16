//! Everything that must be there before the load: server, people, items, connections.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use auboutique_certs::{ServerAddress, Trust};
use auboutique_client::{AdminClient, ConnectOptions, Connection, Error, RetryPolicy};
use auboutique_protocol::hello::ServerHello;
use jiff::{Timestamp, Unit};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::{JoinHandle, JoinSet};

use super::{Setting, load};
use crate::chaos::{Chaos, ChaosProfile};
use crate::clock::Clock;
use crate::context::{Abort, Context, SharedContext, Stopped, Way};
use crate::descriptors::{self, DescriptorError};
use crate::history::{Item, Price};
use crate::keys::Keys;
use crate::machine;
use crate::names::Names;
use crate::people::{Cast, CastError};
use crate::plan::{ITEMS_PER_SELLER, Plan, Workload};
use crate::progress::{Length, Progress};
use crate::record::Recorder;
use crate::report::{Machine, Watchers};
use crate::scenario::watch::Watching;
use crate::scenario::{Done, all};
use crate::target::{Embedded, EmbeddedOptions, TargetError};
use crate::user::User;
use crate::user::actions::Offer;

/// Longest wait for an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Likewise through a faulty network, which swallows answers.
const ANSWER_TIMEOUT_CHAOS: Duration = Duration::from_secs(2);
/// People who connect at the same time before the load begins: a crowd that comes by and by, not a storm
/// whose handshakes are all begun before one is over.
const CONNECTING_MAX: usize = 256;
/// File descriptors beside those of the connections.
const DESCRIPTORS_BESIDE: u64 = 128;
/// How often it is looked whether the server still runs.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// What the embedded server allows beyond its defaults: a load test does in seconds what people do
/// in weeks, and does it from one address.
const SETTINGS: &str = "\
connections_max = 1000000
[limits]
products_per_user_max = 100000
messages_per_day_max = 100000
[limits.connections]
per_source_max = 1000000
unauthenticated_max = 1000000
unauthenticated_per_source_max = 1000000
new_per_source_burst = 1000000
new_per_source_and_second = 1000000
[limits.requests]
per_user_burst = 1000000
per_user_and_second = 1000000
[limits.registration]
source_burst = 1000000
";

/// Where the server is.
pub enum ServerChoice {
    /// A child of the load test.
    Embedded {
        /// The program that becomes it.
        program: PathBuf,
        /// A data directory to keep.
        keep: Option<PathBuf>,
    },
    /// Somewhere else.
    Elsewhere {
        /// Where.
        address: ServerAddress,
        /// Whom to trust.
        trust: Trust,
        /// The listener for administrators, with the folder of an identity.
        admin: Option<(ServerAddress, PathBuf)>,
    },
}

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Too few file descriptors.
    #[error(transparent)]
    Descriptors(#[from] DescriptorError),
    /// The server of our own does not start.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// There are no people.
    #[error(transparent)]
    Cast(#[from] CastError),
    /// The server cannot be used.
    #[error("cannot use the server: {0}")]
    Server(#[from] Error),
    /// The faulty network could not be set up.
    #[error("cannot set up the faulty network: {0}")]
    Chaos(std::io::Error),
    /// It was interrupted before it began.
    #[error("interrupted before the load began")]
    Interrupted,
}

/// The stage of a run.
pub(super) struct Stage {
    pub(super) context: SharedContext,
    pub(super) cast: Cast,
    pub(super) names: Arc<Names>,
    /// The server of our own.
    pub(super) server: Option<Arc<Mutex<Embedded>>>,
    pub(super) chaos: Option<Chaos>,
    /// Somebody who is told of all sales.
    pub(super) admin: Option<AdminClient>,
    /// Where the server is, for people.
    pub(super) address: String,
    pub(super) hello: ServerHello,
    pub(super) tls: String,
    pub(super) notes: Vec<String>,
    pub(super) machine: Machine,
    /// The most memory that the server of our own held before anybody was connected.
    pub(super) memory_before: Option<u64>,
    pub(super) started_at: Timestamp,
}

impl Stage {
    /// Starts or finds the server, and sees to the people.
    pub(super) async fn set(plan: &Plan, setting: &Setting) -> Result<Self, RunError> {
        // Each connection has two ends in the faulty network, in this same process.
        let ends = if plan.chaos { 3 } else { 1 };
        let needed = u64::from(plan.connections()) * ends + DESCRIPTORS_BESIDE;
        let notes = descriptors::ensure(needed)?.into_iter().collect();
        let preparing = prepare(plan, setting, notes);
        tokio::select! {
            stage = preparing => stage,
            () = setting.interrupt.cancelled() => Err(RunError::Interrupted),
        }
    }

    /// Gives the run up when the server of our own ends by itself.
    pub(super) fn watch_over_server(&self) -> JoinHandle<()> {
        let (context, server) = (SharedContext::clone(&self.context), self.server.clone());
        tokio::spawn(async move {
            let Some(server) = server else { return };
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                if let Err(error) = server.lock().await.check().await {
                    context.abort(Abort::Died(error.to_string()));
                    return;
                }
            }
        })
    }

    /// Puts up the items that are there from the beginning. Returns them by the number of the user
    /// who sells them.
    pub(super) async fn put_up_items(
        &mut self,
        plan: &Plan,
        progress: &Progress,
    ) -> Result<Vec<Vec<Item>>, Stopped> {
        let people = plan.people();
        let (sellers, each) = match &plan.workload {
            Workload::Race(_) => (
                people.users..people.users + people.sellers,
                ITEMS_PER_SELLER,
            ),
            Workload::Mixed(_) | Workload::Idle { .. } => {
                let each = plan.items().div_ceil(people.users.max(1));
                (0..people.users, each)
            }
        };
        let mut own = vec![Vec::new(); sellers.len()];
        if plan.items() == 0 {
            return Ok(own);
        }
        let done = Arc::new(Done::default());
        let mut tasks = JoinSet::new();
        let sellers = self.cast.users(sellers, &self.context);
        for (place, seller) in sellers.into_iter().enumerate() {
            let first = u32::try_from(place)
                .unwrap_or(u32::MAX)
                .saturating_mul(each);
            let last = first.saturating_add(each).min(plan.items());
            let done = Arc::clone(&done);
            tasks.spawn(async move {
                let items = sell(seller, first..last, &done).await?;
                Ok((place, items))
            });
        }
        let phase = progress.phase(
            "Items are put up for sale",
            Length::Steps(plan.items().into()),
        );
        let sold = load::showing(&phase, || done.count(), all(&self.context, tasks)).await?;
        phase.finish(&format!("{} items", done.count()));
        for (place, items) in sold {
            own[place] = items;
        }
        Ok(own)
    }

    /// Connects those who make the load.
    pub(super) async fn connect(
        &mut self,
        plan: &Plan,
        progress: &Progress,
        own: Vec<Vec<Item>>,
    ) -> Result<load::Crew, Stopped> {
        self.context.take_detour(true);
        let users = self.cast.users(0..plan.people().users, &self.context);
        let users = match &plan.workload {
            Workload::Race(_) => users,
            Workload::Idle { connections, .. } => {
                let again = users.iter().cycle().map(User::again);
                again
                    .take(usize::try_from(*connections).unwrap_or(usize::MAX))
                    .collect()
            }
            // Logging in and connecting are what these measure.
            Workload::Mixed(mixed) if matches!(mixed.name, "login" | "connect") => {
                return Ok(load::Crew { users, own });
            }
            Workload::Mixed(_) => users,
        };
        let done = Arc::new(Done::default());
        let doors = Arc::new(Semaphore::new(CONNECTING_MAX));
        let mut tasks = JoinSet::new();
        for (place, mut user) in users.into_iter().enumerate() {
            let (done, doors) = (Arc::clone(&done), Arc::clone(&doors));
            tasks.spawn(async move {
                let _door = doors.acquire().await;
                user.connect().await?;
                done.add();
                Ok((place, user))
            });
        }
        let phase = progress.phase("Users connect", Length::Steps(tasks.len() as u64));
        let connected = load::showing(&phase, || done.count(), all(&self.context, tasks)).await;
        let mut connected = connected?;
        phase.finish(&format!("{} connections", connected.len()));
        connected.sort_by_key(|(place, _)| *place);
        let users = connected.into_iter().map(|(_, user)| user).collect();
        Ok(load::Crew { users, own })
    }

    /// Lets watchers begin, if there are any.
    pub(super) async fn start_watching(
        &mut self,
        plan: &Plan,
        progress: &Progress,
    ) -> Result<Option<Watching>, Stopped> {
        let people = plan.people();
        if people.watchers == 0 {
            return Ok(None);
        }
        let phase = progress.phase("Watchers begin", Length::Unknown);
        let watchers = people.users + people.sellers..people.count();
        let users = self.cast.users(watchers, &self.context);
        let watching = Watching::start(&self.context, users).await?;
        phase.finish(&format!("{} watchers", people.watchers));
        Ok(Some(watching))
    }

    /// Ends the watching. One more item is put up for sale, so that nobody is right by seeing nothing.
    pub(super) async fn finish_watching(
        &mut self,
        watching: Watching,
    ) -> Result<Watchers, Stopped> {
        let owner = *self.context.items.owners().last().ok_or(Stopped)?;
        let users = self.cast.users(owner.0..owner.0 + 1, &self.context);
        let mut seller = users.into_iter().next().ok_or(Stopped)?;
        let offer = Offer {
            name: "The last item of a load test".into(),
            price: Price(100),
            picture: None,
        };
        seller.sell(offer).await?;
        watching.finish(&mut seller).await
    }
}

async fn prepare(plan: &Plan, setting: &Setting, notes: Vec<String>) -> Result<Stage, RunError> {
    let machine = machine::machine();
    let started_at = Timestamp::now();
    // Nobody needs more; a moment that cannot be rounded stays as it is.
    let started_at = started_at.round(Unit::Second).unwrap_or(started_at);
    let keys = Keys::new();
    let count = plan.people().count();
    let found = match &setting.server {
        ServerChoice::Embedded { program, keep } => {
            let phase = setting.progress.phase("The server starts", Length::Unknown);
            // One more, who looks how soon the server is back after it was killed.
            let cast = Cast::draw(count + 1, &keys.tag())?;
            let options = EmbeddedOptions {
                program: program.clone(),
                users: cast.seeds(),
                password: Some(cast.password.clone()),
                settings_toml: SETTINGS.into(),
                keep: keep.clone(),
            };
            let server = Embedded::start(options).await?;
            phase.finish(&format!("{} users, {}", count, server.address()));
            let direct = options_for(server.address(), &Trust::Authority(server.ca_file()))?;
            (direct, cast, Some(server))
        }
        ServerChoice::Elsewhere { address, trust, .. } => {
            let direct = options_for(address.clone(), trust)?;
            let phase = setting
                .progress
                .phase("Users are registered", Length::Steps(count.into()));
            let cast = Cast::register(count, &keys.tag(), &direct, |done| phase.set(done)).await?;
            phase.finish(&format!("{count} users"));
            (direct, cast, None)
        }
    };
    let (direct, cast, server) = found;
    let chaos = match plan.chaos {
        true => Some(start_chaos(plan, &direct).await?),
        false => None,
    };
    let detour = match &chaos {
        Some(chaos) => Some(detour(&setting.server, server.as_ref(), chaos.address())?),
        None => None,
    };
    let connection = Connection::open(&direct).await?;
    let (hello, tls) = (connection.server().clone(), connection.tls());
    connection.close().await;
    let address = direct.address().to_string();
    let usage = server
        .as_ref()
        .and_then(|server| machine::usage_of(server.pid()));
    let memory_before = usage.map(|usage| usage.memory_peak_bytes);
    let way = Way {
        direct,
        detour,
        answer_timeout: if plan.chaos {
            ANSWER_TIMEOUT_CHAOS
        } else {
            ANSWER_TIMEOUT
        },
    };
    let context = Arc::new(Context::new(
        way,
        Recorder::new(Clock::start()),
        keys,
        &hello.market,
    ));
    Ok(Stage {
        names: Arc::new(Names::new(Arc::clone(&context.items), keys, cast.by_name())),
        context,
        cast,
        server: server.map(|server| Arc::new(Mutex::new(server))),
        chaos,
        admin: administrator(&setting.server).await?,
        address,
        hello,
        tls,
        notes,
        machine,
        memory_before,
        started_at,
    })
}

/// Connects as an administrator, before the load, so that what stands against it is found in time.
async fn administrator(choice: &ServerChoice) -> Result<Option<AdminClient>, Error> {
    let ServerChoice::Elsewhere {
        admin: Some((address, identity)),
        ..
    } = choice
    else {
        return Ok(None);
    };
    let options = ConnectOptions::admin(address.clone(), identity)?;
    AdminClient::connect(options).await.map(Some)
}

fn options_for(address: ServerAddress, trust: &Trust) -> Result<ConnectOptions, Error> {
    Ok(ConnectOptions::new(address, trust)?.retry(RetryPolicy::NONE))
}

/// Starts the faulty network before the server.
async fn start_chaos(plan: &Plan, direct: &ConnectOptions) -> Result<Chaos, RunError> {
    let ServerAddress { host, port } = direct.address();
    let mut found = tokio::net::lookup_host((host.as_str(), *port))
        .await
        .map_err(RunError::Chaos)?;
    let unknown = || RunError::Chaos(std::io::ErrorKind::NotFound.into());
    let upstream: SocketAddr = found.next().ok_or_else(unknown)?;
    let chaos = Chaos::start(upstream, plan.seed, ChaosProfile::default()).await;
    chaos.map_err(RunError::Chaos)
}

/// The way through the faulty network: another address, the same trust.
fn detour(
    choice: &ServerChoice,
    server: Option<&Embedded>,
    through: SocketAddr,
) -> Result<ConnectOptions, RunError> {
    let trust = match (choice, server) {
        (_, Some(server)) => Trust::Authority(server.ca_file()),
        (ServerChoice::Elsewhere { trust, .. }, None) => trust.clone(),
        (ServerChoice::Embedded { .. }, None) => return Err(RunError::Interrupted),
    };
    let address = ServerAddress {
        host: through.ip().to_string(),
        port: through.port(),
    };
    Ok(options_for(address, &trust)?)
}

/// Puts items up for sale, one after the other.
async fn sell(
    mut seller: User,
    numbers: std::ops::Range<u32>,
    done: &Done,
) -> Result<Vec<Item>, Stopped> {
    let mut items = Vec::with_capacity(numbers.len());
    for number in numbers {
        let offer = Offer {
            name: format!("Load test item {number}"),
            price: Price(100 + number % 10_000),
            picture: None,
        };
        match seller.sell(offer).await? {
            Some(item) => items.push(item),
            None => {
                let what = "an item of the load test";
                let code = "see the server's limits".into();
                return Err(seller.context.abort(Abort::Refused { what, code }));
            }
        }
        done.add();
    }
    seller.disconnect().await;
    Ok(items)
}
