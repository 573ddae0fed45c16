//! What a server shows to prove who it is: a certificate chain and the key that fits it.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::sign::CertifiedKey;

use crate::error::Error;
use crate::facts::facts_of_first;
use crate::files;
use crate::fingerprint::Fingerprint;

/// Certificate chain and private key of a server, with the facts that the server reports.
///
/// The key itself cannot be read out or printed: only the signing operation is reachable.
#[derive(Debug, Clone)]
pub struct ServerIdentity {
    /// The chain as it is sent, leaf first, and the key of the leaf.
    pub certified: Arc<CertifiedKey>,
    /// Fingerprint of the private authority, for the invite; `None` if the certificate
    /// comes from elsewhere.
    pub ca_fingerprint: Option<Fingerprint>,
    /// When the leaf ends.
    pub not_after: Timestamp,
    /// DNS names and IP addresses that the leaf is valid for.
    pub names: Vec<String>,
}

impl ServerIdentity {
    /// Reads a certificate from elsewhere (`--cert` and `--key`): PEM files with the chain,
    /// leaf first, and the leaf's key of any kind that TLS 1.3 can use, RSA included.
    ///
    /// Dates and names are not judged here: they are in the result for the caller to report.
    ///
    /// # Errors
    /// A file cannot be read or is damaged, other users can read the key
    /// ([`Error::KeyExposed`]), or key and certificate do not belong together
    /// ([`Error::KeyMismatch`]).
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, Error> {
        let chain = files::certificates(certificate)?;
        let facts = facts_of_first(&chain, certificate)?;
        let secret = files::private_key(key)?;
        let certified = files::certified_key(chain, &secret, certificate, key)?;
        Ok(Self {
            certified: Arc::new(certified),
            ca_fingerprint: None,
            not_after: facts.not_after,
            names: facts.names,
        })
    }
}
