//! The paths that nearly every request takes, again and again, for whoever counts their instructions:
//! `.ci/long/instructions` runs this under callgrind. Counts of instructions, unlike times, are nearly the same on
//! a machine that has other things to do.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use auboutique_benches::{ratio, seed};
use auboutique_protocol::call::MemberCall;
use auboutique_protocol::catalog::{ListProducts, ProductPage};
use auboutique_protocol::codec;
use auboutique_protocol::envelope::{self, ClientFrame};
use auboutique_protocol::ids::{Key, ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::purchases::Buy;
use auboutique_protocol::strict;
use auboutique_server::benching::Market;
use clap::{Parser, ValueEnum};
use futures_util::future::join_all;

/// Buyers who race for a product.
const RACERS: u64 = 8;
/// Most products that are bought.
const PRODUCTS: u64 = 4_000;
/// What a page holds.
const PAGE: usize = 50;
const PRICE: Money = Money {
    minor: seed::PRICE,
    currency: Currency::Usd,
};

/// Takes one of the hot paths again and again.
#[derive(Parser)]
struct Args {
    /// Which.
    path: HotPath,
    /// How often.
    #[arg(value_parser = clap::value_parser!(u64).range(..=PRODUCTS))]
    times: u64,
    /// A directory for the data of a market, which is made.
    directory: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum HotPath {
    /// Check that a page of 50 is strict CBOR.
    Scan,
    /// Read a purchase from its frame.
    Request,
    /// Put the answer with a page of 50 together.
    List,
    /// Buy, from the decision to the commit.
    Buy,
    /// Eight buyers want the same product, decided together.
    Race,
    /// Read the answer with a page of 50, as a client does.
    Page,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    ratio::refuse_debug_build().map_err(anyhow::Error::msg)?;
    // One thread, so that the order of things is always the same.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    seed::fill(&runtime, &args.directory, PRODUCTS);
    runtime.block_on(take(args.path, args.times, &args.directory));
    Ok(())
}

async fn take(path: HotPath, times: u64, directory: &Path) {
    let market = Market::open(directory).await;
    let page = market.page(PAGE);
    let purchase = |product: u64| Buy {
        key: Key([product.to_be_bytes(); 2]
            .concat()
            .try_into()
            .expect("16 bytes")),
        price: PRICE,
        product: ProductId(product),
    };
    let buy = |product: u64, buyer| {
        let Buy {
            key,
            price,
            product,
        } = purchase(product);
        market.buy(buyer, product, key, price, UnixMillis(1_785_000_000_000))
    };
    let request = envelope::call(7, &purchase(1));
    let list = envelope::call(8, &ListProducts::default());
    for number in 1..=times {
        match path {
            HotPath::Scan => strict::check(black_box(&page)).expect("it is strict"),
            HotPath::Request => drop(black_box(read(black_box(&request)))),
            HotPath::List => {
                drop(black_box(read(black_box(&list))));
                drop(black_box(envelope::ok(8, &market.page(PAGE))));
            }
            HotPath::Buy => {
                let bought = buy(number, seed::buyer_of(number)).await;
                bought.expect("nobody else buys");
            }
            HotPath::Race => {
                // All of them are waiting before the writer has its turn on this thread.
                let race = (0..RACERS).map(|racer| buy(number, seed::buyer_of(number + racer)));
                let won = join_all(race)
                    .await
                    .iter()
                    .filter(|end| end.is_ok())
                    .count();
                assert_eq!(won, 1, "it is sold once");
            }
            HotPath::Page => {
                let read: ProductPage = codec::decode(black_box(&page)).expect("it is a page");
                assert_eq!(black_box(read).products.len(), PAGE);
            }
        }
    }
    market.close().await;
}

fn read(frame: &[u8]) -> MemberCall {
    match ClientFrame::parse(frame) {
        Ok(ClientFrame::Call { call, .. }) => {
            MemberCall::decode(call.name, call.body).expect("it is a request")
        }
        other => panic!("a request: {other:?}"),
    }
}
