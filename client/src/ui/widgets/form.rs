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
    /// The button of this name, which is a field, was pressed.
    Pressed(&'static str),
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
        draw::lines(&self.fields)
    }

    /// Says how wide the area is in which the form is drawn. Fields of several lines need this, for up
    /// and down to go where a person sees them go.
    pub fn set_width(&mut self, columns: u16) {
        let columns = draw::field_columns(&self.fields, columns);
        for field in &mut self.fields {
            field.set_columns(columns);
        }
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
        if let Some(outcome) = key.and_then(|key| self.within_field(key)) {
            return outcome;
        }
        match key.and_then(|key| self.movement(key)) {
            Some(outcome) => outcome,
            None => self.edit(input),
        }
    }

    /// What keys that move the focus elsewhere do in the field that has it, if that needs them.
    fn within_field(&mut self, key: Key) -> Option<Outcome> {
        let field = self.fields.get(self.focus)?;
        let is_pressed = matches!(key.code, Code::Enter | Code::Char(' '));
        if field.is_button() && is_pressed {
            return Some(Outcome::Pressed(field.name));
        }
        let is_needed = matches!(key.code, Code::Enter | Code::Up | Code::Down);
        if !field.is_area() || !is_needed {
            return None;
        }
        let outcome = self.edit(&Input::Key(key));
        (outcome != Outcome::Ignored).then_some(outcome)
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
mod tests;
