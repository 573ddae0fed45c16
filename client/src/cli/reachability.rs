//! Whether the server is there, as far as the reader of a command that listens was told: once when it
//! goes and once when it is back, however many attempts lie between.

use crate::Notice;
use crate::cli::failure::Failure;

/// What is said of a connection that was made again.
pub(crate) const BACK: &str = "connected again";

#[derive(Debug, Default)]
pub(crate) struct Reachability {
    /// Why the last attempt to connect failed, while the server is away.
    lost: Option<String>,
}

/// What a notice says of the connection that was not told yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is lost, for this reason.
    Lost(String),
    /// It was made again.
    Back,
}

impl Reachability {
    pub(crate) fn follow(&mut self, notice: &Notice) -> Option<Change> {
        match notice {
            Notice::Lost { reason } => {
                let was_lost = self.lost.replace(reason.clone()).is_some();
                (!was_lost).then(|| Change::Lost(reason.clone()))
            }
            Notice::Event(_) | Notice::Missed => self.lost.take().map(|_| Change::Back),
        }
    }

    /// How a command ends to which nothing more will be told.
    pub(crate) fn end(self) -> Failure {
        match self.lost {
            Some(reason) => Failure::server_lost(&reason),
            None => Failure::log_in_again(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(reason: &str) -> Notice {
        Notice::Lost {
            reason: reason.into(),
        }
    }

    #[test]
    fn a_loss_and_its_end_are_told_once_each() {
        let mut reachability = Reachability::default();
        assert_eq!(reachability.follow(&Notice::Missed), None);
        for _ in 0..2 {
            let gone = Some(Change::Lost("refused".into()));
            assert_eq!(reachability.follow(&lost("refused")), gone);
            assert_eq!(reachability.follow(&lost("refused")), None);
            assert_eq!(reachability.follow(&lost("timed out")), None);
            assert_eq!(reachability.follow(&Notice::Missed), Some(Change::Back));
            assert_eq!(reachability.follow(&Notice::Missed), None);
        }
    }

    #[test]
    fn the_end_is_told_with_the_last_reason() {
        let mut reachability = Reachability::default();
        reachability.follow(&lost("refused"));
        reachability.follow(&lost("not to be trusted"));
        assert_eq!(reachability.end().sentence(), "not to be trusted");
        let ended = Reachability::default().end().sentence();
        assert!(ended.starts_with("the session has ended"), "{ended}");
    }
}
