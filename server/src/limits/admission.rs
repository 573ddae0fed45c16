//! Which connections are taken at all, decided before a byte is read or written.
//!
//! A connection that nobody has logged in on yet costs a handshake and a place, and anybody can open one.
//! Such connections have a limit of their own, and well before it new ones are refused at random, more of
//! them the fewer places are left, as OpenSSH does (`MaxStartups` in sshd_config(5)). A flood then cannot
//! keep everybody else out: it only makes them try again. Each source has its share besides; where many
//! people share an address, their network can be exempt from that.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{Buckets, Network, Rate, Source};

/// With half of the places for connections without a login taken, this many of a hundred are refused;
/// with all of them, all.
const EARLY_DROP_PERCENT: u64 = 30;
/// Sources whose rate of new connections is remembered.
const SOURCES_MAX: usize = 65_536;

/// The numbers of [`Admission`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AdmissionLimits {
    /// Connections in all.
    pub(crate) connections_max: usize,
    /// Connections of one source.
    pub(crate) per_source_max: usize,
    /// Connections without a login; from half of it on some are refused.
    pub(crate) unauthenticated_max: usize,
    /// Connections of one source without a login.
    pub(crate) unauthenticated_per_source_max: usize,
    /// New connections of one source.
    pub(crate) rate: Rate,
    /// Networks without a limit per source.
    pub(crate) exempt: Vec<Network>,
}

impl AdmissionLimits {
    /// Only a number of connections, whoever they are from: for those that need a certificate.
    pub(crate) fn in_all(connections_max: usize) -> Self {
        Self {
            connections_max,
            per_source_max: connections_max,
            unauthenticated_max: connections_max.saturating_mul(2),
            unauthenticated_per_source_max: connections_max,
            rate: Rate {
                burst: u32::MAX,
                refill: Duration::ZERO,
            },
            exempt: Vec::new(),
        }
    }
}

/// Why a connection was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There are as many as there may be.
    Full,
    /// Its source has as many as it may have.
    SourceFull,
    /// Too many have not logged in; this one was drawn.
    Crowded,
    /// Too many of its source have not logged in.
    SourceCrowded,
    /// Its source makes new ones too fast.
    TooFast,
}

impl Refusal {
    /// All of them, in the order in which they are counted.
    pub(crate) const ALL: [Self; 5] = [
        Self::Full,
        Self::SourceFull,
        Self::Crowded,
        Self::SourceCrowded,
        Self::TooFast,
    ];

    /// A name for logs and metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::SourceFull => "source_full",
            Self::Crowded => "crowded",
            Self::SourceCrowded => "source_crowded",
            Self::TooFast => "too_fast",
        }
    }
}

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Admission {
    limits: AdmissionLimits,
    start: Instant,
    state: Mutex<State>,
    refused: [AtomicU64; Refusal::ALL.len()],
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    connections: usize,
    unauthenticated: usize,
}

#[derive(Debug)]
struct State {
    all: Counts,
    /// Of each source with a connection.
    sources: HashMap<Source, Counts>,
    recent: Buckets<Source>,
}

impl Admission {
    /// Nobody is connected.
    pub(crate) fn new(limits: AdmissionLimits) -> Self {
        let recent = Buckets::new(limits.rate, SOURCES_MAX);
        Self {
            limits,
            start: Instant::now(),
            state: Mutex::new(State {
                all: Counts::default(),
                sources: HashMap::new(),
                recent,
            }),
            refused: Default::default(),
        }
    }

    /// Takes a connection from this address. `dice` is a number drawn for it, all of them as likely.
    ///
    /// # Errors
    /// It must be closed at once.
    pub(crate) fn admit(
        self: &Arc<Self>,
        address: IpAddr,
        dice: u32,
        now: Instant,
    ) -> Result<Place, Refusal> {
        let exempt = self.limits.exempt.iter();
        let is_exempt = exempt.clone().any(|network| network.contains(address));
        let source = Source::from(address);
        let now = now.saturating_duration_since(self.start);
        let mut state = self.lock();
        let judged = self.judge(&state, source, is_exempt, dice, now);
        if let Err(refusal) = judged {
            self.refused[refusal as usize].fetch_add(1, Ordering::Relaxed);
            return Err(refusal);
        }
        if !is_exempt {
            state.recent.take(source, now);
        }
        for counts in state.counts(source) {
            counts.connections += 1;
            counts.unauthenticated += 1;
        }
        Ok(Place {
            admission: Arc::clone(self),
            address,
            is_authenticated: false,
        })
    }

