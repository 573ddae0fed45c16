//! The folder of certificates and keys over a server's life: first start, later starts,
//! renewals, crashes and mishandling.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use auboutique_certs::{
    AUTHORITY_CERTIFICATE, AUTHORITY_KEY, Authority, Error, FolderChange, ReissueReason,
    SERVER_CERTIFICATE, SERVER_KEY, ServerIdentity, TlsFolder, default_names,
    ensure_server_identity,
};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

const FILES: [&str; 4] = [
    AUTHORITY_CERTIFICATE,
    AUTHORITY_KEY,
    SERVER_CERTIFICATE,
    SERVER_KEY,
];

fn now() -> Timestamp {
    "2026-02-03T04:05:06Z".parse().unwrap()
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// A folder after its first start, as a server for `localhost`.
struct Started {
    _data: TempDir,
    folder: TlsFolder,
    identity: ServerIdentity,
}

fn started() -> Started {
    let data = TempDir::new().unwrap();
    let folder = TlsFolder::new(data.path().join("data").join("tls"));
    let (identity, change) = folder.ensure(&names(&["localhost"]), now()).unwrap();
    assert_eq!(change, FolderChange::Created);
    Started {
        _data: data,
        folder,
        identity,
    }
}

impl Started {
    fn contents(&self) -> [Vec<u8>; 4] {
        FILES.map(|name| fs::read(self.folder.file(name)).unwrap())
    }

    /// A later start for `localhost`.
    fn again(&self, at: Timestamp) -> (ServerIdentity, FolderChange) {
        self.folder.ensure(&names(&["localhost"]), at).unwrap()
    }

    fn failure(&self) -> Error {
        self.folder
            .ensure(&names(&["localhost"]), now())
            .unwrap_err()
    }

    /// Expects that the certificate was issued anew by the same authority.
    fn assert_reissued(&self, at: Timestamp, reason: ReissueReason) {
        let (identity, change) = self.again(at);
        assert_eq!(change, FolderChange::Reissued(reason));
        assert_eq!(identity.ca_fingerprint, self.identity.ca_fingerprint);
        assert_ne!(identity.certified.cert[0], self.identity.certified.cert[0]);
        let (_, change) = self.again(at);
        assert_eq!(change, FolderChange::Unchanged, "once is enough");
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn the_first_start_creates_closed_folders_and_keys() {
    let started = started();
    let tls = started.folder.path();
    assert_eq!(mode(tls), 0o700);
    assert_eq!(mode(tls.parent().unwrap()), 0o700);
    assert_eq!(mode(&started.folder.file(AUTHORITY_KEY)), 0o600);
    assert_eq!(mode(&started.folder.file(SERVER_KEY)), 0o600);
    for public in [AUTHORITY_CERTIFICATE, SERVER_CERTIFICATE] {
        assert_eq!(mode(&started.folder.file(public)) & 0o600, 0o600);
    }
    let mut found: Vec<_> = fs::read_dir(tls)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort_unstable();
    assert_eq!(found, ["ca.key", "ca.pem", "server.key", "server.pem"]);
}

#[test]
fn the_identity_holds_leaf_and_authority() {
    let started = started();
    let identity = &started.identity;
    let authority = Authority::load(started.folder.path()).unwrap();
    assert_eq!(identity.certified.cert.len(), 2);
    assert_eq!(&identity.certified.cert[1], authority.certificate());
    assert_eq!(identity.ca_fingerprint, Some(authority.fingerprint()));
    assert_eq!(identity.names, ["localhost"]);
    assert_eq!(identity.not_after, now() + days(90));
}

#[test]
fn a_fresh_certificate_is_left_untouched() {
    let started = started();
    let before = started.contents();
    for at in [now(), now() + days(59)] {
        let (identity, change) = started.again(at);
        assert_eq!(change, FolderChange::Unchanged);
        assert_eq!(identity.certified.cert, started.identity.certified.cert);
    }
    assert_eq!(started.contents(), before);
}

#[test]
fn the_same_names_in_another_order_or_case_change_nothing() {
    let data = TempDir::new().unwrap();
    let first = names(&["shop.example", "::1", "127.0.0.1"]);
    let again = names(&["127.0.0.1", "Shop.Example.", "0:0::1", "::1"]);
    let one = ensure_server_identity(data.path(), &first, now()).unwrap();
    let other = ensure_server_identity(data.path(), &again, now()).unwrap();
    assert_eq!(one.certified.cert, other.certified.cert);
}

#[test]
fn new_names_are_issued_by_the_same_authority() {
    let started = started();
    let wanted = names(&["localhost", "shop.example"]);
    let (identity, change) = started.folder.ensure(&wanted, now()).unwrap();
    assert_eq!(change, FolderChange::Reissued(ReissueReason::NamesChanged));
    assert_eq!(identity.ca_fingerprint, started.identity.ca_fingerprint);
    assert_eq!(identity.names, wanted);
    started.assert_reissued(now(), ReissueReason::NamesChanged);
}

#[test]
fn thirty_days_before_its_end_a_certificate_is_issued_anew() {
    let last_good = now() + days(60) - SignedDuration::from_secs(1);
    let started = started();
    assert_eq!(started.again(last_good).1, FolderChange::Unchanged);
    started.assert_reissued(now() + days(60), ReissueReason::ExpiresSoon);
}

#[test]
fn an_expired_certificate_is_issued_anew() {
    started().assert_reissued(now() + days(400), ReissueReason::ExpiresSoon);
}

#[test]
fn a_certificate_from_the_future_is_issued_anew() {
    started().assert_reissued(now() - days(2), ReissueReason::Unverified);
}

#[test]
fn a_certificate_of_another_authority_is_issued_anew() {
    let (started, other) = (started(), started());
    for name in [SERVER_CERTIFICATE, SERVER_KEY] {
        fs::copy(other.folder.file(name), started.folder.file(name)).unwrap();
    }
    started.assert_reissued(now(), ReissueReason::Unverified);
}

#[test]
fn a_renewal_interrupted_between_key_and_certificate_is_healed() {
    let (started, other) = (started(), started());
    let key = started.folder.file(SERVER_KEY);
    fs::copy(other.folder.file(SERVER_KEY), key).unwrap();
    started.assert_reissued(now(), ReissueReason::KeyMismatch);
}

#[test]
fn a_first_start_interrupted_anywhere_is_completed() {
    for survivors in [
        &[][..],
        &[AUTHORITY_KEY],
        &[AUTHORITY_KEY, AUTHORITY_CERTIFICATE],
        &[AUTHORITY_KEY, AUTHORITY_CERTIFICATE, SERVER_KEY],
    ] {
        let started = started();
        let key = fs::read(started.folder.file(AUTHORITY_KEY)).unwrap();
        for name in FILES.iter().filter(|name| !survivors.contains(name)) {
            fs::remove_file(started.folder.file(name)).unwrap();
        }
        fs::write(started.folder.file(".server.key.new"), "half of a k").unwrap();
        let (identity, change) = started.again(now());
        assert_ne!(change, FolderChange::Unchanged, "{survivors:?}");
        let authority = Authority::load(started.folder.path()).unwrap();
        assert_eq!(identity.ca_fingerprint, Some(authority.fingerprint()));
        assert_eq!(started.again(now()).1, FolderChange::Unchanged);
        if survivors.contains(&AUTHORITY_KEY) {
            assert_eq!(fs::read(started.folder.file(AUTHORITY_KEY)).unwrap(), key);
        }
        assert!(!started.folder.file(".server.key.new").exists());
    }
}

#[test]
fn a_lost_authority_is_never_replaced_silently() {
    for lost in [AUTHORITY_CERTIFICATE, AUTHORITY_KEY] {
        let started = started();
        fs::remove_file(started.folder.file(lost)).unwrap();
        let error = started.failure();
        assert!(matches!(error, Error::Incomplete { .. }), "{error}");
        assert!(error.to_string().contains(lost), "{error}");
        assert!(error.hint().is_some());
        assert!(!started.folder.file(lost).exists());
    }
}

#[test]
fn a_key_that_others_can_read_is_refused_with_the_remedy() {
    for name in [AUTHORITY_KEY, SERVER_KEY] {
        for exposed in [0o644, 0o640, 0o604, 0o620, 0o601] {
            let started = started();
            let path = started.folder.file(name);
            set_mode(&path, exposed);
            let error = started.failure();
            let text = error.to_string();
            assert!(matches!(error, Error::KeyExposed { .. }), "{text}");
            assert!(
                text.contains(&format!("chmod 600 {}", path.display())),
                "{text}"
            );
            assert!(text.contains(&format!("{exposed:04o}")), "{text}");
            set_mode(&path, 0o400);
            assert_eq!(started.again(now()).1, FolderChange::Unchanged);
        }
    }
}

#[test]
fn damaged_files_are_reported_by_name_and_left_alone() {
    for name in FILES {
        let good = started().contents();
        let place = FILES.iter().position(|file| *file == name).unwrap();
        let cut = good[place][..good[place].len() / 2].to_vec();
        let not_base64 = b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
        let no_certificate =
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".as_slice();
        for broken in [
            b"".as_slice(),
            b"\xff\xfe",
            &cut,
            not_base64,
            no_certificate,
        ] {
            let started = started();
            let path = started.folder.file(name);
            fs::write(&path, broken).unwrap();
            let error = started.failure();
            assert!(error.to_string().contains(name), "{name}: {error}");
            assert_eq!(fs::read(&path).unwrap(), broken);
        }
    }
}

#[test]
fn a_file_of_unreasonable_size_is_not_read() {
    let started = started();
    fs::write(
        started.folder.file(AUTHORITY_CERTIFICATE),
        vec![b'\n'; 1 << 20],
    )
    .unwrap();
    let error = started.failure();
    assert!(matches!(error, Error::Unreasonable { .. }), "{error}");
}

#[test]
fn an_authority_with_a_foreign_key_or_no_authority_at_all_is_refused() {
    let (one, other) = (started(), started());
    fs::copy(
        other.folder.file(AUTHORITY_KEY),
        one.folder.file(AUTHORITY_KEY),
    )
    .unwrap();
    let error = one.failure();
    assert!(matches!(error, Error::KeyMismatch { .. }), "{error}");

    for (from, to) in [
        (SERVER_CERTIFICATE, AUTHORITY_CERTIFICATE),
        (SERVER_KEY, AUTHORITY_KEY),
    ] {
        fs::copy(other.folder.file(from), other.folder.file(to)).unwrap();
    }
    let error = other.failure();
    assert!(matches!(error, Error::NotAuthority { .. }), "{error}");
}

#[test]
fn an_expired_authority_is_an_error_with_a_way_out() {
    let started = started();
    let error = started
        .folder
        .ensure(&names(&["localhost"]), now() + days(6 * 365))
        .unwrap_err();
    assert!(matches!(error, Error::AuthorityExpired { .. }), "{error}");
    assert!(error.hint().is_some());
}

#[test]
fn bad_names_are_refused_before_anything_is_written() {
    let data = TempDir::new().unwrap();
    let folder = data.path().join("tls");
    let error = ensure_server_identity(&folder, &names(&["a b"]), now()).unwrap_err();
    assert!(matches!(error, Error::Name(_)), "{error}");
    assert!(!folder.exists());
}

#[test]
fn renewing_keeps_the_authority_and_the_names() {
    let started = started();
    let identity = started.folder.renew(None, now()).unwrap();
    assert_eq!(identity.ca_fingerprint, started.identity.ca_fingerprint);
    assert_eq!(identity.names, started.identity.names);
    assert_ne!(
        identity.certified.cert[0],
        started.identity.certified.cert[0]
    );
    let wanted = names(&["shop.example"]);
    let identity = started.folder.renew(Some(&wanted), now()).unwrap();
    assert_eq!(identity.names, wanted);
}

#[test]
fn servers_that_start_together_agree_on_one_authority() {
    let data = TempDir::new().unwrap();
    let start = || ensure_server_identity(data.path(), &names(&["localhost"]), now()).unwrap();
    let identities: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    for identity in &identities {
        assert_eq!(identity.certified.cert, identities[0].certified.cert);
    }
}

#[test]
fn default_names_can_be_issued_and_hold_the_loopback() {
    let names = default_names();
    for expected in ["localhost", "127.0.0.1", "::1"] {
        assert!(names.iter().any(|name| name == expected), "{names:?}");
    }
    let authority = Authority::create(now()).unwrap();
    assert!(authority.issue_server(&names, now()).is_ok());
}

#[test]
fn a_certificate_from_elsewhere_needs_a_closed_key_that_fits() {
    let (one, other) = (started(), started());
    let certificate = one.folder.file(SERVER_CERTIFICATE);
    let key = one.folder.file(SERVER_KEY);
    let identity = ServerIdentity::from_files(&certificate, &key).unwrap();
    assert_eq!(identity.ca_fingerprint, None);
    assert_eq!(identity.names, ["localhost"]);
    assert_eq!(identity.not_after, now() + days(90));

    let foreign = other.folder.file(SERVER_KEY);
    let error = ServerIdentity::from_files(&certificate, &foreign).unwrap_err();
    assert!(matches!(error, Error::KeyMismatch { .. }), "{error}");

    set_mode(&key, 0o644);
    let error = ServerIdentity::from_files(&certificate, &key).unwrap_err();
    assert!(matches!(error, Error::KeyExposed { .. }), "{error}");

    let error = ServerIdentity::from_files(&certificate, Path::new("absent")).unwrap_err();
    assert!(error.to_string().contains("absent"), "{error}");
}
