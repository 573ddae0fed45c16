//! Who is held up for how long, and who never is.

use super::*;
use proptest::prelude::*;

const MINUTE: u64 = 60;

/// A throttle with a clock that only the test moves.
struct Bench {
    throttle: Throttle,
    start: Instant,
    second: u64,
}

impl Bench {
    fn new(limits: ThrottleLimits) -> Self {
        let start = Instant::now();
        Self {
            throttle: Throttle::new(limits, start),
            start,
            second: 0,
        }
    }

    fn now(&self) -> Instant {
        self.start + Duration::from_secs(self.second)
    }

    fn begin(&self, username: &str, source: &str) -> Result<Attempt, Refused> {
        self.throttle
            .begin(username, source.parse().unwrap(), self.now())
    }

    fn fail(&self, username: &str, source: &str) {
        self.begin(username, source).unwrap().failed(self.now());
    }

    fn succeed(&self, username: &str, source: &str) {
        self.begin(username, source).unwrap().succeeded(self.now());
    }

    /// Seconds to wait, 0 if an attempt may be made now. Leaves nothing behind.
    fn wait(&self, username: &str, source: &str) -> u64 {
        match self.begin(username, source) {
            Ok(attempt) => {
                attempt.release();
                0
            }
            Err(refused) => RetryAfter::from(refused).0.as_secs(),
        }
    }

    fn sizes(&self) -> [usize; 4] {
        let tables = self.throttle.shared.lock();
        [
            tables.failures.len(),
            tables.sources.len(),
            tables.known.len(),
            tables.running.len(),
        ]
    }
}

fn default_bench() -> Bench {
    Bench::new(ThrottleLimits::default())
}

fn exempt_everywhere() -> ThrottleLimits {
    let exempt = ["0.0.0.0/0", "::/0"]
        .map(|network| network.parse().unwrap())
        .to_vec();
    ThrottleLimits {
        exempt,
        ..ThrottleLimits::default()
    }
}

#[test]
fn the_wait_doubles_up_to_a_minute() {
    let limits = ThrottleLimits::default();
    let table = [
        (0, 0),
        (1, 1),
        (2, 2),
        (3, 4),
        (4, 8),
        (5, 16),
        (6, 32),
        (7, 60),
        (8, 60),
    ];
    for (failures, seconds) in table {
        assert_eq!(
            limits.back_off(failures),
            Duration::from_secs(seconds),
            "{failures}"
        );
    }
    for failures in [32, 33, 100, u32::MAX] {
        assert_eq!(
            limits.back_off(failures),
            Duration::from_secs(60),
            "{failures}"
        );
    }
}

#[test]
fn a_pair_waits_longer_after_each_failure() {
    let mut bench = default_bench();
    for expected in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
        bench.fail("mona", "192.0.2.1");
        assert_eq!(bench.wait("mona", "192.0.2.1"), expected);
        bench.second += expected - 1;
        assert_eq!(bench.wait("mona", "192.0.2.1"), 1);
        bench.second += 1;
        assert_eq!(bench.wait("mona", "192.0.2.1"), 0);
    }
}

#[test]
fn a_success_clears_the_pair() {
    let mut bench = default_bench();
    for _ in 0..3 {
        bench.fail("mona", "192.0.2.1");
        bench.second += 10;
    }
    bench.succeed("mona", "192.0.2.1");
    bench.fail("mona", "192.0.2.1");
    assert_eq!(bench.wait("mona", "192.0.2.1"), 1);
}

#[test]
fn fifteen_minutes_without_a_failure_clear_the_pair() {
    let mut bench = default_bench();
    for _ in 0..5 {
        bench.fail("mona", "192.0.2.1");
        bench.second += MINUTE;
    }
    bench.second += 14 * MINUTE - 1;
    bench.fail("mona", "192.0.2.1");
    assert_eq!(bench.wait("mona", "192.0.2.1"), 32);
    bench.second += 15 * MINUTE;
    bench.fail("mona", "192.0.2.1");
    assert_eq!(bench.wait("mona", "192.0.2.1"), 1);
}

