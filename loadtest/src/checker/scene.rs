//! Histories for the tests of the rules, told call by call.

use super::{Rule, check};
use crate::history::{
    Actor, Bought, BuyerView, Call, Event, History, Inbox, Item, KeyId, Ledger, MessageId, Moment,
    Outcome, Price, Refusal, SellerView, State, StoredSale,
};

/// From when to when a call takes.
type Span = (u64, u64);

/// A market in which user 0 put item 0 up for sale at 100, from moment 0 to moment 1.
pub(super) struct Scene(History);

/// A confirmation.
pub(super) fn confirmed(price: u32, digest: u64) -> Bought {
    Bought::Confirmed {
        price: Price(price),
        digest,
    }
}

/// The refusals that every test knows.
pub(super) const SOLD: Bought = Bought::Refused(Refusal::AlreadySold { yours: false });
pub(super) const YOURS: Bought = Bought::Refused(Refusal::AlreadySold { yours: true });
pub(super) const BOUGHT: Bought = Bought::Confirmed {
    price: Price(100),
    digest: 7,
};

/// A stored sale of item 0 at 100.
pub(super) fn row(buyer: u32, key: u32) -> StoredSale {
    StoredSale {
        item: Item(0),
        buyer: Some(Actor(buyer)),
        price: Price(100),
        key: Some(KeyId(key)),
    }
}

/// A stored sale of item 0 to somebody who is not an actor of the run.
pub(super) fn strangers_row() -> StoredSale {
    StoredSale {
        buyer: None,
        key: None,
        ..row(0, 0)
    }
}

impl Scene {
    pub(super) fn new() -> Self {
        Self(History::default()).sell(0, (0, 1), 100)
    }

    pub(super) fn call(mut self, actor: u32, (invoked, returned): Span, call: Call) -> Self {
        self.0.events.push(Event {
            actor: Actor(actor),
            invoked: Moment(invoked),
            returned: Moment(returned),
            call,
        });
        self
    }

    /// Another item; the first has number 0.
    pub(super) fn sell(mut self, seller: u32, span: Span, price: u32) -> Self {
        let item = Item(u32::try_from(self.0.owners.len()).unwrap());
        self.0.owners.push(Actor(seller));
        let price = Price(price);
        self.call(seller, span, Call::Sell { item, price })
    }

    /// Buys item 0 at 100.
    pub(super) fn buy(self, actor: u32, span: Span, key: u32, outcome: Bought) -> Self {
        self.buy_at(actor, span, key, (0, 100), outcome)
    }

    pub(super) fn buy_at(
        self,
        actor: u32,
        span: Span,
        key: u32,
        (item, price): (u32, u32),
        outcome: Bought,
    ) -> Self {
        let call = Call::Buy {
            item: Item(item),
            price: Price(price),
            key: KeyId(key),
            outcome,
        };
        self.call(actor, span, call)
    }

    pub(super) fn edit(self, span: Span, price: u32, outcome: Outcome) -> Self {
        let (item, price) = (Item(0), Price(price));
        let call = Call::Edit {
            item,
            price,
            outcome,
        };
        self.call(0, span, call)
    }

    pub(super) fn withdraw(self, span: Span, outcome: Outcome) -> Self {
        let item = Item(0);
        self.call(0, span, Call::Withdraw { item, outcome })
    }

    pub(super) fn see(self, span: Span, state: State) -> Self {
        let item = Item(0);
        self.call(9, span, Call::See { item, state })
    }

    /// User 1 writes to user 2.
    pub(super) fn send(self, span: Span, message: u32, outcome: Outcome) -> Self {
        let call = Call::Send {
            to: Actor(2),
            message: MessageId(message),
            outcome,
        };
        self.call(1, span, call)
    }

    pub(super) fn crash(mut self, moment: u64) -> Self {
        self.0.crashes.push(Moment(moment));
        self
    }

    pub(super) fn ledger(mut self, taken: u64, sales: &[StoredSale]) -> Self {
        self.0.ledgers.push(Ledger {
            taken: Moment(taken),
            sales: sales.to_vec(),
        });
        self
    }

    /// What the seller of item 0 sees.
    pub(super) fn seller_sees(mut self, state: State, price: u32, buyer: Option<u32>) -> Self {
        let views = self.0.seller_views.get_or_insert_default();
        views.push(SellerView {
            seller: Actor(0),
            item: Item(0),
            state,
            price: Price(price),
            buyer: buyer.map(Actor),
        });
        self
    }

    /// What a buyer of item 0 sees.
    pub(super) fn buyer_sees(mut self, buyer: u32, price: u32, digest: u64) -> Self {
        let views = self.0.buyer_views.get_or_insert_default();
        views.push(BuyerView {
            buyer: Actor(buyer),
            item: Item(0),
            price: Price(price),
            digest,
        });
        self
    }

    /// What user 2 has of user 1.
    pub(super) fn inbox(mut self, messages: &[Option<u32>]) -> Self {
        let inboxes = self.0.inboxes.get_or_insert_default();
        inboxes.push(Inbox {
            reader: Actor(2),
            sender: Actor(1),
            messages: messages.iter().map(|id| id.map(MessageId)).collect(),
        });
        self
    }

    pub(super) fn change(mut self, change: impl FnOnce(&mut History)) -> Self {
        change(&mut self.0);
        self
    }

    pub(super) fn history(self) -> History {
        self.0
    }

    /// The rules that it breaks.
    pub(super) fn breaks(&self) -> Vec<Rule> {
        let verdict = check(&self.0);
        let broken = verdict.tallies.iter().filter(|tally| tally.broken > 0);
        let rules: Vec<Rule> = broken.map(|tally| tally.rule).collect();
        let shown = |rule: &Rule| verdict.violations.iter().any(|shown| shown.rule == *rule);
        assert!(rules.iter().all(shown), "{verdict:?}");
        rules
    }

    /// How often a rule was applied.
    pub(super) fn checked(&self, rule: Rule) -> u64 {
        check(&self.0).tallies[rule.index()].checked
    }
}
