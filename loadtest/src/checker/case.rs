//! Everything that is known of one item, put together once for all rules.

use super::claims::Claim;
use super::ending::Ending;
use super::prices::Prices;
use super::winners::Winners;
use crate::history::{Actor, Bought, Call, Event, History, Item, Moment, Outcome, Refusal, State};

/// An item.
pub(super) struct Case<'a> {
    pub(super) history: &'a History,
    pub(super) item: Item,
    /// The calls about it, as indices.
    pub(super) events: &'a [usize],
    pub(super) claims: &'a [Claim],
    pub(super) ending: Ending,
    pub(super) winners: Winners,
    pub(super) prices: Prices,
    pub(super) owner: Option<Actor>,
    pub(super) marks: Marks,
}

/// Moments in the life of an item. All are the earliest of their kind.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Marks {
    /// It was surely there.
    pub(super) listed: Option<Moment>,
    /// It may have been edited.
    pub(super) edited: Option<Moment>,
    /// It may have been withdrawn.
    pub(super) withdrawable: Option<Moment>,
    /// It was surely sold, as somebody was told.
    pub(super) sold: Option<Mark>,
    /// It was surely withdrawn, as somebody was told.
    pub(super) withdrawn: Option<Mark>,
}

/// What an answer says had come about when it arrived.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) moment: Moment,
    pub(super) event: usize,
}

impl<'a> Case<'a> {
    pub(super) fn new(
        history: &'a History,
        item: Item,
        events: &'a [usize],
        claims: &'a [Claim],
        ending: Ending,
    ) -> Self {
        Self {
            history,
            item,
            events,
            claims,
            ending,
            winners: Winners::new(claims, ending),
            prices: Prices::new(history, events),
            owner: history.owners.get(item.index()).copied(),
            marks: Marks::new(history, events),
        }
    }

    /// The calls about it, with their indices.
    pub(super) fn calls(&self) -> impl Iterator<Item = (usize, &'a Event)> {
        let history = self.history;
        self.events
            .iter()
            .map(move |index| (*index, &history.events[*index]))
    }
}

impl Marks {
    fn new(history: &History, events: &[usize]) -> Self {
        let mut marks = Self::default();
        for index in events {
            marks.take(*index, &history.events[*index]);
        }
        marks
    }

    fn take(&mut self, index: usize, event: &Event) {
        match event.call {
            Call::Sell { .. } => least(&mut self.listed, event.returned),
            Call::Edit { outcome, .. } => {
                if outcome != Outcome::Refused {
                    least(&mut self.edited, event.invoked);
                }
            }
            Call::Withdraw { outcome, .. } => {
                if outcome != Outcome::Refused {
                    least(&mut self.withdrawable, event.invoked);
                }
            }
            Call::Buy { .. } | Call::See { .. } | Call::Send { .. } => {}
        }
        if says_sold(&event.call) {
            first(&mut self.sold, index, event.returned);
        }
        if says_withdrawn(&event.call) {
            first(&mut self.withdrawn, index, event.returned);
        }
    }

    /// What made it surely no longer for sale, first of all.
    pub(super) fn gone(&self) -> Option<Mark> {
        let marks = self.sold.into_iter().chain(self.withdrawn);
        marks.min_by_key(|mark| mark.moment)
    }

    /// The call after whose return this one began, and which says that the item was gone.
    pub(super) fn gone_before(&self, event: &Event) -> Option<Mark> {
        self.gone().filter(|mark| mark.moment < event.invoked)
    }
}

fn says_sold(call: &Call) -> bool {
    match call {
        Call::Buy { outcome, .. } => matches!(
            outcome,
            Bought::Confirmed { .. } | Bought::Refused(Refusal::AlreadySold { .. })
        ),
        Call::See { state, .. } => *state == State::Sold,
        Call::Sell { .. } | Call::Edit { .. } | Call::Withdraw { .. } | Call::Send { .. } => false,
    }
}

fn says_withdrawn(call: &Call) -> bool {
    match call {
        Call::Withdraw { outcome, .. } => *outcome == Outcome::Done,
        Call::Buy { outcome, .. } => *outcome == Bought::Refused(Refusal::Withdrawn),
        Call::See { state, .. } => *state == State::Withdrawn,
        Call::Sell { .. } | Call::Edit { .. } | Call::Send { .. } => false,
    }
}

fn least(known: &mut Option<Moment>, new: Moment) {
    *known = Some(known.map_or(new, |known| known.min(new)));
}

fn first(known: &mut Option<Mark>, event: usize, moment: Moment) {
    if known.is_none_or(|known| moment < known.moment) {
        *known = Some(Mark { moment, event });
    }
}
