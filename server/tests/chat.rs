//! Chat over real TLS: what is sent, kept, read, pushed and refused.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod common;

use std::time::Duration;

use auboutique_client::{Client, Events, Notice};
use auboutique_protocol::accounts::{DeleteAccount, ExportAccount, MyQuota, Ping, Usage};
use auboutique_protocol::chat::{
    Conversations, History, HistoryPage, IfOffline, MarkRead, Message, MessageSent, SendMessage,
};
use auboutique_protocol::error::{ErrorCode, InvalidField, Nothing, Quota};
use auboutique_protocol::event::Event;
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::limits::MESSAGE_CHARACTERS_MAX;
use auboutique_protocol::page::Cursor;
use auboutique_server::config::args::Args;
use clap::Parser as _;
use common::{PASSWORD, TestServer, refusal, sell};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(60);

fn to(username: &str, text: &str) -> SendMessage {
    SendMessage {
        to: username.into(),
        key: Key::now(),
        text: text.into(),
        about: None,
        if_offline: IfOffline::Refuse,
    }
}

fn kept(username: &str, text: &str) -> SendMessage {
    SendMessage {
        if_offline: IfOffline::Keep,
        ..to(username, text)
    }
}

fn with(username: &str) -> History {
    History {
        with: username.into(),
        after: None,
        limit: None,
        before: None,
    }
}

fn read(username: &str, upto: u64) -> MarkRead {
    MarkRead {
        upto,
        with: username.into(),
    }
}

fn invalid(field: &'static str, reason: &'static str) -> ErrorCode {
    ErrorCode::InvalidField(InvalidField {
        field: field.into(),
        reason: reason.into(),
    })
}

async fn next_message(events: &mut Events) -> Message {
    match timeout(PATIENCE, events.next()).await.unwrap() {
        Some(Notice::Event(Event::Message(message))) => message,
        other => panic!("{other:?}"),
    }
}

/// What was pushed until now: events that went out before an answer have come before it.
async fn pushed(client: &Client, events: &mut Events) -> Vec<Notice> {
    client.call(&Ping {}).await.unwrap();
    std::iter::from_fn(|| events.try_next()).collect()
}

#[tokio::test]
async fn two_people_who_are_online_talk_about_a_product() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let book = sell(&mona, "Book", 500).await;
    let (mut monas, mut omars) = (mona.events(), omar.events());
    let question = SendMessage {
        about: Some(book),
        ..to("MONA", "  Is it\r\nstill there?  ")
    };
    let sent: MessageSent = omar.call(&question).await.unwrap();
    assert_eq!((sent.number, sent.delivered), (1, true));
    let message = next_message(&mut monas).await;
    assert_eq!(
        (message.from.as_str(), message.to.as_str()),
        ("omar", "mona")
    );
    assert_eq!(message.text, "Is it\nstill there?");
    assert_eq!((message.about, message.number), (Some(book), 1));
    assert_eq!(message.sent_at, sent.sent_at);
    mona.call(&to("omar", "Yes.")).await.unwrap();
    assert_eq!(next_message(&mut omars).await.number, 2);

    let page: HistoryPage = omar.call(&with("mona")).await.unwrap();
    assert_eq!(page.messages[0], message);
    assert_eq!((page.messages.len(), page.more, page.seen), (2, false, 0));
    assert_eq!(mona.call(&read("omar", 2)).await.unwrap().unread, 0);
    assert_eq!(omar.call(&with("mona")).await.unwrap().seen, 2);
}

#[tokio::test]
async fn a_message_reaches_every_connection_of_both_but_the_one_that_sent_it() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let (mona_too, omar_too) = (server.login("mona").await, server.login("omar").await);
    let stranger = server.user("rima").await;
    let mut sending = omar.events();
    let mut hearing = [mona.events(), mona_too.events(), omar_too.events()];
    let mut strangers = stranger.events();
    omar.call(&to("mona", "Hello")).await.unwrap();
    for events in &mut hearing {
        assert_eq!(next_message(events).await.text, "Hello");
    }
    assert_eq!(pushed(&omar, &mut sending).await, []);
    assert_eq!(pushed(&stranger, &mut strangers).await, []);
}

