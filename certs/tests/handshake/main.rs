//! Handshakes between our server's and our client's configuration: who is let in, who is
//! refused, and that a refused server never sees a byte of the client's.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod admins;
mod harness;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use auboutique_certs::{
    ALPN_ADMIN, ALPN_MEMBER, Error, Fingerprint, HandshakeFailure, ServerIdentity, Trust,
    client_config, probe_config, require_protocol, server_config,
};
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, HandshakeKind, ServerConfig};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tokio_rustls::TlsConnector;

use harness::{Site, attempt, client, identity, serve, server};

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// Connects on both grounds of trust and expects the same refusal on each.
async fn assert_refused(site: &Site, server: &Arc<ServerConfig>, expected: HandshakeFailure) {
    for trust in site.trusts() {
        let failure = attempt(server, &client(&trust), "localhost")
            .await
            .refused();
        assert_eq!(failure, expected, "{trust:?}");
    }
}

/// The client's configuration with other application protocols, sharing its session store.
fn with_alpn(config: &Arc<ClientConfig>, protocols: &[&[u8]]) -> Arc<ClientConfig> {
    let mut config = ClientConfig::clone(config);
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Arc::new(config)
}

/// A certificate of the site's authority with settings that the library would never choose.
fn odd_leaf(
    site: &Site,
    key: &KeyPair,
    change: impl FnOnce(&mut CertificateParams),
) -> rcgen::Certificate {
    let authority_key = KeyPair::from_pem(&site.authority.key_pem()).unwrap();
    let issuer = Issuer::from_ca_cert_der(site.authority.certificate(), authority_key).unwrap();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    change(&mut params);
    params.signed_by(key, &issuer).unwrap()
}

#[tokio::test]
async fn a_good_server_is_accepted_by_file_and_by_pin_under_all_its_names() {
    let site = Site::new();
    let server = site.server();
    for trust in site.trusts() {
        for name in ["localhost", "127.0.0.1"] {
            attempt(&server, &client(&trust), name).await.accepted();
        }
    }
}

#[tokio::test]
async fn connections_use_tls_1_3_and_the_post_quantum_group() {
    let site = Site::new();
    let connected = attempt(&site.server(), &site.pinned(), "localhost")
        .await
        .accepted();
    assert_eq!(connected.version, rustls::ProtocolVersion::TLSv1_3);
    assert_eq!(connected.group, rustls::NamedGroup::X25519MLKEM768);
}

#[tokio::test]
async fn a_server_of_another_authority_of_the_same_name_is_refused() {
    let (site, other) = (Site::new(), Site::new());
    let server = other.server();
    let [by_file, by_pin] = site.trusts();
    let failure = attempt(&server, &client(&by_file), "localhost")
        .await
        .refused();
    assert_eq!(failure, HandshakeFailure::UnknownAuthority);
    let failure = attempt(&server, &client(&by_pin), "localhost")
        .await
        .refused();
    assert_eq!(failure, HandshakeFailure::PinMismatch);
}

#[tokio::test]
async fn an_authority_that_the_system_does_not_know_is_refused() {
    let site = Site::new();
    match client_config(&Trust::SystemRoots, ALPN_MEMBER) {
        Ok(config) => {
            let failure = attempt(&site.server(), &config, "localhost")
                .await
                .refused();
            assert_eq!(failure, HandshakeFailure::UnknownAuthority);
        }
        Err(error) => assert!(matches!(error, Error::NoSystemRoots), "{error}"),
    }
}

#[tokio::test]
async fn presenting_the_pinned_authority_does_not_help_a_foreign_leaf() {
    let (site, attacker) = (Site::new(), Site::new());
    let leaf = attacker.issue(Timestamp::now());
    let authorities = [
        site.authority.certificate(),
        attacker.authority.certificate(),
    ];
    for chain in [
        vec![leaf.certificate(), authorities[0]],
        vec![leaf.certificate(), authorities[0], authorities[1]],
        vec![leaf.certificate(), authorities[1], authorities[0]],
    ] {
        let (server, _) = server(&identity(&chain, &leaf.key_pem()));
        assert_refused(&site, &server, HandshakeFailure::UnknownAuthority).await;
    }
}

#[tokio::test]
async fn a_copied_certificate_without_its_key_is_refused() {
    let site = Site::new();
    let genuine = site.identity(&site.issue(Timestamp::now()));
    let foreign = site.identity(&site.issue(Timestamp::now()));
    let copied = CertifiedKey::new(
        genuine.certified.cert.clone(),
        Arc::clone(&foreign.certified.key),
    );
    let (config, _) = server(&genuine);
    let mut config = ServerConfig::clone(&config);
    config.cert_resolver = Arc::new(SingleCertAndKey::from(copied));
    assert_refused(&site, &Arc::new(config), HandshakeFailure::UnknownAuthority).await;
}

