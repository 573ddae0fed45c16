//! gRPC: unary calls on HTTP/2 connections that many share.

use auboutique_protocol::ids::{Key, Token};
use bytes::{BufMut as _, Bytes, BytesMut};
use h2::client::{ResponseFuture, SendRequest};
use http::header::{AUTHORIZATION, CONTENT_TYPE, TE};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use prost::Message;

use super::{Dialer, bearer, check_confirmation, check_page};
use crate::compare::{Failure, PAGE, PRICE};

/// The application protocol.
pub const ALPN: &[u8] = b"h2";
/// So much may be on the way to one request, and to all of a connection: no answer waits for room.
const STREAM_WINDOW_BYTES: u32 = 1 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 1 << 26;
/// Before each message: whether it is compressed, and its length.
const PREFIX_BYTES: usize = 5;
/// The status of a refusal because of the product's state.
const FAILED_PRECONDITION: &str = "9";

#[derive(Clone, PartialEq, Message)]
struct Price {
    #[prost(int64, tag = "1")]
    minor: i64,
    #[prost(string, tag = "2")]
    currency: String,
}

#[derive(Clone, PartialEq, Message)]
struct ListRequest {
    #[prost(uint32, tag = "1")]
    limit: u32,
}

#[derive(Clone, PartialEq, Message)]
struct ListReply {
    #[prost(message, repeated, tag = "1")]
    products: Vec<Product>,
}

#[derive(Clone, PartialEq, Message)]
struct Product {
    #[prost(int64, tag = "1")]
    id: i64,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    owner: String,
    #[prost(message, optional, tag = "4")]
    price: Option<Price>,
    #[prost(string, tag = "5")]
    category: String,
    #[prost(int64, tag = "6")]
    listed_at: i64,
    #[prost(string, tag = "7")]
    description: String,
}

#[derive(Clone, PartialEq, Message)]
struct BuyRequest {
    #[prost(int64, tag = "1")]
    product: i64,
    #[prost(message, optional, tag = "2")]
    price: Option<Price>,
    #[prost(bytes = "vec", tag = "3")]
    key: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct BuyReply {
    #[prost(string, tag = "1")]
    code: String,
    #[prost(message, optional, tag = "2")]
    price: Option<Price>,
    #[prost(int64, tag = "3")]
    product: i64,
    #[prost(int64, tag = "4")]
    sold_at: i64,
    #[prost(bytes = "vec", tag = "5")]
    purchase: Vec<u8>,
    #[prost(string, tag = "6")]
    collect_at: String,
    #[prost(string, tag = "7")]
    collect_on: String,
    #[prost(string, tag = "8")]
    collect_hours: String,
}

/// A connection that many share.
#[derive(Clone)]
pub struct Channel(SendRequest<Bytes>);

impl Channel {
    /// Connects. Must be called within a runtime, which drives the connection until its last user is gone.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn open(dialer: &Dialer) -> Result<Self, Failure> {
        let stream = dialer.dial().await?;
        let (channel, connection) = h2::client::Builder::new()
            .initial_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .enable_push(false)
            .handshake(stream)
            .await
            .map_err(failed)?;
        // Whoever uses it learns of its end.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self(channel))
    }
}

/// A user of a channel.
pub struct Client {
    channel: Channel,
    headers: HeaderMap,
    list: Uri,
    buy: Uri,
}

impl Client {
    /// A client for whom this token stands for.
    #[must_use]
    pub fn new(channel: &Channel, token: &Token) -> Self {
        let authorization = HeaderValue::from_str(&bearer(token));
        let headers = [
            (
                AUTHORIZATION,
                authorization.expect("digits may stand in a header"),
            ),
            (CONTENT_TYPE, HeaderValue::from_static("application/grpc")),
            (TE, HeaderValue::from_static("trailers")),
        ];
        Self {
            channel: channel.clone(),
            headers: headers.into_iter().collect(),
            list: Uri::from_static("https://localhost/auboutique.Market/List"),
            buy: Uri::from_static("https://localhost/auboutique.Market/Buy"),
        }
    }

    pub(super) async fn list(&mut self, newest: u64) -> Result<(), Failure> {
        let answer = self.call(self.list.clone(), &ListRequest { limit: PAGE });
        let page: ListReply = answer.await?.map_err(Refusal::unexpected)?;
        let numbers = page
            .products
            .iter()
            .map(|product| product.id.unsigned_abs());
        check_page(numbers, newest)
    }

