//! The server's TLS configuration, and the switch that exchanges its certificate while it
//! runs.
//!
//! TLS 1.3 only, no early data (it can be replayed); client certificates on the administrators'
//! listener and only there. A client that does not offer our application protocol by name is refused inside
//! the handshake, before it could send a byte of its own.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::server::{
    ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier,
};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use std::path::Path;

use crate::admins::ADMIN_AUTHORITY;
use crate::error::Error;
use crate::files;
use crate::identity::ServerIdentity;

/// Session tickets sent after a full handshake: one for each of two parallel connections.
const TICKETS_PER_HANDSHAKE: usize = 2;

/// The cryptography of both sides, chosen here and never taken from the process's default.
///
/// Suites of older versions are taken out, so that another crate which switches them on in
/// the TLS library changes nothing here.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    provider
        .cipher_suites
        .retain(|suite| suite.tls13().is_some());
    provider.kx_groups = vec![
        kx_group::X25519MLKEM768,
        kx_group::X25519,
        kx_group::SECP256R1,
        kx_group::SECP384R1,
    ];
    Arc::new(provider)
}

/// Builds the configuration of a listener that speaks the application protocol `alpn`
/// ([`ALPN_MEMBER`](crate::ALPN_MEMBER)), and the switch that later replaces its certificate.
///
/// # Errors
/// [`Error::Pair`] when key and certificate do not belong together, [`Error::Tls`] when the
/// TLS library cannot be set up, for example for want of random numbers.
pub fn server_config(
    identity: &ServerIdentity,
    alpn: &'static [u8],
) -> Result<(Arc<ServerConfig>, Arc<CertificateSwitch>), Error> {
    let switch = Arc::new(CertificateSwitch::new(identity)?);
    let resolver: Arc<dyn ResolvesServerCert> = switch.clone();
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![alpn.to_vec()];
    config.max_early_data_size = 0;
    // Encrypted tickets keep the session's state at the client instead of in our memory.
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    config.send_tls13_tickets = TICKETS_PER_HANDSHAKE;
    Ok((Arc::new(config), switch))
}

/// Builds the configuration of the administrators' listener: a client must show a certificate of the
/// authority in `folder` (`DATA/tls`) for the purpose clientAuth, in every handshake, because no
/// session is resumed. Whether it is on the [`AdminList`](crate::AdminList) is the caller's to ask.
///
/// # Errors
/// As [`server_config`]; the authority's certificate cannot be read.
pub fn admin_server_config(
    identity: &ServerIdentity,
    folder: &Path,
    alpn: &'static [u8],
) -> Result<(Arc<ServerConfig>, Arc<CertificateSwitch>), Error> {
    let authority = folder.join(ADMIN_AUTHORITY);
    let mut roots = RootCertStore::empty();
    for certificate in files::certificates(&authority)?.into_iter().take(1) {
        roots.add(certificate)?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|_| Error::NotAuthority { path: authority })?;
    let switch = Arc::new(CertificateSwitch::new(identity)?);
    let resolver: Arc<dyn ResolvesServerCert> = switch.clone();
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![alpn.to_vec()];
    config.max_early_data_size = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok((Arc::new(config), switch))
}

/// Holds the certificate that a listener shows and can exchange it between two handshakes.
///
/// It also refuses every client that does not offer the listener's application protocol.
/// The TLS library itself accepts a client that offers none at all (RFC 7301 leaves that
/// open); it asks for a certificate in every handshake, resumed ones too, so that having
/// none for such a client is a reliable refusal.
#[derive(Debug)]
pub struct CertificateSwitch {
    current: ArcSwap<CertifiedKey>,
}

impl CertificateSwitch {
    fn new(identity: &ServerIdentity) -> Result<Self, Error> {
        Ok(Self {
            current: ArcSwap::new(checked(identity)?),
        })
    }

    /// Shows another certificate from the next handshake on; open connections stay.
    ///
    /// # Errors
    /// [`Error::Pair`] when key and certificate do not belong together. The old certificate
    /// then stays in use.
    pub fn replace(&self, identity: &ServerIdentity) -> Result<(), Error> {
        self.current.store(checked(identity)?);
        Ok(())
    }
}

fn checked(identity: &ServerIdentity) -> Result<Arc<CertifiedKey>, Error> {
    match identity.certified.keys_match() {
        Ok(()) => Ok(Arc::clone(&identity.certified)),
        Err(_) => Err(Error::Pair),
    }
}

impl ResolvesServerCert for CertificateSwitch {
    /// Nothing for a client that offers no application protocol, which the library would let in. It
    /// refuses by itself, with the alert for it (RFC 7301 §3.2), one that offers others than ours.
    fn resolve(&self, client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        client_hello.alpn().map(|_| self.current.load_full())
    }
}
