//! Accounts and sessions, at their edges in time.

use std::sync::Arc;

use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::text::Username;

use super::Market;
use super::market::{NOW, new_user};
use crate::auth::token::TokenDigest;
use crate::store::accounts::{SESSION_IDLE_MS, SESSION_LIFE_MS, SESSION_TOUCH_MS};
use crate::store::{StoreError, UserId};

fn token(number: u8) -> TokenDigest {
    TokenDigest::from_bytes([number; 32])
}

fn later(millis: u64) -> UnixMillis {
    UnixMillis(NOW.0 + millis)
}

/// Whether a session still leads to a user, that many milliseconds after it was opened.
async fn resumes(market: &Market, number: u8, millis: u64) -> bool {
    let user = market
        .store
        .resume_session(token(number), later(millis))
        .await;
    user.unwrap().is_some()
}

pub(crate) async fn a_username_is_taken_once(mut market: Market) {
    let mona = market.user("mona").await;
    let mut other = new_user("MONA");
    other.password = "another".into();
    assert_eq!(market.store.create_user(other.clone()).await.unwrap(), None);
    market.reopen().await;
    assert_eq!(market.store.create_user(other).await.unwrap(), None);
    let username = Username::parse("mona").unwrap();
    let found = market.store.credentials(&username).await.unwrap().unwrap();
    assert_eq!(
        (found.user.id, found.password),
        (mona, "PHC of mona".into())
    );
    assert_ne!(market.user("omar").await, mona);
}

pub(crate) async fn of_many_who_want_one_username_one_gets_it(market: Market) {
    let market = Arc::new(market);
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let market = Arc::clone(&market);
            tokio::spawn(async move { market.store.create_user(new_user("mona")).await })
        })
        .collect();
    let mut created = 0;
    for task in tasks {
        created += usize::from(task.await.unwrap().unwrap().is_some());
    }
    assert_eq!(created, 1);
}

pub(crate) async fn credentials_are_found_by_username_and_follow_a_rehash(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let unknown = Username::parse("rima").unwrap();
    assert!(market.store.credentials(&unknown).await.unwrap().is_none());

    let rehashed = market
        .store
        .rehash_password(mona, "PHC of mona", "new PHC".into())
        .await;
    assert!(rehashed.unwrap());
    // Whoever verified the form before last comes too late.
    let late = market
        .store
        .rehash_password(mona, "PHC of mona", "late PHC".into());
    assert!(!late.await.unwrap());
    for (username, id, password) in [("mona", mona, "new PHC"), ("omar", omar, "PHC of omar")] {
        let username = Username::parse(username).unwrap();
        let found = market.store.credentials(&username).await.unwrap().unwrap();
        assert_eq!((found.user.id, &*found.password), (id, password));
        assert_eq!(found.user.name, format!("Name of {username}"));
        assert_eq!(found.user.email, format!("{username}@example.org"));
        assert_eq!(
            (found.user.username, found.user.created_at),
            (username, NOW)
        );
    }
}

pub(crate) async fn a_session_leads_to_its_user_until_it_is_closed(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    assert!(!resumes(&market, 1, 0).await);
    for (user, password, number) in [(mona, "PHC of mona", 1), (omar, "PHC of omar", 2)] {
        let opened = market
            .store
            .open_session(user, password, token(number), NOW)
            .await;
        assert!(opened.unwrap());
    }
    let found = market.store.resume_session(token(1), NOW).await.unwrap();
    let username = Username::parse("mona").unwrap();
    let expected = market.store.credentials(&username).await.unwrap().unwrap();
    assert_eq!(found, Some(expected.user));

    market.store.close_session(token(1)).await.unwrap();
    market.store.close_session(token(1)).await.unwrap();
    assert!(!resumes(&market, 1, 0).await);
    assert!(resumes(&market, 2, 0).await);
}

