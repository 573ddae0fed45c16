//! What is typed.

use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::ratio::ROUNDS_MIN;

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p auboutique-benches --bin compare
  cargo run --release -p auboutique-benches --bin compare -- --only buy --rounds 15
  cargo run --release -p auboutique-benches --bin compare -- --json > compare.json";

/// AUBoutique beside what people would use instead, in one interleaved run.
#[derive(Debug, Clone, Parser)]
#[command(name = "compare", after_help = EXAMPLES)]
pub struct Arguments {
    /// Print one JSON object on standard output instead of tables
    #[arg(long)]
    pub json: bool,

    /// Rounds; fewer than 7 make no verdict
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub rounds: u32,

    /// How long each server is measured in each round, in seconds
    #[arg(long, default_value = "0.5", value_parser = seconds)]
    pub seconds: Duration,

    /// Requests in flight at once, each on a connection of its own
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(8..=4_096))]
    pub connections: u32,

    /// Measure only this; may be given again
    #[arg(long, value_name = "NAME", value_enum)]
    pub only: Vec<Work>,

    /// A further argument for the servers on a pool, such as --peer=--writers=10; may be given again
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    pub peer: Vec<String>,
}

impl Arguments {
    /// What is to be measured, in its order.
    #[must_use]
    pub fn works(&self) -> Vec<Work> {
        let is_asked = |work: &Work| self.only.is_empty() || self.only.contains(work);
        Work::value_variants()
            .iter()
            .copied()
            .filter(is_asked)
            .collect()
    }

    /// Whether so few rounds say nothing.
    #[must_use]
    pub fn is_smoke(&self) -> bool {
        (self.rounds as usize) < ROUNDS_MIN
    }
}

/// What is asked of the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Work {
    /// The newest 50 for sale.
    List,
    /// Each buyer another product.
    Buy,
    /// Eight buyers want the same product.
    Race,
}

impl Work {
    /// For people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Race => "race",
            Self::List => "list",
        }
    }
}

fn seconds(typed: &str) -> Result<Duration, String> {
    let seconds: f64 = typed
        .parse()
        .map_err(|_| "not a number of seconds".to_owned())?;
    match seconds {
        0.05..=60.0 => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("from 0.05 to 60".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(std::iter::once(&"compare").chain(typed))
    }

    #[test]
    fn without_arguments_everything_is_measured_long_enough_for_a_verdict() {
        let arguments = read(&[]).unwrap();
        assert_eq!(arguments.works(), [Work::List, Work::Buy, Work::Race]);
        assert_eq!(arguments.connections, 256);
        assert_eq!(arguments.seconds, Duration::from_millis(500));
        assert!(!arguments.is_smoke() && !arguments.json);
    }

    #[test]
    fn what_is_typed_is_taken() {
        let typed = ["--only=list", "--only=buy", "--rounds=3", "--seconds=0.3"];
        let arguments = read(&typed).unwrap();
        assert_eq!(arguments.works(), [Work::List, Work::Buy]);
        assert!(arguments.is_smoke());
        assert_eq!(arguments.seconds, Duration::from_millis(300));
        let tuned = read(&["--peer", "--writers=10", "--peer=--readers=0"]).unwrap();
        assert_eq!(tuned.peer, ["--writers=10", "--readers=0"]);
    }

    #[test]
    fn what_would_measure_nothing_is_refused() {
        for typed in [
            "--rounds=0",
            "--seconds=0",
            "--seconds=soon",
            "--seconds=NaN",
            "--connections=7",
            "--only=sell",
        ] {
            assert!(read(&[typed]).is_err(), "{typed}");
        }
    }
}
