//! Commands about purchases: buy, purchases, sales.

use auboutique_protocol::catalog::{ProductDetail, ProductState, ShowProduct};
use auboutique_protocol::ids::Key;
use auboutique_protocol::purchases::{
    Buy, Confirmation, MyPurchases, MySales, OwnProduct, OwnProductState, Purchase,
};
use auboutique_protocol::text::term_safe;
use serde_json::json;

use crate::cli::args;
use crate::cli::catalog::{of_product, product_lines};
use crate::cli::failure::Failure;
use crate::cli::pending::Pending;
use crate::cli::session::{Context, Member};
use crate::cli::views::{ConfirmationView, SaleView};
use crate::terminal::doubt;
use crate::terminal::output::{Output, local_time};
use crate::terminal::paging::Pages;
use crate::terminal::table::{layout, left, right};

/// Shows the product, asks, and buys it.
pub(crate) async fn buy(context: &Context, arguments: args::Buy) -> Result<(), Failure> {
    if !arguments.yes && !context.prompter.may_ask() {
        return Err(Failure::missing("your consent", "--yes"));
    }
    let member = context.member().await?;
    let id = arguments.id;
    let product = member.client.call(&ShowProduct { id }).await;
    let product = product.map_err(|error| of_product(id, error))?;
    let left_open = Pending::find(
        &context.state,
        &member.address,
        &member.profile.username,
        id,
    )?;
    let is_for_sale = matches!(product.state, ProductState::ForSale(_));
    // At another price than an open purchase named, it can only have failed, or be sold by it.
    let resumed =
        left_open.filter(|pending| !is_for_sale || pending.request.price == product.price);
    let pending = match resumed {
        Some(pending) => {
            context
                .out
                .note("An earlier purchase of this product was cut off; asking for its outcome.");
            pending
        }
        None => begin(context, &member, &product, arguments.yes || !is_for_sale).await?,
    };
    let confirmation = settle(context, &member, pending).await?;
    member.client.close().await;
    let value = ConfirmationView::new(&confirmation, &product.name, &product.owner);
    context
        .out
        .result(&value, || receipt(context.out, &confirmation, &product))
}

/// Asks unless told otherwise, and writes the purchase down. What is not for sale is not asked
/// about: the server says what became of it.
async fn begin(
    context: &Context,
    member: &Member,
    product: &ProductDetail,
    is_agreed: bool,
) -> Result<Pending, Failure> {
    if !is_agreed {
        let mut question = product_lines(context.out, product).join("\n");
        question.push_str(&format!("\n\nBuy it for {}?", product.price));
        if !context.prompter.confirm(&question).await? {
            return Err(Failure::failed("nothing was bought"));
        }
    }
    let request = Buy {
        key: Key::now(),
        price: product.price,
        product: product.id,
    };
    Pending::begin(
        &context.state,
        &member.address,
        &member.profile.username,
        request,
    )
}

/// Sends the purchase; its file goes once the outcome is known.
async fn settle(
    context: &Context,
    member: &Member,
    pending: Pending,
) -> Result<Confirmation, Failure> {
    let advice = format!(
        "you may have bought it: run `auboutique buy {}` again, which settles that and never buys \
         twice",
        pending.request.product
    );
    let buying = member.client.call(&pending.request);
    match context.doubt.during(&advice, buying).await {
        Ok(confirmation) => {
            pending.settle()?;
            Ok(confirmation)
        }
        Err(error) => {
            if error.is_verdict() {
                pending.settle()?;
            }
            Err(doubt::explain(error, &advice))
        }
    }
}

