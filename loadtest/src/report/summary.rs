//! What a report comes to, in words: the same for the text and the page, so it is said here once.
//!
//! Everything returned is plain text that may hold what a server said; whoever shows it makes it
//! safe for where it goes.

use super::units::{bytes, count, counted, number, percent, seconds, trimmed};
use super::{Operation, Report, RuleResult, Verdict};

/// A fact with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    /// What it is.
    pub(super) name: &'static str,
    /// What it amounts to.
    pub(super) value: String,
}

fn fact(name: &'static str, value: impl Into<String>) -> Fact {
    let value = value.into();
    Fact { name, value }
}

/// How a rule came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Held,
    Broken,
    /// Nothing in the run was a case for it, so it says nothing.
    NotTried,
}

impl Standing {
    pub(super) fn of(rule: &RuleResult) -> Self {
        match (rule.broken, rule.checked) {
            (1.., _) => Self::Broken,
            (0, 0) => Self::NotTried,
            (0, _) => Self::Held,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Broken => "BROKEN",
            Self::NotTried => "not tried",
        }
    }
}

/// The verdict as it is shown: a run that put no rule to the test has proved nothing, and must not
/// look as if it had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seal {
    Held,
    Broken,
    Interrupted,
    Untested,
}

impl Seal {
    pub(super) fn of(report: &Report) -> Self {
        match report.verdict {
            Verdict::Held if tried(report) == 0 => Self::Untested,
            Verdict::Held => Self::Held,
            Verdict::Broken => Self::Broken,
            Verdict::Interrupted => Self::Interrupted,
        }
    }

    pub(super) fn mark(self) -> char {
        match self {
            Self::Held => '✓',
            Self::Broken => '✗',
            Self::Interrupted => '!',
            Self::Untested => '–',
        }
    }

    pub(super) fn headline(self) -> &'static str {
        match self {
            Self::Held => "All promises held",
            Self::Broken => "A promise was broken",
            Self::Interrupted => "Interrupted",
            Self::Untested => "No promise was put to the test",
        }
    }
}

/// How many rules met a case.
fn tried(report: &Report) -> usize {
    let rules = report.rules.iter();
    rules.filter(|rule| rule.checked > 0).count()
}

/// The verdict in a sentence or two.
pub(super) fn sentence(report: &Report) -> String {
    match report.verdict {
        Verdict::Held => format!("{}{}", sales(report), untried(report)),
        Verdict::Broken => format!("{} {}", broken(report), sales(report)),
        Verdict::Interrupted => format!(
            "Stopped before its end; what was recorded until then broke no promise. {}",
            sales(report)
        ),
    }
}

/// Says when some rules met no case.
fn untried(report: &Report) -> String {
    match (tried(report), report.rules.len()) {
        (0, _) => String::new(),
        (tried, all) if tried == all => String::new(),
        (tried, all) => format!(" {tried} of {all} rules met a case."),
    }
}

fn broken(report: &Report) -> String {
    let broken: Vec<String> = report
        .rules
        .iter()
        .filter(|rule| rule.broken > 0)
        .map(|rule| format!("{} ({})", rule.rule, counted(rule.broken, "time", "times")))
        .collect();
    if broken.is_empty() {
        return "What the run saw cannot be that of a correct market.".to_owned();
    }
    format!("Broken: {}.", broken.join(", "))
}

fn sales(report: &Report) -> String {
    if report.attempts == 0 {
        return format!(
            "{} answered or given up; nobody tried to buy.",
            counted(requests(report), "request", "requests")
        );
    }
    let stored = report.stored_sales.map_or_else(
        || "the database was not read".to_owned(),
        |stored| format!("{} stored", count(stored)),
    );
    let oversold = match report.oversold {
        0 => "none sold twice".to_owned(),
        oversold => format!("{} sold more than once", count(oversold)),
    };
    let attempts = counted(report.attempts, "attempt to buy", "attempts to buy");
    let sales = counted(report.confirmed, "sale", "sales");
    format!("{attempts}: {sales} confirmed, {stored}, {oversold}.")
}

/// Requests of every kind that were answered or given up.
pub(super) fn requests(report: &Report) -> u64 {
    let counts = report.operations.iter().map(|operation| operation.count);
    counts.fold(0, u64::saturating_add)
}

/// The figures that a reader looks for first.
pub(super) fn figures(report: &Report) -> Vec<Fact> {
    let rate: f64 = report.operations.iter().map(|each| each.per_second).sum();
    let mut facts = vec![
        fact("attempts", count(report.attempts)),
        fact("confirmed", count(report.confirmed)),
        fact(
            "stored",
            report.stored_sales.map_or("not read".into(), count),
        ),
        fact("oversold", count(report.oversold)),
        fact("unknown", count(report.unknown)),
        fact("retries", count(report.retries)),
        fact("requests", count(requests(report))),
        fact("answers a second", number(rate)),
    ];
    if let Some(overlap) = report.overlap {
        facts.push(fact("overlap, median", percent(overlap.median)));
        facts.push(fact("overlap, least", percent(overlap.min)));
    }
    facts
}

/// The plan in a line.
pub(super) fn plan_line(report: &Report) -> String {
    let plan = &report.plan;
    let mut parts = vec![
        plan.workload.clone(),
        model(report),
        counted(plan.users, "user", "users"),
        counted(plan.items, "item", "items"),
        seconds(report.seconds),
        format!("seed {}", plan.seed),
    ];
    if plan.hold {
        parts.push("server held for each round".to_owned());
    }
    parts.join(" · ")
}

fn model(report: &Report) -> String {
    match report.plan.rate {
        Some(rate) => format!("{} loop at {}/s", report.plan.model, number(rate)),
        None => format!("{} loop", report.plan.model),
    }
}

