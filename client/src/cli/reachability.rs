//! What a command that listens tells of the connection, from what the library tells.

use crate::Notice;
use crate::cli::failure::Failure;
use crate::terminal::reachability::{Change, Reachability};

impl Reachability {
    pub(crate) fn follow(&mut self, notice: &Notice) -> Option<Change> {
        match notice {
            Notice::Lost { reason, .. } => self.lost(reason),
            Notice::Event(_) | Notice::Missed => self.heard(),
        }
    }

    /// How a command ends to which nothing more will be told.
    pub(crate) fn end(self) -> Failure {
        match self.reason() {
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
            pause: std::time::Duration::ZERO,
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
