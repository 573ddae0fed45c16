//! The store's contract as tests: one suite, and every backend passes it.
//!
//! A backend's own directory holds a [`Backend`], which says how to open it, and one call of
//! [`conformance!`]. Each test then gets a [`Market`] of its own: an empty store with the catalog
//! that follows it. The market's methods compare the catalog with every answer that passes through
//! them, so each test also tests that the two agree.

pub(crate) mod accounts;
pub(crate) mod catalog;
pub(crate) mod contention;
pub(crate) mod leaving;
pub(crate) mod pages;
pub(crate) mod pictures;
pub(crate) mod purchases;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use async_trait::async_trait;
use auboutique_protocol::catalog::{Listed, ProductSummary, Sort};
use auboutique_protocol::codec::{self, head};
use auboutique_protocol::ids::{Key, ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::text::{Category, Description, Email, PersonName, ProductName, Username};

use super::accounts::NewUser;
use super::catalog::{NewProduct, SellOutcome, SellerQuota};
use super::purchases::{CollectionPlace, NewPurchase, PickupCode, PurchaseOutcome};
use super::{CommitObserver, Store, UserId};
use crate::catalog::{Catalog, Query};

/// When the tests' products are listed and bought, unless a test says otherwise.
pub(crate) const NOW: UnixMillis = UnixMillis(1_772_000_000_000);
/// A quota that no test reaches by accident.
pub(crate) const AMPLE: SellerQuota = SellerQuota {
    products: 100_000,
    picture_bytes: 1 << 40,
};

/// Runs the suite against a backend; the expression makes an empty one.
macro_rules! conformance {
    ($create:expr) => {
        $crate::store::conformance::conformance! { $create;
            accounts: [
                a_username_is_taken_once,
                of_many_who_want_one_username_one_gets_it,
                credentials_are_found_by_username_and_follow_a_rehash,
                a_session_leads_to_its_user_until_it_is_closed,
                an_unused_session_ends_after_thirty_days,
                a_session_ends_after_ninety_days_however_much_it_is_used,
                the_use_of_a_session_is_written_down_once_a_day,
                sessions_survive_a_restart_and_a_new_login,
                a_session_needs_a_user_and_a_token_of_its_own,
            ]
            leaving: [
                a_changed_password_ends_all_sessions_but_the_kept_one,
                a_deleted_account_leaves_no_trace_of_the_person,
                a_seller_sees_that_the_buyer_has_left,
                an_account_stays_while_a_sale_awaits_its_collection,
                an_account_is_deleted_once_and_by_its_password_of_now,
                who_has_left_neither_sells_nor_buys,
                a_name_like_that_of_a_deleted_account_stays_its_owners,
                a_purchase_and_a_deletion_at_once_leave_one_of_both,
                an_export_has_every_own_product_with_all_its_fields,
            ]
            catalog: [
                a_listed_product_is_in_the_catalog_with_all_its_fields,
                a_repeated_key_gives_the_first_reply_and_lists_nothing,
                a_repeated_key_is_answered_even_when_the_quota_is_full,
                a_key_with_another_body_is_a_conflict,
                a_key_belongs_to_its_user,
                the_quota_of_products_counts_what_is_for_sale,
                the_quota_of_picture_bytes_is_filled_to_the_last_byte,
                the_quota_is_kept_by_many_at_once,
                a_product_is_shown_in_each_of_its_states,
                a_product_that_never_was_is_none,
                a_product_without_an_owner_is_not_listed,
            ]
            pictures: [
                a_picture_is_returned_in_both_sizes,
                a_picture_that_is_stored_again_stays_as_it_is,
                a_picture_that_never_was_is_none,
                pictures_survive_a_restart,
            ]
            purchases: [
                a_collection_place_keeps_its_number,
                a_purchase_is_confirmed_with_what_it_proposed,
                a_repetition_is_confirmed_as_the_first_time,
                a_key_that_bought_something_else_is_a_conflict,
                a_key_belongs_to_its_buyer,
                a_key_that_was_refused_can_be_used_again,
                the_second_buyer_of_a_product_is_refused,
                a_product_that_never_was_is_not_found,
                a_withdrawn_product_is_not_sold,
                the_owner_cannot_buy,
                a_price_that_has_changed_is_named_and_nothing_is_sold,
                a_refusal_names_what_cannot_change_before_what_can,
                the_largest_numbers_are_refused_as_any_other,
            ]
            contention: [
                of_many_buyers_of_one_product_one_wins,
                many_purchases_of_many_products_have_one_winner_each,
                the_same_request_twice_in_flight_buys_once,
                one_key_for_two_products_in_flight_buys_one,
                pages_and_catalog_never_show_a_sold_product_for_sale,
            ]
            pages: [
                purchases_are_shown_last_first_with_their_confirmations,
                purchases_of_one_moment_are_divided_between_pages,
                a_page_of_purchases_holds_its_limit_and_names_the_next,
                no_purchase_is_lost_or_doubled_while_others_are_made,
                own_products_are_shown_last_first_with_their_buyers,
                a_page_of_own_products_holds_its_limit_and_names_the_next,
                no_own_product_is_lost_or_doubled_while_others_buy,
                everybody_sees_what_is_theirs_alone,
            ]
        }
    };
    ($create:expr; $($area:ident: [$($behaviour:ident,)+])+) => {
        $(mod $area {
            use super::*;

            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $behaviour() {
                let backend = Box::new($create);
                let market = $crate::store::conformance::Market::open(backend).await;
                $crate::store::conformance::$area::$behaviour(market).await;
            })+
        })+
    };
}
pub(crate) use conformance;

/// What the suite needs of a backend beside the store itself.
#[async_trait]
pub(crate) trait Backend: Send + Sync {
    /// Opens the store, the same one every time.
    async fn open(&self, observer: Arc<dyn CommitObserver>) -> Arc<dyn Store>;

    /// Takes a product off the market in the database itself, behind the back of an open store.
    async fn withdraw(&self, product: ProductId);
}

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
    match outcome {
        SellOutcome::Listed { reply } => codec::decode(reply).unwrap(),
        refusal => panic!("not listed: {refusal:?}"),
    }
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
