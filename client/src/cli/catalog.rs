//! Commands about the catalog: products, show, picture, sell, edit, withdraw.

mod picture;

use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::catalog::{
    EditProduct, ListProducts, ProductDetail, ProductState, ProductSummary, Sell, ShowProduct,
    WithdrawProduct,
};
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::hello::Market;
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::limits::{PAGE_ITEMS_DEFAULT, PICTURE_BYTES_MAX};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::text::{term_safe, term_safe_lines};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

pub(crate) use self::picture::picture;
use crate::Error;
use crate::cli::args::{self, PriceText};
use crate::cli::failure::Failure;
use crate::cli::session::{Context, Member};
use crate::cli::views::{DetailView, summaries};
use crate::terminal::output::{Output, local_time, rfc3339};
use crate::terminal::paging::{Pages, cursor_text};
use crate::terminal::table::{layout, left, right};

/// The category of a product whose seller names none, where the server has it.
const CATEGORY_DEFAULT: &str = "other";

pub(crate) async fn products(context: &Context, arguments: args::Products) -> Result<(), Failure> {
    let member = context.member().await?;
    let currency = member.client.server().market.currency;
    let mut request = ListProducts {
        sort: arguments.sort,
        text: arguments.search.map(String::from),
        owner: arguments.owner.map(String::from),
        category: arguments.category.map(String::from),
        price_min: price(arguments.min_price.as_ref(), "--min-price", currency)?,
        price_max: price(arguments.max_price.as_ref(), "--max-price", currency)?,
        ..ListProducts::default()
    };
    let default = (!arguments.all).then_some(PAGE_ITEMS_DEFAULT);
    let mut pages = Pages::new(arguments.limit.or(default), arguments.cursor);
    loop {
        request.limit = Some(pages.limit());
        request.cursor = pages.next.clone();
        let page = member.client.call(&request).await?;
        if !pages.add(page.products, page.next) {
            break;
        }
    }
    member.client.close().await;
    let mut value = json!({ "products": summaries(&pages.items) });
    if let Some(next) = &pages.next {
        value["next"] = Value::String(cursor_text(next));
    }
    context
        .out
        .result(&value, || product_table(context.out, &pages.items))?;
    if pages.next.is_some() && !context.out.json {
        context.out.note("There are more: --all lists them all.");
    }
    Ok(())
}

/// Products for people, one a line.
pub(crate) fn product_table(out: Output, products: &[ProductSummary]) -> Vec<String> {
    if products.is_empty() {
        return vec!["No products for sale.".into()];
    }
    let columns = [
        right("ID"),
        left("NAME"),
        left("OWNER"),
        right("PRICE"),
        left("CATEGORY"),
    ];
    let rows: Vec<_> = products
        .iter()
        .map(|product| {
            [
                product.id.to_string(),
                product.name.clone(),
                product.owner.clone(),
                product.price.to_string(),
                product.category.clone(),
            ]
        })
        .collect();
    out.with_heading(layout(columns, 1, &rows, out.width))
}

pub(crate) async fn show(context: &Context, id: ProductId) -> Result<(), Failure> {
    let member = context.member().await?;
    let product = member.client.call(&ShowProduct { id }).await;
    let product = product.map_err(|error| of_product(id, error))?;
    member.client.close().await;
    let value = json!({ "product": DetailView::from(&product) });
    context
        .out
        .result(&value, || product_lines(context.out, &product))
}

/// Says which product there is not; the server only says that there is no such thing.
pub(crate) fn of_product(id: ProductId, error: Error) -> Failure {
    let is_unknown = matches!(error.code(), Some(ErrorCode::NotFound(_)));
    let failure = Failure::from(error);
    if is_unknown {
        return failure
            .told(format!("there is no product {id}"))
            .hint("`auboutique products` lists what there is");
    }
    failure
}

/// As [`of_product`], and says whose a product is that somebody else wanted to change.
async fn of_own_product(member: &Member, id: ProductId, error: Error) -> Failure {
    let is_forbidden = matches!(error.code(), Some(ErrorCode::Forbidden(_)));
    let failure = of_product(id, error);
    if !is_forbidden {
        return failure;
    }
    // Without an answer the report is less clear, and no less true.
    match member.client.call(&ShowProduct { id }).await {
        Ok(product) if product.owner != member.profile.username => failure
            .told(format!(
                "product {id} is not yours: it belongs to {} ({})",
                term_safe(&product.owner_name),
                term_safe(&product.owner)
            ))
            .hint("`auboutique sales` lists your own"),
        Ok(_) | Err(_) => failure,
    }
}

/// A product for people, in full.
pub(crate) fn product_lines(out: Output, product: &ProductDetail) -> Vec<String> {
    let state = match product.state {
        ProductState::ForSale(_) => "for sale".to_owned(),
        ProductState::Sold(sold) => format!("sold on {}", local_time(sold.sold_at)),
        ProductState::Withdrawn(_) => "withdrawn".to_owned(),
    };
    let mut lines = vec![
        out.bold(&term_safe(&product.name)),
        format!("  Product   {}", product.id),
        format!("  Price     {}", product.price),
        format!(
            "  Seller    {} ({}), {}",
            term_safe(&product.owner_name),
            term_safe(&product.owner),
            if product.owner_online {
                "online"
            } else {
                "offline"
            }
        ),
        format!("  Category  {}", term_safe(&product.category)),
        format!("  Listed    {}", local_time(product.listed_at)),
        format!("  State     {state}"),
    ];
    if product.picture.is_some() {
        lines.push(format!("  Picture   auboutique picture {}", product.id));
    }
    if !product.description.is_empty() {
        lines.push(String::new());
        lines.extend(
            term_safe_lines(&product.description)
                .lines()
                .map(str::to_owned),
        );
    }
    lines
}

