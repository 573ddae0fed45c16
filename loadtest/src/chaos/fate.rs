//! What becomes of a connection: a pure function of the seed and of the connection's number.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};

/// About as many bytes as each side of a handshake sends; a fault within them hits the handshake.
const HANDSHAKE_BYTES: u64 = 4 * 1024;
/// The share of faults that strike within the handshake.
const HANDSHAKE_SHARE: f64 = 0.3;
/// The others strike after 2^12 to 2^16 bytes, each power of two as likely as the next: among the
/// requests of a short run, of a long one, or never.
const LATER_POWERS: Range<u32> = 12..16;
/// Most bytes in a piece of a drip.
const DRIP_PIECE_BYTES_MAX: u64 = 16;
/// Bytes that are dripped. Bounded, with the pause, so that the slowest drip takes about a second each
/// way, and is slow without being too slow for the server's deadlines.
const DRIP_BYTES: RangeInclusive<u64> = 128..=512;
/// Milliseconds before each piece of a drip.
const DRIP_PAUSE_MS: RangeInclusive<u64> = 1..=2;

/// How often each fate is met, as weights, and how long the slow ones take. All weights 0 let
/// everything pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChaosProfile {
    /// Nothing happens.
    pub pass: u32,
    /// Everything comes late.
    pub delay: u32,
    /// Some of it comes in small pieces.
    pub drip: u32,
    /// The connection is reset.
    pub reset: u32,
    /// One direction ends.
    pub half_close: u32,
    /// Nothing comes through any more.
    pub black_hole: u32,
    /// The longest delay of a chunk.
    pub delay_max: Duration,
    /// The longest time for which a half-closed or swallowed connection is kept open.
    pub hold_max: Duration,
}

/// Half of the connections pass, and a quarter is only slow: a run makes progress.
impl Default for ChaosProfile {
    fn default() -> Self {
        Self {
            pass: 50,
            delay: 15,
            drip: 10,
            reset: 12,
            half_close: 5,
            black_hole: 8,
            delay_max: Duration::from_millis(30),
            hold_max: Duration::from_secs(3),
        }
    }
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Requests.
    ToServer,
    /// Answers.
    ToClient,
}

/// Where a fault strikes: as soon as so many bytes were forwarded that way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Which bytes count.
    pub direction: Direction,
    /// How many of them are forwarded before it.
    pub after_bytes: u64,
}

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Pass,
    /// Each chunk, both ways, is kept for so long before it goes on.
    Delay {
        /// How long.
        each: Duration,
    },
    /// Both ways, some bytes go on in small pieces with a pause before each.
    Drip {
        /// Bytes before.
        after_bytes: u64,
        /// Bytes that are dripped.
        bytes: u64,
        /// Bytes in a piece.
        piece: u64,
        /// The pause before each.
        pause: Duration,
    },
    /// Both ends are reset (RST).
    Reset(Spot),
    /// The receiver sees an end, while the sender's further bytes vanish and the other direction goes
    /// on. After the time the connection is reset.
    HalfClose(Spot, Duration),
    /// Everything vanishes, both ways, until the connection is closed after the time.
    BlackHole(Spot, Duration),
}

impl Fate {
    /// The name that a report counts it by.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Delay { .. } => "delay",
            Self::Drip { .. } => "drip",
            Self::Reset(_) => "reset",
            Self::HalfClose(..) => "half_close",
            Self::BlackHole(..) => "black_hole",
        }
    }
}

/// Draws what belongs to a fate.
type Maker = fn(&mut ChaCha8Rng, &ChaosProfile) -> Fate;

/// The fate of a connection, counted from 0 in the order in which they are accepted.
#[must_use]
pub fn fate(seed: u64, connection: u64, profile: &ChaosProfile) -> Fate {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // Streams of one seed are independent of each other, however many numbers each of them draws.
    random.set_stream(connection);
    let makers: [(u32, Maker); 6] = [
        (profile.pass, |_, _| Fate::Pass),
        (profile.delay, delay),
        (profile.drip, |random, _| drip(random)),
        (profile.reset, |random, _| Fate::Reset(spot(random))),
        (profile.half_close, |random, profile| {
            Fate::HalfClose(spot(random), hold(random, profile))
        }),
        (profile.black_hole, |random, profile| {
            Fate::BlackHole(spot(random), hold(random, profile))
        }),
    ];
    let all: u64 = makers.iter().map(|(weight, _)| u64::from(*weight)).sum();
    if all == 0 {
        return Fate::Pass;
    }
    let mut drawn = random.random_range(0..all);
    for (weight, make) in makers {
        match drawn.checked_sub(weight.into()) {
            Some(left) => drawn = left,
            None => return make(&mut random, profile),
        }
    }
    Fate::Pass
}

fn delay(random: &mut ChaCha8Rng, profile: &ChaosProfile) -> Fate {
    Fate::Delay {
        each: up_to(random, profile.delay_max),
    }
}

