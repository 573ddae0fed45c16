//! The strict scanner: one pass over a frame before any decoder sees it, without allocation.
//!
//! It accepts the core deterministic encoding of RFC 8949 §4.2.1, narrowed further: definite
//! lengths, shortest integers and lengths, map keys that are text and strictly ascend by their
//! encoded bytes, no tags, no floats, no `null` or `undefined`, bounded depth and number of items,
//! valid UTF-8, and nothing after the item. General decoders accept most of what this forbids, so
//! two peers could read one frame in two ways; after this scan there is one way.
//!
//! [`check`] scans a whole frame. `Scanner` lets the envelope take the outermost maps apart while
//! everything in them is scanned in the same pass, and is what decoding is built on.

use std::cmp::Ordering;

use crate::limits::{CBOR_DEPTH_MAX, CBOR_ITEMS_MAX};

/// Why a sequence of bytes is not one item of our CBOR subset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StrictError {
    /// The item ends before its declared length.
    #[error("the item is cut off")]
    Truncated,
    /// Bytes follow the item.
    #[error("bytes follow the item")]
    TrailingBytes,
    /// A length is left open.
    #[error("indefinite lengths are not allowed")]
    IndefiniteLength,
    /// An integer or length could be written shorter.
    #[error("an integer or length is not in its shortest form")]
    NotShortest,
    /// A head uses one of the values that RFC 8949 reserves.
    #[error("a reserved head")]
    Reserved,
    /// A tag.
    #[error("tags are not allowed")]
    Tag,
    /// A float, `null`, `undefined` or another simple value.
    #[error("of the simple values only true and false are allowed")]
    SimpleValue,
    /// A map key that is not text.
    #[error("a map key is not text")]
    KeyNotText,
    /// Map keys that do not strictly ascend; covers duplicates.
    #[error("map keys do not ascend")]
    KeyOrder,
    /// Text that is not UTF-8.
    #[error("text is not UTF-8")]
    Utf8,
    /// Nesting beyond [`CBOR_DEPTH_MAX`].
    #[error("nested too deeply")]
    TooDeep,
    /// More items than [`CBOR_ITEMS_MAX`].
    #[error("too many items")]
    TooManyItems,
}

/// Checks that `bytes` are exactly one item of the subset.
///
/// # Errors
/// The first violation, in the order of the bytes.
pub fn check(bytes: &[u8]) -> Result<(), StrictError> {
    let mut scanner = Scanner::new(bytes);
    scanner.item()?;
    scanner.finish()
}

/// The major types that the subset knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Major {
    Unsigned,
    Negative,
    Bytes,
    Text,
    Array,
    Map,
    Bool,
}

/// The first bytes of an item: its major type and its value, length or count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) major: Major,
    pub(crate) argument: u64,
}

/// A position in a frame that only moves over items of the subset.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    rest: &'a [u8],
    items: usize,
    depth: usize,
}

/// The order check of one map: the encoded key that came last.
#[derive(Debug, Default)]
pub(crate) struct KeyOrder<'a> {
    last: &'a [u8],
}

