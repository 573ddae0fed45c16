//! Products that administrators take off the market, and what their owners are told.

use auboutique_protocol::admin::AuditAction;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::text::{Reason, Username};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::super::notices::ids_json;
use super::super::writer::Effect;
use super::super::{SqliteStore, from_sql, to_sql};
use super::audit::{Subject, note};
use crate::store::admin::{Act, Irremovable, Removal, RemovedProduct};
use crate::store::{Change, StoreError, UserId};

pub(super) async fn remove(
    connection: &mut SqliteConnection,
    act: Act,
    product: ProductId,
    reason: Reason,
) -> Result<Effect<Result<RemovedProduct, Irremovable>>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT product.name, product.owner, product.withdrawn_at, sale.sold_at, owner.username
         FROM products AS product JOIN users AS owner ON owner.id = product.owner
         LEFT JOIN sales AS sale ON sale.product = product.id
         WHERE product.id = ?",
    )
    .bind(to_sql(product.0))
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else {
        return Ok(Effect::only(Err(Irremovable::NotFound)));
    };
    if row.try_get::<Option<i64>, _>("sold_at")?.is_some() {
        return Ok(Effect::only(Err(Irremovable::Sold)));
    }
    if row.try_get::<Option<i64>, _>("withdrawn_at")?.is_some() {
        return Ok(Effect::only(Err(Irremovable::Withdrawn)));
    }
    let owner = UserId(row.try_get("owner")?);
    let username = username(&row)?;
    let removal = Removal {
        product,
        name: row.try_get("name")?,
        reason: reason.as_str().to_owned(),
        at: act.at,
    };
    take_off(connection, &removal, owner).await?;
    let subject = Subject {
        user: Some(owner),
        username: Some(username.clone().into()),
        product: Some(product),
        ..Subject::default()
    };
    let act = Act {
        why: Some(reason),
        ..act
    };
    let entry = note(connection, act, AuditAction::RemoveProduct, subject).await?;
    Ok(Effect {
        value: Ok(RemovedProduct {
            removal,
            owner: username,
            entry,
        }),
        changes: vec![Change::Withdrawn(product)],
    })
}

async fn take_off(
    connection: &mut SqliteConnection,
    removal: &Removal,
    owner: UserId,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE products SET withdrawn_at = ?, closed = 1 WHERE id = ?")
        .bind(to_sql(removal.at.0))
        .bind(to_sql(removal.product.0))
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO removals (product, owner, reason, at) VALUES (?, ?, ?, ?)")
        .bind(to_sql(removal.product.0))
        .bind(owner.0)
        .bind(&removal.reason)
        .bind(to_sql(removal.at.0))
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn mark_told(
    connection: &mut SqliteConnection,
    products: Vec<ProductId>,
) -> Result<Effect<()>, sqlx::Error> {
    sqlx::query(
        "UPDATE removals SET told = 1
         WHERE product IN (SELECT value FROM json_each(?)) AND told = 0",
    )
    .bind(ids_json(&products))
    .execute(connection)
    .await?;
    Ok(Effect::only(()))
}

impl SqliteStore {
    pub(super) async fn removals_untold(
        &self,
        owner: UserId,
        limit: usize,
    ) -> Result<Vec<Removal>, StoreError> {
        let rows = sqlx::query(
            "SELECT removal.product, product.name, removal.reason, removal.at
             FROM removals AS removal JOIN products AS product ON product.id = removal.product
             WHERE removal.owner = ? AND removal.told = 0
             ORDER BY removal.product LIMIT ?",
        )
        .bind(owner.0)
        .bind(to_sql(limit as u64))
        .fetch_all(&self.read)
        .await?;
        let removal = |row: &SqliteRow| {
            Ok(Removal {
                product: ProductId(from_sql(row.try_get("product")?)),
                name: row.try_get("name")?,
                reason: row.try_get("reason")?,
                at: UnixMillis(from_sql(row.try_get("at")?)),
            })
        };
        rows.iter().map(removal).collect()
    }
}

fn username(row: &SqliteRow) -> Result<Username, sqlx::Error> {
    let username: String = row.try_get("username")?;
    Username::parse(&username).map_err(|error| sqlx::Error::Decode(error.into()))
}
