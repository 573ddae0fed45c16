//! The way in: which server, whether it is the right one, and who is there.

pub(crate) mod view;

use auboutique_certs::{Fingerprint, ServerAddress};
use auboutique_protocol::accounts::{Password, Register};
use auboutique_protocol::limits::{
    EMAIL_BYTES_MAX, NAME_CHARACTERS_MAX, PASSWORD_CHARACTERS_MAX, USERNAME_CHARACTERS_MAX,
};
use auboutique_protocol::text::{Email, PersonName, Username};
use zeroize::Zeroizing;
use zxcvbn::zxcvbn;

use crate::generate_passphrase;
use crate::tui::message::{Door, Entered, Facts, Refused};
use crate::ui::input::{Code, Input, Key};
use crate::ui::widgets::form::{Field, Form, Outcome};

/// The screen.
#[derive(Debug)]
pub(crate) enum Welcome {
    /// Something is being found out.
    Waiting(String),
    /// Which server, and why the last one could not be reached or trusted.
    Server { form: Form, reason: Option<String> },
    /// The fingerprint is compared.
    Trust {
        address: ServerAddress,
        fingerprint: Fingerprint,
    },
    /// Who is there.
    Identity(Box<Identity>),
}

/// Who is there: a member, or somebody who becomes one.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) facts: Facts,
    pub(crate) is_new: bool,
    pub(crate) form: Form,
    /// What was typed into the other form.
    other: Form,
    /// The passphrase that was made up; it has to be seen to be written down.
    pub(crate) made_up: Option<Zeroizing<String>>,
    /// Why one has to log in, if there is a reason.
    pub(crate) reason: Option<String>,
}

/// What becomes of the screen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Stay,
    /// Goes on through this door.
    Go(Door),
    /// Out of the program.
    Leave,
}

const SERVER: &str = "server";
const USERNAME: &str = "username";
const PASSWORD: &str = "password";
const NAME: &str = "name";
const EMAIL: &str = "email";

/// Longest address or invite.
const SERVER_CHARACTERS_MAX: usize = 400;

/// Words for the score of a password, weakest first; the server takes the last two.
const STRENGTHS: [&str; 5] = ["very weak", "weak", "not enough", "good", "strong"];
const SCORE_TAKEN: u8 = 3;

impl Welcome {
    /// At the start.
    pub(crate) fn new() -> Self {
        Self::Waiting("Connecting …".into())
    }

    /// While the session is being ended.
    pub(crate) fn leaving() -> Self {
        Self::Waiting("Logging out …".into())
    }

    fn server(typed: &str, reason: Option<&str>) -> Self {
        let mut field = Field::text(SERVER, "Server", SERVER_CHARACTERS_MAX)
            .hint("HOST, HOST:PORT, or an invite: auboutique://…")
            .placeholder("market.example.org");
        field.set(typed);
        Self::Server {
            form: Form::new(vec![field], "Connect"),
            reason: reason.map(str::to_owned),
        }
    }

    /// One step further on the way in.
    pub(crate) fn entered(&mut self, entered: Entered) {
        match entered {
            Entered::AskServer => *self = Self::server("", None),
            Entered::NotReached { server, reason } => *self = Self::server(&server, Some(&reason)),
            Entered::AskTrust {
                address,
                fingerprint,
            } => {
                *self = Self::Trust {
                    address,
                    fingerprint,
                };
            }
            Entered::AskLogIn {
                facts,
                username,
                reason,
            } => {
                let identity = Identity::new(facts, username.as_deref(), reason);
                *self = Self::Identity(Box::new(identity));
            }
            Entered::Refused(refused) => {
                if let Self::Identity(identity) = self {
                    identity.refuse(&refused);
                }
            }
            Entered::Registered { username, reason } => {
                if let Self::Identity(identity) = self {
                    identity.is_new = false;
                    let facts = identity.facts.clone();
                    **identity = Identity::new(facts, Some(&username), Some(reason));
                }
            }
            Entered::Member { .. } => {}
        }
    }

    /// Takes what a person does.
    pub(crate) fn input(&mut self, input: &Input) -> Step {
        match self {
            Self::Waiting(_) => Step::Stay,
            Self::Server { form, .. } => match form.input(input) {
                Outcome::Submit if form.value(SERVER).trim().is_empty() => {
                    form.refuse(SERVER, "which server?");
                    Step::Stay
                }
                Outcome::Submit => {
                    let typed = form.value(SERVER).trim().to_owned();
                    *self = Self::Waiting(format!("Connecting with {typed} …"));
                    Step::Go(Door::Server(typed))
                }
                Outcome::Cancel => Step::Leave,
                Outcome::Ignored | Outcome::Moved | Outcome::Changed(_) | Outcome::Pressed(_) => {
                    Step::Stay
                }
            },
            Self::Trust {
                address,
                fingerprint,
            } => match input.key().map(|key| key.code) {
                Some(Code::Char('y')) => {
                    let door = Door::Trusted {
                        address: address.clone(),
                        fingerprint: *fingerprint,
                    };
                    *self = Self::Waiting("Connecting …".into());
                    Step::Go(door)
                }
                Some(Code::Char('n') | Code::Esc) => {
                    *self = Self::server(&address.to_string(), None);
                    Step::Stay
                }
                _ => Step::Stay,
            },
            Self::Identity(identity) => identity.input(input),
        }
    }

