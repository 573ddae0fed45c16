//! The rules by name, with the sentence that a report prints for each.

use serde::Serialize;

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// An item is sold at most once; repetitions of one key count once.
    SoldOnce,
    /// `already_sold` and `withdrawn` are said only once somebody may have caused them.
    RefusalHasCause,
    /// An item that nothing stood against was bought by somebody.
    SomebodyWins,
    /// What is shown agrees with time: sold after a confirmation, for sale before anybody can have
    /// won, never for sale again.
    ReadsAgreeWithTime,
    /// A key gives the same confirmation however often it is sent.
    KeyKeepsItsReply,
    /// A key that made a purchase is refused for another one.
    KeyIsForOnePurchase,
    /// Stored sales are the confirmed ones and some of the unknown ones, with buyer, key and price.
    LedgerAgrees,
    /// Sellers and buyers see the sales that are stored.
    ViewsAgree,
    /// The price paid is the one asked for, and was the item's at some instant of the call.
    PriceSeenIsPaid,
    /// Every sale that was confirmed before a crash is there after it.
    SurvivesCrash,
    /// No acknowledged message is lost.
    MessageIsKept,
    /// No message is there twice, and none that was refused or sent to somebody else.
    MessageIsThereOnce,
    /// The messages of a sender stand in the order in which they were sent.
    MessagesKeepTheirOrder,
}

impl Rule {
    /// All of them, in order.
    pub const ALL: [Self; 13] = [
        Self::SoldOnce,
        Self::RefusalHasCause,
        Self::SomebodyWins,
        Self::ReadsAgreeWithTime,
        Self::KeyKeepsItsReply,
        Self::KeyIsForOnePurchase,
        Self::LedgerAgrees,
        Self::ViewsAgree,
        Self::PriceSeenIsPaid,
        Self::SurvivesCrash,
        Self::MessageIsKept,
        Self::MessageIsThereOnce,
        Self::MessagesKeepTheirOrder,
    ];

    /// Its place in [`Self::ALL`].
    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// Its name in reports, as in `sold_once`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SoldOnce => "sold_once",
            Self::RefusalHasCause => "refusal_has_cause",
            Self::SomebodyWins => "somebody_wins",
            Self::ReadsAgreeWithTime => "reads_agree_with_time",
            Self::KeyKeepsItsReply => "key_keeps_its_reply",
            Self::KeyIsForOnePurchase => "key_is_for_one_purchase",
            Self::LedgerAgrees => "ledger_agrees",
            Self::ViewsAgree => "views_agree",
            Self::PriceSeenIsPaid => "price_seen_is_paid",
            Self::SurvivesCrash => "survives_crash",
            Self::MessageIsKept => "message_is_kept",
            Self::MessageIsThereOnce => "message_is_there_once",
            Self::MessagesKeepTheirOrder => "messages_keep_their_order",
        }
    }

    /// What it says, in a sentence.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::SoldOnce => "An item is sold at most once; repetitions of one key count once.",
            Self::RefusalHasCause => "Nothing is refused before something can have caused it.",
            Self::SomebodyWins => "An item that nothing stood against was bought by somebody.",
            Self::ReadsAgreeWithTime => {
                "What is shown agrees with time: sold after a sale, never for sale again."
            }
            Self::KeyKeepsItsReply => "A key gives the same confirmation however often it is sent.",
            Self::KeyIsForOnePurchase => "A key that made a purchase is refused for another one.",
            Self::LedgerAgrees => {
                "Stored sales are the confirmed ones and some of the unknown ones, as confirmed."
            }
            Self::ViewsAgree => "Sellers and buyers see the sales that are stored.",
            Self::PriceSeenIsPaid => {
                "The price paid is the one asked for, and was the item's during the call."
            }
            Self::SurvivesCrash => {
                "Every sale that was confirmed or stored before a crash is there after it."
            }
            Self::MessageIsKept => "No acknowledged message is lost.",
            Self::MessageIsThereOnce => {
                "No message is there twice, refused and yet there, or with somebody else."
            }
            Self::MessagesKeepTheirOrder => {
                "The messages of a sender stand in the order in which they were sent."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_json_form_and_all_are_in_order() {
        for (index, rule) in Rule::ALL.into_iter().enumerate() {
            assert_eq!(rule.index(), index);
            let json = serde_json::to_value(rule).unwrap();
            assert_eq!(json, rule.name());
            assert!(rule.says().ends_with('.'));
        }
    }
}
