//! Selling: every field is checked, a retry lists nothing twice, and there is a quota.

use auboutique_protocol::catalog::{ListProducts, Sell};
use auboutique_protocol::error::{ErrorCode, Nothing, Quota};
use auboutique_protocol::limits::{
    DESCRIPTION_CHARACTERS_MAX, PRICE_MINOR_MAX, PRODUCT_NAME_CHARACTERS_MAX,
};
use auboutique_protocol::money::{Currency, Money};

use crate::common::{TestServer, book, refusal, usd};
use crate::invalid;

fn named(name: &str) -> Sell {
    book(name, 1250)
}

fn described(description: &str) -> Sell {
    Sell {
        description: description.into(),
        ..named("Calculus")
    }
}

fn priced(price: Money) -> Sell {
    Sell {
        price,
        ..named("Calculus")
    }
}

fn categorised(category: &str) -> Sell {
    Sell {
        category: category.into(),
        ..named("Calculus")
    }
}

#[tokio::test]
async fn every_field_of_an_offer_is_checked() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let euros = Money {
        minor: 1250,
        currency: Currency::Eur,
    };
    for (offer, field, reason) in [
        (named(""), "name", "empty"),
        (named(" \u{a0} "), "name", "empty"),
        (
            named(&"n".repeat(PRODUCT_NAME_CHARACTERS_MAX + 1)),
            "name",
            "too_long",
        ),
        (
            described(&"d".repeat(DESCRIPTION_CHARACTERS_MAX + 1)),
            "description",
            "too_long",
        ),
        (priced(usd(0)), "price", "out_of_range"),
        (priced(usd(PRICE_MINOR_MAX + 1)), "price", "out_of_range"),
        (priced(usd((1 << 63) - 1)), "price", "out_of_range"),
        (priced(usd(1 << 63)), "price", "out_of_range"),
        (priced(usd(u64::MAX)), "price", "out_of_range"),
        (priced(euros), "price", "unknown_value"),
        (categorised("weapons"), "category", "unknown_value"),
    ] {
        let refused = refusal(mona.call(&offer).await);
        assert_eq!(refused, invalid(field, reason), "{offer:?}");
    }
    let page = mona.call(&ListProducts::default()).await.unwrap();
    assert_eq!(page.products, [], "nothing was listed");
}

#[tokio::test]
async fn text_that_could_attack_a_terminal_is_refused() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    for text in [
        "\u{1b}[2Jcleared",
        "\u{1b}]52;c;aGk=\u{7}",
        "bell\u{7}",
        "carriage\rreturn",
        "null\u{0}byte",
        "csi\u{9b}31m",
        "right\u{202e}to left",
        "isolate\u{2066}d",
        "zero\u{200b}width",
        "byte order\u{feff}mark",
        "soft\u{ad}hyphen",
        "delete\u{7f}",
    ] {
        for (offer, field) in [(named(text), "name"), (described(text), "description")] {
            let refused = refusal(mona.call(&offer).await);
            assert_eq!(refused, invalid(field, "forbidden_character"), "{text:?}");
        }
    }
    let zalgo = format!("x{}", "\u{301}".repeat(5));
    for (offer, field) in [(named(&zalgo), "name"), (described(&zalgo), "description")] {
        let refused = refusal(mona.call(&offer).await);
        assert_eq!(refused, invalid(field, "too_many_marks"));
    }
}

#[tokio::test]
async fn every_field_is_taken_up_to_its_limit() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    for offer in [
        named(&"ن".repeat(PRODUCT_NAME_CHARACTERS_MAX)),
        described(""),
        described(&"د".repeat(DESCRIPTION_CHARACTERS_MAX)),
        described("several\nlines"),
        priced(usd(1)),
        priced(usd(PRICE_MINOR_MAX)),
    ] {
        mona.call(&offer).await.unwrap();
    }
}

#[tokio::test]
async fn an_offer_that_is_repeated_lists_once_and_answers_with_the_same_bytes() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let offer = named("Calculus");
    let first = mona.call_raw(&offer).await.unwrap();
    for client in [&mona, &server.login("mona").await] {
        assert_eq!(client.call_raw(&offer).await.unwrap(), first);
    }
    for other in [
        Sell {
            price: usd(1251),
            ..offer.clone()
        },
        Sell {
            name: "calculus".into(),
            ..offer.clone()
        },
        Sell {
            category: "other".into(),
            ..offer.clone()
        },
        Sell {
            description: String::new(),
            ..offer.clone()
        },
    ] {
        let refused = refusal(mona.call(&other).await);
        assert_eq!(refused, ErrorCode::KeyConflict(Nothing {}), "{other:?}");
    }
    // Keys belong to their user.
    assert_ne!(omar.call_raw(&offer).await.unwrap(), first);
    let page = mona.call(&ListProducts::default()).await.unwrap();
    assert_eq!(page.products.len(), 2);
}

#[tokio::test]
async fn a_refused_offer_does_not_bind_its_key() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let refused = priced(usd(0));
    mona.call(&refused).await.unwrap_err();
    let mended = Sell {
        price: usd(1250),
        ..refused
    };
    mona.call(&mended).await.unwrap();
}

#[tokio::test]
async fn a_user_has_at_most_two_hundred_products_for_sale() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let mut last = None;
    for number in 0..200 {
        let offer = named(&format!("Book {number}"));
        last = Some((mona.call_raw(&offer).await.unwrap(), offer));
    }
    let refused = refusal(mona.call(&named("One too many")).await);
    let quota = Quota {
        limit: 200,
        quota: "products_for_sale".into(),
    };
    assert_eq!(refused, ErrorCode::Quota(quota));
    // A retry is none more, and nobody else is held back.
    let (reply, offer) = last.unwrap();
    assert_eq!(mona.call_raw(&offer).await.unwrap(), reply);
    omar.call(&named("Mine")).await.unwrap();
}
