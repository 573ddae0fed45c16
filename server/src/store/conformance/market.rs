//! A store in use: the requests that the tests make, and the catalog compared with the answers.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use auboutique_protocol::catalog::{Listed, ProductSummary, Sort};
use auboutique_protocol::codec::{self, head};
use auboutique_protocol::ids::{Key, ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::text::{Category, Description, Email, PersonName, ProductName, Username};

use super::Backend;
use crate::catalog::{Catalog, Query};
use crate::store::accounts::NewUser;
use crate::store::catalog::{NewProduct, ProductEdit, SellOutcome, SellerQuota};
use crate::store::purchases::{CollectionPlace, NewPurchase, PickupCode, PurchaseOutcome};
use crate::store::{Store, UserId};

/// When the tests' products are listed and bought, unless a test says otherwise.
pub(crate) const NOW: UnixMillis = UnixMillis(1_772_000_000_000);
/// A quota that no test reaches by accident.
pub(crate) const AMPLE: SellerQuota = SellerQuota {
    products: 100_000,
    picture_bytes: 1 << 40,
};

/// A store, and the catalog that follows it.
pub(crate) struct Market {
    backend: Box<dyn Backend>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) place: Arc<CollectionPlace>,
}

impl Market {
    pub(crate) async fn open(backend: Box<dyn Backend>) -> Self {
        let catalog = Arc::new(Catalog::default());
        let store = backend.open(catalog.clone()).await;
        Self::around(backend, store, catalog).await
    }

    /// A market around a store that is open already.
    pub(crate) async fn around(
        backend: Box<dyn Backend>,
        store: Arc<dyn Store>,
        catalog: Arc<Catalog>,
    ) -> Self {
        let place = store.collection_place("West Gate", "8-16").await.unwrap();
        Self {
            backend,
            store,
            catalog,
            place,
        }
    }

    /// Closes the store and opens it again, with a catalog that knows nothing yet.
    pub(crate) async fn reopen(&mut self) {
        self.store.close().await;
        self.catalog = Arc::new(Catalog::default());
        self.store = self.backend.open(self.catalog.clone()).await;
    }

    /// Takes a product off the market; a start of the store shows it.
    pub(crate) async fn withdraw(&mut self, product: ProductId) {
        self.backend.withdraw(product).await;
        self.reopen().await;
    }

    pub(crate) async fn user(&self, username: &str) -> UserId {
        let created = self.store.create_user(new_user(username)).await.unwrap();
        created.expect("tests name each user once")
    }

    pub(crate) async fn users<const N: usize>(&self, usernames: [&str; N]) -> [UserId; N] {
        let mut users = [UserId(0); N];
        for (user, username) in users.iter_mut().zip(usernames) {
            *user = self.user(username).await;
        }
        users
    }

    /// Lists a product at a price in cents.
    pub(crate) async fn sell(&self, owner: UserId, price: u64) -> ProductId {
        let outcome = self.store.sell(new_product(owner, price)).await.unwrap();
        let product = listed(&outcome).product;
        assert!(self.catalog.contains(product), "listed, yet not for sale");
        product
    }

    /// A purchase with a key of its own.
    pub(crate) fn purchase(&self, buyer: UserId, product: ProductId, price: u64) -> NewPurchase {
        NewPurchase {
            buyer,
            key: Key::now(),
            product,
            price: usd(price),
            sold_at: NOW,
            collect_on: "2026-03-02".into(),
            place: Arc::clone(&self.place),
            code: PickupCode::draw().unwrap(),
        }
    }

    pub(crate) async fn buy(&self, purchase: NewPurchase) -> PurchaseOutcome {
        let product = purchase.product;
        let outcome = self.store.buy(purchase).await.unwrap();
        self.assert_shown(product, &outcome);
        outcome
    }

