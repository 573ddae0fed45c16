//! The screens. Each has its state and what changes it in its own file, and how it looks in `view`.

pub(crate) mod browse;
pub(crate) mod chat;
pub(crate) mod mine;
pub(crate) mod product;
pub(crate) mod sell;
pub(crate) mod view;
pub(crate) mod welcome;

use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::Username;

/// A screen that a digit shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Browse,
    Sell,
    Mine,
    Chat,
}

impl Tab {
    /// In the order of their digits.
    pub(crate) const ALL: [Self; 4] = [Self::Browse, Self::Sell, Self::Mine, Self::Chat];

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Browse => "Browse",
            Self::Sell => "Sell",
            Self::Mine => "My things",
            Self::Chat => "Chat",
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

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Before one is in the market.
    Welcome,
    Tab(Tab),
    /// Everything about a product.
    Product(ProductId),
    /// A conversation.
    Talk(Username),
}
