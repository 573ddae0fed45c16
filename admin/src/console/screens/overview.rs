//! How the market does, and what happens in it.

pub(crate) mod view;

use auboutique_client::ui::ticket::{Ticket, Tickets};
use std::collections::VecDeque;

use auboutique_client::ui::widgets::table::{Move, Row, Table};
use auboutique_protocol::admin::{
    AdminEvent, Connection, Now, Point, Sale, Series, Statistics, StatisticsReport,
};
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::limits::SERIES_POINTS_MAX;
use auboutique_protocol::money::Money;

use crate::console::message::{Effect, Read};
use crate::watch::wording::{Names, text_of};

/// Seconds of which the rates are remembered: more than any screen has columns.
const SECONDS_MAX: usize = 300;
/// Lines of what happened that are remembered.
const FEED_LINES_MAX: usize = 200;

/// The screen.
#[derive(Debug)]
pub(crate) struct Overview {
    now: Option<Now>,
    /// Requests of each second, the oldest first.
    requests: VecDeque<u64>,
    /// Refusals of each second.
    refusals: VecDeque<u64>,
    series: Series,
    points: Vec<Point>,
    awaited: Option<Ticket>,
    failure: Option<String>,
    feed: Table<Happening>,
    /// The newest stays selected until the person chooses another.
    follows_newest: bool,
    names: Names,
    happened: u64,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Happening {
    number: u64,
    pub(crate) at: Option<UnixMillis>,
    pub(crate) word: &'static str,
    pub(crate) text: String,
}

impl Row for Happening {
    type Key = u64;

    fn key(&self) -> u64 {
        self.number
    }
}

/// The length of a step.
const fn step_millis(series: Series) -> u64 {
    match series {
        Series::Minute => 60_000,
        Series::Hour => 3_600_000,
        Series::Day => 86_400_000,
    }
}

/// Steps that the server tells, and that are kept.
const fn steps_max(series: Series) -> usize {
    match series {
        Series::Minute | Series::Day => SERIES_POINTS_MAX,
        Series::Hour => 48,
    }
}

impl Overview {
    /// Nothing is known yet.
    pub(crate) fn new() -> Self {
        Self {
            now: None,
            requests: VecDeque::new(),
            refusals: VecDeque::new(),
            series: Series::Day,
            points: Vec::new(),
            awaited: None,
            failure: None,
            feed: Table::default(),
            follows_newest: true,
            names: Names::default(),
            happened: 0,
        }
    }

    pub(crate) const fn now(&self) -> Option<&Now> {
        self.now.as_ref()
    }

    pub(crate) const fn series(&self) -> Series {
        self.series
    }

    pub(crate) fn points(&self) -> &[Point] {
        &self.points
    }

    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    pub(crate) const fn is_loading(&self) -> bool {
        self.awaited.is_some()
    }

    pub(crate) const fn feed(&self) -> &Table<Happening> {
        &self.feed
    }

    pub(crate) const fn requests(&self) -> &VecDeque<u64> {
        &self.requests
    }

    pub(crate) const fn refusals(&self) -> &VecDeque<u64> {
        &self.refusals
    }

    /// Reads how the market did.
    pub(crate) fn reload(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        let ticket = tickets.next();
        self.awaited = Some(ticket);
        let read = Read::Statistics(Statistics {
            series: Some(self.series),
        });
        vec![Effect::Read { ticket, read }]
    }

    /// Shows other steps.
    pub(crate) fn next_series(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        self.series = match self.series {
            Series::Minute => Series::Hour,
            Series::Hour => Series::Day,
            Series::Day => Series::Minute,
        };
        self.points.clear();
        self.reload(tickets)
    }

    /// Takes how the market did, if that is what is waited for.
    pub(crate) fn found(&mut self, ticket: Ticket, report: StatisticsReport) {
        if self.awaited.take_if(|awaited| *awaited == ticket).is_some() {
            self.failure = None;
            self.points = report.points;
            self.now = Some(report.now);
        }
    }

    /// It could not be read.
    pub(crate) fn failed(&mut self, ticket: Ticket, reason: &str) {
        if self.awaited.take_if(|awaited| *awaited == ticket).is_some() {
            self.failure = Some(reason.to_owned());
        }
    }

    pub(crate) fn go(&mut self, way: Move) {
        self.feed.go(way);
        self.follows_newest = way == Move::First;
    }

    pub(crate) fn set_height(&mut self, lines: u16) {
        self.feed.set_height(lines);
    }

    /// Remembers who is on connections, to name them when they go.
    pub(crate) fn remember(&mut self, connections: &[Connection]) {
        self.names.remember(connections);
    }

    /// Something happened.
    pub(crate) fn told(&mut self, told: &AdminEvent) {
        match told {
            AdminEvent::Statistics(now) => self.second_has_passed(now.clone()),
            AdminEvent::Sale(event) => {
                self.count_sales(&event.sales);
                let lines = text_of(told, &mut self.names);
                self.write(lines);
            }
            AdminEvent::SessionOpened(_)
            | AdminEvent::SessionClosed(_)
            | AdminEvent::SessionActive(_)
            | AdminEvent::ProductListed(_)
            | AdminEvent::ProductChanged(_)
            | AdminEvent::ProductRemoved(_)
            | AdminEvent::UserRegistered(_)
            | AdminEvent::UserChanged(_)
            | AdminEvent::AuditEntry(_)
            | AdminEvent::Disconnected(_)
            | AdminEvent::Draining(_)
            | AdminEvent::Ping(_)
            | AdminEvent::Resync(_) => {
                let lines = text_of(told, &mut self.names);
                self.write(lines);
            }
        }
    }

