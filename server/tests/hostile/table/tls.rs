//! What is no TLS, or no TLS of ours.

use auboutique_certs::{ALPN_ADMIN, ALPN_MEMBER};
use auboutique_protocol::error::{ErrorCode, Nothing};
use rustls::AlertDescription;

use super::{At, Handshake, Outcome, Row, Sent, Stage};
use crate::common::raw::{framed, hello, unhex};

/// A ClientHello as of TLS 1.2: without `supported_versions`, with suites of its time.
pub(crate) fn client_hello_of_tls_1_2() -> Vec<u8> {
    client_hello(&[])
}

/// The same with further extensions.
fn client_hello(further: &[u8]) -> Vec<u8> {
    let extensions = [
        unhex("000a 0004 0002 0017"),      // supported_groups: secp256r1
        unhex("000b 0002 01 00"),          // ec_point_formats: uncompressed
        unhex("000d 0006 0004 0403 0401"), // signature_algorithms
        unhex("0010 000f 000d 0c"),        // ALPN, one name of 12 bytes:
        ALPN_MEMBER.to_vec(),
        further.to_vec(),
    ]
    .concat();
    let mut hello = unhex("0303"); // legacy_version
    hello.extend_from_slice(&[0x42; 32]); // random
    hello.extend(unhex("00 0004 c02b c02f 01 00")); // session, suites, compression
    hello.extend_from_slice(&u16::try_from(extensions.len()).unwrap().to_be_bytes());
    hello.extend(extensions);
    let length = u16::try_from(hello.len()).unwrap();
    let mut record = unhex("16 0301");
    record.extend_from_slice(&(length + 4).to_be_bytes());
    record.extend(unhex("01 00"));
    record.extend_from_slice(&length.to_be_bytes());
    record.extend(hello);
    record
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = instead_of_a_handshake();
    rows.extend(handshakes());
    rows.extend(beneath());
    rows
}

fn instead_of_a_handshake() -> Vec<Row> {
    use AlertDescription as Alert;
    let row = |name: &str, bytes: Vec<u8>, outcome| {
        Row::new(Stage::Tls, At::Tcp, name, Sent::Bytes(bytes), outcome)
    };
    let cut = |name: &str, bytes: Vec<u8>, outcome| {
        Row::new(Stage::Tls, At::Tcp, name, Sent::Cut(bytes), outcome)
    };
    let alert = Outcome::Alert;
    let http = b"GET / HTTP/1.1\r\nHost: market.example.org\r\n\r\n".to_vec();
    vec![
        row("HTTP without TLS", http, alert(Alert::DecodeError)),
        row(
            "the greeting of SSH",
            b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(),
            alert(Alert::DecodeError),
        ),
        row("600 zeros", vec![0; 600], alert(Alert::DecodeError)),
        row(
            "600 bytes of `ff`",
            vec![0xff; 600],
            alert(Alert::DecodeError),
        ),
        row(
            "a hello of this protocol without TLS",
            framed(&hello(1, 1)),
            alert(Alert::DecodeError),
        ),
        row(
            "a ClientHello as of SSL 2",
            unhex("80 2e 01 0301 0015 0000 0010 0700c0 0100 80"),
            alert(Alert::DecodeError),
        ),
        row(
            "a handshake record without a handshake",
            unhex("16 0301 0004 ffffffff"),
            Outcome::Close,
        ),
        row(
            "a ClientHello that announces 16 MiB",
            [unhex("16 0301 0040 01 ffffff"), vec![0; 60]].concat(),
            Outcome::Close,
        ),
        row(
            "a record that announces 65,535 bytes",
            [unhex("16 0301 ffff"), vec![0; 64]].concat(),
            alert(Alert::DecodeError),
        ),
        row(
            "an empty record",
            unhex("16 0301 0000"),
            alert(Alert::DecodeError),
        ),
        row(
            "a record of application data before the handshake",
            unhex("17 0303 0005 68656c6c6f"),
            alert(Alert::UnexpectedMessage),
        ),
        row(
            "an alert in place of a ClientHello",
            unhex("15 0301 0002 02 28"),
            Outcome::Close,
        ),
        row(
            "the second message of a handshake first",
            unhex("16 0303 0004 14 000000"),
            alert(Alert::UnexpectedMessage),
        ),
        row(
            "a ClientHello of TLS 1.2",
            client_hello_of_tls_1_2(),
            alert(Alert::ProtocolVersion),
        ),
        row(
            "a ClientHello with an empty list of host names",
            client_hello(&unhex("0000 0002 0000")),
            alert(Alert::DecodeError),
        ),
        row(
            "a ClientHello with an extension twice",
            client_hello(&unhex(
                "0000 0006 0004 00 0001 61 0000 0006 0004 00 0001 61",
            )),
            alert(Alert::IllegalParameter),
        ),
        row(
            "a ClientHello with an extension that is cut off",
            client_hello(&unhex("0000 00ff 00")),
            alert(Alert::DecodeError),
        ),
        cut("nothing, and the end", Vec::new(), Outcome::Close),
        cut(
            "half a ClientHello, and the end",
            client_hello_of_tls_1_2()[..40].to_vec(),
            Outcome::Close,
        ),
    ]
}

