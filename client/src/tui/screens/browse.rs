//! What is for sale: searched while it is typed, filtered, in several orders, told live.

pub(crate) mod view;

use std::cmp::{Ordering, Reverse};

use auboutique_protocol::catalog::{ListProducts, ProductPage, ProductSummary, Sort};
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::limits::{PAGE_ITEMS_MAX, SEARCH_CHARACTERS_MAX, USERNAME_CHARACTERS_MAX};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::text::{SearchText, Username};

use crate::tui::message::{Effect, Read};
use crate::ui::input::{Code, Input};
use crate::ui::rows::Rows;
use crate::ui::ticket::{Ticket, Tickets};
use crate::ui::widgets::form::{Field, Form};
use crate::ui::widgets::table::{Move, Row};
use crate::ui::widgets::text_input::{Edit, TextInput};

/// The screen.
#[derive(Debug)]
pub(crate) struct Browse {
    filter: Filter,
    rows: Rows<ProductRow>,
    /// The line in which words are typed, while they are.
    search: Option<TextInput>,
    /// How many products were listed since, of which only the server knows whether they match.
    unseen: u64,
}

/// A product in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProductRow(pub(crate) ProductSummary);

impl Row for ProductRow {
    type Key = ProductId;

    fn key(&self) -> ProductId {
        self.0.id
    }
}

/// Which products, in which order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Filter {
    pub(crate) text: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) category: Option<String>,
    price_min: Option<Money>,
    price_max: Option<Money>,
    pub(crate) sort: Sort,
}

impl Filter {
    fn read(&self, cursor: Option<Cursor>) -> Read {
        Read::Products(ListProducts {
            // Found words come newest first, and in no other order.
            sort: self.text.is_none().then_some(self.sort),
            text: self.text.clone(),
            limit: Some(PAGE_ITEMS_MAX),
            owner: self.owner.clone(),
            cursor,
            category: self.category.clone(),
            price_max: self.price_max,
            price_min: self.price_min,
        })
    }

    /// Whether a product belongs to the list, apart from the words: those only the server knows.
    fn admits(&self, product: &ProductSummary) -> bool {
        let minor = product.price.minor;
        self.owner
            .as_ref()
            .is_none_or(|owner| *owner == product.owner)
            && self
                .category
                .as_ref()
                .is_none_or(|category| *category == product.category)
            && self.price_min.is_none_or(|least| minor >= least.minor)
            && self.price_max.is_none_or(|most| minor <= most.minor)
    }

    fn order(&self, one: &ProductSummary, other: &ProductSummary) -> Ordering {
        let newest = Reverse(one.id).cmp(&Reverse(other.id));
        if self.text.is_some() {
            return newest;
        }
        match self.sort {
            Sort::Newest => newest,
            Sort::Oldest => newest.reverse(),
            Sort::Cheapest => (one.price.minor, one.id).cmp(&(other.price.minor, other.id)),
            Sort::Dearest => {
                let key = |product: &ProductSummary| Reverse((product.price.minor, product.id));
                key(one).cmp(&key(other))
            }
        }
    }

    /// What is filtered, for people; empty where nothing is.
    pub(crate) fn words(&self) -> String {
        let parts = [
            self.category.clone(),
            self.owner.as_ref().map(|owner| format!("of {owner}")),
            self.price_min.map(|least| format!("from {least}")),
            self.price_max.map(|most| format!("up to {most}")),
            self.text.as_ref().map(|text| format!("with “{text}”")),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        parts.join(", ")
    }
}

const CATEGORY: &str = "category";
const LEAST: &str = "least";
const MOST: &str = "most";
const OWNER: &str = "owner";
const ANY: &str = "any";
/// Characters of a price as it is typed.
pub(crate) const PRICE_CHARACTERS_MAX: usize = 16;

impl Browse {
    /// Nothing was read yet.
    pub(crate) fn new() -> Self {
        Self {
            filter: Filter::default(),
            rows: Rows::new(),
            search: None,
            unseen: 0,
        }
    }

    pub(crate) const fn filter(&self) -> &Filter {
        &self.filter
    }

    pub(crate) const fn rows(&self) -> &Rows<ProductRow> {
        &self.rows
    }

    pub(crate) const fn search(&self) -> Option<&TextInput> {
        self.search.as_ref()
    }

    pub(crate) const fn unseen(&self) -> u64 {
        self.unseen
    }

