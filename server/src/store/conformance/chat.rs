//! Messages: numbered, kept once a key, read from both sides.

use std::sync::Arc;

use auboutique_protocol::chat::{Message, MessageSent};
use auboutique_protocol::codec;
use auboutique_protocol::ids::{Key, ProductId, UnixMillis};
use auboutique_protocol::text::{MessageText, Username};

use super::Market;
use super::market::NOW;
use crate::presence::ConnectionId;
use crate::store::UserId;
use crate::store::chat::{MarkOutcome, MessagePage, NewMessage, Recipient, SendOutcome, Span};

fn name(username: &str) -> Username {
    Username::parse(username).unwrap()
}

fn message(from: UserId, to: &str, text: &str) -> NewMessage {
    let key = Key::now();
    let mut digest = [0; 32];
    digest[..16].copy_from_slice(&key.0);
    NewMessage {
        from,
        to: name(to),
        key,
        digest,
        text: MessageText::parse(text).unwrap(),
        about: None,
        sent_at: NOW,
        day: "2026-02-25".into(),
        per_day_max: 1_000,
        recipient: Recipient::Online,
        origin: ConnectionId::first(),
    }
}

async fn send(market: &Market, message: NewMessage) -> u64 {
    let outcome = market.store.send(message).await.unwrap();
    let SendOutcome::Sent { reply } = outcome else {
        panic!("{outcome:?}");
    };
    codec::decode::<MessageSent>(&reply).unwrap().number
}

async fn history(
    market: &Market,
    user: UserId,
    with: &str,
    span: Span,
    limit: usize,
) -> MessagePage {
    let page = market.store.history(user, &name(with), span, limit).await;
    page.unwrap().expect("the other exists")
}

fn numbers(page: &MessagePage) -> Vec<u64> {
    page.messages.iter().map(|message| message.number).collect()
}

pub(crate) async fn messages_of_two_people_are_numbered_from_one_in_one_conversation(
    mut market: Market,
) {
    let [mona, omar, rima] = market.users(["mona", "omar", "rima"]).await;
    let product = market.sell(mona, 500).await;
    let about = NewMessage {
        about: Some(product),
        sent_at: UnixMillis(NOW.0 + 1),
        ..message(omar, "mona", "Is it still there?")
    };
    assert_eq!(send(&market, about).await, 1);
    assert_eq!(
        send(&market, message(mona, "omar", "Yes.\nCome by.")).await,
        2
    );
    assert_eq!(send(&market, message(rima, "mona", "Hello")).await, 1);
    let expected = [
        Message {
            to: "mona".into(),
            from: "omar".into(),
            text: "Is it still there?".into(),
            about: Some(product),
            number: 1,
            sent_at: UnixMillis(NOW.0 + 1),
        },
        Message {
            to: "omar".into(),
            from: "mona".into(),
            text: "Yes.\nCome by.".into(),
            about: None,
            number: 2,
            sent_at: NOW,
        },
    ];
    for _ in 0..2 {
        for (user, with) in [(mona, "omar"), (omar, "mona")] {
            let page = history(&market, user, with, Span::Before(u64::MAX), 10).await;
            assert_eq!(page.messages, expected);
        }
        let page = history(&market, omar, "rima", Span::After(0), 10).await;
        assert_eq!(page, MessagePage::default());
        market.reopen().await;
    }
}

pub(crate) async fn a_repeated_key_gives_the_first_reply_and_stores_nothing(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let first = message(mona, "omar", "Hello");
    let reply = market.store.send(first.clone()).await.unwrap();
    assert!(matches!(&reply, SendOutcome::Sent { .. }));
    // The recipient has gone, the day is another, and nothing may be sent any more.
    let again = NewMessage {
        recipient: Recipient::Unreachable,
        per_day_max: 0,
        sent_at: UnixMillis(NOW.0 + 99),
        ..first.clone()
    };
    assert_eq!(market.store.send(again).await.unwrap(), reply);
    let other = NewMessage {
        digest: [9; 32],
        ..first.clone()
    };
    let conflict = market.store.send(other).await.unwrap();
    assert_eq!(conflict, SendOutcome::KeyConflict);
    let of_omar = NewMessage {
        key: first.key,
        ..message(omar, "mona", "Mine")
    };
    assert_eq!(send(&market, of_omar).await, 2);
    let page = history(&market, mona, "omar", Span::After(0), 10).await;
    assert_eq!(numbers(&page), [1, 2]);
}