fn drip(random: &mut ChaCha8Rng) -> Fate {
    Fate::Drip {
        after_bytes: after_bytes(random),
        bytes: random.random_range(DRIP_BYTES),
        // Byte by byte half of the time.
        piece: if random.random_bool(0.5) {
            1
        } else {
            random.random_range(2..=DRIP_PIECE_BYTES_MAX)
        },
        pause: Duration::from_millis(random.random_range(DRIP_PAUSE_MS)),
    }
}

fn spot(random: &mut ChaCha8Rng) -> Spot {
    Spot {
        direction: if random.random_bool(0.5) {
            Direction::ToServer
        } else {
            Direction::ToClient
        },
        after_bytes: after_bytes(random),
    }
}

fn after_bytes(random: &mut ChaCha8Rng) -> u64 {
    if random.random_bool(HANDSHAKE_SHARE) {
        random.random_range(0..HANDSHAKE_BYTES)
    } else {
        let power = 1 << random.random_range(LATER_POWERS);
        random.random_range(power..2 * power)
    }
}

/// A third of the longest time at least, so that it is noticed.
fn hold(random: &mut ChaCha8Rng, profile: &ChaosProfile) -> Duration {
    let least = profile.hold_max / 3;
    least + up_to(random, profile.hold_max - least)
}

/// A duration of at least a millisecond, which is what a timer can keep.
fn up_to(random: &mut ChaCha8Rng, max: Duration) -> Duration {
    let milliseconds = u64::try_from(max.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(random.random_range(1..=milliseconds.max(1)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn fates(seed: u64) -> Vec<Fate> {
        let profile = ChaosProfile::default();
        (0..10_000)
            .map(|number| fate(seed, number, &profile))
            .collect()
    }

    fn spots(fates: &[Fate]) -> Vec<Spot> {
        let spot = |fate: &Fate| match *fate {
            Fate::Reset(spot) | Fate::HalfClose(spot, _) | Fate::BlackHole(spot, _) => Some(spot),
            Fate::Pass | Fate::Delay { .. } | Fate::Drip { .. } => None,
        };
        fates.iter().filter_map(spot).collect()
    }

    #[test]
    fn a_seed_reproduces_the_fates_and_another_gives_others() {
        assert_eq!(fates(7), fates(7));
        assert_ne!(fates(7), fates(8));
        // Not by the order in which they are asked for.
        let profile = ChaosProfile::default();
        assert_eq!(fate(7, 4_711, &profile), fates(7)[4_711]);
    }

    #[test]
    fn fates_are_met_as_often_as_their_weights_say() {
        let mut met: BTreeMap<&str, u32> = BTreeMap::new();
        for fate in fates(1) {
            *met.entry(fate.name()).or_default() += 1;
        }
        let expected = [
            ("pass", 50),
            ("delay", 15),
            ("drip", 10),
            ("reset", 12),
            ("half_close", 5),
            ("black_hole", 8),
        ];
        for (name, percent) in expected {
            let found = f64::from(met[name]) / 100.0;
            assert!((found - f64::from(percent)).abs() < 1.5, "{name}: {found}");
        }
    }

    #[test]
    fn faults_strike_handshakes_and_requests_on_both_ways() {
        let spots = spots(&fates(2));
        for direction in [Direction::ToServer, Direction::ToClient] {
            let that_way = spots.iter().filter(|spot| spot.direction == direction);
            let (early, late): (Vec<Spot>, Vec<Spot>) =
                that_way.partition(|spot| spot.after_bytes < HANDSHAKE_BYTES);
            assert!(early.len() > 200 && late.len() > 500);
            assert!(late.iter().all(|spot| spot.after_bytes < 1 << 16));
            assert!(late.iter().any(|spot| spot.after_bytes > 1 << 15));
        }
    }

    #[test]
    fn what_is_slow_has_a_bound() {
        let profile = ChaosProfile::default();
        for fate in fates(3) {
            match fate {
                Fate::Pass | Fate::Reset(_) => {}
                Fate::Delay { each } => {
                    assert!(each >= Duration::from_millis(1) && each <= profile.delay_max);
                }
                Fate::Drip {
                    bytes,
                    piece,
                    pause,
                    ..
                } => {
                    let pieces = u32::try_from(bytes.div_ceil(piece)).unwrap();
                    assert!(pause * pieces <= Duration::from_millis(1_024));
                }
                Fate::HalfClose(_, hold) | Fate::BlackHole(_, hold) => {
                    assert!(hold >= Duration::from_secs(1) && hold <= profile.hold_max);
                }
            }
        }
    }

    #[test]
    fn a_profile_without_weights_lets_everything_pass() {
        let nothing = ChaosProfile {
            pass: 0,
            delay: 0,
            drip: 0,
            reset: 0,
            half_close: 0,
            black_hole: 0,
            ..ChaosProfile::default()
        };
        assert_eq!(fate(1, 1, &nothing), Fate::Pass);
        let only = ChaosProfile {
            black_hole: 1,
            hold_max: Duration::ZERO,
            ..nothing
        };
        assert_eq!(fate(1, 1, &only).name(), "black_hole");
    }
}