    /// Asserts that the catalog does not contradict an answer about a product.
    pub(crate) fn assert_shown(&self, product: ProductId, outcome: &PurchaseOutcome) {
        let gone = match outcome {
            PurchaseOutcome::Confirmed(confirmation) => {
                assert_eq!(confirmation.product, product);
                true
            }
            PurchaseOutcome::AlreadySold { .. }
            | PurchaseOutcome::NotFound
            | PurchaseOutcome::Withdrawn => true,
            // These say nothing of whether somebody else has bought it.
            PurchaseOutcome::KeyConflict
            | PurchaseOutcome::BuyerGone
            | PurchaseOutcome::OwnProduct
            | PurchaseOutcome::PriceChanged(_) => false,
        };
        let for_sale = self.catalog.contains(product);
        assert!(!(gone && for_sale), "for sale after {outcome:?}");
    }

    /// Asks for a refusal, then tries; both must say the same. Returns it.
    pub(crate) async fn refused(&self, purchase: &NewPurchase) -> PurchaseOutcome {
        let refusal = self.store.refusal(purchase).await.unwrap();
        let outcome = self.buy(purchase.clone()).await;
        assert_eq!(refusal.as_ref(), Some(&outcome));
        outcome
    }

    /// What the catalog shows, oldest first.
    pub(crate) fn for_sale(&self) -> Vec<ProductSummary> {
        let page = self.catalog.page(&Query {
            owner: None,
            category: None,
            prices: 0..=u64::MAX,
            sort: Sort::Oldest,
            after: None,
            limit: 1_000,
        });
        assert_eq!(page.next, None, "tests list less than a page");
        let mut bytes = Vec::new();
        head::array(page.count, &mut bytes);
        bytes.extend_from_slice(&page.items);
        codec::decode(&bytes).unwrap()
    }
}

pub(crate) fn usd(minor: u64) -> Money {
    Money {
        minor,
        currency: Currency::Usd,
    }
}

pub(crate) fn new_user(username: &str) -> NewUser {
    NewUser {
        username: Username::parse(username).unwrap(),
        name: PersonName::parse(&format!("Name of {username}")).unwrap(),
        email: Email::parse(&format!("{username}@example.org")).unwrap(),
        password: format!("PHC of {username}"),
        created_at: NOW,
    }
}

/// An edit that names nothing yet.
pub(crate) fn edit(user: UserId, product: ProductId) -> ProductEdit {
    ProductEdit {
        user,
        product,
        name: None,
        price: None,
        category: None,
        description: None,
    }
}

/// A product with a key of its own.
pub(crate) fn new_product(owner: UserId, price: u64) -> NewProduct {
    NewProduct {
        owner,
        key: Key::now(),
        digest: [7; 32],
        name: ProductName::parse(&format!("Book for {price}")).unwrap(),
        description: Description::parse("Read twice.").unwrap(),
        category: Category::parse("textbooks").unwrap(),
        price: usd(price),
        picture: None,
        listed_at: NOW,
        quota: AMPLE,
    }
}

/// The reply to a product that was listed.
pub(crate) fn listed(outcome: &SellOutcome) -> Listed {
    let SellOutcome::Listed { reply } = outcome else {
        panic!("not listed: {outcome:?}");
    };
    codec::decode(reply).unwrap()
}

/// The same request once more, as it arrives when its reply was lost: later, with another code.
pub(crate) fn again(purchase: &NewPurchase) -> NewPurchase {
    NewPurchase {
        sold_at: UnixMillis(purchase.sold_at.0 + 60_000),
        collect_on: "2026-03-09".into(),
        code: PickupCode::draw().unwrap(),
        ..purchase.clone()
    }
}

/// A question to the store that was put and not answered yet.
pub(crate) type Asked<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Asks everything before it waits for anything, in this order. Writes are queued when they are
/// asked for, so on a runtime of one thread the store finds all of them waiting.
pub(crate) async fn at_once<T>(mut asked: Vec<Asked<'_, T>>) -> Vec<T> {
    let mut answers: Vec<Option<T>> = asked.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (asked, answer) in asked.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let Poll::Ready(value) = asked.as_mut().poll(context)
            {
                *answer = Some(value);
            }
        }
        if answers.iter().all(Option::is_some) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    answers.into_iter().flatten().collect()
}
