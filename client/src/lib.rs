//! The AUBoutique client library (SDK).
//!
//! [`Client`] speaks to one server: it connects by domain name and port over TLS, sends typed
//! requests, and survives a lost connection by reconnecting, logging in again with the session's
//! token and repeating what may be repeated. The requests themselves, with their replies, are the
//! types of [`protocol`]; whether one may be repeated stands in its table
//! ([`protocol::call`]).
//!
//! ```no_run
//! use auboutique_client::certs::Trust;
//! use auboutique_client::protocol::catalog::ListProducts;
//! use auboutique_client::{Client, ConnectOptions};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let trust = Trust::Authority("ca.pem".into());
//! let options = ConnectOptions::new("market.example.org:7443".parse()?, &trust)?;
//! let client = Client::connect(options).await?;
//! client.login("mona", "a very long passphrase".into()).await?;
//! for product in client.call(&ListProducts::default()).await?.products {
//!     println!("{}: {}", product.id, product.name);
//! }
//! client.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! The library never decides whom to trust: the caller brings a
//! [`Trust`](auboutique_certs::Trust), and [`probe`] only reports what a server shows.
//!
//! An administrator's program uses an [`AdminClient`], which sends the requests of the admin listener
//! and no others.
//!
//! Tools that measure or test a server use a [`Connection`] instead: one connection, one caller,
//! nothing in between.
//!
//! With the feature `app` the crate also holds the program `auboutique`, its commands in the module
//! `cli` and its full screen in `tui`; what it shares with other programs on a command line is in `terminal`, and the kit of which
//! full-screen programs are built in `ui`, each behind the feature of that name.

#[cfg(feature = "app")]
pub mod cli;
mod sdk;
#[cfg(feature = "terminal")]
pub mod terminal;
#[cfg(feature = "app")]
pub mod tui;
#[cfg(feature = "ui")]
pub mod ui;

pub use auboutique_certs as certs;
pub use auboutique_protocol as protocol;

pub use sdk::admin::{AdminClient, AdminEvents};
pub use sdk::client::Client;
pub use sdk::connect::probe;
pub use sdk::connection::{Connection, Incoming};
pub use sdk::error::{Error, Refusal, RefusalCode};
pub use sdk::events::{Events, Notice};
pub use sdk::mirror::Mirror;
pub use sdk::options::{AdminOptions, ConnectOptions, RetryPolicy};
pub use sdk::passphrase::generate_passphrase;
pub use sdk::reconnect::backoff;
