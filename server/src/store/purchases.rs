//! Purchases as they are kept, and the one rule that decides them.

use std::sync::Arc;

use async_trait::async_trait;
use auboutique_protocol::ids::{Key, ProductId, UnixMillis};
use auboutique_protocol::money::Money;
use auboutique_protocol::purchases::{Confirmation, OwnProduct, Purchase};

use super::{StoreError, UserId};

/// Where bought products are collected. What is stored under its number never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CollectionPlace {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) hours: String,
}

/// A purchase to be decided: the request, and what the confirmation will say if it succeeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewPurchase {
    pub(crate) buyer: UserId,
    pub(crate) key: Key,
    pub(crate) product: ProductId,
    /// The price that the buyer saw.
    pub(crate) price: Money,
    pub(crate) sold_at: UnixMillis,
    /// `YYYY-MM-DD`.
    pub(crate) collect_on: String,
    pub(crate) place: Arc<CollectionPlace>,
    pub(crate) code: PickupCode,
}

impl NewPurchase {
    /// What the buyer is told when the purchase succeeds.
    pub(crate) fn confirmation(&self) -> Confirmation {
        Confirmation {
            code: self.code.as_str().to_owned(),
            price: self.price,
            product: self.product,
            sold_at: self.sold_at,
            purchase: self.key,
            collect_at: self.place.name.clone(),
            collect_on: self.collect_on.clone(),
            collect_hours: self.place.hours.clone(),
        }
    }
}

/// Eight characters of Crockford's base32, drawn from the operating system: 40 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PickupCode(String);

impl PickupCode {
    /// Draws a new code.
    pub(crate) fn draw() -> Result<Self, getrandom::Error> {
        let mut random = [0; 5];
        getrandom::fill(&mut random)?;
        Ok(Self::from_bytes(random))
    }

    fn from_bytes(random: [u8; 5]) -> Self {
        const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let bits = random
            .iter()
            .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let digit = |shift: u32| char::from(ALPHABET[(bits >> shift & 31) as usize]);
        Self((0..8).rev().map(|position| digit(position * 5)).collect())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What became of a purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PurchaseOutcome {
    /// Bought, now or earlier with the same key.
    Confirmed(Confirmation),
    /// The key made another purchase.
    KeyConflict,
    /// No such product.
    NotFound,
    /// The buyer owns it.
    OwnProduct,
    /// Somebody bought it; `yours` when it was this buyer, with another key.
    AlreadySold { yours: bool },
    /// It is off the market.
    Withdrawn,
    /// It costs something else now.
    PriceChanged(Money),
    /// The buyer has deleted the account meanwhile, or was suspended.
    BuyerGone,
}

/// What the database knows when it decides about a purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PurchaseFacts {
    /// The purchase that the buyer made with the key, if any.
    pub(crate) by_key: Option<Confirmation>,
    /// The product, if it exists.
    pub(crate) product: Option<ProductFacts>,
    /// The buyer has deleted the account, or is suspended.
    pub(crate) buyer_is_gone: bool,
}

/// See [`PurchaseFacts`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProductFacts {
    pub(crate) owner: UserId,
    pub(crate) price: Money,
    pub(crate) buyer: Option<UserId>,
    pub(crate) withdrawn: bool,
}

/// Decides a purchase by the facts; `None` means that nothing stands against it.
///
/// The order matters: a repetition is answered as the first time, whatever happened since, and a
/// refusal names what cannot change before what can.
pub(crate) fn judge(purchase: &NewPurchase, facts: PurchaseFacts) -> Option<PurchaseOutcome> {
    if let Some(confirmation) = facts.by_key {
        let same = confirmation.product == purchase.product && confirmation.price == purchase.price;
        return Some(if same {
            PurchaseOutcome::Confirmed(confirmation)
        } else {
            PurchaseOutcome::KeyConflict
        });
    }
    if facts.buyer_is_gone {
        return Some(PurchaseOutcome::BuyerGone);
    }
    let Some(product) = facts.product else {
        return Some(PurchaseOutcome::NotFound);
    };
    if product.owner == purchase.buyer {
        return Some(PurchaseOutcome::OwnProduct);
    }
    if let Some(buyer) = product.buyer {
        return Some(PurchaseOutcome::AlreadySold {
            yours: buyer == purchase.buyer,
        });
    }
    if product.withdrawn {
        return Some(PurchaseOutcome::Withdrawn);
    }
    (product.price != purchase.price).then_some(PurchaseOutcome::PriceChanged(product.price))
}

/// Where a page of purchases starts: after this one, in falling order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PurchasePosition {
    pub(crate) sold_at: UnixMillis,
    pub(crate) product: ProductId,
}

/// A page, and where the next one starts if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page<Item, Position> {
    pub(crate) items: Vec<Item>,
    pub(crate) next: Option<Position>,
}

/// Keeps purchases.
#[async_trait]
pub(crate) trait PurchaseStore {
    /// A collection place by name and hours, noted down the first time.
    async fn collection_place(
        &self,
        name: &str,
        hours: &str,
    ) -> Result<Arc<CollectionPlace>, StoreError>;

    /// Buys, or says why not. The only way to a sale.
    async fn buy(&self, purchase: NewPurchase) -> Result<PurchaseOutcome, StoreError>;

    /// Says what stands against a purchase without trying it; `None` when only [`Self::buy`] can
    /// tell. For products that are not in the catalog: the writer is not troubled with them.
    async fn refusal(&self, purchase: &NewPurchase) -> Result<Option<PurchaseOutcome>, StoreError>;

    /// What a user bought, last first. When it returns, the catalog shows all of it as sold.
    async fn purchases(
        &self,
        buyer: UserId,
        after: Option<PurchasePosition>,
        limit: usize,
    ) -> Result<Page<Purchase, PurchasePosition>, StoreError>;

    /// A user's own products, last listed first, with their buyers. As for [`Self::purchases`], the
    /// catalog has caught up when it returns.
    async fn sales(
        &self,
        owner: UserId,
        after: Option<ProductId>,
        limit: usize,
    ) -> Result<Page<OwnProduct, ProductId>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pickup_code_spells_its_bits() {
        assert_eq!(PickupCode::from_bytes([0; 5]).as_str(), "00000000");
        assert_eq!(PickupCode::from_bytes([0xff; 5]).as_str(), "ZZZZZZZZ");
        assert_eq!(
            PickupCode::from_bytes([0, 0, 0, 0, 33]).as_str(),
            "00000011"
        );
        assert_ne!(PickupCode::draw().unwrap(), PickupCode::draw().unwrap());
    }
}
