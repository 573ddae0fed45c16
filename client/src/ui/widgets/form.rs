//! Several fields and a button, with what is wrong said beside each field.
//!
//! The form moves the focus and edits; the program checks. What the program finds wrong it gives to
//! [`Form::refuse`], which keeps everything that was typed.

mod draw;
mod field;

use crate::ui::input::{Code, Input, Key};
use crate::ui::widgets::text_input::Edit;

pub use field::Field;

/// Fields, a button, and where the focus is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    fields: Vec<Field>,
    button: &'static str,
    /// The index of a field; behind the last one, the button.
    focus: usize,
    error: Option<String>,
    is_busy: bool,
}

/// What an input did to a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: it is not for a form.
    Ignored,
    /// The focus or the cursor moved.
    Moved,
    /// The field of this name changed.
    Changed(&'static str),
    /// The person is done: check, then send.
    Submit,
    /// The person wants to leave.
    Cancel,
}

impl Form {
    /// A form with the focus on the first field. `button` says what happens: "Register".
    #[must_use]
    pub fn new(fields: Vec<Field>, button: &'static str) -> Self {
        Self {
            fields,
            button,
            focus: 0,
            error: None,
            is_busy: false,
        }
    }

    /// The field of a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field of a name, to be changed by the program.
    pub fn field_mut(&mut self, name: &str) -> Option<&mut Field> {
        self.fields.iter_mut().find(|field| field.name == name)
    }

