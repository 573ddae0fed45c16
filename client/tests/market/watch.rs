//! What happens in the market, as the program tells it: while it watches, and beside other commands.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::person::Person;
use crate::proxy::Proxy;
use crate::server::Server;

/// A program that watches; killed when dropped.
struct Watching {
    child: Child,
    output: Option<BufReader<ChildStdout>>,
    notes: BufReader<ChildStderr>,
}

impl Watching {
    /// Starts to watch, and returns when the server knows.
    fn start(person: &Person, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_auboutique"))
            .env_clear()
            .envs(person.environment())
            .args(["watch"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.stdout.take().map(BufReader::new);
        let mut notes = BufReader::new(child.stderr.take().unwrap());
        let mut note = String::new();
        notes.read_line(&mut note).unwrap();
        assert!(note.starts_with("Watching the market."), "{note}");
        Self {
            child,
            output,
            notes,
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let output = self.output.as_mut().unwrap();
        output.read_line(&mut line).unwrap();
        line
    }

    fn json(&mut self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn scripts_follow_a_product_from_its_listing_to_its_sale() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let mut watching = Watching::start(&karim, &["--topics", "products", "--json"]);
    let atlas = mona.sell("Atlas", "12.50");
    let listed = watching.json();
    assert_eq!(listed["event"], "product_listed");
    assert_eq!(listed["products"][0]["name"], "Atlas");
    assert_eq!(
        listed["products"][0]["price"],
        json!({"minor": 1250, "currency": "USD"})
    );
    mona.json(&["edit", &atlas, "--price", "10"]);
    let changed = watching.json();
    assert_eq!(changed["event"], "product_changed");
    assert_eq!(changed["products"][0]["price"]["minor"], 1000);
    karim.json(&["buy", &atlas, "--yes"]);
    let id: u64 = atlas.parse().unwrap();
    assert_eq!(
        watching.json(),
        json!({"event": "product_sold", "products": [id]})
    );
    let vase = mona.sell("Vase", "5");
    assert_eq!(watching.json()["event"], "product_listed");
    mona.json(&["withdraw", &vase, "--yes"]);
    assert_eq!(watching.json()["event"], "product_removed");
}

#[test]
fn people_read_a_line_for_each_thing_that_happens_and_stop_after_as_many_as_they_want() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let mut watching = Watching::start(&karim, &["--topics", "products", "--count", "2"]);
    let atlas = mona.sell("Atlas", "12.50");
    let line = watching.line();
    assert!(
        line.contains(&format!("listed   #{atlas} Atlas, 12.50 USD, by mona")),
        "{line}"
    );
    karim.json(&["buy", &atlas, "--yes"]);
    let line = watching.line();
    assert!(line.contains(&format!("sold     #{atlas} Atlas")), "{line}");
    assert_eq!(watching.line(), "");
    assert!(watching.child.wait().unwrap().success());
}

#[test]
fn a_seller_who_watches_is_told_who_bought_and_sees_people_come() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let atlas = mona.sell("Atlas", "12.50");
    let mut watching = Watching::start(&mona, &["--topics", "presence", "--json"]);
    karim.json(&["buy", &atlas, "--yes"]);
    let (mut came, mut sold) = (false, false);
    while !(came && sold) {
        let event = watching.json();
        came |= event["event"] == "presence" && event["online"] == json!(["karim"]);
        if event["event"] == "your_product_sold" {
            assert_eq!(
                (&event["buyer"], &event["name"]),
                (&json!("karim"), &json!("Atlas"))
            );
            sold = true;
        }
    }
}

#[test]
fn a_seller_who_was_away_is_told_beside_the_next_command_and_once() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let atlas = mona.sell("Atlas", "12.50");
    karim.json(&["buy", &atlas, "--yes"]);
    let told = mona.auboutique(&["whoami"]).assert().success();
    let told = String::from_utf8(told.get_output().stderr.clone()).unwrap();
    let expected = format!("karim has bought your Atlas (#{atlas}) for 12.50 USD");
    assert!(told.contains(&expected), "{told}");
}

#[test]
fn an_interrupt_ends_watching_and_a_lost_server_is_waited_for() {
    let mut server = Server::start();
    let mona = Person::joined(&server, "mona");
    let mut watching = Watching::start(&mona, &["--json"]);
    server.stop();
    assert_eq!(watching.json()["event"], "lost");
    let process = Pid::from_child(&watching.child);
    kill_process(process, Signal::INT).unwrap();
    assert_eq!(watching.child.wait().unwrap().code(), Some(130));
}

#[test]
fn products_that_were_listed_before_go_by_name_and_so_do_those_of_a_gap() {
    let mut server = Server::start();
    let mona = Person::joined(&server, "mona");
    let proxy = Proxy::start(server.address, || true);
    let through = format!("localhost:{}", proxy.port);
    let karim = Person::joined(&server, "karim");
    karim.login_through(&server, &through);
    let [atlas, vase] = ["Atlas", "Vase"].map(|name| mona.sell(name, "5"));
    let mut watching = Watching::start(&karim, &["--topics", "products"]);
    mona.json(&["withdraw", &vase, "--yes"]);
    let line = watching.line();
    assert!(line.contains(&format!("removed  #{vase} Vase")), "{line}");

    server = server.start_again();
    mona.login(&server).success();
    let lamp = mona.sell("Lamp", "5");
    proxy.redirect(server.address);
    for word in ["lost ", "back     connected again", "missed "] {
        let line = watching.line();
        assert!(line.contains(word), "{word}: {line}");
    }
    mona.json(&["withdraw", &lamp, "--yes"]);
    let line = watching.line();
    assert!(line.contains(&format!("removed  #{lamp} Lamp")), "{line}");
    mona.json(&["withdraw", &atlas, "--yes"]);
    assert!(watching.line().contains("Atlas"));
}

#[test]
fn a_server_that_is_away_is_told_once_and_so_is_its_return() {
    let mut server = Server::start();
    let mona = Person::joined(&server, "mona");
    let proxy = Proxy::start(server.address, || true);
    mona.login_through(&server, &format!("localhost:{}", proxy.port));
    let mut watching = Watching::start(&mona, &["--json"]);
    server.stop();
    assert_eq!(watching.json()["event"], "lost");
    for _ in 0..3 {
        proxy.wait_until_turned_away();
    }
    server = server.start_again();
    proxy.redirect(server.address);
    assert_eq!(watching.json(), json!({"event": "connected"}));
    assert_eq!(watching.json(), json!({"event": "missed"}));
}

#[test]
fn a_reader_who_goes_away_ends_watching_without_an_error() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let mut watching = Watching::start(&karim, &["--topics", "products"]);
    drop(watching.output.take());
    mona.sell("Atlas", "5");
    assert!(watching.child.wait().unwrap().success());
    let mut notes = String::new();
    watching.notes.read_to_string(&mut notes).unwrap();
    assert_eq!(notes, "");
}

#[test]
fn topics_that_are_none_are_wrong_usage() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    mona.refused(2, &["watch", "--topics", "weather"]);
    mona.refused(2, &["watch", "--count", "0"]);
    let stranger = Person::new("stranger");
    let server_name = server.name();
    stranger.refused(4, &["--server", &server_name, "watch"]);
}
