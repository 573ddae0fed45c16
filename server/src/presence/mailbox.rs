//! What other parts of the server leave for one connection: events on their way to its client, and
//! the word that its session ends.
//!
//! Whoever leaves something never waits: the queue is bounded, and a client that does not take its
//! events in time is told to read the state again, and is cut off when even that does not help.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::{Ending, lock};

/// Most events that wait for a connection.
pub(crate) const QUEUE_FRAMES_MAX: usize = 256;
/// Most bytes of events that wait for a connection.
pub(crate) const QUEUE_BYTES_MAX: usize = 1024 * 1024;

/// See the module's description.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    mail: Mutex<Mail>,
    arrival: Notify,
}

#[derive(Debug, Default)]
struct Mail {
    ending: Option<Ending>,
    /// Events were dropped, and the client does not know yet.
    resync: bool,
    events: VecDeque<Arc<[u8]>>,
    bytes: usize,
}

/// What a connection takes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Letter {
    /// Events were dropped before those that follow.
    Resync,
    /// An encoded event.
    Event(Arc<[u8]>),
}

impl Mailbox {
    /// Leaves an encoded event. When the queue is full, what waits in it is dropped; when it is full
    /// again before the client could be told of that, the session ends.
    pub(crate) fn leave(&self, event: Arc<[u8]>) {
        let mut mail = lock(&self.mail);
        if mail.ending.is_some() {
            return;
        }
        let is_full =
            mail.events.len() >= QUEUE_FRAMES_MAX || mail.bytes + event.len() > QUEUE_BYTES_MAX;
        if is_full {
            mail.events = VecDeque::new();
            mail.bytes = 0;
            if mail.resync {
                mail.ending = Some(Ending::SlowConsumer);
            }
            mail.resync = true;
        } else {
            mail.bytes += event.len();
            mail.events.push_back(event);
        }
        drop(mail);
        self.arrival.notify_one();
    }

    /// Says that the session is to end. What was said first stands.
    pub(crate) fn end(&self, ending: Ending) {
        lock(&self.mail).ending.get_or_insert(ending);
        self.arrival.notify_one();
    }

    /// Whether and why the session is to end.
    pub(crate) fn ending(&self) -> Option<Ending> {
        lock(&self.mail).ending.clone()
    }

    /// How many events wait.
    pub(crate) fn depth(&self) -> u64 {
        lock(&self.mail).events.len() as u64
    }

    /// Takes the next event out.
    pub(crate) fn take(&self) -> Option<Letter> {
        let mut mail = lock(&self.mail);
        if std::mem::take(&mut mail.resync) {
            return Some(Letter::Resync);
        }
        let event = mail.events.pop_front()?;
        mail.bytes -= event.len();
        Some(Letter::Event(event))
    }

    /// Waits until there is something to take out, or the session is to end. One task waits.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn arrived(&self) {
        while lock(&self.mail).is_empty() {
            // A permit is kept when nobody waits, so nothing is missed between the two lines.
            self.arrival.notified().await;
        }
    }
}

impl Mail {
    fn is_empty(&self) -> bool {
        self.ending.is_none() && !self.resync && self.events.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(bytes: usize) -> Arc<[u8]> {
        vec![0; bytes].into()
    }

    #[test]
    fn events_come_out_in_the_order_in_which_they_were_left() {
        let mailbox = Mailbox::default();
        for bytes in [1, 2, 3] {
            mailbox.leave(event(bytes));
        }
        for bytes in [1, 2, 3] {
            assert_eq!(mailbox.take(), Some(Letter::Event(event(bytes))));
        }
        assert_eq!(mailbox.take(), None);
    }

    #[test]
    fn the_frame_beyond_the_last_that_fits_drops_all_for_one_resync() {
        let mailbox = Mailbox::default();
        for _ in 0..QUEUE_FRAMES_MAX {
            mailbox.leave(event(1));
        }
        assert!(!lock(&mailbox.mail).resync);
        mailbox.leave(event(1));
        mailbox.leave(event(2));
        assert_eq!(mailbox.take(), Some(Letter::Resync));
        assert_eq!(mailbox.take(), Some(Letter::Event(event(2))));
        assert_eq!(mailbox.take(), None);
        assert_eq!(mailbox.ending(), None);
    }

    #[test]
    fn the_byte_beyond_the_last_that_fits_drops_all_for_one_resync() {
        let mailbox = Mailbox::default();
        mailbox.leave(event(QUEUE_BYTES_MAX - 1));
        mailbox.leave(event(1));
        assert!(!lock(&mailbox.mail).resync);
        mailbox.leave(event(1));
        assert_eq!(mailbox.take(), Some(Letter::Resync));
        assert_eq!(mailbox.take(), None);
        // What was taken out makes room.
        mailbox.leave(event(QUEUE_BYTES_MAX));
        assert_eq!(mailbox.take(), Some(Letter::Event(event(QUEUE_BYTES_MAX))));
    }

    #[test]
    fn a_queue_that_overflows_again_before_the_resync_is_taken_ends_the_session() {
        let mailbox = Mailbox::default();
        for _ in 0..2 * QUEUE_FRAMES_MAX + 1 {
            mailbox.leave(event(1));
        }
        assert_eq!(mailbox.ending(), None);
        mailbox.leave(event(1));
        assert_eq!(mailbox.ending(), Some(Ending::SlowConsumer));
        for _ in 0..10_000 {
            mailbox.leave(event(1_000));
        }
        assert!(lock(&mailbox.mail).events.is_empty());
    }

    #[test]
    fn a_client_that_takes_each_resync_is_not_cut_off() {
        let mailbox = Mailbox::default();
        for _ in 0..5 {
            for _ in 0..=QUEUE_FRAMES_MAX {
                mailbox.leave(event(1));
            }
            assert_eq!(mailbox.take(), Some(Letter::Resync));
        }
        assert_eq!(mailbox.ending(), None);
    }
}
