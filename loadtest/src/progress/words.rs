//! What the live view says, as pure functions.

use std::time::Duration;

use auboutique_protocol::text::term_safe;

use super::{Length, Live};
use crate::report::units::{as_f64, count, counted, latency, number, percent, seconds};

/// Codes that are spelled out; the others are counted together.
const ERRORS_SHOWN_MAX: usize = 4;

/// The line that a phase leaves.
pub(super) fn finished(name: &str, note: &str, took: &str) -> String {
    if note.is_empty() {
        format!("{name}: done ({took})")
    } else {
        format!("{name}: {note} ({took})")
    }
}

/// Throughput, latency, sales and breaches.
pub(super) fn figures(live: &Live) -> String {
    let violations = match live.violations {
        0 => "no breach".to_owned(),
        some => counted(some, "BREACH", "BREACHES"),
    };
    format!(
        "{}/s   p50 {}   p99 {}   {} confirmed   {violations}",
        number(live.per_second),
        latency(live.p50_us),
        latency(live.p99_us),
        count(live.confirmed),
    )
}

/// The most frequent codes.
pub(super) fn errors(errors: &[(String, u64)]) -> String {
    if errors.is_empty() {
        return "no refusals or failures".to_owned();
    }
    let mut sorted: Vec<&(String, u64)> = errors.iter().collect();
    sorted.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let shown = sorted.iter().take(ERRORS_SHOWN_MAX);
    let mut parts: Vec<String> = shown
        .map(|(code, times)| format!("{} {}", term_safe(code), count(*times)))
        .collect();
    let others = sorted.iter().skip(ERRORS_SHOWN_MAX);
    let others = others.fold(0, |sum: u64, (_, times)| sum.saturating_add(*times));
    if others > 0 {
        parts.push(format!("others {}", count(others)));
    }
    parts.join("   ")
}

/// So many milliseconds, as seconds.
pub(super) fn time(milliseconds: u64) -> String {
    format!("{:.1} s", as_f64(milliseconds) / 1000.0)
}

/// How far a phase is after some time.
pub(super) fn position(done: u64, length: Length, elapsed: Duration) -> String {
    let Some(total) = length.steps().filter(|total| *total > 0) else {
        return format!("{} done", count(done));
    };
    if let Length::Time(_) = length {
        return format!("{} of {}", time(done), time(total));
    }
    let share = as_f64(done) / as_f64(total);
    let mut text = format!("{} of {} ({})", count(done), count(total), percent(share));
    if done > 0 && done < total {
        let left = elapsed.as_secs_f64() / share * (1.0 - share);
        text.push_str(&format!(", {} left", seconds(left)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_fit_a_line() {
        let mut live = Live {
            per_second: 4_838.2,
            p50_us: 2_100,
            p99_us: 38_600,
            errors: Vec::new(),
            confirmed: 81,
            violations: 0,
        };
        assert_eq!(
            figures(&live),
            "4,838/s   p50 2.10 ms   p99 38.6 ms   81 confirmed   no breach"
        );
        live.violations = 2;
        assert!(figures(&live).ends_with("   2 BREACHES"));
    }

    #[test]
    fn the_most_frequent_errors_are_named() {
        assert_eq!(errors(&[]), "no refusals or failures");
        let all = ["a", "b", "c", "d", "e\u{1b}", "f"];
        let all = all.iter().zip([1, 2, 3, 4, 5_000, 6]);
        let all: Vec<(String, u64)> = all.map(|(code, times)| ((*code).into(), times)).collect();
        assert_eq!(errors(&all), "e\u{fffd} 5,000   f 6   d 4   c 3   others 3");
    }

    #[test]
    fn what_is_left_is_estimated_once_something_is_done() {
        let at = |done, total| position(done, total, Duration::from_secs(10));
        assert_eq!(at(0, Length::Steps(100)), "0 of 100 (0 %)");
        assert_eq!(at(25, Length::Steps(100)), "25 of 100 (25 %), 30.0 s left");
        assert_eq!(at(100, Length::Steps(100)), "100 of 100 (100 %)");
        assert_eq!(at(150, Length::Steps(100)), "150 of 100 (150 %)");
        assert_eq!(at(7, Length::Unknown), "7 done");
        assert_eq!(at(0, Length::Steps(0)), "0 done");
        let minute = Length::Time(Duration::from_secs(60));
        assert_eq!(at(1_500, minute), "1.5 s of 60.0 s");
    }
}
