//! What is typed: a workload with its numbers, and what goes for every workload.

use std::path::PathBuf;
use std::time::Duration;

use auboutique_certs::ServerAddress;
use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::plan::{MixedPlan, Plan, RacePlan, Workload};
use crate::report::slo::Slo;
use crate::scenario::mix::Mix;
use crate::schedule::{Rate, Schedule, Stop};

const EXAMPLES: &str = "\
Examples:
  auboutique-loadtest
  auboutique-loadtest race --buyers 500 --items 300 --hold --json race.json --html race.html
  auboutique-loadtest race --crash 20
  auboutique-loadtest market --chaos --duration 30s
  auboutique-loadtest browse --rate 2000 --slo list_products:p99=20ms
  auboutique-loadtest --server market.example.org --ca ca.pem race --buyers 50 --items 20
  auboutique-loadtest --server localhost --ca ca.pem --admin localhost:7444 --identity ops race
  auboutique-loadtest --self-test

Exit codes: 0 all promises held, 1 a promise was broken, 2 wrong usage,
3 the test could not be run, 4 a limit of --slo was missed, 130 interrupted.";

/// Load on an AUBoutique server, and a verdict on its promises.
///
/// Without --server it starts a server of its own in a temporary directory, and knows everything
/// about it: it can kill it, and read its database afterwards.
#[derive(Debug, Parser)]
#[command(name = "auboutique-loadtest", version, after_help = EXAMPLES)]
pub struct Args {
    /// Without one, race
    #[command(subcommand)]
    pub workload: Option<WorkloadArgs>,

    /// What goes for every workload.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// What goes for every workload.
#[derive(Debug, ClapArgs)]
pub struct CommonArgs {
    /// Test this server instead of one of its own: HOST, HOST:PORT or an invite
    #[arg(long, global = true, value_name = "SERVER", help_heading = "Server")]
    pub server: Option<String>,

    /// Trust the certificate authority in this PEM file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        requires = "server",
        help_heading = "Server"
    )]
    pub ca: Option<PathBuf>,

    /// Do not ask before accounts and products are made on --server
    #[arg(long, global = true, requires = "server", help_heading = "Server")]
    pub yes: bool,

    /// Also compare with the sales that administrators of --server are told of: their listener
    #[arg(
        long,
        global = true,
        value_name = "HOST:PORT",
        requires = "server",
        requires = "identity",
        help_heading = "Server"
    )]
    pub admin: Option<ServerAddress>,

    /// The folder of an administrator's identity, for --admin
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        requires = "admin",
        help_heading = "Server"
    )]
    pub identity: Option<PathBuf>,

    /// Keep the data directory of the server of its own, here; it must not exist
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        conflicts_with = "server",
        help_heading = "Server"
    )]
    pub keep_data: Option<PathBuf>,

    /// Kill the server (kill -9) this many times under load, and start it again
    #[arg(
        long,
        global = true,
        value_name = "TIMES",
        default_value_t = 0,
        help_heading = "Faults"
    )]
    pub crash: u32,

    /// Put a network in between that delays, drips, resets, half-closes and swallows
    #[arg(long, global = true, help_heading = "Faults")]
    pub chaos: bool,

    /// Reproduces the plan [default: drawn, and printed]
    #[arg(long, global = true, value_name = "NUMBER", help_heading = "Load")]
    pub seed: Option<u64>,

    /// Leave this much of the beginning out of the figures
    #[arg(long, global = true, value_name = "TIME", default_value = "0s", value_parser = parse_duration, help_heading = "Load")]
    pub warm_up: Duration,

    /// Write the report as JSON; - for standard output instead of the text
    #[arg(long, global = true, value_name = "FILE", help_heading = "Report")]
    pub json: Option<PathBuf>,

    /// Write the report as a page
    #[arg(long, global = true, value_name = "FILE", help_heading = "Report")]
    pub html: Option<PathBuf>,

    /// Compare with the JSON report of an earlier run
    #[arg(long, global = true, value_name = "FILE", help_heading = "Report")]
    pub baseline: Option<PathBuf>,

    /// Limits to be kept.
    #[arg(
        long,
        global = true,
        value_name = "LIMIT",
        help_heading = "Report",
        help = "A limit to be kept: [OPERATION:]METRIC=VALUE, such as p99=50ms or buy:rate=1000"
    )]
    pub slo: Vec<Slo>,

    /// Show no progress
    #[arg(short, long, global = true, help_heading = "Report")]
    pub quiet: bool,

    /// Judge markets that are broken on purpose: does the checker find every fault?
    #[arg(long, help_heading = "Other")]
    pub self_test: bool,
}

