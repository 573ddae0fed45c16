use super::*;

#[test]
fn every_fault_is_found_and_correct_markets_pass() {
    for seed in [0, 1, 0xa0b, u64::MAX] {
        let results = run(seed);
        let summary = summary(&results);
        assert!(summary.passed(), "seed {seed}: {summary} {results:#?}");
        assert_eq!(summary.planted, Fault::ALL.len());
    }
}

#[test]
fn a_seed_gives_the_same_history_again() {
    let run = |seed| simulate(Settings::default(), Fault::CheckThenAct, seed);
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
}

#[test]
fn every_rule_is_put_to_the_test_and_is_expected_to_find_something() {
    let mut checked = [0; Rule::ALL.len()];
    for seed in 0..5 {
        let verdict = check(&simulate(Settings::default(), Fault::None, seed));
        for (sum, tally) in checked.iter_mut().zip(&verdict.tallies) {
            *sum += tally.checked;
        }
    }
    for (rule, checked) in Rule::ALL.into_iter().zip(checked) {
        assert!(checked > 0, "{rule:?}");
        let expects = |fault: &&Fault| fault.expected().contains(&rule);
        assert!(Fault::ALL.iter().any(|fault| expects(&fault)), "{rule:?}");
    }
}

#[test]
fn a_summary_tells_what_was_missed_and_who_was_accused() {
    let mut results = run(7);
    assert_eq!(
        summary(&results).to_string(),
        format!(
            "Found {0} of {0} planted faults; 40 correct markets, none accused.",
            Fault::ALL.len()
        )
    );
    results[0].fired.push(Rule::SoldOnce);
    results[1].found = false;
    let summary = summary(&results);
    assert!(!summary.passed());
    assert_eq!(
        summary.to_string(),
        format!(
            "Found {} of {} planted faults, not check_then_act; 40 correct markets, accused by \
             sold_once.",
            Fault::ALL.len() - 1,
            Fault::ALL.len()
        )
    );
}

#[test]
fn names_and_sentences_are_complete() {
    let mut names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Fault::ALL.len());
    for fault in Fault::ALL {
        assert!(fault.does().ends_with('.') && !fault.does().starts_with(' '));
        assert!(!fault.expected().is_empty());
    }
}
