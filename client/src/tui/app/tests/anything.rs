//! Whatever happens, in whatever order and window: nothing panics, and what is selected exists.

use auboutique_certs::Fingerprint;
use auboutique_protocol::chat::MessageSent;
use auboutique_protocol::event::{
    Disconnected, Draining, Event, PresenceChanged, Products, ProductsGone,
};
use auboutique_protocol::ids::ProductId;
use proptest::prelude::*;

use super::{answer, inside};
use crate::Notice;
use crate::tui::app::Shop;
use crate::tui::message::{Effect, Entered, Message, Purchase, Refused, Unsent};
use crate::tui::testing::{NOW, confirmation, dollars, facts, message, profile, summary};
use crate::ui::App as _;
use crate::ui::input::{Code, Input, Key, Size};
use crate::ui::testing::{draw_app, give};

/// Something that happens.
#[derive(Debug, Clone)]
enum Step {
    Input(Input),
    /// What waits longest is answered, by one of several ways.
    Answer(u8),
    Told(Event),
    Lost,
    Missed,
    Over,
    Entered(u8),
    Passed,
}

fn any_input() -> impl Strategy<Value = Input> {
    let keys: Vec<char> = "1234?/qrjkgGfobcspewyn m7.".chars().collect();
    let special = vec![
        Code::Enter,
        Code::Esc,
        Code::Tab,
        Code::BackTab,
        Code::Up,
        Code::Down,
        Code::PageUp,
        Code::PageDown,
        Code::Backspace,
        Code::Left,
        Code::Right,
        Code::F(1),
    ];
    let controls: Vec<char> = "orgu".chars().collect();
    prop_oneof![
        4 => proptest::sample::select(keys).prop_map(|letter| Input::Key(Key::char(letter))),
        3 => proptest::sample::select(special).prop_map(|code| Input::Key(Key::of(code))),
        1 => proptest::sample::select(controls)
            .prop_map(|letter| Input::Key(Key::control(letter))),
        1 => (1_u16..150, 1_u16..50)
            .prop_map(|(width, height)| Input::Resized(Size { width, height })),
        1 => "\\PC{0,30}".prop_map(Input::Paste),
        1 => Just(Input::PasteTooLong),
    ]
}

fn any_event() -> impl Strategy<Value = Event> {
    let number = 1..40_u64;
    prop_oneof![
        number
            .clone()
            .prop_map(|number| Event::ProductListed(Products {
                products: vec![summary(number)],
            })),
        number.clone().prop_map(|number| {
            let mut changed = summary(number);
            changed.price = dollars(number * 77 % 900 + 1);
            Event::ProductChanged(Products {
                products: vec![changed],
            })
        }),
        number
            .clone()
            .prop_map(|number| Event::ProductSold(ProductsGone {
                products: vec![ProductId(number)],
            })),
        number
            .clone()
            .prop_map(|number| Event::ProductRemoved(ProductsGone {
                products: vec![ProductId(number)],
            })),
        number
            .clone()
            .prop_map(|number| Event::Message(message(number, "omar", "mona"))),
        number.prop_map(|number| Event::Message(message(number, "mona", "lina"))),
        Just(Event::Presence(PresenceChanged {
            online: vec!["omar".into()],
            offline: vec!["lina".into()],
        })),
        Just(Event::Disconnected(Disconnected {
            reason: "ended".into(),
        })),
        Just(Event::Draining(Draining {
            reconnect_after_ms: 5,
        })),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => any_input().prop_map(Step::Input),
        5 => any::<u8>().prop_map(Step::Answer),
        4 => any_event().prop_map(Step::Told),
        1 => Just(Step::Lost),
        1 => Just(Step::Missed),
        1 => Just(Step::Over),
        1 => any::<u8>().prop_map(Step::Entered),
        1 => Just(Step::Passed),
    ]
}