/// What users do.
#[derive(Debug, Subcommand)]
pub enum WorkloadArgs {
    /// All buyers race for one item after the other
    Race(RaceArgs),
    /// List, look, sell, edit, withdraw, buy and write, in a weighted mix
    Market(MarketArgs),
    /// Look only: pages, products, pictures
    Browse(MarketArgs),
    /// Log in with a password and out again
    Login(LoadArgs),
    /// Make connections and end them
    Connect(LoadArgs),
    /// Hold connections that do nothing
    Idle(IdleArgs),
    /// A race with people who watch it
    Watch(WatchArgs),
}

/// A race.
#[derive(Debug, Clone, ClapArgs)]
pub struct RaceArgs {
    /// How many race for each item
    #[arg(long, value_name = "NUMBER", default_value_t = 300)]
    buyers: u32,
    /// For how many items, one after the other
    #[arg(long, value_name = "NUMBER", default_value_t = 200)]
    items: u32,
    /// Stop the server's process until all requests of a round are written
    #[arg(long)]
    hold: bool,
}

/// A race that is watched.
#[derive(Debug, Clone, ClapArgs)]
pub struct WatchArgs {
    /// How many watch
    #[arg(long, value_name = "NUMBER", default_value_t = 300)]
    watchers: u32,
    /// How many race for each item
    #[arg(long, value_name = "NUMBER", default_value_t = 200)]
    buyers: u32,
    /// For how many items, one after the other
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    items: u32,
}

/// A load of many requests.
#[derive(Debug, Clone, ClapArgs)]
pub struct LoadArgs {
    /// Simulated users, each with one request at a time
    #[arg(long, value_name = "NUMBER", default_value_t = 64)]
    users: u32,
    /// Open loop: this many requests a second, whatever the server does; latency counts from the
    /// planned start
    #[arg(long, value_name = "PER_SECOND", value_parser = parse_rate)]
    rate: Option<Rate>,
    /// How long
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    duration: Duration,
    /// How many requests, instead of how long
    #[arg(long, value_name = "NUMBER", conflicts_with = "duration")]
    requests: Option<u64>,
    /// How long it takes until the load is full
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = parse_duration)]
    ramp_up: Duration,
}

/// A load on a market with something for sale.
#[derive(Debug, Clone, ClapArgs)]
pub struct MarketArgs {
    /// The load.
    #[command(flatten)]
    load: LoadArgs,
    /// Items put up for sale before the start
    #[arg(long, value_name = "NUMBER", default_value_t = 200)]
    items: u32,
}

/// Connections that are held.
#[derive(Debug, Clone, ClapArgs)]
pub struct IdleArgs {
    /// How many
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    connections: u32,
    /// For how long
    #[arg(long, value_name = "TIME", default_value = "35s", value_parser = parse_duration)]
    duration: Duration,
}

impl Args {
    /// What the run is to do, with this seed unless one was given. To be checked with
    /// [`Plan::check`].
    #[must_use]
    pub fn plan(&self, seed: u64) -> Plan {
        Plan {
            workload: self.workload(),
            seed: self.common.seed.unwrap_or(seed),
            crashes: self.common.crash,
            chaos: self.common.chaos,
            warm_up: self.common.warm_up,
        }
    }

