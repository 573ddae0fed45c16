//! A market full of products, without a server: for the benches and for tests of screens.

#[cfg(test)]
mod samples;

use auboutique_protocol::accounts::Profile;
use auboutique_protocol::catalog::{ProductPage, ProductSummary};
use auboutique_protocol::ids::{PictureHash, ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use image::RgbImage;
use jiff::tz::TimeZone;

use crate::tui::app::Shop;
use crate::tui::message::{Effect, Entered, Facts, Found, Message, Read};
use crate::tui::pictures::view::{Way, prepare};
use crate::ui::App as _;
use crate::ui::input::{Input, Key, Size};
use crate::ui::testing::{Drawn, draw, press};
use crate::ui::theme::{Depth, Shade, Theme};

#[cfg(test)]
pub(crate) use samples::{confirmation, detail, message, own, purchase};

/// A member's screen that is inside, with everything read that is for sale.
#[derive(Debug)]
pub struct Filled(Shop);

impl Filled {
    /// Fills the list of what is for sale, in a window.
    #[must_use]
    pub fn new(size: Size, products: u64) -> Self {
        let mut shop = Shop::new(TimeZone::UTC);
        shop.start();
        if let Some(resized) = shop.input(Input::Resized(size)) {
            shop.update(resized);
        }
        let (facts, profile) = (facts(), profile());
        let wanted = shop.update(Message::Entered(Entered::Member { facts, profile }));
        let mut filled = Self(shop);
        filled.settle(wanted, products);
        filled
    }

    /// Presses the key of a character, and gets the picture that is shown then.
    pub fn press(&mut self, character: char) {
        let wanted = press(&mut self.0, Key::char(character));
        self.settle(wanted, 0);
    }

    fn settle(&mut self, mut wanted: Vec<Effect>, products: u64) {
        while let Some(effect) = wanted.pop() {
            let message = match effect {
                Effect::Read {
                    ticket,
                    read: Read::Products(_),
                } => Message::Found {
                    ticket,
                    outcome: Ok(Found::Products(ProductPage {
                        next: None,
                        products: (1..=products).rev().map(summary).collect(),
                    })),
                },
                Effect::Draw(key) => {
                    let outcome = prepare(slope(), Way::HalfBlocks, key.columns, key.lines, 1);
                    Message::Drawn { key, outcome }
                }
                // The bench looks at lists of what is for sale only.
                Effect::Enter(_)
                | Effect::LogOut
                | Effect::Read { .. }
                | Effect::Buy { .. }
                | Effect::Send(_)
                | Effect::MarkRead(_)
                | Effect::Sell { .. }
                | Effect::Edit(_)
                | Effect::Withdraw(_)
                | Effect::Folder(_) => continue,
            };
            wanted.extend(self.0.update(message));
        }
    }

    /// Draws a frame, in all colours.
    #[must_use]
    pub fn draw(&self, size: Size) -> Drawn {
        let theme = Theme::new(Depth::True, Shade::Dark);
        draw(size, |frame| self.0.view(frame, &theme))
    }
}

/// A picture of which no two lines are alike.
pub(crate) fn slope() -> RgbImage {
    RgbImage::from_fn(320, 240, |x, y| {
        let channel = |value: u32| u8::try_from(value % 256).unwrap_or(0);
        image::Rgb([channel(x * 11), channel(y * 17), 80])
    })
}

/// 2026-05-04, 09:30:00 in UTC.
pub(crate) const NOW: UnixMillis = UnixMillis(1_777_887_000_000);
const HOUR: u64 = 3_600_000;

const NAMES: [&str; 5] = [
    "Calculus, 9th edition",
    "Walnut box with inlay",
    "كتاب الأغاني",
    "Desk\u{1b}[31m lamp",
    "Postage stamps of 1959, complete set in album",
];
const OWNERS: [&str; 4] = ["omar", "mona", "karim", "lina"];

fn pick<'a>(of: &[&'a str], number: u64) -> &'a str {
    let count = of.len() as u64;
    of[usize::try_from(number % count).unwrap_or_default()]
}

pub(crate) fn dollars(minor: u64) -> Money {
    Money {
        minor,
        currency: Currency::Usd,
    }
}

pub(crate) fn facts() -> Facts {
    Facts {
        server: "market.example.org:7443".into(),
        time: NOW,
        currency: Currency::Usd,
        categories: ["textbooks", "craftwork", "collectibles", "other"]
            .map(str::to_owned)
            .to_vec(),
        password_characters_min: 15,
    }
}

pub(crate) fn profile() -> Profile {
    Profile {
        name: "Mona Haddad".into(),
        email: "mona@example.org".into(),
        username: "mona".into(),
        member_since: NOW,
    }
}

pub(crate) fn summary(id: u64) -> ProductSummary {
    ProductSummary {
        id: ProductId(id),
        name: pick(&NAMES, id).into(),
        owner: pick(&OWNERS, id).into(),
        price: dollars(id * 125 + 500),
        picture: (!id.is_multiple_of(3)).then_some(PictureHash([7; 32])),
        category: "textbooks".into(),
        listed_at: UnixMillis(NOW.0 - 40 * HOUR + id.min(39) * HOUR),
        description: "Hardly used, a few notes in pencil; the answers of the odd exercises are at \
                      the end."
            .into(),
    }
}