    fn judge(
        &self,
        state: &State,
        source: Source,
        is_exempt: bool,
        dice: u32,
        now: Duration,
    ) -> Result<(), Refusal> {
        let limits = &self.limits;
        if state.all.connections >= limits.connections_max {
            return Err(Refusal::Full);
        }
        if !is_exempt {
            let own = state.sources.get(&source).copied().unwrap_or_default();
            if own.connections >= limits.per_source_max {
                return Err(Refusal::SourceFull);
            }
            if own.unauthenticated >= limits.unauthenticated_per_source_max {
                return Err(Refusal::SourceCrowded);
            }
            if !state.recent.wait(&source, now).is_zero() {
                return Err(Refusal::TooFast);
            }
        }
        let percent = drop_percent(state.all.unauthenticated, limits.unauthenticated_max);
        // Both fit: a percentage of 2^32.
        if u64::from(dice) * 100 < percent << 32 {
            return Err(Refusal::Crowded);
        }
        Ok(())
    }

    /// How many connections were refused since the start, by reason.
    pub(crate) fn refused(&self) -> [(Refusal, u64); Refusal::ALL.len()] {
        Refusal::ALL.map(|refusal| {
            let count = self.refused[refusal as usize].load(Ordering::Relaxed);
            (refusal, count)
        })
    }

    /// Connections now, and those of them without a login.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let all = self.lock().all;
        (all.connections, all.unauthenticated)
    }

    /// Nothing panics while it holds the lock, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The counts that a connection of this source stands in.
    fn counts(&mut self, source: Source) -> [&mut Counts; 2] {
        [&mut self.all, self.sources.entry(source).or_default()]
    }
}

/// How many of a hundred new connections are refused while so many have not logged in: none up to half
/// of the limit, then from [`EARLY_DROP_PERCENT`] evenly up to all.
fn drop_percent(unauthenticated: usize, max: usize) -> u64 {
    let half = max / 2;
    if unauthenticated >= max {
        return 100;
    }
    if unauthenticated < half {
        return 0;
    }
    let (above, span) = ((unauthenticated - half) as u64, (max - half) as u64);
    EARLY_DROP_PERCENT + (100 - EARLY_DROP_PERCENT) * above / span
}

/// The place of a connection that was taken; free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    admission: Arc<Admission>,
    address: IpAddr,
    is_authenticated: bool,
}