#[test]
fn only_the_same_name_from_the_same_source_waits() {
    let bench = default_bench();
    bench.fail("mona", "192.0.2.1");
    bench.fail("karim", "2001:db8:0:1::1");
    let table = [
        ("mona", "192.0.2.1", 1),
        ("Mona", "192.0.2.1", 1),
        ("mona", "::ffff:192.0.2.1", 1),
        ("mona", "192.0.2.2", 0),
        ("karim", "192.0.2.1", 0),
        ("karim", "2001:db8:0:1:dead:beef:0:7", 1),
        ("karim", "2001:db8:0:2::1", 0),
        ("", "192.0.2.1", 0),
    ];
    for (username, source, expected) in table {
        assert_eq!(
            bench.wait(username, source),
            expected,
            "{username} {source}"
        );
    }
}

#[test]
fn attempts_at_once_on_one_pair_are_few_at_first_and_then_single() {
    let mut bench = default_bench();
    let first: Vec<Attempt> = (0..3)
        .map(|_| bench.begin("mona", "192.0.2.1").unwrap())
        .collect();
    assert_eq!(bench.wait("mona", "192.0.2.1"), 1);
    assert_eq!(bench.wait("mona", "192.0.2.2"), 0);
    for attempt in first {
        attempt.failed(bench.now());
    }
    assert_eq!(bench.wait("mona", "192.0.2.1"), 4);
    bench.second += 4;
    let single = bench.begin("mona", "192.0.2.1").unwrap();
    assert_eq!(bench.wait("mona", "192.0.2.1"), 1);
    single.succeeded(bench.now());
    assert_eq!(bench.wait("mona", "192.0.2.1"), 0);
    assert_eq!(bench.sizes(), [0, 1, 1, 0]);
}

#[test]
fn an_attempt_that_was_not_made_leaves_no_trace() {
    let bench = default_bench();
    bench.begin("mona", "192.0.2.1").unwrap().release();
    assert_eq!(bench.sizes(), [0, 0, 0, 0]);
    bench.fail("mona", "192.0.2.1");
    assert_eq!(bench.wait("mona", "192.0.2.1"), 1);
}

#[test]
fn an_attempt_that_is_dropped_has_failed_when_it_began() {
    let mut bench = default_bench();
    bench.fail("mona", "192.0.2.1");
    bench.second += 1;
    let attempt = bench.begin("mona", "192.0.2.1").unwrap();
    bench.second += 1;
    drop(attempt);
    assert_eq!(bench.wait("mona", "192.0.2.1"), 1);
    assert_eq!(bench.sizes(), [1, 1, 0, 0]);
}

#[test]
fn a_source_has_thirty_failures_and_then_one_in_six_seconds() {
    let mut bench = default_bench();
    for number in 0..30 {
        bench.fail(&format!("name-{number}"), "192.0.2.1");
    }
    assert_eq!(bench.wait("mona", "192.0.2.1"), 6);
    assert_eq!(bench.wait("mona", "192.0.2.2"), 0);
    bench.second += 5;
    assert_eq!(bench.wait("mona", "192.0.2.1"), 1);
    bench.second += 1;
    bench.fail("mona", "192.0.2.1");
    assert_eq!(bench.wait("karim", "192.0.2.1"), 6);
    bench.second += 3 * MINUTE;
    for number in 0..30 {
        bench.fail(&format!("later-{number}"), "192.0.2.1");
    }
    assert_eq!(bench.wait("karim", "192.0.2.1"), 6);
}

#[test]
fn successes_and_attempts_not_made_cost_a_source_nothing() {
    let bench = default_bench();
    for number in 0..200 {
        bench.succeed(&format!("name-{number}"), "192.0.2.1");
        bench.begin("mona", "192.0.2.1").unwrap().release();
    }
    assert_eq!(bench.sizes(), [0, 0, 200, 0]);
}

#[test]
fn attempts_under_way_count_against_their_source() {
    let bench = default_bench();
    let under_way: Vec<Attempt> = (0..30)
        .map(|number| bench.begin(&format!("name-{number}"), "192.0.2.1").unwrap())
        .collect();
    assert_eq!(bench.wait("mona", "192.0.2.1"), 6);
    for attempt in under_way {
        attempt.release();
    }
    assert_eq!(bench.wait("mona", "192.0.2.1"), 0);
}