    pub(crate) fn selected(&self) -> Option<&ProductSummary> {
        self.rows.table().selected().map(|row| &row.0)
    }

    /// A product that is listed here.
    pub(crate) fn find(&self, id: ProductId) -> Option<&ProductSummary> {
        let mut rows = self.rows.table().rows().iter();
        rows.find(|row| row.0.id == id).map(|row| &row.0)
    }

    pub(crate) fn set_height(&mut self, lines: u16) {
        self.rows.table_mut().set_height(lines);
    }

    pub(crate) fn make_stale(&mut self) {
        self.rows.make_stale();
    }

    pub(crate) fn show(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        if self.rows.is_stale() {
            self.reload(tickets)
        } else {
            Vec::new()
        }
    }

    pub(crate) fn reload(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        self.unseen = 0;
        let ticket = tickets.next();
        self.rows.begin(ticket);
        vec![self.ask(ticket, None)]
    }

    fn ask(&self, ticket: Ticket, cursor: Option<Cursor>) -> Effect {
        let read = self.filter.read(cursor);
        Effect::Read { ticket, read }
    }

    pub(crate) fn go(&mut self, way: Move, tickets: &mut Tickets) -> Vec<Effect> {
        let Some(next) = self.rows.go(way) else {
            return Vec::new();
        };
        let ticket = tickets.next();
        self.rows.begin_more(ticket);
        vec![self.ask(ticket, Some(next))]
    }

    pub(crate) fn select_line(&mut self, line: u16) {
        self.rows.select_line(line);
    }

    /// Shows other products.
    pub(crate) fn filter_by(&mut self, filter: Filter, tickets: &mut Tickets) -> Vec<Effect> {
        if filter == self.filter {
            return Vec::new();
        }
        self.filter = filter;
        self.unseen = 0;
        let ticket = tickets.next();
        self.rows.begin_anew(ticket);
        vec![self.ask(ticket, None)]
    }

    pub(crate) fn next_order(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        let sort = match self.filter.sort {
            Sort::Newest => Sort::Oldest,
            Sort::Oldest => Sort::Cheapest,
            Sort::Cheapest => Sort::Dearest,
            Sort::Dearest => Sort::Newest,
        };
        let filter = Filter {
            sort,
            ..self.filter.clone()
        };
        self.filter_by(filter, tickets)
    }

    /// All of somebody's products.
    pub(crate) fn of_owner(&mut self, owner: &str, tickets: &mut Tickets) -> Vec<Effect> {
        let filter = Filter {
            owner: Some(owner.to_owned()),
            ..Filter::default()
        };
        self.search = None;
        self.filter_by(filter, tickets)
    }

    /// What is like a product: of the same category.
    pub(crate) fn of_category(&mut self, category: &str, tickets: &mut Tickets) -> Vec<Effect> {
        let filter = Filter {
            category: Some(category.to_owned()),
            ..Filter::default()
        };
        self.search = None;
        self.filter_by(filter, tickets)
    }

    /// Everything for sale. Returns whether something else was shown.
    pub(crate) fn show_all(&mut self, tickets: &mut Tickets) -> Option<Vec<Effect>> {
        self.search = None;
        let filter = Filter {
            sort: self.filter.sort,
            ..Filter::default()
        };
        if filter == self.filter {
            return None;
        }
        Some(self.filter_by(filter, tickets))
    }

    /// Begins to search.
    pub(crate) fn begin_search(&mut self) {
        let mut line = TextInput::new(SEARCH_CHARACTERS_MAX);
        line.set(self.filter.text.as_deref().unwrap_or_default());
        self.search = Some(line);
    }

    /// Takes what is typed into the search; each change is searched for at once.
    pub(crate) fn type_search(&mut self, input: &Input, tickets: &mut Tickets) -> Vec<Effect> {
        let Some(line) = &mut self.search else {
            return Vec::new();
        };
        match input.key().map(|key| key.code) {
            Some(Code::Enter) => {
                self.search = None;
                return Vec::new();
            }
            Some(Code::Esc) => {
                self.search = None;
                let filter = Filter {
                    text: None,
                    ..self.filter.clone()
                };
                return self.filter_by(filter, tickets);
            }
            Some(Code::Down) => return self.go(Move::Down, tickets),
            Some(Code::Up) => return self.go(Move::Up, tickets),
            _ => {}
        }
        if !matches!(line.input(input), Edit::Changed | Edit::Full) {
            return Vec::new();
        }
        let text = line.text().trim();
        let text = SearchText::parse(text).ok().map(String::from);
        let filter = Filter {
            text,
            ..self.filter.clone()
        };
        self.filter_by(filter, tickets)
    }