    pub(super) async fn buy(&mut self, product: u64, key: Key) -> Result<bool, Failure> {
        let price = Some(Price {
            minor: PRICE.cast_signed(),
            currency: "USD".into(),
        });
        let asked = BuyRequest {
            product: product.cast_signed(),
            price,
            key: key.0.to_vec(),
        };
        match self.call::<BuyReply>(self.buy.clone(), &asked).await? {
            Ok(told) => {
                let code = &told.code;
                let told = (told.product, told.price, told.purchase);
                check_confirmation(&told, &(asked.product, asked.price, asked.key), code)?;
                Ok(true)
            }
            Err(refusal) if refusal.is_sold() => Ok(false),
            Err(refusal) => Err(refusal.unexpected()),
        }
    }

    async fn call<R: Message + Default>(
        &mut self,
        uri: Uri,
        asked: &impl Message,
    ) -> Result<Result<R, Refusal>, Failure> {
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        *request.headers_mut() = self.headers.clone();
        let mut channel = self.channel.0.clone().ready().await.map_err(failed)?;
        let (response, mut body) = channel.send_request(request, false).map_err(failed)?;
        body.send_data(framed(asked), true).map_err(failed)?;
        Ok(match answer(response).await? {
            Ok(message) => Ok(R::decode(message).map_err(|error| error.to_string())?),
            Err(refusal) => Err(refusal),
        })
    }
}

/// A message as gRPC sends it.
fn framed(message: &impl Message) -> Bytes {
    let length = message.encoded_len();
    let mut out = BytesMut::with_capacity(PREFIX_BYTES + length);
    out.put_u8(0);
    out.put_u32(u32::try_from(length).expect("requests are small"));
    message.encode(&mut out).expect("there is room for it");
    out.freeze()
}

async fn answer(response: ResponseFuture) -> Result<Result<Bytes, Refusal>, Failure> {
    let (head, mut body) = response.await.map_err(failed)?.into_parts();
    let mut message = BytesMut::new();
    while let Some(part) = body.data().await {
        let part = part.map_err(failed)?;
        let _ = body.flow_control().release_capacity(part.len());
        message.extend_from_slice(&part);
    }
    let trailers = body.trailers().await.map_err(failed)?;
    // Without a body the status stands at the head.
    let refusal = Refusal::of(trailers.as_ref().unwrap_or(&head.headers));
    if let Some(refusal) = refusal {
        return Ok(Err(refusal));
    }
    let mut message = message.freeze();
    if message.len() < PREFIX_BYTES {
        return Err("an answer without a message".into());
    }
    Ok(Ok(message.split_off(PREFIX_BYTES)))
}

/// A status that is not OK.
#[derive(Debug, PartialEq)]
struct Refusal {
    status: String,
    message: String,
}

impl Refusal {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| {
            let value = headers.get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        match text("grpc-status").unwrap_or_else(|| "none".into()) {
            status if status == "0" => None,
            status => Some(Self {
                status,
                message: text("grpc-message").unwrap_or_default(),
            }),
        }
    }

    fn is_sold(&self) -> bool {
        self.status == FAILED_PRECONDITION && self.message == "already_sold"
    }

    fn unexpected(self) -> Failure {
        format!("gRPC status {}: {}", self.status, self.message)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn failed(error: h2::Error) -> Failure {
    format!("HTTP/2: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_goes_with_its_length() {
        let framed = framed(&ListRequest { limit: 50 });
        assert_eq!(framed.as_ref(), [0, 0, 0, 0, 2, 8, 50]);
    }

    #[test]
    fn only_status_0_is_no_refusal() {
        let mut headers = HeaderMap::new();
        assert!(Refusal::of(&headers).is_some());
        headers.insert("grpc-status", HeaderValue::from_static("0"));
        assert_eq!(Refusal::of(&headers), None);
        headers.insert("grpc-status", HeaderValue::from_static("9"));
        headers.insert("grpc-message", HeaderValue::from_static("already_sold"));
        assert!(Refusal::of(&headers).is_some_and(|refusal| refusal.is_sold()));
    }
}