    fn workload(&self) -> Workload {
        match &self.workload {
            None => Workload::Race(RacePlan {
                buyers: 300,
                items: 200,
                watchers: 0,
                hold: false,
            }),
            Some(WorkloadArgs::Race(race)) => Workload::Race(RacePlan {
                buyers: race.buyers,
                items: race.items,
                watchers: 0,
                hold: race.hold,
            }),
            Some(WorkloadArgs::Watch(watch)) => Workload::Race(RacePlan {
                buyers: watch.buyers,
                items: watch.items,
                watchers: watch.watchers,
                hold: false,
            }),
            Some(WorkloadArgs::Market(market)) => {
                mixed("market", Mix::MARKET, &market.load, market.items)
            }
            Some(WorkloadArgs::Browse(market)) => {
                mixed("browse", Mix::BROWSE, &market.load, market.items)
            }
            Some(WorkloadArgs::Login(load)) => mixed("login", Mix::LOGIN, load, 0),
            Some(WorkloadArgs::Connect(load)) => mixed("connect", Mix::CONNECT, load, 0),
            Some(WorkloadArgs::Idle(idle)) => Workload::Idle {
                connections: idle.connections,
                duration: idle.duration,
            },
        }
    }
}

fn mixed(name: &'static str, mix: Mix, load: &LoadArgs, items: u32) -> Workload {
    Workload::Mixed(MixedPlan {
        name,
        mix,
        users: load.users,
        items,
        schedule: load.rate.map_or(Schedule::Closed, Schedule::Open),
        stop: load
            .requests
            .map_or(Stop::After(load.duration), Stop::Requests),
        ramp_up: load.ramp_up,
    })
}

/// Reads a time as people write it: `500ms`, `10s`, `5m`, `2h`.
///
/// # Errors
/// What is wrong, for people.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let end = text.find(|character: char| character.is_ascii_alphabetic());
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err("give a number with its unit: 500ms, 10s, 5m or 2h".into()),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| format!("{number:?} is no number"))?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| "out of range".into())
}

fn parse_rate(text: &str) -> Result<Rate, String> {
    let rate = text.parse().ok().and_then(Rate::new);
    rate.ok_or_else(|| format!("give a number above 0 and at most {}", Rate::MAX))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn plan(arguments: &[&str]) -> Plan {
        let typed = std::iter::once("auboutique-loadtest").chain(arguments.iter().copied());
        Args::try_parse_from(typed).unwrap().plan(7)
    }

    #[test]
    fn the_arguments_are_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn no_workload_is_the_race_with_its_defaults() {
        assert_eq!(plan(&[]), plan(&["race"]));
        assert_eq!(plan(&["race"]).people().count(), 302);
    }

    #[test]
    fn options_stand_before_and_after_the_workload() {
        let before = plan(&["--crash", "3", "--seed", "5", "race"]);
        assert_eq!(before, plan(&["race", "--crash", "3", "--seed", "5"]));
        assert_eq!((before.crashes, before.seed), (3, 5));
    }

    #[test]
    fn a_rate_makes_an_open_loop() {
        let Workload::Mixed(mixed) = plan(&["browse", "--rate", "200", "--requests", "9"]).workload
        else {
            panic!("browse is a mix");
        };
        assert_eq!(mixed.schedule, Schedule::Open(Rate::new(200.0).unwrap()));
        assert_eq!(mixed.stop, Stop::Requests(9));
    }

    #[test]
    fn the_examples_of_the_help_can_be_typed() {
        let commands = EXAMPLES.lines().map(str::trim);
        let commands = commands.filter(|line| line.starts_with("auboutique-loadtest"));
        let mut count = 0;
        for command in commands {
            Args::try_parse_from(command.split_whitespace()).unwrap_or_else(|error| {
                panic!("{command}: {error}");
            });
            count += 1;
        }
        assert_eq!(count, 8);
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("10s", 10_000),
            ("1.5s", 1_500),
            ("5m", 300_000),
            ("2h", 7_200_000),
            ("0s", 0),
        ] {
            let time = Duration::from_millis(milliseconds);
            assert_eq!(parse_duration(text), Ok(time), "{text}");
        }
        for text in ["", "10", "s", "-1s", "10 s", "1d", "NaNs", "1e999h"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
