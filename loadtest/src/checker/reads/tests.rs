use super::super::scene::{BOUGHT, SOLD, Scene, strangers_row};
use super::*;
use crate::history::{Bought, Outcome};

const FOR_SALE: State = State::ForSale(Price(100));

#[test]
fn for_sale_after_a_sale_is_found() {
    let scene = |from, to| {
        Scene::new()
            .buy(1, (10, 20), 0, BOUGHT)
            .see((from, to), FOR_SALE)
    };
    assert_eq!(scene(21, 30).breaks(), [Rule::ReadsAgreeWithTime]);
    assert_eq!(scene(20, 30).breaks(), [], "equal moments are in no order");
    assert_eq!(scene(2, 9).breaks(), []);
}

#[test]
fn an_unknown_purchase_takes_nothing_off_the_market() {
    let scene = Scene::new()
        .buy(1, (10, 20), 0, Bought::Unknown)
        .see((30, 40), FOR_SALE)
        .see((30, 40), State::Sold);
    assert_eq!(scene.breaks(), []);
}

#[test]
fn sold_before_anybody_tried_is_found() {
    let scene = |from, to| {
        Scene::new()
            .buy(1, (10, 20), 0, BOUGHT)
            .see((from, to), State::Sold)
    };
    assert_eq!(scene(2, 9).breaks(), [Rule::ReadsAgreeWithTime]);
    assert_eq!(scene(2, 10).breaks(), []);
    let never = Scene::new().see((2, 9), State::Sold);
    assert_eq!(never.breaks(), [Rule::ReadsAgreeWithTime]);
    let stranger = Scene::new()
        .see((2, 9), State::Sold)
        .ledger(20, &[strangers_row()]);
    assert_eq!(stranger.breaks(), []);
}

#[test]
fn never_for_sale_again() {
    let scene = |first| {
        Scene::new()
            .buy(1, (2, 3), 0, Bought::Unknown)
            .call(8, (5, 6), first)
            .see((7, 8), FOR_SALE)
    };
    let item = crate::history::Item(0);
    let state = State::Sold;
    let seen = scene(Call::See { item, state });
    assert_eq!(seen.breaks(), [Rule::ReadsAgreeWithTime]);
    let refused = Scene::new()
        .buy(1, (2, 3), 0, Bought::Unknown)
        .buy(2, (5, 6), 1, SOLD)
        .see((7, 8), FOR_SALE);
    assert_eq!(refused.breaks(), [Rule::ReadsAgreeWithTime]);
}

#[test]
fn a_withdrawn_item_needs_a_withdrawal_and_stays_withdrawn() {
    let scene = |from, to, state| {
        Scene::new()
            .withdraw((10, 20), Outcome::Done)
            .see((from, to), state)
    };
    assert_eq!(scene(2, 10, State::Withdrawn).breaks(), []);
    let early = scene(2, 9, State::Withdrawn);
    assert_eq!(early.breaks(), [Rule::ReadsAgreeWithTime]);
    assert_eq!(scene(20, 30, FOR_SALE).breaks(), []);
    let late = scene(21, 30, FOR_SALE);
    assert_eq!(late.breaks(), [Rule::ReadsAgreeWithTime]);
    let never = Scene::new()
        .withdraw((3, 4), Outcome::Refused)
        .see((5, 6), State::Withdrawn);
    assert_eq!(never.breaks(), [Rule::ReadsAgreeWithTime]);
    let maybe = Scene::new()
        .withdraw((3, 4), Outcome::Unknown)
        .see((5, 6), FOR_SALE)
        .see((7, 8), State::Withdrawn);
    assert_eq!(maybe.breaks(), []);
}

#[test]
fn sold_and_withdrawn_exclude_each_other() {
    let both = |outcome| {
        Scene::new()
            .withdraw((2, 9), outcome)
            .buy(1, (2, 9), 0, BOUGHT)
    };
    assert_eq!(both(Outcome::Done).breaks(), [Rule::ReadsAgreeWithTime]);
    assert_eq!(both(Outcome::Unknown).breaks(), []);
    assert_eq!(both(Outcome::Refused).breaks(), []);
}

#[test]
fn the_price_shown_is_one_that_it_had() {
    let scene = |from, to, price| {
        Scene::new()
            .edit((10, 20), 150, Outcome::Done)
            .see((from, to), State::ForSale(Price(price)))
    };
    assert_eq!(scene(21, 30, 100).breaks(), [Rule::ReadsAgreeWithTime]);
    assert_eq!(scene(2, 9, 150).breaks(), [Rule::ReadsAgreeWithTime]);
    assert_eq!(scene(2, 9, 99).breaks(), [Rule::ReadsAgreeWithTime]);
    assert_eq!(scene(15, 16, 100).breaks(), []);
    assert_eq!(scene(15, 16, 150).breaks(), []);
    let before_it_was_there = Scene::new().sell(3, (10, 20), 5).call(
        4,
        (2, 9),
        Call::See {
            item: crate::history::Item(1),
            state: State::ForSale(Price(5)),
        },
    );
    assert_eq!(before_it_was_there.breaks(), [Rule::ReadsAgreeWithTime]);
}
