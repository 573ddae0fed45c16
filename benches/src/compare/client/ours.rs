//! AUBoutique's own protocol, through the bare connection of its client library.

use std::path::Path;

use auboutique_client::certs::{ServerAddress, Trust};
use auboutique_client::{ConnectOptions, Connection, Error, RefusalCode};
use auboutique_protocol::accounts::Resume;
use auboutique_protocol::catalog::ListProducts;
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::ids::{Key, ProductId, Token};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::purchases::Buy;

use super::{check_confirmation, check_page};
use crate::compare::{Failure, PAGE, PRICE};

/// A connection that is logged in.
pub struct Client(Connection);

/// How to connect to our server on this port.
///
/// # Errors
/// The authority cannot be read.
pub fn options(authority: &Path, port: u16) -> Result<ConnectOptions, Failure> {
    let address = ServerAddress {
        host: "127.0.0.1".into(),
        port,
    };
    let trust = Trust::Authority(authority.to_owned());
    ConnectOptions::new(address, &trust).map_err(|error| error.to_string())
}

impl Client {
    /// Connects, and logs in with this token.
    ///
    /// # Errors
    /// The server will not have it.
    pub async fn open(options: &ConnectOptions, token: Token) -> Result<Self, Failure> {
        let mut connection = Connection::open(options).await.map_err(failed)?;
        connection.call(&Resume { token }).await.map_err(failed)?;
        Ok(Self(connection))
    }

    pub(super) async fn list(&mut self, newest: u64) -> Result<(), Failure> {
        let asked = ListProducts {
            limit: Some(PAGE),
            ..ListProducts::default()
        };
        let page = self.0.call(&asked).await.map_err(failed)?;
        check_page(page.products.iter().map(|product| product.id.0), newest)
    }

    pub(super) async fn buy(&mut self, product: u64, key: Key) -> Result<bool, Failure> {
        let price = Money {
            minor: PRICE,
            currency: Currency::Usd,
        };
        let asked = Buy {
            key,
            price,
            product: ProductId(product),
        };
        match self.0.call(&asked).await {
            Ok(told) => {
                let code = &told.code;
                let told = (told.product, told.price, told.purchase);
                check_confirmation(&told, &(asked.product, price, key), code)?;
                Ok(true)
            }
            Err(Error::Refused(refusal)) if is_sold(&refusal.code) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }
}

fn is_sold(code: &RefusalCode) -> bool {
    matches!(code, RefusalCode::Known(ErrorCode::AlreadySold(_)))
}

#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn failed(error: Error) -> Failure {
    format!("AUBoutique: {error}")
}
