//! The command `watch`: what happens in the market, as it happens, one line each.

use std::collections::HashMap;

use auboutique_protocol::catalog::ProductSummary;
use auboutique_protocol::chat::Message;
use auboutique_protocol::event::{Event, Topic};
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::term_safe;
use jiff::Zoned;
use serde_json::{Value, json};

use crate::Notice;
use crate::cli::args;
use crate::cli::failure::Failure;
use crate::cli::news::{announced, sold};
use crate::cli::output::{Output, escape_hostile, rfc3339};
use crate::cli::session::Context;
use crate::cli::views::{MessageView, summaries};

/// Names of products that are remembered, so that a sale can be told by name.
const NAMES_MAX: usize = 10_000;

/// Prints what happens until it is interrupted, or `count` things have happened.
pub(crate) async fn watch(context: &Context, arguments: args::Watch) -> Result<(), Failure> {
    let (member, mut events) = context.listening_member().await?;
    let topics = if arguments.topics.is_empty() {
        vec![Topic::Products, Topic::Presence]
    } else {
        arguments.topics
    };
    member.client.watch(&topics).await?;
    context
        .out
        .note("Watching the market. Press Ctrl-C to stop.");
    let mut printer = Printer {
        out: context.out,
        names: HashMap::new(),
        left: arguments.count,
    };
    while printer.left != Some(0) {
        let notice = events.next().await.ok_or_else(Failure::log_in_again)?;
        printer.print(&notice)?;
    }
    member.client.close().await;
    Ok(())
}

struct Printer {
    out: Output,
    names: HashMap<ProductId, String>,
    /// How many more lines to print; `None` for no end.
    left: Option<u64>,
}

impl Printer {
    fn print(&mut self, notice: &Notice) -> Result<(), Failure> {
        let lines = if self.out.json {
            json_of(notice)
                .map(|value| escape_hostile(&value.to_string()))
                .into_iter()
                .collect()
        } else {
            let time = Zoned::now().strftime("%H:%M:%S").to_string();
            let line = |(what, text): (&str, String)| format!("{time}  {what:<8} {text}");
            self.text_of(notice).into_iter().map(line).collect()
        };
        self.take(lines)
    }

    /// Prints as many of the lines as are still wanted.
    fn take(&mut self, mut lines: Vec<String>) -> Result<(), Failure> {
        if let Some(left) = &mut self.left {
            lines.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= lines.len() as u64;
        }
        self.out.lines(lines)
    }

    /// What happened, for people: a word, and the rest of the line.
    fn text_of(&mut self, notice: &Notice) -> Vec<(&'static str, String)> {
        let event = match notice {
            Notice::Event(event) => event,
            Notice::Missed => {
                let text = "some news were missed; `auboutique products` shows what is for sale";
                return vec![("missed", text.into())];
            }
            Notice::Lost { reason } => return vec![("lost", format!("{reason}; trying again"))],
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
            if self.names.len() < NAMES_MAX {
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
        Notice::Lost { reason } => return Some(json!({ "event": "lost", "reason": reason })),
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

    fn printer() -> Printer {
        Printer {
            out: Output::plain(),
            names: HashMap::new(),
            left: None,
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
