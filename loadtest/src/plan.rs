//! What a run does: workloads as values, checked once.

use std::time::Duration;

use crate::scenario::mix::Mix;
use crate::schedule::{Schedule, Stop};

/// Most simulated users, and most connections.
pub const USERS_MAX: u32 = 100_000;
/// Most items put up for sale before the start.
pub const ITEMS_MAX: u32 = 100_000;
/// Most kills of the server.
pub const CRASHES_MAX: u32 = 1_000;
/// Longest run.
pub const DURATION_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Items that one seller offers: below the quota that a server has unless it is told otherwise.
pub const ITEMS_PER_SELLER: u32 = 150;
/// Connections of one user: the quota that a server has unless it is told otherwise.
pub const CONNECTIONS_PER_USER: u32 = 8;

/// A run.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What users do.
    pub workload: Workload,
    /// Reproduces the plan: who does what, when the server is killed, what the network does.
    pub seed: u64,
    /// How often the server is killed.
    pub crashes: u32,
    /// Whether the network between users and server is faulty.
    pub chaos: bool,
    /// Left out of the figures at the beginning of the load.
    pub warm_up: Duration,
}

/// What users do.
#[derive(Debug, Clone, PartialEq)]
pub enum Workload {
    /// All buyers race for one item after the other.
    Race(RacePlan),
    /// A mix of actions.
    Mixed(MixedPlan),
    /// Connections that are held.
    Idle {
        /// How many.
        connections: u32,
        /// For how long.
        duration: Duration,
    },
}

/// A race.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RacePlan {
    /// How many race for each item.
    pub buyers: u32,
    /// For how many items.
    pub items: u32,
    /// How many watch meanwhile.
    pub watchers: u32,
    /// Whether the server's process is stopped while the requests of a round are written.
    pub hold: bool,
}

/// A mix of actions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MixedPlan {
    /// The workload's name.
    pub name: &'static str,
    /// What the users do.
    pub mix: Mix,
    /// How many users there are.
    pub users: u32,
    /// Items put up for sale before the start.
    pub items: u32,
    /// When requests begin.
    pub schedule: Schedule,
    /// When the load ends.
    pub stop: Stop,
    /// How long it takes until the load is full.
    pub ramp_up: Duration,
}

/// Why a run cannot be done as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A number outside of its bounds.
    #[error("{flag} takes a number from {least} to {most}, not {given}")]
    OutOfRange {
        /// The flag.
        flag: &'static str,
        /// The number.
        given: String,
        /// The smallest that is allowed.
        least: String,
        /// The largest that is allowed.
        most: String,
    },
    /// Two flags that do not go together.
    #[error("{0} and {1} do not go together: {2}")]
    Conflict(&'static str, &'static str, &'static str),
    /// The server elsewhere cannot be stopped or killed.
    #[error("{0} needs a server of its own: leave --server out")]
    NeedsEmbedded(&'static str),
    /// The warm-up leaves nothing.
    #[error("the warm-up of {0:?} leaves nothing of a load of {1:?}")]
    WarmUpTooLong(Duration, Duration),
}

impl Plan {
    /// Checks everything that can be known before the start.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn check(&self, is_embedded: bool) -> Result<(), PlanError> {
        self.check_numbers()?;
        let hold = matches!(&self.workload, Workload::Race(race) if race.hold);
        if hold && (self.crashes > 0 || self.chaos) {
            let other = if self.chaos { "--chaos" } else { "--crash" };
            let why = "a round is held until all its requests are written, and some may get lost";
            return Err(PlanError::Conflict("--hold", other, why));
        }
        if let Workload::Idle { .. } = self.workload
            && (self.crashes > 0 || self.chaos)
        {
            let other = if self.chaos { "--chaos" } else { "--crash" };
            let why = "connections that are held are not to break";
            return Err(PlanError::Conflict("idle", other, why));
        }
        let needs_embedded = [(hold, "--hold"), (self.crashes > 0, "--crash")];
        for (is_asked, flag) in needs_embedded {
            if is_asked && !is_embedded {
                return Err(PlanError::NeedsEmbedded(flag));
            }
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<(), PlanError> {
        within("--crash", self.crashes, 0, CRASHES_MAX)?;
        match &self.workload {
            Workload::Race(race) => {
                within("--buyers", race.buyers, 1, USERS_MAX)?;
                within("--items", race.items, 1, ITEMS_MAX)?;
                within("--watchers", race.watchers, 0, USERS_MAX)
            }
            Workload::Mixed(mixed) => {
                within("--users", mixed.users, 1, USERS_MAX)?;
                within("--items", mixed.items, 0, ITEMS_MAX)?;
                match mixed.stop {
                    Stop::After(duration) => {
                        check_duration(duration)?;
                        self.check_warm_up(duration)
                    }
                    Stop::Requests(requests) => {
                        within("--requests", requests, 1, u64::from(u32::MAX))
                    }
                }
            }
            Workload::Idle {
                connections,
                duration,
            } => {
                within("--connections", *connections, 1, USERS_MAX)?;
                check_duration(*duration)
            }
        }
    }

    fn check_warm_up(&self, duration: Duration) -> Result<(), PlanError> {
        if self.warm_up < duration {
            return Ok(());
        }
        Err(PlanError::WarmUpTooLong(self.warm_up, duration))
    }

    /// The workload's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match &self.workload {
            Workload::Race(race) if race.watchers > 0 => "watch",
            Workload::Race(_) => "race",
            Workload::Mixed(mixed) => mixed.name,
            Workload::Idle { .. } => "idle",
        }
    }

    /// How many people take part, by what they do.
    #[must_use]
    pub fn people(&self) -> People {
        match &self.workload {
            Workload::Race(race) => People {
                users: race.buyers,
                sellers: race.items.div_ceil(ITEMS_PER_SELLER),
                watchers: race.watchers,
            },
            Workload::Mixed(mixed) => People {
                users: mixed.users,
                ..People::default()
            },
            Workload::Idle { connections, .. } => People {
                users: connections.div_ceil(CONNECTIONS_PER_USER),
                ..People::default()
            },
        }
    }

    /// Connections that stand at once.
    #[must_use]
    pub fn connections(&self) -> u32 {
        match &self.workload {
            Workload::Idle { connections, .. } => *connections,
            Workload::Race(_) | Workload::Mixed(_) => {
                let people = self.people();
                people.users + people.sellers + people.watchers
            }
        }
    }

    /// Items put up for sale before the start.
    #[must_use]
    pub fn items(&self) -> u32 {
        match &self.workload {
            Workload::Race(race) => race.items,
            Workload::Mixed(mixed) => mixed.items,
            Workload::Idle { .. } => 0,
        }
    }
}

