//! Reports for tests: everything there can be, next to nothing, and a market that broke its
//! promises.
//!
//! They are also what the pages look like: `AUBOUTIQUE_WRITE_SAMPLE=folder cargo test -p
//! auboutique-loadtest sample` writes them there to be looked at.

use std::collections::BTreeMap;

use super::*;

const SLICES: u32 = 60;
const SECONDS: f64 = 30.0;
/// When the server was killed, in seconds of the measured part.
const CRASHES: [(f64, u64, u64, f64); 3] = [
    (6.2, 41, 288, 84.0),
    (14.7, 103, 300, 91.5),
    (22.1, 151, 274, 79.2),
];

/// A report with every field, as a long race with crashes and a faulty network might leave it.
pub(crate) fn full() -> Report {
    Report {
        schema: SCHEMA_VERSION,
        verdict: Verdict::Held,
        started_at: "2026-03-14T09:26:53Z".into(),
        seconds: SECONDS,
        plan: plan(),
        server: Server {
            address: "embedded".into(),
            agent: "auboutique-server/0.1.0".into(),
            durability: Some("WAL, synchronous=FULL".into()),
            tls: "TLS 1.3, X25519MLKEM768".into(),
        },
        machine: Machine {
            processor: "AMD EPYC 7763 64-Core Processor".into(),
            cores: 2,
            memory_bytes: 8_323_000_000,
            system: "Linux 6.1.0-27-amd64".into(),
            load: 0.42,
        },
        attempts: 60_000,
        retries: 1_204,
        confirmed: 200,
        unknown: 3,
        stored_sales: Some(200),
        oversold: 0,
        overlap: Some(Overlap {
            median: 0.973,
            min: 0.613,
            max: 1.0,
        }),
        operations: operations(),
        errors: errors(),
        timeline: timeline(),
        rules: rules(),
        violations: vec![violation()],
        reads: Reads {
            seen: 412_300,
            judged: 18_442,
            decoding: "pages are decoded to each item's number, state and price".into(),
        },
        crashes: crashes(),
        database: Some(DatabaseCheck {
            integrity: "ok".into(),
            foreign_keys_broken: 0,
        }),
        chaos: Some(chaos()),
        watchers: Some(Watchers {
            count: 50,
            events: 9_812,
            missed: 31,
            right: 50,
        }),
        cost: Cost {
            harness_cpu_seconds: 11.42,
            server_cpu_seconds: Some(24.91),
            harness_us_per_request: 84.6,
            server_us_per_request: Some(184.5),
            harness_memory_bytes: 96_400_000,
            server_memory_bytes: Some(61_200_000),
        },
        slo: slo(),
        baseline: Some(baseline()),
        notes: vec!["The limit of open files was raised from 1,024 to 4,096.".into()],
    }
    .without_violations()
}

/// A report with nothing that may be absent.
pub(crate) fn minimal() -> Report {
    Report {
        plan: Plan {
            rate: None,
            ..plan()
        },
        server: Server {
            durability: None,
            ..full().server
        },
        attempts: 0,
        retries: 0,
        confirmed: 0,
        unknown: 0,
        stored_sales: None,
        overlap: None,
        operations: Vec::new(),
        errors: BTreeMap::new(),
        timeline: Vec::new(),
        rules: Vec::new(),
        crashes: Vec::new(),
        database: None,
        chaos: None,
        watchers: None,
        cost: Cost {
            server_cpu_seconds: None,
            server_us_per_request: None,
            server_memory_bytes: None,
            ..full().cost
        },
        slo: Vec::new(),
        baseline: None,
        notes: Vec::new(),
        ..full()
    }
}

/// A report of a market that sold three items more than once.
pub(crate) fn broken() -> Report {
    let mut report = full();
    report.verdict = Verdict::Broken;
    report.oversold = 3;
    report.violations = vec![violation(), lost_sale()];
    for (rule, broken) in [("sold_once", 3), ("ledger_agrees", 1)] {
        for result in &mut report.rules {
            if result.rule == rule {
                result.broken = broken;
            }
        }
    }
    report
}

