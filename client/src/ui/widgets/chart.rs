//! Numbers over time: a small line without axes, and a chart with them.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Sparkline;

use crate::ui::area::{below, right_of};
use crate::ui::text::{number, put, put_centered, put_right, width};
use crate::ui::theme::{Theme, Tone};

/// Numbers in the order of time, and what is said about them.
#[derive(Clone, Copy)]
pub struct Series<'a> {
    /// The numbers, the oldest first.
    pub values: &'a [u64],
    /// The time of the first one.
    pub from: &'a str,
    /// The time of the last one.
    pub to: &'a str,
    /// How a number is written, as for money.
    pub written: fn(u64) -> String,
}

/// Draws the newest values that fit, one a column, the newest on the right.
pub fn sparkline(frame: &mut Frame<'_>, area: Rect, theme: &Theme, values: &[u64]) {
    let fitting = usize::from(area.width);
    let newest = &values[values.len().saturating_sub(fitting)..];
    let area = right_of(area, area.width - number(newest.len()));
    draw_columns(frame, area, theme, newest);
}

/// Draws all values between two axes: how much stands on the left, when below.
pub fn chart(frame: &mut Frame<'_>, area: Rect, theme: &Theme, series: &Series<'_>) {
    let muted = theme.tone(Tone::Muted);
    if area.height < 3 {
        return;
    }
    let Some(most) = series.values.iter().max().copied() else {
        let middle = below(area, area.height / 2);
        put_centered(frame.buffer_mut(), middle, "nothing yet", muted);
        return;
    };
    let most_written = (series.written)(most);
    let none_written = (series.written)(0);
    let labels = number(width(&most_written).max(width(&none_written))).min(area.width / 2);
    let body = Rect {
        height: area.height - 1,
        ..right_of(area, labels + 1)
    };
    let label_column = Rect {
        width: labels,
        ..area
    };
    let buffer = frame.buffer_mut();
    let lowest = below(label_column, body.height - 1);
    put_right(buffer, lowest, &none_written, muted);
    if most > 0 {
        put_right(buffer, label_column, &most_written, muted);
    }
    let times = below(right_of(area, labels + 1), body.height);
    put(buffer, times, series.from, muted);
    put_right(buffer, times, series.to, muted);
    let columns = spread(series.values, usize::from(body.width));
    draw_columns(frame, body, theme, &columns);
}

fn draw_columns(frame: &mut Frame<'_>, area: Rect, theme: &Theme, columns: &[u64]) {
    let most = columns.iter().max().copied().unwrap_or(0).max(1);
    // The library multiplies by eighths of lines.
    let scale = |value: &u64| u64::try_from(u128::from(*value) * 10_000 / u128::from(most));
    let scaled: Vec<u64> = columns
        .iter()
        .map(|value| scale(value).unwrap_or_default())
        .collect();
    let line = Sparkline::default()
        .data(scaled)
        .max(10_000)
        .style(theme.tone(Tone::Accent));
    frame.render_widget(line, area);
}

/// The values over so many columns: each over several, or of several the largest, so that no peak is
/// lost.
fn spread(values: &[u64], columns: usize) -> Vec<u64> {
    let count = values.len();
    let part = |column: usize| {
        let start = column * count / columns;
        let end = ((column + 1) * count / columns).clamp(start + 1, count);
        values[start..end].iter().max().copied().unwrap_or(0)
    };
    (0..columns).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_wide_and_no_peak_of_many_is_lost() {
        assert_eq!(spread(&[1, 2], 4), [1, 1, 2, 2]);
        assert_eq!(spread(&[0, 9, 0, 0, 0, 1], 3), [9, 0, 1]);
        assert_eq!(spread(&[5], 3), [5, 5, 5]);
        assert_eq!(spread(&[1, 2, 3], 2), [1, 3]);
        assert_eq!(spread(&[1], 0), Vec::<u64>::new());
    }
}
