//! The race: all buyers are let loose on the same item at the same moment, item after item.
//!
//! A barrier holds the buyers until the last of them is ready. With `hold` the server's process is
//! stopped as well until every buyer has written the request, so that all attempts of a round are
//! certain to be in flight together.
//!
//! Winners do two more things that a market must withstand: they send their purchase again with the
//! same key, which must give the same confirmation, and they use that key for another item, which
//! must be refused. And some losers look whether the item is gone from lists and by itself.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

use auboutique_protocol::catalog::ListProducts;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{Done, all};
use crate::context::{Abort, SharedContext, Stopped};
use crate::history::{Item, Moment, Price};
use crate::record::{Request, precise};
use crate::report::Overlap;
use crate::target::{Embedded, TargetError};
use crate::user::User;
use crate::user::actions::Order;

/// Every so many rounds the winner repeats the purchase, and half of that later tries the key on
/// another item.
const REPEAT_EVERY: usize = 4;
/// One buyer in so many looks at the item after an attempt that failed.
const ONLOOKER_EVERY: usize = 32;

/// A race to be run.
pub struct Race {
    /// Who races, connected already.
    pub buyers: Vec<User>,
    /// For what, in this order.
    pub items: Vec<(Item, Price)>,
    /// The server, if it is to be held while a round's requests are written.
    pub hold: Option<Arc<tokio::sync::Mutex<Embedded>>>,
    /// Counts settled attempts.
    pub done: Arc<Done>,
}

/// What the race itself measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Raced {
    /// How much the attempts of an item overlapped.
    pub overlap: Option<Overlap>,
    /// Purchases that winners repeated, and keys that they tried on another item.
    pub repeats: u64,
}

/// What is seen of a round.
struct Round {
    /// When the first answer on the item was read.
    first_answer: AtomicU64,
    /// When each attempt's last byte was written.
    written: Mutex<Vec<Moment>>,
}

/// What the buyers share.
struct Track {
    context: SharedContext,
    items: Vec<(Item, Price)>,
    rounds: Vec<Round>,
    ready: Barrier,
    /// When the server is held.
    held: Option<HeldRound>,
    repeats: AtomicU64,
    done: Arc<Done>,
}

/// What a round waits for when the server is held in it.
struct HeldRound {
    /// The server is held.
    begun: Barrier,
    /// All have written.
    written: Barrier,
}

impl Race {
    /// Runs the race to its end.
    ///
    /// # Errors
    /// The run was given up.
    pub async fn run(self, context: &SharedContext) -> Result<Raced, Stopped> {
        let Self {
            buyers,
            items,
            hold,
            done,
        } = self;
        let waiting = buyers.len() + usize::from(hold.is_some());
        let track = Arc::new(Track {
            context: SharedContext::clone(context),
            rounds: items.iter().map(|_| Round::new()).collect(),
            items,
            ready: Barrier::new(waiting),
            held: hold.is_some().then(|| HeldRound {
                begun: Barrier::new(waiting),
                written: Barrier::new(waiting),
            }),
            repeats: AtomicU64::new(0),
            done,
        });
        let mut tasks = JoinSet::new();
        if let Some(hold) = hold {
            tasks.spawn(Arc::clone(&track).hold(hold));
        }
        for buyer in buyers {
            tasks.spawn(Arc::clone(&track).race(buyer));
        }
        all(context, tasks).await?;
        Ok(Raced {
            overlap: overlap(track.rounds.iter().filter_map(Round::overlap).collect()),
            repeats: track.repeats.load(SeqCst),
        })
    }
}

impl Track {
    /// Holds the server in each round until all have written.
    async fn hold(
        self: Arc<Self>,
        server: Arc<tokio::sync::Mutex<Embedded>>,
    ) -> Result<(), Stopped> {
        let held = self.hold_rounds(&server).await;
        // However that ended, the server must not stay stopped.
        self.control(server.lock().await.release())?;
        held
    }

    async fn hold_rounds(&self, server: &tokio::sync::Mutex<Embedded>) -> Result<(), Stopped> {
        let Some(round) = &self.held else {
            return Ok(());
        };
        for _ in &self.items {
            // Everybody has the answers of the round before.
            self.context.or_stop(self.ready.wait()).await?;
            self.control(server.lock().await.hold())?;
            self.context.or_stop(round.begun.wait()).await?;
            self.context.or_stop(round.written.wait()).await?;
            self.control(server.lock().await.release())?;
        }
        Ok(())
    }

