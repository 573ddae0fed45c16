//! What the rules have found so far.

use super::{Rule, Tally, VIOLATIONS_SHOWN_MAX, Verdict, Violation};

/// Most calls that one breach points to: an item sold to 200 buyers is shown well enough by these.
const EVENTS_SHOWN_MAX: usize = 20;

/// A case that breaks a rule.
pub(super) struct Breach {
    explanation: String,
    events: Vec<usize>,
}

impl Breach {
    pub(super) fn new(explanation: String, events: impl IntoIterator<Item = usize>) -> Self {
        Self {
            explanation,
            events: events.into_iter().take(EVENTS_SHOWN_MAX).collect(),
        }
    }
}

/// Counts cases and breaches, and keeps the first breaches of each rule.
pub(super) struct Findings {
    tallies: [Tally; Rule::ALL.len()],
    violations: Vec<Violation>,
}

impl Findings {
    pub(super) fn new() -> Self {
        Self {
            tallies: Rule::ALL.map(|rule| Tally {
                rule,
                checked: 0,
                broken: 0,
            }),
            violations: Vec::new(),
        }
    }

    /// Notes down one case that a rule was applied to.
    pub(super) fn note(&mut self, rule: Rule, breach: Option<Breach>) {
        let tally = &mut self.tallies[rule.index()];
        tally.checked += 1;
        let Some(breach) = breach else { return };
        tally.broken += 1;
        if tally.broken <= VIOLATIONS_SHOWN_MAX as u64 {
            self.violations.push(Violation {
                rule,
                explanation: breach.explanation,
                events: breach.events,
            });
        }
    }

    pub(super) fn into_verdict(mut self) -> Verdict {
        self.violations.sort_by_key(|violation| violation.rule);
        Verdict {
            tallies: self.tallies.to_vec(),
            violations: self.violations,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_first_are_kept() {
        let mut findings = Findings::new();
        for event in 0..50 {
            findings.note(Rule::SoldOnce, Some(Breach::new(String::new(), [event])));
            findings.note(Rule::SoldOnce, None);
        }
        findings.note(Rule::ViewsAgree, Some(Breach::new(String::new(), 0..1_000)));
        let verdict = findings.into_verdict();
        assert!(!verdict.holds());
        let sold_once = verdict.tallies[Rule::SoldOnce.index()];
        assert_eq!((sold_once.checked, sold_once.broken), (100, 50));
        assert_eq!(verdict.violations.len(), VIOLATIONS_SHOWN_MAX + 1);
        assert_eq!(verdict.violations[3].events, [3]);
        assert_eq!(
            verdict.violations[VIOLATIONS_SHOWN_MAX].events.len(),
            EVENTS_SHOWN_MAX
        );
    }
}
