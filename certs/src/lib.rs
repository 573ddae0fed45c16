//! Who may speak to whom: certificates, trust and the TLS configurations of AUBoutique.
//!
//! A server owns a private certificate authority (`Authority`) which lives beside its
//! data (`TlsFolder`) and issues the short-lived certificate that the server shows. People
//! recognise the server by the [`Fingerprint`] of that authority, which travels in an
//! [`Invite`]. A client turns an invite, a file or the system's roots into a [`Trust`] and
//! that into a configuration ([`client_config`]); a server turns its [`ServerIdentity`] into
//! one with [`server_config`]. When a handshake fails, [`HandshakeFailure`] says why in a
//! sentence that a person can act on.
//!
//! Administrators connect to a listener of their own ([`admin_server_config`]) with a certificate of
//! that authority ([`admin_client_config`]), as long as it stands on the [`AdminList`].
//!
//! Both sides speak TLS 1.3 only, with the post-quantum hybrid X25519MLKEM768 preferred, and
//! only if they agree on the application protocol by name ([`ALPN_MEMBER`]).
//!
//! | feature    | brings                                                      |
//! |------------|-------------------------------------------------------------|
//! | `generate` | issuing certificates: `Authority`, `TlsFolder`               |
//! | `cli`      | the program `auboutique-certs`                               |

mod address;
mod admins;
#[cfg(feature = "generate")]
mod authority;
mod error;
mod facts;
mod failure;
mod files;
mod fingerprint;
#[cfg(feature = "generate")]
mod folder;
mod identity;
mod invite;
#[cfg(feature = "generate")]
mod leaf;
mod name;
mod probe;
mod tls;
mod trust;

pub use address::{AddressError, DEFAULT_PORT, ServerAddress};
pub use admins::{
    ADMIN_AUTHORITY, ADMIN_CERTIFICATE, ADMIN_KEY, ADMIN_LIST, Admin, AdminList, AdminName,
    AdminNameError,
};
#[cfg(feature = "generate")]
pub use authority::Authority;
pub use error::Error;
pub use facts::{CertificateFacts, certificate_facts};
pub use failure::{HandshakeFailure, require_protocol};
pub use fingerprint::{Fingerprint, FingerprintError};
#[cfg(feature = "generate")]
pub use folder::{
    AUTHORITY_CERTIFICATE, AUTHORITY_KEY, FolderChange, ReissueReason, SERVER_CERTIFICATE,
    SERVER_KEY, TlsFolder, default_names, ensure_server_identity,
};
pub use identity::ServerIdentity;
pub use invite::{Invite, InviteError};
#[cfg(feature = "generate")]
pub use leaf::Leaf;
pub use name::{NameError, SubjectName};
pub use probe::{Probe, probe_config};
pub use tls::{CertificateSwitch, admin_server_config, server_config};
pub use trust::{Trust, TrustError, admin_client_config, client_config};

/// Application protocol that members speak (ALPN, RFC 7301); the number is the wire version.
pub const ALPN_MEMBER: &[u8] = b"auboutique/1";

/// Application protocol of the administrators' listener.
pub const ALPN_ADMIN: &[u8] = b"auboutique-admin/1";
