//! How a client decides whether it talks to the right server.
//!
//! There are three grounds for trust, one for each way in which people learn about a server:
//! a file with its authority, the authority's fingerprint (from an invite, or remembered),
//! and the roots of the system. On each of them host name, validity, purpose, chain and
//! signatures are verified by the TLS library; nothing here replaces that, it only chooses
//! the root.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::WantsClientCert;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature};
use rustls::sign::SingleCertAndKey;
use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, OtherError,
    PeerIncompatible, RootCertStore, SignatureScheme,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::admins::{ADMIN_AUTHORITY, ADMIN_CERTIFICATE, ADMIN_KEY};
use crate::error::Error;
use crate::files;
use crate::fingerprint::Fingerprint;
use crate::tls::provider;

/// On what grounds a client trusts a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// The authorities in a PEM file (`--ca FILE`).
    Authority(PathBuf),
    /// The one authority with this fingerprint, which the server must present.
    Pinned(Fingerprint),
    /// The roots that this system trusts.
    SystemRoots,
}

/// Builds the client's configuration for the application protocol `alpn`.
///
/// A server that knows no application protocols would complete the handshake without one:
/// call [`require_protocol`](crate::require_protocol) before sending anything.
///
/// # Errors
/// The file of the authority cannot be read or holds no certificate, or the system has no
/// roots ([`Error::NoSystemRoots`]).
pub fn client_config(trust: &Trust, alpn: &'static [u8]) -> Result<Arc<ClientConfig>, Error> {
    let verifier: Arc<dyn ServerCertVerifier> = match trust {
        Trust::Authority(path) => verifier_of(authority_roots(path)?)?,
        Trust::Pinned(pin) => Arc::new(PinnedVerifier {
            pin: *pin,
            provider: provider(),
        }),
        Trust::SystemRoots => verifier_of(system_roots()?)?,
    };
    Ok(Arc::new(config_with(verifier, alpn)))
}

/// Builds the configuration of an administrator's client from the folder that
/// `auboutique-certs admin` has written: its certificate and key are shown, its authority is trusted.
///
/// # Errors
/// A file cannot be read or is damaged, other users can read the key, or key and certificate do not
/// belong together.
pub fn admin_client_config(folder: &Path, alpn: &'static [u8]) -> Result<Arc<ClientConfig>, Error> {
    let (certificate, key) = (folder.join(ADMIN_CERTIFICATE), folder.join(ADMIN_KEY));
    let chain = files::certificates(&certificate)?;
    let secret = files::private_key(&key)?;
    let certified = files::certified_key(chain, &secret, &certificate, &key)?;
    let verifier = verifier_of(authority_roots(&folder.join(ADMIN_AUTHORITY))?)?;
    let mut config = config_with(verifier, alpn);
    config.client_auth_cert_resolver = Arc::new(SingleCertAndKey::from(certified));
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// A configuration around a verifier: TLS 1.3 only, our cryptography, no early data.
pub(crate) fn config_with(
    verifier: Arc<dyn ServerCertVerifier>,
    alpn: &'static [u8],
) -> ClientConfig {
    let builder: ConfigBuilder<ClientConfig, WantsClientCert> =
        ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("the provider has suites and groups for TLS 1.3")
            .dangerous()
            .with_custom_certificate_verifier(verifier);
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    config.enable_early_data = false;
    config
}

fn verifier_of(roots: RootCertStore) -> Result<Arc<WebPkiServerVerifier>, Error> {
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|_| Error::NoSystemRoots)
}

fn authority_roots(path: &Path) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in files::certificates(path)? {
        roots.add(certificate).map_err(|_| Error::Certificate {
            path: path.to_owned(),
        })?;
    }
    Ok(roots)
}

fn system_roots() -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    // Single unreadable roots are usual on real systems and no reason to give up.
    let (added, _) =
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 {
        return Err(Error::NoSystemRoots);
    }
    Ok(roots)
}

/// Why our own verifiers end a handshake; found inside the TLS library's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The server did not present the pinned authority.
    #[error("the server does not present the certificate authority that was expected")]
    PinMismatch,
    /// The handshake only served to learn the authority and is ended on purpose.
    #[error("the connection only served to learn the server's certificate authority")]
    ProbeOnly,
}

impl From<TrustError> for rustls::Error {
    fn from(error: TrustError) -> Self {
        Self::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(error))))
    }
}

/// Takes the presented certificate with the pinned fingerprint as the only root and leaves
/// everything else to the TLS library's verifier.
///
/// That the pinned authority is presented proves nothing by itself, since it is public: the
/// chain must lead to it, and the server must sign with the leaf's key.
#[derive(Debug)]
struct PinnedVerifier {
    pin: Fingerprint,
    provider: Arc<CryptoProvider>,
}

impl PinnedVerifier {
    /// The pinned certificate among those presented.
    fn pinned<'a>(
        &self,
        end_entity: &'a CertificateDer<'a>,
        intermediates: &'a [CertificateDer<'a>],
    ) -> Result<&'a CertificateDer<'a>, TrustError> {
        intermediates
            .iter()
            .chain([end_entity])
            .find(|certificate| Fingerprint::of(certificate) == self.pin)
            .ok_or(TrustError::PinMismatch)
    }
}

impl ServerCertVerifier for PinnedVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let pinned = self.pinned(end_entity, intermediates)?;
        let mut roots = RootCertStore::empty();
        roots.add(pinned.clone().into_owned())?;
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
