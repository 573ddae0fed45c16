//! The assignment, requirement by requirement, with the programs as people start them.

use serde_json::json;

use crate::chat::Talking;
use crate::person::{Person, write_png};
use crate::server::Server;

#[test]
fn every_requirement_is_met_by_the_programs() {
    // The server's port is a command-line argument (here 0, any free one); accounts and products
    // are kept in a database.
    let server = Server::start();

    // A client connects by domain name and port, and registers with name, e-mail address, username
    // and password.
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

    // Buy a product: a confirmation to collect it from the AUB Post Office on a date.
    let bought = karim
        .auboutique(&["buy", &atlas, "--yes"])
        .assert()
        .success();
    let receipt = String::from_utf8(bought.get_output().stdout.clone()).unwrap();
    assert!(receipt.contains("AUB Post Office"), "{receipt}");
    let purchase = &karim.json(&["purchases"])["purchases"][0];
    assert!(
        receipt.contains(purchase["collect_on"].as_str().unwrap()),
        "{receipt}"
    );

    // It exists once: nobody buys it again, and it is off the list.
    let lina = Person::joined(&server, "lina");
    let refused = lina.refused(6, &["buy", &atlas, "--yes"]);
    assert_eq!(refused["code"], "already_sold");
    let left = lina.json(&["products"]);
    assert_eq!(left["products"].as_array().unwrap().len(), 1);

    // See the buyer of each of one's products.
    let sales = mona.json(&["sales"]);
    let sold = sales["sales"].as_array().unwrap().iter();
    let buyers: Vec<_> = sold.filter_map(|sale| sale["buyer"].as_str()).collect();
    assert_eq!(buyers, ["karim"]);
}
