//! Requests that do not exist, that have another shape, or that ask for what cannot be.

use auboutique_protocol::catalog::{
    EditProduct, ListProducts, Picture, PictureSize, Sell, Sort, WithdrawProduct,
};
use auboutique_protocol::chat::{IfOffline, SendMessage};
use auboutique_protocol::envelope;
use auboutique_protocol::error::{AlreadySold, ErrorCode, Nothing, PriceChanged};
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::purchases::Buy;

use super::world::{BOUGHT, FOREIGN, OWN, OWN_WITHDRAWN, PRICE_MINOR, SOLD, USED, WITHDRAWN};
use super::{At, ID, MEMBER, Outcome, Row, Stage, bad_request, invalid};
use crate::common::raw::unhex;
use crate::common::{book, usd};

/// A key that nothing succeeds with.
const UNUSED: Key = Key([0x22; 16]);

pub(super) fn rows() -> Vec<Row> {
    let mut rows = shapes();
    rows.extend(purchases());
    rows.extend(products());
    rows.extend(messages());
    rows
}

fn shapes() -> Vec<Row> {
    let row = |at, name: &str, request: &str, body: &str| {
        let body = envelope::call_encoded(ID, request, &unhex(body));
        let outcome = Outcome::Error(bad_request());
        Row::frame(Stage::Request, at, name, &body, outcome)
    };
    let (anyone, member) = (At::Anonymous, MEMBER);
    let key = |bytes: usize| {
        let length = format!("{:02x}", 0x40 + bytes);
        format!("a3 636b6579 {length} {} ", "11".repeat(bytes))
            + "657072696365 a2 656d696e6f72 01 6863757272656e6379 63555344 6770726f64756374 02"
    };
    let price = |minor: &str, currency: &str| {
        format!(
            "a3 636b6579 50 {} 657072696365 a2 656d696e6f72 {minor} ",
            "22".repeat(16)
        ) + &format!("6863757272656e6379 {currency} 6770726f64756374 02")
    };
    vec![
        row(anyone, "a request of no known name", "buy_all", "a0"),
        row(anyone, "a request without a name", "", "a0"),
        row(anyone, "a request's name in capitals", "Ping", "a0"),
        row(
            anyone,
            "a name of 2,000 characters",
            &"x".repeat(2_000),
            "a0",
        ),
        row(
            anyone,
            "a name that clears a terminal",
            "\u{1b}[2J\u{1b}]0;x\u{7}",
            "a0",
        ),
        row(
            anyone,
            "a request of administrators, before login",
            "suspend",
            "a0",
        ),
        row(
            member,
            "a request of administrators, after login",
            "announce",
            "a0",
        ),
        row(anyone, "a field too many", "ping", "a1 6178 00"),
        row(member, "a field too few", "show_product", "a0"),
        row(
            member,
            "a text in the place of a number",
            "show_product",
            "a1 626964 6131",
        ),
        row(member, "a number below 0", "show_product", "a1 626964 20"),
        row(
            member,
            "the fields without their names",
            "show_product",
            "81 01",
        ),
        row(
            anyone,
            "a `login` without a password",
            "login",
            "a1 68757365726e616d65 646d6f6e61",
        ),
        row(
            member,
            "an order that there is none of",
            "list_products",
            "a1 64736f7274 63616e79",
        ),
        row(
            member,
            "an order as a number",
            "list_products",
            "a1 64736f7274 01",
        ),
        row(
            member,
            "a size of pictures that there is none of",
            "picture",
            "a2 626964 01 6473697a65 6468756765",
        ),
        row(
            member,
            "a topic that there is none of",
            "watch",
            "a1 66746f70696373 81 6773657373696f6e",
        ),
        row(member, "a `buy` with a key of 15 bytes", "buy", &key(15)),
        row(member, "a `buy` with a key of 17 bytes", "buy", &key(17)),
        row(member, "a price below 0", "buy", &price("20", "63555344")),
        row(
            member,
            "a price that is text",
            "buy",
            &price("63353030", "63555344"),
        ),
        row(
            member,
            "a currency that there is none of",
            "buy",
            &price("1901f4", "63584246"),
        ),
        row(
            member,
            "a limit of 2³²",
            "list_products",
            "a1 656c696d6974 1b0000000100000000",
        ),
    ]
}

