//! What stands in the certificates that the authority issues, read back by another library.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use auboutique_certs::{Authority, CertificateFacts, Error, Leaf};
use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer as _;

const DAY: i64 = 24 * 60 * 60;

fn now() -> Timestamp {
    "2026-02-03T04:05:06Z".parse().unwrap()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn leaf(authority: &Authority) -> Leaf {
    authority
        .issue_server(&names(&["Shop.Example", "127.0.0.1", "::1"]), now())
        .unwrap()
}

fn parse<'a>(certificate: &'a CertificateDer<'_>) -> X509Certificate<'a> {
    let (rest, parsed) = X509Certificate::from_der(certificate).unwrap();
    assert!(rest.is_empty());
    parsed
}

fn subject_key<'a>(certificate: &'a X509Certificate<'_>) -> &'a [u8] {
    for extension in certificate.iter_extensions() {
        if let ParsedExtension::SubjectKeyIdentifier(identifier) = extension.parsed_extension() {
            return identifier.0;
        }
    }
    panic!("the certificate has no subject key identifier");
}

fn authority_key<'a>(certificate: &'a X509Certificate<'_>) -> &'a [u8] {
    for extension in certificate.iter_extensions() {
        if let ParsedExtension::AuthorityKeyIdentifier(identifier) = extension.parsed_extension() {
            return identifier.key_identifier.as_ref().unwrap().0;
        }
    }
    panic!("the certificate has no authority key identifier");
}

#[test]
fn the_authority_may_issue_leaves_only_and_lasts_five_years() {
    let authority = Authority::create(now()).unwrap();
    let certificate = parse(authority.certificate());
    let constraints = certificate.basic_constraints().unwrap().unwrap();
    assert!(constraints.critical && constraints.value.ca);
    assert_eq!(constraints.value.path_len_constraint, Some(0));
    let usage = certificate.key_usage().unwrap().unwrap();
    assert!(usage.critical && usage.value.key_cert_sign() && usage.value.crl_sign());
    assert_eq!(usage.value.flags.count_ones(), 2);
    assert!(certificate.extended_key_usage().unwrap().is_none());
    assert!(!subject_key(&certificate).is_empty());
    let validity = certificate.validity();
    assert_eq!(validity.not_before.timestamp(), now().as_second() - 3600);
    assert_eq!(
        validity.not_after.timestamp(),
        now().as_second() + 5 * 365 * DAY
    );
    let algorithm = certificate.public_key().algorithm.algorithm.to_id_string();
    assert_eq!(algorithm, "1.2.840.10045.2.1", "an elliptic curve key");
}

#[test]
fn a_server_certificate_has_exactly_one_purpose_and_lasts_ninety_days() {
    let authority = Authority::create(now()).unwrap();
    let leaf = leaf(&authority);
    let certificate = parse(leaf.certificate());
    assert!(!certificate.basic_constraints().unwrap().unwrap().value.ca);
    let usage = certificate.key_usage().unwrap().unwrap();
    assert!(usage.value.digital_signature());
    assert_eq!(usage.value.flags.count_ones(), 1);
    let facts = CertificateFacts::of(leaf.certificate()).unwrap();
    assert_eq!(facts.extended_key_usages, ["serverAuth"]);
    assert_eq!(facts.names, ["shop.example", "127.0.0.1", "::1"]);
    assert_eq!(facts.not_before, now() - SignedDuration::from_hours(1));
    assert_eq!(facts.not_after, now() + SignedDuration::from_hours(90 * 24));
    assert_eq!(facts.days_left(now()), 90);
    assert_eq!(facts.days_left(facts.not_after), 0);
    assert_eq!(
        facts.days_left(facts.not_after + SignedDuration::from_secs(1)),
        -1
    );
}

#[test]
fn key_identifiers_lead_from_the_leaf_to_its_authority() {
    let authority = Authority::create(now()).unwrap();
    let leaf = leaf(&authority);
    let (leaf, issuer) = (parse(leaf.certificate()), parse(authority.certificate()));
    assert_eq!(authority_key(&leaf), subject_key(&issuer));
    assert_ne!(subject_key(&leaf), subject_key(&issuer));
    assert_eq!(leaf.issuer(), issuer.subject());
}

#[test]
fn serial_numbers_are_random_positive_and_full_length() {
    let authority = Authority::create(now()).unwrap();
    let serials: std::collections::BTreeSet<Vec<u8>> = (0..50)
        .map(|_| parse(leaf(&authority).certificate()).raw_serial().to_vec())
        .collect();
    assert_eq!(serials.len(), 50);
    for serial in serials {
        assert_eq!(serial.len(), 16);
        assert_eq!(serial[0] & 0x80, 0, "positive");
    }
}

#[test]
fn two_authorities_share_a_name_but_no_fingerprint() {
    let (one, other) = (Authority::create(now()), Authority::create(now()));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(
        parse(one.certificate()).subject(),
        parse(other.certificate()).subject()
    );
    assert_ne!(one.fingerprint(), other.fingerprint());
}

#[test]
fn a_certificate_never_outlives_its_authority() {
    let authority = Authority::create(now()).unwrap();
    let late = authority.not_after() - SignedDuration::from_hours(24);
    let leaf = authority
        .issue_server(&names(&["localhost"]), late)
        .unwrap();
    let facts = CertificateFacts::of(leaf.certificate()).unwrap();
    assert_eq!(facts.not_after, authority.not_after());
    let error = authority
        .issue_server(&names(&["localhost"]), authority.not_after())
        .unwrap_err();
    assert!(matches!(error, Error::AuthorityExpired { .. }), "{error}");
}

#[test]
fn names_that_are_none_are_refused() {
    let authority = Authority::create(now()).unwrap();
    for bad in ["", "a b", "x\n", "*.example", "\u{1b}[2J"] {
        let error = authority
            .issue_server(&names(&["localhost", bad]), now())
            .unwrap_err();
        assert!(matches!(error, Error::Name(_)), "{bad:?}: {error}");
    }
    let many: Vec<_> = (0..101).map(|n| format!("n{n}.example")).collect();
    for bad in [Vec::new(), many] {
        let error = authority.issue_server(&bad, now()).unwrap_err();
        assert!(matches!(error, Error::NameCount { .. }), "{error}");
    }
}

#[test]
fn impossible_clocks_are_errors_and_no_panics() {
    for clock in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        let error = Authority::create(clock).unwrap_err();
        assert!(matches!(error, Error::Clock), "{error}");
    }
}

#[test]
fn secrets_do_not_appear_in_debug_output() {
    let authority = Authority::create(now()).unwrap();
    let leaf = leaf(&authority);
    for (debug, key) in [
        (format!("{authority:?}"), authority.key_pem()),
        (format!("{leaf:?}"), leaf.key_pem()),
    ] {
        let secret = key.lines().nth(1).unwrap();
        assert!(key.contains("PRIVATE KEY"));
        assert!(
            !debug.contains(secret) && !debug.contains("key:"),
            "{debug}"
        );
    }
}
