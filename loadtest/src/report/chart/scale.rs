//! From values to places: linear and logarithmic scales with ticks at 1, 2 and 5.

/// Fewer ticks than this are aimed at.
const TICKS_MAX: f64 = 6.0;
/// More ticks, or decades of them, than this there never are.
const TICKS_LIMIT: usize = 20;
/// A logarithmic scale over more decades than this has its ticks only at powers of ten.
const DECADES_WITH_BETWEEN: f64 = 2.7;

/// How values are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Spread {
    /// From 0, evenly.
    Linear,
    /// By their logarithm; 0 and less have no place.
    Logarithmic,
}

/// Maps values to a stretch of the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    spread: Spread,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// A scale that ends where the largest value does, so that the drawing is filled.
    pub(super) fn tight(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let high = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        Self {
            spread: Spread::Linear,
            low: 0.0,
            high: if high > 0.0 { high } else { 1.0 },
            from,
            to,
        }
    }

    /// A scale that ends at ticks.
    pub(super) fn rounded(
        spread: Spread,
        values: impl Iterator<Item = f64>,
        from: f64,
        to: f64,
    ) -> Self {
        let has_place =
            |value: &f64| value.is_finite() && (spread == Spread::Linear || *value > 0.0);
        let (least, most) = values
            .filter(has_place)
            .fold((f64::INFINITY, 0.0_f64), |(least, most), value| {
                (least.min(value), most.max(value))
            });
        let most = if most > 0.0 { most } else { 1.0 };
        let (low, high) = match spread {
            Spread::Linear => (0.0, ceiling(most, step(most))),
            Spread::Logarithmic => {
                let low = round_down(least.min(most));
                (low, round_up(most).max(low * 10.0))
            }
        };
        Self {
            spread,
            low,
            high,
            from,
            to,
        }
    }

    /// Where a value stands, inside of the drawing whatever it is; `None` if it has no place.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let share = match self.spread {
            Spread::Linear => (value - self.low) / (self.high - self.low),
            Spread::Logarithmic => (value / self.low).log10() / (self.high / self.low).log10(),
        };
        let place = self.from + share.clamp(0.0, 1.0) * (self.to - self.from);
        place.is_finite().then_some(place)
    }

    /// Round values from end to end.
    pub(super) fn ticks(&self) -> Vec<f64> {
        match self.spread {
            Spread::Linear => self.even_ticks(),
            Spread::Logarithmic => self.logarithmic_ticks(),
        }
    }

    fn even_ticks(&self) -> Vec<f64> {
        let step = step(self.high);
        let ticks = (0_u32..).map(|number| f64::from(number) * step);
        // A hair of tolerance: a step such as 0.2 is not a whole number of binary digits. The bound
        // is for numbers so small that a step between them is 0.
        ticks
            .take(TICKS_LIMIT)
            .take_while(|tick| *tick <= self.high * 1.000_001)
            .collect()
    }

    fn logarithmic_ticks(&self) -> Vec<f64> {
        let between: &[f64] = if (self.high / self.low).log10() < DECADES_WITH_BETWEEN {
            &[1.0, 2.0, 5.0]
        } else {
            &[1.0]
        };
        let decades = std::iter::successors(Some(power_of_ten(self.low)), |last| Some(last * 10.0))
            .take(TICKS_LIMIT)
            .take_while(|decade| *decade <= self.high * 1.000_001);
        let mut ticks: Vec<f64> = decades
            .flat_map(|decade| between.iter().map(move |factor| factor * decade))
            .collect();
        let inside = self.low * 0.999_999..=self.high * 1.000_001;
        ticks.retain(|tick| inside.contains(tick));
        ticks
    }
}

/// The distance of ticks from 0 to `high`: 1, 2 or 5 times a power of ten.
fn step(high: f64) -> f64 {
    round_up(high / TICKS_MAX)
}

fn ceiling(value: f64, step: f64) -> f64 {
    (value / step * 0.999_999).ceil() * step
}

/// The largest power of ten that is not above a value.
fn power_of_ten(value: f64) -> f64 {
    10_f64.powf((value * 1.000_001).log10().floor())
}

