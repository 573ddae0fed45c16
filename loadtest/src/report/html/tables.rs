//! The tables of the page.

use super::super::summary::{self, Standing, by_frequency};
use super::super::units::{NONE, count, latency, micros, number, ratio, seconds};
use super::super::{Operation, Report};
use super::markup::{Column, Table, Tone, escape, figure, text, verdict};

const OPERATIONS: [Column; 11] = [
    text("Operation"),
    figure("Count"),
    figure("OK"),
    figure("Refused"),
    figure("Failed"),
    figure("Per s"),
    figure("p50"),
    figure("p90"),
    figure("p99"),
    figure("p99.9"),
    figure("Max"),
];

pub(super) fn operations(report: &Report) -> String {
    let caption = match &*report.plan.model {
        "open" => "Latency counts from the planned start of each request.",
        _ => {
            "Each user waits for an answer before the next request; latency counts from its start."
        }
    };
    let mut table = Table::new(caption, &OPERATIONS).wide();
    for operation in &report.operations {
        table.row(Tone::Plain, operation_cells(operation));
    }
    table.draw()
}

fn operation_cells(operation: &Operation) -> Vec<String> {
    let taken = &operation.latency;
    let latencies = [taken.p50, taken.p90, taken.p99, taken.p999, taken.max];
    let has_answers = operation.ok.saturating_add(operation.refused) > 0;
    let latencies = latencies.map(|micros| {
        if has_answers {
            latency(micros)
        } else {
            NONE.to_owned()
        }
    });
    let counts = [
        operation.name.clone(),
        count(operation.count),
        count(operation.ok),
        count(operation.refused),
        count(operation.failed),
        number(operation.per_second),
    ];
    counts.into_iter().chain(latencies).collect()
}

pub(super) fn rules(report: &Report) -> String {
    let columns = [
        text("Rule"),
        verdict("Verdict"),
        figure("Checked"),
        figure("Broken"),
        text("What it says"),
    ];
    let caption = "A rule that met no case was not tried: the run says nothing about it.";
    let mut table = Table::new(caption, &columns).wide();
    for rule in &report.rules {
        let standing = Standing::of(rule);
        let (mark, tone) = match standing {
            Standing::Held => ('✓', Tone::Good),
            Standing::Broken => ('✗', Tone::Bad),
            Standing::NotTried => ('–', Tone::Doubtful),
        };
        let cells = [
            rule.rule.clone(),
            format!("{mark} {}", standing.word()),
            count(rule.checked),
            count(rule.broken),
            rule.says.replace('`', ""),
        ];
        table.row(tone, cells);
    }
    table.draw()
}

pub(super) fn slo(report: &Report) -> String {
    let columns = [text("Limit"), verdict("Verdict"), text("Measured")];
    let mut table = Table::new("Limits that were asked for.", &columns);
    for slo in &report.slo {
        let (word, tone) = match slo.kept {
            true => ("✓ kept", Tone::Good),
            false => ("✗ missed", Tone::Bad),
        };
        let cells = [slo.limit.clone(), word.to_owned(), slo.measured.clone()];
        table.row(tone, cells);
    }
    table.draw()
}

pub(super) fn errors(report: &Report) -> String {
    let columns = [text("Code"), figure("Times")];
    let mut table = Table::new("Over all operations, the most frequent first.", &columns);
    for (code, times) in by_frequency(report) {
        table.row(Tone::Plain, [code.to_owned(), count(times)]);
    }
    table.draw()
}

pub(super) fn crashes(report: &Report) -> String {
    let columns = [
        figure("No."),
        figure("Killed after"),
        figure("Confirmed before"),
        figure("In flight"),
        figure("Served again in"),
    ];
    let caption = "Kills of the server, counted from the beginning of the run. The last column is \
                   the time from the new start to the first answer.";
    let mut table = Table::new(caption, &columns);
    for (number, crash) in (1_u64..).zip(&report.crashes) {
        let cells = [
            count(number),
            seconds(crash.at),
            count(crash.confirmed_before),
            count(crash.in_flight),
            micros(crash.first_served_ms * 1e3),
        ];
        table.row(Tone::Plain, cells);
    }
    table.draw()
}

pub(super) fn cost(report: &Report) -> String {
    let columns = [text("What"), figure("Load test"), figure("Server")];
    let mut table = Table::new("In the measured part of the run.", &columns);
    for (name, harness, server) in summary::cost(report) {
        let server = server.unwrap_or_else(|| "unknown".to_owned());
        table.row(Tone::Plain, [name.to_owned(), harness, server]);
    }
    table.draw()
}

pub(super) fn baseline(report: &Report) -> String {
    let Some(baseline) = &report.baseline else {
        return String::new();
    };
    let columns = [
        text("Figure"),
        figure("Then"),
        figure("Now"),
        figure("Now / then"),
    ];
    let caption = format!("The earlier run began at {}.", baseline.started_at);
    let mut table = Table::new(&caption, &columns);
    for row in &baseline.rows {
        let cells = [
            row.figure.clone(),
            number(row.before),
            number(row.now),
            row.ratio.map_or_else(|| NONE.to_owned(), ratio),
        ];
        table.row(Tone::Plain, cells);
    }
    differences(&baseline.differences) + &table.draw()
}

fn differences(differences: &[String]) -> String {
    if differences.is_empty() {
        return String::new();
    }
    let items = differences
        .iter()
        .map(|each| format!("<li>{}</li>\n", escape(each)));
    format!(
        "<p class=\"doubtful\">The set-ups differ, so the figures are not comparable as they are:\
         </p>\n<ul>\n{}</ul>\n",
        items.collect::<Vec<_>>().concat()
    )
}
