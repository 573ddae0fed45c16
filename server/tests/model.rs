//! Whole sessions against a model: two connections, three people and what they sell, in any order of steps.
//!
//! The model is the market as the protocol describes it, in some maps. Every step is sent over a connection
//! of its own making to the real server; its answer, or its refusal by code, must be the model's.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use auboutique_protocol::accounts::{Login, Logout, Resume, WhoAmI};
use auboutique_protocol::call::Call;
use auboutique_protocol::catalog::{
    EditProduct, ListProducts, ProductState, ShowProduct, WithdrawProduct,
};
use auboutique_protocol::codec;
use auboutique_protocol::ids::{Key, ProductId, Token};
use auboutique_protocol::purchases::{Buy, Confirmation, MyPurchases, MySales, OwnProductState};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::common::raw::{RawClient, Received};
use crate::common::{PASSWORD, TestServer, book, registration, usd};

const CONNECTIONS: usize = 2;
const PEOPLE: usize = 3;
const KEYS: usize = 6;
const PRICES: [u64; 2] = [500, 700];
/// A product that no case lists.
const NOWHERE: ProductId = ProductId(1_000_000_000);
/// What everybody may do, however fast a case is.
const SETTINGS: &str = "names = [\"localhost\"]\n[limits.registration]\nsource_burst = 10000\n";

/// What somebody does. Numbers choose among what there is.
#[derive(Debug, Clone)]
enum Step {
    Register {
        person: usize,
    },
    Login {
        person: usize,
    },
    Resume {
        token: usize,
    },
    Logout,
    WhoAmI,
    Sell {
        price: usize,
    },
    Edit {
        product: usize,
        price: usize,
    },
    Withdraw {
        product: usize,
    },
    Buy {
        product: usize,
        key: usize,
        is_dear: bool,
    },
    Show {
        product: usize,
    },
    List,
    Purchases,
    Sales,
}

fn step() -> impl Strategy<Value = Step> {
    let (person, price, key) = (0..PEOPLE, 0..PRICES.len(), 0..KEYS);
    let product = 0..12_usize;
    prop_oneof![
        2 => person.clone().prop_map(|person| Step::Register { person }),
        4 => person.prop_map(|person| Step::Login { person }),
        2 => (0..100_usize).prop_map(|token| Step::Resume { token }),
        1 => Just(Step::Logout),
        1 => Just(Step::WhoAmI),
        5 => price.clone().prop_map(|price| Step::Sell { price }),
        2 => (product.clone(), price).prop_map(|(product, price)| Step::Edit { product, price }),
        1 => product.clone().prop_map(|product| Step::Withdraw { product }),
        6 => (product.clone(), key, prop::bool::weighted(0.2))
            .prop_map(|(product, key, is_dear)| Step::Buy { product, key, is_dear }),
        2 => product.prop_map(|product| Step::Show { product }),
        2 => Just(Step::List),
        1 => Just(Step::Purchases),
        1 => Just(Step::Sales),
    ]
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    ForSale,
    Withdrawn,
    SoldTo(usize),
}

#[derive(Debug)]
struct Product {
    id: ProductId,
    owner: usize,
    price: u64,
    state: State,
}

/// What somebody bought with a key.
#[derive(Debug)]
struct Bought {
    product: ProductId,
    price: u64,
    confirmation: Confirmation,
}

/// The market as it should be, and the connections to the one that there is.
struct World<'a> {
    server: &'a TestServer,
    clients: Vec<RawClient>,
    /// Of each connection: who is logged in, with which token.
    sessions: [Option<(usize, usize)>; CONNECTIONS],
    names: [String; PEOPLE],
    registered: BTreeSet<usize>,
    /// Who has it, and whether it is good.
    tokens: Vec<(Token, usize, bool)>,
    products: Vec<Product>,
    keys: Vec<Key>,
    bought: BTreeMap<(usize, usize), Bought>,
    refusals: BTreeSet<String>,
}

/// The answer to a request, or the code of its refusal. Events in between are not looked at.
async fn ask<C: Call>(client: &mut RawClient, request: &C) -> Result<C::Reply, String> {
    client.request(1, request).await;
    loop {
        match client.receive().await {
            Received::Ok { id: 1, reply } => return Ok(codec::decode(&reply).unwrap()),
            Received::Error { id: Some(1), code } => return Err(code),
            Received::Event { .. } => {}
            other @ (Received::Hello
            | Received::Ok { .. }
            | Received::Error { .. }
            | Received::Closed
            | Received::CutOff) => panic!("{other:?}"),
        }
    }
}

