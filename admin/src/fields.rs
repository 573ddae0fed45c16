//! What scripts read of a thing: named values, from which its JSON object and its CSV record are made,
//! so that the two always say the same.
//!
//! In JSON a value that is absent has no field, and money is `{"minor","currency"}`. In CSV the cell of
//! an absent value is empty, money is a plain decimal number, and a currency has a column of its own.

use auboutique_client::terminal::output::rfc3339;
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::money::Money;
use auboutique_protocol::text::term_safe_lines;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::csv;

/// A value of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Absent,
    Flag(bool),
    Number(u64),
    /// From whomever.
    Text(String),
    Money(Money),
    /// The currency of a [`Cell::Money`] beside it; in CSV only, for JSON has it there.
    Currency(Money),
    Moment(UnixMillis),
}

impl Cell {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A value that may be absent.
    pub(crate) fn some<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Absent, cell)
    }

    fn csv(&self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => csv::harmless(&term_safe_lines(text)),
            Self::Money(money) => amount(*money),
            Self::Currency(money) => money.currency.to_string(),
            Self::Moment(at) => rfc3339(*at),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => serializer.serialize_none(),
            Self::Flag(flag) => flag.serialize(serializer),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => text.serialize(serializer),
            Self::Money(money) => money.serialize(serializer),
            Self::Currency(money) => money.currency.serialize(serializer),
            Self::Moment(at) => rfc3339(*at).serialize(serializer),
        }
    }
}

/// An amount without its currency, such as `12.50`.
fn amount(money: Money) -> String {
    let text = money.to_string();
    let currency = money.currency.to_string();
    let number = text.strip_suffix(&currency).unwrap_or(&text);
    number.trim_end().to_owned()
}

/// A named value of a `T`.
#[derive(Debug)]
pub(crate) struct Field<T> {
    pub(crate) name: &'static str,
    pub(crate) cell: fn(&T) -> Cell,
}

pub(crate) const fn field<T>(name: &'static str, cell: fn(&T) -> Cell) -> Field<T> {
    Field { name, cell }
}

/// Something that scripts can read.
pub(crate) trait Fields: Sized + 'static {
    const FIELDS: &'static [Field<Self>];
}

/// The CSV of things, the names of the columns first.
pub(crate) fn csv_lines<T: Fields>(things: &[T]) -> Vec<String> {
    let head = csv::record(T::FIELDS.iter().map(|field| field.name));
    let record = |thing: &T| csv::record(T::FIELDS.iter().map(|field| (field.cell)(thing).csv()));
    std::iter::once(head)
        .chain(things.iter().map(record))
        .collect()
}

/// A thing as a JSON object.
#[derive(Debug)]
pub(crate) struct Object<'a, T>(pub(crate) &'a T);

impl<T: Fields> Serialize for Object<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for field in T::FIELDS {
            let cell = (field.cell)(self.0);
            if !matches!(cell, Cell::Absent | Cell::Currency(_)) {
                map.serialize_entry(field.name, &cell)?;
            }
        }
        map.end()
    }
}

/// Things as JSON objects.
pub(crate) fn objects<T: Fields>(things: &[T]) -> Vec<Object<'_, T>> {
    things.iter().map(Object).collect()
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::money::Currency;
    use serde_json::json;

    use super::*;

    struct Thing {
        name: &'static str,
        price: Option<Money>,
    }

    impl Fields for Thing {
        const FIELDS: &'static [Field<Self>] = &[
            field("name", |thing| Cell::text(thing.name)),
            field("price", |thing| Cell::some(thing.price, Cell::Money)),
            field("currency", |thing| Cell::some(thing.price, Cell::Currency)),
            field("at", |_| Cell::Moment(UnixMillis(0))),
            field("new", |_| Cell::Flag(true)),
        ];
    }

    fn things() -> [Thing; 3] {
        let price = |minor, currency| Some(Money { minor, currency });
        [
            Thing {
                name: "=1+1",
                price: price(1250, Currency::Usd),
            },
            Thing {
                name: "a\u{1b}[2J, b",
                price: price(450_000, Currency::Lbp),
            },
            Thing {
                name: "free",
                price: None,
            },
        ]
    }

    #[test]
    fn a_record_is_for_spreadsheets() {
        let lines = csv_lines(&things());
        assert_eq!(
            lines,
            [
                "name,price,currency,at,new\r",
                "'=1+1,12.50,USD,1970-01-01T00:00:00Z,true\r",
                "\"a\u{fffd}[2J, b\",450000,LBP,1970-01-01T00:00:00Z,true\r",
                "free,,,1970-01-01T00:00:00Z,true\r",
            ]
        );
    }

    #[test]
    fn an_object_has_what_there_is_and_says_it_as_it_is() {
        let [first, _, free] = things();
        let price = json!({"minor": 1250, "currency": "USD"});
        let at = "1970-01-01T00:00:00Z";
        assert_eq!(
            serde_json::to_value(Object(&first)).unwrap(),
            json!({"name": "=1+1", "price": price, "at": at, "new": true})
        );
        assert_eq!(
            serde_json::to_value(Object(&free)).unwrap(),
            json!({"name": "free", "at": at, "new": true})
        );
    }
}
