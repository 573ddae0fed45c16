//! The keys of the member's screen: one table for all screens, one for each. Bindings, the last line, the
//! help and the manual are made from them.

use crate::tui::screens::{Place, Tab};
use crate::ui::input::{Code, Key};
use crate::ui::keys::{Binding, KeyTable};

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Show(Tab),
    NextTab,
    PreviousTab,
    Help,
    Reload,
    /// Back to where one came from, or out of the program.
    Leave,
    /// Back to where one came from; never out of the program.
    Back,
    LogOut,
    Search,
    Filter,
    Order,
    Open,
    /// The seller's other products.
    OfSeller,
    Buy,
    Chat,
    /// One's purchases instead of one's products, and back.
    Other,
    Edit,
    Withdraw,
    // While a field has the focus.
    Send,
    Earlier,
    Later,
    PickPicture,
    Switch,
    MakeUp,
}

const ENTER: &[Key] = &[Key::of(Code::Enter)];

/// Keys that do the same on every screen without a field.
pub(crate) const EVERYWHERE: KeyTable<Act> = KeyTable::new(
    "Everywhere",
    &[
        Binding::new(&[Key::char('?'), Key::of(Code::F(1))], Act::Help, "help").in_footer(),
        Binding::new(&[Key::char('q')], Act::Leave, "back, or leave").in_footer(),
        Binding::new(
            &[Key::of(Code::Esc)],
            Act::Back,
            "close a notice, go back, or show all again",
        ),
        Binding::new(&[Key::char('r')], Act::Reload, "read anew"),
        Binding::new(&[Key::of(Code::Tab)], Act::NextTab, "next screen"),
        Binding::new(
            &[Key::of(Code::BackTab)],
            Act::PreviousTab,
            "previous screen",
        ),
        Binding::new(&[Key::char('1')], Act::Show(Tab::Browse), "browse"),
        Binding::new(&[Key::char('2')], Act::Show(Tab::Sell), "sell"),
        Binding::new(&[Key::char('3')], Act::Show(Tab::Mine), "my things"),
        Binding::new(&[Key::char('4')], Act::Show(Tab::Chat), "chat"),
        Binding::new(&[Key::char('L')], Act::LogOut, "log out"),
    ],
);

const BROWSE: KeyTable<Act> = KeyTable::new(
    "Browse",
    &[
        Binding::new(ENTER, Act::Open, "open").in_footer(),
        Binding::new(&[Key::char('/')], Act::Search, "search").in_footer(),
        Binding::new(&[Key::char('b')], Act::Buy, "buy").in_footer(),
        Binding::new(&[Key::char('c')], Act::Chat, "ask the seller").in_footer(),
        Binding::new(&[Key::char('f')], Act::Filter, "filter").in_footer(),
        Binding::new(&[Key::char('o')], Act::Order, "next order"),
        Binding::new(&[Key::char('s')], Act::OfSeller, "all of the seller"),
    ],
);

const PRODUCT: KeyTable<Act> = KeyTable::new(
    "A product",
    &[
        Binding::new(&[Key::char('b')], Act::Buy, "buy").in_footer(),
        Binding::new(&[Key::char('c')], Act::Chat, "ask the seller").in_footer(),
        Binding::new(
            &[Key::of(Code::Enter), Key::char('s')],
            Act::OfSeller,
            "all of the seller",
        )
        .in_footer(),
        Binding::new(&[Key::char('e')], Act::Edit, "edit one's own"),
        Binding::new(&[Key::char('w')], Act::Withdraw, "withdraw one's own"),
    ],
);

const MINE: KeyTable<Act> = KeyTable::new(
    "My things",
    &[
        Binding::new(ENTER, Act::Open, "open").in_footer(),
        Binding::new(&[Key::char('p')], Act::Other, "purchases or products").in_footer(),
        Binding::new(&[Key::char('e')], Act::Edit, "edit").in_footer(),
        Binding::new(&[Key::char('w')], Act::Withdraw, "withdraw").in_footer(),
        Binding::new(&[Key::char('c')], Act::Chat, "write to the other").in_footer(),
    ],
);

const CHAT: KeyTable<Act> = KeyTable::new(
    "Chat",
    &[Binding::new(ENTER, Act::Open, "open").in_footer()],
);

