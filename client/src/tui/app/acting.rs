//! What the person does: keys, forms, questions.

use auboutique_protocol::ids::ProductId;
use auboutique_protocol::purchases::OwnProductState;
use auboutique_protocol::text::Username;

use super::{Overlay, Question, Receipt, Shop};
use crate::tui::keys::Act;
use crate::tui::message::Effect;
use crate::tui::screens::product::ProductPage;
use crate::tui::screens::sell::Selling;
use crate::tui::screens::welcome::{Step, Welcome};
use crate::tui::screens::{Place, Tab};
use crate::ui::input::{Code, Input, Key};
use crate::ui::theme::Tone;
use crate::ui::widgets::confirm::Confirm;

/// Places to go back to that are remembered.
const BACK_MAX: usize = 20;
/// Lines that a conversation is scrolled by.
const SCROLL_LINES: u16 = 8;

impl Shop {
    pub(super) fn act(&mut self, act: Act) -> Vec<Effect> {
        match act {
            Act::Show(tab) => self.show(tab),
            Act::NextTab => self.show(self.tab().step(1)),
            Act::PreviousTab => self.show(self.tab().step(Tab::ALL.len() - 1)),
            Act::Help => {
                self.help.open();
                Vec::new()
            }
            Act::Reload => self.reload(),
            Act::Leave => {
                if self.back.is_empty() {
                    self.is_over = true;
                    return Vec::new();
                }
                self.go_back()
            }
            Act::Back => self.back(),
            Act::LogOut => self.ask(
                Confirm::new("Log out", "The next one here has to log in.", "Log out"),
                Question::LogOut,
            ),
            Act::Search => {
                self.browse.begin_search();
                Vec::new()
            }
            Act::Filter => self.open_filter(),
            Act::Order => self.browse.next_order(&mut self.tickets),
            Act::Open => self.open(),
            Act::OfSeller => self.of_seller(),
            Act::Buy => self.ask_to_buy(),
            Act::Chat => self.chat(),
            Act::Other => self.mine.switch(&mut self.tickets),
            Act::Edit => self.edit(),
            Act::Withdraw => self.ask_to_withdraw(),
            Act::Send => self.send(),
            Act::Earlier => match &self.place.clone() {
                Place::Talk(with) => {
                    let talk = self.chats.talk_mut(with);
                    talk.scrolled = talk.scrolled.saturating_add(SCROLL_LINES);
                    talk.earlier(&mut self.tickets)
                }
                Place::Welcome | Place::Tab(_) | Place::Product(_) => Vec::new(),
            },
            Act::Later => {
                if let Place::Talk(with) = &self.place.clone() {
                    let talk = self.chats.talk_mut(with);
                    talk.scrolled = talk.scrolled.saturating_sub(SCROLL_LINES);
                }
                Vec::new()
            }
            Act::PickPicture => match &mut self.selling {
                Some(selling) => selling.pick(),
                None => Vec::new(),
            },
            Act::Switch => {
                if let Welcome::Identity(identity) = &mut self.welcome {
                    identity.switch();
                }
                Vec::new()
            }
            Act::MakeUp => {
                if let Welcome::Identity(identity) = &mut self.welcome {
                    identity.make_up();
                }
                Vec::new()
            }
        }
    }

    pub(super) fn overlay(&mut self, overlay: Overlay) -> Vec<Effect> {
        self.overlay = Some(overlay);
        Vec::new()
    }

    pub(super) fn ask(&mut self, question: Confirm, about: Question) -> Vec<Effect> {
        self.overlay(Overlay::Ask(question, about))
    }

    /// The tab that is shown, or from which one came.
    pub(super) fn tab(&self) -> Tab {
        let places = self.back.iter().rev();
        let tab = |place: &Place| match place {
            Place::Tab(tab) => Some(*tab),
            Place::Welcome | Place::Product(_) | Place::Talk(_) => None,
        };
        std::iter::once(&self.place)
            .chain(places)
            .find_map(tab)
            .unwrap_or(Tab::Browse)
    }

