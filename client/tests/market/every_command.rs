//! Every command, run once or more: what they print as JSON is what docs/CLIENT.md says, and together
//! they send every request that a member may send.

mod notation;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use auboutique_protocol::call::MemberCall;
use serde_json::Value;

use self::notation::Shape;
use crate::person::{PASSWORD, Person, write_png};
use crate::server::Server;

/// What the commands printed, by command, and which requests they sent.
#[derive(Default)]
struct Record {
    outputs: BTreeMap<&'static str, Vec<Value>>,
    requests: BTreeSet<String>,
}

impl Record {
    /// Runs a command, named as in the document, and keeps what it printed.
    fn run(&mut self, person: &Person, name: &'static str, rest: &[&str], input: &str) -> Value {
        // What follows in the document's name is among `rest`.
        let command = name.split(' ').next().unwrap();
        let outcome = person
            .auboutique(&[&[command], rest].concat())
            .arg("--json")
            .env("AUBOUTIQUE_LOG", "auboutique_client=trace")
            .write_stdin(input)
            .assert()
            .success();
        let output = outcome.get_output();
        let log = String::from_utf8(output.stderr.clone()).unwrap();
        let names = log.split("request=\"").skip(1);
        let names = names.filter_map(|rest| rest.split('"').next());
        self.requests.extend(names.map(str::to_owned));
        let printed = String::from_utf8(output.stdout.clone()).unwrap();
        let values: Vec<Value> = printed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let last = values.last().unwrap().clone();
        self.outputs.entry(name).or_default().extend(values);
        last
    }
}

static RECORD: LazyLock<Record> = LazyLock::new(record);

fn record() -> Record {
    let server = Server::start();
    let mut record = Record::default();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let password = format!("{PASSWORD}\n");

    let name = server.name();
    let ca = server.ca();
    let rana = Person::new("rana");
    let register = [
        "--server",
        &name,
        "--ca",
        ca.to_str().unwrap(),
        "--name",
        "Rana",
        "--email",
        "rana@example.org",
        "--username",
    ];
    let typed = [&register[..], &["rana", "--password-stdin"]].concat();
    record.run(&rana, "register", &typed, &password);
    let made_up = [&register[..], &["sami", "--generate-password"]].concat();
    record.run(&rana, "register", &made_up, "");
    let login = ["--username", "rana", "--password-stdin"];
    record.run(&rana, "login", &login, &password);
    record.run(&rana, "whoami", &[], "");

    let png = mona.path("p.png");
    write_png(&png, 40, 20);
    let sell = ["--name", "Atlas", "--price", "5"];
    let pictured = [&sell[..], &["--picture", png.to_str().unwrap()]].concat();
    let atlas = record.run(&mona, "sell", &pictured, "")["id"].to_string();
    let vase = record.run(&mona, "sell", &sell, "")["id"].to_string();
    record.run(&mona, "edit", &[&vase, "--name", "Vase"], "");
    record.run(&karim, "products", &["--limit", "1"], "");
    record.run(&karim, "products", &[], "");
    record.run(&karim, "show", &[&atlas], "");
    let file = karim.path("seen.jpg");
    record.run(
        &karim,
        "picture",
        &[&atlas, "-o", file.to_str().unwrap()],
        "",
    );
    record.run(&karim, "sellers", &[], "");
    record.run(&karim, "online", &["karim"], "");
    record.run(&karim, "buy", &[&atlas, "--yes"], "");
    // A seller who was away is told of the sale first of all.
    record.run(&mona, "watch", &["--count", "1"], "");
    record.run(&karim, "show", &[&atlas], "");
    record.run(&mona, "withdraw", &[&vase, "--yes"], "");
    record.run(&karim, "purchases", &[], "");
    record.run(&mona, "sales", &[], "");
    let about = ["mona", "--about", &atlas, "--keep"];
    record.run(&karim, "chat", &about, "Hello\n");
    let message = [&about[..], &["--message", "Noon?"]].concat();
    record.run(&karim, "chat --message", &message[..], "");
    record.run(&mona, "chat", &["karim"], "");
    record.run(&mona, "inbox", &[], "");
    record.run(&mona, "quota", &[], "");
    let target = mona.path("mine");
    record.run(&mona, "export", &["-o", target.to_str().unwrap()], "");
    let both = format!("{PASSWORD}\nmarble window tunnel saffron\n");
    record.run(&mona, "passwd", &["--password-stdin"], &both);
    record.run(&mona, "logout", &[], "");
    let delete = ["--yes", "--password-stdin"];
    record.run(&rana, "delete-account", &delete, &password);
    record
}

#[test]
fn every_request_that_a_member_may_send_is_sent_by_some_command() {
    for row in MemberCall::TABLE {
        // The library's answer to a server that asks for a sign of life; no command is needed.
        if row.name == "ping" {
            continue;
        }
        let is_sent = RECORD.requests.contains(row.name);
        assert!(is_sent, "{} is in none of {:?}", row.name, RECORD.requests);
    }
}

#[test]
fn what_the_commands_print_is_what_the_document_says() {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/CLIENT.md");
    let document = std::fs::read_to_string(document).unwrap();
    let (_, section) = document.split_once("\n## JSON\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
        Some((name, rest))
    });
    let rows: BTreeMap<&str, &str> = rows.collect();
    for (name, description) in &rows {
        // Its keys are those of the settings.
        if *name == "config" {
            continue;
        }
        let referred = description
            .strip_prefix("as `")
            .and_then(|rest| rest.split('`').next());
        let description = referred.map_or(*description, |other| rows[other]);
        let notation = description.split('`').nth(1).unwrap();
        let shape = Shape::parse(notation);
        let outputs = RECORD.outputs.get(name);
        let outputs = outputs.unwrap_or_else(|| panic!("{name} was not run"));
        for output in outputs {
            shape.check(name, output);
        }
        for key in shape.optional_keys() {
            let occurs = outputs.iter().any(|output| notation::has_key(output, &key));
            // An edit shows what is for sale, which was never sold.
            assert!(occurs || referred.is_some(), "{name} never printed {key}");
        }
    }
    for name in RECORD.outputs.keys() {
        assert!(rows.contains_key(name), "{name} is not in the document");
    }
}
