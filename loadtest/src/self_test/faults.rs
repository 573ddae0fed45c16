//! What can be wrong with a market.

use crate::checker::Rule;

macro_rules! faults {
    ($($(#[doc = $does:literal])+ $fault:ident => $name:literal, [$($rule:ident),+];)+) => {
        /// A fault that is planted in the market of the self-test.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Fault {
            /// The market keeps all promises.
            None,
            $($(#[doc = $does])+ $fault,)+
        }

        impl Fault {
            /// Every fault; [`Fault::None`] is none.
            pub const ALL: &'static [Self] = &[$(Self::$fault),+];

            /// Its name in reports.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    Self::None => "none",
                    $(Self::$fault => $name,)+
                }
            }

            /// What a market with this fault does, in a sentence.
            #[must_use]
            pub fn does(self) -> &'static str {
                match self {
                    Self::None => "The market keeps all promises.",
                    $(Self::$fault => concat!($($does),+).trim_ascii_start(),)+
                }
            }

            /// The rules that must find it.
            #[must_use]
            pub fn expected(self) -> &'static [Rule] {
                match self {
                    Self::None => &[],
                    $(Self::$fault => &[$(Rule::$rule),+],)+
                }
            }
        }
    };
}

faults! {
    /// It looks whether an item is for sale, and sells it a moment later without looking again.
    CheckThenAct => "check_then_act", [SoldOnce];
    /// It confirms a purchase before it is stored; a crash in between loses it.
    ConfirmBeforeCommit => "confirm_before_commit", [SurvivesCrash];
    /// The database has one sale, but others hold a confirmation as well.
    FalseConfirmation => "false_confirmation", [SoldOnce];
    /// A repeated request gets a new confirmation, as if it were another purchase.
    ForgottenKeySellsAgain => "forgotten_key_sells_again", [KeyKeepsItsReply];
    /// A repeated request is refused because the item is sold, to this very request.
    ForgottenKeyRefuses => "forgotten_key_refuses", [KeyKeepsItsReply];
    /// After a crash a repeated request gets another confirmation than before.
    ConfirmationChanges => "confirmation_changes", [KeyKeepsItsReply];
    /// A key that made a purchase is accepted for another item.
    KeyReused => "key_reused", [KeyIsForOnePurchase];
    /// It says that an item is sold that nobody bought.
    FalseAlreadySold => "false_already_sold", [RefusalHasCause];
    /// Some items can be won by nobody, although they are for sale.
    Unwinnable => "unwinnable", [SomebodyWins];
    /// It tells those who lost that they had bought the item themselves.
    YoursToLosers => "yours_to_losers", [RefusalHasCause];
    /// It refuses an item as withdrawn that nobody withdrew.
    FalseWithdrawn => "false_withdrawn", [RefusalHasCause];
    /// It refuses the right price and names one that the item never had.
    FalsePriceChanged => "false_price_changed", [RefusalHasCause];
    /// It refuses a new key as used.
    FalseKeyConflict => "false_key_conflict", [RefusalHasCause];
    /// It takes buyers for the owner.
    FalseOwnItem => "false_own_item", [RefusalHasCause];
    /// It does not find an item that is there.
    FalseNotFound => "false_not_found", [RefusalHasCause];
    /// It refuses a purchase and yet makes it.
    RefusedYetSold => "refused_yet_sold", [LedgerAgrees];
    /// It sells what was withdrawn.
    WithdrawnIsSold => "withdrawn_is_sold", [ReadsAgreeWithTime];
    /// It confirms a higher price than the one that was asked for.
    DearerThanAsked => "dearer_than_asked", [PriceSeenIsPaid];
    /// It sells at the old price after the item was given a new one.
    OldPricePaid => "old_price_paid", [PriceSeenIsPaid];
    /// Some confirmed sales are never stored.
    NeverStored => "never_stored", [LedgerAgrees];
    /// Some sales are stored with another buyer.
    StoredForAnother => "stored_for_another", [LedgerAgrees];
    /// Some sales are stored with another price.
    StoredAtAnotherPrice => "stored_at_another_price", [LedgerAgrees];
    /// Some sales are stored twice.
    StoredTwice => "stored_twice", [SoldOnce];
    /// A sale is stored that nobody asked for.
    StoredUnasked => "stored_unasked", [LedgerAgrees];
    /// A crash damages the database: the oldest sale is gone.
    CrashDropsOldest => "crash_drops_oldest", [SurvivesCrash];
    /// An item is shown as for sale after it was sold.
    StaleRead => "stale_read", [ReadsAgreeWithTime];
    /// A sold item comes back and can be bought again.
    Reappears => "reappears", [ReadsAgreeWithTime, SoldOnce];
    /// An item is shown as sold before anybody tried to buy it.
    SoldUntried => "sold_untried", [ReadsAgreeWithTime];
    /// An item is shown with its old price after it was given a new one.
    OldPriceShown => "old_price_shown", [ReadsAgreeWithTime];
    /// An item is shown as for sale after it was withdrawn.
    WithdrawnIsShown => "withdrawn_is_shown", [ReadsAgreeWithTime];
    /// An item is shown as withdrawn that nobody withdrew.
    ShownAsWithdrawn => "shown_as_withdrawn", [ReadsAgreeWithTime];
    /// Some sellers see their sold items as for sale.
    SellerSeesNoSale => "seller_sees_no_sale", [ViewsAgree];
    /// Some sellers see another buyer than the one who bought.
    SellerSeesAnother => "seller_sees_another", [ViewsAgree];
    /// Some buyers do not see what they bought.
    BuyerSeesNothing => "buyer_sees_nothing", [ViewsAgree];
    /// Some buyers see another confirmation than the one they got.
    BuyerSeesAnother => "buyer_sees_another", [ViewsAgree];
    /// Some see purchases of others as their own.
    LoserSeesPurchase => "loser_sees_purchase", [ViewsAgree];
    /// Some messages stand before the one that was sent earlier.
    MessagesReordered => "messages_reordered", [MessagesKeepTheirOrder];
    /// Some messages are there twice.
    MessageDoubled => "message_doubled", [MessageIsThereOnce];
    /// Some acknowledged messages are lost.
    MessageLost => "message_lost", [MessageIsKept];
    /// Some refused messages are delivered all the same.
    RefusedYetDelivered => "refused_yet_delivered", [MessageIsThereOnce];
    /// Some messages reach somebody else.
    MessageAstray => "message_astray", [MessageIsThereOnce, MessageIsKept];
    /// A crash loses the last message of each conversation.
    CrashLosesMessages => "crash_loses_messages", [MessageIsKept];
}