fn receipt(out: Output, confirmation: &Confirmation, product: &ProductDetail) -> Vec<String> {
    vec![
        out.bold(&format!("You bought: {}", term_safe(&product.name))),
        format!("  Product   {}", confirmation.product),
        format!("  Price     {}", confirmation.price),
        format!(
            "  Seller    {} ({})",
            term_safe(&product.owner_name),
            term_safe(&product.owner)
        ),
        format!("  Bought    {}", local_time(confirmation.sold_at)),
        format!("  Purchase  {}", confirmation.purchase),
        String::new(),
        out.bold("Collect it:"),
        format!("  Place     {}", term_safe(&confirmation.collect_at)),
        format!("  Date      {}", term_safe(&confirmation.collect_on)),
        format!("  Hours     {}", term_safe(&confirmation.collect_hours)),
        format!("  Code      {}", out.bold(&term_safe(&confirmation.code))),
    ]
}

pub(crate) async fn purchases(context: &Context, limit: Option<u32>) -> Result<(), Failure> {
    let member = context.member().await?;
    let mut pages = Pages::new(limit, None);
    loop {
        let request = MyPurchases {
            limit: Some(pages.limit()),
            cursor: pages.next.clone(),
        };
        let page = member.client.call(&request).await?;
        if !pages.add(page.purchases, page.next) {
            break;
        }
    }
    member.client.close().await;
    let views: Vec<_> = pages.items.iter().map(ConfirmationView::from).collect();
    let value = json!({ "purchases": views });
    context
        .out
        .result(&value, || purchase_table(context.out, &pages.items))
}

fn purchase_table(out: Output, purchases: &[Purchase]) -> Vec<String> {
    if purchases.is_empty() {
        return vec!["You have bought nothing yet.".into()];
    }
    let columns = [
        right("ID"),
        left("NAME"),
        left("SELLER"),
        right("PRICE"),
        left("COLLECT ON"),
        left("CODE"),
        left("AT"),
    ];
    let rows: Vec<_> = purchases
        .iter()
        .map(
            |Purchase {
                 name,
                 seller,
                 confirmation,
             }| {
                [
                    confirmation.product.to_string(),
                    name.clone(),
                    seller.clone(),
                    confirmation.price.to_string(),
                    confirmation.collect_on.clone(),
                    confirmation.code.clone(),
                    confirmation.collect_at.clone(),
                ]
            },
        )
        .collect();
    out.with_heading(layout(columns, 1, &rows, out.width))
}

pub(crate) async fn sales(context: &Context, limit: Option<u32>) -> Result<(), Failure> {
    let member = context.member().await?;
    let mut pages = Pages::new(limit, None);
    loop {
        let request = MySales {
            limit: Some(pages.limit()),
            cursor: pages.next.clone(),
        };
        let page = member.client.call(&request).await?;
        if !pages.add(page.products, page.next) {
            break;
        }
    }
    member.client.close().await;
    let views: Vec<_> = pages.items.iter().map(SaleView::from).collect();
    let value = json!({ "sales": views });
    context
        .out
        .result(&value, || sale_table(context.out, &pages.items))
}

fn sale_table(out: Output, products: &[OwnProduct]) -> Vec<String> {
    if products.is_empty() {
        return vec!["You have put nothing up for sale yet.".into()];
    }
    let columns = [
        right("ID"),
        left("NAME"),
        right("PRICE"),
        left("STATE"),
        left("BUYER"),
        left("COLLECTS ON"),
    ];
    let rows: Vec<_> = products
        .iter()
        .map(|product| {
            let (state, buyer, collect_on) = match &product.state {
                OwnProductState::ForSale(_) => ("for sale", String::new(), ""),
                OwnProductState::Withdrawn(_) => ("withdrawn", String::new(), ""),
                OwnProductState::Sold(sold) => (
                    "sold",
                    format!("{} ({})", sold.buyer_name, sold.buyer),
                    sold.collect_on.as_str(),
                ),
            };
            [
                product.id.to_string(),
                product.name.clone(),
                product.price.to_string(),
                state.to_owned(),
                buyer,
                collect_on.to_owned(),
            ]
        })
        .collect();
    out.with_heading(layout(columns, 1, &rows, out.width))
}
