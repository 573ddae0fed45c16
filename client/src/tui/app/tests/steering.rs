//! What a member does: buying, asking, selling, changing one's own.

use auboutique_protocol::chat::{IfOffline, MessageSent};
use auboutique_protocol::ids::ProductId;

use super::{answer, enter, reads, settle, showing, text};
use crate::tui::app::Shop;
use crate::tui::message::{Effect, Message, Purchase, Read, Refused, Unsent};
use crate::tui::screens::Place;
use crate::tui::testing::{NOW, confirmation, dollars};
use crate::ui::App as _;
use crate::ui::input::{Code, Input, Key, Mouse, MouseAction};
use crate::ui::testing::{SMALL, give, press, type_text};

fn esc() -> Key {
    Key::of(Code::Esc)
}

/// Opens the selected product and buys it, up to where it is sent.
fn buying(shop: &mut Shop) -> (ProductId, Vec<Effect>) {
    press(shop, Key::char('j'));
    let wanted = press(shop, enter());
    settle(shop, wanted, 20);
    assert_eq!(press(shop, Key::char('b')), []);
    let wanted = press(shop, Key::char('y'));
    let [Effect::Buy { product, .. }] = wanted[..] else {
        panic!("it is bought: {wanted:?}");
    };
    (product, wanted)
}

#[test]
fn a_purchase_is_asked_about_and_ends_with_a_receipt() {
    let mut shop = showing('1', SMALL, 20);
    press(&mut shop, Key::char('j'));
    let wanted = press(&mut shop, enter());
    settle(&mut shop, wanted, 20);
    press(&mut shop, Key::char('b'));
    assert!(text(&shop).contains("Buy it?"), "{}", text(&shop));
    // Enter alone is a no.
    assert_eq!(press(&mut shop, enter()), []);
    assert!(!text(&shop).contains("Buy it?"));
    press(&mut shop, Key::char('b'));
    let wanted = press(&mut shop, Key::char('y'));
    let [Effect::Buy { product, price }] = wanted[..] else {
        panic!("it is bought: {wanted:?}");
    };
    assert_eq!(price, dollars(product.0 * 125 + 500));
    let step = Purchase::Bought(confirmation(product.0));
    shop.update(Message::Buying { product, step });
    let screen = text(&shop);
    for awaited in ["You bought it", "West Hall", "2026-05-06", "K7-QX-2M"] {
        assert!(screen.contains(awaited), "{awaited}\n{screen}");
    }
    press(&mut shop, esc());
    // It is bought, and the purchases are what one wants to see next.
    let wanted = press(&mut shop, Key::char('3'));
    assert!(
        matches!(reads(&wanted)[..], [Read::Purchases(_)]),
        "{wanted:?}"
    );
}

#[test]
fn a_lost_answer_is_checking_and_never_a_failure() {
    let mut shop = showing('1', SMALL, 20);
    let (product, _) = buying(&mut shop);
    let step = Purchase::Unknown;
    shop.update(Message::Buying { product, step });
    let screen = text(&shop).to_lowercase();
    assert!(
        screen.contains("checking") && !screen.contains("fail"),
        "{screen}"
    );
    // Looking away does not stop it.
    press(&mut shop, esc());
    press(&mut shop, Key::char('4'));
    let step = Purchase::Bought(confirmation(product.0));
    shop.update(Message::Buying { product, step });
    assert!(text(&shop).contains("You bought it"), "{}", text(&shop));
}

#[test]
fn whoever_is_too_late_is_offered_what_is_similar() {
    let mut shop = showing('1', SMALL, 20);
    let (product, _) = buying(&mut shop);
    let step = Purchase::SoldToAnother;
    shop.update(Message::Buying { product, step });
    assert!(
        text(&shop).contains("Somebody was faster"),
        "{}",
        text(&shop)
    );
    let wanted = press(&mut shop, Key::char('y'));
    let [Read::Products(request)] = reads(&wanted)[..] else {
        panic!("what is similar is read: {wanted:?}");
    };
    assert_eq!(request.category.as_deref(), Some("textbooks"));
}

