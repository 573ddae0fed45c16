//! Random histories, checked step by step against a model in a few lines of memory.
//!
//! A history mixes sales, edits, withdrawals, purchases and questions from three users with keys that
//! repeat and conflict, restarts, closings, and commits that SQLite refuses. Every answer must be the model's, and in the
//! end the database, the catalog as it followed, the catalog as a start rebuilds it, and the model
//! must agree. Each case runs on a runtime of one thread, so a history has one course only.

mod promise;

use std::sync::atomic::Ordering;

use auboutique_protocol::ids::{Key, ProductId, UnixMillis};
use auboutique_protocol::purchases::OwnProductState;
use auboutique_protocol::text::SearchText;
use proptest::prelude::*;
use sqlx::Connection as _;

use self::promise::Model;
use super::super::catalog;
use super::Directory;
use crate::store::catalog::{Immutable, NewProduct, ProductEdit, SellerQuota};
use crate::store::conformance::Market;
use crate::store::conformance::market::{AMPLE, NOW, at_once, edit, new_product, usd};
use crate::store::purchases::NewPurchase;
use crate::store::{StoreError, UserId};

const USERNAMES: [&str; 3] = ["mona", "omar", "rima"];
/// So few that histories reach it.
const QUOTA: SellerQuota = SellerQuota {
    products: 4,
    ..AMPLE
};

#[derive(Debug, Clone)]
enum Step {
    Sell {
        owner: usize,
        key: u8,
        price: u64,
    },
    /// All asked for before any is answered.
    Buy(Vec<Wish>),
    Ask(Wish),
    /// A new price for what may not be there, or somebody else's.
    Edit {
        user: usize,
        product: u64,
        price: u64,
    },
    Withdraw {
        user: usize,
        product: u64,
    },
    /// What an idle writer does.
    Close,
    Reopen,
    /// The next commit fails.
    FailCommit,
}

/// What somebody wants to buy: perhaps what is not there, perhaps at another price.
#[derive(Debug, Clone)]
struct Wish {
    buyer: usize,
    key: u8,
    product: u64,
    right_price: bool,
}

/// A history as it unfolds.
struct History {
    directory: Directory,
    market: Market,
    users: [UserId; 3],
    model: Model,
    /// Steps so far; the clock of the history.
    steps: u64,
}

impl History {
    async fn begin() -> Self {
        let directory = Directory::create();
        let (market, _) = directory.market().await;
        let users = market.users(USERNAMES).await;
        Self {
            directory,
            market,
            users,
            model: Model::default(),
            steps: 0,
        }
    }

    async fn step(&mut self, step: Step) {
        self.steps += 1;
        match step {
            Step::Sell { owner, key, price } => self.sell(owner, key, price).await,
            Step::Buy(wishes) => self.buy(&wishes).await,
            Step::Ask(wish) => {
                let purchase = self.purchase(&wish);
                let refusal = self.market.store.refusal(&purchase).await.unwrap();
                assert_eq!(refusal, self.model.refusal(&purchase));
            }
            Step::Edit {
                user,
                product,
                price,
            } => self.edit(user, ProductId(product), price).await,
            Step::Withdraw { user, product } => self.withdraw(user, ProductId(product)).await,
            Step::Close => self.close().await,
            Step::Reopen => {
                // Closing commits nothing, so a failure that was ordered still waits afterwards.
                self.market.reopen().await;
            }
            Step::FailCommit => self.directory.faults.commit.store(true, Ordering::SeqCst),
        }
        let shown: Vec<_> = self.market.for_sale().iter().map(|item| item.id).collect();
        assert_eq!(shown, self.model.for_sale());
        let priced = self.market.for_sale().into_iter();
        for item in priced {
            assert_eq!(item.price.minor, self.model.products[&item.id].price);
        }
    }

    async fn edit(&mut self, user: usize, product: ProductId, price: u64) {
        let change = ProductEdit {
            price: Some(usd(price)),
            ..edit(self.users[user], product)
        };
        // A unit that changes nothing still has its commit.
        let fails = self.commit_fails();
        let answer = self.market.store.edit(change).await;
        if fails {
            return self.assert_commit_failed(&answer);
        }
        match self.model.immutable(self.users[user], product) {
            Some(refusal) => assert_eq!(answer.unwrap(), Err(refusal)),
            None => {
                assert_eq!(answer.unwrap().unwrap().price, usd(price));
                let edited = self.model.products.get_mut(&product);
                edited.expect("refused otherwise").price = price;
            }
        }
    }

    async fn withdraw(&mut self, user: usize, product: ProductId) {
        let fails = self.commit_fails();
        let user = self.users[user];
        let answer = self.market.store.withdraw(user, product, NOW).await;
        if fails {
            return self.assert_commit_failed(&answer);
        }
        match self.model.immutable(user, product) {
            None => {
                assert_eq!(answer.unwrap(), Ok(()));
                let withdrawn = self.model.products.get_mut(&product);
                withdrawn.expect("refused otherwise").withdrawn = true;
            }
            Some(Immutable::Withdrawn) => assert_eq!(answer.unwrap(), Ok(())),
            Some(refusal) => assert_eq!(answer.unwrap(), Err(refusal)),
        }
    }

    /// Does the idle writer's work, on a connection beside it.
    async fn close(&self) {
        let mut connection = self.directory.connection().await;
        let gone = catalog::gone(&mut connection, 1_000).await.unwrap();
        for product in &gone {
            assert!(!self.model.products[product].is_for_sale());
        }
        catalog::close(&mut connection, &gone).await.unwrap();
        assert_eq!(catalog::gone(&mut connection, 1).await.unwrap(), []);
        connection.close().await.unwrap();
    }

