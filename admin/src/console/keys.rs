//! The keys of the console: one table for all screens, one for each. Bindings, the last line, the help
//! and the manual are made from them.

use auboutique_client::ui::input::{Code, Key};
use auboutique_client::ui::keys::{Binding, KeyTable, Listed, markdown};
use auboutique_client::ui::widgets::palette::OPEN;
use auboutique_client::ui::widgets::table::MOVES;

use crate::console::screens::{Place, Tab};

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Show(Tab),
    NextTab,
    PreviousTab,
    Help,
    Palette,
    Reload,
    /// Back to where one came from, or out of the program.
    Leave,
    /// Back to where one came from; never out of the program.
    Back,
    /// Chooses what a list shows.
    Filter,
    /// The next order of a list.
    Order,
    /// The order the other way round.
    Reverse,
    /// The user of the selected row.
    OpenUser,
    /// The other user of the selected row: who bought.
    OpenBuyer,
    /// What belongs to the user.
    Follow(Way),
    Disconnect,
    EndSession,
    Suspend,
    Reinstate,
    ResetPassword,
    RemoveProduct,
    Announce,
    /// The next steps of the chart.
    Series,
}

/// From a user to what belongs to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Sessions,
    Products,
    Sold,
    Bought,
}

/// Keys that do the same on every screen.
pub(crate) const EVERYWHERE: KeyTable<Act> = KeyTable::new(
    "Everywhere",
    &[
        Binding::new(&[Key::char('?')], Act::Help, "help").in_footer(),
        Binding::new(&[OPEN], Act::Palette, "type a command").in_footer(),
        Binding::new(&[Key::char('q')], Act::Leave, "back, or leave").in_footer(),
        Binding::new(
            &[Key::of(Code::Esc)],
            Act::Back,
            "close a notice, go back, or show all again",
        ),
        Binding::new(
            &[Key::char('r')],
            Act::Reload,
            "read anew, or connect again",
        ),
        Binding::new(&[Key::of(Code::Tab)], Act::NextTab, "next screen"),
        Binding::new(
            &[Key::of(Code::BackTab)],
            Act::PreviousTab,
            "previous screen",
        ),
        Binding::new(&[Key::char('1')], Act::Show(Tab::Overview), "overview"),
        Binding::new(&[Key::char('2')], Act::Show(Tab::Users), "users"),
        Binding::new(&[Key::char('3')], Act::Show(Tab::Sessions), "sessions"),
        Binding::new(&[Key::char('4')], Act::Show(Tab::Sales), "sales"),
        Binding::new(&[Key::char('5')], Act::Show(Tab::Products), "products"),
        Binding::new(&[Key::char('6')], Act::Show(Tab::Audit), "audit"),
    ],
);

const FILTER: &[Key] = &[Key::char('/')];
const ENTER: &[Key] = &[Key::of(Code::Enter)];

const OVERVIEW: KeyTable<Act> = KeyTable::new(
    "Overview",
    &[
        Binding::new(
            &[Key::char('t')],
            Act::Series,
            "sales by minute, hour or day",
        )
        .in_footer(),
        Binding::new(&[Key::char('a')], Act::Announce, "say something to all").in_footer(),
    ],
);

const USERS: KeyTable<Act> = KeyTable::new(
    "Users",
    &[
        Binding::new(ENTER, Act::OpenUser, "open").in_footer(),
        Binding::new(FILTER, Act::Filter, "filter").in_footer(),
        Binding::new(&[Key::char('o')], Act::Order, "next order").in_footer(),
        Binding::new(&[Key::char('X')], Act::Disconnect, "disconnect").in_footer(),
        Binding::new(&[Key::char('s')], Act::Suspend, "suspend").in_footer(),
        Binding::new(&[Key::char('u')], Act::Reinstate, "end a suspension"),
        Binding::new(
            &[Key::char('p')],
            Act::ResetPassword,
            "give a one-time password",
        ),
    ],
);

