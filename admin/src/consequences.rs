//! What an action does to whom, said before it is asked for: pure sentences.

use auboutique_protocol::admin::{Connection, Product, SessionNumber, UserDetail};
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::{term_safe, term_safe_lines};

/// A number of things, by their name.
pub(crate) fn count(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// Who somebody is, and what there is to lose.
fn subject(user: &UserDetail) -> String {
    format!(
        "{} ({}) has {} with {}, and {} for sale.",
        term_safe(&user.username),
        term_safe(&user.name),
        count(user.sessions, "session"),
        count(user.connections, "live connection"),
        count(user.products_for_sale, "product"),
    )
}

pub(crate) fn of_disconnecting(user: &UserDetail, why: Option<&str>) -> String {
    format!(
        "{}\nAll sessions end, and every client has to log in again.{}\nDisconnect {}?",
        subject(user),
        told(why),
        term_safe(&user.username)
    )
}

/// A session by its live connections, of which there may be none.
pub(crate) fn of_ending_session(
    session: SessionNumber,
    connections: &[Connection],
    why: Option<&str>,
) -> String {
    let Some(first) = connections.first() else {
        return format!("Session {session} is not connected.\nTry to end it all the same?");
    };
    format!(
        "Session {session} is of {}, with {}, from {}.\nIt ends, and its client has to log in \
         again.{}\nEnd it?",
        term_safe(&first.username),
        count(connections.len() as u64, "live connection"),
        term_safe(&first.address),
        told(why)
    )
}

pub(crate) fn of_suspending(user: &UserDetail, reason: &str) -> String {
    let products = match user.products_for_sale {
        0 => String::new(),
        number => format!(
            " {} out of sight and cannot be bought until the suspension ends.",
            if number == 1 {
                "The product goes"
            } else {
                "The products go"
            }
        ),
    };
    format!(
        "{}\nAll sessions end at once, and logins are refused with the reason: {}.{products}\n\
         Suspend {}?",
        subject(user),
        term_safe(reason),
        term_safe(&user.username)
    )
}

pub(crate) fn of_resetting_password(user: &UserDetail) -> String {
    format!(
        "{}\nThe password stops working and all sessions end. You are shown a one-time password, \
         once, to pass on by a way that you trust.\nReset the password of {}?",
        subject(user),
        term_safe(&user.username)
    )
}

/// A product, if it was found among those listed last.
pub(crate) fn of_removing(id: ProductId, product: Option<&Product>, reason: &str) -> String {
    let what = match product {
        Some(product) => format!(
            "Product {id} is {}, {}, of {}.",
            term_safe(&product.name),
            product.price,
            term_safe(&product.owner)
        ),
        None => format!("Product {id} is not among the latest that are for sale."),
    };
    format!(
        "{what}\nIt goes off the market for good, and its owner is told: {}.\nRemove it?",
        term_safe(reason)
    )
}

pub(crate) fn of_announcing(text: &str, connections: u64) -> String {
    format!(
        "Everybody online is told, at this moment on {}:\n\n{}\n\nThis cannot be taken back. Say it?",
        count(connections, "connection"),
        term_safe_lines(text)
    )
}

fn told(why: Option<&str>) -> String {
    why.map_or_else(String::new, |why| {
        format!(" The user is told: {}.", term_safe(why))
    })
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::admin::{ConnectionNumber, ProductState, UserState};
    use auboutique_protocol::error::Nothing;
    use auboutique_protocol::ids::UnixMillis;
    use auboutique_protocol::money::{Currency, Money};

    use super::*;

    const PRICE: Money = Money {
        minor: 1250,
        currency: Currency::Usd,
    };

    fn mona() -> UserDetail {
        UserDetail {
            id: 1,
            name: "Mona\u{1b}[2J Khoury".into(),
            email: "mona@example.org".into(),
            spent: PRICE,
            state: UserState::Active(Nothing {}),
            online: true,
            revenue: PRICE,
            sessions: 2,
            username: "mona".into(),
            last_seen: None,
            purchases: 0,
            connections: 1,
            member_since: UnixMillis(0),
            products_sold: 0,
            products_for_sale: 3,
            products_withdrawn: 0,
            must_change_password: false,
        }
    }

    fn live() -> Connection {
        Connection {
            agent: "auboutique/0.1.0".into(),
            since: UnixMillis(0),
            address: "192.0.2.7:5000".into(),
            session: SessionNumber(5),
            bytes_in: 0,
            requests: 0,
            username: "mona".into(),
            bytes_out: 0,
            connection: ConnectionNumber(0),
            queue_depth: 0,
            last_activity: UnixMillis(0),
        }
    }

    #[test]
    fn whom_it_hits_and_how_much_there_is_to_lose_is_said() {
        let subject = "mona (Mona\u{fffd}[2J Khoury) has 2 sessions with 1 live connection, and 3 \
                       products for sale.\n";
        for sentence in [
            of_disconnecting(&mona(), None),
            of_suspending(&mona(), "fraud"),
            of_resetting_password(&mona()),
        ] {
            assert!(sentence.starts_with(subject), "{sentence}");
        }
    }

    #[test]
    fn what_the_user_will_read_is_said() {
        let why = Some("a phone was lost");
        assert!(of_disconnecting(&mona(), why).contains("The user is told: a phone was lost."));
        assert!(!of_disconnecting(&mona(), None).contains("told"));
        assert!(
            of_suspending(&mona(), "fraud").contains("with the reason: fraud. The products go")
        );
        assert!(of_removing(ProductId(7), None, "no weapons").contains("is told: no weapons."));
    }

    #[test]
    fn a_suspension_speaks_of_products_only_where_there_are_some() {
        let without = UserDetail {
            products_for_sale: 0,
            ..mona()
        };
        assert!(!of_suspending(&without, "fraud").contains("out of sight"));
    }

    #[test]
    fn a_session_is_told_by_its_user_and_address() {
        let two = [live(), live()];
        let sentence = of_ending_session(SessionNumber(5), &two, None);
        let start = "Session 5 is of mona, with 2 live connections, from 192.0.2.7:5000.";
        assert!(sentence.starts_with(start), "{sentence}");
        let sentence = of_ending_session(SessionNumber(5), &[], None);
        assert!(sentence.contains("not connected"), "{sentence}");
    }

    #[test]
    fn a_product_is_told_by_name_price_and_owner() {
        let product = Product {
            id: ProductId(7),
            name: "Calculus".into(),
            owner: "mona".into(),
            price: PRICE,
            state: ProductState::ForSale(Nothing {}),
            category: "textbooks".into(),
            listed_at: UnixMillis(0),
        };
        let sentence = of_removing(ProductId(7), Some(&product), "stolen");
        assert!(sentence.starts_with("Product 7 is Calculus, 12.50 USD, of mona."));
    }

    #[test]
    fn an_announcement_is_shown_as_it_will_be() {
        let sentence = of_announcing("one\ntwo\u{1b}[31m", 1);
        assert!(sentence.contains("on 1 connection:\n\none\ntwo\u{fffd}[31m\n"));
    }
}
