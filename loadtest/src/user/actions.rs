//! What a user can do in the market, each action with the events that it leaves.

use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::catalog::{
    EditProduct, ListProducts, Listed, Picture, PictureSize, ProductDetail, ProductState, Sell,
    ShowProduct, WithdrawProduct,
};
use auboutique_protocol::chat::{IfOffline, SendMessage};
use auboutique_protocol::codec;
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::money::Money;
use auboutique_protocol::purchases::{Buy, Confirmation};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{Attempt, Settled, User};
use crate::context::{Context, SharedContext, Stopped};
use crate::history::{
    Actor, Bought, Call, Event, Item, KeyId, MessageId, Moment, Outcome, Price, Refusal, State,
};
use crate::items::{Place, Sighting};
use crate::record::Request;

/// An attempt to buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// What.
    pub item: Item,
    /// Its name on the wire.
    pub product: ProductId,
    /// For how much.
    pub price: Price,
    /// With which key.
    pub key: KeyId,
}

/// Something to be put up for sale.
#[derive(Debug, Clone)]
pub struct Offer {
    /// What it is called.
    pub name: String,
    /// What it costs.
    pub price: Price,
    /// Its picture.
    pub picture: Option<ByteString>,
}

/// A product of a page, as far as a check needs it: the rest is passed over.
#[derive(Debug, Deserialize)]
struct Glance {
    id: ProductId,
    price: Money,
}

/// A page of products, likewise.
#[derive(Debug, Deserialize)]
struct GlanceAtPage {
    products: Vec<Glance>,
}

/// How far pages are decoded, for the report.
pub const PAGE_DECODING: &str = "number and price of each product of a page; the rest is checked by the scanner and passed over";

impl Order {
    /// The request on the wire.
    #[must_use]
    pub fn request(&self, context: &Context) -> Buy {
        Buy {
            key: context.keys.key(self.key),
            price: context.money(self.price),
            product: self.product,
        }
    }

    /// The event that a try leaves. What it teaches of the item is noted down first.
    #[must_use]
    pub fn tried(&self, context: &Context, attempt: &Attempt) -> Call {
        Call::Buy {
            item: self.item,
            price: self.price,
            key: self.key,
            outcome: self.bought(context, attempt),
        }
    }

    fn bought(&self, context: &Context, attempt: &Attempt) -> Bought {
        match attempt {
            Attempt::Ok(reply) => self.confirmed(context, reply),
            Attempt::Refused(code) => Bought::Refused(refusal(context, self.item, code)),
            Attempt::NotNow(..) => Bought::Refused(Refusal::Transient),
            Attempt::Unknown(_) => Bought::Unknown,
        }
    }

    fn confirmed(&self, context: &Context, reply: &[u8]) -> Bought {
        match context.items.mark_confirmed(self.item, self.key) {
            Place::First => context.recorder.confirmed(),
            Place::Repeated => {}
            Place::Second => context.recorder.oversold(),
        }
        let digest = digest(reply);
        let price = match codec::decode::<Confirmation>(reply) {
            Ok(confirmation) if self.is_confirmed_by(context, &confirmation) => {
                minor(confirmation.price)
            }
            // No confirmation of this purchase: no price is right for it.
            Ok(_) | Err(_) => Price(u32::MAX),
        };
        Bought::Confirmed { price, digest }
    }

    fn is_confirmed_by(&self, context: &Context, confirmation: &Confirmation) -> bool {
        confirmation.product == self.product && confirmation.purchase == context.keys.key(self.key)
    }
}

impl User {
    /// Buys, or is refused.
    ///
    /// # Errors
    /// The run is over.
    pub async fn buy(&mut self, order: Order) -> Result<Settled, Stopped> {
        let context = SharedContext::clone(&self.context);
        let request = order.request(&context);
        let note = |attempt: &Attempt| Some(order.tried(&context, attempt));
        self.settle(Request::Buy, &request, note).await
    }

    /// Puts something up for sale; `None` when it was refused.
    ///
    /// # Errors
    /// The run is over.
    pub async fn sell(&mut self, offer: Offer) -> Result<Option<Item>, Stopped> {
        let invoked = self.context.recorder.now();
        let (price, has_picture) = (offer.price, offer.picture.is_some());
        let request = Sell {
            key: Key::now(),
            name: offer.name,
            price: self.context.money(price),
            picture: offer.picture,
            category: self.context.category.clone(),
            description: "Put up for sale by a load test.".into(),
        };
        let settled = self.settle(Request::Sell, &request, |_| None).await?;
        let Ok(reply) = settled.outcome else {
            return Ok(None);
        };
        let listed: Listed = self.decode(&reply)?;
        let items = &self.context.items;
        let item = items.add(listed.product, self.actor, price, has_picture);
        self.leave(invoked, Call::Sell { item, price });
        Ok(Some(item))
    }

    /// Gives an item of one's own another price; whether that was done.
    ///
    /// # Errors
    /// The run is over.
    pub async fn edit(&mut self, item: Item, price: Price) -> Result<bool, Stopped> {
        let context = SharedContext::clone(&self.context);
        context.items.mark_edited(item);
        let request = EditProduct {
            id: context.items.product(item),
            name: None,
            price: Some(context.money(price)),
            category: None,
            description: None,
        };
        let note = |attempt: &Attempt| {
            let outcome = outcome(attempt);
            if outcome == Outcome::Done {
                context.items.set_price(item, price);
            }
            Some(Call::Edit {
                item,
                price,
                outcome,
            })
        };
        let settled = self.settle(Request::Edit, &request, note).await?;
        Ok(settled.outcome.is_ok())
    }

