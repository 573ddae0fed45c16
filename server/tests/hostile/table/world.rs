//! The server that meets the rows, with the market that they refer to.

use std::collections::BTreeMap;
use std::path::PathBuf;

use auboutique_certs::{ADMIN_AUTHORITY, ADMIN_CERTIFICATE, ADMIN_KEY, AdminName, TlsFolder};
use auboutique_client::Client;
use auboutique_protocol::accounts::{ChangePassword, DeleteAccount, Logout};
use auboutique_protocol::admin::{ResetPassword, Suspend};
use auboutique_protocol::call::AdminRequest;
use auboutique_protocol::catalog::{Sell, WithdrawProduct};
use auboutique_protocol::chat::{IfOffline, SendMessage};
use auboutique_protocol::codec;
use auboutique_protocol::ids::{Key, ProductId, Token};
use auboutique_protocol::purchases::Buy;
use jiff::{SignedDuration, Timestamp};

use crate::common::raw::{RawClient, Received};
use crate::common::{PASSWORD, TestServer, book, configured, registration, usd};

/// Mona's, for sale.
pub(super) const OWN: ProductId = ProductId(1);
/// Karim's, for sale at [`PRICE_MINOR`].
pub(super) const FOREIGN: ProductId = ProductId(2);
/// Karim's, bought by Mona with [`USED`].
pub(super) const BOUGHT: ProductId = ProductId(3);
/// Mona's, withdrawn.
pub(super) const OWN_WITHDRAWN: ProductId = ProductId(4);
/// Karim's, withdrawn.
pub(super) const WITHDRAWN: ProductId = ProductId(5);
/// Mona's, bought by Karim.
pub(super) const SOLD: ProductId = ProductId(6);
/// What everything costs.
pub(super) const PRICE_MINOR: u64 = 500;
/// The key with which Mona has sold, bought and written.
pub(super) const USED: Key = Key([0x11; 16]);
/// Another password that every rule accepts.
pub(super) const OTHER_PASSWORD: &str = "walnut-ferry-ember-quilted";
/// Why somebody is suspended.
pub(super) const SUSPENDED_FOR: &str = "sells what is not there";

pub(super) struct World {
    pub(super) server: TestServer,
    /// Logged in, and asked after each row.
    pub(super) known: RawClient,
    directory: tempfile::TempDir,
    tokens: BTreeMap<&'static str, Token>,
}

impl World {
    pub(super) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        // Places of connections that have ended are given back a moment later.
        let text = "connections_per_user_max = 64\n\
                    [limits.requests]\nper_user_burst = 100000\n\
                    [limits.connections]\nnew_per_source_burst = 100000\n";
        let config = configured(text, directory.path());
        let server = TestServer::start_with(config).await;
        let mut tokens = BTreeMap::new();

        let (mona, token) = newcomer(&server, "mona").await;
        tokens.insert("mona", token);
        let (karim, token) = newcomer(&server, "karim").await;
        tokens.insert("karim", token);
        // Known to the market, and never online.
        let visitor = server.anonymous().await;
        visitor.call(&registration("yara")).await.unwrap();
        trade(&mona, &karim).await;
        for client in [mona, karim, visitor] {
            client.close().await;
        }
        // The first is watched throughout; each of the others has a row that spends the session.
        for name in ["hala", "nadim", "dina"] {
            let (client, token) = newcomer(&server, name).await;
            tokens.insert(name, token);
            client.close().await;
        }
        let known = RawClient::login(&server, "hala").await;

        let (layla, token) = newcomer(&server, "layla").await;
        tokens.insert("of a deleted account", token);
        let password = PASSWORD.into();
        layla.call(&DeleteAccount { password }).await.unwrap();
        let (tala, token) = newcomer(&server, "tala").await;
        tokens.insert("before a logout", token);
        tala.call(&Logout {}).await.unwrap();
        let token = tala.login("tala", PASSWORD.into()).await.unwrap().token;
        tokens.insert("before another password", token);
        let elsewhere = server.login("tala").await;
        let change = ChangePassword {
            new: OTHER_PASSWORD.into(),
            old: PASSWORD.into(),
        };
        elsewhere.call(&change).await.unwrap();

