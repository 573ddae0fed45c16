//! What the server tells: answers, what happens in the market, and what becomes of the connection.

use auboutique_client::Notice;
use auboutique_client::ui::theme::Tone;
use auboutique_client::ui::ticket::Ticket;
use auboutique_client::ui::widgets::banner::Connection;
use auboutique_protocol::admin::{AdminEvent, ProductState, Sale, SoldTo};

use super::Console;
use crate::console::list::Listed as _;
use crate::console::message::{Effect, Found};
use crate::console::screens::sales::SaleRow;

impl Console {
    /// Everything is to be read again: at first, and whenever something may not have been told.
    pub(super) fn connected(&mut self) -> Vec<Effect> {
        if self.was_connected && !self.connection.is_live() {
            self.toasts.push(Tone::Good, "Connected again.");
            self.overview.note("back", "connected again");
        }
        self.connection = Connection::Live;
        self.was_connected = true;
        self.failed = 0;
        for list in self.lists_mut() {
            list.make_stale();
        }
        let mut effects = self.overview.reload(&mut self.tickets);
        // Who is online is shown on other screens as well.
        effects.extend(self.sessions.show(&mut self.tickets));
        effects.extend(self.show_place());
        effects
    }

    pub(super) fn told(&mut self, notice: Notice<AdminEvent>) -> Vec<Effect> {
        match notice {
            Notice::Missed => self.connected(),
            Notice::Lost { reason, pause } => {
                if self.connection.is_live() {
                    self.overview.note("lost", &reason);
                    self.toasts.push(Tone::Bad, reason);
                }
                self.connection = Connection::retrying(pause);
                Vec::new()
            }
            Notice::Event(event) => self.happened(&event),
        }
    }

    fn happened(&mut self, event: &AdminEvent) -> Vec<Effect> {
        self.overview.told(event);
        match event {
            AdminEvent::Statistics(now) => self.clock.now = Some(now.at),
            AdminEvent::SessionOpened(event) => self.sessions.opened(&event.connections),
            AdminEvent::SessionClosed(event) => self.sessions.closed(&event.connections),
            AdminEvent::SessionActive(event) => self.sessions.active(&event.connections),
            AdminEvent::Sale(event) => {
                for sale in &event.sales {
                    self.sold(sale);
                }
            }
            AdminEvent::ProductListed(event) | AdminEvent::ProductChanged(event) => {
                for product in &event.products {
                    self.products.told(product.clone().into());
                }
            }
            AdminEvent::ProductRemoved(event) => {
                for product in &event.products {
                    self.products.change(product, |row| row.is_gone = true);
                }
            }
            AdminEvent::UserRegistered(event) | AdminEvent::UserChanged(event) => {
                for user in &event.users {
                    self.users.told(user.clone().into());
                }
            }
            AdminEvent::AuditEntry(event) => {
                for entry in &event.entries {
                    self.audit.told(entry.clone().into());
                }
            }
            AdminEvent::Disconnected(event) => {
                let said = format!("The server ends the connection: {}", event.reason);
                self.toasts.push(Tone::Bad, said);
            }
            AdminEvent::Draining(_) => self.toasts.push(
                Tone::Warning,
                "The server stops. The console connects again once it is back.",
            ),
            AdminEvent::Ping(_) | AdminEvent::Resync(_) => {}
        }
        self.user_may_have_changed(event)
    }

    /// A product was sold: a sale more, and the product is in another state.
    fn sold(&mut self, sale: &Sale) {
        if self.sales.told(SaleRow(sale.clone()))
            && let Some(totals) = self.sales.totals_mut()
        {
            totals.count += 1;
            totals.sum.minor = totals.sum.minor.saturating_add(sale.price.minor);
        }
        self.products.change(&sale.product, |row| {
            row.product.state = ProductState::Sold(SoldTo {
                buyer: sale.buyer.clone(),
                sold_at: sale.sold_at,
            });
        });
    }

    /// Reads the user that is shown again, if something happened to the user.
    fn user_may_have_changed(&mut self, event: &AdminEvent) -> Vec<Effect> {
        let Some(page) = &mut self.user else {
            return Vec::new();
        };
        let name = page.username().as_str();
        let concerns = match event {
            AdminEvent::SessionOpened(event) => {
                event.connections.iter().any(|live| live.username == name)
            }
            AdminEvent::Sale(event) => {
                let mut sales = event.sales.iter();
                sales.any(|sale| sale.seller == name || sale.buyer == name)
            }
            AdminEvent::ProductListed(event) | AdminEvent::ProductChanged(event) => {
                event.products.iter().any(|product| product.owner == name)
            }
            AdminEvent::UserRegistered(event) | AdminEvent::UserChanged(event) => {
                event.users.iter().any(|user| user.username == name)
            }
            // Whose they were is not told.
            AdminEvent::SessionClosed(_) | AdminEvent::ProductRemoved(_) => true,
            AdminEvent::SessionActive(_)
            | AdminEvent::AuditEntry(_)
            | AdminEvent::Statistics(_)
            | AdminEvent::Disconnected(_)
            | AdminEvent::Draining(_)
            | AdminEvent::Ping(_)
            | AdminEvent::Resync(_) => false,
        };
        if concerns {
            page.reload(&mut self.tickets)
        } else {
            Vec::new()
        }
    }

    pub(super) fn found(&mut self, ticket: Ticket, found: Found) -> Vec<Effect> {
        match found {
            Found::Users(page) => self.users.found(ticket, page),
            Found::Sales(page) => self.sales.found(ticket, page),
            Found::Products(page) => self.products.found(ticket, page),
            Found::Audit(page) => self.audit.found(ticket, page),
            Found::Sessions(page) => {
                self.overview.remember(&page.items);
                return self.sessions.found(ticket, page, &mut self.tickets);
            }
            Found::User(detail) => {
                if let Some(page) = &mut self.user {
                    return page.found(ticket, *detail, &mut self.tickets);
                }
            }
            Found::Statistics(report) => {
                self.clock.now = self.clock.now.max(Some(report.now.at));
                self.overview.found(ticket, *report);
            }
        }
        Vec::new()
    }

    pub(super) fn not_found(&mut self, ticket: Ticket, reason: &str) {
        for list in self.lists_mut() {
            list.failed(ticket, reason);
        }
        self.overview.failed(ticket, reason);
        if let Some(page) = &mut self.user {
            page.failed(ticket, reason);
        }
    }
}
