//! Certificates that change while the server runs: shown to whoever comes next, unnoticed by whoever is
//! there, and never exchanged for something that cannot be used.

use std::path::Path;
use std::time::{Duration, Instant};

use auboutique_certs::{Authority, TlsFolder};
use auboutique_protocol::accounts::Ping;
use jiff::{Timestamp, ToSpan as _};

use crate::common::raw::RawClient;
use crate::process::{Process, complaint, output};

/// A certificate that is not exchanged within this time fails the test.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at what the server shows or says.
const PAUSE: Duration = Duration::from_millis(10);

/// The certificate that the server shows now to somebody who trusts this authority.
async fn shown(server: &Process, ca_file: &Path) -> Vec<u8> {
    let client = RawClient::silent_at(server.port(), ca_file.to_owned()).await;
    let (_, session) = client.stream.get_ref();
    session.peer_certificates().unwrap()[0].to_vec()
}

/// Shakes hands again and again until the server shows another certificate. Each handshake must succeed.
async fn until_another_is_shown(server: &Process, ca_file: &Path, before: &[u8]) -> Vec<u8> {
    let since = Instant::now();
    loop {
        let now = shown(server, ca_file).await;
        if now != before {
            return now;
        }
        assert!(since.elapsed() < PATIENCE, "{}", server.log());
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits for a line in the log, shaking hands meanwhile.
async fn until_logged(server: &Process, ca_file: &Path, text: &str) {
    let since = Instant::now();
    while !server.log().contains(text) {
        assert!(since.elapsed() < PATIENCE, "{}", server.log());
        shown(server, ca_file).await;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Writes a certificate of this authority, issued at this time, with its key.
fn write_pair(authority: &Authority, at: Timestamp, certificate: &Path, key: &Path) {
    let leaf = authority.issue_server(&["localhost".into()], at).unwrap();
    std::fs::write(certificate, leaf.certificate_pem()).unwrap();
    write_key(key, &leaf.key_pem());
}

fn write_key(file: &Path, pem: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(file, pem).unwrap();
    std::fs::set_permissions(file, PermissionsExt::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_at_a_signal_and_open_connections_stay() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let server = Process::start(&data_dir);
    let client = server.user("mona").await;
    let ca = server.ca_file();
    let first = shown(&server, &ca).await;
    let folder = TlsFolder::new(data_dir.join("tls"));
    folder.renew(None, Timestamp::now()).unwrap();
    server.signal("HUP");
    let second = until_another_is_shown(&server, &ca, &first).await;
    client.call(&Ping {}).await.unwrap();

    // Without a word, too: the files are watched.
    folder.renew(None, Timestamp::now()).unwrap();
    until_another_is_shown(&server, &ca, &second).await;
    client.call(&Ping {}).await.unwrap();
    server.login("mona").await.call(&Ping {}).await.unwrap();
    server.stop();
}

#[tokio::test]
async fn a_pair_that_cannot_be_used_leaves_the_old_one_in_place() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let [certificate, key, ca] =
        ["given.pem", "given.key", "ca.pem"].map(|name| directory.path().join(name));
    let now = Timestamp::now();
    let authority = Authority::create(now).unwrap();
    std::fs::write(&ca, authority.certificate_pem()).unwrap();
    write_pair(&authority, now, &certificate, &key);
    let flags = ["--cert", certificate.to_str().unwrap()];
    let flags = [&flags[..], &["--key", key.to_str().unwrap()]].concat();
    let server = Process::start_with(&data_dir, &flags, &[]);
    let first = shown(&server, &ca).await;

    let good_key = std::fs::read_to_string(&key).unwrap();
    write_key(&key, &authority.key_pem());
    server.signal("HUP");
    until_logged(&server, &ca, "does not belong to").await;
    write_key(&key, "no key");
    server.signal("HUP");
    until_logged(&server, &ca, "holds no readable").await;
    let long_ago = now - 2400.hours();
    write_pair(&authority, long_ago, &certificate, &key);
    server.signal("HUP");
    until_logged(&server, &ca, "has ended on").await;
    assert_eq!(shown(&server, &ca).await, first);
    assert!(!server.log().contains(&good_key), "a key in the log");

    write_pair(&authority, now, &certificate, &key);
    server.signal("HUP");
    let second = until_another_is_shown(&server, &ca, &first).await;
    assert_eq!(shown(&server, &ca).await, second);
    server.stop();
}

#[tokio::test]
async fn another_authority_is_not_taken_while_the_server_runs() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let server = Process::start(&data_dir);
    let trusted = directory.path().join("trusted.pem");
    std::fs::copy(server.ca_file(), &trusted).unwrap();
    let other = Authority::create(Timestamp::now()).unwrap();
    std::fs::write(server.ca_file(), other.certificate_pem()).unwrap();
    write_key(&data_dir.join("tls/ca.key"), &other.key_pem());
    server.signal("HUP");
    // Whoever knows the old authority is served all the time.
    let text = "is not the one that this server started with";
    until_logged(&server, &trusted, text).await;
    server.stop();
}

#[test]
fn a_certificate_that_has_ended_is_refused_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let [certificate, key] = ["given.pem", "given.key"].map(|name| directory.path().join(name));
    let long_ago = Timestamp::now() - 2400.hours();
    let authority = Authority::create(long_ago).unwrap();
    write_pair(&authority, long_ago, &certificate, &key);
    let data_dir = directory.path().join("data");
    let flags = ["--data-dir", data_dir.to_str().unwrap(), "--cert"];
    let flags = [&flags[..], &[certificate.to_str().unwrap()]].concat();
    let flags = [&flags[..], &["--key", key.to_str().unwrap()]].concat();
    for more in [&["check-config"][..], &["0"]] {
        let text = complaint(&output(&[&flags[..], more].concat()), 1);
        assert!(text.contains("has ended on"), "{text}");
        assert!(text.contains("hint: have it renewed"), "{text}");
    }
}
