//! What administrators ask for and do, on a listener of their own (ALPN `auboutique-admin/1`, with a
//! client certificate). Frames, envelope, hello, errors and limits are those of members.
//!
//! [`users`], [`sessions`] and [`market`] are what can be looked at, page by page; [`statistics`] is
//! how the server does; [`actions`] is what can be done, each with a row in the [`audit`]; [`event`]
//! is what happens meanwhile.

pub mod actions;
pub mod audit;
pub mod event;
pub mod market;
pub mod sessions;
pub mod statistics;
pub mod users;

pub use actions::{
    Announce, Announced, Disconnect, PasswordReset, ProductRemoved, Reinstate, RemoveProduct,
    ResetPassword, SessionsEnded, Suspend, UserReinstated, UserSuspended,
};
pub use audit::{Audit, AuditAction, AuditEntry, AuditPage};
pub use event::{
    Activity, AdminEvent, AuditEntries, ProductsTold, SalesMade, SessionsActive, SessionsClosed,
    SessionsOpened, Topic, UsersTold, Watch, Watching,
};
pub use market::{
    Product, ProductPage, ProductState, ProductStateName, Products, Removed, Sale, SalePage, Sales,
    SalesTotals, SoldTo,
};
pub use sessions::{
    Connection, ConnectionNumber, ConnectionPage, SessionNumber, SessionSort, Sessions,
};
pub use statistics::{Now, Point, Series, Statistics, StatisticsReport};
pub use users::{
    SuspendedSince, User, UserDetail, UserPage, UserSort, UserState, UserStateName, UserSummary,
    Users,
};
