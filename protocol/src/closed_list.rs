//! Texts on the wire that are one of a closed list.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{self, Deserializer, Visitor};

/// A text that is none of a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one of: {0}")]
pub struct NotListed(pub(crate) &'static str);

/// Reads a text that is parsed without a copy of it.
///
/// # Errors
/// It is no text, or none of the list.
pub(crate) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    struct Parsed<T>(PhantomData<T>);
    impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Parsed<T> {
        type Value = T;
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a text")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Parsed(PhantomData))
}

/// Defines an enum of such texts.
macro_rules! closed_list {
    ($(#[$documentation:meta])* $name:ident { $($(#[$variant_documentation:meta])* $variant:ident = $text:literal),+ }
     $all:literal) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        #[serde(into = "&'static str")]
        pub enum $name { $($(#[$variant_documentation])* $variant),+ }

        impl From<$name> for &'static str {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad((*self).into())
            }
        }

        impl FromStr for $name {
            type Err = $crate::closed_list::NotListed;

            fn from_str(text: &str) -> Result<Self, $crate::closed_list::NotListed> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err($crate::closed_list::NotListed($all)) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::closed_list::deserialize(deserializer)
            }
        }
    };
}

pub(crate) use closed_list;
