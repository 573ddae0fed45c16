//! Sellers and buyers see the sales that are stored.
//!
//! Views are read after all calls have ended and, where there is a ledger, before the last one is
//! read. So what they show as sold must be in it; what they do not show may have been sold since by a
//! purchase whose outcome is unknown.

use super::Rule;
use super::case::Case;
use super::claims::{Claim, Confirmed, with_confirmation};
use super::ending::Ending;
use super::findings::{Breach, Findings};
use super::groups::Groups;
use crate::history::{Actor, BuyerView, History, Item, Moment, Price, SellerView, State};

/// After everything.
const END: Moment = Moment(u64::MAX);

/// What was seen of each item in the end. `None` where nobody looked.
pub(super) struct Views<'a> {
    sellers: Option<Beside<'a, SellerView>>,
    buyers: Option<Beside<'a, BuyerView>>,
}

/// Views put beside those of the same item.
struct Beside<'a, View> {
    views: &'a [View],
    by_item: Groups,
}

impl<'a, View> Beside<'a, View> {
    fn new(views: &'a [View], item_of: impl Fn(&View) -> Item) -> Self {
        let by_item = Groups::new(views.len(), |index| Some(item_of(&views[index]).index()));
        Self { views, by_item }
    }

    fn of(&self, item: Item) -> impl Iterator<Item = &'a View> {
        let views = self.views;
        self.by_item
            .of(item.index())
            .iter()
            .map(move |index| &views[*index])
    }
}

impl<'a> Views<'a> {
    pub(super) fn new(history: &'a History) -> Self {
        let sellers = history.seller_views.as_deref();
        let buyers = history.buyer_views.as_deref();
        Self {
            sellers: sellers.map(|views| Beside::new(views, |view| view.item)),
            buyers: buyers.map(|views| Beside::new(views, |view| view.item)),
        }
    }

    /// One more than the highest number of an item that was seen.
    pub(super) fn items(&self) -> usize {
        let sold = self.sellers.as_ref().map_or(0, |all| all.by_item.len());
        let bought = self.buyers.as_ref().map_or(0, |all| all.by_item.len());
        sold.max(bought)
    }
}

/// Judges what was seen of an item in the end.
pub(super) fn judge(case: &Case<'_>, views: &Views<'_>, findings: &mut Findings) {
    if let Some(sellers) = &views.sellers {
        judge_seller(case, sellers, findings);
    }
    if let Some(buyers) = &views.buyers {
        judge_buyers(case, buyers, findings);
    }
}

fn judge_seller(case: &Case<'_>, views: &Beside<'_, SellerView>, findings: &mut Findings) {
    for view in views.of(case.item) {
        let problem = seller_problem(case, view);
        let breach = problem.map(|problem| {
            let explanation = format!(
                "User {} sees the own item {} as {}, but {problem}.",
                view.seller.0,
                case.item.0,
                shown(view)
            );
            Breach::new(explanation, case.claims.iter().flat_map(Claim::events))
        });
        findings.note(Rule::ViewsAgree, breach);
    }
    for (claim, _) in case.claims.iter().filter_map(with_confirmation) {
        let breach = views.of(case.item).next().is_none().then(|| {
            let explanation = format!(
                "Item {} was sold to user {}, but its seller does not see it at all.",
                case.item.0, claim.actor.0
            );
            Breach::new(explanation, claim.events())
        });
        findings.note(Rule::ViewsAgree, breach);
    }
}

fn shown(view: &SellerView) -> String {
    match (view.state, view.buyer) {
        (State::Sold, Some(buyer)) => format!("sold to user {} for {}", buyer.0, view.price),
        (State::Sold, None) => format!("sold to a stranger for {}", view.price),
        (state @ (State::ForSale(_) | State::Withdrawn), _) => state.to_string(),
    }
}

