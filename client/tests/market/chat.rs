//! Talking with another member through the program: live, kept for later, and from scripts.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::person::Person;
use crate::server::Server;

/// A program that chats; killed when dropped.
pub(crate) struct Talking {
    child: Child,
    keyboard: Option<ChildStdin>,
    output: Option<BufReader<ChildStdout>>,
    pub(crate) greeting: String,
    notes: BufReader<ChildStderr>,
}

impl Talking {
    /// Begins to talk, and returns when what was said before is shown.
    pub(crate) fn start(person: &Person, with: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_auboutique"))
            .env_clear()
            .envs(person.environment())
            .args(["chat", with])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let keyboard = child.stdin.take();
        let output = child.stdout.take().map(BufReader::new);
        let mut notes = BufReader::new(child.stderr.take().unwrap());
        let mut greeting = String::new();
        notes.read_line(&mut greeting).unwrap();
        Self {
            child,
            keyboard,
            output,
            greeting,
            notes,
        }
    }

    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.keyboard.as_mut().unwrap(), "{line}").unwrap();
    }

    pub(crate) fn hear(&mut self) -> String {
        let mut line = String::new();
        let output = self.output.as_mut().unwrap();
        output.read_line(&mut line).unwrap();
        line
    }

    /// Goes away from the output.
    fn stop_reading(&mut self) {
        drop(self.output.take());
    }

    /// The next line of what stands beside the conversation.
    fn note(&mut self) -> String {
        let mut note = String::new();
        self.notes.read_line(&mut note).unwrap();
        note
    }

    /// Ends the input and returns the exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        drop(self.keyboard.take());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Talking {
    fn drop(&mut self) {
        // It has usually ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn two_people_talk_line_by_line() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let atlas = mona.sell("Atlas", "12.50");
    let mut monas = Talking::start(&mona, "karim", &[]);
    assert!(
        monas.greeting.starts_with("karim is offline."),
        "{}",
        monas.greeting
    );
    let mut karims = Talking::start(&karim, "mona", &["--about", &atlas]);
    assert!(
        karims.greeting.starts_with("mona is online."),
        "{}",
        karims.greeting
    );
    assert_eq!(monas.note(), "karim is online now.\n");
    karims.say("Is it still there?");
    let heard = monas.hear();
    let expected = format!(" karim (about #{atlas}): Is it still there?");
    assert!(heard.trim_end().ends_with(&expected), "{heard}");
    monas.say("");
    monas.say("Yes. Noon at the gate?");
    let heard = karims.hear();
    assert!(
        heard.trim_end().ends_with(" mona: Yes. Noon at the gate?"),
        "{heard}"
    );
    assert_eq!(karims.end(), Some(0));
    assert_eq!(monas.note(), "karim has gone offline.\n");
    assert_eq!(monas.end(), Some(0));

    // Both have read everything, and what was said stands.
    for person in [&mona, &karim] {
        let inbox = person.json(&["inbox"]);
        assert_eq!(inbox["unread"], 0);
        assert_eq!(
            inbox["conversations"][0]["last"]["text"],
            "Yes. Noon at the gate?"
        );
    }
    let mut again = Talking::start(&karim, "mona", &[]);
    assert!(again.hear().contains(" you (about"));
    assert!(again.hear().contains(" mona: Yes."));
}

#[test]
fn a_message_to_somebody_offline_is_kept_if_that_is_wanted() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let refused = karim.refused(6, &["chat", "mona", "--message", "Hello"]);
    assert_eq!(refused["code"], "recipient_offline");
    assert_eq!(karim.json(&["inbox"])["conversations"], json!([]));
    let kept = karim.json(&["chat", "mona", "--message", "Hello", "--keep"]);
    assert_eq!(
        (&kept["number"], &kept["delivered"]),
        (&json!(1), &json!(false))
    );
    let login = mona.login(&server).success();
    let notes = String::from_utf8(login.get_output().stderr.clone()).unwrap();
    assert!(notes.contains("You have an unread message"), "{notes}");
    let inbox = mona.json(&["inbox"]);
    let conversation = &inbox["conversations"][0];
    assert_eq!(
        (&inbox["unread"], &conversation["unread"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(conversation["with"], "karim");
    // Reading it marks it, and is possible without a keyboard.
    let read = mona.auboutique(&["chat", "karim"]).assert().success();
    let text = String::from_utf8(read.get_output().stdout.clone()).unwrap();
    assert!(text.trim_end().ends_with(" karim: Hello"), "{text}");
    assert_eq!(mona.json(&["inbox"])["unread"], 0);
    assert_eq!(karim.json(&["quota"])["messages_per_day"]["used"], 1);
}

#[test]
fn scripts_send_lines_and_read_a_message_a_line() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let said = karim
        .auboutique(&["chat", "mona", "--keep", "--json"])
        .write_stdin("one\n\ntwo\n")
        .assert()
        .success();
    let lines = String::from_utf8(said.get_output().stdout.clone()).unwrap();
    let texts: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["text"].clone())
        .collect();
    assert_eq!(texts, ["one", "two"]);
    // Somebody who cannot be asked is told what to do.
    let refused = karim
        .auboutique(&["chat", "mona"])
        .write_stdin("three\n")
        .assert()
        .code(6);
    let notes = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
    assert!(notes.contains("--keep"), "{notes}");
    assert_eq!(mona.json(&["inbox"])["unread"], 2);
}

