//! What becomes a demo, that it is filled once, and that nothing else is touched.

use std::collections::BTreeSet;

use super::*;
use crate::config::Config;

#[test]
fn a_passphrase_is_long_and_never_the_same() {
    let (first, second) = (passphrase().unwrap(), passphrase().unwrap());
    assert_eq!(first.len(), 23);
    assert_ne!(first, second);
}

#[test]
fn the_story_names_only_what_it_has() {
    let people: BTreeSet<&str> = PEOPLE.iter().map(|person| person.username).collect();
    assert!(PRODUCTS.len() >= 12);
    assert!(
        PRODUCTS
            .iter()
            .all(|product| people.contains(product.owner))
    );
    for (buyer, product) in PURCHASES {
        assert!(people.contains(buyer) && PRODUCTS[*product].owner != *buyer);
    }
    for (from, to, about, _) in MESSAGES {
        assert!(people.contains(from) && people.contains(to) && from != to);
        assert!(about.is_none_or(|product| product < PRODUCTS.len()));
    }
}

#[test]
fn a_real_market_is_not_touched() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("auboutique.db"), b"").unwrap();
    for refused in [
        Demo::check_place(directory.path()),
        Demo::open(directory.path()).map(drop),
    ] {
        assert!(matches!(refused, Err(DemoError::NotADemo(_))));
    }
    assert!(!directory.path().join(FILE).exists());
}

#[test]
fn a_directory_becomes_a_demo_only_while_nothing_else_is_in_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    Demo::check_place(&path.join("missing")).unwrap();
    for name in ALLOWED_BEFORE {
        fs::write(path.join(name), "").unwrap();
        Demo::check_place(path).unwrap();
    }
    fs::write(path.join("letter"), "mine").unwrap();
    for refused in [Demo::check_place(path), Demo::open(path).map(drop)] {
        assert!(matches!(refused, Err(DemoError::Occupied(_))));
    }
    // Once it is a demo, what else stands in it is its owner's business.
    fs::write(path.join(FILE), "").unwrap();
    Demo::check_place(path).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_that_was_cut_off_is_made_good_and_filled_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut demo = Demo::open(directory.path()).unwrap();
    let context = Context::open(&Config::new(directory.path())).await.unwrap();
    // As if the first start had ended after the people and two of the products.
    let mona = join(&PEOPLE[0], &demo.users[0], &context).await.unwrap();
    for number in 0..2_u8 {
        let product = &PRODUCTS[usize::from(number)];
        assert_eq!(product.owner, PEOPLE[0].username);
        sell(number, product, &mona, &context).await.unwrap();
    }
    drop(mona);
    for _ in 0..2 {
        demo.fill(&context).await.unwrap();
        let reopened = Demo::open(directory.path()).unwrap();
        assert!(reopened.is_filled);
        assert_eq!(reopened.users, demo.users);
    }
    let (owners, _) = context.catalog.owners(None, 100);
    let for_sale: u64 = owners.iter().map(|(_, count)| count).sum();
    let left = PRODUCTS.len() - PURCHASES.len();
    assert_eq!(for_sale, left as u64);
    context.store.close().await;
}
