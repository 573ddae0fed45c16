//! Texts about people beyond their edges, and texts that attack who reads them.

use auboutique_protocol::accounts::Register;
use auboutique_protocol::chat::History;
use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::presence::Presence;

use super::{At, MEMBER, Outcome, Row, Stage, invalid};
use crate::common::registration;

pub(super) fn rows() -> Vec<Row> {
    let mut rows = usernames();
    rows.extend(names());
    rows.extend(emails());
    rows.extend(passwords());
    rows
}

/// A registration of which one field is wrong.
fn register(name: &str, change: impl FnOnce(&mut Register), outcome: Outcome) -> Row {
    let mut register = registration("farid");
    change(&mut register);
    Row::call(Stage::Text, At::Anonymous, name, &register, outcome)
}

fn usernames() -> Vec<Row> {
    let row = |name: &str, username: &str, reason| {
        let change = |register: &mut Register| register.username = username.into();
        register(name, change, invalid("username", reason))
    };
    let with = |name: &str, with: &str, reason| {
        let history = History {
            with: with.into(),
            after: None,
            limit: None,
            before: None,
        };
        Row::call(Stage::Text, MEMBER, name, &history, invalid("with", reason))
    };
    let online = Presence {
        names: vec!["mona".into(), "mona\u{200b}".into()],
    };
    vec![
        row("an empty username", "", "empty"),
        row("a username of 2 characters", "ab", "too_short"),
        row("a username of 33 characters", &"a".repeat(33), "too_long"),
        row(
            "a username with a space",
            "mona khoury",
            "forbidden_character",
        ),
        row("a username with a NUL", "mona\0", "forbidden_character"),
        row(
            "a username with a Cyrillic letter",
            "m\u{43e}na",
            "forbidden_character",
        ),
        row(
            "a username in full width",
            "\u{ff4d}\u{ff4f}na",
            "forbidden_character",
        ),
        row(
            "a username that clears a terminal",
            "\u{1b}[2Jmona",
            "forbidden_character",
        ),
        row(
            "a username that is a path",
            "../../mona",
            "forbidden_character",
        ),
        row("the username of a deleted account", "Deleted-7", "reserved"),
        register(
            "a username that is taken, in other letters",
            |register| register.username = "MONA".into(),
            Outcome::Error(ErrorCode::NameTaken(Nothing {})),
        ),
        with(
            "a conversation with 33 characters",
            &"a".repeat(33),
            "too_long",
        ),
        with(
            "a conversation with two lines",
            "yara\nmona",
            "forbidden_character",
        ),
        Row::call(
            Stage::Text,
            MEMBER,
            "the presence of a name with a space of no width",
            &online,
            invalid("names", "forbidden_character"),
        ),
    ]
}

fn names() -> Vec<Row> {
    let row = |name: &str, person: &str, reason| {
        let change = |register: &mut Register| register.name = person.into();
        register(name, change, invalid("name", reason))
    };
    let forbidden = "forbidden_character";
    vec![
        row("a name of white space", " \u{3000}\t ", "empty"),
        row("a name of 101 characters", &"é".repeat(101), "too_long"),
        row("a name of two lines", "Mona\nKhoury", forbidden),
        row(
            "a name that rings a terminal's bell",
            "Mona\u{7}",
            forbidden,
        ),
        row(
            "a name with a control sequence of C1",
            "\u{9b}31mMona",
            forbidden,
        ),
        row(
            "a name that turns the line around",
            "Mona \u{202e}yruohK",
            forbidden,
        ),
        row("a name with a mark of direction", "Mona\u{200f}", forbidden),
        row(
            "a name with a joiner between ASCII letters",
            "Mo\u{200d}na",
            forbidden,
        ),
        row("a name with a byte order mark", "\u{feff}Mona", forbidden),
        row("a name of invisible letters", "\u{3164}\u{115f}", forbidden),
        row("a name of private use", "\u{e000}", forbidden),
        row(
            "a name with an unassigned character",
            "Mona \u{378}",
            forbidden,
        ),
        row(
            "a name with tag characters",
            "Mona\u{e0041}\u{e007f}",
            forbidden,
        ),
        row(
            "a name with a line separator",
            "Mona\u{2028}Khoury",
            forbidden,
        ),
        row(
            "a name with 5 marks on a letter",
            &format!("q{}", "\u{301}".repeat(5)),
            "too_many_marks",
        ),
        row(
            "a name with 90 marks on a letter",
            &format!("q{}", "\u{489}".repeat(90)),
            "too_many_marks",
        ),
        row(
            "a name with a cluster of 13 characters",
            &format!("👩{}", "\u{200d}👩".repeat(6)),
            "too_many_marks",
        ),
    ]
}

fn emails() -> Vec<Row> {
    let row = |name: &str, email: &str, reason| {
        let change = |register: &mut Register| register.email = email.into();
        register(name, change, invalid("email", reason))
    };
    let long = format!("m@{}.org", ["a".repeat(62).as_str(); 4].join("."));
    assert_eq!(long.len(), 257);
    vec![
        row("an empty address", " ", "empty"),
        row("an address of 255 bytes", &long[..255], "too_long"),
        row("an address without an @", "mona.example.org", "malformed"),
        row("an address with two @", "mona@aub@example.org", "malformed"),
        row(
            "an address of 65 characters before the @",
            &format!("{}@example.org", "m".repeat(65)),
            "malformed",
        ),
        row(
            "an address without a point in its domain",
            "mona@localhost",
            "malformed",
        ),
        row(
            "an address with two points in a row",
            "mo..na@example.org",
            "malformed",
        ),
        row(
            "an address whose domain begins with a hyphen",
            "mona@-example.org",
            "malformed",
        ),
        row("an address in quotes", "\"mona\"@example.org", "malformed"),
        row("an address at a number", "mona@[192.0.2.1]", "malformed"),
        row(
            "an address that goes on in further headers",
            "mona@example.org\r\nBcc: all@example.org",
            "malformed",
        ),
        row(
            "an address that is not ASCII",
            "mona@ex\u{e4}mple.org",
            "malformed",
        ),
    ]
}

fn passwords() -> Vec<Row> {
    let row = |name: &str, password: &str, reason| {
        let change = |register: &mut Register| register.password = password.into();
        register(name, change, invalid("password", reason))
    };
    vec![
        row("a password of 14 characters", "cedar-lantern-", "too_short"),
        row("a password of 129 characters", &"é".repeat(129), "too_long"),
        row(
            "a password of 15 characters that are 5 letters with their marks",
            &"e\u{323}\u{302}".repeat(5),
            "too_short",
        ),
        row(
            "a password with a line feed",
            "cedar-lantern\norbit",
            "forbidden_character",
        ),
        row(
            "a password that is easy to guess",
            "passwordpassword",
            "too_weak",
        ),
        row(
            "a password made of the name",
            "farid of the tests",
            "too_weak",
        ),
    ]
}
