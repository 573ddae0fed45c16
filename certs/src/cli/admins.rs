//! Administrators on the command line: issuing, revoking, listing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::bail;
use auboutique_certs::{Admin, AdminList, AdminName, TlsFolder};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::remaining;

pub(super) fn issue(
    data: &Path,
    name: &AdminName,
    output: Option<PathBuf>,
    now: Timestamp,
) -> anyhow::Result<String> {
    let output = output.unwrap_or_else(|| data.join("admins").join(name.as_str()));
    let folder = TlsFolder::new(data.join("tls"));
    let admin = folder.issue_admin(name, &output, now)?;
    Ok(format!(
        "{name} is an administrator until {}.\n\
         {} holds the certificate, its key and the authority; hand it over safely.\n\
         To look around: auboutique-admin --server HOST:PORT --identity {} users\n",
        admin.not_after,
        output.display(),
        output.display()
    ))
}

pub(super) fn revoke(folder: &TlsFolder, name: &AdminName) -> anyhow::Result<String> {
    if folder.revoke_admin(name)? {
        Ok(format!("{name} is no longer an administrator.\n"))
    } else {
        bail!("{name} is not an administrator")
    }
}

pub(super) fn list(folder: &TlsFolder, as_json: bool, now: Timestamp) -> anyhow::Result<String> {
    let list = AdminList::load(folder.path())?;
    if as_json {
        let admin = |admin: &Admin| {
            json!({
                "name": admin.name.as_str(),
                "sha256": admin.fingerprint.to_string(),
                "not_after": admin.not_after.to_string(),
                "days_left": days_left(admin, now),
            })
        };
        let all: Vec<Value> = list.admins().iter().map(admin).collect();
        return Ok(format!("{:#}\n", Value::from(all)));
    }
    let mut text = String::new();
    for admin in list.admins() {
        let left = remaining(days_left(admin, now));
        writeln!(text, "{:<32}  {}, {left}", admin.name, admin.not_after)?;
    }
    if text.is_empty() {
        text.push_str("There are no administrators.\n");
    }
    Ok(text)
}

fn days_left(admin: &Admin, now: Timestamp) -> i64 {
    (admin.not_after.as_second() - now.as_second()).div_euclid(24 * 60 * 60)
}
