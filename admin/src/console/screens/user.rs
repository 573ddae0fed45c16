//! Everything about one user, with the ways to what belongs to the user.

pub(crate) mod view;

use auboutique_client::ui::single::Single;
use auboutique_client::ui::ticket::{Ticket, Tickets};
use auboutique_client::ui::widgets::table::Content;
use auboutique_protocol::admin::UserDetail;
use auboutique_protocol::text::Username;

use crate::console::message::{Effect, Read};

/// The screen.
#[derive(Debug)]
pub(crate) struct UserPage {
    username: Username,
    user: Single<UserDetail>,
}

impl UserPage {
    /// A user of whom nothing is known yet.
    pub(crate) const fn new(username: Username) -> Self {
        Self {
            username,
            user: Single::new(),
        }
    }

    pub(crate) const fn username(&self) -> &Username {
        &self.username
    }

    pub(crate) const fn detail(&self) -> Option<&UserDetail> {
        self.user.value()
    }

    pub(crate) const fn content(&self) -> &Content {
        self.user.content()
    }

    /// Reads it.
    pub(crate) fn reload(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        let Some(ticket) = self.user.begin(tickets) else {
            return Vec::new();
        };
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
        if self.user.take(ticket, detail) {
            return self.reload(tickets);
        }
        Vec::new()
    }

    /// It could not be read.
    pub(crate) fn failed(&mut self, ticket: Ticket, reason: &str) {
        self.user.fail(ticket, reason);
    }
}
