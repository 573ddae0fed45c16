//! The walk through the market, as scripts and people do it.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use predicates::prelude::*;
use predicates::str::contains;

use crate::person::{PASSWORD, Person, write_png};
use crate::proxy::Proxy;
use crate::server::Server;

#[test]
fn one_sells_another_buys_a_third_is_refused_and_the_seller_sees_the_buyer() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let rana = Person::joined(&server, "rana");

    let png = mona.path("p.png");
    write_png(&png, 2000, 1000);
    let listed = mona.json(&[
        "sell",
        "--name",
        "Atlas",
        "--price",
        "12.50",
        "--category",
        "textbooks",
        "--description",
        "Second edition",
        "--picture",
        png.to_str().unwrap(),
    ]);
    let id = listed["id"].to_string();

    let products = karim.json(&["products"]);
    let product = &products["products"][0];
    assert_eq!(product["id"].to_string(), id);
    assert_eq!(product["name"], "Atlas");
    assert_eq!(product["owner"], "mona");
    assert_eq!(
        product["price"],
        serde_json::json!({"minor": 1250, "currency": "USD"})
    );
    let lists = products
        .as_object()
        .unwrap()
        .values()
        .filter(|value| value.is_array());
    assert_eq!(lists.count(), 1, "{products}");

    let bought = karim.json(&["buy", &id, "--yes"]);
    assert_eq!(bought["product"].to_string(), id);
    assert_eq!(bought["price"]["minor"], 1250);
    for field in [
        "purchase",
        "collect_on",
        "collect_at",
        "collect_hours",
        "code",
        "sold_at",
    ] {
        let text = bought[field].as_str().unwrap_or_default();
        assert!(!text.is_empty(), "{field}: {bought}");
    }

    let refused = rana.refused(6, &["buy", &id, "--yes"]);
    assert_eq!(refused["code"], "already_sold");
    assert_eq!(refused["yours"], false);

    let sale = &mona.json(&["sales"])["sales"][0];
    assert_eq!(sale["name"], "Atlas");
    assert_eq!(sale["state"], "sold");
    assert_eq!(sale["buyer"], "karim");
    assert_eq!(sale["buyer_name"], "karim of Beirut");
    assert_eq!(sale["collect_on"], bought["collect_on"]);

    let purchase = &karim.json(&["purchases"])["purchases"][0];
    assert_eq!(purchase["seller"], "mona");
    assert_eq!(purchase["name"], "Atlas");
    for field in [
        "purchase",
        "product",
        "price",
        "collect_on",
        "collect_at",
        "code",
        "sold_at",
    ] {
        assert_eq!(purchase[field], bought[field], "{field}");
    }
    let detail = rana.json(&["show", &id])["product"].clone();
    assert_eq!(detail["state"], "sold");
    assert_eq!(detail["sold_at"], bought["sold_at"]);
    let open = karim.state(&format!(
        "purchases/localhost-{}/karim",
        server.address.port()
    ));
    assert_eq!(
        std::fs::read_dir(open).unwrap().count(),
        0,
        "no purchase is left open"
    );
    let log = server.log();
    assert!(!log.contains(PASSWORD), "the password is in the log");
}

#[test]
fn people_read_tables_and_a_receipt() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let id = mona.sell("Atlas of the moon", "5");
    let karim = Person::new("karim");
    karim
        .register(&server)
        .success()
        .stdout(contains("Registered karim"));
    karim.login(&server).success().stdout(
        contains("Welcome, karim of Beirut.")
            .and(contains("Atlas of the moon"))
            .and(contains("5.00 USD")),
    );
    karim
        .auboutique(&["whoami"])
        .assert()
        .success()
        .stdout(contains("karim@example.org"));
    karim
        .auboutique(&["show", &id])
        .assert()
        .success()
        .stdout(contains("for sale"));
    karim
        .auboutique(&["buy", &id, "--yes"])
        .assert()
        .success()
        .stdout(
            contains("You bought: Atlas of the moon")
                .and(contains("Code"))
                .and(contains("Hours")),
        );
    karim
        .auboutique(&["purchases"])
        .assert()
        .success()
        .stdout(contains("COLLECT ON"));
    mona.auboutique(&["sales"])
        .assert()
        .success()
        .stdout(contains("karim of Beirut (karim)"));
    mona.auboutique(&["products"])
        .assert()
        .success()
        .stdout("No products for sale.\n");
    mona.auboutique(&["products", "--color", "always", "--all"])
        .assert()
        .success();
}

