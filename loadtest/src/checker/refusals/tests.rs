use super::super::scene::{BOUGHT, SOLD, Scene, YOURS, row, strangers_row};
use super::*;
use crate::history::Outcome;

fn refused(refusal: Refusal) -> Bought {
    Bought::Refused(refusal)
}

#[test]
fn sold_before_anybody_asked_is_found() {
    let scene = |from, to| {
        Scene::new()
            .buy(1, (from, to), 0, SOLD)
            .buy(2, (10, 20), 1, BOUGHT)
    };
    assert_eq!(scene(2, 9).breaks(), [Rule::RefusalHasCause]);
    assert_eq!(scene(2, 10).breaks(), [], "equal moments are in no order");
    assert_eq!(scene(30, 40).breaks(), []);
}

#[test]
fn an_unknown_purchase_may_be_the_cause() {
    let scene = |outcome| {
        Scene::new()
            .buy(2, (2, 3), 1, outcome)
            .buy(1, (50, 60), 0, SOLD)
    };
    assert_eq!(scene(Bought::Unknown).breaks(), []);
    let refused = refused(Refusal::Transient);
    assert!(scene(refused).breaks().contains(&Rule::RefusalHasCause));
}

#[test]
fn an_unknown_purchase_is_no_cause_where_the_winner_is_known() {
    let scene = || {
        Scene::new()
            .buy(2, (2, 3), 1, Bought::Unknown)
            .buy(1, (4, 5), 0, SOLD)
    };
    let confirmed_later = scene().buy(3, (6, 7), 2, BOUGHT);
    assert_eq!(confirmed_later.breaks(), [Rule::RefusalHasCause]);
    let unknown_later = || scene().buy(3, (6, 7), 2, Bought::Unknown);
    assert_eq!(unknown_later().breaks(), []);
    assert_eq!(unknown_later().ledger(20, &[row(2, 1)]).breaks(), []);
    let stored = unknown_later().ledger(20, &[row(3, 2)]);
    assert_eq!(stored.breaks(), [Rule::RefusalHasCause]);
}

#[test]
fn yours_needs_a_purchase_of_ones_own_with_another_key() {
    let scene = |own_key| {
        Scene::new()
            .buy(1, (2, 3), own_key, Bought::Unknown)
            .buy(2, (2, 3), 9, Bought::Unknown)
            .buy(1, (5, 6), 0, YOURS)
    };
    assert_eq!(scene(1).breaks(), []);
    assert_eq!(scene(0).breaks(), [Rule::RefusalHasCause]);
    let somebody_elses = Scene::new()
        .buy(2, (2, 3), 9, BOUGHT)
        .buy(1, (5, 6), 0, YOURS);
    assert_eq!(somebody_elses.breaks(), [Rule::RefusalHasCause]);
    let own = Scene::new()
        .buy(1, (2, 3), 9, BOUGHT)
        .buy(1, (5, 6), 0, SOLD);
    assert_eq!(own.breaks(), [Rule::RefusalHasCause]);
}

#[test]
fn a_stranger_may_be_the_cause() {
    let scene = Scene::new()
        .buy(1, (2, 3), 0, SOLD)
        .ledger(9, &[strangers_row()]);
    assert_eq!(scene.breaks(), []);
}

#[test]
fn withdrawn_needs_a_withdrawal() {
    let withdrawn = |outcome| {
        Scene::new()
            .withdraw((10, 20), outcome)
            .buy(1, (2, 10), 0, refused(Refusal::Withdrawn))
    };
    assert_eq!(withdrawn(Outcome::Done).breaks(), []);
    assert_eq!(withdrawn(Outcome::Unknown).breaks(), []);
    let never = withdrawn(Outcome::Refused).breaks();
    assert!(never.contains(&Rule::RefusalHasCause), "{never:?}");
    let early = Scene::new().withdraw((10, 20), Outcome::Done).buy(
        1,
        (2, 9),
        0,
        refused(Refusal::Withdrawn),
    );
    assert!(early.breaks().contains(&Rule::RefusalHasCause));
}

#[test]
fn price_changed_needs_another_price_that_it_had_while_it_was_for_sale() {
    let edited = |from, to, now| {
        let refused = refused(Refusal::PriceChanged(Price(now)));
        Scene::new()
            .edit((10, 20), 150, Outcome::Done)
            .buy(1, (from, to), 0, refused)
    };
    assert_eq!(edited(2, 10, 150).breaks(), []);
    assert_eq!(edited(21, 30, 150).breaks(), []);
    let early = edited(2, 9, 150).breaks();
    assert_eq!(early, [Rule::RefusalHasCause, Rule::SomebodyWins]);
    assert_eq!(edited(12, 15, 160).breaks(), [Rule::RefusalHasCause]);
    assert_eq!(edited(12, 15, 100).breaks(), [Rule::RefusalHasCause]);
    let sold = edited(40, 50, 150).buy_at(
        2,
        (21, 30),
        1,
        (0, 150),
        super::super::scene::confirmed(150, 7),
    );
    assert_eq!(sold.breaks(), [Rule::RefusalHasCause]);
}

#[test]
fn own_and_not_found_need_their_causes() {
    let own = |buyer| Scene::new().buy(buyer, (2, 3), 0, refused(Refusal::OwnItem));
    assert_eq!(own(0).breaks(), []);
    assert!(own(1).breaks().contains(&Rule::RefusalHasCause));
    let missing = |from| Scene::new().buy(1, (from, 9), 0, refused(Refusal::NotFound));
    assert_eq!(missing(1).breaks(), []);
    assert!(missing(2).breaks().contains(&Rule::RefusalHasCause));
}
