//! A server elsewhere: what a run leaves there, and what it takes away again.

use auboutique_client::{Client, Error};
use auboutique_protocol::catalog::WithdrawProduct;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::limits::PAGE_ITEMS_MAX;
use auboutique_protocol::purchases::{MySales, OwnProductState};

use crate::context::Context;
use crate::people::Cast;
use crate::plan::Plan;

/// See the module's description.
pub struct Elsewhere;

impl Elsewhere {
    /// What a run will do to a server that others use, for its operator to agree to.
    #[must_use]
    pub fn announcement(plan: &Plan, address: &str) -> String {
        let people = plan.people().count();
        let items = plan.items();
        format!(
            "This will register {people} accounts on {address}, put {items} items up for sale, and \
             make as much load as the plan says.\nAfterwards what is left for sale is withdrawn and \
             the accounts are logged out; accounts, sales and messages stay."
        )
    }

    /// Withdraws what is left for sale and logs everybody out. Returns what became of that.
    pub(super) async fn tidy_up(context: &Context, cast: &Cast) -> String {
        let mut withdrawn = 0;
        let mut failed = 0;
        for person in cast.people() {
            match leave(context, person.token.clone()).await {
                Ok(count) => withdrawn += count,
                Err(_) => failed += 1,
            }
        }
        let mut told = format!("withdrew {withdrawn} items that were left for sale");
        if failed > 0 {
            told.push_str(&format!("; {failed} accounts could not be tidied up"));
        }
        told
    }
}

/// Withdraws what a user has for sale, and logs out.
async fn leave(context: &Context, token: auboutique_protocol::ids::Token) -> Result<u64, Error> {
    let client = Client::connect(context.options().clone()).await?;
    client.resume(token).await?;
    let mut left: Vec<ProductId> = Vec::new();
    let mut request = MySales {
        limit: Some(PAGE_ITEMS_MAX),
        cursor: None,
    };
    loop {
        let page = client.call(&request).await?;
        let open = page.products.iter();
        let open = open.filter(|product| matches!(product.state, OwnProductState::ForSale(_)));
        left.extend(open.map(|product| product.id));
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => break,
        }
    }
    for id in &left {
        client.call(&WithdrawProduct { id: *id }).await?;
    }
    client.logout().await?;
    client.close().await;
    Ok(left.len() as u64)
}
