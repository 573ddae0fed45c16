//! What a purchase on the pool promises.

use clap::Parser as _;

use super::*;

const ORDER: Order = Order {
    buyer: 2,
    product: 1,
    price: 100,
    key: [7; 16],
};

async fn market(directory: &Path) -> Market {
    let options = connect_options(&directory.join(DATABASE)).create_if_missing(true);
    let made = pool(options, 1).await.unwrap();
    sqlx::raw_sql(include_str!("../../schema.sql"))
        .execute(&made)
        .await
        .unwrap();
    sqlx::raw_sql(
        "INSERT INTO users VALUES (1, 'sami', 0), (2, 'mona', 0), (3, 'lina', 0);
         INSERT INTO products (owner_id, name, description, category, price, listed_at)
         VALUES (1, 'Calculus', '', 'textbooks', 100, 0), (1, 'Lamp', '', 'other', 100, 1);",
    )
    .execute(&made)
    .await
    .unwrap();
    made.close().await;
    let typed = [Path::new("peer"), directory, directory, directory];
    Market::open(&Arguments::parse_from(typed)).await.unwrap()
}

#[tokio::test]
async fn a_product_is_sold_once_and_leaves_the_list() {
    let directory = tempfile::tempdir().unwrap();
    let market = market(directory.path()).await;
    assert_eq!(market.list(50).await.unwrap().len(), 2);
    let bought = market.buy(ORDER).await.unwrap();
    let again = market.buy(ORDER).await.unwrap();
    assert_eq!(again.code, bought.code);
    let late = market.buy(Order { buyer: 3, ..ORDER }).await;
    assert!(matches!(late, Err(Refusal::AlreadySold)), "{late:?}");
    let left = market.list(50).await.unwrap();
    assert_eq!((left.len(), left[0].0), (1, 2));
    market.close().await;
}

#[tokio::test]
async fn an_order_that_cannot_be_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let market = market(directory.path()).await;
    let own = market.buy(Order { buyer: 1, ..ORDER }).await;
    assert!(matches!(own, Err(Refusal::OwnProduct)), "{own:?}");
    let cheap = market.buy(Order { price: 99, ..ORDER }).await;
    assert!(matches!(cheap, Err(Refusal::PriceChanged)), "{cheap:?}");
    let order = Order {
        product: 9,
        ..ORDER
    };
    let unknown = market.buy(order).await;
    assert!(matches!(unknown, Err(Refusal::NotFound)), "{unknown:?}");
    assert_eq!(market.list(50).await.unwrap().len(), 2);
    market.close().await;
}
