//! The two tables of requests, members' and admins': what each is called, who may send it, whether it
//! may be repeated, and what answers it.
//!
//! Everything that goes through all requests is made from these tables: the decoders that the server
//! dispatches on, the SDK's typed `call`, the access check, the retry rule, the vectors. The two have
//! nothing in common but the macro: the member listener cannot even decode a request of an admin.

use serde::Serialize;
use serde::de::DeserializeOwned;

use self::Access::{Anyone, Member};
use self::Repeat::{Never, Safe, SameKey};
use crate::codec::{self, DecodeError};
use crate::{accounts, admin, catalog, chat, event, presence, purchases};

/// Who may send a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, logged in or not.
    Anyone,
    /// Logged-in users.
    Member,
}

/// Whether a client may send a request again when its answer got lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Yes: it changes nothing, or the second time changes nothing more.
    Safe,
    /// Yes, with the same key.
    SameKey,
    /// No: a person decides.
    Never,
}

/// A request of the member listener with its reply.
pub trait Call: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What answers it.
    type Reply: Serialize + DeserializeOwned + Send + 'static;
    /// Its row of the table.
    const ROW: Row;
    /// Its name on the wire.
    const NAME: &'static str = Self::ROW.name;
    /// Who may send it.
    const ACCESS: Access = Self::ROW.access;
    /// Whether it may be sent again.
    const REPEAT: Repeat = Self::ROW.repeat;
}

/// A request of the admin listener with its reply. Apart from [`Call`], so that a client of one
/// listener cannot send a request of the other.
pub trait AdminRequest: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What answers it.
    type Reply: Serialize + DeserializeOwned + Send + 'static;
    /// Its row of the table.
    const ROW: AdminRow;
    /// Its name on the wire.
    const NAME: &'static str = Self::ROW.name;
    /// Whether it may be sent again.
    const REPEAT: Repeat = Self::ROW.repeat;
}

/// A row of the members' table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The request's name on the wire.
    pub name: &'static str,
    /// Who may send it.
    pub access: Access,
    /// Whether it may be sent again.
    pub repeat: Repeat,
}

impl Row {
    const fn new(name: &'static str, access: Access, repeat: Repeat) -> Self {
        Self {
            name,
            access,
            repeat,
        }
    }
}

/// A row of the admins' table. Who holds a certificate on the list may send all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdminRow {
    /// The request's name on the wire.
    pub name: &'static str,
    /// Whether it may be sent again.
    pub repeat: Repeat,
}

impl AdminRow {
    const fn new(name: &'static str, repeat: Repeat) -> Self {
        Self { name, repeat }
    }
}

/// Why a request could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No request has this name.
    #[error("no such request")]
    Unknown,
    /// The body does not have the request's shape.
    #[error("malformed request: {0}")]
    Malformed(#[from] DecodeError),
}

macro_rules! calls {
    ($(#[$documentation:meta])* $table:ident: $call:ident, $row:ident;
     $($area:ident::$request:ident -> $reply:ident = $name:literal, $($column:ident),+;)+) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $table {
            $(#[doc = concat!("`", $name, "`")] $request($area::$request),)+
        }

        $(impl $call for $area::$request {
            type Reply = $area::$reply;
            const ROW: $row = $row::new($name, $($column),+);
        })+

        impl $table {
            /// All rows, in the order of docs/PROTOCOL.md.
            pub const TABLE: &'static [$row] = &[$(<$area::$request as $call>::ROW),+];

            /// Decodes the body of the request with this name.
            ///
            /// # Errors
            /// No such request, or a body that does not have its shape.
            pub fn decode(name: &str, body: &[u8]) -> Result<Self, CallError> {
                match name {
                    $($name => Ok(Self::$request(codec::decode(body)?)),)+
                    _ => Err(CallError::Unknown),
                }
            }

            /// The row of this request.
            #[must_use]
            pub fn row(&self) -> $row {
                match self { $(Self::$request(_) => <$area::$request as $call>::ROW,)+ }
            }

            /// The place of its row in [`Self::TABLE`], counted from 0.
            #[must_use]
            pub fn position(&self) -> usize {
                enum Position { $($request),+ }
                match self { $(Self::$request(_) => Position::$request as usize,)+ }
            }

            /// The body as it was sent: decoding and encoding are inverse on our CBOR subset.
            #[must_use]
            pub fn encode_body(&self) -> Vec<u8> {
                match self { $(Self::$request(request) => codec::encode(request),)+ }
            }
        }
    };
}

calls! {
    /// A decoded request of the member listener.
    MemberCall: Call, Row;

    accounts::Register -> Registered = "register", Anyone, Never;
    accounts::Login -> LoggedIn = "login", Anyone, Safe;
    accounts::Resume -> Profile = "resume", Anyone, Safe;
    accounts::Ping -> Pong = "ping", Anyone, Safe;
    accounts::Logout -> LoggedOut = "logout", Member, Safe;
    accounts::WhoAmI -> Profile = "whoami", Member, Safe;
    catalog::ListProducts -> ProductPage = "list_products", Member, Safe;
    catalog::ShowProduct -> ProductDetail = "show_product", Member, Safe;
    catalog::Picture -> PictureData = "picture", Member, Safe;
    catalog::ListSellers -> SellerPage = "list_sellers", Member, Safe;
    catalog::Sell -> Listed = "sell", Member, SameKey;
    purchases::Buy -> Confirmation = "buy", Member, SameKey;
    purchases::MyPurchases -> PurchasePage = "my_purchases", Member, Safe;
    purchases::MySales -> SalePage = "my_sales", Member, Safe;
    catalog::EditProduct -> ProductDetail = "edit_product", Member, Safe;
    catalog::WithdrawProduct -> ProductWithdrawn = "withdraw_product", Member, Safe;
    presence::Presence -> Online = "presence", Member, Safe;
    accounts::ChangePassword -> PasswordChanged = "change_password", Member, Never;
    accounts::MyQuota -> Quotas = "my_quota", Member, Safe;
    accounts::ExportAccount -> AccountExport = "export_account", Member, Safe;
    accounts::DeleteAccount -> AccountDeleted = "delete_account", Member, Never;
    chat::SendMessage -> MessageSent = "send_message", Member, SameKey;
    chat::Conversations -> ConversationPage = "conversations", Member, Safe;
    chat::History -> HistoryPage = "history", Member, Safe;
    chat::MarkRead -> MarkedRead = "mark_read", Member, Safe;
    event::Watch -> Watching = "watch", Member, Safe;
}

calls! {
    /// A decoded request of the admin listener.
    AdminCall: AdminRequest, AdminRow;

    accounts::Ping -> Pong = "ping", Safe;
    admin::Users -> UserPage = "users", Safe;
    admin::User -> UserDetail = "user", Safe;
    admin::Sessions -> ConnectionPage = "sessions", Safe;
    admin::Sales -> SalePage = "sales", Safe;
    admin::Products -> ProductPage = "products", Safe;
    admin::Statistics -> StatisticsReport = "statistics", Safe;
    admin::Audit -> AuditPage = "audit", Safe;
    admin::Disconnect -> SessionsEnded = "disconnect", Never;
    admin::Suspend -> UserSuspended = "suspend", Never;
    admin::Reinstate -> UserReinstated = "reinstate", Never;
    admin::ResetPassword -> PasswordReset = "reset_password", Never;
    admin::RemoveProduct -> ProductRemoved = "remove_product", Never;
    admin::Announce -> Announced = "announce", Never;
    admin::Watch -> Watching = "watch", Safe;
}
