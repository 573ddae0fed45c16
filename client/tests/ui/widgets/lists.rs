//! Tables, charts and what stands around them.

use auboutique_client::ui::area::{above_last, below, first_lines, last_lines};
use auboutique_client::ui::input::Key;
use auboutique_client::ui::keys::{Binding, KeyTable};
use auboutique_client::ui::theme::Tone;
use auboutique_client::ui::widgets::banner::{Connection, banner};
use auboutique_client::ui::widgets::chart::{Series, chart, sparkline};
use auboutique_client::ui::widgets::footer::footer;
use auboutique_client::ui::widgets::panel::panel;
use auboutique_client::ui::widgets::table::{
    Cell, Column, Content, Look, MOVES, Move, Row, Sort, Table,
};
use auboutique_client::ui::widgets::tabs::{Tab, tabs};
use ratatui::Frame;

use crate::widgets::looked_at;

struct User {
    number: u64,
    name: &'static str,
    city: &'static str,
    is_online: bool,
}

impl Row for User {
    type Key = u64;

    fn key(&self) -> u64 {
        self.number
    }
}

const COLUMNS: [Column; 5] = [
    Column::new("NO", 6).right(),
    Column::new("NAME", 16).growing(2),
    Column::new("ONLINE", 8),
    Column::new("CITY", 12).growing(1).optional(1),
    Column::new("NOTE", 40).growing(1).optional(2),
];

fn cell(user: &User, column: usize) -> Cell<'_> {
    match column {
        0 => user.number.to_string().into(),
        1 => user.name.into(),
        2 if user.is_online => Cell::new("● yes", Tone::Good),
        2 => Cell::new("no", Tone::Muted),
        3 => user.city.into(),
        _ => format!("user {} of the market", user.number).into(),
    }
}

fn users(count: u64) -> Table<User> {
    let names = [
        ("mona", "Beirut"),
        ("ليلى", "صيدا"),
        ("書籍書籍書籍書籍書籍書籍", "東京"),
        ("a\u{1b}[31mred\u{202e}", "Tripoli"),
        (
            "somebody with a name that is too long for most columns",
            "Saida",
        ),
    ];
    let mut table = Table::loading();
    let user = |number: u64| {
        let (name, city) = names[usize::try_from(number).unwrap() % names.len()];
        User {
            number,
            name,
            city,
            is_online: number.is_multiple_of(3),
        }
    };
    table.set_rows((1..=count).map(user).collect());
    table
}

const KEYS: KeyTable<()> = KeyTable::new(
    "Users",
    &[
        Binding::new(&[Key::char('?')], (), "help").in_footer(),
        Binding::new(&[Key::char('/')], (), "filter").in_footer(),
        Binding::new(&[Key::char('x')], (), "disconnect").in_footer(),
        Binding::new(&[Key::char('q')], (), "back").in_footer(),
    ],
);

fn screen(frame: &mut Frame<'_>, theme: &auboutique_client::ui::theme::Theme, table: &Table<User>) {
    let area = frame.area();
    let shown = [("Overview", 0), ("Users", 0), ("Sessions", 3), ("Sales", 0)];
    let shown = shown.map(|(name, news)| Tab { name, news });
    tabs(frame, area, theme, &shown, 1);
    let body = above_last(below(area, 1), 1);
    let inside = panel(frame, body, theme, "Users", true);
    let look = Look {
        columns: &COLUMNS,
        empty: "Nobody is registered yet.",
        is_focused: true,
    };
    table.draw(frame, inside, theme, &look, cell);
    footer(frame, last_lines(area, 1), theme, &[&KEYS, &MOVES]);
}

#[test]
fn tables() {
    looked_at("table_empty", |frame, theme| {
        screen(frame, theme, &users(0));
    });
    looked_at("table_loading", |frame, theme| {
        screen(frame, theme, &Table::loading());
    });
    looked_at("table_error", |frame, theme| {
        let mut table = users(0);
        let reason = "the server does not answer; it may be restarting, and this program will ask \
                      again as soon as the connection is there";
        table.set_content(Content::Failed(reason.into()));
        screen(frame, theme, &table);
    });
    looked_at("table_full", |frame, theme| {
        let mut table = users(1000);
        table.set_height(20);
        for _ in 0..30 {
            table.go(Move::Down);
        }
        table.set_sort(Some(Sort {
            column: 0,
            is_descending: false,
        }));
        screen(frame, theme, &table);
    });
    looked_at("table_more", |frame, theme| {
        let mut table = users(60);
        table.go(Move::Last);
        table.set_content(Content::Loading);
        screen(frame, theme, &table);
    });
}

#[test]
fn charts() {
    let values: Vec<u64> = (0..200).map(|step| (step * 37 % 101) * step).collect();
    let charts = |values: Vec<u64>| {
        move |frame: &mut Frame<'_>, theme: &auboutique_client::ui::theme::Theme| {
            let area = frame.area();
            let inside = panel(frame, first_lines(area, 12), theme, "Sales", false);
            let series = Series {
                values: &values,
                from: "08:00",
                to: "now",
                written: |cents| format!("{}.{:02} USD", cents / 100, cents % 100),
            };
            chart(frame, inside, theme, &series);
            sparkline(frame, first_lines(below(area, 13), 1), theme, &values);
        }
    };
    looked_at("chart_empty", charts(Vec::new()));
    looked_at("chart_zero", charts(vec![0; 5]));
    looked_at("chart_full", charts(values));
}

#[test]
fn banners() {
    looked_at("banners", |frame, theme| {
        let connections = [
            Connection::Connecting,
            Connection::Retrying { seconds: 0 },
            Connection::Retrying { seconds: 12 },
            Connection::Offline,
        ];
        for (connection, line) in connections.iter().zip(frame.area().rows()) {
            let (tone, text) = connection.notice().unwrap();
            banner(frame, line, theme, tone, &text);
        }
        let many = [
            "Overview", "Users", "Sessions", "Sales", "Products", "Audit",
        ];
        let many = many.map(|name| Tab { name, news: 12 });
        tabs(frame, below(frame.area(), 5), theme, &many, 3);
    });
}
