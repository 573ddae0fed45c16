//! Names that a certificate can be issued for: a DNS name or an IP address, checked once.
//!
//! Everything that a person types as a host name passes through [`SubjectName`], so that a
//! name that parsed can be put into a certificate, be resolved and be verified in TLS.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use rustls_pki_types::{DnsName, ServerName};

/// Longest DNS name in bytes (RFC 1035 §3.1, in its textual form without the final dot).
const NAME_BYTES_MAX: usize = 253;

/// A DNS name in lower case without a final dot, or an IP address in its usual notation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectName(Kind);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Dns(String),
    Ip(IpAddr),
}

impl SubjectName {
    /// The address, if this name is one.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        match &self.0 {
            Kind::Dns(_) => None,
            Kind::Ip(address) => Some(*address),
        }
    }

    /// The same name in the form in which rustls verifies it.
    #[must_use]
    pub fn server_name(&self) -> ServerName<'static> {
        match &self.0 {
            Kind::Dns(name) => ServerName::DnsName(
                DnsName::try_from(name.clone()).expect("a DNS name was checked when parsed"),
            ),
            Kind::Ip(address) => ServerName::from(*address),
        }
    }
}

impl FromStr for SubjectName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(Kind::Ip(address)));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.len() > NAME_BYTES_MAX {
            return Err(NameError::TooLong);
        }
        match DnsName::try_from(name.as_str()) {
            Ok(_) => Ok(Self(Kind::Dns(name))),
            Err(_) => Err(NameError::Invalid {
                name: printable(text),
            }),
        }
    }
}

impl fmt::Display for SubjectName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Dns(name) => formatter.write_str(name),
            Kind::Ip(address) => address.fmt(formatter),
        }
    }
}

/// Why a text is not a name for a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("a host name must not be empty")]
    Empty,
    /// More bytes than a DNS name may have.
    #[error("a host name has at most {NAME_BYTES_MAX} characters")]
    TooLong,
    /// Neither a DNS name nor an address; wildcards and names outside ASCII belong here too.
    #[error(
        "`{name}` is neither a DNS name nor an IP address \
         (names outside ASCII are written in their xn-- form)"
    )]
    Invalid {
        /// What was given, made safe to print.
        name: String,
    },
}

/// Makes text from a stranger safe for a terminal: whatever could steer it becomes U+FFFD.
///
/// This covers control characters and the invisible characters that reorder or hide text.
/// Names in certificates need no richer set, so the list is short rather than complete for
/// every script.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
            control if control.is_control() => '\u{fffd}',
            plain => plain,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_normalised() {
        let table = [
            ("localhost", "localhost"),
            ("Shop.AUB.edu.lb", "shop.aub.edu.lb"),
            ("shop.aub.edu.lb.", "shop.aub.edu.lb"),
            ("under_score.example", "under_score.example"),
            ("127.0.0.1", "127.0.0.1"),
            ("0:0:0:0:0:0:0:1", "::1"),
        ];
        for (given, expected) in table {
            let name: SubjectName = given.parse().expect(given);
            assert_eq!(name.to_string(), expected);
            assert_eq!(
                name.to_string().parse(),
                Ok(name.clone()),
                "stable: {given}"
            );
            assert_eq!(name.server_name().to_str(), expected);
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long_label = format!("{}.example", "a".repeat(64));
        for bad in [
            "a b",
            "a\nb",
            "\u{1b}[31m",
            "*.example.com",
            "-a.example",
            "a-.example",
            "a..b",
            "café.example",
            "[::1]",
            "::1%eth0",
            "1.2.3",
            "http://x",
            "a:1",
            long_label.as_str(),
        ] {
            assert!(
                matches!(bad.parse::<SubjectName>(), Err(NameError::Invalid { .. })),
                "{bad:?}"
            );
        }
        assert_eq!("".parse::<SubjectName>(), Err(NameError::Empty));
        assert_eq!(".".parse::<SubjectName>(), Err(NameError::Empty));
        let long = ["a"; 128].join(".");
        assert_eq!(long.parse::<SubjectName>(), Err(NameError::TooLong));
    }

    #[test]
    fn a_refused_name_is_harmless_when_printed() {
        let error = "\u{1b}]0;x\u{7}\u{202e}"
            .parse::<SubjectName>()
            .unwrap_err();
        assert!(!error.to_string().contains(['\u{1b}', '\u{7}', '\u{202e}']));
    }
}