#[test]
fn an_exempt_network_has_no_limit_but_its_pairs_have() {
    let exempt = vec!["192.0.2.0/24".parse().unwrap()];
    let bench = Bench::new(ThrottleLimits {
        exempt,
        ..ThrottleLimits::default()
    });
    for number in 0..100 {
        bench.fail(&format!("name-{number}"), "192.0.2.1");
    }
    assert_eq!(bench.wait("mona", "::ffff:192.0.2.1"), 0);
    assert_eq!(bench.wait("name-7", "192.0.2.1"), 1);
    assert_eq!(bench.sizes(), [100, 0, 0, 0]);
}

#[test]
fn a_known_user_is_not_locked_out_by_a_neighbour() {
    let mut bench = default_bench();
    bench.succeed("mona", "192.0.2.1");
    for number in 0..30 {
        bench.fail(&format!("name-{number}"), "192.0.2.1");
    }
    assert_eq!(bench.wait("stranger", "192.0.2.1"), 6);
    assert_eq!(bench.wait("mona", "192.0.2.1"), 0);
    // Being known is no licence to guess.
    bench.fail("mona", "192.0.2.1");
    assert_eq!(bench.wait("mona", "192.0.2.1"), 1);
    bench.second += 30 * 24 * 60 * MINUTE;
    for number in 0..30 {
        bench.fail(&format!("later-{number}"), "192.0.2.1");
    }
    assert_eq!(bench.wait("mona", "192.0.2.1"), 6);
}

#[test]
fn a_username_has_a_hundred_failures_and_then_one_in_a_hundredth_of_a_day() {
    let mut bench = default_bench();
    bench.succeed("mona", "192.0.2.1");
    for number in 0..100 {
        bench.fail("mona", &format!("198.51.100.{number}"));
    }
    let refused = bench.begin("Mona", "203.0.113.1").unwrap_err();
    assert_eq!(
        refused,
        Refused::DailyLimit(RetryAfter(Duration::from_secs(864)))
    );
    // Others are not concerned, nor is she where she is known.
    assert_eq!(bench.wait("karim", "203.0.113.1"), 0);
    assert_eq!(bench.wait("mona", "192.0.2.1"), 0);
    for _ in 0..2 {
        bench.second += 863;
        assert_eq!(bench.wait("mona", "203.0.113.1"), 1);
        bench.second += 1;
        bench.fail("mona", "203.0.113.1");
    }
}

#[test]
fn a_one_time_password_is_tried_whatever_the_day_brought() {
    let bench = default_bench();
    for number in 0..100 {
        bench.fail("mona", &format!("198.51.100.{number}"));
    }
    let begin = |source: &str| {
        let throttle = &bench.throttle;
        throttle.begin_uncounted("mona", source.parse().unwrap(), bench.now())
    };
    begin("203.0.113.1").unwrap().failed(bench.now());
    // The other limits hold, and the failure was not counted against the name.
    let second = RetryAfter(Duration::from_secs(1));
    assert_eq!(begin("203.0.113.1").unwrap_err(), Refused::TooOften(second));
    assert_eq!(bench.wait("mona", "203.0.113.2"), 864);
    begin("203.0.113.2").unwrap().succeeded(bench.now());
    assert_eq!(bench.wait("mona", "203.0.113.2"), 0);
}

#[test]
fn successes_cost_a_username_nothing() {
    let bench = default_bench();
    for number in 0..200 {
        bench.succeed("mona", &format!("198.51.100.{number}"));
    }
    assert_eq!(bench.wait("mona", "203.0.113.1"), 0);
}

/// A bench that knows what this one had kept, `later` milliseconds of the calendar after.
fn restarted(bench: &Bench, later: i64) -> Bench {
    const CALENDAR: u64 = 1_800_000_000_000;
    let changes = bench
        .throttle
        .take_changes(bench.now(), UnixMillis(CALENDAR));
    let next = default_bench();
    let calendar = UnixMillis(CALENDAR.checked_add_signed(later).unwrap());
    next.throttle.restore(&changes.kept, next.now(), calendar);
    next
}

