//! A list item: a product as lists show it, encoded once when it is listed.

use auboutique_protocol::catalog::ProductSummary;
use auboutique_protocol::codec;
use auboutique_protocol::limits::{EXCERPT_CHARACTERS_MAX, LIST_ITEM_BYTES_MAX};

use crate::store::catalog::ForSale;

/// Encodes a product as a [`ProductSummary`] of at most [`LIST_ITEM_BYTES_MAX`] bytes.
pub(super) fn encode(product: &ForSale) -> Box<[u8]> {
    let mut summary = ProductSummary {
        id: product.id,
        name: product.name.clone(),
        owner: product.owner_username.clone(),
        price: product.price,
        picture: product.picture,
        category: product.category.clone(),
        listed_at: product.listed_at,
        description: excerpt(&product.description),
    };
    let mut encoded = codec::encode(&summary);
    if let Some(excess) = encoded
        .len()
        .checked_sub(LIST_ITEM_BYTES_MAX)
        .filter(|excess| *excess > 0)
    {
        let room = summary.description.len().saturating_sub(excess);
        summary
            .description
            .truncate(summary.description.floor_char_boundary(room));
        encoded = codec::encode(&summary);
    }
    encoded.into_boxed_slice()
}

/// The beginning of a description, on one line.
fn excerpt(description: &str) -> String {
    let line = description
        .chars()
        .map(|character| if character == '\n' { ' ' } else { character });
    line.take(EXCERPT_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::ids::{PictureHash, ProductId, UnixMillis};
    use auboutique_protocol::money::{Currency, Money};

    use super::*;
    use crate::store::UserId;

    fn product(name: &str, description: &str) -> ForSale {
        ForSale {
            id: ProductId(u64::MAX),
            owner: UserId(1),
            owner_username: "o".repeat(32),
            name: name.into(),
            description: description.into(),
            category: "c".repeat(32),
            price: Money {
                minor: u64::MAX,
                currency: Currency::Usd,
            },
            picture: Some(PictureHash([0xff; 32])),
            listed_at: UnixMillis(u64::MAX),
        }
    }

    #[test]
    fn an_item_shows_the_beginning_of_its_description_on_one_line() {
        let long = format!("first\nsecond {}", "x".repeat(200));
        let item: ProductSummary = codec::decode(&encode(&product("Book", &long))).unwrap();
        assert_eq!(item.description.chars().count(), EXCERPT_CHARACTERS_MAX);
        assert!(item.description.starts_with("first second xxx"));
    }

    #[test]
    fn the_largest_item_stays_within_its_limit() {
        let widest = "\u{1d11e}";
        let encoded = encode(&product(&widest.repeat(120), &widest.repeat(4000)));
        assert!(encoded.len() <= LIST_ITEM_BYTES_MAX, "{}", encoded.len());
        let item: ProductSummary = codec::decode(&encoded).unwrap();
        assert_eq!(item.name.chars().count(), 120);
        assert!(
            item.description.chars().count() > 30,
            "{}",
            item.description
        );
    }
}
