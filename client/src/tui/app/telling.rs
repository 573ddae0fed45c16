//! What the server tells: the way in, answers, what happens in the market, and what becomes of the connection.

use auboutique_protocol::catalog::ProductState;
use auboutique_protocol::catalog::SoldAt;
use auboutique_protocol::chat::{MessageSent, SendMessage};
use auboutique_protocol::error::Nothing;
use auboutique_protocol::event::Event;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::Username;

use super::{Member, Overlay, Question, Receipt, Shop};
use crate::Notice;
use crate::cli::news::{announced, sold};
use crate::tui::message::{Effect, Entered, Found, Purchase, Refused, Unsent};
use crate::tui::screens::welcome::Welcome;
use crate::tui::screens::{Place, Tab};
use crate::ui::theme::Tone;
use crate::ui::ticket::Ticket;
use crate::ui::widgets::banner::Connection;
use crate::ui::widgets::confirm::Confirm;

impl Shop {
    /// One step further on the way in.
    pub(super) fn entered(&mut self, entered: Entered) -> Vec<Effect> {
        let Entered::Member { facts, profile } = entered else {
            self.leave_market();
            self.welcome.entered(entered);
            return Vec::new();
        };
        let is_other = self.me() != profile.username;
        self.clock.now = Some(facts.time);
        self.connection = Connection::Live;
        self.farewell = None;
        if is_other {
            self.forget();
        }
        self.member = Some(Member { facts, profile });
        self.welcome = Welcome::new();
        if self.place == Place::Welcome {
            self.place = Place::Tab(Tab::Browse);
        }
        self.read_anew()
    }

    /// Out of the market, where the way in has another step.
    fn leave_market(&mut self) {
        self.place = Place::Welcome;
        self.back.clear();
        self.overlay = None;
    }

    /// Nobody is here any more.
    pub(super) fn log_out(&mut self) {
        self.leave_market();
        self.member = None;
        self.connection = Connection::Connecting;
        self.welcome = Welcome::leaving();
    }

    /// Somebody else is here: what the one before saw and typed is gone.
    fn forget(&mut self) {
        let fresh = Self::new(self.clock.zone.clone());
        self.browse = fresh.browse;
        self.mine = fresh.mine;
        self.chats = fresh.chats;
        self.selling = None;
        self.product = None;
        let size = self.size;
        self.resize(size);
    }

    /// Everything is read again: at first, and whenever something may not have been told.
    fn read_anew(&mut self) -> Vec<Effect> {
        self.browse.make_stale();
        self.mine.make_stale();
        self.chats.make_stale();
        self.asked.clear();
        self.has_strangers = true;
        self.online.clear();
        self.pictures.try_again();
        // What is unread is shown on every screen.
        let mut effects = self.chats.show(&mut self.tickets);
        effects.extend(self.show_place());
        effects
    }

    /// The login has ended.
    pub(super) fn ended(&mut self) {
        let Some(member) = self.member.clone() else {
            return;
        };
        let reason = self.farewell.take();
        let reason = reason.unwrap_or_else(|| "the session has ended".into());
        self.connection = Connection::Connecting;
        self.leave_market();
        self.welcome.entered(Entered::AskLogIn {
            facts: member.facts,
            username: Some(member.profile.username),
            reason: Some(reason),
        });
    }

    pub(super) fn told(&mut self, notice: Notice) -> Vec<Effect> {
        match notice {
            Notice::Missed => {
                if !self.connection.is_live() {
                    self.toasts.push(Tone::Good, "Connected again.");
                }
                self.connection = Connection::Live;
                self.read_anew()
            }
            Notice::Lost { reason, pause } => {
                if self.connection.is_live() {
                    self.toasts.push(Tone::Bad, reason);
                }
                self.connection = Connection::retrying(pause);
                Vec::new()
            }
            Notice::Event(event) => self.happened(event),
        }
    }

