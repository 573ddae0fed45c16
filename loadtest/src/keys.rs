//! Keys and texts of a run, made from numbers so that they need not be remembered.
//!
//! Millions of purchases each carry a key of 16 bytes. Here a key is the run's own twelve bytes and
//! a number: it can be told from a foreign key, and its number read off. As UUIDv7 (RFC 9562 §5.7) it
//! begins with the time, and within the run keys ascend, which keeps the server's index compact.

use auboutique_protocol::ids::Key;
use auboutique_protocol::limits::KEY_BYTES;

use crate::history::{KeyId, MessageId};

const PREFIX_BYTES: usize = KEY_BYTES - 4;

/// The keys and message texts of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    prefix: [u8; PREFIX_BYTES],
}

impl Keys {
    /// Keys that no other run has.
    #[must_use]
    pub fn new() -> Self {
        let mut prefix = [0; PREFIX_BYTES];
        prefix.copy_from_slice(&Key::now().0[..PREFIX_BYTES]);
        Self { prefix }
    }

    /// The key with this number.
    #[must_use]
    pub fn key(&self, number: KeyId) -> Key {
        let mut bytes = [0; KEY_BYTES];
        bytes[..PREFIX_BYTES].copy_from_slice(&self.prefix);
        bytes[PREFIX_BYTES..].copy_from_slice(&number.0.to_be_bytes());
        Key(bytes)
    }

    /// The number of a key; `None` is a key of somebody else.
    #[must_use]
    pub fn number(&self, key: &Key) -> Option<KeyId> {
        let number = key.0.strip_prefix(&self.prefix)?;
        Some(KeyId(u32::from_be_bytes(number.try_into().ok()?)))
    }

    /// A short name of the run, for usernames.
    #[must_use]
    pub fn tag(&self) -> String {
        // The last bytes of the prefix are random ones.
        let random = &self.prefix[PREFIX_BYTES - 3..];
        random.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The text of the message with this number.
    #[must_use]
    pub fn text(&self, message: MessageId) -> String {
        format!("load test {} message {}", self.tag(), message.0)
    }

    /// The number of a message by its text; `None` is a text of somebody else.
    #[must_use]
    pub fn message(&self, text: &str) -> Option<MessageId> {
        let rest = text.strip_prefix("load test ")?.strip_prefix(&self.tag())?;
        rest.strip_prefix(" message ")?.parse().ok().map(MessageId)
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_its_number_to_its_own_run_only() {
        let keys = Keys::new();
        for number in [0, 1, 300, u32::MAX] {
            assert_eq!(keys.number(&keys.key(KeyId(number))), Some(KeyId(number)));
            assert_eq!(Keys::new().number(&keys.key(KeyId(number))), None);
        }
        assert_eq!(keys.number(&Key::now()), None);
    }

    #[test]
    fn keys_ascend() {
        let keys = Keys::new();
        assert!((0..1000).all(|number| keys.key(KeyId(number)) < keys.key(KeyId(number + 1))));
    }

    #[test]
    fn a_text_tells_its_number_to_its_own_run_only() {
        let keys = Keys::new();
        let text = keys.text(MessageId(7));
        assert_eq!(keys.message(&text), Some(MessageId(7)));
        assert_eq!(Keys::new().message(&text), None);
        assert_eq!(keys.message("Is it still there?"), None);
        assert_eq!(keys.message(&format!("{text}x")), None);
    }
}
