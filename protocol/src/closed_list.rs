//! Texts on the wire that are one of a closed list.

/// A text that is none of a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one of: {0}")]
pub struct NotListed(pub(crate) &'static str);

/// Defines an enum of such texts.
macro_rules! closed_list {
    ($(#[$documentation:meta])* $name:ident { $($(#[$variant_documentation:meta])* $variant:ident = $text:literal),+ }
     $all:literal) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
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

        impl TryFrom<String> for $name {
            type Error = $crate::closed_list::NotListed;

            fn try_from(text: String) -> Result<Self, $crate::closed_list::NotListed> {
                text.parse()
            }
        }
    };
}

pub(crate) use closed_list;