    /// What every product is called is found where it is open, and whatever is for sale is open.
    async fn assert_found(&self) {
        let text = SearchText::parse("book").unwrap();
        let found = self.market.store.search(&text, None, 1_000).await.unwrap();
        for product in self.model.for_sale() {
            assert!(found.contains(&product), "{product} is not found");
        }
        for product in found {
            assert!(!self.model.products[&product].withdrawn);
        }
    }

    /// Whether the write that is about to be made will fail.
    fn commit_fails(&self) -> bool {
        self.directory.faults.commit.load(Ordering::SeqCst)
    }

    fn assert_commit_failed<T: std::fmt::Debug>(&self, answer: &Result<T, StoreError>) {
        assert!(
            matches!(answer, Err(StoreError::OutcomeUnknown(_))),
            "{answer:?}"
        );
        assert!(!self.commit_fails(), "one commit fails, not two");
    }

    async fn sell(&mut self, owner: usize, key: u8, price: u64) {
        let mut digest = [0; 32];
        digest[0] = u8::try_from(price).unwrap();
        let product = NewProduct {
            key: Key([key; 16]),
            digest,
            listed_at: UnixMillis(NOW.0 + self.steps),
            quota: QUOTA,
            ..new_product(self.users[owner], price)
        };
        let fails = self.commit_fails();
        let answer = self.market.store.sell(product.clone()).await;
        if fails {
            self.assert_commit_failed(&answer);
        } else {
            assert_eq!(answer.unwrap(), self.model.sell(&product));
        }
    }

    async fn buy(&mut self, wishes: &[Wish]) {
        let purchases: Vec<_> = wishes.iter().map(|wish| self.purchase(wish)).collect();
        let fails = self.commit_fails();
        let store = &self.market.store;
        let asked = purchases.iter().map(|purchase| store.buy(purchase.clone()));
        let answers = at_once(asked.collect()).await;
        if fails {
            answers
                .iter()
                .for_each(|answer| self.assert_commit_failed(answer));
            return;
        }
        let outcomes: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(outcomes, self.model.buy(&purchases));
        for (purchase, outcome) in purchases.iter().zip(&outcomes) {
            self.market.assert_shown(purchase.product, outcome);
        }
    }

    fn purchase(&self, wish: &Wish) -> NewPurchase {
        let product = ProductId(wish.product);
        let price = self
            .model
            .products
            .get(&product)
            .map_or(1, |product| product.price);
        let price = if wish.right_price { price } else { price + 1 };
        NewPurchase {
            key: Key([wish.key; 16]),
            // Two steps share a moment, so that the order of pages is not by time alone.
            sold_at: UnixMillis(NOW.0 + self.steps / 2),
            ..self.market.purchase(self.users[wish.buyer], product, price)
        }
    }

    /// Compares everything that can be read, before and after a restart.
    async fn end(mut self) {
        let followed = self.market.for_sale();
        self.assert_pages().await;
        self.assert_found().await;
        self.close().await;
        self.assert_found().await;
        self.market.reopen().await;
        assert_eq!(self.market.for_sale(), followed);
        self.assert_pages().await;
    }

    async fn assert_pages(&self) {
        let store = &self.market.store;
        for user in self.users {
            let bought = store.purchases(user, None, 1_000).await.unwrap().items;
            let bought: Vec<_> = bought.into_iter().map(|item| item.confirmation).collect();
            assert_eq!(bought, self.model.bought_by(user));
            let owned = store.sales(user, None, 1_000).await.unwrap().items;
            let owned: Vec<_> = owned
                .into_iter()
                .map(|item| {
                    let withdrawn = matches!(item.state, OwnProductState::Withdrawn(_));
                    (item.id, self.buyer(&item.state), withdrawn)
                })
                .collect();
            assert_eq!(owned, self.model.owned_by(user));
        }
    }

    fn buyer(&self, state: &OwnProductState) -> Option<UserId> {
        match state {
            OwnProductState::ForSale(_) | OwnProductState::Withdrawn(_) => None,
            OwnProductState::Sold(sold) => {
                let position = USERNAMES.iter().position(|name| *name == sold.buyer);
                position.map(|position| self.users[position])
            }
        }
    }
}

fn wish() -> impl Strategy<Value = Wish> {
    (0_usize..3, 0_u8..6, 0_u64..9, prop::bool::weighted(0.8)).prop_map(
        |(buyer, key, product, right_price)| Wish {
            buyer,
            key,
            product,
            right_price,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_usize..3, 0_u8..8, 1_u64..4)
            .prop_map(|(owner, key, price)| Step::Sell { owner, key, price }),
        6 => prop::collection::vec(wish(), 1..5).prop_map(Step::Buy),
        2 => wish().prop_map(Step::Ask),
        2 => (0_usize..3, 0_u64..9, 1_u64..4)
            .prop_map(|(user, product, price)| Step::Edit { user, product, price }),
        1 => (0_usize..3, 0_u64..9)
            .prop_map(|(user, product)| Step::Withdraw { user, product }),
        1 => Just(Step::Close),
        1 => Just(Step::Reopen),
        1 => Just(Step::FailCommit),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_history_is_the_models(steps in prop::collection::vec(step(), 1..50)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut history = History::begin().await;
            for step in steps {
                history.step(step).await;
            }
            history.end().await;
        });
    }
}
