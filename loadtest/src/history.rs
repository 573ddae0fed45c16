//! What happened in a run: every call with its moments and its outcome, packed small, and what was
//! read of the market afterwards.
//!
//! A [`History`] is plain data. Whoever recorded it, a load on a real server or a simulation, it can
//! be judged by the [`checker`](crate::checker), which sees nothing else. Actors, items, keys and
//! messages are numbered from 0 in the order in which the recorder met them; what they are called
//! on the wire stays outside.
//!
//! Moments are nanoseconds on one monotonic clock. `invoked` is taken before the first byte of a
//! request is written, `returned` after the last byte of its answer was read, so that the effect of
//! a call with a known outcome lies between the two.

use serde::Serialize;

mod display;

macro_rules! numbers {
    ($($(#[$documentation:meta])* $name:ident($inner:ty);)+) => {
        $($(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// As an index into a table of all of them.
            #[must_use]
            pub fn index(self) -> usize {
                usize::try_from(self.0).expect("there are no more of them than fit into memory")
            }
        })+
    };
}

numbers! {
    /// Nanoseconds since the beginning of the run.
    Moment(u64);
    /// A simulated user.
    Actor(u32);
    /// A product of this run.
    Item(u32);
    /// A key that makes a request repeatable. Calls with the same number sent the same bytes.
    KeyId(u32);
    /// A message, by its text, which no other message of the run has.
    MessageId(u32);
    /// An amount in minor units of the server's currency.
    Price(u32);
}

/// One call of one actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Who called.
    pub actor: Actor,
    /// Before the request was written.
    pub invoked: Moment,
    /// After the answer was read; for an unknown outcome, when the caller gave up.
    pub returned: Moment,
    /// What was asked and what came of it.
    pub call: Call,
}

/// What was asked and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Put an item up for sale. Only successes are recorded: without one there is no item.
    Sell {
        /// The new item.
        item: Item,
        /// What it costs.
        price: Price,
    },
    /// Gave an item of one's own another price.
    Edit {
        /// The item.
        item: Item,
        /// What it costs from then on.
        price: Price,
        /// What came of it.
        outcome: Outcome,
    },
    /// Took an item of one's own off the market.
    Withdraw {
        /// The item.
        item: Item,
        /// What came of it.
        outcome: Outcome,
    },
    /// Tried to buy.
    Buy {
        /// The item.
        item: Item,
        /// The price that the request named.
        price: Price,
        /// The request's key.
        key: KeyId,
        /// What came of it.
        outcome: Bought,
    },
    /// Saw the state of an item, in a list or by itself.
    See {
        /// The item.
        item: Item,
        /// As what it was shown.
        state: State,
    },
    /// Wrote to somebody.
    Send {
        /// To whom.
        to: Actor,
        /// What.
        message: MessageId,
        /// What came of it.
        outcome: Outcome,
    },
}

/// What came of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused: not done, now or later.
    Refused,
    /// No answer came, or one that leaves it open (`unavailable`, `internal`): it may have been done
    /// at any time since it was asked for.
    Unknown,
}

/// What came of an attempt to buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bought {
    /// It was confirmed.
    Confirmed {
        /// The price on the confirmation.
        price: Price,
        /// The first eight bytes of the SHA-256 of the confirmation as it was received.
        digest: u64,
    },
    /// It was refused: nothing was bought, now or later.
    Refused(Refusal),
    /// As [`Outcome::Unknown`].
    Unknown,
}

/// Why nothing was bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody has bought it.
    AlreadySold {
        /// The asking user has, with another key.
        yours: bool,
    },
    /// It costs something else now.
    PriceChanged(Price),
    /// It is the buyer's own.
    OwnItem,
    /// It is off the market.
    Withdrawn,
    /// There is no such item.
    NotFound,
    /// The key made another purchase.
    KeyConflict,
    /// Not now: the server was busy, draining, or had had enough of this user.
    Transient,
    /// Anything else.
    Other,
}

/// As what an item was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It can be bought at this price.
    ForSale(Price),
    /// Somebody has bought it.
    Sold,
    /// It is off the market.
    Withdrawn,
}

/// A sale as the database keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredSale {
    /// What was sold.
    pub item: Item,
    /// To whom; `None` is somebody who is not an actor of the run.
    pub buyer: Option<Actor>,
    /// For how much.
    pub price: Price,
    /// The purchase's key; `None` is one that the run never used.
    pub key: Option<KeyId>,
}

/// All sales of the run's items, read in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// Before it was read. Everything that was confirmed earlier must be in it.
    pub taken: Moment,
    /// The sales, in any order.
    pub sales: Vec<StoredSale>,
}

/// An item as its seller sees it among the own products, after the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SellerView {
    /// Who looked.
    pub seller: Actor,
    /// The item.
    pub item: Item,
    /// Its state, with the price asked or paid.
    pub state: State,
    /// The price asked or paid.
    pub price: Price,
    /// Who bought it, if it is sold; `None` also for somebody who is not an actor of the run.
    pub buyer: Option<Actor>,
}

/// A purchase as its buyer sees it among the own purchases, after the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuyerView {
    /// Who looked.
    pub buyer: Actor,
    /// What was bought.
    pub item: Item,
    /// For how much.
    pub price: Price,
    /// As in [`Bought::Confirmed`], of the confirmation shown there.
    pub digest: u64,
}

/// A sale as administrators are told of it, after the run. They see no keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldSale {
    /// What was sold.
    pub item: Item,
    /// By whom; `None` is somebody who is not an actor of the run.
    pub seller: Option<Actor>,
    /// To whom, likewise.
    pub buyer: Option<Actor>,
    /// For how much.
    pub price: Price,
}

/// What one actor has of another's messages, after the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// Who looked.
    pub reader: Actor,
    /// Who wrote.
    pub sender: Actor,
    /// The sender's messages in the order of the conversation; `None` is a text that the run never
    /// sent.
    pub messages: Vec<Option<MessageId>>,
}

/// Everything that is known of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The calls, in any order; those of one actor do not overlap unless their outcome is unknown.
    pub events: Vec<Event>,
    /// Who put each item up for sale.
    pub owners: Vec<Actor>,
    /// When the server was killed.
    pub crashes: Vec<Moment>,
    /// What the database held: after each crash, and last of all after the run. Empty when it could
    /// not be read, as on a server elsewhere.
    pub ledgers: Vec<Ledger>,
    /// What administrators were told of the sales in the end. `None` when none looked.
    pub told_sales: Option<Vec<ToldSale>>,
    /// What all sellers saw in the end. `None` when nobody looked.
    pub seller_views: Option<Vec<SellerView>>,
    /// What all buyers saw in the end. `None` when nobody looked.
    pub buyer_views: Option<Vec<BuyerView>>,
    /// What all who were written to have in the end. `None` when nobody looked.
    pub inboxes: Option<Vec<Inbox>>,
}
