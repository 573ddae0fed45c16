//! How the way in looks.

use super::{Identity, Welcome};
use crate::ui::area::{below, first_lines, middle};
use crate::ui::text::{put, put_centered, put_wrapped};
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::panel::panel;
use crate::ui::{Frame, Rect};

/// Columns of what stands in the middle.
const COLUMNS: u16 = 72;

pub(crate) fn welcome(welcome: &Welcome, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let head = first_lines(below(area, 1), 1);
    put_centered(
        frame.buffer_mut(),
        head,
        "A U B o u t i q u e",
        theme.title(),
    );
    let head = below(area, 2);
    let motto = "everything exists once";
    put_centered(frame.buffer_mut(), head, motto, theme.tone(Tone::Muted));
    let area = below(area, 4);
    match welcome {
        Welcome::Waiting(what) => {
            let line = below(area, area.height / 3);
            put_centered(frame.buffer_mut(), line, what, theme.tone(Tone::Muted));
        }
        Welcome::Server { form, reason } => {
            let inside = boxed(frame, area, theme, "Which market?", 15);
            let text = "Whoever runs the market gives you its address or, better, an invite: with that \
                        nobody can stand in between.";
            put_wrapped(
                frame.buffer_mut(),
                first_lines(inside, 2),
                text,
                theme.tone(Tone::Plain),
            );
            form.draw(frame, first_lines(below(inside, 3), form.lines()), theme);
            if let Some(reason) = reason {
                let text = format!("{} {reason}", Tone::Bad.sign());
                let place = below(inside, 8);
                put_wrapped(frame.buffer_mut(), place, &text, theme.tone(Tone::Bad));
            }
        }
        Welcome::Trust {
            address,
            fingerprint,
        } => {
            let inside = boxed(frame, area, theme, "Is this the right server?", 15);
            let plain = theme.tone(Tone::Plain);
            let text = format!(
                "This is the first connection to {address}. The server shows this fingerprint:"
            );
            put_wrapped(frame.buffer_mut(), first_lines(inside, 2), &text, plain);
            let grouped = fingerprint.grouped();
            let (first, second) = grouped.split_at(grouped.len() / 2);
            for (line, half) in [(3, first), (4, second)] {
                let place = below(inside, line);
                put(frame.buffer_mut(), place, half.trim(), theme.title());
            }
            let text = "Compare it with the one that the operator published. If it differs, somebody may \
                        be pretending to be the server, and could read your password. If it is the \
                        same, it is remembered, and you are never asked again.";
            let place = first_lines(below(inside, 6), 4);
            put_wrapped(frame.buffer_mut(), place, text, plain);
            let answers = "y  it is the same, trust it      n  it differs, or I cannot tell";
            put(frame.buffer_mut(), below(inside, 11), answers, theme.key());
        }
        Welcome::Identity(identity) => draw_identity(identity, frame, area, theme),
    }
}

fn draw_identity(identity: &Identity, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let server = &identity.facts.server;
    let title = if identity.is_new {
        format!("Become a member of {server}")
    } else {
        format!("Log in to {server}")
    };
    let inside = boxed(frame, area, theme, &title, 19);
    let mut rest = inside;
    if let Some(reason) = &identity.reason {
        let text = format!("{} {reason}", Tone::Warning.sign());
        let style = theme.tone(Tone::Warning);
        let taken = put_wrapped(frame.buffer_mut(), first_lines(rest, 2), &text, style);
        rest = below(rest, taken + 1);
    }
    if let Some(made_up) = &identity.made_up {
        let buffer = frame.buffer_mut();
        put(buffer, rest, made_up, theme.title());
        let advice = "Your passphrase. Write it down now: it is not shown again.";
        put(buffer, below(rest, 1), advice, theme.tone(Tone::Warning));
        rest = below(rest, 2);
    } else if identity.reason.is_none() {
        let advice = if identity.is_new {
            "Ctrl-R if you are a member already."
        } else {
            "Ctrl-R if you are new here."
        };
        put(frame.buffer_mut(), rest, advice, theme.tone(Tone::Muted));
        rest = below(rest, 2);
    }
    identity.form.draw(frame, rest, theme);
}

fn boxed(frame: &mut Frame<'_>, area: Rect, theme: &Theme, title: &str, lines: u16) -> Rect {
    let place = Rect {
        y: area.y,
        ..middle(area, COLUMNS, lines)
    };
    let inside = panel(frame, place, theme, title, true);
    Rect {
        x: inside.x + 1,
        width: inside.width.saturating_sub(2),
        ..inside
    }
}
