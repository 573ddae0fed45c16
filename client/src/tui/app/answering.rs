//! What the person does to what lies over the screen: forms, questions, receipts.

use auboutique_protocol::catalog::WithdrawProduct;
use auboutique_protocol::chat::{IfOffline, SendMessage};
use auboutique_protocol::text::Username;

use super::{Overlay, Question, Shop};
use crate::tui::message::Effect;
use crate::tui::screens::Tab;
use crate::ui::input::{Code, Input, Key};
use crate::ui::widgets::confirm::Answer;
use crate::ui::widgets::form::{Form, Outcome};

impl Shop {
    /// Something for what lies over the screen.
    pub(super) fn overlaid(&mut self, input: &Input) -> Vec<Effect> {
        if self.help.is_open() {
            if let Some(key) = input.key() {
                let tables = self.key_tables();
                self.help.press(key, self.size, &tables);
            }
            return Vec::new();
        }
        let leaves = input.key().is_some_and(|key| {
            let leaving = [Key::of(Code::Esc), Key::of(Code::Enter), Key::char('q')];
            leaving.contains(&key)
        });
        match self.overlay.take() {
            None => Vec::new(),
            Some(Overlay::Filter(form)) => self.filter(form, input),
            Some(Overlay::Edit(form)) => self.edited(form, input),
            Some(Overlay::Ask(mut question, about)) => {
                match input.key().map(|key| question.press(key)) {
                    Some(Answer::Yes) => self.agreed(about),
                    Some(Answer::No) => {
                        self.declined(about);
                        Vec::new()
                    }
                    Some(Answer::Open) | None => self.overlay(Overlay::Ask(question, about)),
                }
            }
            // It goes on; only looking at it ends.
            Some(Overlay::Buying { .. }) if input.key() == Some(Key::of(Code::Esc)) => Vec::new(),
            Some(Overlay::Receipt(_)) if leaves => Vec::new(),
            Some(other @ (Overlay::Buying { .. } | Overlay::Receipt(_))) => self.overlay(other),
        }
    }

    /// Takes an input of a form that is sent with Enter from any field. Returns whether it is over.
    fn is_sent(form: &mut Form, input: &Input) -> Option<bool> {
        let is_enter = input.key() == Some(Key::of(Code::Enter));
        match form.input(input) {
            Outcome::Cancel => Some(false),
            Outcome::Submit => Some(true),
            Outcome::Ignored | Outcome::Moved | Outcome::Changed(_) | Outcome::Pressed(_) => {
                is_enter.then_some(true)
            }
        }
    }

    fn filter(&mut self, mut form: Form, input: &Input) -> Vec<Effect> {
        let Some(currency) = self.member.as_ref().map(|member| member.facts.currency) else {
            return Vec::new();
        };
        match Self::is_sent(&mut form, input) {
            None => return self.overlay(Overlay::Filter(form)),
            Some(false) => return Vec::new(),
            Some(true) => form.clear_errors(),
        }
        match self.browse.take_form(&form, currency, &mut self.tickets) {
            Ok(effects) => effects,
            Err((field, reason)) => {
                form.refuse(field, reason);
                self.overlay(Overlay::Filter(form))
            }
        }
    }

    fn edited(&mut self, mut form: Form, input: &Input) -> Vec<Effect> {
        let (Some(member), Some(page)) = (&self.member, &self.product) else {
            return Vec::new();
        };
        match form.input(input) {
            Outcome::Cancel => return Vec::new(),
            Outcome::Submit => form.clear_errors(),
            Outcome::Ignored | Outcome::Moved | Outcome::Changed(_) | Outcome::Pressed(_) => {
                return self.overlay(Overlay::Edit(form));
            }
        }
        match page.take_form(&form, &member.facts) {
            Ok(None) => Vec::new(),
            Ok(Some(request)) => {
                // It stays open until the server has taken it.
                form.set_busy(true);
                self.overlay(Overlay::Edit(form));
                vec![Effect::Edit(request)]
            }
            Err((field, reason)) => {
                form.refuse(field, reason);
                self.overlay(Overlay::Edit(form))
            }
        }
    }

    fn agreed(&mut self, about: Question) -> Vec<Effect> {
        match about {
            Question::Buy {
                product,
                name,
                price,
            } => {
                self.overlay = Some(Overlay::Buying {
                    product,
                    name,
                    is_unknown: false,
                });
                vec![Effect::Buy { product, price }]
            }
            Question::Similar(category) => {
                let mut effects = self.browse.of_category(&category, &mut self.tickets);
                effects.extend(self.show(Tab::Browse));
                effects
            }
            Question::Withdraw(id) => {
                vec![Effect::Withdraw(WithdrawProduct { id })]
            }
            Question::Keep(mut request) => {
                request.if_offline = IfOffline::Keep;
                let text = request.text.clone();
                self.sending(&request, Some(text));
                vec![Effect::Send(request)]
            }
            Question::LogOut => {
                self.log_out();
                vec![Effect::LogOut]
            }
        }
    }

    fn declined(&mut self, about: Question) {
        match about {
            Question::Keep(request) => self.chats.not_sent(&request, None),
            Question::Buy { .. }
            | Question::Similar(_)
            | Question::Withdraw(_)
            | Question::LogOut => {}
        }
    }

    /// A message is on its way again.
    fn sending(&mut self, request: &SendMessage, text: Option<String>) {
        if let Ok(with) = Username::parse(&request.to) {
            let talk = self.chats.talk_mut(&with);
            talk.sending = text;
            talk.problem = None;
        }
    }
}
