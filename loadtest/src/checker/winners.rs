//! Who may have bought an item, and from when on.

use super::claims::Claim;
use super::ending::Ending;
use super::first_two::FirstTwo;
use crate::history::{Actor, KeyId, Moment};

/// The possible winners of an item, with the first moment at which each can have won.
///
/// Where a confirmation or the last ledger names the winner, nobody else can have won: an unknown
/// purchase beside a confirmed one was not made. Two confirmed purchases break a rule of their own.
pub(super) struct Winners {
    anybody: FirstTwo<Actor>,
    /// In the order of the actors.
    by_actor: Vec<(Actor, FirstTwo<KeyId>)>,
    /// Nobody had won by this moment, says the last ledger.
    nobody_by: Option<Moment>,
    /// A stranger bought it, and may have done so at any time.
    stranger: bool,
}

/// Whose purchase is asked about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who {
    Anybody,
    /// Anybody but this actor.
    Another(Actor),
    /// This actor, with another key than this.
    Themselves(Actor, KeyId),
}

impl Winners {
    pub(super) fn new(claims: &[Claim], ending: Ending) -> Self {
        let mut winners = Self {
            anybody: FirstTwo::default(),
            by_actor: Vec::new(),
            nobody_by: None,
            stranger: ending == Ending::Stranger,
        };
        let confirmed = |claim: &Claim| claim.confirmed.is_some();
        let stored = |claim: &Claim| is_stored(claim, ending);
        if claims.iter().any(confirmed) {
            winners.add_all(claims, confirmed);
        } else if claims.iter().any(stored) {
            winners.add_all(claims, stored);
        } else {
            winners.add_all(claims, |_| true);
            if let Ending::Unsold(taken) = ending {
                winners.nobody_by = Some(taken);
            }
        }
        winners
    }

    /// The claims are in the order of their actors.
    fn add_all(&mut self, claims: &[Claim], may_win: impl Fn(&Claim) -> bool) {
        for claim in claims.iter().filter(|claim| may_win(claim)) {
            self.anybody.add(claim.invoked, claim.actor);
            if self.by_actor.last().map(|(actor, _)| *actor) != Some(claim.actor) {
                self.by_actor.push((claim.actor, FirstTwo::default()));
            }
            if let Some((_, keys)) = self.by_actor.last_mut() {
                keys.add(claim.invoked, claim.key);
            }
        }
    }

    /// Whether one of these may have won at `by` or before.
    pub(super) fn may_have_won(&self, who: Who, by: Moment) -> bool {
        if self.stranger {
            return true;
        }
        if self.nobody_by.is_some_and(|taken| by < taken) {
            return false;
        }
        let first = match who {
            Who::Anybody => self.anybody.earliest(),
            Who::Another(actor) => self.anybody.earliest_except(actor),
            Who::Themselves(actor, key) => self.keys_of(actor).and_then(|k| k.earliest_except(key)),
        };
        first.is_some_and(|first| first <= by)
    }

    fn keys_of(&self, actor: Actor) -> Option<&FirstTwo<KeyId>> {
        let place = self.by_actor.binary_search_by_key(&actor, |(of, _)| *of);
        place.ok().map(|place| &self.by_actor[place].1)
    }
}

fn is_stored(claim: &Claim, ending: Ending) -> bool {
    match ending {
        Ending::Sold(sale) => {
            sale.buyer == Some(claim.actor)
                && sale.key == Some(claim.key)
                && sale.price == claim.price
        }
        Ending::NotKnown | Ending::Unsold(_) | Ending::Stranger => false,
    }
}
