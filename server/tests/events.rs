//! Events over real TLS: what is watched, what concerns a user, a market that many watch, and what
//! becomes of those who miss something or never read.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod common;

#[path = "events/gaps.rs"]
mod gaps;
/// It reads the memory of a process where Linux shows it.
#[cfg(target_os = "linux")]
#[path = "events/memory.rs"]
mod memory;
#[path = "events/personal.rs"]
mod personal;
#[cfg(target_os = "linux")]
#[path = "lifecycle/process.rs"]
#[allow(
    dead_code,
    reason = "this test program uses its own part of this module"
)]
mod process;
#[path = "events/race.rs"]
mod race;
#[path = "events/watching.rs"]
mod watching;

use std::time::Duration;

use auboutique_client::Client;
use auboutique_protocol::catalog::{EditProduct, ListProducts, ProductSummary, Sort};
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::purchases::Buy;

use crate::common::usd;

/// Longer than anything here takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(120);

fn buy(product: ProductId, minor: u64) -> Buy {
    Buy {
        key: Key::now(),
        price: usd(minor),
        product,
    }
}

fn reprice(product: ProductId, minor: u64) -> EditProduct {
    EditProduct {
        id: product,
        name: None,
        price: Some(usd(minor)),
        category: None,
        description: None,
    }
}

/// The true catalog, oldest first.
async fn for_sale(client: &Client) -> Vec<ProductSummary> {
    let mut all = Vec::new();
    let mut request = ListProducts {
        sort: Some(Sort::Oldest),
        limit: Some(100),
        ..ListProducts::default()
    };
    loop {
        let page = client.call(&request).await.unwrap();
        all.extend(page.products);
        request.cursor = page.next;
        if request.cursor.is_none() {
            return all;
        }
    }
}
