//! Everything about a product, and buying it.

pub(crate) mod view;

use auboutique_protocol::catalog::{ProductDetail, ProductState, ShowProduct};
use auboutique_protocol::ids::ProductId;

use crate::tui::message::{Effect, Read};
use crate::ui::ticket::{Ticket, Tickets};
use crate::ui::widgets::table::Content;

/// The screen.
#[derive(Debug)]
pub(crate) struct ProductPage {
    id: ProductId,
    detail: Option<ProductDetail>,
    content: Content,
    awaited: Option<Ticket>,
    /// Something happened while it was being read: once more.
    is_outdated: bool,
    /// Lines of the description that are above the window.
    pub(crate) top: u16,
}

impl ProductPage {
    /// A product of which nothing is known yet.
    pub(crate) const fn new(id: ProductId) -> Self {
        Self {
            id,
            detail: None,
            content: Content::Loading,
            awaited: None,
            is_outdated: false,
            top: 0,
        }
    }

    pub(crate) const fn id(&self) -> ProductId {
        self.id
    }

    pub(crate) const fn detail(&self) -> Option<&ProductDetail> {
        self.detail.as_ref()
    }

    pub(crate) const fn detail_mut(&mut self) -> Option<&mut ProductDetail> {
        self.detail.as_mut()
    }

    pub(crate) const fn content(&self) -> &Content {
        &self.content
    }

    /// Whether it can be bought, as far as is known.
    pub(crate) fn is_for_sale(&self) -> bool {
        let state = self.detail.as_ref().map(|detail| &detail.state);
        matches!(state, Some(ProductState::ForSale(_)))
    }

    /// Reads it. One read at a time, however much happens.
    pub(crate) fn reload(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        if self.awaited.is_some() {
            self.is_outdated = true;
            return Vec::new();
        }
        let ticket = tickets.next();
        self.awaited = Some(ticket);
        if self.detail.is_none() {
            self.content = Content::Loading;
        }
        let read = Read::Product(ShowProduct { id: self.id });
        vec![Effect::Read { ticket, read }]
    }

    /// Takes it, if it is what is waited for.
    pub(crate) fn found(
        &mut self,
        ticket: Ticket,
        detail: ProductDetail,
        tickets: &mut Tickets,
    ) -> Vec<Effect> {
        if self.awaited.take_if(|awaited| *awaited == ticket).is_none() {
            return Vec::new();
        }
        self.detail = Some(detail);
        self.content = Content::Ready;
        if std::mem::take(&mut self.is_outdated) {
            return self.reload(tickets);
        }
        Vec::new()
    }

    /// It could not be read.
    pub(crate) fn failed(&mut self, ticket: Ticket, reason: &str) {
        if self.awaited.take_if(|awaited| *awaited == ticket).is_some() {
            self.is_outdated = false;
            self.content = Content::Failed(reason.to_owned());
        }
    }
}
