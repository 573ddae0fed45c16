//! How a user looks.

use auboutique_client::ui::area::{below, first_lines, right_of};
use auboutique_client::ui::theme::{Theme, Tone};
use auboutique_client::ui::widgets::heading::{fact, note};
use auboutique_client::ui::widgets::panel::panel;
use auboutique_client::ui::{Frame, Rect};
use auboutique_protocol::admin::{UserDetail, UserState};

use crate::consequences::count;
use crate::console::app::Console;
use crate::console::screens::users::state_name;
use crate::console::screens::users::view::tone;
use auboutique_client::terminal::clock::Clock;

/// Columns of the names of facts.
const NAMES: u16 = 16;

pub(crate) fn user(console: &Console, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let Some(page) = &console.user else { return };
    let inside = panel(frame, area, theme, page.username().as_str(), true);
    let inside = Rect {
        width: inside.width.saturating_sub(2),
        ..right_of(inside, 1)
    };
    let mut rest = note(frame, inside, theme, page.content());
    let Some(user) = page.detail() else { return };
    for line in facts(user, &console.clock) {
        if rest.height == 0 {
            return;
        }
        if let Some((name, text, tone)) = line {
            let row = first_lines(rest, 1);
            fact(frame, row, theme, (name, NAMES), (&text, tone));
        }
        rest = below(rest, 1);
    }
}

type Fact = Option<(&'static str, String, Tone)>;

/// What there is to say, line by line; some lines are empty.
fn facts(user: &UserDetail, clock: &Clock) -> Vec<Fact> {
    let plain = |name, text| Some((name, text, Tone::Plain));
    let state = state_name(&user.state);
    let online = if user.online {
        Some(("Online", "● yes".into(), Tone::Good))
    } else {
        Some(("Online", "no".into(), Tone::Muted))
    };
    let mut facts = vec![
        plain("Name", user.name.clone()),
        plain("E-mail", user.email.clone()),
        Some(("State", state.to_string(), tone(state))),
    ];
    if let UserState::Suspended(suspended) = &user.state {
        let since = clock.minute(suspended.since);
        facts.push(Some(("Since", since, Tone::Bad)));
        facts.push(Some(("Reason", suspended.reason.clone(), Tone::Bad)));
    }
    if user.must_change_password {
        let text = "a one-time password, to be changed at the next login".into();
        facts.push(Some(("Password", text, Tone::Warning)));
    }
    facts.extend([
        None,
        online,
        plain(
            "Sessions",
            format!(
                "{}, {}",
                count(user.sessions, "session"),
                count(user.connections, "live connection")
            ),
        ),
        plain(
            "Last seen",
            user.last_seen.map_or("never".into(), |at| clock.day(at)),
        ),
        plain("Joined", clock.minute(user.member_since)),
        None,
        plain("For sale", count(user.products_for_sale, "product")),
        plain(
            "Sold",
            format!("{}, {}", count(user.products_sold, "product"), user.revenue),
        ),
        plain("Off the market", count(user.products_withdrawn, "product")),
        plain(
            "Bought",
            format!("{}, {}", count(user.purchases, "product"), user.spent),
        ),
    ]);
    facts
}
