//! What a shell and `man` know of this program, made from the same definitions as its help.

use auboutique_client::terminal::failure::Failure;
use auboutique_client::terminal::manual;
use clap::CommandFactory as _;

use crate::args::Arguments;
use crate::failure::EXIT_CODES;

const FILES: &str =
    "Identity: $XDG_CONFIG_HOME/auboutique/admin, with cert.pem, key.pem and ca.pem.";

/// Prints the completions of a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    manual::completions(Arguments::command(), shell)
}

/// Prints the manual page: the program, each command with its options, the exit codes.
pub(crate) fn manual() -> Result<(), Failure> {
    manual::manual(Arguments::command(), EXIT_CODES, FILES)
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::admin;

    use super::*;
    use crate::fields::Fields;

    /// Every command with those under it, by its whole name.
    fn commands() -> Vec<(String, clap::Command)> {
        fn add(above: &str, command: &clap::Command, all: &mut Vec<(String, clap::Command)>) {
            for subcommand in command.get_subcommands() {
                if subcommand.get_name() == "help" {
                    continue;
                }
                let name = format!("{above} {}", subcommand.get_name());
                all.push((name.clone(), subcommand.clone()));
                add(&name, subcommand, all);
            }
        }
        let mut command = Arguments::command();
        command.build();
        let mut all = Vec::new();
        add("auboutique-admin", &command, &mut all);
        all
    }

    /// Splits a line of an example into words, as far as the examples need it.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut is_quoted = false;
        for character in line.trim().chars() {
            match (character, is_quoted) {
                ('\'', _) => is_quoted = !is_quoted,
                (' ', false) => words.push(String::new()),
                (character, _) => words.last_mut().unwrap().push(character),
            }
        }
        words.retain(|word| !word.is_empty());
        // Where a shell would redirect, the arguments end.
        let end = words.iter().position(|word| word == ">" || word == "|");
        words.truncate(end.unwrap_or(words.len()));
        words
    }

    fn parse(line: &str) -> Result<(), clap::Error> {
        let parsed = Arguments::command().try_get_matches_from(words(line));
        parsed.map(drop)
    }

    #[test]
    fn every_command_has_an_example_that_parses() {
        for (name, command) in commands() {
            let help = command.get_after_help();
            let help = help.unwrap_or_else(|| panic!("{name} has no example"));
            let help = help.to_string();
            let mut examples = 0;
            for line in help
                .lines()
                .filter(|line| line.contains("auboutique-admin "))
            {
                if line.trim_start().starts_with("auboutique-admin") {
                    parse(line).unwrap_or_else(|error| panic!("{name}: {line}: {error}"));
                    examples += usize::from(line.trim_start().starts_with(&name));
                }
            }
            assert!(examples > 0, "{name}: no example of itself in {help}");
        }
    }

    #[test]
    fn the_document_for_operators_has_every_command_and_every_exit_code() {
        let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/ADMIN.md");
        let document = std::fs::read_to_string(document).unwrap();
        for (name, _) in commands() {
            let name = name.strip_prefix("auboutique-admin ").unwrap();
            let row = format!("| `{name}");
            assert!(name == "export" || document.contains(&row), "{row}");
        }
        for (code, _) in EXIT_CODES {
            assert!(document.contains(&format!("\n| {code} |")), "{code}");
        }
    }

    /// The fields of a thing as docs/ADMIN.md lists them, without the marks of those that may be absent.
    fn listed<T: Fields>() -> String {
        let names = T::FIELDS.iter().map(|field| field.name);
        // In CSV only.
        let names: Vec<_> = names.filter(|name| *name != "currency").collect();
        format!("{{\"{}\"}}", names.join("\",\""))
    }

    #[test]
    fn the_document_for_operators_has_every_field() {
        let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/ADMIN.md");
        let document = std::fs::read_to_string(document).unwrap().replace('?', "");
        for fields in [
            listed::<admin::UserSummary>(),
            listed::<admin::UserDetail>(),
            listed::<admin::Connection>(),
            listed::<admin::Sale>(),
            listed::<admin::Product>(),
            listed::<admin::Now>(),
            listed::<admin::Point>(),
            listed::<admin::AuditEntry>(),
        ] {
            assert!(document.contains(&fields), "{fields}");
        }
    }

    #[test]
    fn the_commands_of_the_documents_parse() {
        for (document, least) in [
            ("docs/ADMIN.md", 4),
            ("docs/OPERATIONS.md", 3),
            ("README.md", 1),
        ] {
            let path = format!("{}/../{document}", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(path).unwrap();
            let lines = text.lines().map(str::trim);
            let commands = lines.filter(|line| line.starts_with("auboutique-admin "));
            let mut count = 0;
            for command in commands {
                let command = command.split(" #").next().unwrap();
                parse(command).unwrap_or_else(|error| panic!("{document}: {command}: {error}"));
                count += 1;
            }
            assert!(count >= least, "{document}: {count}");
        }
    }

    #[test]
    fn the_manual_has_every_command_and_every_exit_code() {
        let page = manual::page(Arguments::command(), EXIT_CODES, FILES).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert!(page.is_ascii());
        for (name, _) in commands() {
            let heading = format!(".SS \"{name}\"");
            assert!(page.contains(&heading), "{heading}");
        }
        for (code, _) in EXIT_CODES {
            assert!(page.contains(&format!("\\fB{code}\\fR")), "{code}");
        }
    }
}
