//! The checker accuses no correct market, and finds every promise broken in an otherwise correct
//! history.

use auboutique_loadtest::checker::{Rule, check};
use auboutique_loadtest::history::{
    Actor, Bought, Call, Event, History, Item, KeyId, Moment, Price, Refusal, State,
};
use auboutique_loadtest::self_test::{Fault, Settings, simulate};
use proptest::prelude::*;

mod mutations;

fn settings() -> impl Strategy<Value = Settings> {
    let size = (2_u32..14, 1_u32..60, 0_u32..60, 0_u32..6);
    let sight = (any::<bool>(), any::<bool>(), any::<bool>());
    (size, sight).prop_map(
        |((actors, calls, lost_percent, crashes), (ledgers, views, strangers))| Settings {
            actors,
            calls,
            lost_percent,
            crashes,
            ledgers,
            views,
            strangers,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_correct_market_is_accused(settings in settings(), seed in any::<u64>()) {
        let history = simulate(settings, Fault::None, seed);
        let verdict = check(&history);
        prop_assert!(verdict.holds(), "{:#?}", verdict.violations);
    }

    #[test]
    fn the_order_in_which_calls_were_recorded_does_not_matter(
        settings in settings(),
        seed in any::<u64>(),
        turn in any::<prop::sample::Index>(),
        fault in prop::sample::select(Fault::ALL),
    ) {
        let mut history = simulate(settings, fault, seed);
        let before = check(&history).tallies;
        let length = history.events.len();
        history.events.rotate_left(turn.index(length.max(1)));
        history.events.reverse();
        prop_assert_eq!(check(&history).tallies, before);
    }

    #[test]
    fn every_breach_points_to_calls_that_exist(
        settings in settings(),
        seed in any::<u64>(),
        fault in prop::sample::select(Fault::ALL),
    ) {
        let history = simulate(settings, fault, seed);
        for violation in check(&history).violations {
            prop_assert!(violation.explanation.ends_with('.'), "{violation:?}");
            for event in violation.events {
                prop_assert!(event < history.events.len());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25))]

    /// Every mutation is tried on every history, so that none is left to chance.
    #[test]
    fn one_broken_promise_in_a_correct_history_is_found(
        lost_percent in 0_u32..40,
        crashes in 0_u32..5,
        seed in any::<u64>(),
        choice in any::<usize>(),
    ) {
        let settings = Settings { lost_percent, crashes, ..Settings::default() };
        let correct = simulate(settings, Fault::None, seed);
        for mutation in mutations::ALL {
            let mut history = correct.clone();
            let Some(rules) = (mutation.apply)(&mut history, choice) else {
                continue;
            };
            let broken: Vec<Rule> = check(&history).broken().collect();
            prop_assert!(
                rules.iter().any(|rule| broken.contains(rule)),
                "{} was to break {rules:?}, but broke {broken:?}",
                mutation.name
            );
        }
    }
}

#[test]
fn every_mutation_is_possible_somewhere() {
    let mut applied = vec![0; mutations::ALL.len()];
    for seed in 0..20 {
        let correct = simulate(Settings::default(), Fault::None, seed);
        for (count, mutation) in applied.iter_mut().zip(mutations::ALL) {
            let mut history = correct.clone();
            *count += u32::from((mutation.apply)(&mut history, 7).is_some());
        }
    }
    for (count, mutation) in applied.iter().zip(mutations::ALL) {
        assert!(*count > 0, "{}", mutation.name);
    }
}

/// A race of many buyers for each of many items.
fn race(items: u32, buyers: u32) -> History {
    let mut history = History::default();
    let mut call = |actor, invoked, returned, call| {
        history.events.push(Event {
            actor: Actor(actor),
            invoked: Moment(invoked),
            returned: Moment(returned),
            call,
        });
    };
    for item in 0..items {
        let start = u64::from(item) * 1_000 + 10;
        let price = Price(100);
        let (number, item) = (item, Item(item));
        call(buyers, start - 9, start - 1, Call::Sell { item, price });
        for buyer in 0..buyers {
            let outcome = if buyer == number % buyers {
                let digest = u64::from(number);
                Bought::Confirmed { price, digest }
            } else {
                Bought::Refused(Refusal::AlreadySold { yours: false })
            };
            let key = KeyId(number * buyers + buyer);
            let buy = Call::Buy {
                item,
                price,
                key,
                outcome,
            };
            call(buyer, start + u64::from(buyer), start + 900, buy);
        }
        let state = State::Sold;
        call(0, start + 901, start + 902, Call::See { item, state });
    }
    history.owners = vec![Actor(buyers); items as usize];
    history
}

/// Were it quadratic, in all or in the calls of one item, this would take hours.
#[test]
fn a_million_calls_are_judged() {
    for (items, buyers) in [(2_500, 400), (1, 1_000_000)] {
        let history = race(items, buyers);
        let verdict = check(&history);
        assert!(verdict.holds(), "{:?}", verdict.violations);
        let tally = verdict.tallies[1];
        assert_eq!(tally.rule, Rule::RefusalHasCause);
        assert_eq!(tally.checked, u64::from(items * (buyers - 1)));
    }
}
