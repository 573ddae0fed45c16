//! Whatever a person does, in a window of whatever size: no widget panics.

use auboutique_client::ui::input::{Code, Input, Key, Size};
use auboutique_client::ui::testing::draw;
use auboutique_client::ui::theme::{Depth, Shade, Theme, Tone};
use auboutique_client::ui::widgets::banner::{Connection, banner};
use auboutique_client::ui::widgets::chart::{Series, chart, sparkline};
use auboutique_client::ui::widgets::confirm::Confirm;
use auboutique_client::ui::widgets::footer::footer;
use auboutique_client::ui::widgets::form::{Field, Form};
use auboutique_client::ui::widgets::help::Help;
use auboutique_client::ui::widgets::palette::{Command, Palette};
use auboutique_client::ui::widgets::panel::panel;
use auboutique_client::ui::widgets::progress::{Progress, progress};
use auboutique_client::ui::widgets::table::MOVES;
use auboutique_client::ui::widgets::tabs::{Tab, tabs};
use auboutique_client::ui::widgets::text_area::TextArea;
use auboutique_client::ui::widgets::toast::Toasts;
use proptest::prelude::*;

const COMMANDS: &[Command] = &[Command {
    name: "users",
    arguments: "NAME",
    help: "all members",
}];

fn any_input() -> impl Strategy<Value = Input> {
    let codes = proptest::sample::select(vec![
        Code::Enter,
        Code::Tab,
        Code::BackTab,
        Code::Backspace,
        Code::Delete,
        Code::Up,
        Code::Down,
        Code::Left,
        Code::Right,
        Code::Home,
        Code::End,
        Code::PageUp,
        Code::PageDown,
        Code::Char(' '),
        Code::Char('x'),
        Code::Char('書'),
        Code::Char('ع'),
    ]);
    let key = (codes, any::<bool>(), any::<bool>());
    prop_oneof![
        key.prop_map(|(code, control, alt)| Input::Key(Key { code, control, alt })),
        "\\PC{0,20}".prop_map(Input::Paste),
        Just(Input::PasteTooLong),
    ]
}

fn any_theme() -> impl Strategy<Value = Theme> {
    let depths = [Depth::Plain, Depth::Sixteen, Depth::Indexed, Depth::True];
    let shades = [Shade::Dark, Shade::Light];
    let depth = proptest::sample::select(depths.to_vec());
    let shade = proptest::sample::select(shades.to_vec());
    (depth, shade).prop_map(|(depth, shade)| Theme::new(depth, shade))
}

/// Draws every one of these in a window of a size.
fn draw_all(size: Size, views: &[&dyn Fn(&mut ratatui::Frame<'_>)]) {
    for view in views {
        drop(draw(size, view));
    }
}

fn form() -> Form {
    Form::new(
        vec![
            Field::text("name", "Name", 20).hint("a hint"),
            Field::secret("password", "Password", 20),
            Field::choice("kind", "Kind", &["one", "two"]),
            Field::check("agree", "Agree"),
            Field::text_area("text", "Text", 90, 5).hint("a hint"),
            Field::button("picture", "Picture", "none"),
        ],
        "Send",
    )
}

proptest! {
    #[test]
    fn no_input_and_no_window_makes_a_widget_panic(
        inputs in proptest::collection::vec(any_input(), 0..30),
        text in "\\PC{0,200}",
        values in proptest::collection::vec(any::<u64>(), 0..50),
        (width, height) in (1_u16..90, 1_u16..30),
        theme in any_theme(),
    ) {
        let (mut form, mut palette) = (form(), Palette::new(COMMANDS));
        let mut confirm = Confirm::new(&*text, &*text, &*text).destructive();
        let (mut help, mut toasts) = (Help::default(), Toasts::default());
        let size = Size { width, height };
        help.open();
        form.set_width(width);
        for input in &inputs {
            form.input(input);
            palette.input(input);
            if let Some(key) = input.key() {
                confirm.press(key);
                help.press(key, size, &[&MOVES]);
            }
        }
        form.refuse("kind", &*text);
        toasts.push(Tone::Bad, &*text);
        let series = Series { values: &values, from: &text, to: &text, written: |n| n.to_string() };
        let shown = [Tab { name: &text, news: 3 }, Tab { name: "Users", news: 0 }];
        let (tone, notice) = Connection::Offline.notice().unwrap();
        draw_all(size, &[
            &|frame| form.draw(frame, frame.area(), &theme),
            &|frame| palette.draw(frame, frame.area(), &theme),
            &|frame| confirm.draw(frame, frame.area(), &theme),
            &|frame| help.draw(frame, frame.area(), &theme, &[&MOVES]),
            &|frame| toasts.draw(frame, frame.area(), &theme),
            &|frame| tabs(frame, frame.area(), &theme, &shown, 0),
            &|frame| {
                let inside = panel(frame, frame.area(), &theme, &text, true);
                chart(frame, inside, &theme, &series);
                sparkline(frame, inside, &theme, &values);
            },
            &|frame| {
                banner(frame, frame.area(), &theme, tone, &notice);
                footer(frame, frame.area(), &theme, &[&MOVES]);
            },
        ]);
    }

    #[test]
    fn no_input_and_no_window_makes_a_field_of_several_lines_panic(
        inputs in proptest::collection::vec(any_input(), 0..30),
        text in "[\\PC\n]{0,200}",
        (width, height) in (1_u16..90, 1_u16..30),
        (columns, lines) in (0_u16..90, 0_u16..30),
        theme in any_theme(),
    ) {
        let (mut area, size) = (TextArea::new(150), Size { width, height });
        area.set(&text);
        area.set_size(columns, lines);
        for input in &inputs {
            area.input(input);
        }
        draw_all(size, &[&|frame| area.draw(frame, frame.area(), &theme, &text, true)]);
    }

    #[test]
    fn no_amount_and_no_window_makes_a_gauge_panic(
        what in "\\PC{0,90}",
        (done, total) in (any::<u64>(), any::<u64>()),
        (width, height) in (1_u16..90, 1_u16..30),
        theme in any_theme(),
    ) {
        let shown = Progress { what: &what, done, total };
        draw_all(Size { width, height }, &[
            &|frame| progress(frame, frame.area(), &theme, &shown),
        ]);
    }
}
