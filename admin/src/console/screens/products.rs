//! The products in any state, by name, owner and state.

pub(crate) mod view;

use std::cmp::{Ordering, Reverse};

use auboutique_client::ui::widgets::form::{Field, Form};
use auboutique_client::ui::widgets::table::Row;
use auboutique_protocol::admin::{Product, ProductState, ProductStateName, Products};
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::limits::{PAGE_ITEMS_MAX, SEARCH_CHARACTERS_MAX, USERNAME_CHARACTERS_MAX};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::text::{SearchText, Username};
use jiff::tz::TimeZone;

use crate::console::list::{Filter, List, holds, join, optional, typed};
use crate::console::message::Read;

/// The screen.
pub(crate) type ProductList = List<ProductFilter>;

/// A product in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProductRow {
    pub(crate) product: Product,
    /// It was told that the product went off the market, and not by which way.
    pub(crate) is_gone: bool,
}

impl Row for ProductRow {
    type Key = ProductId;

    fn key(&self) -> ProductId {
        self.product.id
    }
}

impl From<Product> for ProductRow {
    fn from(product: Product) -> Self {
        Self {
            product,
            is_gone: false,
        }
    }
}

impl ProductRow {
    /// The name of its state.
    pub(crate) const fn state(&self) -> ProductStateName {
        match &self.product.state {
            ProductState::ForSale(_) => ProductStateName::ForSale,
            ProductState::Hidden(_) => ProductStateName::Hidden,
            ProductState::Sold(_) => ProductStateName::Sold,
            ProductState::Withdrawn(_) => ProductStateName::Withdrawn,
            ProductState::Removed(_) => ProductStateName::Removed,
        }
    }

    /// Who bought it.
    pub(crate) fn buyer(&self) -> Option<&str> {
        match &self.product.state {
            ProductState::Sold(sold) => Some(&sold.buyer),
            ProductState::ForSale(_)
            | ProductState::Hidden(_)
            | ProductState::Withdrawn(_)
            | ProductState::Removed(_) => None,
        }
    }
}

/// Which products.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ProductFilter {
    text: Option<String>,
    owner: Option<String>,
    state: Option<ProductStateName>,
}

impl ProductFilter {
    /// Those of a user.
    pub(crate) fn of_owner(user: &Username) -> Self {
        Self {
            owner: Some(user.as_str().to_owned()),
            ..Self::default()
        }
    }

    /// Those with a text in their name.
    pub(crate) fn with_text(text: SearchText) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::default()
        }
    }
}

const TEXT: &str = "text";
const OWNER: &str = "owner";
const STATE: &str = "state";
const STATES: [&str; 6] = ["any", "for sale", "hidden", "sold", "withdrawn", "removed"];

/// A state for people.
pub(crate) fn state_words(state: ProductStateName) -> String {
    state.to_string().replace('_', " ")
}

impl Filter for ProductFilter {
    type Item = Product;
    type Row = ProductRow;

    fn read(&self, cursor: Option<Cursor>) -> Read {
        Read::Products(Products {
            text: self.text.clone(),
            owner: self.owner.clone(),
            state: self.state,
            limit: Some(PAGE_ITEMS_MAX),
            cursor,
        })
    }

    fn admits(&self, row: &ProductRow) -> bool {
        let product = &row.product;
        let has_text = |text: &String| holds(&product.name, text);
        self.text.as_ref().is_none_or(has_text)
            && self
                .owner
                .as_ref()
                .is_none_or(|name| *name == product.owner)
            && self.state.is_none_or(|state| state == row.state())
    }

    fn order(&self, one: &ProductRow, other: &ProductRow) -> Ordering {
        Reverse(one.product.id).cmp(&Reverse(other.product.id))
    }

    fn form(&self) -> Form {
        let mut text = Field::text(TEXT, "Text", SEARCH_CHARACTERS_MAX).hint("In the name.");
        text.set(self.text.as_deref().unwrap_or_default());
        let mut owner = Field::text(OWNER, "Owner", USERNAME_CHARACTERS_MAX);
        owner.set(self.owner.as_deref().unwrap_or_default());
        let mut state = Field::choice(STATE, "State", &STATES).hint("← and → choose.");
        state.set(&self.state.map_or(STATES[0].into(), state_words));
        Form::new(vec![text, owner, state], "Filter")
    }

    fn of_form(form: &Form, _: &TimeZone) -> Result<Self, (&'static str, String)> {
        let state = typed(form, STATE).map(|state| state.replace(' ', "_"));
        Ok(Self {
            text: optional(form, TEXT, SearchText::parse)?.map(String::from),
            owner: optional(form, OWNER, Username::parse)?.map(String::from),
            // Any is none of the states.
            state: state.and_then(|state| state.parse().ok()),
        })
    }

    fn words(&self) -> String {
        join([
            self.state.map(state_words),
            self.owner.as_ref().map(|name| format!("of {name}")),
            self.text.as_ref().map(|text| format!("with “{text}”")),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing::samples::product;

    #[test]
    fn a_form_is_read_as_it_was_made_and_admits_what_it_says() {
        let filter = ProductFilter {
            text: Some("item 7".into()),
            owner: Some("mona".into()),
            state: Some(ProductStateName::ForSale),
        };
        let read = ProductFilter::of_form(&filter.form(), &TimeZone::UTC);
        assert_eq!(read, Ok(filter.clone()));
        assert_eq!(filter.words(), "for sale, of mona, with “item 7”");
        let mut offered = product(6);
        offered.owner = "mona".into();
        offered.name = "Item 7".into();
        assert!(filter.admits(&offered.clone().into()));
        offered.state = ProductState::Hidden(auboutique_protocol::error::Nothing {});
        assert!(!filter.admits(&offered.into()));
    }
}