#[tokio::test]
async fn whoever_is_offline_gets_what_was_kept_and_nothing_else() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    mona.close().await;
    wait_until_offline(&omar, "mona").await;
    let refused = to("mona", "Hello");
    assert_eq!(
        refusal(omar.call(&refused).await),
        ErrorCode::RecipientOffline(Nothing {})
    );
    let sent = omar.call(&kept("mona", "Later then")).await.unwrap();
    assert_eq!((sent.number, sent.delivered), (1, false));
    let mona = server.login("mona").await;
    let inbox = mona.call(&Conversations::default()).await.unwrap();
    assert_eq!((inbox.unread, inbox.conversations.len()), (1, 1));
    let conversation = &inbox.conversations[0];
    assert_eq!(
        (conversation.with.as_str(), conversation.unread),
        ("omar", 1)
    );
    assert!(conversation.online);
    assert_eq!(conversation.last.text, "Later then");
    // The key of what was refused is free.
    assert!(omar.call(&refused).await.unwrap().delivered);
}

async fn wait_until_offline(client: &Client, username: &str) {
    let asked = auboutique_protocol::presence::Presence {
        names: vec![username.into()],
    };
    let gone = async {
        while !client.call(&asked).await.unwrap().online.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, gone).await.unwrap();
}

#[tokio::test]
async fn a_repeated_key_gives_the_same_bytes_even_when_the_recipient_has_gone() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let message = to("mona", "Hello");
    let mut events = mona.events();
    let first = omar.call_raw(&message).await.unwrap();
    assert_eq!(omar.call_raw(&message).await.unwrap(), first);
    next_message(&mut events).await;
    assert_eq!(pushed(&mona, &mut events).await, []);
    mona.close().await;
    wait_until_offline(&omar, "mona").await;
    assert_eq!(omar.call_raw(&message).await.unwrap(), first);
    let other = SendMessage {
        text: "Hello!".into(),
        ..message
    };
    assert_eq!(
        refusal(omar.call(&other).await),
        ErrorCode::KeyConflict(Nothing {})
    );
    assert_eq!(omar.call(&with("mona")).await.unwrap().messages.len(), 1);
}

#[tokio::test]
async fn messages_that_cannot_be_sent_are_refused_one_by_one() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let longest = "\u{1d11e}".repeat(MESSAGE_CHARACTERS_MAX);
    assert!(omar.call(&to("mona", &longest)).await.is_ok());
    let about = SendMessage {
        about: Some(ProductId(4_000)),
        ..to("mona", "This one?")
    };
    for (message, expected) in [
        (to("omar", "Me"), invalid("to", "yourself")),
        (to("nobody", "You"), ErrorCode::NotFound(Nothing {})),
        (
            to("no such name", "You"),
            invalid("to", "forbidden_character"),
        ),
        (
            to("mona", &format!("{longest}x")),
            invalid("text", "too_long"),
        ),
        (
            to("mona", &"x".repeat(100_000)),
            invalid("text", "too_long"),
        ),
        (to("mona", " \n "), invalid("text", "empty")),
        (
            to("mona", "a\u{202e}b"),
            invalid("text", "forbidden_character"),
        ),
        (
            to("mona", "a\u{1b}[2J"),
            invalid("text", "forbidden_character"),
        ),
        (about, invalid("about", "unknown_value")),
    ] {
        assert_eq!(refusal(omar.call(&message).await), expected);
    }
    assert_eq!(mona.call(&with("omar")).await.unwrap().messages.len(), 1);
}

