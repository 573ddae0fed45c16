//! What a backup says about itself.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use super::{BackupError, files};
use crate::store::sqlite::backup::Database;

/// The file, written when everything else is on the disk.
pub(super) const MANIFEST: &str = "manifest.json";
/// Its name while it is written.
pub(super) const MANIFEST_NEW: &str = "manifest.json.new";
/// The folder with certificates and keys, in a backup as in a data directory.
pub(super) const TLS: &str = "tls";
/// The file that marks a demo; without it a restored one would not be one any more.
pub(super) const DEMO: &str = crate::demo::FILE;
/// The version of this form.
const FORMAT: i64 = 1;
/// A manifest is about a kilobyte.
const MANIFEST_BYTES_MAX: u64 = 1024 * 1024;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: i64,
    /// The version of the program that took the backup.
    program: String,
    /// When it began, RFC 3339.
    taken_at: String,
    pub(super) schema: Schema,
    pub(super) files: Vec<Entry>,
}

/// The versions of the databases' schemas.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Schema {
    pub(super) main: i64,
    pub(super) pictures: i64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The path in the backup, with `/`.
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// Only the form, so that a newer one is recognised whatever else is in it.
#[derive(Deserialize)]
struct Form {
    format: i64,
}

impl Schema {
    pub(super) fn of(&self, database: Database) -> i64 {
        match database {
            Database::Main => self.main,
            Database::Pictures => self.pictures,
        }
    }
}

impl Manifest {
    pub(super) fn new(taken_at: String, schema: Schema, files: Vec<Entry>) -> Self {
        Self {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").into(),
            taken_at,
            schema,
            files,
        }
    }

    /// Writes it whole: who finds it finds all of it.
    pub(super) fn write(&self, directory: &Path) -> Result<(), BackupError> {
        let temporary = directory.join(MANIFEST_NEW);
        let mut file = files::create(&temporary)?;
        let write = serde_json::to_vec_pretty(self)
            .map_err(Into::into)
            .and_then(|text| file.write_all(&text))
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&temporary, directory.join(MANIFEST)));
        write.map_err(BackupError::io(&temporary))?;
        files::sync(directory)
    }

    /// Reads it and checks that this program can restore what it describes.
    pub(super) fn read(directory: &Path) -> Result<Self, BackupError> {
        let no_backup = |reason: String| BackupError::NoBackup {
            directory: directory.to_owned(),
            reason,
        };
        let mut text = Vec::new();
        File::open(directory.join(MANIFEST))
            .and_then(|file| file.take(MANIFEST_BYTES_MAX).read_to_end(&mut text))
            .map_err(|cause| no_backup(format!("{MANIFEST}: {cause}")))?;
        let malformed = |error| no_backup(format!("{MANIFEST}: {error}"));
        let Form { format } = serde_json::from_slice(&text).map_err(malformed)?;
        not_newer("format", format, FORMAT)?;
        let manifest: Self = serde_json::from_slice(&text).map_err(malformed)?;
        for database in Database::ALL {
            let found = manifest.schema.of(database);
            not_newer(database.file_name(), found, database.schema_known())?;
        }
        manifest.check_names().map_err(no_backup)?;
        Ok(manifest)
    }

    /// Both databases, perhaps files of the TLS folder and the mark of a demo, and nothing else.
    fn check_names(&self) -> Result<(), String> {
        let mut names = BTreeSet::new();
        for Entry { name, .. } in &self.files {
            let database = Database::ALL
                .iter()
                .any(|database| database.file_name() == name);
            let known = database || name == DEMO || is_tls_file(name);
            if !known || !names.insert(name.as_str()) {
                return Err(format!("{MANIFEST} names {name:?}"));
            }
        }
        match Database::ALL
            .iter()
            .find(|database| !names.contains(database.file_name()))
        {
            Some(missing) => Err(format!("{MANIFEST} lacks {}", missing.file_name())),
            None => Ok(()),
        }
    }
}

/// A path below the TLS folder that cannot lead out of it.
fn is_tls_file(name: &str) -> bool {
    let mut components = Path::new(name).components();
    components.next() == Some(Component::Normal(TLS.as_ref()))
        && components.clone().count() > 0
        && components.all(|component| matches!(component, Component::Normal(_)))
}

/// Refuses a version that is newer than what is known.
pub(super) fn not_newer(what: &str, found: i64, known: i64) -> Result<(), BackupError> {
    if found <= known {
        return Ok(());
    }
    Err(BackupError::Newer {
        what: format!("{what} has version"),
        found,
        known,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_cannot_lead_out_of_the_data_directory() {
        let allowed = ["tls/ca.pem", "tls/admin/mona.pem"];
        let refused = [
            "tls",
            "tls/",
            "tls/../lock",
            "tls/..",
            "/tls/ca.pem",
            "../tls/ca.pem",
            "./tls/ca.pem",
            "lock",
            "",
        ];
        for name in allowed {
            assert!(is_tls_file(name), "{name}");
        }
        for name in refused {
            assert!(!is_tls_file(name), "{name}");
        }
    }

    #[test]
    fn a_manifest_names_both_databases_once() {
        let entry = |name: &str| Entry {
            name: name.into(),
            bytes: 0,
            sha256: String::new(),
        };
        let check = |names: &[&str]| {
            let schema = Schema {
                main: 1,
                pictures: 1,
            };
            let files = names.iter().map(|name| entry(name)).collect();
            Manifest::new(String::new(), schema, files).check_names()
        };
        let all = ["demo.json", "auboutique.db", "pictures.db", "tls/ca.pem"];
        for names in [&all[..], &all[1..], &all[..3]] {
            assert_eq!(check(names), Ok(()), "{names:?}");
        }
        for names in [
            &["auboutique.db"][..],
            &["pictures.db"],
            &["auboutique.db", "auboutique.db", "pictures.db"],
            &["auboutique.db", "pictures.db", "lock"],
        ] {
            assert!(check(names).is_err(), "{names:?}");
        }
    }
}
