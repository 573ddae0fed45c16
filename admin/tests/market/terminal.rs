//! Asking, at a pseudo-terminal.

use std::fs::File;
use std::io::{BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::market::Market;

/// Runs a command at a terminal, where each question is given this answer. Returns the exit code and
/// what was on the screen.
fn answer(market: &Market, arguments: &[&str], answer: &str) -> (Option<i32>, String) {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let open = || {
        let terminal = File::options()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap());
        Stdio::from(terminal.unwrap())
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_auboutique-admin"));
    command.env_clear().envs(market.environment());
    command
        .arg("--identity")
        .arg(market.path("data/admins/ops"))
        .args(arguments);
    command.stdin(open()).stdout(open()).stderr(open());
    let mut child = command.spawn().unwrap();
    // The terminal ends when the last who has it open is gone.
    drop(command);
    let mut keyboard = File::from(controller.try_clone().unwrap());
    let mut screen = BufReader::new(File::from(controller));
    let mut seen = Vec::new();
    let mut byte = [0];
    while let Ok(1) = screen.read(&mut byte) {
        seen.push(byte[0]);
        if seen.ends_with(b"[y/N] ") {
            keyboard
                .write_all(format!("{answer}\n").as_bytes())
                .unwrap();
        }
    }
    let code = child.wait().unwrap().code();
    (code, String::from_utf8_lossy(&seen).replace("\r\n", "\n"))
}

#[test]
fn the_consequence_is_told_and_a_no_is_a_no() {
    let market = Market::start();
    let mona = market.member("mona");
    mona.sell("Lamp", "6");
    let suspend = ["suspend", "mona", "--reason", "fraud"];
    let (code, screen) = answer(&market, &suspend, "n");
    assert_eq!(code, Some(1), "{screen}");
    let subject =
        "mona (mona of Beirut) has 1 session with 0 live connections, and 1 product for sale.";
    assert!(screen.contains(subject), "{screen}");
    assert!(
        screen.contains("logins are refused with the reason: fraud."),
        "{screen}"
    );
    assert!(screen.contains("error: nothing was done"), "{screen}");
    assert_eq!(market.json(&["user", "mona"])["state"], "active");

    let (code, screen) = answer(&market, &suspend, "y");
    assert_eq!(code, Some(0), "{screen}");
    assert!(
        screen.contains("Suspended mona: 1 session ended"),
        "{screen}"
    );
}

#[test]
fn a_product_and_an_announcement_are_told_before_they_are_asked_about() {
    let market = Market::start();
    let mona = market.member("mona");
    let knife = mona.sell("Knife", "6");
    let remove = ["remove-product", &knife, "--reason", "no weapons"];
    let (code, screen) = answer(&market, &remove, "yes");
    assert_eq!(code, Some(0), "{screen}");
    assert!(
        screen.contains("Product 1 is Knife, 6.00 USD, of mona."),
        "{screen}"
    );
    let (code, screen) = answer(&market, &["announce", "Good day."], "");
    assert_eq!(code, Some(1), "{screen}");
    assert!(
        screen.contains("Everybody online is told") && screen.contains("Good day."),
        "{screen}"
    );
    let session = ["disconnect", "--session", "12345"];
    let (code, screen) = answer(&market, &session, "y");
    assert_eq!(code, Some(3), "{screen}");
    assert!(
        screen.contains("Session 12345 is not connected."),
        "{screen}"
    );
}