#[test]
fn messages_that_cannot_be_sent_are_refused() {
    let server = Server::start();
    let karim = Person::joined(&server, "karim");
    let long = "x".repeat(2_001);
    for (code, arguments) in [
        (1, &["chat", "karim", "-m", "Me"][..]),
        (1, &["chat", "KARIM"]),
        (3, &["chat", "nobody", "-m", "You"]),
        (3, &["chat", "nobody"]),
        (1, &["chat", "nobody", "-m", "About", "--about", "4000"]),
        (2, &["chat", "no such name", "-m", "You"]),
        (2, &["chat", "nobody", "-m", &long]),
        (2, &["chat", "nobody", "-m", " "]),
        (2, &["chat"]),
    ] {
        let refused = karim.auboutique(arguments).assert().failure();
        let found = refused.get_output().status.code();
        // An unknown person is told before an unknown product.
        let expected = if arguments.contains(&"4000") { 3 } else { code };
        assert_eq!(found, Some(expected), "{arguments:?}");
    }
}

#[test]
fn nobody_begins_a_conversation_with_themselves() {
    let server = Server::start();
    let karim = Person::joined(&server, "karim");
    for arguments in [&["chat", "karim"][..], &["chat", "karim", "-m", "Me"]] {
        let refused = karim.refused(1, arguments);
        assert_eq!(
            (&refused["code"], &refused["field"], &refused["reason"]),
            (&json!("invalid_field"), &json!("to"), &json!("yourself"))
        );
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains("your own username"), "{message}");
    }
}

#[test]
fn a_line_that_no_message_may_be_is_called_so_and_not_a_search() {
    let server = Server::start();
    Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let long = format!("{}\n", "x".repeat(2_001));
    let very_long = format!("{}\n", "x".repeat(100_000));
    for (line, reason, sentence) in [
        (long.as_bytes(), "too_long", "at most 2000 characters"),
        (very_long.as_bytes(), "too_long", "at most 2000 characters"),
        (b"a\x1b[2Jb\n", "forbidden_character", "such as an escape"),
        (b"\xff\n", "forbidden_character", "is not allowed"),
    ] {
        let refused = karim
            .auboutique(&["chat", "mona", "--keep", "--json"])
            .write_stdin(line)
            .assert()
            .code(1);
        let output = refused.get_output();
        let error: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(error["error"]["reason"], reason);
        let notes = String::from_utf8(output.stderr.clone()).unwrap();
        assert!(notes.contains("error: the message "), "{notes}");
        assert!(
            notes.contains(sentence) && !notes.contains("--search"),
            "{notes}"
        );
    }
    let about = ["chat", "mona", "-m", "This", "--keep", "--about", "4000"];
    let refused = karim.refused(1, &about);
    assert_eq!(refused["message"], "there is no product 4000 to talk about");
    assert_eq!(karim.json(&["inbox"])["conversations"], json!([]));
}

#[test]
fn what_is_left_of_the_input_is_sent_when_nobody_reads_the_output_any_more() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let mut talking = Talking::start(&karim, "mona", &["--keep", "--json"]);
    talking.say("one");
    assert!(talking.hear().contains("one"));
    talking.stop_reading();
    talking.say("two");
    talking.say("three");
    assert_eq!(talking.end(), Some(0));
    assert_eq!(mona.json(&["inbox"])["unread"], 3);
}

#[test]
fn a_conversation_that_nobody_reads_ends_quietly_and_stays_unread() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let mut talking = Talking::start(&mona, "karim", &[]);
    talking.stop_reading();
    karim.json(&["chat", "mona", "--message", "Hello"]);
    assert_eq!(talking.end(), Some(0));
    assert_eq!(mona.json(&["inbox"])["unread"], 1);
}
