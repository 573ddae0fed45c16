//! The users: the list, and everything about one.

use auboutique_client::terminal::failure::Failure;
use auboutique_client::terminal::output::{Output, local_time};
use auboutique_client::terminal::table::{layout, left, right};
use auboutique_client::{AdminClient, Error};
use auboutique_protocol::admin::{User, UserDetail, UserPage, UserState, UserSummary, Users};
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::page::Cursor;
use auboutique_protocol::text::{Username, term_safe};

use crate::args;
use crate::context::Context;
use crate::fields::{Cell, Field, Fields, Object, field};
use crate::list::{self, Listing, Page};

pub(crate) async fn users(context: &Context, arguments: args::Users) -> Result<(), Failure> {
    let request = Users {
        sort: arguments.sort,
        text: arguments.search.map(String::from),
        state: arguments.state,
        ..Users::default()
    };
    list::print(context, request, arguments.paging).await
}

pub(crate) async fn user(context: &Context, name: &Username) -> Result<(), Failure> {
    let client = context.connect().await?;
    let user = find(&client, name).await?;
    client.close().await;
    context
        .out
        .result(&Object(&user), || lines(context.out, &user))
}

/// Everything about a user who exists.
pub(crate) async fn find(client: &AdminClient, name: &Username) -> Result<UserDetail, Failure> {
    let username = name.as_str().to_owned();
    let found = client.call(&User { username }).await;
    found.map_err(|error| of_user(name, error))
}

/// Says which user there is not; the server only says that there is no such thing.
pub(crate) fn of_user(name: &Username, error: Error) -> Failure {
    let is_unknown = matches!(error.code(), Some(ErrorCode::NotFound(_)));
    let failure = Failure::from(error);
    if is_unknown {
        let hint = "`auboutique-admin users --search TEXT` finds users";
        let message = format!("there is no user {}", name.as_str());
        return failure.told(message).hint(hint);
    }
    failure
}

fn state(state: &UserState) -> &'static str {
    match state {
        UserState::Active(_) => "active",
        UserState::Suspended(_) => "suspended",
        UserState::Deleted(_) => "deleted",
    }
}

fn suspended_since(state: &UserState) -> Option<UnixMillis> {
    match state {
        UserState::Suspended(suspended) => Some(suspended.since),
        UserState::Active(_) | UserState::Deleted(_) => None,
    }
}

fn suspension_reason(state: &UserState) -> Option<String> {
    match state {
        UserState::Suspended(suspended) => Some(suspended.reason.clone()),
        UserState::Active(_) | UserState::Deleted(_) => None,
    }
}

impl Fields for UserSummary {
    const FIELDS: &'static [Field<Self>] = &[
        field("id", |user| Cell::Number(user.id)),
        field("username", |user| Cell::text(&user.username)),
        field("name", |user| Cell::text(&user.name)),
        field("email", |user| Cell::text(&user.email)),
        field("state", |user| Cell::text(state(&user.state))),
        field("suspended_since", |user| {
            Cell::some(suspended_since(&user.state), Cell::Moment)
        }),
        field("suspension_reason", |user| {
            Cell::some(suspension_reason(&user.state), Cell::Text)
        }),
        field("online", |user| Cell::Flag(user.online)),
        field("sessions", |user| Cell::Number(user.sessions)),
        field("last_seen", |user| Cell::some(user.last_seen, Cell::Moment)),
        field("purchases", |user| Cell::Number(user.purchases)),
        field("products_for_sale", |user| {
            Cell::Number(user.products_for_sale)
        }),
        field("member_since", |user| Cell::Moment(user.member_since)),
    ];
}

