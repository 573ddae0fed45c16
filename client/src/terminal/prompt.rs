//! Asking the person at the terminal, and reading a password from standard input.
//!
//! A question goes to standard error and its answer comes from standard input, so that results can
//! be piped. Reading blocks, so it happens on a thread of its own; an interrupt meanwhile leaves
//! that thread behind, and [`restore_terminal`] undoes what it did to the terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::sync::{Mutex, PoisonError};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::terminal::failure::Failure;

/// Longest answer, and longest password from standard input, in bytes.
const LINE_BYTES_MAX: u64 = 4096;

/// The terminal's settings before a hidden question changed them.
static TERMINAL: Mutex<Option<Termios>> = Mutex::new(None);

/// Whether and how to ask.
#[derive(Debug, Clone, Copy)]
pub struct Prompter {
    may_ask: bool,
}

impl Prompter {
    /// Asks unless told not to, or there is nobody to ask.
    #[must_use]
    pub fn new(no_input: bool) -> Self {
        let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        Self {
            may_ask: terminal && !no_input,
        }
    }

    /// Whether there is somebody to ask.
    #[must_use]
    pub fn may_ask(self) -> bool {
        self.may_ask
    }

    /// Returns what was given by `flag`, or asks until the answer has the right form.
    ///
    /// # Errors
    /// Nobody may be asked, or the input ends.
    pub async fn value<T, E: std::fmt::Display>(
        self,
        given: Option<T>,
        question: &str,
        flag: &str,
        parse: fn(&str) -> Result<T, E>,
    ) -> Result<T, Failure> {
        if let Some(value) = given {
            return Ok(value);
        }
        if !self.may_ask {
            return Err(Failure::missing(question, flag));
        }
        loop {
            match parse(&ask(format!("{question}: "), false).await?) {
                Ok(value) => return Ok(value),
                Err(error) => say(&format!("{question} {error}\n"))?,
            }
        }
    }

    /// Asks for a password without showing it.
    ///
    /// # Errors
    /// Nobody may be asked, or the input ends.
    pub async fn password(self, question: &str) -> Result<Zeroizing<String>, Failure> {
        if !self.may_ask {
            return Err(Failure::missing("the password", "--password-stdin"));
        }
        ask(format!("{question}: "), true).await
    }

    /// Asks for a new password, twice, without showing it. An empty one is taken at once.
    ///
    /// # Errors
    /// Nobody may be asked, or the input ends.
    pub async fn new_password(self, question: &str) -> Result<Zeroizing<String>, Failure> {
        loop {
            let password = self.password(question).await?;
            if password.is_empty()
                || *self.password(&format!("{question} again")).await? == *password
            {
                return Ok(password);
            }
            say("The two are not the same.\n")?;
        }
    }

    /// Asks for consent; anything but a yes is a no.
    ///
    /// # Errors
    /// The input ends.
    pub async fn confirm(self, question: &str) -> Result<bool, Failure> {
        let answer = ask(format!("{question} [y/N] "), false).await?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }
}

/// Reads the password from the first line of standard input.
///
/// # Errors
/// There is none.
pub async fn password_from_stdin() -> Result<Zeroizing<String>, Failure> {
    let read = tokio::task::spawn_blocking(|| read_line(&mut io::stdin().lock())).await;
    let line = finish(read)?;
    match line {
        Some(line) if !line.is_empty() => Ok(line),
        _ => Err(Failure::usage("standard input holds no password")),
    }
}

/// Reads two passwords from the first two lines of standard input.
///
/// # Errors
/// They are not there.
pub async fn two_passwords_from_stdin() -> Result<(Zeroizing<String>, Zeroizing<String>), Failure> {
    // One reader for both: another would miss what the first has buffered.
    let read = tokio::task::spawn_blocking(|| {
        let mut input = io::stdin().lock();
        let first = read_line(&mut input)?;
        Ok((first, read_line(&mut input)?))
    });
    let read = read
        .await
        .map_err(|error| Failure::failed(error.to_string()))?;
    let read: (Line, Line) = read
        .map_err(|error: io::Error| Failure::failed(format!("cannot read the input: {error}")))?;
    match read {
        (Some(first), Some(second)) if !first.is_empty() && !second.is_empty() => {
            Ok((first, second))
        }
        _ => Err(Failure::usage(
            "standard input must hold the old password and the new one, a line each",
        )),
    }
}

/// Gives the terminal back as it was, in case a hidden question was interrupted.
pub fn restore_terminal() {
    let saved = TERMINAL
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    if let Some(settings) = saved {
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &settings);
        let _ = say("\n");
    }
}

async fn ask(question: String, hidden: bool) -> Result<Zeroizing<String>, Failure> {
    let read = tokio::task::spawn_blocking(move || {
        io::stderr().write_all(question.as_bytes())?;
        if !hidden {
            return read_line(&mut io::stdin().lock());
        }
        hide_input()?;
        let line = read_line(&mut io::stdin().lock());
        restore_terminal();
        line
    });
    finish(read.await)?.ok_or_else(|| Failure::usage("the input ended before the answer"))
}

type Line = Option<Zeroizing<String>>;

fn finish(read: Result<io::Result<Line>, tokio::task::JoinError>) -> Result<Line, Failure> {
    let read = read.map_err(|error| Failure::failed(error.to_string()))?;
    read.map_err(|error| Failure::failed(format!("cannot read the input: {error}")))
}

fn hide_input() -> io::Result<()> {
    let settings = tcgetattr(io::stdin())?;
    *TERMINAL.lock().unwrap_or_else(PoisonError::into_inner) = Some(settings.clone());
    let mut hidden = settings;
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(io::stdin(), OptionalActions::Flush, &hidden)?;
    Ok(())
}

/// Reads a line without its end; `None` at the end of the input.
fn read_line(input: &mut impl io::BufRead) -> io::Result<Line> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(256));
    let count = input
        .by_ref()
        .take(LINE_BYTES_MAX + 2)
        .read_until(b'\n', &mut bytes)?;
    if count == 0 {
        return Ok(None);
    }
    if bytes.ends_with(b"\n") {
        bytes.pop();
    }
    if bytes.ends_with(b"\r") {
        bytes.pop();
    }
    if bytes.len() as u64 > LINE_BYTES_MAX {
        return Err(io::Error::other("the line is too long"));
    }
    let text = std::str::from_utf8(&bytes).map_err(io::Error::other)?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}

fn say(text: &str) -> Result<(), Failure> {
    io::stderr()
        .write_all(text.as_bytes())
        .map_err(Failure::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> io::Result<Option<String>> {
        let mut input = bytes;
        Ok(read_line(&mut input)?.map(|line| line.to_string()))
    }

    #[test]
    fn the_first_line_is_taken_without_its_end() {
        assert_eq!(read(b"secret\nmore").unwrap().unwrap(), "secret");
        assert_eq!(read(b"secret\r\n").unwrap().unwrap(), "secret");
        assert_eq!(read(b" secret ").unwrap().unwrap(), " secret ");
        assert_eq!(read(b"\n").unwrap().unwrap(), "");
        assert_eq!(read(b"").unwrap(), None);
        assert_eq!(read(&[b'x'; 4096]).unwrap().unwrap().len(), 4096);
        assert!(read(&[b'x'; 4097]).is_err());
        assert!(read(&[0xff, b'\n']).is_err());
    }
}