    /// Back to the server's form, or out of the program from there.
    pub(crate) fn back(&mut self) -> Step {
        match self {
            Self::Server { .. } | Self::Waiting(_) => Step::Leave,
            Self::Trust { .. } | Self::Identity(_) => {
                *self = Self::server("", None);
                Step::Stay
            }
        }
    }
}

impl Identity {
    fn new(facts: Facts, username: Option<&str>, reason: Option<String>) -> Self {
        let mut form = Form::new(
            vec![
                Field::text(USERNAME, "Username", USERNAME_CHARACTERS_MAX),
                Field::secret(PASSWORD, "Password", PASSWORD_CHARACTERS_MAX),
            ],
            "Log in",
        );
        if let Some(username) = username {
            if let Some(field) = form.field_mut(USERNAME) {
                field.set(username);
            }
            form.focus(PASSWORD);
        }
        let least = facts.password_characters_min;
        let other = Form::new(
            vec![
                Field::text(NAME, "Name", NAME_CHARACTERS_MAX).hint("As others see it."),
                Field::text(EMAIL, "E-mail", EMAIL_BYTES_MAX),
                Field::text(USERNAME, "Username", USERNAME_CHARACTERS_MAX)
                    .hint("3 to 32 of a-z, 0-9, _ . -"),
                Field::secret(PASSWORD, "Password", PASSWORD_CHARACTERS_MAX).hint(format!(
                    "At least {least} characters, hard to guess. Ctrl-G makes one up."
                )),
            ],
            "Register",
        );
        Self {
            facts,
            is_new: false,
            form,
            other,
            made_up: None,
            reason,
        }
    }

    /// The other form; what was typed stays.
    pub(crate) fn switch(&mut self) {
        std::mem::swap(&mut self.form, &mut self.other);
        self.is_new = !self.is_new;
        self.reason = None;
    }

    /// Makes up a passphrase, and shows it.
    pub(crate) fn make_up(&mut self) {
        if !self.is_new {
            self.switch();
        }
        let least = u32::try_from(self.facts.password_characters_min).unwrap_or(u32::MAX);
        match generate_passphrase(least) {
            Ok(passphrase) => {
                if let Some(field) = self.form.field_mut(PASSWORD) {
                    field.set(&passphrase.0);
                    field.set_hint("●●●●● strong: it is shown above.");
                }
                self.made_up = Some(passphrase.0);
                self.form.clear_errors();
            }
            Err(error) => self
                .form
                .refuse(PASSWORD, format!("no randomness: {error}")),
        }
    }

    fn refuse(&mut self, refused: &Refused) {
        let field = refused.field.unwrap_or_default();
        self.form.refuse(field, &refused.reason);
    }

    fn input(&mut self, input: &Input) -> Step {
        match self.form.input(input) {
            Outcome::Submit => self.check(),
            Outcome::Changed(PASSWORD) => {
                self.made_up = None;
                self.say_strength();
                Step::Stay
            }
            Outcome::Changed(_)
            | Outcome::Pressed(_)
            | Outcome::Ignored
            | Outcome::Moved
            | Outcome::Cancel => Step::Stay,
        }
    }

    /// Says how hard the new password is to guess, while it is typed.
    fn say_strength(&mut self) {
        if !self.is_new {
            return;
        }
        let least = self.facts.password_characters_min;
        let inputs = [NAME, EMAIL, USERNAME].map(|name| self.form.value(name).to_owned());
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let password = Zeroizing::new(self.form.value(PASSWORD).to_owned());
        let characters = password.chars().count();
        let hint = if password.is_empty() {
            format!("At least {least} characters, hard to guess. Ctrl-G makes one up.")
        } else if characters < least {
            format!("{characters} of at least {least} characters")
        } else {
            let score = u8::from(zxcvbn(&password, &inputs).score());
            let marks = usize::from(score) + 1;
            let meter = format!("{}{}", "●".repeat(marks), "○".repeat(5 - marks));
            let verdict = STRENGTHS[usize::from(score).min(STRENGTHS.len() - 1)];
            let advice = if score < SCORE_TAKEN {
                "; add words"
            } else {
                ""
            };
            format!("{meter} {verdict}{advice}")
        };
        if let Some(field) = self.form.field_mut(PASSWORD) {
            field.set_hint(hint);
        }
    }

