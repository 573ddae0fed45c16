//! The sales, by day, seller, buyer and product, with what they come to.

pub(crate) mod view;

use std::cmp::{Ordering, Reverse};

use auboutique_client::ui::widgets::form::{Field, Form};
use auboutique_client::ui::widgets::table::Row;
use auboutique_protocol::admin::{Sale, Sales};
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::limits::{PAGE_ITEMS_MAX, USERNAME_CHARACTERS_MAX};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::text::Username;
use jiff::tz::TimeZone;

use crate::console::list::{Filter, List, join, optional, typed};
use crate::console::message::Read;
use crate::dates::span_in;

/// The screen.
pub(crate) type SaleList = List<SaleFilter>;

/// A sale in the list. There is at most one of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SaleRow(pub(crate) Sale);

impl Row for SaleRow {
    type Key = ProductId;

    fn key(&self) -> ProductId {
        self.0.product
    }
}

impl From<Sale> for SaleRow {
    fn from(sale: Sale) -> Self {
        Self(sale)
    }
}

/// Which sales.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SaleFilter {
    /// The days as they were typed.
    days: [Option<String>; 2],
    from: Option<UnixMillis>,
    to: Option<UnixMillis>,
    seller: Option<String>,
    buyer: Option<String>,
    product: Option<ProductId>,
}

impl SaleFilter {
    /// What a user sold.
    pub(crate) fn of_seller(user: &Username) -> Self {
        Self {
            seller: Some(user.as_str().to_owned()),
            ..Self::default()
        }
    }

    /// What a user bought.
    pub(crate) fn of_buyer(user: &Username) -> Self {
        Self {
            buyer: Some(user.as_str().to_owned()),
            ..Self::default()
        }
    }
}

const FROM: &str = "from";
const TO: &str = "to";
const SELLER: &str = "seller";
const BUYER: &str = "buyer";
const PRODUCT: &str = "product";

/// Characters of a day or a moment.
const MOMENT_CHARACTERS_MAX: usize = 40;
/// Digits of a number.
const NUMBER_CHARACTERS_MAX: usize = 20;

impl Filter for SaleFilter {
    type Item = Sale;
    type Row = SaleRow;

    fn read(&self, cursor: Option<Cursor>) -> Read {
        Read::Sales(Sales {
            to: self.to,
            from: self.from,
            buyer: self.buyer.clone(),
            seller: self.seller.clone(),
            product: self.product,
            limit: Some(PAGE_ITEMS_MAX),
            cursor,
        })
    }

    fn admits(&self, SaleRow(sale): &SaleRow) -> bool {
        self.from.is_none_or(|from| sale.sold_at >= from)
            && self.to.is_none_or(|to| sale.sold_at < to)
            && self.seller.as_ref().is_none_or(|name| *name == sale.seller)
            && self.buyer.as_ref().is_none_or(|name| *name == sale.buyer)
            && self.product.is_none_or(|product| product == sale.product)
    }

    fn order(&self, SaleRow(one): &SaleRow, SaleRow(other): &SaleRow) -> Ordering {
        let key = |sale: &Sale| Reverse((sale.sold_at, sale.product));
        key(one).cmp(&key(other))
    }

    fn form(&self) -> Form {
        let day = "YYYY-MM-DD, or a moment such as 2026-05-01T08:00:00Z.";
        let user = |name, label, value: &Option<String>| {
            let mut field = Field::text(name, label, USERNAME_CHARACTERS_MAX);
            field.set(value.as_deref().unwrap_or_default());
            field
        };
        let mut from = Field::text(FROM, "From", MOMENT_CHARACTERS_MAX).hint(day);
        from.set(self.days[0].as_deref().unwrap_or_default());
        let mut to = Field::text(TO, "To", MOMENT_CHARACTERS_MAX)
            .hint("A day counts in full; of a moment, what was before it.");
        to.set(self.days[1].as_deref().unwrap_or_default());
        let mut product =
            Field::text(PRODUCT, "Product", NUMBER_CHARACTERS_MAX).hint("Its number.");
        let number = self.product.map(|product| product.to_string());
        product.set(&number.unwrap_or_default());
        let seller = user(SELLER, "Seller", &self.seller);
        let buyer = user(BUYER, "Buyer", &self.buyer);
        Form::new(vec![from, to, seller, buyer, product], "Filter")
    }

    fn of_form(form: &Form, zone: &TimeZone) -> Result<Self, (&'static str, String)> {
        let first = optional(form, FROM, str::parse)?;
        let last = optional(form, TO, str::parse)?;
        let (from, to) = span_in(zone, first, last)
            .map_err(|_| (TO, "the end is before the beginning".to_owned()))?;
        let user = |name| optional(form, name, Username::parse).map(|user| user.map(String::from));
        Ok(Self {
            days: [FROM, TO].map(|name| typed(form, name).map(str::to_owned)),
            from,
            to,
            seller: user(SELLER)?,
            buyer: user(BUYER)?,
            product: optional(form, PRODUCT, |text| {
                text.parse().map(ProductId).map_err(|_| "is no number")
            })?,
        })
    }

    fn words(&self) -> String {
        let [first, last] = &self.days;
        join([
            first.as_ref().map(|day| format!("from {day}")),
            last.as_ref().map(|day| format!("to {day}")),
            self.seller.as_ref().map(|name| format!("sold by {name}")),
            self.buyer.as_ref().map(|name| format!("bought by {name}")),
            self.product.map(|product| format!("product {product}")),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing::samples::sale;

    fn form_with(values: &[(&'static str, &str)]) -> Form {
        let mut form = SaleFilter::default().form();
        for (name, value) in values {
            form.field_mut(name).expect("a field").set(value);
        }
        form
    }

    #[test]
    fn days_count_in_full_and_users_exactly() {
        let form = form_with(&[
            (FROM, "2026-05-04"),
            (TO, "2026-05-04"),
            (SELLER, "mona"),
            (PRODUCT, "7"),
        ]);
        let filter = SaleFilter::of_form(&form, &TimeZone::UTC).expect("a good form");
        let midnight = 1_777_852_800_000;
        let mut sold = sale(7);
        sold.seller = "mona".into();
        for (at, is_of_the_day) in [
            (midnight - 1, false),
            (midnight, true),
            (midnight + 86_399_999, true),
            (midnight + 86_400_000, false),
        ] {
            sold.sold_at = UnixMillis(at);
            assert_eq!(filter.admits(&sold.clone().into()), is_of_the_day, "{at}");
        }
        sold.sold_at = UnixMillis(midnight);
        sold.seller = "mona2".into();
        assert!(!filter.admits(&sold.into()));
        let words = "from 2026-05-04, to 2026-05-04, sold by mona, product 7";
        assert_eq!(filter.words(), words);
        let again = SaleFilter::of_form(&filter.form(), &TimeZone::UTC);
        assert_eq!(again, Ok(filter));
    }

    #[test]
    fn what_is_wrong_is_said_of_its_field() {
        for (values, name) in [
            (&[(FROM, "yesterday")][..], FROM),
            (&[(FROM, "2026-05-04"), (TO, "2026-05-03")], TO),
            (&[(SELLER, "m")], SELLER),
            (&[(PRODUCT, "x")], PRODUCT),
        ] {
            let refused = SaleFilter::of_form(&form_with(values), &TimeZone::UTC);
            assert_eq!(refused.map_err(|(name, _)| name), Err(name));
        }
    }
}