#[tokio::test]
async fn a_conversation_is_read_in_pages_and_marks_stay_within_it() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    for number in 1..=5 {
        omar.call(&to("mona", &number.to_string())).await.unwrap();
    }
    let page = |after, before, limit| History {
        after,
        before,
        limit: Some(limit),
        ..with("omar")
    };
    for (request, expected, more) in [
        (page(None, None, 2), &[4, 5][..], true),
        (page(None, Some(4), 100), &[1, 2, 3], false),
        (page(Some(0), None, 3), &[1, 2, 3], true),
        (page(Some(3), None, 3), &[4, 5], false),
        (page(Some(u64::MAX), None, 3), &[], false),
        (page(None, Some(0), 3), &[], false),
    ] {
        let reply = mona.call(&request).await.unwrap();
        let numbers: Vec<u64> = reply
            .messages
            .iter()
            .map(|message| message.number)
            .collect();
        assert_eq!(
            (numbers.as_slice(), reply.more),
            (expected, more),
            "{request:?}"
        );
    }
    assert_eq!(
        refusal(mona.call(&page(Some(1), Some(3), 2)).await),
        invalid("history", "unsupported")
    );
    for limit in [0, 101] {
        assert_eq!(
            refusal(mona.call(&page(None, None, limit)).await),
            invalid("limit", "out_of_range")
        );
    }
    assert_eq!(
        refusal(mona.call(&with("nobody")).await),
        ErrorCode::NotFound(Nothing {})
    );
    assert_eq!(mona.call(&read("omar", 3)).await.unwrap().unread, 2);
    assert_eq!(
        refusal(mona.call(&read("omar", 6)).await),
        invalid("upto", "out_of_range")
    );
    assert_eq!(mona.call(&read("omar", 1)).await.unwrap().unread, 2);
    assert_eq!(
        refusal(mona.call(&read("nobody", 1)).await),
        ErrorCode::NotFound(Nothing {})
    );
    let malformed = Conversations {
        limit: None,
        cursor: Some(Cursor::new(vec![1, 2, 3])),
    };
    assert_eq!(
        refusal(mona.call(&malformed).await),
        invalid("cursor", "malformed")
    );
}

#[tokio::test]
async fn the_quota_of_a_day_is_filled_to_the_last_message() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.toml");
    std::fs::write(&file, "[limits]\nmessages_per_day_max = 3\n").unwrap();
    let data_dir = directory.path().join("data");
    let arguments = [
        "auboutique-server".as_ref(),
        "--config".as_ref(),
        file.as_os_str(),
        "--data-dir".as_ref(),
        data_dir.as_os_str(),
    ];
    let mut config = Args::parse_from(arguments).load().unwrap().config;
    config.names = vec!["localhost".into()];
    let server = TestServer::start_with(config).await;
    let (_mona, omar) = (server.user("mona").await, server.user("omar").await);
    for used in 0..3 {
        let quota = omar.call(&MyQuota {}).await.unwrap();
        assert_eq!(quota.messages_per_day, Usage { used, limit: 3 });
        omar.call(&to("mona", "Hello")).await.unwrap();
    }
    let expected = ErrorCode::Quota(Quota {
        limit: 3,
        quota: "messages_per_day".into(),
    });
    assert_eq!(refusal(omar.call(&to("mona", "Hello")).await), expected);
}

#[tokio::test]
async fn an_export_ends_with_the_messages_and_a_deleted_account_takes_them_along() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    for text in ["one", "two"] {
        mona.call(&to("omar", text)).await.unwrap();
    }
    omar.call(&to("mona", "three")).await.unwrap();
    let mut request = ExportAccount::default();
    let mut messages = Vec::new();
    loop {
        let page = mona.call(&request).await.unwrap();
        messages.extend(page.messages.into_iter().map(|message| message.text));
        request.cursor = page.next;
        if request.cursor.is_none() {
            break;
        }
    }
    assert_eq!(messages, ["one", "two", "three"]);
    let password = PASSWORD.into();
    mona.call(&DeleteAccount { password }).await.unwrap();
    let inbox = omar.call(&Conversations::default()).await.unwrap();
    assert_eq!((inbox.unread, inbox.conversations), (0, vec![]));
    assert_eq!(
        refusal(omar.call(&kept("mona", "Hello?")).await),
        ErrorCode::NotFound(Nothing {})
    );
}

#[tokio::test]
async fn what_was_said_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let server = TestServer::start_on(directory.path()).await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let message = to("omar", "Hello");
    let reply = mona.call_raw(&message).await.unwrap();
    let before = omar.call(&with("mona")).await.unwrap();
    server.stop().await;
    let server = TestServer::start_on(directory.path()).await;
    let (mona, omar) = (server.login("mona").await, server.login("omar").await);
    assert_eq!(omar.call(&with("mona")).await.unwrap(), before);
    assert_eq!(mona.call_raw(&message).await.unwrap(), reply);
    assert_eq!(omar.call(&with("mona")).await.unwrap(), before);
}
