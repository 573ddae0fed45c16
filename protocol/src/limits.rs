//! Every bound of the wire contract, with its unit in its name.
//!
//! Both ends enforce these, and the tests probe each at its edge. A server may be configured to be
//! stricter, never to be more generous: it says so in its hello (see [`crate::hello::Limits`]).

/// Protocol versions this crate speaks, lowest and highest.
pub const VERSION_MIN: u32 = 1;
/// See [`VERSION_MIN`].
pub const VERSION_MAX: u32 = 1;

/// Longest frame body before login.
pub const FRAME_BYTES_MAX_ANONYMOUS: usize = 4 * 1024;
/// Longest frame body after login, and of every frame that a server sends.
pub const FRAME_BYTES_MAX: usize = 1024 * 1024;
/// Deepest nesting of arrays and maps in a frame; the outermost map is depth 1.
pub const CBOR_DEPTH_MAX: usize = 16;
/// Most data items in a frame: every container, key and value counts as one.
pub const CBOR_ITEMS_MAX: usize = 4096;
/// Most requests of one connection that may await their answer; beyond that the server stops reading.
pub const IN_FLIGHT_REQUESTS_MAX: usize = 16;

/// Longest agent text in a hello ("auboutique/0.1.0").
pub const AGENT_CHARACTERS_MAX: usize = 64;
/// Shortest username.
pub const USERNAME_CHARACTERS_MIN: usize = 3;
/// Longest username.
pub const USERNAME_CHARACTERS_MAX: usize = 32;
/// Longest name of a person.
pub const NAME_CHARACTERS_MAX: usize = 100;
/// Longest e-mail address (RFC 5321 §4.5.3.1.3 less the angle brackets).
pub const EMAIL_BYTES_MAX: usize = 254;
/// Longest password, after normalisation.
pub const PASSWORD_CHARACTERS_MAX: usize = 128;
/// Shortest password unless a server asks for more (NIST SP 800-63B-4 §3.1.1.1, single factor).
pub const PASSWORD_CHARACTERS_MIN: usize = 15;
/// Length of a session token.
pub const TOKEN_BYTES: usize = 32;
/// Length of a key that makes a write repeatable (UUIDv7 recommended).
pub const KEY_BYTES: usize = 16;

/// Longest product name.
pub const PRODUCT_NAME_CHARACTERS_MAX: usize = 120;
/// Longest product description.
pub const DESCRIPTION_CHARACTERS_MAX: usize = 4000;
/// Longest description excerpt in a list item.
pub const EXCERPT_CHARACTERS_MAX: usize = 160;
/// Longest encoded list item; the excerpt is cut further where needed.
pub const LIST_ITEM_BYTES_MAX: usize = 1024;
/// Longest text to search for.
pub const SEARCH_CHARACTERS_MAX: usize = 200;
/// Longest chat message.
pub const MESSAGE_CHARACTERS_MAX: usize = 2000;
/// Longest category name.
pub const CATEGORY_CHARACTERS_MAX: usize = 32;
/// Largest picture that `sell` accepts and that `picture` returns.
pub const PICTURE_BYTES_MAX: usize = 768 * 1024;
/// Widest and tallest picture that `sell` accepts.
pub const PICTURE_SIDE_PIXELS_MAX: u32 = 4096;
/// Highest price in minor units: ten million dollars in cents.
pub const PRICE_MINOR_MAX: u64 = 1_000_000_000;

/// Most items of one page.
pub const PAGE_ITEMS_MAX: u32 = 100;
/// Items of a page when the request names no limit.
pub const PAGE_ITEMS_DEFAULT: u32 = 50;
/// Most users that one presence request may ask for.
pub const PRESENCE_NAMES_MAX: usize = 100;
/// Most products, and most users, that one event names. That many products as a list shows them stay
/// below [`CBOR_ITEMS_MAX`].
pub const EVENT_ITEMS_MAX: usize = 128;
/// Longest page cursor.
pub const CURSOR_BYTES_MAX: usize = 64;

/// Longest reason that an administrator gives.
pub const REASON_CHARACTERS_MAX: usize = 200;
/// Longest announcement.
pub const ANNOUNCEMENT_CHARACTERS_MAX: usize = 500;
/// Longest name of an administrator's certificate.
pub const ADMIN_NAME_CHARACTERS_MAX: usize = 32;
/// Most points of a series of statistics.
pub const SERIES_POINTS_MAX: usize = 60;

/// Most combining marks on one base character in free text.
pub const COMBINING_MARKS_MAX: usize = 4;
/// Most characters that one grapheme cluster of free text may hold (a family emoji holds seven).
pub const GRAPHEME_CHARACTERS_MAX: usize = 12;
