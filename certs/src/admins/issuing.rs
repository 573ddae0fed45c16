//! Making somebody an administrator, and ending it.

use std::path::Path;

use jiff::Timestamp;

use super::{
    ADMIN_AUTHORITY, ADMIN_CERTIFICATE, ADMIN_KEY, ADMIN_LIST, ADMINS_MAX, Admin, AdminList,
    AdminName,
};
use crate::authority::Authority;
use crate::error::Error;
use crate::facts::CertificateFacts;
use crate::files::{self, FolderLock, KEY_MODE};
use crate::folder::TlsFolder;

impl TlsFolder {
    /// Issues a certificate for an administrator and writes it with its key and the authority into
    /// `destination`, closed to others; then puts it on the list, in the place of an earlier one of
    /// this name, which no longer lets anybody in.
    ///
    /// # Errors
    /// The folder has no authority yet, or files cannot be read or written;
    /// [`Error::AdminCount`] when there are too many administrators.
    pub fn issue_admin(
        &self,
        name: &AdminName,
        destination: &Path,
        now: Timestamp,
    ) -> Result<Admin, Error> {
        let authority = Authority::load(self.path())?;
        let lock = FolderLock::acquire(self.path())?;
        let mut list = AdminList::load(self.path())?;
        list.admins.retain(|admin| admin.name != *name);
        if list.admins.len() >= ADMINS_MAX {
            return Err(Error::AdminCount { max: ADMINS_MAX });
        }
        let leaf = authority.issue_admin(name, now)?;
        let facts = CertificateFacts::of(leaf.certificate()).ok_or_else(|| Error::Certificate {
            path: destination.join(ADMIN_CERTIFICATE),
        })?;
        let admin = Admin {
            name: name.clone(),
            fingerprint: facts.fingerprint,
            not_after: facts.not_after,
        };
        let folder = FolderLock::acquire(destination)?;
        for (file, text) in [
            (ADMIN_KEY, leaf.key_pem().as_bytes()),
            (ADMIN_CERTIFICATE, leaf.certificate_pem().as_bytes()),
            (ADMIN_AUTHORITY, authority.certificate_pem().as_bytes()),
        ] {
            files::write(&folder, destination, file, KEY_MODE, text)?;
        }
        list.admins.push(admin.clone());
        list.admins
            .sort_by(|left, right| left.name.cmp(&right.name));
        self.write_admins(&lock, &list)?;
        Ok(admin)
    }

    /// Takes an administrator off the list; whether there was one. Open connections end within two
    /// seconds.
    ///
    /// # Errors
    /// The list cannot be read or written.
    pub fn revoke_admin(&self, name: &AdminName) -> Result<bool, Error> {
        if !self.path().exists() {
            return Ok(false);
        }
        let lock = FolderLock::acquire(self.path())?;
        let mut list = AdminList::load(self.path())?;
        let before = list.admins.len();
        list.admins.retain(|admin| admin.name != *name);
        if list.admins.len() == before {
            return Ok(false);
        }
        self.write_admins(&lock, &list)?;
        Ok(true)
    }

    fn write_admins(&self, lock: &FolderLock, list: &AdminList) -> Result<(), Error> {
        let text = list.to_string();
        files::write(lock, self.path(), ADMIN_LIST, KEY_MODE, text.as_bytes())
    }
}
