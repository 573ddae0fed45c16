//! Talking at a terminal: what is asked, and what becomes of lines that are typed meanwhile.

use crate::chat::Talking;
use crate::person::Person;
use crate::pty::Terminal;
use crate::server::Server;

const QUESTION: &str = "mona is offline. Keep this and what follows until they come? [Y/n]";

/// What stands in a person's conversation with another, oldest first.
fn texts(person: &Person, with: &str) -> Vec<String> {
    let messages = person.messages(&["chat", with, "--history", "all"]);
    let text = |message: &serde_json::Value| message["text"].as_str().unwrap().to_owned();
    messages.iter().map(text).collect()
}

#[test]
fn a_person_is_asked_whether_to_keep_a_message_for_somebody_offline() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let mut terminal = Terminal::start(&karim, &["chat", "mona"]);
    terminal.answer("mona is offline. Type a line", "Hello");
    terminal.answer(QUESTION, "n");
    terminal.answer("The message was not sent.", "Good morning");
    terminal.answer(QUESTION, "y");
    // The answer holds until she comes.
    terminal.press("Until noon\n");
    terminal.end_input();
    assert!(terminal.finish().success(), "{}", terminal.seen);
    assert!(!terminal.seen.contains(QUESTION), "{}", terminal.seen);
    assert_eq!(mona.json(&["inbox"])["unread"], 2);
    assert_eq!(texts(&mona, "karim"), ["Good morning", "Until noon"]);
}

#[test]
fn lines_that_were_typed_ahead_are_messages_and_no_answers() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let mut terminal = Terminal::start(&karim, &["chat", "mona"]);
    terminal.expect("Type a line");
    terminal.press("one\ntwo\nthree\n");
    terminal.expect(QUESTION);
    // Whatever came before this line, it is no answer either.
    terminal.press("four\n");
    terminal.answer("Answer y or n first", "yes");
    terminal.end_input();
    assert!(terminal.finish().success(), "{}", terminal.seen);
    assert_eq!(texts(&mona, "karim"), ["one", "two", "three", "four"]);
}

#[test]
fn who_comes_while_the_question_stands_gets_the_message() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let mut terminal = Terminal::start(&karim, &["chat", "mona"]);
    terminal.answer("mona is offline. Type a line", "Hello");
    terminal.expect(QUESTION);
    let mut talking = Talking::start(&mona, "karim", &[]);
    assert!(talking.hear().contains(" karim: Hello"));
    talking.say("Good morning");
    terminal.expect(" mona: Good morning");
    terminal.end_input();
    assert!(terminal.finish().success(), "{}", terminal.seen);
}

#[test]
fn the_end_of_the_input_is_no_consent() {
    let server = Server::start();
    Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let mut terminal = Terminal::start(&karim, &["chat", "mona", "--quiet"]);
    terminal.press("one\n");
    // The question is asked of quiet people, too.
    terminal.expect(QUESTION);
    terminal.end_input();
    assert!(terminal.finish().success(), "{}", terminal.seen);
    assert_eq!(
        karim.json(&["inbox"])["conversations"],
        serde_json::json!([])
    );
}

#[test]
fn a_line_that_cannot_be_sent_does_not_end_the_conversation_of_a_person() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let mut terminal = Terminal::start(&karim, &["chat", "mona", "--keep"]);
    terminal.expect("Type a line");
    // Ctrl-V lets the terminal take the escape as it is.
    terminal.press("a\u{16}\u{1b}[2Jb\n");
    terminal.answer(
        "Not sent: the message holds a character that is not allowed",
        "Hello",
    );
    terminal.end_input();
    assert!(terminal.finish().success(), "{}", terminal.seen);
    assert_eq!(texts(&mona, "karim"), ["Hello"]);
}

#[test]
fn what_comes_while_somebody_types_begins_a_line_of_its_own() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let mut talking = Talking::start(&mona, "karim", &[]);
    let mut terminal = Terminal::start_in(&karim, &[("TERM", "xterm")], &["chat", "mona"]);
    // The whole line: its end may come later than its text, and is not what is looked at below.
    terminal.expect("Ctrl-D ends.\r\n");
    terminal.press("Hel");
    terminal.expect("Hel");
    terminal.seen.clear();
    talking.say("Are you there?");
    terminal.expect("mona: Are you there?");
    // As many blanks as the line has columns end on the next, from anywhere but its beginning.
    let begins_line = " ".repeat(40) + "\r\u{1b}[K";
    assert!(
        terminal.seen.starts_with(&begins_line),
        "{:?}",
        terminal.seen
    );
    terminal.press("lo\n");
    let heard = talking.hear();
    assert!(heard.trim_end().ends_with(" karim: Hello"), "{heard}");
    terminal.end_input();
    assert!(terminal.finish().success(), "{}", terminal.seen);
}

#[test]
fn an_interrupt_ends_a_chat() {
    let server = Server::start();
    let karim = Person::joined(&server, "karim");
    Person::joined(&server, "mona");
    let mut terminal = Terminal::start(&karim, &["chat", "mona"]);
    terminal.expect("Type a line");
    terminal.interrupt();
    assert_eq!(terminal.finish().code(), Some(130));
}