impl<'a> World<'a> {
    async fn new(server: &'a TestServer, case: usize) -> Self {
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            clients.push(RawClient::connect(server).await);
        }
        Self {
            server,
            clients,
            sessions: [None; CONNECTIONS],
            names: std::array::from_fn(|person| format!("person{person}of{case}")),
            registered: BTreeSet::new(),
            tokens: Vec::new(),
            products: Vec::new(),
            keys: (0..KEYS).map(|_| Key::now()).collect(),
            bought: BTreeMap::new(),
            refusals: BTreeSet::new(),
        }
    }

    async fn ask<C: Call>(&mut self, at: usize, request: &C) -> Result<C::Reply, String> {
        let answer = ask(&mut self.clients[at], request).await;
        if let Err(code) = &answer {
            self.refusals.insert(code.clone());
        }
        answer
    }

    fn who(&self, at: usize) -> Result<usize, String> {
        let session = self.sessions[at].map(|(person, _)| person);
        session.ok_or_else(|| "unauthenticated".into())
    }

    /// The product that a number chooses; beyond them all, none.
    fn chosen(&self, number: usize) -> Option<usize> {
        let index = number % (self.products.len() + 1);
        (index < self.products.len()).then_some(index)
    }

    fn id(&self, chosen: Option<usize>) -> ProductId {
        chosen.map_or(NOWHERE, |index| self.products[index].id)
    }

    async fn take(&mut self, at: usize, step: &Step) {
        match *step {
            Step::Register { person } => self.register(at, person).await,
            Step::Login { person } => self.log_in(at, person).await,
            Step::Resume { token } => self.resume(at, token).await,
            Step::Logout => self.log_out(at).await,
            Step::WhoAmI => {
                let expected = self.who(at).map(|person| self.names[person].clone());
                let found = self.ask(at, &WhoAmI {}).await;
                assert_eq!(found.map(|profile| profile.username), expected);
            }
            Step::Sell { price } => {
                let expected = self.who(at);
                let sold = self.ask(at, &book("A book", PRICES[price])).await;
                assert_eq!(sold.as_ref().err(), expected.as_ref().err());
                if let (Ok(listed), Ok(owner)) = (sold, expected) {
                    self.products.push(Product {
                        id: listed.product,
                        owner,
                        price: PRICES[price],
                        state: State::ForSale,
                    });
                }
            }
            Step::Edit { product, price } => self.edit(at, product, PRICES[price]).await,
            Step::Withdraw { product } => self.withdraw(at, product).await,
            Step::Buy {
                product,
                key,
                is_dear,
            } => self.buy(at, product, key, is_dear).await,
            Step::Show { product } => self.show(at, product).await,
            Step::List => self.list(at).await,
            Step::Purchases => self.purchases(at).await,
            Step::Sales => self.sales(at).await,
        }
    }

    async fn register(&mut self, at: usize, person: usize) {
        let expected = if self.sessions[at].is_some() {
            Err("forbidden")
        } else if self.registered.insert(person) {
            Ok(())
        } else {
            Err("name_taken")
        };
        let registered = self
            .ask(at, &registration(&self.names[person].clone()))
            .await;
        assert_eq!(registered.map(drop), expected.map_err(Into::into));
    }

    async fn log_in(&mut self, at: usize, person: usize) {
        if !self.registered.contains(&person) {
            // A wrong login makes the next one wait, which is not of this model.
            return;
        }
        let login = Login {
            username: self.names[person].clone(),
            password: PASSWORD.into(),
        };
        let logged_in = self.ask(at, &login).await;
        if self.sessions[at].is_some() {
            assert_eq!(logged_in.unwrap_err(), "forbidden");
            return;
        }
        self.sessions[at] = Some((person, self.tokens.len()));
        self.tokens.push((logged_in.unwrap().token, person, true));
    }

    async fn resume(&mut self, at: usize, number: usize) {
        if self.tokens.is_empty() {
            return;
        }
        let index = number % self.tokens.len();
        let (token, person, is_good) = self.tokens[index].clone();
        let resumed = self.ask(at, &Resume { token }).await;
        let resumed = resumed.map(|profile| profile.username);
        if self.sessions[at].is_some() {
            assert_eq!(resumed, Err("forbidden".into()));
        } else if is_good {
            assert_eq!(resumed, Ok(self.names[person].clone()));
            self.sessions[at] = Some((person, index));
        } else {
            assert_eq!(resumed, Err("auth_failed".into()));
        }
    }

    async fn log_out(&mut self, at: usize) {
        let left = self.ask(at, &Logout {}).await;
        let Some((_, token)) = self.sessions[at].take() else {
            assert_eq!(left.map(drop), Err("unauthenticated".into()));
            return;
        };
        left.unwrap();
        self.tokens[token].2 = false;
        // Whoever is there with the same token is told and cut off.
        for other in 0..CONNECTIONS {
            if self.sessions[other].is_some_and(|(_, theirs)| theirs == token) {
                let told = self.clients[other].receive().await;
                assert!(matches!(told, Received::Event { .. }), "{told:?}");
                self.sessions[other] = None;
                self.clients[other] = RawClient::connect(self.server).await;
            }
        }
    }

    /// What stands against a change of a product.
    fn immutable(&self, at: usize, chosen: Option<usize>) -> Result<usize, String> {
        let person = self.who(at)?;
        let index = chosen.ok_or("not_found")?;
        let product = &self.products[index];
        if product.owner != person {
            return Err("forbidden".into());
        }
        match product.state {
            State::SoldTo(_) => Err("already_sold".into()),
            State::ForSale | State::Withdrawn => Ok(index),
        }
    }

    async fn edit(&mut self, at: usize, product: usize, price: u64) {
        let chosen = self.chosen(product);
        let request = EditProduct {
            id: self.id(chosen),
            name: None,
            price: Some(usd(price)),
            category: None,
            description: None,
        };
        let expected = self.immutable(at, chosen).and_then(|index| {
            let is_withdrawn = self.products[index].state == State::Withdrawn;
            if is_withdrawn {
                Err("withdrawn".into())
            } else {
                Ok(index)
            }
        });
        let edited = self.ask(at, &request).await;
        assert_eq!(edited.as_ref().err(), expected.as_ref().err());
        if let (Ok(detail), Ok(index)) = (edited, expected) {
            assert_eq!(detail.price, usd(price));
            self.products[index].price = price;
        }
    }

    async fn withdraw(&mut self, at: usize, product: usize) {
        let chosen = self.chosen(product);
        let expected = self.immutable(at, chosen);
        let withdrawn = self
            .ask(
                at,
                &WithdrawProduct {
                    id: self.id(chosen),
                },
            )
            .await;
        assert_eq!(withdrawn.map(drop), expected.clone().map(drop));
        if let Ok(index) = expected {
            self.products[index].state = State::Withdrawn;
        }
    }

    async fn buy(&mut self, at: usize, product: usize, key: usize, is_dear: bool) {
        let chosen = self.chosen(product);
        let price = chosen.map_or(500, |index| self.products[index].price) + u64::from(is_dear);
        let request = Buy {
            key: self.keys[key],
            price: usd(price),
            product: self.id(chosen),
        };
        let answer = self.ask(at, &request).await;
        let buyer = match self.who(at) {
            Ok(buyer) => buyer,
            Err(code) => return assert_eq!(answer.unwrap_err(), code),
        };
        if let Some(before) = self.bought.get(&(buyer, key)) {
            if before.product == request.product && before.price == price {
                assert_eq!(answer.unwrap(), before.confirmation, "as the first time");
            } else {
                assert_eq!(answer.unwrap_err(), "key_conflict");
            }
            return;
        }
        let refusal = match chosen.map(|index| &self.products[index]) {
            None => Some("not_found"),
            Some(product) if product.owner == buyer => Some("own_product"),
            Some(product) => match product.state {
                State::SoldTo(_) => Some("already_sold"),
                State::Withdrawn => Some("withdrawn"),
                State::ForSale => is_dear.then_some("price_changed"),
            },
        };
        match (answer, refusal) {
            (Err(code), Some(expected)) => assert_eq!(code, expected),
            (Ok(confirmation), None) => {
                let index = chosen.unwrap();
                self.products[index].state = State::SoldTo(buyer);
                let product = request.product;
                let bought = Bought {
                    product,
                    price,
                    confirmation,
                };
                self.bought.insert((buyer, key), bought);
            }
            (answer, refusal) => panic!("{answer:?} instead of {refusal:?}"),
        }
    }

    async fn show(&mut self, at: usize, product: usize) {
        let chosen = self.chosen(product);
        let shown = self
            .ask(
                at,
                &ShowProduct {
                    id: self.id(chosen),
                },
            )
            .await;
        let expected = self.who(at).and_then(|_| chosen.ok_or("not_found".into()));
        assert_eq!(shown.as_ref().err(), expected.as_ref().err());
        let (Ok(detail), Ok(index)) = (shown, expected) else {
            return;
        };
        let product = &self.products[index];
        let is_as_expected = match product.state {
            State::ForSale => matches!(detail.state, ProductState::ForSale(_)),
            State::Withdrawn => matches!(detail.state, ProductState::Withdrawn(_)),
            State::SoldTo(_) => matches!(detail.state, ProductState::Sold(_)),
        };
        assert!(is_as_expected, "{detail:?} instead of {product:?}");
        assert_eq!(detail.price, usd(product.price));
        assert_eq!(detail.owner, self.names[product.owner]);
    }

    /// Each seller's products for sale, which are all that there are of this case.
    async fn list(&mut self, at: usize) {
        for owner in 0..PEOPLE {
            let request = ListProducts {
                owner: Some(self.names[owner].clone()),
                limit: Some(100),
                ..ListProducts::default()
            };
            let listed = self.ask(at, &request).await;
            // Somebody who does not exist has nothing for sale.
            let expected = self.who(at);
            assert_eq!(listed.as_ref().err(), expected.as_ref().err());
            let Ok(page) = listed else {
                continue;
            };
            let found: BTreeMap<_, _> = page
                .products
                .iter()
                .map(|item| (item.id, item.price))
                .collect();
            let theirs = self
                .products
                .iter()
                .filter(|product| product.owner == owner && product.state == State::ForSale);
            assert_eq!(
                found,
                theirs
                    .map(|product| (product.id, usd(product.price)))
                    .collect()
            );
        }
    }

    async fn purchases(&mut self, at: usize) {
        let request = MyPurchases {
            limit: Some(100),
            cursor: None,
        };
        let found = self.ask(at, &request).await;
        let found = found.map(|page| {
            page.purchases
                .iter()
                .map(|bought| bought.confirmation.product)
                .collect()
        });
        let expected = self.who(at).map(|person| {
            let mine = self
                .products
                .iter()
                .filter(|product| product.state == State::SoldTo(person));
            mine.map(|product| product.id).collect::<BTreeSet<_>>()
        });
        assert_eq!(found, expected);
    }

    async fn sales(&mut self, at: usize) {
        let request = MySales {
            limit: Some(100),
            cursor: None,
        };
        let found = self.ask(at, &request).await;
        let expected = self.who(at);
        assert_eq!(found.as_ref().err(), expected.as_ref().err());
        let (Ok(page), Ok(person)) = (found, expected) else {
            return;
        };
        let state = |state: &OwnProductState| match state {
            OwnProductState::ForSale(_) => State::ForSale,
            OwnProductState::Withdrawn(_) => State::Withdrawn,
            OwnProductState::Sold(to) => {
                let buyer = self.names.iter().position(|name| *name == to.buyer);
                State::SoldTo(buyer.expect("a buyer of this case"))
            }
        };
        let own = page.products.iter();
        let found = own.map(|own| (own.id, own.price, state(&own.state)));
        let mine = self.products.iter().rev();
        let mine = mine.filter(|product| product.owner == person);
        let expected = mine.map(|own| (own.id, usd(own.price), own.state.clone()));
        // Last listed first.
        assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }
}

