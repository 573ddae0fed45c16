//! The folder `tls` beside a server's data: its authority, its certificate and their keys.
//!
//! The folder looks after itself. On the first start everything in it is created; later the
//! server's certificate is issued anew when its names change, when it ends soon, or when it
//! no longer fits its authority or its key. The authority is never replaced silently, since
//! clients recognise the server by it: if it is lost or damaged, the start fails and says so.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rustls::RootCertStore;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use zeroize::Zeroizing;

use crate::authority::{Authority, load_key, since_epoch};
use crate::error::Error;
use crate::facts::{CertificateFacts, facts_of_first};
use crate::files::{self, CERTIFICATE_MODE, FolderLock, KEY_MODE};
use crate::identity::ServerIdentity;
use crate::leaf::{Leaf, parse_names};
use crate::name::SubjectName;
use crate::tls::provider;

/// File name of the authority's certificate, which may be given to anybody.
pub const AUTHORITY_CERTIFICATE: &str = "ca.pem";
/// File name of the authority's private key.
pub const AUTHORITY_KEY: &str = "ca.key";
/// File name of the server's certificate, without the authority's.
pub const SERVER_CERTIFICATE: &str = "server.pem";
/// File name of the server's private key.
pub const SERVER_KEY: &str = "server.key";

/// A certificate with this much time left, or less, is issued anew.
const RENEW_WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Where Linux tells the machine's name without a further library.
const HOST_NAME_FILE: &str = "/proc/sys/kernel/hostname";

/// Reads or creates what a server needs in `folder` (`DATA/tls`) and returns its identity:
/// short for [`TlsFolder::ensure`].
///
/// # Errors
/// See [`TlsFolder::ensure`].
pub fn ensure_server_identity(
    folder: &Path,
    names: &[String],
    now: Timestamp,
) -> Result<ServerIdentity, Error> {
    let (identity, _) = TlsFolder::new(folder).ensure(names, now)?;
    Ok(identity)
}

/// Names for a server that was given none: this machine as seen from itself, and its host
/// name where the system tells it.
#[must_use]
pub fn default_names() -> Vec<String> {
    let own = fs::read_to_string(HOST_NAME_FILE).ok();
    let own = own.and_then(|text| text.trim().parse::<SubjectName>().ok());
    let mut names = ["localhost", "127.0.0.1", "::1"]
        .map(str::to_owned)
        .to_vec();
    names.extend(own.map(|name| name.to_string()));
    names.sort_unstable();
    names.dedup();
    names
}

/// What [`TlsFolder::ensure`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderChange {
    /// A new authority was created, and a certificate issued by it.
    Created,
    /// The authority stayed and the server's certificate was issued anew.
    Reissued(ReissueReason),
    /// Nothing was written.
    Unchanged,
}

/// Why a server's certificate was issued anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReissueReason {
    /// The certificate or its key was not there.
    Missing,
    /// The server goes by other names now.
    NamesChanged,
    /// It ends within 30 days, or has ended.
    ExpiresSoon,
    /// The authority did not issue it for a server, or it is not valid yet.
    Unverified,
    /// The key does not belong to it, as after an interrupted renewal.
    KeyMismatch,
}

/// A server's folder of certificates and keys.
#[derive(Debug, Clone)]
pub struct TlsFolder {
    path: PathBuf,
}

