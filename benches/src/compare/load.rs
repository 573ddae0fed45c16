//! A closed loop: so many clients, each of which asks anew once it is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::arguments::Work;
use super::client::Client;
use super::{Failure, PAGE, RACERS};

/// The products of a server: the newest are listed, those before them are sold one after the other.
#[derive(Debug)]
pub struct Shelf {
    /// The number of the newest.
    newest: u64,
    /// The number of the next to sell.
    next: u64,
    /// Purchases that were confirmed.
    confirmed: u64,
}

impl Shelf {
    /// So many products, numbered from 1.
    #[must_use]
    pub fn new(products: u64) -> Self {
        Self {
            newest: products,
            next: 1,
            confirmed: 0,
        }
    }

    /// Purchases that were confirmed so far.
    #[must_use]
    pub fn confirmed(&self) -> u64 {
        self.confirmed
    }

    /// What may still be sold: never what is listed.
    fn last_to_sell(&self) -> u64 {
        self.newest.saturating_sub(u64::from(PAGE))
    }
}

/// What clients got done.
#[derive(Debug)]
pub struct Load {
    /// How long it took until the last was answered.
    pub took: Duration,
    /// From asking to the answer, decoded; each in microseconds, ascending.
    pub latencies: Vec<u32>,
}

/// How each client of a load goes about it.
#[derive(Clone)]
struct Errand {
    work: Work,
    end: Instant,
    attempts: Arc<AtomicU64>,
    first: u64,
    last: u64,
    newest: u64,
}

/// Lets all clients ask for so long; those that are under way then are waited for.
///
/// # Errors
/// An answer is wrong or missing, or there is nothing left to sell. The clients are lost then.
pub async fn run(
    clients: &mut Vec<Client>,
    work: Work,
    each: Duration,
    shelf: &mut Shelf,
) -> Result<Load, Failure> {
    let begun = Instant::now();
    let attempts = Arc::new(AtomicU64::new(0));
    let errand = Errand {
        work,
        end: begun + each,
        attempts: Arc::clone(&attempts),
        first: shelf.next,
        last: shelf.last_to_sell(),
        newest: shelf.newest,
    };
    let mut running = JoinSet::new();
    for client in clients.drain(..) {
        running.spawn(errand.clone().go(client));
    }
    let mut latencies = Vec::new();
    let mut won = 0;
    while let Some(ended) = running.join_next().await {
        let done = ended.map_err(|error| error.to_string())??;
        latencies.extend(done.latencies);
        won += done.won;
        clients.push(done.client);
    }
    let took = begun.elapsed();
    shelf.settle(work, attempts.load(Ordering::Relaxed), won)?;
    latencies.sort_unstable();
    Ok(Load { took, latencies })
}

impl Shelf {
    /// Notes what was sold in so many attempts, and checks that everything was, once.
    fn settle(&mut self, work: Work, attempts: u64, won: u64) -> Result<(), Failure> {
        let wanted = match work {
            Work::Buy => attempts,
            Work::Race => attempts.div_ceil(RACERS),
            Work::List => return Ok(()),
        };
        self.next += wanted;
        self.confirmed += won;
        if won == wanted {
            Ok(())
        } else {
            Err(format!(
                "of {wanted} products that buyers wanted, {won} purchases were confirmed"
            ))
        }
    }
}

/// What one client got done.
struct Done {
    client: Client,
    latencies: Vec<u32>,
    won: u64,
}

impl Errand {
    async fn go(self, mut client: Client) -> Result<Done, Failure> {
        let mut latencies = Vec::new();
        let mut won = 0;
        let mut asked = Instant::now();
        while asked < self.end {
            let has_won = match self.work {
                Work::List => client.list(self.newest).await.map(|()| false)?,
                Work::Buy => {
                    let product = self.next(1)?;
                    if !client.buy(product).await? {
                        return Err(format!("product {product} was sold to somebody else"));
                    }
                    true
                }
                Work::Race => client.buy(self.next(RACERS)?).await?,
            };
            won += u64::from(has_won);
            let answered = Instant::now();
            let latency = answered.duration_since(asked).as_micros();
            latencies.push(u32::try_from(latency).unwrap_or(u32::MAX));
            asked = answered;
        }
        Ok(Done {
            client,
            latencies,
            won,
        })
    }

    /// The next product that this many buyers want.
    fn next(&self, buyers: u64) -> Result<u64, Failure> {
        let product = self.first + self.attempts.fetch_add(1, Ordering::Relaxed) / buyers;
        if product > self.last {
            return Err("everything is sold; measure fewer or shorter rounds".into());
        }
        Ok(product)
    }
}

/// The value below which this part of ascending values lies (nearest rank); 0 without values.
#[must_use]
pub fn percentile(ascending: &[u32], part: f64) -> u32 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank among some hundred thousand"
    )]
    let rank = (part * ascending.len() as f64).ceil() as usize;
    let place = rank.clamp(1, ascending.len().max(1)) - 1;
    ascending.get(place).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<u32> = (1..=200).collect();
        assert_eq!(percentile(&values, 0.5), 100);
        assert_eq!(percentile(&values, 0.99), 198);
        assert_eq!(
            (percentile(&values, 0.0), percentile(&values, 1.0)),
            (1, 200)
        );
        assert_eq!((percentile(&[7], 0.99), percentile(&[], 0.99)), (7, 0));
    }

    #[test]
    fn whoever_is_sold_nothing_or_too_much_is_noticed() {
        let mut shelf = Shelf::new(1_000);
        assert!(shelf.settle(Work::Buy, 16, 16).is_ok());
        // The last product had one buyer only.
        assert!(shelf.settle(Work::Race, 17, 3).is_ok());
        assert!(shelf.settle(Work::List, 5, 0).is_ok());
        assert_eq!((shelf.next, shelf.confirmed()), (20, 19));
        assert!(shelf.settle(Work::Race, 16, 3).is_err());
        assert!(shelf.settle(Work::Race, 16, 1).is_err());
    }

    #[test]
    fn what_is_listed_is_never_sold() {
        assert_eq!(Shelf::new(1_000).last_to_sell(), 950);
        assert_eq!(Shelf::new(7).last_to_sell(), 0);
    }
}
