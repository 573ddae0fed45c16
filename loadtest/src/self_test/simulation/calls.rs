//! The way of a call: invoked, carried out, answered or given up.

use super::{DELAY_UNITS, InFlight, Simulation, Task};
use crate::history::{Actor, Bought, Call, Outcome, Refusal};
use crate::self_test::market::Purchase;

impl Simulation {
    pub(super) fn invoke(&mut self, actor: Actor, call: Call) {
        let id = self.calls.len();
        let is_sell = matches!(call, Call::Sell { .. });
        let lost = !is_sell && self.dice.chance(self.settings.lost_percent);
        self.calls.push(InFlight {
            actor,
            invoked: self.now,
            call,
            over: false,
            dead: false,
            lost,
        });
        if !lost {
            self.after(0, DELAY_UNITS, Task::Execute(id));
            return;
        }
        self.after(0, 2 * DELAY_UNITS, Task::GiveUp(id));
        match self.dice.below(4) {
            0 => {}
            1 => self.strays.push(id),
            _ => self.after(0, 8 * DELAY_UNITS, Task::Execute(id)),
        }
    }

    /// Carries out a call, and sends the answer on its way.
    pub(super) fn execute(&mut self, id: usize) {
        let InFlight {
            actor, call, dead, ..
        } = self.calls[id];
        if dead {
            return;
        }
        let answer = self.answer(actor, call);
        match answer {
            Some(answer) => self.reply(id, answer),
            None => self.after(0, 2 * DELAY_UNITS, Task::Finish(id)),
        }
    }

    pub(super) fn finish(&mut self, id: usize) {
        let InFlight {
            actor, call, dead, ..
        } = self.calls[id];
        if let (false, Some(purchase)) = (dead, purchase(actor, call)) {
            let outcome = self.market.act(&purchase);
            self.reply(id, with_outcome(call, outcome));
        }
    }

    fn reply(&mut self, id: usize, answer: Call) {
        if !self.calls[id].lost {
            self.calls[id].call = answer;
            self.after(0, DELAY_UNITS, Task::Return(id));
        }
    }

    /// The call with its outcome; `None` if it takes another step.
    fn answer(&mut self, actor: Actor, call: Call) -> Option<Call> {
        let answer = match call {
            Call::Sell { item, price } => {
                self.market.market.list(actor, item, price);
                let owners = &mut self.history.owners;
                if owners.len() <= item.index() {
                    owners.resize(item.index() + 1, actor);
                }
                owners[item.index()] = actor;
                call
            }
            Call::Edit { item, price, .. } => Call::Edit {
                item,
                price,
                outcome: self.market.market.edit(item, price),
            },
            Call::Withdraw { item, .. } => Call::Withdraw {
                item,
                outcome: self.market.market.withdraw(item),
            },
            Call::Buy { .. } => return self.buy(actor, call),
            Call::See { item, .. } => Call::See {
                item,
                state: self.market.see(item)?,
            },
            Call::Send { to, message, .. } => {
                let astray = Actor((to.0 + 1) % self.settings.actors);
                let away = self.dice.chance(15);
                Call::Send {
                    to,
                    message,
                    outcome: self.market.send((actor, to, astray), message, away),
                }
            }
        };
        Some(answer)
    }

    fn buy(&mut self, actor: Actor, call: Call) -> Option<Call> {
        let purchase = purchase(actor, call)?;
        let outcome = match self.dice.below(100) {
            0..4 => Bought::Refused(Refusal::Transient),
            4 => Bought::Refused(Refusal::Other),
            _ => self.market.buy(&purchase, self.now)?,
        };
        Some(with_outcome(call, outcome))
    }

    /// The caller reads the answer.
    pub(super) fn hear(&mut self, id: usize) {
        let InFlight {
            actor, call, lost, ..
        } = self.calls[id];
        if lost {
            return;
        }
        self.calls[id].over = true;
        self.record(id, call);
        if let Call::Buy {
            outcome: Bought::Confirmed { .. },
            ..
        } = call
        {
            let unanswered = with_outcome(call, Bought::Unknown);
            self.people[actor.index()].bought.push(unanswered);
        }
        self.after(0, DELAY_UNITS, Task::Wake(actor));
    }

    /// The caller will never know; unless it was only a look, that is worth recording.
    pub(super) fn give_up(&mut self, id: usize) {
        let InFlight {
            actor, call, over, ..
        } = self.calls[id];
        if over {
            return;
        }
        self.calls[id].over = true;
        if let Some(call) = unanswered(call) {
            self.record(id, call);
            self.people[actor.index()].doubtful = Some(call);
        }
        self.after(0, DELAY_UNITS, Task::Wake(actor));
    }
}

fn purchase(buyer: Actor, call: Call) -> Option<Purchase> {
    let Call::Buy {
        item, price, key, ..
    } = call
    else {
        return None;
    };
    Some(Purchase {
        buyer,
        item,
        price,
        key,
    })
}

fn with_outcome(call: Call, outcome: Bought) -> Call {
    match call {
        Call::Buy {
            item, price, key, ..
        } => Call::Buy {
            item,
            price,
            key,
            outcome,
        },
        Call::Sell { .. }
        | Call::Edit { .. }
        | Call::Withdraw { .. }
        | Call::See { .. }
        | Call::Send { .. } => call,
    }
}

/// A call that was never answered; `None` for those that changed nothing or never stay unanswered.
fn unanswered(call: Call) -> Option<Call> {
    let outcome = Outcome::Unknown;
    match call {
        Call::Sell { .. } | Call::See { .. } => None,
        Call::Buy { .. } => Some(with_outcome(call, Bought::Unknown)),
        Call::Edit { item, price, .. } => Some(Call::Edit {
            item,
            price,
            outcome,
        }),
        Call::Withdraw { item, .. } => Some(Call::Withdraw { item, outcome }),
        Call::Send { to, message, .. } => Some(Call::Send {
            to,
            message,
            outcome,
        }),
    }
}
