//! From the strict subset to typed structs: a serde deserializer over [`Scanner`].
//!
//! It asks for exactly what a type is: a text is no byte string, a byte string no array, an array no struct, and
//! an integer has one form. Nothing has two encodings, then, which general decoders do not promise: one that
//! takes a byte string where a type wants a sequence was found by fuzzing. Nothing is copied on the way but what
//! ends up in the value.

use std::fmt;

use serde::de::value::{BorrowedBytesDeserializer, BorrowedStrDeserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::DecodeError;
use crate::strict::{Head, KeyOrder, Major, Scanner, StrictError};

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl From<StrictError> for DecodeError {
    fn from(error: StrictError) -> Self {
        Self(error.to_string())
    }
}

/// Reads the item that comes next.
pub(super) struct Decoder<'s, 'de> {
    scanner: &'s mut Scanner<'de>,
}

impl<'s, 'de> Decoder<'s, 'de> {
    pub(super) fn new(scanner: &'s mut Scanner<'de>) -> Self {
        Self { scanner }
    }

    /// The head of an item that has to be of this type.
    fn expect(&mut self, major: Major, expected: &dyn de::Expected) -> Result<Head, DecodeError> {
        let head = self.scanner.head()?;
        if head.major == major {
            Ok(head)
        } else {
            Err(unexpected(head, expected))
        }
    }

    fn integer<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let head = self.scanner.head()?;
        match (head.major, i64::try_from(head.argument)) {
            (Major::Unsigned, _) => visitor.visit_u64(head.argument),
            // The number is -1 - argument (RFC 8949 §3.1).
            (Major::Negative, Ok(argument)) => visitor.visit_i64(-1 - argument),
            _ => Err(unexpected(head, &visitor)),
        }
    }

    fn text<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        let head = self.expect(Major::Text, &visitor)?;
        visitor.visit_borrowed_str(self.scanner.text_content(head)?)
    }

    fn bytes<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        let length = self.expect(Major::Bytes, &visitor)?.argument;
        visitor.visit_borrowed_bytes(self.scanner.take(length)?)
    }

    fn array<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        let left = self.expect(Major::Array, &visitor)?.argument;
        self.scanner.enter()?;
        let mut members = Members {
            scanner: self.scanner,
            left,
        };
        let value = visitor.visit_seq(&mut members)?;
        if members.left > 0 {
            return Err(DecodeError("an array has too many members".into()));
        }
        self.scanner.leave();
        Ok(value)
    }

    fn map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        let left = self.expect(Major::Map, &visitor)?.argument;
        self.scanner.enter()?;
        let mut entries = Entries {
            scanner: self.scanner,
            order: KeyOrder::default(),
            left,
        };
        let value = visitor.visit_map(&mut entries)?;
        if entries.left > 0 {
            return Err(DecodeError("a map has too many entries".into()));
        }
        self.scanner.leave();
        Ok(value)
    }
}

/// What came instead of what a type expects, without its content.
#[cold]
fn unexpected(head: Head, expected: &dyn de::Expected) -> DecodeError {
    let found = match head.major {
        Major::Unsigned => de::Unexpected::Unsigned(head.argument),
        Major::Negative => de::Unexpected::Other("negative integer"),
        Major::Bytes => de::Unexpected::Other("byte string"),
        Major::Text => de::Unexpected::Other("text"),
        Major::Array => de::Unexpected::Seq,
        Major::Map => de::Unexpected::Map,
        Major::Bool => de::Unexpected::Bool(head.argument == 1),
    };
    de::Error::invalid_type(found, expected)
}

/// Methods of [`Deserializer`] for types of one kind.
macro_rules! kinds {
    ($($kind:ident: $($method:ident)+;)+) => {
        $($(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
                self.$kind(visitor)
            }
        )+)+
    };
}

impl<'de> Deserializer<'de> for Decoder<'_, 'de> {
    type Error = DecodeError;

    kinds! {
        integer: deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
            deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64;
        text: deserialize_str deserialize_string deserialize_identifier;
        bytes: deserialize_bytes deserialize_byte_buf;
        array: deserialize_seq;
        map: deserialize_map;
    }