fn config() -> Config {
    Config {
        failure_persistence: None,
        max_shrink_iters: 64,
        ..Config::with_cases(16)
    }
}

/// Runs cases, and returns the codes of all refusals that they met.
fn compare(mut runner: TestRunner) -> BTreeSet<String> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(TestServer::start_configured(SETTINGS));
    let cases = AtomicUsize::new(0);
    let met = Mutex::new(BTreeSet::new());
    let steps = prop::collection::vec((0..CONNECTIONS, step()), 1..200);
    let outcome = runner.run(&steps, |steps| {
        let case = cases.fetch_add(1, Ordering::Relaxed);
        runtime.block_on(async {
            let mut world = World::new(&server, case).await;
            // Two of them are there already, so that more of the steps come to something.
            for person in 0..CONNECTIONS {
                world.register(person, person).await;
                world.log_in(person, person).await;
            }
            for (at, step) in &steps {
                world.take(*at, step).await;
            }
            met.lock().unwrap().append(&mut world.refusals);
        });
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    met.into_inner().unwrap()
}

#[test]
fn in_whatever_order_things_are_done_the_server_answers_as_the_model() {
    compare(TestRunner::new(config()));
}

#[test]
fn the_same_orders_each_time_meet_every_refusal_of_the_market() {
    let met = compare(TestRunner::new_with_rng(
        config(),
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    ));
    for code in [
        "unauthenticated",
        "forbidden",
        "name_taken",
        "auth_failed",
        "not_found",
        "own_product",
        "already_sold",
        "withdrawn",
        "price_changed",
        "key_conflict",
    ] {
        assert!(met.contains(code), "no case has met {code}: {met:?}");
    }
}
