//! Charts as SVG, drawn here because a page that follows the reader's light or dark needs classes
//! instead of colours: `plotters` and its like write the colours into every element.
//!
//! A chart is as wide as half the page, so that its letters have one size everywhere, and it says
//! what it shows in `<title>` and `<desc>`. Lines differ by dashes and carry their names, colours
//! only help. Whatever the data, no coordinate is anything but a finite number.

mod axes;
mod line;
mod scale;

pub(in crate::report) use line::Line;
use line::{area, path, spread_labels, thin};
use scale::Scale;
pub(in crate::report) use scale::Spread;

use super::html::markup::escape;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 280.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = HEIGHT - 40.0;
const LEFT: f64 = 58.0;
/// Room at the right of a chart without labels there.
const RIGHT_MIN: f64 = 14.0;
/// About what a letter of a label takes.
const LETTER_WIDTH: f64 = 6.3;
/// Longer names of lines are cut.
const NAME_LETTERS_MAX: usize = 14;

/// What is drawn.
pub(super) struct Chart {
    /// Unique on the page.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) lines: Vec<Line>,
    pub(super) bars: Vec<Bar>,
    /// Moments to be marked by a vertical.
    pub(super) marks: Vec<Mark>,
    /// Said instead of a chart that would be empty.
    pub(super) nothing: &'static str,
}

/// An axis.
pub(super) struct Axis {
    /// What it measures, with the unit.
    pub(super) label: String,
    pub(super) spread: Spread,
    /// How a tick is written, and a value in the description.
    pub(super) write: fn(f64) -> String,
    /// Ticks that take the place of the usual ones, and have lines through the chart on the x axis.
    pub(super) ticks: Vec<(f64, &'static str)>,
}

/// A bar from one place on the x axis to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bar {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) height: f64,
}

/// A marked moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mark {
    pub(super) at: f64,
    pub(super) says: String,
}

/// A line with the number of its style, thinned.
struct Drawn<'a> {
    line: &'a Line,
    style: usize,
    places: Vec<Option<(f64, f64)>>,
}

impl Chart {
    /// The `<svg>`, or a note when there is nothing to show.
    pub(super) fn draw(&self) -> String {
        if self.is_empty() {
            return format!("<p class=\"nothing\">{}</p>\n", escape(self.nothing));
        }
        let right = WIDTH - self.right_margin();
        let x = Scale::tight(self.xs(), LEFT, right);
        let y = Scale::rounded(self.y.spread, self.ys(), BOTTOM, TOP);
        let lines = self.drawn(&x, &y);
        let parts = [
            self.grid(&y, right),
            self.x_axis(&x, right),
            self.draw_marks(&x),
            self.draw_bars(&x, &y),
            draw_lines(&lines),
            draw_labels(&lines),
        ];
        format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-desc\">\n\
             <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{desc}</desc>\n\
             {parts}</svg>\n",
            id = self.id,
            title = escape(self.title),
            desc = escape(&self.description()),
            parts = parts.concat(),
        )
    }

    fn is_empty(&self) -> bool {
        let has_place =
            |value: f64| value.is_finite() && (self.y.spread == Spread::Linear || value > 0.0);
        let mut points = self.lines.iter().flat_map(|line| &line.points);
        let no_points = !points.any(|(x, y)| x.is_finite() && has_place(*y));
        no_points && self.bars.iter().all(|bar| bar.height <= 0.0)
    }

    fn xs(&self) -> impl Iterator<Item = f64> {
        let points = self.lines.iter().flat_map(|line| &line.points);
        let bars = self.bars.iter().map(|bar| bar.to);
        points.map(|(x, _)| *x).chain(bars)
    }

    fn ys(&self) -> impl Iterator<Item = f64> {
        let points = self.lines.iter().flat_map(|line| &line.points);
        let bars = self.bars.iter().map(|bar| bar.height);
        points.map(|(_, y)| *y).chain(bars)
    }

    /// A single line needs no name beside it: the y axis says what it is.
    fn right_margin(&self) -> f64 {
        if self.lines.len() < 2 {
            return RIGHT_MIN;
        }
        let letters = self
            .lines
            .iter()
            .map(|line| short(&line.name).chars().count());
        let letters = u32::try_from(letters.max().unwrap_or(0)).unwrap_or(u32::MAX);
        RIGHT_MIN + f64::from(letters) * LETTER_WIDTH
    }

    fn drawn<'a>(&'a self, x: &Scale, y: &Scale) -> Vec<Drawn<'a>> {
        let place = |(at, height): (f64, f64)| Some((x.place(at)?, y.place(height)?));
        let lines = self.lines.iter().enumerate();
        lines
            .map(|(style, line)| Drawn {
                line,
                style,
                places: thin(&line.points).into_iter().map(place).collect(),
            })
            .collect()
    }

    fn draw_bars(&self, x: &Scale, y: &Scale) -> String {
        let mut bars = String::new();
        for bar in self.bars.iter().filter(|bar| bar.height > 0.0) {
            let places = (x.place(bar.from), x.place(bar.to), y.place(bar.height));
            let (Some(from), Some(to), Some(top)) = places else {
                continue;
            };
            let (width, height) = ((to - from - 1.0).max(1.0), (BOTTOM - top).max(1.0));
            let top = BOTTOM - height;
            bars.push_str(&format!(
                "<rect class=\"bar\" x=\"{from:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" \
                 height=\"{height:.1}\"/>\n"
            ));
        }
        bars
    }
}

fn draw_lines(lines: &[Drawn<'_>]) -> String {
    let draw = |drawn: &Drawn<'_>| {
        let tint = if drawn.line.filled {
            let tint = area(&drawn.places, BOTTOM);
            format!("<path class=\"area s{}\" d=\"{tint}\"/>\n", drawn.style)
        } else {
            String::new()
        };
        let path = path(&drawn.places);
        format!(
            "{tint}<path class=\"line s{}\" d=\"{path}\"/>\n",
            drawn.style
        )
    };
    lines.iter().map(draw).collect()
}

/// The names of lines where these end.
fn draw_labels(lines: &[Drawn<'_>]) -> String {
    if lines.len() < 2 {
        return String::new();
    }
    let last = |drawn: &Drawn<'_>| drawn.places.iter().rev().flatten().next().copied();
    let ends: Vec<(&Drawn<'_>, (f64, f64))> = lines
        .iter()
        .filter_map(|drawn| Some((drawn, last(drawn)?)))
        .collect();
    let wanted: Vec<f64> = ends.iter().map(|(_, (_, y))| y + 4.0).collect();
    let places = spread_labels(&wanted, BOTTOM);
    let labels = ends.iter().zip(places).map(|((drawn, (x, _)), y)| {
        let (x, name) = (x + 6.0, escape(&short(&drawn.line.name)));
        let style = drawn.style;
        format!("<text class=\"label s{style}\" x=\"{x:.1}\" y=\"{y:.1}\">{name}</text>\n")
    });
    labels.collect::<Vec<_>>().concat()
}

fn short(name: &str) -> String {
    if name.chars().count() <= NAME_LETTERS_MAX {
        return name.to_owned();
    }
    let kept = name.chars().take(NAME_LETTERS_MAX - 1);
    kept.chain(['…']).collect()
}
