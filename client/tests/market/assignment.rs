//! The assignment, requirement by requirement, with the programs as people start them.

use serde_json::{Value, json};

use crate::chat::Talking;
use crate::person::{Person, write_png};
use crate::server::Server;

#[test]
fn every_requirement_is_met_by_the_programs() {
    // The server's port is a command-line argument (here 0, any free one); accounts and products
    // are kept in a database.
    let server = Server::start();

    // A client connects by domain name and port, and registers with name, e-mail address, username
    // and password; then it logs in.
    let mona = Person::new("mona");
    let registered = mona.register(&server).success();
    let text = String::from_utf8(registered.get_output().stdout.clone()).unwrap();
    assert!(text.contains("Registered mona"), "{text}");
    let karim = Person::joined(&server, "karim");

    // Add a product: name, picture, price, description; its count is one.
    mona.login(&server).success();
    let picture = mona.path("atlas.png");
    write_png(&picture, 64, 48);
    let atlas = mona.json(&[
        "sell",
        "--name",
        "Atlas of anatomy",
        "--price",
        "12.50",
        "--description",
        "Hardly used.",
        "--category",
        "textbooks",
        "--picture",
        picture.to_str().unwrap(),
    ])["id"]
        .to_string();
    mona.sell("Lamp", "7");

    // After login comes the list of products for sale, with their owners.
    let login = karim.login(&server).success();
    let list = String::from_utf8(login.get_output().stdout.clone()).unwrap();
    assert!(
        list.contains("Atlas of anatomy") && list.contains("mona"),
        "{list}"
    );

    // Products of one owner, and the picture of one.
    let of_mona = karim.json(&["products", "--owner", "mona"]);
    assert_eq!(of_mona["products"].as_array().unwrap().len(), 2);
    let saved = karim.path("seen.jpg");
    karim.json(&["picture", &atlas, "-o", saved.to_str().unwrap()]);
    assert_eq!(image::image_dimensions(&saved).unwrap(), (64, 48));

    // Whether an owner is online, and text chat with them through the server.
    assert_eq!(karim.json(&["online", "mona"]), json!({"online": []}));
    let mut monas = Talking::start(&mona, "karim", &[]);
    assert_eq!(karim.json(&["online", "mona"]), json!({"online": ["mona"]}));
    let mut karims = Talking::start(&karim, "mona", &["--about", &atlas]);
    karims.say("Is it still there?");
    assert!(monas.hear().contains("Is it still there?"));
    monas.say("It is.");
    assert!(karims.hear().contains("It is."));
    assert_eq!((monas.end(), karims.end()), (Some(0), Some(0)));

    // Serve many clients at once: four more people are connected at the same time, all of them want
    // the same product, and one of them gets it.
    let others: Vec<_> = ["lina", "omar", "rima", "sami"]
        .map(|name| Person::joined(&server, name))
        .into_iter()
        .chain([karim])
        .collect();
    let mut lines: Vec<_> = others
        .iter()
        .map(|person| Talking::start(person, "mona", &[]))
        .collect();
    let names: Vec<_> = others
        .iter()
        .map(|person| person.username.as_str())
        .collect();
    let online = mona.json(&[&["online"], &names[..]].concat());
    assert_eq!(online, json!({ "online": names }));
    let atlas = atlas.as_str();
    let attempts: Vec<_> = std::thread::scope(|scope| {
        let buy = |person| scope.spawn(move || buy(person, atlas));
        let buyers: Vec<_> = others.iter().map(buy).collect();
        buyers
            .into_iter()
            .map(|buyer| buyer.join().unwrap())
            .collect()
    });
    for line in lines.drain(..) {
        assert_eq!(line.end(), Some(0));
    }

    // Buy a product: a confirmation to collect it from the AUB Post Office on a date.
    let receipts: Vec<_> = others
        .iter()
        .zip(&attempts)
        .filter_map(|(person, attempt)| Some((person, attempt.as_ref().ok()?)))
        .collect();
    let [(buyer, receipt)] = receipts[..] else {
        panic!("one of them buys it: {attempts:?}");
    };
    assert!(receipt.contains("AUB Post Office"), "{receipt}");
    let purchase = &buyer.json(&["purchases"])["purchases"][0];
    for field in ["collect_on", "collect_at", "code"] {
        let value = purchase[field].as_str().unwrap();
        assert!(receipt.contains(value), "{field}: {receipt}");
    }

    // It exists once: nobody else gets it, and it is off the list.
    for refused in attempts.iter().filter_map(|attempt| attempt.as_ref().err()) {
        assert_eq!(refused["code"], "already_sold");
    }
    let left = mona.json(&["products"]);
    assert_eq!(left["products"].as_array().unwrap().len(), 1);

    // See the buyer of each of one's products.
    let sales = mona.json(&["sales"]);
    let sold = sales["sales"].as_array().unwrap().iter();
    let buyers: Vec<_> = sold.filter_map(|sale| sale["buyer"].as_str()).collect();
    assert_eq!(buyers, [buyer.username.as_str()]);
}

/// Buys a product as people do: the receipt, or the error in its JSON.
fn buy(person: &Person, id: &str) -> Result<String, Value> {
    let outcome = person.auboutique(&["buy", id, "--yes"]).assert();
    let output = outcome.get_output();
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout.clone()).unwrap());
    }
    Err(person.refused(6, &["buy", id, "--yes"]))
}
