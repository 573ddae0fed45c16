//! What a shell and `man` know of this program, made from the same definitions as its help.

use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::args::Arguments;
use crate::cli::failure::{EXIT_CODES, Failure};

/// Prints the completions of a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut command = Arguments::command();
    clap_complete::generate(shell, &mut command, "auboutique", &mut script);
    print(&script)
}

/// Prints the manual page: the program, each command with its options, the exit codes.
pub(crate) fn manual() -> Result<(), Failure> {
    print(&page()?)
}

fn page() -> io::Result<Vec<u8>> {
    let mut command = Arguments::command();
    command.build();
    let mut page = Vec::new();
    let main = Man::new(command.clone());
    main.render_title(&mut page)?;
    main.render_name_section(&mut page)?;
    main.render_synopsis_section(&mut page)?;
    main.render_description_section(&mut page)?;
    main.render_options_section(&mut page)?;
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    roff.to_writer(&mut page)?;
    for subcommand in command.get_subcommands() {
        describe("auboutique", subcommand, &mut page)?;
    }
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT CODES"]);
    for (code, meaning) in EXIT_CODES {
        roff.control("TP", [""; 0]);
        roff.text([bold(code.to_string())]);
        roff.text([roman(*meaning)]);
    }
    roff.control("SH", ["FILES"]);
    roff.text([roman(
        "Settings: $XDG_CONFIG_HOME/auboutique/config.toml. Logins and what is remembered of \
         servers: $XDG_STATE_HOME/auboutique.",
    )]);
    roff.to_writer(&mut page)?;
    Ok(page)
}

/// One command with those under it: its usage, what it does, its own options, its example.
fn describe(above: &str, command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = format!("{above} {}", command.get_name());
    if command.get_name() == "help" {
        return Ok(());
    }
    let mut roff = Roff::new();
    roff.control("SS", [name.as_str()]);
    let usage = command.clone().render_usage().to_string();
    roff.text([roman(usage.replace("Usage: ", "").trim().to_owned())]);
    if let Some(about) = command.get_about() {
        roff.control("PP", [""; 0]);
        roff.text([roman(format!("{about}."))]);
    }
    for argument in command.get_arguments() {
        let is_shared = argument.is_global_set() || argument.get_id() == "help";
        let Some(help) = argument.get_help().filter(|_| !is_shared) else {
            continue;
        };
        roff.control("TP", [""; 0]);
        roff.text([bold(argument.to_string())]);
        roff.text([roman(help.to_string())]);
    }
    if let Some(example) = command.get_after_help() {
        roff.control("PP", [""; 0]);
        roff.control("nf", [""; 0]);
        for line in example.to_string().lines() {
            roff.text([roman(line.to_owned())]);
        }
        roff.control("fi", [""; 0]);
    }
    roff.to_writer(page)?;
    for subcommand in command.get_subcommands() {
        describe(&name, subcommand, page)?;
    }
    Ok(())
}

fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

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
                let line = line.split(" > ").next().unwrap();
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
    fn the_commands_of_the_readme_parse() {
        let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
        let readme = std::fs::read_to_string(readme).unwrap();
        let mut count = 0;
        for line in readme.lines() {
            let line = line.split(" #").next().unwrap().trim();
            if line.starts_with("auboutique ") {
                let parsed = Arguments::command().try_get_matches_from(words(line));
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
                count += 1;
            }
        }
        assert!(count >= 5, "{count} commands");
    }
}
