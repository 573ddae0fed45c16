//! Generated passphrases, changed passwords, quotas, taking one's data along, and leaving.

use std::os::unix::fs::PermissionsExt as _;

use assert_cmd::assert::Assert;
use serde_json::{Value, json};

use crate::person::{PASSWORD, Person, write_png};
use crate::server::Server;

const NEW_PASSWORD: &str = "marble window tunnel saffron";

fn with_stdin(person: &Person, arguments: &[&str], stdin: &str) -> Assert {
    person
        .auboutique(arguments)
        .arg("--json")
        .write_stdin(stdin)
        .assert()
}

fn json_of(outcome: &Assert) -> Value {
    serde_json::from_slice(&outcome.get_output().stdout).unwrap()
}

#[test]
fn a_generated_passphrase_is_shown_once_and_logs_in() {
    let server = Server::start();
    let mona = Person::new("mona");
    let registered = mona
        .auboutique(&["--server", &server.name(), "--ca"])
        .arg(server.ca())
        .args(["register", "--name", "Mona", "--email", "mona@example.org"])
        .args(["--username", "mona", "--generate-password", "--no-input"])
        .arg("--json")
        .assert()
        .success();
    let registered = json_of(&registered);
    let password = registered["password"].as_str().unwrap();
    assert!(password.len() >= 29, "{password}");
    let login = ["login", "--username", "mona", "--password-stdin"];
    with_stdin(&mona, &login, &format!("{password}\n")).success();
    let session = std::fs::read_to_string(mona.state("session.json")).unwrap();
    assert!(!session.contains(password), "only the token is remembered");
    assert!(!server.log().contains(password));
}

#[test]
fn a_changed_password_ends_the_other_logins_and_keeps_this_one() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let elsewhere = Person::new("mona");
    elsewhere.login(&server).success();
    let passwd = ["passwd", "--password-stdin"];

    let wrong = format!("not my password\n{NEW_PASSWORD}\n");
    let refused = json_of(&with_stdin(&mona, &passwd, &wrong).code(4));
    assert_eq!(refused["error"]["code"], "auth_failed");
    let short = json_of(&with_stdin(&mona, &passwd, &format!("{PASSWORD}\nshort\n")).code(2));
    assert_eq!(short["error"]["code"], "usage");
    let one_line = format!("{PASSWORD}\n");
    with_stdin(&mona, &passwd, &one_line).code(2);

    let both = format!("{PASSWORD}\n{NEW_PASSWORD}\n");
    // The wrong guess costs a second; the program waits when it is asked to by exit code 75.
    let changed = loop {
        let outcome = with_stdin(&mona, &passwd, &both);
        if outcome.get_output().status.code() != Some(75) {
            break outcome.success();
        }
    };
    assert_eq!(json_of(&changed), json!({"password_changed": true}));
    assert_eq!(mona.json(&["whoami"])["username"], "mona");
    assert_eq!(elsewhere.refused(4, &["whoami"])["code"], "unauthenticated");
    for secret in [PASSWORD, NEW_PASSWORD] {
        assert!(!server.log().contains(secret));
    }
}

#[test]
fn an_export_is_a_directory_with_everything_in_it() {
    let server = Server::start();
    let (mona, karim) = (
        Person::joined(&server, "mona"),
        Person::joined(&server, "karim"),
    );
    let png = mona.path("p.png");
    write_png(&png, 300, 200);
    let listed = mona.json(&[
        "sell",
        "--name",
        "Atlas",
        "--price",
        "12.50",
        "--picture",
        png.to_str().unwrap(),
    ]);
    let id = listed["id"].to_string();
    mona.sell("Globe", "7");
    karim.json(&["buy", &id, "--yes"]);
    let pen = karim.sell("Pen", "2");
    let bought = mona.json(&["buy", &pen, "--yes"]);

    let quotas = mona.json(&["quota"]);
    assert_eq!(
        quotas["products_for_sale"],
        json!({"used": 1, "limit": 200})
    );
    assert_eq!(quotas["connections"]["limit"], 8);

    let target = mona.path("mine");
    let target = target.to_str().unwrap();
    let saved = mona.json(&["export", "-o", target]);
    assert_eq!(
        (&saved["products"], &saved["purchases"], &saved["pictures"]),
        (&json!(2), &json!(1), &json!(1))
    );
    let file = mona.path("mine/account.json");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let account: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(account["profile"]["email"], "mona@example.org");
    assert_eq!(account["purchases"][0]["code"], bought["code"]);
    let atlas = &account["products"][1];
    assert_eq!(
        (&atlas["name"], &atlas["state"]),
        (&json!("Atlas"), &json!("sold"))
    );
    assert_eq!(atlas["buyer"], "karim");
    let picture = mona.path("mine").join(atlas["picture"].as_str().unwrap());
    let picture = image::open(picture).unwrap();
    assert_eq!((picture.width(), picture.height()), (300, 200));
    assert_eq!(account["products"][0]["picture"], Value::Null);

    // What is there is never written over.
    let refused = mona.refused(1, &["export", "-o", target]);
    assert!(refused["message"].as_str().unwrap().contains("exists"));
}

#[test]
fn leaving_asks_for_consent_and_password_and_forgets_the_login() {
    let server = Server::start();
    let (mona, karim) = (
        Person::joined(&server, "mona"),
        Person::joined(&server, "karim"),
    );
    let id = mona.sell("Atlas", "5");
    let bought = karim.json(&["buy", &id, "--yes"]);
    let delete = ["delete-account", "--yes", "--password-stdin"];
    let password = format!("{PASSWORD}\n");
    for person in [&mona, &karim] {
        let refused = json_of(&with_stdin(person, &delete, &password).code(6));
        assert_eq!(refused["error"]["code"], "collection_pending");
        assert_eq!(refused["error"]["collect_on"], bought["collect_on"]);
    }
    let rana = Person::joined(&server, "rana");
    let globe = rana.sell("Globe", "5");
    with_stdin(&rana, &delete[..1], "").code(2);
    with_stdin(&rana, &delete, "").code(2);
    let wrong = json_of(&with_stdin(&rana, &delete, "not my password\n").code(4));
    assert_eq!(wrong["error"]["code"], "auth_failed");
    assert_eq!(rana.json(&["whoami"])["username"], "rana");
    // The wrong guess costs a second, as with `passwd`.
    let deleted = loop {
        let outcome = with_stdin(&rana, &delete, &password);
        if outcome.get_output().status.code() != Some(75) {
            break json_of(&outcome.success());
        }
    };
    assert_eq!(deleted, json!({"deleted": true, "username": "rana"}));
    assert_eq!(rana.refused(4, &["whoami"])["code"], "unauthenticated");
    rana.login(&server).code(4);
    let product = mona.json(&["show", &globe])["product"].clone();
    assert_eq!(product["state"], "withdrawn");
    assert_eq!(product["owner_name"], "Deleted account");
    assert!(!server.log().contains(PASSWORD));
}
