//! The database holds what was confirmed, some of what is unknown, and nothing else; and what it
//! once held, it keeps.

use super::Rule;
use super::claims::{Claim, Claims, Confirmed};
use super::findings::{Breach, Findings};
use crate::history::{History, Item, Ledger, Moment, StoredSale};

/// A ledger's sales in the order of their items.
struct Rows {
    taken: Moment,
    sales: Vec<StoredSale>,
}

impl Rows {
    fn new(ledger: &Ledger) -> Self {
        let mut sales = ledger.sales.clone();
        sales.sort_by_key(|sale| sale.item);
        Self {
            taken: ledger.taken,
            sales,
        }
    }

    fn of(&self, item: Item) -> &[StoredSale] {
        let start = self.sales.partition_point(|sale| sale.item < item);
        let end = self.sales.partition_point(|sale| sale.item <= item);
        &self.sales[start..end]
    }
}

/// Judges all ledgers.
pub(super) fn judge(history: &History, claims: &Claims, findings: &mut Findings) {
    let mut ledgers: Vec<Rows> = history.ledgers.iter().map(Rows::new).collect();
    ledgers.sort_by_key(|ledger| ledger.taken);
    let mut crashes = history.crashes.clone();
    crashes.sort_unstable();
    for ledger in &ledgers {
        judge_items(ledger, findings);
    }
    for (claim, confirmed) in claims.confirmed() {
        judge_confirmed(&ledgers, &crashes, (claim, confirmed), findings);
    }
    for pair in ledgers.windows(2) {
        judge_kept(&pair[0], &pair[1], &crashes, claims, findings);
    }
    if let Some(last) = ledgers.last() {
        judge_rows(last, claims, findings);
    }
}

/// Whether the server was killed between the two.
fn crashed(crashes: &[Moment], after: Moment, by: Moment) -> bool {
    let begun = crashes.partition_point(|crash| *crash <= by);
    begun
        .checked_sub(1)
        .is_some_and(|last| crashes[last] > after)
}

/// An item has one row at most.
fn judge_items(ledger: &Rows, findings: &mut Findings) {
    for rows in ledger.sales.chunk_by(|one, other| one.item == other.item) {
        let breach = (rows.len() > 1).then(|| {
            let explanation = format!(
                "The database read at {} holds {} sales of item {}.",
                ledger.taken,
                rows.len(),
                rows[0].item.0
            );
            Breach::new(explanation, [])
        });
        findings.note(Rule::SoldOnce, breach);
    }
}

/// A confirmed sale is in every later ledger, as it was confirmed.
fn judge_confirmed(
    ledgers: &[Rows],
    crashes: &[Moment],
    (claim, confirmed): (&Claim, Confirmed),
    findings: &mut Findings,
) {
    let later = ledgers.partition_point(|ledger| ledger.taken <= confirmed.returned);
    let Some(last) = ledgers[later..].last() else {
        return;
    };
    let problems = ledgers[later..].iter();
    let problem = problems
        .map(|ledger| (ledger, problem(ledger, claim)))
        .find(|(_, problem)| *problem != Problem::None);
    let breach = |lost| {
        let (ledger, problem) = problem?;
        let killed = crashed(crashes, confirmed.returned, ledger.taken);
        let is_lost = killed && problem == Problem::Lost;
        (is_lost == lost).then(|| problem.breach(ledger, claim, confirmed))
    };
    findings.note(Rule::LedgerAgrees, breach(false));
    if crashed(crashes, confirmed.returned, last.taken) {
        findings.note(Rule::SurvivesCrash, breach(true));
    }
}

/// What is wrong with a stored sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Problem {
    None,
    /// There is none with this buyer and key.
    Lost,
    /// It has another price.
    OtherPrice,
}

fn problem(ledger: &Rows, claim: &Claim) -> Problem {
    let is_it = |row: &&StoredSale| row.buyer == Some(claim.actor) && row.key == Some(claim.key);
    match ledger.of(claim.item).iter().find(is_it) {
        None => Problem::Lost,
        Some(row) if row.price == claim.price => Problem::None,
        Some(_) => Problem::OtherPrice,
    }
}

impl Problem {
    fn breach(self, ledger: &Rows, claim: &Claim, confirmed: Confirmed) -> Breach {
        let found = match ledger.of(claim.item).first() {
            None => "no sale of it".to_owned(),
            Some(row) => told(row),
        };
        let explanation = format!(
            "User {} bought item {} with key {} for {}, as was confirmed at {}; the database read \
             at {} holds {found}.",
            claim.actor.0, claim.item.0, claim.key.0, claim.price, confirmed.returned, ledger.taken,
        );
        Breach::new(explanation, claim.events())
    }
}

/// A row in words.
fn told(row: &StoredSale) -> String {
    let buyer = row.buyer.map_or_else(
        || "a stranger".to_owned(),
        |buyer| format!("user {}", buyer.0),
    );
    let key = row.key.map_or_else(
        || "a key that the run never used".to_owned(),
        |key| format!("key {}", key.0),
    );
    format!("a sale to {buyer} with {key} for {}", row.price)
}

/// The claim that a row can belong to.
fn claim_of<'a>(row: &StoredSale, claims: &'a Claims) -> Option<&'a Claim> {
    let mut claims = claims.of_actor(row.item, row.buyer?);
    claims.find(|claim| Some(claim.key) == row.key && claim.price == row.price)
}

/// A row that was there once is there for good. Those of confirmed sales are judged with these.
fn judge_kept(
    before: &Rows,
    after: &Rows,
    crashes: &[Moment],
    claims: &Claims,
    findings: &mut Findings,
) {
    let rule = if crashed(crashes, before.taken, after.taken) {
        Rule::SurvivesCrash
    } else {
        Rule::LedgerAgrees
    };
    for row in &before.sales {
        let claim = claim_of(row, claims);
        if claim.is_some_and(|claim| claim.confirmed.is_some()) {
            continue;
        }
        let kept = after.of(row.item).contains(row);
        let breach = (!kept).then(|| {
            let explanation = format!(
                "The database read at {} held {} of item {}; at {} it is gone.",
                before.taken,
                told(row),
                row.item.0,
                after.taken
            );
            Breach::new(explanation, claim.into_iter().flat_map(Claim::events))
        });
        findings.note(rule, breach);
    }
}

/// A stored sale to an actor of the run is one that the actor asked for.
fn judge_rows(ledger: &Rows, claims: &Claims, findings: &mut Findings) {
    for row in ledger.sales.iter().filter(|row| row.buyer.is_some()) {
        let breach = claim_of(row, claims).is_none().then(|| {
            let explanation = format!(
                "The database read at {} holds {} of item {}, which belongs to no purchase that was \
                 confirmed or is unknown.",
                ledger.taken,
                told(row),
                row.item.0
            );
            let attempts = claims.of(row.item).iter().flat_map(Claim::events);
            Breach::new(explanation, attempts)
        });
        findings.note(Rule::LedgerAgrees, breach);
    }
}

#[cfg(test)]
mod tests;
