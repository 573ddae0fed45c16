//! HTTP/1.1 with axum over AUBoutique's own store and catalog: what is left is protocol and connections.
//!
//! A page is the encoded one of the catalog, as `application/cbor`; purchases are JSON.

use std::process::ExitCode;
use std::sync::Arc;

use auboutique_peers::arguments::Arguments;
use auboutique_peers::http::{self, Buy, Confirmation, Failure, ListQuery};
use auboutique_peers::market::Bought;
use auboutique_peers::serving::{ServeError, acceptor, end, serve};
use auboutique_peers::sessions::Sessions;
use auboutique_peers::{PAGE_MAX, now};
use auboutique_protocol::ids::{Key, ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use auboutique_server::benching::Market;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Parser as _;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

/// The store's database.
const DATABASE: &str = "auboutique.db";
const SESSION: &str = "SELECT user FROM sessions WHERE token = ?";

struct Shared {
    market: Market,
    sessions: Sessions,
}

#[tokio::main]
async fn main() -> ExitCode {
    end(run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<(), ServeError> {
    let acceptor = acceptor(&arguments.cert, &arguments.key, http::ALPN)?;
    let market = Market::open(&arguments.data).await;
    let options = SqliteConnectOptions::new()
        .filename(arguments.data.join(DATABASE))
        .read_only(true);
    let pool = SqlitePool::connect_with(options).await?;
    let shared = Arc::new(Shared {
        market,
        sessions: Sessions::new(pool.clone(), SESSION, true),
    });
    let router = Router::new()
        .route("/products", get(list))
        .route("/purchases", post(buy))
        .with_state(Arc::clone(&shared));
    serve(acceptor, move |stream| {
        http::connection(router.clone(), stream)
    })
    .await?;
    pool.close().await;
    shared.market.close().await;
    Ok(())
}

async fn user(shared: &Shared, headers: &HeaderMap) -> Result<i64, Failure> {
    let known = shared.sessions.user(http::authorization(headers)).await?;
    known.ok_or(Failure::UNAUTHENTICATED)
}

async fn list(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<ListQuery>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Failure> {
    user(&shared, &headers).await?;
    let limit = query.limit.min(PAGE_MAX) as usize;
    Ok((
        [(CONTENT_TYPE, "application/cbor")],
        shared.market.page(limit),
    ))
}

async fn buy(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Json(asked): Json<Buy>,
) -> Result<Json<Confirmation>, Failure> {
    let buyer = user(&shared, &headers).await?;
    let key: Key = asked.key.parse().map_err(|_| Failure::INVALID_KEY)?;
    let price = Money {
        minor: asked.price.minor.unsigned_abs(),
        currency: Currency::Usd,
    };
    let product = ProductId(asked.product.unsigned_abs());
    let moment = UnixMillis(now().unsigned_abs());
    let outcome = shared.market.buy(buyer, product, key, price, moment).await;
    let confirmation = outcome.map_err(|why| match why.contains("AlreadySold") {
        true => Failure::ALREADY_SOLD,
        false => Failure::NOT_SOLD,
    })?;
    let bought = Bought {
        code: confirmation.code,
        sold_at: i64::try_from(confirmation.sold_at.0).unwrap_or(i64::MAX),
        collect_on: confirmation.collect_on,
    };
    Ok(Json(Confirmation::of(asked, bought)))
}
