//! What the person does: keys, forms, questions, commands.

use auboutique_client::ui::input::{Code, Input, Key};
use auboutique_client::ui::theme::Tone;
use auboutique_client::ui::ticket::Ticket;
use auboutique_client::ui::widgets::banner::Connection;
use auboutique_client::ui::widgets::form::{Form, Outcome};
use auboutique_client::ui::widgets::palette::{Choice, Palette};
use auboutique_protocol::text::{SearchText, Username};

use super::{Console, Origin, Overlay, Undo};
use crate::console::commands::{COMMANDS, Order, parse};
use crate::console::deed::{Deed, Done};
use crate::console::dialog::{Dialog, Step};
use crate::console::keys::{Act, Way};
use crate::console::list::Listed;
use crate::console::message::Effect;
use crate::console::screens::products::ProductFilter;
use crate::console::screens::sales::SaleFilter;
use crate::console::screens::sessions::SessionFilter;
use crate::console::screens::user::UserPage;
use crate::console::screens::users::UserFilter;
use crate::console::screens::{Place, Tab};

/// Places to go back to that are remembered.
const BACK_MAX: usize = 20;

impl Console {
    pub(super) fn act(&mut self, act: Act) -> Vec<Effect> {
        match act {
            Act::Show(tab) => self.show(tab),
            Act::NextTab => self.show(self.tab().step(1)),
            Act::PreviousTab => self.show(self.tab().step(Tab::ALL.len() - 1)),
            Act::Help => {
                self.help.open();
                Vec::new()
            }
            Act::Palette => self.overlay(Overlay::Palette(Palette::new(COMMANDS))),
            Act::Reload => self.reload(),
            Act::Leave => {
                if self.back.is_empty() {
                    self.is_over = true;
                    return Vec::new();
                }
                self.go_back()
            }
            Act::Back => self.back(),
            Act::Filter => match self.list().map(Listed::form) {
                Some(form) => self.overlay(Overlay::Filter(form)),
                None => Vec::new(),
            },
            Act::Order => self.order(),
            Act::Reverse => {
                self.sessions.reverse();
                Vec::new()
            }
            Act::OpenUser => self.open(self.selected_user()),
            Act::OpenBuyer => self.open(self.selected_buyer()),
            Act::Follow(way) => self.follow(way),
            Act::Disconnect => self.ask_user(Deed::Disconnect),
            Act::Suspend => self.ask_user(Deed::Suspend),
            Act::Reinstate => self.ask_user(Deed::Reinstate),
            Act::ResetPassword => self.ask_user(Deed::ResetPassword),
            Act::EndSession => match self.sessions.selected().map(|live| live.session) {
                Some(session) => self.begin(Deed::EndSession(session)),
                None => Vec::new(),
            },
            Act::RemoveProduct => match self.products.selected().map(|row| row.product.id) {
                Some(product) => self.begin(Deed::RemoveProduct(product)),
                None => Vec::new(),
            },
            Act::Announce => self.begin(Deed::Announce),
            Act::Series => self.overview.next_series(&mut self.tickets),
        }
    }

    fn overlay(&mut self, overlay: Overlay) -> Vec<Effect> {
        self.overlay = Some(overlay);
        Vec::new()
    }

    /// The tab that is shown, or from which the user was opened.
    pub(super) fn tab(&self) -> Tab {
        let places = self.back.iter().rev().map(|origin| &origin.place);
        let tab = |place: &Place| match place {
            Place::Tab(tab) => Some(*tab),
            Place::User(_) => None,
        };
        std::iter::once(&self.place)
            .chain(places)
            .find_map(tab)
            .unwrap_or(Tab::Users)
    }

    /// Shows a screen; there is no way back to where one was.
    fn show(&mut self, tab: Tab) -> Vec<Effect> {
        self.back.clear();
        self.user = None;
        self.place = Place::Tab(tab);
        self.show_place()
    }