    fn happened(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::ProductListed(event) => {
                self.has_strangers = true;
                for product in &event.products {
                    self.browse.listed(product);
                }
            }
            Event::ProductChanged(event) => {
                for product in &event.products {
                    self.browse.changed(product);
                }
                let ids = event.products.iter().map(|product| product.id);
                return self.product_may_have_changed(ids);
            }
            Event::ProductSold(event) => {
                for product in &event.products {
                    self.browse.gone(*product);
                    self.mark_gone(*product, true);
                }
            }
            Event::ProductRemoved(event) => {
                for product in &event.products {
                    self.browse.gone(*product);
                    self.mark_gone(*product, false);
                }
            }
            Event::Presence(event) => {
                self.asked.extend(event.online.iter().cloned());
                for name in &event.offline {
                    self.online.remove(name);
                }
                self.online.extend(event.online);
            }
            Event::Message(message) => return self.message(&message),
            Event::YourProductSold(sale) => {
                self.toasts.push(Tone::Good, sold(&sale));
                let is_shown = self.place == Place::Tab(Tab::Mine);
                return self.mine.products_changed(is_shown, &mut self.tickets);
            }
            Event::Announcement(event) => self.toasts.push(Tone::Warning, announced(&event)),
            Event::Disconnected(event) => self.farewell = Some(event.reason.into_owned()),
            Event::Draining(_) => self.toasts.push(
                Tone::Warning,
                "The market closes for a moment. You are connected again once it is back.",
            ),
            Event::Ping(_) | Event::Resync(_) => {}
        }
        Vec::new()
    }

    fn product_may_have_changed(&mut self, ids: impl Iterator<Item = ProductId>) -> Vec<Effect> {
        let mut ids = ids;
        match &mut self.product {
            Some(page) if ids.any(|id| id == page.id()) => page.reload(&mut self.tickets),
            Some(_) | None => Vec::new(),
        }
    }

    /// The product that is looked at can no longer be bought.
    fn mark_gone(&mut self, product: ProductId, is_sold: bool) {
        let now = self.clock.now;
        let detail = self.product.as_mut().filter(|page| page.id() == product);
        if let Some(detail) = detail.and_then(|page| page.detail_mut()) {
            detail.state = match now {
                Some(sold_at) if is_sold => ProductState::Sold(SoldAt { sold_at }),
                Some(_) | None => ProductState::Withdrawn(Nothing {}),
            };
        }
    }

    fn message(&mut self, message: &auboutique_protocol::chat::Message) -> Vec<Effect> {
        let me = self.me().to_owned();
        self.chats.message(message, &me);
        if message.from == me {
            return Vec::new();
        }
        match &self.place {
            Place::Talk(with) if with.as_str() == message.from => {
                let with = with.clone();
                let mut effects = self.chats.look_at(&with, &me);
                // Whoever answers has read something.
                effects.extend(self.chats.talk_mut(&with).ask_seen(&mut self.tickets));
                effects
            }
            Place::Welcome | Place::Tab(_) | Place::Product(_) | Place::Talk(_) => {
                let said = format!("{}: {}", message.from, message.text);
                self.toasts.push(Tone::Accent, said);
                Vec::new()
            }
        }
    }

    pub(super) fn found(&mut self, ticket: Ticket, found: Found) -> Vec<Effect> {
        match found {
            Found::Products(page) => {
                self.has_strangers = true;
                self.browse.found(ticket, page);
            }
            Found::Product(detail) => {
                if detail.owner_online {
                    self.online.insert(detail.owner.clone());
                }
                if let Some(page) = &mut self.product {
                    let effects = page.found(ticket, *detail, &mut self.tickets);
                    if page.detail().is_some() && std::mem::take(&mut page.is_to_be_edited) {
                        self.open_edit();
                    }
                    return effects;
                }
            }
            Found::Online(online) => self.online.extend(online.online),
            Found::Mine(page) => self.mine.found_products(ticket, page),
            Found::Purchases(page) => self.mine.found_purchases(ticket, page),
            Found::Conversations(page) => {
                for conversation in page.conversations.iter().filter(|with| with.online) {
                    self.online.insert(conversation.with.clone());
                }
                self.chats.found(ticket, page);
            }
            Found::History(page) => {
                self.chats.found_history(ticket, &page);
                if let Place::Talk(with) = self.place.clone() {
                    let me = self.me().to_owned();
                    return self.chats.look_at(&with, &me);
                }
            }
        }
        Vec::new()
    }

    pub(super) fn not_found(&mut self, ticket: Ticket, reason: &str) {
        self.browse.failed(ticket, reason);
        self.mine.failed(ticket, reason);
        self.chats.failed(ticket, reason);
        if let Some(page) = &mut self.product {
            page.failed(ticket, reason);
        }
    }

    /// A purchase goes on.
    pub(super) fn buying(&mut self, product: ProductId, step: Purchase) -> Vec<Effect> {
        let name = match &self.overlay {
            Some(Overlay::Buying {
                product: shown,
                name,
                ..
            }) if *shown == product => name.clone(),
            _ => {
                let page = self.product.as_ref().filter(|page| page.id() == product);
                let detail = page.and_then(|page| page.detail());
                detail.map_or_else(
                    || format!("product {product}"),
                    |detail| detail.name.clone(),
                )
            }
        };
        let seller = self.seller_of(product);
        match step {
            Purchase::Unknown => {
                if let Some(Overlay::Buying { is_unknown, .. }) = &mut self.overlay {
                    *is_unknown = true;
                }
                return Vec::new();
            }
            Purchase::Bought(confirmation) => {
                self.browse.gone(product);
                self.mark_gone(product, true);
                self.mine.purchases_changed();
                self.mine.show_purchases();
                self.overlay = Some(Overlay::Receipt(Box::new(Receipt {
                    name,
                    seller,
                    confirmation,
                })));
            }
            Purchase::SoldToAnother => {
                let category = self.category_of(product);
                self.browse.gone(product);
                self.mark_gone(product, true);
                self.overlay = None;
                match category {
                    Some(category) => {
                        let consequence = format!(
                            "{name} was sold a moment ago; nothing was bought or paid.\n\nLook at what \
                             else there is in {category}?"
                        );
                        let question = Confirm::new("Somebody was faster", consequence, "Show me");
                        return self.ask(question, Question::Similar(category));
                    }
                    None => self.toasts.push(
                        Tone::Warning,
                        format!("Somebody was faster: {name} is sold. Nothing was paid."),
                    ),
                }
            }
            Purchase::PriceChanged(price) => {
                let consequence =
                    format!("{name} costs {price} now; nothing was bought. Buy it at that price?");
                let verb = format!("Buy for {price}");
                let question = Confirm::new("Another price", consequence, verb);
                let about = Question::Buy {
                    product,
                    name,
                    price,
                };
                return self.ask(question, about);
            }
            Purchase::Refused(reason) => {
                self.overlay = None;
                self.toasts.push(Tone::Bad, reason);
            }
        }
        match &mut self.product {
            Some(page) if page.id() == product => page.reload(&mut self.tickets),
            Some(_) | None => Vec::new(),
        }
    }

    fn seller_of(&self, product: ProductId) -> String {
        let page = self.product.as_ref().filter(|page| page.id() == product);
        let detail = page.and_then(|page| page.detail());
        let listed = self.browse.find(product).map(|found| &found.owner);
        let owner = detail.map(|detail| &detail.owner).or(listed);
        owner.cloned().unwrap_or_default()
    }

    fn category_of(&self, product: ProductId) -> Option<String> {
        let page = self.product.as_ref().filter(|page| page.id() == product);
        let detail = page.and_then(|page| page.detail());
        let listed = self.browse.find(product).map(|found| &found.category);
        let category = detail.map(|detail| &detail.category).or(listed);
        category.cloned()
    }

    /// What became of a message.
    pub(super) fn sent(
        &mut self,
        request: SendMessage,
        outcome: Result<MessageSent, Unsent>,
    ) -> Vec<Effect> {
        match outcome {
            Ok(sent) => {
                let me = self.me().to_owned();
                self.chats.sent(&request, &sent, &me);
                if !sent.delivered {
                    let said = format!("Kept for {} until they come.", request.to);
                    self.toasts.push(Tone::Muted, said);
                }
            }
            Err(Unsent::RecipientOffline) => {
                self.online.remove(&request.to);
                let consequence = format!(
                    "{} is offline. Keep the message until they come?",
                    request.to
                );
                let question = Confirm::new("Not there", consequence, "Keep it");
                return self.ask(question, Question::Keep(Box::new(request)));
            }
            Err(Unsent::Refused(reason)) => self.chats.not_sent(&request, Some(reason)),
            Err(Unsent::Unknown(reason)) => {
                let reason = format!("It may have been sent: look above. ({reason})");
                self.chats.not_sent(&request, Some(reason));
                // What was said meanwhile is read again.
                if let Ok(with) = Username::parse(&request.to) {
                    self.chats.make_stale();
                    return self.chats.talk_mut(&with).show(&mut self.tickets);
                }
            }
        }
        Vec::new()
    }

    /// What became of a listing.
    pub(super) fn listed(&mut self, outcome: Result<ProductId, Refused>) -> Vec<Effect> {
        let (Some(member), Some(selling)) = (&self.member, &mut self.selling) else {
            return Vec::new();
        };
        let Some(product) = selling.listed(outcome, &member.facts) else {
            return Vec::new();
        };
        self.toasts
            .push(Tone::Good, format!("For sale: product {product}."));
        self.mine.make_stale();
        if self.place == Place::Tab(Tab::Sell) {
            return self.show_listed(product);
        }
        Vec::new()
    }

    /// What became of a change to one's own product.
    pub(super) fn changed(&mut self, outcome: Result<String, Refused>) -> Vec<Effect> {
        match (outcome, &mut self.overlay) {
            (Ok(said), overlay) => {
                if matches!(overlay, Some(Overlay::Edit(_))) {
                    *overlay = None;
                }
                self.toasts.push(Tone::Good, said);
            }
            (Err(refused), Some(Overlay::Edit(form))) => {
                form.refuse(refused.field.unwrap_or_default(), refused.reason);
            }
            (Err(refused), _) => self.toasts.push(Tone::Bad, refused.reason),
        }
        let is_shown = self.place == Place::Tab(Tab::Mine);
        let mut effects = self.mine.products_changed(is_shown, &mut self.tickets);
        if let Some(page) = &mut self.product {
            effects.extend(page.reload(&mut self.tickets));
        }
        effects
    }
}
