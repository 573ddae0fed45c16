//! An item is sold once, and it is sold to somebody if nothing stands against it.

use super::Rule;
use super::case::Case;
use super::claims::{Claim, with_confirmation};
use super::ending::Ending;
use super::findings::{Breach, Findings};
use crate::history::{Bought, Call, Event, Moment, Price, Refusal};

/// Judges the sale of an item.
pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    let tried = |(_, event): (usize, &Event)| matches!(event.call, Call::Buy { .. });
    if case.calls().any(tried) {
        findings.note(Rule::SoldOnce, sold_twice(case));
    }
    match nobody_won(case) {
        Fairness::NothingToSay => {}
        Fairness::Kept => findings.note(Rule::SomebodyWins, None),
        Fairness::Broken(breach) => findings.note(Rule::SomebodyWins, Some(breach)),
    }
}

fn sold_twice(case: &Case<'_>) -> Option<Breach> {
    let mut winners: Vec<&Claim> = case.claims.iter().filter(is_confirmed).collect();
    // Two prices with one key are two purchases with one key, not two sales.
    winners.dedup_by_key(|claim| (claim.actor, claim.key));
    let [first, second, ..] = winners[..] else {
        return None;
    };
    let explanation = format!(
        "Item {} was confirmed to {} different purchases, among them user {}'s with key {} and \
         user {}'s with key {}.",
        case.item.0,
        winners.len(),
        first.actor.0,
        first.key.0,
        second.actor.0,
        second.key.0,
    );
    let confirmations = winners.iter().copied().filter_map(with_confirmation);
    let events = confirmations.map(|(_, confirmed)| confirmed.event);
    Some(Breach::new(explanation, events))
}

fn is_confirmed(claim: &&Claim) -> bool {
    claim.confirmed.is_some()
}

/// Whether an item that somebody should have bought was bought.
enum Fairness {
    /// Nobody tried under fair conditions, or it cannot be known whether somebody won.
    NothingToSay,
    Kept,
    Broken(Breach),
}

fn nobody_won(case: &Case<'_>) -> Fairness {
    let Some((index, attempt)) = fair_attempt(case) else {
        return Fairness::NothingToSay;
    };
    if case.claims.iter().any(|claim| claim.confirmed.is_some()) {
        return Fairness::Kept;
    }
    match case.ending {
        Ending::Stranger => return Fairness::NothingToSay,
        Ending::Unsold(taken) if attempt.returned < taken => {}
        // Without a ledger that is late enough, an unknown purchase may be the winner.
        Ending::NotKnown | Ending::Unsold(_) if !case.claims.is_empty() => {
            return Fairness::NothingToSay;
        }
        Ending::Sold(_) if !case.claims.is_empty() => return Fairness::Kept,
        Ending::NotKnown | Ending::Unsold(_) | Ending::Sold(_) => {}
    }
    let explanation = format!(
        "Item {} was for sale to user {} from {} to {}, at the price named, and was refused; but \
         nobody bought it.",
        case.item.0, attempt.actor.0, attempt.invoked, attempt.returned
    );
    Fairness::Broken(Breach::new(explanation, [index]))
}

/// The first attempt that only an earlier winner can have stood in the way of.
fn fair_attempt<'a>(case: &Case<'a>) -> Option<(usize, &'a Event)> {
    let (price, listed) = only_price(case)?;
    let owner = case.owner?;
    let marks = case.marks;
    let disturbed = marks.edited.into_iter().chain(marks.withdrawable).min();
    let fair = |(_, event): &(usize, &Event)| {
        event.actor != owner
            && listed < event.invoked
            && disturbed.is_none_or(|disturbed| event.returned < disturbed)
            && names_price_and_is_decided(&event.call, price)
    };
    let attempts = case.calls().filter(fair);
    attempts.min_by_key(|(_, event)| event.returned)
}

/// The price with which the item was put up for sale, and when that had surely been done.
fn only_price(case: &Case<'_>) -> Option<(Price, Moment)> {
    let mut sells = case.calls().filter_map(|(_, event)| match event.call {
        Call::Sell { price, .. } => Some((price, event.returned)),
        Call::Edit { .. }
        | Call::Withdraw { .. }
        | Call::Buy { .. }
        | Call::See { .. }
        | Call::Send { .. } => None,
    });
    sells.next().filter(|_| sells.next().is_none())
}

/// A refusal of the key, or for reasons that have nothing to do with the item, decides nothing.
fn names_price_and_is_decided(call: &Call, asked: Price) -> bool {
    let Call::Buy { price, outcome, .. } = call else {
        return false;
    };
    let decided = match outcome {
        Bought::Confirmed { .. } => true,
        Bought::Refused(refusal) => !matches!(
            refusal,
            Refusal::Transient | Refusal::Other | Refusal::KeyConflict
        ),
        Bought::Unknown => false,
    };
    decided && *price == asked
}

#[cfg(test)]
mod tests;
