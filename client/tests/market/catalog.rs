//! The catalog through the program: finding, changing, withdrawing, pictures.

use predicates::prelude::*;
use predicates::str::contains;

use crate::person::{Person, write_png};
use crate::server::Server;

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