/// A report whose every text is meant to break out of where it stands.
pub(crate) fn hostile() -> Report {
    let evil = "</style><script>alert(1)</script>\"'&\u{1b}[31m\u{202e}";
    let mut report = broken();
    report.server.agent = evil.into();
    report.plan.command = evil.into();
    report.notes.push(evil.into());
    report.errors.insert(evil.into(), 7);
    report.violations[0].events.push(evil.into());
    report.violations[0].explanation = evil.into();
    report.operations[0].name = evil.into();
    report.rules[0].says = evil.into();
    report
}

impl Report {
    fn without_violations(mut self) -> Self {
        self.violations.clear();
        self
    }
}

fn plan() -> Plan {
    Plan {
        workload: "market".into(),
        model: "open".into(),
        rate: Some(4_500.0),
        users: 300,
        items: 200,
        seed: 7_260_113,
        hold: false,
        warm_up_seconds: 2.0,
        command: "auboutique-loadtest market --users 300 --items 200 --rate 4500 --crash 3 --chaos"
            .into(),
    }
}

fn operations() -> Vec<Operation> {
    vec![
        operation("buy", 61_204, 200, 59_800, 9_400.0),
        operation("list", 52_410, 52_402, 0, 2_100.0),
        operation("show", 14_882, 14_880, 2, 1_150.0),
        operation("send", 6_011, 6_007, 0, 3_800.0),
        operation("connect", 1_506, 1_471, 0, 15_800.0),
    ]
}

fn operation(name: &str, count: u64, ok: u64, refused: u64, median: f64) -> Operation {
    let curve = curve(median, units::as_f64(ok + refused));
    let at = |wanted: f64| {
        let found = curve.iter().find(|(percentile, _)| *percentile >= wanted);
        found.map_or(0, |(_, micros)| *micros)
    };
    Operation {
        name: name.into(),
        count,
        ok,
        refused,
        failed: count - ok - refused,
        per_second: units::as_f64(ok + refused) / SECONDS,
        latency: Latency {
            mean: median * 1.25,
            min: at(0.0),
            p50: at(50.0),
            p90: at(90.0),
            p99: at(99.0),
            p999: at(99.9),
            max: at(100.0),
        },
        curve,
    }
}

/// A long tail with a step in it, as a group commit and a restart leave it.
fn curve(median: f64, answers: f64) -> Vec<(f64, u64)> {
    let mut percentiles = vec![0.0, 10.0, 25.0, 50.0, 75.0];
    let halvings = (0..11).map(|halving| 100.0 - 12.5 / f64::from(1 << halving));
    percentiles.extend(halvings);
    percentiles.extend([90.0, 99.0, 99.9, 99.99, 100.0]);
    percentiles.sort_by(f64::total_cmp);
    let latency = |percentile: f64| {
        let nines = (1.0 / (1.0 - percentile / 100.0)).min(answers).log10();
        let step = if nines > 2.2 { 2.4 } else { 1.0 };
        whole(median * (0.45 + 0.55 * nines / 0.301).max(0.4) * step)
    };
    let points = percentiles.into_iter();
    points
        .map(|percentile| (percentile, latency(percentile)))
        .collect()
}

fn errors() -> BTreeMap<String, u64> {
    [
        ("already_sold", 59_744),
        ("busy", 1_105),
        ("connection_lost", 96),
        ("draining", 18),
        ("own_item", 56),
        ("timeout", 3),
    ]
    .map(|(code, times)| (code.to_owned(), times))
    .into()
}

fn timeline() -> Vec<Slice> {
    let mut confirmed = 0.0;
    let mut noise = Noise(20_260_314);
    (1..=SLICES)
        .map(|number| {
            let at = SECONDS * f64::from(number) / f64::from(SLICES);
            let since = CRASHES
                .iter()
                .map(|(crash, ..)| at - crash)
                .find(|since| (0.0..1.5).contains(since));
            let slow = since.map_or(1.0, |since| 6.0 - 3.2 * since);
            confirmed += if since.is_some() { 1.4 } else { 3.6 };
            Slice {
                at,
                per_second: (4_510.0 + 420.0 * noise.next()) / slow.sqrt(),
                p50: whole((5_600.0 + 900.0 * noise.next()) * slow.sqrt()),
                p99: whole((34_000.0 + 9_000.0 * noise.next()) * slow),
                failed: since.map_or(0, |_| whole(60.0 + 40.0 * noise.next()) * 3),
                confirmed: whole(confirmed).min(200),
            }
        })
        .collect()
}

