//! The command `watch`: what happens in the market, as it happens, one line each.
//!
//! An event about a product that is gone holds its number only. So that people read names, the list
//! is read once the events are on their way, and again when some of them were missed.

use std::collections::HashMap;

use auboutique_protocol::catalog::{ListProducts, ProductSummary};
use auboutique_protocol::chat::Message;
use auboutique_protocol::event::{Event, Topic};
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::limits::PAGE_ITEMS_MAX;
use auboutique_protocol::text::term_safe;
use serde_json::{Value, json};

use crate::cli::args;
use crate::cli::failure::Failure;
use crate::cli::news::{announced, sold};
use crate::cli::session::Context;
use crate::cli::views::{MessageView, summaries};
use crate::terminal::output::rfc3339;
use crate::terminal::reachability::Reachability;
use crate::terminal::stream::Stream;
use crate::{Client, Error, Notice};

/// Names of products that are remembered, those listed last: some megabytes, and some hundred pages
/// to read at worst.
const NAMES_MAX: usize = 10_000;

type Names = HashMap<ProductId, String>;

/// Prints what happens until it is interrupted, or `count` things have happened.
pub(crate) async fn watch(context: &Context, arguments: args::Watch) -> Result<(), Failure> {
    let (member, mut events) = context.listening_member().await?;
    let topics = if arguments.topics.is_empty() {
        vec![Topic::Products, Topic::Presence]
    } else {
        arguments.topics
    };
    member.client.watch(&topics).await?;
    let needs_names = topics.contains(&Topic::Products) && !context.out.json;
    let names = if needs_names {
        names(&member.client).await?
    } else {
        Names::new()
    };
    context
        .out
        .note("Watching the market. Press Ctrl-C to stop.");
    let mut printer = Printer {
        stream: Stream::new(context.out, arguments.count),
        names,
    };
    let mut reachability = Reachability::default();
    while !printer.stream.is_over() {
        let Some(notice) = events.next().await else {
            return Err(reachability.end());
        };
        if let Some(change) = reachability.follow(&notice) {
            printer.stream.change(&change)?;
        }
        if needs_names && notice == Notice::Missed {
            // Old names are better than an end: if the server is away again, that is told next.
            if let Ok(names) = self::names(&member.client).await {
                printer.names = names;
            }
        }
        printer.print(&notice)?;
    }
    member.client.close().await;
    Ok(())
}

/// The names of what is for sale; of the latest, where there is more than is remembered.
async fn names(client: &Client) -> Result<Names, Error> {
    let mut names = Names::new();
    let mut request = ListProducts {
        limit: Some(PAGE_ITEMS_MAX),
        ..ListProducts::default()
    };
    loop {
        let page = client.call(&request).await?;
        let room = NAMES_MAX - names.len();
        let products = page.products.into_iter().take(room);
        names.extend(products.map(|product| (product.id, product.name)));
        // A page that leads to itself would be asked for forever.
        if names.len() == NAMES_MAX || page.next.is_none() || page.next == request.cursor {
            return Ok(names);
        }
        request.cursor = page.next;
    }
}

struct Printer {
    stream: Stream,
    names: Names,
}

impl Printer {
    fn print(&mut self, notice: &Notice) -> Result<(), Failure> {
        if !self.stream.is_json() {
            let things = self.text_of(notice);
            return self.stream.things(things);
        }
        match json_of(notice) {
            Some(value) => self.stream.event(&value),
            None => Ok(()),
        }
    }

    /// What happened, for people: a word, and the rest of the line.
    fn text_of(&mut self, notice: &Notice) -> Vec<(&'static str, String)> {
        let event = match notice {
            Notice::Event(event) => event,
            Notice::Missed => {
                let text = "some news were missed; see `auboutique products`";
                return vec![("missed", text.into())];
            }
            // Told by `print_change`, once.
            Notice::Lost { .. } => return Vec::new(),
        };
        match event {
            Event::ProductListed(event) => self.products("listed", &event.products),
            Event::ProductChanged(event) => self.products("changed", &event.products),
            Event::ProductSold(event) => self.gone("sold", &event.products),
            Event::ProductRemoved(event) => self.gone("removed", &event.products),
            Event::Presence(event) => {
                let line = |what| move |name: &String| (what, term_safe(name).into_owned());
                let online = event.online.iter().map(line("online"));
                online
                    .chain(event.offline.iter().map(line("offline")))
                    .collect()
            }
            Event::Message(message) => vec![("message", message_text(message))],
            Event::YourProductSold(sale) => vec![("yours", sold(sale))],
            Event::Announcement(event) => vec![("notice", announced(event))],
            Event::Disconnected(event) => vec![("ended", term_safe(&event.reason).into_owned())],
            Event::Draining(_) => vec![("draining", "the server stops; waiting for it".into())],
            Event::Ping(_) | Event::Resync(_) => Vec::new(),
        }
    }

