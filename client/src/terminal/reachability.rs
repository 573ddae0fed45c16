//! Whether the server is there, as far as the reader of a command that listens was told: once when it
//! goes and once when it is back, however many attempts lie between.

/// What is said of a connection that was made again.
pub const BACK: &str = "connected again";

/// What the reader knows of the connection.
#[derive(Debug, Default)]
pub struct Reachability {
    /// Why the last attempt to connect failed, while the server is away.
    lost: Option<String>,
}

/// What there is to say of the connection that was not told yet.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    /// It is lost, for this reason.
    Lost(String),
    /// It was made again.
    Back,
}

impl Reachability {
    /// An attempt to connect has failed.
    pub fn lost(&mut self, reason: &str) -> Option<Change> {
        let was_lost = self.lost.replace(reason.to_owned()).is_some();
        (!was_lost).then(|| Change::Lost(reason.to_owned()))
    }

    /// Something was heard of the server.
    pub fn heard(&mut self) -> Option<Change> {
        self.lost.take().map(|_| Change::Back)
    }

    /// Why the server is away, if it is.
    #[must_use]
    pub fn reason(self) -> Option<String> {
        self.lost
    }
}
