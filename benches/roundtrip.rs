//! Requests over real TLS to the real server: ping, list and buy, at 1 and 256 connections, one at a time and
//! 16 in flight. The limit beside each is an echo on the same transport that answers with as many bytes made
//! beforehand ([`echo`](auboutique_benches::echo)); and for pings, what gathering answers is worth: the same server
//! told to flush each answer by itself, and the same of the echo.
//!
//! The client is the same for all: it counts answers and decodes none. Client and server share the machine.

#[path = "goods.rs"]
mod goods;

use std::cell::RefCell;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use auboutique_benches::echo::{Echo, Replies, Writes};
use auboutique_benches::group::{self, wait};
use auboutique_benches::line::{Ask, Line, ask_all};
use auboutique_benches::market::{Manner, Market, PRICE, serve_if_asked};
use auboutique_benches::ratio::{Bound, Plan, Rates, Report};
use auboutique_loadtest::history::{Actor, Item, KeyId};
use auboutique_loadtest::{descriptors, ledger};
use auboutique_protocol::accounts::Ping;
use auboutique_protocol::call::Call;
use auboutique_protocol::catalog::ListProducts;
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::purchases::Buy;
use auboutique_protocol::{envelope, frame};
use tokio::time::Instant;

/// Connections of the crowd, each of a user of its own.
const CROWD: usize = 256;
/// As many as a client may have in flight.
const PIPELINED: u64 = 16;
/// Users behind the crowd, who put up the products.
const SELLERS: i64 = 16;
/// Enough for every purchase of a full run on a machine several times as fast as the one
/// that this was written on.
const PRODUCTS: u64 = 400_000;
/// Both ends of the echoes' connections are in this process.
const DESCRIPTORS: u64 = 4 * CROWD as u64 + 256;

/// The row of the table in docs/PERFORMANCE.md.
const COALESCING: Bound = Bound::AtLeast {
    floor: 3.0,
    goal: 4.5,
};

fn main() -> ExitCode {
    serve_if_asked().unwrap_or_else(|| group::run_async(measure))
}

