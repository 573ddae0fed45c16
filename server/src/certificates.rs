//! The certificates that the listeners show, kept good while they serve.
//!
//! They are loaded at the start and looked at again when the process is told to (SIGHUP), when their
//! files change, and once an hour, so that the server's own are issued anew with 30 days left. A pair is
//! checked whole before it is shown; one that cannot be used is logged, and the old one stays. Open
//! connections never notice.
//!
//! Files are watched by asking for their stamps every other second: unlike notices of the system that
//! sees through links, which is how certificates from elsewhere are often put in place. What changes is
//! read once it has stood still from one look to the next, since a key and its certificate cannot be
//! replaced in one step.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use auboutique_certs::{
    ALPN_ADMIN, ALPN_MEMBER, CertificateSwitch, Fingerprint, SERVER_CERTIFICATE, SERVER_KEY,
    ServerIdentity, admin_server_config, default_names, ensure_server_identity, server_config,
};
use jiff::Timestamp;
use rustls::ServerConfig;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::config::{CertificateSource, Config};
use crate::instruments::Instruments;

/// The files' stamps are asked for this often.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Looks from one renewal to the next: an hour's.
const LOOKS_PER_RENEWAL: u32 = 1_800;

/// Why certificates cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The server's own TLS material cannot be used.
    #[error(transparent)]
    Own(#[from] auboutique_certs::Error),
    /// The certificate from elsewhere, or its key, cannot be used.
    #[error(transparent)]
    Given(auboutique_certs::Error),
    /// The certificate from elsewhere is not valid any more.
    #[error("the certificate in {} has ended on {ended}", .path.display())]
    Ended {
        /// The certificate.
        path: PathBuf,
        /// Its last moment.
        ended: Timestamp,
    },
    /// The server's authority is another than at the start: clients would not recognise the server.
    #[error("the authority in {} is not the one that this server started with", .0.display())]
    AuthorityChanged(PathBuf),
}

impl CertificateError {
    /// What an operator can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Own(error) => error.hint(),
            // The message says which file and what is wrong with it; for some, what to run.
            Self::Given(auboutique_certs::Error::KeyExposed { .. }) => None,
            Self::Given(_) => Some(
                "--cert (in the file: `cert`) names the certificate with its chain, --key (`key`) \
                 its key without a passphrase, both PEM and readable by this user"
                    .into(),
            ),
            Self::Ended { .. } => Some("have it renewed where it comes from".into()),
            Self::AuthorityChanged(_) => {
                Some("put the old one back, or restart the server to go on with the new one".into())
            }
        }
    }
}

/// What the listeners are built on.
pub(crate) struct Shown {
    /// For members.
    pub(crate) member: Arc<ServerConfig>,
    /// For administrators, if they can connect.
    pub(crate) admin: Option<Arc<ServerConfig>>,
    /// The fingerprint of the server's own authority; `None` with a certificate from elsewhere.
    pub(crate) ca_fingerprint: Option<Fingerprint>,
    /// What the members' certificate is for.
    pub(crate) names: Vec<String>,
    /// When the members' certificate ends.
    pub(crate) not_after: Timestamp,
}

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Certificates {
    places: Places,
    member: Arc<CertificateSwitch>,
    admin: Option<Arc<CertificateSwitch>>,
    own_authority: Option<Fingerprint>,
}

/// Where certificates are found.
#[derive(Debug, Clone)]
struct Places {
    /// The folder of the server's own.
    tls: PathBuf,
    names: Vec<String>,
    source: CertificateSource,
}

/// What is to be shown.
struct Identities {
    member: ServerIdentity,
    /// Administrators always meet the server's own authority, which issued their certificates, also
    /// where members meet a certificate from elsewhere.
    admin: Option<ServerIdentity>,
}

/// What tells that a file is another than before: when it was written, its size, its number.
type Stamp = Option<(i64, i64, u64, u64)>;

impl Certificates {
    /// Loads, and where needed makes, what the listeners show. `admins` says whether administrators can
    /// connect.
    ///
    /// # Errors
    /// See [`CertificateError`].
    pub(crate) fn load(config: &Config, admins: bool) -> Result<(Self, Shown), CertificateError> {
        let places = Places::of(config);
        let identities = places.identities(admins)?;
        let (member, member_switch) = server_config(&identities.member, ALPN_MEMBER)?;
        let admin = identities
            .admin
            .as_ref()
            .map(|identity| admin_server_config(identity, &places.tls, ALPN_ADMIN))
            .transpose()?;
        let (admin, admin_switch) = admin.unzip();
        let shown = Shown {
            member,
            admin,
            ca_fingerprint: identities.member.ca_fingerprint,
            names: identities.member.names.clone(),
            not_after: identities.member.not_after,
        };
        let certificates = Self {
            own_authority: identities.own_authority(),
            places,
            member: member_switch,
            admin: admin_switch,
        };
        Ok((certificates, shown))
    }

