//! Sweeping: pictures that no product needs go after a time, and no others.

use auboutique_protocol::catalog::PictureSize;
use auboutique_protocol::ids::{PictureHash, ProductId, UnixMillis};

use super::Market;
use super::market::{NOW, listed, new_product};
use crate::pictures::{EncodedPicture, ProcessedPicture};
use crate::store::UserId;
use crate::store::catalog::{NewPicture, NewProduct};

/// Long after everything here.
const LATER: UnixMillis = UnixMillis(NOW.0 + 1_000_000);

fn after(milliseconds: u64) -> UnixMillis {
    UnixMillis(NOW.0 + milliseconds)
}

fn hash(number: u8) -> PictureHash {
    PictureHash([number; 32])
}

async fn put(market: &Market, number: u8, at: UnixMillis) {
    let form = EncodedPicture {
        jpeg: vec![number],
        width: 1,
        height: 1,
    };
    let picture = ProcessedPicture {
        full: form.clone(),
        thumbnail: form,
        hash: hash(number).0,
    };
    market.store.put_picture(picture, at).await.unwrap();
}

/// Lists a product with this picture, which counts for 100 bytes.
async fn sell(market: &Market, owner: UserId, number: u8) -> ProductId {
    put(market, number, NOW).await;
    let picture = NewPicture {
        hash: hash(number),
        bytes: 100,
    };
    let product = NewProduct {
        picture: Some(picture),
        ..new_product(owner, 500)
    };
    listed(&market.store.sell(product).await.unwrap()).product
}

async fn withdraw(market: &Market, owner: UserId, product: ProductId, at: UnixMillis) {
    let withdrawn = market.store.withdraw(owner, product, at).await.unwrap();
    assert_eq!(withdrawn, Ok(()));
}

/// Looks at everything that was stored before, and returns how much was removed.
async fn sweep(market: &Market, before: UnixMillis) -> u64 {
    let (mut removed, mut position) = (0, None);
    loop {
        let sweep = market.store.sweep_pictures(before, position).await.unwrap();
        removed += sweep.removed;
        position = sweep.next;
        if position.is_none() {
            return removed;
        }
    }
}

async fn kept(market: &Market, numbers: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let mut kept = Vec::new();
    for number in numbers {
        let picture = market.store.picture(hash(number), PictureSize::Thumbnail);
        if picture.await.unwrap().is_some() {
            kept.push(number);
        }
    }
    kept
}

async fn names_a_picture(market: &Market, product: ProductId) -> bool {
    let record = market.store.product(product).await.unwrap();
    record.unwrap().picture.is_some()
}

pub(crate) async fn a_picture_that_no_product_names_goes_when_it_was_not_stored_since(
    market: Market,
) {
    put(&market, 1, after(0)).await;
    put(&market, 2, after(10)).await;
    assert_eq!(sweep(&market, after(0)).await, 0);
    assert_eq!(sweep(&market, after(10)).await, 1);
    assert_eq!(kept(&market, [1, 2]).await, [2]);
    put(&market, 2, after(20)).await;
    assert_eq!(sweep(&market, after(20)).await, 0);
    assert_eq!(sweep(&market, after(21)).await, 1);
    // It can come again.
    put(&market, 1, after(30)).await;
    assert_eq!(kept(&market, [1, 2]).await, [1]);
}

pub(crate) async fn a_picture_stays_while_a_product_names_it_whatever_became_of_that(
    market: Market,
) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let sold = sell(&market, mona, 1).await;
    let withdrawn = sell(&market, mona, 2).await;
    let stays = sell(&market, mona, 3).await;
    market.buy(market.purchase(omar, sold, 500)).await;
    withdraw(&market, mona, withdrawn, after(5)).await;
    assert_eq!(sweep(&market, LATER).await, 0);
    assert_eq!(kept(&market, [1, 2, 3]).await, [1, 2, 3]);
    // What was sold, or is for sale, never gives its picture up.
    assert_eq!(market.store.release_pictures(LATER).await.unwrap(), 1);
    assert_eq!(market.store.release_pictures(LATER).await.unwrap(), 0);
    assert_eq!(sweep(&market, LATER).await, 1);
    assert_eq!(kept(&market, [1, 2, 3]).await, [1, 3]);
    for (product, names) in [(sold, true), (withdrawn, false), (stays, true)] {
        assert_eq!(names_a_picture(&market, product).await, names);
    }
}

pub(crate) async fn a_withdrawn_product_counts_its_picture_until_it_gives_it_up(market: Market) {
    let mona = market.user("mona").await;
    let product = sell(&market, mona, 1).await;
    withdraw(&market, mona, product, after(5)).await;
    let used = async || {
        let usage = market.store.seller_usage(mona).await.unwrap();
        (usage.products, usage.picture_bytes)
    };
    assert_eq!(market.store.release_pictures(after(5)).await.unwrap(), 0);
    assert_eq!(used().await, (0, 100));
    assert!(names_a_picture(&market, product).await);
    assert_eq!(market.store.release_pictures(after(6)).await.unwrap(), 1);
    assert_eq!(used().await, (0, 0));
    assert!(!names_a_picture(&market, product).await);
    let own = market.store.own_products(mona, None, 10).await.unwrap();
    assert_eq!(own.items[0].picture, None);
}

pub(crate) async fn a_picture_of_two_products_stays_while_one_of_them_names_it(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let [first, second] = [sell(&market, mona, 1).await, sell(&market, omar, 1).await];
    withdraw(&market, mona, first, NOW).await;
    assert_eq!(market.store.release_pictures(LATER).await.unwrap(), 1);
    assert_eq!(sweep(&market, LATER).await, 0);
    withdraw(&market, omar, second, NOW).await;
    assert_eq!(market.store.release_pictures(LATER).await.unwrap(), 1);
    assert_eq!(sweep(&market, LATER).await, 1);
}

pub(crate) async fn a_deleted_account_gives_up_its_pictures_but_for_what_was_sold(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let mut products = Vec::new();
    for number in 1..=3 {
        products.push(sell(&market, mona, number).await);
    }
    market.buy(market.purchase(omar, products[0], 500)).await;
    withdraw(&market, mona, products[1], NOW).await;
    let deleted = market
        .store
        .delete_user(mona, "PHC of mona", "2026-04-01", NOW);
    deleted.await.unwrap();
    for (product, names) in products.into_iter().zip([true, false, false]) {
        assert_eq!(names_a_picture(&market, product).await, names);
    }
    assert_eq!(sweep(&market, LATER).await, 2);
    assert_eq!(kept(&market, [1, 2, 3]).await, [1]);
}

pub(crate) async fn any_number_of_pictures_is_looked_at_in_parts(market: Market) {
    let mona = market.user("mona").await;
    let is_named = |number: &u8| number.is_multiple_of(3);
    for number in 0..200 {
        if is_named(&number) {
            sell(&market, mona, number).await;
        } else {
            // Of one moment, so that the hashes decide where a part ends.
            put(&market, number, NOW).await;
        }
    }
    let named: Vec<u8> = (0..200).filter(is_named).collect();
    assert_eq!(sweep(&market, LATER).await, 200 - named.len() as u64);
    assert_eq!(kept(&market, 0..200).await, named);
    assert_eq!(sweep(&market, LATER).await, 0);
}