async fn measure(plan: Plan, report: &mut Report) -> Result<(), Box<dyn Error>> {
    descriptors::ensure(DESCRIPTORS)?;
    let (crowd, products) = match plan.is_smoke() {
        true => (4, 2_000),
        false => (CROWD, PRODUCTS),
    };
    let mut bench = Bench::start(plan, crowd, products).await?;
    bench.coalescing(report);
    for connections in [1, crowd] {
        for in_flight in [1, PIPELINED] {
            for request in [Request::Ping, Request::List, Request::Buy] {
                let load = Load {
                    request,
                    connections,
                    in_flight,
                };
                bench.keep_alive().await?;
                bench.row(load, report);
            }
        }
    }
    report.correct &= bench.conclude().await?;
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum Request {
    Ping,
    List,
    Buy,
}

/// Who answers.
#[derive(Debug, Clone, Copy)]
enum Side {
    /// The server.
    Server,
    /// An echo that writes all answers that are ready together.
    Gathered,
    /// The server, writing each by itself.
    Flushed,
    /// An echo that writes each by itself.
    Each,
}

#[derive(Debug, Clone, Copy)]
struct Load {
    request: Request,
    connections: usize,
    in_flight: u64,
}

/// The server, its limit, its peer, and connections to all of them.
struct Bench {
    plan: Plan,
    market: Market,
    products: u64,
    /// The product that is bought next.
    next: Arc<AtomicU64>,
    bought: u64,
    refused: u64,
    ours: Vec<Line>,
    ours_flushed: Vec<Line>,
    gathered: Vec<Line>,
    flushed: Vec<Line>,
    _echoes: [Echo; 2],
    _flushing: Market,
}

impl Bench {
    async fn start(plan: Plan, crowd: usize, products: u64) -> Result<Self, Box<dyn Error>> {
        let first = i64::try_from(crowd)? + 1;
        let sellers = first..=first + SELLERS - 1;
        let users = u32::try_from(*sellers.end())?;
        let market = Market::start(users, |database| {
            goods::put_up(database, products, &sellers, PRICE.minor);
        })
        .await?;
        let replies = replies(&market).await?;
        let folder = market.server.data_dir().join("tls");
        let gathering = Echo::start(&folder, Writes::Gathered, replies.clone())?;
        let flushing = Echo::start(&folder, Writes::Each, replies)?;
        let no_products = |_: &Path| {};
        let flushing_market =
            Market::start_in(Manner::FlushesAnswers, u32::try_from(crowd)?, no_products).await?;
        let (mut ours, mut ours_flushed) = (Vec::new(), Vec::new());
        let (mut gathered, mut flushed) = (Vec::new(), Vec::new());
        for user in 0..crowd {
            ours.push(market.line(user).await?);
            ours_flushed.push(flushing_market.line(user).await?);
            gathered.push(market.line_to(gathering.address, user).await?);
            flushed.push(market.line_to(flushing.address, user).await?);
        }
        Ok(Self {
            plan,
            market,
            products,
            // The first was bought to see what that looks like.
            next: Arc::new(AtomicU64::new(2)),
            bought: 1,
            refused: 0,
            ours,
            ours_flushed,
            gathered,
            flushed,
            _echoes: [gathering, flushing],
            _flushing: flushing_market,
        })
    }

    /// What gathering answers is worth: the server, and its limit, against a flush for each.
    fn coalescing(&mut self, report: &mut Report) {
        let connections = self.ours.len();
        for (sides, name, bound) in [
            (
                [Side::Server, Side::Flushed],
                "pipelined pings (16 in flight, 256 connections) against flush per frame",
                COALESCING,
            ),
            (
                [Side::Server, Side::Each],
                "the same against an echo with a flush per frame",
                Bound::Told,
            ),
            (
                [Side::Gathered, Side::Each],
                "an echo that gathers against one with a flush per frame",
                Bound::Told,
            ),
        ] {
            let load = Load {
                request: Request::Ping,
                connections,
                in_flight: PIPELINED,
            };
            report.rows.push(self.rates(sides, load).row(name, bound));
        }
    }

    /// Lets the server hear of every connection, which it would close that says nothing for 90 s.
    async fn keep_alive(&mut self) -> std::io::Result<()> {
        for line in &mut self.ours {
            line.call(&Ping {}).await?;
        }
        Ok(())
    }

    fn row(&mut self, load: Load, report: &mut Report) {
        let Load {
            request,
            connections,
            in_flight,
        } = load;
        let name = format!(
            "{}, {connections} connections, {in_flight} in flight, against an echo",
            request.name()
        );
        let rates = self.rates([Side::Server, Side::Gathered], load);
        report.rows.push(rates.row(&name, Bound::Told));
    }

    fn rates(&mut self, [ours, theirs]: [Side; 2], load: Load) -> Rates {
        let bench = RefCell::new(self);
        let plan = bench.borrow().plan;
        plan.rates(
            |each| wait(bench.borrow_mut().rate(ours, load, each)),
            |each| wait(bench.borrow_mut().rate(theirs, load, each)),
        )
    }

    /// Answers a second.
    ///
    /// # Panics
    /// A connection is lost.
    async fn rate(&mut self, side: Side, load: Load, each: Duration) -> f64 {
        let lines = match side {
            Side::Server => &mut self.ours,
            Side::Flushed => &mut self.ours_flushed,
            Side::Gathered => &mut self.gathered,
            Side::Each => &mut self.flushed,
        };
        let mut some: Vec<_> = lines.drain(..load.connections).collect();
        // The limit answers whatever it is asked to buy.
        let next = match side {
            Side::Server => Arc::clone(&self.next),
            Side::Flushed | Side::Gathered | Side::Each => Arc::default(),
        };
        let ask = |_| load.request.ask(self.products, &next);
        let asked = ask_all(&mut some, load.in_flight, Instant::now() + each, ask).await;
        let (rate, tally) = asked.expect("a connection was lost");
        lines.extend(some);
        self.refused += tally.refused;
        if matches!((side, load.request), (Side::Server, Request::Buy)) {
            self.bought += tally.answered - tally.refused;
        }
        rate
    }

    /// Every answer was a success, every purchase stands in the database, once, and it is sound.
    async fn conclude(mut self) -> Result<bool, Box<dyn Error>> {
        if self.next.load(Ordering::Relaxed) > self.products {
            return Err("all products were sold before the end: more are needed".into());
        }
        drop(self.ours);
        self.market.server.end().await?;
        let folder = self.market.server.data_dir();
        let sold = ledger::sales(folder, &Numbers).await?.len() as u64;
        let found = ledger::check(folder).await?;
        let is_sound = found.integrity == "ok" && found.foreign_keys_broken == 0;
        let is_correct = self.refused == 0 && sold == self.bought && is_sound;
        if !is_correct {
            let (refused, bought) = (self.refused, self.bought);
            eprintln!(
                "{refused} requests were refused; {bought} products bought, {sold} sold; {found:?}"
            );
        }
        Ok(is_correct)
    }
}

/// Sales are counted, not told apart.
struct Numbers;

impl ledger::Numbering for Numbers {
    fn item(&self, _: ProductId) -> Option<Item> {
        Some(Item(0))
    }

    fn actor(&self, _: &str) -> Option<Actor> {
        None
    }

    fn key(&self, _: &Key) -> Option<KeyId> {
        None
    }
}

impl Request {
    fn name(self) -> &'static str {
        match self {
            Self::Ping => "pings",
            Self::List => "lists of 50",
            Self::Buy => "purchases",
        }
    }

    /// How a connection asks, again and again.
    fn ask(self, products: u64, next: &Arc<AtomicU64>) -> Ask {
        let next = Arc::clone(next);
        Box::new(move |id, out| {
            let call = match self {
                Self::Ping => envelope::call(id, &Ping {}),
                Self::List => envelope::call(id, &ListProducts::default()),
                Self::Buy => {
                    let product = next.fetch_add(1, Ordering::Relaxed);
                    if product > products {
                        return false;
                    }
                    envelope::call(id, &buy(ProductId(product)))
                }
            };
            frame::encode_into(&call, out);
            true
        })
    }
}

fn buy(product: ProductId) -> Buy {
    Buy {
        key: Key::now(),
        price: PRICE,
        product,
    }
}

/// What the server answers, for the echoes to answer the same. Buys the first product.
async fn replies(market: &Market) -> Result<Replies, Box<dyn Error>> {
    let mut line = market.line(0).await?;
    let buy = buy(ProductId(1));
    Ok(Replies::from([
        (Ping::NAME, line.call(&Ping {}).await?),
        (
            ListProducts::NAME,
            line.call(&ListProducts::default()).await?,
        ),
        (Buy::NAME, line.call(&buy).await?),
    ]))
}
