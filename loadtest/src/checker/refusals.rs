//! Nothing is refused before something can have caused it.
//!
//! `key_conflict` is judged with the keys.

use super::Rule;
use super::case::Case;
use super::findings::{Breach, Findings};
use super::winners::Who;
use crate::history::{Bought, Call, Event, KeyId, Price, Refusal};

/// Judges the refusals to sell an item.
pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    for (index, event) in case.calls() {
        if let Call::Buy {
            price,
            key,
            outcome: Bought::Refused(refusal),
            ..
        } = event.call
        {
            judge_one(case, (index, event), (price, key), refusal, findings);
        }
    }
}

fn judge_one(
    case: &Case<'_>,
    (index, event): (usize, &Event),
    (price, key): (Price, KeyId),
    refusal: Refusal,
    findings: &mut Findings,
) {
    let objection = match refusal {
        Refusal::AlreadySold { yours } => nobody_had_won(case, event, key, yours),
        Refusal::Withdrawn => nobody_had_withdrawn(case, event),
        Refusal::PriceChanged(now) => price_stood(case, event, price, now),
        Refusal::OwnItem => is_somebody_elses(case, event),
        Refusal::NotFound => was_listed(case, event),
        Refusal::KeyConflict | Refusal::Transient | Refusal::Other => return,
    };
    let breach = objection.map(|objection| {
        let explanation = format!(
            "User {} was refused item {} with {refusal} at {}, but {objection}.",
            event.actor.0, case.item.0, event.returned
        );
        Breach::new(explanation, [index])
    });
    findings.note(Rule::RefusalHasCause, breach);
}

fn nobody_had_won(case: &Case<'_>, event: &Event, key: KeyId, yours: bool) -> Option<&'static str> {
    let (who, objection) = if yours {
        let who = Who::Themselves(event.actor, key);
        (
            who,
            "no purchase of theirs with another key can have been made by then",
        )
    } else {
        let who = Who::Another(event.actor);
        (who, "nobody else can have bought it by then")
    };
    let caused = case.winners.may_have_won(who, event.returned);
    (!caused).then_some(objection)
}

fn nobody_had_withdrawn(case: &Case<'_>, event: &Event) -> Option<&'static str> {
    let withdrawable = case.marks.withdrawable;
    let caused = withdrawable.is_some_and(|first| first <= event.returned);
    (!caused).then_some("nobody can have withdrawn it by then")
}

fn price_stood(case: &Case<'_>, event: &Event, price: Price, now: Price) -> Option<&'static str> {
    if now == price {
        Some("that is the price that was asked for")
    } else if !case.prices.possible(now, event.invoked, event.returned) {
        Some("it never cost that during the call")
    } else if case.marks.gone_before(event).is_some() {
        Some("it was no longer for sale at any price")
    } else {
        None
    }
}

fn is_somebody_elses(case: &Case<'_>, event: &Event) -> Option<&'static str> {
    let others = case.owner.is_some_and(|owner| owner != event.actor);
    others.then_some("it belongs to somebody else")
}

fn was_listed(case: &Case<'_>, event: &Event) -> Option<&'static str> {
    let listed = case.marks.listed;
    let there = listed.is_some_and(|listed| listed < event.invoked);
    there.then_some("it had been put up for sale before")
}

#[cfg(test)]
mod tests;
