//! The sections on what was judged: rules, breaches, limits, and the comparison with another run.

use auboutique_protocol::text::term_safe;

use super::super::summary::Standing;
use super::super::units::{NONE, count, number, ratio};
use super::super::{Report, RuleResult};
use super::table::{INDENT, Table, wrap};
use super::{Look, Tone, section};

pub(super) fn violations(report: &Report, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    for violation in &report.violations {
        let text = format!("{}: {}", violation.rule, violation.explanation);
        lines.extend(wrap(&text, INDENT, look.width));
        let events = violation.events.iter();
        lines.extend(events.map(|event| format!("    {}", term_safe(event))));
    }
    section(look, "BREACHES", lines)
}

pub(super) fn rules(report: &Report, look: Look) -> Vec<String> {
    if report.rules.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(&["", "rule", "checked", "broken"], 2);
    for rule in &report.rules {
        table.row([
            Standing::of(rule).word().to_owned(),
            rule.rule.clone(),
            count(rule.checked),
            count(rule.broken),
        ]);
    }
    let mut rows = table.lines().into_iter();
    let mut lines: Vec<String> = rows.next().into_iter().collect();
    for (row, rule) in rows.zip(&report.rules) {
        lines.extend(rule_lines(&row, rule, look));
    }
    section(look, "RULES", lines)
}

/// A rule's row; what it says stands below when it was broken.
fn rule_lines(row: &str, rule: &RuleResult, look: Look) -> Vec<String> {
    let standing = Standing::of(rule);
    let tone = match standing {
        Standing::Held => Tone::Good,
        Standing::Broken => Tone::Bad,
        Standing::NotTried => Tone::Doubtful,
    };
    let word = standing.word();
    let mut lines = vec![row.replacen(word, &look.paint(tone, word), 1)];
    if standing == Standing::Broken {
        lines.extend(wrap(&rule.says, "             ", look.width));
    }
    lines
}

pub(super) fn slo(report: &Report, look: Look) -> Vec<String> {
    if report.slo.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(&["", "limit", "measured"], 3);
    for slo in &report.slo {
        let word = if slo.kept { "kept" } else { "missed" };
        let cells = [word, &slo.limit, &slo.measured];
        table.row(cells.map(str::to_owned));
    }
    let mut rows = table.lines().into_iter();
    let mut lines: Vec<String> = rows.next().into_iter().collect();
    for (row, slo) in rows.zip(&report.slo) {
        let (word, tone) = match slo.kept {
            true => ("kept", Tone::Good),
            false => ("missed", Tone::Bad),
        };
        lines.push(row.replacen(word, &look.paint(tone, word), 1));
    }
    section(look, "LIMITS", lines)
}

pub(super) fn baseline(report: &Report, look: Look) -> Vec<String> {
    let Some(baseline) = &report.baseline else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    if !baseline.differences.is_empty() {
        lines.extend(wrap(
            "Not the same set-up, so not comparable as it is:",
            INDENT,
            look.width,
        ));
        for difference in &baseline.differences {
            lines.extend(wrap(difference, "    ", look.width));
        }
    }
    let mut table = Table::new(&["", "then", "now", "now / then"], 1);
    for row in &baseline.rows {
        table.row([
            row.figure.clone(),
            number(row.before),
            number(row.now),
            row.ratio.map_or_else(|| NONE.to_owned(), ratio),
        ]);
    }
    lines.extend(table.lines());
    let heading = format!("COMPARED WITH {}", term_safe(&baseline.started_at));
    section(look, &heading, lines)
}
