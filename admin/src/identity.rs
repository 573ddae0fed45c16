//! The administrator's identity: a folder with a certificate, its key and the authority to trust, as
//! `auboutique-certs admin` writes it.

use std::io;
use std::path::{Path, PathBuf};

use auboutique_certs::{ADMIN_CERTIFICATE, CertificateFacts, Error, certificate_facts};
use auboutique_client::terminal::failure::{Exit, Failure};
use etcetera::BaseStrategy as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// From so many days before its end on a certificate is spoken of.
const ENDS_SOON_DAYS: i64 = 30;

/// How to get an identity.
const GET_ONE: &str = "whoever runs the server makes one: `auboutique-certs admin NAME`; give its folder with --identity";

/// The folder that was given, or the usual one.
pub(crate) fn folder(given: Option<PathBuf>) -> Result<PathBuf, Failure> {
    if let Some(folder) = given {
        return Ok(folder);
    }
    let strategy = etcetera::choose_base_strategy().map_err(|_| {
        Failure::failed("cannot find the home directory").hint("set HOME, or give --identity")
    })?;
    Ok(strategy.config_dir().join("auboutique").join("admin"))
}

/// Looks at the certificate before it is used; returns what to say of it, if anything.
pub(crate) fn check(folder: &Path, now: Timestamp) -> Result<Option<String>, Failure> {
    let facts = certificate_facts(&folder.join(ADMIN_CERTIFICATE))
        .map_err(|error| unusable(folder, &error))?;
    let day = facts.not_after.to_zoned(TimeZone::system());
    let day = day.strftime("%Y-%m-%d");
    match facts.days_left(now) {
        ..0 => Err(rejected(
            "unauthenticated",
            format!("your certificate ended on {day}"),
        )),
        left @ 0..=ENDS_SOON_DAYS => Ok(Some(ends_soon(&facts, left, &day.to_string()))),
        _ => Ok(None),
    }
}

fn ends_soon(facts: &CertificateFacts, days_left: i64, day: &str) -> String {
    let left = match days_left {
        0 => "today".to_owned(),
        1 => format!("tomorrow, on {day}"),
        days => format!("in {days} days, on {day}"),
    };
    let subject = &facts.subject;
    format!("your certificate ({subject}) ends {left}; `auboutique-certs admin` makes another")
}

/// The files cannot be used.
pub(crate) fn unusable(folder: &Path, error: &Error) -> Failure {
    let is_absent = matches!(
        error,
        Error::Read { source, .. } if source.kind() == io::ErrorKind::NotFound
    );
    if is_absent && !folder.join(ADMIN_CERTIFICATE).exists() {
        let message = format!("there is no identity in {}", folder.display());
        return rejected("unauthenticated", message);
    }
    if matches!(error, Error::KeyExposed { .. }) {
        // It says itself what to do.
        return Failure::new(Exit::LogInFirst, "unauthenticated", error.to_string());
    }
    rejected("unauthenticated", error.to_string())
}

/// The server does not take the certificate, or it is of no use to offer it.
pub(crate) fn rejected(code: &str, message: String) -> Failure {
    Failure::new(Exit::LogInFirst, code, message).hint(GET_ONE)
}