#[test]
fn a_restart_neither_pardons_nor_locks_out() {
    let bench = default_bench();
    bench.succeed("mona", "192.0.2.1");
    bench.succeed("mona", "2001:db8::1");
    for number in 0..100 {
        bench.fail("mona", &format!("198.51.100.{number}"));
    }
    for number in 0..30 {
        bench.fail(&format!("name-{number}"), "192.0.2.1");
    }
    let mut next = restarted(&bench, 500);
    // The pair, the username, the source; she herself where she is known.
    assert_eq!(next.wait("name-3", "192.0.2.1"), 5);
    assert_eq!(next.wait("mona", "203.0.113.1"), 863);
    assert_eq!(next.wait("karim", "192.0.2.1"), 5);
    assert_eq!(next.wait("mona", "192.0.2.1"), 0);
    assert_eq!(next.wait("mona", "2001:db8::2"), 0);
    next.second += 24 * 60 * MINUTE;
    assert_eq!(next.wait("mona", "203.0.113.1"), 0);
    assert_eq!(next.wait("name-3", "192.0.2.1"), 0);

    let again = restarted(&bench, 0);
    assert_eq!(again.sizes(), [0, 0, 0, 0], "nothing is taken twice");
}

#[test]
fn a_clock_that_was_set_back_or_forth_holds_nobody_up_for_longer() {
    for hours in [-48, 48] {
        let bench = default_bench();
        bench.fail("mona", "192.0.2.1");
        for number in 0..100 {
            bench.fail("karim", &format!("198.51.100.{number}"));
        }
        let mut next = restarted(&bench, hours * 3_600_000);
        // Set back, the source counts as used up: one refill.
        assert!(next.wait("mona", "192.0.2.1") <= 6);
        assert!(next.wait("karim", "203.0.113.1") <= 864);
        next.second += 24 * 60 * MINUTE;
        assert_eq!(next.wait("karim", "203.0.113.1"), 0);
    }
}

#[test]
fn a_success_removes_what_was_kept_of_the_failures() {
    let mut bench = default_bench();
    bench.fail("mona", "192.0.2.1");
    let calendar = UnixMillis(1_800_000_000_000);
    let changes = bench.throttle.take_changes(bench.now(), calendar);
    assert_eq!((changes.kept.len(), changes.forgotten.len()), (3, 0));
    let failures = changes
        .kept
        .iter()
        .find(|entry| entry.table == ThrottleTable::Failures);
    let failures = failures.unwrap().clone();
    assert_eq!((failures.count, failures.at), (1, calendar));
    bench.second += 1;
    bench.succeed("mona", "192.0.2.1");
    let changes = bench.throttle.take_changes(bench.now(), calendar);
    assert_eq!(changes.forgotten, [(ThrottleTable::Failures, failures.key)]);
    // What could not be kept comes once more.
    bench.throttle.give_back(&changes);
    let again = bench.throttle.take_changes(bench.now(), calendar);
    assert_eq!(
        (again.kept, again.forgotten),
        (changes.kept, changes.forgotten)
    );
    assert!(
        bench
            .throttle
            .take_changes(bench.now(), calendar)
            .is_empty()
    );
}

#[test]
fn what_was_kept_by_nobody_we_know_is_left_out() {
    let bench = default_bench();
    let long = "f".repeat(64);
    let keys = [
        "".into(),
        "@".into(),
        long.clone(),
        format!("{long}@"),
        format!("{long}@here"),
        format!("{}é@::1", "f".repeat(62)),
        format!("{}zz@::1", "f".repeat(62)),
    ];
    let entries: Vec<_> = keys
        .map(|key| ThrottleEntry {
            table: ThrottleTable::Failures,
            key,
            count: 1,
            at: UnixMillis(7),
        })
        .into();
    bench.throttle.restore(&entries, bench.now(), UnixMillis(7));
    assert_eq!(bench.sizes(), [0, 0, 0, 0]);
}

#[test]
fn made_up_names_push_out_the_stalest_pairs_only() {
    let limits = ThrottleLimits {
        entries_max: 50,
        ..exempt_everywhere()
    };
    let bench = Bench::new(limits);
    bench.fail("stale", "192.0.2.1");
    bench.fail("mona", "192.0.2.1");
    for number in 0..49 {
        bench.fail(&format!("name-{number}"), "192.0.2.9");
    }
    assert_eq!(bench.wait("stale", "192.0.2.1"), 0);
    assert_eq!(bench.wait("mona", "192.0.2.1"), 1);
    assert_eq!(bench.sizes(), [50, 0, 0, 0]);
}

