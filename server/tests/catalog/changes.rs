//! Editing and withdrawing: every field is checked, only the owner may, and a purchase decides.

use auboutique_client::Client;
use auboutique_protocol::catalog::{
    EditProduct, ListProducts, ProductState, ShowProduct, WithdrawProduct,
};
use auboutique_protocol::error::{AlreadySold, ErrorCode, Nothing, PriceChanged};
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::limits::{
    DESCRIPTION_CHARACTERS_MAX, PRICE_MINOR_MAX, PRODUCT_NAME_CHARACTERS_MAX,
};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::purchases::Buy;

use crate::common::{TestServer, refusal, sell, usd};
use crate::invalid;

fn unchanged(id: ProductId) -> EditProduct {
    EditProduct {
        id,
        name: None,
        price: None,
        category: None,
        description: None,
    }
}

fn priced(id: ProductId, price: Money) -> EditProduct {
    EditProduct {
        price: Some(price),
        ..unchanged(id)
    }
}

async fn buy(buyer: &Client, product: ProductId, minor: u64) -> Result<(), ErrorCode> {
    let purchase = Buy {
        key: Key::now(),
        price: usd(minor),
        product,
    };
    match buyer.call(&purchase).await {
        Ok(_) => Ok(()),
        refused => Err(refusal(refused)),
    }
}

#[tokio::test]
async fn an_edited_product_is_seen_changed_at_once_and_sold_at_its_new_price() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let id = sell(&mona, "Calculus", 1250).await;
    let edit = EditProduct {
        name: Some("  Calcu\u{301}lus II ".into()),
        category: Some("other".into()),
        description: Some(String::new()),
        ..priced(id, usd(1500))
    };
    let edited = mona.call(&edit).await.unwrap();
    assert_eq!(
        (
            &*edited.name,
            edited.price,
            &*edited.category,
            &*edited.description
        ),
        ("Calc\u{fa}lus II", usd(1500), "other", "")
    );
    assert_eq!(edited.state, ProductState::ForSale(Nothing {}));
    assert_eq!(mona.call(&edit).await.unwrap(), edited, "once more");
    assert_eq!(omar.call(&ShowProduct { id }).await.unwrap(), edited);
    let page = omar.call(&ListProducts::default()).await.unwrap();
    assert_eq!(
        (&page.products[0].name, page.products[0].price),
        (&edited.name, usd(1500))
    );
    let changed = ErrorCode::PriceChanged(PriceChanged { price: usd(1500) });
    assert_eq!(buy(&omar, id, 1250).await, Err(changed));
    assert_eq!(buy(&omar, id, 1500).await, Ok(()));
}

#[tokio::test]
async fn every_field_of_an_edit_is_checked_and_something_must_be_there() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let id = sell(&mona, "Calculus", 1250).await;
    let named = |name: &str| EditProduct {
        name: Some(name.into()),
        ..unchanged(id)
    };
    let described = |description: &str| EditProduct {
        description: Some(description.into()),
        ..unchanged(id)
    };
    let euros = Money {
        minor: 1250,
        currency: Currency::Eur,
    };
    for (edit, field, reason) in [
        (unchanged(id), "edit_product", "empty"),
        (unchanged(ProductId(99)), "edit_product", "empty"),
        (named(" "), "name", "empty"),
        (named("\u{202e}Calculus"), "name", "forbidden_character"),
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
        (described("\u{1b}[2J"), "description", "forbidden_character"),
        (priced(id, usd(0)), "price", "out_of_range"),
        (
            priced(id, usd(PRICE_MINOR_MAX + 1)),
            "price",
            "out_of_range",
        ),
        (priced(id, euros), "price", "unknown_value"),
        (
            EditProduct {
                category: Some("weapons".into()),
                ..priced(id, usd(1))
            },
            "category",
            "unknown_value",
        ),
    ] {
        let refused = refusal(mona.call(&edit).await);
        assert_eq!(refused, invalid(field, reason), "{edit:?}");
    }
    let shown = mona.call(&ShowProduct { id }).await.unwrap();
    assert_eq!((&*shown.name, shown.price), ("Calculus", usd(1250)));
}

#[tokio::test]
async fn a_withdrawn_product_is_gone_for_buyers_and_its_owner_may_say_so_twice() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let id = sell(&mona, "Calculus", 1250).await;
    for _ in 0..2 {
        mona.call(&WithdrawProduct { id }).await.unwrap();
        let page = omar.call(&ListProducts::default()).await.unwrap();
        assert_eq!(page.products, []);
        let withdrawn = ErrorCode::Withdrawn(Nothing {});
        assert_eq!(buy(&omar, id, 1250).await, Err(withdrawn));
    }
    let shown = omar.call(&ShowProduct { id }).await.unwrap();
    assert_eq!(shown.state, ProductState::Withdrawn(Nothing {}));
}