impl Place {
    /// Where the connection comes from.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    /// Says whether somebody is logged in on the connection.
    pub(crate) fn authenticated(&mut self, is_authenticated: bool) {
        if self.is_authenticated == is_authenticated {
            return;
        }
        self.is_authenticated = is_authenticated;
        for counts in self.admission.lock().counts(self.address.into()) {
            if is_authenticated {
                counts.unauthenticated -= 1;
            } else {
                counts.unauthenticated += 1;
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let source = Source::from(self.address);
        let mut state = self.admission.lock();
        for counts in state.counts(source) {
            counts.connections -= 1;
            if !self.is_authenticated {
                counts.unauthenticated -= 1;
            }
        }
        let is_gone = state.sources[&source].connections == 0;
        if is_gone {
            state.sources.remove(&source);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The dice that are refused last, and first.
    const LUCKY: u32 = u32::MAX;
    const UNLUCKY: u32 = 0;

    fn limits() -> AdmissionLimits {
        AdmissionLimits {
            connections_max: 10,
            per_source_max: 6,
            unauthenticated_max: 8,
            unauthenticated_per_source_max: 3,
            rate: Rate {
                burst: 100,
                refill: Duration::from_secs(1),
            },
            exempt: vec!["192.0.2.0/24".parse().unwrap()],
        }
    }

    fn admission(limits: AdmissionLimits) -> Arc<Admission> {
        Arc::new(Admission::new(limits))
    }

    impl Admission {
        fn from(self: &Arc<Self>, address: &str) -> Result<Place, Refusal> {
            let address = address.parse().unwrap();
            self.admit(address, LUCKY, self.start)
        }
    }

    fn logged_in(place: Result<Place, Refusal>) -> Place {
        let mut place = place.unwrap();
        place.authenticated(true);
        place
    }

    #[test]
    fn a_source_has_its_share_of_connections_with_and_without_a_login() {
        let admission = admission(limits());
        let mut places = Vec::new();
        for _ in 0..3 {
            places.push(admission.from("203.0.113.7").unwrap());
        }
        let refused = admission.from("203.0.113.7").unwrap_err();
        assert_eq!(refused, Refusal::SourceCrowded);
        for place in &mut places {
            place.authenticated(true);
            place.authenticated(true);
        }
        for _ in 0..3 {
            places.push(admission.from("203.0.113.7").unwrap());
        }
        let refused = admission.from("203.0.113.7").unwrap_err();
        assert_eq!(refused, Refusal::SourceFull);
        assert_eq!(admission.counts(), (6, 3));
        places.pop();
        admission.from("203.0.113.7").unwrap();
        drop(places);
        assert_eq!(admission.counts(), (0, 0));
        assert!(admission.lock().sources.is_empty());
    }

    #[test]
    fn machines_of_one_v6_network_are_one_source() {
        let admission = admission(limits());
        let places: Vec<_> = (1..=3)
            .map(|host| admission.from(&format!("2001:db8::{host}")).unwrap())
            .collect();
        assert_eq!(
            admission.from("2001:db8::4").unwrap_err(),
            Refusal::SourceCrowded
        );
        admission.from("2001:db8:0:1::4").unwrap();
        drop(places);
    }

    #[test]
    fn the_cap_holds_for_exempt_networks_too_and_their_share_does_not() {
        let admission = admission(limits());
        let places: Vec<_> = (0..10)
            .map(|_| logged_in(admission.from("192.0.2.1")))
            .collect();
        assert_eq!(admission.from("192.0.2.1").unwrap_err(), Refusal::Full);
        assert_eq!(admission.from("203.0.113.7").unwrap_err(), Refusal::Full);
        drop(places);
        admission.from("203.0.113.7").unwrap();
        let counted = admission.refused();
        assert_eq!(counted[0], (Refusal::Full, 2));
        assert!(counted[1..].iter().all(|&(_, count)| count == 0));
    }

    #[test]
    fn from_half_of_the_places_without_a_login_on_some_are_refused_and_at_the_limit_all() {
        for (unauthenticated, percent) in [
            (0, 0),
            (3, 0),
            (4, 30),
            (6, 65),
            (7, 82),
            (8, 100),
            (9, 100),
        ] {
            assert_eq!(drop_percent(unauthenticated, 8), percent);
        }
        let admission = admission(limits());
        let draw = |dice| admission.admit("192.0.2.1".parse().unwrap(), dice, admission.start);
        let mut places: Vec<_> = (0..4).map(|_| draw(UNLUCKY).unwrap()).collect();
        assert_eq!(draw(UNLUCKY).unwrap_err(), Refusal::Crowded);
        // Thirty of a hundred.
        let thirty = u32::MAX / 100 * 30;
        assert_eq!(draw(thirty - 1_000).unwrap_err(), Refusal::Crowded);
        drop(draw(thirty + 1_000).unwrap());
        while places.len() < 8 {
            places.push(draw(LUCKY).unwrap());
        }
        assert_eq!(draw(LUCKY).unwrap_err(), Refusal::Crowded);
        // A login makes room.
        places[0].authenticated(true);
        draw(LUCKY).unwrap();
    }

    #[test]
    fn a_source_makes_new_connections_at_its_rate() {
        let rate = Rate {
            burst: 2,
            refill: Duration::from_millis(100),
        };
        let admission = admission(AdmissionLimits { rate, ..limits() });
        let at = |address: &str, millis| {
            let now = admission.start + Duration::from_millis(millis);
            admission
                .admit(address.parse().unwrap(), LUCKY, now)
                .map(drop)
        };
        at("203.0.113.7", 0).unwrap();
        at("203.0.113.7", 0).unwrap();
        assert_eq!(at("203.0.113.7", 99), Err(Refusal::TooFast));
        at("203.0.113.8", 99).unwrap();
        at("203.0.113.7", 100).unwrap();
        for _ in 0..10 {
            at("192.0.2.1", 100).unwrap();
        }
    }

    proptest! {
        /// Whatever comes, goes, logs in and out: no limit is passed, and all ends at nothing.
        #[test]
        fn counts_agree_and_no_limit_is_passed(
            steps in proptest::collection::vec((0_u8..6, any::<u32>(), any::<bool>()), 0..200),
        ) {
            let admission = admission(limits());
            let mut places: Vec<Place> = Vec::new();
            for (host, dice, comes) in steps {
                if comes || places.is_empty() {
                    let address = IpAddr::from([203, 0, 113, host]);
                    places.extend(admission.admit(address, dice, admission.start));
                } else {
                    let at = dice as usize % places.len();
                    if dice % 3 == 0 {
                        places.swap_remove(at);
                    } else {
                        places[at].authenticated(dice % 3 == 1);
                    }
                }
                let unauthenticated = places.iter().filter(|place| !place.is_authenticated);
                prop_assert_eq!(admission.counts(), (places.len(), unauthenticated.count()));
                prop_assert!(places.len() <= 10);
                let state = admission.lock();
                prop_assert!(state.sources.values().all(|own| own.connections <= 6));
                let sum: usize = state.sources.values().map(|own| own.connections).sum();
                prop_assert_eq!(sum, places.len());
            }
            drop(places);
            prop_assert_eq!(admission.counts(), (0, 0));
        }
    }
}
