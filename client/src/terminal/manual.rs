//! What a shell and `man` know of a program, made from the same definitions as its help.

use std::io::{self, Write as _};

use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::terminal::failure::Failure;

/// Prints the completions of a shell.
///
/// # Errors
/// They cannot be written.
pub fn completions(mut command: clap::Command, shell: clap_complete::Shell) -> Result<(), Failure> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    print(&script)
}

/// Prints the manual page: the program, each command with its options, the exit codes with their
/// meaning, and where its files are.
///
/// # Errors
/// It cannot be written.
pub fn manual(
    command: clap::Command,
    exit_codes: &[(u8, &str)],
    files: &str,
) -> Result<(), Failure> {
    print(&page(command, exit_codes, files)?)
}

/// The manual page, as [`manual`] prints it.
///
/// # Errors
/// None that is known: it is written to memory.
pub fn page(command: clap::Command, exit_codes: &[(u8, &str)], files: &str) -> io::Result<Vec<u8>> {
    let page = typeset(command, exit_codes, files)?;
    let page = String::from_utf8(page).map_err(io::Error::other)?;
    Ok(ascii(&page).into_bytes())
}

/// Names what is not ASCII the way groff does: which characters a manual page may hold itself depends
/// on the locale of its reader.
fn ascii(page: &str) -> String {
    let mut ascii = String::with_capacity(page.len());
    for character in page.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else if character == '…' {
            // The devices of plain terminals have no glyph for it, and warn.
            ascii.push_str("...");
        } else {
            ascii.push_str(&format!("\\[u{:04X}]", u32::from(character)));
        }
    }
    ascii
}

fn typeset(
    mut command: clap::Command,
    exit_codes: &[(u8, &str)],
    files: &str,
) -> io::Result<Vec<u8>> {
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
        describe(command.get_name(), subcommand, &mut page)?;
    }
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT CODES"]);
    for (code, meaning) in exit_codes {
        roff.control("TP", [""; 0]);
        roff.text([bold(code.to_string())]);
        roff.text([roman(*meaning)]);
    }
    roff.control("SH", ["FILES"]);
    roff.text([roman(files)]);
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
    use super::*;

    #[test]
    fn what_is_not_ascii_is_named() {
        assert_eq!(ascii("a…é\u{1f4da}"), "a...\\[u00E9]\\[u1F4DA]");
    }
}