/// The next 1, 2 or 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    let power = power_of_ten(value);
    let factors = [1.0, 2.0, 5.0].into_iter();
    let reaches = |factor: &f64| factor * power >= value * 0.999_999;
    factors
        .map(Some)
        .find_map(|factor| factor.filter(reaches))
        .unwrap_or(10.0)
        * power
}

/// The last 1, 2 or 5 times a power of ten that is not above a value.
fn round_down(value: f64) -> f64 {
    let power = power_of_ten(value);
    let factors = [5.0, 2.0].into_iter();
    let stays = |factor: &f64| factor * power <= value * 1.000_001;
    factors
        .map(Some)
        .find_map(|factor| factor.filter(stays))
        .unwrap_or(1.0)
        * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(high: f64) -> Scale {
        Scale::rounded(Spread::Linear, [high].into_iter(), 0.0, 100.0)
    }

    fn logarithmic(low: f64, high: f64) -> Scale {
        Scale::rounded(Spread::Logarithmic, [low, high].into_iter(), 0.0, 100.0)
    }

    fn rounded(ticks: &[f64]) -> Vec<String> {
        ticks.iter().map(|tick| format!("{tick:.3}")).collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        for (high, expected) in [
            (1.0, "0.000 0.200 0.400 0.600 0.800 1.000"),
            (4.0, "0.000 1.000 2.000 3.000 4.000"),
            (
                60_000.0,
                "0.000 10000.000 20000.000 30000.000 40000.000 50000.000 60000.000",
            ),
            (0.0, "0.000 0.200 0.400 0.600 0.800 1.000"),
            (7.3, "0.000 2.000 4.000 6.000 8.000"),
        ] {
            assert_eq!(rounded(&linear(high).ticks()).join(" "), expected, "{high}");
        }
        for power in -3..12 {
            for factor in 1..100 {
                let high = f64::from(factor) * 10_f64.powi(power);
                let ticks = linear(high).ticks();
                assert!((3..=8).contains(&ticks.len()), "{high}: {ticks:?}");
                assert!(
                    ticks.last().unwrap() * 1.000_01 >= high,
                    "{high}: {ticks:?}"
                );
            }
        }
    }

    #[test]
    fn a_logarithmic_scale_reaches_from_round_value_to_round_value() {
        let scale = logarithmic(3_100.0, 71_000.0);
        let ticks = scale.ticks();
        assert_eq!(
            ticks,
            [2_000.0, 5_000.0, 10_000.0, 20_000.0, 50_000.0, 100_000.0]
        );
        assert_eq!(scale.place(2_000.0), Some(0.0));
        assert_eq!(scale.place(100_000.0), Some(100.0));
        let wide = logarithmic(12.0, 3_000_000.0).ticks();
        assert_eq!(wide, [1e1, 1e2, 1e3, 1e4, 1e5, 1e6]);
        assert!(logarithmic(50.0, 50.0).ticks().len() > 1);
    }

    #[test]
    fn the_largest_and_the_smallest_numbers_have_scales_too() {
        for value in [f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e-320] {
            for scale in [linear(value), logarithmic(value, value)] {
                assert!(scale.ticks().len() <= 3 * TICKS_LIMIT, "{value}");
                let place = scale.place(value);
                assert!(place.is_none_or(|place| (0.0..=100.0).contains(&place)));
            }
        }
    }

    #[test]
    fn nothing_is_placed_outside_or_nowhere() {
        for scale in [linear(10.0), logarithmic(1.0, 100.0), linear(f64::NAN)] {
            for value in [
                -5.0,
                0.0,
                3.0,
                1e300,
                f64::NAN,
                f64::INFINITY,
                f64::NEG_INFINITY,
            ] {
                if let Some(place) = scale.place(value) {
                    assert!((0.0..=100.0).contains(&place), "{value}: {place}");
                }
            }
        }
        assert_eq!(linear(10.0).place(f64::NAN), None);
        let empty = Scale::tight(std::iter::empty(), 0.0, 100.0);
        assert_eq!(empty.place(0.5), Some(50.0));
    }
}
