//! Trust on first use, its first half: learn a server's authority without telling it anything.
//!
//! A probe is a handshake that ends on purpose as soon as the server has shown its
//! certificates. The caller shows the fingerprint to a person and, if confirmed, connects
//! again with [`Trust::Pinned`](crate::Trust::Pinned), which verifies everything. A probe
//! itself verifies nothing, and therefore can never become a connection.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::facts::CertificateFacts;
use crate::fingerprint::Fingerprint;
use crate::tls::provider;
use crate::trust::{TrustError, config_with};

/// What a probe learned.
#[derive(Debug, Default)]
pub struct Probe {
    seen: Mutex<Option<Fingerprint>>,
}

impl Probe {
    /// Fingerprint of the authority that the server presented; of the last certificate in
    /// its chain if none of them is an authority. `None` until a handshake came that far.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, fingerprint: Fingerprint) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(fingerprint);
    }
}

/// Builds a configuration whose handshakes always fail, and the probe that they fill.
///
/// The handshake fails on the client's side before it is complete, so that nothing which the
/// caller queued is ever encrypted or sent.
#[must_use]
pub fn probe_config(alpn: &'static [u8]) -> (Arc<ClientConfig>, Arc<Probe>) {
    let probe = Arc::new(Probe::default());
    let verifier = ProbeVerifier {
        probe: Arc::clone(&probe),
    };
    let mut config = config_with(Arc::new(verifier), alpn);
    config.resumption = Resumption::disabled();
    (Arc::new(config), probe)
}

/// Records the authority and refuses, whatever it sees.
#[derive(Debug)]
struct ProbeVerifier {
    probe: Arc<Probe>,
}

impl ServerCertVerifier for ProbeVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let is_authority = |certificate: &&CertificateDer<'_>| {
            CertificateFacts::of(certificate).is_some_and(|facts| facts.is_authority)
        };
        let last = intermediates.last().unwrap_or(end_entity);
        let authority = intermediates.iter().rev().find(is_authority);
        self.probe
            .record(Fingerprint::of(authority.unwrap_or(last)));
        Err(TrustError::ProbeOnly.into())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(TrustError::ProbeOnly.into())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(TrustError::ProbeOnly.into())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
