//! The administrators' listener: who gets in by the handshake, and who does not.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use auboutique_certs::{
    ADMIN_AUTHORITY, ADMIN_CERTIFICATE, ADMIN_KEY, ALPN_ADMIN, ALPN_MEMBER, AdminList, AdminName,
    HandshakeFailure, TlsFolder, Trust, admin_client_config, admin_server_config, client_config,
};
use jiff::{SignedDuration, Timestamp};
use rustls::{ClientConfig, ServerConfig};
use tempfile::TempDir;

use crate::harness::attempt;

/// A server's data folder.
struct Data {
    folder: TempDir,
    tls: TlsFolder,
    server: Arc<ServerConfig>,
}

fn ops() -> AdminName {
    "ops".parse().unwrap()
}

impl Data {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let tls = TlsFolder::new(folder.path().join("tls"));
        let names = ["localhost".to_owned()];
        let (identity, _) = tls.ensure(&names, Timestamp::now()).unwrap();
        let (server, _) = admin_server_config(&identity, tls.path(), ALPN_ADMIN).unwrap();
        Self {
            folder,
            tls,
            server,
        }
    }

    fn issue(&self, at: Timestamp) -> PathBuf {
        let destination = self.folder.path().join("admins/ops");
        self.tls.issue_admin(&ops(), &destination, at).unwrap();
        destination
    }

    /// The client has done its part of the handshake when the server judges its certificate.
    async fn refuses(&self, client: &Arc<ClientConfig>) {
        let attempt = attempt(&self.server, client, "localhost").await;
        assert_eq!(attempt.refused(), HandshakeFailure::ClientCertificate);
    }
}

fn admin(folder: &Path) -> Arc<ClientConfig> {
    admin_client_config(folder, ALPN_ADMIN).unwrap()
}

#[tokio::test]
async fn an_administrator_is_let_in_and_is_known_by_the_certificate() {
    let data = Data::new();
    let folder = data.issue(Timestamp::now());
    attempt(&data.server, &admin(&folder), "localhost")
        .await
        .accepted();
    let list = AdminList::load(data.tls.path()).unwrap();
    assert_eq!(list.admins().len(), 1);
    assert!(data.tls.revoke_admin(&ops()).unwrap());
    assert!(!data.tls.revoke_admin(&ops()).unwrap());
    let list = AdminList::load(data.tls.path()).unwrap();
    assert_eq!(list, AdminList::default());
}

#[tokio::test]
async fn nobody_gets_in_without_a_certificate() {
    let data = Data::new();
    let trust = Trust::Authority(data.tls.file("ca.pem"));
    data.refuses(&client_config(&trust, ALPN_ADMIN).unwrap())
        .await;
}

#[tokio::test]
async fn the_servers_own_certificate_lets_nobody_in() {
    let data = Data::new();
    let folder = data.folder.path().join("stolen");
    std::fs::create_dir(&folder).unwrap();
    for (from, to) in [
        ("server.pem", ADMIN_CERTIFICATE),
        ("server.key", ADMIN_KEY),
        ("ca.pem", ADMIN_AUTHORITY),
    ] {
        std::fs::copy(data.tls.file(from), folder.join(to)).unwrap();
    }
    data.refuses(&admin(&folder)).await;
}

#[tokio::test]
async fn the_certificate_of_another_authority_lets_nobody_in() {
    let (data, other) = (Data::new(), Data::new());
    let folder = other.issue(Timestamp::now());
    std::fs::copy(data.tls.file("ca.pem"), folder.join(ADMIN_AUTHORITY)).unwrap();
    data.refuses(&admin(&folder)).await;
}

#[tokio::test]
async fn a_certificate_that_has_ended_lets_nobody_in() {
    let data = Data::new();
    let long_ago = Timestamp::now() - SignedDuration::from_hours(91 * 24);
    let folder = data.issue(long_ago);
    data.refuses(&admin(&folder)).await;
    let list = AdminList::load(data.tls.path()).unwrap();
    assert!(list.admins()[0].not_after < Timestamp::now());
}

#[tokio::test]
async fn each_listener_refuses_the_protocol_of_the_other() {
    let data = Data::new();
    let folder = data.issue(Timestamp::now());
    let as_member = admin_client_config(&folder, ALPN_MEMBER).unwrap();
    let failure = attempt(&data.server, &as_member, "localhost")
        .await
        .refused();
    assert_eq!(failure, HandshakeFailure::NoAlpn);
    let (members, _) = data
        .tls
        .ensure(&["localhost".to_owned()], Timestamp::now())
        .map(|(identity, _)| auboutique_certs::server_config(&identity, ALPN_MEMBER).unwrap())
        .unwrap();
    let failure = attempt(&members, &admin(&folder), "localhost")
        .await
        .refused();
    assert_eq!(failure, HandshakeFailure::NoAlpn);
}

#[tokio::test]
async fn an_administrator_trusts_the_servers_authority_and_no_other() {
    let (data, other) = (Data::new(), Data::new());
    let folder = data.issue(Timestamp::now());
    let failure = attempt(&other.server, &admin(&folder), "localhost")
        .await
        .refused();
    assert_eq!(failure, HandshakeFailure::UnknownAuthority);
}

#[cfg(unix)]
#[test]
fn what_an_administrator_gets_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let data = Data::new();
    let folder = data.issue(Timestamp::now());
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(folder.parent().unwrap()), 0o700);
    for file in [ADMIN_CERTIFICATE, ADMIN_KEY, ADMIN_AUTHORITY] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
}

#[test]
fn a_name_that_is_issued_again_has_one_certificate_on_the_list() {
    let data = Data::new();
    data.issue(Timestamp::now());
    let before = AdminList::load(data.tls.path()).unwrap();
    data.issue(Timestamp::now());
    let after = AdminList::load(data.tls.path()).unwrap();
    assert_eq!(after.admins().len(), 1);
    assert_ne!(
        before.admins()[0].fingerprint,
        after.admins()[0].fingerprint
    );
}
