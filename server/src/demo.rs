//! A market to look at: `--demo` fills a data directory of its own with people, products and
//! pictures.
//!
//! The first start makes up the passphrases and writes them to a file in the directory, which also
//! marks it as a demo: a directory with a real market is never touched. Then the people register,
//! sell, buy and write through the same handlers as everybody. Each of their requests has a fixed
//! key, so a start that was cut off is made good by the next one, and nothing happens twice.

mod painting;
mod people;

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use auboutique_protocol::accounts::{Password, Register};
use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::catalog::{Listed, Sell};
use auboutique_protocol::chat::{IfOffline, SendMessage};
use auboutique_protocol::codec;
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::limits::PASSWORD_CHARACTERS_MAX;
use auboutique_protocol::money::Money;
use auboutique_protocol::purchases::Buy;
use auboutique_protocol::text::Username;
use serde::{Deserialize, Serialize};

use self::people::{MESSAGES, PEOPLE, PRODUCTS, PURCHASES, Person, Product};
use crate::auth::password::{Verification, prepare};
use crate::auth::token::SessionToken;
use crate::context::Context;
use crate::error::ServiceError;
use crate::handlers::{accounts, catalog, chat, purchases};
use crate::session::Session;
use crate::store::sqlite::backup::Database;

/// The file that marks a demo and keeps its passphrases.
pub(crate) const FILE: &str = "demo.json";
/// The same while it is written.
const FILE_NEW: &str = "demo.new";
/// What may stand in a directory that becomes a demo: what a first start that was cut off leaves, and
/// certificates that were made beforehand.
const ALLOWED_BEFORE: [&str; 3] = ["lock", "tls", FILE_NEW];

/// Why there is no demo to show.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The directory holds a real market.
    #[error("{} holds a market that is no demo", .0.display())]
    NotADemo(PathBuf),
    /// The directory holds something else.
    #[error("{} is not empty and holds no demo", .0.display())]
    Occupied(PathBuf),
    /// The file with the passphrases cannot be read or written.
    #[error("cannot use {}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The market could not be filled, or not be looked at.
    #[error("cannot set up the demo: {0}")]
    Seeding(String),
}

impl From<ServiceError> for DemoError {
    fn from(error: ServiceError) -> Self {
        let reply = error.into_reply();
        Self::Seeding(format!("{}: {}", reply.code.name(), reply.message))
    }
}

/// Somebody to log in as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoUser {
    /// The username.
    pub username: String,
    /// The passphrase, which guards nothing but the demo.
    pub passphrase: String,
}

/// Somebody who lives in the demo now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoLogin {
    /// The username.
    pub username: String,
    /// The passphrase of the first start, unless the password was changed since.
    pub passphrase: Option<String>,
}

/// What the file keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Demo {
    pub(crate) users: Vec<DemoUser>,
    /// Everything is in place.
    is_filled: bool,
    #[serde(skip)]
    path: PathBuf,
}

impl Demo {
    /// Refuses a directory that holds a real market or something else. To be asked before the
    /// directory is locked: what is no data directory does not even get a lock.
    pub(crate) fn check_place(data_dir: &Path) -> Result<(), DemoError> {
        // A directory that cannot be read is refused by its lock, which says why.
        let entries = fs::read_dir(data_dir).into_iter().flatten().flatten();
        let names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
        let holds = |name: &str| names.iter().any(|found| found == name);
        if holds(FILE) {
            Ok(())
        } else if holds(Database::Main.file_name()) {
            Err(DemoError::NotADemo(data_dir.to_owned()))
        } else if names
            .iter()
            .all(|name| ALLOWED_BEFORE.iter().any(|allowed| name == allowed))
        {
            Ok(())
        } else {
            Err(DemoError::Occupied(data_dir.to_owned()))
        }
    }