    /// Whatever comes.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.scanner.peek()?.major {
            Major::Unsigned | Major::Negative => self.integer(visitor),
            Major::Bytes => self.bytes(visitor),
            Major::Text => self.text(visitor),
            Major::Array => self.array(visitor),
            Major::Map => self.map(visitor),
            Major::Bool => self.deserialize_bool(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        let argument = self.expect(Major::Bool, &visitor)?.argument;
        visitor.visit_bool(argument == 1)
    }

    /// What may be absent is left out; there is no `null`.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.map(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.array(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.array(visitor)
    }

    /// A variant with something in it is a map of its name, one without is a text.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let head = self.scanner.head()?;
        match (head.major, head.argument) {
            (Major::Text, _) => {
                let name = self.scanner.text_content(head)?;
                visitor.visit_enum(BorrowedStrDeserializer::new(name))
            }
            (Major::Map, 1) => {
                self.scanner.enter()?;
                let value = visitor.visit_enum(Variant(&mut *self.scanner))?;
                self.scanner.leave();
                Ok(value)
            }
            _ => Err(unexpected(head, &visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.scanner.item()?;
        visitor.visit_unit()
    }

    fn deserialize_f32<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, DecodeError> {
        Err(no_such_type("f32"))
    }

    fn deserialize_f64<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, DecodeError> {
        Err(no_such_type("f64"))
    }

    fn deserialize_char<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, DecodeError> {
        Err(no_such_type("char"))
    }

    fn deserialize_unit<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, DecodeError> {
        Err(no_such_type("unit"))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _visitor: V,
    ) -> Result<V::Value, DecodeError> {
        Err(no_such_type(name))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// A type that no message has: a mistake in this crate, which its own vectors would show.
#[cold]
fn no_such_type(name: &str) -> DecodeError {
    DecodeError(format!("no message holds a value of type {name}"))
}

struct Members<'s, 'de> {
    scanner: &'s mut Scanner<'de>,
    left: u64,
}

impl<'de> SeqAccess<'de> for &mut Members<'_, 'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        self.left = left;
        seed.deserialize(Decoder::new(self.scanner)).map(Some)
    }

    /// As announced, but no more than the bytes that are there can hold.
    fn size_hint(&self) -> Option<usize> {
        let announced = usize::try_from(self.left).unwrap_or(usize::MAX);
        Some(announced.min(self.scanner.rest().len()))
    }
}

struct Entries<'s, 'de> {
    scanner: &'s mut Scanner<'de>,
    order: KeyOrder<'de>,
    left: u64,
}

impl<'de> MapAccess<'de> for &mut Entries<'_, 'de> {
    type Error = DecodeError;

    /// Fields are told apart by the bytes of their names: the scanner has seen that they are text.
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        self.left = left;
        let key = self.scanner.unread_key(&mut self.order)?;
        seed.deserialize(BorrowedBytesDeserializer::new(key))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeError> {
        seed.deserialize(Decoder::new(self.scanner))
    }
}

/// The one entry of a map.
struct Variant<'s, 'de>(&'s mut Scanner<'de>);

impl<'s, 'de> EnumAccess<'de> for Variant<'s, 'de> {
    type Error = DecodeError;
    type Variant = Decoder<'s, 'de>;

    fn variant_seed<K: DeserializeSeed<'de>>(
        self,
        seed: K,
    ) -> Result<(K::Value, Self::Variant), DecodeError> {
        let name = self.0.key(&mut KeyOrder::default())?;
        let name = BorrowedStrDeserializer::<DecodeError>::new(name);
        let variant = seed.deserialize(name)?;
        Ok((variant, Decoder::new(self.0)))
    }
}

