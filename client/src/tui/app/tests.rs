//! The member's screen as a whole: what keys and the server do to it, and how it looks.

mod anything;
mod looks;
mod steering;

use auboutique_protocol::catalog::ProductPage;
use auboutique_protocol::chat::{Conversation, ConversationPage, HistoryPage};
use auboutique_protocol::event::{
    Announcement, Disconnected, Event, PresenceChanged, Products, ProductsGone, YourProductSold,
};
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::presence::Online;
use auboutique_protocol::purchases::{PurchasePage, SalePage};
use jiff::tz::TimeZone;

use super::{MINUTE, SEEN_EVERY, Shop};
use crate::Notice;
use crate::tui::message::{Effect, Entered, Found, Message, Read};
use crate::tui::pictures::view::{Way, prepare};
use crate::tui::screens::Place;
use crate::tui::testing::{
    NOW, detail, dollars, facts, message, own, profile, purchase, slope, summary,
};
use crate::ui::App as _;
use crate::ui::input::{Code, Input, Key, Size};
use crate::ui::testing::{SMALL, draw_app, press};

/// A way in, in a window.
fn outside(size: Size) -> Shop {
    let mut shop = Shop::new(TimeZone::UTC);
    shop.start();
    if let Some(resized) = shop.input(Input::Resized(size)) {
        shop.update(resized);
    }
    shop
}

/// Inside, and nothing was read yet; with what is wanted.
fn inside(size: Size) -> (Shop, Vec<Effect>) {
    let mut shop = outside(size);
    let (facts, profile) = (facts(), profile());
    let wanted = shop.update(Message::Entered(Entered::Member { facts, profile }));
    (shop, wanted)
}

/// Inside, with so much of everything read, showing a tab.
fn showing(tab: char, size: Size, count: u64) -> Shop {
    let (mut shop, wanted) = inside(size);
    settle(&mut shop, wanted, count);
    let wanted = press(&mut shop, Key::char(tab));
    settle(&mut shop, wanted, count);
    shop
}

/// Answers everything that is asked for.
fn settle(shop: &mut Shop, mut wanted: Vec<Effect>, count: u64) {
    while let Some(effect) = wanted.pop() {
        wanted.extend(answer(shop, effect, count));
    }
}

/// Answers what was asked for, with so much of everything.
fn answer(shop: &mut Shop, effect: Effect, count: u64) -> Vec<Effect> {
    let (ticket, read) = match effect {
        Effect::Read { ticket, read } => (ticket, read),
        Effect::Draw(key) => {
            let outcome = prepare(slope(), Way::HalfBlocks, key.columns, key.lines, 1);
            return shop.update(Message::Drawn { key, outcome });
        }
        Effect::Enter(_)
        | Effect::LogOut
        | Effect::Buy { .. }
        | Effect::Send(_)
        | Effect::MarkRead(_)
        | Effect::Sell { .. }
        | Effect::Edit(_)
        | Effect::Withdraw(_)
        | Effect::Folder(_) => return Vec::new(),
    };
    let found = match read {
        Read::Products(_) => Found::Products(ProductPage {
            next: None,
            products: (1..=count).rev().map(summary).collect(),
        }),
        Read::Product(request) => Found::Product(Box::new(detail(request.id.0))),
        Read::Online(request) => {
            let names = request.names.into_iter().filter(|name| name == "lina");
            Found::Online(Online {
                online: names.collect(),
            })
        }
        Read::Mine(_) => Found::Mine(SalePage {
            next: None,
            products: (1..=count).rev().map(own).collect(),
        }),
        Read::Purchases(_) => Found::Purchases(PurchasePage {
            next: None,
            purchases: (1..=count).rev().map(purchase).collect(),
        }),
        Read::Conversations(_) => Found::Conversations(ConversationPage {
            next: None,
            unread: u64::from(count > 0) * 2,
            conversations: ["omar", "lina", "karim"]
                .into_iter()
                .take(usize::try_from(count).unwrap_or(3))
                .zip([2, 0, 0])
                .map(|(with, unread)| Conversation {
                    last: message(count, with, "mona"),
                    with: with.into(),
                    online: with == "omar",
                    unread,
                })
                .collect(),
        }),
        Read::History(request) if request.after.is_some() => Found::History(HistoryPage {
            more: false,
            seen: 2,
            messages: Vec::new(),
        }),
        Read::History(request) => Found::History(HistoryPage {
            more: count > 5,
            seen: 2,
            messages: (1..=count.min(7))
                .map(|number| {
                    if number % 2 == 0 {
                        message(number, "mona", &request.with)
                    } else {
                        message(number, &request.with, "mona")
                    }
                })
                .collect(),
        }),
    };
    let outcome = Ok(found);
    shop.update(Message::Found { ticket, outcome })
}

