//! Changes to what the database held.

use auboutique_loadtest::checker::Rule;
use auboutique_loadtest::history::{
    Actor, Bought, Call, Event, History, Item, Price, Refusal, StoredSale,
};

use super::{NEW_KEY, Rules, confirmed};

/// The row of a confirmed sale in the last ledger.
fn row(history: &mut History, choice: usize) -> Option<&mut StoredSale> {
    let item = confirmed(history, choice)?.item;
    let ledger = history.ledgers.last_mut()?;
    ledger.sales.iter_mut().find(|row| row.item == item)
}

const LOST: Option<&[Rule]> = Some(&[Rule::LedgerAgrees, Rule::SurvivesCrash]);

pub(crate) fn give_a_confirmation_to_another_user(history: &mut History, choice: usize) -> Rules {
    let bought = confirmed(history, choice)?;
    history.events[bought.index].actor = Actor(bought.event.actor.0 + 1);
    LOST
}

pub(crate) fn confirm_to_a_second_user(history: &mut History, choice: usize) -> Rules {
    let bought = confirmed(history, choice)?;
    history.events.push(Event {
        actor: Actor(bought.event.actor.0 + 1),
        ..bought.event
    });
    Some(&[Rule::SoldOnce])
}

pub(crate) fn drop_a_row(history: &mut History, choice: usize) -> Rules {
    let item = confirmed(history, choice)?.item;
    history
        .ledgers
        .last_mut()?
        .sales
        .retain(|row| row.item != item);
    LOST
}

pub(crate) fn drop_a_row_from_an_earlier_ledger(history: &mut History, choice: usize) -> Rules {
    let bought = confirmed(history, choice)?;
    let last = history.ledgers.len().checked_sub(1)?;
    let mut earlier = history.ledgers[..last].iter_mut();
    let ledger = earlier.find(|ledger| bought.event.returned < ledger.taken)?;
    ledger.sales.retain(|row| row.item != bought.item);
    LOST
}

pub(crate) fn change_the_price_of_a_row(history: &mut History, choice: usize) -> Rules {
    row(history, choice)?.price.0 += 1;
    Some(&[Rule::LedgerAgrees])
}

pub(crate) fn change_the_buyer_of_a_row(history: &mut History, choice: usize) -> Rules {
    let row = row(history, choice)?;
    row.buyer = Some(Actor(row.buyer?.0 + 1));
    Some(&[Rule::LedgerAgrees])
}

pub(crate) fn change_the_key_of_a_row(history: &mut History, choice: usize) -> Rules {
    row(history, choice)?.key = None;
    Some(&[Rule::LedgerAgrees])
}

pub(crate) fn double_a_row(history: &mut History, choice: usize) -> Rules {
    let row = *row(history, choice)?;
    history.ledgers.last_mut()?.sales.push(row);
    Some(&[Rule::SoldOnce])
}

pub(crate) fn store_an_unasked_sale(history: &mut History, _: usize) -> Rules {
    history.ledgers.last_mut()?.sales.push(StoredSale {
        item: Item(0),
        buyer: Some(Actor(0)),
        price: Price(50),
        key: Some(NEW_KEY),
    });
    Some(&[Rule::LedgerAgrees])
}

pub(crate) fn refuse_what_is_stored(history: &mut History, choice: usize) -> Rules {
    let bought = confirmed(history, choice)?;
    for event in &mut history.events {
        if let Call::Buy { key, outcome, .. } = &mut event.call
            && *key == bought.key
        {
            *outcome = Bought::Refused(Refusal::Other);
        }
    }
    Some(&[Rule::LedgerAgrees])
}