    /// The filter as a form, over the server's categories.
    pub(crate) fn form(&self, categories: &[String], currency: Currency) -> Form {
        let mut options = vec![ANY];
        options.extend(categories.iter().map(String::as_str));
        let mut category = Field::choice(CATEGORY, "Category", &options).hint("← and → choose.");
        category.set(self.filter.category.as_deref().unwrap_or(ANY));
        let price = |name, label, value: Option<Money>| {
            let hint = format!("In {currency}, such as 12.50; may be left empty.");
            let mut field = Field::text(name, label, PRICE_CHARACTERS_MAX).hint(hint);
            field.set(&value.map(amount).unwrap_or_default());
            field
        };
        let mut owner = Field::text(OWNER, "Seller", USERNAME_CHARACTERS_MAX)
            .hint("A username; may be left empty.");
        owner.set(self.filter.owner.as_deref().unwrap_or_default());
        Form::new(
            vec![
                category,
                price(LEAST, "From", self.filter.price_min),
                price(MOST, "Up to", self.filter.price_max),
                owner,
            ],
            "Filter",
        )
    }

    /// Takes a filter from a form.
    ///
    /// # Errors
    /// The name of a field, and what is wrong with it.
    pub(crate) fn take_form(
        &mut self,
        form: &Form,
        currency: Currency,
        tickets: &mut Tickets,
    ) -> Result<Vec<Effect>, (&'static str, String)> {
        let price = |name| price_of(form, name, currency);
        let owner = form.value(OWNER).trim();
        let owner = (!owner.is_empty())
            .then(|| Username::parse(owner))
            .transpose();
        let category = Some(form.value(CATEGORY)).filter(|category| *category != ANY);
        let filter = Filter {
            category: category.map(str::to_owned),
            price_min: price(LEAST)?,
            price_max: price(MOST)?,
            owner: owner
                .map_err(|error| (OWNER, error.to_string()))?
                .map(String::from),
            ..self.filter.clone()
        };
        if let (Some(least), Some(most)) = (filter.price_min, filter.price_max)
            && least.minor > most.minor
        {
            return Err((MOST, "is below the lower limit".into()));
        }
        Ok(self.filter_by(filter, tickets))
    }

    /// Takes a page, if it is the one that is waited for.
    pub(crate) fn found(&mut self, ticket: Ticket, page: ProductPage) {
        let rows = page.products.into_iter().map(ProductRow).collect();
        let filter = &self.filter;
        let order = |one: &ProductRow, other: &ProductRow| filter.order(&one.0, &other.0);
        self.rows.take(ticket, rows, page.next, &order);
    }

    pub(crate) fn failed(&mut self, ticket: Ticket, reason: &str) {
        self.rows.fail(ticket, reason);
    }

    /// A product is for sale.
    pub(crate) fn listed(&mut self, product: &ProductSummary) {
        if !self.filter.admits(product) {
            return;
        }
        if self.filter.text.is_some() {
            self.unseen += 1;
            return;
        }
        self.put(product);
    }

    /// A product is described or priced otherwise: it may belong to the list no longer, or now.
    pub(crate) fn changed(&mut self, product: &ProductSummary) {
        let is_here = self.find(product.id).is_some();
        if !self.filter.admits(product) {
            self.rows.remove(&product.id);
        } else if is_here || self.filter.text.is_none() {
            // Another price may be another place.
            let is_moved = self
                .find(product.id)
                .is_some_and(|known| known.price != product.price);
            if is_moved && matches!(self.filter.sort, Sort::Cheapest | Sort::Dearest) {
                self.rows.remove(&product.id);
            }
            self.put(product);
        }
    }

    fn put(&mut self, product: &ProductSummary) {
        let filter = &self.filter;
        let order = |one: &ProductRow, other: &ProductRow| filter.order(&one.0, &other.0);
        self.rows.put(ProductRow(product.clone()), &order);
    }