/// How many people take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct People {
    /// Those who make the load.
    pub users: u32,
    /// Those who sell in a race.
    pub sellers: u32,
    /// Those who watch.
    pub watchers: u32,
}

impl People {
    /// All of them.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.users + self.sellers + self.watchers
    }
}

fn within<T: PartialOrd + ToString + Copy>(
    flag: &'static str,
    given: T,
    least: T,
    most: T,
) -> Result<(), PlanError> {
    if given >= least && given <= most {
        return Ok(());
    }
    Err(PlanError::OutOfRange {
        flag,
        given: given.to_string(),
        least: least.to_string(),
        most: most.to_string(),
    })
}

fn check_duration(duration: Duration) -> Result<(), PlanError> {
    if !duration.is_zero() && duration <= DURATION_MAX {
        return Ok(());
    }
    Err(PlanError::OutOfRange {
        flag: "--duration",
        given: format!("{duration:?}"),
        least: "1ms".into(),
        most: "24h".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RACE: RacePlan = RacePlan {
        buyers: 300,
        items: 200,
        watchers: 0,
        hold: false,
    };

    fn plan(workload: Workload) -> Plan {
        Plan {
            workload,
            seed: 1,
            crashes: 0,
            chaos: false,
            warm_up: Duration::ZERO,
        }
    }

    fn mixed(stop: Stop) -> Plan {
        plan(Workload::Mixed(MixedPlan {
            name: "browse",
            mix: Mix::BROWSE,
            users: 64,
            items: 200,
            schedule: Schedule::Closed,
            stop,
            ramp_up: Duration::ZERO,
        }))
    }

    #[test]
    fn numbers_are_checked_at_their_edges() {
        for (buyers, items, is_right) in [
            (1, 1, true),
            (0, 1, false),
            (1, 0, false),
            (USERS_MAX, ITEMS_MAX, true),
            (USERS_MAX + 1, 1, false),
            (1, ITEMS_MAX + 1, false),
        ] {
            let race = RacePlan {
                buyers,
                items,
                ..RACE
            };
            let checked = plan(Workload::Race(race)).check(true);
            assert_eq!(checked.is_ok(), is_right, "{buyers} {items}");
        }
        for (stop, is_right) in [
            (Stop::After(Duration::ZERO), false),
            (Stop::After(Duration::from_millis(1)), true),
            (Stop::After(DURATION_MAX), true),
            (Stop::After(DURATION_MAX * 2), false),
            (Stop::Requests(0), false),
            (Stop::Requests(1), true),
        ] {
            assert_eq!(mixed(stop).check(true).is_ok(), is_right, "{stop:?}");
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let race = |hold| plan(Workload::Race(RacePlan { hold, ..RACE }));
        let held = Plan {
            crashes: 1,
            ..race(true)
        };
        assert!(matches!(held.check(true), Err(PlanError::Conflict(..))));
        let idle = Plan {
            chaos: true,
            ..plan(Workload::Idle {
                connections: 1,
                duration: Duration::from_secs(1),
            })
        };
        assert!(matches!(idle.check(true), Err(PlanError::Conflict(..))));
        assert_eq!(
            race(true).check(false),
            Err(PlanError::NeedsEmbedded("--hold"))
        );
        let killed = Plan {
            crashes: 1,
            ..race(false)
        };
        assert_eq!(
            killed.check(false),
            Err(PlanError::NeedsEmbedded("--crash"))
        );
        assert_eq!(killed.check(true), Ok(()));
        let warm = Plan {
            warm_up: Duration::from_secs(5),
            ..mixed(Stop::After(Duration::from_secs(5)))
        };
        assert!(matches!(
            warm.check(true),
            Err(PlanError::WarmUpTooLong(..))
        ));
    }

    #[test]
    fn sellers_stay_within_the_quota_of_a_server() {
        let people = |items| plan(Workload::Race(RacePlan { items, ..RACE })).people();
        assert_eq!(people(1).sellers, 1);
        assert_eq!(people(150).sellers, 1);
        assert_eq!(people(151).sellers, 2);
        assert_eq!(people(1000).count(), 307);
    }
}
