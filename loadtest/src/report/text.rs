//! The report for people at a terminal: the verdict first, then what led to it.
//!
//! [`render`] is pure: who prints it decides about the width and about colours, which only repeat
//! what a word says. Lines take 80 columns well and never need more than [`WIDTH_MAX`], except for
//! the lines of a breach, which are not cut.

mod judged;
mod measured;
mod table;

use table::{INDENT, wrap};

use super::Report;
use super::summary::{Fact, Seal, figures, plan_line, sentence};

/// Most columns that are used, however wide the terminal is: longer lines are hard to follow.
pub const WIDTH_MAX: usize = 100;
/// Fewest columns that the layout is made for.
const WIDTH_MIN: usize = 60;

/// How the text is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether to use colours.
    pub color: bool,
}

/// A colour with a meaning; a word beside it always says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Good,
    Bad,
    Doubtful,
    Heading,
}

impl Look {
    fn paint(self, tone: Tone, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => "1;32",
            Tone::Bad => "1;31",
            Tone::Doubtful => "1;33",
            Tone::Heading => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// The whole report, ending with a line feed.
#[must_use]
pub fn render(report: &Report, look: Look) -> String {
    let look = Look {
        width: look.width.clamp(WIDTH_MIN, WIDTH_MAX),
        ..look
    };
    let sections = [
        verdict(report, look),
        judged::violations(report, look),
        setting(report, look),
        measured::operations(report, look),
        measured::errors(report, look),
        judged::rules(report, look),
        measured::crashes(report, look),
        measured::findings(report, look),
        measured::cost(report, look),
        judged::slo(report, look),
        judged::baseline(report, look),
        notes(report, look),
    ];
    let mut text = String::new();
    for lines in sections.into_iter().filter(|lines| !lines.is_empty()) {
        text.push('\n');
        for line in lines {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// A heading over lines; nothing at all when there are none.
fn section(look: Look, heading: &str, lines: Vec<String>) -> Vec<String> {
    if lines.is_empty() {
        return lines;
    }
    let heading = look.paint(Tone::Heading, heading);
    std::iter::once(heading).chain(lines).collect()
}

fn verdict(report: &Report, look: Look) -> Vec<String> {
    let seal = Seal::of(report);
    let tone = match seal {
        Seal::Held => Tone::Good,
        Seal::Broken => Tone::Bad,
        Seal::Interrupted | Seal::Untested => Tone::Doubtful,
    };
    let rule = look.paint(tone, &"━".repeat(look.width));
    let (mark, headline) = (seal.mark(), seal.headline().to_uppercase());
    let mut lines = vec![
        rule.clone(),
        look.paint(tone, &format!("{INDENT}{mark} {headline}")),
    ];
    lines.extend(wrap(&sentence(report), "    ", look.width));
    let missed = report.slo.iter().filter(|slo| !slo.kept).count();
    if missed > 0 {
        let text = format!("Limits missed: {missed} of {}.", report.slo.len());
        let line = format!("    {}", look.paint(Tone::Doubtful, &text));
        lines.push(line);
    }
    lines.push(rule);
    lines
}

/// What was done, against what, and the figures that a reader looks for first.
fn setting(report: &Report, look: Look) -> Vec<String> {
    let (server, machine) = (&report.server, &report.machine);
    let mut parts = vec![server.address.clone(), server.agent.clone()];
    parts.extend(server.durability.clone());
    parts.push(server.tls.clone());
    let machine = format!(
        "{} · {} cores · {} · load {:.2}",
        machine.processor, machine.cores, machine.system, machine.load
    );
    let mut lines = Vec::new();
    for text in [plan_line(report), parts.join(" · "), machine] {
        lines.extend(wrap(&text, INDENT, look.width));
    }
    lines.push(String::new());
    lines.extend(pairs(&figures(report)));
    section(look, "RUN", lines)
}

/// Facts two in a line.
fn pairs(facts: &[Fact]) -> Vec<String> {
    let lines = facts.chunks(2).map(|facts| {
        let cells = facts.iter().map(|fact| {
            let (name, value) = (fact.name, &fact.value);
            format!("{name:<18}{value:>12}")
        });
        let cells: Vec<String> = cells.collect();
        format!("{INDENT}{}", cells.join("      "))
    });
    lines.collect()
}

fn notes(report: &Report, look: Look) -> Vec<String> {
    let notes = report.notes.iter();
    let lines = notes.flat_map(|note| wrap(note, INDENT, look.width));
    section(look, "NOTES", lines.collect())
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::text::is_hostile;
    use unicode_width::UnicodeWidthStr as _;

    use super::super::Verdict;
    use super::super::testing::{broken, full, hostile, minimal};
    use super::*;

    const PLAIN: Look = Look {
        width: 80,
        color: false,
    };

    #[test]
    fn the_verdict_stands_first_and_in_words() {
        for (report, words) in [
            (full(), "✓ ALL PROMISES HELD"),
            (broken(), "✗ A PROMISE WAS BROKEN"),
        ] {
            let text = render(&report, PLAIN);
            let second = text.lines().nth(2).unwrap();
            assert_eq!(second.trim(), words);
        }
        let mut report = full();
        report.verdict = Verdict::Interrupted;
        assert!(render(&report, PLAIN).contains("! INTERRUPTED"));
    }

    #[test]
    fn every_line_fits_the_width_it_was_given() {
        for report in [full(), broken(), minimal()] {
            for width in [80, 90, 100, 200] {
                let text = render(&report, Look { width, ..PLAIN });
                for line in text.lines().filter(|line| !line.contains(" s – ")) {
                    assert!(line.width() <= width.min(WIDTH_MAX), "{width}: {line}");
                }
            }
        }
    }

    #[test]
    fn without_colours_there_is_nothing_but_text() {
        for report in [full(), hostile()] {
            let text = render(&report, PLAIN);
            let found = text.chars().find(|&each| each != '\n' && is_hostile(each));
            assert_eq!(found, None);
            let colored = render(
                &report,
                Look {
                    color: true,
                    ..PLAIN
                },
            );
            let mut stripped = colored;
            for code in ["1;32", "1;31", "1;33", "1", "0"] {
                stripped = stripped.replace(&format!("\u{1b}[{code}m"), "");
            }
            assert_eq!(stripped, text, "a colour changes no word and no column");
        }
    }

    #[test]
    fn figures_operations_rules_and_breaches_are_all_there() {
        let text = render(
            &broken(),
            Look {
                width: 100,
                ..PLAIN
            },
        );
        for part in [
            "market · open loop at 4,500/s · 300 users · 200 items · 30.0 s · seed 7260113",
            "WAL, synchronous=FULL",
            "p99.9",
            "already_sold",
            "BROKEN     sold_once",
            "not tried  messages_keep_their_order",
            "item 17 was confirmed to two buyers, 4 and 212",
            "key 9127: confirmed",
            "integrity check: ok",
            "reset 115",
            "missed  list:p50=2ms",
            "cores: 4 then, 2 now",
            "raised from 1,024 to 4,096",
        ] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
    }

    #[test]
    fn an_empty_run_has_no_empty_sections() {
        let text = render(&minimal(), PLAIN);
        for heading in ["OPERATIONS", "CRASHES", "LIMITS", "BREACHES", "NOTES"] {
            assert!(!text.contains(heading), "{heading}");
        }
    }
}
