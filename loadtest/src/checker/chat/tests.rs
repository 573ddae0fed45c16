use super::super::scene::Scene;
use super::*;

/// User 1 sent messages 0, 1 and 2 to user 2, one after the other.
fn three() -> Scene {
    Scene::new()
        .send((10, 20), 0, Outcome::Done)
        .send((21, 30), 1, Outcome::Done)
        .send((31, 40), 2, Outcome::Done)
}

#[test]
fn all_in_order_is_right() {
    let scene = three().inbox(&[Some(0), None, Some(1), Some(2)]);
    assert_eq!(scene.breaks(), []);
    assert_eq!(scene.checked(Rule::MessageIsKept), 3);
    assert_eq!(three().breaks(), [], "nobody looked");
}

#[test]
fn a_lost_message_is_found() {
    let scene = three().inbox(&[Some(0), Some(2)]);
    assert_eq!(scene.breaks(), [Rule::MessageIsKept]);
    let all = three().change(|history| history.inboxes = Some(Vec::new()));
    assert_eq!(all.breaks(), [Rule::MessageIsKept]);
}

#[test]
fn a_doubled_message_is_found() {
    let scene = three().inbox(&[Some(0), Some(1), Some(1), Some(2)]);
    assert_eq!(scene.breaks(), [Rule::MessageIsThereOnce]);
}

#[test]
fn a_reordered_message_is_found_also_far_away() {
    let scene = three().inbox(&[Some(1), Some(2), Some(0)]);
    assert_eq!(scene.breaks(), [Rule::MessagesKeepTheirOrder]);
}

#[test]
fn overlapping_messages_are_in_no_order() {
    let two = |second| {
        Scene::new()
            .send((10, 20), 0, Outcome::Done)
            .send((second, 30), 1, Outcome::Done)
            .inbox(&[Some(1), Some(0)])
    };
    assert_eq!(two(20).breaks(), []);
    assert_eq!(two(21).breaks(), [Rule::MessagesKeepTheirOrder]);
}

#[test]
fn an_unknown_message_may_be_there_or_not_and_anywhere_behind_what_was_done() {
    let scene = |inbox: &[Option<u32>]| {
        Scene::new()
            .send((1, 5), 0, Outcome::Done)
            .send((10, 20), 1, Outcome::Unknown)
            .send((30, 40), 2, Outcome::Done)
            .inbox(inbox)
    };
    assert_eq!(scene(&[Some(0), Some(2)]).breaks(), []);
    assert_eq!(scene(&[Some(0), Some(2), Some(1)]).breaks(), []);
    let early = scene(&[Some(1), Some(0), Some(2)]);
    assert_eq!(early.breaks(), [Rule::MessagesKeepTheirOrder]);
}

#[test]
fn a_repeated_message_is_one_from_the_first_attempt_to_the_first_success() {
    let scene = |inbox: &[Option<u32>]| {
        Scene::new()
            .send((10, 12), 0, Outcome::Unknown)
            .send((20, 25), 1, Outcome::Done)
            .send((30, 40), 0, Outcome::Done)
            .send((45, 46), 0, Outcome::Done)
            .send((41, 44), 2, Outcome::Done)
            .inbox(inbox)
    };
    assert_eq!(scene(&[Some(0), Some(1), Some(2)]).breaks(), []);
    assert_eq!(scene(&[Some(1), Some(0), Some(2)]).breaks(), []);
    let late = scene(&[Some(1), Some(2), Some(0)]);
    assert_eq!(late.breaks(), [Rule::MessagesKeepTheirOrder]);
}

#[test]
fn a_refused_message_that_is_there_is_found() {
    let refused = || Scene::new().send((10, 20), 0, Outcome::Refused);
    assert_eq!(refused().inbox(&[]).breaks(), []);
    let there = refused().inbox(&[Some(0)]);
    assert_eq!(there.breaks(), [Rule::MessageIsThereOnce]);
    let later_done = refused().send((30, 40), 0, Outcome::Done).inbox(&[Some(0)]);
    assert_eq!(later_done.breaks(), []);
}

#[test]
fn a_message_in_another_conversation_is_found() {
    let scene = three()
        .inbox(&[Some(0), Some(1), Some(2)])
        .change(|history| {
            history.inboxes.get_or_insert_default().push(Inbox {
                reader: Actor(3),
                sender: Actor(1),
                messages: vec![Some(MessageId(1))],
            });
        });
    assert_eq!(scene.breaks(), [Rule::MessageIsThereOnce]);
}