    /// Reads what is shown, as far as that is needed.
    pub(super) fn show_place(&mut self) -> Vec<Effect> {
        if !self.connection.is_live() {
            return Vec::new();
        }
        if let Some(user) = self
            .user
            .as_mut()
            .filter(|_| matches!(self.place, Place::User(_)))
        {
            return user.reload(&mut self.tickets);
        }
        match self.list_mut() {
            Some((list, tickets)) => list.show(tickets),
            None => Vec::new(),
        }
    }

    fn reload(&mut self) -> Vec<Effect> {
        match self.connection {
            Connection::Offline => {
                self.connection = Connection::Retrying { seconds: 0 };
                return vec![Effect::Connect];
            }
            Connection::Connecting | Connection::Retrying { .. } => return Vec::new(),
            Connection::Live => {}
        }
        if self.place == Place::Tab(Tab::Overview) {
            return self.overview.reload(&mut self.tickets);
        }
        if let Some((list, tickets)) = self.list_mut() {
            return list.reload(tickets);
        }
        self.show_place()
    }

    /// Goes to a place from which there is a way back.
    fn go_to(&mut self, place: Place, undo: Option<Undo>) {
        if self.back.len() == BACK_MAX {
            self.back.remove(0);
        }
        let place = std::mem::replace(&mut self.place, place);
        self.back.push(Origin { place, undo });
    }

    fn go_back(&mut self) -> Vec<Effect> {
        let Some(origin) = self.back.pop() else {
            return Vec::new();
        };
        self.place = origin.place;
        self.user = match &self.place {
            Place::User(user) => Some(UserPage::new(user.clone())),
            Place::Tab(_) => None,
        };
        let mut effects = match origin.undo {
            Some(Undo::Sessions(filter)) => {
                self.sessions.filter_by(filter);
                Vec::new()
            }
            Some(Undo::Sales(filter)) => vec![self.sales.filter_by(filter, &mut self.tickets)],
            Some(Undo::Products(filter)) => {
                vec![self.products.filter_by(filter, &mut self.tickets)]
            }
            None => Vec::new(),
        };
        effects.extend(self.show_place());
        effects
    }

    /// Esc: closes a notice, else goes back, else shows all again.
    fn back(&mut self) -> Vec<Effect> {
        if self.toasts.dismiss() {
            return Vec::new();
        }
        if !self.back.is_empty() {
            return self.go_back();
        }
        match self.list_mut() {
            Some((list, tickets)) if list.is_filtered() => list.show_all(tickets),
            Some(_) | None => Vec::new(),
        }
    }

    fn order(&mut self) -> Vec<Effect> {
        match self.place {
            Place::Tab(Tab::Users) => {
                let filter = self.users.filter().reordered();
                vec![self.users.filter_by(filter, &mut self.tickets)]
            }
            Place::Tab(Tab::Sessions) => {
                self.sessions.order_next();
                Vec::new()
            }
            Place::Tab(Tab::Overview | Tab::Sales | Tab::Products | Tab::Audit)
            | Place::User(_) => Vec::new(),
        }
    }

    /// The user that the selected row is about.
    fn selected_user(&self) -> Option<String> {
        match &self.place {
            Place::User(user) => Some(user.as_str().to_owned()),
            Place::Tab(Tab::Users) => self.users.selected().map(|row| row.0.username.clone()),
            Place::Tab(Tab::Sessions) => {
                let live = self.sessions.selected();
                live.map(|live| live.username.clone())
            }
            Place::Tab(Tab::Sales) => self.sales.selected().map(|row| row.0.seller.clone()),
            Place::Tab(Tab::Products) => {
                let row = self.products.selected();
                row.map(|row| row.product.owner.clone())
            }
            Place::Tab(Tab::Audit) => self.audit.selected()?.0.username.clone(),
            Place::Tab(Tab::Overview) => None,
        }
    }