    /// Writes lines of the connection's own into what happened.
    pub(crate) fn note(&mut self, word: &'static str, text: &str) {
        self.write(vec![(word, text.to_owned())]);
    }

    fn second_has_passed(&mut self, now: Now) {
        for (rates, rate) in [
            (&mut self.requests, now.requests_per_second),
            (&mut self.refusals, now.errors_per_second),
        ] {
            if rates.len() == SECONDS_MAX {
                rates.pop_front();
            }
            rates.push_back(rate);
        }
        // A step begins: the server would say the same, but it need not be asked.
        let step = step_millis(self.series);
        let is_live = self.awaited.is_none();
        if let Some(last) = self.points.last().copied().filter(|_| is_live) {
            let steps = now.at.0.saturating_sub(last.at.0) / step;
            if steps > 0 {
                self.points.push(Point {
                    at: UnixMillis(last.at.0 + steps * step),
                    sales: 0,
                    errors: None,
                    revenue: Money {
                        minor: 0,
                        ..last.revenue
                    },
                    requests: None,
                });
                if self.points.len() > steps_max(self.series) {
                    self.points.remove(0);
                }
            }
        }
        self.now = Some(now);
    }

    fn count_sales(&mut self, sales: &[Sale]) {
        // A report that is awaited has them.
        if self.awaited.is_none()
            && let Some(last) = self.points.last_mut()
        {
            for sale in sales {
                last.sales += 1;
                last.revenue.minor = last.revenue.minor.saturating_add(sale.price.minor);
            }
        }
    }

    fn write(&mut self, lines: Vec<(&'static str, String)>) {
        let at = self.now.as_ref().map(|now| now.at);
        for (word, text) in lines {
            self.happened += 1;
            let number = self.happened;
            self.feed.put(
                0,
                Happening {
                    number,
                    at,
                    word,
                    text,
                },
            );
            if self.follows_newest {
                self.feed.go(Move::First);
            }
            if let Some(oldest) = number.checked_sub(FEED_LINES_MAX as u64) {
                self.feed.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing::samples::{now, report, sale};
    use auboutique_protocol::admin::SalesMade;

    fn shown() -> (Overview, Tickets) {
        let (mut overview, mut tickets) = (Overview::new(), Tickets::default());
        let effects = overview.reload(&mut tickets);
        let [Effect::Read { ticket, .. }] = effects[..] else {
            panic!("one read: {effects:?}");
        };
        overview.found(ticket, report());
        (overview, tickets)
    }

    #[test]
    fn a_sale_is_counted_in_the_last_step_and_written() {
        let (mut overview, _) = shown();
        let before = overview.points().last().map(|point| point.sales);
        overview.told(&AdminEvent::Sale(SalesMade {
            sales: vec![sale(7)],
        }));
        let after = overview.points().last().map(|point| point.sales);
        assert_eq!(after, before.map(|sales| sales + 1));
        assert_eq!(overview.feed().rows()[0].word, "sold");
    }

    #[test]
    fn a_day_that_begins_is_another_step() {
        let (mut overview, _) = shown();
        let count = overview.points().len();
        let last = overview.points()[count - 1];
        let mut tomorrow = now();
        tomorrow.at = UnixMillis(last.at.0 + 86_400_000);
        overview.told(&AdminEvent::Statistics(tomorrow));
        assert_eq!(overview.points().len(), count);
        let newest = overview.points()[count - 1];
        assert_eq!((newest.at.0 - last.at.0, newest.sales), (86_400_000, 0));
    }

    #[test]
    fn a_series_that_has_just_begun_grows() {
        let (mut overview, mut tickets) = shown();
        let effects = overview.next_series(&mut tickets);
        let [Effect::Read { ticket, .. }] = effects[..] else {
            panic!("one read: {effects:?}");
        };
        let mut short = report();
        short.points.drain(2..);
        overview.found(ticket, short);
        let last = overview.points()[1];
        for minute in 1..=100 {
            let mut later = now();
            later.at = UnixMillis(last.at.0 + minute * 60_000);
            overview.told(&AdminEvent::Statistics(later));
            let expected = SERIES_POINTS_MAX.min(2 + usize::try_from(minute).unwrap_or(0));
            assert_eq!(overview.points().len(), expected);
        }
    }

    #[test]
    fn what_happened_is_bounded_and_a_row_that_is_read_stays() {
        let (mut overview, _) = shown();
        for number in 0..10 {
            overview.note("news", &number.to_string());
        }
        overview.go(Move::Down);
        overview.note("news", "10");
        let selected = overview.feed().selected().map(|row| row.text.as_str());
        assert_eq!(selected, Some("8"));
        for number in 11..500 {
            overview.note("news", &number.to_string());
        }
        assert_eq!(overview.feed().rows().len(), FEED_LINES_MAX);
        assert_eq!(overview.feed().rows()[0].text, "499");
    }
}
