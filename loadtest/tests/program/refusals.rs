//! What cannot be run is refused before anything is done, and what goes wrong in between ends in
//! order.

use std::io::{BufRead as _, BufReader, Read as _};

use rustix::process::{Pid, Signal, kill_process};

use crate::tool::Tool;

#[test]
fn wrong_usage_is_told_with_what_would_be_right() {
    let tool = Tool::new();
    for (arguments, words) in [
        (
            &["race", "--buyers", "0"][..],
            "--buyers takes a number from 1 to 100000",
        ),
        (
            &["race", "--items", "100001"],
            "--items takes a number from 1 to 100000",
        ),
        (&["race", "--buyers", "many"], "invalid value 'many'"),
        (&["market", "--duration", "0s"], "--duration takes"),
        (
            &["market", "--duration", "10"],
            "give a number with its unit",
        ),
        (&["browse", "--rate", "0"], "give a number above 0"),
        (&["browse", "--requests", "0"], "--requests takes"),
        (
            &["browse", "--warm-up", "20s", "--duration", "10s"],
            "leaves nothing",
        ),
        (&["race", "--hold", "--crash", "1"], "do not go together"),
        (&["idle", "--chaos"], "do not go together"),
        (&["--slo", "fast"], "[OPERATION:]METRIC=VALUE"),
        (&["--baseline", "nowhere.json"], "nowhere.json"),
        (&["--ca", "ca.pem"], "--server"),
        (
            &["--server", "localhost", "--crash", "1", "--yes"],
            "needs a server of its own",
        ),
        (&["--server", "a b", "--yes"], "--server a b"),
        (&["--server", "localhost", "race"], "agree with --yes"),
        (&["waltz"], "unrecognized subcommand"),
    ] {
        let ended = tool.run(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.err);
        assert!(ended.err.contains(words), "{arguments:?}: {}", ended.err);
        assert!(ended.out.is_empty(), "{arguments:?}: {}", ended.out);
    }
}

#[test]
fn reports_that_cannot_be_written_are_found_out_before_the_run() {
    let tool = Tool::new();
    for (flag, file) in [
        ("--json", "missing/r.json"),
        ("--html", "missing/r.html"),
        ("--json", "."),
    ] {
        let ended = tool.run(&[flag, file]);
        assert_eq!(ended.code, Some(3), "{}", ended.err);
        assert!(ended.err.contains("cannot write"), "{}", ended.err);
        assert!(!ended.err.contains("The server starts"), "{}", ended.err);
    }
}

#[test]
fn too_few_file_descriptors_are_explained() {
    let tool = Tool::new();
    let program = env!("CARGO_BIN_EXE_auboutique-loadtest");
    let script = format!("ulimit -n 100; exec {program} idle --connections 5000");
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(
        told.contains("file descriptors") && told.contains("ulimit"),
        "{told}"
    );
    drop(tool);
}

#[test]
fn an_interrupt_ends_the_run_in_order_with_a_report() {
    let tool = Tool::new();
    let market = [
        "market",
        "--users",
        "8",
        "--duration",
        "600s",
        "--json",
        "report.json",
    ];
    let mut child = tool.start(&market);
    let mut told = BufReader::new(child.stderr.take().unwrap());
    // The line that a phase begins with when nobody is at a terminal.
    let mut line = String::new();
    while !line.starts_with("market") {
        line.clear();
        assert!(
            told.read_line(&mut line).unwrap() > 0,
            "it ended before the load"
        );
    }
    let pid = Pid::from_child(&child);
    kill_process(pid, Signal::INT).unwrap();
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    let ended = tool.wait(child);
    assert_eq!(ended.code, Some(130), "{rest}");
    assert!(rest.contains("error: interrupted"), "{rest}");
    assert!(ended.out.contains("INTERRUPTED"), "{}", ended.out);
    let report = std::fs::read_to_string(tool.path().join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["verdict"], "interrupted");
    assert_eq!(report["database"]["integrity"], "ok");
}
