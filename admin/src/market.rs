//! Sales and products.

use auboutique_client::terminal::failure::Failure;
use auboutique_client::terminal::output::{Output, local_time};
use auboutique_client::terminal::table::{layout, left, right};
use auboutique_client::{AdminClient, Error};
use auboutique_protocol::admin::{
    Product, ProductPage, ProductState, ProductStateName, Products, Sale, SalePage, Sales, SoldTo,
};
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::limits::PAGE_ITEMS_MAX;
use auboutique_protocol::page::Cursor;

use crate::args::{self, SaleFilter};
use crate::context::Context;
use crate::dates::span;
use crate::fields::{Cell, Field, Fields, field};
use crate::list::{self, Listing, Page};

/// Most products that are looked through for one: there is no request for it, and its name only
/// serves a question.
const LOOKED_THROUGH_MAX: u32 = 10 * PAGE_ITEMS_MAX;

pub(crate) async fn sales(context: &Context, arguments: args::Sales) -> Result<(), Failure> {
    let request = request(arguments.filter)?;
    list::print(context, request, arguments.paging).await
}

pub(crate) async fn products(context: &Context, arguments: args::Products) -> Result<(), Failure> {
    let request = Products {
        text: arguments.search.map(String::from),
        owner: arguments.owner.map(String::from),
        state: arguments.state,
        ..Products::default()
    };
    list::print(context, request, arguments.paging).await
}

/// The request for these sales.
///
/// # Errors
/// The days are reversed.
pub(crate) fn request(filter: SaleFilter) -> Result<Sales, Failure> {
    let (from, to) = span(filter.from, filter.to)?;
    Ok(Sales {
        to,
        from,
        buyer: filter.buyer.map(String::from),
        seller: filter.seller.map(String::from),
        product: filter.product,
        ..Sales::default()
    })
}

/// A product for sale, if it is among those listed last.
pub(crate) async fn for_sale(
    client: &AdminClient,
    id: ProductId,
) -> Result<Option<Product>, Error> {
    let request = Products {
        state: Some(ProductStateName::ForSale),
        ..Products::default()
    };
    let seen = list::follow(client, request, Some(LOOKED_THROUGH_MAX), None).await?;
    let mut products = seen.pages.items.into_iter();
    Ok(products.find(|product| product.id == id))
}

impl Fields for Sale {
    const FIELDS: &'static [Field<Self>] = &[
        field("sold_at", |sale| Cell::Moment(sale.sold_at)),
        field("product", |sale| Cell::Number(sale.product.0)),
        field("name", |sale| Cell::text(&sale.name)),
        field("seller", |sale| Cell::text(&sale.seller)),
        field("buyer", |sale| Cell::text(&sale.buyer)),
        field("price", |sale| Cell::Money(sale.price)),
        field("currency", |sale| Cell::Currency(sale.price)),
        field("collect_on", |sale| Cell::text(&sale.collect_on)),
        field("place", |sale| Cell::text(&sale.place)),
    ];
}

fn state(product: &Product) -> &'static str {
    match &product.state {
        ProductState::ForSale(_) => "for_sale",
        ProductState::Hidden(_) => "hidden",
        ProductState::Sold(_) => "sold",
        ProductState::Withdrawn(_) => "withdrawn",
        ProductState::Removed(_) => "removed",
    }
}

fn sold(product: &Product) -> Option<&SoldTo> {
    match &product.state {
        ProductState::Sold(sold) => Some(sold),
        ProductState::ForSale(_)
        | ProductState::Hidden(_)
        | ProductState::Withdrawn(_)
        | ProductState::Removed(_) => None,
    }
}

fn removal_reason(product: &Product) -> Option<&str> {
    match &product.state {
        ProductState::Removed(removed) => Some(&removed.reason),
        ProductState::ForSale(_)
        | ProductState::Hidden(_)
        | ProductState::Withdrawn(_)
        | ProductState::Sold(_) => None,
    }
}

impl Fields for Product {
    const FIELDS: &'static [Field<Self>] = &[
        field("id", |product| Cell::Number(product.id.0)),
        field("name", |product| Cell::text(&product.name)),
        field("owner", |product| Cell::text(&product.owner)),
        field("price", |product| Cell::Money(product.price)),
        field("currency", |product| Cell::Currency(product.price)),
        field("category", |product| Cell::text(&product.category)),
        field("listed_at", |product| Cell::Moment(product.listed_at)),
        field("state", |product| Cell::text(state(product))),
        field("buyer", |product| {
            Cell::some(sold(product), |sold| Cell::text(&sold.buyer))
        }),
        field("sold_at", |product| {
            Cell::some(sold(product), |sold| Cell::Moment(sold.sold_at))
        }),
        field("removal_reason", |product| {
            Cell::some(removal_reason(product), Cell::text)
        }),
    ];
}

impl Listing for Sales {
    type Item = Sale;
    const KEY: &'static str = "sales";

    fn turn(&mut self, limit: u32, cursor: Option<Cursor>) {
        self.limit = Some(limit);
        self.cursor = cursor;
    }

    fn page(reply: SalePage) -> Page<Sale> {
        Page {
            items: reply.sales,
            next: reply.next,
            totals: reply.totals,
        }
    }

    fn table(items: &[Sale], out: Output) -> Vec<String> {
        let columns = [
            left("SOLD"),
            right("ID"),
            left("NAME"),
            left("SELLER"),
            left("BUYER"),
            right("PRICE"),
            left("COLLECT"),
        ];
        let rows: Vec<_> = items
            .iter()
            .map(|sale| {
                [
                    local_time(sale.sold_at),
                    sale.product.to_string(),
                    sale.name.clone(),
                    sale.seller.clone(),
                    sale.buyer.clone(),
                    sale.price.to_string(),
                    sale.collect_on.clone(),
                ]
            })
            .collect();
        layout(columns, 2, &rows, out.width)
    }
}

impl Listing for Products {
    type Item = Product;
    const KEY: &'static str = "products";

    fn turn(&mut self, limit: u32, cursor: Option<Cursor>) {
        self.limit = Some(limit);
        self.cursor = cursor;
    }

    fn page(reply: ProductPage) -> Page<Product> {
        Page {
            items: reply.products,
            next: reply.next,
            totals: None,
        }
    }

    fn table(items: &[Product], out: Output) -> Vec<String> {
        let columns = [
            right("ID"),
            left("NAME"),
            left("OWNER"),
            right("PRICE"),
            left("STATE"),
            left("LISTED"),
        ];
        let rows: Vec<_> = items
            .iter()
            .map(|product| {
                let state = match &product.state {
                    ProductState::Sold(sold) => format!("sold to {}", sold.buyer),
                    ProductState::ForSale(_)
                    | ProductState::Hidden(_)
                    | ProductState::Withdrawn(_)
                    | ProductState::Removed(_) => state(product).replace('_', " "),
                };
                [
                    product.id.to_string(),
                    product.name.clone(),
                    product.owner.clone(),
                    product.price.to_string(),
                    state,
                    local_time(product.listed_at),
                ]
            })
            .collect();
        layout(columns, 1, &rows, out.width)
    }
}