fn tell(shop: &mut Shop, event: Event) -> Vec<Effect> {
    shop.update(Message::Told(Notice::Event(event)))
}

fn text(shop: &Shop) -> String {
    draw_app(SMALL, shop).text()
}

fn enter() -> Key {
    Key::of(Code::Enter)
}

fn reads(effects: &[Effect]) -> Vec<&Read> {
    let mut reads = Vec::new();
    for effect in effects {
        if let Effect::Read { read, .. } = effect {
            reads.push(read);
        }
    }
    reads
}

#[test]
fn inside_what_is_for_sale_is_read_and_nothing_is_asked_for_twice() {
    let (mut shop, wanted) = inside(SMALL);
    assert!(
        matches!(
            reads(&wanted)[..],
            [Read::Conversations(_), Read::Products(_)]
        ),
        "{wanted:?}"
    );
    settle(&mut shop, wanted, 20);
    let screen = text(&shop);
    assert!(
        screen.contains("20 in all") && screen.contains("● lina"),
        "{screen}"
    );
    for tab in ['3', '4', '1'] {
        let wanted = press(&mut shop, Key::char(tab));
        settle(&mut shop, wanted, 20);
    }
    for tab in ['3', '4', '1'] {
        assert_eq!(press(&mut shop, Key::char(tab)), [], "{tab}");
    }
}

#[test]
fn what_happens_is_seen_and_the_selection_stays() {
    let mut shop = showing('1', SMALL, 20);
    press(&mut shop, Key::char('j'));
    let selected = shop.browse.selected().map(|product| product.id);
    let told = tell(
        &mut shop,
        Event::ProductListed(Products {
            products: vec![summary(40)],
        }),
    );
    assert!(matches!(reads(&told)[..], []), "{told:?}");
    tell(
        &mut shop,
        Event::ProductSold(ProductsGone {
            products: vec![ProductId(20), ProductId(3)],
        }),
    );
    assert_eq!(shop.browse.selected().map(|product| product.id), selected);
    assert!(shop.browse.find(ProductId(40)).is_some());
    assert!(shop.browse.find(ProductId(20)).is_none());
    tell(
        &mut shop,
        Event::Presence(PresenceChanged {
            online: vec!["karim".into()],
            offline: vec!["lina".into()],
        }),
    );
    let screen = text(&shop);
    assert!(
        screen.contains("● karim") && !screen.contains("● lina"),
        "{screen}"
    );
}

#[test]
fn news_reach_every_screen() {
    let mut shop = showing('2', SMALL, 5);
    let sale = YourProductSold {
        name: "Atlas".into(),
        buyer: "omar".into(),
        price: dollars(1_250),
        product: ProductId(7),
        sold_at: NOW,
        collect_on: "2026-05-06".into(),
    };
    tell(&mut shop, Event::YourProductSold(sale));
    assert!(
        text(&shop).contains("omar has bought your Atlas"),
        "{}",
        text(&shop)
    );
    tell(&mut shop, Event::Message(message(9, "lina", "mona")));
    assert!(
        text(&shop).contains("lina: Is it still there?"),
        "{}",
        text(&shop)
    );
    assert!(text(&shop).contains("4 Chat (3)"), "{}", text(&shop));
    let announcement = Announcement {
        at: UnixMillis(0),
        text: "Noon.".into(),
    };
    tell(&mut shop, Event::Announcement(announcement));
    assert!(
        text(&shop).contains("The market announces"),
        "{}",
        text(&shop)
    );
}