    fn selected_buyer(&self) -> Option<String> {
        match &self.place {
            Place::Tab(Tab::Sales) => self.sales.selected().map(|row| row.0.buyer.clone()),
            Place::Tab(Tab::Products) => {
                let row = self.products.selected()?;
                row.buyer().map(str::to_owned)
            }
            Place::Tab(Tab::Overview | Tab::Users | Tab::Sessions | Tab::Audit)
            | Place::User(_) => None,
        }
    }

    /// A name as it is told, as somebody to whom something can be done.
    fn named(&mut self, name: &str) -> Option<Username> {
        let parsed = Username::parse(name);
        if parsed.is_err() {
            self.toasts
                .push(Tone::Warning, "Whoever that was has left the market.");
        }
        parsed.ok()
    }

    fn open(&mut self, name: Option<String>) -> Vec<Effect> {
        match name.and_then(|name| self.named(&name)) {
            Some(user) => self.open_user(user),
            None => Vec::new(),
        }
    }

    pub(super) fn open_user(&mut self, user: Username) -> Vec<Effect> {
        self.user = Some(UserPage::new(user.clone()));
        self.go_to(Place::User(user), None);
        self.show_place()
    }

    /// From a user to what belongs to the user.
    fn follow(&mut self, way: Way) -> Vec<Effect> {
        let Place::User(user) = self.place.clone() else {
            return Vec::new();
        };
        let tickets = &mut self.tickets;
        let (tab, undo, mut effects) = match way {
            Way::Products => {
                let before = self.products.filter().clone();
                let effect = self
                    .products
                    .filter_by(ProductFilter::of_owner(&user), tickets);
                (Tab::Products, Undo::Products(before), vec![effect])
            }
            Way::Sold | Way::Bought => {
                let before = self.sales.filter().clone();
                let filter = if way == Way::Sold {
                    SaleFilter::of_seller(&user)
                } else {
                    SaleFilter::of_buyer(&user)
                };
                let effect = self.sales.filter_by(filter, tickets);
                (Tab::Sales, Undo::Sales(before), vec![effect])
            }
            Way::Sessions => {
                let before = self.sessions.filter().clone();
                self.sessions.filter_by(SessionFilter::of_user(&user));
                (Tab::Sessions, Undo::Sessions(before), Vec::new())
            }
        };
        self.go_to(Place::Tab(tab), Some(undo));
        self.user = None;
        effects.extend(self.show_place());
        effects
    }

    fn ask_user(&mut self, deed: impl Fn(Username) -> Deed) -> Vec<Effect> {
        let Some(name) = self.selected_user() else {
            return Vec::new();
        };
        match self.named(&name) {
            Some(user) => self.begin(deed(user)),
            None => Vec::new(),
        }
    }

    fn begin(&mut self, deed: Deed) -> Vec<Effect> {
        if !self.connection.is_live() {
            let said = "Nothing can be done while the server is not connected.";
            self.toasts.push(Tone::Warning, said);
            return Vec::new();
        }
        self.overlay(Overlay::Dialog(Dialog::new(deed)))
    }

    /// Something for what lies over the screen.
    pub(super) fn overlaid(&mut self, input: &Input) -> Vec<Effect> {
        if self.help.is_open() {
            if let Some(key) = input.key() {
                let tables = self.key_tables();
                self.help.press(key, self.size, &tables);
            }
            return Vec::new();
        }
        match self.overlay.take() {
            None => Vec::new(),
            Some(Overlay::Palette(mut palette)) => match palette.input(input) {
                Choice::Open => self.overlay(Overlay::Palette(palette)),
                Choice::Close => Vec::new(),
                Choice::Run(name, rest) => self.run(name, &rest),
            },
            Some(Overlay::Filter(form)) => self.filter(form, input),
            Some(Overlay::Dialog(mut dialog)) => match dialog.input(input, &mut self.tickets) {
                Step::Close => Vec::new(),
                Step::Stay => self.overlay(Overlay::Dialog(dialog)),
                Step::Want(effect) => {
                    self.overlay = Some(Overlay::Dialog(dialog));
                    vec![effect]
                }
            },
        }
    }