    /// Shows a screen; there is no way back to where one was.
    pub(super) fn show(&mut self, tab: Tab) -> Vec<Effect> {
        self.back.clear();
        self.product = None;
        let was_elsewhere = self.place != Place::Tab(Tab::Sell);
        self.place = Place::Tab(tab);
        if tab == Tab::Sell && was_elsewhere {
            // What was typed there before is still there; Esc leads back.
            self.back.push(Place::Tab(Tab::Browse));
        }
        self.show_place()
    }

    /// Reads what is shown, as far as that is needed.
    pub(super) fn show_place(&mut self) -> Vec<Effect> {
        if !self.connection.is_live() {
            return Vec::new();
        }
        let tickets = &mut self.tickets;
        match &self.place {
            Place::Welcome => Vec::new(),
            Place::Tab(Tab::Browse) => self.browse.show(tickets),
            Place::Tab(Tab::Mine) => self.mine.show(tickets),
            Place::Tab(Tab::Chat) => self.chats.show(tickets),
            Place::Tab(Tab::Sell) => {
                if self.selling.is_none()
                    && let Some(member) = &self.member
                {
                    let mut selling = Selling::new(&member.facts);
                    selling.set_width(super::view::sell_columns(self.size));
                    self.selling = Some(selling);
                }
                Vec::new()
            }
            Place::Product(_) => match &mut self.product {
                Some(page) => page.reload(tickets),
                None => Vec::new(),
            },
            Place::Talk(with) => {
                let with = with.clone();
                let mut effects = self.chats.talk_mut(&with).show(tickets);
                let me = self.me().to_owned();
                effects.extend(self.chats.look_at(&with, &me));
                effects
            }
        }
    }

    fn reload(&mut self) -> Vec<Effect> {
        if !self.connection.is_live() {
            return Vec::new();
        }
        self.pictures.try_again();
        let tickets = &mut self.tickets;
        match &self.place {
            Place::Tab(Tab::Browse) => self.browse.reload(tickets),
            Place::Tab(Tab::Mine) => self.mine.reload(tickets),
            Place::Tab(Tab::Chat) => self.chats.reload(tickets),
            Place::Welcome | Place::Tab(Tab::Sell) | Place::Product(_) | Place::Talk(_) => {
                self.show_place()
            }
        }
    }

    /// Goes to a place from which there is a way back.
    fn go_to(&mut self, place: Place) -> Vec<Effect> {
        if self.back.len() == BACK_MAX {
            self.back.remove(0);
        }
        let from = std::mem::replace(&mut self.place, place);
        self.back.push(from);
        self.open_place()
    }

    fn open_place(&mut self) -> Vec<Effect> {
        if let Place::Product(id) = self.place {
            self.product = Some(ProductPage::new(id));
        }
        self.show_place()
    }

    fn go_back(&mut self) -> Vec<Effect> {
        let Some(place) = self.back.pop() else {
            return Vec::new();
        };
        self.place = place;
        self.open_place()
    }

    /// Esc: closes what is open, else a notice, else goes back, else shows all again.
    fn back(&mut self) -> Vec<Effect> {
        if self.place == Place::Welcome {
            if self.welcome.back() == Step::Leave {
                self.is_over = true;
            }
            return Vec::new();
        }
        let selling = self.selling.as_mut();
        if selling.is_some_and(Selling::close_files) {
            return Vec::new();
        }
        let is_typing = self.is_typing();
        if !is_typing && self.toasts.dismiss() {
            return Vec::new();
        }
        if !self.back.is_empty() {
            return self.go_back();
        }
        if self.is_browsing() {
            return self.browse.show_all(&mut self.tickets).unwrap_or_default();
        }
        Vec::new()
    }

    fn open_filter(&mut self) -> Vec<Effect> {
        let Some(member) = &self.member else {
            return Vec::new();
        };
        let form = self
            .browse
            .form(&member.facts.categories, member.facts.currency);
        self.overlay(Overlay::Filter(form))
    }

