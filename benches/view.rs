//! What a frame of a full screen costs, with as much in it as a busy market has: drawn into a buffer as
//! the runtime does it, without the terminal. A frame has to be built in under 4 ms.

use std::hint::black_box;

use auboutique_admin::console::testing::{Filled, Volume};
use auboutique_benches::{CONSOLE_SCREENS, LARGE_WINDOW, WINDOW};
use auboutique_client::tui::testing::Filled as Market;
use criterion::{Criterion, criterion_group, criterion_main};

/// A large market on a busy day.
const VOLUME: Volume = Volume {
    users: 10_000,
    connections: 2_000,
    sales: 100_000,
};

fn frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("view/console");
    for (window, size) in [("140x40", WINDOW), ("300x90", LARGE_WINDOW)] {
        let mut console = Filled::new(size, VOLUME);
        for (name, key) in CONSOLE_SCREENS {
            console.press(key);
            group.bench_function(format!("{name}, {window}"), |bencher| {
                bencher.iter(|| black_box(console.draw(size)));
            });
        }
    }
    group.finish();
}

/// As many products as a member can scroll through.
const PRODUCTS: u64 = 10_000;

fn member_frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("view/member");
    for (window, size) in [("140x40", WINDOW), ("300x90", LARGE_WINDOW)] {
        let mut market = Market::new(size, PRODUCTS);
        market.press('G');
        group.bench_function(format!("browse with a picture, {window}"), |bencher| {
            bencher.iter(|| black_box(market.draw(size)));
        });
        // Each step shows another product.
        group.bench_function(format!("browse, a step further, {window}"), |bencher| {
            bencher.iter(|| {
                market.press('k');
                black_box(market.draw(size))
            });
        });
    }
    group.finish();
}

/// What a second costs in which every connection did something, in an order that depends on it.
fn activity(criterion: &mut Criterion) {
    let mut console = Filled::new(WINDOW, VOLUME);
    console.press('3');
    // By their last activity.
    for _ in 0..2 {
        console.press('o');
    }
    let mut second = 0;
    criterion.bench_function("view/console/2,000 connections are active", |bencher| {
        bencher.iter(|| {
            second += 1;
            console.all_are_active(second);
            black_box(console.draw(WINDOW))
        });
    });
}

criterion_group!(view, frames, activity, member_frames);
criterion_main!(view);
