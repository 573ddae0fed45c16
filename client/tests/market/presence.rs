//! Who is there, as the program tells it.

use serde_json::json;

use crate::person::Person;
use crate::server::Server;

#[test]
fn sellers_and_those_who_are_online_are_listed() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    mona.sell("Atlas", "12.50");
    let seller = json!({"online": false, "products": 1, "username": "mona"});
    assert_eq!(karim.json(&["sellers"]), json!({ "sellers": [seller] }));
    // Whoever asks is online while asking; the other program has ended.
    let online = json!({"online": ["karim"]});
    assert_eq!(karim.json(&["online", "mona", "KARIM"]), online);
    assert_eq!(karim.json(&["online"]), json!({"online": []}));
    karim.refused(2, &["online", "no such name"]);
}
