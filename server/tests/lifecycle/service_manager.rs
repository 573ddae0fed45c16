//! What systemd is told, over the datagram socket that it names in the environment.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::process::Process;

/// A word that does not come within this time fails the test.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn the_service_manager_is_told_when_the_server_is_ready_alive_and_stopping() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let heard = || {
        let mut word = [0; 256];
        let length = manager.recv(&mut word).unwrap();
        String::from_utf8(word[..length].to_vec()).unwrap()
    };
    let environment = [
        ("NOTIFY_SOCKET", path.to_str().unwrap()),
        ("WATCHDOG_USEC", "50000"),
    ];
    let server = Process::start_with(&directory.path().join("data"), &[], &environment);
    // It is alive before it is ready.
    let until_another = || loop {
        let word = heard();
        if word != "WATCHDOG=1\n" {
            return word;
        }
    };
    assert_eq!(until_another(), "READY=1\n");
    assert_eq!([heard(), heard()], ["WATCHDOG=1\n", "WATCHDOG=1\n"]);
    server.stop();
    assert_eq!(until_another(), "STOPPING=1\n");
}

#[tokio::test]
async fn a_service_manager_that_is_gone_stops_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let nowhere = directory.path().join("nobody");
    let environment = [("NOTIFY_SOCKET", nowhere.to_str().unwrap())];
    let server = Process::start_with(&directory.path().join("data"), &[], &environment);
    server.user("mona").await;
    assert!(server.log().contains("could not be told"));
    server.stop();
}
