//! The walk that README.md describes, typed as it stands there into shells at terminals.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::person::PASSWORD;
use crate::pty::Terminal;
use crate::server::program;

/// The heading of the walk.
const WALK: &str = "## Two terminals, one book\n";
/// The port that the document names. The tests take any free one.
const PORT: &str = "7443";

/// The commands of each block of shell in the walk.
fn blocks() -> Vec<Vec<String>> {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let (_, walk) = readme.split_once(WALK).unwrap();
    let (walk, _) = walk.split_once("\n## ").unwrap();
    let blocks = walk.split("```sh\n").skip(1);
    let lines = |block: &str| {
        let (commands, _) = block.split_once("```").unwrap();
        commands.lines().map(str::to_owned).collect()
    };
    blocks.map(lines).collect()
}

/// A shell in which somebody types.
struct Shell {
    terminal: Terminal,
    name: &'static str,
}

impl Shell {
    fn start(name: &'static str, folder: &Path) -> Self {
        let mut command = Command::new("sh");
        command
            .arg("-i")
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("PS1", "$ ")
            .env("HOME", folder.join("home"))
            .current_dir(folder);
        Self {
            terminal: Terminal::run(command, Some((80, 24))),
            name,
        }
    }

    /// Types a command, answers what it asks, and returns what it printed.
    fn run(&mut self, command: &str) -> String {
        let email = format!("{}@example.org", self.name);
        let questions = [
            ("Name: ", self.name, true),
            ("E-mail: ", &email, true),
            ("Username: ", self.name, true),
            ("Password: ", PASSWORD, false),
            ("Password again: ", PASSWORD, false),
            ("[y/N] ", "y", true),
        ];
        let ends: Vec<_> = (0..=130).map(|code| format!("ended:{code}.")).collect();
        let awaited = questions.iter().map(|(question, ..)| *question);
        let awaited: Vec<_> = awaited.chain(ends.iter().map(String::as_str)).collect();
        let mut printed = String::new();
        self.terminal.seen.clear();
        // What is typed shows `$?`, and only the shell makes a number of it.
        self.terminal.press(&format!("{command}; echo ended:$?.\n"));
        loop {
            let met = self.terminal.expect_one_of(&awaited);
            printed.push_str(&self.terminal.seen);
            match questions.iter().find(|(question, ..)| *question == met) {
                Some((question, answer, true)) => self.terminal.answer(question, answer),
                Some((question, answer, false)) => self.terminal.answer_hidden(question, answer),
                None => {
                    assert_eq!(met, "ended:0.", "{command}: {printed}");
                    return printed;
                }
            }
        }
    }
}

#[test]
fn the_walk_of_the_readme_goes_as_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let release = folder.join("target/release");
    std::fs::create_dir_all(&release).unwrap();
    std::fs::create_dir(folder.join("home")).unwrap();
    symlink(env!("CARGO_BIN_EXE_auboutique"), release.join("auboutique")).unwrap();
    symlink(program(), release.join("auboutique-server")).unwrap();

    let blocks = blocks();
    let [operator, seller, buyer, look] = &blocks[..] else {
        panic!("the walk has other blocks than before: {blocks:?}");
    };
    let [build, serve] = &operator[..] else {
        panic!("the operator does something else: {operator:?}");
    };
    // That the build works is shown by the programs that are here.
    assert_eq!(build, "cargo build --release");
    let mut shell = Shell::start("operator", &folder);
    // The shell becomes the server, which so ends with the test.
    let serve = format!("exec {}\n", serve.replace(PORT, "0"));
    shell.terminal.press(&serve);
    let port = shell.terminal.expect_match("the invite", |seen| {
        let (_, invite) = seen.split_once("auboutique://")?;
        let (address, _) = invite.split_once('#')?;
        let (_, port) = address.rsplit_once(':')?;
        Some(port.to_owned())
    });

    let mut mona = Shell::start("mona", &folder);
    let mut omar = Shell::start("omar", &folder);
    let walk = |shell: &mut Shell, commands: &[String]| {
        let run = |command: &String| shell.run(&command.replace(PORT, &port));
        commands.iter().map(run).collect::<Vec<_>>()
    };
    let sold = walk(&mut mona, seller);
    assert!(sold.last().unwrap().contains("as product 1 "), "{sold:?}");
    let bought = walk(&mut omar, buyer);
    let said = bought.concat();
    for expected in [
        "Calculus, 9th edition",
        "mona is offline.",
        "AUB Post Office",
        "Code",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let seen = walk(&mut mona, look);
    assert!(seen[0].contains("omar (omar)"), "{seen:?}");
}