impl<'a> KeyOrder<'a> {
    /// Takes the next encoded key. Lengths are in their shortest form, so a longer key has the greater head, and
    /// only keys of one length need be compared.
    fn ascend(&mut self, encoded: &'a [u8]) -> Result<(), StrictError> {
        let ascends = match encoded.len().cmp(&self.last.len()) {
            Ordering::Less => false,
            Ordering::Equal => encoded > self.last,
            Ordering::Greater => true,
        };
        self.last = encoded;
        if ascends {
            Ok(())
        } else {
            Err(StrictError::KeyOrder)
        }
    }
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            items: 0,
            depth: 0,
        }
    }

    /// What has not been scanned.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Ends the scan.
    pub(crate) fn finish(self) -> Result<(), StrictError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(StrictError::TrailingBytes)
        }
    }

    /// Scans one item with all that it contains and returns its bytes.
    pub(crate) fn item(&mut self) -> Result<&'a [u8], StrictError> {
        let from = self.rest;
        let head = self.head()?;
        self.content(head)?;
        Ok(self.since(from))
    }

    /// What has been scanned since `from` was the rest.
    fn since(&self, from: &'a [u8]) -> &'a [u8] {
        &from[..from.len() - self.rest.len()]
    }

    /// Scans what follows a head: the bytes of a string, the members of a container.
    #[inline]
    pub(crate) fn content(&mut self, head: Head) -> Result<(), StrictError> {
        match head.major {
            Major::Unsigned | Major::Negative | Major::Bool => Ok(()),
            Major::Bytes => self.take(head.argument).map(drop),
            Major::Text => self.unread_text(head).map(drop),
            Major::Array | Major::Map => self.members(head),
        }
    }

    fn members(&mut self, head: Head) -> Result<(), StrictError> {
        self.enter()?;
        let mut order = KeyOrder::default();
        for _ in 0..head.argument {
            if head.major == Major::Map {
                self.unread_key(&mut order)?;
            }
            let member = self.head()?;
            self.content(member)?;
        }
        self.leave();
        Ok(())
    }

    /// Enters a container; pairs with [`Scanner::leave`].
    pub(crate) fn enter(&mut self) -> Result<(), StrictError> {
        self.depth += 1;
        if self.depth > CBOR_DEPTH_MAX {
            Err(StrictError::TooDeep)
        } else {
            Ok(())
        }
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Scans a map key and checks that it ascends.
    pub(crate) fn key(&mut self, order: &mut KeyOrder<'a>) -> Result<&'a str, StrictError> {
        let key = self.unread_key(order)?;
        std::str::from_utf8(key).map_err(|_| StrictError::Utf8)
    }

    /// As [`Scanner::key`], for whoever only compares it: the bytes of its text.
    #[inline]
    pub(crate) fn unread_key(&mut self, order: &mut KeyOrder<'a>) -> Result<&'a [u8], StrictError> {
        let from = self.rest;
        let head = self.head()?;
        if head.major != Major::Text {
            return Err(StrictError::KeyNotText);
        }
        let text = self.unread_text(head)?;
        order.ascend(self.since(from))?;
        Ok(text)
    }

    /// Scans the text that follows a head of [`Major::Text`].
    #[inline]
    pub(crate) fn text_content(&mut self, head: Head) -> Result<&'a str, StrictError> {
        std::str::from_utf8(self.take(head.argument)?).map_err(|_| StrictError::Utf8)
    }

    /// As [`Scanner::text_content`], for whoever does not read it. Most text is ASCII, which is found out faster
    /// than that bytes are UTF-8, above all where they are few.
    #[inline]
    fn unread_text(&mut self, head: Head) -> Result<&'a [u8], StrictError> {
        let text = self.take(head.argument)?;
        if text.is_ascii() || std::str::from_utf8(text).is_ok() {
            Ok(text)
        } else {
            Err(StrictError::Utf8)
        }
    }

    /// The head that comes next, without scanning it.
    pub(crate) fn peek(&self) -> Result<Head, StrictError> {
        let mut ahead = Self { items: 0, ..*self };
        ahead.head()
    }

    /// Scans a head and counts its item.
    #[inline]
    pub(crate) fn head(&mut self) -> Result<Head, StrictError> {
        self.items += 1;
        if self.items > CBOR_ITEMS_MAX {
            return Err(StrictError::TooManyItems);
        }
        let (&first, rest) = self.rest.split_first().ok_or(StrictError::Truncated)?;
        self.rest = rest;
        let info = first & 0x1f;
        let major = match first >> 5 {
            0 => Major::Unsigned,
            1 => Major::Negative,
            2 => Major::Bytes,
            3 => Major::Text,
            4 => Major::Array,
            5 => Major::Map,
            6 => return Err(StrictError::Tag),
            _ => return Self::simple(info),
        };
        let argument = match info {
            0..=23 => u64::from(info),
            _ => self.long_argument(info)?,
        };
        Ok(Head { major, argument })
    }

    /// The argument of a head that stands behind its first byte.
    fn long_argument(&mut self, info: u8) -> Result<u64, StrictError> {
        let (argument, least) = match info {
            24 => (u64::from(u8::from_be_bytes(self.fixed()?)), 24),
            25 => (u64::from(u16::from_be_bytes(self.fixed()?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(self.fixed()?)), 1 << 16),
            27 => (u64::from_be_bytes(self.fixed()?), 1 << 32),
            31 => return Err(StrictError::IndefiniteLength),
            _ => return Err(StrictError::Reserved),
        };
        if argument < least {
            Err(StrictError::NotShortest)
        } else {
            Ok(argument)
        }
    }

    fn simple(info: u8) -> Result<Head, StrictError> {
        match info {
            20 | 21 => Ok(Head {
                major: Major::Bool,
                argument: u64::from(info == 21),
            }),
            _ => Err(StrictError::SimpleValue),
        }
    }

    #[inline]
    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], StrictError> {
        let (taken, rest) = self
            .rest
            .split_first_chunk()
            .ok_or(StrictError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    #[inline]
    pub(crate) fn take(&mut self, count: u64) -> Result<&'a [u8], StrictError> {
        let count = usize::try_from(count).map_err(|_| StrictError::Truncated)?;
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(StrictError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(hex: &str) -> Result<(), StrictError> {
        check(&crate::testing::unhex(hex))
    }

    #[test]
    fn the_subset_is_accepted() {
        for hex in [
            "00",
            "17",
            "1818",
            "190100",
            "1a00010000",
            "1b0000000100000000",
            "1bffffffffffffffff",
            "20",
            "3818",
            "40",
            "420102",
            "60",
            "6161",
            "80",
            "820102",
            "a0",
            "a1616101",
            "a2616101616202",
            "a26162006261610 0",
            "f4",
            "f5",
        ] {
            assert_eq!(verdict(hex), Ok(()), "{hex}");
        }
    }

    #[test]
    fn every_forbidden_form_is_named() {
        use StrictError::*;
        for (hex, error) in [
            ("", Truncated),
            ("18", Truncated),
            ("6261", Truncated),
            ("8101 02", TrailingBytes),
            ("5bffffffffffffffff", Truncated),
            ("9bffffffffffffffff", Truncated),
            ("1800", NotShortest),
            ("1817", NotShortest),
            ("1900ff", NotShortest),
            ("1a0000ffff", NotShortest),
            ("1b00000000ffffffff", NotShortest),
            ("7800", NotShortest),
            ("5800", NotShortest),
            ("9800", NotShortest),
            ("b800", NotShortest),
            ("1c", Reserved),
            ("1d", Reserved),
            ("1e", Reserved),
            ("1f", IndefiniteLength),
            ("5f4100ff", IndefiniteLength),
            ("7f6161ff", IndefiniteLength),
            ("9fff", IndefiniteLength),
            ("bfff", IndefiniteLength),
            ("c001", Tag),
            ("c24101", Tag),
            ("d9d9f700", Tag),
            ("f6", SimpleValue),
            ("f7", SimpleValue),
            ("f814", SimpleValue),
            ("e0", SimpleValue),
            ("f90000", SimpleValue),
            ("fa00000000", SimpleValue),
            ("fb0000000000000000", SimpleValue),
            ("ff", SimpleValue),
            ("a10101", KeyNotText),
            ("a1410101", KeyNotText),
            ("a1800 1", KeyNotText),
            ("a2616101616102", KeyOrder),
            ("a2616201616102", KeyOrder),
            ("a26261610161 6202", KeyOrder),
            ("61ff", Utf8),
            ("62c328", Utf8),
            ("63eda080", Utf8),
        ] {
            assert_eq!(verdict(hex), Err(error), "{hex}");
        }
    }

    #[test]
    fn depth_is_bounded_at_its_limit() {
        let nested = |depth: usize| {
            let mut bytes = vec![0x81; depth];
            bytes.push(0);
            check(&bytes)
        };
        assert_eq!(nested(CBOR_DEPTH_MAX), Ok(()));
        assert_eq!(nested(CBOR_DEPTH_MAX + 1), Err(StrictError::TooDeep));
        assert_eq!(nested(1_000_000), Err(StrictError::TooDeep));
    }

    #[test]
    fn items_are_bounded_at_their_limit() {
        let array = |members: u16| {
            let mut bytes = vec![0x99];
            bytes.extend(members.to_be_bytes());
            bytes.extend(std::iter::repeat_n(0, usize::from(members)));
            check(&bytes)
        };
        assert_eq!(array(4095), Ok(()));
        assert_eq!(array(4096), Err(StrictError::TooManyItems));
    }
}