    fn open(&mut self) -> Vec<Effect> {
        match &self.place {
            Place::Tab(Tab::Browse) => match self.browse.selected().map(|product| product.id) {
                Some(id) => self.go_to(Place::Product(id)),
                None => Vec::new(),
            },
            Place::Tab(Tab::Mine) => {
                if let Some(purchase) = self.mine.selected_purchase() {
                    let receipt = Receipt {
                        name: purchase.name.clone(),
                        seller: purchase.seller.clone(),
                        confirmation: purchase.confirmation.clone(),
                    };
                    return self.overlay(Overlay::Receipt(Box::new(receipt)));
                }
                match self.mine.selected_product().map(|product| product.id) {
                    Some(id) => self.go_to(Place::Product(id)),
                    None => Vec::new(),
                }
            }
            Place::Tab(Tab::Chat) => {
                let with = self.chats.table().selected().map(|row| row.0.with.clone());
                match with.and_then(|with| self.named(&with)) {
                    Some(with) => self.go_to(Place::Talk(with)),
                    None => Vec::new(),
                }
            }
            Place::Welcome | Place::Tab(Tab::Sell) | Place::Product(_) | Place::Talk(_) => {
                Vec::new()
            }
        }
    }

    fn of_seller(&mut self) -> Vec<Effect> {
        let Some(owner) = self
            .product_in_view()
            .map(|product| product.owner.to_owned())
        else {
            return Vec::new();
        };
        let mut effects = self.browse.of_owner(&owner, &mut self.tickets);
        if !self.is_browsing() {
            effects.extend(self.show(Tab::Browse));
        }
        effects
    }

    /// A name as it is told, as somebody to whom something can be said.
    fn named(&mut self, name: &str) -> Option<Username> {
        let parsed = Username::parse(name);
        if parsed.is_err() {
            let said = "Whoever that was has left the market.";
            self.toasts.push(Tone::Warning, said);
        }
        parsed.ok()
    }

    fn chat(&mut self) -> Vec<Effect> {
        let about = match &self.place {
            Place::Tab(Tab::Mine) => self.mine.other(),
            Place::Tab(Tab::Browse | Tab::Sell | Tab::Chat)
            | Place::Welcome
            | Place::Product(_)
            | Place::Talk(_) => {
                let product = self.product_in_view();
                product.map(|product| (product.owner.to_owned(), product.id))
            }
        };
        let Some((name, product)) = about else {
            return Vec::new();
        };
        if name == self.me() {
            self.toasts.push(Tone::Warning, "This is your own.");
            return Vec::new();
        }
        let Some(with) = self.named(&name) else {
            return Vec::new();
        };
        self.chats.talk_mut(&with).about = Some(product);
        self.go_to(Place::Talk(with))
    }

    fn ask_to_buy(&mut self) -> Vec<Effect> {
        let Some(product) = self.product_in_view() else {
            return Vec::new();
        };
        let is_own = product.owner == self.me();
        let is_known_gone = self
            .product
            .as_ref()
            .is_some_and(|page| page.detail().is_some() && !page.is_for_sale());
        if is_own || is_known_gone {
            let said = if is_own {
                "This is your own."
            } else {
                "It cannot be bought any more."
            };
            self.toasts.push(Tone::Warning, said);
            return Vec::new();
        }
        let (id, name, price) = (product.id, product.name.to_owned(), product.price);
        let consequence = format!(
            "{name}\nfrom {}, for {price}.\n\nYou collect it at the Post Office; where and when stands \
             on the receipt. A purchase is not taken back.",
            product.owner
        );
        if self.is_offline() {
            return Vec::new();
        }
        let question = Confirm::new("Buy it?", consequence, format!("Buy for {price}"));
        let about = Question::Buy {
            product: id,
            name,
            price,
        };
        self.ask(question, about)
    }

    /// Says that nothing can be done at this moment, if that is so.
    fn is_offline(&mut self) -> bool {
        let is_offline = !self.connection.is_live();
        if is_offline {
            let said = "Nothing can be done while the server is not connected.";
            self.toasts.push(Tone::Warning, said);
        }
        is_offline
    }

