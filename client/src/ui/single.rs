//! One thing that is read as a whole, such as everything about a product: one read at a time, however much
//! happens to it meanwhile, and once more after that.

use crate::ui::ticket::{Ticket, Tickets};
use crate::ui::widgets::table::Content;

/// The thing, as far as it was read.
#[derive(Debug)]
pub struct Single<T> {
    value: Option<T>,
    content: Content,
    awaited: Option<Ticket>,
    /// Something happened while it was being read: once more.
    is_outdated: bool,
}

impl<T> Default for Single<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Single<T> {
    /// Nothing was read yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            value: None,
            content: Content::Loading,
            awaited: None,
            is_outdated: false,
        }
    }

    /// What was read last.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// What was read last, to be changed by what is told.
    pub const fn value_mut(&mut self) -> Option<&mut T> {
        self.value.as_mut()
    }

    /// What is to be said of it.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.content
    }

    /// It is to be read. Returns the ticket of the read that should begin; none while one is on its way.
    pub fn begin(&mut self, tickets: &mut Tickets) -> Option<Ticket> {
        if self.awaited.is_some() {
            self.is_outdated = true;
            return None;
        }
        let ticket = tickets.next();
        self.awaited = Some(ticket);
        if self.value.is_none() {
            self.content = Content::Loading;
        }
        Some(ticket)
    }

    /// Takes it, if it is what is waited for. Returns whether it should be read once more.
    pub fn take(&mut self, ticket: Ticket, value: T) -> bool {
        if self.awaited.take_if(|awaited| *awaited == ticket).is_none() {
            return false;
        }
        self.value = Some(value);
        self.content = Content::Ready;
        std::mem::take(&mut self.is_outdated)
    }

    /// It could not be read, if it is what is waited for.
    pub fn fail(&mut self, ticket: Ticket, reason: &str) {
        if self.awaited.take_if(|awaited| *awaited == ticket).is_some() {
            self.is_outdated = false;
            self.content = Content::Failed(reason.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_much_happens_it_is_read_once_more() {
        let (mut single, mut tickets) = (Single::new(), Tickets::default());
        let ticket = single.begin(&mut tickets).expect("a first read");
        assert_eq!(single.begin(&mut tickets), None);
        assert_eq!(single.begin(&mut tickets), None);
        assert!(single.take(ticket, 'a'));
        assert!(!single.take(ticket, 'b'), "it came already");
        assert_eq!(single.value(), Some(&'a'));
        let again = single.begin(&mut tickets).expect("a second read");
        single.fail(ticket, "too late");
        assert_eq!(*single.content(), Content::Ready);
        single.fail(again, "lost");
        assert_eq!(*single.content(), Content::Failed("lost".into()));
        assert_eq!(single.value(), Some(&'a'), "what was read stays");
    }
}
