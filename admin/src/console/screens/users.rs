//! The users, by what was typed, by state, in one of three orders.

pub(crate) mod view;

use std::cmp::Ordering;

use auboutique_client::ui::widgets::form::{Field, Form};
use auboutique_client::ui::widgets::table::Row;
use auboutique_protocol::admin::{UserSort, UserState, UserStateName, UserSummary, Users};
use auboutique_protocol::limits::{PAGE_ITEMS_MAX, SEARCH_CHARACTERS_MAX};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::text::SearchText;
use jiff::tz::TimeZone;

use crate::console::list::{Filter, List, holds, join, optional, typed};
use crate::console::message::Read;

/// The screen.
pub(crate) type UserList = List<UserFilter>;

/// A user in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserRow(pub(crate) UserSummary);

impl Row for UserRow {
    type Key = u64;

    fn key(&self) -> u64 {
        self.0.id
    }
}

impl From<UserSummary> for UserRow {
    fn from(user: UserSummary) -> Self {
        Self(user)
    }
}

/// The name of a state.
pub(crate) const fn state_name(state: &UserState) -> UserStateName {
    match state {
        UserState::Active(_) => UserStateName::Active,
        UserState::Suspended(_) => UserStateName::Suspended,
        UserState::Deleted(_) => UserStateName::Deleted,
    }
}

/// Which users, in which order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct UserFilter {
    pub(crate) text: Option<String>,
    pub(crate) state: Option<UserStateName>,
    pub(crate) sort: UserSort,
}

impl UserFilter {
    /// Those with a text in username, name or e-mail address.
    pub(crate) fn with_text(text: SearchText) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::default()
        }
    }

    /// The same users in the next order.
    pub(crate) fn reordered(&self) -> Self {
        let sort = match self.sort {
            UserSort::Username => UserSort::Newest,
            UserSort::Newest => UserSort::Oldest,
            UserSort::Oldest => UserSort::Username,
        };
        Self {
            sort,
            ..self.clone()
        }
    }
}

const TEXT: &str = "text";
const STATE: &str = "state";
const ORDER: &str = "order";
const ANY: &str = "any";

impl Filter for UserFilter {
    type Item = UserSummary;
    type Row = UserRow;

    fn read(&self, cursor: Option<Cursor>) -> Read {
        Read::Users(Users {
            sort: Some(self.sort),
            text: self.text.clone(),
            state: self.state,
            limit: Some(PAGE_ITEMS_MAX),
            cursor,
        })
    }

    fn admits(&self, UserRow(user): &UserRow) -> bool {
        let texts = [&user.username, &user.name, &user.email];
        let has_text = |text: &String| texts.iter().any(|of| holds(of, text));
        let is_of_state = |state| state == state_name(&user.state);
        self.text.as_ref().is_none_or(has_text) && self.state.is_none_or(is_of_state)
    }

    fn order(&self, UserRow(one): &UserRow, UserRow(other): &UserRow) -> Ordering {
        match self.sort {
            UserSort::Username => one.username.cmp(&other.username),
            UserSort::Newest => other.id.cmp(&one.id),
            UserSort::Oldest => one.id.cmp(&other.id),
        }
    }

    fn form(&self) -> Form {
        let mut text = Field::text(TEXT, "Text", SEARCH_CHARACTERS_MAX)
            .hint("In username, name or e-mail address.");
        text.set(self.text.as_deref().unwrap_or_default());
        let mut state = Field::choice(STATE, "State", &[ANY, "active", "suspended", "deleted"])
            .hint("← and → choose.");
        state.set(&self.state.map_or(ANY.into(), |state| state.to_string()));
        let mut order = Field::choice(ORDER, "Order", &["username", "newest", "oldest"])
            .hint("← and → choose.");
        order.set(&self.sort.to_string());
        Form::new(vec![text, state, order], "Filter")
    }

    fn of_form(form: &Form, _: &TimeZone) -> Result<Self, (&'static str, String)> {
        Ok(Self {
            text: optional(form, TEXT, SearchText::parse)?.map(String::from),
            // Any is none of the states.
            state: typed(form, STATE).and_then(|state| state.parse().ok()),
            sort: form.value(ORDER).parse().unwrap_or_default(),
        })
    }

    fn words(&self) -> String {
        let state = self.state.map(|state| state.to_string());
        let text = self.text.as_ref().map(|text| format!("with “{text}”"));
        join([state, text])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing::samples::user;

    #[test]
    fn what_is_told_is_admitted_as_the_server_would() {
        let filter = UserFilter {
            text: Some("MON".into()),
            state: Some(UserStateName::Active),
            sort: UserSort::Username,
        };
        assert!(filter.admits(&user(1, "mona").into()));
        assert!(!filter.admits(&user(2, "omar").into()));
        let mut suspended = user(1, "mona");
        suspended.state = UserState::Suspended(auboutique_protocol::admin::SuspendedSince {
            since: auboutique_protocol::ids::UnixMillis(0),
            reason: "fraud".into(),
        });
        assert!(!filter.admits(&suspended.into()));
    }

    #[test]
    fn a_form_is_read_as_it_was_made() {
        let filter = UserFilter {
            text: Some("mona".into()),
            state: Some(UserStateName::Suspended),
            sort: UserSort::Newest,
        };
        let read = UserFilter::of_form(&filter.form(), &TimeZone::UTC);
        assert_eq!(read, Ok(filter.clone()));
        assert_eq!(filter.words(), "suspended, with “mona”");
        assert_eq!(UserFilter::default().words(), "");
    }
}