impl Fields for UserDetail {
    const FIELDS: &'static [Field<Self>] = &[
        field("id", |user| Cell::Number(user.id)),
        field("username", |user| Cell::text(&user.username)),
        field("name", |user| Cell::text(&user.name)),
        field("email", |user| Cell::text(&user.email)),
        field("state", |user| Cell::text(state(&user.state))),
        field("suspended_since", |user| {
            Cell::some(suspended_since(&user.state), Cell::Moment)
        }),
        field("suspension_reason", |user| {
            Cell::some(suspension_reason(&user.state), Cell::Text)
        }),
        field("must_change_password", |user| {
            Cell::Flag(user.must_change_password)
        }),
        field("online", |user| Cell::Flag(user.online)),
        field("sessions", |user| Cell::Number(user.sessions)),
        field("connections", |user| Cell::Number(user.connections)),
        field("last_seen", |user| Cell::some(user.last_seen, Cell::Moment)),
        field("member_since", |user| Cell::Moment(user.member_since)),
        field("purchases", |user| Cell::Number(user.purchases)),
        field("spent", |user| Cell::Money(user.spent)),
        field("products_for_sale", |user| {
            Cell::Number(user.products_for_sale)
        }),
        field("products_sold", |user| Cell::Number(user.products_sold)),
        field("products_withdrawn", |user| {
            Cell::Number(user.products_withdrawn)
        }),
        field("revenue", |user| Cell::Money(user.revenue)),
    ];
}

impl Listing for Users {
    type Item = UserSummary;
    const KEY: &'static str = "users";

    fn turn(&mut self, limit: u32, cursor: Option<Cursor>) {
        self.limit = Some(limit);
        self.cursor = cursor;
    }

    fn page(reply: UserPage) -> Page<UserSummary> {
        Page {
            items: reply.users,
            next: reply.next,
            totals: None,
        }
    }

    fn table(items: &[UserSummary], out: Output) -> Vec<String> {
        let columns = [
            left("USERNAME"),
            left("NAME"),
            left("STATE"),
            right("SESSIONS"),
            right("FOR SALE"),
            right("BOUGHT"),
            left("SINCE"),
        ];
        let rows: Vec<_> = items
            .iter()
            .map(|user| {
                [
                    user.username.clone(),
                    user.name.clone(),
                    // Whoever is online may be.
                    if user.online {
                        "online"
                    } else {
                        state(&user.state)
                    }
                    .to_owned(),
                    user.sessions.to_string(),
                    user.products_for_sale.to_string(),
                    user.purchases.to_string(),
                    local_day(user.member_since),
                ]
            })
            .collect();
        layout(columns, 1, &rows, out.width)
    }
}

/// A day in this computer's time zone.
fn local_day(at: UnixMillis) -> String {
    let mut day = local_time(at);
    day.truncate("YYYY-MM-DD".len());
    day
}

/// A user for people, one thing a line.
fn lines(out: Output, user: &UserDetail) -> Vec<String> {
    let head = format!("{} ({})", term_safe(&user.username), term_safe(&user.name));
    let mut state = state(&user.state).to_owned();
    if let UserState::Suspended(suspended) = &user.state {
        let (since, reason) = (local_time(suspended.since), term_safe(&suspended.reason));
        state = format!("suspended since {since}: {reason}");
    }
    let seen = user.last_seen.map_or("never".to_owned(), local_time);
    let seen = if user.online { "now".to_owned() } else { seen };
    let mut rows = vec![
        ("State", state),
        ("E-mail", term_safe(&user.email).into_owned()),
        ("Member since", local_time(user.member_since)),
        ("Last seen", seen),
        (
            "Sessions",
            format!("{}, with {} connections", user.sessions, user.connections),
        ),
        ("Bought", format!("{} for {}", user.purchases, user.spent)),
        (
            "Sold",
            format!("{} for {}", user.products_sold, user.revenue),
        ),
        ("For sale", user.products_for_sale.to_string()),
        ("Off the market", user.products_withdrawn.to_string()),
        ("Number", user.id.to_string()),
    ];
    if user.must_change_password {
        rows.push(("Password", "a one-time one, to be changed".to_owned()));
    }
    let row = |(name, value)| format!("  {name:<15} {value}");
    std::iter::once(out.bold(&head))
        .chain(rows.into_iter().map(row))
        .collect()
}
