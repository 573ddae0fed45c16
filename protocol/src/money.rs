//! Money: integer minor units of one currency, never a float.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::closed_list;
use crate::limits::PRICE_MINOR_MAX;

/// A currency by its ISO 4217 code. A server uses one for everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "&'static str")]
pub enum Currency {
    /// United States dollar, in cents.
    Usd,
    /// Euro, in cents.
    Eur,
    /// Lebanese pound. ISO 4217 gives it two digits, yet no coin below a pound exists: whole pounds.
    Lbp,
}

impl Currency {
    /// The ISO 4217 code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Usd => "USD",
            Self::Eur => "EUR",
            Self::Lbp => "LBP",
        }
    }

    /// Digits behind the decimal point.
    #[must_use]
    pub fn digits(self) -> u32 {
        match self {
            Self::Usd | Self::Eur => 2,
            Self::Lbp => 0,
        }
    }

    /// Reads an amount as a person types it: `12`, `12.5`, `12.50`.
    ///
    /// # Errors
    /// Not an amount, finer than a minor unit, zero, or above [`PRICE_MINOR_MAX`].
    pub fn parse_price(self, text: &str) -> Result<Money, PriceError> {
        let digits = self.digits() as usize;
        let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let dangling = text.trim().ends_with('.');
        if whole.is_empty() || dangling || !all_digits(whole) || !all_digits(fraction) {
            return Err(PriceError::Malformed);
        }
        if fraction.len() > digits {
            return Err(PriceError::TooFine {
                digits: self.digits(),
            });
        }
        let minor = format!("{whole}{fraction:0<digits$}");
        // Whatever does not fit into 64 bits is above the cap as well.
        let minor = minor.parse().unwrap_or(u64::MAX);
        Money {
            minor,
            currency: self,
        }
        .checked_price()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl From<Currency> for &'static str {
    fn from(currency: Currency) -> Self {
        currency.code()
    }
}

/// A currency code that no server uses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown currency; known are USD, EUR, LBP")]
pub struct UnknownCurrency;

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        closed_list::deserialize(deserializer)
    }
}

impl std::str::FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        match code {
            "USD" => Ok(Self::Usd),
            "EUR" => Ok(Self::Eur),
            "LBP" => Ok(Self::Lbp),
            _ => Err(UnknownCurrency),
        }
    }
}

/// Why an amount is no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Not digits with at most one decimal point.
    #[error("not an amount; write it like 12.50")]
    Malformed,
    /// Finer than the currency's minor unit.
    #[error("at most {digits} digits after the decimal point")]
    TooFine {
        /// Digits that the currency has.
        digits: u32,
    },
    /// Zero.
    #[error("the price must be above zero")]
    Zero,
    /// Above [`PRICE_MINOR_MAX`].
    #[error("the price is too high")]
    TooHigh,
}

/// An amount of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Minor units: cents for USD.
    pub minor: u64,
    /// The currency that the minor units belong to.
    pub currency: Currency,
}

impl Money {
    /// Returns the amount if it may be a price: 1 to [`PRICE_MINOR_MAX`] minor units.
    ///
    /// # Errors
    /// [`PriceError::Zero`] or [`PriceError::TooHigh`].
    pub fn checked_price(self) -> Result<Self, PriceError> {
        match self.minor {
            0 => Err(PriceError::Zero),
            1..=PRICE_MINOR_MAX => Ok(self),
            _ => Err(PriceError::TooHigh),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { minor, currency } = *self;
        let unit = 10_u64.pow(currency.digits());
        let text = match currency.digits() as usize {
            0 => format!("{minor} {currency}"),
            digits => format!("{}.{:0digits$} {currency}", minor / unit, minor % unit),
        };
        formatter.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Result<u64, PriceError> {
        Currency::Usd.parse_price(text).map(|price| price.minor)
    }

    #[test]
    fn prices_are_read_as_people_write_them() {
        for (text, minor) in [
            ("12", 1200),
            ("12.5", 1250),
            ("12.50", 1250),
            (" 0.01 ", 1),
            ("007", 700),
        ] {
            assert_eq!(usd(text), Ok(minor), "{text}");
        }
        assert_eq!(
            Currency::Lbp.parse_price("450000").map(|price| price.minor),
            Ok(450_000)
        );
    }

    #[test]
    fn what_is_no_price_is_refused_by_its_reason() {
        for text in [
            "", ".", "5.", ".5", "-1", "+1", "1e3", "1,000", "12.5.0", "NaN", "٣",
        ] {
            assert_eq!(usd(text), Err(PriceError::Malformed), "{text:?}");
        }
        assert_eq!(usd("0"), Err(PriceError::Zero));
        assert_eq!(usd("0.00"), Err(PriceError::Zero));
        assert_eq!(usd("1.005"), Err(PriceError::TooFine { digits: 2 }));
        assert_eq!(
            Currency::Lbp.parse_price("1.5"),
            Err(PriceError::TooFine { digits: 0 })
        );
    }

    #[test]
    fn the_highest_price_is_taken_and_the_next_refused() {
        assert_eq!(usd("10000000"), Ok(PRICE_MINOR_MAX));
        assert_eq!(usd("10000000.01"), Err(PriceError::TooHigh));
        assert_eq!(usd("99999999999999999999999"), Err(PriceError::TooHigh));
    }

    #[test]
    fn money_is_written_with_its_digits_and_its_currency() {
        let text = |minor, currency| Money { minor, currency }.to_string();
        assert_eq!(text(1250, Currency::Usd), "12.50 USD");
        assert_eq!(text(5, Currency::Usd), "0.05 USD");
        assert_eq!(text(450_000, Currency::Lbp), "450000 LBP");
    }
}
