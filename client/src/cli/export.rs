//! The command `export`: everything that the server keeps about a member, as files.
//!
//! The result is a directory with `account.json` and one file a picture, `pictures/ID.jpg`. It is
//! put together under another name beside its place and appears whole, or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use auboutique_protocol::accounts::{ExportAccount, ExportedProduct, Profile};
use auboutique_protocol::catalog::{Picture, PictureSize};
use auboutique_protocol::chat::Message;
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::purchases::Purchase;
use auboutique_protocol::text::term_safe;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::cli::args;
use crate::cli::failure::Failure;
use crate::cli::session::{Context, Member};
use crate::cli::views::{ConfirmationView, ExportedView, MessageView, ProfileView};
use crate::terminal::files::{cannot, create_directory};
use crate::terminal::output::{Output, escape_hostile, rfc3339};

/// Everything but the pictures.
#[derive(Debug)]
struct Account {
    profile: Profile,
    products: Vec<ExportedProduct>,
    purchases: Vec<Purchase>,
    messages: Vec<Message>,
}

pub(crate) async fn export(context: &Context, arguments: args::Export) -> Result<(), Failure> {
    if let Some(target) = &arguments.output {
        check_target(target)?;
    }
    let member = context.member().await?;
    let target = match arguments.output {
        Some(target) => target,
        None => default_target(&member.profile.username)?,
    };
    check_target(&target)?;
    let account = fetch(&member).await?;
    let folder = Unfinished::create(&target)?;
    let (pictures, bytes) = save_pictures(context.out, &member, &account, &folder.path).await?;
    member.client.close().await;
    let json = account_json(&account, &member.address.to_string());
    save(&folder.path.join("account.json"), json.as_bytes())?;
    folder.finish(&target)?;
    let directory = target.display().to_string();
    let (products, purchases) = (account.products.len(), account.purchases.len());
    let messages = account.messages.len();
    let value = json!({
        "directory": directory,
        "products": products,
        "purchases": purchases,
        "messages": messages,
        "pictures": pictures,
        "picture_bytes": bytes,
    });
    context.out.result(&value, || {
        vec![format!(
            "Saved {}: {products} products, {purchases} purchases, {messages} messages, \
             {pictures} pictures.",
            term_safe(&directory)
        )]
    })
}

/// Only this program's own idea of a username becomes part of a path.
fn default_target(username: &str) -> Result<PathBuf, Failure> {
    let username = auboutique_protocol::text::Username::parse(username)
        .map_err(|_| Failure::failed("the server gave a strange username").hint("give -o DIR"))?;
    Ok(PathBuf::from(format!("auboutique-{username}")))
}

/// Tells before anything is fetched what saving would fail of.
fn check_target(target: &Path) -> Result<(), Failure> {
    if target.as_os_str() == "-" {
        return Err(
            Failure::usage("an export is a directory of files, not for standard output")
                .hint("give the directory with -o DIR; ./- is one of that name"),
        );
    }
    if target.symlink_metadata().is_ok() {
        return Err(Failure::failed(format!("{} exists", target.display()))
            .hint("give another directory with -o"));
    }
    if target.file_name().is_none() {
        return Err(Failure::usage(format!(
            "{} names no directory to make",
            target.display()
        )));
    }
    let parent = parent(target);
    if !parent.is_dir() {
        return Err(Failure::failed(format!(
            "there is no directory {}",
            parent.display()
        )));
    }
    Ok(())
}

