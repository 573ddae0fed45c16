//! How much of a conversation is shown, and what counts as read.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::person::Person;
use crate::server::Server;

/// How many messages a conversation begins with.
const BEGINNING: u64 = 20;

/// Two people of whom the second has sent the first `count` messages that are kept.
fn with_kept(server: &Server, count: u32) -> (Person, Person) {
    let mona = Person::joined(server, "mona");
    let karim = Person::joined(server, "karim");
    send(&karim, "mona", count);
    (mona, karim)
}

fn send(person: &Person, to: &str, count: u32) {
    let mut lines = String::new();
    for number in 1..=count {
        writeln!(lines, "message {number}").unwrap();
    }
    person
        .auboutique(&["chat", to, "--keep", "--history", "0"])
        .write_stdin(lines)
        .assert()
        .success();
}

/// The numbers of the messages that a conversation begins with.
fn shown(person: &Person, with: &str, options: &[&str]) -> Vec<u64> {
    let messages = person.messages(&[&["chat", with], options].concat());
    let numbers = messages.iter().map(|message| message["number"].as_u64());
    numbers.collect::<Option<_>>().unwrap()
}

fn range(from: u64, upto: u64) -> Vec<u64> {
    (from..=upto).collect()
}

#[test]
fn thirty_kept_messages_are_all_shown_before_they_count_as_read() {
    let server = Server::start();
    let (mona, _) = with_kept(&server, 30);
    assert_eq!(mona.json(&["inbox"])["unread"], 30);
    assert_eq!(shown(&mona, "karim", &[]), range(1, 30));
    assert_eq!(mona.json(&["inbox"])["unread"], 0);
    // Read messages are there for context, twenty of them unless another number is asked for.
    assert_eq!(shown(&mona, "karim", &[]), range(11, 30));
    assert_eq!(shown(&mona, "karim", &["--history", "3"]), range(28, 30));
    assert_eq!(shown(&mona, "karim", &["--history", "0"]), range(1, 0));
    assert_eq!(shown(&mona, "karim", &["--history", "25"]), range(6, 30));
    assert_eq!(shown(&mona, "karim", &["--history", "9999"]), range(1, 30));
}

#[test]
fn more_unread_messages_than_a_page_holds_are_all_shown() {
    let server = Server::start();
    let (mona, karim) = with_kept(&server, 10);
    shown(&mona, "karim", &[]);
    send(&karim, "mona", 130);
    // Asking for less does not hide what is unread, and what was read before stays out.
    assert_eq!(shown(&mona, "karim", &["--history", "5"]), range(11, 140));
    assert_eq!(mona.json(&["inbox"])["unread"], 0);
    assert_eq!(shown(&mona, "karim", &["--history", "120"]), range(21, 140));
    assert_eq!(shown(&mona, "karim", &["--history", "all"]), range(1, 140));
}

#[test]
fn what_one_wrote_oneself_does_not_hide_what_is_unread() {
    let server = Server::start();
    let (mona, _) = with_kept(&server, 1);
    for _ in 0..BEGINNING {
        // Sending a single message shows, and marks, nothing.
        mona.json(&["chat", "karim", "--message", "Hello?", "--keep"]);
    }
    assert_eq!(mona.json(&["inbox"])["unread"], 1);
    assert_eq!(shown(&mona, "karim", &[]), range(1, BEGINNING + 1));
    assert_eq!(mona.json(&["inbox"])["unread"], 0);
}

#[test]
fn messages_that_could_not_be_shown_stay_unread() {
    use std::process::{Command, Stdio};
    let server = Server::start();
    let (mona, _) = with_kept(&server, 30);
    let mut child = Command::new(env!("CARGO_BIN_EXE_auboutique"))
        .env_clear()
        .envs(mona.environment())
        .args(["chat", "karim"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(mona.json(&["inbox"])["unread"], 30);
}

#[test]
fn a_sender_learns_what_the_other_has_read() {
    let server = Server::start();
    let (mona, karim) = with_kept(&server, 2);
    shown(&mona, "karim", &[]);
    send(&karim, "mona", 1);
    let seen = |person: &Person, with: &str| {
        let messages = person.messages(&["chat", with, "--history", "all"]);
        let seen = messages.iter().map(|message| message["seen"].clone());
        seen.collect::<Vec<_>>()
    };
    assert_eq!(
        seen(&karim, "mona"),
        [json!(true), json!(true), json!(false)]
    );
    let note = |person: &Person, with: &str| {
        let read = person.auboutique(&["chat", with]).assert().success();
        String::from_utf8(read.get_output().stderr.clone()).unwrap()
    };
    let notes = note(&karim, "mona");
    assert!(
        notes.starts_with("mona has not read your last message yet.\n"),
        "{notes}"
    );
    // Of what the other wrote there is nothing to say.
    assert_eq!(
        seen(&mona, "karim"),
        [Value::Null, Value::Null, Value::Null]
    );
    let notes = note(&karim, "mona");
    assert!(
        notes.starts_with("mona has read what you wrote.\n"),
        "{notes}"
    );
    assert!(!note(&mona, "karim").contains("read"));
}