#[test]
fn another_price_is_asked_about_again() {
    let mut shop = showing('1', SMALL, 20);
    let (product, _) = buying(&mut shop);
    let step = Purchase::PriceChanged(dollars(99_900));
    shop.update(Message::Buying { product, step });
    assert!(text(&shop).contains("999.00 USD"), "{}", text(&shop));
    let wanted = press(&mut shop, Key::char('y'));
    let price = dollars(99_900);
    assert_eq!(wanted, [Effect::Buy { product, price }]);
    let step = Purchase::Refused("you have bought too much".into());
    shop.update(Message::Buying { product, step });
    assert!(text(&shop).contains("too much"), "{}", text(&shop));
    assert!(shop.overlay.is_none());
}

#[test]
fn a_message_for_somebody_offline_is_kept_only_if_one_wants() {
    let mut shop = showing('1', SMALL, 20);
    press(&mut shop, Key::char('j'));
    let wanted = press(&mut shop, Key::char('c'));
    settle(&mut shop, wanted, 0);
    type_text(&mut shop, "Is it there, q?");
    let sent = press(&mut shop, enter());
    let [Effect::Send(request)] = &sent[..] else {
        panic!("it is sent: {sent:?}");
    };
    assert!(request.about.is_some());
    assert_eq!(request.text, "Is it there, q?");
    let request = request.clone();
    let outcome = Err(Unsent::RecipientOffline);
    let again = request.clone();
    shop.update(Message::Sent { request, outcome });
    assert!(text(&shop).contains("Keep the message"), "{}", text(&shop));
    press(&mut shop, Key::char('n'));
    assert!(
        text(&shop).contains("Is it there, q?"),
        "it stands in the line"
    );
    press(&mut shop, enter());
    let outcome = Err(Unsent::RecipientOffline);
    let request = again.clone();
    shop.update(Message::Sent { request, outcome });
    let kept = press(&mut shop, Key::char('y'));
    let [Effect::Send(kept)] = &kept[..] else {
        panic!("it is kept: {kept:?}");
    };
    assert_eq!((kept.if_offline, kept.key), (IfOffline::Keep, again.key));
    let outcome = Ok(MessageSent {
        number: 1,
        sent_at: NOW,
        delivered: false,
    });
    let request = kept.clone();
    shop.update(Message::Sent { request, outcome });
    let screen = text(&shop);
    assert!(
        screen.contains("Kept for") && screen.contains("you  2026"),
        "{screen}"
    );
}

#[test]
fn what_may_have_been_sent_is_said_so_and_looked_up() {
    let mut shop = showing('4', SMALL, 7);
    let wanted = press(&mut shop, enter());
    settle(&mut shop, wanted, 7);
    type_text(&mut shop, "hello");
    let sent = press(&mut shop, enter());
    let [Effect::Send(request)] = &sent[..] else {
        panic!("it is sent: {sent:?}");
    };
    let outcome = Err(Unsent::Unknown("no answer".into()));
    let request = request.clone();
    let wanted = shop.update(Message::Sent { request, outcome });
    assert!(
        matches!(reads(&wanted)[..], [Read::History(_)]),
        "{wanted:?}"
    );
    let screen = text(&shop);
    assert!(
        screen.contains("may have been sent") && screen.contains("hello"),
        "{screen}"
    );
}

#[test]
fn a_listing_that_is_refused_keeps_everything_and_one_that_is_taken_is_shown() {
    let mut shop = showing('2', SMALL, 5);
    type_text(&mut shop, "Atlas");
    press(&mut shop, enter());
    type_text(&mut shop, "12.5");
    for _ in 0..3 {
        press(&mut shop, Key::of(Code::Tab));
    }
    let wanted = press(&mut shop, enter());
    let [Effect::Sell { request, .. }] = &wanted[..] else {
        panic!("it is sent: {wanted:?}");
    };
    assert_eq!((&*request.name, request.price), ("Atlas", dollars(1_250)));
    shop.update(Message::Uploaded {
        done: 40,
        total: 100,
    });
    assert!(text(&shop).contains("40 %"), "{}", text(&shop));
    let refused = Refused {
        field: Some("price"),
        reason: "is too high here".into(),
    };
    shop.update(Message::Listed(Err(refused)));
    let screen = text(&shop);
    assert!(
        screen.contains("is too high here") && screen.contains("[Atlas"),
        "{screen}"
    );
    let wanted = shop.update(Message::Listed(Ok(ProductId(7))));
    assert_eq!(shop.place, Place::Product(ProductId(7)));
    settle(&mut shop, wanted, 5);
    assert!(
        text(&shop).contains("For sale: product 7."),
        "{}",
        text(&shop)
    );
}

