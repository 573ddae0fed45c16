//! A key makes one purchase and gives the same confirmation however often it is sent.
//!
//! Keys are unique for each user only: the same bytes from two users are two keys.

use super::Rule;
use super::findings::{Breach, Findings};
use super::first_two::FirstTwo;
use super::groups::Groups;
use crate::history::{Actor, Bought, Call, Event, History, Item, KeyId, Moment, Price, Refusal};

/// A call with a key.
#[derive(Debug, Clone, Copy)]
struct Use {
    index: usize,
    actor: Actor,
    key: KeyId,
    item: Item,
    price: Price,
    invoked: Moment,
    returned: Moment,
    outcome: Bought,
}

/// Judges every key.
pub(super) fn judge(history: &History, findings: &mut Findings) {
    let events = &history.events;
    let by_key = Groups::new(events.len(), |index| {
        use_of(index, &events[index]).map(|used| used.key.index())
    });
    for indices in by_key.iter() {
        let uses = indices.iter();
        let mut uses: Vec<Use> = uses.filter_map(|i| use_of(*i, &events[*i])).collect();
        uses.sort_unstable_by_key(|used| (used.actor, used.item, used.price, used.index));
        for uses in uses.chunk_by(|one, other| one.actor == other.actor) {
            judge_key(uses, findings);
        }
    }
}

fn use_of(index: usize, event: &Event) -> Option<Use> {
    let Call::Buy {
        item,
        price,
        key,
        outcome,
    } = event.call
    else {
        return None;
    };
    Some(Use {
        index,
        actor: event.actor,
        key,
        item,
        price,
        invoked: event.invoked,
        returned: event.returned,
        outcome,
    })
}

impl Use {
    fn purchase(&self) -> (Item, Price) {
        (self.item, self.price)
    }

    fn is_confirmed(&self) -> bool {
        matches!(self.outcome, Bought::Confirmed { .. })
    }

    fn may_have_bought(&self) -> bool {
        self.is_confirmed() || self.outcome == Bought::Unknown
    }
}

/// Judges the uses of one key by one actor, which are in the order of their purchases.
fn judge_key(uses: &[Use], findings: &mut Findings) {
    let mut made = Vec::new();
    let mut purchases = 0;
    for uses in uses.chunk_by(|one, other| one.purchase() == other.purchase()) {
        purchases += 1;
        let confirmed = uses.iter().filter(|used| used.is_confirmed());
        let Some(first) = confirmed.min_by_key(|used| used.returned) else {
            continue;
        };
        made.push(first);
        if uses.len() > 1 {
            findings.note(Rule::KeyKeepsItsReply, forgotten(uses, first));
        }
    }
    if purchases > 1 && !made.is_empty() {
        findings.note(Rule::KeyIsForOnePurchase, reused(&made));
    }
    judge_conflicts(uses, findings);
}

/// A repetition of a confirmed purchase that was answered in another way.
fn forgotten(uses: &[Use], first: &Use) -> Option<Breach> {
    let other = uses.iter().find(|used| !agrees(used, first))?;
    let explanation = format!(
        "User {} bought item {} with key {}, as was confirmed at {}; the same request, made from {} \
         to {}, was answered differently.",
        first.actor.0, first.item.0, first.key.0, first.returned, other.invoked, other.returned
    );
    Some(Breach::new(explanation, [first.index, other.index]))
}

fn agrees(used: &Use, first: &Use) -> bool {
    match used.outcome {
        Bought::Confirmed { .. } => used.outcome == first.outcome,
        // If it was sold to anybody else then the confirmation is wrong; if it was sold to this
        // purchase then the refusal is. So not even an overlap excuses it.
        Bought::Refused(Refusal::AlreadySold { .. }) => false,
        Bought::Refused(Refusal::Transient | Refusal::Other) | Bought::Unknown => true,
        Bought::Refused(
            Refusal::PriceChanged(_)
            | Refusal::OwnItem
            | Refusal::Withdrawn
            | Refusal::NotFound
            | Refusal::KeyConflict,
        ) => used.invoked <= first.returned,
    }
}

fn reused(made: &[&Use]) -> Option<Breach> {
    let [first, second, ..] = made else {
        return None;
    };
    let explanation = format!(
        "User {} used key {} for item {} at {} and for item {} at {}, and both were confirmed.",
        first.actor.0, first.key.0, first.item.0, first.price, second.item.0, second.price
    );
    Some(Breach::new(explanation, made.iter().map(|used| used.index)))
}

/// `key_conflict` needs another purchase that the key may have made by then.
fn judge_conflicts(uses: &[Use], findings: &mut Findings) {
    let is_conflict = |used: &&Use| used.outcome == Bought::Refused(Refusal::KeyConflict);
    if !uses.iter().any(|used| is_conflict(&used)) {
        return;
    }
    let mut first = FirstTwo::default();
    for used in uses.iter().filter(|used| used.may_have_bought()) {
        first.add(used.invoked, used.purchase());
    }
    for used in uses.iter().filter(is_conflict) {
        let cause = first.earliest_except(used.purchase());
        let caused = cause.is_some_and(|cause| cause <= used.returned);
        findings.note(Rule::RefusalHasCause, (!caused).then(|| no_conflict(used)));
    }
}

fn no_conflict(used: &Use) -> Breach {
    let explanation = format!(
        "User {} was refused item {} with key_conflict at {}, but key {} can have made no other \
         purchase by then.",
        used.actor.0, used.item.0, used.returned, used.key.0
    );
    Breach::new(explanation, [used.index])
}

#[cfg(test)]
mod tests;
