//! What is said about a conversation, beside the conversation itself.

use auboutique_protocol::chat::Message;
use auboutique_protocol::error::{ErrorCode, InvalidField};
use auboutique_protocol::limits::MESSAGE_CHARACTERS_MAX;
use auboutique_protocol::text::{TextError, term_safe, term_safe_lines};

use crate::Error;
use crate::cli::args;
use crate::cli::failure::Failure;
use crate::terminal::doubt;
use crate::terminal::output::local_time;

/// A message for people. Further lines are set in, so that none can pass for another message.
pub(super) fn message_line(message: &Message, me: &str) -> String {
    let from = if message.from == me {
        "you".into()
    } else {
        term_safe(&message.from)
    };
    let about = match message.about {
        Some(product) => format!(" (about #{product})"),
        None => String::new(),
    };
    let text = term_safe_lines(&message.text).replace('\n', "\n    ");
    format!("{} {from}{about}: {text}", local_time(message.sent_at))
}

/// How much of what a person wrote the other has read, of the `own` messages that stand above.
pub(super) fn seen_note(user: &str, own: u64, unseen: u64) -> Option<String> {
    let user = term_safe(user);
    match unseen {
        _ if own == 0 => None,
        0 => Some(format!("{user} has read what you wrote.")),
        1 => Some(format!("{user} has not read your last message yet.")),
        more => Some(format!(
            "{user} has not read your last {more} messages yet."
        )),
    }
}

/// What to do when it is not known whether a message was sent.
pub(super) fn doubt(user: &str) -> String {
    let user = term_safe(user);
    format!(
        "it may have been sent: look at `auboutique chat {user}` before you send it again, which \
         would send it twice"
    )
}

/// A text that no message may have.
pub(super) fn unsendable(error: TextError) -> Failure {
    let reason = error.code();
    Failure::invalid_field("text", reason, text_sentence(reason))
}

fn text_sentence(reason: &str) -> String {
    match reason {
        "too_long" => {
            format!("the message is too long: at most {MESSAGE_CHARACTERS_MAX} characters")
        }
        "forbidden_character" => {
            "the message holds a character that is not allowed, such as an escape".into()
        }
        "too_many_marks" => "the message holds too many marks on one character".into(),
        other => format!("the message cannot be sent: {other}"),
    }
}

/// Says what a refusal means for a conversation.
pub(super) fn explain(error: Error, arguments: &args::Chat) -> Failure {
    let user = arguments.user.as_str();
    let told = match error.code() {
        Some(ErrorCode::NotFound(_)) => Some((
            format!("there is no member called {user}"),
            Some("`auboutique sellers` lists who sells"),
        )),
        Some(ErrorCode::InvalidField(InvalidField { field, reason })) => match &**field {
            "text" => Some((text_sentence(reason), None)),
            "about" => Some((
                match arguments.about {
                    Some(product) => format!("there is no product {product} to talk about"),
                    None => "there is no such product to talk about".into(),
                },
                Some("`auboutique products` lists what there is"),
            )),
            _ => None,
        },
        _ => None,
    };
    let failure = doubt::explain(error, &doubt(user));
    match told {
        Some((message, Some(hint))) => failure.told(message).hint(hint),
        Some((message, None)) => failure.told(message),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::ids::{ProductId, UnixMillis};

    use super::*;

    #[test]
    fn no_line_of_a_message_passes_for_another_message() {
        let message = Message {
            to: "mona".into(),
            from: "omar".into(),
            text: "one\n2026-01-01 00:00 mona: two\u{1b}[2J".into(),
            about: Some(ProductId(7)),
            number: 1,
            sent_at: UnixMillis(0),
        };
        let line = message_line(&message, "mona");
        assert!(line.contains(" omar (about #7): one\n    2026-"), "{line}");
        assert!(!line.contains('\u{1b}'));
        assert!(message_line(&message, "omar").contains(" you (about"));
    }

    #[test]
    fn a_person_is_told_how_much_was_read_of_what_they_wrote() {
        let note = |own, unseen| seen_note("mona", own, unseen);
        assert_eq!(note(0, 0), None);
        assert_eq!(note(3, 0).unwrap(), "mona has read what you wrote.");
        assert!(note(3, 1).unwrap().contains("your last message"));
        assert!(note(3, 3).unwrap().contains("your last 3 messages"));
    }

    #[test]
    fn a_text_that_is_refused_is_called_a_message() {
        let sentence = unsendable(TextError::TooLong).sentence();
        assert_eq!(sentence, "the message is too long: at most 2000 characters");
        let sentence = unsendable(TextError::ForbiddenCharacter).sentence();
        assert!(sentence.contains("such as an escape"), "{sentence}");
    }
}
