//! Commands about who is there: sellers, online.

use auboutique_protocol::catalog::{ListSellers, Seller};
use auboutique_protocol::presence::Presence;
use auboutique_protocol::text::{Username, term_safe};
use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::session::{Context, Member};
use crate::terminal::output::Output;
use crate::terminal::paging::Pages;
use crate::terminal::table::{layout, left, right};

pub(crate) async fn sellers(context: &Context, limit: Option<u32>) -> Result<(), Failure> {
    let member = context.member().await?;
    let sellers = all_sellers(&member, limit).await?;
    member.client.close().await;
    let value = json!({ "sellers": sellers });
    context
        .out
        .result(&value, || seller_table(context.out, &sellers))
}

async fn all_sellers(member: &Member, limit: Option<u32>) -> Result<Vec<Seller>, Failure> {
    let mut pages = Pages::new(limit, None);
    loop {
        let request = ListSellers {
            limit: Some(pages.limit()),
            cursor: pages.next.clone(),
        };
        let page = member.client.call(&request).await?;
        if !pages.add(page.sellers, page.next) {
            return Ok(pages.items);
        }
    }
}

/// Sellers for people, one a line.
fn seller_table(out: Output, sellers: &[Seller]) -> Vec<String> {
    if sellers.is_empty() {
        return vec!["Nobody has anything for sale.".into()];
    }
    let columns = [left("SELLER"), right("PRODUCTS"), left("ONLINE")];
    let row = |seller: &Seller| {
        let online = if seller.online { "online" } else { "" };
        [
            seller.username.clone(),
            seller.products.to_string(),
            online.to_owned(),
        ]
    };
    let rows: Vec<_> = sellers.iter().map(row).collect();
    out.with_heading(layout(columns, 0, &rows, out.width))
}

pub(crate) async fn online(context: &Context, names: Vec<Username>) -> Result<(), Failure> {
    let member = context.member().await?;
    let names: Vec<String> = names.into_iter().map(String::from).collect();
    let online = if names.is_empty() {
        let sellers = all_sellers(&member, None).await?;
        sellers
            .into_iter()
            .filter(|seller| seller.online)
            .map(|seller| seller.username)
            .collect()
    } else {
        member
            .client
            .call(&Presence {
                names: names.clone(),
            })
            .await?
            .online
    };
    member.client.close().await;
    let value = json!({ "online": online });
    context.out.result(&value, || online_lines(&names, &online))
}

/// For people: each of those asked for, or all sellers who are online.
fn online_lines(asked: &[String], online: &[String]) -> Vec<String> {
    if asked.is_empty() && online.is_empty() {
        return vec!["No seller is online.".into()];
    }
    let names = if asked.is_empty() { online } else { asked };
    let state = |name| {
        if online.contains(name) {
            "online"
        } else {
            "offline"
        }
    };
    names
        .iter()
        .map(|name| format!("{} is {}.", term_safe(name), state(name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_asked_for_is_told_in_the_order_of_the_question() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let lines = online_lines(&names(&["omar", "mona"]), &names(&["mona"]));
        assert_eq!(lines, ["omar is offline.", "mona is online."]);
        assert_eq!(online_lines(&[], &names(&["mona"])), ["mona is online."]);
        assert_eq!(online_lines(&[], &[]), ["No seller is online."]);
    }
}