#[tokio::test]
async fn another_host_name_is_refused() {
    let site = Site::new();
    let server = site.server();
    for trust in site.trusts() {
        for name in ["shop.example", "127.0.0.2", "sub.localhost"] {
            let failure = attempt(&server, &client(&trust), name).await.refused();
            assert_eq!(failure, HandshakeFailure::WrongName, "{trust:?} {name}");
        }
    }
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let site = Site::new();
    let leaf = site.issue(Timestamp::now() - days(91));
    assert_refused(&site, &site.server_with(&leaf), HandshakeFailure::Expired).await;
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_yet_is_refused() {
    let site = Site::new();
    let leaf = site.issue(Timestamp::now() + days(1));
    assert_refused(
        &site,
        &site.server_with(&leaf),
        HandshakeFailure::NotYetValid,
    )
    .await;
}

#[tokio::test]
async fn a_client_certificate_cannot_stand_in_for_a_server() {
    let site = Site::new();
    let key = KeyPair::generate().unwrap();
    let leaf = odd_leaf(&site, &key, |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let chain = [leaf.der(), site.authority.certificate()];
    let (server, _) = server(&identity(&chain, &key.serialize_pem()));
    assert_refused(&site, &server, HandshakeFailure::WrongPurpose).await;
}

#[tokio::test]
async fn a_client_without_our_protocol_name_is_refused_inside_the_handshake() {
    let site = Site::new();
    let server = site.server();
    for offered in [&[][..], &[b"h2".as_slice()], &[ALPN_ADMIN, b"auboutique/2"]] {
        let config = with_alpn(&site.pinned(), offered);
        let failure = attempt(&server, &config, "localhost").await.refused();
        assert_eq!(failure, HandshakeFailure::NoAlpn, "{offered:?}");
    }
    let config = with_alpn(&site.pinned(), &[b"h2", ALPN_MEMBER]);
    attempt(&server, &config, "localhost").await.accepted();
}

#[tokio::test]
async fn a_member_is_refused_by_the_administrators_listener() {
    let site = Site::new();
    let identity = site.identity(&site.issue(Timestamp::now()));
    let (admin, _) = server_config(&identity, ALPN_ADMIN).unwrap();
    let failure = attempt(&admin, &site.pinned(), "localhost").await.refused();
    assert_eq!(failure, HandshakeFailure::NoAlpn);
}

#[tokio::test]
async fn a_resumed_session_needs_the_protocol_name_too() {
    let site = Site::new();
    let (server, config) = (site.server(), site.pinned());
    let first = attempt(&server, &config, "localhost").await.accepted();
    assert_ne!(first.kind, HandshakeKind::Resumed);
    let second = attempt(&server, &config, "localhost").await.accepted();
    assert_eq!(second.kind, HandshakeKind::Resumed);
    let nameless = with_alpn(&config, &[]);
    let failure = attempt(&server, &nameless, "localhost").await.refused();
    assert_eq!(failure, HandshakeFailure::NoAlpn);
}

#[tokio::test]
async fn a_server_without_application_protocols_is_noticed_by_the_client() {
    let site = Site::new();
    let identity = site.identity(&site.issue(Timestamp::now()));
    let (config, _) = server(&identity);
    let mut config = ServerConfig::clone(&config);
    config.alpn_protocols.clear();
    let (near, far) = duplex(64 * 1024);
    let served = tokio::spawn(serve(Arc::new(config), far));
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(site.pinned());
    let stream = connector.connect(name, near).await.unwrap();
    let checked = require_protocol(stream.get_ref().1, ALPN_MEMBER);
    assert_eq!(checked, Err(HandshakeFailure::NoAlpn));
    drop(stream);
    assert_eq!(served.await.unwrap().plaintext, b"");
}

#[tokio::test]
async fn a_client_that_only_speaks_tls_1_2_gets_the_alert_for_it() {
    let site = Site::new();
    let (mut near, far) = duplex(64 * 1024);
    let served = tokio::spawn(serve(site.server(), far));
    near.write_all(&tls12_client_hello()).await.unwrap();
    let mut answer = Vec::new();
    near.read_to_end(&mut answer).await.unwrap();
    drop(near);
    // Record type alert, version, length 2; level fatal, description protocol_version.
    assert_eq!(answer, [21, 3, 3, 0, 2, 2, 70]);
    let served = served.await.unwrap();
    assert!(!served.complete && served.plaintext.is_empty());
    let failure = HandshakeFailure::from(&served.failure.unwrap());
    assert_eq!(failure, HandshakeFailure::ProtocolVersion);
}

/// A ClientHello as in RFC 5246 §7.4.1.2, without the extension that offers TLS 1.3.
fn tls12_client_hello() -> Vec<u8> {
    let extension = |kind: u8, body: &[u8]| [&[0, kind][..], &length16(body)].concat();
    let name = [&[0][..], &length16(b"localhost")].concat();
    let alpn = [&[12][..], ALPN_MEMBER].concat();
    let extensions = [
        extension(0, &length16(&name)),
        extension(10, &length16(&[0, 29, 0, 23])),
        extension(11, &[1, 0]),
        extension(13, &length16(&[4, 3, 8, 4])),
        extension(16, &length16(&alpn)),
        extension(23, &[]),
    ]
    .concat();
    let suites = length16(&[0xc0, 0x2b, 0xc0, 0x2f]);
    let body = [
        &[3, 3][..],
        &[7; 32],
        &[0],
        &suites,
        &[1, 0],
        &length16(&extensions),
    ]
    .concat();
    let handshake = [&[1, 0][..], &length16(&body)].concat();
    [&[22, 3, 1][..], &length16(&handshake)].concat()
}

/// The bytes behind their length in two bytes.
fn length16(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes()[..], bytes].concat()
}

#[tokio::test]
async fn a_probe_learns_the_authority_and_tells_the_server_nothing() {
    let site = Site::new();
    let (config, probe) = probe_config(ALPN_MEMBER);
    assert_eq!(probe.fingerprint(), None);
    let failure = attempt(&site.server(), &config, "any.name").await.refused();
    assert!(matches!(failure, HandshakeFailure::Other(_)), "{failure}");
    let learned = probe.fingerprint().unwrap();
    assert_eq!(learned, site.authority.fingerprint());
    let config = client(&Trust::Pinned(learned));
    attempt(&site.server(), &config, "localhost")
        .await
        .accepted();
}

#[tokio::test]
async fn a_probe_of_a_chain_without_authority_learns_its_last_certificate() {
    let site = Site::new();
    let leaf = site.issue(Timestamp::now());
    let (server, _) = server(&identity(&[leaf.certificate()], &leaf.key_pem()));
    let (config, probe) = probe_config(ALPN_MEMBER);
    attempt(&server, &config, "localhost").await.refused();
    let expected = Fingerprint::of(leaf.certificate());
    assert_eq!(probe.fingerprint(), Some(expected));
    // A pin on a leaf does not make the leaf its own authority.
    let config = client(&Trust::Pinned(expected));
    let failure = attempt(&server, &config, "localhost").await.refused();
    assert_eq!(failure, HandshakeFailure::UnknownAuthority);
}

#[tokio::test]
async fn an_rsa_certificate_from_elsewhere_is_accepted() {
    let site = Site::new();
    let key = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let leaf = odd_leaf(&site, &key, |_| ());
    let place = |name: &str| site.folder.path().join(name);
    let chain = leaf.pem() + site.authority.certificate_pem();
    fs::write(place("chain.pem"), chain).unwrap();
    fs::write(place("rsa.key"), key.serialize_pem()).unwrap();
    fs::set_permissions(place("rsa.key"), fs::Permissions::from_mode(0o600)).unwrap();
    let identity = ServerIdentity::from_files(&place("chain.pem"), &place("rsa.key")).unwrap();
    assert_eq!(identity.certified.cert.len(), 2);
    for trust in site.trusts() {
        let (server, _) = server(&identity);
        attempt(&server, &client(&trust), "localhost")
            .await
            .accepted();
    }
}

#[tokio::test]
async fn a_replaced_certificate_is_shown_in_the_next_handshake() {
    let site = Site::new();
    let (old, new) = (site.issue(Timestamp::now()), site.issue(Timestamp::now()));
    let (server, switch) = server(&site.identity(&old));
    let connected = attempt(&server, &site.pinned(), "localhost")
        .await
        .accepted();
    assert_eq!(&connected.leaf, old.certificate());
    switch.replace(&site.identity(&new)).unwrap();
    let connected = attempt(&server, &site.pinned(), "localhost")
        .await
        .accepted();
    assert_eq!(&connected.leaf, new.certificate());
}

#[tokio::test]
async fn a_bad_pair_keeps_the_old_certificate() {
    let site = Site::new();
    let leaf = site.issue(Timestamp::now());
    let good = site.identity(&leaf);
    let (server, switch) = server(&good);
    let other = site.identity(&site.issue(Timestamp::now()));
    let key = &other.certified.key;
    for chain in [good.certified.cert.clone(), Vec::new()] {
        let mut bad = good.clone();
        bad.certified = Arc::new(CertifiedKey::new(chain, Arc::clone(key)));
        assert!(matches!(switch.replace(&bad), Err(Error::Pair)));
        assert!(matches!(server_config(&bad, ALPN_MEMBER), Err(Error::Pair)));
    }
    let connected = attempt(&server, &site.pinned(), "localhost")
        .await
        .accepted();
    assert_eq!(&connected.leaf, leaf.certificate());
}

#[tokio::test]
async fn something_that_is_not_tls_is_an_ordinary_failure() {
    let site = Site::new();
    let (near, mut far) = duplex(64 * 1024);
    far.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        .await
        .unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(site.pinned());
    let error = connector.connect(name, near).await.unwrap_err();
    let failure = HandshakeFailure::from(&error);
    assert!(matches!(failure, HandshakeFailure::Other(_)), "{failure}");
}

#[test]
fn a_file_without_certificates_gives_no_trust() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("empty.pem");
    fs::write(&path, "").unwrap();
    let error = client_config(&Trust::Authority(path), ALPN_MEMBER).unwrap_err();
    assert!(error.to_string().contains("empty.pem"), "{error}");
    let absent = folder.path().join("absent.pem");
    let error = client_config(&Trust::Authority(absent), ALPN_MEMBER).unwrap_err();
    assert!(error.to_string().contains("absent.pem"), "{error}");
}
