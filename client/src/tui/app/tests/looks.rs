//! How every screen looks in both sizes: empty, loading, full, and after an error.

use std::path::PathBuf;

use auboutique_certs::Fingerprint;

use super::{enter, inside, outside, settle, showing};
use crate::Notice;
use crate::tui::app::Shop;
use crate::tui::message::{Effect, Entered, Entry, Message, Purchase, Refused};
use crate::tui::testing::{confirmation, facts};
use crate::ui::App as _;
use crate::ui::input::{Code, Key, Size};
use crate::ui::testing::{LARGE, SMALL, draw_app, press, type_text};

const TABS: [(&str, char); 4] = [("browse", '1'), ("sell", '2'), ("mine", '3'), ("chat", '4')];

fn expect(name: &str, size: Size, shop: &Shop) {
    let name = format!("{name}_{}x{}", size.width, size.height);
    insta::with_settings!({ snapshot_path => "../../../../tests/screens", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, draw_app(size, shop).text());
    });
}

fn fail(shop: &mut Shop, wanted: Vec<Effect>) {
    for effect in wanted {
        if let Effect::Read { ticket, .. } = effect {
            let outcome = Err("The server is too busy. (try again in 2 s)".into());
            shop.update(Message::Found { ticket, outcome });
        } else if let Effect::Draw(key) = effect {
            let outcome = Err("it is no PNG, JPEG or WebP picture".into());
            shop.update(Message::Drawn { key, outcome });
        }
    }
}

#[test]
fn the_way_in() {
    for size in [SMALL, LARGE] {
        let mut shop = outside(size);
        expect("welcome_waiting", size, &shop);
        shop.update(Message::Entered(Entered::AskServer));
        expect("welcome_server", size, &shop);
        shop.update(Message::Entered(Entered::NotReached {
            server: "market.example.org".into(),
            reason: "The server's authority is not the one that was trusted: expected a7a7 a7a7 a7a7 a7a7 \
                     a7a7 a7a7 a7a7 a7a7, seen b8b8 b8b8 b8b8 b8b8 b8b8 b8b8 b8b8 b8b8 (nothing was sent; \
                     ask the operator for a new invite before you connect again)"
                .into(),
        }));
        expect("welcome_error", size, &shop);
        shop.update(Message::Entered(Entered::AskTrust {
            address: "market.example.org:7443".parse().unwrap(),
            fingerprint: Fingerprint([0xa7; 32]),
        }));
        expect("welcome_trust", size, &shop);
        let log_in = || Entered::AskLogIn {
            facts: facts(),
            username: Some("mona".into()),
            reason: Some("The session has ended.".into()),
        };
        shop.update(Message::Entered(log_in()));
        expect("welcome_login", size, &shop);
        press(&mut shop, Key::control('r'));
        for text in ["Mona Haddad", "mona@example.org", "mona", "short"] {
            type_text(&mut shop, text);
            press(&mut shop, enter());
        }
        expect("welcome_register", size, &shop);
        shop.update(Message::Entered(Entered::Refused(Refused {
            field: Some("username"),
            reason: "This username is taken.".into(),
        })));
        expect("welcome_refused", size, &shop);
    }
}

#[test]
fn screens_while_nothing_was_read() {
    for size in [SMALL, LARGE] {
        for (name, tab) in TABS {
            let (mut shop, _) = inside(size);
            press(&mut shop, Key::char(tab));
            expect(&format!("{name}_loading"), size, &shop);
        }
        let mut shop = showing('1', size, 20);
        press(&mut shop, Key::char('j'));
        press(&mut shop, enter());
        expect("product_loading", size, &shop);
        let mut shop = showing('4', size, 7);
        press(&mut shop, enter());
        expect("talk_loading", size, &shop);
    }
}

#[test]
fn screens_without_anything() {
    for size in [SMALL, LARGE] {
        for (name, tab) in TABS {
            let shop = showing(tab, size, 0);
            expect(&format!("{name}_empty"), size, &shop);
        }
        let mut shop = showing('3', size, 0);
        let wanted = press(&mut shop, Key::char('p'));
        settle(&mut shop, wanted, 0);
        expect("purchases_empty", size, &shop);
        let mut shop = showing('1', size, 20);
        press(&mut shop, Key::char('j'));
        let wanted = press(&mut shop, Key::char('c'));
        settle(&mut shop, wanted, 0);
        expect("talk_empty", size, &shop);
    }
}

