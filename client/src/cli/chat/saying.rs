//! Sending what is typed, and asking what to do when it cannot be delivered.

use auboutique_protocol::chat::{IfOffline, MessageSent, SendMessage};
use auboutique_protocol::error::Retry;
use auboutique_protocol::text::{MessageText, TextError, term_safe};

use super::talk::Talk;
use super::typed::{Answer, Typed};
use super::wording::{explain, unsendable};
use super::{is_offline, request, send};
use crate::Error;
use crate::cli::failure::Failure;
use crate::cli::lines::Line;
use crate::terminal::output::begin_line;

impl Talk<'_> {
    /// Sends a line, and asks whether to keep it for somebody who is offline.
    pub(super) async fn say(&mut self, line: Line, typed: &mut Typed) -> Result<(), Failure> {
        let text = match line {
            Line::Text(text) if text.trim().is_empty() => return Ok(()),
            Line::Text(text) => text,
            Line::TooLong => return self.refuse(unsendable(TextError::TooLong)),
            Line::NotText => return self.refuse(unsendable(TextError::ForbiddenCharacter)),
        };
        if let Err(error) = MessageText::parse(&text) {
            return self.refuse(unsendable(error));
        }
        let mut request = request(&self.arguments, text);
        if self.keeps {
            request.if_offline = IfOffline::Keep;
        }
        let outcome = send(self.context, self.member, &request).await;
        if is_offline(&outcome) && self.has_person() {
            typed.set_aside()?;
            self.ask(request);
            return Ok(());
        }
        self.conclude(outcome).await
    }

    /// Asks whether to keep a message, and those that follow.
    fn ask(&mut self, request: SendMessage) {
        let user = term_safe(self.arguments.user.as_str());
        begin_line();
        self.context.out.ask(&format!(
            "{user} is offline. Keep this and what follows until they come? [Y/n]"
        ));
        self.asked = Some(request);
    }

    /// Takes the answer, or asks again: a line that is none is a message, and sent afterwards.
    pub(super) async fn answer(
        &mut self,
        line: Line,
        request: SendMessage,
        typed: &mut Typed,
    ) -> Result<(), Failure> {
        match Answer::of(&line) {
            Some(Answer::Yes) => {
                self.keeps = true;
                self.send_kept(request).await
            }
            Some(Answer::No) => {
                self.note("The message was not sent.");
                Ok(())
            }
            None => {
                self.note(if typed.wait(line) {
                    "Answer y or n first; your line is sent after that."
                } else {
                    "Answer y or n; too many lines wait, this one is gone."
                });
                self.ask(request);
                Ok(())
            }
        }
    }

    pub(super) async fn send_kept(&mut self, mut request: SendMessage) -> Result<(), Failure> {
        request.if_offline = IfOffline::Keep;
        let outcome = send(self.context, self.member, &request).await;
        self.conclude(outcome).await
    }

    async fn conclude(&mut self, outcome: Result<MessageSent, Error>) -> Result<(), Failure> {
        match outcome {
            Ok(sent) => self.catch_up(Some(sent.number)).await,
            // What may go better next time, or with another line, does not end the conversation.
            Err(error) if error.is_verdict() || error.retry() != Retry::Never => {
                self.refuse(explain(error, &self.arguments))
            }
            Err(error) => Err(explain(error, &self.arguments)),
        }
    }

    /// Tells a person that a line was not sent, and why; for a script it is the end.
    fn refuse(&self, failure: Failure) -> Result<(), Failure> {
        if !self.has_person() {
            return Err(failure);
        }
        let failure = if failure.is_of_connection() {
            failure.hint("type it again once the server is back")
        } else {
            failure
        };
        let verdict = if failure.leaves_doubt() {
            "Perhaps not sent"
        } else {
            "Not sent"
        };
        self.note(&format!("{verdict}: {}", failure.sentence()));
        Ok(())
    }
}
