//! Calls that contradict the others.

use auboutique_loadtest::checker::Rule;
use auboutique_loadtest::history::{
    Actor, Bought, Call, History, Item, Outcome, Price, Refusal, State,
};

use super::{Confirmed, END, NEW_KEY, Rules, buy, call, confirmed};

pub(crate) fn show_as_for_sale_at_the_end(history: &mut History, choice: usize) -> Rules {
    let Confirmed { item, price, .. } = confirmed(history, choice)?;
    let state = State::ForSale(price);
    call(history, Actor(0), END, Call::See { item, state });
    Some(&[Rule::ReadsAgreeWithTime])
}

pub(crate) fn show_as_sold_at_the_beginning(history: &mut History, choice: usize) -> Rules {
    let Confirmed { item, .. } = confirmed(history, choice)?;
    let state = State::Sold;
    call(history, Actor(0), 0, Call::See { item, state });
    Some(&[Rule::ReadsAgreeWithTime])
}

pub(crate) fn show_at_a_price_that_it_never_had(history: &mut History, choice: usize) -> Rules {
    let Confirmed { item, event, .. } = confirmed(history, choice)?;
    let state = State::ForSale(Price(1));
    call(
        history,
        Actor(0),
        event.invoked.0,
        Call::See { item, state },
    );
    Some(&[Rule::ReadsAgreeWithTime])
}

pub(crate) fn change_a_digest(history: &mut History, choice: usize) -> Rules {
    let bought = confirmed(history, choice)?;
    history.events[bought.index].call = buy(
        &bought,
        Bought::Confirmed {
            price: bought.price,
            digest: bought.digest ^ 1,
        },
    );
    Some(&[Rule::KeyKeepsItsReply, Rule::ViewsAgree])
}

pub(crate) fn change_a_price_on_a_confirmation(history: &mut History, choice: usize) -> Rules {
    let bought = confirmed(history, choice)?;
    history.events[bought.index].call = buy(
        &bought,
        Bought::Confirmed {
            price: Price(bought.price.0 + 1),
            digest: bought.digest,
        },
    );
    Some(&[Rule::PriceSeenIsPaid, Rule::KeyKeepsItsReply])
}

pub(crate) fn forget_a_key(history: &mut History, choice: usize) -> Rules {
    let bought = confirmed(history, choice)?;
    let refused = Bought::Refused(Refusal::AlreadySold { yours: true });
    let again = buy(&bought, refused);
    call(history, bought.event.actor, END, again);
    Some(&[Rule::KeyKeepsItsReply])
}

pub(crate) fn use_a_key_twice(history: &mut History, choice: usize) -> Rules {
    let bought = confirmed(history, choice)?;
    let other = Confirmed {
        item: Item(bought.item.0 + 1),
        ..bought
    };
    let Confirmed { price, digest, .. } = bought;
    let again = buy(&other, Bought::Confirmed { price, digest });
    call(history, bought.event.actor, END, again);
    Some(&[Rule::KeyIsForOnePurchase])
}

pub(crate) fn refuse_at_the_beginning(history: &mut History, choice: usize) -> Rules {
    let bought = confirmed(history, choice)?;
    let other = Confirmed {
        key: NEW_KEY,
        ..bought
    };
    let refused = buy(
        &other,
        Bought::Refused(Refusal::AlreadySold { yours: false }),
    );
    call(history, Actor(bought.event.actor.0 + 1), 0, refused);
    Some(&[Rule::RefusalHasCause])
}

pub(crate) fn withdraw_what_was_sold(history: &mut History, choice: usize) -> Rules {
    let Confirmed { item, .. } = confirmed(history, choice)?;
    let owner = history.owners[item.index()];
    let outcome = Outcome::Done;
    let withdraw = Call::Withdraw { item, outcome };
    call(history, owner, END, withdraw);
    Some(&[Rule::ReadsAgreeWithTime])
}

/// Puts up another item, which user 0 owns.
fn list(history: &mut History, price: Price) -> Item {
    let item = Item(u32::try_from(history.owners.len()).expect("there are few items"));
    history.owners.push(Actor(0));
    call(history, Actor(0), 1, Call::Sell { item, price });
    item
}

pub(crate) fn let_nobody_win(history: &mut History, _: usize) -> Rules {
    let price = Price(70);
    let item = list(history, price);
    let outcome = Bought::Refused(Refusal::AlreadySold { yours: false });
    let key = NEW_KEY;
    let buy = Call::Buy {
        item,
        price,
        key,
        outcome,
    };
    call(history, Actor(1), 5, buy);
    Some(&[Rule::SomebodyWins])
}

pub(crate) fn sell_at_the_old_price(history: &mut History, _: usize) -> Rules {
    let (price, digest) = (Price(70), 7);
    let item = list(history, price);
    let edit = Call::Edit {
        item,
        price: Price(80),
        outcome: Outcome::Done,
    };
    call(history, Actor(0), 2, edit);
    let buy = Call::Buy {
        item,
        price,
        key: NEW_KEY,
        outcome: Bought::Confirmed { price, digest },
    };
    call(history, Actor(1), 5, buy);
    Some(&[Rule::PriceSeenIsPaid])
}
