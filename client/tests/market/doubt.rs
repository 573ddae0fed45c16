//! Interrupts between a request and its answer: the program says what may have happened.

use std::fs::File;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::person::Person;
use crate::proxy::Proxy;
use crate::server::Server;

/// Runs a command up to the moment at which the server has answered `request`, keeps the answer back,
/// interrupts, and returns what the program said.
fn interrupted_at(server: &Server, person: &Person, request: &str, arguments: &[&str]) -> String {
    let notes = person.path("notes");
    let (log, sent) = (notes.clone(), format!("request=\"{request}\""));
    let proxy = Proxy::start(server.address, move || {
        // The log names each request before it is sent.
        !std::fs::read_to_string(&log).is_ok_and(|log| log.contains(&sent))
    });
    person.login_through(server, &format!("localhost:{}", proxy.port));
    let mut child = Command::new(env!("CARGO_BIN_EXE_auboutique"))
        .env_clear()
        .envs(person.environment())
        .env("AUBOUTIQUE_LOG", "auboutique_client=trace")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&notes).unwrap())
        .spawn()
        .unwrap();
    proxy.wait_until_held();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let said = std::fs::read_to_string(&notes).unwrap();
    said[said.find("error: ").unwrap()..].to_owned()
}

#[test]
fn an_interrupted_purchase_is_settled_by_the_same_command() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let id = mona.sell("Atlas", "5");
    let said = interrupted_at(&server, &karim, "buy", &["buy", &id, "--yes"]);
    let hint = format!("hint: you may have bought it: run `auboutique buy {id}` again");
    assert!(
        said.starts_with(&format!("error: interrupted\n{hint}")),
        "{said}"
    );
}

#[test]
fn an_interrupted_sale_and_message_are_to_be_looked_for_before_they_are_repeated() {
    let server = Server::start();
    Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let sell = ["sell", "--name", "Atlas", "--price", "5"];
    let said = interrupted_at(&server, &karim, "sell", &sell);
    assert!(said.contains("look at `auboutique sales` before"), "{said}");
    let message = ["chat", "mona", "--message", "Hello", "--keep"];
    let said = interrupted_at(&server, &karim, "send_message", &message);
    assert!(
        said.contains("look at `auboutique chat mona` before"),
        "{said}"
    );
    // Where nothing can have happened, nothing is said of it.
    let said = interrupted_at(&server, &karim, "list_products", &["products"]);
    assert_eq!(said, "error: interrupted\n");
}
