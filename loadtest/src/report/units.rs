//! Figures for people: three digits that count, thousands set apart, the unit that fits.
//!
//! Nothing here fails on a number that is none: it is written as a dash.

/// Written where there is no figure.
pub(crate) const NONE: &str = "–";

/// A duration in microseconds: `812 µs`, `12.3 ms`, `1.23 s`.
pub(crate) fn micros(micros: f64) -> String {
    scaled(micros, &[("µs", 1.0), ("ms", 1e3), ("s", 1e6)])
}

/// A measured latency in microseconds, as [`micros`].
pub(crate) fn latency(micros_whole: u64) -> String {
    micros(as_f64(micros_whole))
}

/// A duration in seconds, as [`micros`].
pub(crate) fn seconds(seconds: f64) -> String {
    micros(seconds * 1e6)
}

/// An amount of memory: `96.4 MiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    let (kib, mib, gib) = (1024.0, 1_048_576.0, 1_073_741_824.0);
    let units = [("B", 1.0), ("KiB", kib), ("MiB", mib), ("GiB", gib)];
    scaled(as_f64(bytes), &units)
}

/// A count: `60,000`.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut written = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

/// A count with its noun: `1 item`, `200 items`.
pub(crate) fn counted(number: u64, singular: &str, plural: &str) -> String {
    let noun = if number == 1 { singular } else { plural };
    format!("{} {noun}", count(number))
}

/// A number that need not be whole, such as a rate: `4.21`, `42.1`, `4,210`.
pub(crate) fn number(number: f64) -> String {
    if !number.is_finite() {
        return NONE.to_owned();
    }
    let size = number.abs();
    if size >= 99.95 {
        let sign = if number < 0.0 { "-" } else { "" };
        return format!("{sign}{}", count(whole(size)));
    }
    digits(number)
}

/// A share between 0 and 1, as a percentage.
pub(crate) fn percent(share: f64) -> String {
    if share.is_finite() {
        format!("{} %", trimmed(share * 100.0, 2))
    } else {
        NONE.to_owned()
    }
}

/// A quotient with two decimals, so that ratios stand below each other.
pub(crate) fn ratio(ratio: f64) -> String {
    if ratio.is_finite() {
        format!("{ratio:.2}")
    } else {
        NONE.to_owned()
    }
}

/// A number with at most so many decimals, none of them a trailing zero.
pub(crate) fn trimmed(number: f64, decimals: usize) -> String {
    let written = format!("{number:.decimals$}");
    if !written.contains('.') {
        return written;
    }
    let written = written.trim_end_matches('0').trim_end_matches('.');
    let is_zero = matches!(written, "" | "-0");
    if is_zero { "0" } else { written }.to_owned()
}

/// For a figure in a plot or a quotient, where the last bits of a large count do not show.
#[expect(
    clippy::cast_precision_loss,
    reason = "figures for people have three digits"
)]
pub(crate) fn as_f64(count: u64) -> f64 {
    count as f64
}

/// How many there are.
pub(crate) fn length<T>(all: &[T]) -> u64 {
    u64::try_from(all.len()).unwrap_or(u64::MAX)
}

/// The largest of these units in which the number is at least 1 once it is rounded.
fn scaled(number: f64, units: &[(&str, f64)]) -> String {
    if !number.is_finite() {
        return NONE.to_owned();
    }
    let fits = |size: f64| number.abs() >= 0.9995 * size;
    let (unit, size) = units
        .iter()
        .rfind(|(_, size)| fits(*size))
        .or(units.first())
        .copied()
        .unwrap_or(("", 1.0));
    let in_unit = number / size;
    // The smallest unit is counted in whole ones.
    if size <= 1.0 && in_unit.fract() == 0.0 {
        return format!("{in_unit:.0} {unit}");
    }
    let written = if in_unit.abs() >= 99.95 {
        count(whole(in_unit.abs()))
    } else {
        digits(in_unit)
    };
    format!("{written} {unit}")
}

/// Three digits that count, of a number below 100.
fn digits(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if size < 9.995 {
        format!("{number:.2}")
    } else {
        format!("{number:.1}")
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number is not negative, and what is too large becomes the largest"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_take_the_unit_in_which_they_are_at_least_one() {
        for (given, written) in [
            (0.0, "0 µs"),
            (0.5, "0.50 µs"),
            (812.0, "812 µs"),
            (999.0, "999 µs"),
            (999.6, "1.00 ms"),
            (1_234.0, "1.23 ms"),
            (12_345.0, "12.3 ms"),
            (99_960.0, "100 ms"),
            (999_700.0, "1.00 s"),
            (61_000_000.0, "61.0 s"),
            (7_200_000_000.0, "7,200 s"),
            (f64::NAN, "–"),
            (f64::INFINITY, "–"),
        ] {
            assert_eq!(micros(given), written, "{given}");
        }
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        for (given, written) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (60_000, "60,000"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(count(given), written);
        }
        assert_eq!(counted(1, "item", "items"), "1 item");
        assert_eq!(counted(0, "item", "items"), "0 items");
    }

    #[test]
    fn numbers_shares_and_memory_are_short() {
        assert_eq!(number(0.0), "0");
        assert_eq!(number(4.214), "4.21");
        assert_eq!(number(42.14), "42.1");
        assert_eq!(number(99.97), "100");
        assert_eq!(number(4_838.7), "4,839");
        assert_eq!(number(-0.5), "-0.50");
        assert_eq!(number(f64::NAN), "–");
        assert_eq!(percent(0.961), "96.1 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(f64::NAN), "–");
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes(101_082_726), "96.4 MiB");
        assert_eq!(trimmed(61.234, 3), "61.234");
        assert_eq!(trimmed(50.0, 3), "50");
        assert_eq!(trimmed(-0.0001, 2), "0");
        assert_eq!(trimmed(100.0, 0), "100");
    }
}