/// What was asked for, in full.
pub(super) fn plan(report: &Report) -> Vec<Fact> {
    let plan = &report.plan;
    vec![
        fact("Workload", plan.workload.clone()),
        fact("Model", model(report)),
        fact("Users", count(plan.users)),
        fact("Items", count(plan.items)),
        fact("Seed", plan.seed.to_string()),
        fact(
            "Server held",
            if plan.hold { "for each round" } else { "no" },
        ),
        fact(
            "Warm-up",
            format!("{} left out", seconds(plan.warm_up_seconds)),
        ),
        fact("Measured", seconds(report.seconds)),
        fact("Began", report.started_at.clone()),
        fact("Command", plan.command.clone()),
    ]
}

/// Against what, and on what.
pub(super) fn setting(report: &Report) -> Vec<Fact> {
    let (server, machine) = (&report.server, &report.machine);
    let unknown = || "unknown".to_owned();
    vec![
        fact("Server", server.address.clone()),
        fact("Version", server.agent.clone()),
        fact(
            "Durability",
            server.durability.clone().unwrap_or_else(unknown),
        ),
        fact("TLS", server.tls.clone()),
        fact("Processor", machine.processor.clone()),
        fact("Cores", count(machine.cores)),
        fact("Memory", bytes(machine.memory_bytes)),
        fact("System", machine.system.clone()),
        fact("Load at start", trimmed(machine.load, 2)),
    ]
}

/// What the run cost: a name, the load test's figure, and the server's if it is known.
pub(super) fn cost(report: &Report) -> Vec<(&'static str, String, Option<String>)> {
    let cost = &report.cost;
    vec![
        (
            "Processor time",
            seconds(cost.harness_cpu_seconds),
            cost.server_cpu_seconds.map(seconds),
        ),
        (
            "Processor time a request",
            super::units::micros(cost.harness_us_per_request),
            cost.server_us_per_request.map(super::units::micros),
        ),
        (
            "Most memory",
            bytes(cost.harness_memory_bytes),
            cost.server_memory_bytes.map(bytes),
        ),
    ]
}

/// What else was found, a sentence each, in the order in which it is shown.
pub(super) fn findings(report: &Report) -> Vec<Fact> {
    let mut facts = vec![fact("Reads", reads(report))];
    if let Some(database) = &report.database {
        let value = format!(
            "integrity check: {}; broken foreign keys: {}",
            database.integrity,
            count(database.foreign_keys_broken)
        );
        facts.push(fact("Database", value));
    }
    if let Some(chaos) = &report.chaos {
        let fates = chaos.fates.iter();
        let fates: Vec<String> = fates
            .map(|(fate, times)| format!("{fate} {}", count(*times)))
            .collect();
        let connections = counted(chaos.connections, "connection", "connections");
        let value = format!("{connections}; {}", fates.join(", "));
        facts.push(fact("Faulty network", value));
    }
    if let Some(watchers) = &report.watchers {
        let value = format!(
            "{} of {} ended with the products that are for sale; {} reached them, {} to read again",
            count(watchers.right),
            count(watchers.count),
            counted(watchers.events, "event", "events"),
            counted(watchers.missed, "order", "orders"),
        );
        facts.push(fact("Watchers", value));
    }
    facts
}

fn reads(report: &Report) -> String {
    let reads = &report.reads;
    format!(
        "{} seen, {} of them judged; {}",
        counted(reads.seen, "item", "items"),
        count(reads.judged),
        reads.decoding
    )
}

/// The operations that have answers, which alone have latencies.
pub(super) fn answered(report: &Report) -> impl Iterator<Item = &Operation> {
    let operations = report.operations.iter();
    operations.filter(|operation| operation.ok.saturating_add(operation.refused) > 0)
}

/// Refusals and failures, the most frequent code first.
pub(super) fn by_frequency(report: &Report) -> Vec<(&str, u64)> {
    let errors = report.errors.iter();
    let mut errors: Vec<(&str, u64)> = errors.map(|(code, times)| (&**code, *times)).collect();
    errors.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    errors
}

#[cfg(test)]
mod tests {
    use super::super::testing::{broken, full, minimal};
    use super::*;

    #[test]
    fn the_sentence_says_what_was_tried_sold_and_stored() {
        assert_eq!(
            sentence(&full()),
            "60,000 attempts to buy: 200 sales confirmed, 200 stored, none sold twice. \
             12 of 13 rules met a case."
        );
        assert_eq!(
            sentence(&minimal()),
            "0 requests answered or given up; nobody tried to buy."
        );
        let sentence = sentence(&broken());
        assert!(
            sentence.starts_with("Broken: sold_once (3 times)"),
            "{sentence}"
        );
        assert!(sentence.contains("3 sold more than once"), "{sentence}");
    }

    #[test]
    fn a_run_that_tested_nothing_does_not_look_like_a_success() {
        assert_eq!(Seal::of(&full()), Seal::Held);
        assert_eq!(Seal::of(&minimal()), Seal::Untested);
        assert_eq!(Seal::of(&broken()), Seal::Broken);
        let mut report = minimal();
        report.verdict = Verdict::Broken;
        assert_eq!(Seal::of(&report), Seal::Broken);
    }

    #[test]
    fn a_rule_that_met_no_case_has_not_held() {
        let rule = |checked, broken| RuleResult {
            rule: "r".into(),
            says: "s".into(),
            checked,
            broken,
        };
        assert_eq!(Standing::of(&rule(0, 0)), Standing::NotTried);
        assert_eq!(Standing::of(&rule(5, 0)), Standing::Held);
        assert_eq!(Standing::of(&rule(5, 1)), Standing::Broken);
        // A tally that cannot be is not glossed over.
        assert_eq!(Standing::of(&rule(0, 1)), Standing::Broken);
    }
}