impl TlsFolder {
    /// Names a folder, which need not exist yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Path of one of the folder's files, such as [`AUTHORITY_CERTIFICATE`].
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Whether all four files are there.
    ///
    /// # Errors
    /// [`Error::Read`] when the folder cannot be looked into.
    pub fn is_complete(&self) -> Result<bool, Error> {
        for name in [
            AUTHORITY_CERTIFICATE,
            AUTHORITY_KEY,
            SERVER_CERTIFICATE,
            SERVER_KEY,
        ] {
            if !self.has(name)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Creates what is missing, issues the server's certificate anew if it must be, and
    /// returns the server's identity. If all is well, no file is touched.
    ///
    /// # Errors
    /// Names that cannot be used, files that cannot be read or written, keys that other users
    /// can read, or a damaged, incomplete or expired authority.
    pub fn ensure(
        &self,
        names: &[String],
        now: Timestamp,
    ) -> Result<(ServerIdentity, FolderChange), Error> {
        parse_names(names)?;
        let lock = FolderLock::acquire(&self.path)?;
        let (authority, created) = self.authority(&lock, now)?;
        match self.judge(&authority, names, now)? {
            Verdict::Good(leaf) => Ok((leaf.identity(&authority), FolderChange::Unchanged)),
            Verdict::Replace(reason) => {
                let identity = self.issue(&lock, &authority, names, now)?;
                let change = if created {
                    FolderChange::Created
                } else {
                    FolderChange::Reissued(reason)
                };
                Ok((identity, change))
            }
        }
    }

    /// Issues the server's certificate anew, whatever the state of the present one; the
    /// authority stays. Without `names` it keeps those of the present certificate.
    ///
    /// # Errors
    /// As for [`ensure`](Self::ensure); a folder without an authority is an error here.
    pub fn renew(&self, names: Option<&[String]>, now: Timestamp) -> Result<ServerIdentity, Error> {
        let authority = Authority::load(&self.path)?;
        let names = match names {
            Some(names) => names.to_vec(),
            None => crate::certificate_facts(&self.file(SERVER_CERTIFICATE))?.names,
        };
        let lock = FolderLock::acquire(&self.path)?;
        self.issue(&lock, &authority, &names, now)
    }

    /// The authority in the folder, and whether it was created just now.
    fn authority(&self, lock: &FolderLock, now: Timestamp) -> Result<(Authority, bool), Error> {
        let has_certificate = self.has(AUTHORITY_CERTIFICATE)?;
        let has_key = self.has(AUTHORITY_KEY)?;
        if has_certificate && has_key {
            return Ok((Authority::load(&self.path)?, false));
        }
        if has_certificate {
            return Err(self.incomplete(AUTHORITY_KEY));
        }
        if self.has(SERVER_CERTIFICATE)? {
            return Err(self.incomplete(AUTHORITY_CERTIFICATE));
        }
        // A key alone is what an interrupted first start leaves: nobody has seen a
        // certificate of it yet, so it is completed rather than thrown away.
        let authority = if has_key {
            Authority::with_key(load_key(&self.file(AUTHORITY_KEY))?, now)?
        } else {
            Authority::create(now)?
        };
        self.write_authority(lock, &authority, has_key)?;
        Ok((authority, true))
    }

    fn write_authority(
        &self,
        lock: &FolderLock,
        authority: &Authority,
        has_key: bool,
    ) -> Result<(), Error> {
        if !has_key {
            let key = authority.key_pem();
            files::write(lock, &self.path, AUTHORITY_KEY, KEY_MODE, key.as_bytes())?;
        }
        let certificate = authority.certificate_pem();
        files::write(
            lock,
            &self.path,
            AUTHORITY_CERTIFICATE,
            CERTIFICATE_MODE,
            certificate.as_bytes(),
        )
    }

    /// Whether the server's certificate in the folder can be used as it is.
    ///
    /// What a crash or a change of settings can bring about is healed by a new certificate;
    /// a file that is damaged or open to others is an error, since somebody else did that.
    fn judge(
        &self,
        authority: &Authority,
        names: &[String],
        now: Timestamp,
    ) -> Result<Verdict, Error> {
        if !self.has(SERVER_CERTIFICATE)? || !self.has(SERVER_KEY)? {
            return Ok(Verdict::Replace(ReissueReason::Missing));
        }
        let (certificate_path, key_path) = (self.file(SERVER_CERTIFICATE), self.file(SERVER_KEY));
        let mut chain = files::certificates(&certificate_path)?;
        chain.truncate(1);
        let facts = facts_of_first(&chain, &certificate_path)?;
        let secret = files::private_key(&key_path)?;
        let certified = files::certified_key(chain, &secret, &certificate_path, &key_path);
        let certified = match certified {
            Err(Error::KeyMismatch { .. }) => {
                return Ok(Verdict::Replace(ReissueReason::KeyMismatch));
            }
            other => other?,
        };
        let reason = if !same_names(&facts, names) {
            ReissueReason::NamesChanged
        } else if facts.not_after.duration_since(now) <= RENEW_WITHIN {
            ReissueReason::ExpiresSoon
        } else if !verifies(&certified, authority, now)? {
            ReissueReason::Unverified
        } else {
            return Ok(Verdict::Good(Box::new(StoredLeaf { certified, facts })));
        };
        Ok(Verdict::Replace(reason))
    }

    /// Issues a certificate and puts it into the folder, the key first: if only one of the
    /// two gets there, the next start finds that they do not match and issues again.
    fn issue(
        &self,
        lock: &FolderLock,
        authority: &Authority,
        names: &[String],
        now: Timestamp,
    ) -> Result<ServerIdentity, Error> {
        let leaf = authority.issue_server(names, now)?;
        let key = leaf.key_pem();
        files::write(lock, &self.path, SERVER_KEY, KEY_MODE, key.as_bytes())?;
        let certificate = leaf.certificate_pem();
        files::write(
            lock,
            &self.path,
            SERVER_CERTIFICATE,
            CERTIFICATE_MODE,
            certificate.as_bytes(),
        )?;
        Ok(self.stored(&leaf)?.identity(authority))
    }

    /// A certificate just issued, in the form in which a stored one is read.
    fn stored(&self, leaf: &Leaf) -> Result<StoredLeaf, Error> {
        let (certificate_path, key_path) = (self.file(SERVER_CERTIFICATE), self.file(SERVER_KEY));
        let chain = vec![leaf.certificate().clone()];
        let facts = facts_of_first(&chain, &certificate_path)?;
        let key =
            PrivateKeyDer::from_pem_slice(leaf.key_pem().as_bytes()).map_err(|_| Error::Key {
                path: key_path.clone(),
            })?;
        let key = Zeroizing::new(key);
        let certified = files::certified_key(chain, &key, &certificate_path, &key_path)?;
        Ok(StoredLeaf { certified, facts })
    }

    fn has(&self, name: &str) -> Result<bool, Error> {
        let path = self.file(name);
        path.try_exists()
            .map_err(|source| Error::Read { path, source })
    }

    fn incomplete(&self, missing: &str) -> Error {
        Error::Incomplete {
            path: self.file(missing),
        }
    }
}

enum Verdict {
    Good(Box<StoredLeaf>),
    Replace(ReissueReason),
}

/// The server's certificate and key, found to belong together.
struct StoredLeaf {
    certified: CertifiedKey,
    facts: CertificateFacts,
}

impl StoredLeaf {
    /// Adds the authority to the chain: a client that only knows its fingerprint needs it.
    fn identity(self, authority: &Authority) -> ServerIdentity {
        let Self {
            mut certified,
            facts,
        } = self;
        certified.cert.push(authority.certificate().clone());
        ServerIdentity {
            certified: Arc::new(certified),
            ca_fingerprint: Some(authority.fingerprint()),
            not_after: facts.not_after,
            names: facts.names,
        }
    }
}

fn same_names(facts: &CertificateFacts, wanted: &[String]) -> bool {
    parse_names(&facts.names).ok() == parse_names(wanted).ok()
}

/// Whether a client that trusts the authority would accept the certificate now.
fn verifies(
    certified: &CertifiedKey,
    authority: &Authority,
    now: Timestamp,
) -> Result<bool, Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate().clone())?;
    let leaf: &CertificateDer<'_> = certified.end_entity_cert()?;
    let verified = verify_server_cert_signed_by_trust_anchor(
        &ParsedCertificate::try_from(leaf)?,
        &roots,
        &[],
        UnixTime::since_unix_epoch(since_epoch(now)?),
        provider().signature_verification_algorithms.all,
    );
    Ok(verified.is_ok())
}
