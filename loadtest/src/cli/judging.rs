//! The self-test as people and scripts see it.

use std::io::{self, Write as _};
use std::path::Path;

use serde_json::{Value, json};

use super::outputs::{OutputError, write_json};
use crate::checker::Rule;
use crate::self_test::{self, Fault, Found, Summary};

/// Lets the judge look at markets that are broken on purpose; whether it found every fault and
/// accused no correct one.
pub(super) fn judge_the_judge(seed: u64, json: Option<&Path>) -> Result<bool, OutputError> {
    let found = self_test::run(seed);
    let summary = self_test::summary(&found);
    if let Some(file) = json {
        write_json(file, &as_json(seed, &found, &summary))?;
    }
    if json != Some(Path::new("-")) {
        // A closed pipe is the reader's choice.
        let _ = write!(io::stdout(), "{}", text(seed, &found, &summary));
    }
    Ok(summary.passed())
}

fn text(seed: u64, found: &[Found], summary: &Summary) -> String {
    let mut text = String::new();
    for market in found {
        let verdict = match (market.fault == Fault::None, market.found) {
            (true, true) => "passed",
            (true, false) => "ACCUSED",
            (false, true) => "found",
            (false, false) => "MISSED",
        };
        text.push_str(&format!(
            "{verdict:<8} {:<34} {}\n",
            market.name, market.does
        ));
        if !market.fired.is_empty() {
            text.push_str(&format!(
                "{:43} by {}\n",
                "",
                names(&market.fired).join(", ")
            ));
        }
    }
    let result = if summary.passed() { "PASSED" } else { "FAILED" };
    text.push_str(&format!("\n{result}: {summary} Seed {seed}.\n"));
    text
}

fn as_json(seed: u64, found: &[Found], summary: &Summary) -> Value {
    let markets = found.iter().map(|market| {
        json!({
            "fault": market.name,
            "does": market.does,
            "markets": market.markets,
            "expected": names(market.expected),
            "fired": names(&market.fired),
            "found": market.found,
        })
    });
    json!({
        "seed": seed,
        "passed": summary.passed(),
        "planted": summary.planted,
        "missed": summary.missed.iter().map(|fault| fault.name()).collect::<Vec<_>>(),
        "correct_markets": summary.correct_markets,
        "accused": names(&summary.accused),
        "faults": markets.collect::<Vec<_>>(),
    })
}

fn names(rules: &[Rule]) -> Vec<&'static str> {
    rules.iter().map(|rule| rule.name()).collect()
}
