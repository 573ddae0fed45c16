//! What a shell and `man` know of this program, made from the same definitions as its help.

use clap::CommandFactory as _;

use crate::cli::args::Arguments;
use crate::cli::failure::{EXIT_CODES, Failure};
use crate::terminal::manual;

const FILES: &str = "Settings: $XDG_CONFIG_HOME/auboutique/config.toml. Logins and what is \
    remembered of servers: $XDG_STATE_HOME/auboutique.";

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
    use clap::ValueEnum as _;
    use clap::error::ErrorKind;

    use super::*;

    fn page() -> std::io::Result<Vec<u8>> {
        manual::page(Arguments::command(), EXIT_CODES, FILES)
    }

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
        add("auboutique", &command, &mut all);
        all
    }

    /// Splits a line of an example into words, as far as the examples need it.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut quote = None;
        for character in line.chars() {
            match (character, quote) {
                ('\'' | '"', None) => quote = Some(character),
                (character, Some(open)) if character == open => quote = None,
                (' ', None) => words.push(String::new()),
                (character, _) => words.last_mut().unwrap().push(character),
            }
        }
        words.retain(|word| !word.is_empty());
        // Where a shell would redirect, the arguments end.
        let end = words.iter().position(|word| word == "<" || word == ">");
        words.truncate(end.unwrap_or(words.len()));
        words
    }

    #[test]
    fn every_command_has_an_example_that_parses() {
        for (name, command) in commands() {
            let help = command.get_after_help();
            let help = help.unwrap_or_else(|| panic!("{name} has no example"));
            let help = help.to_string();
            assert!(help.starts_with("Example:"), "{name}");
            let mut examples = 0;
            for line in help.lines().skip(1) {
                let line = line.split("| ").last().unwrap();
                if !line.trim_start().starts_with("auboutique ") {
                    continue;
                }
                let parsed = Arguments::command().try_get_matches_from(words(line));
                assert!(parsed.is_ok(), "{name}: {line}: {}", parsed.unwrap_err());
                examples += usize::from(line.trim_start().starts_with(&name));
            }
            assert!(examples > 0, "{name}: no example of itself in {help}");
        }
    }

    #[test]
    fn the_manual_has_every_command_and_every_exit_code() {
        let page = String::from_utf8(page().unwrap()).unwrap();
        for (name, _) in commands() {
            let heading = format!(".SS \"{name}\"");
            assert!(page.contains(&heading), "{heading}");
        }
        for (code, _) in EXIT_CODES {
            assert!(page.contains(&format!("\\fB{code}\\fR")), "{code}");
        }
    }

    #[test]
    fn the_document_for_members_has_every_command_and_every_exit_code() {
        let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/CLIENT.md");
        let document = std::fs::read_to_string(document).unwrap();
        for (name, _) in commands() {
            let name = name.strip_prefix("auboutique ").unwrap();
            let row = format!("| `{name}");
            assert!(document.contains(&row), "{row}");
        }
        for (code, _) in EXIT_CODES {
            assert!(document.contains(&format!("\n| {code} |")), "{code}");
        }
    }

    #[test]
    fn every_shell_completes_every_command() {
        for shell in clap_complete::Shell::value_variants() {
            let mut script = Vec::new();
            let mut command = Arguments::command();
            clap_complete::generate(*shell, &mut command, "auboutique", &mut script);
            let script = String::from_utf8(script).unwrap();
            assert!(script.contains("delete-account"), "{shell}");
        }
    }

    #[test]
    fn the_manual_is_ascii_and_names_all_else() {
        let page = page().unwrap();
        assert!(page.is_ascii());
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains("auboutique://..."), "{page}");
    }

    /// The commands of this program in a document: in blocks of shell and between backticks.
    fn commands_of(document: &str) -> Vec<String> {
        let mut commands = Vec::new();
        let (mut prose, mut is_block, mut is_shell) = (String::new(), false, false);
        for line in document.lines() {
            if let Some(language) = line.strip_prefix("```") {
                is_block = !is_block;
                is_shell = language == "sh";
            } else if is_shell {
                let line = line.split(" #").next().unwrap();
                commands.extend(
                    line.split(" && ")
                        .flat_map(|part| part.split("; "))
                        .map(str::to_owned),
                );
            } else if !is_block {
                prose.push_str(line);
                prose.push(' ');
            }
        }
        let spans = prose.split('`').skip(1).step_by(2);
        commands.extend(spans.map(str::to_owned));
        let ours = commands.into_iter().filter_map(|command| {
            let command = command.split(" | ").last().unwrap().trim().to_owned();
            let mut words = command.split(' ').skip_while(|word| {
                *word == "export"
                    || word
                        .split_once('=')
                        .is_some_and(|(name, _)| is_variable(name))
            });
            let is_ours = words.next() == Some("auboutique") && words.next().is_some();
            is_ours.then(|| command[command.find("auboutique ").unwrap()..].to_owned())
        });
        ours.collect()
    }

    fn is_variable(name: &str) -> bool {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    }

    #[test]
    fn commands_are_found_in_a_document_wherever_they_stand() {
        let document = "Try `auboutique inbox` or `auboutique`.\n```sh\ncargo build\n\
                        export X=1 && auboutique watch # until Ctrl-C\n\
                        A=1 B_C='2' auboutique whoami; auboutique quota\n\
                        printf x | auboutique logout\n```\n```json\nauboutique no\n```\n";
        let found = commands_of(document);
        let expected = ["watch", "whoami", "quota", "logout", "inbox"];
        assert_eq!(found, expected.map(|name| format!("auboutique {name}")));
    }

    #[test]
    fn the_commands_of_the_documents_parse() {
        for (document, least) in [
            ("README.md", 20),
            ("docs/OPERATIONS.md", 1),
            ("docs/CLIENT.md", 1),
            ("docs/ARCHITECTURE.md", 2),
            ("CHANGELOG.md", 5),
        ] {
            let path = format!("{}/../{document}", env!("CARGO_MANIFEST_DIR"));
            let commands = commands_of(&std::fs::read_to_string(path).unwrap());
            assert!(commands.len() >= least, "{document}: {commands:?}");
            for command in commands {
                // What stands for something else in the text.
                let line = command
                    .replace("#…", &format!("#{}", "0f".repeat(32)))
                    .replace("COMMAND", "products")
                    .replace("USER", "mona");
                let Err(error) = Arguments::command().try_get_matches_from(words(&line)) else {
                    continue;
                };
                // Help is an answer, and a command may be mentioned without what it takes.
                let is_mention = words(&line).len() == 2
                    && matches!(
                        error.kind(),
                        ErrorKind::MissingRequiredArgument
                            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                    );
                let is_fine = error.exit_code() == 0 || is_mention;
                assert!(is_fine, "{document}: {command}: {error}");
            }
        }
    }
}