    /// Opens the form of one's own product; from a list, once everything about it is here.
    fn edit(&mut self) -> Vec<Effect> {
        let own = match &self.place {
            Place::Product(id) => Some(*id).filter(|_| self.is_own_for_sale()),
            Place::Tab(Tab::Mine) => {
                let product = self.mine.selected_product();
                let is_for_sale =
                    |state: &OwnProductState| matches!(state, OwnProductState::ForSale(_));
                let product = product.filter(|product| is_for_sale(&product.state));
                product.map(|product| product.id)
            }
            Place::Welcome | Place::Tab(Tab::Browse | Tab::Sell | Tab::Chat) | Place::Talk(_) => {
                None
            }
        };
        let Some(id) = own else {
            let said = "Only what is one's own and for sale can be changed.";
            self.toasts.push(Tone::Warning, said);
            return Vec::new();
        };
        if self.place == Place::Product(id) {
            return self.open_edit();
        }
        let effects = self.go_to(Place::Product(id));
        if let Some(page) = &mut self.product {
            page.is_to_be_edited = true;
        }
        effects
    }

    /// Whether the product that is shown is one's own, and for sale.
    fn is_own_for_sale(&self) -> bool {
        let is_own = |owner: &str| owner == self.me();
        self.product.as_ref().is_some_and(|page| {
            page.is_for_sale() && page.detail().is_some_and(|detail| is_own(&detail.owner))
        })
    }

    pub(super) fn open_edit(&mut self) -> Vec<Effect> {
        let (Some(member), Some(page)) = (&self.member, &self.product) else {
            return Vec::new();
        };
        match page.form(&member.facts) {
            Some(form) => self.overlay(Overlay::Edit(form)),
            None => Vec::new(),
        }
    }

    fn ask_to_withdraw(&mut self) -> Vec<Effect> {
        let own = match &self.place {
            Place::Product(_) if self.is_own_for_sale() => {
                let detail = self.product.as_ref().and_then(ProductPage::detail);
                detail.map(|detail| (detail.id, detail.name.clone(), detail.price))
            }
            Place::Tab(Tab::Mine) => {
                let product = self.mine.selected_product();
                let is_for_sale =
                    |state: &OwnProductState| matches!(state, OwnProductState::ForSale(_));
                let product = product.filter(|product| is_for_sale(&product.state));
                product.map(|product| (product.id, product.name.clone(), product.price))
            }
            Place::Welcome
            | Place::Tab(Tab::Browse | Tab::Sell | Tab::Chat)
            | Place::Product(_)
            | Place::Talk(_) => None,
        };
        let Some((id, name, price)) = own else {
            let said = "Only what is one's own and for sale can be withdrawn.";
            self.toasts.push(Tone::Warning, said);
            return Vec::new();
        };
        let consequence = format!("{name}, {price}.\nIt goes off the market for good.");
        let question = Confirm::new("Withdraw it?", consequence, "Withdraw").destructive();
        self.ask(question, Question::Withdraw(id))
    }

    fn send(&mut self) -> Vec<Effect> {
        let Place::Talk(with) = self.place.clone() else {
            return Vec::new();
        };
        if self.is_offline() {
            return Vec::new();
        }
        self.chats.talk_mut(&with).send()
    }

    /// Something for the field that has the focus.
    pub(super) fn typed(&mut self, input: &Input) -> Vec<Effect> {
        match self.place.clone() {
            Place::Welcome => match self.welcome.input(input) {
                Step::Stay => Vec::new(),
                Step::Go(door) => vec![Effect::Enter(door)],
                Step::Leave => {
                    self.is_over = true;
                    Vec::new()
                }
            },
            Place::Tab(Tab::Browse) => self.browse.type_search(input, &mut self.tickets),
            Place::Tab(Tab::Sell) => {
                let is_submitting = input.key() == Some(Key::of(Code::Enter));
                let is_live = self.connection.is_live();
                match &mut self.selling {
                    Some(selling) if is_live || !is_submitting => selling.input(input),
                    Some(_) => {
                        self.is_offline();
                        Vec::new()
                    }
                    None => Vec::new(),
                }
            }
            Place::Talk(with) => {
                self.chats.talk_mut(&with).input(input);
                Vec::new()
            }
            Place::Tab(Tab::Mine | Tab::Chat) | Place::Product(_) => Vec::new(),
        }
    }

    /// Shows a product that one has just put up for sale.
    pub(super) fn show_listed(&mut self, product: ProductId) -> Vec<Effect> {
        let mut effects = self.show(Tab::Mine);
        effects.extend(self.go_to(Place::Product(product)));
        effects
    }
}
