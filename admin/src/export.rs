//! Sales as a file for a spreadsheet.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use auboutique_client::terminal::failure::Failure;
use auboutique_client::terminal::files::{cannot, replace};
use auboutique_protocol::admin::SalesTotals;
use auboutique_protocol::text::term_safe;
use serde_json::json;

use crate::args::ExportSales;
use crate::context::Context;
use crate::fields::csv_lines;
use crate::list::{follow, totals_line};
use crate::market;

/// Writes all sales of some days, first first.
pub(crate) async fn sales(context: &Context, arguments: ExportSales) -> Result<(), Failure> {
    let out = context.out;
    let request = market::request(arguments.filter)?;
    let path = arguments.output.filter(|path| path.as_os_str() != "-");
    match &path {
        None if out.json => {
            return Err(Failure::usage(
                "--json and the file both want standard output; give one with -o",
            ));
        }
        None => {}
        Some(path) => check_target(path, arguments.force)?,
    }
    let client = context.connect().await?;
    let seen = follow(&client, request, None, None).await?;
    client.close().await;
    let mut sales = seen.pages.items;
    // A sheet is read downwards, and the next month goes below.
    sales.reverse();
    let lines = csv_lines(&sales);
    let summary = seen.totals.as_ref().map(totals_line).unwrap_or_default();
    let Some(path) = path else {
        out.lines(lines)?;
        if !io::stdout().is_terminal() {
            out.note(&summary);
        }
        return Ok(());
    };
    save(&path, &lines, arguments.force).map_err(|error| cannot("write", &path, &error))?;
    let file = path.display().to_string();
    let value = json!({
        "file": file,
        "sales": sales.len(),
        "sum": seen.totals.map(|SalesTotals { sum, .. }| sum),
    });
    out.result(&value, || {
        vec![format!("Saved {}. {summary}", term_safe(&file))]
    })
}

/// Tells before connecting what saving would fail of.
fn check_target(path: &Path, force: bool) -> Result<(), Failure> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if parent.is_some_and(|parent| !parent.is_dir()) {
        let path = path.display();
        return Err(Failure::failed(format!("there is no directory for {path}")));
    }
    if !force && path.symlink_metadata().is_ok() {
        let failure = Failure::failed(format!("{} exists", path.display()));
        return Err(failure.hint("--force replaces it"));
    }
    Ok(())
}

/// Writes the file, which names people, for its owner alone. One that exists is replaced in one step.
fn save(path: &Path, lines: &[String], force: bool) -> io::Result<()> {
    let mut content = lines.join("\n");
    content.push('\n');
    if force {
        // In the folder of the moment a file has no parent by name.
        return replace(&std::path::absolute(path)?, content.as_bytes());
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content.as_bytes())
}
