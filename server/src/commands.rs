//! What the program does other than to serve. Results go to standard output, progress to standard
//! error.

use std::future::Future;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use auboutique_server::backup::{self, BackupError, Progress};
use auboutique_server::check_certificate;
use auboutique_server::config::args::Loaded;
use tokio_util::sync::CancellationToken;

/// Prints what the configuration means, once the certificate that it names has been found good.
pub(crate) fn check_config(loaded: &Loaded) -> anyhow::Result<()> {
    check_certificate(&loaded.config)?;
    say(&loaded.to_toml()?)
}

/// Takes a backup of a data directory.
pub(crate) async fn backup(
    data_dir: &Path,
    directory: &Path,
    shutdown: &CancellationToken,
) -> anyhow::Result<()> {
    let mut show = progress();
    until(shutdown, backup::take(data_dir, directory, &mut show)).await?;
    say(&format!(
        "{} holds a backup of {}; it includes private keys, keep it safe\n",
        directory.display(),
        data_dir.display()
    ))
}

/// Looks for damage in the databases of a data directory.
pub(crate) async fn check_data(
    data_dir: &Path,
    shutdown: &CancellationToken,
) -> anyhow::Result<()> {
    let mut show = progress();
    until(shutdown, backup::check_data(data_dir, &mut show)).await?;
    say(&format!(
        "the databases in {} are sound\n",
        data_dir.display()
    ))
}

/// Restores a backup to a data directory.
pub(crate) async fn restore(
    directory: &Path,
    data_dir: &Path,
    force: bool,
    shutdown: &CancellationToken,
) -> anyhow::Result<()> {
    let mut show = progress();
    let restoring = backup::restore(directory, data_dir, force, &mut show);
    let aside = until(shutdown, restoring).await?;
    let mut text = format!(
        "{} is restored from {}\n",
        data_dir.display(),
        directory.display()
    );
    if let Some(aside) = aside {
        text += &format!("what was there is now {}\n", aside.display());
    }
    say(&text)
}

/// Drops the work when a signal comes; it leaves nothing behind.
async fn until<T>(
    shutdown: &CancellationToken,
    work: impl Future<Output = Result<T, BackupError>>,
) -> anyhow::Result<T> {
    tokio::select! {
        outcome = work => Ok(outcome?),
        () = shutdown.cancelled() => bail!("interrupted; nothing was changed"),
    }
}

/// Shows progress: on a terminal in one line that moves, elsewhere a line for each file.
fn progress() -> impl FnMut(Progress<'_>) {
    let terminal = io::stderr().is_terminal();
    move |Progress { doing, file, bytes }| {
        // Whoever closed standard error wants to see none.
        let _ = if terminal {
            let mebibytes = bytes / (1024 * 1024);
            write!(io::stderr(), "\r\x1b[K{doing} {file}: {mebibytes} MiB ")
        } else if bytes == 0 {
            writeln!(io::stderr(), "{doing} {file}")
        } else {
            Ok(())
        };
    }
}

/// Prints a result. A reader that has gone is no error.
fn say(text: &str) -> anyhow::Result<()> {
    if io::stderr().is_terminal() {
        // Ends the line of the progress.
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}
