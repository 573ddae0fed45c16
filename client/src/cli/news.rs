//! News for the person that come beside the result of a command: what was bought from them, and what
//! the operators have to say. They are printed on standard error when the command is done.

use auboutique_protocol::event::{Announcement, Event, YourProductSold};
use auboutique_protocol::text::term_safe;

use crate::terminal::output::Output;
use crate::{Client, Events, Notice};

/// Collects news from the moment it is made, and prints them when dropped.
#[derive(Debug)]
pub(crate) struct News {
    events: Events,
    out: Output,
}

impl News {
    /// Listens to a client on which nobody has logged in yet, so that nothing is missed.
    pub(crate) fn listen(client: &Client, out: Output) -> Self {
        Self {
            events: client.events(),
            out,
        }
    }
}

impl Drop for News {
    fn drop(&mut self) {
        while let Some(notice) = self.events.try_next() {
            match notice {
                Notice::Event(Event::YourProductSold(sale)) => self.out.note(&sold(&sale)),
                Notice::Event(Event::Announcement(event)) => self.out.note(&announced(&event)),
                Notice::Event(_) | Notice::Missed | Notice::Lost { .. } => {}
            }
        }
    }
}

/// A sale, to its seller.
pub(crate) fn sold(sale: &YourProductSold) -> String {
    format!(
        "{} has bought your {} (#{}) for {}, and collects it on {}.",
        term_safe(&sale.buyer),
        term_safe(&sale.name),
        sale.product,
        sale.price,
        term_safe(&sale.collect_on),
    )
}

/// A word from the operators.
pub(crate) fn announced(announcement: &Announcement) -> String {
    format!("The market announces: {}", term_safe(&announcement.text))
}
