//! What comes from the person: keys, pastes, the mouse, and the size of the window.
//!
//! These are plain values, so that a screen's `update` can be tested by calling it. The bytes that
//! a terminal sends for them are read in `decoder`.

pub(crate) mod decoder;

use std::fmt;

/// Longest paste that is passed on, in bytes: several times the longest text of any field.
pub const PASTE_BYTES_MAX: usize = 256 * 1024;

/// Something that a person did, or a new size of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(Key),
    /// A text was pasted, which may have several lines.
    Paste(String),
    /// A text of more than [`PASTE_BYTES_MAX`] was pasted; nothing of it is kept.
    PasteTooLong,
    /// The mouse was used, in a program that asked for it.
    Mouse(Mouse),
    /// The window has this size: sent once before the first frame, then after every change.
    Resized(Size),
}

impl Input {
    /// The key, if this is one.
    #[must_use]
    pub const fn key(&self) -> Option<Key> {
        match self {
            Self::Key(key) => Some(*key),
            Self::Paste(_) | Self::PasteTooLong | Self::Mouse(_) | Self::Resized(_) => None,
        }
    }
}

/// Columns and lines of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Lines.
    pub height: u16,
}

/// Something that was done with the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// What was done.
    pub action: MouseAction,
    /// The column, counted from zero.
    pub column: u16,
    /// The line, counted from zero.
    pub line: u16,
}

/// What was done with the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseAction {
    /// The first button was pressed.
    Press,
    /// The wheel was turned away from the person.
    ScrollUp,
    /// The wheel was turned towards the person.
    ScrollDown,
}

/// A key, with the modifiers that terminals tell apart. Shift is part of the character, or of
/// [`Code::BackTab`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// Whether Ctrl was held.
    pub control: bool,
    /// Whether Alt was held.
    pub alt: bool,
}

impl Key {
    /// A key without modifiers.
    #[must_use]
    pub const fn of(code: Code) -> Self {
        Self {
            code,
            control: false,
            alt: false,
        }
    }

    /// The key that types a character.
    #[must_use]
    pub const fn char(character: char) -> Self {
        Self::of(Code::Char(character))
    }

    /// A character with Ctrl held; letters are small.
    #[must_use]
    pub const fn control(character: char) -> Self {
        Self {
            control: true,
            ..Self::char(character)
        }
    }

    /// A character with Alt held.
    #[must_use]
    pub const fn alt(character: char) -> Self {
        Self {
            alt: true,
            ..Self::char(character)
        }
    }

    /// The character that this key types into a field, if it types one.
    #[must_use]
    pub const fn typed(self) -> Option<char> {
        if let Code::Char(character) = self.code
            && !self.control
            && !self.alt
        {
            return Some(character);
        }
        None
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.control {
            formatter.write_str("Ctrl-")?;
        }
        if self.alt {
            formatter.write_str("Alt-")?;
        }
        // With Ctrl it is the key that counts, and on that the letter is large.
        if let Code::Char(letter) = self.code
            && self.control
            && letter != ' '
        {
            return write!(formatter, "{}", letter.to_uppercase());
        }
        write!(formatter, "{}", self.code)
    }
}

/// Which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those on the keys")]
pub enum Code {
    Char(char),
    F(u8),
    Enter,
    Esc,
    Tab,
    /// Shift and Tab.
    BackTab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Char(' ') => "Space",
            Self::Char(character) => return write!(formatter, "{character}"),
            Self::F(number) => return write!(formatter, "F{number}"),
            Self::Enter => "Enter",
            Self::Esc => "Esc",
            Self::Tab => "Tab",
            Self::BackTab => "Shift-Tab",
            Self::Backspace => "Backspace",
            Self::Delete => "Del",
            Self::Insert => "Ins",
            Self::Up => "↑",
            Self::Down => "↓",
            Self::Left => "←",
            Self::Right => "→",
            Self::Home => "Home",
            Self::End => "End",
            Self::PageUp => "PgUp",
            Self::PageDown => "PgDn",
        };
        formatter.write_str(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_as_on_a_keyboard() {
        for (key, name) in [
            (Key::char('q'), "q"),
            (Key::char('G'), "G"),
            (Key::char(' '), "Space"),
            (Key::control('c'), "Ctrl-C"),
            (Key::alt('x'), "Alt-x"),
            (Key::of(Code::F(1)), "F1"),
            (Key::of(Code::PageDown), "PgDn"),
        ] {
            assert_eq!(key.to_string(), name);
        }
    }

    #[test]
    fn only_plain_characters_type() {
        assert_eq!(Key::char('ä').typed(), Some('ä'));
        for key in [Key::control('a'), Key::alt('a'), Key::of(Code::Enter)] {
            assert_eq!(key.typed(), None);
        }
    }
}
