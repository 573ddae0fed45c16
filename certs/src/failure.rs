//! Why a handshake failed, in a few kinds that a program can act on and a person understands.

use std::io;

use rustls::{AlertDescription, CertificateError, CommonState, OtherError, PeerIncompatible};

use crate::name::printable;
use crate::trust::TrustError;

/// Why a TLS handshake failed. Its `Display` is a sentence for the person at the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeFailure {
    /// The certificate does not lead to a trusted authority.
    #[error("the server's certificate was not issued by an authority that you trust")]
    UnknownAuthority,
    /// The pinned authority was not presented.
    #[error(
        "the server's certificate authority has changed: it is a different server, \
         or somebody is in between"
    )]
    PinMismatch,
    /// The certificate is for other host names.
    #[error("the server's certificate is not valid for this host name")]
    WrongName,
    /// The certificate has ended.
    #[error("the server's certificate has expired, or this computer's clock is wrong")]
    Expired,
    /// The certificate has not begun.
    #[error("the server's certificate is not valid yet, or this computer's clock is wrong")]
    NotYetValid,
    /// The certificate is for something other than a server.
    #[error("the server's certificate was not issued for a server")]
    WrongPurpose,
    /// The server does not accept the certificate that this client shows, or wants one.
    #[error(
        "the server does not accept this client's certificate: it is missing, expired or of another authority"
    )]
    ClientCertificate,
    /// The other side does not speak TLS 1.3.
    #[error("the other side does not speak TLS 1.3")]
    ProtocolVersion,
    /// The other side does not speak our application protocol.
    #[error("the other side does not speak the AUBoutique protocol")]
    NoAlpn,
    /// Anything else: a broken connection, or something that is not TLS.
    #[error("no secure connection could be made: {0}")]
    Other(String),
}

impl From<&io::Error> for HandshakeFailure {
    /// Looks for a TLS error inside, as tokio-rustls wraps it.
    fn from(error: &io::Error) -> Self {
        let inside = error.get_ref().and_then(|inner| inner.downcast_ref());
        match inside {
            Some(error) => Self::from_tls(error),
            None => Self::Other(printable(&error.to_string())),
        }
    }
}

impl From<&rustls::Error> for HandshakeFailure {
    fn from(error: &rustls::Error) -> Self {
        Self::from_tls(error)
    }
}

impl HandshakeFailure {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library's error may grow; every further kind is reported as text"
    )]
    fn from_tls(error: &rustls::Error) -> Self {
        let kind = match error {
            rustls::Error::InvalidCertificate(reason) => Self::from_certificate(reason),
            rustls::Error::AlertReceived(alert) => Self::from_alert(*alert),
            rustls::Error::PeerIncompatible(reason) => Self::from_incompatible(reason),
            rustls::Error::NoApplicationProtocol => Some(Self::NoAlpn),
            _ => None,
        };
        kind.unwrap_or_else(|| Self::Other(printable(&error.to_string())))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library's error may grow; every further kind is reported as text"
    )]
    fn from_certificate(reason: &CertificateError) -> Option<Self> {
        match reason {
            // A certificate that bears the authority's name but not its signature.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                Some(Self::UnknownAuthority)
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Some(Self::Expired)
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Some(Self::NotYetValid)
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Some(Self::WrongName)
            }
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                Some(Self::WrongPurpose)
            }
            CertificateError::Other(OtherError(inner)) => match inner.downcast_ref() {
                Some(TrustError::PinMismatch) => Some(Self::PinMismatch),
                Some(TrustError::ProbeOnly) => Some(Self::Other(TrustError::ProbeOnly.to_string())),
                None => None,
            },
            _ => None,
        }
    }

    /// `access_denied` is how our server answers a client that offers no protocol name.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "alerts are an open list; every further one is reported as text"
    )]
    fn from_alert(alert: AlertDescription) -> Option<Self> {
        match alert {
            AlertDescription::ProtocolVersion => Some(Self::ProtocolVersion),
            AlertDescription::NoApplicationProtocol | AlertDescription::AccessDenied => {
                Some(Self::NoAlpn)
            }
            AlertDescription::CertificateRequired
            | AlertDescription::DecryptError
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA => Some(Self::ClientCertificate),
            _ => None,
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library's error may grow; every further kind is reported as text"
    )]
    fn from_incompatible(reason: &PeerIncompatible) -> Option<Self> {
        match reason {
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::SupportedVersionsExtensionRequired
            | PeerIncompatible::Tls12NotOfferedOrEnabled => Some(Self::ProtocolVersion),
            _ => None,
        }
    }
}

/// Checks, after a completed handshake, that the other side chose our application protocol.
///
/// A server that knows no application protocols completes the handshake without one, and
/// would then be sent bytes that it does not understand, a password among them.
///
/// # Errors
/// [`HandshakeFailure::NoAlpn`] if another protocol or none was agreed upon.
pub fn require_protocol(connection: &CommonState, alpn: &[u8]) -> Result<(), HandshakeFailure> {
    if connection.alpn_protocol() == Some(alpn) {
        Ok(())
    } else {
        Err(HandshakeFailure::NoAlpn)
    }
}