fn way_in(choice: u8) -> Entered {
    match choice % 5 {
        0 => Entered::AskServer,
        1 => Entered::AskTrust {
            address: "localhost".parse().unwrap(),
            fingerprint: Fingerprint([1; 32]),
        },
        2 => Entered::AskLogIn {
            facts: facts(),
            username: None,
            reason: None,
        },
        3 => Entered::NotReached {
            server: "localhost".into(),
            reason: "no answer".into(),
        },
        _ => Entered::Member {
            facts: facts(),
            profile: profile(),
        },
    }
}

fn reply(shop: &mut Shop, effect: Effect, choice: u8) -> Vec<Effect> {
    let is_bad = choice.is_multiple_of(3);
    match effect {
        Effect::Enter(_) => shop.update(Message::Entered(way_in(choice))),
        Effect::LogOut => shop.update(Message::Entered(way_in(2))),
        Effect::Read { ticket, .. } if is_bad => shop.update(Message::Found {
            ticket,
            outcome: Err("busy".into()),
        }),
        Effect::Draw(key) if is_bad => shop.update(Message::Drawn {
            key,
            outcome: Err("broken".into()),
        }),
        effect @ (Effect::Read { .. } | Effect::Draw(_)) => answer(shop, effect, 12),
        Effect::Buy { product, .. } => {
            let step = match choice % 5 {
                0 => Purchase::Bought(confirmation(product.0)),
                1 => Purchase::Unknown,
                2 => Purchase::SoldToAnother,
                3 => Purchase::PriceChanged(dollars(7)),
                _ => Purchase::Refused("no".into()),
            };
            shop.update(Message::Buying { product, step })
        }
        Effect::Send(request) => {
            let outcome = match choice % 4 {
                0 => Err(Unsent::RecipientOffline),
                1 => Err(Unsent::Refused("no".into())),
                2 => Err(Unsent::Unknown("no answer".into())),
                _ => Ok(MessageSent {
                    number: 50,
                    sent_at: NOW,
                    delivered: true,
                }),
            };
            shop.update(Message::Sent { request, outcome })
        }
        Effect::MarkRead(_) => Vec::new(),
        Effect::Sell { .. } => {
            shop.update(Message::Uploaded { done: 1, total: 2 });
            let refused = Refused {
                field: Some("name"),
                reason: "no".into(),
            };
            let outcome = if is_bad {
                Err(refused)
            } else {
                Ok(ProductId(3))
            };
            shop.update(Message::Listed(outcome))
        }
        Effect::Edit(_) | Effect::Withdraw(_) => shop.update(Message::Changed(Ok("done".into()))),
        Effect::Folder(path) => shop.update(Message::Folder {
            path,
            outcome: Err("denied".into()),
        }),
    }
}

fn take(shop: &mut Shop, step: Step, waiting: &mut Vec<Effect>) {
    let wanted = match step {
        Step::Input(input) => give(shop, input),
        Step::Answer(_) if waiting.is_empty() => Vec::new(),
        Step::Answer(choice) => {
            let effect = waiting.remove(0);
            reply(shop, effect, choice)
        }
        Step::Told(event) => shop.update(Message::Told(Notice::Event(event))),
        Step::Lost => shop.update(Message::Told(Notice::Lost {
            reason: "gone".into(),
            pause: std::time::Duration::from_secs(3),
        })),
        Step::Missed => shop.update(Message::Told(Notice::Missed)),
        Step::Over => shop.update(Message::Over),
        Step::Entered(choice) => shop.update(Message::Entered(way_in(choice))),
        Step::Passed => shop.update(Message::Passed(1)),
    };
    waiting.extend(wanted);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nothing_panics_and_what_is_selected_exists(
        steps in proptest::collection::vec(any_step(), 0..90),
        (width, height) in (1_u16..150, 1_u16..50),
    ) {
        let (mut shop, mut waiting) = inside(Size { width, height });
        for step in steps {
            take(&mut shop, step, &mut waiting);
            prop_assert_eq!(
                shop.browse.selected().is_none(),
                shop.browse.rows().table().rows().is_empty()
            );
            let table = shop.chats.table();
            prop_assert_eq!(table.selected().is_none(), table.rows().is_empty());
        }
        let screen = draw_app(Size { width, height }, &shop).text();
        let is_safe = !screen.contains('\u{1b}');
        prop_assert!(is_safe);
    }
}