    /// The text of a field, or its choice; empty for a name that no field has.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.field(name).map_or("", Field::value)
    }

    /// Whether the box of a name is checked.
    #[must_use]
    pub fn is_checked(&self, name: &str) -> bool {
        self.field(name).is_some_and(Field::is_checked)
    }

    /// The name of the field that has the focus; none if that is the button.
    #[must_use]
    pub fn focused(&self) -> Option<&'static str> {
        self.fields.get(self.focus).map(|field| field.name)
    }

    /// Moves the focus to a field.
    pub fn focus(&mut self, name: &str) {
        if let Some(index) = self.fields.iter().position(|field| field.name == name) {
            self.focus = index;
        }
    }

    /// Whether letters are typed into a field: then they must do nothing else.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        self.fields.get(self.focus).is_some_and(Field::is_text)
    }

    /// Says what is wrong with a field and moves the focus there, unless an earlier field was refused
    /// already. For a name that no field has, it is said of the whole form.
    pub fn refuse(&mut self, name: &str, reason: impl Into<String>) {
        self.is_busy = false;
        let reason = Some(reason.into());
        let Some(index) = self.fields.iter().position(|field| field.name == name) else {
            self.error = reason;
            return;
        };
        self.fields[index].error = reason;
        let first = self.fields.iter().position(|field| field.error.is_some());
        self.focus = first.unwrap_or(index);
    }

    /// Forgets what was wrong, before checking anew.
    pub fn clear_errors(&mut self) {
        self.error = None;
        for field in &mut self.fields {
            field.error = None;
        }
    }

    /// Whether anything was found wrong.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.error.is_some() || self.fields.iter().any(|field| field.error.is_some())
    }

    /// Whether it was sent and not answered; until then only leaving is possible.
    pub fn set_busy(&mut self, is_busy: bool) {
        self.is_busy = is_busy;
    }

    /// The lines that all of it takes.
    #[must_use]
    pub fn lines(&self) -> u16 {
        draw::lines(self.fields.len() + 1)
    }

    /// Takes an input.
    pub fn input(&mut self, input: &Input) -> Outcome {
        let key = input.key();
        if key == Some(Key::of(Code::Esc)) {
            return Outcome::Cancel;
        }
        if self.is_busy {
            return Outcome::Ignored;
        }
        match key.and_then(|key| self.movement(key)) {
            Some(outcome) => outcome,
            None => self.edit(input),
        }
    }

    fn movement(&mut self, key: Key) -> Option<Outcome> {
        let places = self.fields.len() + 1;
        let is_last_field = self.focus + 1 >= self.fields.len();
        let next = (self.focus + 1) % places;
        let previous = (self.focus + places - 1) % places;
        if key == Key::of(Code::Enter) && is_last_field {
            return Some(Outcome::Submit);
        }
        self.focus = match key.code {
            Code::Tab | Code::Down | Code::Enter => next,
            Code::BackTab | Code::Up => previous,
            Code::Char(_)
            | Code::F(_)
            | Code::Esc
            | Code::Backspace
            | Code::Delete
            | Code::Insert
            | Code::Left
            | Code::Right
            | Code::Home
            | Code::End
            | Code::PageUp
            | Code::PageDown => return None,
        };
        Some(Outcome::Moved)
    }

    fn edit(&mut self, input: &Input) -> Outcome {
        let Some(field) = self.fields.get_mut(self.focus) else {
            let is_pressed = input.key() == Some(Key::char(' '));
            return if is_pressed {
                Outcome::Submit
            } else {
                Outcome::Ignored
            };
        };
        match field.input(input) {
            Edit::Ignored => Outcome::Ignored,
            Edit::Moved => Outcome::Moved,
            Edit::Changed => {
                field.error = None;
                self.error = None;
                Outcome::Changed(field.name)
            }
            Edit::Full => {
                field.error = Some("there is no room for more".into());
                Outcome::Changed(field.name)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        Form::new(
            vec![
                Field::text("name", "Name", 10),
                Field::choice("category", "Category", &["books", "other"]),
                Field::check("agree", "I agree"),
                Field::secret("password", "Password", 10),
            ],
            "Register",
        )
    }

    fn press(form: &mut Form, codes: &[Code]) -> Outcome {
        let mut outcome = Outcome::Ignored;
        for code in codes {
            outcome = form.input(&Input::Key(Key::of(*code)));
        }
        outcome
    }

    #[test]
    fn the_focus_goes_round_and_enter_goes_on_to_the_end() {
        let mut form = form();
        assert_eq!(press(&mut form, &[Code::BackTab]), Outcome::Moved);
        assert_eq!(form.focused(), None, "the button");
        press(&mut form, &[Code::Tab, Code::Enter, Code::Down, Code::Down]);
        assert_eq!(form.focused(), Some("password"));
        assert_eq!(press(&mut form, &[Code::Enter]), Outcome::Submit);
        assert_eq!(
            press(&mut form, &[Code::Tab, Code::Char(' ')]),
            Outcome::Submit
        );
        assert_eq!(press(&mut form, &[Code::Esc]), Outcome::Cancel);
    }

    #[test]
    fn every_kind_of_field_is_edited_by_its_keys() {
        let mut form = form();
        assert!(form.is_typing());
        let typed = press(&mut form, &[Code::Char('q')]);
        assert_eq!((typed, form.value("name")), (Outcome::Changed("name"), "q"));
        press(&mut form, &[Code::Tab, Code::Right]);
        assert!(!form.is_typing());
        assert_eq!(form.value("category"), "other");
        press(&mut form, &[Code::Char(' '), Code::Tab, Code::Char(' ')]);
        assert_eq!(form.value("category"), "books");
        assert!(form.is_checked("agree"));
        assert_eq!(form.value("no such field"), "");
    }

    #[test]
    fn the_first_field_that_was_refused_has_the_focus_and_keeps_its_text() {
        let mut form = form();
        form.field_mut("name").unwrap().set("mona");
        form.set_busy(true);
        assert_eq!(press(&mut form, &[Code::Char('x')]), Outcome::Ignored);
        form.refuse("password", "is too short");
        form.refuse("name", "is taken");
        assert_eq!((form.focused(), form.value("name")), (Some("name"), "mona"));
        assert!(form.has_errors());
        press(&mut form, &[Code::Char('2')]);
        assert_eq!(form.field("name").unwrap().error, None);
        form.refuse("", "the server is full");
        form.clear_errors();
        assert!(!form.has_errors());
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let mut form = form();
        let long = Input::Paste("x".repeat(11));
        assert_eq!(form.input(&long), Outcome::Changed("name"));
        assert_eq!(form.value("name").len(), 10);
        assert!(form.has_errors());
    }
}
