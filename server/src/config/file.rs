//! A configuration file: read whole, every complaint with its line and column.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::check::Invalid;
use super::settings::Settings;

/// A configuration is a few kilobytes; whatever is larger than this is something else.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A place in a configuration file, counted from 1; columns are characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column } = self;
        write!(formatter, "{}:{line}:{column}", file.display())
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {cause}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The file is no TOML, has a key that is not known, or a value of the wrong type.
    #[error("{place}: {message}")]
    Malformed {
        /// Where.
        place: Place,
        /// What, for people.
        message: String,
    },
    /// A value in the file cannot be used.
    #[error("{place}: {invalid}")]
    InFile {
        /// Where.
        place: Place,
        /// Which, and why.
        invalid: Invalid,
    },
    /// A value from a flag, the environment or both cannot be used.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no home directory to put the data under.
    #[error("there is no home directory for the data; give --data-dir DIR")]
    NoHome,
    /// A path is not UTF-8, so that TOML cannot hold it.
    #[error("the configuration cannot be written as TOML: {0}")]
    Unwritable(#[from] toml::ser::Error),
}

impl ConfigError {
    /// What an operator can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => {
                Some("give an existing file with --config or AUBOUTIQUE_CONFIG".into())
            }
            Self::Malformed { .. } | Self::InFile { .. } => Some(
                "`auboutique-server check-config` checks a file and shows what it means; \
                 server/config.example.toml has every key"
                    .into(),
            ),
            Self::Invalid(_) | Self::NoHome | Self::Unwritable(_) => None,
        }
    }
}

/// A file that was read: what it says, and where it says it.
#[derive(Debug)]
pub(super) struct ConfigFile {
    path: PathBuf,
    text: String,
}

impl ConfigFile {
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |cause| ConfigError::Unreadable {
            file: path.to_owned(),
            cause,
        };
        let mut text = String::new();
        let size = File::open(path)
            .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text))
            .map_err(unreadable)?;
        if size as u64 > FILE_BYTES_MAX {
            return Err(unreadable(io::Error::other("larger than 1 MiB")));
        }
        Ok(Self {
            path: path.to_owned(),
            text,
        })
    }

    /// The defaults, overlaid by what the file says.
    pub(super) fn settings(&self) -> Result<Settings, ConfigError> {
        toml::from_str(&self.text).map_err(|error| ConfigError::Malformed {
            place: self.place(error.span().map_or(0, |span| span.start)),
            message: error.message().trim_end().replace('\n', "; "),
        })
    }

    /// Adds its place to a refusal, if the value comes from here.
    pub(super) fn locate(&self, invalid: Invalid) -> ConfigError {
        match self.position(invalid.key()) {
            Some(position) => ConfigError::InFile {
                place: self.place(position),
                invalid,
            },
            None => ConfigError::Invalid(invalid),
        }
    }

    /// Where the value under a key begins, in bytes. A value that is refused because of another one
    /// may be a default; then its table.
    fn position(&self, key: &str) -> Option<usize> {
        let document = DeTable::parse(&self.text).ok()?;
        let mut table = document.get_ref();
        let mut position = None;
        for part in key.split('.') {
            let Some((_, value)) = table.iter().find(|(name, _)| name.get_ref() == part) else {
                break;
            };
            position = Some(value.span().start);
            let DeValue::Table(inner) = value.get_ref() else {
                break;
            };
            table = inner;
        }
        position
    }

    fn place(&self, position: usize) -> Place {
        let before = self.text.get(..position).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Place {
            file: self.path.clone(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}