#[test]
fn only_what_is_for_sale_is_changed_or_withdrawn() {
    let mut shop = showing('3', SMALL, 6);
    // The first is for sale.
    let wanted = press(&mut shop, Key::char('e'));
    settle(&mut shop, wanted, 6);
    assert!(text(&shop).contains("Save"), "{}", text(&shop));
    give(&mut shop, Input::Paste("!".into()));
    for _ in 0..4 {
        assert_eq!(press(&mut shop, Key::of(Code::Tab)), []);
    }
    let wanted = press(&mut shop, enter());
    let [Effect::Edit(request)] = &wanted[..] else {
        panic!("it is changed: {wanted:?}");
    };
    assert!(request.name.is_some() && request.price.is_none());
    assert!(request.description.is_none() && request.category.is_none());
    // What is refused can be mended.
    let refused = Refused {
        field: Some("name"),
        reason: "is not allowed here".into(),
    };
    shop.update(Message::Changed(Err(refused)));
    let screen = text(&shop);
    assert!(
        screen.contains("is not allowed here") && screen.contains("Save"),
        "{screen}"
    );
    let wanted = shop.update(Message::Changed(Ok("Saved.".into())));
    settle(&mut shop, wanted, 6);
    assert!(shop.overlay.is_none());
    press(&mut shop, Key::char('q'));
    press(&mut shop, Key::char('w'));
    assert!(text(&shop).contains("Withdraw it?"), "{}", text(&shop));
    let wanted = press(&mut shop, Key::char('y'));
    assert!(matches!(wanted[..], [Effect::Withdraw(_)]), "{wanted:?}");
    press(&mut shop, Key::char('j'));
    press(&mut shop, Key::char('w'));
    assert!(shop.overlay.is_none());
    assert!(
        text(&shop).contains("Only what is one's own"),
        "{}",
        text(&shop)
    );
}

#[test]
fn searching_takes_every_letter_and_esc_shows_all_again() {
    let mut shop = showing('1', SMALL, 20);
    press(&mut shop, Key::char('/'));
    let wanted = type_text(&mut shop, "qb1");
    assert_eq!(reads(&wanted).len(), 3, "{wanted:?}");
    for effect in wanted {
        answer(&mut shop, effect, 2);
    }
    assert!(text(&shop).contains("with “qb1”"), "{}", text(&shop));
    press(&mut shop, enter());
    let wanted = press(&mut shop, esc());
    assert_eq!(reads(&wanted).len(), 1, "{wanted:?}");
    assert!(!shop.is_finished());
}

#[test]
fn ones_own_cannot_be_bought_or_asked_about() {
    let mut shop = showing('1', SMALL, 20);
    while shop
        .browse
        .selected()
        .is_some_and(|product| product.owner != "mona")
    {
        press(&mut shop, Key::char('j'));
    }
    press(&mut shop, Key::char('b'));
    assert!(shop.overlay.is_none());
    assert_eq!(press(&mut shop, Key::char('c')), []);
    assert!(text(&shop).contains("This is your own."), "{}", text(&shop));
}

#[test]
fn the_mouse_chooses_a_row() {
    let mut shop = showing('1', SMALL, 20);
    let press_at = |line| {
        Input::Mouse(Mouse {
            action: MouseAction::Press,
            column: 5,
            line,
        })
    };
    // Tabs, a heading of two lines, the headings of columns, two rows.
    give(&mut shop, press_at(5));
    assert_eq!(shop.browse.selected().map(|product| product.id.0), Some(19));
    give(&mut shop, press_at(0));
    give(&mut shop, press_at(3));
    assert_eq!(shop.browse.selected().map(|product| product.id.0), Some(19));
}

#[test]
fn logging_out_is_asked_about() {
    let mut shop = showing('1', SMALL, 5);
    press(&mut shop, Key::char('L'));
    assert_eq!(press(&mut shop, Key::char('y')), [Effect::LogOut]);
    assert!(text(&shop).contains("Logging out"), "{}", text(&shop));
    // That the session is over is no news then.
    shop.update(Message::Over);
    assert!(text(&shop).contains("Logging out"), "{}", text(&shop));
}
