use super::super::scene::{BOUGHT, SOLD, Scene, YOURS, confirmed};
use super::*;

fn refused(refusal: Refusal) -> Bought {
    Bought::Refused(refusal)
}

/// User 1 bought item 0 with key 0 from moment 10 to moment 20, and asked again.
fn again(span: (u64, u64), outcome: Bought) -> Scene {
    Scene::new()
        .buy(1, (10, 20), 0, BOUGHT)
        .buy(1, span, 0, outcome)
}

#[test]
fn another_confirmation_for_the_same_key_is_found() {
    let other = again((30, 40), confirmed(100, 8));
    assert_eq!(other.breaks(), [Rule::KeyKeepsItsReply]);
    assert_eq!(again((30, 40), BOUGHT).breaks(), []);
    assert_eq!(again((30, 40), BOUGHT).checked(Rule::KeyKeepsItsReply), 1);
}

#[test]
fn a_forgotten_key_is_found() {
    let forgotten = again((30, 40), YOURS).breaks();
    assert!(forgotten.contains(&Rule::KeyKeepsItsReply));
    let withdrawn = again((21, 40), refused(Refusal::KeyConflict)).breaks();
    assert!(withdrawn.contains(&Rule::KeyKeepsItsReply));
}

#[test]
fn a_refusal_that_may_have_come_first_is_none() {
    let early = again((5, 20), refused(Refusal::NotFound)).breaks();
    assert!(!early.contains(&Rule::KeyKeepsItsReply));
    for outcome in [
        refused(Refusal::Transient),
        refused(Refusal::Other),
        Bought::Unknown,
    ] {
        assert_eq!(again((30, 40), outcome).breaks(), []);
    }
}

#[test]
fn already_sold_contradicts_a_confirmation_at_any_time() {
    let overlapping = again((5, 40), YOURS).breaks();
    assert!(overlapping.contains(&Rule::KeyKeepsItsReply));
    let other_key = Scene::new()
        .buy(1, (10, 20), 0, BOUGHT)
        .buy(1, (10, 20), 1, YOURS);
    assert_eq!(other_key.breaks(), []);
    let other_user = Scene::new()
        .buy(1, (10, 20), 0, BOUGHT)
        .buy(2, (10, 20), 0, SOLD);
    assert_eq!(other_user.breaks(), []);
}

/// User 1 used key 0 for item 0, and for item 1 as well.
fn reused(outcome: Bought) -> Scene {
    again((30, 40), BOUGHT)
        .sell(3, (0, 1), 50)
        .buy_at(1, (50, 60), 0, (1, 50), outcome)
}

#[test]
fn a_key_for_two_purchases_is_found() {
    let scene = reused(confirmed(50, 9));
    assert_eq!(scene.breaks(), [Rule::KeyIsForOnePurchase]);
    let refused = reused(refused(Refusal::KeyConflict));
    assert_eq!(refused.breaks(), []);
    assert_eq!(refused.checked(Rule::KeyIsForOnePurchase), 1);
    let price = again((30, 40), BOUGHT)
        .edit((2, 5), 90, crate::history::Outcome::Unknown)
        .buy_at(1, (6, 9), 0, (0, 90), confirmed(90, 7));
    assert_eq!(price.breaks(), [Rule::KeyIsForOnePurchase]);
}

#[test]
fn a_conflict_needs_another_purchase() {
    let never = Scene::new().buy(1, (10, 20), 0, refused(Refusal::KeyConflict));
    assert_eq!(never.breaks(), [Rule::RefusalHasCause]);
    let conflict = |span, outcome| {
        Scene::new()
            .sell(3, (0, 1), 50)
            .buy_at(1, span, 0, (1, 50), outcome)
            .buy(1, (10, 20), 0, refused(Refusal::KeyConflict))
    };
    assert_eq!(conflict((20, 30), Bought::Unknown).breaks(), []);
    assert_eq!(conflict((2, 30), confirmed(50, 3)).breaks(), []);
    let later = conflict((21, 30), Bought::Unknown);
    assert_eq!(later.breaks(), [Rule::RefusalHasCause]);
    let refused = conflict((2, 3), refused(Refusal::Transient));
    assert_eq!(refused.breaks(), [Rule::RefusalHasCause]);
    let somebody_elses = Scene::new().buy(2, (2, 3), 0, Bought::Unknown).buy_at(
        1,
        (10, 20),
        0,
        (0, 90),
        self::refused(Refusal::KeyConflict),
    );
    assert_eq!(somebody_elses.breaks(), [Rule::RefusalHasCause]);
}