pub(crate) async fn an_unused_session_ends_after_thirty_days(market: Market) {
    let mona = market.user("mona").await;
    for number in [1, 2] {
        let opened = market
            .store
            .open_session(mona, "PHC of mona", token(number), NOW)
            .await;
        assert!(opened.unwrap());
    }
    assert!(!resumes(&market, 1, SESSION_IDLE_MS + 1).await);
    assert!(resumes(&market, 2, SESSION_IDLE_MS).await);
    // That was a use, so another thirty days have begun.
    assert!(resumes(&market, 2, SESSION_IDLE_MS + 1).await);
}

pub(crate) async fn a_session_ends_after_ninety_days_however_much_it_is_used(market: Market) {
    let mona = market.user("mona").await;
    let opened = market
        .store
        .open_session(mona, "PHC of mona", token(1), NOW)
        .await;
    assert!(opened.unwrap());
    for day in (0..90).step_by(10) {
        assert!(resumes(&market, 1, day * SESSION_TOUCH_MS).await, "{day}");
    }
    assert!(resumes(&market, 1, SESSION_LIFE_MS).await);
    assert!(!resumes(&market, 1, SESSION_LIFE_MS + 1).await);
}

pub(crate) async fn the_use_of_a_session_is_written_down_once_a_day(market: Market) {
    let mona = market.user("mona").await;
    for number in [1, 2] {
        let opened = market
            .store
            .open_session(mona, "PHC of mona", token(number), NOW)
            .await;
        assert!(opened.unwrap());
    }
    // A use less than a day after the last one leaves no trace; after a whole day it does.
    assert!(resumes(&market, 1, SESSION_TOUCH_MS - 1).await);
    assert!(resumes(&market, 2, SESSION_TOUCH_MS).await);
    assert!(!resumes(&market, 1, SESSION_IDLE_MS + 1).await);
    assert!(resumes(&market, 2, SESSION_TOUCH_MS + SESSION_IDLE_MS).await);
}

pub(crate) async fn sessions_survive_a_restart_and_a_new_login(mut market: Market) {
    let mona = market.user("mona").await;
    let opened = market
        .store
        .open_session(mona, "PHC of mona", token(1), NOW)
        .await;
    assert!(opened.unwrap());
    market.reopen().await;
    // A login clears away the user's dead sessions, and this one lives exactly until then.
    let login = later(SESSION_IDLE_MS);
    let opened = market
        .store
        .open_session(mona, "PHC of mona", token(2), login)
        .await;
    assert!(opened.unwrap());
    assert!(resumes(&market, 1, SESSION_IDLE_MS).await);
    let later_login = later(2 * SESSION_LIFE_MS);
    let opened = market
        .store
        .open_session(mona, "PHC of mona", token(3), later_login)
        .await;
    assert!(opened.unwrap());
    // Asked for a moment when they would be alive: they are gone, not only expired.
    assert!(!resumes(&market, 1, SESSION_IDLE_MS).await);
    assert!(!resumes(&market, 2, SESSION_IDLE_MS).await);
    assert!(resumes(&market, 3, 2 * SESSION_LIFE_MS).await);
}

pub(crate) async fn a_session_needs_a_user_and_a_token_of_its_own(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let nobody = market
        .store
        .open_session(UserId(99), "PHC of nobody", token(1), NOW)
        .await;
    assert!(matches!(nobody, Err(StoreError::Failed(_))), "{nobody:?}");
    assert!(!resumes(&market, 1, 0).await);

    let opened = market
        .store
        .open_session(mona, "PHC of mona", token(1), NOW)
        .await;
    assert!(opened.unwrap());
    let stolen = market
        .store
        .open_session(omar, "PHC of omar", token(1), NOW)
        .await;
    assert!(matches!(stolen, Err(StoreError::Failed(_))), "{stolen:?}");
    let found = market.store.resume_session(token(1), NOW).await.unwrap();
    assert_eq!(found.unwrap().id, mona);
}
