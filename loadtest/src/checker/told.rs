//! Administrators are told of the sales that were confirmed, of some that are unknown, and of no
//! others.

use super::Rule;
use super::claims::{Claim, Claims};
use super::findings::{Breach, Findings};
use crate::history::{History, Item, ToldSale};

/// Judges what administrators were told, if any looked.
pub(super) fn judge(history: &History, claims: &Claims, findings: &mut Findings) {
    let Some(told) = &history.told_sales else {
        return;
    };
    let mut told = told.clone();
    told.sort_by_key(|sale| sale.item);
    for sales in told.chunk_by(|one, other| one.item == other.item) {
        judge_item(sales, findings);
    }
    for (claim, _) in claims.confirmed() {
        judge_confirmed(claim, of(&told, claim.item), findings);
    }
    for sale in told.iter().filter(|sale| sale.buyer.is_some()) {
        judge_sale(history, sale, claims, findings);
    }
}

fn of(told: &[ToldSale], item: Item) -> &[ToldSale] {
    let start = told.partition_point(|sale| sale.item < item);
    let end = told.partition_point(|sale| sale.item <= item);
    &told[start..end]
}

/// An item is sold once, whoever is told of it.
fn judge_item(sales: &[ToldSale], findings: &mut Findings) {
    let breach = (sales.len() > 1).then(|| {
        let (count, item) = (sales.len(), sales[0].item.0);
        Breach::new(
            format!("Administrators are told of {count} sales of item {item}."),
            [],
        )
    });
    findings.note(Rule::SoldOnce, breach);
}

/// A confirmed sale is told, as it was confirmed.
fn judge_confirmed(claim: &Claim, sales: &[ToldSale], findings: &mut Findings) {
    let is_told = sales
        .iter()
        .any(|sale| sale.buyer == Some(claim.actor) && sale.price == claim.price);
    let breach = (!is_told).then(|| {
        let explanation = format!(
            "User {} bought item {} for {}, as was confirmed; administrators are not told so.",
            claim.actor.0, claim.item.0, claim.price
        );
        Breach::new(explanation, claim.events())
    });
    findings.note(Rule::LedgerAgrees, breach);
}

/// What is told of an actor of the run is a purchase that the actor asked for, from the owner.
fn judge_sale(history: &History, sale: &ToldSale, claims: &Claims, findings: &mut Findings) {
    let was_asked_for = sale.buyer.is_some_and(|buyer| {
        let mut claims = claims.of_actor(sale.item, buyer);
        claims.any(|claim| claim.price == sale.price)
    });
    let owner = history.owners.get(sale.item.index()).copied();
    let breach = (!was_asked_for || sale.seller != owner).then(|| {
        let explanation = format!(
            "Administrators are told of a sale of item {} for {} that belongs to no purchase which \
             was confirmed or is unknown, or to another seller.",
            sale.item.0, sale.price
        );
        let attempts = claims.of(sale.item).iter().flat_map(Claim::events);
        Breach::new(explanation, attempts)
    });
    findings.note(Rule::LedgerAgrees, breach);
}

#[cfg(test)]
mod tests {
    use crate::checker::{Rule, check};
    use crate::history::{
        Actor, Bought, Call, Event, History, Item, KeyId, Moment, Price, ToldSale,
    };

    const SALE: ToldSale = ToldSale {
        item: Item(0),
        seller: Some(Actor(9)),
        buyer: Some(Actor(1)),
        price: Price(5),
    };

    /// Item 0 of user 9, bought by user 1; what administrators are told of it.
    fn told(outcome: Bought, sales: &[ToldSale]) -> Vec<Rule> {
        let call = |actor, at, call| Event {
            actor: Actor(actor),
            invoked: Moment(at),
            returned: Moment(at + 1),
            call,
        };
        let (item, price) = (Item(0), Price(5));
        let sell = Call::Sell { item, price };
        let key = KeyId(0);
        let buy = Call::Buy {
            item,
            price,
            key,
            outcome,
        };
        let history = History {
            events: vec![call(9, 0, sell), call(1, 10, buy)],
            owners: vec![Actor(9)],
            told_sales: Some(sales.to_vec()),
            ..History::default()
        };
        check(&history).broken().collect()
    }

    const CONFIRMED: Bought = Bought::Confirmed {
        price: Price(5),
        digest: 1,
    };

    #[test]
    fn what_was_confirmed_must_be_told_and_what_is_unknown_may_be() {
        assert_eq!(told(CONFIRMED, &[SALE]), []);
        assert_eq!(told(CONFIRMED, &[]), [Rule::LedgerAgrees]);
        assert_eq!(told(Bought::Unknown, &[]), []);
        assert_eq!(told(Bought::Unknown, &[SALE]), []);
    }

    #[test]
    fn another_buyer_seller_or_price_is_a_breach() {
        for wrong in [
            ToldSale {
                buyer: Some(Actor(2)),
                ..SALE
            },
            ToldSale {
                seller: Some(Actor(2)),
                ..SALE
            },
            ToldSale {
                price: Price(6),
                ..SALE
            },
        ] {
            assert_eq!(told(CONFIRMED, &[wrong]), [Rule::LedgerAgrees], "{wrong:?}");
        }
    }

    #[test]
    fn an_item_that_is_told_twice_is_sold_twice() {
        assert_eq!(told(CONFIRMED, &[SALE, SALE]), [Rule::SoldOnce]);
    }

    #[test]
    fn what_strangers_buy_is_their_business() {
        let stranger = ToldSale {
            buyer: None,
            ..SALE
        };
        assert_eq!(told(Bought::Unknown, &[stranger]), []);
    }
}
