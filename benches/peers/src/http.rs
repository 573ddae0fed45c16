//! JSON over HTTP/1.1: what is said, and how connections are served.

use axum::Json;
use axum::Router;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::market::{Bought, Refusal, Row};
use crate::{COLLECT_AT, COLLECT_HOURS, CURRENCY};

/// The application protocol.
pub const ALPN: &[u8] = b"http/1.1";
/// What is said when something failed that is no user's fault.
const FAILED: &str = "internal_error";

/// An amount.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Price {
    /// Minor units.
    pub minor: i64,
    /// By its ISO 4217 code.
    pub currency: String,
}

impl Price {
    /// So many minor units of the market's currency.
    #[must_use]
    pub fn of(minor: i64) -> Self {
        Self {
            minor,
            currency: CURRENCY.into(),
        }
    }
}

/// The query of `GET /products`.
#[derive(Debug, Clone, Deserialize)]
pub struct ListQuery {
    /// Products on the page, at most.
    #[serde(default = "usual_limit")]
    pub limit: u32,
}

fn usual_limit() -> u32 {
    50
}

/// The answer to `GET /products`.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// The newest first.
    pub products: Vec<Product>,
}

/// A product for sale.
#[derive(Debug, Clone, Serialize)]
pub struct Product {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Who sells it.
    pub owner: String,
    /// What it costs.
    pub price: Price,
    /// One of the market's categories.
    pub category: String,
    /// When it was listed, in milliseconds since 1970.
    pub listed_at: i64,
    /// What the owner says about it.
    pub description: String,
}

impl From<Row> for Product {
    fn from((id, name, owner, price, category, listed_at, description): Row) -> Self {
        Self {
            id,
            name,
            owner,
            price: Price::of(price),
            category,
            listed_at,
            description,
        }
    }
}

/// The body of `POST /purchases`.
#[derive(Debug, Clone, Deserialize)]
pub struct Buy {
    /// A UUID; the same one again is answered as the first time.
    pub key: String,
    /// What it is thought to cost.
    pub price: Price,
    /// The product's number.
    pub product: i64,
}

/// The answer to `POST /purchases`.
#[derive(Debug, Clone, Serialize)]
pub struct Confirmation {
    /// To collect it with.
    pub code: String,
    /// What was paid.
    pub price: Price,
    /// The product's number.
    pub product: i64,
    /// When, in milliseconds since 1970.
    pub sold_at: i64,
    /// The key of the order.
    pub purchase: String,
    /// Where it can be collected.
    pub collect_at: String,
    /// From when on, as a date.
    pub collect_on: String,
    /// At which hours.
    pub collect_hours: String,
}

impl Confirmation {
    /// What the buyer is told.
    #[must_use]
    pub fn of(order: Buy, bought: Bought) -> Self {
        Self {
            code: bought.code,
            price: order.price,
            product: order.product,
            sold_at: bought.sold_at,
            purchase: order.key,
            collect_at: COLLECT_AT.into(),
            collect_on: bought.collect_on,
            collect_hours: COLLECT_HOURS.into(),
        }
    }
}

/// Why there is nothing.
#[derive(Debug)]
pub struct Failure(StatusCode, &'static str);

impl Failure {
    /// Nobody is logged in with this token.
    pub const UNAUTHENTICATED: Self = Self(StatusCode::UNAUTHORIZED, "unauthenticated");
    /// The order's key is no UUID.
    pub const INVALID_KEY: Self = Self(StatusCode::UNPROCESSABLE_ENTITY, "invalid_key");
    /// The product was sold before.
    pub const ALREADY_SOLD: Self = Self(StatusCode::CONFLICT, "already_sold");
    /// It was not sold, for another reason.
    pub const NOT_SOLD: Self = Self(StatusCode::CONFLICT, "not_sold");
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        eprintln!("error: {error}");
        Self(StatusCode::INTERNAL_SERVER_ERROR, FAILED)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::AlreadySold => Self::ALREADY_SOLD,
            Refusal::NotFound => Self(StatusCode::NOT_FOUND, "not_found"),
            Refusal::OwnProduct => Self(StatusCode::CONFLICT, "own_product"),
            Refusal::PriceChanged => Self(StatusCode::CONFLICT, "price_changed"),
            Refusal::Database(error) => error.into(),
            Refusal::Random(error) => {
                eprintln!("error: {error}");
                Self(StatusCode::INTERNAL_SERVER_ERROR, FAILED)
            }
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
        }
        (self.0, Json(Body { error: self.1 })).into_response()
    }
}

/// The value of the `authorization` header.
#[must_use]
pub fn authorization(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(AUTHORIZATION).map(HeaderValue::as_bytes)
}

/// Answers the requests of one connection, which stays open between them.
pub async fn connection(router: Router, stream: TlsStream<TcpStream>) {
    // A client that breaks off is nobody's error.
    let _ = http1::Builder::new()
        .pipeline_flush(true)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .await;
}