impl<'de> VariantAccess<'de> for Decoder<'_, 'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        Err(DecodeError("a name alone was expected, not a map".into()))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, DecodeError> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.array(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.map(visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use crate::bytes::ByteString;
    use crate::catalog::Sort;
    use crate::codec::decode;
    use crate::error::Nothing;
    use crate::ids::Key;
    use crate::testing::unhex;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Mixed {
        n: u8,
        #[serde(default)]
        t: Option<String>,
        #[serde(default)]
        all: Vec<u8>,
    }

    fn read<T: DeserializeOwned>(hex: &str) -> Option<T> {
        decode(&unhex(hex)).ok()
    }

    fn refused<T: DeserializeOwned + Debug>(hex: &str) {
        let read = decode::<T>(&unhex(hex));
        assert!(read.is_err(), "{hex} is read as {read:?}");
    }

    #[test]
    fn a_struct_is_read_from_a_map_whatever_else_is_in_it() {
        let mixed = |n, t: Option<&str>, all: &[u8]| {
            Some(Mixed {
                n,
                t: t.map(Into::into),
                all: all.into(),
            })
        };
        assert_eq!(read("a1616e07"), mixed(7, None, &[]));
        assert_eq!(read("a2616e0761746161"), mixed(7, Some("a"), &[]));
        assert_eq!(read("a2616e0763616c6c820102"), mixed(7, None, &[1, 2]));
        // A later version's field with something in it.
        assert_eq!(read("a2616e0761788201a1616103"), mixed(7, None, &[]));
    }

    #[test]
    fn nothing_is_read_from_an_item_of_another_type() {
        for hex in [
            "8107",                 // fields in an array
            "a16107",               // cut off
            "a0",                   // a field is missing
            "a1616e6107",           // text for a number
            "a1616e190100",         // a number too large
            "a1616e20",             // a negative one
            "a1616ef5",             // a bool
            "a2616e07617440",       // bytes for a text
            "a2616e0761746 1ff",    // no UTF-8
            "a2616e0763616c6c4101", // bytes for an array
            "a2616e0763616c6ca0",   // a map for an array
            "a2616e0763616c6c60",   // a text for an array
            "a2616e07616e07",       // a field twice
            "a26174616161 6e07",    // fields out of order
            "a1616e1807",           // not the shortest form
            "a1616e0700",           // bytes behind it
            "a1616e07f6",           // null behind it
            "bf616e07ff",           // no length
            "c0a1616e07",           // a tag
        ] {
            refused::<Mixed>(hex);
        }
        refused::<u64>("3bffffffffffffffff");
        refused::<i64>("1bffffffffffffffff");
        refused::<f64>("01");
        refused::<Nothing>("80");
        refused::<ByteString>("6161");
        refused::<ByteString>("8101");
        refused::<Sort>("656e657765");
        refused::<Sort>("4161");
    }

    #[test]
    fn numbers_are_read_over_their_whole_range() {
        assert_eq!(read("1bffffffffffffffff"), Some(u64::MAX));
        assert_eq!(read("1b7fffffffffffffff"), Some(i64::MAX));
        assert_eq!(read("3b7fffffffffffffff"), Some(i64::MIN));
        assert_eq!(read("20"), Some(-1_i64));
        assert_eq!(read("f5"), Some(true));
    }

    #[test]
    fn bytes_of_a_fixed_length_are_no_others() {
        let key = format!("50{}", "07".repeat(16));
        assert_eq!(read(&key), Some(Key([7; 16])));
        refused::<Key>(&format!("4f{}", "07".repeat(15)));
        refused::<Key>(&format!("51{}", "07".repeat(17)));
        refused::<Key>(&format!("90{}", "07".repeat(16)));
    }

    #[test]
    fn a_variant_is_a_name_or_a_map_of_one() {
        #[derive(Debug, PartialEq, Deserialize)]
        enum Choice {
            Bare,
            Number(u8),
            Fields { n: u8 },
        }
        assert_eq!(read("6442617265"), Some(Choice::Bare));
        assert_eq!(read("a1664e756d62657207"), Some(Choice::Number(7)));
        let fields = Some(Choice::Fields { n: 7 });
        assert_eq!(read("a1664669656c6473a1616e07"), fields);
        refused::<Choice>("664e756d626572"); // a number is missing
        refused::<Choice>("a16442617265a0"); // nothing was expected
        refused::<Choice>("6161"); // no such name
        refused::<Choice>("a0");
        refused::<Choice>("81 6442617265");
        refused::<Choice>("a2 6442617265a0 664e756d62657207");
    }

    #[test]
    fn a_long_array_that_is_not_there_takes_no_memory() {
        refused::<Vec<u64>>("9bffffffffffffffff");
        refused::<Vec<u64>>("9a7fffffff00");
    }
}
