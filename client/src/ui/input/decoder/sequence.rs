//! Control sequences: `ESC [`, numbers, and a last byte that says which.

use crate::ui::input::decoder::{Meaning, Step};
use crate::ui::input::{Code, Input, Key, Mouse, MouseAction};

/// Longest sequence that is waited for, in bytes; real ones are much shorter.
const SEQUENCE_BYTES_MAX: usize = 32;

/// What follows `ESC [`.
pub(super) fn control_sequence(rest: &[u8]) -> Option<Step> {
    // The Linux console's first five function keys.
    if let Some(b'[') = rest.first() {
        let byte = *rest.get(1)?;
        return Some(match byte {
            b'A'..=b'E' => Step::key(4, Key::of(Code::F(byte - b'A' + 1))),
            _ => Step::nothing(4),
        });
    }
    let start = &rest[..rest.len().min(SEQUENCE_BYTES_MAX)];
    let end = start.iter().position(|byte| !(0x20..0x40).contains(byte));
    let Some(end) = end else {
        let is_nonsense = start.len() == SEQUENCE_BYTES_MAX;
        return is_nonsense.then(|| Step::nothing(SEQUENCE_BYTES_MAX + 2));
    };
    let bytes = end + 3;
    if !(0x40..0x7f).contains(&rest[end]) {
        // Broken off: what broke it is looked at anew.
        return Some(Step::nothing(bytes - 1));
    }
    let meaning = meaning(rest[end], &rest[..end]).unwrap_or(Meaning::Nothing);
    Some(Step { bytes, meaning })
}

fn meaning(last: u8, parameters: &[u8]) -> Option<Meaning> {
    let parameters = std::str::from_utf8(parameters).ok()?;
    if let Some(numbers) = parameters.strip_prefix('<') {
        return mouse(last, numbers).map(|mouse| Meaning::Input(Input::Mouse(mouse)));
    }
    let mut fields = parameters.split(';');
    let first = fields.next().unwrap_or_default();
    // The kind of key press may follow the modifiers; 3 is a release.
    let mut modifiers = fields.next().unwrap_or_default().split(':');
    let held = modifiers.next().unwrap_or_default();
    if modifiers.next() == Some("3") {
        return None;
    }
    let number = first.split(':').next()?.parse::<u32>().unwrap_or(1);
    let code = match last {
        b'~' if number == 200 => return Some(Meaning::PasteBegins),
        b'~' => numbered(number)?,
        b'u' => from_character(number)?,
        b'Z' => Code::BackTab,
        _ => keypad(last)?,
    };
    let held = held.parse::<u8>().unwrap_or(1).saturating_sub(1);
    let is_back = code == Code::Tab && held & 1 != 0;
    let key = Key {
        code: if is_back { Code::BackTab } else { code },
        alt: held & 2 != 0,
        control: held & 4 != 0,
    };
    Some(Meaning::Input(Input::Key(key)))
}

/// A key by the last byte of its sequence.
pub(super) fn keypad(byte: u8) -> Option<Code> {
    Some(match byte {
        b'A' => Code::Up,
        b'B' => Code::Down,
        b'C' => Code::Right,
        b'D' => Code::Left,
        b'F' => Code::End,
        b'H' => Code::Home,
        b'M' => Code::Enter,
        b'P'..=b'S' => Code::F(byte - b'P' + 1),
        _ => return None,
    })
}

fn numbered(number: u32) -> Option<Code> {
    Some(match number {
        1 | 7 => Code::Home,
        2 => Code::Insert,
        3 => Code::Delete,
        4 | 8 => Code::End,
        5 => Code::PageUp,
        6 => Code::PageDown,
        11..=15 => Code::F(u8::try_from(number - 10).ok()?),
        17..=21 => Code::F(u8::try_from(number - 11).ok()?),
        23 | 24 => Code::F(u8::try_from(number - 12).ok()?),
        _ => return None,
    })
}

/// A key that is told by its character, as some terminals do for what has no byte of its own.
fn from_character(number: u32) -> Option<Code> {
    Some(match number {
        9 => Code::Tab,
        13 => Code::Enter,
        27 => Code::Esc,
        8 | 127 => Code::Backspace,
        _ => Code::Char(char::from_u32(number).filter(|character| !character.is_control())?),
    })
}

fn mouse(last: u8, numbers: &str) -> Option<Mouse> {
    let mut numbers = numbers.split(';').map(str::parse::<u16>);
    let mut next = || numbers.next()?.ok();
    let (button, column, line) = (next()?, next()?, next()?);
    let action = match (button, last) {
        (0, b'M') => MouseAction::Press,
        (64, b'M') => MouseAction::ScrollUp,
        (65, b'M') => MouseAction::ScrollDown,
        _ => return None,
    };
    Some(Mouse {
        action,
        column: column.saturating_sub(1),
        line: line.saturating_sub(1),
    })
}
