//! The end of a run: the server is stopped, its database read, the judge asked, the report made.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::load::{Loaded, Spent};
use super::stage::Stage;
use super::{Aftermath, Elsewhere, Outcome, RunError, Setting};
use crate::checker::{self, Rule};
use crate::context::Abort;
use crate::history::{Bought, Call, History, Ledger, Refusal};
use crate::ledger;
use crate::plan::{Plan, Workload};
use crate::progress::Length;
use crate::record::precise;
use crate::report::{
    self, Cost, DatabaseCheck, Report, RuleResult, SCHEMA_VERSION, Server, Verdict, ViolationShown,
    baseline,
};
use crate::schedule::Schedule;
use crate::target::Embedded;
use crate::user::actions::PAGE_DECODING;

/// What a run has come to.
pub(super) struct Ending {
    aftermath: Aftermath,
}

impl Ending {
    pub(super) fn of(aftermath: Aftermath) -> Self {
        Self { aftermath }
    }
}

/// What the database says.
#[derive(Default)]
struct Database {
    ledger: Option<Ledger>,
    check: Option<DatabaseCheck>,
    durability: Option<String>,
}

/// Makes the report.
pub(super) async fn conclude(
    plan: &Plan,
    setting: Setting,
    mut stage: Stage,
    ending: Ending,
) -> Result<Outcome, RunError> {
    let mut aftermath = ending.aftermath;
    let phase = setting
        .progress
        .phase("Everything is judged", Length::Unknown);
    let chaos = match stage.chaos.take() {
        Some(chaos) => {
            let report = chaos.report();
            chaos.stop().await;
            Some(report)
        }
        None => None,
    };
    if stage.server.is_none() {
        let Stage { context, cast, .. } = &stage;
        stage.notes.push(Elsewhere::tidy_up(context, cast).await);
    }
    let aborted = stage.context.aborted().cloned();
    let database = stop_and_read(&mut stage, aborted.is_some()).await?;
    // Nothing of what was answered in the end is left out.
    aftermath
        .loaded
        .events
        .extend(stage.context.recorder.take_events());
    let durability = database.durability.clone();
    let history = history(&stage, &mut aftermath, &database);
    let verdict = checker::check(&history);
    let mut report = Report {
        stored_sales: database.ledger.map(|ledger| ledger.sales.len() as u64),
        database: database.check,
        chaos,
        server: Server {
            address: if stage.server.is_some() {
                "embedded".into()
            } else {
                stage.address.clone()
            },
            agent: stage.hello.agent.clone(),
            durability,
            tls: stage.tls.clone(),
        },
        rules: rules(&verdict, &stage),
        violations: violations(&verdict, &history),
        ..figures(plan, &setting, &stage, aftermath, &history)
    };
    judge_beyond_history(&mut report);
    report.verdict = match (report.rules.iter().all(|rule| rule.broken == 0), &aborted) {
        (false, _) => Verdict::Broken,
        (true, Some(_)) => Verdict::Interrupted,
        (true, None) => Verdict::Held,
    };
    phase.finish(if report.verdict == Verdict::Broken {
        "broken"
    } else {
        "no promise broken"
    });
    report.slo = setting
        .slo
        .iter()
        .map(|slo| slo.judge(&report.operations))
        .collect();
    report.baseline = setting
        .baseline
        .as_ref()
        .map(|before| baseline::compare(before, &report));
    Ok(Outcome { report, aborted })
}

/// Adds what no history shows: damage to the database, and watchers who ended with the wrong
/// products.
fn judge_beyond_history(report: &mut Report) {
    let mut judge = |rule: &str, says: &str, checked: u64, broken: u64, explanation: String| {
        report.rules.push(RuleResult {
            rule: rule.into(),
            says: says.into(),
            checked,
            broken,
        });
        if broken > 0 {
            report.violations.push(ViolationShown {
                rule: rule.into(),
                explanation,
                events: Vec::new(),
            });
        }
    };
    if let Some(check) = &report.database {
        let is_damaged = check.integrity != "ok" || check.foreign_keys_broken > 0;
        let explanation = format!(
            "integrity check: {}; broken foreign keys: {}",
            check.integrity, check.foreign_keys_broken
        );
        let says = "SQLite finds nothing wrong with the databases.";
        judge(
            "database_is_sound",
            says,
            1,
            u64::from(is_damaged),
            explanation,
        );
    }
    if let Some(watchers) = report.watchers {
        let wrong = watchers.count.saturating_sub(watchers.right);
        let explanation = format!("{wrong} watchers ended with other products than are for sale");
        let says = "Who watches ends with the products that are for sale.";
        judge(
            "watchers_end_right",
            says,
            watchers.count,
            wrong,
            explanation,
        );
    }
}

