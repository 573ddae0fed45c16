//! From a decoded request to its encoded answer: access, and the one match that names every handler.

use std::net::IpAddr;

use auboutique_protocol::call::{Access, CallError, MemberCall};
use auboutique_protocol::codec;
use auboutique_protocol::error::{ErrorCode, ErrorReply, Nothing};
use serde::Serialize;

use crate::context::Context;
use crate::error::{ServiceError, reply};
use crate::handlers::{accounts, catalog, chat, events, presence, purchases};
use crate::limits::RoomLevel;
use crate::session::Session;

/// An encoded reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encoded(pub(crate) Vec<u8>);

impl<T: Serialize> From<&T> for Encoded {
    fn from(reply: &T) -> Self {
        Self(codec::encode(reply))
    }
}

/// Does what was asked and returns the answer, whatever comes.
pub(crate) async fn dispatch(
    context: &Context,
    session: &mut Session,
    source: IpAddr,
    call: Result<MemberCall, CallError>,
) -> Result<Encoded, ErrorReply> {
    let call = call.map_err(|error| {
        tracing::debug!(%error, "a malformed request");
        reply(ErrorCode::BadRequest(Nothing {}))
    })?;
    if call.row().access == Access::Member {
        session.user().map_err(ServiceError::into_reply)?;
    }
    // Whoever has a one-time password may choose another with it, or leave.
    if !matches!(
        call,
        MemberCall::ChangePassword(_) | MemberCall::Logout(_) | MemberCall::Ping(_)
    ) {
        session
            .require_own_password()
            .map_err(ServiceError::into_reply)?;
    }
    if has_no_room(context, &call) {
        return Err(ServiceError::NoRoom.into_reply());
    }
    handle(context, session, source, call)
        .await
        .map_err(ServiceError::into_reply)
}

/// Whether a request makes the market larger, and there is hardly any room left. Purchases stop later, where
/// they are made: those that were made are confirmed again whatever happens.
fn has_no_room(context: &Context, call: &MemberCall) -> bool {
    use MemberCall::{EditProduct, Register, Sell, SendMessage};
    context.room.level() != RoomLevel::Plenty
        && matches!(
            call,
            Register(_) | Sell(_) | EditProduct(_) | SendMessage(_)
        )
}

async fn handle(
    context: &Context,
    session: &mut Session,
    source: IpAddr,
    call: MemberCall,
) -> Result<Encoded, ServiceError> {
    Ok(match call {
        MemberCall::Register(request) => {
            (&accounts::register(request, session, source, context).await?).into()
        }
        MemberCall::Login(request) => {
            (&accounts::login(request, session, source, context).await?).into()
        }
        MemberCall::Resume(request) => (&accounts::resume(request, session, context).await?).into(),
        MemberCall::Ping(request) => (&accounts::ping(&request, context)).into(),
        MemberCall::Logout(request) => {
            (&accounts::logout(&request, session, context).await?).into()
        }
        MemberCall::WhoAmI(request) => {
            (&accounts::whoami(&request, session.user()?, context).await?).into()
        }
        MemberCall::ListProducts(request) => {
            catalog::list_products(request, session.user()?, context).await?
        }
        MemberCall::ShowProduct(request) => {
            (&catalog::show_product(&request, session.user()?, context).await?).into()
        }
        MemberCall::ListSellers(request) => {
            (&catalog::list_sellers(&request, session.user()?, context)?).into()
        }
        MemberCall::Picture(request) => {
            (&catalog::picture(&request, session.user()?, context).await?).into()
        }
        MemberCall::Sell(request) => catalog::sell(request, session.user()?, context).await?,
        MemberCall::Buy(request) => {
            (&purchases::buy(&request, session.user()?, context).await?).into()
        }
        MemberCall::MyPurchases(request) => {
            (&purchases::my_purchases(&request, session.user()?, context).await?).into()
        }
        MemberCall::MySales(request) => {
            (&purchases::my_sales(&request, session.user()?, context).await?).into()
        }
        MemberCall::EditProduct(request) => {
            (&catalog::edit_product(request, session.user()?, context).await?).into()
        }
        MemberCall::WithdrawProduct(request) => {
            (&catalog::withdraw_product(&request, session.user()?, context).await?).into()
        }
        MemberCall::Presence(request) => {
            (&presence::presence(&request, session.user()?, context)?).into()
        }
        MemberCall::ChangePassword(request) => {
            let user = session.user()?;
            let changed = accounts::change_password(request, user, source, context).await?;
            session.password_is_changed();
            (&changed).into()
        }
        MemberCall::MyQuota(request) => {
            (&accounts::my_quota(&request, session.user()?, context).await?).into()
        }
        MemberCall::ExportAccount(request) => {
            (&accounts::export_account(&request, session.user()?, context).await?).into()
        }
        MemberCall::DeleteAccount(request) => {
            (&accounts::delete_account(request, session, source, context).await?).into()
        }
        MemberCall::SendMessage(request) => {
            chat::send_message(request, session.user()?, context).await?
        }
        MemberCall::Conversations(request) => {
            (&chat::conversations(&request, session.user()?, context).await?).into()
        }
        MemberCall::History(request) => {
            (&chat::history(&request, session.user()?, context).await?).into()
        }
        MemberCall::MarkRead(request) => {
            (&chat::mark_read(&request, session.user()?, context).await?).into()
        }
        MemberCall::Watch(request) => (&events::watch(&request, session, context)?).into(),
    })
}
