//! What administrators look at.

use auboutique_certs::AdminName;
use auboutique_protocol::admin::{
    Audit, AuditPage, ConnectionNumber, ConnectionPage, ProductPage, Products, SalePage, Sales,
    Sessions, Statistics, StatisticsReport, User, UserDetail, UserPage, UserSort, Users, Watch,
    Watching,
};
use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::text::{SearchText, Username};

use super::super::{cursor, numbers, page_limit};
use crate::context::Context;
use crate::error::ServiceError;
use crate::presence::LiveQuery;
use crate::session::{Admin, AdminSession};
use crate::store::admin::{AuditFilter, ProductFilter, SaleFilter, UserPosition, UserQuery};
use crate::store::purchases::PurchasePosition;

pub(crate) async fn users(
    request: Users,
    _: &Admin,
    context: &Context,
) -> Result<UserPage, ServiceError> {
    let sort = request.sort.unwrap_or_default();
    let query = UserQuery {
        text: search(request.text.as_deref())?,
        state: request.state,
        sort,
        after: request
            .cursor
            .map(|cursor| user_position(&cursor, sort))
            .transpose()?,
        limit: page_limit(request.limit)?,
    };
    let mut page = context.store.users(query).await?;
    for user in &mut page.items {
        user.online = is_online(&user.username, context);
    }
    Ok(UserPage {
        next: page.next.map(|position| match position {
            UserPosition::Username(name) => Cursor::new(name.into_bytes()),
            UserPosition::Number(number) => cursor([number]),
        }),
        users: page.items,
    })
}

fn user_position(cursor: &Cursor, sort: UserSort) -> Result<UserPosition, ServiceError> {
    match sort {
        UserSort::Username => std::str::from_utf8(cursor.as_bytes())
            .ok()
            .and_then(|name| Username::parse(name).ok())
            .map(|name| UserPosition::Username(name.into()))
            .ok_or_else(|| ServiceError::field("cursor", "malformed")),
        UserSort::Newest | UserSort::Oldest => numbers(Some(cursor))?
            .map(|[number]| UserPosition::Number(number))
            .ok_or_else(|| ServiceError::field("cursor", "malformed")),
    }
}

pub(crate) async fn user(
    request: &User,
    _: &Admin,
    context: &Context,
) -> Result<UserDetail, ServiceError> {
    let username = Username::parse(&request.username).map_err(ServiceError::text("username"))?;
    let detail = context.store.user_detail(&username).await?;
    let mut detail = detail.ok_or(ErrorCode::NotFound(Nothing {}))?;
    detail.connections = context.presence.connections_of(&username) as u64;
    detail.online = detail.connections > 0;
    Ok(detail)
}

pub(crate) fn sessions(
    request: &Sessions,
    _: &Admin,
    context: &Context,
) -> Result<ConnectionPage, ServiceError> {
    let query = LiveQuery {
        username: username("username", request.username.as_deref())?,
        sort: request.sort.unwrap_or_default(),
        after: numbers(request.cursor.as_ref())?.map(|[number]| ConnectionNumber(number)),
        limit: page_limit(request.limit)?,
    };
    let (connections, more) = context.presence.live(&query);
    let last = connections.last().filter(|_| more);
    Ok(ConnectionPage {
        next: last.map(|last| cursor([last.connection.0])),
        connections,
    })
}

pub(crate) async fn sales(
    request: &Sales,
    _: &Admin,
    context: &Context,
) -> Result<SalePage, ServiceError> {
    if let (Some(from), Some(to)) = (request.from, request.to)
        && from >= to
    {
        return Err(ServiceError::field("to", "out_of_range"));
    }
    let filter = SaleFilter {
        from: request.from,
        to: request.to,
        seller: username("seller", request.seller.as_deref())?,
        buyer: username("buyer", request.buyer.as_deref())?,
        product: request.product,
    };
    let limit = page_limit(request.limit)?;
    let position = |[sold_at, product]: [u64; 2]| PurchasePosition {
        sold_at: UnixMillis(sold_at),
        product: ProductId(product),
    };
    let after = numbers(request.cursor.as_ref())?.map(position);
    let page = context.store.all_sales(&filter, after, limit).await?;
    let totals = match request.cursor {
        None => Some(context.store.sales_totals(&filter).await?),
        Some(_) => None,
    };
    Ok(SalePage {
        next: page
            .next
            .map(|position| cursor([position.sold_at.0, position.product.0])),
        sales: page.items,
        totals,
    })
}

pub(crate) async fn products(
    request: &Products,
    _: &Admin,
    context: &Context,
) -> Result<ProductPage, ServiceError> {
    let filter = ProductFilter {
        text: search(request.text.as_deref())?,
        owner: username("owner", request.owner.as_deref())?,
        state: request.state,
    };
    let limit = page_limit(request.limit)?;
    let before = numbers(request.cursor.as_ref())?.map(|[product]| ProductId(product));
    let page = context.store.all_products(&filter, before, limit).await?;
    Ok(ProductPage {
        next: page.next.map(|product| cursor([product.0])),
        products: page.items,
    })
}

pub(crate) async fn statistics(
    request: &Statistics,
    _: &Admin,
    context: &Context,
) -> Result<StatisticsReport, ServiceError> {
    let store = &*context.store;
    let points = match request.series {
        Some(series) => context.instruments.series(series, store).await?,
        None => Vec::new(),
    };
    Ok(StatisticsReport {
        now: context.instruments.now(store),
        points,
    })
}

pub(crate) async fn audit(
    request: &Audit,
    _: &Admin,
    context: &Context,
) -> Result<AuditPage, ServiceError> {
    let filter = AuditFilter {
        actor: match &request.actor {
            Some(actor) => Some(admin_name(actor)?),
            None => None,
        },
        username: username("username", request.username.as_deref())?,
    };
    let limit = page_limit(request.limit)?;
    let before = numbers(request.cursor.as_ref())?.map(|[number]| number);
    let page = context.store.audit(&filter, before, limit).await?;
    Ok(AuditPage {
        next: page.next.map(|number| cursor([number])),
        entries: page.items,
    })
}

pub(crate) fn watch(request: &Watch, session: &mut AdminSession, context: &Context) -> Watching {
    session.watch(&request.topics, &context.desk);
    Watching {}
}

fn admin_name(text: &str) -> Result<String, ServiceError> {
    text.parse::<AdminName>()
        .map(|name| name.as_str().to_owned())
        .map_err(|_| ServiceError::field("actor", "malformed"))
}

fn search(text: Option<&str>) -> Result<Option<SearchText>, ServiceError> {
    let text = text.map(SearchText::parse).transpose();
    text.map_err(ServiceError::text("text"))
}

fn username(field: &'static str, name: Option<&str>) -> Result<Option<Username>, ServiceError> {
    let name = name.map(Username::parse).transpose();
    name.map_err(ServiceError::text(field))
}

fn is_online(username: &str, context: &Context) -> bool {
    Username::parse(username).is_ok_and(|username| context.presence.is_online(&username))
}
