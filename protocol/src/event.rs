//! What a server pushes without being asked. An event is a hint: the state can always be read.
//!
//! What concerns a user goes to all of that user's connections: messages, sales, announcements. What
//! concerns the market goes to those who asked for it by [`Watch`].

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::catalog::ProductSummary;
use crate::chat::Message;
use crate::closed_list::closed_list;
use crate::codec::{self, DecodeError};
use crate::error::Nothing;
use crate::ids::{ProductId, UnixMillis};
use crate::money::Money;

closed_list! {
    /// What can be watched.
    Topic {
        /// What happens to the products of the market.
        Products = "products",
        /// Who comes online and who goes.
        Presence = "presence"
    }
    "products, presence"
}

/// Asks for the events of some topics from now on, instead of those asked for before.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// The topics; none to hear of nothing any more.
    pub topics: Vec<Topic>,
}

/// The events of the topics follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watching {}

/// Why a server ends a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disconnected {
    /// For people; one line.
    pub reason: Cow<'static, str>,
}

/// When to come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draining {
    /// Milliseconds to wait before reconnecting; drawn at random so that clients spread out.
    pub reconnect_after_ms: u64,
}

/// Products that can be bought, or are described or priced otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Products {
    /// The products as they are now, at most [`crate::limits::EVENT_ITEMS_MAX`].
    pub products: Vec<ProductSummary>,
}

/// Products that can no longer be bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductsGone {
    /// The products, at most [`crate::limits::EVENT_ITEMS_MAX`].
    pub products: Vec<ProductId>,
}

/// Somebody bought a product of the user's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct YourProductSold {
    /// The product's name.
    pub name: String,
    /// The buyer's username.
    pub buyer: String,
    /// The price paid.
    pub price: Money,
    /// The product.
    pub product: ProductId,
    /// When it was bought.
    pub sold_at: UnixMillis,
    /// On which day the buyer collects it, as `YYYY-MM-DD` in the market's time zone.
    pub collect_on: String,
}

/// Who came and who went, at most [`crate::limits::EVENT_ITEMS_MAX`] together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceChanged {
    /// Usernames of those who are online now.
    pub online: Vec<String>,
    /// Usernames of those who are offline now.
    pub offline: Vec<String>,
}

/// A word from the operators to everybody online.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// When it was made.
    pub at: UnixMillis,
    /// The words; may hold line breaks.
    pub text: String,
}

macro_rules! events {
    ($(#[$table_documentation:meta])* $table:ident;
     $($(#[$documentation:meta])* $variant:ident($body:ty) = $name:literal;)+) => {
        $(#[$table_documentation])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $table {
            $($(#[$documentation])* $variant($body),)+
        }

        impl $table {
            /// The names of all events, in the order of docs/PROTOCOL.md.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The event's name on the wire.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)+ }
            }

            /// Decodes an event by its name; `None` is an event of a later version.
            ///
            /// # Errors
            /// The body does not have its shape.
            pub fn decode(name: &str, body: &[u8]) -> Result<Option<Self>, DecodeError> {
                Ok(Some(match name {
                    $($name => Self::$variant(codec::decode(body)?),)+
                    _ => return Ok(None),
                }))
            }
        }
    };
}

pub(crate) use events;

events! {
    /// Every event that a server sends to members.
    Event;

    /// Asks for a sign of life: answer with a `ping` request.
    Ping(Nothing) = "ping";
    /// The session has ended; the connection closes next.
    Disconnected(Disconnected) = "disconnected";
    /// The server stops; what is in flight is finished.
    Draining(Draining) = "draining";
    /// Events were dropped: read the state again.
    Resync(Nothing) = "resync";
    /// A message to the user, or one that the user sent from another connection.
    Message(Message) = "message";
    /// A product of the user's was sold.
    YourProductSold(YourProductSold) = "your_product_sold";
    /// The operators have something to say.
    Announcement(Announcement) = "announcement";
    /// Products are for sale.
    ProductListed(Products) = "product_listed";
    /// Products for sale are described or priced otherwise.
    ProductChanged(Products) = "product_changed";
    /// Products were sold.
    ProductSold(ProductsGone) = "product_sold";
    /// Products were taken off the market.
    ProductRemoved(ProductsGone) = "product_removed";
    /// Users came online or went.
    Presence(PresenceChanged) = "presence";
}