/// Stops the server of our own, and reads what it left.
async fn stop_and_read(stage: &mut Stage, is_aborted: bool) -> Result<Database, RunError> {
    let Some(server) = &stage.server else {
        return Ok(Database::default());
    };
    let mut server = server.lock().await;
    match server.end().await {
        Ok(()) => {}
        // Why the run was given up is told already.
        Err(error) if is_aborted => stage.notes.push(error.to_string()),
        Err(error) => return Err(error.into()),
    }
    let taken = stage.context.recorder.now();
    let read = read(&server, stage).await;
    match read {
        Ok((sales, check, durability)) => Ok(Database {
            ledger: Some(Ledger { taken, sales }),
            check: Some(check),
            durability: Some(durability),
        }),
        Err(error) => {
            stage
                .notes
                .push(format!("the database could not be read: {error}"));
            stage.context.abort(Abort::Ledger(error.to_string()));
            Ok(Database::default())
        }
    }
}

type Read = (Vec<crate::history::StoredSale>, DatabaseCheck, String);

async fn read(server: &Embedded, stage: &Stage) -> Result<Read, ledger::LedgerError> {
    let data_dir = server.data_dir();
    let sales = ledger::sales(data_dir, &*stage.names).await?;
    let check = ledger::check(data_dir).await?;
    let durability = ledger::durability(data_dir).await?;
    Ok((sales, check, durability))
}

fn history(stage: &Stage, aftermath: &mut Aftermath, database: &Database) -> History {
    let crashes = &mut aftermath.loaded.crashes;
    let mut ledgers = std::mem::take(&mut crashes.ledgers);
    ledgers.extend(database.ledger.clone());
    History {
        events: std::mem::take(&mut aftermath.loaded.events),
        owners: stage.context.items.owners(),
        crashes: crashes.moments.clone(),
        ledgers,
        told_sales: aftermath.told_sales.take(),
        seller_views: aftermath.sellers.take(),
        buyer_views: aftermath.buyers.take(),
        inboxes: aftermath.inboxes.take(),
    }
}

/// The part of the report that is counted and measured.
fn figures(
    plan: &Plan,
    setting: &Setting,
    stage: &Stage,
    aftermath: Aftermath,
    history: &History,
) -> Report {
    let recorder = &stage.context.recorder;
    let seconds = recorder.measured_for();
    let (seen, judged) = stage.context.items.sightings();
    let Loaded {
        overlap,
        crashes,
        harness,
        server,
        notes,
        ..
    } = aftermath.loaded;
    let mut all_notes = stage.notes.clone();
    all_notes.extend(notes);
    Report {
        schema: SCHEMA_VERSION,
        verdict: Verdict::Held,
        started_at: stage.started_at.to_string(),
        seconds: seconds.as_secs_f64(),
        plan: plan_shown(plan, setting),
        server: Server {
            address: String::new(),
            agent: String::new(),
            durability: None,
            tls: String::new(),
        },
        machine: stage.machine.clone(),
        attempts: attempts(history),
        retries: recorder.retries(),
        confirmed: recorder.confirmed_count(),
        unknown: unknown(history),
        stored_sales: None,
        oversold: oversold(history),
        overlap,
        operations: recorder.operations(),
        errors: recorder.errors(),
        timeline: recorder.timeline(),
        rules: Vec::new(),
        violations: Vec::new(),
        reads: report::Reads {
            seen,
            judged,
            decoding: PAGE_DECODING.into(),
        },
        crashes: crashes.report,
        database: None,
        chaos: None,
        watchers: aftermath.watchers,
        cost: cost(harness, server, recorder.answered()),
        slo: Vec::new(),
        baseline: None,
        notes: all_notes,
    }
}

fn plan_shown(plan: &Plan, setting: &Setting) -> report::Plan {
    let (schedule, hold) = match &plan.workload {
        Workload::Race(race) => (Schedule::Closed, race.hold),
        Workload::Mixed(mixed) => (mixed.schedule, false),
        Workload::Idle { .. } => (Schedule::Closed, false),
    };
    let users = match &plan.workload {
        Workload::Idle { connections, .. } => *connections,
        Workload::Race(_) | Workload::Mixed(_) => plan.people().users,
    };
    let (model, rate) = match schedule {
        Schedule::Closed => ("closed", None),
        Schedule::Open(rate) => ("open", Some(rate.per_second())),
    };
    report::Plan {
        workload: plan.name().into(),
        model: model.into(),
        rate,
        users: users.into(),
        items: plan.items().into(),
        seed: plan.seed,
        hold,
        warm_up_seconds: plan.warm_up.as_secs_f64(),
        command: setting.command.clone(),
    }
}

