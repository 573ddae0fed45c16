//! Changes to conversations.

use auboutique_loadtest::checker::Rule;
use auboutique_loadtest::history::{Call, Event, History, Inbox, MessageId, Outcome};

use super::{Rules, pick};

/// Calls that sent a message and whose success is known.
fn sent(history: &History) -> impl Iterator<Item = (Event, MessageId)> {
    history.events.iter().filter_map(|event| {
        let Call::Send {
            message,
            outcome: Outcome::Done,
            ..
        } = event.call
        else {
            return None;
        };
        Some((*event, message))
    })
}

fn inbox_with(history: &mut History, message: MessageId) -> Option<&mut Inbox> {
    let mut inboxes = history.inboxes.iter_mut().flatten();
    inboxes.find(|inbox| inbox.messages.contains(&Some(message)))
}

pub(crate) fn lose_a_message(history: &mut History, choice: usize) -> Rules {
    let (_, message) = pick(sent(history).collect(), choice)?;
    let inbox = inbox_with(history, message)?;
    inbox.messages.retain(|other| *other != Some(message));
    Some(&[Rule::MessageIsKept])
}

pub(crate) fn double_a_message(history: &mut History, choice: usize) -> Rules {
    let (_, message) = pick(sent(history).collect(), choice)?;
    let inbox = inbox_with(history, message)?;
    inbox.messages.insert(0, Some(message));
    Some(&[Rule::MessageIsThereOnce])
}

pub(crate) fn swap_two_messages(history: &mut History, choice: usize) -> Rules {
    let sent: Vec<(Event, MessageId)> = sent(history).collect();
    let first_attempt = |message| {
        let calls = history.events.iter();
        let of = calls.filter(
            |event| matches!(event.call, Call::Send { message: other, .. } if other == message),
        );
        of.map(|event| event.invoked).min()
    };
    let mut pairs = Vec::new();
    for inbox in history.inboxes.iter().flatten() {
        for pair in inbox.messages.windows(2) {
            let (Some(first), Some(second)) = (pair[0], pair[1]) else {
                continue;
            };
            let done = sent.iter().filter(|(_, message)| *message == first);
            let done = done.map(|(event, _)| event.returned).min();
            if done.is_some_and(|done| Some(done) < first_attempt(second)) {
                pairs.push((first, second));
            }
        }
    }
    let (first, second) = pick(pairs, choice)?;
    let inbox = inbox_with(history, first)?;
    let place = inbox.messages.iter().position(|it| *it == Some(first))?;
    inbox.messages.swap(place, place + 1);
    assert_eq!(inbox.messages[place], Some(second));
    Some(&[Rule::MessagesKeepTheirOrder])
}

pub(crate) fn refuse_a_message_that_is_there(history: &mut History, choice: usize) -> Rules {
    let (_, chosen) = pick(sent(history).collect(), choice)?;
    inbox_with(history, chosen)?;
    for event in &mut history.events {
        if let Call::Send {
            message, outcome, ..
        } = &mut event.call
            && *message == chosen
        {
            *outcome = Outcome::Refused;
        }
    }
    Some(&[Rule::MessageIsThereOnce])
}
