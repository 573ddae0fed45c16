//! Purchases on their way: the key of each is kept in a file from before it is sent until its
//! outcome is known.
//!
//! So a program that was killed, or cut off, asks again with the same key the next time: it gets the
//! confirmation of the first attempt, and never buys in ignorance of it.

use std::fs;
use std::io;
use std::path::PathBuf;

use auboutique_certs::ServerAddress;
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::money::Money;
use auboutique_protocol::purchases::Buy;
use serde::{Deserialize, Serialize};

use crate::cli::failure::Failure;
use crate::cli::state::State;
use crate::terminal::files::{cannot, create_directory, read_if_exists, replace};

/// A purchase whose outcome is not known yet, in its file.
#[derive(Debug)]
pub(crate) struct Pending {
    path: PathBuf,
    pub(crate) request: Buy,
}

#[derive(Serialize, Deserialize)]
struct Content {
    key: String,
    price: Money,
}

impl Pending {
    /// Finds the purchase of a product that an earlier run left open.
    pub(crate) fn find(
        state: &State,
        address: &ServerAddress,
        username: &str,
        product: ProductId,
    ) -> Result<Option<Self>, Failure> {
        let path = path(state, address, username, product);
        let content = read_if_exists(&path).map_err(|error| cannot("read", &path, &error))?;
        let Some(content) = content else {
            return Ok(None);
        };
        let Some(request) = parse(&content, product) else {
            let message = format!("{} is damaged", path.display());
            return Err(Failure::failed(message)
                .hint("look at `auboutique purchases`, then remove the file"));
        };
        Ok(Some(Self { path, request }))
    }

    /// Writes a new purchase down, durably.
    pub(crate) fn begin(
        state: &State,
        address: &ServerAddress,
        username: &str,
        request: Buy,
    ) -> Result<Self, Failure> {
        let path = path(state, address, username, request.product);
        let content = Content {
            key: request.key.to_string(),
            price: request.price,
        };
        let directory = path
            .parent()
            .expect("the path was joined from a directory and a name");
        let written = create_directory(directory)
            .and_then(|()| serde_json::to_vec(&content).map_err(io::Error::from))
            .and_then(|content| replace(&path, &content));
        written.map_err(|error| cannot("write", &path, &error))?;
        Ok(Self { path, request })
    }

    /// Removes the file once the outcome is known.
    pub(crate) fn settle(self) -> Result<(), Failure> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(cannot("remove", &self.path, &error))
            }
            _ => Ok(()),
        }
    }
}

fn path(state: &State, address: &ServerAddress, username: &str, product: ProductId) -> PathBuf {
    // Colons of an IPv6 address are trouble in file names elsewhere.
    let host = address.host.replace(':', "_");
    state
        .path("purchases")
        .join(format!("{host}-{}", address.port))
        .join(username)
        .join(format!("{product}.json"))
}

fn parse(content: &[u8], product: ProductId) -> Option<Buy> {
    let content: Content = serde_json::from_slice(content).ok()?;
    Some(Buy {
        key: content.key.parse::<Key>().ok()?,
        price: content.price,
        product,
    })
}
