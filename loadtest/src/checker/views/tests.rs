use super::super::scene::{BOUGHT, Scene, row, strangers_row};
use super::*;
use crate::history::{Bought, Outcome};

const BROKEN: [Rule; 1] = [Rule::ViewsAgree];
const FOR_SALE: State = State::ForSale(Price(100));

/// User 1 bought item 0 with key 5.
fn bought() -> Scene {
    Scene::new().buy(1, (10, 20), 5, BOUGHT)
}

fn maybe() -> Scene {
    Scene::new().buy(1, (10, 20), 5, Bought::Unknown)
}

#[test]
fn a_seller_sees_the_confirmed_sale() {
    let sees = |price, buyer| bought().seller_sees(State::Sold, price, buyer);
    assert_eq!(sees(100, Some(1)).breaks(), []);
    assert_eq!(sees(101, Some(1)).breaks(), BROKEN);
    assert_eq!(sees(100, Some(2)).breaks(), BROKEN);
    assert_eq!(sees(100, None).breaks(), BROKEN);
    assert_eq!(bought().seller_sees(FOR_SALE, 100, None).breaks(), BROKEN);
    let withdrawn = bought().seller_sees(State::Withdrawn, 100, None);
    assert_eq!(withdrawn.breaks(), BROKEN);
    let nothing = bought().change(|history| history.seller_views = Some(Vec::new()));
    assert_eq!(nothing.breaks(), BROKEN);
}

#[test]
fn a_seller_may_see_an_unknown_sale_or_not() {
    assert_eq!(maybe().seller_sees(State::Sold, 100, Some(1)).breaks(), []);
    assert_eq!(maybe().seller_sees(FOR_SALE, 100, None).breaks(), []);
    let late = maybe()
        .seller_sees(FOR_SALE, 100, None)
        .ledger(30, &[row(1, 5)]);
    assert_eq!(late.breaks(), [], "it may have been sold since");
    let other = maybe().seller_sees(State::Sold, 100, Some(2));
    assert_eq!(other.breaks(), BROKEN);
    let unstored = maybe()
        .seller_sees(State::Sold, 100, Some(1))
        .ledger(30, &[]);
    assert_eq!(unstored.breaks(), BROKEN);
}

#[test]
fn a_seller_may_see_a_stranger() {
    let sees = |buyer| Scene::new().seller_sees(State::Sold, 100, buyer);
    assert_eq!(sees(None).breaks(), []);
    assert_eq!(sees(None).ledger(30, &[strangers_row()]).breaks(), []);
    assert_eq!(sees(None).ledger(30, &[]).breaks(), BROKEN);
    let other = maybe()
        .seller_sees(State::Sold, 100, Some(1))
        .ledger(30, &[strangers_row()]);
    assert_eq!(other.breaks(), BROKEN);
}

#[test]
fn a_seller_sees_the_last_price_and_withdrawals() {
    let edited = |outcome, price| {
        Scene::new().edit((10, 20), 150, outcome).seller_sees(
            State::ForSale(Price(price)),
            price,
            None,
        )
    };
    assert_eq!(edited(Outcome::Done, 150).breaks(), []);
    assert_eq!(edited(Outcome::Done, 100).breaks(), BROKEN);
    assert_eq!(edited(Outcome::Unknown, 100).breaks(), []);
    let withdrawn = |outcome, state| {
        Scene::new()
            .withdraw((10, 20), outcome)
            .seller_sees(state, 100, None)
    };
    assert_eq!(withdrawn(Outcome::Done, State::Withdrawn).breaks(), []);
    assert_eq!(withdrawn(Outcome::Done, FOR_SALE).breaks(), BROKEN);
    assert_eq!(withdrawn(Outcome::Unknown, FOR_SALE).breaks(), []);
    let refused = withdrawn(Outcome::Refused, State::Withdrawn);
    assert_eq!(refused.breaks(), BROKEN);
}

#[test]
fn an_item_is_among_its_sellers_own() {
    let scene = Scene::new()
        .seller_sees(FOR_SALE, 100, None)
        .change(|history| history.owners[0] = Actor(4));
    assert_eq!(scene.breaks(), BROKEN);
}

#[test]
fn a_buyer_sees_the_confirmation_that_was_given() {
    assert_eq!(bought().buyer_sees(1, 100, 7).breaks(), []);
    assert_eq!(bought().buyer_sees(1, 100, 8).breaks(), BROKEN);
    assert_eq!(bought().buyer_sees(1, 90, 7).breaks(), BROKEN);
    let both = bought().buyer_sees(1, 100, 7).buyer_sees(2, 100, 7);
    assert_eq!(both.breaks(), BROKEN);
    let twice = bought().buyer_sees(1, 100, 7).buyer_sees(1, 100, 7);
    assert_eq!(twice.breaks(), BROKEN);
    let nothing = bought().change(|history| history.buyer_views = Some(Vec::new()));
    assert_eq!(nothing.breaks(), BROKEN);
}

#[test]
fn a_buyer_may_see_an_unknown_purchase_that_is_stored() {
    assert_eq!(maybe().buyer_sees(1, 100, 8).breaks(), []);
    let stored = maybe().buyer_sees(1, 100, 8).ledger(30, &[row(1, 5)]);
    assert_eq!(stored.breaks(), []);
    let unstored = maybe().buyer_sees(1, 100, 8).ledger(30, &[]);
    assert_eq!(unstored.breaks(), BROKEN);
    let never = Scene::new().buyer_sees(1, 100, 8);
    assert_eq!(never.breaks(), BROKEN);
}

#[test]
fn items_that_no_call_was_about_are_judged_too() {
    let scene = Scene::new().buyer_sees(1, 100, 7).change(|history| {
        for view in history.buyer_views.iter_mut().flatten() {
            view.item = Item(3);
        }
    });
    assert_eq!(scene.breaks(), BROKEN);
}
