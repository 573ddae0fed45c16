//! The commands that documents and help texts show are commands, and every flag is documented.

use clap::{CommandFactory as _, Parser as _};

use crate::config::args::Args;

/// A page of the repository.
fn page(path: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// The lines of the code blocks of a page, and what stands between single backticks in its text.
fn commands(page: &str) -> Vec<String> {
    let (mut blocks, mut text) = (Vec::new(), String::new());
    for (number, part) in page.split("```").enumerate() {
        if number % 2 == 1 {
            blocks.extend(part.lines().map(str::to_owned));
        } else {
            text += part;
        }
    }
    let spans = text.split('`').skip(1).step_by(2);
    // A name alone is no command to be tried.
    let spans = spans.filter(|span| span.contains(' '));
    blocks
        .into_iter()
        .chain(spans.map(|span| span.replace('\n', " ")))
        .collect()
}

/// A line's words as this program gets them, whether it is called by its name, by its path, or
/// through cargo; `None` for other lines.
fn own_words(line: &str) -> Option<Vec<&str>> {
    let words: Vec<_> = line.split_whitespace().collect();
    if words.first()?.ends_with("auboutique-server") {
        return Some(words);
    }
    let is_ours = words.starts_with(&["cargo", "run"])
        && words
            .windows(2)
            .any(|pair| pair == ["-p", "auboutique-server"]);
    let separator = words.iter().position(|word| *word == "--")?;
    // The separator stands where the name would.
    is_ours.then(|| words[separator..].to_vec())
}

#[test]
fn the_commands_in_the_documents_are_commands() {
    let mut found = Vec::new();
    for path in ["docs/OPERATIONS.md", "README.md"] {
        for line in commands(&page(path)) {
            if let Some(words) = own_words(&line) {
                let parsed = Args::try_parse_from(words);
                assert!(parsed.is_ok(), "{path}: {line}: {parsed:?}");
                found.push(line);
            }
        }
    }
    assert!(found.len() > 10, "{found:?}");
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("cargo run") && line.ends_with("--demo")),
        "the README's own command: {found:?}"
    );
}

#[test]
fn the_examples_in_every_help_are_commands() {
    let mut command = Args::command();
    command.build();
    let with_help = std::iter::once(&command).chain(command.get_subcommands());
    for command in with_help.filter(|command| command.get_name() != "help") {
        let help = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let examples: Vec<_> = help.lines().filter_map(own_words).collect();
        assert!(
            !examples.is_empty(),
            "{} shows no example",
            command.get_name()
        );
        for words in examples {
            let parsed = Args::try_parse_from(&words).unwrap_or_else(|error| panic!("{error}"));
            let of_command = parsed.command.is_some() || command.get_name() == "auboutique-server";
            assert!(of_command, "{words:?}");
        }
    }
}

#[test]
fn the_documents_name_every_flag_with_its_variable() {
    let page = &page("docs/OPERATIONS.md");
    let command = Args::command();
    let mut found = 0;
    for argument in command.get_arguments() {
        let Some(variable) = argument.get_env() else {
            continue;
        };
        let variable = format!("`{}`", variable.display());
        let flag = argument
            .get_long()
            .map_or("first argument".into(), |flag| format!("--{flag}"));
        let row = page
            .lines()
            .find(|line| line.starts_with('|') && line.contains(&variable));
        assert!(
            row.is_some_and(|row| row.contains(&flag)),
            "{flag} {variable}"
        );
        found += 1;
    }
    assert_eq!(found, 11);
}
