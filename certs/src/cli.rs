//! The commands of `auboutique-certs`: each takes what was typed and returns what to print.

mod admins;

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use anyhow::Context as _;
use auboutique_certs::{
    AUTHORITY_CERTIFICATE, AdminName, CertificateFacts, Error, NameError, SERVER_CERTIFICATE,
    SubjectName, TlsFolder, certificate_facts, default_names,
};
use clap::{Args, Parser, Subcommand};
use etcetera::BaseStrategy as _;
use jiff::Timestamp;
use serde_json::{Value, json};

const EXAMPLES: &str = "\
Examples:
  auboutique-certs init --name shop.example.org --name 192.0.2.7
  auboutique-certs show
  auboutique-certs show --json --data-dir /srv/auboutique
  auboutique-certs renew --name shop.example.org
  auboutique-certs admin ops
  auboutique-certs revoke ops";

/// Create, look at and renew the certificates of an AUBoutique server and its administrators.
///
/// A server creates and renews its own certificates by itself when it starts; those of
/// administrators are issued and revoked here.
#[derive(Debug, Parser)]
#[command(name = "auboutique-certs", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create an authority and a server certificate; an existing folder is left as it is
    Init {
        #[command(flatten)]
        folder: Folder,
        #[command(flatten)]
        names: Names,
    },
    /// Show the certificates and how long they last
    Show {
        #[command(flatten)]
        folder: Folder,
        /// Print JSON for programs
        #[arg(long)]
        json: bool,
    },
    /// Issue a new server certificate now; the authority, and so the invite, stays the same
    Renew {
        #[command(flatten)]
        folder: Folder,
        #[command(flatten)]
        names: Names,
    },
    /// Make somebody an administrator: issue a certificate for 90 days and put it on the list
    ///
    /// An earlier certificate of the same name no longer lets anybody in.
    Admin {
        #[command(flatten)]
        folder: Folder,
        /// What the administrator is called in the audit: a-z, 0-9, dot, hyphen, underscore
        name: AdminName,
        /// Where to write cert.pem, key.pem and ca.pem [default: `admins/NAME` in the data folder]
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// Take an administrator off the list; open connections end within two seconds
    Revoke {
        #[command(flatten)]
        folder: Folder,
        /// The administrator
        name: AdminName,
    },
    /// List the administrators and how long their certificates last
    Admins {
        #[command(flatten)]
        folder: Folder,
        /// Print JSON for programs
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
struct Folder {
    /// The server's data folder [default: `auboutique` in the user's data folder]
    #[arg(long, value_name = "DIR", env = "AUBOUTIQUE_DATA_DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Names {
    /// A host name or IP address under which clients reach the server; may be repeated
    #[arg(long = "name", value_name = "HOST", value_parser = parse_name)]
    names: Vec<SubjectName>,
}

impl Folder {
    /// The data folder.
    fn data(self) -> anyhow::Result<PathBuf> {
        Ok(match self.data_dir {
            Some(folder) => folder,
            None => etcetera::choose_base_strategy()
                .context("cannot find the user's data folder; name one with --data-dir")?
                .data_dir()
                .join("auboutique"),
        })
    }

    /// The folder of certificates inside the data folder.
    fn open(self) -> anyhow::Result<TlsFolder> {
        Ok(TlsFolder::new(self.data()?.join("tls")))
    }
}

impl Names {
    fn given(&self) -> Option<Vec<String>> {
        let names: Vec<_> = self.names.iter().map(ToString::to_string).collect();
        (!names.is_empty()).then_some(names)
    }
}

fn parse_name(text: &str) -> Result<SubjectName, NameError> {
    text.parse()
}

/// Does what was asked and returns the text for standard output.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<String> {
    let now = Timestamp::now();
    match arguments.command {
        Command::Init { folder, names } => init(&folder.open()?, &names, now),
        Command::Show { folder, json } => show(&folder.open()?, json, now),
        Command::Renew { folder, names } => renew(&folder.open()?, &names, now),
        Command::Admin {
            folder,
            name,
            output,
        } => admins::issue(&folder.data()?, &name, output, now),
        Command::Revoke { folder, name } => admins::revoke(&folder.open()?, &name),
        Command::Admins { folder, json } => admins::list(&folder.open()?, json, now),
    }
}

/// What the person can do about a failure, if it is known.
pub(crate) fn hint(error: &anyhow::Error) -> Option<String> {
    let error: &Error = error.downcast_ref()?;
    if let Error::Read { source, .. } = error
        && source.kind() == io::ErrorKind::NotFound
    {
        let text = "create the certificates with `auboutique-certs init`, or name the data \
                    folder with --data-dir";
        return Some(text.to_owned());
    }
    error.hint()
}

fn init(folder: &TlsFolder, names: &Names, now: Timestamp) -> anyhow::Result<String> {
    let complete = folder.is_complete()?;
    if !complete {
        folder.ensure(&names.given().unwrap_or_else(default_names), now)?;
    }
    let mut text = if complete {
        format!(
            "{} exists already; nothing was changed.\n\n",
            folder.path().display()
        )
    } else {
        format!("Created {}.\n\n", folder.path().display())
    };
    text.push_str(&overview(folder, now)?);
    Ok(text)
}

fn renew(folder: &TlsFolder, names: &Names, now: Timestamp) -> anyhow::Result<String> {
    folder.renew(names.given().as_deref(), now)?;
    let text = overview(folder, now)?;
    Ok(format!("Issued a new server certificate.\n\n{text}"))
}

fn show(folder: &TlsFolder, as_json: bool, now: Timestamp) -> anyhow::Result<String> {
    if !as_json {
        return overview(folder, now);
    }
    let (authority, server) = facts(folder)?;
    let document = json!({
        "folder": folder.path().display().to_string(),
        "authority": to_json(&authority, now),
        "server": to_json(&server, now),
    });
    Ok(format!("{document:#}\n"))
}

fn facts(folder: &TlsFolder) -> Result<(CertificateFacts, CertificateFacts), Error> {
    let authority = certificate_facts(&folder.file(AUTHORITY_CERTIFICATE))?;
    let server = certificate_facts(&folder.file(SERVER_CERTIFICATE))?;
    Ok((authority, server))
}

fn overview(folder: &TlsFolder, now: Timestamp) -> anyhow::Result<String> {
    let (authority, server) = facts(folder)?;
    let mut text = String::new();
    section(
        &mut text,
        "Authority",
        AUTHORITY_CERTIFICATE,
        &authority,
        now,
    )?;
    text.push('\n');
    section(&mut text, "Server", SERVER_CERTIFICATE, &server, now)?;
    Ok(text)
}

fn section(
    text: &mut String,
    title: &str,
    file: &str,
    facts: &CertificateFacts,
    now: Timestamp,
) -> std::fmt::Result {
    writeln!(text, "{title} ({file})")?;
    writeln!(text, "  subject      {}", facts.subject)?;
    if !facts.names.is_empty() {
        writeln!(text, "  names        {}", facts.names.join(", "))?;
    }
    if !facts.extended_key_usages.is_empty() {
        writeln!(
            text,
            "  purpose      {}",
            facts.extended_key_usages.join(", ")
        )?;
    }
    writeln!(text, "  valid from   {}", facts.not_before)?;
    writeln!(
        text,
        "  valid until  {}, {}",
        facts.not_after,
        remaining(facts.days_left(now))
    )?;
    writeln!(text, "  SHA-256      {}", facts.fingerprint.grouped())
}

fn remaining(days_left: i64) -> String {
    match days_left {
        i64::MIN..=-1 => "expired".to_owned(),
        1 => "1 day left".to_owned(),
        days => format!("{days} days left"),
    }
}

fn to_json(facts: &CertificateFacts, now: Timestamp) -> Value {
    json!({
        "subject": facts.subject,
        "issuer": facts.issuer,
        "names": facts.names,
        "not_before": facts.not_before.to_string(),
        "not_after": facts.not_after.to_string(),
        "days_left": facts.days_left(now),
        "is_authority": facts.is_authority,
        "extended_key_usages": facts.extended_key_usages,
        "sha256": facts.fingerprint.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }

    /// The lines of a page's code blocks that call this program.
    fn commands(page: &str) -> Vec<String> {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(page);
        let text = std::fs::read_to_string(file).expect("the page exists");
        let blocks = text.split("```").skip(1).step_by(2);
        let lines = blocks.flat_map(str::lines).map(str::trim);
        let is_ours = |line: &&str| {
            let name = line.split_whitespace().next().unwrap_or_default();
            name.ends_with("auboutique-certs")
        };
        lines.filter(is_ours).map(str::to_owned).collect()
    }

    #[test]
    fn the_commands_in_the_documents_are_commands() {
        let documented = commands("docs/OPERATIONS.md");
        assert!(documented.len() >= 3, "{documented:?}");
        for line in documented.into_iter().chain(commands("README.md")) {
            let parsed = Arguments::try_parse_from(line.split_whitespace());
            assert!(parsed.is_ok(), "{line}: {parsed:?}");
        }
    }
}