const TALK: KeyTable<Act> = KeyTable::new(
    "A conversation",
    &[
        Binding::new(ENTER, Act::Send, "send").in_footer(),
        Binding::new(&[Key::of(Code::PageUp)], Act::Earlier, "earlier messages").in_footer(),
        Binding::new(&[Key::of(Code::PageDown)], Act::Later, "later messages").in_footer(),
        Binding::new(&[Key::of(Code::Esc)], Act::Back, "back").in_footer(),
        Binding::new(&[Key::of(Code::F(1))], Act::Help, "help").in_footer(),
    ],
);

const SELL: KeyTable<Act> = KeyTable::new(
    "Sell",
    &[
        Binding::new(&[Key::control('o')], Act::PickPicture, "choose a picture").in_footer(),
        Binding::new(
            &[Key::of(Code::Esc)],
            Act::Back,
            "back; what was typed stays",
        )
        .in_footer(),
        Binding::new(&[Key::of(Code::F(1))], Act::Help, "help").in_footer(),
    ],
);

const WELCOME: KeyTable<Act> = KeyTable::new(
    "Welcome",
    &[
        Binding::new(&[Key::control('r')], Act::Switch, "register, or log in").in_footer(),
        Binding::new(&[Key::control('g')], Act::MakeUp, "make up a passphrase").in_footer(),
        Binding::new(&[Key::of(Code::Esc)], Act::Back, "back").in_footer(),
        Binding::new(&[Key::of(Code::F(1))], Act::Help, "help").in_footer(),
    ],
);

/// The keys of a place.
pub(crate) const fn of(place: &Place) -> &'static KeyTable<Act> {
    match place {
        Place::Welcome => &WELCOME,
        Place::Tab(Tab::Browse) => &BROWSE,
        Place::Tab(Tab::Sell) => &SELL,
        Place::Tab(Tab::Mine) => &MINE,
        Place::Tab(Tab::Chat) => &CHAT,
        Place::Product(_) => &PRODUCT,
        Place::Talk(_) => &TALK,
    }
}

/// Whether letters are typed in a place.
pub(crate) const fn is_typing(place: &Place) -> bool {
    match place {
        Place::Welcome | Place::Tab(Tab::Sell) | Place::Talk(_) => true,
        Place::Tab(Tab::Browse | Tab::Mine | Tab::Chat) | Place::Product(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::keys::{Listed, clashes, markdown};
    use crate::ui::widgets::table::MOVES;
    use auboutique_protocol::ids::ProductId;
    use auboutique_protocol::text::Username;

    fn places() -> Vec<Place> {
        let mona = Username::parse("mona").expect("a username");
        let mut places: Vec<_> = Tab::ALL.iter().map(|tab| Place::Tab(*tab)).collect();
        places.extend([
            Place::Welcome,
            Place::Product(ProductId(1)),
            Place::Talk(mona),
        ]);
        places
    }

    #[test]
    fn no_key_has_two_meanings_on_a_screen() {
        for place in places() {
            let tables: Vec<&dyn Listed> = if is_typing(&place) {
                vec![of(&place)]
            } else {
                vec![of(&place), &EVERYWHERE, &MOVES]
            };
            assert_eq!(clashes(&tables), [] as [String; 0], "{place:?}");
        }
    }

    #[test]
    fn while_a_field_has_the_focus_no_letter_does_anything_else() {
        for place in places().iter().filter(|place| is_typing(place)) {
            for letter in ('a'..='z').chain('A'..='Z').chain('0'..='9') {
                assert!(of(place).action(Key::char(letter)).is_none(), "{letter}");
            }
        }
    }

    #[test]
    fn the_manual_has_all_keys() {
        let tables: [&dyn Listed; 9] = [
            &EVERYWHERE,
            &MOVES,
            &WELCOME,
            &BROWSE,
            &PRODUCT,
            &SELL,
            &MINE,
            &CHAT,
            &TALK,
        ];
        let page = include_str!("../../../docs/CLIENT.md");
        let keys = markdown(&tables);
        assert!(page.contains(&keys), "docs/CLIENT.md lacks these:\n{keys}");
    }
}
