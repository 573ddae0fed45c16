//! Certificates that the authority issues to others: servers and administrators.
//!
//! Each has exactly one purpose, so that a certificate of one kind can never stand in for
//! another kind; [`params_for`] is the place where a further kind is added.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    Certificate, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    SanType,
};
use rustls_pki_types::CertificateDer;
use zeroize::Zeroizing;

use crate::admins::AdminName;
use crate::authority::{Authority, params};
use crate::error::Error;
use crate::name::SubjectName;

const LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Most names in one certificate; it is sent in every full handshake.
const NAMES_MAX: usize = 100;

/// Common name of server certificates. The names that count are the alternative names.
const SERVER_COMMON_NAME: &str = "AUBoutique server";

/// An issued certificate with its private key, which is wiped from memory when dropped.
pub struct Leaf {
    certificate: Certificate,
    key: Zeroizing<KeyPair>,
}

impl Leaf {
    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        self.certificate.der()
    }

    /// The certificate in PEM form.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        self.certificate.pem()
    }

    /// The private key in PEM form (PKCS #8).
    #[must_use]
    pub fn key_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(self.key.serialize_pem())
    }
}

impl std::fmt::Debug for Leaf {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Leaf")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

/// Checks names, drops repetitions and puts them into a fixed order.
pub(crate) fn parse_names(names: &[String]) -> Result<BTreeSet<SubjectName>, Error> {
    let names = names
        .iter()
        .map(|name| name.parse())
        .collect::<Result<BTreeSet<SubjectName>, _>>()?;
    if names.is_empty() || names.len() > NAMES_MAX {
        return Err(Error::NameCount {
            given: names.len(),
            max: NAMES_MAX,
        });
    }
    Ok(names)
}

/// See [`Authority::issue_server`].
pub(crate) fn issue_server(
    authority: &Authority,
    names: &[String],
    now: Timestamp,
) -> Result<Leaf, Error> {
    let names = parse_names(names)?;
    let mut params = params_for(
        authority,
        SERVER_COMMON_NAME,
        ExtendedKeyUsagePurpose::ServerAuth,
        now,
    )?;
    params.subject_alt_names = names
        .iter()
        .map(alternative_name)
        .collect::<Result<_, _>>()?;
    sign(authority, &params)
}

/// See [`Authority::issue_admin`].
pub(crate) fn issue_admin(
    authority: &Authority,
    name: &AdminName,
    now: Timestamp,
) -> Result<Leaf, Error> {
    let purpose = ExtendedKeyUsagePurpose::ClientAuth;
    let params = params_for(authority, name.as_str(), purpose, now)?;
    sign(authority, &params)
}

/// A certificate for one purpose, which ends no later than its authority.
fn params_for(
    authority: &Authority,
    common_name: &str,
    purpose: ExtendedKeyUsagePurpose,
    now: Timestamp,
) -> Result<CertificateParams, Error> {
    if authority.not_after() <= now {
        return Err(Error::AuthorityExpired {
            not_after: authority.not_after(),
        });
    }
    let full = now.checked_add(LIFETIME).map_err(|_| Error::Clock)?;
    let mut params = params(common_name, now, full.min(authority.not_after()))?;
    // Said explicitly, which also makes rcgen write the subject key identifier.
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    Ok(params)
}

fn alternative_name(name: &SubjectName) -> Result<SanType, Error> {
    Ok(match name.ip() {
        Some(address) => SanType::IpAddress(address),
        None => SanType::DnsName(name.to_string().try_into()?),
    })
}

fn sign(authority: &Authority, params: &CertificateParams) -> Result<Leaf, Error> {
    let key = Zeroizing::new(KeyPair::generate()?);
    let certificate = params.signed_by(&*key, &authority.issuer()?)?;
    Ok(Leaf { certificate, key })
}