pub(crate) async fn a_refused_message_leaves_nothing_and_binds_no_key(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let wanted = message(mona, "omar", "Hello");
    let refused = [
        (
            NewMessage {
                recipient: Recipient::Unreachable,
                ..wanted.clone()
            },
            SendOutcome::Offline,
        ),
        (
            NewMessage {
                to: name("nobody"),
                ..wanted.clone()
            },
            SendOutcome::NotFound,
        ),
        (
            NewMessage {
                about: Some(ProductId(4_000)),
                ..wanted.clone()
            },
            SendOutcome::UnknownProduct,
        ),
        (
            NewMessage {
                per_day_max: 0,
                ..wanted.clone()
            },
            SendOutcome::TooMany,
        ),
        (
            NewMessage {
                from: UserId(4_000),
                ..wanted.clone()
            },
            SendOutcome::SenderGone,
        ),
    ];
    for (message, outcome) in refused {
        assert_eq!(market.store.send(message).await.unwrap(), outcome);
    }
    let page = history(&market, omar, "mona", Span::After(0), 10).await;
    assert_eq!(page, MessagePage::default());
    assert_eq!(market.store.unread(omar).await.unwrap(), 0);
    assert_eq!(send(&market, wanted).await, 1);
}

pub(crate) async fn the_quota_counts_the_messages_of_a_day(market: Market) {
    let [mona, _omar] = market.users(["mona", "omar"]).await;
    let on = |day: &str| NewMessage {
        day: day.into(),
        per_day_max: 2,
        ..message(mona, "omar", "Hello")
    };
    for count in 0..2 {
        let sent = market.store.messages_sent(mona, "2026-02-25").await;
        assert_eq!(sent.unwrap(), count);
        send(&market, on("2026-02-25")).await;
    }
    let refused = market.store.send(on("2026-02-25")).await.unwrap();
    assert_eq!(refused, SendOutcome::TooMany);
    send(&market, on("2026-02-26")).await;
    let sent = market.store.messages_sent(mona, "2026-02-26").await;
    assert_eq!(sent.unwrap(), 1);
}

pub(crate) async fn a_mark_never_goes_back_or_beyond_the_end(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    for text in ["one", "two", "three"] {
        send(&market, message(omar, "mona", text)).await;
    }
    send(&market, message(mona, "omar", "four")).await;
    let mark = async |upto| {
        let marked = market.store.mark_read(mona, &name("omar"), upto).await;
        marked.unwrap()
    };
    assert_eq!(market.store.unread(mona).await.unwrap(), 3);
    assert_eq!(mark(0).await, MarkOutcome::Marked { unread: 3 });
    assert_eq!(mark(2).await, MarkOutcome::Marked { unread: 1 });
    assert_eq!(mark(1).await, MarkOutcome::Marked { unread: 1 });
    assert_eq!(mark(5).await, MarkOutcome::BeyondTheEnd);
    assert_eq!(mark(u64::MAX).await, MarkOutcome::BeyondTheEnd);
    assert_eq!(mark(4).await, MarkOutcome::Marked { unread: 0 });
    assert_eq!(market.store.unread(mona).await.unwrap(), 0);
    // The sender sees how far the other has read, and has one to read.
    let page = history(&market, omar, "mona", Span::After(0), 10).await;
    assert_eq!(
        (page.seen, market.store.unread(omar).await.unwrap()),
        (4, 1)
    );
    let nobody = market.store.mark_read(mona, &name("nobody"), 0).await;
    assert_eq!(nobody.unwrap(), MarkOutcome::NotFound);
    let [rima] = market.users(["rima"]).await;
    let none = market.store.mark_read(rima, &name("mona"), 0).await;
    assert_eq!(none.unwrap(), MarkOutcome::Marked { unread: 0 });
}

