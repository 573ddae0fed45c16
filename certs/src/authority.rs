//! The private certificate authority of one server.
//!
//! ECDSA on P-256, valid for five years, allowed to sign certificates and revocation lists
//! but no further authorities (path length 0). People recognise the server by the
//! fingerprint of this certificate, so it is created once and kept.

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SerialNumber, date_time_ymd,
};
use rustls_pki_types::CertificateDer;
use zeroize::Zeroizing;

use crate::admins::AdminName;
use crate::error::Error;
use crate::facts::facts_of_first;
use crate::files;
use crate::fingerprint::Fingerprint;
use crate::folder::{AUTHORITY_CERTIFICATE, AUTHORITY_KEY};
use crate::leaf::{self, Leaf};

const LIFETIME: SignedDuration = SignedDuration::from_hours(5 * 365 * 24);

/// How far certificates reach into the past, for clients whose clocks are late.
pub(crate) const BACKDATE: SignedDuration = SignedDuration::from_hours(1);

/// Common name of every authority. Clients tell authorities apart by fingerprint only.
const COMMON_NAME: &str = "AUBoutique certificate authority";

/// Random bytes of a serial number; RFC 5280 §4.1.2.2 allows 20, and asks for uniqueness.
const SERIAL_BYTES: usize = 16;

/// A certificate authority with its private key, which is wiped from memory when dropped.
pub struct Authority {
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    key: Zeroizing<KeyPair>,
    not_after: Timestamp,
}

impl Authority {
    /// Creates a new authority that is valid from an hour before `now` for five years.
    ///
    /// # Errors
    /// [`Error::Clock`], [`Error::Random`] or [`Error::Issue`], none of which happens on a
    /// healthy machine.
    pub fn create(now: Timestamp) -> Result<Self, Error> {
        Self::with_key(Zeroizing::new(KeyPair::generate()?), now)
    }

    /// Creates an authority's certificate for a key that exists already.
    pub(crate) fn with_key(key: Zeroizing<KeyPair>, now: Timestamp) -> Result<Self, Error> {
        let not_after = now.checked_add(LIFETIME).map_err(|_| Error::Clock)?;
        let mut params = params(COMMON_NAME, now, not_after)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&*key)?;
        Ok(Self {
            certificate: certificate.der().clone(),
            certificate_pem: certificate.pem(),
            key,
            not_after,
        })
    }

    /// Reads the authority from `ca.pem` and `ca.key` in `folder`.
    ///
    /// # Errors
    /// A file cannot be read or is damaged, other users can read the key, the key does not
    /// belong to the certificate, or the certificate is not an authority's.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let certificate_path = folder.join(AUTHORITY_CERTIFICATE);
        let key_path = folder.join(AUTHORITY_KEY);
        let mut chain = files::certificates(&certificate_path)?;
        chain.truncate(1);
        let facts = facts_of_first(&chain, &certificate_path)?;
        if !facts.is_authority {
            return Err(Error::NotAuthority {
                path: certificate_path,
            });
        }
        let secret = files::private_key(&key_path)?;
        let certified = files::certified_key(chain, &secret, &certificate_path, &key_path)?;
        let [certificate] = certified.cert.try_into().expect("the chain was cut to one");
        Ok(Self {
            certificate,
            certificate_pem: files::certificate_text(&certificate_path)?,
            key: load_key(&key_path)?,
            not_after: facts.not_after,
        })
    }

    /// Issues a certificate for a server under the given DNS names and IP addresses, valid
    /// for 90 days (less if the authority itself ends before), with a new key.
    ///
    /// # Errors
    /// [`Error::Name`] or [`Error::NameCount`] when the names cannot be used,
    /// [`Error::AuthorityExpired`] when the authority has ended.
    pub fn issue_server(&self, names: &[String], now: Timestamp) -> Result<Leaf, Error> {
        leaf::issue_server(self, names, now)
    }

    /// Issues a certificate for an administrator, valid for 90 days (less if the authority itself
    /// ends before), with a new key. It lets nobody in until it is on the list
    /// ([`AdminList`](crate::AdminList)).
    ///
    /// # Errors
    /// [`Error::AuthorityExpired`] when the authority has ended.
    pub fn issue_admin(&self, name: &AdminName, now: Timestamp) -> Result<Leaf, Error> {
        leaf::issue_admin(self, name, now)
    }

    /// The authority's certificate.
    #[must_use]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Fingerprint by which people recognise the authority.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.certificate)
    }

    /// When the authority ends.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The certificate in PEM form, for clients that are given a file (`--ca`).
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The private key in PEM form (PKCS #8).
    #[must_use]
    pub fn key_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(self.key.serialize_pem())
    }

    /// What rcgen needs to sign in the authority's name.
    pub(crate) fn issuer(&self) -> Result<Issuer<'_, &KeyPair>, Error> {
        Ok(Issuer::from_ca_cert_der(&self.certificate, &*self.key)?)
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Authority")
            .field("fingerprint", &self.fingerprint())
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

/// Reads a key as one that rcgen can sign with.
pub(crate) fn load_key(path: &Path) -> Result<Zeroizing<KeyPair>, Error> {
    let secret = files::private_key(path)?;
    match KeyPair::try_from(&*secret) {
        Ok(key) => Ok(Zeroizing::new(key)),
        Err(_) => Err(Error::KeyKind {
            path: path.to_owned(),
        }),
    }
}

/// What all our certificates have in common: a name, a random serial number, a validity that
/// begins an hour ago, and both key identifiers.
pub(crate) fn params(
    common_name: &str,
    now: Timestamp,
    not_after: Timestamp,
) -> Result<CertificateParams, Error> {
    let not_before = now.checked_sub(BACKDATE).map_err(|_| Error::Clock)?;
    let epoch = date_time_ymd(1970, 1, 1);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.serial_number = Some(random_serial()?);
    params.not_before = epoch + since_epoch(not_before)?;
    params.not_after = epoch + since_epoch(not_after)?;
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// Time since 1970 in whole seconds, which is all that a certificate can express.
pub(crate) fn since_epoch(at: Timestamp) -> Result<Duration, Error> {
    let seconds = u64::try_from(at.as_second()).map_err(|_| Error::Clock)?;
    Ok(Duration::from_secs(seconds))
}

fn random_serial() -> Result<SerialNumber, Error> {
    let mut bytes = [0_u8; SERIAL_BYTES];
    getrandom::fill(&mut bytes).map_err(|_| Error::Random)?;
    // A serial number is positive and, so that its length is always the same, not small.
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}
