//! What asks the servers: one client for each request in flight, as lean as its protocol allows, so that
//! the servers are what is measured. Every answer is decoded fully and looked at.

pub mod http;
pub mod ours;
pub mod rpc;

use std::path::Path;
use std::sync::Arc;

use auboutique_certs::{Trust, client_config};
use auboutique_protocol::ids::{Key, Token};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Failure, PAGE};

/// One that asks, one request at a time.
pub enum Client {
    /// AUBoutique's protocol.
    Ours(Box<ours::Client>),
    /// HTTP/1.1.
    Http(Box<http::Client>),
    /// gRPC.
    Rpc(Box<rpc::Client>),
}

impl Client {
    /// Lists the newest products, of which the first must be number `newest`.
    ///
    /// # Errors
    /// The answer is wrong, or there is none.
    pub async fn list(&mut self, newest: u64) -> Result<(), Failure> {
        match self {
            Self::Ours(client) => client.list(newest).await,
            Self::Http(client) => client.list(newest).await,
            Self::Rpc(client) => client.list(newest).await,
        }
    }

    /// Buys a product: whether this buyer has it; otherwise somebody else was faster.
    ///
    /// # Errors
    /// The answer is wrong, or there is none.
    pub async fn buy(&mut self, product: u64) -> Result<bool, Failure> {
        let key = Key::now();
        match self {
            Self::Ours(client) => client.buy(product, key).await,
            Self::Http(client) => client.buy(product, key).await,
            Self::Rpc(client) => client.buy(product, key).await,
        }
    }
}

/// What a page must say, whatever carried it.
///
/// # Errors
/// It says something else.
pub fn check_page(numbers: impl ExactSizeIterator<Item = u64>, newest: u64) -> Result<(), Failure> {
    let length = numbers.len();
    if length != PAGE as usize {
        return Err(format!("a page of {length} products instead of {PAGE}"));
    }
    let mut expected = newest;
    for number in numbers {
        if number != expected {
            return Err(format!("product {number} where {expected} belongs"));
        }
        expected -= 1;
    }
    Ok(())
}

/// What a confirmation must say, whatever carried it.
///
/// # Errors
/// It says something else.
pub fn check_confirmation<T: PartialEq>(told: &T, asked: &T, code: &str) -> Result<(), Failure> {
    if told == asked && code.len() == 8 {
        Ok(())
    } else {
        Err("a confirmation of something that was not asked for".into())
    }
}

/// A token as `authorization` headers carry it.
#[must_use]
pub fn bearer(token: &Token) -> String {
    let digits: String = token.0.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("Bearer {digits}")
}

/// How to connect to a peer: with the same trust as to ours.
#[derive(Clone)]
pub struct Dialer {
    connector: TlsConnector,
    port: u16,
}

impl Dialer {
    /// Connects to this port for this application protocol.
    ///
    /// # Errors
    /// The authority cannot be read.
    pub fn new(authority: &Path, alpn: &'static [u8], port: u16) -> Result<Self, Failure> {
        let trust = Trust::Authority(authority.to_owned());
        let config = client_config(&trust, alpn).map_err(|error| error.to_string())?;
        Ok(Self {
            connector: TlsConnector::from(Arc::clone(&config)),
            port,
        })
    }

    async fn dial(&self) -> Result<TlsStream<TcpStream>, Failure> {
        let failed = |error: std::io::Error| format!("cannot connect: {error}");
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await;
        let stream = stream.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let name = ServerName::try_from("localhost").expect("it is a name");
        let connected = self.connector.connect(name, stream).await;
        connected.map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_whole_and_in_order() {
        let page: Vec<u64> = (51..=100).rev().collect();
        assert_eq!(check_page(page.iter().copied(), 100), Ok(()));
        assert!(check_page(page.iter().copied(), 99).is_err());
        assert!(check_page(page[1..].iter().copied(), 99).is_err());
        let mut mixed = page.clone();
        mixed.swap(3, 4);
        assert!(check_page(mixed.into_iter(), 100).is_err());
    }

    #[test]
    fn a_confirmation_is_of_what_was_asked_for() {
        assert!(check_confirmation(&1, &1, "A1B2C3D4").is_ok());
        assert!(check_confirmation(&1, &2, "A1B2C3D4").is_err());
        assert!(check_confirmation(&1, &1, "").is_err());
    }

    #[test]
    fn tokens_are_carried_as_digits() {
        let bearer = bearer(&Token([0x0f; 32]));
        assert_eq!(bearer, format!("Bearer {}", "0f".repeat(32)));
    }
}
