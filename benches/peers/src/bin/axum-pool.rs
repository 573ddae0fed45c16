//! JSON over HTTP/1.1 with axum, and a pool of SQLite connections with sqlx.

use std::process::ExitCode;
use std::sync::Arc;

use auboutique_peers::arguments::Arguments;
use auboutique_peers::http::{self, Buy, Confirmation, Failure, ListQuery, Page, Product};
use auboutique_peers::market::{Market, Order};
use auboutique_peers::serving::{ServeError, acceptor, end, serve};
use auboutique_protocol::ids::Key;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    end(run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<(), ServeError> {
    let acceptor = acceptor(&arguments.cert, &arguments.key, http::ALPN)?;
    let market = Arc::new(Market::open(&arguments).await?);
    let router = Router::new()
        .route("/products", get(list))
        .route("/purchases", post(buy))
        .with_state(Arc::clone(&market));
    serve(acceptor, move |stream| {
        http::connection(router.clone(), stream)
    })
    .await?;
    market.close().await;
    Ok(())
}

async fn user(market: &Market, headers: &HeaderMap) -> Result<i64, Failure> {
    let known = market.sessions.user(http::authorization(headers)).await?;
    known.ok_or(Failure::UNAUTHENTICATED)
}

async fn list(
    State(market): State<Arc<Market>>,
    Query(query): Query<ListQuery>,
    headers: HeaderMap,
) -> Result<Json<Page>, Failure> {
    user(&market, &headers).await?;
    let rows = market.list(query.limit).await?;
    let products = rows.into_iter().map(Product::from).collect();
    Ok(Json(Page { products }))
}

async fn buy(
    State(market): State<Arc<Market>>,
    headers: HeaderMap,
    Json(asked): Json<Buy>,
) -> Result<Json<Confirmation>, Failure> {
    let buyer = user(&market, &headers).await?;
    let key: Key = asked.key.parse().map_err(|_| Failure::INVALID_KEY)?;
    let order = Order {
        buyer,
        product: asked.product,
        price: asked.price.minor,
        key: key.0,
    };
    let bought = market.buy(order).await?;
    Ok(Json(Confirmation::of(asked, bought)))
}
