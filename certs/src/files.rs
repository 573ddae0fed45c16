//! Reading and writing certificates and keys in PEM form, with the care that keys need.
//!
//! A key is read only if nobody else on the machine can read it, and its bytes are wiped
//! from memory afterwards. Files are written beside their place and renamed into it, so that
//! a crash leaves either the old file or the new one, never half of one.

use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::Path;

use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::tls::provider;

/// Most bytes read from a file; a long chain of large certificates has a tenth of it.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// Permission bits of a private key: read and written by its owner alone.
#[cfg(feature = "generate")]
pub(crate) const KEY_MODE: u32 = 0o600;

/// Permission bits of a certificate, which is public.
#[cfg(feature = "generate")]
pub(crate) const CERTIFICATE_MODE: u32 = 0o644;

/// Reads all certificates of a PEM file, in their order; there is at least one.
pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let (bytes, _) = read(path)?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|_| damaged(path))?;
    if certificates.is_empty() {
        return Err(damaged(path));
    }
    Ok(certificates)
}

/// Reads a file as text; `None` when it is not.
pub(crate) fn text(path: &Path) -> Result<Option<String>, Error> {
    let (bytes, _) = read(path)?;
    Ok(String::from_utf8(bytes.to_vec()).ok())
}

/// Reads a PEM file of certificates as text.
#[cfg(feature = "generate")]
pub(crate) fn certificate_text(path: &Path) -> Result<String, Error> {
    text(path)?.ok_or_else(|| damaged(path))
}

fn damaged(path: &Path) -> Error {
    Error::Certificate {
        path: path.to_owned(),
    }
}

/// Reads the private key of a PEM file that only its owner may read.
pub(crate) fn private_key(path: &Path) -> Result<Zeroizing<PrivateKeyDer<'static>>, Error> {
    let (bytes, metadata) = read(path)?;
    refuse_exposed(path, &metadata)?;
    let key = PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| Error::Key {
        path: path.to_owned(),
    })?;
    Ok(Zeroizing::new(key))
}

/// Joins a chain and its key, after checking that they belong together.
pub(crate) fn certified_key(
    chain: Vec<CertificateDer<'static>>,
    key: &PrivateKeyDer<'static>,
    certificate_path: &Path,
    key_path: &Path,
) -> Result<CertifiedKey, Error> {
    let key = provider()
        .key_provider
        .load_private_key(key.clone_key())
        .map_err(|_| Error::KeyKind {
            path: key_path.to_owned(),
        })?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        Ok(()) => Ok(certified),
        Err(rustls::Error::InconsistentKeys(_)) => Err(Error::KeyMismatch {
            certificate: certificate_path.to_owned(),
            key: key_path.to_owned(),
        }),
        Err(_) => Err(damaged(certificate_path)),
    }
}

/// Reads a file whole, and its metadata from the same handle, so that both are of one file.
fn read(path: &Path) -> Result<(Zeroizing<Vec<u8>>, Metadata), Error> {
    let failed = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() || metadata.len() > FILE_BYTES_MAX {
        return Err(Error::Unreasonable {
            path: path.to_owned(),
            limit_bytes: FILE_BYTES_MAX,
        });
    }
    // Reserved in one piece: a growing buffer would leave copies of a key behind.
    let room = usize::try_from(metadata.len()).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(FILE_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok((bytes, metadata))
}

#[cfg(unix)]
fn refuse_exposed(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Error::KeyExposed {
        path: path.to_owned(),
        mode,
    })
}

/// Elsewhere access is governed by the folder's access list, which has no such bits.
#[cfg(not(unix))]
fn refuse_exposed(_path: &Path, _metadata: &Metadata) -> Result<(), Error> {
    Ok(())
}

#[cfg(feature = "generate")]
pub(crate) use writing::{FolderLock, write};

#[cfg(feature = "generate")]
mod writing {
    use std::fs::{self, DirBuilder, File, OpenOptions};
    use std::io::{self, Write as _};
    use std::path::{Path, PathBuf};

    use crate::error::Error;

    /// Exclusive hold on a folder, so that two programs never write into it at once.
    ///
    /// The lock belongs to the open file and vanishes with it, also when the program dies.
    pub(crate) struct FolderLock {
        _file: File,
    }

    impl FolderLock {
        /// Creates the folder (and its parents, all closed to others) if needed, then waits
        /// until no other program holds it.
        pub(crate) fn acquire(folder: &Path) -> Result<Self, Error> {
            let locked = create_folder(folder)
                .and_then(|()| open_lock(folder))
                .and_then(|file| file.lock().map(|()| file));
            match locked {
                Ok(file) => Ok(Self { _file: file }),
                Err(source) => Err(write_error(folder, source)),
            }
        }
    }

    /// The folder itself can be locked, which needs no further file and no right to write.
    #[cfg(unix)]
    fn open_lock(folder: &Path) -> io::Result<File> {
        File::open(folder)
    }

    #[cfg(not(unix))]
    fn open_lock(folder: &Path) -> io::Result<File> {
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(".lock"))
    }

    fn create_folder(folder: &Path) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)
    }

    /// Writes `folder/name` with the permission bits `mode`, replacing an older file in one
    /// step. The caller holds the folder's lock, which is what makes the temporary name safe.
    pub(crate) fn write(
        _lock: &FolderLock,
        folder: &Path,
        name: &str,
        mode: u32,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let place = folder.join(name);
        let temporary = folder.join(format!(".{name}.new"));
        let written = discard(&temporary)
            .and_then(|()| write_new(&temporary, mode, bytes))
            .and_then(|()| fs::rename(&temporary, &place))
            .and_then(|()| sync_folder(folder));
        written.map_err(|source| {
            // The first failure is the one to report; a leftover is discarded next time.
            let _ = discard(&temporary);
            write_error(&place, source)
        })
    }

    /// Removes what an interrupted run may have left.
    fn discard(path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    #[cfg_attr(
        not(unix),
        expect(unused_variables, reason = "only Unix has permission bits")
    )]
    fn write_new(path: &Path, mode: u32, bytes: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
        let mut file = options.open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// Makes the rename durable; only Unix can and must sync a folder.
    fn sync_folder(folder: &Path) -> io::Result<()> {
        if cfg!(unix) {
            File::open(folder)?.sync_all()
        } else {
            Ok(())
        }
    }

    fn write_error(path: &Path, source: io::Error) -> Error {
        Error::Write {
            path: PathBuf::from(path),
            source,
        }
    }
}
