//! The line that a server prints for its users: where it is and how to recognise it.
//!
//! `auboutique://HOST:PORT#FINGERPRINT`. The fingerprint is missing when the server's
//! certificate comes from elsewhere; then the system's roots or a file decide.

use std::fmt;
use std::str::FromStr;

use crate::address::{AddressError, ServerAddress};
use crate::fingerprint::{Fingerprint, FingerprintError};

const SCHEME: &str = "auboutique://";

/// Address of a server and, usually, the fingerprint of its certificate authority.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Invite {
    /// DNS name or IP address; an IPv6 address stands without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Certificate authority to expect; `None` leaves the choice of trust to the client.
    pub fingerprint: Option<Fingerprint>,
}

impl Invite {
    /// Puts an invite together.
    #[must_use]
    pub fn new(address: ServerAddress, fingerprint: Option<Fingerprint>) -> Self {
        let ServerAddress { host, port } = address;
        Self {
            host,
            port,
            fingerprint,
        }
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> ServerAddress {
        ServerAddress {
            host: self.host.clone(),
            port: self.port,
        }
    }
}

impl From<Invite> for ServerAddress {
    fn from(invite: Invite) -> Self {
        Self {
            host: invite.host,
            port: invite.port,
        }
    }
}

impl fmt::Display for Invite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{SCHEME}{}", self.address())?;
        match self.fingerprint {
            Some(fingerprint) => write!(formatter, "#{fingerprint}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Invite {
    type Err = InviteError;

    /// Blanks around the line are ignored, since it is mostly pasted.
    fn from_str(text: &str) -> Result<Self, InviteError> {
        let text = text.trim();
        let rest = match text.split_at_checked(SCHEME.len()) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case(SCHEME) => rest,
            _ => return Err(InviteError::Scheme),
        };
        let (address, fingerprint) = match rest.split_once('#') {
            Some((address, digits)) => (address, Some(digits.parse()?)),
            None => (rest, None),
        };
        Ok(Self::new(address.parse()?, fingerprint))
    }
}

/// Why a text is not an invite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InviteError {
    /// It does not begin like one.
    #[error("an invite begins with {SCHEME}")]
    Scheme,
    /// Host or port cannot be used.
    #[error("the address in the invite: {0}")]
    Address(#[from] AddressError),
    /// What stands after `#` is damaged; it is never ignored, since then nothing would be
    /// verified.
    #[error("the fingerprint in the invite: {0}")]
    Fingerprint(#[from] FingerprintError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::DEFAULT_PORT;

    const PIN: Fingerprint = Fingerprint([0x0f; 32]);

    #[test]
    fn what_is_printed_is_understood_again() {
        for host in [
            "localhost",
            "shop.example",
            "10.1.2.3",
            "::1",
            "2001:db8::7",
        ] {
            for port in [1, 80, DEFAULT_PORT, u16::MAX] {
                for fingerprint in [None, Some(PIN)] {
                    let host = host.to_owned();
                    let invite = Invite::new(ServerAddress { host, port }, fingerprint);
                    assert_eq!(invite.to_string().parse(), Ok(invite.clone()), "{invite}");
                }
            }
        }
    }

    #[test]
    fn the_printed_form_is_the_documented_one() {
        let invite: Invite = format!("auboutique://[::1]:7443#{PIN}").parse().unwrap();
        assert_eq!(invite.address().to_string(), "[::1]:7443");
        assert_eq!(invite.fingerprint, Some(PIN));
        assert_eq!(invite.to_string(), format!("auboutique://[::1]:7443#{PIN}"));
    }

    #[test]
    fn a_missing_port_is_the_default_and_case_does_not_matter() {
        let text = format!(
            "  AUBoutique://Shop.Example#{}\n",
            PIN.to_string().to_uppercase()
        );
        let invite: Invite = text.parse().unwrap();
        assert_eq!(invite.host, "shop.example");
        assert_eq!(invite.port, DEFAULT_PORT);
        assert_eq!(invite.fingerprint, Some(PIN));
    }

    #[test]
    fn every_mistake_has_its_own_error() {
        let table = [
            ("", InviteError::Scheme),
            ("auboutique:/", InviteError::Scheme),
            ("https://shop.example", InviteError::Scheme),
            ("shop.example:7443", InviteError::Scheme),
            ("äuboutique://shop", InviteError::Scheme),
            (
                "auboutique://",
                AddressError::Host(crate::NameError::Empty).into(),
            ),
            ("auboutique://shop:0", AddressError::Port.into()),
            ("auboutique://shop:1/", AddressError::Port.into()),
            ("auboutique://::1", AddressError::BareIpv6.into()),
            ("auboutique://shop:1#", FingerprintError::Length.into()),
            ("auboutique://shop:1#abc", FingerprintError::Length.into()),
            ("auboutique://shop:1#xyz", FingerprintError::Digit.into()),
        ];
        for (given, expected) in table {
            assert_eq!(given.parse::<Invite>(), Err(expected), "{given:?}");
        }
    }
}
