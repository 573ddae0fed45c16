//! What can go wrong with certificates and keys, each with the file that it concerns.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::name::NameError;

/// A certificate, a key or a trust setting could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file or folder could not be written, renamed or locked.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file is larger than any certificate or key, or no ordinary file at all.
    #[error("{} is not an ordinary file of at most {limit_bytes} bytes", path.display())]
    Unreasonable {
        /// The file.
        path: PathBuf,
        /// Most bytes that are read.
        limit_bytes: u64,
    },
    /// A private key can be read by other users of the machine.
    #[error(
        "other users can read the key {path} (mode {mode:04o}); run: chmod 600 {path}",
        path = path.display()
    )]
    KeyExposed {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file holds no certificate in PEM form, or a damaged one.
    #[error("{} holds no readable certificate (PEM)", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
    },
    /// A file holds no private key in PEM form, a damaged one, or one that is encrypted.
    #[error("{} holds no readable private key (PEM, without a passphrase)", path.display())]
    Key {
        /// The file.
        path: PathBuf,
    },
    /// The key is of a kind that cannot be used for TLS.
    #[error("the key {} cannot be used for TLS", path.display())]
    KeyKind {
        /// The file.
        path: PathBuf,
    },
    /// The key does not belong to the certificate.
    #[error("the key {} does not belong to the certificate {}", key.display(), certificate.display())]
    KeyMismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// A certificate chain and key in memory cannot be used together.
    #[error("the new certificate and its key do not belong together")]
    Pair,
    /// The certificate in the authority's place may not issue others.
    #[error("{} is not the certificate of an authority", path.display())]
    NotAuthority {
        /// The file.
        path: PathBuf,
    },
    /// Some of the files that belong together are gone.
    #[error("{} is missing, although the files that belong to it exist", path.display())]
    Incomplete {
        /// The missing file.
        path: PathBuf,
    },
    /// The authority can issue no more certificates.
    #[error("the certificate authority expired at {not_after}")]
    AuthorityExpired {
        /// When it ended.
        not_after: Timestamp,
    },
    /// A name cannot stand in a certificate.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A server certificate needs at least one name, and not more than a sane number.
    #[error("a server certificate needs 1 to {max} names, not {given}")]
    NameCount {
        /// How many different names were given.
        given: usize,
        /// Most names in one certificate.
        max: usize,
    },
    /// The list of administrators is damaged, so it lets nobody in.
    #[error("{} is not a list of administrators", path.display())]
    AdminList {
        /// The file.
        path: PathBuf,
    },
    /// There are as many administrators as there can be.
    #[error("there are {max} administrators already, which is the most there can be")]
    AdminCount {
        /// Most administrators.
        max: usize,
    },
    /// The clock is before 1970 or at the end of time.
    #[error("the clock shows a time for which no certificate can be issued")]
    Clock,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random numbers")]
    Random,
    /// The library that encodes and signs certificates failed.
    #[cfg(feature = "generate")]
    #[error("cannot issue a certificate: {0}")]
    Issue(#[from] rcgen::Error),
    /// The TLS library refused a setting.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The system has no trusted roots.
    #[error("this system has no trusted root certificates")]
    NoSystemRoots,
}

impl Error {
    /// What a person can do about it, where the message itself does not say so.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Incomplete { path } => Some(format!(
                "restore {} from a backup, or move its folder away to begin with a new \
                 authority, whose fingerprint every client must then accept",
                path.display()
            )),
            Self::AuthorityExpired { .. } => Some(
                "move the folder `tls` away and start again: a new authority is created, \
                 whose fingerprint every client must then accept"
                    .to_owned(),
            ),
            Self::Certificate { path } | Self::Key { path } | Self::NotAuthority { path } => {
                Some(format!("restore {} from a backup", path.display()))
            }
            Self::AdminList { path } => Some(format!(
                "remove {} and make the administrators anew with `auboutique-certs admin`",
                path.display()
            )),
            Self::AdminCount { .. } => {
                Some("remove some with `auboutique-certs revoke`".to_owned())
            }
            Self::KeyMismatch { .. } => {
                Some("restore the certificate and its key from the same backup".to_owned())
            }
            Self::NoSystemRoots => Some("name the authority's certificate with --ca".to_owned()),
            Self::Clock => Some("set the system's date and time".to_owned()),
            #[cfg(feature = "generate")]
            Self::Issue(_) => None,
            Self::Read { .. }
            | Self::Write { .. }
            | Self::Unreasonable { .. }
            | Self::KeyExposed { .. }
            | Self::KeyKind { .. }
            | Self::Pair
            | Self::Name(_)
            | Self::NameCount { .. }
            | Self::Random
            | Self::Tls(_) => None,
        }
    }
}
