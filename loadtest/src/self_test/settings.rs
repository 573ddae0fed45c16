//! How large a simulated run is, and what goes wrong in it besides the planted fault.

/// The size and the troubles of a simulated run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How many actors there are; at least two.
    pub actors: u32,
    /// How many calls each of them makes.
    pub calls: u32,
    /// How many of a hundred answers are lost.
    pub lost_percent: u32,
    /// How often the server is killed.
    pub crashes: u32,
    /// Whether the database is read after each crash and in the end.
    pub ledgers: bool,
    /// Whether sellers, buyers and readers look in the end.
    pub views: bool,
    /// Whether somebody who is not an actor buys as well. Where nothing is read in the end nobody can
    /// know of them, so then nobody does.
    pub strangers: bool,
}

impl Default for Settings {
    /// A run in which every fault has its occasions.
    fn default() -> Self {
        Self {
            actors: 10,
            calls: 60,
            lost_percent: 8,
            crashes: 3,
            ledgers: true,
            views: true,
            strangers: false,
        }
    }
}
