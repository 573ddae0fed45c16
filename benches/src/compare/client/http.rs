//! HTTP/1.1 on a connection that stays open: no more than these servers' answers need.

use auboutique_protocol::catalog::ProductPage;
use auboutique_protocol::codec;
use auboutique_protocol::ids::{Key, Token};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::{Dialer, bearer, check_confirmation, check_page};
use crate::compare::{Failure, PAGE, PRICE};

/// The application protocol.
pub const ALPN: &[u8] = b"http/1.1";
/// Headers of an answer, at most.
const HEADERS_MAX: usize = 16;
/// Read at once; a page takes more than one TLS record.
const READ_BYTES: usize = 16 * 1024;

/// A connection, with the requests that it sends.
pub struct Client {
    stream: TlsStream<TcpStream>,
    listing: String,
    buying: String,
    answer: Vec<u8>,
    is_page_cbor: bool,
}

#[derive(Serialize, Deserialize, PartialEq)]
struct Price {
    minor: u64,
    currency: String,
}

#[derive(Deserialize)]
struct Page {
    products: Vec<Product>,
}

/// All of it is read, as a client that shows it would.
#[derive(Deserialize)]
#[expect(
    dead_code,
    reason = "decoded like every side's, and only the number is looked at"
)]
struct Product {
    id: u64,
    name: String,
    owner: String,
    price: Price,
    category: String,
    listed_at: u64,
    description: String,
}

#[derive(Serialize)]
struct Buy<'a> {
    key: &'a str,
    price: Price,
    product: u64,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "decoded like every side's")]
struct Confirmation {
    code: String,
    price: Price,
    product: u64,
    sold_at: u64,
    purchase: String,
    collect_at: String,
    collect_on: String,
    collect_hours: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

fn price() -> Price {
    Price {
        minor: PRICE,
        currency: "USD".into(),
    }
}

impl Client {
    /// Connects for whom this token stands for. Pages come as CBOR from our catalog, otherwise as JSON.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn open(dialer: &Dialer, token: &Token, is_page_cbor: bool) -> Result<Self, Failure> {
        let head = format!("host: localhost\r\nauthorization: {}\r\n", bearer(token));
        Ok(Self {
            stream: dialer.dial().await?,
            listing: format!("GET /products?limit={PAGE} HTTP/1.1\r\n{head}\r\n"),
            buying: format!("POST /purchases HTTP/1.1\r\n{head}content-type: application/json\r\n"),
            answer: Vec::with_capacity(2 * READ_BYTES),
            is_page_cbor,
        })
    }

    pub(super) async fn list(&mut self, newest: u64) -> Result<(), Failure> {
        let is_page_cbor = self.is_page_cbor;
        self.send(self.listing.clone().into_bytes()).await?;
        let (status, body) = self.receive().await?;
        if status != 200 {
            return Err(refused(status, body));
        }
        if is_page_cbor {
            let page: ProductPage = codec::decode(body).map_err(|error| error.to_string())?;
            check_page(page.products.iter().map(|product| product.id.0), newest)
        } else {
            let page: Page = serde_json::from_slice(body).map_err(|error| error.to_string())?;
            check_page(page.products.iter().map(|product| product.id), newest)
        }
    }

    pub(super) async fn buy(&mut self, product: u64, key: Key) -> Result<bool, Failure> {
        let key = key.to_string();
        let asked = Buy {
            key: &key,
            price: price(),
            product,
        };
        let body = serde_json::to_string(&asked).expect("numbers and texts have a form in JSON");
        let length = body.len();
        let request = format!("{}content-length: {length}\r\n\r\n{body}", self.buying);
        self.send(request.into_bytes()).await?;
        match self.receive().await? {
            (200, body) => {
                let told: Confirmation =
                    serde_json::from_slice(body).map_err(|error| error.to_string())?;
                let code = &told.code;
                let told = (told.product, told.price, told.purchase);
                check_confirmation(&told, &(product, price(), key), code)?;
                Ok(true)
            }
            (409, body) if is_sold(body) => Ok(false),
            (status, body) => Err(refused(status, body)),
        }
    }

    async fn send(&mut self, request: Vec<u8>) -> Result<(), Failure> {
        self.stream.write_all(&request).await.map_err(lost)?;
        self.stream.flush().await.map_err(lost)
    }

    /// The next answer: its status and body.
    async fn receive(&mut self) -> Result<(u16, &[u8]), Failure> {
        self.answer.clear();
        let head = loop {
            self.read().await?;
            if let Some(head) = head(&self.answer)? {
                break head;
            }
        };
        let end = head.bytes + head.body_bytes;
        while self.answer.len() < end {
            self.read().await?;
        }
        Ok((head.status, &self.answer[head.bytes..end]))
    }

    async fn read(&mut self) -> Result<(), Failure> {
        self.answer.reserve(READ_BYTES);
        match self.stream.read_buf(&mut self.answer).await {
            Ok(1..) => Ok(()),
            Ok(0) => Err("the server has closed the connection".into()),
            Err(error) => Err(lost(error)),
        }
    }
}

/// What stands before the body.
#[derive(Debug, PartialEq)]
struct Head {
    status: u16,
    bytes: usize,
    body_bytes: usize,
}

/// The head of an answer, once all of it is there.
fn head(answer: &[u8]) -> Result<Option<Head>, Failure> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(answer).map_err(|error| error.to_string())?;
    let httparse::Status::Complete(bytes) = parsed else {
        return Ok(None);
    };
    let status = response.code.unwrap_or_default();
    let length = response
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok())
        .ok_or("an answer of no stated length")?;
    Ok(Some(Head {
        status,
        bytes,
        body_bytes: length,
    }))
}

fn is_sold(body: &[u8]) -> bool {
    serde_json::from_slice(body).is_ok_and(|refusal: Refusal| refusal.error == "already_sold")
}

fn refused(status: u16, body: &[u8]) -> Failure {
    format!("HTTP {status}: {}", String::from_utf8_lossy(body))
}

#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn lost(error: std::io::Error) -> Failure {
    format!("the connection is lost: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        let answer = b"HTTP/1.1 409 Conflict\r\nContent-Length: 24\r\ndate: today\r\n\r\n{";
        let whole = Head {
            status: 409,
            bytes: answer.len() - 1,
            body_bytes: 24,
        };
        assert_eq!(head(answer), Ok(Some(whole)));
        assert_eq!(head(&answer[..30]), Ok(None));
        assert!(head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }

    #[test]
    fn losers_are_told_from_errors() {
        assert!(is_sold(br#"{"error":"already_sold"}"#));
        assert!(!is_sold(br#"{"error":"own_product"}"#) && !is_sold(b"no"));
    }
}
