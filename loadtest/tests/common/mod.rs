//! An embedded server with a few users, and what they do.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]
#![allow(
    dead_code,
    reason = "each test program uses its own part of this module"
)]
#![allow(
    unreachable_pub,
    reason = "this module is compiled into each test program"
)]

use auboutique_certs::{ServerAddress, Trust};
use auboutique_client::{Client, ConnectOptions, RetryPolicy};
use auboutique_loadtest::target::{Embedded, EmbeddedOptions};
use auboutique_protocol::catalog::Sell;
use auboutique_protocol::ids::{Key, ProductId, Token};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::purchases::Buy;
use auboutique_protocol::text::Username;
use auboutique_server::seed::SeedUser;

/// The password of all users.
pub const PASSWORD: &str = "cedar-lantern-orbit-violet";

/// What user `number` resumes with.
pub fn token(number: u8) -> Token {
    Token([number; 32])
}

/// A server with the users `user-1` to `user-3`.
pub fn options() -> EmbeddedOptions {
    let user = |number: u8| SeedUser {
        username: Username::parse(&format!("user-{number}")).unwrap(),
        token: token(number),
    };
    EmbeddedOptions {
        program: env!("CARGO_BIN_EXE_auboutique-loadtest").into(),
        users: (1..=3).map(user).collect(),
        password: Some(PASSWORD.into()),
        settings_toml: "connections_per_user_max = 100\n".into(),
        keep: None,
    }
}

/// A client of user `number` that never tries twice.
pub async fn client(server: &Embedded, number: u8) -> Client {
    client_at(server, server.address().port, number).await
}

/// As [`client`], by way of another port.
pub async fn client_at(server: &Embedded, port: u16, number: u8) -> Client {
    let trust = Trust::Authority(server.ca_file());
    let address = ServerAddress {
        port,
        ..server.address()
    };
    let options = ConnectOptions::new(address, &trust).unwrap();
    let client = Client::connect(options.retry(RetryPolicy::NONE))
        .await
        .unwrap();
    client.resume(token(number)).await.unwrap();
    client
}

pub fn usd(minor: u64) -> Money {
    let currency = Currency::Usd;
    Money { minor, currency }
}

/// Sells a book for 12.50.
pub async fn sell(seller: &Client) -> ProductId {
    let request = Sell {
        key: Key::now(),
        name: "Calculus".into(),
        price: usd(1_250),
        picture: None,
        category: "textbooks".into(),
        description: String::new(),
    };
    seller.call(&request).await.unwrap().product
}

/// A purchase of such a book.
pub fn purchase(product: ProductId) -> Buy {
    Buy {
        key: Key::now(),
        price: usd(1_250),
        product,
    }
}
