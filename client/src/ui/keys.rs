//! One table of keys for everything that is said about them: what they do, the line at the bottom
//! of a screen, and the help.
//!
//! ```
//! use auboutique_client::ui::input::{Code, Key};
//! use auboutique_client::ui::keys::{Binding, KeyTable, clashes};
//!
//! #[derive(Clone, Copy, PartialEq, Debug)]
//! enum Action { Leave, Reload }
//!
//! const KEYS: KeyTable<Action> = KeyTable::new("Everywhere", &[
//!     Binding::new(&[Key::char('q'), Key::of(Code::Esc)], Action::Leave, "leave").in_footer(),
//!     Binding::new(&[Key::char('r')], Action::Reload, "load anew"),
//! ]);
//!
//! assert_eq!(KEYS.action(Key::char('r')), Some(Action::Reload));
//! assert_eq!(KEYS.action_while_typing(Key::char('r')), None, "it is typed into the field");
//! assert!(clashes(&[&KEYS]).is_empty());
//! ```

use std::collections::HashMap;

use crate::ui::input::{Code, Key};

/// Some keys, what they do, and how that is said.
#[derive(Debug, Clone, Copy)]
pub struct Binding<A> {
    action: A,
    entry: Entry,
}

impl<A: Copy> Binding<A> {
    /// Binds keys to an action. `help` completes "this key will …", in a few words.
    #[must_use]
    pub const fn new(keys: &'static [Key], action: A, help: &'static str) -> Self {
        Self {
            action,
            entry: Entry {
                keys,
                help,
                is_in_footer: false,
            },
        }
    }

    /// Shows the first of the keys at the bottom of the screen, too.
    #[must_use]
    pub const fn in_footer(mut self) -> Self {
        self.entry.is_in_footer = true;
        self
    }
}

/// What is said about some keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The keys, the most usual one first.
    pub keys: &'static [Key],
    /// What they do.
    pub help: &'static str,
    /// Whether the bottom of the screen names them.
    pub is_in_footer: bool,
}

impl Entry {
    /// The keys as they are written in the help: `j ↓`.
    #[must_use]
    pub fn keys_shown(&self) -> String {
        let names: Vec<_> = self.keys.iter().map(ToString::to_string).collect();
        names.join(" ")
    }
}

/// The keys of one part of a program. Actions of different parts may have different types; what
/// lists keys takes any of them as [`Listed`].
#[derive(Debug, Clone, Copy)]
pub struct KeyTable<A: 'static> {
    title: &'static str,
    bindings: &'static [Binding<A>],
}

impl<A: Copy> KeyTable<A> {
    /// A table with its heading in the help.
    #[must_use]
    pub const fn new(title: &'static str, bindings: &'static [Binding<A>]) -> Self {
        Self { title, bindings }
    }

    /// What a key does.
    #[must_use]
    pub fn action(&self, key: Key) -> Option<A> {
        let mut bindings = self.bindings.iter();
        let found = bindings.find(|binding| binding.entry.keys.contains(&key))?;
        Some(found.action)
    }

    /// What a key does while a field has the focus: whatever a person needs for writing is left to
    /// the field.
    #[must_use]
    pub fn action_while_typing(&self, key: Key) -> Option<A> {
        if is_for_writing(key) {
            return None;
        }
        self.action(key)
    }
}

/// Whether a field needs this key.
fn is_for_writing(key: Key) -> bool {
    let moves = matches!(
        key.code,
        Code::Left | Code::Right | Code::Home | Code::End | Code::Backspace | Code::Delete
    );
    moves || key.typed().is_some()
}

/// A table of keys, for what lists them.
pub trait Listed {
    /// The heading.
    fn title(&self) -> &'static str;
    /// What is said, in the order of the table.
    fn entries(&self) -> Vec<Entry>;
}

impl<A> Listed for KeyTable<A> {
    fn title(&self) -> &'static str {
        self.title
    }

    fn entries(&self) -> Vec<Entry> {
        self.bindings.iter().map(|binding| binding.entry).collect()
    }
}

/// Keys that stand twice in tables that hold at the same time. A test of each screen expects none.
#[must_use]
pub fn clashes(tables: &[&dyn Listed]) -> Vec<String> {
    let mut known = HashMap::new();
    let mut clashes = Vec::new();
    for entry in tables.iter().flat_map(|table| table.entries()) {
        for key in entry.keys {
            if let Some(other) = known.insert(*key, entry.help) {
                clashes.push(format!("{key}: {other}, {}", entry.help));
            }
        }
    }
    clashes
}

/// The tables as a Markdown page shows them, so that a manual can be compared with the program.
#[must_use]
pub fn markdown(tables: &[&dyn Listed]) -> String {
    let mut page = String::new();
    for table in tables {
        page.push_str(&format!(
            "### {}\n\n| key | does |\n|---|---|\n",
            table.title()
        ));
        for entry in table.entries() {
            let keys: Vec<_> = entry.keys.iter().map(|key| format!("`{key}`")).collect();
            let keys = keys.join(" ").replace('|', "\\|");
            page.push_str(&format!("| {keys} | {} |\n", entry.help));
        }
        page.push('\n');
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    const UP: &[Key] = &[Key::char('k'), Key::of(Code::Up)];
    const TABLE: KeyTable<u8> = KeyTable::new(
        "Lists",
        &[
            Binding::new(UP, 1, "go up"),
            Binding::new(&[Key::control('r')], 2, "load anew").in_footer(),
        ],
    );

    #[test]
    fn letters_are_left_to_a_field_and_other_keys_are_not() {
        assert_eq!(TABLE.action(Key::char('k')), Some(1));
        assert_eq!(TABLE.action_while_typing(Key::char('k')), None);
        assert_eq!(TABLE.action_while_typing(Key::of(Code::Up)), Some(1));
        assert_eq!(TABLE.action_while_typing(Key::control('r')), Some(2));
        assert_eq!(TABLE.action(Key::char('x')), None);
    }

    #[test]
    fn a_key_that_stands_twice_is_found() {
        const OTHER: KeyTable<&str> = KeyTable::new(
            "Other",
            &[Binding::new(&[Key::char('k')], "kill", "end it")],
        );
        assert_eq!(clashes(&[&TABLE]), Vec::<String>::new());
        assert_eq!(clashes(&[&TABLE, &OTHER]), ["k: go up, end it"]);
    }

    #[test]
    fn the_same_table_makes_a_manual() {
        assert_eq!(
            markdown(&[&TABLE]),
            "### Lists\n\n| key | does |\n|---|---|\n| `k` `↑` | go up |\n| `Ctrl-R` | load anew |\n\n"
        );
        assert_eq!(TABLE.entries()[0].keys_shown(), "k ↑");
    }
}
