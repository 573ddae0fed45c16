//! Tickets for what is asked for: an answer under another ticket than the latest is too late.

/// A number of something that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Ticket(u64);

/// Hands out tickets.
#[derive(Debug, Default)]
pub struct Tickets(u64);

impl Tickets {
    /// One that nobody had before.
    pub const fn next(&mut self) -> Ticket {
        self.0 += 1;
        Ticket(self.0)
    }
}
