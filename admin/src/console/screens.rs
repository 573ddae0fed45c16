//! The screens. Each has its state and what changes it in its own file, and how it looks in `view`.

pub(crate) mod audit;
pub(crate) mod overview;
pub(crate) mod products;
pub(crate) mod sales;
pub(crate) mod sessions;
pub(crate) mod user;
pub(crate) mod users;

use auboutique_protocol::text::Username;

/// A screen that a digit shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Overview,
    Users,
    Sessions,
    Sales,
    Products,
    Audit,
}

impl Tab {
    /// In the order of their digits.
    pub(crate) const ALL: [Self; 6] = [
        Self::Overview,
        Self::Users,
        Self::Sessions,
        Self::Sales,
        Self::Products,
        Self::Audit,
    ];

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Users => "Users",
            Self::Sessions => "Sessions",
            Self::Sales => "Sales",
            Self::Products => "Products",
            Self::Audit => "Audit",
        }
    }

    /// Its place among all.
    pub(crate) fn index(self) -> usize {
        let place = Self::ALL.iter().position(|tab| *tab == self);
        place.unwrap_or_default()
    }

    /// The one so many places further, around the end.
    pub(crate) fn step(self, places: usize) -> Self {
        Self::ALL[(self.index() + places) % Self::ALL.len()]
    }
}

/// What is shown: one of the screens, or everything about a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Tab(Tab),
    User(Username),
}
