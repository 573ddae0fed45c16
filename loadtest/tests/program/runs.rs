//! Whole runs: the promises hold, and the report says what happened.

use std::fs;

use crate::tool::{Tool, checked};

#[test]
fn two_hundred_buyers_race_for_a_hundred_items() {
    let tool = Tool::new();
    let race = [
        "race",
        "--buyers",
        "200",
        "--items",
        "100",
        "--html",
        "race.html",
        "--quiet",
    ];
    let report = tool.report(&race, 0);
    assert_eq!(report["verdict"], "held");
    assert_eq!(report["attempts"], 20_000);
    for count in ["confirmed", "stored_sales"] {
        assert_eq!(report[count], 100, "{count}");
    }
    for count in ["oversold", "unknown"] {
        assert_eq!(report[count], 0, "{count}");
    }
    assert_eq!(report["violations"].as_array().unwrap().len(), 0);
    assert_eq!(checked(&report, "somebody_wins"), 100);
    assert_eq!(checked(&report, "key_keeps_its_reply"), 25);
    assert_eq!(checked(&report, "key_is_for_one_purchase"), 25);
    assert!(checked(&report, "reads_agree_with_time") > 100);
    assert!(checked(&report, "ledger_agrees") >= 100);
    assert_eq!(report["server"]["durability"], "WAL, synchronous=FULL");
    let page = fs::read_to_string(tool.path().join("race.html")).unwrap();
    assert!(page.contains("<svg") && !page.contains("http://") && !page.contains("src="));
}

#[test]
fn with_hold_all_attempts_of_a_round_are_in_flight_together() {
    let tool = Tool::new();
    let report = tool.report(
        &["race", "--hold", "--buyers", "60", "--items", "20", "-q"],
        0,
    );
    assert_eq!(report["confirmed"], 20);
    assert!(report["overlap"]["median"].as_f64().unwrap() >= 0.9);
    assert_eq!(report["plan"]["hold"], true);
}