        let mut world = Self {
            server,
            known,
            directory,
            tokens,
        };
        world.meet_administrators().await;
        world
    }

    /// Certificates, and what administrators have done.
    async fn meet_administrators(&mut self) {
        let now = Timestamp::now();
        let tls = TlsFolder::new(self.server.data_dir().join("tls"));
        for (name, at) in [
            ("ops", now),
            ("revoked", now),
            ("old", now - SignedDuration::from_hours(100 * 24)),
        ] {
            tls.issue_admin(&admin_name(name), &self.folder(name), at)
                .unwrap();
        }
        assert!(tls.revoke_admin(&admin_name("revoked")).unwrap());

        let other = TlsFolder::new(self.directory.path().join("other"));
        other.ensure(&["localhost".to_owned()], now).unwrap();
        let foreign = self.folder("foreign");
        other
            .issue_admin(&admin_name("foreign"), &foreign, now)
            .unwrap();
        let stolen = self.folder("stolen");
        std::fs::create_dir(&stolen).unwrap();
        for (from, to) in [("server.pem", ADMIN_CERTIFICATE), ("server.key", ADMIN_KEY)] {
            std::fs::copy(tls.file(from), stolen.join(to)).unwrap();
        }
        for folder in [foreign, stolen] {
            std::fs::copy(self.server.ca_file(), folder.join(ADMIN_AUTHORITY)).unwrap();
        }

        for name in ["samir", "reem"] {
            let (client, token) = newcomer(&self.server, name).await;
            self.tokens.insert(name, token);
            client.close().await;
        }
        let mut ops = RawClient::admin(&self.server, &self.folder("ops")).await;
        let suspend = Suspend {
            reason: SUSPENDED_FOR.into(),
            username: "samir".into(),
        };
        act(&mut ops, &suspend).await;
        let reset = ResetPassword {
            why: None,
            username: "reem".into(),
        };
        let password = act(&mut ops, &reset).await.password;
        let reem = self.server.anonymous().await;
        let token = reem.login("reem", password).await.unwrap().token;
        self.tokens.insert("with a one-time password", token);
    }

    /// Where an administrator's certificate lies.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A token by its user, or by what became of it.
    pub(super) fn token(&self, name: &str) -> Token {
        self.tokens[name].clone()
    }

    pub(super) async fn stop(self) {
        self.server.stop().await;
    }
}

fn admin_name(name: &str) -> AdminName {
    name.parse().unwrap()
}

/// A new user, logged in.
async fn newcomer(server: &TestServer, name: &str) -> (Client, Token) {
    let client = server.anonymous().await;
    client.call(&registration(name)).await.unwrap();
    let token = client.login(name, PASSWORD.into()).await.unwrap().token;
    (client, token)
}

/// Does what an administrator may.
async fn act<C: AdminRequest>(ops: &mut RawClient, request: &C) -> C::Reply {
    ops.call(1, C::NAME, &codec::encode(request)).await;
    let answer = ops.receive().await;
    let Received::Ok { id: 1, reply } = &answer else {
        panic!("{answer:?}");
    };
    codec::decode(reply).unwrap()
}

/// The products and the messages that the rows name.
async fn trade(mona: &Client, karim: &Client) {
    let used = Sell {
        key: USED,
        ..book("Calculus", PRICE_MINOR)
    };
    assert_eq!(mona.call(&used).await.unwrap().product, OWN);
    for (seller, product) in [
        (karim, FOREIGN),
        (karim, BOUGHT),
        (mona, OWN_WITHDRAWN),
        (karim, WITHDRAWN),
        (mona, SOLD),
    ] {
        let listed = seller.call(&book("Algebra", PRICE_MINOR)).await.unwrap();
        assert_eq!(listed.product, product);
    }
    for (owner, id) in [(mona, OWN_WITHDRAWN), (karim, WITHDRAWN)] {
        owner.call(&WithdrawProduct { id }).await.unwrap();
    }
    for (buyer, product) in [(mona, BOUGHT), (karim, SOLD)] {
        let buy = Buy {
            key: USED,
            price: usd(PRICE_MINOR),
            product,
        };
        buyer.call(&buy).await.unwrap();
    }
    for (from, to, key) in [
        (karim, "mona", USED),
        (mona, "karim", USED),
        // Not for Mona to read.
        (karim, "yara", Key([0x66; 16])),
    ] {
        let message = SendMessage {
            to: to.into(),
            key,
            text: "Is it still there?".into(),
            about: None,
            if_offline: IfOffline::Keep,
        };
        from.call(&message).await.unwrap();
    }
}
