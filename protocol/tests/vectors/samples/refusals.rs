//! Errors, of a request and of the whole connection.

use auboutique_protocol::envelope;
use auboutique_protocol::error::{
    After, AlreadySold, CollectionPending, ErrorCode, ErrorReply, Incident, InvalidField, Nothing,
    PriceChanged, Quota, Suspended,
};

use super::{Vector, full_name, id_of, usd};
use crate::recode;

fn refusal(variant: &str, id: Option<u64>, code: ErrorCode, message: &'static str) -> Vector {
    Vector {
        name: full_name("error", code.name(), variant),
        frame: envelope::error(
            id,
            &ErrorReply {
                code,
                message: message.into(),
            },
        ),
        recode: recode::error,
    }
}

#[rustfmt::skip] // One line an error reads better than six.
pub(super) fn errors() -> Vec<Vector> {
    use ErrorCode as Code;
    let nothing = Nothing {};
    let after = |after_ms| After { after_ms };
    let about = |name, code, message| refusal("", Some(id_of(name)), code, message);
    let connection = |variant, code, message| refusal(variant, None, code, message);
    vec![
        about("buy", Code::BadRequest(nothing), "not a request of this protocol"),
        connection("connection", Code::BadRequest(nothing), "not a frame of this protocol"),
        connection("", Code::UnsupportedVersion(nothing), "this server speaks version 1"),
        connection("", Code::FrameTooLarge(nothing), "a frame may hold 4096 bytes before login"),
        connection("", Code::Timeout(nothing), "no login within 20 seconds"),
        connection("", Code::SlowConsumer(nothing), "events are not read fast enough"),
        about("buy", Code::Unauthenticated(nothing), "log in first"),
        about("login", Code::AuthFailed(nothing), "unknown user or wrong password"),
        about("login", Code::Suspended(Suspended { reason: "sold a fake".into() }), "this account is suspended"),
        about("buy", Code::MustChangePassword(nothing), "change the password first"),
        about("login", Code::Forbidden(nothing), "this connection is logged in already"),
        about("show_product", Code::NotFound(nothing), "no such product"),
        about("buy", Code::AlreadySold(AlreadySold { yours: false }), "somebody else bought it"),
        refusal("yours", Some(id_of("buy")), Code::AlreadySold(AlreadySold { yours: true }), "you bought it already"),
        about("buy", Code::PriceChanged(PriceChanged { price: usd(1500) }), "the price is 15.00 USD now"),
        about("buy", Code::OwnProduct(nothing), "this product is your own"),
        about("buy", Code::Withdrawn(nothing), "no longer for sale"),
        about("buy", Code::KeyConflict(nothing), "this key belongs to another purchase"),
        about("register", Code::NameTaken(nothing), "this username is taken"),
        about("sell", Code::InvalidField(InvalidField { field: "name".into(), reason: "too_long".into() }), "name is too long"),
        about("send_message", Code::RecipientOffline(nothing), "the recipient is offline"),
        about("sell", Code::Quota(Quota { limit: 200, quota: "products_for_sale".into() }), "at most 200 products may be for sale"),
        about("delete_account", Code::CollectionPending(CollectionPending { collect_on: "2026-01-19".into() }), "a sale is to be collected until 2026-01-19"),
        about("login", Code::RateLimited(after(4000)), "too many failed attempts"),
        about("login", Code::Busy(after(500)), "too many logins at once"),
        about("buy", Code::Draining(nothing), "the server is about to stop"),
        connection("connection", Code::Draining(nothing), "the server is about to stop"),
        about("buy", Code::Unavailable(nothing), "the outcome is unknown; ask again with the same key"),
        about("buy", Code::Internal(Incident { incident: "4f1c09d2a7b3e865".into() }), "a fault of the server"),
    ]
}
