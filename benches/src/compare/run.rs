//! The whole run, from building the programs to the verdict.

use super::Failure;
use super::arguments::{Arguments, Work};
use super::programs::Programs;
use super::progress::Progress;
use super::rounds::{Figures, choose_layouts, round};
use super::side::Side;
use super::stage::{Plan, Stage};
use super::table;
use crate::ratio::Report;

/// More purchases a second than any server makes here; so many products there must be.
const RATE_MAX: f64 = 60_000.0;
/// At least so many products are for sale.
const PRODUCTS_MIN: f64 = 20_000.0;
/// Turns beside those of the rounds: one to warm up, and the tries of layouts.
const FURTHER_TURNS: u32 = 4;

/// What a run has found.
#[derive(Debug)]
pub struct Outcome {
    /// The ratios.
    pub report: Report,
    /// Every server's own figures, for people.
    pub servers: String,
    /// What else is to be known, a line each.
    pub notes: Vec<String>,
}

/// Builds, starts, measures, checks.
///
/// # Errors
/// It could not be measured. Everything is stopped and removed.
pub async fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let works = arguments.works();
    let progress = Progress::new(u64::from(arguments.rounds) * works.len() as u64);
    let say = |text: &str| progress.say(text);
    say("building the servers; the first time takes minutes");
    let programs = Programs::build().await?;
    let plan = Plan {
        sides: Side::ALL.to_vec(),
        clients: arguments.connections,
        products: products(arguments),
        peer_arguments: arguments.peer.clone(),
    };
    let mut stage = Stage::open(&programs, &plan, say).await?;
    let (mut notes, mut figures) = (Vec::new(), Figures::default());
    // Lists come first: what was sold is closed by and by, and nothing of that should be going on beside them.
    for work in &works {
        say(&format!("{}: warming up", work.name()));
        let mut warm = Figures::default();
        round(&mut stage, *work, arguments.seconds, 0, &mut warm).await?;
        for actor in &mut stage.actors {
            say(&format!("{}: trying layouts", actor.side.name()));
            notes.extend(choose_layouts(actor, *work, arguments.seconds).await?);
        }
        for number in 0..arguments.rounds {
            say(work.name());
            round(&mut stage, *work, arguments.seconds, number, &mut figures).await?;
            progress.round_done();
        }
    }
    say("looking at what is kept");
    let complaints = stage.close().await?;
    progress.finish();
    let mut report = Report {
        rows: table::rows(&figures),
        correct: complaints.is_empty(),
    };
    notes.extend(complaints);
    if arguments.is_smoke() {
        notes.push("so few rounds make no verdict".into());
        for row in &mut report.rows {
            row.holds = None;
        }
    }
    Ok(Outcome {
        report,
        servers: table::servers(&figures, &works),
        notes,
    })
}

/// How many products are enough for all rounds, whoever is how fast.
fn products(arguments: &Arguments) -> u64 {
    let turns = |work: &Work| match work {
        Work::Buy => 1.0,
        // Eight attempts for each.
        Work::Race => 0.25,
        Work::List => 0.0,
    };
    let turns: f64 = arguments.works().iter().map(turns).sum();
    let seconds = f64::from(arguments.rounds + FURTHER_TURNS) * arguments.seconds.as_secs_f64();
    let wanted = (RATE_MAX * turns * seconds).max(PRODUCTS_MIN);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some hundred thousand; far fewer than 2^53"
    )]
    let products = wanted.ceil() as u64;
    products
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[test]
    fn there_is_enough_to_sell() {
        let of = |typed: &[&str]| {
            let typed = std::iter::once(&"compare").chain(typed);
            products(&Arguments::parse_from(typed))
        };
        assert_eq!(of(&["--only=list"]), 20_000);
        assert_eq!(of(&["--only=buy", "--rounds=6", "--seconds=1"]), 600_000);
        assert!(of(&[]) > of(&["--only=buy"]));
    }
}
