//! What stands around the lines of a chart: axes, grid and marks, and the description for those who
//! cannot see it.

use super::scale::Scale;
use super::{BOTTOM, Chart, HEIGHT, LEFT, TOP, escape};

impl Chart {
    pub(super) fn grid(&self, y: &Scale, right: f64) -> String {
        let label = escape(&self.y.label);
        let mut grid = format!("<text class=\"axis\" x=\"0\" y=\"12\">{label}</text>\n");
        for tick in y.ticks() {
            let Some(place) = y.place(tick) else { continue };
            let (beside, below) = (LEFT - 8.0, place + 4.0);
            grid.push_str(&format!(
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{right:.1}\" y1=\"{place:.1}\" \
                 y2=\"{place:.1}\"/><text class=\"tick end\" x=\"{beside}\" y=\"{below:.1}\">\
                 {}</text>\n",
                escape(&(self.y.write)(tick))
            ));
        }
        grid
    }

    pub(super) fn x_axis(&self, x: &Scale, right: f64) -> String {
        let mut axis = format!(
            "<line class=\"base\" x1=\"{LEFT}\" x2=\"{right:.1}\" y1=\"{BOTTOM}\" y2=\"{BOTTOM}\"/>\n"
        );
        let (tick_end, beneath) = (BOTTOM + 4.0, BOTTOM + 17.0);
        for (tick, text) in self.x_ticks(x) {
            let Some(place) = x.place(tick) else { continue };
            if !self.x.ticks.is_empty() {
                axis.push_str(&format!(
                    "<line class=\"grid\" x1=\"{place:.1}\" x2=\"{place:.1}\" y1=\"{TOP}\" \
                     y2=\"{BOTTOM}\"/>"
                ));
            }
            axis.push_str(&format!(
                "<line class=\"base\" x1=\"{place:.1}\" x2=\"{place:.1}\" y1=\"{BOTTOM}\" \
                 y2=\"{tick_end}\"/><text class=\"tick mid\" x=\"{place:.1}\" y=\"{beneath}\">\
                 {}</text>\n",
                escape(&text)
            ));
        }
        let (label, lowest) = (escape(&self.x.label), HEIGHT - 6.0);
        axis.push_str(&format!(
            "<text class=\"axis end\" x=\"{right:.1}\" y=\"{lowest}\">{label}</text>\n"
        ));
        axis
    }

    fn x_ticks(&self, x: &Scale) -> Vec<(f64, String)> {
        if self.x.ticks.is_empty() {
            let ticks = x.ticks().into_iter();
            return ticks.map(|tick| (tick, (self.x.write)(tick))).collect();
        }
        let most = self.xs().filter(|x| x.is_finite()).fold(0.0, f64::max);
        let given = self.x.ticks.iter().filter(|(tick, _)| *tick <= most);
        given
            .map(|(tick, text)| (*tick, (*text).to_owned()))
            .collect()
    }

    pub(super) fn draw_marks(&self, x: &Scale) -> String {
        let marks = self.marks.iter().filter_map(|mark| {
            let place = x.place(mark.at)?;
            let (left, right, tip) = (place - 4.0, place + 4.0, TOP - 3.0);
            Some(format!(
                "<g class=\"mark\"><title>{}</title><line x1=\"{place:.1}\" x2=\"{place:.1}\" \
                 y1=\"{TOP}\" y2=\"{BOTTOM}\"/><path d=\"M{left:.1} {:.1}H{right:.1}\
                 L{place:.1} {tip:.1}Z\"/></g>\n",
                escape(&mark.says),
                TOP - 10.0,
            ))
        });
        marks.collect::<Vec<_>>().concat()
    }

    /// For those who cannot see it: the range of each line.
    pub(super) fn description(&self) -> String {
        let range = |name: &str, values: &mut dyn Iterator<Item = f64>| {
            let finite = values.filter(|value| value.is_finite());
            let (least, most) = finite.fold(
                (f64::INFINITY, f64::NEG_INFINITY),
                |(least, most), value| (least.min(value), most.max(value)),
            );
            let write = self.y.write;
            format!("{name}: from {} to {}.", write(least), write(most))
        };
        let lines = self.lines.iter();
        let mut sentences: Vec<String> = lines
            .map(|line| range(&line.name, &mut line.points.iter().map(|(_, y)| *y)))
            .collect();
        if !self.bars.is_empty() {
            sentences.push(range(
                &self.y.label,
                &mut self.bars.iter().map(|bar| bar.height),
            ));
        }
        sentences.extend(self.marks.iter().map(|mark| format!("{}.", mark.says)));
        sentences.join(" ")
    }
}
