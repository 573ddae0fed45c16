//! Calls as lines for people.
//!
//! Refusals are named as on the wire, so that a reader finds them in `docs/PROTOCOL.md`.

use std::fmt::{self, Display, Formatter};

use super::{Bought, Call, Event, Moment, Outcome, Price, Refusal, State};

impl Display for Moment {
    /// In milliseconds, to the microsecond: `3.214 ms`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let microseconds = self.0 / 1_000;
        write!(f, "{}.{:03} ms", microseconds / 1_000, microseconds % 1_000)
    }
}

impl Display for Price {
    /// With two digits of minor units, as in the default currency: `12.50`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl Display for Event {
    /// `user 12 buy item 7 at 12.50 key 31 -> already_sold (3.214 ms to 5.001 ms)`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            actor,
            invoked,
            returned,
            call,
        } = self;
        write!(f, "user {} {call} ({invoked} to {returned})", actor.0)
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sell { item, price } => write!(f, "sell item {} at {price} -> done", item.0),
            Self::Edit {
                item,
                price,
                outcome,
            } => write!(f, "edit item {} to {price} -> {outcome}", item.0),
            Self::Withdraw { item, outcome } => write!(f, "withdraw item {} -> {outcome}", item.0),
            Self::Buy {
                item,
                price,
                key,
                outcome,
            } => write!(
                f,
                "buy item {} at {price} key {} -> {outcome}",
                item.0, key.0
            ),
            Self::See { item, state } => write!(f, "see item {} -> {state}", item.0),
            Self::Send {
                to,
                message,
                outcome,
            } => write!(
                f,
                "send message {} to user {} -> {outcome}",
                message.0, to.0
            ),
        }
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        })
    }
}

impl Display for Bought {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Confirmed { price, digest } => {
                write!(f, "confirmed at {price}, confirmation {digest:016x}")
            }
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadySold { yours: false } => f.write_str("already_sold"),
            Self::AlreadySold { yours: true } => f.write_str("already_sold (yours)"),
            Self::PriceChanged(price) => write!(f, "price_changed to {price}"),
            Self::OwnItem => f.write_str("own_product"),
            Self::Withdrawn => f.write_str("withdrawn"),
            Self::NotFound => f.write_str("not_found"),
            Self::KeyConflict => f.write_str("key_conflict"),
            Self::Transient => f.write_str("refused for now"),
            Self::Other => f.write_str("refused"),
        }
    }
}

impl Display for State {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForSale(price) => write!(f, "for sale at {price}"),
            Self::Sold => f.write_str("sold"),
            Self::Withdrawn => f.write_str("withdrawn"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Actor, Item, KeyId, MessageId};
    use super::*;

    fn line(call: Call) -> String {
        let event = Event {
            actor: Actor(12),
            invoked: Moment(3_214_000),
            returned: Moment(5_001_999),
            call,
        };
        event.to_string()
    }

    #[test]
    fn an_event_is_one_line() {
        let buy = |outcome| Call::Buy {
            item: Item(7),
            price: Price(1_250),
            key: KeyId(31),
            outcome,
        };
        assert_eq!(
            line(buy(Bought::Refused(Refusal::AlreadySold { yours: false }))),
            "user 12 buy item 7 at 12.50 key 31 -> already_sold (3.214 ms to 5.001 ms)"
        );
        assert_eq!(
            line(buy(Bought::Confirmed {
                price: Price(5),
                digest: 0xab
            })),
            "user 12 buy item 7 at 12.50 key 31 -> confirmed at 0.05, confirmation \
             00000000000000ab (3.214 ms to 5.001 ms)"
        );
        assert_eq!(
            line(Call::Send {
                to: Actor(1),
                message: MessageId(2),
                outcome: Outcome::Unknown
            }),
            "user 12 send message 2 to user 1 -> unknown (3.214 ms to 5.001 ms)"
        );
        assert_eq!(
            line(Call::See {
                item: Item(7),
                state: State::ForSale(Price(100))
            }),
            "user 12 see item 7 -> for sale at 1.00 (3.214 ms to 5.001 ms)"
        );
    }
}
