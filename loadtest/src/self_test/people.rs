//! What the actors of the simulation want next.

use super::broken::Broken;
use super::dice::Dice;
use super::market::Product;
use super::settings::Settings;
use crate::history::{Actor, Bought, Call, Item, KeyId, MessageId, Outcome, Price, State};

/// How many of the items listed last people prefer: what makes them race.
const HOT_ITEMS: usize = 3;

/// One actor.
#[derive(Default)]
pub(super) struct Person {
    /// A call whose outcome is unknown, which will be repeated.
    pub(super) doubtful: Option<Call>,
    /// Purchases that were confirmed.
    pub(super) bought: Vec<Call>,
}

/// Numbers that were not used before.
#[derive(Default)]
pub(super) struct Counters {
    items: u32,
    keys: u32,
    messages: u32,
}

fn next(counter: &mut u32) -> u32 {
    *counter += 1;
    *counter - 1
}

/// What somebody decides by.
pub(super) struct Mind<'a> {
    pub(super) actor: Actor,
    pub(super) person: &'a mut Person,
    pub(super) market: &'a Broken,
    pub(super) counters: &'a mut Counters,
    pub(super) dice: &'a mut Dice,
    pub(super) settings: &'a Settings,
}

impl Mind<'_> {
    /// What the actor calls next. The outcome in it stands for none yet.
    pub(super) fn decide(&mut self) -> Call {
        if let Some(call) = self.person.doubtful.take()
            && self.dice.chance(70)
        {
            return call;
        }
        match self.dice.below(100) {
            0..7 => self.sell(),
            7..17 => self.edit(),
            17..20 => self.withdraw(),
            20..24 => self.repeat(),
            24..28 => self.reuse_key(),
            28..66 => self.buy(),
            66..86 => self.see(),
            _ => self.send(),
        }
    }

    pub(super) fn sell(&mut self) -> Call {
        Call::Sell {
            item: Item(next(&mut self.counters.items)),
            price: self.price(),
        }
    }

    fn edit(&mut self) -> Call {
        let price = self.price();
        match self.own() {
            Some(product) => Call::Edit {
                item: product.item,
                price,
                outcome: Outcome::Unknown,
            },
            None => self.send(),
        }
    }

    fn withdraw(&mut self) -> Call {
        match self.own() {
            Some(product) => Call::Withdraw {
                item: product.item,
                outcome: Outcome::Unknown,
            },
            None => self.send(),
        }
    }

    /// Sends a confirmed purchase once more.
    fn repeat(&mut self) -> Call {
        match self.dice.pick(&self.person.bought) {
            Some(call) => call,
            None => self.buy(),
        }
    }

    /// Uses the key of a confirmed purchase for another item.
    fn reuse_key(&mut self) -> Call {
        match (self.dice.pick(&self.person.bought), self.buy()) {
            (
                Some(Call::Buy { key, .. }),
                Call::Buy {
                    item,
                    price,
                    outcome,
                    ..
                },
            ) => Call::Buy {
                item,
                price,
                key,
                outcome,
            },
            (_, call) => call,
        }
    }

    fn buy(&mut self) -> Call {
        let Some(product) = self.any() else {
            return self.send();
        };
        let price = match self.dice.below(100) {
            0..25 => product.old_price,
            25..28 => self.price(),
            _ => product.price,
        };
        Call::Buy {
            item: product.item,
            price,
            key: KeyId(next(&mut self.counters.keys)),
            outcome: Bought::Unknown,
        }
    }

    fn see(&mut self) -> Call {
        match self.any() {
            Some(product) => Call::See {
                item: product.item,
                state: State::Sold,
            },
            None => self.send(),
        }
    }

    fn send(&mut self) -> Call {
        Call::Send {
            to: self.another(),
            message: MessageId(next(&mut self.counters.messages)),
            outcome: Outcome::Unknown,
        }
    }

    fn price(&mut self) -> Price {
        Price(self.dice.between(50, 60))
    }

    /// Somebody else; few, so that conversations get long.
    fn another(&mut self) -> Actor {
        let step = self.dice.between(1, 3);
        Actor((self.actor.0 + step) % self.settings.actors)
    }

    fn own(&mut self) -> Option<Product> {
        let products = self.market.market.products().iter();
        let own = products.filter(|product| product.owner == self.actor);
        let for_sale: Vec<Product> = own
            .filter(|product| product.is_for_sale())
            .copied()
            .collect();
        self.dice.pick(&for_sale)
    }

    fn any(&mut self) -> Option<Product> {
        let products = self.market.market.products();
        let hot = products.len().saturating_sub(HOT_ITEMS);
        let from = if self.dice.chance(60) { hot } else { 0 };
        self.dice.pick(&products[from..])
    }
}
