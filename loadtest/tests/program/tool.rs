//! The program under test, its reports, and what it must not leave behind.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use auboutique_loadtest::report::json::SCHEMA;
use serde_json::Value;
use tempfile::TempDir;

/// A place to run in: temporary files of the program go there, and must be gone after it.
pub(crate) struct Tool {
    directory: TempDir,
}

/// A run that has ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Tool {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("tmp")).unwrap();
        Self { directory }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auboutique-loadtest"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env("TMPDIR", self.path().join("tmp"))
            .env_remove("AUBOUTIQUE_LOG")
            .env_remove("NO_COLOR")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().unwrap();
        self.ended(output)
    }

    /// Starts it.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// Waits for what was started.
    pub(crate) fn wait(&self, child: Child) -> Ended {
        self.ended(child.wait_with_output().unwrap())
    }

    /// Whatever way it ended, no directory of its own and no server is left.
    fn ended(&self, output: Output) -> Ended {
        let left: Vec<_> = fs::read_dir(self.path().join("tmp"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        assert_eq!(self.servers(), BTreeSet::new(), "servers left behind");
        Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The processes that serve from a directory of this tool.
    fn servers(&self) -> BTreeSet<String> {
        let here = self.path().to_str().unwrap();
        let mut found = BTreeSet::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            if line.contains("serve-market") && line.contains(here) {
                found.insert(line);
            }
        }
        found
    }

    /// Runs it, expects this exit code, and returns its report, which fits the schema.
    pub(crate) fn report(&self, arguments: &[&str], code: i32) -> Value {
        let file = self.path().join("report.json");
        let mut all = arguments.to_vec();
        all.extend(["--json", "report.json"]);
        let ended = self.run(&all);
        assert_eq!(ended.code, Some(code), "{}\n{}", ended.out, ended.err);
        let report: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&report)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        report
    }
}

/// How often a rule of a report was applied.
pub(crate) fn checked(report: &Value, rule: &str) -> u64 {
    let rules = report["rules"].as_array().unwrap();
    let found = rules.iter().find(|entry| entry["rule"] == rule).unwrap();
    assert_eq!(found["broken"], 0, "{found}");
    found["checked"].as_u64().unwrap()
}
