//! Administrators: who may connect to the admin listener, and with which certificate.
//!
//! Two things must come together. The certificate must be issued by the server's own authority for
//! the one purpose clientAuth, which the handshake verifies; and it must stand on the list, a file
//! beside the authority that the server reads again and again. So an administrator is sent away by
//! removing one line, at once and without a restart.
//!
//! The list is text: a name, the SHA-256 of the certificate, and when it ends, one administrator a
//! line. A damaged list lets nobody in.

#[cfg(feature = "generate")]
mod issuing;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;

use crate::error::Error;
use crate::files;
use crate::fingerprint::Fingerprint;

/// File name of the list of administrators, in the folder `tls`.
pub const ADMIN_LIST: &str = "admins.list";
/// File name of an administrator's certificate, in the administrator's folder.
pub const ADMIN_CERTIFICATE: &str = "cert.pem";
/// File name of an administrator's private key.
pub const ADMIN_KEY: &str = "key.pem";
/// File name of the authority that the administrator trusts.
pub const ADMIN_AUTHORITY: &str = "ca.pem";

/// Longest name of an administrator.
const NAME_CHARACTERS_MAX: usize = 32;
/// Most administrators of one server.
pub(crate) const ADMINS_MAX: usize = 100;

/// What an administrator is called in the audit: `[a-z0-9_.-]{1,32}`, and no dot at the beginning,
/// because it is the name of a folder too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AdminName(String);

impl AdminName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AdminName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// A text is no name of an administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an administrator's name has 1 to {NAME_CHARACTERS_MAX} of a-z, 0-9, dot, hyphen and underscore, and begins with no dot"
)]
pub struct AdminNameError;

impl FromStr for AdminName {
    type Err = AdminNameError;

    fn from_str(text: &str) -> Result<Self, AdminNameError> {
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte);
        let fits = (1..=NAME_CHARACTERS_MAX).contains(&text.len())
            && !text.starts_with('.')
            && text.bytes().all(allowed);
        fits.then(|| Self(text.to_owned())).ok_or(AdminNameError)
    }
}

/// An administrator on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admin {
    /// What the administrator is called.
    pub name: AdminName,
    /// SHA-256 of the certificate.
    pub fingerprint: Fingerprint,
    /// When the certificate ends.
    pub not_after: Timestamp,
}

/// Who may connect to the admin listener.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AdminList {
    admins: Vec<Admin>,
}

impl AdminList {
    /// Reads the list in the folder `tls`. Without the file there are no administrators.
    ///
    /// # Errors
    /// The file cannot be read ([`Error::Read`]), or is damaged ([`Error::AdminList`]).
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(ADMIN_LIST);
        let damaged = || Error::AdminList { path: path.clone() };
        match files::text(&path) {
            Ok(Some(text)) => Self::parse(&text).ok_or_else(damaged),
            Ok(None) => Err(damaged()),
            Err(Error::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(error) => Err(error),
        }
    }

    /// All administrators, by name.
    #[must_use]
    pub fn admins(&self) -> &[Admin] {
        &self.admins
    }

    /// Whose certificate this is, unless it has ended.
    #[must_use]
    pub fn find(&self, certificate: &CertificateDer<'_>, now: Timestamp) -> Option<&Admin> {
        let fingerprint = Fingerprint::of(certificate);
        let admin = self
            .admins
            .iter()
            .find(|admin| admin.fingerprint == fingerprint)?;
        (now < admin.not_after).then_some(admin)
    }

    fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().map(str::trim);
        let entries = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let admins: Vec<Admin> = entries.map(parse_line).collect::<Option<_>>()?;
        (admins.len() <= ADMINS_MAX).then_some(Self { admins })
    }
}

fn parse_line(line: &str) -> Option<Admin> {
    let mut words = line.split_ascii_whitespace();
    let admin = Admin {
        name: words.next()?.parse().ok()?,
        fingerprint: words.next()?.parse().ok()?,
        not_after: words.next()?.parse().ok()?,
    };
    words.next().is_none().then_some(admin)
}

impl fmt::Display for AdminList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "# Who may connect to the admin listener: name, SHA-256 of the certificate, its end.\n\
             # Written by auboutique-certs; a line that is removed sends its administrator away.\n",
        )?;
        for admin in &self.admins {
            let Admin {
                name,
                fingerprint,
                not_after,
            } = admin;
            writeln!(formatter, "{name} {fingerprint} {not_after}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admin(name: &str, first: u8) -> Admin {
        let mut bytes = [0; 32];
        bytes[0] = first;
        Admin {
            name: name.parse().unwrap(),
            fingerprint: Fingerprint(bytes),
            not_after: "2026-05-04T03:02:01Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_written_list_is_read_as_it_was() {
        let list = AdminList {
            admins: vec![admin("mona", 1), admin("ops", 2)],
        };
        assert_eq!(AdminList::parse(&list.to_string()), Some(list));
        assert_eq!(AdminList::parse("\n# nobody\n"), Some(AdminList::default()));
    }

    #[test]
    fn a_damaged_list_is_no_list() {
        let good = format!("{} {} 2026-05-04T03:02:01Z", "ops", "ab".repeat(32));
        assert!(AdminList::parse(&good).is_some());
        for damaged in [
            good.replace("ops", "Ops"),
            good.replace("abab", "ab"),
            good.replace('Z', ""),
            format!("{good} more"),
            "ops".to_owned(),
            format!("{good}\n").repeat(ADMINS_MAX + 1),
        ] {
            assert_eq!(AdminList::parse(&damaged), None, "{damaged}");
        }
    }

    #[test]
    fn a_name_can_be_a_folder_and_nothing_else() {
        for good in ["ops", "a", "mona.k", "x_1-2"] {
            assert!(good.parse::<AdminName>().is_ok(), "{good}");
        }
        let long = "a".repeat(NAME_CHARACTERS_MAX + 1);
        for bad in ["", ".", "..", ".ops", "a/b", "A", "a b", "é", long.as_str()] {
            assert_eq!(bad.parse::<AdminName>(), Err(AdminNameError), "{bad:?}");
        }
    }
}
