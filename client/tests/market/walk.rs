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
fn products_are_found_by_owner_category_and_price_and_in_order() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let sell = |person: &Person, name: &str, price: &str, category: &str| {
        person.json(&[
            "sell",
            "--name",
            name,
            "--price",
            price,
            "--category",
            category,
        ]);
    };
    sell(&mona, "Atlas", "10", "textbooks");
    sell(&mona, "Vase", "30", "craftwork");
    sell(&karim, "Lamp", "20", "electronics");
    let names = |arguments: &[&str]| {
        let listed = mona.json(&[&["products"], arguments].concat());
        let products = listed["products"].as_array().unwrap().clone();
        let names: Vec<_> = products
            .iter()
            .map(|product| product["name"].as_str().unwrap().to_owned())
            .collect();
        names.join(" ")
    };
    assert_eq!(names(&[]), "Lamp Vase Atlas");
    assert_eq!(names(&["--sort", "oldest"]), "Atlas Vase Lamp");
    assert_eq!(names(&["--sort", "price"]), "Atlas Lamp Vase");
    assert_eq!(names(&["--sort", "-price"]), "Vase Lamp Atlas");
    assert_eq!(names(&["--owner", "MONA"]), "Vase Atlas");
    assert_eq!(names(&["--category", "electronics"]), "Lamp");
    assert_eq!(names(&["--min-price", "15", "--max-price", "20"]), "Lamp");
    let first = mona.json(&["products", "--limit", "2"]);
    let next = first["next"].as_str().unwrap();
    assert_eq!(names(&["--cursor", next]), "Atlas");
    assert_eq!(names(&["--all"]), "Lamp Vase Atlas");
}

#[test]
fn owners_change_and_withdraw_their_products_and_others_find_what_there_is() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let id = mona.sell("Atlas of anatomy", "10");
    let other = mona.sell("Vase", "5");
    let found = |words: &str| {
        let listed = karim.json(&["products", "--search", words]);
        let products = listed["products"].as_array().unwrap().clone();
        let ids: Vec<_> = products
            .iter()
            .map(|product| product["id"].to_string())
            .collect();
        ids.join(" ")
    };
    assert_eq!(found("ANATOMY atl"), id);
    assert_eq!(found("lamp"), "");
    let changed = mona.json(&["edit", &id, "--name", "Lamp", "--price", "12.50"]);
    assert_eq!(changed, mona.json(&["show", &id]));
    assert_eq!(changed["product"]["price"]["minor"], 1250);
    assert_eq!(found("lamp"), id);
    assert_eq!(found("anatomy"), "");
    mona.auboutique(&["edit", &id, "--description", "Bright"])
        .assert()
        .success()
        .stdout(contains("Lamp").and(contains("Bright")));

    let edit = ["edit", id.as_str(), "--price", "1"];
    let withdraw = ["withdraw", other.as_str(), "--yes"];
    for (id, arguments) in [(&id, &edit[..]), (&other, &withdraw)] {
        let refused = karim.refused(1, arguments);
        assert_eq!(refused["code"], "forbidden");
        let whose = format!("product {id} is not yours: it belongs to mona of Beirut (mona)");
        assert_eq!(refused["message"], whose);
    }
    assert_eq!(mona.refused(2, &["withdraw", &other])["code"], "usage");
    assert_eq!(mona.refused(2, &["edit", &id])["code"], "usage");
    assert_eq!(
        mona.refused(3, &["withdraw", "99", "--yes"])["code"],
        "not_found"
    );
    for _ in 0..2 {
        let withdrawn = mona.json(&withdraw);
        assert_eq!(withdrawn["withdrawn"], true);
        assert_eq!(withdrawn["id"].to_string(), other);
    }
    let gone = mona.refused(6, &["edit", &other, "--price", "1"]);
    assert_eq!(gone["code"], "withdrawn");
    karim.json(&["buy", &id, "--yes"]);
    assert_eq!(mona.refused(6, &edit)["code"], "already_sold");
    let sorted = ["products", "--search", "lamp", "--sort", "price"];
    assert_eq!(karim.refused(1, &sorted)["field"], "sort");
}

#[test]
fn a_picture_comes_back_scaled_and_is_never_saved_over_a_file_unasked() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let png = mona.path("p.png");
    write_png(&png, 2000, 1000);
    let listed = mona.json(&[
        "sell",
        "--name",
        "Atlas",
        "--price",
        "5",
        "--picture",
        png.to_str().unwrap(),
    ]);
    let id = listed["id"].to_string();
    let target = mona.path("out.jpg");
    let file = target.to_str().unwrap();
    let saved = mona.json(&["picture", &id, "-o", file]);
    assert_eq!(
        (&saved["width"], &saved["height"]),
        (&1600.into(), &800.into())
    );
    assert_eq!(saved["media_type"], "image/jpeg");
    let bytes = std::fs::read(&target).unwrap();
    assert_eq!(saved["bytes"], bytes.len());
    assert_eq!(image::load_from_memory(&bytes).unwrap().width(), 1600);
    mona.auboutique(&["picture", &id, "-o", file])
        .assert()
        .code(1);
    let small = mona.json(&["picture", &id, "-o", file, "--force", "--thumbnail"]);
    assert_eq!(small["width"], 256);
    let piped = mona
        .auboutique(&["picture", &id, "-o", "-"])
        .assert()
        .success();
    assert_eq!(piped.get_output().stdout, bytes);
    let without = mona.sell("Vase", "5");
    let error = mona.refused(
        3,
        &[
            "picture",
            &without,
            "-o",
            mona.path("none").to_str().unwrap(),
        ],
    );
    assert_eq!(error["code"], "not_found");
    let message = format!("product {without} has no picture");
    assert_eq!(error["message"], message);
    let nowhere = mona.path("none");
    let unknown = ["picture", "999", "-o", nowhere.to_str().unwrap()];
    let message = "there is no product 999";
    assert_eq!(mona.refused(3, &unknown)["message"], message);
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
