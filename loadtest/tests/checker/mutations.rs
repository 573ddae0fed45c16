//! Single changes to a correct history, each of which breaks a promise for certain.

use auboutique_loadtest::checker::Rule;
use auboutique_loadtest::history::{
    Actor, Bought, Call, Event, History, Item, KeyId, Moment, Price,
};

mod calls;
mod chat;
mod ledger;
mod views;

/// Changes a history, and says which rules the change breaks, at least one of them; `None` if the
/// history gives no occasion. The number chooses among the occasions.
type Apply = fn(&mut History, usize) -> Rules;
/// At least one of these is broken.
type Rules = Option<&'static [Rule]>;

pub(crate) struct Mutation {
    pub(crate) name: &'static str,
    pub(crate) apply: Apply,
}

macro_rules! mutations {
    ($($family:ident::$name:ident,)+) => {
        pub(crate) const ALL: &[Mutation] = &[
            $(Mutation { name: stringify!($name), apply: $family::$name },)+
        ];
    };
}

mutations! {
    ledger::give_a_confirmation_to_another_user,
    ledger::confirm_to_a_second_user,
    ledger::drop_a_row,
    ledger::drop_a_row_from_an_earlier_ledger,
    ledger::change_the_price_of_a_row,
    ledger::change_the_buyer_of_a_row,
    ledger::change_the_key_of_a_row,
    ledger::double_a_row,
    ledger::store_an_unasked_sale,
    ledger::refuse_what_is_stored,
    calls::show_as_for_sale_at_the_end,
    calls::show_as_sold_at_the_beginning,
    calls::show_at_a_price_that_it_never_had,
    calls::change_a_digest,
    calls::change_a_price_on_a_confirmation,
    calls::forget_a_key,
    calls::use_a_key_twice,
    calls::refuse_at_the_beginning,
    calls::withdraw_what_was_sold,
    calls::let_nobody_win,
    calls::sell_at_the_old_price,
    views::hide_a_sale_from_its_seller,
    views::hide_a_purchase_from_its_buyer,
    views::change_a_digest_in_a_view,
    chat::lose_a_message,
    chat::double_a_message,
    chat::swap_two_messages,
    chat::refuse_a_message_that_is_there,
}

/// A confirmed call.
#[derive(Clone, Copy)]
struct Confirmed {
    index: usize,
    event: Event,
    item: Item,
    price: Price,
    key: KeyId,
    digest: u64,
}

fn confirmed(history: &History, choice: usize) -> Option<Confirmed> {
    let events = history.events.iter().enumerate();
    let all = events.filter_map(|(index, event)| {
        let Call::Buy {
            item,
            key,
            outcome: Bought::Confirmed { price, digest },
            ..
        } = event.call
        else {
            return None;
        };
        Some(Confirmed {
            index,
            event: *event,
            item,
            price,
            key,
            digest,
        })
    });
    pick(all.collect(), choice)
}

fn pick<T>(mut all: Vec<T>, choice: usize) -> Option<T> {
    if all.is_empty() {
        return None;
    }
    let place = choice % all.len();
    Some(all.swap_remove(place))
}

/// A number that no key of the run has.
const NEW_KEY: KeyId = KeyId(1_000_000);
/// After the run, in nanoseconds.
const END: u64 = 1 << 40;

fn call(history: &mut History, actor: Actor, at: u64, call: Call) {
    history.events.push(Event {
        actor,
        invoked: Moment(at),
        returned: Moment(at),
        call,
    });
}

fn buy(bought: &Confirmed, outcome: Bought) -> Call {
    Call::Buy {
        item: bought.item,
        price: bought.price,
        key: bought.key,
        outcome,
    }
}
