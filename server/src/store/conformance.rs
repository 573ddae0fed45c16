//! The store's contract as tests: one suite, and every backend passes it.
//!
//! A backend's own directory holds a [`Backend`], which says how to open it, and one call of
//! [`conformance!`]. Each test then gets a [`Market`] of its own: an empty store with the catalog
//! that follows it. The market's methods compare the catalog with every answer that passes through
//! them, so each test also tests that the two agree.

pub(crate) mod accounts;
pub(crate) mod admin;
pub(crate) mod admin_lists;
pub(crate) mod catalog;
pub(crate) mod changes;
pub(crate) mod chat;
pub(crate) mod contention;
pub(crate) mod leaving;
pub(crate) mod market;
pub(crate) mod notices;
pub(crate) mod pages;
pub(crate) mod pictures;
pub(crate) mod purchases;
pub(crate) mod search;
pub(crate) mod sweeping;
pub(crate) mod throttle;

use std::sync::Arc;

use async_trait::async_trait;
use auboutique_protocol::ids::ProductId;

pub(crate) use self::market::Market;
use super::{CommitObserver, Store};

/// Runs the suite against a backend; the expression makes an empty one.
macro_rules! conformance {
    ($create:expr) => {
        $crate::store::conformance::conformance! { $create;
            accounts: [
                a_username_is_taken_once,
                of_many_who_want_one_username_one_gets_it,
                credentials_are_found_by_username_and_follow_a_rehash,
                a_session_leads_to_its_user_until_it_is_closed,
                an_unused_session_ends_after_thirty_days,
                a_session_ends_after_ninety_days_however_much_it_is_used,
                the_use_of_a_session_is_written_down_once_a_day,
                sessions_survive_a_restart_and_a_new_login,
                a_session_needs_a_user_and_a_token_of_its_own,
            ]
            leaving: [
                a_changed_password_ends_all_sessions_but_the_kept_one,
                a_deleted_account_leaves_no_trace_of_the_person,
                a_seller_sees_that_the_buyer_has_left,
                an_account_stays_while_a_sale_awaits_its_collection,
                an_account_is_deleted_once_and_by_its_password_of_now,
                who_has_left_neither_sells_nor_buys,
                a_name_like_that_of_a_deleted_account_stays_its_owners,
                a_purchase_and_a_deletion_at_once_leave_one_of_both,
                an_export_has_every_own_product_with_all_its_fields,
            ]
            catalog: [
                a_listed_product_is_in_the_catalog_with_all_its_fields,
                a_repeated_key_gives_the_first_reply_and_lists_nothing,
                a_repeated_key_is_answered_even_when_the_quota_is_full,
                a_key_with_another_body_is_a_conflict,
                a_key_belongs_to_its_user,
                the_quota_of_products_counts_what_is_for_sale,
                the_quota_of_picture_bytes_is_filled_to_the_last_byte,
                the_quota_is_kept_by_many_at_once,
                a_product_is_shown_in_each_of_its_states,
                a_product_that_never_was_is_none,
                a_product_without_an_owner_is_not_listed,
            ]
            changes: [
                an_edit_changes_what_it_names_and_the_catalog_follows,
                an_edit_once_more_changes_nothing_more,
                a_withdrawn_product_is_off_the_market_and_can_be_withdrawn_again,
                what_is_not_ones_own_or_not_for_sale_cannot_be_changed,
                a_purchase_at_the_old_price_and_an_edit_never_both_succeed,
                of_a_purchase_and_a_withdrawal_one_succeeds,
                withdrawing_makes_room_in_the_quota,
            ]
            search: [
                words_are_found_in_names_and_descriptions_in_any_case,
                the_last_word_may_be_a_beginning_and_no_other,
                every_word_must_occur,
                what_looks_like_an_operator_is_a_word,
                a_search_follows_edits_and_withdrawals,
                what_a_deleted_account_had_for_sale_is_not_found,
                sold_products_are_never_shown_among_what_is_found,
                what_is_found_comes_last_listed_first_in_pages,
            ]
            pictures: [
                a_picture_is_returned_in_both_sizes,
                a_picture_that_is_stored_again_stays_as_it_is,
                a_picture_that_never_was_is_none,
                pictures_survive_a_restart,
            ]
            sweeping: [
                a_picture_that_no_product_names_goes_when_it_was_not_stored_since,
                a_picture_stays_while_a_product_names_it_whatever_became_of_that,
                a_withdrawn_product_counts_its_picture_until_it_gives_it_up,
                a_picture_of_two_products_stays_while_one_of_them_names_it,
                a_deleted_account_gives_up_its_pictures_but_for_what_was_sold,
                any_number_of_pictures_is_looked_at_in_parts,
            ]
            purchases: [
                a_collection_place_keeps_its_number,
                a_purchase_is_confirmed_with_what_it_proposed,
                a_repetition_is_confirmed_as_the_first_time,
                a_repetition_is_told_every_letter_and_every_byte,
                a_key_that_bought_something_else_is_a_conflict,
                a_key_belongs_to_its_buyer,
                a_key_that_was_refused_can_be_used_again,
                the_second_buyer_of_a_product_is_refused,
                a_product_that_never_was_is_not_found,
                a_withdrawn_product_is_not_sold,
                the_owner_cannot_buy,
                a_price_that_has_changed_is_named_and_nothing_is_sold,
                a_refusal_names_what_cannot_change_before_what_can,
                the_largest_numbers_are_refused_as_any_other,
            ]
            chat: [
                messages_of_two_people_are_numbered_from_one_in_one_conversation,
                a_repeated_key_gives_the_first_reply_and_stores_nothing,
                a_refused_message_leaves_nothing_and_binds_no_key,
                the_quota_counts_the_messages_of_a_day,
                a_mark_never_goes_back_or_beyond_the_end,
                history_is_read_in_pages_in_both_directions,
                conversations_come_latest_first_in_pages,
                of_many_messages_at_once_each_gets_a_number_of_its_own,
                all_own_messages_come_in_pages_and_nobody_elses,
                a_deleted_account_takes_its_conversations_along,
                old_messages_go_from_the_beginning_and_with_the_last_their_conversation,
            ]
            notices: [
                a_sale_is_untold_until_it_is_marked,
                sellers_are_told_of_their_own_sales_alone,
                untold_sales_come_in_parts_until_all_are_told,
                what_was_not_sold_has_no_notice,
            ]
            throttle: [
                what_the_throttle_remembers_is_there_after_a_restart,
                what_is_old_is_forgotten_a_part_at_a_time,
            ]
            admin: [
                a_suspension_ends_sessions_hides_products_and_is_noted,
                who_is_suspended_neither_sells_nor_buys_nor_changes,
                a_reinstated_user_has_everything_back,
                a_purchase_and_a_suspension_at_once_leave_one_of_both,
                what_cannot_be_done_is_refused_and_not_noted,
                a_one_time_password_must_be_changed,
                a_removed_product_is_gone_and_its_owner_is_told_once,
                sessions_are_ended_one_or_all,
            ]
            admin_lists: [
                users_are_listed_by_state_text_and_order_in_pages,
                sales_are_listed_by_every_filter_with_their_totals,
                products_are_listed_in_every_state,
                the_audit_is_listed_by_who_and_to_whom,
            ]
            contention: [
                of_many_buyers_of_one_product_one_wins,
                many_purchases_of_many_products_have_one_winner_each,
                the_same_request_twice_in_flight_buys_once,
                one_key_for_two_products_in_flight_buys_one,
                pages_and_catalog_never_show_a_sold_product_for_sale,
            ]
            pages: [
                purchases_are_shown_last_first_with_their_confirmations,
                purchases_of_one_moment_are_divided_between_pages,
                a_page_of_purchases_holds_its_limit_and_names_the_next,
                no_purchase_is_lost_or_doubled_while_others_are_made,
                own_products_are_shown_last_first_with_their_buyers,
                a_page_of_own_products_holds_its_limit_and_names_the_next,
                no_own_product_is_lost_or_doubled_while_others_buy,
                everybody_sees_what_is_theirs_alone,
            ]
        }
    };
    ($create:expr; $($area:ident: [$($behaviour:ident,)+])+) => {
        $(mod $area {
            use super::*;

            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $behaviour() {
                let backend = Box::new($create);
                let market = $crate::store::conformance::Market::open(backend).await;
                $crate::store::conformance::$area::$behaviour(market).await;
            })+
        })+
    };
}
pub(crate) use conformance;

/// What the suite needs of a backend beside the store itself.
#[async_trait]
pub(crate) trait Backend: Send + Sync {
    /// Opens the store, the same one every time.
    async fn open(&self, observer: Arc<dyn CommitObserver>) -> Arc<dyn Store>;

    /// Takes a product off the market in the database itself, behind the back of an open store.
    async fn withdraw(&self, product: ProductId);
}
