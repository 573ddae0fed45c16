//! What everybody sees when the load is over: sellers their sales, buyers their purchases, readers
//! their messages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use auboutique_client::AdminClient;
use auboutique_protocol::admin::Sales;
use auboutique_protocol::chat::History as ReadHistory;
use auboutique_protocol::hello::ServerHello;
use auboutique_protocol::limits::PAGE_ITEMS_MAX;
use auboutique_protocol::purchases::{MyPurchases, MySales, OwnProduct, OwnProductState, Purchase};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::context::{Abort, Context, Stopped};
use crate::history::{Actor, BuyerView, Call, Event, Inbox, Outcome, SellerView, State, ToldSale};
use crate::ledger::Numbering as _;
use crate::names::Names;
use crate::record::Request;
use crate::scenario::{Done, all};
use crate::user::User;
use crate::user::actions::{digest_of, minor};

/// Users who read at once.
const READING_MAX: usize = 32;

/// What everybody saw.
#[derive(Debug, Default)]
pub struct Views {
    /// All sellers.
    pub sellers: Vec<SellerView>,
    /// All buyers.
    pub buyers: Vec<BuyerView>,
    /// All who were written to.
    pub inboxes: Vec<Inbox>,
}

/// Who may have written to whom.
#[must_use]
pub fn correspondents(events: &[Event]) -> BTreeMap<Actor, BTreeSet<Actor>> {
    let mut readers: BTreeMap<Actor, BTreeSet<Actor>> = BTreeMap::new();
    for event in events {
        if let Call::Send { to, outcome, .. } = event.call
            && outcome != Outcome::Refused
        {
            readers.entry(to).or_default().insert(event.actor);
        }
    }
    readers
}

/// Lets everybody look. `done` counts those who have.
///
/// # Errors
/// The run is over.
pub async fn look(
    users: Vec<User>,
    names: &Arc<Names>,
    mut correspondents: BTreeMap<Actor, BTreeSet<Actor>>,
    done: &Arc<Done>,
) -> Result<Views, Stopped> {
    let Some(context) = users.first().map(|user| Arc::clone(&user.context)) else {
        return Ok(Views::default());
    };
    let reading = Arc::new(Semaphore::new(READING_MAX));
    let mut tasks = JoinSet::new();
    for user in users {
        let senders = correspondents.remove(&user.actor).unwrap_or_default();
        let (names, reading, done) = (Arc::clone(names), Arc::clone(&reading), Arc::clone(done));
        tasks.spawn(async move {
            let _permit = user.context.or_stop(reading.acquire()).await?;
            let views = look_around(user, &names, senders).await?;
            done.add();
            Ok(views)
        });
    }
    let mut views = Views::default();
    for seen in all(&context, tasks).await? {
        views.sellers.extend(seen.sellers);
        views.buyers.extend(seen.buyers);
        views.inboxes.extend(seen.inboxes);
    }
    Ok(views)
}

/// What administrators are told of the run's sales: all sales since the server said this hello.
///
/// # Errors
/// The run is over, or given up because the administrator was refused.
pub async fn told_sales(
    admin: &AdminClient,
    names: &Names,
    context: &Context,
    hello: &ServerHello,
) -> Result<Vec<ToldSale>, Stopped> {
    let mut told = Vec::new();
    let mut request = Sales {
        from: Some(hello.time),
        limit: Some(PAGE_ITEMS_MAX),
        ..Sales::default()
    };
    loop {
        let page = context.or_stop(admin.call(&request)).await?;
        let page = page.map_err(|error| context.abort(Abort::Away(error.to_string())))?;
        let ours = page.sales.iter().filter_map(|sale| {
            Some(ToldSale {
                item: names.item(sale.product)?,
                seller: names.actor(&sale.seller),
                buyer: names.actor(&sale.buyer),
                price: minor(sale.price),
            })
        });
        told.extend(ours);
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return Ok(told),
        }
    }
}

async fn look_around(
    mut user: User,
    names: &Names,
    senders: BTreeSet<Actor>,
) -> Result<Views, Stopped> {
    let mut views = Views::default();
    read_sales(&mut user, names, &mut views.sellers).await?;
    read_purchases(&mut user, &mut views.buyers).await?;
    for sender in senders {
        views
            .inboxes
            .push(read_messages(&mut user, names, sender).await?);
    }
    user.disconnect().await;
    Ok(views)
}

async fn read_sales(
    user: &mut User,
    names: &Names,
    views: &mut Vec<SellerView>,
) -> Result<(), Stopped> {
    let mut request = MySales {
        limit: Some(PAGE_ITEMS_MAX),
        cursor: None,
    };
    loop {
        let page = user
            .fetch(Request::MySales, "a page of sales", &request)
            .await?;
        let seen = page.products.into_iter();
        views.extend(seen.filter_map(|product| seller_view(user, names, &product)));
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return Ok(()),
        }
    }
}

fn seller_view(user: &User, names: &Names, product: &OwnProduct) -> Option<SellerView> {
    let item = user.context.items.find(product.id)?;
    let price = minor(product.price);
    let (state, buyer) = match &product.state {
        OwnProductState::ForSale(_) => (State::ForSale(price), None),
        OwnProductState::Sold(sold) => (State::Sold, names.actor(&sold.buyer)),
        OwnProductState::Withdrawn(_) => (State::Withdrawn, None),
    };
    Some(SellerView {
        seller: user.actor,
        item,
        state,
        price,
        buyer,
    })
}

async fn read_purchases(user: &mut User, views: &mut Vec<BuyerView>) -> Result<(), Stopped> {
    let mut request = MyPurchases {
        limit: Some(PAGE_ITEMS_MAX),
        cursor: None,
    };
    loop {
        let page = user
            .fetch(Request::MyPurchases, "a page of purchases", &request)
            .await?;
        let seen = page.purchases.into_iter();
        views.extend(seen.filter_map(|purchase| buyer_view(user, &purchase)));
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return Ok(()),
        }
    }
}

fn buyer_view(user: &User, purchase: &Purchase) -> Option<BuyerView> {
    let confirmation = &purchase.confirmation;
    Some(BuyerView {
        buyer: user.actor,
        item: user.context.items.find(confirmation.product)?,
        price: minor(confirmation.price),
        digest: digest_of(confirmation),
    })
}

async fn read_messages(user: &mut User, names: &Names, sender: Actor) -> Result<Inbox, Stopped> {
    let mut inbox = Inbox {
        reader: user.actor,
        sender,
        messages: Vec::new(),
    };
    let with = names.username(sender).to_owned();
    let mut request = ReadHistory {
        with,
        after: Some(0),
        limit: Some(PAGE_ITEMS_MAX),
        before: None,
    };
    loop {
        let page = user
            .fetch(Request::History, "a page of messages", &request)
            .await?;
        let keys = &user.context.keys;
        let from_sender = page
            .messages
            .iter()
            .filter(|message| message.from == request.with);
        inbox
            .messages
            .extend(from_sender.map(|message| keys.message(&message.text)));
        match page.messages.last() {
            Some(last) if page.more => request.after = Some(last.number),
            Some(_) | None => return Ok(inbox),
        }
    }
}
