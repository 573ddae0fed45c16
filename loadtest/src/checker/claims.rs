//! Purchases that were or may have been made.

use super::groups::Groups;
use crate::history::{Actor, Bought, Call, History, Item, KeyId, Moment, Price};

/// All calls of one actor with one key for one item at one price that were confirmed or whose
/// outcome is unknown. In a correct market they made one purchase, or none if none was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) item: Item,
    pub(super) actor: Actor,
    pub(super) key: KeyId,
    /// The price that the requests named.
    pub(super) price: Price,
    /// It cannot have been made before this.
    pub(super) invoked: Moment,
    /// The first call that may have made it.
    pub(super) event: usize,
    /// The confirmation that came first, if any did.
    pub(super) confirmed: Option<Confirmed>,
}

/// A confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Confirmed {
    /// The purchase had been made by then.
    pub(super) returned: Moment,
    pub(super) event: usize,
    /// The price that it says.
    pub(super) price: Price,
    pub(super) digest: u64,
}

/// The claims of all items.
pub(super) struct Claims {
    /// In the order of their items, then of actor, key and price.
    claims: Vec<Claim>,
    /// Where each item's claims begin; one more at the end.
    starts: Vec<usize>,
}

impl Claims {
    pub(super) fn new(history: &History, by_item: &Groups) -> Self {
        let mut claims = Vec::new();
        let mut starts = vec![0];
        for events in by_item.iter() {
            collect(history, events, &mut claims);
            starts.push(claims.len());
        }
        Self { claims, starts }
    }

    /// The claims on an item, by actor, key and price.
    pub(super) fn of(&self, item: Item) -> &[Claim] {
        let bounds = self
            .starts
            .get(item.index()..item.index().saturating_add(2));
        bounds.map_or(&[], |bounds| &self.claims[bounds[0]..bounds[1]])
    }

    /// The claims of one actor on an item.
    pub(super) fn of_actor(&self, item: Item, actor: Actor) -> impl Iterator<Item = &Claim> {
        let claims = self.of(item);
        let start = claims.partition_point(|claim| claim.actor < actor);
        claims[start..]
            .iter()
            .take_while(move |claim| claim.actor == actor)
    }

    /// Those that were confirmed.
    pub(super) fn confirmed(&self) -> impl Iterator<Item = (&Claim, Confirmed)> {
        self.claims.iter().filter_map(with_confirmation)
    }
}

/// A claim with its confirmation, if it has one.
pub(super) fn with_confirmation(claim: &Claim) -> Option<(&Claim, Confirmed)> {
    claim.confirmed.map(|confirmed| (claim, confirmed))
}

/// The claim that a call makes by itself.
fn claim(history: &History, index: usize) -> Option<Claim> {
    let event = &history.events[index];
    let Call::Buy {
        item,
        price,
        key,
        outcome,
    } = event.call
    else {
        return None;
    };
    let confirmed = match outcome {
        Bought::Confirmed { price, digest } => Some(Confirmed {
            returned: event.returned,
            event: index,
            price,
            digest,
        }),
        Bought::Unknown => None,
        Bought::Refused(_) => return None,
    };
    Some(Claim {
        item,
        actor: event.actor,
        key,
        price,
        invoked: event.invoked,
        event: index,
        confirmed,
    })
}

/// Adds the claims of an item's events.
fn collect(history: &History, events: &[usize], claims: &mut Vec<Claim>) {
    let new = claims.len();
    claims.extend(events.iter().filter_map(|index| claim(history, *index)));
    claims[new..].sort_unstable_by_key(|claim| (identity(claim), claim.event));
    let mut kept = new;
    for index in new..claims.len() {
        let claim = claims[index];
        if kept > new && identity(&claims[kept - 1]) == identity(&claim) {
            claims[kept - 1].merge(&claim);
        } else {
            claims[kept] = claim;
            kept += 1;
        }
    }
    claims.truncate(kept);
}

fn identity(claim: &Claim) -> (Actor, KeyId, Price) {
    (claim.actor, claim.key, claim.price)
}

impl Claim {
    fn merge(&mut self, other: &Self) {
        if other.invoked < self.invoked {
            self.invoked = other.invoked;
            self.event = other.event;
        }
        let earlier = |new: &Confirmed| {
            self.confirmed
                .is_none_or(|known| new.returned < known.returned)
        };
        if let Some(new) = other.confirmed.filter(earlier) {
            self.confirmed = Some(new);
        }
    }

    /// The first call and the confirmation, for a breach to point to.
    pub(super) fn events(&self) -> impl Iterator<Item = usize> + use<> {
        let confirmation = self.confirmed.map(|confirmed| confirmed.event);
        let first = Some(self.event).filter(|event| Some(*event) != confirmation);
        first.into_iter().chain(confirmation)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, confirmed};
    use super::*;
    use crate::history::Refusal;

    #[test]
    fn calls_with_one_key_are_one_claim_from_the_first_call_to_the_first_confirmation() {
        let history = Scene::new()
            .buy(1, (50, 60), 5, confirmed(100, 7))
            .buy(1, (10, 20), 5, Bought::Unknown)
            .buy(1, (30, 40), 5, confirmed(100, 7))
            .buy(1, (5, 6), 5, Bought::Refused(Refusal::Transient))
            .buy(1, (1, 2), 6, Bought::Unknown)
            .buy(2, (1, 2), 5, Bought::Unknown)
            .history();
        let claims = Claims::new(&history, &Groups::by_item(&history.events));
        assert_eq!(claims.of(Item(0)).len(), 3);
        assert_eq!(claims.of(Item(1)), []);
        let own: Vec<&Claim> = claims.of_actor(Item(0), Actor(1)).collect();
        assert_eq!(own.len(), 2);
        assert_eq!(own[0].invoked, Moment(10));
        assert_eq!(own[0].confirmed.unwrap().returned, Moment(40));
        assert_eq!(own[1].confirmed, None);
        assert_eq!(claims.confirmed().count(), 1);
        assert_eq!(own[0].events().collect::<Vec<_>>(), [2, 3]);
    }
}