fn rules() -> Vec<RuleResult> {
    [
        ("sold_once", "An item is sold at most once; repetitions of one key count once.", 200),
        ("refusal_has_cause", "`already_sold` and `withdrawn` are said only once somebody may have caused them.", 59_744),
        ("somebody_wins", "An item that nothing stood against was bought by somebody.", 181),
        ("reads_agree_with_time", "What is shown agrees with time: sold after a confirmation, for sale before anybody can have won, never for sale again.", 18_442),
        ("key_keeps_its_reply", "A key gives the same confirmation however often it is sent.", 88),
        ("key_is_for_one_purchase", "A key that made a purchase is refused for another one.", 40),
        ("ledger_agrees", "Stored sales are the confirmed ones and some of the unknown ones, with buyer, key and price.", 803),
        ("views_agree", "Sellers and buyers see the sales that are stored.", 400),
        ("price_seen_is_paid", "The price paid is the one asked for, and was the item's at some instant of the call.", 200),
        ("survives_crash", "Every sale that was confirmed before a crash is there after it.", 295),
        ("message_is_kept", "No acknowledged message is lost.", 6_007),
        ("message_is_there_once", "No message is there twice.", 6_007),
        ("messages_keep_their_order", "The messages of a sender stand in the order in which they were sent.", 0),
    ]
    .map(|(rule, says, checked)| RuleResult { rule: rule.into(), says: says.into(), checked, broken: 0 })
    .into()
}

fn violation() -> ViolationShown {
    ViolationShown {
        rule: "sold_once".into(),
        explanation: "item 17 was confirmed to two buyers, 4 and 212".into(),
        events: vec![
            "  3.204118 s –   3.219842 s  user 4    buy item 17 at 12.50, key 3311: confirmed"
                .into(),
            "  3.204633 s –   3.221007 s  user 212  buy item 17 at 12.50, key 9127: confirmed"
                .into(),
        ],
    }
}

fn lost_sale() -> ViolationShown {
    ViolationShown {
        rule: "ledger_agrees".into(),
        explanation: "the sale of item 90 was confirmed and is not in the database".into(),
        events: vec![
            " 11.871200 s –  11.884019 s  user 77   buy item 90 at 8.00, key 6120: confirmed"
                .into(),
        ],
    }
}

fn crashes() -> Vec<Crash> {
    let warm_up = plan().warm_up_seconds;
    CRASHES
        .map(|(at, confirmed_before, in_flight, first_served_ms)| Crash {
            at: at + warm_up,
            confirmed_before,
            in_flight,
            first_served_ms,
        })
        .into()
}

fn chaos() -> Chaos {
    let fates = [
        ("black_hole", 41),
        ("delay", 201),
        ("drip", 88),
        ("half_close", 37),
        ("none", 1_024),
        ("reset", 115),
    ];
    Chaos {
        connections: 1_506,
        fates: fates.map(|(fate, times)| (fate.to_owned(), times)).into(),
    }
}

fn slo() -> Vec<SloResult> {
    [
        ("buy:p99=150ms", "buy:p99=71.4ms", true),
        ("list:p50=2ms", "list:p50=2.1ms", false),
        ("errors=1%", "buy:errors=1.967%", false),
    ]
    .map(|(limit, measured, kept)| SloResult {
        limit: limit.into(),
        measured: measured.into(),
        kept,
    })
    .into()
}

fn baseline() -> BaselineComparison {
    BaselineComparison {
        started_at: "2026-03-11T18:02:11Z".into(),
        differences: vec!["cores: 4 then, 2 now".into()],
        rows: [
            ("buy p50 (µs)", 8_800.0, 9_400.0),
            ("buy p99 (µs)", 66_100.0, 71_436.0),
            ("buy a second", 2_114.0, 2_000.0),
            ("server processor time a request (µs)", 0.0, 184.5),
        ]
        .map(|(figure, before, now)| BaselineRow {
            figure: figure.into(),
            before,
            now,
            ratio: (before > 0.0).then(|| now / before),
        })
        .into(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sample figures are small and positive"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

/// The same wiggle in every run, between -1 and 1.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(self.0) / f64::from(u32::MAX) * 2.0 - 1.0
    }
}
