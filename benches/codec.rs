//! What it costs to read and to write frames: the strict scan with the typed decoding behind it, against
//! the CBOR library alone and against JSON, which check less. JSON carries keys, digests and pictures as
//! text, as it has to.
//!
//! Reading a request is what the server does with each frame; reading a reply is the client's part.

use std::hint::black_box;
use std::process::ExitCode;

use auboutique_benches::group;
use auboutique_benches::ratio::{Bound, Plan, Report, repeat};
use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::call::{Call, MemberCall};
use auboutique_protocol::catalog::{
    ListProducts, Picture, PictureData, PictureSize, ProductPage, ProductSummary, Sort,
};
use auboutique_protocol::envelope::{self, ClientFrame, ServerFrame};
use auboutique_protocol::ids::{Key, PictureHash, ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::purchases::Buy;
use auboutique_protocol::{codec, strict};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Products of a page.
const PAGE: u64 = 50;
/// A picture as phones make them, after the client has made it smaller.
const PICTURE_BYTES: usize = 200 * 1024;
/// The request that all frames here belong to.
const ID: u64 = 4_711;
const PRICE: Money = Money {
    minor: 1_250,
    currency: Currency::Usd,
};

fn main() -> ExitCode {
    group::run(|plan, report| {
        let mut bench = Bench { plan, report };
        bench.request("buy", &buy(), &json::Buy::of(&buy()));
        bench.request("list", &list(), &json::List::of(&list()));
        let asked = Picture {
            id: ProductId(42),
            size: PictureSize::Full,
        };
        bench.request("picture", &asked, &asked);
        bench.reply("page of 50", &page(), &json::Page::of(&page()));
        bench.reply(
            "picture of 200 KiB",
            &picture(),
            &json::Picture::of(&picture()),
        );
    })
}

fn buy() -> Buy {
    Buy {
        key: Key::now(),
        price: PRICE,
        product: ProductId(123_456),
    }
}

fn list() -> ListProducts {
    ListProducts {
        sort: Some(Sort::Newest),
        limit: Some(50),
        cursor: Some(Cursor::new(b"t\0\0\0\0\0\x01\xe2\x40".to_vec())),
        category: Some("textbooks".into()),
        ..ListProducts::default()
    }
}

fn page() -> ProductPage {
    let product = |number| ProductSummary {
        id: ProductId(123_456 - number),
        name: format!("Calculus, early transcendentals, volume {number}"),
        owner: format!("seller{}", number % 7),
        price: PRICE,
        picture: (number % 2 == 0).then_some(PictureHash([0xa5; 32])),
        category: "textbooks".into(),
        listed_at: UnixMillis(1_790_000_000_000 - number),
        description: "Read once, in order, without a mark. ".repeat(5)[..160].into(),
    };
    ProductPage {
        next: Some(Cursor::new(b"t\0\0\0\0\0\x01\xe2\x40".to_vec())),
        products: (0..PAGE).map(product).collect(),
    }
}

fn picture() -> PictureData {
    PictureData {
        data: ByteString((0..=u8::MAX).cycle().take(PICTURE_BYTES).collect()),
        width: 1_600,
        height: 1_200,
        media_type: "image/jpeg".into(),
    }
}

/// What a message is in the envelope, for libraries that decode it whole.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Request<C> {
    id: u64,
    call: Named<C>,
}

/// `{name: {…}}`, whatever the name: a newtype would not say which, so this costs the peers nothing.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Named<C> {
    #[serde(alias = "buy", alias = "list_products", alias = "picture")]
    body: C,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Reply<R> {
    id: u64,
    ok: R,
}

struct Bench<'a> {
    plan: Plan,
    report: &'a mut Report,
}

