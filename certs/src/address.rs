//! Where a server listens, as people write it: `HOST:PORT`, `HOST` or `[IPv6]:PORT`.

use std::fmt;
use std::str::FromStr;

use rustls_pki_types::ServerName;

use crate::name::{NameError, SubjectName};

/// Port that a server listens on for members unless told otherwise.
pub const DEFAULT_PORT: u16 = 7443;

/// Host and port of a server.
///
/// The parser only lets through a host that can be verified in TLS. The fields are open so
/// that programs and tests can put an address together from parts that they already trust.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerAddress {
    /// DNS name in lower case or IP address; an IPv6 address stands without brackets.
    pub host: String,
    /// TCP port, 1 to 65535.
    pub port: u16,
}

impl ServerAddress {
    /// The host in the form in which rustls verifies the server's certificate.
    ///
    /// # Errors
    /// When the host was set by hand to something that is neither a DNS name nor an address.
    pub fn server_name(&self) -> Result<ServerName<'static>, NameError> {
        Ok(self.host.parse::<SubjectName>()?.server_name())
    }
}

impl FromStr for ServerAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(AddressError::ForbiddenCharacter);
        }
        let (host, port) = split(text)?;
        Ok(Self {
            host: host.parse::<SubjectName>()?.to_string(),
            port: port.map_or(Ok(DEFAULT_PORT), parse_port)?,
        })
    }
}

/// Splits into the host without brackets and the text of the port, if there is one.
fn split(text: &str) -> Result<(&str, Option<&str>), AddressError> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, tail) = rest.split_once(']').ok_or(AddressError::Brackets)?;
        if host.parse::<std::net::Ipv6Addr>().is_err() {
            return Err(AddressError::Brackets);
        }
        return match tail.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if tail.is_empty() => Ok((host, None)),
            None => Err(AddressError::Brackets),
        };
    }
    match text.split_once(':') {
        None => Ok((text, None)),
        Some((_, tail)) if tail.contains(':') => Err(AddressError::BareIpv6),
        Some((host, port)) => Ok((host, Some(port))),
    }
}

fn parse_port(text: &str) -> Result<u16, AddressError> {
    // `u16::from_str` would also take a leading plus sign.
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AddressError::Port);
    }
    match text.parse() {
        Ok(0) | Err(_) => Err(AddressError::Port),
        Ok(port) => Ok(port),
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(formatter, "[{host}]:{port}")
        } else {
            write!(formatter, "{host}:{port}")
        }
    }
}

/// Why a text is not the address of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// A space, a line break or another control character.
    #[error("an address must not contain spaces or control characters")]
    ForbiddenCharacter,
    /// The host is missing, too long or no name.
    #[error(transparent)]
    Host(#[from] NameError),
    /// Not a number from 1 to 65535.
    #[error("the port must be a number from 1 to 65535")]
    Port,
    /// Brackets are for an IPv6 address and must close.
    #[error("brackets must hold an IPv6 address, as in [::1]:{DEFAULT_PORT}")]
    Brackets,
    /// An IPv6 address without brackets, whose port could not be told from its last group.
    #[error("an IPv6 address needs brackets, as in [::1]:{DEFAULT_PORT}")]
    BareIpv6,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_an_address_is_understood() {
        let table = [
            ("localhost", "localhost", DEFAULT_PORT, "localhost:7443"),
            ("Shop.Example:1", "shop.example", 1, "shop.example:1"),
            ("10.0.0.1:65535", "10.0.0.1", 65535, "10.0.0.1:65535"),
            ("[::1]", "::1", DEFAULT_PORT, "[::1]:7443"),
            ("[0:0::1]:99", "::1", 99, "[::1]:99"),
        ];
        for (given, host, port, shown) in table {
            let address: ServerAddress = given.parse().expect(given);
            assert_eq!(
                (address.host.as_str(), address.port),
                (host, port),
                "{given}"
            );
            assert_eq!(address.to_string(), shown);
            assert_eq!(shown.parse(), Ok(address.clone()), "round trip of {given}");
            assert!(address.server_name().is_ok());
        }
    }

    #[test]
    fn every_mistake_has_its_own_error() {
        let long = format!("{}:1", ["a"; 128].join("."));
        let table = [
            ("", AddressError::Host(NameError::Empty)),
            (":7443", AddressError::Host(NameError::Empty)),
            (long.as_str(), AddressError::Host(NameError::TooLong)),
            ("a b:1", AddressError::ForbiddenCharacter),
            ("a:1\n", AddressError::ForbiddenCharacter),
            ("a\u{7f}:1", AddressError::ForbiddenCharacter),
            ("a\u{a0}:1", AddressError::ForbiddenCharacter),
            ("a:0", AddressError::Port),
            ("a:", AddressError::Port),
            ("a:65536", AddressError::Port),
            ("a:+1", AddressError::Port),
            ("a:-1", AddressError::Port),
            ("a:x", AddressError::Port),
            ("::1", AddressError::BareIpv6),
            ("::1:7443", AddressError::BareIpv6),
            ("[::1", AddressError::Brackets),
            ("[::1]7443", AddressError::Brackets),
            ("[localhost]:7443", AddressError::Brackets),
            ("[]:7443", AddressError::Brackets),
        ];
        for (given, expected) in table {
            assert_eq!(given.parse::<ServerAddress>(), Err(expected), "{given:?}");
        }
    }
}