    /// Keeps them good until `shutdown`; `reload` asks to look at once.
    pub(crate) async fn keep(
        self,
        instruments: Arc<Instruments>,
        reload: Arc<Notify>,
        shutdown: CancellationToken,
    ) {
        let certificates = Arc::new(self);
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut known = certificates.places.stamps();
        let mut before = known;
        let mut count = 0_u32;
        loop {
            let asked = tokio::select! {
                _ = looks.tick() => false,
                () = reload.notified() => true,
                () = shutdown.cancelled() => return,
            };
            let now = certificates.places.stamps();
            let has_settled = now != known && now == before;
            before = now;
            count += 1;
            if !asked && !has_settled && count < LOOKS_PER_RENEWAL {
                continue;
            }
            count = 0;
            // Signing and files wait; nothing else may wait for them.
            let own = Arc::clone(&certificates);
            match tokio::task::spawn_blocking(move || own.replace()).await {
                Ok(Ok(not_after)) => {
                    instruments.certificate_ends(not_after);
                    if asked || has_settled {
                        tracing::info!(ends = %not_after, "the certificate was loaded anew");
                    }
                }
                Ok(Err(error)) => {
                    tracing::error!(%error, "the certificate could not be loaded; the old one stays");
                }
                Err(error) => tracing::error!(%error, "loading the certificate was broken off"),
            }
            // As they were before, so that nothing that came meanwhile is missed; what failed is tried
            // again when it changes, and with the next renewal.
            known = now;
        }
    }

    /// Shows what the files hold now. Returns when the members' certificate ends.
    fn replace(&self) -> Result<Timestamp, CertificateError> {
        let identities = self.places.identities(self.admin.is_some())?;
        if identities.own_authority() != self.own_authority {
            return Err(CertificateError::AuthorityChanged(self.places.tls.clone()));
        }
        self.member.replace(&identities.member)?;
        if let (Some(switch), Some(identity)) = (&self.admin, &identities.admin) {
            switch.replace(identity)?;
        }
        Ok(identities.member.not_after)
    }
}

impl Identities {
    fn own_authority(&self) -> Option<Fingerprint> {
        let admin = self.admin.as_ref();
        let own = self.member.ca_fingerprint;
        own.or_else(|| admin.and_then(|identity| identity.ca_fingerprint))
    }
}

impl Places {
    fn of(config: &Config) -> Self {
        Self {
            tls: config.data_dir.join("tls"),
            names: if config.names.is_empty() {
                default_names()
            } else {
                config.names.clone()
            },
            source: config.certificate.clone(),
        }
    }

    /// Reads what is to be shown; the server's own is issued anew where that is due.
    fn identities(&self, admins: bool) -> Result<Identities, CertificateError> {
        let now = Timestamp::now();
        let own = || ensure_server_identity(&self.tls, &self.names, now);
        match &self.source {
            CertificateSource::Own => {
                let own = own()?;
                Ok(Identities {
                    admin: admins.then(|| own.clone()),
                    member: own,
                })
            }
            CertificateSource::Files { certificate, key } => Ok(Identities {
                member: given(certificate, key, now)?,
                admin: admins.then(own).transpose()?,
            }),
        }
    }

    /// The stamps of what members are shown.
    fn stamps(&self) -> [Stamp; 2] {
        match &self.source {
            CertificateSource::Own => {
                [SERVER_CERTIFICATE, SERVER_KEY].map(|name| stamp(&self.tls.join(name)))
            }
            CertificateSource::Files { certificate, key } => [stamp(certificate), stamp(key)],
        }
    }
}

/// The certificate from elsewhere, if it can be shown now.
fn given(
    certificate: &Path,
    key: &Path,
    now: Timestamp,
) -> Result<ServerIdentity, CertificateError> {
    let identity = ServerIdentity::from_files(certificate, key).map_err(CertificateError::Given)?;
    if identity.not_after <= now {
        return Err(CertificateError::Ended {
            path: certificate.to_owned(),
            ended: identity.not_after,
        });
    }
    Ok(identity)
}

fn stamp(file: &Path) -> Stamp {
    let metadata = std::fs::metadata(file).ok()?;
    Some((
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.len(),
        metadata.ino(),
    ))
}

/// Checks that the certificate and the key from elsewhere, if the configuration names them, can be
/// shown now. The server's own are made by its start, so there is nothing to check.
///
/// # Errors
/// [`CertificateError::Given`], [`CertificateError::Ended`].
pub fn check_certificate(config: &Config) -> Result<(), CertificateError> {
    match &config.certificate {
        CertificateSource::Own => Ok(()),
        CertificateSource::Files { certificate, key } => {
            given(certificate, key, Timestamp::now()).map(drop)
        }
    }
}
