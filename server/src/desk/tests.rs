//! The desk without a task: what is left, and what becomes of an administrator who takes nothing.

use auboutique_protocol::admin::SessionsClosed;

use super::*;
use crate::presence::{Ending, Letter};

fn closed(number: u64) -> News {
    News::Closed(ConnectionNumber(number))
}

fn event() -> AdminEvent {
    AdminEvent::SessionClosed(SessionsClosed {
        connections: vec![ConnectionNumber(1)],
    })
}

#[test]
fn nothing_is_left_of_what_nobody_watches() {
    let (desk, _inbox) = Desk::new();
    desk.tell(closed(1));
    assert_eq!(desk.0.queue.capacity(), QUEUE_MAX);
    let watching = desk.watch(&[Topic::Sales], Arc::default());
    desk.tell(closed(1));
    assert_eq!(desk.0.queue.capacity(), QUEUE_MAX);
    desk.tell(News::Sold(ProductId(1)));
    assert_eq!(desk.0.queue.capacity(), QUEUE_MAX - 1);
    drop(watching);
    desk.tell(News::Sold(ProductId(1)));
    assert_eq!(desk.0.queue.capacity(), QUEUE_MAX - 1);
}

#[test]
fn whoever_tells_never_waits_and_what_finds_no_room_is_remembered_as_missed() {
    let (desk, _inbox) = Desk::new();
    let _watching = desk.watch(&[Topic::Sessions], Arc::default());
    for number in 0..=QUEUE_MAX as u64 {
        assert!(!desk.0.missed.load(Ordering::SeqCst), "{number}");
        desk.tell(closed(number));
    }
    assert!(desk.0.missed.load(Ordering::SeqCst));
}

#[test]
fn an_administrator_who_takes_no_events_is_cut_off_and_no_other() {
    let (desk, _inbox) = Desk::new();
    let (lazy, quick) = (Arc::<Mailbox>::default(), Arc::<Mailbox>::default());
    let watching =
        [&lazy, &quick].map(|mailbox| desk.watch(&[Topic::Sessions], Arc::clone(mailbox)));
    for _ in 0..600 {
        desk.publish(Topic::Sessions, &event());
        assert!(matches!(quick.take(), Some(Letter::Event(_))));
    }
    assert_eq!(lazy.ending(), Some(Ending::SlowConsumer));
    assert_eq!(quick.ending(), None);
    drop(watching);
    assert!(desk.watchers().is_empty());
}