pub(crate) async fn history_is_read_in_pages_in_both_directions(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    for number in 1..=5_u64 {
        let sender = if number % 2 == 0 {
            (mona, "omar")
        } else {
            (omar, "mona")
        };
        send(&market, message(sender.0, sender.1, "text")).await;
    }
    for (span, limit, expected, more) in [
        (Span::Before(u64::MAX), 2, &[4, 5][..], true),
        (Span::Before(4), 2, &[2, 3], true),
        (Span::Before(2), 2, &[1], false),
        (Span::After(0), 3, &[1, 2, 3], true),
        (Span::After(3), 2, &[4, 5], false),
        (Span::After(5), 2, &[], false),
        (Span::Before(1), 2, &[], false),
    ] {
        let page = history(&market, mona, "omar", span, limit).await;
        assert_eq!(
            (numbers(&page).as_slice(), page.more),
            (expected, more),
            "{span:?}"
        );
    }
    let nobody = name("nobody");
    let unknown = market.store.history(mona, &nobody, Span::After(0), 1);
    assert_eq!(unknown.await.unwrap(), None);
}

pub(crate) async fn conversations_come_latest_first_in_pages(market: Market) {
    let [mona, omar, rima, sami] = market.users(["mona", "omar", "rima", "sami"]).await;
    for (step, from) in [omar, rima, sami, omar].into_iter().enumerate() {
        let at = UnixMillis(NOW.0 + step as u64);
        let text = MessageText::parse(&format!("number {step}")).unwrap();
        let message = NewMessage {
            sent_at: at,
            text,
            ..message(from, "mona", "x")
        };
        send(&market, message).await;
    }
    let mut after = None;
    let mut seen = Vec::new();
    for size in [2, 1] {
        let page = market.store.conversations(mona, after, 2).await.unwrap();
        assert_eq!(page.items.len(), size);
        seen.extend(page.items.into_iter().map(|conversation| {
            let with = conversation.with.to_string();
            (with, conversation.unread, conversation.last.text)
        }));
        after = page.next;
    }
    let expected = |with: &str, unread, text: &str| (with.to_owned(), unread, text.to_owned());
    assert_eq!(
        seen,
        [
            expected("omar", 2, "number 3"),
            expected("sami", 1, "number 2"),
            expected("rima", 1, "number 1")
        ]
    );
    assert_eq!(after, None);
    assert_eq!(market.store.unread(mona).await.unwrap(), 4);
}

pub(crate) async fn of_many_messages_at_once_each_gets_a_number_of_its_own(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let market = Arc::new(market);
    let mut senders = tokio::task::JoinSet::new();
    for count in 0..40 {
        let market = Arc::clone(&market);
        let (from, to) = if count % 2 == 0 {
            (mona, "omar")
        } else {
            (omar, "mona")
        };
        senders.spawn(async move { send(&market, message(from, to, "text")).await });
    }
    let mut given = senders.join_all().await;
    given.sort_unstable();
    assert_eq!(given, (1..=40).collect::<Vec<_>>());
    let page = history(&market, mona, "omar", Span::After(0), 100).await;
    assert_eq!(numbers(&page), given);
    assert_eq!(market.store.unread(mona).await.unwrap(), 20);
}

pub(crate) async fn all_own_messages_come_in_pages_and_nobody_elses(market: Market) {
    let [mona, omar, rima] = market.users(["mona", "omar", "rima"]).await;
    for (from, to, text) in [
        (mona, "omar", "a"),
        (omar, "rima", "not mine"),
        (rima, "mona", "b"),
        (omar, "mona", "c"),
    ] {
        send(&market, message(from, to, text)).await;
    }
    let (mut after, mut texts) = (None, Vec::new());
    for size in [2, 1] {
        let page = market.store.own_messages(mona, after, 2).await.unwrap();
        assert_eq!(page.items.len(), size);
        texts.extend(page.items.into_iter().map(|message| message.text));
        after = page.next;
    }
    assert_eq!(
        (texts, after),
        (vec!["a".into(), "c".into(), "b".to_owned()], None)
    );
}