    fn check(&mut self) -> Step {
        self.form.clear_errors();
        let form = &mut self.form;
        let username = Username::parse(form.value(USERNAME).trim());
        if let Err(error) = &username {
            form.refuse(USERNAME, error.to_string());
        }
        let password = Zeroizing::new(form.value(PASSWORD).to_owned());
        if password.is_empty() {
            form.refuse(PASSWORD, "is missing");
        }
        if !self.is_new {
            let (Ok(username), false) = (username, form.has_errors()) else {
                return Step::Stay;
            };
            form.set_busy(true);
            return Step::Go(Door::LogIn {
                username: username.into(),
                password: Password(password),
            });
        }
        let least = self.facts.password_characters_min;
        if !password.is_empty() && password.chars().count() < least {
            form.refuse(PASSWORD, format!("at least {least} characters"));
        }
        let name = PersonName::parse(form.value(NAME));
        if let Err(error) = &name {
            form.refuse(NAME, error.to_string());
        }
        let email = Email::parse(form.value(EMAIL));
        if let Err(error) = &email {
            form.refuse(EMAIL, error.to_string());
        }
        let (Ok(name), Ok(email), Ok(username), false) = (name, email, username, form.has_errors())
        else {
            return Step::Stay;
        };
        form.set_busy(true);
        Step::Go(Door::Register(Box::new(Register {
            name: name.into(),
            email: email.into(),
            password: Password(password),
            username: username.into(),
        })))
    }
}

/// Whether a key is for the screen and not for its field.
pub(crate) fn is_command(key: Key) -> bool {
    key.control || matches!(key.code, Code::F(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::facts;

    fn identity() -> Welcome {
        let mut welcome = Welcome::new();
        welcome.entered(Entered::AskLogIn {
            facts: facts(),
            username: None,
            reason: None,
        });
        welcome
    }

    fn typing(welcome: &mut Welcome, text: &str) {
        for character in text.chars() {
            welcome.input(&Input::Key(Key::char(character)));
        }
    }

    fn press(welcome: &mut Welcome, code: Code) -> Step {
        welcome.input(&Input::Key(Key::of(code)))
    }

    fn form(welcome: &mut Welcome) -> &mut Identity {
        let Welcome::Identity(identity) = welcome else {
            panic!("a form: {welcome:?}");
        };
        identity
    }

    #[test]
    fn a_server_is_asked_for_and_what_was_typed_stays_after_a_failure() {
        let mut welcome = Welcome::new();
        welcome.entered(Entered::AskServer);
        assert_eq!(press(&mut welcome, Code::Enter), Step::Stay);
        typing(&mut welcome, "market.example.org");
        let door = Door::Server("market.example.org".into());
        assert_eq!(press(&mut welcome, Code::Enter), Step::Go(door));
        welcome.entered(Entered::NotReached {
            server: "market.example.org".into(),
            reason: "no answer".into(),
        });
        let Welcome::Server { form, reason } = &welcome else {
            panic!("{welcome:?}");
        };
        assert_eq!(form.value(SERVER), "market.example.org");
        assert_eq!(reason.as_deref(), Some("no answer"));
    }

    #[test]
    fn only_a_yes_trusts() {
        let address: ServerAddress = "localhost:7443".parse().expect("an address");
        let fingerprint = Fingerprint([7; 32]);
        let trust = || Entered::AskTrust {
            address: address.clone(),
            fingerprint,
        };
        let mut welcome = Welcome::new();
        welcome.entered(trust());
        for code in [Code::Enter, Code::Char('x'), Code::Char(' ')] {
            assert_eq!(press(&mut welcome, code), Step::Stay);
        }
        assert_eq!(press(&mut welcome, Code::Char('n')), Step::Stay);
        assert!(matches!(welcome, Welcome::Server { .. }));
        welcome.entered(trust());
        let door = Door::Trusted {
            address,
            fingerprint,
        };
        assert_eq!(press(&mut welcome, Code::Char('y')), Step::Go(door));
    }

    #[test]
    fn registering_checks_every_field_and_shows_the_strength() {
        let mut welcome = identity();
        form(&mut welcome).switch();
        for _ in 0..4 {
            press(&mut welcome, Code::Enter);
        }
        assert!(form(&mut welcome).form.has_errors());
        for (name, text) in [
            (NAME, "Mona"),
            (EMAIL, "mona@example.org"),
            (USERNAME, "mona"),
        ] {
            let field = form(&mut welcome).form.field_mut(name).expect("a field");
            field.set(text);
        }
        form(&mut welcome).form.focus(PASSWORD);
        typing(&mut welcome, "password1234567");
        let look = crate::ui::testing::draw(crate::ui::testing::SMALL, |frame| {
            let theme = crate::ui::theme::Theme::plain();
            form(&mut welcome).form.draw(frame, frame.area(), &theme);
        });
        assert!(look.text().contains("add words"), "{}", look.text());
        form(&mut welcome).make_up();
        let made_up = form(&mut welcome).made_up.clone().expect("a passphrase");
        let step = press(&mut welcome, Code::Enter);
        let Step::Go(Door::Register(request)) = step else {
            panic!("{step:?}");
        };
        assert_eq!(
            (&*request.username, &request.password.0),
            ("mona", &made_up)
        );
        // A refusal keeps everything that was typed.
        welcome.entered(Entered::Refused(Refused {
            field: Some(USERNAME),
            reason: "is taken".into(),
        }));
        assert_eq!(form(&mut welcome).form.value(NAME), "Mona");
        assert!(form(&mut welcome).form.has_errors());
    }
}