    /// A product can no longer be bought.
    pub(crate) fn gone(&mut self, product: ProductId) {
        self.rows.remove(&product);
    }
}

/// A price without its currency, as it is typed.
pub(crate) fn amount(price: Money) -> String {
    let written = price.to_string();
    let amount = written.split(' ').next();
    amount.unwrap_or_default().to_owned()
}

/// Reads a price that may be left empty.
///
/// # Errors
/// The name of the field, and what is wrong with it.
pub(crate) fn price_of(
    form: &Form,
    name: &'static str,
    currency: Currency,
) -> Result<Option<Money>, (&'static str, String)> {
    let typed = form.value(name).trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let price = currency.parse_price(typed);
    price.map(Some).map_err(|error| (name, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::summary;
    use crate::ui::input::Key;

    fn ids(browse: &Browse) -> Vec<u64> {
        let rows = browse.rows().table().rows().iter();
        rows.map(|row| row.0.id.0).collect()
    }

    fn ticket(effects: &[Effect]) -> Ticket {
        match effects {
            [Effect::Read { ticket, .. }] => *ticket,
            other => panic!("one read: {other:?}"),
        }
    }

    fn shown() -> (Browse, Tickets) {
        let (mut browse, mut tickets) = (Browse::new(), Tickets::default());
        let asked = ticket(&browse.show(&mut tickets));
        let products = [9, 7, 5].map(summary).to_vec();
        browse.found(
            asked,
            ProductPage {
                next: None,
                products,
            },
        );
        (browse, tickets)
    }

    #[test]
    fn the_list_changes_live_and_the_selection_stays() {
        let (mut browse, mut tickets) = shown();
        browse.go(Move::Down, &mut tickets);
        browse.listed(&summary(11));
        browse.gone(ProductId(9));
        assert_eq!(ids(&browse), [11, 7, 5]);
        assert_eq!(browse.selected().map(|product| product.id.0), Some(7));
        browse.gone(ProductId(7));
        assert_eq!(browse.selected().map(|product| product.id.0), Some(5));
    }

    #[test]
    fn each_letter_is_searched_for_and_a_late_reply_is_dropped() {
        let (mut browse, mut tickets) = shown();
        browse.begin_search();
        let letter = |letter| Input::Key(Key::char(letter));
        let first = ticket(&browse.type_search(&letter('a'), &mut tickets));
        let second = ticket(&browse.type_search(&letter('t'), &mut tickets));
        let page = |id| ProductPage {
            next: None,
            products: vec![summary(id)],
        };
        browse.found(second, page(2));
        browse.found(first, page(1));
        assert_eq!(ids(&browse), [2]);
        assert_eq!(browse.filter().words(), "with “at”");
        // What matches is the server's to say.
        browse.listed(&summary(12));
        assert_eq!((ids(&browse), browse.unseen()), (vec![2], 1));
        let esc = Input::Key(Key::of(Code::Esc));
        assert_eq!(browse.type_search(&esc, &mut tickets).len(), 1);
        assert!(browse.search().is_none());
    }

    #[test]
    fn a_product_that_costs_something_else_moves_to_its_place() {
        let (mut browse, mut tickets) = shown();
        for _ in 0..2 {
            browse.next_order(&mut tickets);
        }
        let asked = ticket(&browse.reload(&mut tickets));
        let products = [5, 7, 9].map(summary).to_vec();
        browse.found(
            asked,
            ProductPage {
                next: None,
                products,
            },
        );
        let mut dearer = summary(5);
        dearer.price.minor = 1_000_000;
        browse.changed(&dearer);
        assert_eq!(ids(&browse), [7, 9, 5]);
    }

    #[test]
    fn a_form_is_read_as_it_was_made_and_limits_are_checked() {
        let (mut browse, mut tickets) = shown();
        let categories = ["textbooks".to_owned(), "other".to_owned()];
        let mut form = browse.form(&categories, Currency::Usd);
        for (name, value) in [(CATEGORY, "textbooks"), (LEAST, "20"), (MOST, "10")] {
            form.field_mut(name).expect("a field").set(value);
        }
        let refused = browse.take_form(&form, Currency::Usd, &mut tickets);
        assert_eq!(refused.map_err(|(name, _)| name), Err(MOST));
        form.field_mut(MOST).expect("a field").set("30.5");
        let effects = browse.take_form(&form, Currency::Usd, &mut tickets);
        assert_eq!(effects.map(|effects| effects.len()), Ok(1));
        assert_eq!(
            browse.filter().words(),
            "textbooks, from 20.00 USD, up to 30.50 USD"
        );
        let again = browse.form(&categories, Currency::Usd);
        assert_eq!(again.value(MOST), "30.50");
    }
}
