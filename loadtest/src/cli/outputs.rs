//! Where reports go. Files are reserved before the run, so that no run is made whose report cannot
//! be written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use crate::args::CommonArgs;
use crate::report::text::Look;
use crate::report::{Report, html, json, text};

/// Columns where there is no terminal to ask.
const COLUMNS: usize = 100;

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputError {
    /// The file cannot be made.
    #[error("cannot write {}: {cause}", path.display())]
    File { path: PathBuf, cause: io::Error },
    /// A report that is no JSON.
    #[error("the report cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Where the reports of a run go.
pub(super) struct Outputs {
    json: Option<Reserved>,
    json_to_stdout: bool,
    html: Option<Reserved>,
}

impl Outputs {
    /// Makes sure that the files can be written.
    pub(super) fn reserve(args: &CommonArgs) -> Result<Self, OutputError> {
        let json_to_stdout = args.json.as_deref() == Some(Path::new("-"));
        let json = args.json.as_deref().filter(|_| !json_to_stdout);
        Ok(Self {
            json: json.map(Reserved::reserve).transpose()?,
            json_to_stdout,
            html: args.html.as_deref().map(Reserved::reserve).transpose()?,
        })
    }

    /// Writes all reports.
    pub(super) fn write(self, report: &Report) -> Result<(), OutputError> {
        let json = json::write(report)?;
        if let Some(file) = self.json {
            file.write(&json)?;
        }
        if let Some(file) = self.html {
            file.write(&html::render(report))?;
        }
        let shown = if self.json_to_stdout {
            json
        } else {
            text::render(report, look())
        };
        // A closed pipe is the reader's choice.
        let _ = writeln!(io::stdout(), "{}", shown.trim_end());
        Ok(())
    }
}

/// Writes a value as JSON to a file; `-` is standard output.
pub(super) fn write_json(path: &Path, value: &serde_json::Value) -> Result<(), OutputError> {
    let json = serde_json::to_string_pretty(value)?;
    if path == Path::new("-") {
        // A closed pipe is the reader's choice.
        let _ = writeln!(io::stdout(), "{json}");
        return Ok(());
    }
    Reserved::reserve(path)?.write(&format!("{json}\n"))
}

/// A file that is written beside its place and put there whole.
struct Reserved {
    path: PathBuf,
    beside: PathBuf,
    file: Option<File>,
}

impl Reserved {
    fn reserve(path: &Path) -> Result<Self, OutputError> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let error = |cause| OutputError::File {
            path: path.to_owned(),
            cause,
        };
        if path.is_dir() {
            return Err(error(io::ErrorKind::IsADirectory.into()));
        }
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&beside);
        Ok(Self {
            path: path.to_owned(),
            beside,
            file: Some(file.map_err(error)?),
        })
    }

    fn write(mut self, content: &str) -> Result<(), OutputError> {
        let written = self
            .file
            .take()
            .map_or(Ok(()), |mut file| file.write_all(content.as_bytes()));
        let placed = written.and_then(|()| fs::rename(&self.beside, &self.path));
        placed.map_err(|cause| OutputError::File {
            path: self.path.clone(),
            cause,
        })
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        // After a success there is nothing left to remove.
        let _ = fs::remove_file(&self.beside);
    }
}

/// How the text is to look where it goes: colours on a terminal only, and not with `NO_COLOR`
/// (no-color.org).
fn look() -> Look {
    let is_terminal = io::stdout().is_terminal();
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
    let columns = size
        .map(|size| usize::from(size.ws_col))
        .filter(|columns| *columns > 0);
    Look {
        width: columns.unwrap_or(COLUMNS),
        color: is_terminal && !no_color,
    }
}
