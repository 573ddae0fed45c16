//! What a handler may use. Made once at the start, shared by all connections, immutable.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use auboutique_protocol::hello::{Limits, Market, ServerHello};
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::limits as wire;
use jiff::Timestamp;

use crate::announcer::Announcer;
use crate::auth::password::{PasswordHasher, PasswordParameters, StartError};
use crate::auth::throttle::Throttle;
use crate::catalog::Catalog;
use crate::config::{Config, MarketConfig, Workers};
use crate::desk::Desk;
use crate::feed::Feed;
use crate::instruments::{Instruments, day_begins};
use crate::limits::{Admission, FrameBudget, PeerLines, PerSource, Room};
use crate::monitoring::meters::Meters;
use crate::pictures::{PictureLimits, PictureWorkshop};
use crate::presence::Presence;
use crate::relay::{LocalRelay, Relay};
use crate::sale_notices::SaleNoticeQueue;
use crate::statistics::Statistics;
use crate::store::sqlite::SqliteStore;
use crate::store::{Store, StoreError, purchases::CollectionPlace};

/// See the module's description.
pub(crate) struct Context {
    pub(crate) admission: Arc<Admission>,
    pub(crate) peer_lines: PeerLines,
    pub(crate) room: Room,
    /// For large frames that are arriving.
    pub(crate) frames_in: FrameBudget,
    /// For large answers that are being written.
    pub(crate) frames_out: FrameBudget,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) passwords: Arc<PasswordHasher>,
    pub(crate) throttle: Throttle,
    pub(crate) registrations: PerSource,
    pub(crate) pictures: PictureWorkshop,
    pub(crate) presence: Arc<Presence>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) sale_notices: SaleNoticeQueue,
    pub(crate) desk: Desk,
    pub(crate) statistics: Arc<Statistics>,
    pub(crate) meters: Arc<Meters>,
    pub(crate) instruments: Arc<Instruments>,
    pub(crate) market: MarketConfig,
    pub(crate) place: Arc<CollectionPlace>,
}

/// Why the parts of the server could not be put together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContextError {
    #[error(transparent)]
    Open(#[from] crate::store::sqlite::OpenError),
    #[error("the collection place cannot be stored: {0}")]
    Place(#[from] StoreError),
    #[error("passwords cannot be hashed: {0}")]
    Passwords(#[from] StartError),
}

impl Context {
    /// Opens the store, loads the catalog and starts the hashing threads.
    pub(crate) async fn open(config: &Config) -> Result<Self, ContextError> {
        Self::open_with(config, PasswordParameters::default()).await
    }

    /// As [`Context::open`], with passwords hashed like this.
    pub(crate) async fn open_with(
        config: &Config,
        password_parameters: PasswordParameters,
    ) -> Result<Self, ContextError> {
        let catalog = Arc::new(Catalog::default());
        let feed = Arc::new(Feed::default());
        let presence = Arc::new(Presence::new(
            config.connections_per_user_max,
            config.requests,
            Arc::clone(&feed),
        ));
        let relay: Arc<dyn Relay> = Arc::new(LocalRelay::new(Arc::clone(&presence)));
        let (sale_notices, inbox) = SaleNoticeQueue::new();
        let (desk, desk_inbox) = Desk::new();
        let meters = Arc::new(Meters::default());
        let announcer = Announcer {
            catalog: Arc::clone(&catalog),
            feed: Arc::clone(&feed),
            desk: desk.clone(),
            presence: Arc::clone(&presence),
            relay: Arc::clone(&relay),
            notices: sale_notices.clone(),
            meters: Arc::clone(&meters),
        };
        let market = config.market.clone();
        let store: Arc<dyn Store> = Arc::new(
            SqliteStore::open(&config.data_dir, market.currency, Arc::new(announcer)).await?,
        );
        inbox.start(Arc::clone(&store), Arc::clone(&presence), relay);
        let begins = day_begins(&market.calendar, Timestamp::now(), 0);
        let tally = store.tally(begins).await?;
        let statistics = Arc::new(Statistics::new(tally, begins));
        let instruments = Arc::new(Instruments {
            data_dir: config.data_dir.clone(),
            currency: market.currency,
            calendar: market.calendar.clone(),
            catalog: Arc::clone(&catalog),
            presence: Arc::clone(&presence),
            statistics: Arc::clone(&statistics),
            certificate_ends: AtomicU64::new(0),
        });
        desk_inbox.start(desk.clone(), &store, Arc::clone(&instruments));
        let place = store.collection_place(&market.place, &market.hours).await?;
        let Workers { count, queue_max } = config.passwords;
        let passwords = PasswordHasher::start(count, queue_max, password_parameters)?;
        let Workers { count, queue_max } = config.pictures;
        let pictures = PictureWorkshop::new(count, queue_max, PictureLimits::default());
        Ok(Self {
            peer_lines: PeerLines::default(),
            room: Room::new(config.disk_free_bytes_min),
            admission: Arc::new(Admission::new(config.admission.clone())),
            frames_in: FrameBudget::new(config.large_frame_bytes_max),
            frames_out: FrameBudget::new(config.large_frame_bytes_max),
            store,
            catalog,
            passwords,
            throttle: Throttle::new(config.throttle.clone(), Instant::now()),
            registrations: PerSource::new(config.registrations, config.throttle.exempt.clone()),
            pictures,
            presence,
            feed,
            sale_notices,
            desk,
            statistics,
            meters,
            instruments,
            market,
            place,
        })
    }

    /// Takes a look at what changes by itself. To be called once a second.
    pub(crate) fn sample(&self) {
        self.instruments.sample();
        self.room.note(self.instruments.disk_free_bytes());
    }

    /// The server's clock.
    pub(crate) fn now(&self) -> UnixMillis {
        let millis = Timestamp::now().as_millisecond();
        UnixMillis(u64::try_from(millis).unwrap_or(0))
    }

    /// The server's first frame.
    pub(crate) fn hello(&self, version: u32) -> ServerHello {
        ServerHello {
            time: self.now(),
            agent: concat!("auboutique-server/", env!("CARGO_PKG_VERSION")).into(),
            limits: Limits {
                frame_bytes_max: wide(wire::FRAME_BYTES_MAX),
                price_minor_max: wire::PRICE_MINOR_MAX,
                picture_bytes_max: wide(wire::PICTURE_BYTES_MAX),
                in_flight_requests_max: wide(wire::IN_FLIGHT_REQUESTS_MAX),
                password_characters_min: wide(self.market.password_characters_min),
            },
            market: Market {
                currency: self.market.currency,
                categories: self
                    .market
                    .categories
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
            },
            version,
        }
    }
}

/// A limit as it goes out; all of ours are far below 2^32.
fn wide(limit: usize) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX)
}