#[test]
fn a_purchase_that_was_killed_is_confirmed_the_next_time_and_made_once() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let id = mona.sell("Atlas", "5");
    let karim = Person::new("karim");
    karim.register(&server).success();

    // From the moment at which the purchase is written down, no answer reaches the client.
    let is_held = Arc::new(AtomicBool::new(true));
    let purchases = karim.state("purchases");
    let holding = Arc::clone(&is_held);
    let proxy = Proxy::start(server.address, move || {
        !(holding.load(Ordering::SeqCst) && purchases.exists())
    });
    let through = format!("localhost:{}", proxy.port);
    let ca = server.ca();
    karim
        .auboutique(&[
            "login",
            "--username",
            "karim",
            "--password-stdin",
            "--server",
            &through,
            "--ca",
        ])
        .arg(&ca)
        .write_stdin(PASSWORD)
        .assert()
        .success();
    let mut killed = Command::new(env!("CARGO_BIN_EXE_auboutique"))
        .env_clear()
        .envs(karim.environment())
        .args(["buy", &id, "--yes"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    proxy.wait_until_held();
    killed.kill().unwrap();
    killed.wait().unwrap();

    let file = karim.state(&format!(
        "purchases/localhost-{}/karim/{id}.json",
        proxy.port
    ));
    let pending: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    is_held.store(false, Ordering::SeqCst);
    let sold = mona.json(&["sales"])["sales"][0].clone();
    assert_eq!(sold["buyer"], "karim", "the first attempt was carried out");
    let bought = karim.json(&["buy", &id, "--yes"]);
    assert_eq!(bought["purchase"], pending["key"]);
    assert_eq!(bought["sold_at"], sold["sold_at"]);
    assert!(!file.exists(), "the outcome is known");
    let purchases = karim.json(&["purchases"]);
    assert_eq!(purchases["purchases"].as_array().unwrap().len(), 1);
    assert_eq!(purchases["purchases"][0]["code"], bought["code"]);
    let again = karim.refused(6, &["buy", &id, "--yes"]);
    assert_eq!(
        (&again["code"], &again["yours"]),
        (&"already_sold".into(), &true.into())
    );
}

#[test]
fn what_is_remembered_belongs_to_its_owner_alone() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let mode = |name: &str| {
        let metadata = std::fs::metadata(mona.state(name)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode(""), 0o700);
    assert_eq!(mode("session.json"), 0o600);
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(mona.state("session.json"), open).unwrap();
    mona.auboutique(&["whoami"])
        .assert()
        .success()
        .stderr(contains("warning: "));
    assert_eq!(mode("session.json"), 0o600);
    let content = std::fs::read_to_string(mona.state("session.json")).unwrap();
    assert!(!content.contains(PASSWORD));
}

#[test]
fn after_a_logout_the_session_is_void() {
    let mut server = Server::start();
    let mona = Person::joined(&server, "mona");
    let before = std::fs::read(mona.state("session.json")).unwrap();
    assert_eq!(
        mona.json(&["logout"]),
        serde_json::json!({"logged_out": true})
    );
    assert_eq!(mona.refused(4, &["whoami"])["code"], "unauthenticated");
    // The server takes the old token no more, either.
    std::fs::write(mona.state("session.json"), before).unwrap();
    assert_eq!(mona.refused(4, &["whoami"])["code"], "unauthenticated");
    // And the program has forgotten it: nothing is sent the next time.
    server.stop();
    assert_eq!(mona.refused(4, &["whoami"])["code"], "unauthenticated");
}

#[test]
fn profiles_keep_logins_apart() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let other = ["--profile", "other", "--server"];
    let name = server.name();
    let output = mona.refused(4, &[&other[..], &[&name, "whoami"]].concat());
    assert_eq!(output["code"], "unauthenticated");
    assert_eq!(mona.json(&["whoami"])["username"], "mona");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    mona.sell("Atlas", "5");
    let mut child = Command::new(env!("CARGO_BIN_EXE_auboutique"))
        .env_clear()
        .envs(mona.environment())
        .arg("products")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
