//! Changes to what people saw in the end.

use auboutique_loadtest::checker::Rule;
use auboutique_loadtest::history::{History, State};

use super::{Confirmed, Rules, confirmed};

pub(crate) fn hide_a_sale_from_its_seller(history: &mut History, choice: usize) -> Rules {
    let Confirmed { item, price, .. } = confirmed(history, choice)?;
    let mut views = history.seller_views.iter_mut().flatten();
    let view = views.find(|view| view.item == item)?;
    view.state = State::ForSale(price);
    view.buyer = None;
    Some(&[Rule::ViewsAgree])
}

pub(crate) fn hide_a_purchase_from_its_buyer(history: &mut History, choice: usize) -> Rules {
    let Confirmed { item, .. } = confirmed(history, choice)?;
    history
        .buyer_views
        .as_mut()?
        .retain(|view| view.item != item);
    Some(&[Rule::ViewsAgree])
}

pub(crate) fn change_a_digest_in_a_view(history: &mut History, choice: usize) -> Rules {
    let Confirmed { item, .. } = confirmed(history, choice)?;
    let mut views = history.buyer_views.iter_mut().flatten();
    views.find(|view| view.item == item)?.digest ^= 1;
    Some(&[Rule::ViewsAgree])
}
