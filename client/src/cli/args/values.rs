//! Values with a form of their own, and how they are read.

use std::str::FromStr;

use auboutique_certs::{Invite, ServerAddress};
use auboutique_protocol::money::{Currency, Money, PriceError};
use auboutique_protocol::text::{
    Category, Description, Email, MessageText, PersonName, ProductName, SearchText, TextError,
    Username,
};

/// A server as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ServerChoice {
    Address(ServerAddress),
    Invite(Invite),
}

impl ServerChoice {
    pub(crate) fn address(&self) -> ServerAddress {
        match self {
            Self::Address(address) => address.clone(),
            Self::Invite(invite) => invite.address(),
        }
    }
}

impl FromStr for ServerChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains("://") {
            let invite = text.parse().map(Self::Invite);
            return invite.map_err(|error: auboutique_certs::InviteError| error.to_string());
        }
        let address = text.parse().map(Self::Address);
        address.map_err(|error: auboutique_certs::AddressError| error.to_string())
    }
}

/// The name of a profile: it becomes the name of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProfileName(String);

impl Default for ProfileName {
    fn default() -> Self {
        Self("default".into())
    }
}

impl ProfileName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProfileName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        if (1..=32).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err("a profile's name is 1 to 32 of a-z, 0-9, _ and -")
        }
    }
}

/// A price as it was typed. Its currency is known only once the server said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PriceText(String);

impl PriceText {
    pub(crate) fn in_currency(&self, currency: Currency) -> Result<Money, PriceError> {
        currency.parse_price(&self.0)
    }
}

impl FromStr for PriceText {
    type Err = PriceError;

    /// Refuses what is a price in no currency at all.
    fn from_str(text: &str) -> Result<Self, PriceError> {
        if Currency::Lbp.parse_price(text).is_err() {
            Currency::Usd.parse_price(text)?;
        }
        Ok(Self(text.to_owned()))
    }
}

/// With how much of a conversation to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HistoryLength {
    All,
    /// So many messages.
    Last(u32),
}

impl FromStr for HistoryLength {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "all" {
            return Ok(Self::All);
        }
        text.parse()
            .map(Self::Last)
            .map_err(|_| "is neither a number nor `all`")
    }
}

pub(super) fn person_name(text: &str) -> Result<PersonName, TextError> {
    PersonName::parse(text)
}

pub(super) fn email(text: &str) -> Result<Email, TextError> {
    Email::parse(text)
}

pub(super) fn username(text: &str) -> Result<Username, TextError> {
    Username::parse(text)
}

pub(super) fn product_name(text: &str) -> Result<ProductName, TextError> {
    ProductName::parse(text)
}

pub(super) fn description(text: &str) -> Result<Description, TextError> {
    Description::parse(text)
}

pub(super) fn message_text(text: &str) -> Result<MessageText, TextError> {
    MessageText::parse(text)
}

pub(super) fn search_text(text: &str) -> Result<SearchText, TextError> {
    SearchText::parse(text)
}

pub(super) fn category(text: &str) -> Result<Category, TextError> {
    Category::parse(text)
}