    /// Takes an item of one's own off the market; whether it is off the market now.
    ///
    /// # Errors
    /// The run is over.
    pub async fn withdraw(&mut self, item: Item) -> Result<bool, Stopped> {
        let context = SharedContext::clone(&self.context);
        let id = context.items.product(item);
        let note = |attempt: &Attempt| {
            let outcome = outcome(attempt);
            if outcome == Outcome::Done {
                context.items.mark_withdrawn(item);
            }
            Some(Call::Withdraw { item, outcome })
        };
        let request = WithdrawProduct { id };
        let settled = self.settle(Request::Withdraw, &request, note).await?;
        Ok(settled.outcome.is_ok())
    }

    /// Reads a page of products, and returns what of it belongs to this run.
    ///
    /// # Errors
    /// The run is over.
    pub async fn list(&mut self, page: &ListProducts) -> Result<Vec<(Item, Price)>, Stopped> {
        let invoked = self.context.recorder.now();
        let settled = self.settle(Request::List, page, |_| None).await?;
        let Ok(reply) = settled.outcome else {
            return Ok(Vec::new());
        };
        let page: GlanceAtPage = self.decode(&reply)?;
        let shown = page.products.iter();
        let shown = shown.map(|product| (product.id, minor(product.price)));
        let Sighting { items, judged } = self.context.items.look(shown);
        for (item, state) in judged {
            self.leave(invoked, Call::See { item, state });
        }
        Ok(items)
    }

    /// Looks at one item.
    ///
    /// # Errors
    /// The run is over.
    pub async fn show(&mut self, item: Item) -> Result<(), Stopped> {
        let invoked = self.context.recorder.now();
        let id = self.context.items.product(item);
        let request = ShowProduct { id };
        let settled = self.settle(Request::Show, &request, |_| None).await?;
        if let Ok(reply) = settled.outcome {
            let product: ProductDetail = self.decode(&reply)?;
            let state = match product.state {
                ProductState::ForSale(_) => State::ForSale(minor(product.price)),
                ProductState::Sold(_) => State::Sold,
                ProductState::Withdrawn(_) => State::Withdrawn,
            };
            if self.context.items.look_at(item, state) {
                self.leave(invoked, Call::See { item, state });
            }
        }
        Ok(())
    }

    /// Fetches the thumbnail of an item.
    ///
    /// # Errors
    /// The run is over.
    pub async fn picture(&mut self, item: Item) -> Result<(), Stopped> {
        let request = Picture {
            id: self.context.items.product(item),
            size: PictureSize::Thumbnail,
        };
        self.settle(Request::Picture, &request, |_| None).await?;
        Ok(())
    }

    /// Writes to another user, who need not be online; whether it was taken.
    ///
    /// # Errors
    /// The run is over.
    pub async fn write_to(
        &mut self,
        recipient: (Actor, &str),
        about: Option<Item>,
        message: MessageId,
    ) -> Result<bool, Stopped> {
        let (to, name) = recipient;
        let request = SendMessage {
            to: name.to_owned(),
            key: Key::now(),
            text: self.context.keys.text(message),
            about: about.map(|item| self.context.items.product(item)),
            if_offline: IfOffline::Keep,
        };
        let note = |attempt: &Attempt| {
            Some(Call::Send {
                to,
                message,
                outcome: outcome(attempt),
            })
        };
        let settled = self.settle(Request::Send, &request, note).await?;
        Ok(settled.outcome.is_ok())
    }

    /// Adds an event that ends now.
    fn leave(&self, invoked: Moment, call: Call) {
        let event = Event {
            actor: self.actor,
            invoked,
            returned: self.context.recorder.now(),
            call,
        };
        self.context.recorder.event(self.place(), event);
    }
}

/// The first eight bytes of the SHA-256 of a confirmation.
#[must_use]
pub fn digest(confirmation: &[u8]) -> u64 {
    let digest = Sha256::digest(confirmation);
    digest
        .iter()
        .take(8)
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// As [`digest`], of a confirmation that came inside of something else.
#[must_use]
pub fn digest_of(confirmation: &Confirmation) -> u64 {
    digest(&codec::encode(confirmation))
}

/// An amount without its currency. What no price can be becomes the highest, which the judge will
/// not accept for any.
pub(crate) fn minor(money: Money) -> Price {
    Price(u32::try_from(money.minor).unwrap_or(u32::MAX))
}

fn outcome(attempt: &Attempt) -> Outcome {
    match attempt {
        Attempt::Ok(_) => Outcome::Done,
        Attempt::Refused(_) | Attempt::NotNow(..) => Outcome::Refused,
        Attempt::Unknown(_) => Outcome::Unknown,
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all codes but those of a purchase say nothing of the item"
)]
fn refusal(context: &Context, item: Item, code: &ErrorCode) -> Refusal {
    match code {
        ErrorCode::AlreadySold(sold) => {
            context.items.mark_sold(item);
            Refusal::AlreadySold { yours: sold.yours }
        }
        ErrorCode::PriceChanged(changed) => Refusal::PriceChanged(minor(changed.price)),
        ErrorCode::OwnProduct(_) => Refusal::OwnItem,
        ErrorCode::Withdrawn(_) => {
            context.items.mark_withdrawn(item);
            Refusal::Withdrawn
        }
        ErrorCode::NotFound(_) => Refusal::NotFound,
        ErrorCode::KeyConflict(_) => Refusal::KeyConflict,
        _ => Refusal::Other,
    }
}