    fn control(&self, outcome: Result<(), TargetError>) -> Result<(), Stopped> {
        outcome.map_err(|error| self.context.abort(Abort::Died(error.to_string())))
    }

    async fn race(self: Arc<Self>, mut buyer: User) -> Result<(), Stopped> {
        for number in 0..self.items.len() {
            let order = self.order(number);
            self.context.or_stop(self.ready.wait()).await?;
            if let Some(round) = &self.held {
                self.context.or_stop(round.begun.wait()).await?;
            }
            let won = self.round(number, order, &mut buyer).await?;
            self.done.add();
            if won {
                self.test_key(number, order, &mut buyer).await?;
            } else if is_onlooker(number, &buyer) {
                self.look(number, order.item, &mut buyer).await?;
            }
        }
        buyer.disconnect().await;
        Ok(())
    }

    /// An attempt on the item of this round, with a key of its own.
    fn order(&self, number: usize) -> Order {
        let (item, price) = self.items[number];
        Order {
            item,
            product: self.context.items.product(item),
            price,
            key: self.context.new_key(),
        }
    }

    /// One attempt; whether it won.
    async fn round(&self, number: usize, order: Order, buyer: &mut User) -> Result<bool, Stopped> {
        let request = order.request(&self.context);
        let asked = buyer.ask(Request::Buy, &request).await?;
        let round = &self.rounds[number];
        round.written(asked.written);
        if let Some(held) = &self.held {
            self.context.or_stop(held.written.wait()).await?;
        }
        let context = &self.context;
        let note = |attempt: &_| Some(order.tried(context, attempt));
        let settled = buyer.settle_asked(asked, &request, note).await?;
        round.first_answer.fetch_min(settled.answered.0, SeqCst);
        Ok(settled.outcome.is_ok())
    }

    /// What some losers do: they look whether it is really gone. The first of them reads a page, the
    /// others the item itself.
    async fn look(&self, number: usize, item: Item, buyer: &mut User) -> Result<(), Stopped> {
        if buyer.actor.index() == number % ONLOOKER_EVERY {
            buyer.list(&ListProducts::default()).await.map(drop)
        } else {
            buyer.show(item).await
        }
    }

    /// What a winner does beyond winning.
    async fn test_key(&self, number: usize, order: Order, buyer: &mut User) -> Result<(), Stopped> {
        let again = match number % REPEAT_EVERY {
            0 => order,
            half if half == REPEAT_EVERY / 2 => {
                // Of the round before, so that nobody who races for an item is disturbed.
                let (item, price) = self.items[number - 1];
                Order {
                    item,
                    product: self.context.items.product(item),
                    price,
                    ..order
                }
            }
            _ => return Ok(()),
        };
        self.repeats.fetch_add(1, SeqCst);
        buyer.buy(again).await?;
        Ok(())
    }
}

/// Whether this buyer looks at the item after this round.
fn is_onlooker(number: usize, buyer: &User) -> bool {
    buyer.actor.index() % ONLOOKER_EVERY == number % ONLOOKER_EVERY
}

impl Round {
    fn new() -> Self {
        Self {
            first_answer: AtomicU64::new(u64::MAX),
            written: Mutex::default(),
        }
    }

    fn written(&self, moment: Moment) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.push(moment);
    }

    /// The share of the attempts that were written before the first answer was read.
    fn overlap(&self) -> Option<f64> {
        let first = Moment(self.first_answer.load(SeqCst));
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let before = written.iter().filter(|moment| **moment < first).count();
        (!written.is_empty()).then(|| precise(before as u64) / precise(written.len() as u64))
    }
}

/// Sums up the overlaps of all items.
fn overlap(mut shares: Vec<f64>) -> Option<Overlap> {
    shares.sort_by(f64::total_cmp);
    Some(Overlap {
        median: *shares.get(shares.len() / 2)?,
        min: *shares.first()?,
        max: *shares.last()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlap_counts_what_was_written_before_the_first_answer() {
        let round = Round::new();
        assert_eq!(round.overlap(), None, "nobody took part");
        for moment in [1, 2, 3, 4] {
            round.written(Moment(moment));
        }
        round.first_answer.fetch_min(4, SeqCst);
        assert_eq!(round.overlap(), Some(0.75));
    }

    #[test]
    fn overlaps_are_summed_up_by_their_median() {
        assert_eq!(overlap(Vec::new()), None);
        let all = overlap(vec![0.9, 0.1, 0.5]).unwrap();
        assert_eq!((all.min, all.median, all.max), (0.1, 0.5, 0.9));
    }
}
