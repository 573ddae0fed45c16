//! From the bytes that a terminal sends to keys, pastes and the mouse. Pure: no terminal, no clock.
//!
//! The library that draws could read, too, but what it does with a terminal that has vanished (it
//! reads on for ever), with a paste whose end never comes (it swallows every key) and with more than
//! a kilobyte at once (the rest waits for the next key) can freeze a screen.
//!
//! An Esc key and the start of a sequence are the same byte; only time tells them apart. Whoever
//! reads calls [`Decoder::give_up`] when nothing followed for a moment.

mod sequence;

use crate::ui::input::{Code, Input, Key, PASTE_BYTES_MAX};
use sequence::{control_sequence, keypad};

const ESCAPE: u8 = 0x1b;
/// Ctrl-C.
const INTERRUPT: u8 = 0x03;
const PASTE_END: &[u8] = b"\x1b[201~";

/// Takes bytes, in pieces of any size, and gives what they mean.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    waiting: Vec<u8>,
    paste: Option<Paste>,
}

/// What the next bytes are.
struct Step {
    bytes: usize,
    meaning: Meaning,
}

enum Meaning {
    Nothing,
    Input(Input),
    PasteBegins,
    PasteEnds(Input),
}

impl Step {
    fn key(bytes: usize, key: Key) -> Self {
        Self {
            bytes,
            meaning: Meaning::Input(Input::Key(key)),
        }
    }

    const fn nothing(bytes: usize) -> Self {
        Self {
            bytes,
            meaning: Meaning::Nothing,
        }
    }
}

impl Decoder {
    /// Takes bytes and returns what is complete with them.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<Input> {
        self.waiting.extend_from_slice(bytes);
        let mut inputs = Vec::new();
        let mut taken = 0;
        loop {
            let rest = &self.waiting[taken..];
            let step = match &mut self.paste {
                Some(paste) => paste.step(rest),
                None => step(rest),
            };
            let Some(step) = step else { break };
            taken += step.bytes;
            match step.meaning {
                Meaning::Nothing => {}
                Meaning::Input(input) => inputs.push(input),
                Meaning::PasteBegins => self.paste = Some(Paste::default()),
                Meaning::PasteEnds(input) => {
                    self.paste = None;
                    inputs.push(input);
                }
            }
        }
        self.waiting.drain(..taken);
        inputs
    }

    /// Whether bytes wait whose meaning depends on whether more follow soon. A paste waits for its
    /// end however long it takes: what comes late must not be taken for keys.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty() && self.paste.is_none()
    }

    /// Nothing followed: what waits is all there is of it.
    pub(crate) fn give_up(&mut self) -> Option<Input> {
        if !self.is_waiting() {
            return None;
        }
        let key = match self.waiting[..] {
            [ESCAPE] => Some(Key::of(Code::Esc)),
            [ESCAPE, byte @ (b'[' | b'O')] => Some(Key::alt(char::from(byte))),
            _ => None,
        };
        self.waiting.clear();
        key.map(Input::Key)
    }
}

/// A paste whose end has not come yet.
#[derive(Debug, Default)]
struct Paste {
    bytes: Vec<u8>,
    is_too_long: bool,
}

impl Paste {
    fn step(&mut self, rest: &[u8]) -> Option<Step> {
        // The way out of a paste whose end was lost. Terminals send no such byte within one.
        let end = rest
            .iter()
            .position(|byte| *byte == INTERRUPT)
            .unwrap_or(rest.len());
        if let Some(length) = find(&rest[..end], PASTE_END) {
            self.keep(&rest[..length]);
            let text = String::from_utf8_lossy(&self.bytes).into_owned();
            let input = if self.is_too_long {
                Input::PasteTooLong
            } else {
                Input::Paste(text)
            };
            return Some(Step {
                bytes: length + PASTE_END.len(),
                meaning: Meaning::PasteEnds(input),
            });
        }
        if end < rest.len() {
            return Some(Step {
                bytes: end + 1,
                meaning: Meaning::PasteEnds(Input::Key(Key::control('c'))),
            });
        }
        // The last bytes may be the first ones of the end.
        let sure = rest.len().saturating_sub(PASTE_END.len() - 1);
        self.keep(&rest[..sure]);
        (sure > 0).then(|| Step::nothing(sure))
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.bytes.len() + bytes.len() > PASTE_BYTES_MAX {
            self.is_too_long = true;
            self.bytes.clear();
        }
        if !self.is_too_long {
            self.bytes.extend_from_slice(bytes);
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

/// The meaning of the first bytes; `None` when more are needed.
fn step(bytes: &[u8]) -> Option<Step> {
    match *bytes {
        [] | [ESCAPE] => None,
        [ESCAPE, b'[', ref parameters @ ..] => control_sequence(parameters),
        [ESCAPE, b'O'] => None,
        [ESCAPE, b'O', byte, ..] => Some(match keypad(byte) {
            Some(code) => Step::key(3, Key::of(code)),
            None => Step::nothing(3),
        }),
        [ESCAPE, ESCAPE, ..] => Some(Step::key(1, Key::of(Code::Esc))),
        [ESCAPE, ref rest @ ..] => Some(with_alt(&step(rest)?)),
        [byte, ..] if byte < 0x20 || byte == 0x7f => Some(control_key(byte)),
        _ => character(bytes),
    }
}

fn with_alt(step: &Step) -> Step {
    let bytes = step.bytes + 1;
    match step.meaning {
        Meaning::Input(Input::Key(key)) => Step::key(bytes, Key { alt: true, ..key }),
        Meaning::Input(_) | Meaning::Nothing | Meaning::PasteBegins | Meaning::PasteEnds(_) => {
            Step::nothing(bytes)
        }
    }
}

fn control_key(byte: u8) -> Step {
    let key = match byte {
        b'\r' | b'\n' => Key::of(Code::Enter),
        b'\t' => Key::of(Code::Tab),
        0x08 | 0x7f => Key::of(Code::Backspace),
        0 => Key::control(' '),
        1..=0x1a => Key::control(char::from(byte - 1 + b'a')),
        _ => Key::control(char::from(byte + 0x40)),
    };
    Step::key(1, key)
}

/// A character of UTF-8; what is none is passed over byte by byte.
fn character(bytes: &[u8]) -> Option<Step> {
    let start = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() > 0 => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(error) if error.error_len().is_none() => return None,
        Err(_) => return Some(Step::nothing(1)),
    };
    let character = valid.chars().next()?;
    let bytes = character.len_utf8();
    Some(if character.is_control() {
        Step::nothing(bytes)
    } else {
        Step::key(bytes, Key::char(character))
    })
}

#[cfg(test)]
mod tests;
