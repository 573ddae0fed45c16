//! The server beside what people would use instead: all started as processes of their own, asked the same
//! over TLS in interleaved rounds.
//!
//! The program `compare` drives it. [`Stage`](stage::Stage) starts the servers on the same data,
//! [`client`] speaks to each, [`rounds`] measures, [`checking`] looks at what is kept afterwards, and
//! [`table`] says what it comes to.

pub mod arguments;
pub mod checking;
pub mod client;
pub mod layout;
pub mod load;
pub mod process;
pub mod programs;
pub mod progress;
pub mod rounds;
pub mod run;
pub mod seeding;
pub mod side;
pub mod stage;
pub mod table;

/// Products on a page.
pub const PAGE: u32 = 50;
/// What everything costs, in cents.
pub const PRICE: u64 = 1_250;
/// Buyers that want the same product in a race.
pub const RACERS: u64 = 8;

/// Why there are no figures: for people.
pub type Failure = String;
