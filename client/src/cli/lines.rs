//! Lines that a person types while something else may happen.

use std::io::{self, BufRead as _, Read as _};

use auboutique_protocol::limits::MESSAGE_CHARACTERS_MAX;
use tokio::sync::mpsc;

use crate::cli::failure::Failure;

/// Longest line, in bytes: a message of the widest characters, and a few to spare.
const LINE_BYTES_MAX: u64 = MESSAGE_CHARACTERS_MAX as u64 * 4 + 256;
/// Lines that wait to be taken.
const WAITING_MAX: usize = 16;

/// The lines of standard input. Reading blocks, so it happens on a thread of its own, which the end
/// of the process ends.
#[derive(Debug)]
pub(crate) struct Lines(mpsc::Receiver<io::Result<String>>);

impl Lines {
    pub(crate) fn of_standard_input() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        std::thread::spawn(move || {
            let mut input = io::stdin().lock();
            while let Some(line) = read_line(&mut input).transpose() {
                let is_last = line.is_err();
                if sender.blocking_send(line).is_err() || is_last {
                    return;
                }
            }
        });
        Self(receiver)
    }

    /// The next line without its end; `None` at the end of the input.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, Failure> {
        let line = self.0.recv().await.transpose();
        line.map_err(|error| Failure::failed(format!("cannot read the input: {error}")))
    }
}

fn read_line(input: &mut impl io::BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let mut limited = input.by_ref().take(LINE_BYTES_MAX + 1);
    if limited.read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    } else if bytes.len() as u64 > LINE_BYTES_MAX {
        return Err(io::Error::other("a line is too long"));
    }
    String::from_utf8(bytes).map(Some).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_one_by_one_and_bounded() {
        let mut input = &b"one\ntwo\r\n\nlast"[..];
        let mut next = || read_line(&mut input).unwrap();
        assert_eq!(next().unwrap(), "one");
        assert_eq!(next().unwrap(), "two\r");
        assert_eq!(next().unwrap(), "");
        assert_eq!(next().unwrap(), "last");
        assert_eq!(next(), None);
        let most = usize::try_from(LINE_BYTES_MAX).unwrap();
        let longest = [vec![b'x'; most], vec![b'\n']].concat();
        assert_eq!(read_line(&mut &longest[..]).unwrap().unwrap().len(), most);
        assert!(read_line(&mut &[b'x'; 20_000][..]).is_err());
        assert!(read_line(&mut &b"\xff\n"[..]).is_err());
    }
}
