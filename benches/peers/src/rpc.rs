//! gRPC: its messages, and what a code generator would make of the service
//!
//! ```proto
//! package auboutique;
//! service Market {
//!   rpc List (ListRequest) returns (ListReply);
//!   rpc Buy (BuyRequest) returns (BuyReply);
//! }
//! ```

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, http};
use tonic::metadata::MetadataValue;
use tonic::server::{Grpc, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use crate::arguments::Arguments;
use crate::market::{Market, Order, Refusal};
use crate::{COLLECT_AT, COLLECT_HOURS, CURRENCY};

/// The application protocol.
pub const ALPN: &[u8] = b"h2";
/// Requests in flight on one connection.
const STREAMS_MAX: u32 = 1_024;

/// An amount.
#[derive(Clone, PartialEq, Message)]
pub struct Price {
    /// Minor units.
    #[prost(int64, tag = "1")]
    pub minor: i64,
    /// By its ISO 4217 code.
    #[prost(string, tag = "2")]
    pub currency: String,
}

impl Price {
    fn of(minor: i64) -> Self {
        Self {
            minor,
            currency: CURRENCY.into(),
        }
    }
}

/// What is for sale?
#[derive(Clone, PartialEq, Message)]
pub struct ListRequest {
    /// Products on the page, at most.
    #[prost(uint32, tag = "1")]
    pub limit: u32,
}

/// A page.
#[derive(Clone, PartialEq, Message)]
pub struct ListReply {
    /// The newest first.
    #[prost(message, repeated, tag = "1")]
    pub products: Vec<Product>,
}

/// A product for sale.
#[derive(Clone, PartialEq, Message)]
pub struct Product {
    /// Its number.
    #[prost(int64, tag = "1")]
    pub id: i64,
    /// Its name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Who sells it.
    #[prost(string, tag = "3")]
    pub owner: String,
    /// What it costs.
    #[prost(message, optional, tag = "4")]
    pub price: Option<Price>,
    /// One of the market's categories.
    #[prost(string, tag = "5")]
    pub category: String,
    /// When it was listed, in milliseconds since 1970.
    #[prost(int64, tag = "6")]
    pub listed_at: i64,
    /// What the owner says about it.
    #[prost(string, tag = "7")]
    pub description: String,
}

/// An order.
#[derive(Clone, PartialEq, Message)]
pub struct BuyRequest {
    /// The product's number.
    #[prost(int64, tag = "1")]
    pub product: i64,
    /// What it is thought to cost.
    #[prost(message, optional, tag = "2")]
    pub price: Option<Price>,
    /// A UUID; the same one again is answered as the first time.
    #[prost(bytes = "vec", tag = "3")]
    pub key: Vec<u8>,
}

/// A purchase.
#[derive(Clone, PartialEq, Message)]
pub struct BuyReply {
    /// To collect it with.
    #[prost(string, tag = "1")]
    pub code: String,
    /// What was paid.
    #[prost(message, optional, tag = "2")]
    pub price: Option<Price>,
    /// The product's number.
    #[prost(int64, tag = "3")]
    pub product: i64,
    /// When, in milliseconds since 1970.
    #[prost(int64, tag = "4")]
    pub sold_at: i64,
    /// The key of the order.
    #[prost(bytes = "vec", tag = "5")]
    pub purchase: Vec<u8>,
    /// Where it can be collected.
    #[prost(string, tag = "6")]
    pub collect_at: String,
    /// From when on, as a date.
    #[prost(string, tag = "7")]
    pub collect_on: String,
    /// At which hours.
    #[prost(string, tag = "8")]
    pub collect_hours: String,
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::AlreadySold => Self::failed_precondition("already_sold"),
            Refusal::NotFound => Self::not_found("not_found"),
            Refusal::OwnProduct => Self::failed_precondition("own_product"),
            Refusal::PriceChanged => Self::failed_precondition("price_changed"),
            Refusal::Database(error) => failed(&error),
            Refusal::Random(error) => failed(&error),
        }
    }
}

fn failed(error: &impl std::fmt::Display) -> Status {
    eprintln!("error: {error}");
    Status::internal("internal_error")
}

async fn user<T>(market: &Market, request: &Request<T>) -> Result<i64, Status> {
    let header = request.metadata().get("authorization");
    let known = market.sessions.user(header.map(MetadataValue::as_bytes));
    known
        .await
        .map_err(|error| failed(&error))?
        .ok_or_else(|| Status::unauthenticated("unauthenticated"))
}

async fn list(
    market: Arc<Market>,
    request: Request<ListRequest>,
) -> Result<Response<ListReply>, Status> {
    user(&market, &request).await?;
    let rows = market.list(request.get_ref().limit).await;
    let rows = rows.map_err(|error| failed(&error))?;
    let product = |(id, name, owner, price, category, listed_at, description)| Product {
        id,
        name,
        owner,
        price: Some(Price::of(price)),
        category,
        listed_at,
        description,
    };
    Ok(Response::new(ListReply {
        products: rows.into_iter().map(product).collect(),
    }))
}

async fn buy(
    market: Arc<Market>,
    request: Request<BuyRequest>,
) -> Result<Response<BuyReply>, Status> {
    let buyer = user(&market, &request).await?;
    let asked = request.into_inner();
    let price = asked
        .price
        .ok_or_else(|| Status::invalid_argument("no price"))?;
    let key = asked.key.as_slice().try_into();
    let order = Order {
        buyer,
        product: asked.product,
        price: price.minor,
        key: key.map_err(|_| Status::invalid_argument("invalid_key"))?,
    };
    let bought = market.buy(order).await?;
    Ok(Response::new(BuyReply {
        code: bought.code,
        price: Some(price),
        product: asked.product,
        sold_at: bought.sold_at,
        purchase: asked.key,
        collect_at: COLLECT_AT.into(),
        collect_on: bought.collect_on,
        collect_hours: COLLECT_HOURS.into(),
    }))
}

struct List(Arc<Market>);

impl UnaryService<ListRequest> for List {
    type Response = ListReply;
    type Future = BoxFuture<Response<ListReply>, Status>;

    fn call(&mut self, request: Request<ListRequest>) -> Self::Future {
        Box::pin(list(Arc::clone(&self.0), request))
    }
}

struct BuyOne(Arc<Market>);

impl UnaryService<BuyRequest> for BuyOne {
    type Response = BuyReply;
    type Future = BoxFuture<Response<BuyReply>, Status>;

    fn call(&mut self, request: Request<BuyRequest>) -> Self::Future {
        Box::pin(buy(Arc::clone(&self.0), request))
    }
}

async fn answer(market: Arc<Market>, request: http::Request<Incoming>) -> http::Response<Body> {
    match request.uri().path() {
        "/auboutique.Market/List" => {
            let mut grpc = Grpc::new(ProstCodec::default());
            grpc.unary(List(market), request).await
        }
        "/auboutique.Market/Buy" => {
            let mut grpc = Grpc::new(ProstCodec::default());
            grpc.unary(BuyOne(market), request).await
        }
        _ => Status::unimplemented("").into_http(),
    }
}

/// Answers the requests of one connection, many at once.
pub async fn connection(market: Arc<Market>, arguments: Arguments, stream: TlsStream<TcpStream>) {
    let service = service_fn(|request| {
        let market = Arc::clone(&market);
        async move { Ok::<_, std::convert::Infallible>(answer(market, request).await) }
    });
    // A client that breaks off is nobody's error.
    let _ = http2::Builder::new(TokioExecutor::new())
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(arguments.stream_window)
        .initial_connection_window_size(arguments.connection_window)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
