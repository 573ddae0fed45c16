//! The way to a deed: its words, the question with the consequence, and what became of it.

mod view;

use auboutique_client::ui::input::{Code, Input, Key};
use auboutique_client::ui::ticket::{Ticket, Tickets};
use auboutique_client::ui::widgets::confirm::{Answer, Confirm};
use auboutique_client::ui::widgets::form::{Field, Form, Outcome};
use auboutique_protocol::accounts::Password;
use auboutique_protocol::text::Username;

use crate::console::deed::Deed;
use crate::console::message::Effect;

/// The one field of the form.
const WORDS: &str = "words";

/// A deed on its way.
#[derive(Debug)]
pub(crate) struct Dialog {
    deed: Deed,
    /// Its words; they stay until it is done.
    form: Form,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Its words are typed.
    Words,
    /// What it would lead to is found out.
    Weighing {
        ticket: Ticket,
        words: Option<String>,
    },
    /// It is asked about.
    Asking {
        words: Option<String>,
        question: Confirm,
    },
    /// It is being done; closing the dialog does not stop it.
    Doing { ticket: Ticket },
    /// A password is shown.
    Password { user: Username, password: Password },
}

/// What becomes of a dialog.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It goes on.
    Stay,
    /// It goes on, and this is done.
    Want(Effect),
    /// It is over.
    Close,
}

impl Dialog {
    /// Begins with the words.
    pub(crate) fn new(deed: Deed) -> Self {
        let words = deed.words();
        let field = Field::text(WORDS, words.label, words.characters_max).hint(words.hint);
        Self {
            deed,
            form: Form::new(vec![field], "Go on"),
            stage: Stage::Words,
        }
    }

    /// Takes what a person does.
    pub(crate) fn input(&mut self, input: &Input, tickets: &mut Tickets) -> Step {
        match &mut self.stage {
            Stage::Words => match self.form.input(input) {
                Outcome::Submit => self.check(tickets),
                Outcome::Cancel => Step::Close,
                Outcome::Ignored | Outcome::Moved | Outcome::Changed(_) | Outcome::Pressed(_) => {
                    Step::Stay
                }
            },
            Stage::Asking { words, question } => {
                let answer = input.key().map(|key| question.press(key));
                let words = words.clone();
                match answer {
                    Some(Answer::Yes) => self.perform(words, tickets),
                    Some(Answer::No) => Step::Close,
                    Some(Answer::Open) | None => Step::Stay,
                }
            }
            Stage::Weighing { .. } | Stage::Doing { .. } | Stage::Password { .. } => {
                // Nothing else: what is shown once must not go by a key that was meant for another.
                if input.key() == Some(Key::of(Code::Esc)) {
                    Step::Close
                } else {
                    Step::Stay
                }
            }
        }
    }

    fn check(&mut self, tickets: &mut Tickets) -> Step {
        match self.deed.check(self.form.value(WORDS)) {
            Err(error) => {
                self.form.refuse(WORDS, error.to_string());
                Step::Stay
            }
            Ok(words) if self.deed.is_asked_about() => {
                let ticket = tickets.next();
                self.stage = Stage::Weighing {
                    ticket,
                    words: words.clone(),
                };
                let deed = self.deed.clone();
                Step::Want(Effect::Weigh {
                    ticket,
                    deed,
                    words,
                })
            }
            Ok(words) => self.perform(words, tickets),
        }
    }

    fn perform(&mut self, words: Option<String>, tickets: &mut Tickets) -> Step {
        let ticket = tickets.next();
        self.stage = Stage::Doing { ticket };
        let deed = self.deed.clone();
        Step::Want(Effect::Perform {
            ticket,
            deed,
            words,
        })
    }

    /// What the deed would lead to is known, or cannot be: then its words can be mended.
    pub(crate) fn weighed(&mut self, ticket: Ticket, outcome: Result<String, String>) {
        let Stage::Weighing {
            ticket: awaited,
            words,
        } = &self.stage
        else {
            return;
        };
        if *awaited != ticket {
            return;
        }
        match outcome {
            Err(reason) => self.fail(&reason),
            Ok(consequence) => {
                let question = Confirm::new(self.deed.title(), consequence, self.deed.verb());
                self.stage = Stage::Asking {
                    words: words.clone(),
                    question: question.destructive(),
                };
            }
        }
    }

    /// It was not done: its words are here again.
    pub(crate) fn fail(&mut self, reason: &str) {
        self.form.refuse(WORDS, reason);
        self.stage = Stage::Words;
    }

    /// Whether this is what the dialog waits for.
    pub(crate) fn is_doing(&self, ticket: Ticket) -> bool {
        matches!(self.stage, Stage::Doing { ticket: awaited } if awaited == ticket)
    }

    /// Shows a password; a dialog of its own, so that it is seen whatever was opened meanwhile.
    pub(crate) fn of_password(user: Username, password: Password) -> Self {
        Self {
            stage: Stage::Password {
                user: user.clone(),
                password,
            },
            ..Self::new(Deed::ResetPassword(user))
        }
    }
}
