use super::super::scene::{BOUGHT, SOLD, Scene, row, strangers_row};
use super::*;
use crate::history::{Bought, KeyId, Price};

/// User 1 bought item 0 with key 5 from moment 10 to moment 20.
fn bought() -> Scene {
    Scene::new().buy(1, (10, 20), 5, BOUGHT)
}

#[test]
fn a_confirmed_sale_that_is_not_stored_is_found() {
    assert_eq!(bought().ledger(30, &[row(1, 5)]).breaks(), []);
    assert_eq!(bought().ledger(30, &[]).breaks(), [Rule::LedgerAgrees]);
    assert_eq!(bought().ledger(20, &[]).breaks(), [], "read too early");
}

#[test]
fn another_buyer_key_or_price_is_found() {
    let dear = StoredSale {
        price: Price(101),
        ..row(1, 5)
    };
    let foreign = StoredSale {
        key: None,
        ..row(1, 5)
    };
    for wrong in [row(2, 5), row(1, 6), dear, foreign, strangers_row()] {
        let scene = bought().ledger(30, &[wrong]);
        assert_eq!(scene.breaks(), [Rule::LedgerAgrees], "{wrong:?}");
    }
}

#[test]
fn two_rows_of_an_item_are_found() {
    let scene = bought()
        .buy(2, (10, 20), 6, Bought::Unknown)
        .ledger(30, &[row(1, 5), row(2, 6)]);
    assert_eq!(scene.breaks(), [Rule::SoldOnce]);
}

#[test]
fn a_row_that_nobody_asked_for_is_found() {
    let unknown = || Scene::new().buy(2, (10, 20), 6, Bought::Unknown);
    assert_eq!(unknown().ledger(30, &[row(2, 6)]).breaks(), []);
    assert_eq!(unknown().ledger(30, &[]).breaks(), []);
    let other = unknown().ledger(30, &[row(2, 7)]);
    assert_eq!(other.breaks(), [Rule::LedgerAgrees]);
    let refused = Scene::new()
        .buy(3, (2, 5), 1, Bought::Unknown)
        .buy(2, (10, 20), 6, SOLD)
        .ledger(30, &[row(2, 6)]);
    assert!(refused.breaks().contains(&Rule::LedgerAgrees));
    assert_eq!(Scene::new().ledger(30, &[strangers_row()]).breaks(), []);
}

#[test]
fn what_a_crash_lost_is_told_from_what_was_lost_without_one() {
    let lost = |crash| bought().crash(crash).ledger(30, &[]);
    assert_eq!(lost(25).breaks(), [Rule::SurvivesCrash]);
    assert_eq!(lost(20).breaks(), [Rule::LedgerAgrees], "killed too early");
    assert_eq!(lost(31).breaks(), [Rule::LedgerAgrees], "killed too late");
    let kept = bought().crash(25).ledger(30, &[row(1, 5)]);
    assert_eq!(kept.breaks(), []);
    assert_eq!(kept.checked(Rule::SurvivesCrash), 1);
}

#[test]
fn each_ledger_is_judged() {
    let scene = bought().crash(25).ledger(30, &[]).ledger(40, &[row(1, 5)]);
    assert_eq!(scene.breaks(), [Rule::SurvivesCrash]);
    let twice = bought().crash(25).ledger(30, &[row(1, 5)]).ledger(40, &[]);
    assert_eq!(twice.breaks(), [Rule::SurvivesCrash]);
    let before = bought().ledger(15, &[]).ledger(40, &[row(1, 5)]);
    assert_eq!(before.breaks(), []);
}

#[test]
fn a_row_of_an_unknown_purchase_stays() {
    let scene = |crash| {
        Scene::new()
            .buy(1, (10, 20), 5, Bought::Unknown)
            .crash(crash)
            .ledger(30, &[row(1, 5)])
            .ledger(50, &[])
    };
    assert_eq!(scene(25).breaks(), [Rule::LedgerAgrees]);
    assert_eq!(scene(40).breaks(), [Rule::SurvivesCrash]);
    let stranger = Scene::new().ledger(30, &[strangers_row()]).ledger(50, &[]);
    assert_eq!(stranger.breaks(), [Rule::LedgerAgrees]);
}

#[test]
fn a_row_in_words() {
    let row = StoredSale {
        item: Item(3),
        buyer: None,
        price: Price(1),
        key: Some(KeyId(4)),
    };
    assert_eq!(told(&row), "a sale to a stranger with key 4 for 0.01");
}
