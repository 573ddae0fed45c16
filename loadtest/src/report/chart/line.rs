//! A line of a chart: its points thinned to what can be seen, its path, and the places of labels.

/// Most points of one line. More could not be told apart, and the page would grow with the run.
pub(super) const POINTS_MAX: usize = 600;
/// Least distance between two labels.
const LABEL_HEIGHT: f64 = 13.0;

/// A named line. A value that is not finite is a gap.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Line {
    pub(in crate::report) name: String,
    pub(in crate::report) points: Vec<(f64, f64)>,
    /// Whether what is below it is tinted.
    pub(in crate::report) filled: bool,
}

/// At most [`POINTS_MAX`] points that keep every peak, every trough and every gap: of each stretch
/// its lowest point, its highest, and one gap if it has any.
pub(super) fn thin(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= POINTS_MAX {
        return points.to_vec();
    }
    let stretch = points.len().div_ceil(POINTS_MAX / 3);
    points.chunks(stretch).flat_map(extremes).collect()
}

fn extremes(stretch: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let by_height = |one: &&(f64, f64), other: &&(f64, f64)| one.1.total_cmp(&other.1);
    let finite = || stretch.iter().filter(|(_, y)| y.is_finite());
    let gap = stretch.iter().find(|(_, y)| !y.is_finite());
    let lowest = finite().min_by(by_height);
    let highest = finite()
        .max_by(by_height)
        .filter(|&found| Some(found) != lowest);
    let mut kept: Vec<(f64, f64)> = [lowest, highest, gap]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    kept.sort_by(|one, other| one.0.total_cmp(&other.0));
    kept
}

/// The `d` of a path through these places; `None` lifts the pen. A place between two gaps becomes a
/// dot, as round ends are drawn for a stroke without length.
pub(super) fn path(places: &[Option<(f64, f64)>]) -> String {
    let mut path = String::new();
    for stroke in strokes(places) {
        for (number, (x, y)) in stroke.iter().enumerate() {
            let command = if number == 0 { 'M' } else { 'L' };
            path.push_str(&format!("{command}{x:.1} {y:.1}"));
        }
        if stroke.len() == 1 {
            path.push_str("h0");
        }
    }
    path
}

/// As [`path`], closed along the bottom.
pub(super) fn area(places: &[Option<(f64, f64)>], bottom: f64) -> String {
    let mut area = String::new();
    for stroke in strokes(places) {
        if let [(first, _), .., (last, _)] = stroke[..] {
            let top: Vec<String> = stroke
                .iter()
                .map(|(x, y)| format!("L{x:.1} {y:.1}"))
                .collect();
            let top = top.concat();
            area.push_str(&format!(
                "M{first:.1} {bottom:.1}{top}L{last:.1} {bottom:.1}Z"
            ));
        }
    }
    area
}

fn strokes(places: &[Option<(f64, f64)>]) -> impl Iterator<Item = Vec<(f64, f64)>> {
    let strokes = places.split(Option::is_none);
    strokes
        .map(|stroke| stroke.iter().flatten().copied().collect::<Vec<_>>())
        .filter(|stroke| !stroke.is_empty())
}

/// Moves labels apart so that none covers another, as little as need be, and not below `bottom`.
pub(super) fn spread_labels(wanted: &[f64], bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&one, &other| wanted[one].total_cmp(&wanted[other]));
    let mut places = wanted.to_vec();
    let mut least = f64::NEG_INFINITY;
    for &label in &order {
        places[label] = places[label].max(least);
        least = places[label] + LABEL_HEIGHT;
    }
    let mut most = bottom;
    for &label in order.iter().rev() {
        places[label] = places[label].min(most);
        most = places[label] - LABEL_HEIGHT;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_peaks_and_gaps() {
        let height = |at: u32| match at {
            31_415 => 99.0,
            27_182 => -7.0,
            50_000 => f64::NAN,
            _ => f64::from(at % 10),
        };
        let points: Vec<(f64, f64)> = (0..100_000).map(|at| (f64::from(at), height(at))).collect();
        let kept = thin(&points);
        assert!(kept.len() <= POINTS_MAX, "{}", kept.len());
        assert!(kept.contains(&(31_415.0, 99.0)) && kept.contains(&(27_182.0, -7.0)));
        assert!(kept.iter().any(|(x, y)| *x == 50_000.0 && y.is_nan()));
        assert!(kept.is_sorted_by(|one, other| one.0 < other.0));
        assert_eq!(thin(&points[..POINTS_MAX]).len(), POINTS_MAX);
    }

    #[test]
    fn a_gap_lifts_the_pen_and_a_lone_point_is_a_dot() {
        let places = [
            Some((0.0, 1.0)),
            Some((2.0, 3.0)),
            None,
            None,
            Some((4.0, 5.0)),
        ];
        assert_eq!(path(&places), "M0.0 1.0L2.0 3.0M4.0 5.0h0");
        assert_eq!(area(&places, 9.0), "M0.0 9.0L0.0 1.0L2.0 3.0L2.0 9.0Z");
        assert_eq!(path(&[None]), "");
    }

    #[test]
    fn labels_do_not_cover_each_other() {
        let places = spread_labels(&[50.0, 52.0, 20.0, 99.0, 98.0], 100.0);
        assert_eq!(places, [50.0, 63.0, 20.0, 100.0, 87.0]);
        assert_eq!(spread_labels(&[], 100.0), Vec::<f64>::new());
    }
}
