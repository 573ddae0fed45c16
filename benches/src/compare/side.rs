//! Who is compared.

/// A server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// AUBoutique.
    Ours,
    /// axum, JSON, and a pool of SQLite connections.
    Axum,
    /// tonic and the same pool.
    Tonic,
    /// axum over our store and catalog.
    AxumStore,
}

impl Side {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Ours, Self::Axum, Self::Tonic, Self::AxumStore];

    /// For people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours => "AUBoutique",
            Self::Axum => "axum + JSON + sqlx pool",
            Self::Tonic => "tonic + sqlx pool",
            Self::AxumStore => "axum over our store",
        }
    }

    /// The program.
    #[must_use]
    pub const fn program(self) -> &'static str {
        match self {
            Self::Ours => "auboutique-server",
            Self::Axum => "axum-pool",
            Self::Tonic => "tonic-pool",
            Self::AxumStore => "axum-store",
        }
    }

    /// Whether it keeps its data as our store does.
    #[must_use]
    pub const fn has_our_store(self) -> bool {
        matches!(self, Self::Ours | Self::AxumStore)
    }
}
