//! Arrays that are arrays.
//!
//! The CBOR library takes a byte string where a type wants a sequence, as one of numbers, so that an empty
//! array could be written in two ways (found by fuzzing). It tells the two apart only when it is asked for
//! whatever comes.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

/// Memory is taken for at most so many members before they have come.
const MEMBERS_AHEAD_MAX: usize = 64;

/// For `#[serde(deserialize_with)]` on every `Vec` of a message.
///
/// # Errors
/// Something else than an array, or a member that is none.
pub(crate) fn deserialize<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(Array(PhantomData))
}

struct Array<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Array<T> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Vec<T>, A::Error> {
        let announced = members.size_hint().unwrap_or(0);
        let mut all = Vec::with_capacity(announced.min(MEMBERS_AHEAD_MAX));
        while let Some(member) = members.next_element()? {
            all.push(member);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use crate::codec;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Numbers {
        #[serde(deserialize_with = "super::deserialize")]
        n: Vec<u8>,
    }

    #[test]
    fn a_byte_string_is_no_array() {
        let numbers = |bytes: &[u8]| codec::decode::<Numbers>(bytes).ok().map(|found| found.n);
        assert_eq!(numbers(b"\xa1\x61n\x80"), Some(vec![]));
        assert_eq!(numbers(b"\xa1\x61n\x82\x01\x02"), Some(vec![1, 2]));
        assert_eq!(numbers(b"\xa1\x61n\x40"), None);
        assert_eq!(numbers(b"\xa1\x61n\x42\x01\x02"), None);
        assert_eq!(numbers(b"\xa1\x61n\xa0"), None);
        assert_eq!(numbers(b"\xa1\x61n\x60"), None);
    }
}
