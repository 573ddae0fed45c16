//! This run beside an earlier one: the figures of what both did, and what sets them apart.
//!
//! Figures compare only between equal set-ups, so every difference that could explain one is listed
//! next to them. The server's version is none of these: a change in it is what one compares for.

use super::units::{bytes, count, number, seconds, trimmed};
use super::{BaselineComparison, BaselineRow, Operation, Report};

/// Above this load for each core when it began, other work took part of the machine.
const LOAD_PER_CORE_BUSY: f64 = 0.5;

/// Compares a run with an earlier one.
#[must_use]
pub fn compare(before: &Report, now: &Report) -> BaselineComparison {
    BaselineComparison {
        started_at: before.started_at.clone(),
        differences: differences(before, now),
        rows: rows(before, now),
    }
}

fn rows(before: &Report, now: &Report) -> Vec<BaselineRow> {
    let mut rows = Vec::new();
    for operation in &now.operations {
        if let Some(earlier) = find(before, &operation.name) {
            rows.extend(operation_rows(earlier, operation));
        }
    }
    rows.push(row(
        "load test processor time a request (µs)",
        before.cost.harness_us_per_request,
        now.cost.harness_us_per_request,
    ));
    let server = (
        before.cost.server_us_per_request,
        now.cost.server_us_per_request,
    );
    if let (Some(before), Some(now)) = server {
        rows.push(row("server processor time a request (µs)", before, now));
    }
    rows
}

fn operation_rows(before: &Operation, now: &Operation) -> [BaselineRow; 3] {
    let name = &now.name;
    let latency = |figure: &str, before, now| {
        let figure = format!("{name} {figure} (µs)");
        row(
            &figure,
            super::units::as_f64(before),
            super::units::as_f64(now),
        )
    };
    [
        latency("p50", before.latency.p50, now.latency.p50),
        latency("p99", before.latency.p99, now.latency.p99),
        row(
            &format!("{name} a second"),
            before.per_second,
            now.per_second,
        ),
    ]
}

fn row(figure: &str, before: f64, now: f64) -> BaselineRow {
    BaselineRow {
        figure: figure.to_owned(),
        before,
        now,
        ratio: Some(now / before).filter(|ratio| ratio.is_finite()),
    }
}

fn find<'a>(report: &'a Report, name: &str) -> Option<&'a Operation> {
    let mut operations = report.operations.iter();
    operations.find(|operation| operation.name == name)
}

/// How a set-up is described, fact by fact; the same facts in the same order for every report.
fn setup(report: &Report) -> Vec<(&'static str, String)> {
    let (plan, server, machine) = (&report.plan, &report.server, &report.machine);
    let yes = |is_so: bool| if is_so { "yes" } else { "no" }.to_owned();
    let none = || "none".to_owned();
    vec![
        ("workload", plan.workload.clone()),
        ("loop model", plan.model.clone()),
        ("rate", plan.rate.map_or_else(none, number)),
        ("users", count(plan.users)),
        ("items", count(plan.items)),
        ("server held", yes(plan.hold)),
        ("warm-up", seconds(plan.warm_up_seconds)),
        ("crashes", count(super::units::length(&report.crashes))),
        ("faulty network", yes(report.chaos.is_some())),
        (
            "watchers",
            report.watchers.map_or_else(none, |each| count(each.count)),
        ),
        ("server", server.address.clone()),
        (
            "durability",
            server
                .durability
                .clone()
                .unwrap_or_else(|| "unknown".into()),
        ),
        ("TLS", server.tls.clone()),
        ("processor", machine.processor.clone()),
        ("cores", count(machine.cores)),
        ("memory", bytes(machine.memory_bytes)),
        ("system", machine.system.clone()),
    ]
}

fn differences(before: &Report, now: &Report) -> Vec<String> {
    let facts = setup(before).into_iter().zip(setup(now));
    let mut differences: Vec<String> = facts
        .filter(|((_, then), (_, now))| then != now)
        .map(|((name, then), (_, now))| format!("{name}: {then} then, {now} now"))
        .collect();
    let alone = |one: &Report, other: &Report, when: &str| {
        let operations = one.operations.iter();
        let alone = operations.filter(|each| find(other, &each.name).is_none());
        let named = alone.map(|each| format!("{} was sent only {when}", each.name));
        named.collect::<Vec<_>>()
    };
    differences.extend(alone(before, now, "then"));
    differences.extend(alone(now, before, "now"));
    differences.extend(busy(before, "then"));
    differences.extend(busy(now, "now"));
    differences
}

fn busy(report: &Report, when: &str) -> Option<String> {
    let machine = &report.machine;
    let is_busy = machine.load > LOAD_PER_CORE_BUSY * super::units::as_f64(machine.cores);
    is_busy.then(|| {
        let load = trimmed(machine.load, 2);
        format!(
            "the machine was busy {when}: load {load} on {} cores",
            machine.cores
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{full, minimal};
    use super::*;

    #[test]
    fn a_run_beside_itself_differs_in_nothing() {
        let comparison = compare(&full(), &full());
        assert_eq!(comparison.differences, Vec::<String>::new());
        assert_eq!(comparison.started_at, full().started_at);
        assert_eq!(comparison.rows.len(), 5 * 3 + 2);
        for row in comparison.rows {
            assert_eq!(row.ratio, Some(1.0), "{}", row.figure);
        }
    }

    #[test]
    fn figures_stand_beside_the_earlier_ones_of_the_same_operation() {
        let mut before = full();
        before.operations.reverse();
        let buy = before.operations.last_mut().unwrap();
        buy.latency.p99 = 2 * full().operations[0].latency.p99;
        buy.per_second = 0.0;
        let rows = compare(&before, &full()).rows;
        let find = |figure: &str| rows.iter().find(|row| row.figure == figure).unwrap();
        assert_eq!(find("buy p99 (µs)").ratio, Some(0.5));
        assert_eq!(find("buy p50 (µs)").ratio, Some(1.0));
        assert_eq!(find("buy a second").ratio, None, "there is no ratio to 0");
        assert_eq!(find("buy a second").now, full().operations[0].per_second);
    }

    #[test]
    fn what_explains_a_figure_is_listed() {
        let mut now = full();
        now.plan.users = 500;
        now.machine.cores = 4;
        now.machine.load = 2.5;
        now.server.durability = None;
        now.operations.remove(0);
        now.chaos = None;
        // A new version is what one compares for, a new seed the same load.
        now.server.agent = "auboutique-server/0.2.0".into();
        now.plan.seed = 1;
        assert_eq!(
            compare(&full(), &now).differences,
            [
                "users: 300 then, 500 now",
                "faulty network: yes then, no now",
                "durability: WAL, synchronous=FULL then, unknown now",
                "cores: 2 then, 4 now",
                "buy was sent only then",
                "the machine was busy now: load 2.5 on 4 cores",
            ]
        );
    }

    #[test]
    fn reports_without_operations_and_without_a_servers_cost_compare() {
        let comparison = compare(&minimal(), &full());
        assert_eq!(comparison.rows.len(), 1);
        assert!(
            comparison
                .differences
                .iter()
                .any(|each| each.contains("only now"))
        );
    }
}