fn parent(target: &Path) -> &Path {
    let parent = target.parent();
    parent
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Follows the pages of the export.
async fn fetch(member: &Member) -> Result<Account, Failure> {
    let mut account = Account {
        profile: member.profile.clone(),
        products: Vec::new(),
        purchases: Vec::new(),
        messages: Vec::new(),
    };
    let mut request = ExportAccount::default();
    loop {
        let page = member.client.call(&request).await?;
        if let Some(profile) = page.profile {
            account.profile = profile;
        }
        account.products.extend(page.products);
        account.purchases.extend(page.purchases);
        account.messages.extend(page.messages);
        // A page that leads to itself would be asked for forever.
        if page.next.is_none() || page.next == request.cursor {
            return Ok(account);
        }
        request.cursor = page.next;
    }
}

/// Saves the pictures one by one and returns how many there are, and their size.
async fn save_pictures(
    out: Output,
    member: &Member,
    account: &Account,
    folder: &Path,
) -> Result<(usize, usize), Failure> {
    let pictured = account
        .products
        .iter()
        .filter(|product| product.picture.is_some());
    let bar = picture_bar(out, pictured.clone().count());
    let (mut count, mut bytes) = (0, 0);
    for product in pictured {
        let request = Picture {
            id: product.id,
            size: PictureSize::Full,
        };
        let picture = member.client.call(&request).await?;
        save(&folder.join(picture_file(product)), &picture.data.0)?;
        count += 1;
        bytes += picture.data.0.len();
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok((count, bytes))
}

fn picture_bar(out: Output, pictures: usize) -> ProgressBar {
    if out.quiet || pictures == 0 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("Fetching pictures [{bar:30}] {pos}/{len}")
        .expect("the template is well formed");
    // Hidden by itself when standard error is no terminal.
    ProgressBar::with_draw_target(Some(pictures as u64), ProgressDrawTarget::stderr())
        .with_style(style)
}

/// Where a product's picture is, seen from `account.json`.
pub(crate) fn picture_file(product: &ExportedProduct) -> String {
    format!("pictures/{}.jpg", product.id)
}

fn account_json(account: &Account, server: &str) -> String {
    let products: Vec<_> = account.products.iter().map(ExportedView::from).collect();
    let purchases: Vec<_> = account
        .purchases
        .iter()
        .map(ConfirmationView::from)
        .collect();
    let messages: Vec<_> = account.messages.iter().map(MessageView::from).collect();
    let value: Value = json!({
        "server": server,
        "exported_at": rfc3339(now()),
        "profile": ProfileView::from(&account.profile),
        "products": products,
        "purchases": purchases,
        "messages": messages,
    });
    // Line by line: only the breaks between the lines are ours.
    let lines = format!("{value:#}");
    let safe = lines.lines().map(|line| escape_hostile(line) + "\n");
    safe.collect()
}

fn now() -> UnixMillis {
    let millis = jiff::Timestamp::now().as_millisecond();
    UnixMillis(u64::try_from(millis).unwrap_or(0))
}

fn save(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(content));
    written.map_err(|error| cannot("write", path, &error))
}

/// A directory that is not yet in its place; removed when it does not get there.
#[derive(Debug)]
struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    /// Makes it, for the owner alone, with its directory of pictures.
    fn create(target: &Path) -> Result<Self, Failure> {
        let name = target.file_name().unwrap_or_default();
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}.tmp", std::process::id()));
        let folder = Self {
            path: parent(target).join(temporary),
        };
        let path = &folder.path;
        create_directory(&path.join("pictures")).map_err(|error| cannot("create", path, &error))?;
        Ok(folder)
    }

    /// Puts it into its place.
    fn finish(self, target: &Path) -> Result<(), Failure> {
        // Renaming would replace an empty directory that came into being meanwhile.
        let moved = match target.symlink_metadata() {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => fs::rename(&self.path, target),
        };
        moved.map_err(|error| cannot("create", target, &error))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It is gone when it reached its place.
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finished_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("mine");
        let unfinished = Unfinished::create(&target).unwrap();
        save(&unfinished.path.join("account.json"), b"{}").unwrap();
        assert!(
            save(&unfinished.path.join("account.json"), b"{}").is_err(),
            "nothing is overwritten"
        );
        drop(unfinished);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        Unfinished::create(&target)
            .unwrap()
            .finish(&target)
            .unwrap();
        assert!(target.join("pictures").is_dir());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let late = Unfinished::create(&target).unwrap().finish(&target);
        assert!(late.is_err(), "what is there stays");
    }

    #[test]
    fn a_target_is_a_new_directory_in_one_that_exists() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check_target(&folder.path().join("new")).is_ok());
        for wrong in [
            folder.path().to_owned(),
            folder.path().join("no/new"),
            "..".into(),
        ] {
            assert!(check_target(&wrong).is_err(), "{}", wrong.display());
        }
        assert!(default_target("../mona").is_err());
    }
}
