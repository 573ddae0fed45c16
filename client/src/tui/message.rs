//! What changes the member's screen, and what it wants done: plain values, so that a test can say the one
//! and look at the other.

use std::path::PathBuf;

use auboutique_certs::{Fingerprint, ServerAddress};
use auboutique_protocol::accounts::{Password, Profile};
use auboutique_protocol::catalog::{
    EditProduct, ListProducts, ProductDetail, ProductPage, Sell, ShowProduct, WithdrawProduct,
};
use auboutique_protocol::chat::{
    ConversationPage, Conversations, History, HistoryPage, MarkRead, MessageSent, SendMessage,
};
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::presence::{Online, Presence};
use auboutique_protocol::purchases::{Confirmation, MyPurchases, MySales, PurchasePage, SalePage};

use crate::Notice;
use crate::tui::keys::Act;
use crate::tui::pictures::PictureKey;
use crate::tui::pictures::view::Drawing;
use crate::ui::input::{Input, Size};
use crate::ui::ticket::Ticket;
use crate::ui::widgets::table::Move;

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Message {
    /// A key of the screen.
    Do(Act),
    /// A way through the rows of the screen.
    Go(Move),
    /// The mouse was pressed on a line of the screen.
    Pressed(u16),
    /// Something for the field that has the focus.
    Typed(Input),
    /// Something for what lies over the screen.
    Overlay(Input),
    /// The window has this size.
    Resized(Size),
    /// So many seconds have passed.
    Passed(u64),
    /// A step on the way into the market.
    Entered(Entered),
    /// The server pushed something, or the connection changed.
    Told(Notice),
    /// Nothing more will be told: the login has ended.
    Over,
    /// What was read, or why it could not be.
    Found {
        ticket: Ticket,
        outcome: Result<Found, String>,
    },
    /// A picture that can be shown, or why it cannot.
    Drawn {
        key: PictureKey,
        outcome: Result<Drawing, String>,
    },
    /// A purchase goes on.
    Buying { product: ProductId, step: Purchase },
    /// What became of a message.
    Sent {
        request: Box<SendMessage>,
        outcome: Result<MessageSent, Unsent>,
    },
    /// So much of a listing was sent.
    Uploaded { done: u64, total: u64 },
    /// What became of a listing.
    Listed(Result<ProductId, Refused>),
    /// What became of a change to one's own product.
    Changed(Result<String, Refused>),
    /// What a folder holds.
    Folder {
        path: PathBuf,
        outcome: Result<Vec<Entry>, String>,
    },
}

/// Where one stands on the way into the market.
#[derive(Debug)]
pub(crate) enum Entered {
    /// Nobody knows which server.
    AskServer,
    /// Nothing is known of the server: its fingerprint has to be compared.
    AskTrust {
        address: ServerAddress,
        fingerprint: Fingerprint,
    },
    /// The server is there, and wants to know who is there.
    AskLogIn {
        facts: Facts,
        username: Option<String>,
        reason: Option<String>,
    },
    /// Inside.
    Member { facts: Facts, profile: Profile },
    /// The server could not be reached or trusted.
    NotReached { server: String, reason: String },
    /// Who is there, or wants to be, is not taken.
    Refused(Refused),
    /// The account exists, and logging in failed.
    Registered { username: String, reason: String },
}

/// What a server said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) server: String,
    pub(crate) time: UnixMillis,
    pub(crate) currency: Currency,
    pub(crate) categories: Vec<String>,
    pub(crate) password_characters_min: usize,
}

/// Why something was refused, and which field of it is the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) field: Option<&'static str>,
    pub(crate) reason: String,
}

/// Where a purchase stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purchase {
    /// It is confirmed.
    Bought(Confirmation),
    /// The answer got lost; it is being asked for.
    Unknown,
    /// Somebody was faster.
    SoldToAnother,
    /// It costs something else now.
    PriceChanged(Money),
    /// It cannot be bought, and why.
    Refused(String),
}

/// Why a message was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unsent {
    /// Its recipient is offline.
    RecipientOffline,
    /// For another reason.
    Refused(String),
    /// Perhaps it was.
    Unknown(String),
}

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) is_folder: bool,
    pub(crate) bytes: u64,
}

/// Something that was read.
#[derive(Debug)]
pub(crate) enum Found {
    Products(ProductPage),
    Product(Box<ProductDetail>),
    Online(Online),
    Mine(SalePage),
    Purchases(PurchasePage),
    Conversations(ConversationPage),
    History(HistoryPage),
}

/// Something to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Read {
    Products(ListProducts),
    Product(ShowProduct),
    Online(Presence),
    Mine(MySales),
    Purchases(MyPurchases),
    Conversations(Conversations),
    History(History),
}

/// A way into the market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Door {
    /// As the command line and earlier runs say.
    Remembered,
    /// A server or an invite as it was typed.
    Server(String),
    /// A server whose fingerprint was compared.
    Trusted {
        address: ServerAddress,
        fingerprint: Fingerprint,
    },
    LogIn {
        username: String,
        password: Password,
    },
    /// Registers, and logs in.
    Register(Box<auboutique_protocol::accounts::Register>),
}

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    Enter(Door),
    LogOut,
    Read {
        ticket: Ticket,
        read: Read,
    },
    Draw(PictureKey),
    Buy {
        product: ProductId,
        price: Money,
    },
    Send(Box<SendMessage>),
    MarkRead(MarkRead),
    /// A listing, with a picture from a file.
    Sell {
        request: Box<Sell>,
        picture: Option<PathBuf>,
    },
    Edit(EditProduct),
    Withdraw(WithdrawProduct),
    /// Looks into a folder.
    Folder(PathBuf),
}