pub(crate) async fn a_deleted_account_takes_its_conversations_along(market: Market) {
    let [mona, omar, rima] = market.users(["mona", "omar", "rima"]).await;
    send(&market, message(mona, "omar", "a secret")).await;
    send(&market, message(omar, "mona", "another")).await;
    send(&market, message(rima, "omar", "stays")).await;
    let password = market
        .store
        .credentials(&name("mona"))
        .await
        .unwrap()
        .unwrap()
        .password;
    let deleted = market
        .store
        .delete_user(mona, &password, "2026-03-01", NOW)
        .await;
    assert_eq!(
        deleted.unwrap(),
        crate::store::accounts::DeleteOutcome::Deleted
    );
    let page = market.store.conversations(omar, None, 10).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.items[0].last.text, "stays");
    assert_eq!(market.store.unread(omar).await.unwrap(), 1);
    let gone = market
        .store
        .history(omar, &name("mona"), Span::After(0), 10)
        .await;
    assert_eq!(gone.unwrap(), None);
    let to_the_gone = market.store.send(message(omar, "mona", "hello?")).await;
    assert_eq!(to_the_gone.unwrap(), SendOutcome::NotFound);
    let of_the_gone = market.store.send(message(mona, "omar", "back")).await;
    assert_eq!(of_the_gone.unwrap(), SendOutcome::SenderGone);
}

/// Removes what was sent before, and returns how much that was.
async fn forget(market: &Market, before: UnixMillis) -> u64 {
    let (mut removed, mut after) = (0, None);
    loop {
        let part = market.store.forget_messages(before, after).await.unwrap();
        removed += part.removed;
        after = part.next;
        if after.is_none() {
            return removed;
        }
    }
}

pub(crate) async fn old_messages_go_from_the_beginning_and_with_the_last_their_conversation(
    market: Market,
) {
    let [mona, omar, rima] = market.users(["mona", "omar", "rima"]).await;
    let at = |from, to, text: &str, hours: u64| NewMessage {
        sent_at: UnixMillis(NOW.0 + hours * 3_600_000),
        ..message(from, to, text)
    };
    for hour in 0..4 {
        send(&market, at(mona, "omar", "to omar", hour)).await;
    }
    send(&market, at(rima, "omar", "to omar, too", 3)).await;
    let hour = |hours: u64| UnixMillis(NOW.0 + hours * 3_600_000);
    assert_eq!(forget(&market, hour(0)).await, 0);
    assert_eq!(market.store.unread(omar).await.unwrap(), 5);
    assert_eq!(forget(&market, hour(2)).await, 2);
    let span = Span::Before(u64::MAX);
    assert_eq!(
        numbers(&history(&market, omar, "mona", span, 9).await),
        [3, 4]
    );
    assert_eq!(market.store.unread(omar).await.unwrap(), 3);
    let conversations = async || {
        market
            .store
            .conversations(omar, None, 9)
            .await
            .unwrap()
            .items
            .len()
    };
    assert_eq!(conversations().await, 2);
    assert_eq!(forget(&market, hour(4)).await, 3);
    assert_eq!(conversations().await, 0);
    assert_eq!(market.store.unread(omar).await.unwrap(), 0);
    // They can begin anew.
    assert_eq!(send(&market, at(omar, "mona", "again", 5)).await, 1);
    assert_eq!(conversations().await, 1);
    // More than one commit removes.
    for number in 0..600 {
        send(&market, at(rima, "mona", &number.to_string(), 6)).await;
    }
    assert_eq!(forget(&market, hour(6)).await, 1);
    assert_eq!(forget(&market, hour(7)).await, 600);
}