impl Bench<'_> {
    fn request<C, J>(&mut self, name: &str, ours: &C, theirs: &J)
    where
        C: Call + PartialEq,
        J: Serialize + DeserializeOwned + PartialEq,
    {
        let frame = envelope::call(ID, ours);
        let read = |frame: &[u8]| match ClientFrame::parse(frame) {
            Ok(ClientFrame::Call { id, call }) => {
                let call = MemberCall::decode(call.name, call.body).expect("it was made here");
                (id, call)
            }
            other => panic!("a request is read as {other:?}"),
        };
        let body = codec::encode(ours);
        self.check(name, read(&frame).1.encode_body() == body);
        let whole = Request {
            id: ID,
            call: Named { body: theirs },
        };
        let json = serde_json::to_vec(&whole).expect("it has a form in JSON");
        let from_json = |json: &[u8]| -> Request<J> {
            serde_json::from_slice(json).expect("so it was written")
        };
        self.check(name, from_json(&json).call.body == *theirs);
        let from_cbor =
            |frame: &[u8]| -> Request<C> { ciborium::from_reader(frame).expect("it is CBOR") };
        self.check(name, from_cbor(&frame).call.body == *ours);
        self.row(
            &format!("read {name} against JSON"),
            || read(black_box(&frame)),
            || from_json(black_box(&json)),
        );
        self.row(
            &format!("read {name} against the CBOR library alone"),
            || read(black_box(&frame)),
            || from_cbor(black_box(&frame)),
        );
        self.row(
            &format!("write {name} against JSON"),
            || envelope::call(ID, black_box(ours)),
            || serde_json::to_vec(black_box(&whole)),
        );
    }

    fn reply<R, J>(&mut self, name: &str, ours: &R, theirs: &J)
    where
        R: Serialize + DeserializeOwned + PartialEq,
        J: Serialize + DeserializeOwned + PartialEq,
    {
        let write = || envelope::ok(ID, &codec::encode(black_box(ours)));
        let frame = write();
        let read = |frame: &[u8]| -> R {
            match ServerFrame::parse(frame) {
                Ok(ServerFrame::Ok { reply, .. }) => {
                    codec::decode(reply).expect("it was made here")
                }
                other => panic!("a reply is read as {other:?}"),
            }
        };
        self.check(name, read(&frame) == *ours);
        let whole = Reply { id: ID, ok: theirs };
        let json = serde_json::to_vec(&whole).expect("it has a form in JSON");
        let from_json =
            |json: &[u8]| -> Reply<J> { serde_json::from_slice(json).expect("so it was written") };
        self.check(name, from_json(&json).ok == *theirs);
        let from_cbor =
            |frame: &[u8]| -> Reply<R> { ciborium::from_reader(frame).expect("it is CBOR") };
        self.check(name, from_cbor(&frame).ok == *ours);
        self.row(
            &format!("scan {name} against decoding it by the CBOR library"),
            || strict::check(black_box(&frame)),
            || from_cbor(black_box(&frame)),
        );
        self.row(
            &format!("read {name} against JSON"),
            || read(black_box(&frame)),
            || from_json(black_box(&json)),
        );
        self.row(
            &format!("read {name} against the CBOR library alone"),
            || read(black_box(&frame)),
            || from_cbor(black_box(&frame)),
        );
        self.row(&format!("write {name} against JSON"), write, || {
            serde_json::to_vec(black_box(&whole))
        });
        let whole = Reply { id: ID, ok: ours };
        self.row(
            &format!("write {name} against the CBOR library alone"),
            write,
            || {
                let mut out = Vec::new();
                ciborium::into_writer(black_box(&whole), &mut out)
                    .expect("a Vec takes every write");
                out
            },
        );
    }

    fn row<A, B>(
        &mut self,
        name: &str,
        mut ours: impl FnMut() -> A,
        mut theirs: impl FnMut() -> B,
    ) {
        let rates = self.plan.rates(
            |each| repeat(each, || drop(black_box(ours()))),
            |each| repeat(each, || drop(black_box(theirs()))),
        );
        self.report.rows.push(rates.row(name, Bound::Told));
    }

    fn check(&mut self, name: &str, is_right: bool) {
        if !is_right {
            eprintln!("{name} is not read as it was written");
            self.report.correct = false;
        }
    }
}

/// The same messages as a service that speaks JSON would have them: bytes are text.
mod json {
    use super::{Deserialize, ListProducts, Money, PictureData, ProductPage, Serialize, Sort};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Buy {
        key: String,
        price: Money,
        product: u64,
    }

    impl Buy {
        pub(super) fn of(buy: &super::Buy) -> Self {
            Self {
                key: buy.key.to_string(),
                price: buy.price,
                product: buy.product.0,
            }
        }
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct List {
        sort: Option<Sort>,
        limit: Option<u32>,
        cursor: Option<String>,
        category: Option<String>,
    }

    impl List {
        pub(super) fn of(list: &ListProducts) -> Self {
            Self {
                sort: list.sort,
                limit: list.limit,
                cursor: list.cursor.as_ref().map(|_| "dAAAAAAAAeJA".into()),
                category: list.category.clone(),
            }
        }
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Page {
        next: Option<String>,
        products: Vec<Product>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Product {
        id: u64,
        name: String,
        owner: String,
        price: Money,
        picture: Option<String>,
        category: String,
        listed_at: u64,
        description: String,
    }

    impl Page {
        pub(super) fn of(page: &ProductPage) -> Self {
            let products = page.products.iter().map(|product| Product {
                id: product.id.0,
                name: product.name.clone(),
                owner: product.owner.clone(),
                price: product.price,
                picture: product.picture.map(|hash| hash.to_string()),
                category: product.category.clone(),
                listed_at: product.listed_at.0,
                description: product.description.clone(),
            });
            Self {
                next: Some("dAAAAAAAAeJA".into()),
                products: products.collect(),
            }
        }
    }

    /// In base 64; decoding that would come on top.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Picture {
        data: String,
        width: u32,
        height: u32,
    }

    impl Picture {
        pub(super) fn of(picture: &PictureData) -> Self {
            Self {
                data: "QUJD".repeat(picture.data.0.len().div_ceil(3)),
                width: picture.width,
                height: picture.height,
            }
        }
    }
}
