use super::super::scene::{BOUGHT, SOLD, Scene, confirmed, row, strangers_row};
use super::*;
use crate::history::Outcome;

#[test]
fn two_buyers_of_an_item_are_found() {
    let scene = Scene::new()
        .buy(1, (2, 9), 0, BOUGHT)
        .buy(2, (2, 9), 1, confirmed(100, 8));
    assert_eq!(scene.breaks(), [Rule::SoldOnce]);
}

#[test]
fn two_keys_of_one_buyer_are_found_and_one_key_of_two_buyers() {
    let keys = Scene::new()
        .buy(1, (2, 3), 0, BOUGHT)
        .buy(1, (4, 5), 1, confirmed(100, 8));
    assert_eq!(keys.breaks(), [Rule::SoldOnce]);
    let buyers = Scene::new()
        .buy(1, (2, 3), 0, BOUGHT)
        .buy(2, (4, 5), 0, BOUGHT);
    assert_eq!(buyers.breaks(), [Rule::SoldOnce]);
}

#[test]
fn repetitions_of_one_key_count_once() {
    let scene = Scene::new()
        .buy(1, (2, 3), 0, BOUGHT)
        .buy(1, (4, 5), 0, BOUGHT)
        .buy(2, (2, 5), 1, Bought::Unknown);
    assert_eq!(scene.breaks(), []);
    assert_eq!(scene.checked(Rule::SoldOnce), 1);
}

#[test]
fn an_item_that_nobody_got_is_found() {
    let scene = Scene::new().buy(1, (2, 9), 0, SOLD).buy(2, (2, 9), 1, SOLD);
    assert_eq!(scene.breaks(), [Rule::RefusalHasCause, Rule::SomebodyWins]);
}

#[test]
fn the_ledger_finds_it_although_an_outcome_is_unknown() {
    let maybe = || {
        Scene::new()
            .buy(1, (2, 9), 0, SOLD)
            .buy(2, (2, 9), 1, Bought::Unknown)
    };
    assert_eq!(maybe().breaks(), []);
    assert_eq!(maybe().checked(Rule::SomebodyWins), 0);
    assert_eq!(maybe().ledger(20, &[row(2, 1)]).breaks(), []);
    let unsold = maybe().ledger(20, &[]);
    assert_eq!(unsold.breaks(), [Rule::RefusalHasCause, Rule::SomebodyWins]);
    assert_eq!(
        maybe().ledger(9, &[]).breaks(),
        [],
        "it may have been sold since"
    );
}

#[test]
fn nothing_is_said_where_something_stood_against_it() {
    let refused = Bought::Refused(Refusal::PriceChanged(Price(150)));
    let edited = |outcome| {
        Scene::new()
            .edit((5, 6), 150, outcome)
            .buy(1, (2, 9), 0, refused)
    };
    assert_eq!(edited(Outcome::Done).breaks(), []);
    assert_eq!(edited(Outcome::Unknown).checked(Rule::SomebodyWins), 0);
    for refusal in [Refusal::Transient, Refusal::Other] {
        let scene = Scene::new().buy(1, (2, 9), 0, Bought::Refused(refusal));
        assert_eq!(scene.breaks(), []);
        assert_eq!(scene.checked(Rule::SomebodyWins), 0);
    }
    let own = Scene::new().buy(0, (2, 9), 0, Bought::Refused(Refusal::OwnItem));
    assert_eq!((own.breaks(), own.checked(Rule::SomebodyWins)), (vec![], 0));
    let early = Scene::new().buy(1, (1, 9), 0, Bought::Refused(Refusal::NotFound));
    assert_eq!(early.breaks(), [], "it may not have been there yet");
}

#[test]
fn an_edit_after_the_attempt_excuses_nothing() {
    let scene = Scene::new()
        .buy(1, (2, 9), 0, SOLD)
        .edit((10, 11), 150, Outcome::Refused)
        .edit((12, 13), 160, Outcome::Unknown);
    assert_eq!(scene.breaks(), [Rule::RefusalHasCause, Rule::SomebodyWins]);
}

#[test]
fn a_stranger_may_have_been_first() {
    let scene = Scene::new()
        .buy(1, (2, 9), 0, SOLD)
        .ledger(20, &[strangers_row()]);
    assert_eq!(scene.breaks(), []);
}
