//! The command `picture`: drawing a product's picture in the terminal, or saving it.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use auboutique_protocol::catalog::{Picture, PictureData, PictureSize, ShowProduct};
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::term_safe;
use serde_json::json;

use super::of_product;
use crate::Error;
use crate::cli::args;
use crate::cli::drawing::{self, Palette};
use crate::cli::failure::Failure;
use crate::cli::session::{Context, Member};
use crate::terminal::files::cannot;
use crate::terminal::output::{Output, terminal_height};

/// Shows the picture in the terminal, or saves it.
pub(crate) async fn picture(context: &Context, arguments: args::Picture) -> Result<(), Failure> {
    match arguments.output.clone() {
        Some(path) => save_picture(context, &arguments, &path).await,
        None => draw_picture(context, arguments.id).await,
    }
}

async fn draw_picture(context: &Context, id: ProductId) -> Result<(), Failure> {
    let palette = palette(context.out)?;
    let data = fetch_picture(context, id, PictureSize::Thumbnail).await?;
    let columns = u32::try_from(context.out.width).unwrap_or(u32::MAX);
    // The line below is the next prompt's. Where nobody knows the height, the width decides.
    let rows = terminal_height().map_or(columns, |rows| {
        u32::try_from(rows.saturating_sub(1).max(1)).unwrap_or(columns)
    });
    let pixels = crate::cli::picture::pixels(data.data.0, columns, rows.saturating_mul(2))?;
    context.out.lines(drawing::lines(&pixels, palette))
}

/// How to draw on standard output, if that is possible.
fn palette(out: Output) -> Result<Palette, Failure> {
    let refused = |reason: &str| {
        Failure::usage(reason.to_owned()).hint("save it with -o FILE; -o - is standard output")
    };
    if out.json {
        return Err(refused("a drawing is no JSON"));
    }
    if !io::stdout().is_terminal() {
        return Err(refused("a picture is drawn in a terminal only"));
    }
    if !out.has_color() {
        return Err(refused("a picture cannot be drawn without colours"));
    }
    let [colorterm, term] = ["COLORTERM", "TERM"].map(|name| std::env::var(name).ok());
    Palette::of_terminal(colorterm.as_deref(), term.as_deref())
        .ok_or_else(|| refused("this terminal has too few colours for a picture"))
}

async fn fetch_picture(
    context: &Context,
    id: ProductId,
    size: PictureSize,
) -> Result<PictureData, Failure> {
    let member = context.member().await?;
    let picture = match member.client.call(&Picture { id, size }).await {
        Ok(picture) => picture,
        Err(error) => return Err(without_picture(&member, id, error).await),
    };
    member.client.close().await;
    Ok(picture)
}

/// Tells a product without a picture from none at all.
async fn without_picture(member: &Member, id: ProductId, error: Error) -> Failure {
    let is_missing = matches!(error.code(), Some(ErrorCode::NotFound(_)));
    if is_missing && member.client.call(&ShowProduct { id }).await.is_ok() {
        return Failure::from(error).told(format!("product {id} has no picture"));
    }
    of_product(id, error)
}

async fn save_picture(
    context: &Context,
    arguments: &args::Picture,
    path: &Path,
) -> Result<(), Failure> {
    let to_stdout = path.as_os_str() == "-";
    if to_stdout && io::stdout().is_terminal() {
        return Err(Failure::usage("a picture is no text for a terminal")
            .hint("give a file with -o, or leave -o out to have it drawn"));
    }
    if to_stdout && context.out.json {
        return Err(Failure::usage("--json and -o - both want standard output"));
    }
    if !to_stdout {
        check_target(path, arguments.force)?;
    }
    let size = if arguments.thumbnail {
        PictureSize::Thumbnail
    } else {
        PictureSize::Full
    };
    let picture = fetch_picture(context, arguments.id, size).await?;
    let data = &picture.data.0;
    if to_stdout {
        let mut out = io::stdout().lock();
        out.write_all(data)?;
        return Ok(out.flush()?);
    }
    save(path, data, arguments.force).map_err(|error| cannot("write", path, &error))?;
    let (width, height) = (picture.width, picture.height);
    let file = path.display().to_string();
    let value = json!({
        "file": file,
        "bytes": data.len(),
        "width": width,
        "height": height,
        "media_type": picture.media_type,
    });
    context.out.result(&value, || {
        vec![format!(
            "Saved {}: {width} × {height} pixels, {} bytes.",
            term_safe(&file),
            data.len()
        )]
    })
}

/// Tells before connecting what saving would fail of.
fn check_target(path: &Path, force: bool) -> Result<(), Failure> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if parent.is_some_and(|parent| !parent.is_dir()) {
        return Err(Failure::failed(format!(
            "there is no directory for {}",
            path.display()
        )));
    }
    if !force && path.symlink_metadata().is_ok() {
        return Err(
            Failure::failed(format!("{} exists", path.display())).hint("--force replaces it")
        );
    }
    Ok(())
}

fn save(path: &Path, data: &[u8], force: bool) -> io::Result<()> {
    let mut file = if force {
        File::create(path)?
    } else {
        OpenOptions::new().write(true).create_new(true).open(path)?
    };
    file.write_all(data)
}