    /// Opens the demo of a data directory, or begins one where there is nothing yet. The caller
    /// holds the directory's lock.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, DemoError> {
        let path = data_dir.join(FILE);
        let unusable = |cause| DemoError::File {
            path: path.clone(),
            cause,
        };
        match fs::read(&path) {
            Ok(content) => {
                let demo: Self = serde_json::from_slice(&content)
                    .map_err(|error| unusable(io::Error::other(error)))?;
                Ok(Self { path, ..demo })
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unusable(error)),
            Err(_) => {
                Self::check_place(data_dir)?;
                let user = |person: &Person| {
                    let passphrase =
                        passphrase().map_err(|error| io::Error::other(error.to_string()))?;
                    Ok(DemoUser {
                        username: person.username.to_owned(),
                        passphrase,
                    })
                };
                let users = PEOPLE.iter().map(user).collect::<Result<_, io::Error>>();
                let demo = Self {
                    users: users.map_err(unusable)?,
                    is_filled: false,
                    path: path.clone(),
                };
                demo.save().map_err(unusable)?;
                Ok(demo)
            }
        }
    }

    /// Fills the market, unless that was done before.
    pub(crate) async fn fill(&mut self, context: &Context) -> Result<(), DemoError> {
        if self.is_filled {
            return Ok(());
        }
        tracing::info!(products = PRODUCTS.len(), "filling the demo market");
        self.seed(context).await?;
        self.is_filled = true;
        self.save().map_err(|cause| DemoError::File {
            path: self.path.clone(),
            cause,
        })?;
        tracing::info!("the demo market is ready");
        Ok(())
    }

    /// Who can be logged in as, and by which passphrase: people may have changed theirs, or left.
    pub(crate) async fn logins(&self, context: &Context) -> Result<Vec<DemoLogin>, DemoError> {
        let mut logins = Vec::new();
        for DemoUser {
            username,
            passphrase,
        } in &self.users
        {
            let name = Username::parse(username).map_err(ServiceError::text("username"))?;
            let credentials = context.store.credentials(&name).await;
            let Some(credentials) = credentials.map_err(ServiceError::from)? else {
                continue;
            };
            let typed = prepare(passphrase, 0..=PASSWORD_CHARACTERS_MAX).unwrap_or_default();
            let verified = context.passwords.verify(typed, Some(credentials.password));
            let is_valid = match verified.await.map_err(ServiceError::from)? {
                Verification::Match { .. } => true,
                Verification::Mismatch => false,
            };
            logins.push(DemoLogin {
                username: username.clone(),
                passphrase: is_valid.then(|| passphrase.clone()),
            });
        }
        Ok(logins)
    }

    async fn seed(&self, context: &Context) -> Result<(), ServiceError> {
        let mut sessions = Vec::new();
        for (person, user) in PEOPLE.iter().zip(&self.users) {
            sessions.push(join(person, user, context).await?);
        }
        let session = |username: &str| {
            let position = PEOPLE.iter().position(|person| person.username == username);
            &sessions[position.expect("the story names people of the demo")]
        };
        let mut listed = Vec::new();
        for (number, product) in (0..).zip(PRODUCTS) {
            listed.push(sell(number, product, session(product.owner), context).await?);
        }
        for (number, (buyer, product)) in (0..).zip(PURCHASES) {
            let request = Buy {
                key: key(2, number),
                price: in_currency(PRODUCTS[*product].price, context),
                product: listed[*product],
            };
            purchases::buy(&request, session(buyer).user()?, context).await?;
        }
        for (number, (from, to, about, text)) in (0..).zip(MESSAGES) {
            let request = SendMessage {
                to: (*to).to_owned(),
                key: key(3, number),
                text: (*text).to_owned(),
                about: about.map(|product| listed[product]),
                if_offline: IfOffline::Keep,
            };
            chat::send_message(request, session(from).user()?, context).await?;
        }
        Ok(())
    }

    /// Writes the file whole, for its owner alone.
    fn save(&self) -> io::Result<()> {
        let temporary = self.path.with_file_name(FILE_NEW);
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)?;
        let json = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        file.write_all(&json)?;
        file.sync_all()?;
        fs::rename(&temporary, &self.path)
    }
}

/// Registers a person, unless an earlier start did, and speaks as them.
async fn join(
    person: &Person,
    user: &DemoUser,
    context: &Context,
) -> Result<Session, ServiceError> {
    let request = Register {
        name: person.name.to_owned(),
        email: format!("{}@example.org", person.username),
        password: Password::from(user.passphrase.as_str()),
        username: user.username.clone(),
    };
    let mut session = Session::Anonymous;
    let source = IpAddr::from(Ipv4Addr::LOCALHOST);
    match accounts::register(request, &session, source, context).await {
        Ok(_) | Err(ServiceError::Refused(ErrorCode::NameTaken(_))) => {}
        Err(error) => return Err(error),
    }
    let username = Username::parse(&user.username).map_err(ServiceError::text("username"))?;
    let credentials = context.store.credentials(&username).await?;
    let record = credentials
        .ok_or_else(|| ServiceError::Fault("a demo user is missing".into()))?
        .user;
    session.log_in(&record, SessionToken::generate()?.digest(), context)?;
    Ok(session)
}

async fn sell(
    number: u8,
    product: &Product,
    session: &Session,
    context: &Context,
) -> Result<ProductId, ServiceError> {
    let picture = product.picture;
    let png = tokio::task::spawn_blocking(move || painting::paint(picture)).await;
    let png = png.map_err(|error| ServiceError::Fault(error.into()))?;
    let known = &context.market.categories;
    let category = known
        .iter()
        .find(|category| category.as_str() == product.category)
        .or(known.last());
    let request = Sell {
        key: key(1, number),
        name: product.name.to_owned(),
        price: in_currency(product.price, context),
        picture: Some(ByteString(png)),
        category: category.map(ToString::to_string).unwrap_or_default(),
        description: product.description.to_owned(),
    };
    let reply = catalog::sell(request, session.user()?, context).await?;
    let listed: Listed = codec::decode(&reply.0)
        .map_err(|error| ServiceError::Fault(format!("an own reply: {error}").into()))?;
    Ok(listed.product)
}

/// The key of a request of the demo: the same at every start.
fn key(kind: u8, number: u8) -> Key {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(b"demo\0\0");
    bytes[14..].copy_from_slice(&[kind, number]);
    Key(bytes)
}

fn in_currency(minor: u64, context: &Context) -> Money {
    Money {
        minor,
        currency: context.market.currency,
    }
}

/// Four groups of five letters and digits without those that look alike: 100 random bits.
fn passphrase() -> Result<String, getrandom::Error> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = [0; 20];
    getrandom::fill(&mut random)?;
    let letters = random.map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    let groups: Vec<String> = letters
        .chunks(5)
        .map(|group| group.iter().collect())
        .collect();
    Ok(groups.join("-"))
}

#[cfg(test)]
mod tests;