pub(crate) async fn sell(context: &Context, arguments: args::Sell) -> Result<(), Failure> {
    // Preparing a picture takes a while: not while the server waits.
    let picture = match arguments.picture {
        Some(path) => {
            let prepare = move || crate::cli::picture::prepare(&path, PICTURE_BYTES_MAX);
            let prepared = tokio::task::spawn_blocking(prepare).await;
            Some(prepared.map_err(|error| Failure::failed(error.to_string()))??)
        }
        None => None,
    };
    let member = context.member().await?;
    let server = member.client.server();
    let request = Sell {
        key: Key::now(),
        name: arguments.name.clone().into(),
        price: required_price(&arguments.price, server.market.currency)?,
        picture: picture.map(ByteString),
        category: category(arguments.category.map(String::from), &server.market)?,
        description: arguments.description.into(),
    };
    let bar = upload_bar(context.out, request.picture.is_some());
    let listed = member
        .client
        .call_with_progress(&request, |written, total| {
            bar.set_length(total);
            bar.set_position(written);
        });
    let advice = "it may be for sale already: look at `auboutique sales` before you sell it again, \
                  which would list it twice";
    let listed = context.doubt.settle(advice, listed).await;
    bar.finish_and_clear();
    let listed = listed?;
    member.client.close().await;
    let value = json!({ "id": listed.product, "listed_at": rfc3339(listed.listed_at) });
    context.out.result(&value, || {
        let name = arguments.name.as_str();
        vec![format!(
            "For sale: {} as product {} for {}.",
            term_safe(name),
            listed.product,
            request.price
        )]
    })
}

/// Changes what was named and shows the product as it is then.
pub(crate) async fn edit(context: &Context, arguments: args::Edit) -> Result<(), Failure> {
    let member = context.member().await?;
    let market = &member.client.server().market;
    let asked = arguments.category.map(String::from);
    let request = EditProduct {
        id: arguments.id,
        name: arguments.name.map(String::from),
        price: price(arguments.price.as_ref(), "--price", market.currency)?,
        category: asked
            .map(|asked| category(Some(asked), market))
            .transpose()?,
        description: arguments.description.map(String::from),
    };
    let product = match member.client.call(&request).await {
        Ok(product) => product,
        Err(error) => return Err(of_own_product(&member, request.id, error).await),
    };
    member.client.close().await;
    let value = json!({ "product": DetailView::from(&product) });
    context
        .out
        .result(&value, || product_lines(context.out, &product))
}

/// Shows the product, asks, and takes it off the market.
pub(crate) async fn withdraw(context: &Context, arguments: args::Withdraw) -> Result<(), Failure> {
    if !arguments.yes && !context.prompter.may_ask() {
        return Err(Failure::missing("your consent", "--yes"));
    }
    let id = arguments.id;
    let member = context.member().await?;
    let product = member.client.call(&ShowProduct { id }).await;
    let product = product.map_err(|error| of_product(id, error))?;
    // What cannot be withdrawn is not asked about: the server says why.
    let is_possible = matches!(product.state, ProductState::ForSale(_))
        && product.owner == member.profile.username;
    if is_possible && !arguments.yes {
        let mut question = product_lines(context.out, &product).join("\n");
        question.push_str("\n\nTake it off the market for good?");
        if !context.prompter.confirm(&question).await? {
            return Err(Failure::failed("nothing was withdrawn"));
        }
    }
    if let Err(error) = member.client.call(&WithdrawProduct { id }).await {
        return Err(of_own_product(&member, id, error).await);
    }
    member.client.close().await;
    let value = json!({ "id": id, "withdrawn": true });
    context.out.result(&value, || {
        let name = term_safe(&product.name);
        vec![format!("Off the market: {name}, product {id}.")]
    })
}

fn upload_bar(out: Output, has_picture: bool) -> ProgressBar {
    if out.quiet || !has_picture {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("Sending [{bar:30}] {bytes}/{total_bytes}")
        .expect("the template is well formed");
    // Hidden by itself when standard error is no terminal.
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}

fn price(
    text: Option<&PriceText>,
    flag: &str,
    currency: Currency,
) -> Result<Option<Money>, Failure> {
    let parsed = text.map(|text| text.in_currency(currency)).transpose();
    parsed.map_err(|error| Failure::usage(format!("{flag}: {error}")).hint(currency_hint(currency)))
}

fn required_price(text: &PriceText, currency: Currency) -> Result<Money, Failure> {
    let parsed = text.in_currency(currency);
    parsed
        .map_err(|error| Failure::usage(format!("--price: {error}")).hint(currency_hint(currency)))
}

fn currency_hint(currency: Currency) -> String {
    format!("prices of this server are in {currency}")
}

/// The category asked for, if the server has it.
fn category(asked: Option<String>, market: &Market) -> Result<String, Failure> {
    let has = |category: &String| market.categories.contains(category);
    let hint = || {
        format!(
            "this server has: {}",
            term_safe(&market.categories.join(", "))
        )
    };
    match asked {
        Some(category) if has(&category) => Ok(category),
        Some(category) => {
            Err(Failure::usage(format!("there is no category {category}")).hint(hint()))
        }
        None if has(&CATEGORY_DEFAULT.to_owned()) => Ok(CATEGORY_DEFAULT.to_owned()),
        None => Err(Failure::missing("the category", "--category").hint(hint())),
    }
}
