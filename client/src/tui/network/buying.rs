//! Buying: with a key that is written down before it is sent, and asked for until its outcome is known.

use std::time::Duration;

use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::money::Money;
use auboutique_protocol::purchases::Buy;

use super::Network;
use crate::cli::failure::Failure;
use crate::cli::pending::Pending;
use crate::tui::message::{Message, Purchase};
use crate::ui::runtime::Messages;
use crate::{Error, backoff};

impl Network {
    /// Buys a product, and tells how it goes.
    pub(super) async fn buy(&self, product: ProductId, price: Money, messages: &Messages<Message>) {
        let step = match self.begin(product, price) {
            Ok(pending) => self.settle(pending, messages).await,
            Err(failure) => Purchase::Refused(failure.on_screen()),
        };
        messages.send(Message::Buying { product, step }).await;
    }

    /// The purchase as it is written down: a new one, or one that was left open at the same price.
    fn begin(&self, product: ProductId, price: Money) -> Result<Pending, Failure> {
        let now = self.now();
        let absent = || Failure::server_lost("the server is not connected");
        let (address, _) = now.server.ok_or_else(absent)?;
        let state = &self.context.state;
        let left_open = Pending::find(state, &address, &now.username, product)?;
        if let Some(pending) = left_open.filter(|pending| pending.request.price == price) {
            return Ok(pending);
        }
        let request = Buy {
            key: Key::now(),
            price,
            product,
        };
        Pending::begin(state, &address, &now.username, request)
    }

    /// Asks until the server has decided. A lost answer is never taken for a no.
    async fn settle(&self, pending: Pending, messages: &Messages<Message>) -> Purchase {
        let product = pending.request.product;
        let mut failed = 0;
        loop {
            let outcome = match self.client() {
                Ok(client) => client.call(&pending.request).await,
                Err(failure) => return Purchase::Refused(failure.on_screen()),
            };
            let error = match outcome {
                Ok(confirmation) => {
                    // A file that stays is asked about again, and gives the same answer.
                    let _ = pending.settle();
                    return Purchase::Bought(confirmation);
                }
                Err(error) => error,
            };
            let is_over =
                error.is_verdict() || error.is_of_login() || matches!(error, Error::Closed);
            if is_over {
                if error.is_verdict() {
                    let _ = pending.settle();
                }
                return verdict(error);
            }
            let step = Purchase::Unknown;
            messages.send(Message::Buying { product, step }).await;
            tokio::time::sleep(pause(failed)).await;
            failed += 1;
        }
    }
}

/// How long to wait before asking again: longer each time, up to some seconds.
fn pause(failed: u32) -> Duration {
    backoff(failed, u32::MAX)
}

fn verdict(error: Error) -> Purchase {
    match error.code() {
        Some(ErrorCode::AlreadySold(sold)) if !sold.yours => Purchase::SoldToAnother,
        Some(ErrorCode::PriceChanged(changed)) => Purchase::PriceChanged(changed.price),
        _ => Purchase::Refused(Failure::from(error).on_screen()),
    }
}