const USER: KeyTable<Act> = KeyTable::new(
    "A user",
    &[
        Binding::new(&[Key::char('c')], Act::Follow(Way::Sessions), "connections").in_footer(),
        Binding::new(&[Key::char('l')], Act::Follow(Way::Products), "products").in_footer(),
        Binding::new(&[Key::char('v')], Act::Follow(Way::Sold), "sold").in_footer(),
        Binding::new(&[Key::char('b')], Act::Follow(Way::Bought), "bought").in_footer(),
        Binding::new(&[Key::char('X')], Act::Disconnect, "disconnect").in_footer(),
        Binding::new(&[Key::char('s')], Act::Suspend, "suspend").in_footer(),
        Binding::new(&[Key::char('u')], Act::Reinstate, "end a suspension"),
        Binding::new(
            &[Key::char('p')],
            Act::ResetPassword,
            "give a one-time password",
        ),
    ],
);

const SESSIONS: KeyTable<Act> = KeyTable::new(
    "Sessions",
    &[
        Binding::new(ENTER, Act::OpenUser, "open the user").in_footer(),
        Binding::new(FILTER, Act::Filter, "filter").in_footer(),
        Binding::new(&[Key::char('o')], Act::Order, "next order").in_footer(),
        Binding::new(&[Key::char('O')], Act::Reverse, "the other way round"),
        Binding::new(&[Key::char('x')], Act::EndSession, "end it").in_footer(),
        Binding::new(&[Key::char('X')], Act::Disconnect, "end all of the user"),
    ],
);

const SALES: KeyTable<Act> = KeyTable::new(
    "Sales",
    &[
        Binding::new(ENTER, Act::OpenUser, "open the seller").in_footer(),
        Binding::new(&[Key::char('b')], Act::OpenBuyer, "open the buyer").in_footer(),
        Binding::new(FILTER, Act::Filter, "filter").in_footer(),
    ],
);

const PRODUCTS: KeyTable<Act> = KeyTable::new(
    "Products",
    &[
        Binding::new(ENTER, Act::OpenUser, "open the owner").in_footer(),
        Binding::new(&[Key::char('b')], Act::OpenBuyer, "open the buyer"),
        Binding::new(FILTER, Act::Filter, "filter").in_footer(),
        Binding::new(&[Key::char('x')], Act::RemoveProduct, "remove").in_footer(),
    ],
);

const AUDIT: KeyTable<Act> = KeyTable::new(
    "Audit",
    &[
        Binding::new(ENTER, Act::OpenUser, "open the user").in_footer(),
        Binding::new(FILTER, Act::Filter, "filter").in_footer(),
    ],
);

/// The keys of a screen.
pub(crate) const fn of(place: &Place) -> &'static KeyTable<Act> {
    match place {
        Place::User(_) => &USER,
        Place::Tab(Tab::Overview) => &OVERVIEW,
        Place::Tab(Tab::Users) => &USERS,
        Place::Tab(Tab::Sessions) => &SESSIONS,
        Place::Tab(Tab::Sales) => &SALES,
        Place::Tab(Tab::Products) => &PRODUCTS,
        Place::Tab(Tab::Audit) => &AUDIT,
    }
}

/// All keys, as the manual has them.
#[must_use]
pub fn manual() -> String {
    let tables: [&dyn Listed; 9] = [
        &EVERYWHERE,
        &MOVES,
        &OVERVIEW,
        &USERS,
        &USER,
        &SESSIONS,
        &SALES,
        &PRODUCTS,
        &AUDIT,
    ];
    markdown(&tables)
}

#[cfg(test)]
mod tests {
    use auboutique_client::ui::keys::clashes;
    use auboutique_protocol::text::Username;

    use super::*;

    #[test]
    fn no_key_has_two_meanings_on_a_screen() {
        let mona = Username::parse("mona").expect("a username");
        let places = Tab::ALL.iter().map(|tab| Place::Tab(*tab));
        for place in places.chain([Place::User(mona)]) {
            let tables: [&dyn Listed; 3] = [of(&place), &EVERYWHERE, &MOVES];
            assert_eq!(clashes(&tables), [] as [String; 0], "{place:?}");
        }
    }

    #[test]
    fn the_manual_has_all_keys() {
        let page = include_str!("../../../docs/ADMIN.md");
        let keys = manual();
        assert!(page.contains(&keys), "docs/ADMIN.md lacks these:\n{keys}");
    }
}