fn purchases() -> Vec<Row> {
    let row = |name: &str, product, (key, minor), code| {
        let price = usd(minor);
        let buy = Buy {
            key,
            price,
            product,
        };
        Row::call(Stage::Request, MEMBER, name, &buy, Outcome::Error(code))
    };
    let as_seen = (UNUSED, PRICE_MINOR);
    let nothing = Nothing {};
    vec![
        row(
            "a purchase of one's own product",
            OWN,
            as_seen,
            ErrorCode::OwnProduct(nothing),
        ),
        row(
            "a purchase of what one has bought, with another key",
            BOUGHT,
            as_seen,
            ErrorCode::AlreadySold(AlreadySold { yours: true }),
        ),
        row(
            "a purchase of what was withdrawn",
            WITHDRAWN,
            as_seen,
            ErrorCode::Withdrawn(nothing),
        ),
        row(
            "a purchase of what is not there",
            ProductId(1_000_000),
            as_seen,
            ErrorCode::NotFound(nothing),
        ),
        row(
            "a purchase at a price of one's own",
            FOREIGN,
            (UNUSED, 1),
            ErrorCode::PriceChanged(PriceChanged {
                price: usd(PRICE_MINOR),
            }),
        ),
        row(
            "a purchase with the key of another",
            FOREIGN,
            (USED, PRICE_MINOR),
            ErrorCode::KeyConflict(nothing),
        ),
    ]
}

fn products() -> Vec<Row> {
    let row = |name: &str, edit: EditProduct, outcome| {
        Row::call(Stage::Request, MEMBER, name, &edit, outcome)
    };
    let edit = |id| EditProduct {
        id,
        name: Some("Mine".into()),
        price: None,
        category: None,
        description: None,
    };
    let refused = Outcome::Error;
    let nothing = Nothing {};
    let again = Sell {
        key: USED,
        ..book("Something else", PRICE_MINOR)
    };
    let search = ListProducts {
        text: Some("algebra".into()),
        sort: Some(Sort::Cheapest),
        ..ListProducts::default()
    };
    let picture = Picture {
        id: OWN,
        size: PictureSize::Full,
    };
    vec![
        row(
            "a change of another's product",
            edit(FOREIGN),
            refused(ErrorCode::Forbidden(nothing)),
        ),
        row(
            "a change of one's own product that was sold",
            edit(SOLD),
            refused(ErrorCode::AlreadySold(AlreadySold { yours: false })),
        ),
        row(
            "a change of one's own product that was withdrawn",
            edit(OWN_WITHDRAWN),
            refused(ErrorCode::Withdrawn(nothing)),
        ),
        row(
            "a change of nothing",
            EditProduct {
                name: None,
                ..edit(OWN)
            },
            invalid("edit_product", "empty"),
        ),
        Row::call(
            Stage::Request,
            MEMBER,
            "a withdrawal of another's product",
            &WithdrawProduct { id: FOREIGN },
            refused(ErrorCode::Forbidden(nothing)),
        ),
        Row::call(
            Stage::Request,
            MEMBER,
            "a sale with the key of another",
            &again,
            refused(ErrorCode::KeyConflict(nothing)),
        ),
        Row::call(
            Stage::Request,
            MEMBER,
            "a search in the order of prices",
            &search,
            invalid("sort", "unsupported"),
        ),
        Row::call(
            Stage::Request,
            MEMBER,
            "a picture that there is none of",
            &picture,
            refused(ErrorCode::NotFound(nothing)),
        ),
    ]
}

fn messages() -> Vec<Row> {
    let row = |name: &str, (to, key, about, if_offline), outcome| {
        let message = SendMessage {
            to: String::from(to),
            key,
            text: "Look here.".into(),
            about,
            if_offline,
        };
        Row::call(Stage::Request, MEMBER, name, &message, outcome)
    };
    let refused = Outcome::Error;
    let nothing = Nothing {};
    let (keep, refuse) = (IfOffline::Keep, IfOffline::Refuse);
    vec![
        row(
            "a message to oneself",
            ("Mona", UNUSED, None, keep),
            invalid("to", "yourself"),
        ),
        row(
            "a message to nobody",
            ("nobody", UNUSED, None, keep),
            refused(ErrorCode::NotFound(nothing)),
        ),
        row(
            "a message to the name of a deleted account",
            ("deleted-1", UNUSED, None, keep),
            refused(ErrorCode::NotFound(nothing)),
        ),
        row(
            "a message about what is not there",
            ("yara", UNUSED, Some(ProductId(1_000_000)), keep),
            invalid("about", "unknown_value"),
        ),
        row(
            "a message that may not wait to somebody who is not there",
            ("yara", UNUSED, None, refuse),
            refused(ErrorCode::RecipientOffline(nothing)),
        ),
        row(
            "a message with the key of another",
            ("yara", USED, None, keep),
            refused(ErrorCode::KeyConflict(nothing)),
        ),
    ]
}