    fn filter(&mut self, mut form: Form, input: &Input) -> Vec<Effect> {
        // A filter is short: Enter means all of it, in whatever field.
        let is_sent = input.key() == Some(Key::of(Code::Enter));
        match form.input(input) {
            Outcome::Cancel => return Vec::new(),
            Outcome::Submit => {}
            Outcome::Ignored | Outcome::Moved | Outcome::Changed(_) | Outcome::Pressed(_)
                if is_sent => {}
            Outcome::Ignored | Outcome::Moved | Outcome::Changed(_) | Outcome::Pressed(_) => {
                return self.overlay(Overlay::Filter(form));
            }
        }
        form.clear_errors();
        let zone = self.clock.zone.clone();
        let Some((list, tickets)) = self.list_mut() else {
            return Vec::new();
        };
        match list.take_form(&form, &zone, tickets) {
            Ok(effects) => effects,
            Err((field, reason)) => {
                form.refuse(field, reason);
                self.overlay(Overlay::Filter(form))
            }
        }
    }

    fn run(&mut self, name: &str, rest: &str) -> Vec<Effect> {
        match parse(name, rest) {
            Ok(Order::Show(tab)) => self.show(tab),
            Ok(Order::Find(tab, text)) => self.find(tab, text),
            Ok(Order::User(user)) => self.open_user(user),
            Ok(Order::Do(deed)) => self.begin(deed),
            Ok(Order::Reload) => self.reload(),
            Ok(Order::Help) => self.act(Act::Help),
            Ok(Order::Quit) => {
                self.is_over = true;
                Vec::new()
            }
            Err(reason) => {
                self.toasts.push(Tone::Warning, reason);
                Vec::new()
            }
        }
    }

    fn find(&mut self, tab: Tab, text: SearchText) -> Vec<Effect> {
        let mut effects = Vec::new();
        match tab {
            Tab::Users => {
                let filter = UserFilter::with_text(text);
                effects.push(self.users.filter_by(filter, &mut self.tickets));
            }
            Tab::Products => {
                let filter = ProductFilter::with_text(text);
                effects.push(self.products.filter_by(filter, &mut self.tickets));
            }
            Tab::Sessions => self.sessions.filter_by(SessionFilter::with_text(text)),
            Tab::Overview | Tab::Sales | Tab::Audit => {}
        }
        effects.extend(self.show(tab));
        effects
    }

    /// What a deed would lead to is known.
    pub(super) fn weighed(&mut self, ticket: Ticket, outcome: Result<String, String>) {
        if let Some(Overlay::Dialog(dialog)) = &mut self.overlay {
            dialog.weighed(ticket, outcome);
        }
    }

    /// Something was done, or was not.
    pub(super) fn done(&mut self, ticket: Ticket, outcome: Result<Done, String>) {
        let awaiting = match &mut self.overlay {
            Some(Overlay::Dialog(dialog)) if dialog.is_doing(ticket) => Some(dialog),
            Some(Overlay::Dialog(_) | Overlay::Palette(_) | Overlay::Filter(_)) | None => None,
        };
        match (outcome, awaiting) {
            (Ok(Done::Said(sentence)), awaiting) => {
                if awaiting.is_some() {
                    self.overlay = None;
                }
                self.toasts.push(Tone::Good, sentence);
            }
            // It is shown once: over whatever was opened meanwhile.
            (Ok(Done::Password { user, password }), _) => {
                self.overlay = Some(Overlay::Dialog(Dialog::of_password(user, password)));
            }
            (Err(reason), Some(dialog)) => dialog.fail(&reason),
            (Err(reason), None) => self.toasts.push(Tone::Bad, reason),
        }
    }
}