fn seller_problem(case: &Case<'_>, view: &SellerView) -> Option<&'static str> {
    if case.owner.is_some_and(|owner| owner != view.seller) {
        return Some("it is somebody else's");
    }
    match view.state {
        State::Sold => sale_problem(case, view.buyer, view.price),
        State::Withdrawn if case.marks.withdrawable.is_none() => Some("nobody withdrew it"),
        State::ForSale(_) if case.marks.withdrawn.is_some() => Some("it was withdrawn"),
        State::ForSale(price) if !case.prices.possible(price, END, END) => {
            Some("that is not what it costs in the end")
        }
        State::ForSale(_) | State::Withdrawn if case.marks.sold.is_some() => Some("it was sold"),
        State::Withdrawn if matches!(case.ending, Ending::Sold(_)) => Some("its sale is stored"),
        State::ForSale(_) | State::Withdrawn => None,
    }
}

/// What speaks against a sale to this buyer for this price.
fn sale_problem(case: &Case<'_>, buyer: Option<Actor>, price: Price) -> Option<&'static str> {
    let fits = |claim: &&Claim| Some(claim.actor) == buyer && claim.price == price;
    let confirmed = || case.claims.iter().filter_map(with_confirmation);
    if confirmed().next().is_some() && !confirmed().any(|(claim, _)| fits(&claim)) {
        return Some("another sale was confirmed");
    }
    if buyer.is_some() && !case.claims.iter().any(|claim| fits(&claim)) {
        return Some("they never asked for it at that price, or were refused");
    }
    match case.ending {
        Ending::NotKnown => None,
        Ending::Unsold(_) => Some("no sale is stored"),
        Ending::Stranger => buyer.map(|_| "it is stored as sold to a stranger"),
        Ending::Sold(sale) => {
            let same = sale.buyer == buyer && sale.price == price;
            (!same).then_some("another sale is stored")
        }
    }
}

fn judge_buyers(case: &Case<'_>, views: &Beside<'_, BuyerView>, findings: &mut Findings) {
    let mut seen: Vec<&BuyerView> = views.of(case.item).collect();
    seen.sort_by_key(|view| view.buyer);
    for views in seen.chunk_by(|one, other| one.buyer == other.buyer) {
        let problem = if views.len() > 1 {
            Some("it is there more than once")
        } else {
            purchase_problem(case, views[0])
        };
        let breach = problem.map(|problem| {
            let explanation = format!(
                "User {} sees item {} as bought for {}, but {problem}.",
                views[0].buyer.0, case.item.0, views[0].price
            );
            Breach::new(explanation, case.claims.iter().flat_map(Claim::events))
        });
        findings.note(Rule::ViewsAgree, breach);
    }
    for (claim, confirmed) in case.claims.iter().filter_map(with_confirmation) {
        findings.note(Rule::ViewsAgree, unseen(claim, confirmed, &seen));
    }
}

fn purchase_problem(case: &Case<'_>, view: &BuyerView) -> Option<&'static str> {
    if let Some(problem) = sale_problem(case, Some(view.buyer), view.price) {
        return Some(problem);
    }
    let own = case.claims.iter().filter(|claim| claim.actor == view.buyer);
    let mut confirmed = own.filter_map(|claim| claim.confirmed).peekable();
    confirmed.peek()?;
    let other = confirmed.all(|confirmed| confirmed.digest != view.digest);
    other.then_some("the confirmation they got was another")
}

/// A confirmed purchase that its buyer does not see. `seen` is in the order of the buyers.
fn unseen(claim: &Claim, confirmed: Confirmed, seen: &[&BuyerView]) -> Option<Breach> {
    let place = seen.binary_search_by_key(&claim.actor, |view| view.buyer);
    if place.is_ok() {
        return None;
    }
    let explanation = format!(
        "User {} bought item {} for {}, as was confirmed at {}, but does not see it among the own \
         purchases.",
        claim.actor.0, claim.item.0, claim.price, confirmed.returned
    );
    Some(Breach::new(explanation, claim.events()))
}

#[cfg(test)]
mod tests;
