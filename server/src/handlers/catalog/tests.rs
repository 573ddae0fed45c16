//! Pages as they are put together, and what a refused listing leaves behind.

use std::io::Cursor as Buffer;

use auboutique_protocol::catalog::ProductPage;
use auboutique_protocol::error::Quota;
use auboutique_protocol::ids::{Key, ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::text::{Email, PersonName};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::*;
use crate::auth::token::TokenDigest;
use crate::config::Config;
use crate::dispatch::Reply as _;
use crate::session::Session;
use crate::store::accounts::{NewUser, UserRecord};

/// A session of a new user.
async fn member(context: &Context) -> Session {
    let user = NewUser {
        username: Username::parse("mona").unwrap(),
        name: PersonName::parse("Mona").unwrap(),
        email: Email::parse("mona@example.org").unwrap(),
        password: String::new(),
        created_at: UnixMillis(0),
    };
    let record = UserRecord {
        id: context
            .store
            .create_user(user.clone())
            .await
            .unwrap()
            .unwrap(),
        username: user.username,
        name: user.name.into(),
        email: user.email.into(),
        created_at: user.created_at,
        must_change_password: false,
    };
    let mut session = Session::Anonymous;
    let token = TokenDigest::from_bytes([7; 32]);
    session.log_in(&record, token, context).unwrap();
    session
}

/// Something with a picture of this shade.
fn pictured(shade: u8) -> Sell {
    let image = RgbImage::from_pixel(16, 16, Rgb([shade, 0, 0]));
    let mut file = Buffer::new(Vec::new());
    let written = DynamicImage::from(image).write_to(&mut file, ImageFormat::Png);
    written.unwrap();
    Sell {
        key: Key::now(),
        name: "Lamp".into(),
        price: Money {
            minor: 500,
            currency: Currency::Usd,
        },
        picture: Some(ByteString(file.into_inner())),
        category: "other".into(),
        description: String::new(),
    }
}

#[tokio::test]
async fn a_listing_that_the_quota_refuses_stores_no_picture_and_a_repetition_is_answered() {
    let directory = tempfile::tempdir().unwrap();
    // One such picture is made of some 600 bytes.
    for (products, bytes, quota, limit) in [
        (1, u64::MAX, "products_for_sale", 1),
        (9, 1_000, "picture_bytes", 1_000),
    ] {
        let mut config = Config::new(directory.path().join(quota));
        std::fs::create_dir(&config.data_dir).unwrap();
        config.market.products_per_user_max = products;
        config.market.picture_bytes_per_user_max = bytes;
        let context = Context::open(&config).await.unwrap();
        let session = member(&context).await;
        let user = session.user().unwrap();
        let first = pictured(10);
        let listed = sell(first.clone(), user, &context).await.unwrap();
        let refused = sell(pictured(200), user, &context).await.unwrap_err();
        let quota = quota.into();
        let code = ErrorCode::Quota(Quota { limit, quota });
        assert_eq!(refused.into_reply().code, code);
        assert_eq!(sell(first, user, &context).await.unwrap(), listed);
        // No picture is there but that of the product.
        let swept = context
            .store
            .sweep_pictures(UnixMillis(u64::MAX), None)
            .await;
        let swept = swept.unwrap();
        assert_eq!((swept.removed, swept.next), (0, None));
        context.store.close().await;
    }
}

#[test]
fn a_page_put_together_is_the_page_encoded() {
    let next = Position::Time(ProductId(9));
    for (next, cursor) in [(None, None), (Some(next), Some(next.to_cursor()))] {
        let page = EncodedPage {
            count: 0,
            items: Vec::new(),
            next,
        };
        let expected = ProductPage {
            next: cursor,
            products: Vec::new(),
        };
        assert_eq!(encode_page(&page), expected.encoded());
    }
}
