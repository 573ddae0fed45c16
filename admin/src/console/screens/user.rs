//! Everything about one user, with the ways to what belongs to the user.

pub(crate) mod view;

use auboutique_client::ui::ticket::{Ticket, Tickets};
use auboutique_client::ui::widgets::table::Content;
use auboutique_protocol::admin::UserDetail;
use auboutique_protocol::text::Username;

use crate::console::message::{Effect, Read};

/// The screen.
#[derive(Debug)]
pub(crate) struct UserPage {
    username: Username,
    detail: Option<UserDetail>,
    content: Content,
    awaited: Option<Ticket>,
    /// Something happened while it was being read: once more.
    is_outdated: bool,
}

impl UserPage {
    /// A user of whom nothing is known yet.
    pub(crate) const fn new(username: Username) -> Self {
        Self {
            username,
            detail: None,
            content: Content::Loading,
            awaited: None,
            is_outdated: false,
        }
    }

    pub(crate) const fn username(&self) -> &Username {
        &self.username
    }

    pub(crate) const fn detail(&self) -> Option<&UserDetail> {
        self.detail.as_ref()
    }

    pub(crate) const fn content(&self) -> &Content {
        &self.content
    }

    /// Reads it. One read at a time, however much happens.
    pub(crate) fn reload(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        if self.awaited.is_some() {
            self.is_outdated = true;
            return Vec::new();
        }
        let ticket = tickets.next();
        self.awaited = Some(ticket);
        if self.detail.is_none() {
            self.content = Content::Loading;
        }
        let read = Read::User(self.username.clone());
        vec![Effect::Read { ticket, read }]
    }

    /// Takes it, if it is what is waited for.
    pub(crate) fn found(
        &mut self,
        ticket: Ticket,
        detail: UserDetail,
        tickets: &mut Tickets,
    ) -> Vec<Effect> {
        if self.awaited.take_if(|awaited| *awaited == ticket).is_none() {
            return Vec::new();
        }
        self.detail = Some(detail);
        self.content = Content::Ready;
        if std::mem::take(&mut self.is_outdated) {
            return self.reload(tickets);
        }
        Vec::new()
    }

    /// It could not be read.
    pub(crate) fn failed(&mut self, ticket: Ticket, reason: &str) {
        if self.awaited.take_if(|awaited| *awaited == ticket).is_some() {
            self.is_outdated = false;
            self.content = Content::Failed(reason.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing::samples::detail;

    #[test]
    fn however_much_happens_it_is_read_once_more() {
        let mut tickets = Tickets::default();
        let mut page = UserPage::new(Username::parse("mona").expect("a username"));
        let asked = page.reload(&mut tickets);
        let [Effect::Read { ticket, .. }] = asked[..] else {
            panic!("one read: {asked:?}");
        };
        assert_eq!(page.reload(&mut tickets), []);
        assert_eq!(page.reload(&mut tickets), []);
        assert_eq!(page.found(ticket, detail("mona"), &mut tickets).len(), 1);
        assert_eq!(page.found(ticket, detail("omar"), &mut tickets), []);
        assert_eq!(page.detail(), Some(&detail("mona")));
    }
}
