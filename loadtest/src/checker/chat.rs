//! Messages are kept, once each, in the order in which they were sent.
//!
//! All attempts to send one message are one message: it was sent from the first of them that was not
//! refused until the first that was done.

use super::Rule;
use super::findings::{Breach, Findings};
use crate::history::{Actor, Call, Event, History, Inbox, MessageId, Moment, Outcome};

/// A message, with what is known of it.
#[derive(Debug, Clone, Copy)]
struct Message {
    sender: Actor,
    to: Actor,
    /// The first attempt.
    event: usize,
    /// The first attempt that may have sent it; `None` if all were refused.
    invoked: Option<Moment>,
    /// It had been sent by then.
    done: Option<Moment>,
    /// How often it was found.
    found: u32,
}

/// Judges all conversations.
pub(super) fn judge(history: &History, findings: &mut Findings) {
    let Some(inboxes) = &history.inboxes else {
        return;
    };
    let mut messages = Messages::new(history);
    for inbox in inboxes {
        judge_presence(inbox, &mut messages, findings);
        judge_order(inbox, &messages, findings);
    }
    for (id, message) in messages.sent() {
        findings.note(Rule::MessageIsKept, lost(id, message));
    }
}

/// The messages by their numbers.
struct Messages(Vec<Option<Message>>);

impl Messages {
    fn new(history: &History) -> Self {
        let mut messages = Self(Vec::new());
        for (index, event) in history.events.iter().enumerate() {
            if let Call::Send {
                to,
                message,
                outcome,
            } = event.call
            {
                messages.attempt(index, event, (to, message), outcome);
            }
        }
        messages
    }

    fn attempt(
        &mut self,
        index: usize,
        event: &Event,
        (to, id): (Actor, MessageId),
        outcome: Outcome,
    ) {
        if self.0.len() <= id.index() {
            self.0.resize(id.index() + 1, None);
        }
        let message = self.0[id.index()].get_or_insert(Message {
            sender: event.actor,
            to,
            event: index,
            invoked: None,
            done: None,
            found: 0,
        });
        if outcome != Outcome::Refused {
            let known = message.invoked.unwrap_or(event.invoked);
            message.invoked = Some(known.min(event.invoked));
        }
        if outcome == Outcome::Done {
            let known = message.done.unwrap_or(event.returned);
            message.done = Some(known.min(event.returned));
        }
    }

    fn of(&self, id: MessageId) -> Option<&Message> {
        self.0.get(id.index())?.as_ref()
    }

    /// Those that were acknowledged.
    fn sent(&self) -> impl Iterator<Item = (usize, &Message)> {
        let all = self.0.iter().enumerate();
        let known = all.filter_map(|(id, message)| Some((id, message.as_ref()?)));
        known.filter(|(_, message)| message.done.is_some())
    }
}

/// What stands there was sent to there, and not refused, and is there once.
fn judge_presence(inbox: &Inbox, messages: &mut Messages, findings: &mut Findings) {
    for id in inbox.messages.iter().flatten() {
        let Some(Some(message)) = messages.0.get_mut(id.index()) else {
            continue;
        };
        let here = (message.sender, message.to) == (inbox.sender, inbox.reader);
        // A copy in another conversation does not make up for one that is missing here.
        message.found += u32::from(here);
        let problem = if !here {
            Some("was sent by or to somebody else")
        } else if message.invoked.is_none() {
            Some("was refused")
        } else if message.found > 1 {
            Some("is there more than once")
        } else {
            None
        };
        let breach = problem.map(|problem| {
            let explanation = format!(
                "User {} has message {} from user {}, which {problem}.",
                inbox.reader.0, id.0, inbox.sender.0
            );
            Breach::new(explanation, [message.event])
        });
        findings.note(Rule::MessageIsThereOnce, breach);
    }
}

/// A message does not stand behind one that was begun only after it had been sent.
fn judge_order(inbox: &Inbox, messages: &Messages, findings: &mut Findings) {
    let mut latest: Option<(Moment, MessageId, &Message)> = None;
    for id in inbox.messages.iter().flatten() {
        let Some((message, invoked)) = messages.of(*id).and_then(|m| Some((m, m.invoked?))) else {
            continue;
        };
        let before = latest.filter(|(begun, ..)| message.done.is_some_and(|done| done < *begun));
        let breach = before.map(|(begun, other_id, other)| {
            let explanation = format!(
                "User {} has message {} from user {}, which was begun at {begun}, before message {}, \
                 which had been sent by then.",
                inbox.reader.0, other_id.0, inbox.sender.0, id.0
            );
            Breach::new(explanation, [message.event, other.event])
        });
        findings.note(Rule::MessagesKeepTheirOrder, breach);
        if latest.is_none_or(|(begun, ..)| invoked > begun) {
            latest = Some((invoked, *id, message));
        }
    }
}

fn lost(id: usize, message: &Message) -> Option<Breach> {
    if message.found > 0 {
        return None;
    }
    let explanation = format!(
        "Message {id} from user {} was acknowledged, but user {} does not have it.",
        message.sender.0, message.to.0
    );
    Some(Breach::new(explanation, [message.event]))
}

#[cfg(test)]
mod tests;