#[test]
fn screens_with_much() {
    for size in [SMALL, LARGE] {
        for (name, tab) in TABS {
            let mut shop = showing(tab, size, 60);
            if tab == '2' {
                for text in ["Atlas", "12.50"] {
                    type_text(&mut shop, text);
                    press(&mut shop, enter());
                }
            } else {
                let wanted = press(&mut shop, Key::char('j'));
                settle(&mut shop, wanted, 60);
            }
            expect(&format!("{name}_full"), size, &shop);
        }
        let mut shop = showing('1', size, 60);
        press(&mut shop, Key::char('j'));
        let wanted = press(&mut shop, enter());
        settle(&mut shop, wanted, 60);
        expect("product_full", size, &shop);
        let mut shop = showing('3', size, 60);
        let wanted = press(&mut shop, Key::char('p'));
        settle(&mut shop, wanted, 60);
        expect("purchases_full", size, &shop);
        let mut shop = showing('4', size, 7);
        let wanted = press(&mut shop, enter());
        settle(&mut shop, wanted, 7);
        type_text(&mut shop, "I am on my way");
        expect("talk_full", size, &shop);
    }
}

#[test]
fn screens_after_an_error() {
    for size in [SMALL, LARGE] {
        for (name, tab) in [("browse", '1'), ("mine", '3'), ("chat", '4')] {
            let (mut shop, mut wanted) = inside(size);
            wanted.extend(press(&mut shop, Key::char(tab)));
            fail(&mut shop, wanted);
            expect(&format!("{name}_error"), size, &shop);
        }
        let mut shop = showing('1', size, 20);
        press(&mut shop, Key::char('j'));
        let wanted = press(&mut shop, enter());
        fail(&mut shop, wanted);
        expect("product_error", size, &shop);
        let mut shop = showing('4', size, 7);
        let wanted = press(&mut shop, enter());
        fail(&mut shop, wanted);
        expect("talk_error", size, &shop);
        let mut shop = showing('2', size, 5);
        for _ in 0..5 {
            press(&mut shop, Key::of(Code::Tab));
        }
        press(&mut shop, enter());
        expect("sell_error", size, &shop);
        let mut shop = showing('1', size, 20);
        let reason = "The server is gone.".into();
        let pause = std::time::Duration::from_secs(4);
        shop.update(Message::Told(Notice::Lost { reason, pause }));
        expect("browse_lost", size, &shop);
    }
}

#[test]
fn what_lies_over_the_screens() {
    for size in [SMALL, LARGE] {
        let mut shop = showing('1', size, 20);
        press(&mut shop, Key::char('f'));
        expect("filter", size, &shop);
        let mut shop = showing('1', size, 20);
        press(&mut shop, Key::char('j'));
        press(&mut shop, Key::char('b'));
        expect("buy", size, &shop);
        let wanted = press(&mut shop, Key::char('y'));
        let [Effect::Buy { product, .. }] = wanted[..] else {
            panic!("it is bought: {wanted:?}");
        };
        let step = Purchase::Unknown;
        shop.update(Message::Buying { product, step });
        expect("checking", size, &shop);
        let step = Purchase::Bought(confirmation(product.0));
        shop.update(Message::Buying { product, step });
        expect("receipt", size, &shop);
        let mut shop = showing('2', size, 5);
        press(&mut shop, Key::control('o'));
        let entries = [("..", true), ("photos", true), ("atlas.png", false)];
        let outcome = Ok(entries.map(|(name, is_folder)| Entry {
            path: PathBuf::from(name),
            name: name.into(),
            is_folder,
            bytes: 81_000,
        }));
        let path = PathBuf::from(".");
        let outcome = outcome.map(|entries| entries.to_vec());
        shop.update(Message::Folder { path, outcome });
        expect("files", size, &shop);
        let mut shop = showing('3', size, 5);
        press(&mut shop, Key::of(Code::F(1)));
        expect("help", size, &shop);
    }
}
