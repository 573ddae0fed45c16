//! What lies over a screen: help, questions, notices, commands.

use auboutique_client::ui::input::{Code, Input, Key};
use auboutique_client::ui::keys::{Binding, KeyTable, Listed};
use auboutique_client::ui::testing::SMALL;
use auboutique_client::ui::text::put_wrapped;
use auboutique_client::ui::theme::{Theme, Tone};
use auboutique_client::ui::widgets::confirm::Confirm;
use auboutique_client::ui::widgets::help::Help;
use auboutique_client::ui::widgets::palette::{Command, Palette};
use auboutique_client::ui::widgets::table::MOVES;
use auboutique_client::ui::widgets::toast::Toasts;
use ratatui::Frame;

use crate::widgets::looked_at;

/// Something to lie over.
fn background(frame: &mut Frame<'_>, theme: &Theme) {
    let text = "the quick brown fox jumps over the lazy dog ".repeat(120);
    let area = frame.area();
    put_wrapped(frame.buffer_mut(), area, &text, theme.tone(Tone::Muted));
}

const EVERYWHERE: KeyTable<()> = KeyTable::new(
    "Everywhere",
    &[
        Binding::new(&[Key::char('?'), Key::of(Code::F(1))], (), "show this help"),
        Binding::new(
            &[Key::char('q'), Key::of(Code::Esc)],
            (),
            "go back, at last leave",
        ),
        Binding::new(&[Key::char(':')], (), "type a command"),
        Binding::new(&[Key::of(Code::Tab)], (), "next screen"),
        Binding::new(&[Key::of(Code::BackTab)], (), "previous screen"),
        Binding::new(&[Key::char('r'), Key::control('l')], (), "load anew"),
    ],
);
const SESSIONS: KeyTable<()> = KeyTable::new(
    "Sessions",
    &[
        Binding::new(&[Key::char('/')], (), "filter"),
        Binding::new(&[Key::char('s')], (), "sort by the next column"),
        Binding::new(
            &[Key::char('x')],
            (),
            "disconnect; the member must log in again",
        ),
        Binding::new(&[Key::of(Code::Enter)], (), "what is known of this member"),
        Binding::new(&[Key::char('S')], (), "suspend the member"),
    ],
);

#[test]
fn helps() {
    looked_at("help_fits", |frame, theme| {
        background(frame, theme);
        let mut help = Help::default();
        help.open();
        help.draw(frame, frame.area(), theme, &[&EVERYWHERE, &MOVES]);
    });
    looked_at("help_scrolled", |frame, theme| {
        background(frame, theme);
        let mut help = Help::default();
        help.open();
        let tables: [&dyn Listed; 3] = [&EVERYWHERE, &MOVES, &SESSIONS];
        help.press(Key::of(Code::End), SMALL, &tables);
        help.draw(frame, frame.area(), theme, &tables);
    });
}

#[test]
fn confirmations() {
    looked_at("confirm", |frame, theme| {
        background(frame, theme);
        let consequence = "All 2 sessions of mona end at once. She is told why and must log in \
                           again. What she has on sale stays.";
        Confirm::new("Disconnect mona?", consequence, "Disconnect")
            .destructive()
            .draw(frame, frame.area(), theme);
    });
    looked_at("confirm_yes", |frame, theme| {
        background(frame, theme);
        let mut confirm = Confirm::new("Buy it?", "Atlas, from mona, for 12.50 USD.", "Buy");
        confirm.press(Key::of(Code::Tab));
        confirm.draw(frame, frame.area(), theme);
    });
}

#[test]
fn toasts() {
    looked_at("toasts", |frame, theme| {
        background(frame, theme);
        let mut toasts = Toasts::default();
        toasts.push(Tone::Good, "Saved.");
        toasts.push(Tone::Accent, "mona wrote to you.");
        toasts.push(
            Tone::Warning,
            "The certificate of the server expires in 3 days.",
        );
        let long = "Nothing was sold: the server could not write to its disk. ".repeat(4);
        toasts.push(Tone::Bad, long);
        toasts.draw(frame, frame.area(), theme);
    });
}

const COMMANDS: &[Command] = &[
    Command {
        name: "users",
        arguments: "",
        help: "all members",
    },
    Command {
        name: "suspend",
        arguments: "USER REASON",
        help: "end all sessions and refuse logins",
    },
    Command {
        name: "disconnect",
        arguments: "USER",
        help: "end all sessions",
    },
    Command {
        name: "quit",
        arguments: "",
        help: "leave",
    },
];

#[test]
fn palettes() {
    for (name, line) in [
        ("palette_empty", ""),
        ("palette_full", "s"),
        ("palette_unknown", "xyz"),
    ] {
        looked_at(name, |frame, theme| {
            background(frame, theme);
            let mut palette = Palette::new(COMMANDS);
            palette.input(&Input::Paste(line.into()));
            palette.draw(frame, frame.area(), theme);
        });
    }
}
