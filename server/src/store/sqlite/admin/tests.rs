//! What SQLite itself sees to: the audit cannot be changed, effect and audit are one transaction, and
//! every list walks an index.

use std::sync::atomic::Ordering;

use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::text::{Reason, Username};
use sqlx::{Row as _, SqliteConnection};

use super::super::conformance::Directory;
use super::{audit, products, sales, users};
use crate::store::StoreError;
use crate::store::admin::{Act, AdminStore as _, AuditFilter};

fn act() -> Act {
    Act {
        actor: "ops".into(),
        at: UnixMillis(1),
        why: None,
    }
}

fn mona() -> Username {
    Username::parse("mona").unwrap()
}

fn fraud() -> Reason {
    Reason::parse("fraud").unwrap()
}

async fn count(connection: &mut SqliteConnection, sql: &'static str) -> i64 {
    let row = sqlx::query(sql).fetch_one(connection).await.unwrap();
    row.get(0)
}

#[tokio::test]
async fn the_audit_refuses_every_change_and_every_removal() {
    let directory = Directory::create();
    let (market, store) = directory.market().await;
    market.user("mona").await;
    store
        .suspend(act(), &mona(), fraud())
        .await
        .unwrap()
        .unwrap();
    let mut connection = directory.connection().await;
    for refused in [
        "UPDATE audit SET why = 'kindness'",
        "UPDATE audit SET number = 9",
        "DELETE FROM audit",
        "INSERT INTO audit (at, actor, action) VALUES (1, 'ops', 'dance')",
        "INSERT INTO audit (at, actor, action) VALUES (1, '', 'announce')",
        "INSERT INTO suspensions VALUES (1, '', 1)",
        "INSERT INTO suspensions VALUES (99, 'x', 1)",
    ] {
        let done = sqlx::raw_sql(refused).execute(&mut connection).await;
        assert!(done.is_err(), "{refused}");
    }
    assert_eq!(
        count(&mut connection, "SELECT count(*) FROM audit").await,
        1
    );
}

#[tokio::test]
async fn a_commit_that_fails_leaves_neither_the_effect_nor_its_row() {
    let directory = Directory::create();
    let (market, store) = directory.market().await;
    let user = market.user("mona").await;
    let product = market.sell(user, 500).await;
    directory.faults.commit.store(true, Ordering::SeqCst);
    let failed = store.suspend(act(), &mona(), fraud()).await;
    assert!(
        matches!(failed, Err(StoreError::OutcomeUnknown(_))),
        "{failed:?}"
    );
    // The next answer comes after the catalog was rebuilt.
    let credentials = store.end_sessions(act(), &mona()).await.unwrap();
    assert!(credentials.is_ok());
    assert!(market.catalog.contains(product));
    let entries = store
        .audit(&AuditFilter::default(), None, 10)
        .await
        .unwrap();
    assert_eq!(entries.items.len(), 1, "{entries:?}");
    let mut connection = directory.connection().await;
    assert_eq!(
        count(&mut connection, "SELECT count(*) FROM suspensions").await,
        0
    );
}

#[tokio::test]
async fn no_list_of_administrators_reads_a_table_from_end_to_end() {
    let directory = Directory::create();
    let _market = directory.market().await;
    let mut connection = directory.connection().await;
    let statements = users::STATEMENTS.iter();
    let statements = statements
        .chain(&sales::STATEMENTS)
        .chain(&products::STATEMENTS)
        .chain(&audit::STATEMENTS);
    for statement in statements {
        let explain: String = format!("EXPLAIN QUERY PLAN {statement}");
        let rows = sqlx::query(sqlx::AssertSqlSafe(explain))
            .fetch_all(&mut connection)
            .await
            .unwrap_or_else(|error| panic!("{error}: {statement}"));
        let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        for step in &steps {
            let scans = step.starts_with("SCAN") && !step.contains("INDEX");
            // What a request names, the inner part that is read already, and the one count of all
            // users at the start are walked; so is the order of the row numbers, up to a limit.
            let is_bounded = step.contains("VIRTUAL TABLE") || step.contains("(subquery");
            let is_start = statement.contains("WHERE deleted_at IS NULL");
            assert!(
                !scans || is_bounded || is_start,
                "{step} in {steps:?}: {statement}"
            );
        }
    }
}

#[tokio::test]
async fn pages_that_come_by_time_need_no_sorting() {
    let directory = Directory::create();
    let _market = directory.market().await;
    let mut connection = directory.connection().await;
    let unsorted = users::STATEMENTS[..3].iter().chain([
        &sales::STATEMENTS[0],
        &sales::STATEMENTS[2],
        &products::STATEMENTS[2],
        &products::STATEMENTS[3],
    ]);
    for statement in unsorted.chain(&audit::STATEMENTS) {
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let rows = sqlx::query(sqlx::AssertSqlSafe(explain))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        let sorts = steps.iter().any(|step| step.contains("TEMP B-TREE"));
        assert!(!sorts, "{steps:?}: {statement}");
    }
}