fn cost(harness: Spent, server: Option<Spent>, answered: u64) -> Cost {
    let for_each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / precise(answered.max(1));
    Cost {
        harness_cpu_seconds: harness.cpu.as_secs_f64(),
        server_cpu_seconds: server.map(|server| server.cpu.as_secs_f64()),
        harness_us_per_request: for_each(harness.cpu),
        server_us_per_request: server.map(|server| for_each(server.cpu)),
        harness_memory_bytes: harness.memory_peak_bytes,
        server_memory_bytes: server.map(|server| server.memory_peak_bytes),
    }
}

fn rules(verdict: &checker::Verdict, stage: &Stage) -> Vec<RuleResult> {
    let (seen, judged) = stage.context.items.sightings();
    let tallies = verdict.tallies.iter();
    tallies
        .map(|tally| RuleResult {
            rule: tally.rule.name().into(),
            says: tally.rule.says().into(),
            checked: if tally.rule == Rule::ReadsAgreeWithTime {
                // The others agreed with all that was known, and were judged when they were read.
                tally.checked + (seen - judged)
            } else {
                tally.checked
            },
            broken: tally.broken,
        })
        .collect()
}

fn violations(verdict: &checker::Verdict, history: &History) -> Vec<ViolationShown> {
    let shown = verdict.violations.iter();
    shown
        .map(|violation| ViolationShown {
            rule: violation.rule.name().into(),
            explanation: violation.explanation.clone(),
            events: violation
                .events
                .iter()
                .map(|event| history.events[*event].to_string())
                .collect(),
        })
        .collect()
}

/// Pairs of buyer and item that were tried, however often.
fn attempts(history: &History) -> u64 {
    let mut pairs = HashSet::new();
    for event in &history.events {
        if let Call::Buy { item, .. } = event.call {
            pairs.insert((event.actor, item));
        }
    }
    pairs.len() as u64
}

/// Items that were confirmed to more than one buyer or key.
fn oversold(history: &History) -> u64 {
    let mut first = HashMap::new();
    let mut oversold = HashSet::new();
    for event in &history.events {
        if let Call::Buy {
            item,
            key,
            outcome: Bought::Confirmed { .. },
            ..
        } = event.call
        {
            let buyer = (event.actor, key);
            if *first.entry(item).or_insert(buyer) != buyer {
                oversold.insert(item);
            }
        }
    }
    oversold.len() as u64
}

/// Purchases of which nobody learned what became of them.
fn unknown(history: &History) -> u64 {
    let mut open = HashSet::new();
    for event in &history.events {
        if let Call::Buy {
            key,
            outcome: Bought::Unknown,
            ..
        } = event.call
        {
            open.insert(key);
        }
    }
    for event in &history.events {
        if let Call::Buy { key, outcome, .. } = event.call
            && outcome != Bought::Unknown
            && outcome != Bought::Refused(Refusal::Transient)
        {
            open.remove(&key);
        }
    }
    open.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Actor, Event, Item, KeyId, Moment, Price};

    fn history(buys: &[(u32, u32, u32, Bought)]) -> History {
        let event = |(actor, item, key, outcome): &(u32, u32, u32, Bought)| Event {
            actor: Actor(*actor),
            invoked: Moment(0),
            returned: Moment(1),
            call: Call::Buy {
                item: Item(*item),
                price: Price(1),
                key: KeyId(*key),
                outcome: *outcome,
            },
        };
        History {
            events: buys.iter().map(event).collect(),
            ..History::default()
        }
    }

    const CONFIRMED: Bought = Bought::Confirmed {
        price: Price(1),
        digest: 7,
    };

    #[test]
    fn an_item_is_oversold_when_two_purchases_of_it_were_confirmed() {
        let repeated = [
            (0, 0, 0, CONFIRMED),
            (0, 0, 0, CONFIRMED),
            (1, 1, 1, CONFIRMED),
        ];
        assert_eq!(oversold(&history(&repeated)), 0);
        assert_eq!(attempts(&history(&repeated)), 2);
        let twice = [
            (0, 0, 0, CONFIRMED),
            (1, 0, 1, CONFIRMED),
            (2, 0, 2, CONFIRMED),
        ];
        assert_eq!(oversold(&history(&twice)), 1, "counted once");
        let own = [(0, 0, 0, CONFIRMED), (0, 0, 5, CONFIRMED)];
        assert_eq!(
            oversold(&history(&own)),
            1,
            "the same buyer with another key"
        );
    }

    #[test]
    fn a_purchase_stays_unknown_until_a_later_try_tells() {
        let sold = Bought::Refused(Refusal::AlreadySold { yours: false });
        let transient = Bought::Refused(Refusal::Transient);
        let tries = [
            (0, 0, 0, Bought::Unknown),
            (0, 0, 0, CONFIRMED),
            (1, 0, 1, Bought::Unknown),
            (1, 0, 1, sold),
            (2, 0, 2, Bought::Unknown),
            (2, 0, 2, transient),
        ];
        assert_eq!(unknown(&history(&tries)), 1);
    }
}
