//! What is shown agrees with time: sold only once somebody can have bought it, never for sale again,
//! and at a price that it had.

use super::Rule;
use super::case::{Case, Mark};
use super::findings::{Breach, Findings};
use super::winners::Who;
use crate::history::{Call, Event, Price, State};

/// Judges what was seen of an item.
pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    if let Some(withdrawn) = case.marks.withdrawn {
        findings.note(Rule::ReadsAgreeWithTime, also_sold(case, withdrawn));
    }
    for (index, event) in case.calls() {
        let Call::See { state, .. } = event.call else {
            continue;
        };
        let breach = match state {
            State::ForSale(price) => not_for_sale(case, index, event, price),
            State::Sold => not_sold(case, index, event),
            State::Withdrawn => not_withdrawn(case, index, event),
        };
        findings.note(Rule::ReadsAgreeWithTime, breach);
    }
}

/// What is withdrawn stays so and is never sold; what is sold can no longer be withdrawn.
fn also_sold(case: &Case<'_>, withdrawn: Mark) -> Option<Breach> {
    let sold = case.marks.sold?;
    let explanation = format!(
        "Item {} was sold, as somebody knew at {}, and also off the market, as somebody knew at {}.",
        case.item.0, sold.moment, withdrawn.moment
    );
    Some(Breach::new(explanation, [sold.event, withdrawn.event]))
}

fn not_for_sale(case: &Case<'_>, index: usize, event: &Event, price: Price) -> Option<Breach> {
    let item = case.item.0;
    if let Some(gone) = case.marks.gone_before(event) {
        let explanation = format!(
            "Item {item} was shown as for sale to user {}, who asked at {}; it was known to be gone \
             at {}.",
            event.actor.0, event.invoked, gone.moment
        );
        return Some(Breach::new(explanation, [gone.event, index]));
    }
    let (from, to) = (event.invoked, event.returned);
    if case.prices.possible(price, from, to) {
        return None;
    }
    let explanation = format!(
        "Item {item} was shown to user {} for {price} between {from} and {to}, when it never cost \
         that.",
        event.actor.0
    );
    Some(Breach::new(explanation, [index]))
}

fn not_sold(case: &Case<'_>, index: usize, event: &Event) -> Option<Breach> {
    if case.winners.may_have_won(Who::Anybody, event.returned) {
        return None;
    }
    let explanation = format!(
        "Item {} was shown as sold to user {} at {}, but nobody can have bought it by then.",
        case.item.0, event.actor.0, event.returned
    );
    Some(Breach::new(explanation, [index]))
}

fn not_withdrawn(case: &Case<'_>, index: usize, event: &Event) -> Option<Breach> {
    let withdrawable = case.marks.withdrawable;
    if withdrawable.is_some_and(|first| first <= event.returned) {
        return None;
    }
    let explanation = format!(
        "Item {} was shown as withdrawn to user {} at {}, but nobody can have withdrawn it by then.",
        case.item.0, event.actor.0, event.returned
    );
    Some(Breach::new(explanation, [index]))
}

#[cfg(test)]
mod tests;