fn handshakes() -> Vec<Row> {
    use AlertDescription as Alert;
    let row = |name: &str, handshake, outcome| {
        let sent = Sent::Handshake(handshake);
        Row::new(Stage::Tls, At::Tcp, name, sent, outcome)
    };
    let alert = Outcome::Alert;
    vec![
        row(
            "another application protocol",
            Handshake::Protocols(&[b"h2", b"http/1.1"]),
            alert(Alert::NoApplicationProtocol),
        ),
        row(
            "the administrators' protocol to the members' port",
            Handshake::Protocols(&[ALPN_ADMIN]),
            alert(Alert::NoApplicationProtocol),
        ),
        row(
            "no application protocol",
            Handshake::Protocols(&[]),
            alert(Alert::AccessDenied),
        ),
        row(
            "our application protocol among others",
            Handshake::Protocols(&[b"h2", ALPN_MEMBER]),
            Outcome::Hello,
        ),
        row(
            "another host name",
            Handshake::Host("shop.example.org"),
            Outcome::OtherName,
        ),
        row("no host name", Handshake::Host("127.0.0.1"), Outcome::Hello),
        row(
            "an administrator's certificate to the members' port",
            Handshake::Certificate,
            Outcome::Hello,
        ),
        row(
            "the members' protocol to the administrators' port",
            Handshake::Member,
            alert(Alert::NoApplicationProtocol),
        ),
        row(
            "no certificate to the administrators' port",
            Handshake::Nobody,
            alert(Alert::CertificateRequired),
        ),
        row(
            "the server's own certificate to the administrators' port",
            Handshake::Stranger("stolen"),
            alert(Alert::UnsupportedCertificate),
        ),
        row(
            "an administrator's certificate that has ended",
            Handshake::Stranger("old"),
            alert(Alert::CertificateExpired),
        ),
        row(
            "an administrator's certificate of another authority",
            Handshake::Stranger("foreign"),
            // Both authorities have the same name, so what does not fit is the signature.
            alert(Alert::DecryptError),
        ),
        row(
            "an administrator's certificate that was taken off the list",
            Handshake::Stranger("revoked"),
            Outcome::Refusal(ErrorCode::Forbidden(Nothing {})),
        ),
    ]
}

/// On a connection that has its TLS.
fn beneath() -> Vec<Row> {
    use AlertDescription as Alert;
    let row = |name: &str, bytes: &str, outcome| {
        let sent = Sent::Beneath(unhex(bytes));
        Row::new(Stage::Tls, At::Anonymous, name, sent, outcome)
    };
    let alert = Outcome::Alert;
    vec![
        row(
            "a record that was not encrypted with the key",
            "17 0303 0018 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
            alert(Alert::BadRecordMac),
        ),
        row(
            "an encrypted record that announces 65,535 bytes",
            "17 0303 ffff 5a5a5a5a",
            alert(Alert::DecodeError),
        ),
        row(
            "a handshake in clear after the handshake",
            "16 0303 0004 01 000000",
            alert(Alert::BadRecordMac),
        ),
        row(
            "HTTP in clear after the handshake",
            "47455420 2f20 48545450 2f312e310d0a0d0a",
            alert(Alert::DecodeError),
        ),
        row(
            "an alert in clear after the handshake",
            "15 0303 0002 02 28",
            alert(Alert::BadRecordMac),
        ),
    ]
}