    fn products(
        &mut self,
        what: &'static str,
        products: &[ProductSummary],
    ) -> Vec<(&'static str, String)> {
        let line = |product: &ProductSummary| {
            if self.names.len() < NAMES_MAX || self.names.contains_key(&product.id) {
                self.names.insert(product.id, product.name.clone());
            }
            let (name, owner) = (term_safe(&product.name), term_safe(&product.owner));
            let text = format!("#{} {name}, {}, by {owner}", product.id, product.price);
            (what, text)
        };
        products.iter().map(line).collect()
    }

    fn gone(&mut self, what: &'static str, products: &[ProductId]) -> Vec<(&'static str, String)> {
        let line = |product: &ProductId| match self.names.remove(product) {
            Some(name) => (what, format!("#{product} {}", term_safe(&name))),
            None => (what, format!("#{product}")),
        };
        products.iter().map(line).collect()
    }
}

fn message_text(message: &Message) -> String {
    let about = message
        .about
        .map_or_else(String::new, |product| format!(" (about #{product})"));
    let (from, to) = (term_safe(&message.from), term_safe(&message.to));
    format!("{from} to {to}: {}{about}", term_safe(&message.text))
}

/// What happened, for scripts: the event's name under `event`, and its fields.
fn json_of(notice: &Notice) -> Option<Value> {
    let event = match notice {
        Notice::Event(event) => event,
        Notice::Missed => return Some(json!({ "event": "missed" })),
        Notice::Lost { .. } => return None,
    };
    let mut value = match event {
        Event::ProductListed(event) | Event::ProductChanged(event) => {
            json!({ "products": summaries(&event.products) })
        }
        Event::ProductSold(event) | Event::ProductRemoved(event) => {
            json!({ "products": event.products })
        }
        Event::Presence(event) => json!({ "online": event.online, "offline": event.offline }),
        Event::Message(message) => json!(MessageView::from(message)),
        Event::YourProductSold(sale) => json!({
            "product": sale.product,
            "name": sale.name,
            "buyer": sale.buyer,
            "price": sale.price,
            "sold_at": rfc3339(sale.sold_at),
            "collect_on": sale.collect_on,
        }),
        Event::Announcement(event) => json!({ "text": event.text, "at": rfc3339(event.at) }),
        Event::Disconnected(event) => json!({ "reason": event.reason }),
        Event::Draining(event) => json!({ "reconnect_after_ms": event.reconnect_after_ms }),
        Event::Ping(_) | Event::Resync(_) => return None,
    };
    value["event"] = json!(event.name());
    Some(value)
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::event::{PresenceChanged, Products, ProductsGone};
    use auboutique_protocol::ids::UnixMillis;
    use auboutique_protocol::money::{Currency, Money};

    use super::*;
    use crate::terminal::output::Output;

    fn printer() -> Printer {
        Printer {
            stream: Stream::new(Output::plain(), None),
            names: Names::new(),
        }
    }

    fn summary(name: &str) -> ProductSummary {
        ProductSummary {
            id: ProductId(7),
            name: name.into(),
            owner: "mona".into(),
            price: Money {
                minor: 1250,
                currency: Currency::Usd,
            },
            picture: None,
            category: "textbooks".into(),
            listed_at: UnixMillis(0),
            description: String::new(),
        }
    }

    fn listed(name: &str) -> Notice {
        Notice::Event(Event::ProductListed(Products {
            products: vec![summary(name)],
        }))
    }

    fn gone() -> Notice {
        Notice::Event(Event::ProductSold(ProductsGone {
            products: vec![ProductId(7)],
        }))
    }

    #[test]
    fn a_sale_is_told_by_the_name_that_was_told_before() {
        let mut printer = printer();
        assert_eq!(printer.text_of(&gone()), [("sold", "#7".into())]);
        let line = ("listed", "#7 Calculus, 12.50 USD, by mona".into());
        assert_eq!(printer.text_of(&listed("Calculus")), [line]);
        assert_eq!(printer.text_of(&gone()), [("sold", "#7 Calculus".into())]);
    }

    #[test]
    fn what_others_typed_cannot_steer_the_terminal() {
        let lines = printer().text_of(&listed("a\u{1b}[2Jb\u{202e}c"));
        assert!(!lines[0].1.contains(['\u{1b}', '\u{202e}']), "{lines:?}");
    }

    #[test]
    fn everybody_who_came_or_went_has_a_line() {
        let notice = Notice::Event(Event::Presence(PresenceChanged {
            online: vec!["mona".into()],
            offline: vec!["omar".into(), "rima".into()],
        }));
        let words: Vec<_> = printer().text_of(&notice);
        let word = |(what, name): (&'static str, &str)| (what, name.to_owned());
        assert_eq!(
            words,
            [("online", "mona"), ("offline", "omar"), ("offline", "rima")].map(word)
        );
    }

    #[test]
    fn scripts_get_the_name_of_the_event_and_its_fields() {
        let value = json_of(&listed("Calculus")).unwrap();
        assert_eq!(value["event"], "product_listed");
        assert_eq!(value["products"][0]["name"], "Calculus");
        assert_eq!(json_of(&gone()).unwrap()["products"], json!([7]));
        assert_eq!(
            json_of(&Notice::Missed).unwrap(),
            json!({"event": "missed"})
        );
    }
}
