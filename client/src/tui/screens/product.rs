//! Everything about a product, and buying it.

pub(crate) mod view;

use auboutique_protocol::catalog::{EditProduct, ProductDetail, ProductState, ShowProduct};
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::limits::{DESCRIPTION_CHARACTERS_MAX, PRODUCT_NAME_CHARACTERS_MAX};
use auboutique_protocol::text::{Description, ProductName};

use crate::tui::message::{Effect, Facts, Read};
use crate::tui::screens::browse::{PRICE_CHARACTERS_MAX, amount, price_of};
use crate::tui::screens::sell::LINES;
use crate::ui::single::Single;
use crate::ui::ticket::{Ticket, Tickets};
use crate::ui::widgets::form::{Field, Form};
use crate::ui::widgets::table::Content;

const NAME: &str = "name";
const PRICE: &str = "price";
const CATEGORY: &str = "category";
const DESCRIPTION: &str = "description";

/// The screen.
#[derive(Debug)]
pub(crate) struct ProductPage {
    /// It is to be changed as soon as it is here.
    pub(crate) is_to_be_edited: bool,
    id: ProductId,
    product: Single<ProductDetail>,
    /// Lines of the description that are above the window.
    pub(crate) top: u16,
}

impl ProductPage {
    /// A product of which nothing is known yet.
    pub(crate) const fn new(id: ProductId) -> Self {
        Self {
            is_to_be_edited: false,
            id,
            product: Single::new(),
            top: 0,
        }
    }

    pub(crate) const fn id(&self) -> ProductId {
        self.id
    }

    pub(crate) const fn detail(&self) -> Option<&ProductDetail> {
        self.product.value()
    }

    pub(crate) const fn detail_mut(&mut self) -> Option<&mut ProductDetail> {
        self.product.value_mut()
    }

    pub(crate) const fn content(&self) -> &Content {
        self.product.content()
    }

    /// Whether it can be bought, as far as is known.
    pub(crate) fn is_for_sale(&self) -> bool {
        let state = self.detail().map(|detail| &detail.state);
        matches!(state, Some(ProductState::ForSale(_)))
    }

    /// The product as a form.
    pub(crate) fn form(&self, facts: &Facts) -> Option<Form> {
        let detail = self.detail()?;
        let mut name = Field::text(NAME, "Name", PRODUCT_NAME_CHARACTERS_MAX);
        name.set(&detail.name);
        let currency = facts.currency;
        let mut price = Field::text(PRICE, "Price", PRICE_CHARACTERS_MAX)
            .hint(format!("In {currency}, such as 12.50."));
        price.set(&amount(detail.price));
        let categories: Vec<&str> = facts.categories.iter().map(String::as_str).collect();
        let mut category = Field::choice(CATEGORY, "Category", &categories).hint("← and → choose.");
        category.set(&detail.category);
        let mut description = Field::text_area(
            DESCRIPTION,
            "Description",
            DESCRIPTION_CHARACTERS_MAX,
            LINES,
        )
        .hint("May be left empty. Tab goes on.");
        description.set(&detail.description);
        Some(Form::new(vec![name, price, category, description], "Save"))
    }

    /// Takes changes from a form; nothing where nothing is otherwise.
    ///
    /// # Errors
    /// The name of a field, and what is wrong with it.
    pub(crate) fn take_form(
        &self,
        form: &Form,
        facts: &Facts,
    ) -> Result<Option<EditProduct>, (&'static str, String)> {
        let Some((detail, before)) = self.detail().zip(self.form(facts)) else {
            return Ok(None);
        };
        let has_changed = |name| form.value(name) != before.value(name);
        let name = ProductName::parse(form.value(NAME));
        let name = name.map_err(|error| (NAME, error.to_string()))?;
        let price = price_of(form, PRICE, facts.currency)?;
        let price = price.ok_or((PRICE, "is missing".to_owned()))?;
        let description = Description::parse(form.value(DESCRIPTION));
        let description = description.map_err(|error| (DESCRIPTION, error.to_string()))?;
        let request = EditProduct {
            id: detail.id,
            name: has_changed(NAME).then(|| name.into()),
            price: has_changed(PRICE).then_some(price),
            category: has_changed(CATEGORY).then(|| form.value(CATEGORY).to_owned()),
            description: has_changed(DESCRIPTION).then(|| description.into()),
        };
        let is_otherwise = request.name.is_some()
            || request.price.is_some()
            || request.category.is_some()
            || request.description.is_some();
        Ok(is_otherwise.then_some(request))
    }

    /// Reads it.
    pub(crate) fn reload(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        let Some(ticket) = self.product.begin(tickets) else {
            return Vec::new();
        };
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
        if self.product.take(ticket, detail) {
            return self.reload(tickets);
        }
        Vec::new()
    }

    /// It could not be read.
    pub(crate) fn failed(&mut self, ticket: Ticket, reason: &str) {
        self.product.fail(ticket, reason);
    }
}
