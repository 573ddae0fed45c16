//! The first frame each way.

use auboutique_protocol::envelope;
use auboutique_protocol::hello::{ClientHello, Limits, Market, ServerHello};
use auboutique_protocol::limits;
use auboutique_protocol::money::Currency;

use super::{LISTED_AT, Vector};
use crate::recode;

pub(super) fn all() -> Vec<Vector> {
    let client = ClientHello {
        agent: "auboutique/0.1.0".into(),
        version_max: 1,
        version_min: 1,
    };
    let bytes = |bytes: usize| u32::try_from(bytes).expect("limits fit into 32 bits");
    let server = ServerHello {
        time: LISTED_AT,
        agent: "auboutique-server/0.1.0".into(),
        limits: Limits {
            frame_bytes_max: bytes(limits::FRAME_BYTES_MAX),
            price_minor_max: limits::PRICE_MINOR_MAX,
            picture_bytes_max: bytes(limits::PICTURE_BYTES_MAX),
            in_flight_requests_max: bytes(limits::IN_FLIGHT_REQUESTS_MAX),
            password_characters_min: bytes(limits::PASSWORD_CHARACTERS_MIN),
        },
        market: Market {
            currency: Currency::Usd,
            categories: ["textbooks", "craftwork", "other"].map(String::from).into(),
        },
        version: 1,
    };
    vec![
        Vector {
            name: "hello.client".into(),
            frame: envelope::client_hello(&client),
            recode: recode::client_hello,
        },
        Vector {
            name: "hello.server".into(),
            frame: envelope::server_hello(&server),
            recode: recode::server_hello,
        },
    ]
}