#[tokio::test]
async fn only_the_owner_changes_a_product_and_only_while_it_is_for_sale() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let [sold, withdrawn, other] = [
        sell(&mona, "Sold", 500).await,
        sell(&mona, "Withdrawn", 500).await,
        sell(&omar, "Another's", 500).await,
    ];
    assert_eq!(buy(&omar, sold, 500).await, Ok(()));
    mona.call(&WithdrawProduct { id: withdrawn }).await.unwrap();
    let already_sold = ErrorCode::AlreadySold(AlreadySold { yours: false });
    let not_found = ErrorCode::NotFound(Nothing {});
    let forbidden = ErrorCode::Forbidden(Nothing {});
    for (id, code) in [
        (sold, &already_sold),
        (other, &forbidden),
        (ProductId(99), &not_found),
        (ProductId(0), &not_found),
        (ProductId(u64::MAX), &not_found),
    ] {
        assert_eq!(&refusal(mona.call(&priced(id, usd(9))).await), code);
        assert_eq!(&refusal(mona.call(&WithdrawProduct { id }).await), code);
    }
    let refused = refusal(mona.call(&priced(withdrawn, usd(9))).await);
    assert_eq!(refused, ErrorCode::Withdrawn(Nothing {}));
    let shown = omar.call(&ShowProduct { id: other }).await.unwrap();
    assert_eq!(shown.price, usd(500));
}

/// Of the rounds of a race; both outcomes come within a few, and the quota allows no more products.
const ROUNDS_MAX: usize = 150;

/// Sells something at 500, lets somebody buy it while its owner does something with it, and returns
/// what came of both. Now the one is asked for first, now the other, and from round to round further
/// apart: what waits for the writer together is decided in an order of its own.
async fn at_once<T>(
    round: usize,
    (mona, omar): (&Client, &Client),
    change: impl AsyncFn(ProductId) -> T,
) -> (T, Result<(), ErrorCode>) {
    let id = sell(mona, "Calculus", 500).await;
    let apart = async || {
        for _ in 0..4 * round {
            tokio::task::yield_now().await;
        }
    };
    if round.is_multiple_of(2) {
        let buying = async {
            apart().await;
            buy(omar, id, 500).await
        };
        tokio::join!(change(id), buying)
    } else {
        let changing = async {
            apart().await;
            change(id).await
        };
        let (bought, changed) = tokio::join!(buy(omar, id, 500), changing);
        (changed, bought)
    }
}

#[tokio::test]
async fn while_somebody_buys_either_the_old_price_sells_or_the_edit_wins() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let (mut edits, mut sales) = (0, 0);
    for round in 0..ROUNDS_MAX {
        let edit = async |id| mona.call(&priced(id, usd(900))).await;
        let (edited, bought) = at_once(round, (&mona, &omar), edit).await;
        match bought {
            Ok(()) => {
                let sold = ErrorCode::AlreadySold(AlreadySold { yours: false });
                assert_eq!(refusal(edited), sold);
                sales += 1;
            }
            Err(code) => {
                let changed = PriceChanged { price: usd(900) };
                assert_eq!(code, ErrorCode::PriceChanged(changed));
                assert_eq!(edited.unwrap().price, usd(900));
                edits += 1;
            }
        }
        if edits > 0 && sales > 0 && round >= 20 {
            return;
        }
    }
    panic!("{edits} edits and {sales} sales: one of both never won");
}

#[tokio::test]
async fn while_somebody_buys_either_the_sale_or_the_withdrawal_wins() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let (mut withdrawals, mut sales) = (0, 0);
    for round in 0..ROUNDS_MAX {
        let withdraw = async |id| mona.call(&WithdrawProduct { id }).await;
        let (withdrawn, bought) = at_once(round, (&mona, &omar), withdraw).await;
        match bought {
            Ok(()) => {
                let sold = ErrorCode::AlreadySold(AlreadySold { yours: false });
                assert_eq!(refusal(withdrawn), sold);
                sales += 1;
            }
            Err(code) => {
                assert_eq!(code, ErrorCode::Withdrawn(Nothing {}));
                withdrawn.unwrap();
                withdrawals += 1;
            }
        }
        if withdrawals > 0 && sales > 0 && round >= 20 {
            return;
        }
    }
    panic!("{withdrawals} withdrawals and {sales} sales: one of both never won");
}