#[test]
fn a_lost_connection_is_said_and_everything_is_read_again_after_it() {
    let mut shop = showing('1', SMALL, 20);
    let reason = "the server is gone".to_owned();
    let pause = std::time::Duration::from_secs(4);
    shop.update(Message::Told(Notice::Lost { reason, pause }));
    assert!(text(&shop).contains("next try in 4 s"), "{}", text(&shop));
    assert!(
        text(&shop).contains("Nothing can be sent"),
        "{}",
        text(&shop)
    );
    assert!(!text(&shop).contains("● lina"), "nobody knows who is there");
    press(&mut shop, Key::char('b'));
    assert!(shop.overlay.is_none());
    assert_eq!(press(&mut shop, Key::char('r')), []);
    assert_eq!(press(&mut shop, Key::char('j')), []);
    let wanted = shop.update(Message::Told(Notice::Missed));
    assert!(
        matches!(
            reads(&wanted)[..],
            [Read::Conversations(_), Read::Products(_), ..]
        ),
        "{wanted:?}"
    );
    settle(&mut shop, wanted, 20);
    assert!(text(&shop).contains("Connected again."), "{}", text(&shop));
}

#[test]
fn a_session_that_ends_leads_to_the_login_with_the_reason() {
    let mut shop = showing('3', SMALL, 5);
    let reason = "An operator ended the session: a phone was lost".into();
    tell(&mut shop, Event::Disconnected(Disconnected { reason }));
    shop.update(Message::Over);
    assert_eq!(shop.place, Place::Welcome);
    let screen = text(&shop);
    assert!(
        screen.contains("a phone was lost") && screen.contains("[mona"),
        "{screen}"
    );
    // Whoever comes back finds the screen as it was.
    let (facts, profile) = (facts(), profile());
    shop.update(Message::Entered(Entered::Member { facts, profile }));
    assert!(text(&shop).contains("For sale"), "{}", text(&shop));
}

#[test]
fn somebody_else_finds_nothing_of_the_one_before() {
    let mut shop = showing('2', SMALL, 5);
    for letter in "Secret".chars() {
        press(&mut shop, Key::char(letter));
    }
    shop.update(Message::Over);
    let (facts, mut other) = (facts(), profile());
    other.username = "rami".into();
    let wanted = shop.update(Message::Entered(Entered::Member {
        facts,
        profile: other,
    }));
    settle(&mut shop, wanted, 0);
    press(&mut shop, Key::char('2'));
    assert!(!text(&shop).contains("Secret"), "{}", text(&shop));
}

#[test]
fn time_passes_without_a_look_at_a_clock() {
    let mut shop = showing('1', SMALL, 5);
    let before = shop.clock.age(NOW);
    for _ in 0..3 {
        let tick = shop.tick().expect("inside there is a clock");
        shop.update(tick.message);
    }
    assert_eq!(
        (before.as_str(), shop.clock.age(NOW).as_str()),
        ("0 s", "3 min")
    );
}

#[test]
fn whether_a_message_was_read_is_asked_until_it_was() {
    let mut shop = showing('4', SMALL, 2);
    let wanted = press(&mut shop, Key::of(Code::Enter));
    settle(&mut shop, wanted, 2);
    assert_eq!(shop.tick().expect("a clock").every, MINUTE);
    tell(&mut shop, Event::Message(message(4, "mona", "omar")));
    assert_eq!(shop.tick().expect("a clock").every, SEEN_EVERY);

    let asks = |wanted: &[Effect]| match wanted {
        [
            Effect::Read {
                ticket,
                read: Read::History(_),
            },
        ] => Some(*ticket),
        _ => None,
    };
    let seen = |number| {
        Found::History(HistoryPage {
            more: false,
            seen: number,
            messages: Vec::new(),
        })
    };
    for (number, then) in [(3, SEEN_EVERY), (4, MINUTE)] {
        let tick = shop.tick().expect("a clock");
        let wanted = shop.update(tick.message);
        let ticket = asks(&wanted).expect("it is asked");
        let outcome = Ok(seen(number));
        shop.update(Message::Found { ticket, outcome });
        assert_eq!(shop.tick().expect("a clock").every, then);
    }
    let tick = shop.tick().expect("a clock");
    assert_eq!(asks(&shop.update(tick.message)), None, "it is known");
}