#[test]
fn attempts_under_way_are_bounded_too() {
    let limits = ThrottleLimits {
        entries_max: 10,
        ..exempt_everywhere()
    };
    let bench = Bench::new(limits);
    let under_way: Vec<Attempt> = (0..10)
        .map(|number| bench.begin(&format!("name-{number}"), "192.0.2.1").unwrap())
        .collect();
    assert_eq!(bench.wait("mona", "192.0.2.2"), 1);
    assert_eq!(bench.sizes()[3], 10);
    drop(under_way);
    assert_eq!(bench.wait("mona", "192.0.2.2"), 0);
}

#[test]
fn parallel_guesses_gain_nothing() {
    let bench = default_bench();
    let permitted = std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let attempts = (0..100).filter_map(|_| bench.begin("mona", "::1").ok());
                    attempts.map(|attempt| attempt.failed(bench.now())).count()
                })
            })
            .collect();
        guesses
            .into_iter()
            .map(|guess| guess.join().unwrap())
            .sum::<usize>()
    });
    assert!((1..=3).contains(&permitted), "{permitted}");
    assert_eq!(bench.sizes(), [1, 1, 0, 0]);
}

#[test]
fn limits_that_make_no_sense_are_corrected() {
    let limits = ThrottleLimits {
        back_off_first: Duration::MAX,
        back_off_max: Duration::MAX,
        forget_after: Duration::MAX,
        parallel_max: 0,
        source_burst: 0,
        source_refill: Duration::MAX,
        known_for: Duration::ZERO,
        failures_per_day_max: 0,
        entries_max: 0,
        exempt: Vec::new(),
    };
    let bench = Bench::new(limits);
    let year = DURATION_MAX.as_secs();
    bench.fail("mona", "192.0.2.1");
    assert_eq!(bench.wait("mona", "192.0.2.1"), year);
    assert_eq!(bench.wait("karim", "192.0.2.1"), year);
    assert_eq!(bench.sizes(), [1, 1, 0, 0]);
}

#[derive(Debug, Clone)]
enum Act {
    Begin { name: u8, source: u8 },
    End { which: prop::sample::Index, how: u8 },
    Wait { seconds: u64 },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0_u8..6, 0_u8..4).prop_map(|(name, source)| Act::Begin { name, source }),
        4 => (any::<prop::sample::Index>(), 0_u8..4)
            .prop_map(|(which, how)| Act::End { which, how }),
        1 => (0_u64..200).prop_map(|seconds| Act::Wait { seconds }),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_tables_stay_small_and_known_users_wait_a_minute_at_most(
        acts in proptest::collection::vec(act(), 0..300),
    ) {
        let mut bench = Bench::new(ThrottleLimits { entries_max: 8, ..Default::default() });
        let mut open = Vec::new();
        for act in acts {
            match act {
                Act::Begin { name, source } => {
                    let source = format!("192.0.2.{source}");
                    match bench.begin(&format!("name-{name}"), &source) {
                        Ok(attempt) => open.push(attempt),
                        Err(refused) => {
                            let RetryAfter(wait) = refused.into();
                            prop_assert!(wait > Duration::ZERO);
                            prop_assert!(wait <= Duration::from_secs(60));
                        }
                    }
                }
                Act::End { which, how } if !open.is_empty() => {
                    let attempt = open.swap_remove(which.index(open.len()));
                    match how {
                        0 => attempt.succeeded(bench.now()),
                        1 => attempt.failed(bench.now()),
                        2 => attempt.release(),
                        _ => drop(attempt),
                    }
                }
                Act::End { .. } => {}
                Act::Wait { seconds } => bench.second += seconds,
            }
            prop_assert!(bench.sizes().iter().all(|&size| size <= 8));
        }
        open.clear();
        bench.second += MINUTE;
        bench.succeed("mona", "192.0.2.1");
        // Other people's failures at the same source, as many as it permits.
        for number in 0..7 {
            if let Ok(attempt) = bench.begin(&format!("other-{number}"), "192.0.2.1") {
                attempt.failed(bench.now());
            }
        }
        prop_assert_eq!(bench.wait("mona", "192.0.2.1"), 0);
        bench.fail("mona", "192.0.2.1");
        prop_assert!(bench.wait("mona", "192.0.2.1") <= 60);
        bench.second += MINUTE;
        prop_assert_eq!(bench.wait("mona", "192.0.2.1"), 0);
        prop_assert_eq!(bench.sizes()[3], 0);
    }
}
