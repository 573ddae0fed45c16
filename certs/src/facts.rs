//! What a certificate says about itself, for people to read and for programs to compare.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{ExtendedKeyUsage, GeneralName};
use x509_parser::prelude::FromDer as _;

use crate::error::Error;
use crate::files;
use crate::fingerprint::Fingerprint;
use crate::name::printable;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// The readable content of a certificate. All text is safe to print on a terminal.
///
/// Nothing here is verified: it is what the certificate claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Distinguished name of its owner.
    pub subject: String,
    /// Distinguished name of who issued it.
    pub issuer: String,
    /// DNS names (lower case) and IP addresses that it is valid for.
    pub names: Vec<String>,
    /// First moment at which it is valid.
    pub not_before: Timestamp,
    /// Last moment at which it is valid.
    pub not_after: Timestamp,
    /// Whether it may issue other certificates.
    pub is_authority: bool,
    /// Purposes by their names in RFC 5280 §4.2.1.12; others by object identifier.
    pub extended_key_usages: Vec<String>,
    /// SHA-256 of the certificate.
    pub fingerprint: Fingerprint,
}

impl CertificateFacts {
    /// Reads a certificate; `None` if it is not a well-formed X.509 certificate.
    #[must_use]
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (rest, parsed) = X509Certificate::from_der(certificate).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let validity = parsed.validity();
        let usages = parsed.extended_key_usage().ok()?;
        Some(Self {
            subject: printable(&parsed.subject().to_string()),
            issuer: printable(&parsed.issuer().to_string()),
            names: names(&parsed)?,
            not_before: Timestamp::from_second(validity.not_before.timestamp()).ok()?,
            not_after: Timestamp::from_second(validity.not_after.timestamp()).ok()?,
            is_authority: parsed.is_ca(),
            extended_key_usages: usages.map_or_else(Vec::new, |usages| purposes(usages.value)),
            fingerprint: Fingerprint::of(certificate),
        })
    }

    /// Whole days until it ends, rounded down: 0 on its last day, negative once expired.
    #[must_use]
    pub fn days_left(&self, now: Timestamp) -> i64 {
        (self.not_after.as_second() - now.as_second()).div_euclid(SECONDS_PER_DAY)
    }
}

/// Reads the first certificate of a PEM file.
///
/// # Errors
/// [`Error::Read`] or [`Error::Unreasonable`] when the file cannot be read,
/// [`Error::Certificate`] when it holds no well-formed certificate.
pub fn certificate_facts(path: &Path) -> Result<CertificateFacts, Error> {
    facts_of_first(&files::certificates(path)?, path)
}

/// Facts of the first certificate in a chain that was read from `path`.
pub(crate) fn facts_of_first(
    chain: &[CertificateDer<'_>],
    path: &Path,
) -> Result<CertificateFacts, Error> {
    chain
        .first()
        .and_then(CertificateFacts::of)
        .ok_or_else(|| Error::Certificate {
            path: path.to_owned(),
        })
}

/// The alternative names that can name a server; `None` if the extension is malformed.
fn names(certificate: &X509Certificate<'_>) -> Option<Vec<String>> {
    let Some(extension) = certificate.subject_alternative_name().ok()? else {
        return Some(Vec::new());
    };
    let general_names = &extension.value.general_names;
    Some(general_names.iter().filter_map(name).collect())
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    if let GeneralName::DNSName(name) = name {
        return Some(printable(&name.to_ascii_lowercase()));
    }
    let GeneralName::IPAddress(octets) = name else {
        return None;
    };
    if let Ok(octets) = <[u8; 4]>::try_from(*octets) {
        return Some(Ipv4Addr::from(octets).to_string());
    }
    let octets = <[u8; 16]>::try_from(*octets).ok()?;
    Some(Ipv6Addr::from(octets).to_string())
}

fn purposes(usages: &ExtendedKeyUsage<'_>) -> Vec<String> {
    let known = [
        (usages.any, "anyExtendedKeyUsage"),
        (usages.server_auth, "serverAuth"),
        (usages.client_auth, "clientAuth"),
        (usages.code_signing, "codeSigning"),
        (usages.email_protection, "emailProtection"),
        (usages.time_stamping, "timeStamping"),
        (usages.ocsp_signing, "OCSPSigning"),
    ];
    known
        .into_iter()
        .filter(|(present, _)| *present)
        .map(|(_, name)| name.to_owned())
        .chain(usages.other.iter().map(ToString::to_string))
        .collect()
}
