//! One field of a form: a text of one line or several, a choice, a box to check, or a button.

use crate::ui::input::{Code, Input};
use crate::ui::widgets::text_area::TextArea;
use crate::ui::widgets::text_input::{Edit, TextInput};

/// Widest field, in columns.
pub(super) const COLUMNS_MAX: u16 = 60;
/// Columns around a text.
pub(super) const AROUND_COLUMNS: u16 = 2;

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: String,
    pub(super) placeholder: &'static str,
    pub(super) value: Value,
    pub(super) error: Option<String>,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(TextInput),
    Area { text: TextArea, lines: u16 },
    Choice { options: Vec<String>, chosen: usize },
    Check(bool),
    Button(String),
}

impl Field {
    /// A text of so many characters at most.
    #[must_use]
    pub fn text(name: &'static str, label: &'static str, characters_max: usize) -> Self {
        Self::new(name, label, Value::Text(TextInput::new(characters_max)))
    }

    /// A text that is not shown.
    #[must_use]
    pub fn secret(name: &'static str, label: &'static str, characters_max: usize) -> Self {
        Self::new(name, label, Value::Text(TextInput::secret(characters_max)))
    }

    /// A text of several lines, of which so many are seen. Enter makes a new line, and up and down
    /// leave it only at its ends.
    #[must_use]
    pub fn text_area(
        name: &'static str,
        label: &'static str,
        characters_max: usize,
        lines: u16,
    ) -> Self {
        let text = TextArea::new(characters_max);
        let lines = lines.max(1);
        let mut field = Self::new(name, label, Value::Area { text, lines });
        field.set_columns(COLUMNS_MAX);
        field
    }

    /// One of several; the first is chosen.
    #[must_use]
    pub fn choice(name: &'static str, label: &'static str, options: &[&str]) -> Self {
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Self::new(name, label, Value::Choice { options, chosen: 0 })
    }

    /// A box to check.
    #[must_use]
    pub fn check(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Value::Check(false))
    }

    /// A place where Enter or space does something, such as choosing a file. `text` says what was
    /// chosen, or what will happen; [`Self::set`] changes it.
    #[must_use]
    pub fn button(name: &'static str, label: &'static str, text: impl Into<String>) -> Self {
        Self::new(name, label, Value::Button(text.into()))
    }

    fn new(name: &'static str, label: &'static str, value: Value) -> Self {
        Self {
            name,
            label,
            hint: String::new(),
            placeholder: "",
            value,
            error: None,
        }
    }

    /// A hint that stands below the field while it has the focus.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.set_hint(hint);
        self
    }

    /// An example that stands in the empty field.
    #[must_use]
    pub const fn placeholder(mut self, placeholder: &'static str) -> Self {
        self.placeholder = placeholder;
        self
    }

    /// Changes the hint, as for the strength of a password while it is typed.
    pub fn set_hint(&mut self, hint: impl Into<String>) {
        self.hint = hint.into();
    }

    /// Replaces the text, or chooses the option of this text. A box is checked by any text.
    pub fn set(&mut self, text: &str) {
        match &mut self.value {
            Value::Text(input) => input.set(text),
            Value::Area { text: area, .. } => area.set(text),
            Value::Choice { options, chosen } => {
                if let Some(index) = options.iter().position(|option| option == text) {
                    *chosen = index;
                }
            }
            Value::Check(is_checked) => *is_checked = !text.is_empty(),
            Value::Button(shown) => text.clone_into(shown),
        }
    }

    /// The text, also that of a button, or the chosen option; empty for a box.
    #[must_use]
    pub fn value(&self) -> &str {
        match &self.value {
            Value::Text(input) => input.text(),
            Value::Area { text, .. } => text.text(),
            Value::Choice { options, chosen } => options.get(*chosen).map_or("", String::as_str),
            Value::Check(_) => "",
            Value::Button(text) => text,
        }
    }

    /// The number of the chosen option.
    #[must_use]
    pub const fn chosen(&self) -> Option<usize> {
        match self.value {
            Value::Choice { chosen, .. } => Some(chosen),
            Value::Text(_) | Value::Area { .. } | Value::Check(_) | Value::Button(_) => None,
        }
    }

    /// Whether a box is checked.
    #[must_use]
    pub const fn is_checked(&self) -> bool {
        matches!(self.value, Value::Check(true))
    }

    pub(super) const fn is_text(&self) -> bool {
        matches!(self.value, Value::Text(_) | Value::Area { .. })
    }

    pub(super) const fn is_area(&self) -> bool {
        matches!(self.value, Value::Area { .. })
    }

    pub(super) const fn is_button(&self) -> bool {
        matches!(self.value, Value::Button(_))
    }

    /// The lines of the field itself.
    pub(super) const fn lines(&self) -> u16 {
        match self.value {
            Value::Area { lines, .. } => lines,
            Value::Text(_) | Value::Choice { .. } | Value::Check(_) | Value::Button(_) => 1,
        }
    }

    /// Says how wide the field is drawn, with what stands around its text.
    pub(super) fn set_columns(&mut self, columns: u16) {
        if let Value::Area { text, lines } = &mut self.value {
            text.set_size(columns.saturating_sub(AROUND_COLUMNS), *lines);
        }
    }

    pub(super) fn input(&mut self, input: &Input) -> Edit {
        let code = input.key().map(|key| key.code);
        match &mut self.value {
            Value::Text(text) => text.input(input),
            Value::Area { text, .. } => text.input(input),
            Value::Choice { options, chosen } => {
                let count = options.len().max(1);
                *chosen = match code {
                    Some(Code::Right | Code::Char(' ' | 'l')) => (*chosen + 1) % count,
                    Some(Code::Left | Code::Char('h')) => (*chosen + count - 1) % count,
                    _ => return Edit::Ignored,
                };
                Edit::Changed
            }
            Value::Check(is_checked) => {
                if code != Some(Code::Char(' ')) {
                    return Edit::Ignored;
                }
                *is_checked = !*is_checked;
                Edit::Changed
            }
            Value::Button(_) => Edit::Ignored,
        }
    }
}
