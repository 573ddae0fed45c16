//! What administrators did, by who did it and to whom.

pub(crate) mod view;

use std::cmp::{Ordering, Reverse};

use auboutique_certs::AdminName;
use auboutique_client::ui::widgets::form::{Field, Form};
use auboutique_client::ui::widgets::table::Row;
use auboutique_protocol::admin::{Audit, AuditEntry};
use auboutique_protocol::limits::{
    ADMIN_NAME_CHARACTERS_MAX, PAGE_ITEMS_MAX, USERNAME_CHARACTERS_MAX,
};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::text::Username;
use jiff::tz::TimeZone;

use crate::console::list::{Filter, List, join, optional};
use crate::console::message::Read;

/// The screen.
pub(crate) type AuditList = List<AuditFilter>;

/// An entry in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditRow(pub(crate) AuditEntry);

impl Row for AuditRow {
    type Key = u64;

    fn key(&self) -> u64 {
        self.0.number
    }
}

impl From<AuditEntry> for AuditRow {
    fn from(entry: AuditEntry) -> Self {
        Self(entry)
    }
}

/// Which entries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AuditFilter {
    actor: Option<String>,
    username: Option<String>,
}

const ACTOR: &str = "actor";
const USER: &str = "user";

impl Filter for AuditFilter {
    type Item = AuditEntry;
    type Row = AuditRow;

    fn read(&self, cursor: Option<Cursor>) -> Read {
        Read::Audit(Audit {
            actor: self.actor.clone(),
            username: self.username.clone(),
            limit: Some(PAGE_ITEMS_MAX),
            cursor,
        })
    }

    fn admits(&self, AuditRow(entry): &AuditRow) -> bool {
        self.actor.as_ref().is_none_or(|name| *name == entry.actor)
            && (self.username.is_none() || self.username == entry.username)
    }

    fn order(&self, AuditRow(one): &AuditRow, AuditRow(other): &AuditRow) -> Ordering {
        Reverse(one.number).cmp(&Reverse(other.number))
    }

    fn form(&self) -> Form {
        let mut actor = Field::text(ACTOR, "By", ADMIN_NAME_CHARACTERS_MAX)
            .hint("An administrator, by the name of the certificate.");
        actor.set(self.actor.as_deref().unwrap_or_default());
        let mut user = Field::text(USER, "To", USERNAME_CHARACTERS_MAX)
            .hint("A user, or the owner of a product.");
        user.set(self.username.as_deref().unwrap_or_default());
        Form::new(vec![actor, user], "Filter")
    }

    fn of_form(form: &Form, _: &TimeZone) -> Result<Self, (&'static str, String)> {
        let actor = optional(form, ACTOR, str::parse::<AdminName>)?;
        Ok(Self {
            actor: actor.map(|name| name.to_string()),
            username: optional(form, USER, Username::parse)?.map(String::from),
        })
    }

    fn words(&self) -> String {
        join([
            self.actor.as_ref().map(|name| format!("by {name}")),
            self.username.as_ref().map(|name| format!("to {name}")),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing::samples::entry;

    #[test]
    fn a_form_is_read_as_it_was_made_and_admits_what_it_says() {
        let filter = AuditFilter {
            actor: Some("ops".into()),
            username: Some("mona".into()),
        };
        let read = AuditFilter::of_form(&filter.form(), &TimeZone::UTC);
        assert_eq!(read, Ok(filter.clone()));
        assert_eq!(filter.words(), "by ops, to mona");
        assert!(filter.admits(&entry(1, "ops", "mona").into()));
        assert!(!filter.admits(&entry(1, "ops", "omar").into()));
        assert!(!filter.admits(&entry(1, "desk", "mona").into()));
    }
}
