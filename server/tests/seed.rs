//! Users who are written into a data directory before a server starts on it.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod common;

use auboutique_client::Error;
use auboutique_protocol::accounts::Password;
use auboutique_protocol::ids::Token;
use auboutique_protocol::text::Username;
use auboutique_server::config::Config;
use auboutique_server::seed::{SeedError, SeedUser, seed};

use crate::common::{PASSWORD, TestServer, refusal, sell};

fn user(number: u16) -> SeedUser {
    let mut token = [7; 32];
    token[..2].copy_from_slice(&number.to_be_bytes());
    SeedUser {
        username: Username::parse(&format!("buyer-{number:04}")).unwrap(),
        token: Token(token),
    }
}

fn users(count: u16) -> Vec<SeedUser> {
    (0..count).map(user).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seeded_user_resumes_by_token_and_logs_in_by_password() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let config = Config::new(&data_dir);
    let password = Password::from(PASSWORD);
    seed(&config, &users(1_500), Some(&password)).await.unwrap();

    let server = TestServer::start_on(&data_dir).await;
    for number in [0, 1_499] {
        let client = server.anonymous().await;
        let profile = client.resume(user(number).token).await.unwrap();
        assert_eq!(profile.username, user(number).username.as_str());
        sell(&client, "Calculus", 1_250).await;
    }
    let client = server.login("buyer-0007").await;
    sell(&client, "Algebra", 900).await;
    server.stop().await;
}

#[tokio::test]
async fn without_a_password_only_the_token_opens() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    seed(&Config::new(&data_dir), &users(1), None)
        .await
        .unwrap();
    let server = TestServer::start_on(&data_dir).await;
    let client = server.anonymous().await;
    let refused = client.login("buyer-0000", PASSWORD.into()).await;
    assert_eq!(refusal(refused).name(), "auth_failed");
    client.resume(user(0).token).await.unwrap();
    let stranger = server.anonymous().await;
    let refused: Result<_, Error> = stranger.resume(user(1).token).await;
    assert!(refused.is_err());
    server.stop().await;
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::new(directory.path());
    seed(&config, &users(3), None).await.unwrap();
    match seed(&config, &[user(9), user(2)], None).await {
        Err(SeedError::NameTaken(name)) => assert_eq!(name, user(2).username),
        other => panic!("{other:?}"),
    }
    match seed(&config, &[user(10), user(10)], None).await {
        Err(SeedError::NameTaken(name)) => assert_eq!(name, user(10).username),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_directory_with_a_server_on_it_is_refused() {
    let server = TestServer::start().await;
    let config = Config::new(server.data_dir());
    let refused = seed(&config, &users(1), None).await;
    assert!(matches!(refused, Err(SeedError::DataDir(_))), "{refused:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_password_that_nobody_could_register_with_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::new(directory.path());
    let short = Password::from("short");
    let refused = seed(&config, &users(1), Some(&short)).await;
    assert!(
        matches!(refused, Err(SeedError::Password(_))),
        "{refused:?}"
    );
}