#[test]
fn ten_kills_lose_no_confirmed_sale() {
    let tool = Tool::new();
    let report = tool.report(
        &[
            "race", "--crash", "10", "--buyers", "100", "--items", "60", "-q",
        ],
        0,
    );
    assert_eq!(report["crashes"].as_array().unwrap().len(), 10);
    assert_eq!(report["confirmed"], 60);
    assert_eq!(report["stored_sales"], 60);
    assert_eq!(report["attempts"], 6_000);
    assert!(checked(&report, "survives_crash") > 0);
    assert_eq!(report["database"]["integrity"], "ok");
    assert!(
        report["retries"].as_u64().unwrap() > 0,
        "nothing was in flight"
    );
    for crash in report["crashes"].as_array().unwrap() {
        assert!(crash["in_flight"].as_u64().unwrap() > 0);
        assert!(crash["first_served_ms"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn a_load_that_ends_before_its_kills_ends_in_order_and_says_so() {
    let tool = Tool::new();
    let market = [
        "market",
        "--crash",
        "200",
        "--users",
        "8",
        "--duration",
        "1s",
        "-q",
    ];
    let report = tool.report(&market, 0);
    let kills = report["crashes"].as_array().unwrap().len();
    assert!(kills > 0 && kills < 200, "{kills}");
    let notes = report["notes"].to_string();
    assert!(
        notes.contains(&format!("the load ended after {kills} of 200 kills")),
        "{notes}"
    );
    assert_eq!(report["stored_sales"], report["confirmed"]);
}

#[test]
fn a_faulty_network_breaks_no_promise() {
    let tool = Tool::new();
    let market = [
        "market",
        "--chaos",
        "--users",
        "24",
        "--requests",
        "2500",
        "--seed",
        "7",
        "-q",
    ];
    let report = tool.report(&market, 0);
    assert_eq!(report["verdict"], "held");
    let fates = report["chaos"]["fates"].as_object().unwrap();
    assert!(fates.len() >= 3, "{fates:?}");
    assert!(checked(&report, "message_is_kept") > 0);
    assert!(checked(&report, "price_seen_is_paid") > 0);
}

#[test]
fn a_market_is_judged_by_every_rule_but_that_of_crashes() {
    let tool = Tool::new();
    let report = tool.report(&["market", "--users", "32", "--requests", "6000", "-q"], 0);
    let rules = report["rules"].as_array().unwrap();
    let untried = rules
        .iter()
        .filter(|rule| rule["checked"] == 0)
        .map(|rule| &rule["rule"]);
    let untried: Vec<_> = untried.collect();
    assert_eq!(untried, ["survives_crash"]);
    assert_eq!(report["stored_sales"], report["confirmed"]);
    assert!(report["operations"].as_array().unwrap().len() >= 8);
}

#[test]
fn everybody_who_watches_a_race_ends_right() {
    let tool = Tool::new();
    let watch = [
        "watch",
        "--watchers",
        "40",
        "--buyers",
        "30",
        "--items",
        "30",
        "-q",
    ];
    let report = tool.report(&watch, 0);
    assert_eq!(report["watchers"]["count"], 40);
    assert_eq!(report["watchers"]["right"], 40);
    assert!(report["watchers"]["events"].as_u64().unwrap() > 0);
}

#[test]
fn an_open_loop_counts_from_the_planned_start_and_keeps_its_limits() {
    let tool = Tool::new();
    let browse = [
        "browse",
        "--rate",
        "200",
        "--requests",
        "200",
        "--users",
        "8",
        "-q",
    ];
    let kept = [
        &browse[..],
        &["--slo", "list_products:p99=60s", "--slo", "errors=0%"],
    ]
    .concat();
    let report = tool.report(&kept, 0);
    assert_eq!(report["plan"]["model"], "open");
    assert_eq!(report["plan"]["rate"], 200.0);
    // 200 requests at 200 a second: the last one is planned for 995 ms.
    assert!(report["seconds"].as_f64().unwrap() >= 0.99);
    let missed = [&browse[..], &["--slo", "max=1us"]].concat();
    let report = tool.report(&missed, 4);
    assert_eq!(
        report["verdict"], "held",
        "a slow market keeps its promises"
    );
    assert_eq!(report["slo"][0]["kept"], false);
}

#[test]
fn logins_handshakes_and_held_connections_are_loads_of_their_own() {
    let tool = Tool::new();
    let names = |report: &serde_json::Value| -> Vec<String> {
        let operations = report["operations"].as_array().unwrap();
        let names = operations
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned());
        names.collect()
    };
    let login = tool.report(&["login", "--users", "2", "--requests", "6", "-q"], 0);
    assert_eq!(names(&login), ["connect", "login", "logout"]);
    let connect = tool.report(&["connect", "--users", "4", "--requests", "40", "-q"], 0);
    assert_eq!(names(&connect), ["connect"]);
    assert_eq!(connect["operations"][0]["ok"], 40);
    let idle = tool.report(
        &["idle", "--connections", "50", "--duration", "200ms", "-q"],
        0,
    );
    assert_eq!(names(&idle), ["connect", "ping"]);
    // One each, and nine of somebody who comes anew.
    assert_eq!(idle["operations"][1]["ok"], 59);
    let notes = idle["notes"].to_string();
    assert!(
        notes.contains("50 of 50 connections were good to the end"),
        "{notes}"
    );
    assert!(notes.contains("a new client was served after "), "{notes}");
}

#[test]
fn a_report_is_compared_with_an_earlier_one() {
    let tool = Tool::new();
    let race = [
        "race", "--buyers", "10", "--items", "5", "-q", "--seed", "3",
    ];
    let first = tool.report(&race, 0);
    assert!(first.get("baseline").is_none());
    fs::copy(
        tool.path().join("report.json"),
        tool.path().join("before.json"),
    )
    .unwrap();
    let second = tool.report(&[&race[..], &["--baseline", "before.json"]].concat(), 0);
    assert_eq!(second["baseline"]["started_at"], first["started_at"]);
    assert!(!second["baseline"]["rows"].as_array().unwrap().is_empty());
}

#[test]
fn the_self_test_finds_every_planted_fault() {
    let tool = Tool::new();
    let ended = tool.run(&["--self-test", "--seed", "1", "--json", "-"]);
    assert_eq!(ended.code, Some(0), "{}", ended.out);
    let result: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(result["passed"], true);
    assert_eq!(result["missed"].as_array().unwrap().len(), 0);
    assert!(result["planted"].as_u64().unwrap() >= 12);
}

#[test]
fn data_are_kept_when_asked_for_and_never_overwritten() {
    let tool = Tool::new();
    let race = [
        "race",
        "--buyers",
        "5",
        "--items",
        "3",
        "-q",
        "--keep-data",
        "kept",
    ];
    assert_eq!(tool.run(&race).code, Some(0));
    assert!(tool.path().join("kept/auboutique.db").exists());
    let again = tool.run(&race);
    assert_eq!(again.code, Some(2), "{}", again.err);
    assert!(again.err.contains("exists already"), "{}", again.err);
}
