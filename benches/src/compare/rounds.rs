//! Measuring: every server in every round, in an order that alternates.

use std::time::Duration;

use super::Failure;
use super::arguments::Work;
use super::load::{self, percentile};
use super::side::Side;
use super::stage::{Actor, Stage};
use crate::processor;

/// A server may have put work off, such as ours the closing of what was sold. Nobody else is measured
/// before it is quiet again, or this has passed.
const QUIET_WITHIN: Duration = Duration::from_secs(30);
/// Tries of each layout.
const TRIES: usize = 3;

/// What a server did in one turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Answers a second.
    pub rate: f64,
    /// Half of the answers came within so many milliseconds.
    pub p50: f64,
    /// 99 of 100 answers came within so many milliseconds.
    pub p99: f64,
    /// Processor time of the server for each answer, in microseconds, with what it put off.
    pub server: f64,
    /// Processor time of its clients for each answer, in microseconds.
    pub client: f64,
    /// Processors that server and clients kept busy meanwhile.
    pub busy: f64,
}

/// What all servers did, turn by turn.
#[derive(Debug, Default)]
pub struct Figures(Vec<(Work, Side, Sample)>);

impl Figures {
    /// The turns of a side at a work, in their order.
    pub fn of(&self, work: Work, side: Side) -> impl Iterator<Item = Sample> + '_ {
        let is_asked = move |turn: &&(Work, Side, Sample)| turn.0 == work && turn.1 == side;
        self.0.iter().filter(is_asked).map(|turn| turn.2)
    }

    /// Adds a turn.
    pub fn add(&mut self, work: Work, side: Side, sample: Sample) {
        self.0.push((work, side, sample));
    }
}

/// Whether this side is asked for this work: our store under another protocol has no race to win.
#[must_use]
pub fn takes_part(side: Side, work: Work) -> bool {
    side != Side::AxumStore || work != Work::Race
}

/// One round of one work: everybody has a turn.
///
/// # Errors
/// An answer was wrong, or a server is gone.
pub async fn round(
    stage: &mut Stage,
    work: Work,
    each: Duration,
    number: u32,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let mut order: Vec<usize> = (0..stage.actors.len()).collect();
    if !number.is_multiple_of(2) {
        order.reverse();
    }
    for place in order {
        let actor = &mut stage.actors[place];
        if takes_part(actor.side, work) {
            let sample = turn(actor, work, each).await?;
            figures.add(work, actor.side, sample);
        }
    }
    Ok(())
}

/// One turn of one server.
async fn turn(actor: &mut Actor, work: Work, each: Duration) -> Result<Sample, Failure> {
    let (server, own) = (actor.process.pid(), std::process::id());
    let before = (processor::used(server)?, processor::used(own)?);
    let clients = &mut actor.fleet.layout(work).clients;
    let load = load::run(clients, work, each, &mut actor.shelf).await;
    let name = actor.side.name();
    let load = load.map_err(|error| format!("{name}: {error}{}", actor.process.said()))?;
    let client = processor::used(own)?.saturating_sub(before.1);
    let meanwhile = processor::used(server)?.saturating_sub(before.0);
    let until_quiet = processor::quiet(server, QUIET_WITHIN)
        .await?
        .saturating_sub(before.0);
    #[expect(clippy::cast_precision_loss, reason = "some ten thousand")]
    let done = load.latencies.len() as f64;
    let milliseconds = |part| f64::from(percentile(&load.latencies, part)) / 1e3;
    Ok(Sample {
        rate: done / load.took.as_secs_f64(),
        p50: milliseconds(0.5),
        p99: milliseconds(0.99),
        server: until_quiet.as_secs_f64() * 1e6 / done,
        client: client.as_secs_f64() * 1e6 / done,
        busy: (meanwhile + client).as_secs_f64() / load.took.as_secs_f64(),
    })
}

/// Finds out on how many connections a server's clients serve it best at a work; says what each came to, if
/// there is a choice.
///
/// # Errors
/// As [`round`].
pub async fn choose_layouts(
    actor: &mut Actor,
    work: Work,
    each: Duration,
) -> Result<Option<String>, Failure> {
    if !actor.fleet.is_choice() || !takes_part(actor.side, work) {
        return Ok(None);
    }
    let places = actor.fleet.layouts.len();
    let mut rates = vec![0_f64; places];
    for attempt in 0..TRIES * places {
        let place = attempt % places;
        actor.fleet.choose(work, place);
        let rate = turn(actor, work, each).await?.rate;
        // The best that it can, so that no noise speaks against a layout.
        rates[place] = rates[place].max(rate);
    }
    let best = (0..places).max_by(|one, other| rates[*one].total_cmp(&rates[*other]));
    let best = best.expect("there is a layout");
    actor.fleet.choose(work, best);
    let layouts = actor.fleet.layouts.iter().zip(&rates);
    let each: Vec<String> = layouts
        .map(|(layout, rate)| format!("{rate:.0}/s on {}", layout.connections))
        .collect();
    let connections = actor.fleet.layouts[best].connections;
    Ok(Some(format!(
        "{}, {}: {connections} connections serve it best ({})",
        actor.side.name(),
        work.name(),
        each.join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_kept_by_work_and_side() {
        let sample = |rate| Sample {
            rate,
            p50: 1.0,
            p99: 2.0,
            server: 3.0,
            client: 4.0,
            busy: 1.5,
        };
        let mut figures = Figures::default();
        figures.add(Work::Buy, Side::Ours, sample(1.0));
        figures.add(Work::List, Side::Ours, sample(2.0));
        figures.add(Work::Buy, Side::Axum, sample(3.0));
        figures.add(Work::Buy, Side::Ours, sample(4.0));
        let rates =
            |work, side| -> Vec<f64> { figures.of(work, side).map(|sample| sample.rate).collect() };
        assert_eq!(rates(Work::Buy, Side::Ours), [1.0, 4.0]);
        assert_eq!(rates(Work::Race, Side::Ours), [0.0; 0]);
    }
}
